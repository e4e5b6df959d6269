//! What was wrong inside a source that could still be read.
//!
//! In: reports of decoders. Out: [`Faults`], one list a source. Fails when: never; past [`MAX_KEPT`] only the count grows.

use std::sync::{Arc, Mutex, PoisonError};

/// Faults kept with their text, per source: enough to see a pattern, bounded whatever the input.
pub(crate) const MAX_KEPT: usize = 64;

#[derive(Debug, Default)]
struct List {
    kept: Vec<String>,
    count: u64,
}

/// The faults of one source, shared by its decoders. Complete once all its streams have been read to their end.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    list: Arc<Mutex<List>>,
    /// The stream that this handle speaks for.
    name: String,
}

impl Faults {
    /// The same list, for the stream of that name.
    pub(crate) fn of(&self, name: &str) -> Self {
        Self { list: Arc::clone(&self.list), name: name.to_owned() }
    }

    /// Adds what was wrong at a byte offset of what the decoder read (compressed bytes for compression, decoded ones for documents).
    pub(crate) fn add(&self, offset: u64, what: impl AsRef<str>) {
        self.push(format!("{}: {} (at byte {offset})", self.name, what.as_ref()));
    }

    /// Adds a whole message.
    pub(crate) fn push(&self, message: String) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.count += 1;
        if list.kept.len() < MAX_KEPT {
            list.kept.push(message);
        }
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// The messages in the order in which they were met, the stream's name first; the last one counts those that were not kept.
    pub fn into_messages(self) -> Vec<String> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let mut messages = list.kept.clone();
        if list.count > MAX_KEPT as u64 {
            messages.push(format!("{}: {} more faults", self.name, list.count - MAX_KEPT as u64));
        }
        messages
    }
}
