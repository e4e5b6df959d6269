//! Where bytes come from.
//!
//! In: paths, folders, globs, stdin. Out: [`Source`]s and their decoded bytes, seekable or as a stream.
//! Fails when: a path does not exist or cannot be read ([`SourceError`]).
//!
//! Decompression, transcoding (UTF-16, BOM) and document formats end here: below, there are only lines.

mod archive;
mod budget;
mod decompress;
pub mod discover;
mod document;
mod fault;
pub mod framing;
mod location;
pub mod open;
mod peek;
mod shape;
mod transcode;

pub use discover::discover;
pub use fault::Faults;
pub use location::{Location, SourceId};
pub use open::{Opened, open, open_while};

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// One input to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name shown in the report: the path as given or found, `-` or `--stdin-name` for stdin, `archive!member` inside archives.
    pub name: String,
    /// Where its bytes are.
    pub input: Input,
}

/// Where a source's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// A source opened and decoded: what `scan` reads.
pub enum Decoded {
    /// Plain text on disk: blocks are read with `pread`, side by side.
    Seekable {
        /// The open file.
        file: File,
        /// Its length in bytes when it was opened.
        len: u64,
    },
    /// Everything else: decompressed, transcoded, or decoded from a document, front to back.
    Stream {
        /// The decoded bytes.
        reader: Box<dyn Read + Send>,
        /// What lines carry.
        heads: Heads,
    },
}

/// What the in-band header of [`framing`] says before each line, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heads {
    /// Lines as they are.
    None,
    /// Facts; a line is cited by its own number.
    Facts,
    /// Facts, and the line or item to cite.
    Positions,
}

impl Decoded {
    /// What lines carry.
    pub fn heads(&self) -> Heads {
        match self {
            Decoded::Stream { heads, .. } => *heads,
            Decoded::Seekable { .. } => Heads::None,
        }
    }
}

/// Why a source could not be read: which one and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {kind}")]
pub struct SourceError {
    /// The source as named by the user.
    pub name: String,
    /// What went wrong.
    pub kind: SourceErrorKind,
}

/// What went wrong with a source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// No such path.
    #[error("no such file or folder; check the path, or quote a glob")]
    NotFound,
    /// The path exists but may not be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
    /// A folder in which no file looks like a log.
    #[error("no log file in this folder")]
    EmptyFolder,
    /// Bytes that are neither text nor a format that is known.
    #[error("looks like a binary file ({0}); give the log itself")]
    Binary(&'static str),
    /// An archive that is cut off or broken; the members before the break were handed out.
    #[error("{0}; what could be read before it is used")]
    Damaged(String),
}
