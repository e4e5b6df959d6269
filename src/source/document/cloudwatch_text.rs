//! The CLI's text output: `EVENTS` rows with TABs, and all messages of `--query 'events[].message'` on one line.
//!
//! In: TAB separated text. Out: one item an event. Fails when: never; other lines (tokens, stream names) are left out.
//!
//! Keys are sorted, so the order is eventId, ingestionTime, logStreamName, message, timestamp; `get-log-events` has neither id nor stream.
//! A message may hold TABs and line ends: the row ends at the line that ends in a TAB and a time.

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use super::times;

/// Longest row: events are at most 1 MiB.
const MAX_ROW: usize = 4 << 20;
/// Longest piece of a one-line document that is kept in one piece.
const MAX_PIECE: usize = 4 << 20;

/// An `EVENTS` row at the start.
pub(super) fn is_events(text: &[u8]) -> bool {
    text.strip_prefix(b"EVENTS\t").and_then(|r| r.first()).is_some_and(u8::is_ascii_digit)
}

/// One line whose TAB separated pieces each begin like a log line.
pub(super) fn is_one_line(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let pieces: Vec<&[u8]> = line.split(|&b| b == b'\t').take(64).collect();
    let heads = pieces.iter().filter(|p| begins_like_a_line(p)).count();
    pieces.len() >= 3 && !line.contains(&b'\n') && heads * 5 >= pieces.len() * 4
}

/// A level word, a date or an object with more behind it.
fn begins_like_a_line(piece: &[u8]) -> bool {
    const LEVELS: &[&str] = &["trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical", "panic"];
    if piece.len() < 16 {
        return false;
    }
    let head = piece.split(|&b| b == b' ' || b == b':').next().unwrap_or_default();
    let head = head.strip_prefix(b"[").unwrap_or(head);
    let head = head.strip_suffix(b"]").unwrap_or(head);
    let date = head.get(..4).is_some_and(|y| y.iter().all(u8::is_ascii_digit)) && matches!(head.get(4), Some(b'-' | b'/'));
    date || piece.starts_with(b"{\"") || piece.starts_with(b"time=") || LEVELS.iter().any(|l| head.eq_ignore_ascii_case(l.as_bytes()))
}

/// Reads `EVENTS` rows.
pub(super) struct Events {
    input: Input,
    text: String,
}

impl Events {
    pub(super) fn new(input: Input) -> Self {
        Self { input, text: String::new() }
    }

    /// Length of the next physical line with its end; 0 at the end of input.
    fn line(&mut self, from: usize) -> usize {
        let mut seen = from;
        loop {
            let rest = self.input.rest();
            if let Some(n) = rest.get(seen..).and_then(|r| memchr::memchr(b'\n', r)) {
                return seen + n + 1 - from;
            }
            seen = rest.len();
            if seen - from > MAX_ROW || !self.input.more() {
                return seen - from;
            }
        }
    }
}

/// The time at the end of a row.
fn time_at_end(line: &[u8]) -> Option<(&[u8], i64)> {
    let line = line.trim_ascii_end();
    let tab = memchr::memrchr(b'\t', line)?;
    let time = std::str::from_utf8(line.get(tab + 1..)?).ok()?;
    (time.len() == 13).then(|| times::of_text(time)).flatten().map(|t| (line.get(..tab).unwrap_or_default(), t))
}

impl Steps for Events {
    fn step(&mut self, out: &mut Lines) -> bool {
        let mut end = self.line(0);
        if end == 0 {
            return false;
        }
        let position = self.input.line();
        if !is_events(self.input.rest()) {
            // Tokens and stream names of the page.
            self.input.take(end);
            return true;
        }
        // Rows go on until a line ends in a time, or the next row begins.
        while time_at_end(self.input.rest().get(..end).unwrap_or_default()).is_none() && end < MAX_ROW {
            let next = self.line(end);
            if next == 0 || is_events(self.input.rest().get(end..).unwrap_or_default()) {
                break;
            }
            end += next;
        }
        let row = self.input.rest().get(..end).unwrap_or_default();
        let (row, time) = time_at_end(row).map_or((row, None), |(r, t)| (r, Some(t)));
        self.text.clear();
        self.text.push_str(&String::from_utf8_lossy(row));
        let mut fields = self.text.splitn(5, '\t').skip(1);
        let (first, second) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        let is_time = |f: &str| f.len() == 13 && f.bytes().all(|b| b.is_ascii_digit());
        if is_time(second) {
            let stream = fields.next();
            let facts = Facts::default().with("stream", stream);
            out.item(time, &facts, position, fields.next().unwrap_or_default());
        } else {
            // get-log-events: ingestionTime, message.
            let at = "EVENTS\t".len() + if is_time(first) { first.len() + 1 } else { 0 };
            out.item(time, &Facts::default(), position, self.text.get(at..).unwrap_or_default());
        }
        self.input.take(end);
        true
    }
}

/// Reads TAB separated messages on one line.
pub(super) struct OneLine {
    input: Input,
    items: u64,
}

impl OneLine {
    pub(super) fn new(input: Input) -> Self {
        Self { input, items: 0 }
    }
}

impl Steps for OneLine {
    fn step(&mut self, out: &mut Lines) -> bool {
        let mut seen = 0;
        let (end, next) = loop {
            let rest = self.input.rest();
            if let Some(n) = rest.get(seen..).and_then(|r| memchr::memchr2(b'\t', b'\n', r)) {
                break (seen + n, seen + n + 1);
            }
            seen = rest.len();
            if seen > MAX_PIECE || !self.input.more() {
                break (seen, seen);
            }
        };
        if next == 0 {
            return false;
        }
        let piece = self.input.rest().get(..end).unwrap_or_default();
        let text = String::from_utf8_lossy(piece).trim().to_owned();
        if !text.is_empty() {
            self.items += 1;
            out.item(None, &Facts::default(), self.items, &text);
        }
        self.input.take(next);
        true
    }
}
