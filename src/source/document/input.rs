//! The bytes of a document with a window that can be kept and gone back in.
//!
//! In: a reader. Out: a window over its bytes, their offset and line. Fails when: never; an error ends the input.

use std::io::{self, Read};

use crate::source::peek::Peeked;

/// Bytes taken from the reader at a time.
const CHUNK: usize = 64 << 10;

/// A forward window over a stream.
pub(super) struct Input {
    reader: Peeked,
    window: Vec<u8>,
    at: usize,
    /// Offset of the window's first byte.
    base: u64,
    ended: bool,
    /// Lines before `counted_to`.
    lines: u64,
    counted_to: u64,
}

impl Input {
    pub(super) fn new(reader: Peeked) -> Self {
        Self { reader, window: Vec::new(), at: 0, base: 0, ended: false, lines: 0, counted_to: 0 }
    }

    /// What is in the window and not yet taken.
    pub(super) fn rest(&self) -> &[u8] {
        self.window.get(self.at..).unwrap_or_default()
    }

    /// Bytes taken so far.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Takes `n` bytes of the window.
    pub(super) fn take(&mut self, n: usize) {
        self.at = (self.at + n).min(self.window.len());
    }

    /// Reads one more piece behind the window; false at the end. What was taken is forgotten.
    pub(super) fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.at > 0 {
            self.count_lines();
            self.window.drain(..self.at);
            self.base += self.at as u64;
            self.at = 0;
        }
        let old = self.window.len();
        self.window.resize(old + CHUNK, 0);
        let n = loop {
            match self.reader.read(self.window.get_mut(old..).unwrap_or_default()) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other.unwrap_or(0),
            }
        };
        self.window.truncate(old + n);
        self.ended = n == 0;
        n > 0
    }

    /// Has at least `n` bytes in the window, unless the input ends before.
    pub(super) fn want(&mut self, n: usize) {
        while self.rest().len() < n && self.more() {}
    }

    /// The end (line end included) of the physical line that begins `from` bytes into the window, cut at `longest` bytes; `None` at the end of
    /// the input.
    pub(super) fn line_end(&mut self, from: usize, longest: usize) -> Option<usize> {
        let mut seen = from;
        loop {
            let rest = self.rest();
            if let Some(n) = rest.get(seen..).and_then(|r| memchr::memchr(b'\n', r)) {
                return Some(seen + n + 1);
            }
            seen = rest.len();
            if seen > from + longest || !self.more() {
                return (seen > from).then_some(seen);
            }
        }
    }

    /// The line that begins here and those behind it of which `goes_on` holds, and their bytes; `None` at the end of the input.
    pub(super) fn lines_while(&mut self, longest: usize, mut goes_on: impl FnMut(&[u8]) -> bool) -> Option<(String, usize)> {
        let mut end = self.line_end(0, longest)?;
        while end < longest
            && let Some(next) = self.line_end(end, longest)
            && self.rest().get(end..next).is_some_and(&mut goes_on)
        {
            end = next;
        }
        Some((String::from_utf8_lossy(self.rest().get(..end).unwrap_or_default()).into_owned(), end))
    }

    /// The next byte.
    pub(super) fn peek(&mut self) -> Option<u8> {
        if self.rest().is_empty() {
            self.more();
        }
        self.rest().first().copied()
    }

    fn count_lines(&mut self) {
        let from = (self.counted_to - self.base) as usize;
        let seen = self.window.get(from..self.at).unwrap_or_default();
        self.lines += memchr::memchr_iter(b'\n', seen).count() as u64;
        self.counted_to = self.counted_to.max(self.offset());
    }

    /// The 1-based line of the next byte. Never asked for a place before an earlier answer.
    pub(super) fn line(&mut self) -> u64 {
        self.count_lines();
        self.lines + 1
    }
}
