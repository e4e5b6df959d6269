//! Decoded sources cut into units. In: [`Decoded`]. Out: waves of [`Unit`]s in order. Fails when: reading fails midway
//! (the stream then ends there; the decoder has noted why).

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::thread;
use std::time::Duration;

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
enum Flow {
    Thread {
        chunks: Receiver<Vec<u8>>,
        rest: Vec<u8>,
    },
    /// No thread was to be had.
    Direct(Box<dyn Read + Send>),
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
        match spawned {
            Ok(_) => match hand.send(reader) {
                Ok(()) => Flow::Thread { chunks, rest: Vec::new() },
                Err(back) => Flow::Direct(back.0),
            },
            Err(_) => Flow::Direct(reader),
        }
    }

    /// Appends at most `room` bytes; 0 at the end or after Ctrl-C.
    fn take(&mut self, into: &mut Vec<u8>, room: usize, cancel: &AtomicBool) -> usize {
        match self {
            Flow::Thread { chunks, rest } => {
                while rest.is_empty() {
                    match chunks.recv_timeout(CANCEL_POLL) {
                        Ok(chunk) => *rest = chunk,
                        Err(RecvTimeoutError::Timeout) if !cancel.load(Ordering::Relaxed) => {}
                        Err(_) => return 0,
                    }
                }
                let n = room.min(rest.len());
                into.extend(rest.drain(..n));
                n
            }
            Flow::Direct(reader) => {
                let have = into.len();
                into.resize(have + room, 0);
                let n = loop {
                    match reader.read(into.get_mut(have..).unwrap_or_default()) {
                        Ok(n) => break n,
                        Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                        Err(_) => break 0,
                    }
                };
                into.truncate(have + n);
                n
            }
        }
    }
}

enum From {
    File { file: File, len: u64, at: u64 },
    Stream { flow: Flow, done: bool },
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
}

impl<'c> Units<'c> {
    pub(super) fn new(decoded: Decoded, block: usize, cancel: &'c AtomicBool) -> Units<'c> {
        let from = match decoded {
            Decoded::Seekable { file, len } => From::File { file, len, at: 0 },
            Decoded::Stream { reader, .. } => From::Stream { flow: Flow::new(reader), done: false },
        };
        let mut units = Units { from, cancel, block, pending: Vec::new(), base: 0, own: 0, head: Vec::new() };
        match &units.from {
            From::File { file, len, .. } => {
                units.head = read_at(file, 0, (*len).min(HEAD_BYTES as u64) as usize);
            }
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

    /// Up to `count` further units; empty at the end.
    pub(super) fn next_wave(&mut self, count: usize) -> Vec<Unit> {
        (0..count.max(1)).map_while(|_| self.next_unit()).collect()
    }

    fn next_unit(&mut self) -> Option<Unit> {
        match &mut self.from {
            From::File { file, len, at } => {
                if at >= len || self.cancel.load(Ordering::Relaxed) {
                    return None;
                }
                let start = *at;
                let end = (start + self.block as u64).min(*len);
                let from = start.saturating_sub(MARGIN as u64);
                let to = (end + MARGIN as u64).min(*len);
                let bytes = read_at(file, from, (to - from) as usize);
                *at = end;
                let own = (start - from) as usize..((end - from) as usize).min(bytes.len());
                if own.start >= own.end {
                    // The file was cut while it was read.
                    return None;
                }
                let ends = from + bytes.len() as u64 >= *len;
                Some(Unit { bytes, base: from, own, ends })
            }
            From::Stream { .. } => self.next_of_stream(),
        }
    }

    fn next_of_stream(&mut self) -> Option<Unit> {
        let want = self.own + self.block + MARGIN;
        self.fill(want);
        if self.own >= self.pending.len() {
            return None;
        }
        let end = (self.own + self.block).min(self.pending.len());
        let to = (end + MARGIN).min(self.pending.len());
        let done = matches!(self.from, From::Stream { done: true, .. });
        let unit = Unit {
            bytes: self.pending.get(..to).unwrap_or_default().to_vec(),
            base: self.base,
            own: self.own..end,
            ends: done && to == self.pending.len(),
        };
        let drop = end.saturating_sub(MARGIN);
        self.pending.drain(..drop);
        self.base += drop as u64;
        self.own = end - drop;
        Some(unit)
    }

    /// Reads until `pending` holds `want` bytes, the stream ends, or Ctrl-C ends it.
    fn fill(&mut self, want: usize) {
        let From::Stream { flow, done } = &mut self.from else { return };
        while !*done && self.pending.len() < want {
            let room = want - self.pending.len();
            *done = self.cancel.load(Ordering::Relaxed) || flow.take(&mut self.pending, room, self.cancel) == 0;
        }
    }
}

/// Reads up to `len` bytes at `offset`; fewer at the end of the file or after an error.
fn read_at(file: &File, offset: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
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
    bytes
}

#[cfg(unix)]
fn positioned(file: &File, room: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, offset)
}

#[cfg(windows)]
fn positioned(file: &File, room: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, offset)
}
