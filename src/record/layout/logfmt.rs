//! logfmt: logrus and slog text handlers, go-kit, Heroku, Argo CD.
//!
//! In: text that begins with `key=`. Out: [`Parsed`]. Fails when: never; `None` when it is prose.

use std::borrow::Cow;

use super::flat::{Field, Scalar};
use super::{Parsed, fields, json, redis_server};
use crate::record::seek::first_line;

/// Keys that open records of loggers.
const OPENERS: [&str; 19] = [
    "time",
    "ts",
    "t",
    "timestamp",
    "@timestamp",
    "datetime",
    "level",
    "lvl",
    "severity",
    "msg",
    "message",
    "caller",
    "logger",
    "app",
    "service",
    "at",
    "source",
    "method",
    "event",
];

/// Reads a logfmt record. The message is `msg` and the texts of its errors; without `msg` the whole line.
pub(super) fn parse(text: &str) -> Option<Parsed<'_>> {
    let key = first_key(text)?;
    let line = first_line(text);
    if key == "pid"
        && let Some(parsed) = redis_server::logfmt(text)
    {
        return Some(parsed);
    }
    if !OPENERS.contains(&key) && !only_pairs(line) {
        return None;
    }
    let list: Vec<Field<'_>> =
        pairs(line).into_iter().map(|(key, value)| Field { path: Cow::Borrowed(key), value: Scalar::Text(value) }).collect();
    let has_message = list.iter().any(|field| matches!(field.path.as_ref(), "msg" | "message" | "event" | "error" | "err"));
    let mut parsed = json::of_fields(list, "logfmt");
    if !has_message || parsed.message.is_empty() {
        parsed.message = Cow::Borrowed(text);
    } else if let Some(behind) = text.get(line.len()..).filter(|behind| !behind.trim().is_empty()) {
        parsed.message.to_mut().push_str(behind);
    }
    Some(parsed)
}

/// The pairs of a line. Some loggers set no quotes: there a message goes on to the next key, and a date to its time.
fn pairs(line: &str) -> Vec<(&str, Cow<'_, str>)> {
    let mut list: Vec<(&str, Cow<'_, str>)> = fields::pairs(line).collect();
    let place = |part: &str| (part.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
    let mut next = line.len();
    for (key, value) in list.iter_mut().rev() {
        let own = place(key);
        let from = own + key.len() + 1;
        if let Cow::Borrowed(short) = value
            && place(short) == from
            && let Some(whole) = line.get(from..next).map(|whole| whole.trim_end_matches([' ', '\t', ',', ';']))
            && whole.len() > short.len()
        {
            let behind = whole.get(short.len()..).unwrap_or_default().trim_start();
            let is_time = || behind.len() >= 8 && behind.as_bytes().get(2) == Some(&b':') && !behind.contains(' ');
            match *key {
                "msg" | "message" | "error" | "err" | "reason" => *value = Cow::Borrowed(whole),
                "time" | "ts" | "t" | "timestamp" | "datetime" if is_time() => *value = Cow::Borrowed(whole),
                _ => {}
            }
        }
        next = own;
    }
    list
}

/// True if the text begins as a logger's logfmt record does.
pub(super) fn is_head(text: &str) -> bool {
    first_key(text).is_some_and(|key| {
        OPENERS.contains(&key)
            || (key == "pid" && text.contains(" role="))
            || ([" timestamp=", " time=", " ts="].iter().any(|key| text.contains(key)) && only_pairs(text))
    })
}

/// The key that the text begins with.
fn first_key(text: &str) -> Option<&str> {
    let length = text.bytes().take(32).position(|byte| byte == b'=')?;
    let key = text.get(..length)?;
    let named = key.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '@')
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@'));
    // `a==b` and `key= value` are prose.
    (named && !matches!(text.as_bytes().get(length + 1), Some(b'=') | None)).then_some(key)
}

/// Pairs and nothing else, three at least.
fn only_pairs(line: &str) -> bool {
    let pairs = fields::pairs(line).take(3).count();
    pairs == 3 && line.split_ascii_whitespace().take(3).all(|word| word.contains('='))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ms, read};
    use super::*;
    use crate::record::severity::Severity;

    #[test]
    fn logrus_and_slog() {
        for line in [
            r#"time="2024-01-17T09:00:01Z" level=error msg="cart lookup failed: ERR max number of clients reached" service=checkout-api trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET"#,
            r#"time=2024-01-17T09:00:01.000Z level=ERROR msg="cart lookup failed: ERR max number of clients reached" service=checkout-api trace_id=65a79711ce499dea30cfce118f4fe8a1 span_id=51a0000000005555 cmd=GET"#,
        ] {
            let got = read(line);
            assert_eq!(got.layout, "logfmt");
            assert_eq!(got.severity, Severity::Error);
            assert_eq!(got.service.as_deref(), Some("checkout-api"));
            assert_eq!(got.trace.as_ref().map(|id| id.as_str()), Some("65a79711ce499dea30cfce118f4fe8a1"));
            assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached");
            assert_eq!(got.attributes, vec![("cmd".to_owned(), "GET".to_owned())]);
            assert_eq!(ms(&got), Some("2024-01-17T09:00:01.000Z".to_owned()));
        }
        let healthy =
            read(r#"time="2024-01-17T09:00:00Z" level=info msg="request completed" method=GET path=/cart/8812 status=200 duration_ms=14"#);
        assert_eq!(healthy.kind, crate::record::Kind::Application);
        assert_eq!(healthy.attributes.len(), 4);
    }

    #[test]
    fn values_without_quotes_go_on_to_the_next_key() {
        let got =
            read("level=error, time=2024-01-04 17:50:14.608, msg=MOVED 5285 10.20.6.31:6379, path=/auth/login, requestId=1b1f6a40-aae6");
        assert_eq!((got.message.as_ref(), ms(&got).as_deref()), ("MOVED 5285 10.20.6.31:6379", Some("2024-01-04T17:50:14.608Z")));
        let got = read("ts=1705482001.204 level=warn err=dial tcp 10.0.9.11:6379: i/o timeout attempt=3 took=5s and more");
        assert_eq!(got.message, "dial tcp 10.0.9.11:6379: i/o timeout");
        assert_eq!(got.attributes, [("attempt".to_owned(), "3".to_owned()), ("took".to_owned(), "5s".to_owned())]);
    }

    #[test]
    fn errors_are_joined() {
        let got = read(r#"ts=1705482001.204 level=warn msg="retrying" err="dial tcp 10.0.9.11:6379: i/o timeout" quoted="a \"b\"""#);
        assert_eq!(got.message, "retrying\ndial tcp 10.0.9.11:6379: i/o timeout");
        assert_eq!(got.attributes, vec![("quoted".to_owned(), "a \"b\"".to_owned())]);
    }

    #[test]
    fn prose_is_no_logfmt() {
        for line in ["x=1 is wrong", "key= value", "a==b", "=", "id", "é=1 b=2 c=3", "level is=high"] {
            assert!(parse(line).is_none(), "{line}");
        }
        assert_eq!(parse("a=1 b=2 c=3").map(|got| got.message.into_owned()).as_deref(), Some("a=1 b=2 c=3"));
        assert!(parse("level=error msg=\"cut in the mid").is_some_and(|got| got.message == "cut in the mid"));
    }
}
