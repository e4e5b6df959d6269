//! gzip, member after member.
//!
//! In: gzip bytes. Out: the bytes of all members. Fails when: never; after a corrupt member it looks for the next one.
//!
//! Firehose writes thousands of members back to back: one that was damaged must not hide the rest.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use flate2::bufread::GzDecoder;

use super::{READ_AHEAD, damage, too_large};
use crate::source::Faults;
use crate::source::budget::Budget;
use crate::source::peek::Peeked;

/// Counts what the decoder took, byte for byte.
struct Input {
    inner: BufReader<Peeked>,
    at: u64,
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.at += n as u64;
        self.inner.consume(n);
    }
}

enum State {
    Member(Box<GzDecoder<Input>>),
    Between(Input),
    Ended,
}

/// Reads all members of a gzip stream.
pub(crate) struct Gunzip {
    state: State,
    members: u64,
    produced: u64,
    budget: Arc<Budget>,
    faults: Faults,
}

impl Gunzip {
    pub(crate) fn new(stream: Peeked, budget: Arc<Budget>, faults: Faults) -> Self {
        let input = Input { inner: BufReader::with_capacity(READ_AHEAD, stream), at: 0 };
        Self { state: State::Between(input), members: 0, produced: 0, budget, faults }
    }

    /// Moves to the next member, past zero padding and damage.
    fn next_member(&mut self, mut input: Input) -> io::Result<State> {
        let from = input.at;
        let found = seek_member(&mut input)?;
        let passed = input.at - from;
        if passed > 0 && self.members > 0 {
            self.faults.add(
                from,
                if found { "bytes between gzip members are passed over" } else { "bytes after the last gzip member are ignored" },
            );
        }
        if !found {
            return Ok(State::Ended);
        }
        self.members += 1;
        Ok(State::Member(Box::new(GzDecoder::new(input))))
    }
}

impl Read for Gunzip {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Ok(0),
                State::Between(input) => self.state = self.next_member(input)?,
                State::Member(mut decoder) => match decoder.read(buf) {
                    Ok(0) => self.state = State::Between(decoder.into_inner()),
                    Ok(n) => {
                        self.produced += n as u64;
                        if !self.budget.produce(n) {
                            self.faults.add(decoder.get_ref().at, too_large());
                            return Ok(0);
                        }
                        self.state = State::Member(decoder);
                        return Ok(n);
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {
                        self.state = State::Member(decoder);
                        return Err(e);
                    }
                    Err(e) => {
                        let input = decoder.into_inner();
                        self.faults.add(input.at, damage("gzip", &e));
                        self.state = State::Between(input);
                    }
                },
            }
        }
    }
}

/// Stands at the next member's first byte, or at the end. Zeros are padding (tape blocks) and pass without a word.
fn seek_member(input: &mut Input) -> io::Result<bool> {
    // The four bytes of a member's head may straddle two buffers, so the last three seen are kept.
    let mut padding_only = true;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let zeros = buffer.iter().take_while(|&&b| b == 0).count();
        if padding_only && zeros > 0 {
            // Padding is not reported: it does not count as passed.
            input.inner.consume(zeros);
            continue;
        }
        padding_only = false;
        match memchr::memchr(0x1f, buffer) {
            None => {
                let n = buffer.len();
                input.consume(n);
            }
            Some(skip) => {
                input.consume(skip);
                let rest = input.fill_buf()?;
                let head = rest.get(..rest.len().min(4)).unwrap_or_default();
                match head {
                    [0x1f, 0x8b, 8, flags] if *flags < 0x20 => return Ok(true),
                    // Split over two buffers: the decoder itself will tell.
                    [0x1f] | [0x1f, 0x8b] | [0x1f, 0x8b, 8] => return Ok(true),
                    _ => input.consume(1),
                }
            }
        }
    }
}
