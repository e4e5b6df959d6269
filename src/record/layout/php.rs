//! PHP: Monolog's line formatter, Laravel, Symfony.
//!
//! In: text behind the time. Out: the message, the rest in [`Parsed`]. Fails when: never; `None` when it is another's layout.

use super::{Parsed, fields, json};
use crate::record::severity::Severity;
use crate::record::{name, service};

/// Longest name of a channel, in bytes.
const CHANNEL: usize = 80;

/// `channel.LEVEL: message {context} [extra]`. Laravel's channel is its environment, no service.
pub(super) fn monolog<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<()> {
    memchr::memchr(b'.', rest.as_bytes().get(..rest.len().min(CHANNEL))?)?;
    let (head, message) = rest.split_once(": ").or_else(|| rest.split_once(':').filter(|(_, message)| message.is_empty()))?;
    let (channel, word) = head.rsplit_once('.')?;
    let severity = Severity::from_word(word);
    let upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
    if severity == Severity::Unknown || !upper || channel.is_empty() || channel.contains(' ') || channel.len() > CHANNEL {
        return None;
    }
    parsed.severity = severity;
    parsed.logger = Some(name(channel));
    parsed.layout = "php";
    let line = message.split('\n').next().unwrap_or(message);
    if let Some((text, context)) = json::split_context(line) {
        let behind = message.get(line.len()..).unwrap_or("");
        parsed.message = if behind.trim().is_empty() { text.into() } else { format!("{text}{behind}").into() };
        json::take_context(context, parsed);
    } else {
        let bare = message.trim_end();
        parsed.message = bare.strip_suffix("[] []").map_or(bare, str::trim_end).into();
    }
    // Symfony's own channels name a part of the framework.
    const FRAMEWORK: [&str; 12] = [
        "request",
        "security",
        "doctrine",
        "php",
        "console",
        "event",
        "cache",
        "messenger",
        "deprecation",
        "http_client",
        "profiler",
        "router",
    ];
    if !FRAMEWORK.contains(&channel) {
        fields::guess_service(parsed, service::from_program(channel));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    #[test]
    fn laravel_and_monolog() {
        for (line, service) in [
            (
                r#"[2024-01-17 09:00:01] production.ERROR: cart lookup failed: ERR max number of clients reached {"service":"checkout-api","trace_id":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET"} "#,
                "checkout-api",
            ),
            (
                r#"[2024-01-17T09:00:01.000+00:00] checkout-api.ERROR: cart lookup failed: ERR max number of clients reached {"trace_id":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET"} []"#,
                "checkout-api",
            ),
            (
                r#"[2024-01-17T09:00:01.000+00:00] app.ERROR: cart lookup failed: ERR max number of clients reached {"trace_id":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET","service":"x"} {"uid":"abc"}"#,
                "x",
            ),
        ] {
            let got = read(line);
            assert_eq!((got.layout, got.severity, got.service.as_deref()), ("php", Severity::Error, Some(service)), "{line}");
            assert_eq!((trace(&got), ms(&got).as_deref()), (Some("65a79711ce499dea30cfce118f4fe8a1"), Some("2024-01-17T09:00:01.000Z")));
            assert_eq!(
                (got.message.as_ref(), attribute(&got, "cmd")),
                ("cart lookup failed: ERR max number of clients reached", Some("GET"))
            );
        }
        let got = read(
            r#"[2024-01-17 09:00:01] production.ERROR: read error on connection {"exception":"[object] (RedisException(code: 0): read error on connection to redis:6379 at /var/www/x.php:3)"} "#,
        );
        assert_eq!(
            got.message,
            "read error on connection\n[object] (RedisException(code: 0): read error on connection to redis:6379 at /var/www/x.php:3)"
        );
        assert_eq!(got.service, None);
        let open =
            read("[2024-01-17 09:00:01] production.ERROR: read error {\"exception\":\"[object] (RedisException(code: 0): read error at x");
        assert!(open.message.contains("RedisException"));
        assert_eq!(read("[2024-01-17 09:00:01] app.INFO: done [] []").message, "done");
    }
}
