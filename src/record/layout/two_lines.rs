//! Heads that stand alone on their line, the message on the next: java.util.logging, Erlang's error_logger.
//!
//! In: a line. Out: [`Parsed`] without a message. Fails when: never; `None` when it is no such head.

use super::{Parsed, fields};
use crate::record::clock::parse_prefix;
use crate::record::seek::first_line;
use crate::record::severity::Severity;

/// Longest head: a date, a class, a method.
const LONGEST: usize = 240;

/// Reads the head.
pub(super) fn parse(text: &str) -> Option<Parsed<'_>> {
    let line = first_line(text).trim_end();
    if line.len() > LONGEST {
        return None;
    }
    if let Some(report) = line.strip_prefix('=') {
        // `=ERROR REPORT==== 17-Jan-2024::09:00:01.204595 ===`
        let (word, time) = report.strip_suffix(" ===")?.split_once(" REPORT==== ")?;
        let (stamp, _) = parse_prefix(time)?;
        return Some(Parsed { time: Some(stamp), severity: Severity::from_word(word), layout: "erlang", ..Parsed::default() });
    }
    // `Jan 17, 2024 9:00:01 AM com.shop.CartClient load`
    if !line.as_bytes().first()?.is_ascii_uppercase() {
        return None;
    }
    let (stamp, taken) = parse_prefix(line)?;
    let (class, method) = line.get(taken..)?.split_once(' ')?;
    let identifier =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'<' | b'>'));
    let is_class = class.contains('.') && class.split('.').all(identifier);
    if !is_class || !identifier(method) {
        return None;
    }
    let mut parsed = Parsed { time: Some(stamp), layout: "java-util-logging", ..Parsed::default() };
    fields::set_logger(&mut parsed, class);
    Some(parsed)
}

/// True if the text is a head whose message is on the next line.
pub(super) fn is_alone(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'=' | b'A'..=b'Z')) && parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ms, read};
    use super::*;

    #[test]
    fn heads() {
        let java = read("Jan 17, 2024 9:00:01 AM com.shop.CartClient load");
        assert_eq!((java.layout, java.message.as_ref(), java.logger.as_deref()), ("java-util-logging", "", Some("com.shop.CartClient")));
        assert_eq!(ms(&java).as_deref(), Some("2024-01-17T09:00:01.000Z"));
        let erlang = read("=ERROR REPORT==== 17-Jan-2024::09:00:01.204595 ===");
        assert_eq!((erlang.severity, ms(&erlang).as_deref()), (Severity::Error, Some("2024-01-17T09:00:01.204Z")));
        for other in ["Jan 17 09:00:01 host cart", "Jan 17, 2024 9:00:01 AM started now and well", "=== a ===", "SEVERE: x"] {
            assert!(!is_alone(other), "{other}");
        }
    }
}
