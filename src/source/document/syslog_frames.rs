//! Syslog over TCP with octet counting and no line ends (RFC 6587): `123 <134>1 …` frame behind frame.
//!
//! In: the bytes of a capture of such a stream. Out: one item a frame. Fails when: a frame's length is none; the rest is kept as text.

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use crate::source::Faults;

/// Longest frame: RFC 5425 asks for 8 KiB, rsyslog's largest setting in use is 1 MiB.
const MAX_FRAME: usize = 1 << 20;

/// True for two frames in a row without a line end between.
pub(super) fn is_frames(head: &[u8]) -> bool {
    let Some((start, length)) = frame(head) else { return false };
    head.get(start + length..).is_some_and(|next| frame(next).is_some())
}

/// Where the text of the frame begins, and its length.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = bytes.iter().take(8).take_while(|b| b.is_ascii_digit()).count();
    let length: usize = std::str::from_utf8(bytes.get(..digits)?).ok()?.parse().ok()?;
    let framed = bytes.get(digits..digits + 2) == Some(b" <") && bytes.get(digits + 2).is_some_and(u8::is_ascii_digit);
    (framed && (1..=MAX_FRAME).contains(&length)).then_some((digits + 1, length))
}

/// Reads the frames.
pub(super) struct Frames {
    input: Input,
    faults: Faults,
}

impl Frames {
    pub(super) fn new(input: Input, faults: Faults) -> Self {
        Self { input, faults }
    }
}

impl Steps for Frames {
    fn step(&mut self, out: &mut Lines) -> bool {
        out.numbered = true;
        self.input.want(16);
        let rest = self.input.rest();
        let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.input.take(blanks);
        if self.input.rest().is_empty() {
            return self.input.more();
        }
        let Some((start, length)) = frame(self.input.rest()) else {
            self.faults.add(self.input.offset(), "no frame of syslog begins here; its text is kept");
            let end = self.input.line_end(0, MAX_FRAME).unwrap_or(1);
            out.raw(self.input.rest().get(..end).unwrap_or_default(), 0);
            self.input.take(end);
            return true;
        };
        self.input.want(start + length);
        let text = String::from_utf8_lossy(self.input.rest().get(start..).map_or(&[][..], |t| t.get(..length).unwrap_or(t))).into_owned();
        out.item(None, &Facts::default(), 0, &text);
        self.input.take(start + length);
        true
    }
}
