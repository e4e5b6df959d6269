//! One member of an archive as a reader of its own.
//!
//! In: the archive's shared stream. Out: the member's bytes. Fails when: never; it ends when the archive moves on.

use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::source::peek::Peeked;

/// Bytes read ahead in an archive.
const READ_AHEAD: usize = 128 << 10;

/// The archive's stream, shared by the walker and the member that is being read.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<BufReader<Peeked>>>);

impl Shared {
    pub(super) fn new(stream: Peeked) -> Self {
        Self(Arc::new(Mutex::new(BufReader::with_capacity(READ_AHEAD, stream))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, BufReader<Peeked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills `buf` as far as the stream goes; the number of bytes.
    pub(super) fn fill(&self, buf: &mut [u8]) -> usize {
        let mut stream = self.lock();
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            match stream.read(rest) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        done
    }

    /// Passes over `n` bytes; false when the stream ended before.
    pub(super) fn skip(&self, n: u64) -> bool {
        io::copy(&mut (&mut *self.lock()).take(n), &mut io::sink()).is_ok_and(|done| done == n)
    }
}

/// How much of a sized member is left; the walker reads it to step over what its reader did not want.
#[derive(Clone, Default)]
pub(super) struct Left(Arc<Mutex<u64>>);

impl Left {
    pub(super) fn new(bytes: u64) -> Self {
        Self(Arc::new(Mutex::new(bytes)))
    }

    /// Ends the member and says how much of it was not read.
    pub(super) fn close(&self) -> u64 {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The bytes of a member whose length is known.
pub(super) struct Sized {
    pub(super) stream: Shared,
    pub(super) left: Left,
}

impl Read for Sized {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut left = self.left.0.lock().unwrap_or_else(PoisonError::into_inner);
        let want = usize::try_from(*left).unwrap_or(usize::MAX).min(buf.len());
        let n = self.stream.lock().read(buf.get_mut(..want).unwrap_or_default())?;
        *left -= n as u64;
        Ok(n)
    }
}
