//! What was wrong inside a source that could still be read.
//!
//! In: reports of decoders. Out: [`Faults`], one list a decoded stream. Fails when: never; past 64 only the count grows.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Faults kept with their text, per stream: enough to see a pattern, bounded whatever the input.
pub(crate) const MAX_KEPT: usize = 64;

/// One place in a source that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the bytes that the decoder read (compressed bytes for compression, decoded bytes for documents).
    pub offset: u64,
    /// What was wrong and what was done about it.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.what, self.offset)
    }
}

#[derive(Debug, Default)]
struct List {
    kept: Vec<Fault>,
    count: u64,
}

/// The faults of one decoded stream, shared by its decoders. Complete once the stream has been read to its end.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<List>>);

impl Faults {
    /// Adds one; the text is kept while there is room.
    pub(crate) fn add(&self, offset: u64, what: impl Into<String>) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.count += 1;
        if list.kept.len() < MAX_KEPT {
            list.kept.push(Fault { offset, what: what.into() });
        }
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// The first 64 of them, in the order in which they were met.
    pub fn kept(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kept.clone()
    }
}
