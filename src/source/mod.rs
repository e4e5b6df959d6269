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
pub use fault::{Fault, Faults};
pub use location::{Location, SourceId};
pub use open::{Opened, open};

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
        /// True when lines carry the header of [`framing`].
        framed: bool,
    },
}

impl Decoded {
    /// Whether lines carry the in-band header of [`framing`].
    pub fn framed(&self) -> bool {
        matches!(self, Decoded::Stream { framed: true, .. })
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

/// One stream of a source, opened.
pub struct Opened {
    /// Name in citations.
    pub name: String,
    /// What it was taken for.
    pub format: &'static str,
    /// Its bytes.
    pub decoded: Decoded,
}

/// What went wrong while a source was decoded.
#[derive(Default)]
pub struct Faults(std::sync::Mutex<Vec<String>>);

impl Faults {
    /// The messages, in order.
    pub fn into_messages(self) -> Vec<String> {
        self.0.into_inner().unwrap_or_default()
    }
}

/// STUB
pub fn discover(args: &[String], stdin_name: Option<&str>) -> (Vec<Source>, Vec<SourceError>) {
    let mut out: Vec<Source> = Vec::new();
    for a in args {
        if a == "-" {
            out.push(Source { name: stdin_name.unwrap_or("-").to_string(), input: Input::Stdin });
        } else if std::path::Path::new(a).is_dir() {
            for e in walkdir::WalkDir::new(a).into_iter().flatten().filter(|e| e.file_type().is_file()) {
                out.push(Source { name: e.path().display().to_string(), input: Input::File(e.path().to_path_buf()) });
            }
        } else {
            out.push(Source { name: a.clone(), input: Input::File(a.into()) });
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    (out, Vec::new())
}

/// STUB
pub fn open(source: &Source, faults: &Faults, sink: &mut dyn FnMut(Opened)) -> Result<(), SourceError> {
    let _ = faults;
    let decoded = match &source.input {
        Input::File(p) => {
            let file = File::open(p).map_err(|e| SourceError { name: source.name.clone(), kind: SourceErrorKind::Unreadable(e) })?;
            let len = file.metadata().map_or(0, |m| m.len());
            Decoded::Seekable { file, len }
        }
        Input::Stdin => Decoded::Stream { reader: Box::new(std::io::stdin()), framed: false },
    };
    sink(Opened { name: source.name.clone(), format: "text", decoded });
    Ok(())
}
