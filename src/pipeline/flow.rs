//! The bytes of a stream, read ahead by a thread. In: a reader. Out: its bytes, in order. Fails when: reading fails midway
//! (the stream then ends there; the decoder has noted why).

use std::collections::VecDeque;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;

/// Bytes of a buffer: what most writers give at once. All that is held of a stream is held in buffers of this size, which go round.
const CHUNK_BYTES: usize = 128 * 1024;
/// Chunks that wait to be taken, so that reading and decompression rarely wait; more would cost memory.
const CHUNKS_WAITING: usize = 8;
/// Shorter chunks are put together: a slow writer would make a buffer of each line.
const ENOUGH_BYTES: usize = CHUNK_BYTES / 2;
/// How often a run that waits for a silent pipe looks for Ctrl-C.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// A buffer and how many of its bytes were read.
pub(super) struct Chunk {
    bytes: Vec<u8>,
    len: usize,
}

impl Chunk {
    fn new() -> Chunk {
        Chunk { bytes: vec![0; CHUNK_BYTES], len: 0 }
    }

    pub(super) fn get(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.len..).unwrap_or_default()
    }

    /// Reads once into the buffer, since the next read may wait for ever; false at the end.
    fn read(&mut self, reader: &mut dyn Read) -> bool {
        loop {
            match reader.read(self.room()) {
                Ok(n) => {
                    self.len += n;
                    return n > 0;
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    /// Takes these bytes in if all of them fit.
    fn append(&mut self, more: &[u8]) -> bool {
        let fits = self.room().get_mut(..more.len()).map(|room| room.copy_from_slice(more)).is_some();
        if fits {
            self.len += more.len();
        }
        fits
    }
}

/// Where a stream's bytes come from. A thread reads ahead, because a blocking read cannot be ended by Ctrl-C.
enum Inflow {
    /// Its chunks, and the way back for those that were used up.
    Thread(Receiver<Chunk>, Sender<Chunk>),
    /// No thread was to be had.
    Direct(Box<dyn Read + Send>),
}

/// Bytes of a stream, of which those that came before its size was known are packed where that pays.
pub(super) enum Bytes {
    Plain(Chunk),
    /// A piece of a buffer that others share; as long as it was where packing does not pay.
    Packed {
        shared: Arc<Chunk>,
        at: Range<usize>,
        len: usize,
    },
}

impl Bytes {
    pub(super) fn len(&self) -> usize {
        match self {
            Bytes::Plain(chunk) => chunk.len,
            Bytes::Packed { len, .. } => *len,
        }
    }

    /// Appends some of them. `room`: for what has to be unpacked.
    pub(super) fn append_to(&self, range: Range<usize>, out: &mut Vec<u8>, room: &mut Vec<u8>) {
        let from = match self {
            Bytes::Plain(chunk) => chunk.get(),
            Bytes::Packed { shared, at, len } if !range.is_empty() => {
                let packed = shared.get().get(at.clone()).unwrap_or_default();
                if packed.len() == *len {
                    return out.extend_from_slice(packed.get(range).unwrap_or_default());
                }
                room.resize(*len, 0);
                let unpacked = zstd::bulk::decompress_to_buffer(packed, room).unwrap_or(0);
                room.get(..unpacked).unwrap_or_default()
            }
            Bytes::Packed { .. } => &[],
        };
        out.extend_from_slice(from.get(range).unwrap_or_default());
    }

    /// The buffer, once nothing else stands in it.
    fn into_chunk(self) -> Option<Chunk> {
        match self {
            Bytes::Plain(chunk) => Some(chunk),
            Bytes::Packed { shared, .. } => Arc::into_inner(shared),
        }
    }
}

pub(super) struct Flow {
    input: Inflow,
    held: VecDeque<Bytes>,
    /// What came behind a chunk that it did not fit into.
    next: Option<Chunk>,
    spare: Vec<Chunk>,
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
        Flow { input, held: VecDeque::new(), next: None, spare: Vec::new() }
    }

    /// Gives a buffer back, to be filled again.
    pub(super) fn put_back(&mut self, bytes: Bytes) {
        let Some(mut chunk) = bytes.into_chunk() else { return };
        chunk.len = 0;
        match &self.input {
            // A reader that has ended needs it no more.
            Inflow::Thread(_, back) if !self.spare.is_empty() => drop(back.send(chunk)),
            _ => self.spare.push(chunk),
        }
    }

    /// What was read next; `None` at the end or after Ctrl-C.
    fn read(&mut self, cancel: &AtomicBool) -> Option<Chunk> {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        let spare = &mut self.spare;
        match &mut self.input {
            Inflow::Thread(chunks, _) => loop {
                match chunks.recv_timeout(CANCEL_POLL) {
                    Ok(chunk) => return Some(chunk),
                    Err(RecvTimeoutError::Timeout) if !cancel.load(Ordering::Relaxed) => {}
                    Err(_) => return None,
                }
            },
            Inflow::Direct(reader) => {
                let mut chunk = spare.pop().unwrap_or_else(Chunk::new);
                chunk.read(reader).then_some(chunk)
            }
        }
    }

    /// The next chunk of the input, at least half full; a shorter one, then `None`, at the end or after Ctrl-C.
    fn chunk(&mut self, cancel: &AtomicBool) -> Option<Chunk> {
        let mut chunk = self.next.take().or_else(|| self.read(cancel))?;
        while chunk.len < ENOUGH_BYTES
            && let Some(more) = self.read(cancel)
        {
            if !chunk.append(more.get()) {
                self.next = Some(more);
                break;
            }
            self.put_back(Bytes::Plain(more));
        }
        Some(chunk)
    }

    /// Reads until the stream ends (true) or is longer than `limit` (false). What was read is held, packed to about a
    /// fourth, and given first: so a pipe is looked at as the file of that size would be.
    pub(super) fn hold(&mut self, limit: u64, cancel: &AtomicBool) -> bool {
        let mut total = 0;
        let mut packed = Shelf::default();
        let mut plain = Vec::new();
        let mut ended = false;
        while !ended && total <= limit {
            let next = self.chunk(cancel);
            ended = next.is_none();
            total += next.as_ref().map_or(0, |chunk| chunk.len as u64);
            // What came last may be all there is.
            if plain.len() >= HELD_PLAIN && !ended {
                let pieces: Vec<Vec<u8>> = plain.par_iter().map(|chunk: &Chunk| pack(chunk.get())).collect();
                for (chunk, piece) in plain.drain(..).zip(pieces) {
                    packed.add(&piece, chunk.len, || self.spare.pop());
                    self.put_back(Bytes::Plain(chunk));
                }
            }
            plain.extend(next);
        }
        self.held.extend(packed.bytes());
        self.held.extend(plain.into_iter().map(Bytes::Plain));
        ended && total <= limit
    }

    /// The next bytes; `None` at the end, or when what was read before Ctrl-C is used up.
    pub(super) fn take(&mut self, cancel: &AtomicBool) -> Option<Bytes> {
        self.held.pop_front().or_else(|| self.chunk(cancel).map(Bytes::Plain))
    }
}

/// Packed pieces behind each other in buffers, and of each where it stands and how long it was.
#[derive(Default)]
struct Shelf(Vec<(Chunk, Vec<(Range<usize>, usize)>)>);

impl Shelf {
    fn add(&mut self, packed: &[u8], len: usize, spare: impl FnOnce() -> Option<Chunk>) {
        if !self.0.last_mut().is_some_and(|(chunk, _)| chunk.append(packed)) {
            let mut chunk = spare().unwrap_or_else(Chunk::new);
            chunk.append(packed);
            self.0.push((chunk, Vec::new()));
        }
        if let Some((chunk, pieces)) = self.0.last_mut() {
            pieces.push((chunk.len - packed.len()..chunk.len, len));
        }
    }

    fn bytes(self) -> impl Iterator<Item = Bytes> {
        self.0.into_iter().flat_map(|(chunk, pieces)| {
            let shared = Arc::new(chunk);
            pieces.into_iter().map(move |(at, len)| Bytes::Packed { shared: Arc::clone(&shared), at, len })
        })
    }
}

/// Held chunks that are packed at a time, side by side.
const HELD_PLAIN: usize = 16;
/// Logs shrink to about a fourth at a GB/s a thread; slower levels pack a third more.
const HELD_LEVEL: i32 = -3;

/// The bytes packed, or as they are where that does not pay.
fn pack(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, HELD_LEVEL).ok().filter(|packed| packed.len() < bytes.len()).unwrap_or_else(|| bytes.to_vec())
}
