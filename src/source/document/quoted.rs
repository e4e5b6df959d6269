//! Texts between quotes, one a line: what `redis-cli --no-raw` makes of an answer of many lines, and what `jq` prints without `-r`.
//!
//! In: `"id=3 addr=…\nid=4 addr=…\n"`. Out: the lines that it stands for; each is cited by its own number among them.
//! Fails when: never; lines without quotes stay as they are.
//!
//! The answer to CLIENT LIST is one line of megabytes: no reader of lines would keep it whole.

use super::Steps;
use super::input::Input;
use super::lines::Lines;

/// Longest line: 10,000 clients of 400 bytes, four times over.
const MAX_LINE: usize = 16 << 20;
/// True for text whose first line is one quoted text. Half a line tells nothing yet: [`None`].
pub(super) fn is_quoted(head: &[u8], complete: bool) -> Option<bool> {
    let whole = memchr::memchr(b'\n', head);
    let line = head.get(..whole.unwrap_or(head.len())).unwrap_or_default().trim_ascii_end();
    let split = memchr::memmem::find(line, b"\\n").is_some();
    match end(line) {
        Some(end) => Some(end == line.len() && (split || line.contains(&b' '))),
        None if whole.is_none() && !complete => None,
        // The head ends inside of it.
        None => Some(whole.is_none() && split),
    }
}

/// The place behind the closing quote of the text that begins a line.
fn end(line: &[u8]) -> Option<usize> {
    let mut at = 1;
    line.first().filter(|b| **b == b'"')?;
    loop {
        at += memchr::memchr2(b'"', b'\\', line.get(at..)?)?;
        if line.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Reads the texts.
pub(super) struct Quoted {
    input: Input,
}

impl Quoted {
    pub(super) fn new(input: Input) -> Self {
        Self { input }
    }
}

impl Steps for Quoted {
    fn step(&mut self, out: &mut Lines) -> bool {
        let Some(end) = self.input.line_end(0, MAX_LINE) else { return false };
        let line = self.input.rest().get(..end).unwrap_or_default().trim_ascii_end();
        let text = match line.strip_prefix(b"\"") {
            // What is cut off has no closing quote.
            Some(inside) => unescape(inside.strip_suffix(b"\"").unwrap_or(inside)),
            None => line.to_vec(),
        };
        out.bytes.extend_from_slice(&text);
        if !text.ends_with(b"\n") {
            out.bytes.push(b'\n');
        }
        self.input.take(end);
        true
    }
}

/// Undoes the escapes of redis-cli (`\xff`) and of JSON (`\u00e9`).
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let code = |from: usize, to: usize| {
            let digits = std::str::from_utf8(rest.get(at + from..at + to)?).ok()?;
            u32::from_str_radix(digits, 16).ok()
        };
        let (byte, taken) = match rest.get(at + 1) {
            Some(b'n') => (Some(b'\n'), 2),
            Some(b't') => (Some(b'\t'), 2),
            // Line ends are LF below.
            Some(b'r' | b'a' | b'b' | b'f') => (None, 2),
            Some(b'x') => (code(2, 4).and_then(|code| u8::try_from(code).ok()), 4),
            Some(b'u') => {
                let char = code(2, 6).and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                (None, 6)
            }
            Some(other) => (Some(*other), 2),
            None => (None, 1),
        };
        out.extend(byte);
        rest = rest.get((at + taken).min(rest.len())..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
