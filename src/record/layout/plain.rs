//! Text without a layout of its own: a time, perhaps a level, a message with `key=value` at the end.
//!
//! In: a line. Out: [`Parsed`]. Fails when: never.

use super::{Kind, Parsed, access, fields, head, json};
use crate::record::severity::Severity;

/// Reads text that has no time at its start. The message is the whole text; only its level is read.
pub(super) fn undated(text: &str) -> Parsed<'_> {
    let mut parsed = Parsed { layout: "plain", message: text.into(), ..Parsed::default() };
    if let Some((severity, after)) = head::level(text) {
        parsed.severity = severity;
        // `ERROR 2024-01-17 09:00:01,204 views 1 140 message` of Django.
        // CodeIgniter sets a dash between.
        let after = after.trim_start_matches([' ', '\t']);
        let after = after.strip_prefix("- ").unwrap_or(after);
        if let Some((stamp, taken)) = crate::record::clock::parse_prefix(after) {
            parsed.time = Some(stamp);
            parsed.message = after.get(taken..).unwrap_or("").into();
        }
    } else if let Some((tag, _)) = head::bracket(text) {
        parsed.severity = Severity::from_tag(tag);
    } else if text.starts_with("PHP ") {
        parsed.severity = php_level(text);
    } else {
        // `Error: …`, `FATAL ERROR: …`
        let word = text.split([':', ' ']).next().unwrap_or("");
        if matches!(word, "Error" | "Warning" | "FATAL" | "Fatal" | "ERR") {
            parsed.severity = Severity::from_word(word);
        }
    }
    // winston's simple format: `error: message {"service":…,"timestamp":…}`.
    if parsed.severity != Severity::Unknown
        && let Some((_, context)) = json::split_context(text)
    {
        let time = json::time_of(&context);
        json::take_context(context, &mut parsed);
        parsed.time = parsed.time.or(time);
    }
    // The answer to MONITOR, CONFIG SET and their like.
    if text.trim_end() == "OK" {
        parsed.kind = Kind::Mark;
    }
    fields::read(text, &mut parsed);
    access::in_message(text, &mut parsed);
    parsed
}

/// `PHP Fatal error:  …`, `PHP Warning:  …`.
fn php_level(text: &str) -> Severity {
    let word = text.get(4..).unwrap_or("").split([':', ' ']).next().unwrap_or("");
    Severity::from_word(word)
}

/// Reads the text behind a time with the walk: level, brackets, logger, then the message.
pub(super) fn dated<'a>(rest: &'a str, parsed: &mut Parsed<'a>) -> &'a str {
    head::walk(rest, parsed).rest
}
