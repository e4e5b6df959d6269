//! Documents to lines.
//!
//! In: a JSON, CSV or binary document. Out: one framed line (see [`framing`](super::framing)) for each line of each item.
//! Fails when: never; what cannot be decoded is reported in [`Faults`], the rest is read.

use std::io::Read;

use super::Faults;
use super::peek::Peeked;

/// What the head of a stream says.
pub(crate) enum Found {
    /// More bytes are needed to tell.
    NeedMore,
    /// Lines.
    Text,
    /// A document.
    Document(Kind),
}

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {}

impl Kind {
    /// Its name in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {}
    }

    /// The lines of the document.
    pub(crate) fn lines(self, _stream: Peeked, _faults: Faults) -> Box<dyn Read + Send> {
        match self {}
    }
}

/// Tells a document from lines.
pub(crate) fn detect(_head: &[u8], _complete: bool) -> Found {
    Found::Text
}
