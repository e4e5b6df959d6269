//! A stream whose beginning can be looked at before it is read.
//!
//! In: a reader. Out: the same bytes, and a view of the first [`HEAD`]. Fails when: the reader fails.

use std::io::{self, Read};

/// How far ahead a format may be looked for.
pub(crate) const HEAD: usize = 64 << 10;

/// A reader with a head that is looked at, grown piece by piece, and then read like the rest.
/// It never waits for more bytes than the question needs: a live pipe must not stall.
pub(crate) struct Peeked {
    head: Vec<u8>,
    taken: usize,
    complete: bool,
    inner: Box<dyn Read + Send>,
}

impl Peeked {
    pub(crate) fn new(inner: Box<dyn Read + Send>) -> Self {
        Self { head: Vec::new(), taken: 0, complete: false, inner }
    }

    /// The bytes seen so far.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// True when the head will not grow: the input has ended, or [`HEAD`] bytes are there.
    pub(crate) fn complete(&self) -> bool {
        self.complete
    }

    /// Reads one more piece into the head.
    pub(crate) fn grow(&mut self) -> io::Result<()> {
        let old = self.head.len();
        if old >= HEAD {
            self.complete = true;
            return Ok(());
        }
        self.head.resize(HEAD, 0);
        let result = loop {
            match self.inner.read(self.head.get_mut(old..).unwrap_or_default()) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let n = *result.as_ref().unwrap_or(&0);
        self.head.truncate(old + n);
        self.complete = n == 0 || self.head.len() >= HEAD;
        result.map(|_| ())
    }
}

impl Read for Peeked {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let rest = self.head.get(self.taken..).unwrap_or_default();
        if rest.is_empty() {
            if self.taken > 0 {
                self.head = Vec::new();
                self.taken = 0;
            }
            return self.inner.read(buf);
        }
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.taken += n;
        Ok(n)
    }
}
