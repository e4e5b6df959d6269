//! AWS Lambda's text logs: platform lines, Node's and Python's records.
//!
//! In: a line or the text behind its time. Out: [`Parsed`] or a message. Fails when: never; `None` when it is another's layout.

use super::{Kind, Parsed, access, fields};
use crate::record::clock::parse_prefix;
use crate::record::severity::Severity;
use crate::record::trace::{Strength, TraceId};

/// `START RequestId: …`, `END RequestId: …`, `REPORT RequestId: …`, `XRAY TraceId: …`, `INIT_START …`.
pub(super) fn platform(text: &str) -> Option<Parsed<'_>> {
    if !is_platform(text) {
        return None;
    }
    let mut parsed = Parsed { layout: "lambda", severity: Severity::Info, kind: Kind::Mark, ..Parsed::default() };
    let line = text.split('\n').next().unwrap_or(text);
    if let Some((_, rest)) = line.split_once("TraceId: ")
        && let Some(id) = TraceId::canonical(rest.split(['\t', ' ']).next().unwrap_or(""))
    {
        fields::offer_trace(&mut parsed, id, Strength::Trace);
    }
    if let Some((_, rest)) = line.split_once("RequestId: ")
        && let Some(id) = TraceId::canonical(rest.split(['\t', ' ']).next().unwrap_or(""))
    {
        fields::offer_trace(&mut parsed, id, Strength::Request);
    }
    if let Some((_, rest)) = line.split_once("\tDuration: ")
        && let Some((number, _)) = rest.split_once('\t')
        && let Some(duration) = access::duration_ms(number)
    {
        fields::attribute(&mut parsed, "duration_ms", &duration.to_string());
    }
    parsed.message = text.trim_end().into();
    Some(parsed)
}

/// True for the platform's own lines.
pub(super) fn is_platform(text: &str) -> bool {
    ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "XRAY TraceId: ", "INIT_START ", "INIT_REPORT "]
        .iter()
        .any(|lead| text.starts_with(lead))
}

/// `[LEVEL] TAB time TAB request TAB message` of Python.
pub(super) fn python(text: &str) -> Option<Parsed<'_>> {
    let (word, rest) = text.strip_prefix('[')?.split_once(']')?;
    let rest = rest.strip_prefix('\t')?;
    let severity = Severity::from_word(word);
    let (stamp, taken) = parse_prefix(rest)?;
    if severity == Severity::Unknown {
        return None;
    }
    let mut parsed = Parsed { layout: "lambda", severity, time: Some(stamp), ..Parsed::default() };
    let rest = rest.get(taken..)?;
    let message = request(rest, &mut parsed).unwrap_or(rest);
    // The request id is the weaker: a trace id in the message replaces it.
    fields::read(message, &mut parsed);
    parsed.message = message.into();
    Some(parsed)
}

/// `request TAB LEVEL TAB message` of Node, and `request Task timed out after 3.00 seconds`, behind the time.
pub(super) fn node<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let after = request(rest, parsed)?;
    if let Some((word, message)) = after.split_once('\t') {
        let severity = Severity::from_word(word);
        if severity != Severity::Unknown {
            parsed.severity = severity;
            return Some(message);
        }
    }
    if after.starts_with("Task timed out") {
        parsed.severity = Severity::Error;
    }
    Some(after)
}

/// Takes the request id at the start.
fn request<'a>(rest: &'a str, parsed: &mut Parsed<'_>) -> Option<&'a str> {
    let (id, after) = rest.split_once(['\t', ' '])?;
    if let Some(id) = (id.len() == 36).then(|| TraceId::canonical(id)).flatten().filter(|id| id.as_str().len() == 32) {
        fields::offer_trace(parsed, id, Strength::Request);
        return Some(after);
    }
    // `undefined` outside of a request.
    (id == "undefined" && rest.contains('\t')).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    #[test]
    fn lambda() {
        let got = read(
            "2024-01-17T09:00:01.204Z\t65a79711-ce49-4dea-80cf-ce118f4fe8a1\tERROR\tcart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
        );
        assert_eq!((got.layout, got.severity, trace(&got)), ("lambda", Severity::Error, Some("65a79711ce499dea30cfce118f4fe8a1")));
        assert!(got.message.starts_with("cart lookup failed"));
        let weak = read("2024-01-17T09:00:01.204Z\t65a79711-ce49-4dea-80cf-ce118f4fe8a1\tERROR\tcart lookup failed");
        assert_eq!((trace(&weak), weak.trace_is_request), (Some("65a79711ce494dea80cfce118f4fe8a1"), true));
        let python = read("[ERROR]\t2024-01-17T09:00:01.204Z\t65a79711-ce49-4dea-80cf-ce118f4fe8a1\tcart lookup failed");
        assert_eq!((python.layout, python.severity, ms(&python).as_deref()), ("lambda", Severity::Error, Some("2024-01-17T09:00:01.204Z")));
        assert_eq!((python.message.as_ref(), trace(&python)), ("cart lookup failed", Some("65a79711ce494dea80cfce118f4fe8a1")));
        let timeout = read("2024-01-17T09:00:01.204Z 65a79711-ce49-4dea-80cf-ce118f4fe8a1 Task timed out after 3.00 seconds");
        assert_eq!((timeout.severity, timeout.message.as_ref()), (Severity::Error, "Task timed out after 3.00 seconds"));
        let report = read(
            "REPORT RequestId: 65a79711-ce49-4dea-80cf-ce118f4fe8a1\tDuration: 5001.12 ms\tBilled Duration: 5002 ms\tMemory Size: 256 MB\tMax Memory Used: 91 MB\t",
        );
        assert_eq!((report.layout, attribute(&report, "duration_ms")), ("lambda", Some("5001.12")));
        let xray = read("XRAY TraceId: 1-65a79711-ce499dea30cfce118f4fe8a1\tSegmentId: 51a0000000005555\tSampled: true\t");
        assert_eq!(trace(&xray), Some("65a79711ce499dea30cfce118f4fe8a1"));
    }
}
