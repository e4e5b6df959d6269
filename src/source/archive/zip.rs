//! zip, front to back by its local headers.
//!
//! In: a zip stream. Out: its files, each unpacked further. Fails when: a member is encrypted or packed by a method that is not known,
//! or the stream breaks off. The central directory at the end is not needed, so a pipe serves.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::{Decompress, FlushDecompress, Status};

use super::member::{Left, Shared, Sized};
use super::tar::hand_on;
use super::{passed_over, shown};
use crate::source::budget::Budget;
use crate::source::open::{Opened, Stack};
use crate::source::peek::Peeked;
use crate::source::{Faults, SourceError, SourceErrorKind};

/// Local file header, without its signature.
const LOCAL: usize = 26;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Sizes stand behind the data, because the writer could not go back (GitHub's log downloads do this).
const SIZES_AFTER: u16 = 1 << 3;
const ENCRYPTED: u16 = 1;
/// A 32-bit size that says "see the zip64 field".
const SEE_ZIP64: u64 = 0xffff_ffff;

/// Hands out the files of a zip stream.
pub(crate) fn zip(
    stream: Peeked,
    stack: &Stack,
    sink: &mut dyn FnMut(Opened) -> ControlFlow<()>,
    errors: &mut Vec<SourceError>,
) -> ControlFlow<()> {
    let stream = Shared::new(stream);
    let damaged = |what: String| stack.error(SourceErrorKind::Damaged(what));
    loop {
        let mut signature = [0; 4];
        match (stream.fill(&mut signature), &signature) {
            (4, b"PK\x03\x04") => {}
            (4, b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06") => return ControlFlow::Continue(()),
            (0, _) => {
                errors.push(damaged("zip archive ends before its directory".to_owned()));
                return ControlFlow::Continue(());
            }
            _ => {
                errors.push(damaged("zip archive is broken between two members".to_owned()));
                return ControlFlow::Continue(());
            }
        }
        let Some(local) = Local::read(&stream) else {
            errors.push(damaged("zip archive ends inside a header".to_owned()));
            return ControlFlow::Continue(());
        };
        if local.flags & ENCRYPTED != 0 {
            errors.push(damaged(format!("zip member {} is encrypted", local.path)));
            return ControlFlow::Continue(());
        }
        let wanted = !local.path.ends_with('/') && !passed_over(&local.path);
        let intact = if local.method == DEFLATED {
            let member = Deflated::new(stream.clone(), stack);
            if wanted {
                hand_on(Box::new(member.clone()), stack.member(&local.path), sink, errors)?;
            }
            member.finish()
        } else if local.flags & SIZES_AFTER != 0 {
            errors.push(damaged(format!("zip member {} has no length and method {}", local.path, local.method)));
            return ControlFlow::Continue(());
        } else {
            let left = Left::new(local.packed);
            if wanted && local.method == STORED {
                let reader = Sized { stream: stream.clone(), left: left.clone() };
                hand_on(Box::new(reader), stack.member(&local.path), sink, errors)?;
            } else if wanted {
                errors.push(damaged(format!("zip member {} is packed with method {}", local.path, local.method)));
            }
            stream.skip(left.close())
        };
        if !intact {
            errors.push(damaged(format!("zip member {} is cut off or corrupt", local.path)));
            return ControlFlow::Continue(());
        }
        if local.flags & SIZES_AFTER != 0 && !skip_descriptor(&stream) {
            return ControlFlow::Continue(());
        }
    }
}

struct Local {
    flags: u16,
    method: u16,
    packed: u64,
    path: String,
}

impl Local {
    fn read(stream: &Shared) -> Option<Self> {
        let mut head = [0; LOCAL];
        if stream.fill(&mut head) < LOCAL {
            return None;
        }
        let u16_at = |i: usize| Some(u16::from_le_bytes(head.get(i..i + 2)?.try_into().ok()?));
        let (flags, method) = (u16_at(2)?, u16_at(4)?);
        let mut packed = u64::from(u32::from_le_bytes(head.get(14..18)?.try_into().ok()?));
        let mut path = vec![0; usize::from(u16_at(22)?)];
        let mut extra = vec![0; usize::from(u16_at(24)?)];
        if stream.fill(&mut path) < path.len() || stream.fill(&mut extra) < extra.len() {
            return None;
        }
        if packed == SEE_ZIP64 {
            packed = zip64_packed(&extra)?;
        }
        Some(Self { flags, method, packed, path: shown(&path) })
    }
}

/// The compressed size in the zip64 field (id 1: original size, compressed size).
fn zip64_packed(mut extra: &[u8]) -> Option<u64> {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let [a, b, c, d] = head.try_into().ok()?;
        let (data, next) = rest.split_at_checked(usize::from(u16::from_le_bytes([c, d])))?;
        if u16::from_le_bytes([a, b]) == 1 {
            return Some(u64::from_le_bytes(data.get(8..16)?.try_into().ok()?));
        }
        extra = next;
    }
    None
}

/// Steps over the sizes behind a member: with or without signature, 32 or 64 bits wide. What follows is always `PK`.
fn skip_descriptor(stream: &Shared) -> bool {
    let mut inner = stream.lock();
    let Ok(window) = inner.fill_buf() else { return false };
    // At the buffer's edge, where the next `PK` cannot be seen, the most common form is assumed.
    let length = [16_usize, 12, 24, 20].into_iter().find(|&n| window.get(n..n + 2) == Some(b"PK"));
    drop(inner);
    stream.skip(length.unwrap_or(16) as u64)
}

/// A deflated member: it knows its own end, so no length is needed.
#[derive(Clone)]
struct Deflated(Arc<Mutex<Inflate>>);

struct Inflate {
    stream: Shared,
    decoder: Decompress,
    budget: Arc<Budget>,
    faults: Faults,
    state: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Inside,
    /// The member's own end was reached.
    Done,
    /// It is corrupt, cut off or too large.
    Broken,
}

impl Deflated {
    fn new(stream: Shared, stack: &Stack) -> Self {
        let decoder = Decompress::new(false);
        let (budget, faults) = (Arc::clone(&stack.budget), stack.faults.clone());
        Self(Arc::new(Mutex::new(Inflate { stream, decoder, budget, faults, state: Progress::Inside })))
    }

    /// Reads what is left of the member; false when it was cut or corrupt.
    fn finish(mut self) -> bool {
        let _ = io::copy(&mut self, &mut io::sink());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).state == Progress::Done
    }
}

impl Read for Deflated {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).inflate(buf)
    }
}

impl Inflate {
    fn inflate(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.state == Progress::Inside {
            let mut stream = self.stream.lock();
            let input = stream.fill_buf()?;
            let cut = input.is_empty();
            let (before_in, before_out) = (self.decoder.total_in(), self.decoder.total_out());
            let status = self.decoder.decompress(input, buf, FlushDecompress::None);
            let taken = (self.decoder.total_in() - before_in) as usize;
            let produced = (self.decoder.total_out() - before_out) as usize;
            stream.consume(taken);
            match status {
                Ok(Status::StreamEnd) => self.state = Progress::Done,
                Ok(_) if !cut || produced > 0 => {}
                _ => self.state = Progress::Broken,
            }
            if produced > 0 && !self.budget.produce(produced) {
                self.state = Progress::Broken;
                self.faults.add(self.decoder.total_in(), "the archive expands too far; the rest is not read");
                return Ok(0);
            }
            if produced > 0 {
                return Ok(produced);
            }
        }
        Ok(0)
    }
}
