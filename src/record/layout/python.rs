//! Python: logging's usual formats, OpenTelemetry, ddtrace, Celery, gunicorn, uvicorn, loguru, structlog's console.
//!
//! In: a line or the text behind its time. Out: the message, the rest in [`Parsed`]. Fails when: never; `None` when it is another's layout.

use super::head::{bracket, level};
use super::{Parsed, fields};
use crate::record::service;
use crate::record::severity::Severity;
use crate::record::trace::{Strength, TraceId};

/// `LEVEL:name:message` of `logging.basicConfig()`, no time.
pub(super) fn basic<'a>(text: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let (word, rest) = text.split_once(':')?;
    let upper = word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let severity = Severity::from_word(word);
    if !upper || severity == Severity::Unknown {
        return None;
    }
    // uvicorn: `INFO:     message`.
    if rest.starts_with("     ") || (rest.starts_with("  ") && word.len() > 4) {
        parsed.severity = severity;
        return Some(rest.trim_start());
    }
    let (name, message) = rest.split_once(':')?;
    let named = !name.is_empty()
        && name.len() <= 120
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if !named {
        return None;
    }
    parsed.severity = severity;
    fields::set_logger(parsed, name);
    Some(message)
}

/// `LEVEL/Process] message` behind Celery's `[2024-01-17 09:00:01,204: `.
pub(super) fn celery<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let inner = rest.strip_prefix(": ")?;
    let (head, message) = inner.split_once("] ").or_else(|| inner.split_once(']'))?;
    let (word, _process) = head.split_once('/')?;
    let severity = Severity::from_word(word);
    if severity == Severity::Unknown {
        return None;
    }
    parsed.severity = severity;
    // The task logger writes `app.tasks.run[uuid]: message`; the worker `Task app.tasks.run[uuid] succeeded …`.
    let task = message.strip_prefix("Task ").unwrap_or(message);
    let Some((name, after)) = task.split_once('[') else { return Some(message) };
    let Some((id, behind)) = after.split_once(']') else { return Some(message) };
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if !named || id.len() != 36 {
        return Some(message);
    }
    if let Some(id) = TraceId::canonical(id) {
        fields::offer_trace(parsed, id, Strength::Request);
    }
    parsed.logger = Some(crate::record::name(name));
    fields::guess_service(parsed, service::from_logger(name));
    Some(behind.strip_prefix(": ").unwrap_or(message))
}

/// `| LEVEL    | module:function:line - message` of loguru.
pub(super) fn loguru<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let (word, after) = rest.strip_prefix("| ")?.split_once('|')?;
    let severity = Severity::from_word(word.trim());
    if severity == Severity::Unknown {
        return None;
    }
    parsed.severity = severity;
    let after = after.trim_start();
    let Some((place, message)) = after.split_once(" - ") else { return Some(after) };
    let Some((module, _)) = place.split_once(':').filter(|_| !place.contains(' ')) else { return Some(after) };
    fields::set_logger(parsed, module);
    Some(message)
}

/// `[level    ] event   [logger] key=value` of structlog's console. The event ends where its fields begin.
pub(super) fn structlog<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    let (content, after) = bracket(rest)?;
    let severity = Severity::from_word(content.trim());
    // The padding tells it from other brackets: structlog fills to nine.
    if severity == Severity::Unknown || !content.ends_with(' ') || content.len() < 8 {
        return None;
    }
    parsed.severity = severity;
    let event = after.trim_start();
    fields::read(event, parsed);
    let mut end = event.len();
    if let Some(at) = memchr::memmem::rfind(event.as_bytes(), b" [")
        && let Some((name, behind)) = event.get(at + 1..).and_then(bracket)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && (behind.is_empty() || behind.contains('='))
    {
        fields::set_logger(parsed, name);
        end = at;
    }
    fields::take_all(event.get(end..).unwrap_or(""), parsed);
    Some(event.get(..end).unwrap_or(event).trim_end())
}

/// `[pid] [LEVEL] message` of gunicorn, told from other brackets by the number.
pub(super) fn is_gunicorn(rest: &str) -> bool {
    bracket(rest).is_some_and(|(pid, after)| {
        !pid.is_empty()
            && pid.bytes().all(|byte| byte.is_ascii_digit())
            && bracket(after.trim_start()).is_some_and(|(word, _)| Severity::from_word(word) != Severity::Unknown)
    })
}

/// `LEVEL logger message`, `- logger - LEVEL - message`, `LEVEL [logger] [file:line] [trace_id=…] - message`: read by the walk, named here.
pub(super) fn is_usual(written: &str, rest: &str) -> bool {
    // Comma before the milliseconds is Python's (and Log4j's) habit.
    written.contains(',') && (rest.starts_with("- ") || level(rest).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";

    #[test]
    fn usual_formats() {
        for (line, logger) in [
            (
                "2024-01-17 09:00:01,204 ERROR checkout.cart cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
                "checkout.cart",
            ),
            (
                "2024-01-17 09:00:01,204 - checkout.cart - ERROR - cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
                "checkout.cart",
            ),
            (
                "2024-01-17 09:00:01,204 [ERROR] checkout.cart: cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
                "checkout.cart",
            ),
            (
                "2024-01-17 09:00:01,204 ERROR [checkout.cart] [cart.py:45] [trace_id=65a79711ce499dea30cfce118f4fe8a1 span_id=51a0000000005555 resource.service.name=checkout-api trace_sampled=True] - cart lookup failed: ERR max number of clients reached cmd=GET",
                "checkout.cart",
            ),
            (
                "ERROR:checkout.cart:cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
                "checkout.cart",
            ),
            (
                "2024-01-17 09:00:01.204 | ERROR    | checkout.cart:run:45 - cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
                "checkout.cart",
            ),
            (
                "2024-01-17T09:00:01.204595Z [error    ] cart lookup failed: ERR max number of clients reached [checkout.cart] service=checkout-api trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
                "checkout.cart",
            ),
        ] {
            let got = read(line);
            assert!(got.message.starts_with("cart lookup failed: ERR max number of clients reached"), "{line}: {}", got.message);
            assert_eq!((got.severity, got.logger.as_deref(), got.layout), (Severity::Error, Some(logger), "python"), "{line}");
            assert_eq!((trace(&got), attribute(&got, "cmd")), (Some(HEX), Some("GET")), "{line}");
            if !line.starts_with("ERROR:") {
                assert_eq!(ms(&got).as_deref(), Some("2024-01-17T09:00:01.204Z"), "{line}");
            }
            let service = if line.contains("checkout-api") { Some("checkout-api") } else { None };
            assert_eq!(got.service.as_deref(), service, "{line}");
        }
    }

    #[test]
    fn ddtrace() {
        let got = read(
            "2024-01-17 09:00:01,204 ERROR [checkout.cart] [cart.py:45] [dd.service=checkout-api dd.env=prod dd.version=1.42.0 dd.trace_id=3517256408813791393 dd.span_id=5881701113345889621] - cart lookup failed: ERR max number of clients reached cmd=GET",
        );
        assert_eq!((trace(&got), got.service.as_deref()), (Some("30cfce118f4fe8a1"), Some("checkout-api")));
        assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached cmd=GET");
        let none =
            read("2024-01-17 09:00:01,204 INFO [a.b] [c.py:4] [trace_id=0 span_id=0 resource.service.name= trace_sampled=False] - x");
        assert_eq!((trace(&none), none.service.as_deref(), none.message.as_ref()), (None, None, "x"));
    }

    #[test]
    fn celery() {
        let got = read(
            "[2024-01-17 09:00:01,204: ERROR/ForkPoolWorker-2] checkout-api.tasks.run[65a79711-ce49-9dea-30cf-ce118f4fe8a1]: cart lookup failed: ERR max number of clients reached cmd=GET",
        );
        assert_eq!((trace(&got), got.service.as_deref(), got.severity), (Some(HEX), Some("checkout-api"), Severity::Error));
        assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached cmd=GET");
        let task = read(
            "[2024-01-17 09:00:01,204: ERROR/ForkPoolWorker-2] Task shop.run[65a79711-ce49-9dea-30cf-ce118f4fe8a1] raised unexpected: ConnectionError('x')",
        );
        assert_eq!((trace(&task), task.message.starts_with("Task shop.run[")), (Some(HEX), true));
        let worker = read(
            "[2022-05-26 09:25:26,740: ERROR/MainProcess] consumer: Cannot connect to amqp://admin:**@queue:5672//: [Errno 111] Connection refused.",
        );
        assert!(worker.message.starts_with("consumer: Cannot connect"));
    }

    #[test]
    fn servers() {
        let got = read("[2024-01-17 08:58:56 +0000] [9] [INFO] Booting worker with pid: 9");
        assert_eq!(
            (got.message.as_ref(), got.severity, ms(&got).as_deref()),
            ("Booting worker with pid: 9", Severity::Info, Some("2024-01-17T08:58:56.000Z"))
        );
        let got = read("INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)");
        assert_eq!((got.message.as_ref(), got.severity), ("Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)", Severity::Info));
        let got = read("[2020-09-03 08:45:31 +0000] [29] [ERROR] Error handling request /");
        assert_eq!((got.message.as_ref(), got.severity), ("Error handling request /", Severity::Error));
    }

    #[test]
    fn redis_texts_are_not_eaten() {
        for (line, want) in [
            (
                "2024-01-17 09:00:01,204 ERROR redis.exceptions.ConnectionError: Timeout connecting",
                "redis.exceptions.ConnectionError: Timeout connecting",
            ),
            ("2024-01-17 09:00:01,204 ERR max number of clients reached", "ERR max number of clients reached"),
            ("2024-01-17 09:00:01,204 ERROR redis: connection pool timeout", "redis: connection pool timeout"),
            ("2024-01-17 09:00:01,204 ERROR checkout.cart [Errno 111] Connection refused", "[Errno 111] Connection refused"),
            ("2024-01-17 09:00:01,204 ERROR cache.internal:6379: connection refused", "cache.internal:6379: connection refused"),
            (
                "2024-01-17 09:00:01,204 ERROR OOM command not allowed when used memory > 'maxmemory'.",
                "OOM command not allowed when used memory > 'maxmemory'.",
            ),
            ("ERROR: OOM command not allowed", "ERROR: OOM command not allowed"),
        ] {
            assert_eq!(read(line).message, want, "{line}");
        }
    }
}
