//! The bytes of a stream, read ahead by a thread. In: a reader. Out: its bytes, in order. Fails when: reading fails midway
//! (the stream then ends there; the decoder has noted why).

use std::collections::VecDeque;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;

/// Bytes that the reading thread hands over at once: the size of a large pipe's buffer, few hand-overs.
const CHUNK_BYTES: usize = 128 * 1024;
/// Chunks that wait to be taken: half a MiB, so that reading and decompression rarely wait; more would cost memory.
const CHUNKS_WAITING: usize = 16;
/// How often a run that waits for a silent pipe looks for Ctrl-C.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// A buffer and how many of its bytes were read.
struct Chunk {
    bytes: Vec<u8>,
    len: usize,
}

impl Chunk {
    fn new() -> Chunk {
        Chunk { bytes: vec![0; CHUNK_BYTES], len: 0 }
    }

    /// Reads once into the buffer; false at the end.
    fn read(&mut self, reader: &mut dyn Read) -> bool {
        loop {
            match reader.read(&mut self.bytes) {
                Ok(n) => {
                    self.len = n;
                    return n > 0;
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn get(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Where a stream's bytes come from. A thread reads ahead, because a blocking read cannot be ended by Ctrl-C.
enum Inflow {
    /// Its chunks, and the way back for those that were used up.
    Thread(Receiver<Chunk>, Sender<Chunk>),
    /// No thread was to be had.
    Direct(Box<dyn Read + Send>),
}

/// Bytes held until the size of the stream is known, packed where that pays.
enum Held {
    Plain(Vec<u8>),
    Packed { bytes: Box<[u8]>, len: usize },
}

pub(super) struct Flow {
    input: Inflow,
    held: VecDeque<Held>,
    /// The chunk that is being taken, and how much of it was.
    rest: Option<Chunk>,
    taken: usize,
}

impl Flow {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Flow {
        let (give, chunks) = sync_channel(CHUNKS_WAITING);
        let (back, used) = channel::<Chunk>();
        let (hand, handed) = channel::<Box<dyn Read + Send>>();
        let spawned = thread::Builder::new().name("reader".to_string()).spawn(move || {
            let Ok(mut reader) = handed.recv() else { return };
            loop {
                let mut chunk = used.try_recv().unwrap_or_else(|_| Chunk::new());
                if !chunk.read(&mut reader) || give.send(chunk).is_err() {
                    break;
                }
            }
        });
        let input = match spawned {
            Ok(_) => match hand.send(reader) {
                Ok(()) => Inflow::Thread(chunks, back),
                Err(unsent) => Inflow::Direct(unsent.0),
            },
            Err(_) => Inflow::Direct(reader),
        };
        Flow { input, held: VecDeque::new(), rest: None, taken: 0 }
    }

    /// The next chunk of the input; `None` at the end or after Ctrl-C. `used`: one whose buffer may be filled again.
    fn chunk(&mut self, used: Option<Chunk>, cancel: &AtomicBool) -> Option<Chunk> {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        match &mut self.input {
            Inflow::Thread(chunks, back) => {
                // A reader that has ended needs it no more.
                let _ = used.map(|chunk| back.send(chunk));
                loop {
                    match chunks.recv_timeout(CANCEL_POLL) {
                        Ok(chunk) => return Some(chunk),
                        Err(RecvTimeoutError::Timeout) if !cancel.load(Ordering::Relaxed) => {}
                        Err(_) => return None,
                    }
                }
            }
            Inflow::Direct(reader) => {
                let mut chunk = used.unwrap_or_else(Chunk::new);
                chunk.read(reader).then_some(chunk)
            }
        }
    }

    /// Reads until the stream ends (true) or is longer than `limit` (false). What was read is held, packed to about a
    /// tenth, and given first: so a pipe is looked at as the file of that size would be.
    pub(super) fn hold(&mut self, limit: u64, cancel: &AtomicBool) -> bool {
        let mut total = 0;
        // Buffers that are filled again once their bytes are packed, and how many of them hold some.
        let mut fresh: Vec<Vec<u8>> = Vec::new();
        let mut filled = 0_usize;
        let mut ended = false;
        let mut used = None;
        while !ended && total <= limit {
            used = self.chunk(used, cancel);
            match &used {
                Some(chunk) => {
                    total += chunk.len as u64;
                    let last = filled.checked_sub(1).and_then(|last| fresh.get_mut(last));
                    if let Some(last) = last.filter(|last| last.len() + chunk.len <= HELD_BYTES) {
                        last.extend_from_slice(chunk.get());
                        continue;
                    }
                    if fresh.len() == filled {
                        fresh.push(Vec::with_capacity(HELD_BYTES));
                    }
                    if let Some(next) = fresh.get_mut(filled) {
                        next.clear();
                        next.extend_from_slice(chunk.get());
                    }
                    filled += 1;
                }
                None => ended = true,
            }
            if filled > HELD_PLAIN && !ended {
                let packed: Vec<Held> = fresh.par_iter().take(HELD_PLAIN).map_init(Vec::new, |room, bytes| pack(bytes, room)).collect();
                self.held.extend(packed);
                fresh.rotate_left(HELD_PLAIN);
                filled -= HELD_PLAIN;
            }
        }
        self.held.extend(fresh.into_iter().take(filled).map(Held::Plain));
        ended && total <= limit
    }

    /// Appends at most `room` bytes; 0 at the end, or when what was read before Ctrl-C is used up.
    pub(super) fn take(&mut self, into: &mut Vec<u8>, room: usize, cancel: &AtomicBool) -> usize {
        while self.rest.as_ref().is_none_or(|rest| self.taken >= rest.len) {
            self.taken = 0;
            let used = self.rest.take();
            self.rest = match self.held.pop_front() {
                Some(Held::Plain(bytes)) => Some(Chunk { len: bytes.len(), bytes }),
                Some(Held::Packed { bytes: packed, len }) => {
                    let mut bytes = used.map(|used| used.bytes).unwrap_or_default();
                    bytes.resize(len, 0);
                    let len = zstd::bulk::decompress_to_buffer(&packed, &mut bytes).unwrap_or(0);
                    Some(Chunk { bytes, len })
                }
                // What was held has buffers of another size.
                None => self.chunk(used.filter(|u| u.bytes.len() == CHUNK_BYTES), cancel),
            };
            if self.rest.is_none() {
                return 0;
            }
        }
        let rest = self.rest.as_ref().map(Chunk::get).and_then(|r| r.get(self.taken..)).unwrap_or_default();
        let n = room.min(rest.len());
        into.extend_from_slice(rest.get(..n).unwrap_or_default());
        self.taken += n;
        n
    }
}

/// Bytes of one held piece: what one compression works on.
const HELD_BYTES: usize = 1 << 20;
/// Held pieces that are packed at a time, side by side.
const HELD_PLAIN: usize = 2;
/// Logs shrink to about a tenth at half a GB/s a thread; faster levels pack a third less.
const HELD_LEVEL: i32 = 1;

/// `room`: for the worst case, used again; only what was packed is kept.
fn pack(bytes: &[u8], room: &mut Vec<u8>) -> Held {
    room.resize(zstd::zstd_safe::compress_bound(bytes.len()), 0);
    match zstd::bulk::compress_to_buffer(bytes, room, HELD_LEVEL) {
        Ok(packed) if packed < bytes.len() => Held::Packed { bytes: room.get(..packed).unwrap_or_default().into(), len: bytes.len() },
        _ => Held::Plain(bytes.to_vec()),
    }
}
