//! Go: klog and glog, zap's and zerolog's consoles, logrus on a terminal, the standard library.
//!
//! In: a line or the text behind its time. Out: [`Parsed`] or a message. Fails when: never; `None` when it is another's layout.

use std::borrow::Cow;

use super::{Kind, Parsed, fields, json};
use crate::record::clock::{Stamp, parse_klog};
use crate::record::name;
use crate::record::severity::Severity;

/// `E0117 09:00:01.204595       1 client.go:88] "message" key="value"`.
pub(super) fn klog(text: &str) -> Option<Parsed<'_>> {
    let (severity, stamp, place, message) = klog_head(text)?;
    let (file, _) = place.trim_start().rsplit_once(':')?;
    let file = file.rsplit([' ', '/']).next().unwrap_or(file);
    let mut parsed = Parsed { time: Some(stamp), severity, layout: "klog", logger: Some(name(file)), ..Parsed::default() };
    // C++ (Dragonfly): short texts are told apart by the file that wrote them, so it stays.
    if file.rsplit_once('.').is_some_and(|(_, kind)| kind == "cc") {
        let start = text.len() - message.len() - 1 - place.len();
        let place = text.get(start..).unwrap_or(message).trim_start();
        let text = place
            .split_once(' ')
            .map_or(place, |(first, rest)| if first.bytes().all(|byte| byte.is_ascii_digit()) { rest.trim_start() } else { place });
        fields::read(message, &mut parsed);
        parsed.message = text.into();
        return Some(parsed);
    }
    let message = message.trim_start();
    fields::read(message, &mut parsed);
    parsed.message = structured(message, &mut parsed).unwrap_or(Cow::Borrowed(message));
    Some(parsed)
}

/// True if the text begins as klog's and glog's lines do.
pub(super) fn is_klog(text: &str) -> bool {
    klog_head(text).is_some()
}

/// Level, time, what stands up to the bracket, message.
fn klog_head(text: &str) -> Option<(Severity, Stamp, &str, &str)> {
    let severity = match text.as_bytes().first()? {
        b'I' => Severity::Info,
        b'W' => Severity::Warn,
        b'E' => Severity::Error,
        b'F' => Severity::Critical,
        _ => return None,
    };
    let rest = text.get(1..)?;
    let (stamp, taken) = parse_klog(rest)?;
    let (place, message) = rest.get(taken..)?.split_once(']')?;
    place.contains(':').then_some((severity, stamp, place, message))
}

/// klog's structured form: a quoted message, then pairs. The texts of an error and of an event are joined to the message.
fn structured<'a>(message: &'a str, parsed: &mut Parsed<'_>) -> Option<Cow<'a, str>> {
    if !message.starts_with('"') {
        return None;
    }
    let (text, taken) = fields::value(message);
    let mut text = text;
    // A sentence that begins with a quotation is no message with pairs behind it.
    if message.get(taken..)?.split_whitespace().next().is_some_and(|word| !word.contains('=')) {
        return None;
    }
    for (key, value) in fields::pairs(message.get(taken..)?) {
        if matches!(key, "err" | "error" | "message" | "note") {
            if !text.contains(value.as_ref()) {
                text = Cow::Owned(format!("{text}\n{value}"));
            }
        } else {
            fields::take(key, &value, parsed);
        }
    }
    Some(text)
}

/// `TAB LEVEL TAB logger TAB caller TAB message TAB {fields}` of zap's development console, behind the time.
pub(super) fn zap<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<()> {
    let line = rest.split('\n').next().unwrap_or(rest);
    let (word, mut after) = line.split_once('\t')?;
    let severity = Severity::from_word(word);
    if severity == Severity::Unknown {
        return None;
    }
    let mut context = None;
    if let Some((before, object)) = after.rsplit_once('\t')
        && let Some((fields, _)) = super::flat::read(object.trim_end())
    {
        after = before;
        context = Some(fields);
    }
    let mut message = after;
    let mut logger = None;
    // What stands before the message: a logger, a caller, both or none. The message may hold tabs itself.
    while let Some((part, behind)) = message.split_once('\t') {
        if is_place(part) {
            message = behind;
            break;
        }
        if logger.is_some() || part.contains(' ') {
            break;
        }
        logger = Some(part);
        message = behind;
    }
    parsed.severity = severity;
    parsed.layout = "zap";
    if let Some(logger) = logger {
        fields::set_logger(parsed, logger);
    }
    let behind = rest.get(line.len()..).unwrap_or("");
    parsed.message = if behind.trim().is_empty() { message.into() } else { format!("{message}{behind}").into() };
    fields::read(message, parsed);
    if let Some(context) = context {
        json::take_context(context, parsed);
    }
    Some(())
}

/// `cart/client.go:88`.
fn is_place(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(file, line)| {
        file.contains('.') && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()) && !file.contains(' ')
    })
}

/// `ERR message key=value` of zerolog's console behind `9:00AM`, also the three-letter levels of others.
pub(super) fn short_level<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let word = rest.get(..3)?;
    let severity = match word {
        "TRC" | "DBG" | "INF" | "WRN" | "ERR" | "FTL" | "PNC" => Severity::from_word(word),
        _ => return None,
    };
    let message = rest.get(3..)?.strip_prefix(' ')?;
    parsed.severity = severity;
    Some(message.trim_start())
}

/// `ERRO[0005] message  key=value` of logrus on a terminal; the number is seconds since the start, no time.
pub(super) fn logrus_tty(text: &str) -> Option<Parsed<'_>> {
    let word = text.get(..4)?;
    let severity = match word {
        "TRAC" | "DEBU" | "INFO" | "WARN" | "ERRO" | "FATA" | "PANI" | "DBUG" | "EROR" | "CRIT" => Severity::from_word(word),
        _ => return None,
    };
    let (seconds, message) = text.get(4..)?.strip_prefix('[')?.split_once(']')?;
    if seconds.is_empty() {
        return None;
    }
    let time: Option<Stamp> = crate::record::clock::parse_value(seconds).filter(|_| seconds.contains('-'));
    if time.is_none() && !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let message = message.trim();
    let mut parsed = Parsed { time, severity, layout: "logrus", kind: Kind::Application, ..Parsed::default() };
    fields::read(message, &mut parsed);
    parsed.message = message.into();
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";
    const TEXT: &str = "cart lookup failed: ERR max number of clients reached";

    #[test]
    fn klog() {
        let got = read(
            "E0117 09:00:01.204595       1 client.go:88] \"cart lookup failed: ERR max number of clients reached\" service=\"checkout-api\" trace_id=\"65a79711ce499dea30cfce118f4fe8a1\"",
        );
        assert_eq!((got.layout, got.severity, got.service.as_deref()), ("klog", Severity::Error, Some("checkout-api")));
        assert_eq!((trace(&got), ms(&got).as_deref(), got.message.as_ref()), (Some(HEX), Some("2024-01-17T09:00:01.204Z"), TEXT));
        let err = read("E0117 09:00:01.204595 1 x.go:1] \"Reconciler error\" err=\"dial tcp: i/o timeout\" controller=\"redis\"");
        assert_eq!((err.message.as_ref(), attribute(&err, "controller")), ("Reconciler error\ndial tcp: i/o timeout", Some("redis")));
        let event = read(
            "I0117 09:00:01.204595 1 event.go:1] \"Event occurred\" kind=\"Deployment\" message=\"Scaled up replica set x to 9 from 3\"",
        );
        assert_eq!(event.message.as_ref(), "Event occurred\nScaled up replica set x to 9 from 3");
        assert_eq!(read("W0117 09:00:01.204595 1 x.go:1] plain text").message, "plain text");
        assert_eq!(
            read("E20240117 09:00:02.500123     1 main_service.cc:156] Deadlock detected!!!!").message,
            "main_service.cc:156] Deadlock detected!!!!"
        );
        assert_eq!(read("E0199 09:00:01.204595 1 x.go:1] x").layout, "plain");
    }

    #[test]
    fn consoles() {
        let got = read(
            "2024-01-17T09:00:01.204+0000\tERROR\tcheckout-api\tcart/client.go:88\tcart lookup failed: ERR max number of clients reached\t{\"trace_id\":\"65a79711ce499dea30cfce118f4fe8a1\",\"cmd\":\"GET\"}",
        );
        assert_eq!((got.layout, got.severity, got.service.as_deref()), ("zap", Severity::Error, Some("checkout-api")));
        assert_eq!((trace(&got), got.message.as_ref(), attribute(&got, "cmd")), (Some(HEX), TEXT, Some("GET")));
        let bare = read("2024-01-17T09:00:01.204+0000\tERROR\tcart lookup failed\t{\"error\": \"redis: connection pool timeout\"}");
        assert_eq!(bare.message, "cart lookup failed\nredis: connection pool timeout");
        let caller = read("2024-01-17T09:00:01.204Z\tinfo\tcart/client.go:88\tdone");
        assert_eq!((caller.message.as_ref(), caller.logger), ("done", None));
        let got = read("9:00AM ERR cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1");
        assert_eq!((got.severity, trace(&got), got.message.starts_with(TEXT)), (Severity::Error, Some(HEX), true));
        let got = read("ERRO[0005] cart lookup failed: ERR max number of clients reached  trace_id=65a79711ce499dea30cfce118f4fe8a1");
        assert_eq!((got.layout, got.severity, trace(&got), got.time), ("logrus", Severity::Error, Some(HEX), None));
    }

    #[test]
    fn standard_library() {
        let got = read(
            "2024/01/17 09:00:01 checkout-api: cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
        );
        assert_eq!((got.service.as_deref(), got.service_is_guess, trace(&got)), (Some("checkout-api"), true, Some(HEX)));
        assert!(got.message.starts_with(TEXT));
        assert_eq!(read("2024/01/17 09:00:01 redis: connection pool timeout").message, "redis: connection pool timeout");
        assert_eq!(read("2024/01/17 09:00:01 ERROR cart failed k=v").severity, Severity::Error);
        assert_eq!(read("2024/01/17 09:00:01 client.go:88: cart failed").message, "cart failed");
        assert_eq!(
            read("2024/01/17 09:00:01 [error] 31#31: *1 connect() failed (111: Connection refused) while connecting to upstream").severity,
            Severity::Error
        );
    }
}
