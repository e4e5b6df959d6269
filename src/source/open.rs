//! From a source to its decoded streams.
//!
//! In: a [`Source`]. Out: one [`Opened`] a stream: the file itself, or each member of an archive, decompressed,
//! transcoded, and taken out of its document. Fails when: it cannot be read, or holds no text.
//!
//! Nothing is read twice and nothing is kept: archives hand out their members front to back, so a pipe
//! gives the same streams as a file. What was damaged inside a readable stream is in [`Faults`].

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::budget::{Budget, Counted};
use super::peek::Peeked;
use super::shape::{self, Shape};
use super::{Decoded, Faults, Heads, Input, Source, SourceError, SourceErrorKind, archive, decompress, document, transcode};

/// Coats inside coats (gzip in tar in zip …) that are taken off: real bundles need four.
pub const MAX_COATS: usize = 8;

/// One decoded stream of a source.
pub struct Opened {
    /// The name to report: the source's, with `!path/in/archive` behind it for members.
    pub name: String,
    /// What was taken off and what was found, outermost first, joined by `+`: `text`, `gzip+text`, `gzip+cloudwatch-events` …
    pub format: String,
    /// The bytes.
    pub decoded: Decoded,
}

/// Opens `source` and hands each of its streams to `sink`, one after the other; see [`open_while`].
pub fn open(source: &Source, faults: &Faults, sink: &mut dyn FnMut(Opened)) -> Result<(), SourceError> {
    open_while(source, faults, &mut |opened| {
        sink(opened);
        ControlFlow::Continue(())
    })
}

/// Opens `source` and hands each of its streams to `sink`, one after the other, until `sink` breaks.
///
/// A stream is to be read inside the call of `sink`; a member of an archive ends afterwards.
/// `faults` takes what was damaged inside streams that could be read, and is complete when they have been read.
/// The error is the first one of the source or of one of its members (the others are faults); what could be read was handed out.
pub fn open_while(source: &Source, faults: &Faults, sink: &mut dyn FnMut(Opened) -> ControlFlow<()>) -> Result<(), SourceError> {
    let fail = |kind| Err(SourceError { name: source.name.clone(), kind });
    let (reader, plain): (Box<dyn Read + Send>, Option<File>) = match &source.input {
        Input::Stdin => {
            widen_pipe();
            (Box::new(io::stdin()), None)
        }
        Input::File(path) => match File::open(path) {
            Ok(file) => {
                let regular = file.metadata().is_ok_and(|m| m.is_file());
                let copy = if regular { file.try_clone().ok() } else { None };
                (Box::new(file), copy)
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => return fail(SourceErrorKind::NotFound),
            Err(e) => return fail(SourceErrorKind::Unreadable(e)),
        },
    };
    streams(&source.name, reader, plain, faults, sink)
}

/// Bytes of the pipe on standard input: who writes into it then waits a sixteenth as often. The largest that any user may set.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// Widens the pipe on standard input, where it is one.
fn widen_pipe() {
    #[cfg(target_os = "linux")]
    // Only faster: whatever forbids it changes nothing.
    let _ = rustix::pipe::fcntl_setpipe_size(io::stdin(), PIPE_BYTES);
}

/// The streams in `reader`; `plain`: the regular file that it reads.
fn streams(
    name: &str,
    reader: Box<dyn Read + Send>,
    plain: Option<File>,
    all: &Faults,
    sink: &mut dyn FnMut(Opened) -> ControlFlow<()>,
) -> Result<(), SourceError> {
    let faults = all.of(name);
    let budget = Arc::new(Budget::default());
    let mut first = Peeked::new(reader);
    if let Err(e) = first.grow() {
        return Err(SourceError { name: name.to_owned(), kind: SourceErrorKind::Unreadable(e) });
    }
    let first = Peeked::new(Box::new(Counted::new(first, Arc::clone(&budget), faults.clone())));
    let stack = Stack { name: name.to_owned(), layers: Vec::new(), budget, faults };
    let mut errors = Vec::new();
    let _ = unpack(first, plain, stack, sink, &mut errors);
    let mut errors = errors.into_iter();
    let result = errors.next().map_or(Ok(()), Err);
    for error in errors {
        all.push(error.to_string());
    }
    result
}

/// What is known of a stream while its coats come off.
#[derive(Clone)]
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) layers: Vec<&'static str>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) faults: Faults,
}

impl Stack {
    fn with(mut self, layer: &'static str) -> Self {
        self.layers.push(layer);
        self
    }

    /// The stack of one member of an archive: its own name and faults, the source's budget.
    pub(crate) fn member(&self, path: &str) -> Self {
        Self { name: format!("{}!{path}", self.name), faults: self.faults.of(&format!("{}!{path}", self.name)), ..self.clone() }
    }

    pub(crate) fn error(&self, kind: SourceErrorKind) -> SourceError {
        SourceError { name: self.name.clone(), kind }
    }
}

/// Takes the coats off `stream` until text or a document is left, and hands it on.
/// `plain`: the regular file below, while nothing has been taken off yet.
pub(crate) fn unpack(
    mut stream: Peeked,
    plain: Option<File>,
    stack: Stack,
    sink: &mut dyn FnMut(Opened) -> ControlFlow<()>,
    errors: &mut Vec<SourceError>,
) -> ControlFlow<()> {
    let found = loop {
        match shape::shape(stream.head(), stream.complete()) {
            Shape::NeedMore => {
                if let Err(e) = stream.grow() {
                    errors.push(stack.error(SourceErrorKind::Unreadable(e)));
                    return ControlFlow::Continue(());
                }
            }
            found => break found,
        }
    };
    if stack.layers.len() >= MAX_COATS && !matches!(found, Shape::Text | Shape::Bom | Shape::Utf16(..) | Shape::Binary(_)) {
        errors.push(stack.error(SourceErrorKind::Damaged(format!("more than {MAX_COATS} archives or compressions inside each other"))));
        return ControlFlow::Continue(());
    }
    let (budget, faults) = (Arc::clone(&stack.budget), stack.faults.clone());
    let (inner, layer): (Box<dyn Read + Send>, &'static str) = match found {
        Shape::Gzip => (Box::new(decompress::Gunzip::new(stream, budget, faults)), "gzip"),
        Shape::Zstd => (decompress::zstd(stream, budget, faults), "zstd"),
        Shape::Bzip2 => (decompress::bzip2(stream, budget, faults), "bzip2"),
        Shape::Xz => (decompress::xz(stream, budget, faults), "xz"),
        Shape::Lzma => (decompress::lzma(stream, budget, faults), "lzma"),
        Shape::Zlib => (decompress::zlib(stream, budget, faults), "zlib"),
        Shape::Base64Gzip => (Box::new(transcode::Base64::new(stream)), "base64"),
        Shape::Utf16(big, mark) => (Box::new(transcode::Utf16::new(stream, big, mark)), "utf-16"),
        Shape::ReturnsAlone => (Box::new(transcode::ReturnsAlone(stream)), "carriage-returns"),
        Shape::Bom => (Box::new(transcode::Skip::new(stream, 3)), "utf-8-bom"),
        Shape::Tar => return archive::tar(stream, &stack.with("tar"), sink, errors),
        Shape::Zip => return archive::zip(stream, &stack.with("zip"), sink, errors),
        Shape::Binary(what) => {
            errors.push(stack.error(SourceErrorKind::Binary(what)));
            return ControlFlow::Continue(());
        }
        Shape::Text | Shape::NeedMore => return text(stream, plain, stack, sink, errors),
    };
    let mut inner = Peeked::new(inner);
    if let Err(e) = inner.grow() {
        errors.push(stack.error(SourceErrorKind::Unreadable(e)));
        return ControlFlow::Continue(());
    }
    unpack(inner, None, stack.with(layer), sink, errors)
}

/// Hands on what is text, or the lines of the document that it is.
fn text(
    mut stream: Peeked,
    plain: Option<File>,
    stack: Stack,
    sink: &mut dyn FnMut(Opened) -> ControlFlow<()>,
    errors: &mut Vec<SourceError>,
) -> ControlFlow<()> {
    let found = loop {
        match document::detect(stream.head(), stream.complete()) {
            document::Found::NeedMore => {
                if let Err(e) = stream.grow() {
                    errors.push(stack.error(SourceErrorKind::Unreadable(e)));
                    return ControlFlow::Continue(());
                }
            }
            found => break found,
        }
    };
    let Stack { name, mut layers, faults, .. } = stack;
    if is_export_marker(&name, stream.head()) {
        return sink(Opened {
            name,
            format: "cloudwatch-export-marker".to_owned(),
            decoded: Decoded::Stream { reader: Box::new(io::empty()), heads: Heads::None },
        });
    }
    let decoded = match found {
        document::Found::Document(kind) => {
            layers.push(kind.name());
            Decoded::Stream { heads: kind.heads(), reader: kind.lines(stream, faults) }
        }
        document::Found::Text | document::Found::NeedMore => {
            layers.push("text");
            match plain.and_then(rewound) {
                Some((file, len)) => Decoded::Seekable { file, len },
                None => Decoded::Stream { reader: Box::new(stream), heads: Heads::None },
            }
        }
    };
    sink(Opened { name, format: layers.join("+"), decoded })
}

/// The object that CloudWatch writes to try its permission before each export to S3. It is no log.
fn is_export_marker(name: &str, head: &[u8]) -> bool {
    name.ends_with("aws-logs-write-test") && head.trim_ascii() == b"Permission Check Successful"
}

/// The file from its start, and its length now.
fn rewound(mut file: File) -> Option<(File, u64)> {
    let len = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(0)).ok()?;
    Some((file, len))
}

#[cfg(test)]
mod tests;
