//! Decoded sources cut into units. In: [`Decoded`]. Out: [`Piece`]s of which [`Unit`]s are made, in order. Fails when: reading fails midway
//! (the stream then ends there; the decoder has noted why).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::flow::{Bytes, Flow};
use super::focus::STRETCH_BYTES;
use crate::scan::{MARGIN, Unit};
use crate::source::Decoded;

/// Bytes of a stream's head that are looked at before the first unit (to anchor its clock).
const HEAD_BYTES: usize = 64 * 1024;

enum From {
    File { file: Arc<File>, len: u64 },
    Stream { flow: Flow, done: bool },
}

/// Consecutive bytes of a stream.
pub(super) struct Slice {
    base: u64,
    bytes: Bytes,
}

impl Slice {
    fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }
}

/// Bytes of a unit of a stream: those of all that are worked at are held.
const STREAM_BLOCK_BYTES: usize = 1 << 20;

/// Where the bytes of a unit stand: the worker that looks at it puts them together.
pub(super) enum Piece {
    Range {
        file: Arc<File>,
        len: u64,
        start: u64,
        end: u64,
    },
    /// `len`: where the stream ends, if that is known.
    Held {
        slices: Vec<Arc<Slice>>,
        len: Option<u64>,
        start: u64,
        end: u64,
    },
}

thread_local! {
    /// The bytes of the last unit, for the next one: neither zeroed nor mapped again.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Piece {
    /// Hands the unit to `look`; `None` if the file was cut while it was read.
    pub(super) fn with<T>(self, look: impl FnOnce(&Unit) -> T) -> Option<T> {
        let (start, end, len) = match &self {
            Piece::Range { start, end, len, .. } => (*start, *end, *len),
            Piece::Held { start, end, len, .. } => (*start, *end, len.unwrap_or(u64::MAX)),
        };
        let from = start.saturating_sub(MARGIN as u64);
        let to = (end + MARGIN as u64).min(len);
        let mut bytes = BUFFER.with(RefCell::take);
        match self {
            Piece::Range { file, .. } => read_at(&file, from, (to - from) as usize, &mut bytes),
            Piece::Held { slices, .. } => put_together(&slices, from, to, &mut bytes),
        }
        let own = (start - from) as usize..((end - from) as usize).min(bytes.len());
        if own.start >= own.end {
            return None;
        }
        let ends = from + bytes.len() as u64 >= len;
        let unit = Unit { bytes, base: from, own, ends };
        let out = look(&unit);
        BUFFER.with(|b| b.replace(unit.bytes));
        Some(out)
    }
}

fn put_together<'s>(slices: impl IntoIterator<Item = &'s Arc<Slice>>, from: u64, to: u64, bytes: &mut Vec<u8>) {
    bytes.clear();
    let mut room = Vec::new();
    for slice in slices {
        let within = |at: u64| (at.saturating_sub(slice.base) as usize).min(slice.bytes.len());
        slice.bytes.append_to(within(from)..within(to), bytes, &mut room);
    }
}

/// Cuts one decoded source into units.
pub(super) struct Units<'c> {
    from: From,
    /// Set by Ctrl-C: a file is then left at once, of a stream what was read is still given.
    cancel: &'c AtomicBool,
    block: usize,
    /// Where the next unit starts.
    at: u64,
    head: Vec<u8>,
    whole: bool,
    /// For streams: what is still needed of what was read.
    slices: VecDeque<Arc<Slice>>,
}

impl<'c> Units<'c> {
    /// `whole_bytes`: sources up to this size are told apart from larger ones, see [`Units::whole`]; `None`: it is larger.
    pub(super) fn new(decoded: Decoded, block: usize, whole_bytes: Option<u64>, cancel: &'c AtomicBool) -> Units<'c> {
        let (from, whole, block) = match decoded {
            Decoded::Seekable { file, len } => {
                (From::File { file: Arc::new(file), len }, whole_bytes.is_some_and(|most| len <= most), block)
            }
            Decoded::Stream { reader, .. } => {
                let mut flow = Flow::new(reader);
                let whole = whole_bytes.is_some_and(|most| flow.hold(most, cancel));
                (From::Stream { flow, done: false }, whole, block.min(STREAM_BLOCK_BYTES))
            }
        };
        let mut units = Units { from, cancel, block, at: 0, head: Vec::new(), whole, slices: VecDeque::new() };
        match &units.from {
            From::File { file, len } => read_at(file, 0, (*len).min(HEAD_BYTES as u64) as usize, &mut units.head),
            From::Stream { .. } => {
                units.fill(HEAD_BYTES as u64);
                put_together(&units.slices, 0, HEAD_BYTES as u64, &mut units.head);
            }
        }
        units
    }

    /// The first bytes of the source.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The head is all there is.
    pub(super) fn head_is_all(&self) -> bool {
        self.head.len() < HEAD_BYTES
    }

    /// The source is small enough that each of its records is surveyed.
    pub(super) fn whole(&self) -> bool {
        self.whole
    }

    /// Units that may be worked at or wait to be folded: more where only their places are held and little is found in them.
    /// At least two, so that the end of the source is seen before its last unit is folded.
    pub(super) fn ahead(&self, threads: usize, crowded: bool) -> usize {
        match self.from {
            From::File { .. } if !crowded => threads * FILE_AHEAD,
            From::File { .. } => threads.max(2),
            From::Stream { .. } => threads + 1,
        }
    }

    /// The next unit; of a stream once its bytes came.
    pub(super) fn next_unit(&mut self) -> Option<Piece> {
        let start = self.at;
        if let From::File { len, .. } = self.from {
            if start >= len || self.cancel.load(Ordering::Relaxed) {
                return None;
            }
        } else {
            self.fill(start + (self.block + MARGIN) as u64);
            if start >= self.filled() {
                return None;
            }
        }
        let piece = self.piece(start, start + self.block as u64);
        self.at = start + self.block as u64;
        Some(piece)
    }

    /// A stretch that was cut into units before, with margins of its own.
    pub(super) fn stretch(&self, number: u64) -> Piece {
        self.piece(number * STRETCH_BYTES, (number + 1) * STRETCH_BYTES)
    }

    fn piece(&self, start: u64, end: u64) -> Piece {
        match &self.from {
            From::File { file, len } => Piece::Range { file: Arc::clone(file), len: *len, start, end: end.min(*len) },
            From::Stream { done, .. } => {
                let (from, to) = (start.saturating_sub(MARGIN as u64), end + MARGIN as u64);
                let slices = self.slices.iter().filter(|s| s.end() > from && s.base < to).cloned().collect();
                Piece::Held { slices, len: done.then(|| self.filled()), start, end: end.min(self.filled()) }
            }
        }
    }

    /// Bytes of the stream that were read.
    fn filled(&self) -> u64 {
        self.slices.back().map_or(0, |s| s.end())
    }

    /// Says that no stretch before `offset` is asked for any more.
    pub(super) fn let_go(&mut self, offset: u64) {
        let needed = offset.min(self.at).saturating_sub(MARGIN as u64);
        let From::Stream { flow, .. } = &mut self.from else { return };
        // The last one tells how much was read.
        while self.slices.len() > 1 && self.slices.front().is_some_and(|s| s.end() <= needed) {
            if let Some(slice) = self.slices.pop_front().and_then(Arc::into_inner) {
                flow.put_back(slice.bytes);
            }
        }
    }

    /// Reads until `want` bytes were read or the stream ends. After Ctrl-C it ends behind what was read.
    fn fill(&mut self, want: u64) {
        let mut base = self.filled();
        let From::Stream { flow, done } = &mut self.from else { return };
        while !*done && base < want {
            match flow.take(self.cancel) {
                Some(bytes) => {
                    let slice = Slice { base, bytes };
                    base = slice.end();
                    self.slices.push_back(Arc::new(slice));
                }
                None => *done = true,
            }
        }
    }
}

/// Units of a file for each thread, so that none waits for the fold.
const FILE_AHEAD: usize = 3;

/// Reads up to `len` bytes at `offset` into `bytes`; fewer at the end of the file or after an error.
fn read_at(file: &File, offset: u64, len: usize, bytes: &mut Vec<u8>) {
    bytes.resize(len, 0);
    let mut have = 0;
    while have < len {
        let room = bytes.get_mut(have..).unwrap_or_default();
        match positioned(file, room, offset + have as u64) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    bytes.truncate(have);
}

#[cfg(unix)]
fn positioned(file: &File, room: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, offset)
}

#[cfg(windows)]
fn positioned(file: &File, room: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, offset)
}
