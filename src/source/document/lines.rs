//! The lines that a document becomes.
//!
//! In: items with what the document knows of them. Out: framed lines. Fails when: never.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::scan;
use crate::source::framing::{GS, Header, write_item};

/// Framed lines that wait to be read, and documents found inside items, which are read before the next item.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) bytes: Vec<u8>,
    pub(super) nested: VecDeque<Box<dyn Read + Send>>,
    /// Items so far, shared by the documents inside one document: their items are cited by number over all of them.
    pub(super) shared: Option<Arc<AtomicU64>>,
    /// Items are cited by number: the document stands on one line.
    pub(super) numbered: bool,
    last: u64,
}

impl Lines {
    /// The position to cite for an item that begins on line `position`. No two items share one, or they would be read as one item:
    /// where several stand on a line, the others have the numbers behind it.
    fn position(&mut self, position: u64) -> u64 {
        self.last = match &self.shared {
            Some(shared) => shared.fetch_add(1, Ordering::Relaxed) + 1,
            None if self.numbered => self.last + 1,
            None => position.max(self.last + 1),
        };
        self.last
    }

    /// One item with its text. A message of many lines is one item, unless each of them begins with a time of its own.
    pub(super) fn item(&mut self, time_ms: Option<i64>, facts: &Facts, position: u64, text: &str) {
        let position = self.position(position);
        let text = text.trim_end_matches(['\n', '\r']);
        if text.contains('\n') && text.split('\n').all(begins_with_date) {
            for line in text.split('\n') {
                write_item(&mut self.bytes, time_ms, &facts.0, position, line);
            }
        } else {
            write_item(&mut self.bytes, time_ms, &facts.0, position, text);
        }
    }

    /// One item as one line of JSON, as it stands in the document.
    pub(super) fn json(&mut self, time_ms: Option<i64>, facts: &Facts, position: u64, json: &[u8]) {
        let position = self.position(position);
        Header { time_ms, facts: &facts.0, position, continuation: false }.write(&mut self.bytes);
        scan::compact(json, &mut self.bytes);
        self.bytes.push(b'\n');
    }

    /// One line as it stands, cited by its own number.
    pub(super) fn line(&mut self, facts: &Facts, line: &[u8]) {
        Header { facts: &facts.0, ..Header::default() }.write(&mut self.bytes);
        self.bytes.extend_from_slice(line);
        self.bytes.push(b'\n');
    }

    /// Bytes that could not be decoded, as lines without time.
    pub(super) fn raw(&mut self, bytes: &[u8], position: u64) {
        let position = self.position(position);
        for line in bytes.split(|&b| b == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() || line.iter().all(|b| matches!(b, b'[' | b']' | b'{' | b'}' | b',')) {
                continue;
            }
            Header { position, ..Header::default() }.write(&mut self.bytes);
            self.bytes.extend_from_slice(line);
            self.bytes.push(b'\n');
        }
    }
}

/// `2024-01-17T…`, `[2024-01-17 …` or `2024/01/17 …`.
fn begins_with_date(line: &str) -> bool {
    let line = line.strip_prefix('[').unwrap_or(line).as_bytes();
    let digits = |range: std::ops::Range<usize>| line.get(range).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
    digits(0..4) && matches!(line.get(4), Some(b'-' | b'/')) && digits(5..7) && line.get(4) == line.get(7) && digits(8..10)
}

/// What a document says of an item beside its time and text.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts(String);

impl Facts {
    /// Adds one fact; empty values are left out.
    pub(super) fn with(mut self, key: &str, value: Option<&str>) -> Self {
        let Some(value) = value.map(str::trim).filter(|v| !v.is_empty()) else { return self };
        if !self.0.is_empty() {
            self.0.push(GS);
        }
        self.0.push_str(key);
        self.0.push('=');
        self.0.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
        self
    }
}

/// Parses an item. Bytes that are no UTF-8 are replaced, since a log's text may hold any.
pub(super) fn parse(item: &[u8]) -> Option<Value> {
    serde_json::from_slice(item).ok().or_else(|| {
        let text = String::from_utf8_lossy(item);
        matches!(text, std::borrow::Cow::Owned(_)).then(|| serde_json::from_str(&text).ok()).flatten()
    })
}

/// A text member of an object.
pub(super) fn text<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object.get(key).and_then(Value::as_str)
}
