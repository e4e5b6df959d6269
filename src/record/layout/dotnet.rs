//! .NET: SimpleConsole and Serilog's console.
//!
//! In: a line or the text behind its time. Out: [`Parsed`] or a message. Fails when: never; `None` when it is another's layout.

use super::{Parsed, fields};
use crate::record::severity::Severity;

/// `fail: Category[0]`, the message on the next lines or (SingleLine) behind it.
pub(super) fn simple(text: &str) -> Option<Parsed<'_>> {
    let mut parsed = Parsed { layout: "dotnet", ..Parsed::default() };
    let rest = category(text, &mut parsed)?;
    // The indent of the second line belongs to the layout.
    let message = rest.trim_start();
    fields::read(message, &mut parsed);
    parsed.message = message.into();
    Some(parsed)
}

/// Reads `fail: Category[0]` and gives what follows.
pub(super) fn category<'a>(text: &'a str, parsed: &mut Parsed<'_>) -> Option<&'a str> {
    let severity = match text.get(..6)? {
        "trce: " | "dbug: " => Severity::Debug,
        "info: " => Severity::Info,
        "warn: " => Severity::Warn,
        "fail: " => Severity::Error,
        "crit: " => Severity::Critical,
        _ => return None,
    };
    let line = text.get(6..)?.split('\n').next()?;
    let (name, after) = line.split_once('[')?;
    let (event, _) = after.split_once(']')?;
    let named =
        !name.is_empty() && !name.contains(' ') && !event.is_empty() && event.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !named {
        return None;
    }
    parsed.severity = severity;
    fields::set_logger(parsed, name);
    text.get(6 + name.len() + event.len() + 2..)
}

/// `INF] message` behind Serilog's `[09:00:01 `.
pub(super) fn serilog<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let (word, after) = rest.get(..40.min(rest.len())).unwrap_or(rest).split_once(']')?;
    let severity = Severity::from_word(word.trim());
    if severity == Severity::Unknown || word.len() < 3 {
        return None;
    }
    parsed.severity = severity;
    Some(rest.get(rest.len().min(word.len() + 1)..)?.trim_start()).filter(|_| after.is_empty() || after.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";

    #[test]
    fn two_lines() {
        let got = read(
            "fail: checkout-api.RedisStore[0]\n      cart lookup failed: ERR max number of clients reached TraceId:65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
        );
        assert_eq!(
            (got.layout, got.severity, got.service.as_deref(), trace(&got)),
            ("dotnet", Severity::Error, Some("checkout-api"), Some(HEX))
        );
        assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached TraceId:65a79711ce499dea30cfce118f4fe8a1 cmd=GET");
        let head = read("fail: checkout-api.RedisStore[0]");
        assert_eq!((head.message.as_ref(), head.logger.as_deref()), ("", Some("checkout-api.RedisStore")));
        assert_eq!(read("info: Shop.Cart[14] Now listening on: http://[::]:8080").message, "Now listening on: http://[::]:8080");
        assert_eq!(read("fail: to connect [x]").layout, "plain");
    }

    #[test]
    fn serilog_console() {
        let got = read(
            "[09:00:01 ERR] cart lookup failed: ERR max number of clients reached TraceId=65a79711ce499dea30cfce118f4fe8a1 Service=checkout-api",
        );
        assert_eq!(
            (got.layout, got.severity, got.service.as_deref(), trace(&got)),
            ("dotnet", Severity::Error, Some("checkout-api"), Some(HEX))
        );
        assert_eq!(ms(&got).as_deref(), Some("2024-01-17T09:00:01.000Z"));
        assert!(got.message.starts_with("cart lookup failed"));
        let long = read("[2024-01-17 09:00:01.204 +00:00 INF] done status=200");
        assert_eq!((long.message.as_ref(), attribute(&long, "status")), ("done status=200", Some("200")));
        let file = read("2024-01-17 09:00:01.204 +00:00 [ERR] cart lookup failed");
        assert_eq!((file.message.as_ref(), file.severity), ("cart lookup failed", Severity::Error));
    }
}
