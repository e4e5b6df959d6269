//! Text in another coat: UTF-16, base64, a byte order mark.
//!
//! In: encoded bytes. Out: UTF-8 (or, for base64, the bytes). Fails when: never; lone surrogates become U+FFFD.

use std::io::{self, Read};

use super::peek::Peeked;

/// Encoded bytes taken at a time.
const STEP: usize = 32 << 10;

/// A stream without its first bytes.
pub(crate) struct Skip {
    inner: Peeked,
    left: usize,
}

impl Skip {
    pub(crate) fn new(inner: Peeked, bytes: usize) -> Self {
        Self { inner, left: bytes }
    }
}

impl Read for Skip {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.left > 0 {
            let mut scratch = [0; 8];
            let want = self.left.min(scratch.len());
            let n = self.inner.read(scratch.get_mut(..want).unwrap_or_default())?;
            if n == 0 {
                return Ok(0);
            }
            self.left -= n;
        }
        self.inner.read(buf)
    }
}

/// Decoded bytes that wait to be read.
#[derive(Default)]
struct Ready {
    bytes: Vec<u8>,
    taken: usize,
}

impl Ready {
    fn take(&mut self, buf: &mut [u8]) -> usize {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.taken += n;
        if self.taken >= self.bytes.len() {
            self.bytes.clear();
            self.taken = 0;
        }
        n
    }
}

/// UTF-16 to UTF-8.
pub(crate) struct Utf16 {
    inner: Skip,
    big: bool,
    odd: Option<u8>,
    high: Option<u16>,
    ready: Ready,
    step: Vec<u8>,
}

impl Utf16 {
    pub(crate) fn new(stream: Peeked, big: bool, mark: usize) -> Self {
        Self { inner: Skip::new(stream, mark), big, odd: None, high: None, ready: Ready::default(), step: vec![0; STEP] }
    }

    fn unit(&mut self, unit: u16) {
        let mut push = |c: char| {
            let mut utf8 = [0; 4];
            self.ready.bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        };
        if let Some(high) = self.high.take() {
            if (0xdc00..0xe000).contains(&unit) {
                let code = 0x10000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(unit) - 0xdc00);
                push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return;
            }
            push(char::REPLACEMENT_CHARACTER);
        }
        match unit {
            0xd800..0xdc00 => self.high = Some(unit),
            0xfeff => {} // a mark in the middle: two files in one
            _ => push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }
}

impl Read for Utf16 {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.ready.bytes.is_empty() && !buf.is_empty() {
            let mut step = std::mem::take(&mut self.step);
            let got = self.inner.read(&mut step);
            let n = *got.as_ref().unwrap_or(&0);
            for &byte in step.get(..n).unwrap_or_default() {
                match self.odd.take() {
                    None => self.odd = Some(byte),
                    Some(first) if self.big => self.unit(u16::from_be_bytes([first, byte])),
                    Some(first) => self.unit(u16::from_le_bytes([first, byte])),
                }
            }
            self.step = step;
            got?;
            if n == 0 {
                if self.odd.take().is_some() || self.high.take().is_some() {
                    self.ready.bytes.extend_from_slice("\u{fffd}".as_bytes());
                    continue;
                }
                return Ok(0);
            }
        }
        Ok(self.ready.take(buf))
    }
}

/// Text whose lines end in a carriage return alone (old Macs, terminals that were recorded) with line feeds.
pub(crate) struct ReturnsAlone(pub(crate) Peeked);

impl Read for ReturnsAlone {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buf)?;
        for byte in buf.iter_mut().take(n).filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
        Ok(n)
    }
}

/// Base64 in one or many lines, also several padded texts behind each other.
pub(crate) struct Base64 {
    inner: Peeked,
    group: u32,
    digits: u8,
    ready: Ready,
    step: Vec<u8>,
}

impl Base64 {
    pub(crate) fn new(inner: Peeked) -> Self {
        Self { inner, group: 0, digits: 0, ready: Ready::default(), step: vec![0; STEP] }
    }

    fn digit(&mut self, byte: u8) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => return self.flush(),
            _ => return, // line ends and blanks
        };
        self.group = self.group << 6 | u32::from(value);
        self.digits += 1;
        if self.digits == 4 {
            self.flush();
        }
    }

    /// Writes out the bytes of a whole or a last, shorter group.
    fn flush(&mut self) {
        let [_, a, b, c] = (self.group << (6 * (4 - u32::from(self.digits.min(4))))).to_be_bytes();
        let whole = usize::from(self.digits) * 6 / 8;
        self.ready.bytes.extend([a, b, c].into_iter().take(whole));
        self.group = 0;
        self.digits = 0;
    }
}

impl Read for Base64 {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.ready.bytes.is_empty() && !buf.is_empty() {
            let mut step = std::mem::take(&mut self.step);
            let got = self.inner.read(&mut step);
            let n = *got.as_ref().unwrap_or(&0);
            for &byte in step.get(..n).unwrap_or_default() {
                self.digit(byte);
            }
            self.step = step;
            got?;
            if n == 0 {
                if self.digits > 1 {
                    self.flush();
                    continue;
                }
                return Ok(0);
            }
        }
        Ok(self.ready.take(buf))
    }
}
