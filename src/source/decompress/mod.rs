//! Compressed bytes to plain ones.
//!
//! In: a compressed stream. Out: its bytes, as far as they could be read. Fails when: never as a reader; a cut or corrupt
//! stream ends (or, for gzip, goes on at the next member) and says so in [`Faults`].

mod gunzip;

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Faults;
use super::budget::{Budget, MAX_EXPANSION};
use super::peek::Peeked;

pub(crate) use gunzip::Gunzip;

/// Bytes read ahead of a decompressor.
const READ_AHEAD: usize = 128 << 10;
/// Largest zstd window as a power of two: 64 MiB, what `--ultra` and `--long=26` use.
const ZSTD_WINDOW_LOG: u32 = 26;
/// Memory that an xz stream may ask for: `xz -9` needs 65 MiB.
const XZ_MEMORY: u64 = 96 << 20;

/// Says why a source that expands too far is not read on.
fn too_large() -> String {
    format!("expands to more than {MAX_EXPANSION} times its size; the rest is not read")
}

/// zstd, all frames.
pub(crate) fn zstd(stream: Peeked, budget: Arc<Budget>, faults: Faults) -> Box<dyn Read + Send> {
    let (input, at) = Tell::new(stream);
    let opened = zstd::stream::read::Decoder::new(input).and_then(|mut d| {
        d.window_log_max(ZSTD_WINDOW_LOG)?;
        Ok(d)
    });
    match opened {
        Ok(decoder) => Box::new(Bounded { inner: decoder, name: "zstd", at, budget, faults, ended: false }),
        Err(e) => {
            faults.add(0, format!("zstd data cannot be read: {e}"));
            Box::new(io::empty())
        }
    }
}

/// bzip2, all streams.
pub(crate) fn bzip2(stream: Peeked, budget: Arc<Budget>, faults: Faults) -> Box<dyn Read + Send> {
    let (input, at) = Tell::new(stream);
    let inner = bzip2::bufread::MultiBzDecoder::new(BufReader::with_capacity(READ_AHEAD, input));
    Box::new(Bounded { inner, name: "bzip2", at, budget, faults, ended: false })
}

/// xz, all streams.
pub(crate) fn xz(stream: Peeked, budget: Arc<Budget>, faults: Faults) -> Box<dyn Read + Send> {
    let decoder = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED);
    liblzma(stream, decoder, "xz", budget, faults)
}

/// LZMA without xz's container.
pub(crate) fn lzma(stream: Peeked, budget: Arc<Budget>, faults: Faults) -> Box<dyn Read + Send> {
    liblzma(stream, liblzma::stream::Stream::new_lzma_decoder(XZ_MEMORY), "lzma", budget, faults)
}

fn liblzma(
    stream: Peeked,
    decoder: Result<liblzma::stream::Stream, liblzma::stream::Error>,
    name: &'static str,
    budget: Arc<Budget>,
    faults: Faults,
) -> Box<dyn Read + Send> {
    let (input, at) = Tell::new(stream);
    match decoder {
        Ok(decoder) => {
            let inner = liblzma::bufread::XzDecoder::new_stream(BufReader::with_capacity(READ_AHEAD, input), decoder);
            Box::new(Bounded { inner, name, at, budget, faults, ended: false })
        }
        Err(e) => {
            faults.add(0, format!("{name} data cannot be read: {e}"));
            Box::new(io::empty())
        }
    }
}

/// Deflate in zlib's container, one stream.
pub(crate) fn zlib(stream: Peeked, budget: Arc<Budget>, faults: Faults) -> Box<dyn Read + Send> {
    let (input, at) = Tell::new(stream);
    let inner = flate2::bufread::ZlibDecoder::new(BufReader::with_capacity(READ_AHEAD, input));
    Box::new(Bounded { inner, name: "zlib", at, budget, faults, ended: false })
}

/// Tells how far a stream was read.
struct Tell {
    inner: Peeked,
    at: Arc<AtomicU64>,
}

impl Tell {
    fn new(inner: Peeked) -> (Self, Arc<AtomicU64>) {
        let at = Arc::new(AtomicU64::new(0));
        (Self { inner, at: Arc::clone(&at) }, at)
    }
}

impl Read for Tell {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.at.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// A decompressor that ends, with a fault, instead of failing or growing without bound.
struct Bounded<R> {
    inner: R,
    name: &'static str,
    at: Arc<AtomicU64>,
    budget: Arc<Budget>,
    faults: Faults,
    ended: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.ended || buf.is_empty() {
            return Ok(0);
        }
        let at = |s: &Self| s.at.load(Ordering::Relaxed);
        match self.inner.read(buf) {
            Ok(n) if n > 0 && !self.budget.produce(n) => {
                self.ended = true;
                self.faults.add(at(self), too_large());
                Ok(0)
            }
            Ok(n) => Ok(n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                self.ended = true;
                self.faults.add(at(self), damage(self.name, &e));
                Ok(0)
            }
        }
    }
}

/// Tells a cut stream from a corrupt one.
fn damage(name: &str, e: &io::Error) -> String {
    if e.kind() == io::ErrorKind::UnexpectedEof || e.to_string().contains("incomplete") {
        format!("{name} data ends early; what could be read before is used")
    } else {
        format!("{name} data is corrupt ({e}); what could be read before is used")
    }
}
