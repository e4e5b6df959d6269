//! Decoded sources cut into units. In: [`Decoded`]. Out: waves of [`Unit`]s in order. Fails when: reading fails midway
//! (the stream then ends there; the decoder has noted why).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;

use super::focus::STRETCH_BYTES;
use crate::scan::{MARGIN, Unit};
use crate::source::{Decoded, Input, Source};

/// Bytes of a stream's head that are looked at before the first unit (to anchor its clock).
const HEAD_BYTES: usize = 64 * 1024;

/// Size of a source on disk; `None` for stdin.
pub(super) fn size(source: &Source) -> Option<u64> {
    match &source.input {
        Input::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
        Input::Stdin => None,
    }
}

/// Bytes that the reading thread hands over at once: the size of a large pipe's buffer, few hand-overs.
const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks that wait to be taken: enough that decompression and matching overlap, little memory.
const CHUNKS_WAITING: usize = 4;
/// How often a run that waits for a silent pipe looks for Ctrl-C.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// Where a stream's bytes come from. A thread reads ahead, because a blocking read cannot be ended by Ctrl-C.
enum Inflow {
    Thread(Receiver<Vec<u8>>),
    /// No thread was to be had.
    Direct(Box<dyn Read + Send>),
}

/// Bytes held until the size of the stream is known, packed where that pays.
enum Held {
    Plain(Vec<u8>),
    Packed { bytes: Vec<u8>, len: usize },
}

struct Flow {
    input: Inflow,
    held: VecDeque<Held>,
    /// The chunk that is being taken, and how much of it was.
    rest: Vec<u8>,
    taken: usize,
}

impl Flow {
    fn new(reader: Box<dyn Read + Send>) -> Flow {
        let (give, chunks) = sync_channel(CHUNKS_WAITING);
        let (hand, handed) = channel::<Box<dyn Read + Send>>();
        let spawned = thread::Builder::new().name("reader".to_string()).spawn(move || {
            let Ok(mut reader) = handed.recv() else { return };
            loop {
                let mut chunk = vec![0; CHUNK_BYTES];
                match reader.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(n) => chunk.truncate(n),
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(_) => break,
                }
                if give.send(chunk).is_err() {
                    break;
                }
            }
        });
        let input = match spawned {
            Ok(_) => match hand.send(reader) {
                Ok(()) => Inflow::Thread(chunks),
                Err(back) => Inflow::Direct(back.0),
            },
            Err(_) => Inflow::Direct(reader),
        };
        Flow { input, held: VecDeque::new(), rest: Vec::new(), taken: 0 }
    }

    /// The next chunk of the input; `None` at the end or after Ctrl-C.
    fn chunk(&mut self, cancel: &AtomicBool) -> Option<Vec<u8>> {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        match &mut self.input {
            Inflow::Thread(chunks) => loop {
                match chunks.recv_timeout(CANCEL_POLL) {
                    Ok(chunk) => return Some(chunk),
                    Err(RecvTimeoutError::Timeout) if !cancel.load(Ordering::Relaxed) => {}
                    Err(_) => return None,
                }
            },
            Inflow::Direct(reader) => loop {
                let mut chunk = vec![0; CHUNK_BYTES];
                match reader.read(&mut chunk) {
                    Ok(0) => return None,
                    Ok(n) => {
                        chunk.truncate(n);
                        return Some(chunk);
                    }
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => return None,
                }
            },
        }
    }

    /// Reads until the stream ends (true) or is longer than `limit` (false). What was read is held, packed to about a
    /// tenth, and given first: so a pipe is looked at as the file of that size would be.
    fn hold(&mut self, limit: u64, cancel: &AtomicBool) -> bool {
        let mut total = 0;
        let mut fresh: Vec<Vec<u8>> = Vec::new();
        let mut ended = false;
        while !ended && total <= limit {
            match self.chunk(cancel) {
                Some(chunk) => {
                    total += chunk.len() as u64;
                    match fresh.last_mut() {
                        Some(last) if last.len() + chunk.len() <= HELD_BYTES => last.extend_from_slice(&chunk),
                        _ => fresh.push(chunk),
                    }
                }
                None => ended = true,
            }
            if fresh.len() > HELD_PLAIN && !ended {
                let full: Vec<Vec<u8>> = fresh.drain(..HELD_PLAIN).collect();
                self.held.extend(full.into_par_iter().map(pack).collect::<Vec<_>>());
            }
        }
        self.held.extend(fresh.into_iter().map(Held::Plain));
        ended && total <= limit
    }

    /// Appends at most `room` bytes; 0 at the end, or when what was read before Ctrl-C is used up.
    fn take(&mut self, into: &mut Vec<u8>, room: usize, cancel: &AtomicBool) -> usize {
        while self.taken >= self.rest.len() {
            self.taken = 0;
            self.rest = match self.held.pop_front() {
                Some(Held::Plain(bytes)) => bytes,
                Some(Held::Packed { bytes, len }) => zstd::bulk::decompress(&bytes, len).unwrap_or_default(),
                None => match self.chunk(cancel) {
                    Some(chunk) => chunk,
                    None => return 0,
                },
            };
        }
        let n = room.min(self.rest.len() - self.taken);
        into.extend_from_slice(self.rest.get(self.taken..self.taken + n).unwrap_or_default());
        self.taken += n;
        n
    }
}

/// Bytes of one held piece: what one compression works on.
const HELD_BYTES: usize = 1 << 20;
/// Held pieces that are packed at a time, side by side.
const HELD_PLAIN: usize = 8;
/// Fastest level: logs shrink to about a tenth at some GB/s over two threads.
const HELD_LEVEL: i32 = -1;

fn pack(bytes: Vec<u8>) -> Held {
    match zstd::bulk::compress(&bytes, HELD_LEVEL) {
        Ok(packed) if packed.len() < bytes.len() => Held::Packed { bytes: packed, len: bytes.len() },
        _ => Held::Plain(bytes),
    }
}

enum From {
    File { file: Arc<File>, len: u64, at: u64 },
    Stream { flow: Flow, done: bool },
}

/// A unit, or where its bytes stand: files are read by the worker that looks at them.
pub(super) enum Piece {
    Read(Arc<Unit>),
    Range {
        file: Arc<File>,
        len: u64,
        start: u64,
        end: u64,
    },
    /// Part of a stream that is held in several units; `len`: where the stream ends, if that is known.
    Held {
        units: Vec<Arc<Unit>>,
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
            Piece::Read(unit) => return Some(look(unit)),
            Piece::Range { start, end, len, .. } => (*start, *end, *len),
            Piece::Held { start, end, len, .. } => (*start, *end, len.unwrap_or(u64::MAX)),
        };
        let from = start.saturating_sub(MARGIN as u64);
        let to = (end + MARGIN as u64).min(len);
        let mut bytes = BUFFER.with(RefCell::take);
        match &self {
            Piece::Range { file, .. } => read_at(file, from, (to - from) as usize, &mut bytes),
            Piece::Held { units, .. } => held(units, from, to, &mut bytes),
            Piece::Read(_) => {}
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

/// Puts the bytes `from..to` of a stream together from its units.
fn held(units: &[Arc<Unit>], from: u64, to: u64, bytes: &mut Vec<u8>) {
    bytes.clear();
    for unit in units {
        let own = unit.bytes.get(unit.own.clone()).unwrap_or_default();
        let begin = unit.base + unit.own.start as u64;
        let within = |at: u64| (at.saturating_sub(begin) as usize).min(own.len());
        bytes.extend_from_slice(own.get(within(from)..within(to)).unwrap_or_default());
    }
}

/// Cuts one decoded source into units.
pub(super) struct Units<'c> {
    from: From,
    /// Set by Ctrl-C: a file is then left at once, of a stream what was read is still given.
    cancel: &'c AtomicBool,
    block: usize,
    /// For streams: bytes read and still needed; `base` is the offset of its first byte, `own` where the next unit starts in it.
    pending: Vec<u8>,
    base: u64,
    own: usize,
    head: Vec<u8>,
    whole: bool,
    /// Of streams that are not whole: the units that may be asked for again.
    kept: VecDeque<Arc<Unit>>,
}

impl<'c> Units<'c> {
    /// `whole_bytes`: sources up to this size are told apart from larger ones; see [`Units::whole`].
    pub(super) fn new(decoded: Decoded, block: usize, whole_bytes: u64, cancel: &'c AtomicBool) -> Units<'c> {
        let (from, whole) = match decoded {
            Decoded::Seekable { file, len } => (From::File { file: Arc::new(file), len, at: 0 }, len <= whole_bytes),
            Decoded::Stream { reader, .. } => {
                let mut flow = Flow::new(reader);
                let whole = flow.hold(whole_bytes, cancel);
                (From::Stream { flow, done: false }, whole)
            }
        };
        let block = match from {
            From::File { .. } => block,
            From::Stream { .. } => block.min(STREAM_BLOCK_BYTES),
        };
        let mut units = Units { from, cancel, block, pending: Vec::new(), base: 0, own: 0, head: Vec::new(), whole, kept: VecDeque::new() };
        match &units.from {
            From::File { file, len, .. } => read_at(file, 0, (*len).min(HEAD_BYTES as u64) as usize, &mut units.head),
            From::Stream { .. } => {
                units.fill(HEAD_BYTES);
                units.head = units.pending.get(..HEAD_BYTES.min(units.pending.len())).unwrap_or_default().to_vec();
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

    /// A wave of units: many where only their places are noted, few where their bytes are held.
    pub(super) fn next_wave(&mut self, threads: usize) -> Vec<Piece> {
        let count = match self.from {
            From::File { .. } => threads * FILE_WAVE,
            From::Stream { .. } => threads,
        };
        (0..count.max(1)).map_while(|_| self.next_unit()).collect()
    }

    /// A stretch that was cut into units before, with margins of its own.
    pub(super) fn stretch(&self, number: u64) -> Piece {
        let (start, end) = (number * STRETCH_BYTES, (number + 1) * STRETCH_BYTES);
        match &self.from {
            From::File { file, len, .. } => Piece::Range { file: Arc::clone(file), len: *len, start, end: end.min(*len) },
            From::Stream { .. } => {
                let (from, to) = (start.saturating_sub(MARGIN as u64), end + MARGIN as u64);
                let known = |u: &&Arc<Unit>| u.base + (u.own.end as u64) > from && u.base + (u.own.start as u64) < to;
                let all = self.kept.back().map_or(0, |u| u.base + u.own.end as u64);
                let len = self.kept.back().filter(|u| u.ends).map(|_| all);
                Piece::Held { units: self.kept.iter().filter(known).cloned().collect(), len, start, end: end.min(all) }
            }
        }
    }

    /// Says that no stretch before `offset` is asked for any more.
    pub(super) fn let_go(&mut self, offset: u64) {
        while self.kept.front().is_some_and(|u| u.base + (u.own.end + MARGIN) as u64 <= offset) {
            self.kept.pop_front();
        }
    }

    fn next_unit(&mut self) -> Option<Piece> {
        match &mut self.from {
            From::File { file, len, at } => {
                if at >= len || self.cancel.load(Ordering::Relaxed) {
                    return None;
                }
                let start = *at;
                *at = (start + self.block as u64).min(*len);
                Some(Piece::Range { file: Arc::clone(file), len: *len, start, end: *at })
            }
            From::Stream { .. } => {
                let unit = Arc::new(self.next_of_stream()?);
                if !self.whole {
                    self.kept.push_back(Arc::clone(&unit));
                }
                Some(Piece::Read(unit))
            }
        }
    }

    fn next_of_stream(&mut self) -> Option<Unit> {
        let want = self.own + self.block + MARGIN;
        self.pending.reserve(want.saturating_sub(self.pending.len()));
        self.fill(want);
        if self.own >= self.pending.len() {
            return None;
        }
        let end = (self.own + self.block).min(self.pending.len());
        let done = matches!(self.from, From::Stream { done: true, .. });
        // The unit takes the buffer; the margins that the next one needs, too, are copied.
        let drop = end.saturating_sub(MARGIN);
        let rest = self.pending.get(drop..).unwrap_or_default().to_vec();
        let bytes = std::mem::replace(&mut self.pending, rest);
        let unit = Unit { bytes, base: self.base, own: self.own..end, ends: done };
        self.base += drop as u64;
        self.own = end - drop;
        Some(unit)
    }

    /// Reads until `pending` holds `want` bytes or the stream ends. After Ctrl-C it ends behind what was read.
    fn fill(&mut self, want: usize) {
        let From::Stream { flow, done } = &mut self.from else { return };
        while !*done && self.pending.len() < want {
            let room = want - self.pending.len();
            *done = flow.take(&mut self.pending, room, self.cancel) == 0;
        }
    }
}

/// Bytes of a block of a stream: several are held at a time, and their margins are copied.
const STREAM_BLOCK_BYTES: usize = 2 << 20;
/// Units of a file in one wave for each thread: only their places are held, and a wave ends with all threads waiting.
const FILE_WAVE: usize = 4;

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
