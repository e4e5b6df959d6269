//! Tests that a runner left out, with the reason: `SKIPPED [496] test/test_cache.py:88: Redis is not running`.
//!
//! In: a line. Out: [`Parsed`] of level debug, for nothing was tried. Fails when: never; `None` when it is no such line.
//! pytest (`-rs` and `-v`), TAP (`ok 5 # SKIP reason`), `cargo test` (`test name ... ignored, reason`).

use super::Parsed;
use crate::record::seek::first_line;
use crate::record::severity::Severity;

/// Reads the line of a test that was left out.
pub(super) fn parse(text: &str) -> Option<Parsed<'_>> {
    let line = first_line(text).trim_end();
    let skipped = match line.as_bytes().first()? {
        b'S' => summary(line),
        b'o' => tap(line),
        _ => ignored(line) || verbose(line),
    };
    skipped.then(|| Parsed { layout: "skipped-test", severity: Severity::Debug, message: text.trim_end().into(), ..Parsed::default() })
}

/// `SKIPPED [count] file.py:line: reason`; `SKIPPED [count] file.py: reason`.
fn summary(line: &str) -> bool {
    line.strip_prefix("SKIPPED [")
        .and_then(|rest| rest.split_once("] "))
        .is_some_and(|(count, rest)| is_number(count) && rest.split(' ').next().is_some_and(|place| place.contains(".py:")))
}

/// `file.py::test SKIPPED (reason) [ 50%]`.
fn verbose(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(test, rest)| rest.starts_with("SKIPPED") && test.contains(".py::"))
}

/// `ok 5 - name # SKIP reason`.
fn tap(line: &str) -> bool {
    line.strip_prefix("ok ").is_some_and(|rest| {
        let directive = rest.split_once(" # ").map(|(_, directive)| directive.as_bytes());
        let skip = directive.and_then(|directive| directive.get(..4)).is_some_and(|word| word.eq_ignore_ascii_case(b"skip"));
        skip && rest.split(' ').next().is_some_and(is_number)
    })
}

/// `test cache::reads ... ignored, reason`.
fn ignored(line: &str) -> bool {
    line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")).is_some_and(|(_, result)| result.starts_with("ignored"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use crate::record::severity::Severity;

    #[test]
    fn a_test_left_out_tried_nothing() {
        for line in [
            "SKIPPED [496] test/test_fakeredis.py:88: Redis is not running",
            "SKIPPED [1] tests/test_cache.py: Redis is not available",
            "tests/test_cache.py::test_reads SKIPPED (could not connect to Redis) [ 50%]",
            "ok 5 - keeps a session # SKIP Redis is not running",
            "ok 6 # skip no redis at localhost:6379",
            "test cache::reads ... ignored, Redis is not running",
        ] {
            let got = read(line);
            assert_eq!((got.layout, got.severity, got.message.as_ref()), ("skipped-test", Severity::Debug, line));
        }
    }

    #[test]
    fn a_test_that_failed_is_told() {
        for line in [
            "FAILED tests/test_cache.py::test_reads - redis.exceptions.ConnectionError: Error 111",
            "SKIPPED [Redis] health check: Redis is not running",
            "tests/test_cache.py::test_reads FAILED [ 50%]",
            "not ok 5 - keeps a session # Redis is not running",
            "ok then, Redis is not running # skip it",
            "test connection to Redis ... failed",
        ] {
            assert_ne!(read(line).layout, "skipped-test", "{line}");
        }
    }
}
