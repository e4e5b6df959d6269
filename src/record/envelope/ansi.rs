//! Control sequences of terminals.
//!
//! In: a line. Out: the line without colours, titles and overwritten progress. Fails when: never; a cut sequence is dropped.
//!
//! Also taken off: a byte order mark, the hole of zeros that copytruncate leaves at the start of a file, a carriage return at the end.

use std::borrow::Cow;

/// Takes control sequences out of `text`.
pub(super) fn strip(text: Cow<'_, str>) -> Cow<'_, str> {
    let trimmed = text.trim_start_matches(['\0', '\u{feff}']).trim_end_matches('\r');
    if memchr::memchr2(0x1b, b'\r', trimmed.as_bytes()).is_none() {
        if trimmed.len() == text.len() {
            return text;
        }
        let at = text.len() - text.trim_start_matches(['\0', '\u{feff}']).len();
        let end = at + trimmed.len();
        return match text {
            Cow::Borrowed(t) => Cow::Borrowed(t.get(at..end).unwrap_or_default()),
            Cow::Owned(t) => Cow::Owned(t.get(at..end).unwrap_or_default().to_owned()),
        };
    }
    let mut out = String::with_capacity(trimmed.len());
    let mut rest = trimmed;
    while let Some(at) = memchr::memchr2(0x1b, b'\r', rest.as_bytes()) {
        let (before, sequence) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = sequence.strip_prefix('\r') {
            // A line that was written over: what stands last counts, unless nothing follows. Inner line ends keep theirs.
            if let Some(next) = after.strip_prefix('\n') {
                out.push('\n');
                rest = next;
            } else {
                if !visible(after).is_empty() {
                    let line = out.rfind('\n').map_or(0, |n| n + 1);
                    out.truncate(line);
                }
                rest = after;
            }
        } else {
            rest = sequence.get(length(sequence.as_bytes())..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text up to the next control byte that shows something.
fn visible(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with('\u{1b}') {
        rest = rest.get(length(rest.as_bytes())..).unwrap_or_default();
    }
    rest.split(['\r', '\n', '\u{1b}']).next().unwrap_or_default()
}

/// Length of the sequence that begins with the ESC at the first byte; always a boundary of characters.
fn length(bytes: &[u8]) -> usize {
    let end = match bytes.get(1) {
        // CSI: parameters, then one final byte.
        Some(b'[') => {
            let parameters = bytes.iter().skip(2).take_while(|b| (0x20..0x40).contains(*b)).count();
            2 + parameters + usize::from(bytes.get(2 + parameters).is_some_and(|b| (0x40..0x7f).contains(b)))
        }
        // OSC: up to BEL or ESC \\.
        Some(b']') => match bytes.iter().skip(2).position(|b| matches!(b, 7 | 0x1b)) {
            Some(n) if bytes.get(2 + n) == Some(&7) => 2 + n + 1,
            Some(n) => 2 + n + if bytes.get(3 + n) == Some(&b'\\') { 2 } else { 0 },
            None => 2,
        },
        // Character sets: ESC ( B.
        Some(b'(' | b')') if bytes.get(2).is_some_and(u8::is_ascii) => 3,
        Some(b) if b.is_ascii() && *b != 0x1b => 2,
        _ => 1,
    };
    end.min(bytes.len())
}
