//! Java: Spring Boot 2 and 3, Sleuth, logback, Log4j, JBoss.
//!
//! In: text behind the time. Out: the message, the rest in [`Parsed`]. Fails when: never; `None` when it is another's layout.

use super::head::{self, bracket};
use super::{Parsed, fields};
use crate::record::seek::Mark;
use crate::record::severity::Severity;

/// Spring's ` --- ` stands within this many bytes behind the time (level, Sleuth's bracket, process id).
const DASHES_WITHIN: usize = 200;

/// `LEVEL [svc,trace,span] PID --- [app] [thread] [trace-span] logger : message`.
pub(super) fn boot<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> Option<&'a str> {
    const DASHES: Mark = Mark::new(" --- [");
    const COLON: Mark = Mark::new(" : ");
    let bare = rest.trim_start();
    let at = DASHES.find(bare.as_bytes().get(..DASHES_WITHIN.min(bare.len()))?)?;
    let (severity, left) = head::level(bare)?;
    let left = left.get(..at.checked_sub(bare.len() - left.len())?)?.trim();
    parsed.severity = severity;
    let mut process = left;
    if let Some((content, after)) = bracket(left) {
        head::ids(content.trim(), parsed);
        process = after.trim();
    }
    if !process.bytes().all(|byte| byte.is_ascii_digit()) && process != "${PID:-}" {
        parsed.severity = Severity::Unknown;
        return None;
    }
    // One bracket is the thread; with more, the first is the application and the last may hold ids.
    let mut rest = bare.get(at + 5..)?;
    let mut first = None;
    let mut count = 0;
    while let Some((content, after)) = bracket(rest.trim_start()) {
        let content = content.trim();
        let id = count > 0 && (content.is_empty() || head::ids(content, parsed));
        if !id {
            first = first.or(Some(content));
            count += 1;
        }
        rest = after;
    }
    if let Some(app) = first.filter(|_| count > 1) {
        fields::offer_service(parsed, app);
    }
    let rest = rest.trim_start();
    match COLON.cut(rest) {
        Some((logger, message)) if !logger.trim().contains(' ') => {
            fields::set_logger(parsed, logger);
            Some(message)
        }
        _ => match rest.split_once(" :") {
            Some((logger, "")) if !logger.trim().contains(' ') => {
                fields::set_logger(parsed, logger);
                Some("")
            }
            _ => Some(rest),
        },
    }
}

/// logback's `[thread] LEVEL logger - message` and relatives: the walk reads them; here they are only told from others.
pub(super) fn is_logback(rest: &str) -> bool {
    let Some((content, after)) = bracket(rest) else { return false };
    let thread = Severity::from_word(content.trim()) == Severity::Unknown
        && !content.bytes().all(|byte| byte.is_ascii_digit())
        && !content.contains([':', '=']);
    thread
        && head::level(after.trim_start())
            .is_some_and(|(_, behind)| behind.trim_start().split_once(' ').is_some_and(|(_, next)| next.trim_start().starts_with('-')))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, read, trace};
    use crate::record::severity::Severity;

    const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";

    #[test]
    fn boot_3() {
        let got = read(
            "2024-01-17T09:00:01.204Z ERROR 1 --- [checkout-api] [nio-8080-exec-6] [65a79711ce499dea30cfce118f4fe8a1-51a0000000005555] com.shop.checkout.CartClient             : cart lookup failed: ERR max number of clients reached cmd=GET",
        );
        assert_eq!((got.layout, got.severity, got.service.as_deref()), ("spring", Severity::Error, Some("checkout-api")));
        assert_eq!((trace(&got), got.logger.as_deref()), (Some(HEX), Some("com.shop.checkout.CartClient")));
        assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached cmd=GET");
        assert_eq!(attribute(&got, "cmd"), Some("GET"));
        let none = read(
            "2024-01-17T09:00:01.204Z  INFO 1 --- [checkout-api] [           main] [                                                 ] com.shop.App : Started App in 6.4 seconds",
        );
        assert_eq!(
            (none.service.as_deref(), trace(&none), none.message.as_ref()),
            (Some("checkout-api"), None, "Started App in 6.4 seconds")
        );
    }

    #[test]
    fn boot_2_and_sleuth() {
        let got = read(
            "2024-01-17 09:00:01.204 ERROR [checkout-api,65a79711ce499dea30cfce118f4fe8a1,51a0000000005555] 1 --- [nio-8080-exec-6] com.shop.checkout.CartClient             : cart lookup failed: ERR max number of clients reached cmd=GET",
        );
        assert_eq!((got.layout, got.service.as_deref(), trace(&got)), ("spring", Some("checkout-api"), Some(HEX)));
        assert_eq!(got.message, "cart lookup failed: ERR max number of clients reached cmd=GET");
        let old = read("2024-01-17 09:00:01.204  WARN [checkout-api,30cfce118f4fe8a1,51a0000000005555,true] 1 --- [main] c.s.Cart : x");
        assert_eq!(trace(&old), Some("000000000000000030cfce118f4fe8a1"));
        let none = read("2024-01-17 09:00:01.204  WARN [checkout-api,,] 1 --- [main] c.s.Cart : x");
        assert_eq!((none.service.as_deref(), trace(&none)), (Some("checkout-api"), None));
        let plain = read("2024-01-17 09:00:01.204  INFO 1 --- [           main] c.s.Cart : x: y : z");
        assert_eq!((plain.service, plain.message.as_ref()), (None, "x: y : z"));
    }

    #[test]
    fn logback_and_log4j() {
        for (line, logger) in [
            (
                "09:00:01.204 [main] ERROR com.shop.checkout.CartClient -- cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
                "com.shop.checkout.CartClient",
            ),
            (
                "2024-01-17 09:00:01.204 [main] ERROR com.shop.checkout.CartClient - cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1",
                "com.shop.checkout.CartClient",
            ),
            (
                "2024-01-17 09:00:01,204 ERROR [com.shop.CartClient] (executor-thread-1) cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1",
                "com.shop.CartClient",
            ),
            (
                "2024-01-17 09:00:01,204 ERROR [main] com.shop.CartClient - cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1",
                "com.shop.CartClient",
            ),
            (
                "2024-01-17 09:00:01,204 ERROR com.shop.CartClient: cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1",
                "com.shop.CartClient",
            ),
            (
                "2023-08-22 10:07:38,037 [HikariPool-1 connection adder] ERROR com.zaxxer.hikari.pool.HikariPool - cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1",
                "com.zaxxer.hikari.pool.HikariPool",
            ),
            (
                "[2024-01-17T09:00:01,204][ERROR][o.e.c.Cart] [node-1] cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1",
                "o.e.c.Cart",
            ),
        ] {
            let got = read(line);
            assert!(got.message.starts_with("cart lookup failed: ERR max number of clients reached"), "{line}: {}", got.message);
            assert_eq!((got.severity, got.logger.as_deref(), got.service.as_deref()), (Severity::Error, Some(logger), None), "{line}");
            assert_eq!(trace(&got), Some(HEX), "{line}");
        }
    }
}
