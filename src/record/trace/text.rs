//! Ids in prose. In: a message. Out: the best id and its strength. Fails when: never.

use memchr::memchr2_iter;

use super::key::{Family, Strength, family};
use super::{TraceId, shape};
use crate::record::seek::{cut, first_line, lines};

/// Only so much of a message is searched: ids stand in the head line or soon after it.
const SEARCHED: usize = 8 * 1024;
/// Bytes at the end of a longer first line that are searched, too.
const TAIL: usize = 512;
/// Longest key that is looked at, in bytes.
const LONGEST_KEY: usize = 40;
/// An id in brackets opens the message; further right brackets are prose.
const BRACKET_WITHIN: usize = 160;

/// The best id: a trace key's first, then a request key's first, then one in an opening bracket.
pub(super) fn find(text: &str) -> Option<(TraceId, Strength)> {
    let head = text.get(..text.floor_char_boundary(SEARCHED)).unwrap_or(text);
    let found = keyed(head).or_else(|| keyed(tail(text)?));
    found.or_else(|| bracketed(head).or_else(|| leading(head)).map(|id| (id, Strength::Request)))
}

/// The end of a first line that is longer than what is searched: some layouts set their ids behind the message.
fn tail(text: &str) -> Option<&str> {
    let line = first_line(text);
    (line.len() > SEARCHED).then(|| line.get(line.ceil_char_boundary(line.len() - TAIL)..)).flatten()
}

/// The best id of a key in a text.
fn keyed(text: &str) -> Option<(TraceId, Strength)> {
    let mut weak = None;
    for line in lines(text).filter(|line| !is_frame(line)) {
        for (key, value, in_url) in pairs(line) {
            let Some(family) = family(key) else { continue };
            let strength = family.strength();
            if (in_url && strength == Strength::Trace) || (strength == Strength::Request && weak.is_some()) {
                continue;
            }
            // `trace: something happened`: in prose a bare word is no key unless the value is an id.
            let family = if family == Family::Trace && !value.bytes().any(|byte| byte.is_ascii_digit()) { Family::Strict } else { family };
            let Some(id) = shape::of_family(family, value).map(TraceId) else { continue };
            if strength == Strength::Trace {
                return Some((id, strength));
            }
            // Request ids in prose have digits; `request_id: missing header` has none.
            if id.0.bytes().any(|byte| byte.is_ascii_digit()) {
                weak = Some((id, strength));
            }
        }
    }
    weak
}

/// Lines of stack traces name functions and paths, never the id of a request.
fn is_frame(line: &str) -> bool {
    let bare = line.trim_start();
    bare.len() < line.len() && ["at ", "File \"", "from ", "#", "^"].iter().any(|mark| bare.starts_with(mark))
}

/// `key=value`, `key: value`, `"key":"value"` of a line, with whether they stand in a URL's query.
pub(super) fn pairs(line: &str) -> impl Iterator<Item = (&str, &str, bool)> {
    let bytes = line.as_bytes();
    memchr2_iter(b'=', b':', bytes).filter_map(move |at| {
        let before = line.get(..at)?;
        let before = before.strip_suffix("\\\"").or_else(|| before.strip_suffix('"')).unwrap_or(before);
        let start = key_start(before);
        let key = before.get(start..)?;
        let lead = start.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        // The last letter of a key is cheap to see; most colons of a line end here.
        if key.len() < 2 || key.len() > LONGEST_KEY || matches!(lead, b'/' | b'%') {
            return None;
        }
        let mut rest = line.get(at + 1..)?;
        if bytes.get(at) == Some(&b':') {
            // `a::b` is a path, `scheme://` a URL.
            if rest.starts_with(':') || rest.starts_with('/') || lead == b':' {
                return None;
            }
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
        Some((key, value(rest), matches!(lead, b'?' | b'&')))
    })
}

/// Where the key before a `=` begins.
fn key_start(before: &str) -> usize {
    let floor = before.len().saturating_sub(LONGEST_KEY + 1);
    let word = before
        .bytes()
        .rev()
        .take(before.len() - floor)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@'));
    before.len() - word.count()
}

/// The value behind a `=`: quoted, or up to a blank or a closing mark.
fn value(rest: &str) -> &str {
    for quote in ["\\\"", "\"", "'"] {
        if let Some(inner) = rest.strip_prefix(quote) {
            return inner.split(['"', '\\', '\'']).next().unwrap_or(inner);
        }
    }
    // `Root=1-…;Parent=…` keeps its semicolons: only the first part counts anyway.
    let end =
        rest.bytes().take(256).position(|byte| matches!(byte, b' ' | b'\t' | b',' | b')' | b']' | b'}' | b'"' | b'|' | b'&' | b'<' | b'>'));
    match end {
        Some(end) => rest.get(..end).unwrap_or(""),
        None if rest.len() <= 256 => rest,
        None => "",
    }
}

/// `[65a79710-1065-30dc-42ba-a21c67f8a301] …`, `[svc,trace,span]`, `[trace-span]` near the start.
fn bracketed(text: &str) -> Option<TraceId> {
    let head = first_line(text);
    let mut rest = head;
    while let Some((_, inner)) = cut(rest, b'[') {
        if head.len() - inner.len() > BRACKET_WITHIN {
            return None;
        }
        let (content, after) = cut(inner, b']')?;
        if let Some(id) = in_bracket(content) {
            return Some(id);
        }
        rest = after;
    }
    None
}

/// `65a79711-ce49-4dea-a0cf-ce118f4fe8a1 message`, a level before it or not.
fn leading(text: &str) -> Option<TraceId> {
    let level = text.bytes().take(9).take_while(|b| b.is_ascii_uppercase()).count();
    let word = match text.as_bytes().get(level) {
        Some(b' ') if level > 2 => text.get(level..)?.trim_start(),
        _ => text,
    };
    // Few words begin with eight digits of a UUID.
    if !word.as_bytes().get(..8)?.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    [36, 32].into_iter().find_map(|end| {
        let id = word.get(..end).filter(|_| matches!(word.as_bytes().get(end), Some(b' ' | b':' | b'|')))?;
        if shape::is_uuid(id) || (end == 32 && shape::is_hex(id)) { TraceId::canonical(id) } else { None }
    })
}

/// The id that makes up a bracket's content.
fn in_bracket(content: &str) -> Option<TraceId> {
    let content = content.trim();
    if content.len() < 16 || content.len() > 120 {
        return None;
    }
    let candidate = content.split(',').nth(1).unwrap_or(content).trim();
    let sized = shape::is_uuid(candidate)
        || (candidate.len() == 32 && shape::is_hex(candidate))
        || (candidate.len() == 16 && content.contains(',') && shape::is_hex(candidate))
        || candidate
            .split_once('-')
            .is_some_and(|(id, span)| id.len() == 32 && span.len() == 16 && shape::is_hex(id) && shape::is_hex(span));
    if sized { TraceId::canonical(candidate) } else { None }
}
