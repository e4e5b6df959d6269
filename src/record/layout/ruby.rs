//! Ruby: Logger::Formatter, tagged Rails logs, Sidekiq.
//!
//! In: a line. Out: [`Parsed`] or a message. Fails when: never; `None` when it is another's layout.

use super::{Parsed, fields, head};
use crate::record::clock::parse_bare;
use crate::record::severity::Severity;
use crate::record::{name, service};

/// `E, [2024-01-17T09:00:01.204595 #1] ERROR -- prog: [request-uuid] message`.
pub(super) fn logger(text: &str) -> Option<Parsed<'_>> {
    let inner = text.get(1..)?.strip_prefix(", [")?;
    let mut parsed = Parsed { layout: "ruby", ..Parsed::default() };
    let (stamp, taken) = parse_bare(inner)?;
    let (_, after) = inner.get(taken..)?.split_once(']')?;
    let after = after.trim_start();
    let (word, after) = after.split_once(" -- ")?;
    parsed.severity = match Severity::from_word(word) {
        // `ANY` is Logger's word for unknown.
        Severity::Unknown if word != "ANY" => return None,
        severity => severity,
    };
    parsed.time = Some(stamp);
    let (program, message) = after.split_once(": ").or_else(|| after.split_once(':'))?;
    if !program.is_empty() {
        parsed.logger = Some(name(program));
        fields::guess_service(&mut parsed, service::from_program(program));
    }
    parsed.message = tags(message, &mut parsed).into();
    Some(parsed)
}

/// Rails' log tags: brackets before the message, ids among them. Other tags stay.
fn tags<'a>(message: &'a str, parsed: &mut Parsed<'_>) -> &'a str {
    let mut rest = message;
    while let Some((content, after)) = head::bracket(rest) {
        if !head::ids(content.trim(), parsed) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// `pid=1 tid=gn05 class=OrderJob jid=65a79711ce499dea30cfce11 ERROR: message` behind the time.
pub(super) fn sidekiq<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    if !rest.starts_with("pid=") || !rest.contains(" tid=") {
        return None;
    }
    let mut from = 0;
    // The level is the first word without `=`.
    for word in rest.split(' ').take(12) {
        if !word.is_empty() && !word.contains('=') {
            let severity = Severity::from_word(word.strip_suffix(':')?);
            if severity == Severity::Unknown {
                return None;
            }
            parsed.severity = severity;
            for (key, value) in fields::pairs(rest.get(..from)?) {
                if !matches!(key, "pid" | "tid") {
                    fields::take(key, &value, parsed);
                }
            }
            return Some(rest.get(from + word.len()..)?.trim_start());
        }
        from += word.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    #[test]
    fn rails_and_sidekiq() {
        let got = read(
            "E, [2024-01-17T09:00:01.204595 #1] ERROR -- checkout-api: [65a79711-ce49-9dea-30cf-ce118f4fe8a1] cart lookup failed: ERR max number of clients reached cmd=GET",
        );
        assert_eq!((got.layout, got.severity, got.service.as_deref()), ("ruby", Severity::Error, Some("checkout-api")));
        assert_eq!((trace(&got), ms(&got).as_deref()), (Some("65a79711ce499dea30cfce118f4fe8a1"), Some("2024-01-17T09:00:01.204Z")));
        assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached cmd=GET");
        let old = read("I, [2024-01-17T09:00:01.204595 #1]  INFO -- : Started");
        assert_eq!((old.message.as_ref(), old.service), ("Started", None));
        let got = read(
            "2024-01-17T09:00:01.204Z pid=1 tid=gn05 class=OrderJob jid=65a79711ce499dea30cfce11 ERROR: cart lookup failed: ERR max number of clients reached cmd=GET",
        );
        assert_eq!((got.layout, got.severity, trace(&got)), ("ruby", Severity::Error, Some("65a79711ce499dea30cfce11")));
        assert_eq!(
            (attribute(&got, "class"), got.message.as_ref()),
            (Some("OrderJob"), "cart lookup failed: ERR max number of clients reached cmd=GET")
        );
        let old =
            read("2016-11-30T08:22:34.607Z 28201 TID-8zkv36o WARN: ActiveRecord::ConnectionTimeoutError: could not obtain a connection");
        assert_eq!(
            (old.severity, old.message.as_ref()),
            (Severity::Warn, "ActiveRecord::ConnectionTimeoutError: could not obtain a connection")
        );
        for line in ["E, [", "E, [x", "E, [2024-01-17T09:00:01.204595 #1] odd -- x: y", "E, [2024-01-17T09:00:01.204595 #1] ERROR -- x"] {
            assert_eq!(read(line).message, line, "{line}");
        }
    }
}
