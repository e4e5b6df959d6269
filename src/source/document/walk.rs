//! A JSON document in pieces: its items are found by where they stand and handed out one at a time.
//!
//! In: a stream of JSON values. Out: calls to [`Items`] with one item's bytes each. Fails when: never; after broken JSON the walk
//! goes on at the next item, and what was passed over is handed out as text.
//!
//! Memory is one item, whatever the document's size; nesting costs a byte a level, so no depth overflows.

mod recover;

use super::input::Input;
use super::scan::{Scan, Step};
use crate::source::Faults;

/// Largest item that is taken whole: CloudWatch caps an event at 1 MiB, Firehose an object at 6 MiB.
pub(super) const MAX_ITEM: usize = 16 << 20;
/// Largest document of unknown kind that is taken as one line; beyond it, its inner arrays are walked.
const MAX_UNKNOWN: usize = 1 << 20;
/// Longest key.
const MAX_KEY: usize = 4 << 10;
/// Bytes of a new document that are looked at to tell its kind.
const LOOK: usize = 4 << 10;
/// Longest piece of undecodable bytes that is handed out at once.
const MAX_RAW: usize = 64 << 10;

/// What to do with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Walk into it.
    Enter,
    /// Hand it out.
    Take,
    /// Hand it out, but walk into it if it is too large for one line.
    TakeOrEnter,
    /// Pass over it.
    Skip,
}

/// Who decides about values and receives items. Paths read `data.result[].values[]`.
pub(super) trait Items: Send {
    /// A new top-level value begins with `head`.
    fn begin(&mut self, head: &[u8]);
    /// What to do with the value at `path` that starts with `first`.
    fn want(&mut self, path: &str, first: u8) -> Want;
    /// Receives one item; false when it cannot be decoded (it is then handed out as text).
    fn take(&mut self, path: &str, item: &[u8], position: u64) -> bool;
    /// Receives bytes that are no JSON, or no item that can be decoded.
    fn raw(&mut self, bytes: &[u8], position: u64);
}

struct Frame {
    array: bool,
    /// Length of the path outside this container.
    path: usize,
    /// How items of this array begin.
    signature: Vec<u8>,
}

/// Walks over a stream of JSON values.
pub(super) struct Walker {
    input: Input,
    frames: Vec<Frame>,
    path: String,
    faults: Faults,
    /// Lines are counted; otherwise items are numbered where they are written.
    by_line: bool,
    rewound: u64,
}

impl Walker {
    pub(super) fn new(input: Input, faults: Faults, by_line: bool) -> Self {
        Self { input, frames: Vec::new(), path: String::new(), faults, by_line, rewound: 0 }
    }

    /// Moves on by one token or one item; false at the end.
    pub(super) fn step(&mut self, items: &mut dyn Items) -> bool {
        let Some(byte) = self.next_token() else {
            if !self.frames.is_empty() {
                self.faults.add(self.input.offset(), "the document ends early; its items before that are used");
                self.frames.clear();
            }
            return false;
        };
        match self.frames.last() {
            None => self.top(byte, items),
            Some(frame) if frame.array => {
                if byte == b']' {
                    self.leave();
                } else {
                    self.path.push_str("[]");
                    self.value(byte, items);
                    self.path.truncate(self.path.len().saturating_sub(2).max(self.floor()));
                }
            }
            Some(_) => {
                if byte == b'}' {
                    self.leave();
                } else {
                    self.member(items);
                }
            }
        }
        true
    }

    /// Path length that belongs to the open containers.
    fn floor(&self) -> usize {
        self.frames.last().map_or(0, |f| f.path)
    }

    fn leave(&mut self) {
        self.input.take(1);
        self.frames.pop();
        let floor = self.floor();
        self.path.truncate(floor);
    }

    /// The next byte that is no blank and no comma.
    fn next_token(&mut self) -> Option<u8> {
        loop {
            let rest = self.input.rest();
            let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b',' | 0x1e)).count();
            self.input.take(blanks);
            if let Some(&byte) = self.input.rest().first() {
                return Some(byte);
            }
            if !self.input.more() {
                return None;
            }
        }
    }

    fn position(&mut self) -> u64 {
        if self.by_line { self.input.line() } else { 0 }
    }

    /// A top-level value, or a line of text between values.
    fn top(&mut self, byte: u8, items: &mut dyn Items) {
        self.path.clear();
        if matches!(byte, b'{' | b'[') {
            self.input.want(LOOK);
            items.begin(self.input.rest());
            self.value(byte, items);
            return;
        }
        let position = self.position();
        loop {
            let rest = self.input.rest();
            match memchr::memchr(b'\n', rest) {
                Some(n) => {
                    items.raw(rest.get(..n).unwrap_or_default(), position);
                    self.input.take(n + 1);
                    return;
                }
                None if rest.len() >= MAX_RAW => {
                    items.raw(rest, position);
                    let n = rest.len();
                    self.input.take(n);
                }
                None => {
                    if !self.input.more() {
                        let n = self.input.rest().len();
                        items.raw(self.input.rest(), position);
                        self.input.take(n);
                        return;
                    }
                }
            }
        }
    }

    /// `"key": value` inside an object.
    fn member(&mut self, items: &mut dyn Items) {
        let Some(key) = self.key() else {
            self.recover(0, "broken JSON", items);
            return;
        };
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(&key);
        match self.next_token() {
            Some(byte) => self.value(byte, items),
            None => return,
        }
        self.path.truncate(before.max(self.floor()));
    }

    /// A key and its colon.
    fn key(&mut self) -> Option<String> {
        let mut scan = Scan::default();
        let mut seen = 0;
        let end = loop {
            match scan.advance(self.input.rest().get(seen..).unwrap_or_default()) {
                Step::Done(n) => break seen + n,
                Step::Bad(_) => return None,
                Step::More => {
                    seen = self.input.rest().len();
                    if seen > MAX_KEY || !self.input.more() {
                        return None;
                    }
                }
            }
        };
        let key = serde_json::from_slice::<String>(self.input.rest().get(..end)?).ok()?;
        self.input.take(end);
        if self.next_token()? != b':' {
            return None;
        }
        self.input.take(1);
        Some(key)
    }

    fn value(&mut self, first: u8, items: &mut dyn Items) {
        let container = matches!(first, b'{' | b'[');
        match items.want(&self.path, first) {
            Want::Enter if container => self.enter(first),
            Want::Enter | Want::Skip => self.pass(items),
            Want::Take => self.item(MAX_ITEM, false, items),
            Want::TakeOrEnter => self.item(MAX_UNKNOWN, container, items),
        }
    }

    fn enter(&mut self, first: u8) {
        self.input.take(1);
        self.frames.push(Frame { array: first == b'[', path: self.path.len(), signature: Vec::new() });
    }

    /// Passes over one value without keeping it.
    fn pass(&mut self, items: &mut dyn Items) {
        let mut scan = Scan::default();
        loop {
            match scan.advance(self.input.rest()) {
                Step::Done(n) => return self.input.take(n),
                Step::Bad(n) => {
                    self.input.take(n);
                    return self.recover(0, "broken JSON", items);
                }
                Step::More => {
                    let n = self.input.rest().len();
                    self.input.take(n);
                    if !self.input.more() {
                        return;
                    }
                }
            }
        }
    }

    /// Hands out one value.
    fn item(&mut self, limit: usize, may_enter: bool, items: &mut dyn Items) {
        let position = self.position();
        let start = self.input.offset();
        let mut scan = Scan::default();
        let mut seen = 0;
        let end = loop {
            match scan.advance(self.input.rest().get(seen..).unwrap_or_default()) {
                Step::Done(n) => break seen + n,
                Step::Bad(n) => {
                    self.remember_signature();
                    return self.recover(seen + n, "broken JSON in an item", items);
                }
                Step::More => {
                    seen = self.input.rest().len();
                    if seen > limit && may_enter {
                        let first = self.input.rest().first().copied().unwrap_or(b'{');
                        return self.enter(first);
                    }
                    if seen > limit {
                        self.faults.add(start, format!("an item larger than {} MiB is passed over", limit >> 20));
                        self.input.take(seen);
                        return self.pass_on(scan, items);
                    }
                    if !self.input.more() {
                        if scan.ends_here() {
                            break seen;
                        }
                        return self.cut(&scan, position, items);
                    }
                }
            }
        };
        self.remember_signature();
        let item = self.input.rest().get(..end).unwrap_or_default();
        if !items.take(&self.path, item, position) {
            self.faults.add(start, "an item cannot be decoded; it is kept as text");
            items.raw(item, position);
        }
        self.input.take(end);
    }

    /// The rest of a value whose beginning was passed over.
    fn pass_on(&mut self, mut scan: Scan, items: &mut dyn Items) {
        loop {
            if self.input.rest().is_empty() && !self.input.more() {
                return;
            }
            match scan.advance(self.input.rest()) {
                Step::Done(n) => return self.input.take(n),
                Step::Bad(n) => {
                    self.input.take(n);
                    return self.recover(0, "broken JSON", items);
                }
                Step::More => {
                    let n = self.input.rest().len();
                    self.input.take(n);
                }
            }
        }
    }
}
