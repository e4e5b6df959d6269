//! Rust: tracing-subscriber's full format, env_logger.
//!
//! In: text behind the time. Out: the message, the rest in [`Parsed`]. Fails when: never; `None` when it is another's layout.

use super::head::level;
use super::{Parsed, fields};
use crate::record::seek::Mark;
use crate::record::severity::Severity;

/// Spans that are read.
const MAX_SPANS: usize = 16;

/// `ERROR span{key=value}:other: target::path: message key=value`.
pub(super) fn tracing<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    const COLON: Mark = Mark::new(": ");
    let (severity, after) = level(rest.trim_start())?;
    let mut text = after.strip_prefix(' ')?.trim_start();
    let mut spans = false;
    for _ in 0..MAX_SPANS {
        let word = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).count();
        if word == 0 || text.as_bytes().get(word) != Some(&b'{') {
            break;
        }
        let (content, behind) = braces(text.get(word..)?)?;
        fields::take_all(content, parsed);
        spans = true;
        text = behind.strip_prefix(':')?;
        if let Some(next) = text.strip_prefix(' ') {
            text = next;
            break;
        }
    }
    let (target, message) = COLON.cut(text)?;
    let path = !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-'));
    if !path || !(spans || target.contains("::")) {
        return spans.then_some(text).inspect(|_| parsed.severity = severity);
    }
    parsed.severity = severity;
    parsed.logger = Some(crate::record::name(target));
    Some(message)
}

/// The content of `{…}` at the start, quotes respected, and what follows.
fn braces(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().take(4096) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some((text.get(1..at)?, text.get(at + 1..)?)),
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// `ERROR target] message` behind env_logger's `[2024-01-17T09:00:01Z `.
pub(super) fn env_logger<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let (severity, after) = level(rest)?;
    let (target, message) = after.trim_start().split_once(']')?;
    if target.contains(' ') || target.len() > 200 || severity == Severity::Unknown {
        return None;
    }
    parsed.severity = severity;
    fields::set_logger(parsed, target);
    Some(message.trim_start())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";

    #[test]
    fn tracing_and_env_logger() {
        let got = read(
            "2024-01-17T09:00:01.204595Z ERROR request{trace_id=65a79711ce499dea30cfce118f4fe8a1 service=checkout-api}: checkout::cart: cart lookup failed: ERR max number of clients reached cmd=GET",
        );
        assert_eq!(
            (got.layout, got.severity, got.service.as_deref(), trace(&got)),
            ("tracing", Severity::Error, Some("checkout-api"), Some(HEX))
        );
        assert_eq!((got.logger.as_deref(), attribute(&got, "cmd")), (Some("checkout::cart"), Some("GET")));
        assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached cmd=GET");
        let two =
            read("2024-01-17T09:00:01.204595Z  WARN a{x=1}:b{text=\"} {\" trace_id=65a79711ce499dea30cfce118f4fe8a1}: checkout: slow");
        assert_eq!((two.message.as_ref(), trace(&two), two.severity), ("slow", Some(HEX), Severity::Warn));
        let none = read("2024-01-17T09:00:01.204595Z  INFO checkout::cart: started");
        assert_eq!((none.message.as_ref(), none.logger.as_deref()), ("started", Some("checkout::cart")));
        let env = read(
            "[2024-01-17T09:00:01Z ERROR checkout::cart] cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
        );
        assert_eq!((env.layout, env.severity, trace(&env), env.service.as_deref()), ("env_logger", Severity::Error, Some(HEX), None));
        assert!(env.message.starts_with("cart lookup failed"));
        assert_eq!(ms(&env).as_deref(), Some("2024-01-17T09:00:01.000Z"));
    }
}
