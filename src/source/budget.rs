//! How much one source may expand to, so that a decompression bomb ends.
//!
//! In: bytes read and bytes produced. Out: whether more may be produced. Fails when: never.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Faults;

/// Bytes that any source may expand to, however small it is.
pub(crate) const FREE_OUTPUT: u64 = 64 << 20;
/// Decoded bytes allowed for each byte read: gzip cannot exceed 1032, real logs stay below 200.
pub(crate) const MAX_EXPANSION: u64 = 1000;

/// Bytes in and out of one source, shared by all its layers and members.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    read: AtomicU64,
    produced: AtomicU64,
}

impl Budget {
    /// Counts produced bytes; false when the source has expanded too far.
    pub(crate) fn produce(&self, bytes: usize) -> bool {
        let produced = self.produced.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        produced <= FREE_OUTPUT.saturating_add(self.read.load(Ordering::Relaxed).saturating_mul(MAX_EXPANSION))
    }
}

/// The bottom of every stack of decoders: counts what is read and turns a read error into an end with a fault.
pub(crate) struct Counted<R> {
    inner: R,
    budget: Arc<Budget>,
    faults: Faults,
    ended: bool,
}

impl<R: Read> Counted<R> {
    pub(crate) fn new(inner: R, budget: Arc<Budget>, faults: Faults) -> Self {
        Self { inner, budget, faults, ended: false }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        match self.inner.read(buf) {
            Ok(n) => {
                self.budget.read.fetch_add(n as u64, Ordering::Relaxed);
                Ok(n)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                self.ended = true;
                self.faults.add(self.budget.read.load(Ordering::Relaxed), format!("reading stopped: {e}"));
                Ok(0)
            }
        }
    }
}
