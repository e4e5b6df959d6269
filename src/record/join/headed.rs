//! Traces that a logger wrote line by line, each line with a head of its own. In: lines and what their layouts say.
//! Out: whether one goes on the other. Fails when: never.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::continuation::looks_like_exception;
use crate::record::clock::parse_prefix;
use crate::record::layout::{Parsed, is_frame};

/// Blanks behind a head that indent, the one that separates included; levels are padded by fewer.
const INDENT: &str = "     ";

/// Longest head behind which a frame is looked for, in bytes.
const MAX_HEAD: usize = 160;

/// Where a tab or three blanks stand before what goes on a trace, if it looks so before its layout is read.
pub(super) fn indent_in(text: &str) -> Option<usize> {
    static BLANKS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("   "));
    let head = text.as_bytes().get(..MAX_HEAD).unwrap_or(text.as_bytes());
    let goes_on = |at: &usize| {
        let rest = text.get(*at..).unwrap_or_default();
        rest.starts_with(INDENT) && ends_head(text.get(..*at).unwrap_or_default()) || is_frame(rest.trim_start())
    };
    memchr::memchr_iter(b'\t', head).find(goes_on).or_else(|| BLANKS.find_iter(head).find(goes_on))
}

/// Where what stands behind the head of a line begins, indent included, if it goes on a trace.
pub(super) fn frame_in(text: &str, parsed: &Parsed<'_>) -> Option<usize> {
    let message = parsed.message.trim_start();
    let head = text.strip_suffix(message)?.trim_end();
    let behind = text.get(head.len()..)?;
    let code = || behind.starts_with(INDENT) && ends_head(head);
    (!head.is_empty() && (is_frame(message) || code())).then_some(head.len() + usize::from(behind.starts_with(' ')))
}

/// Whether blanks behind this indent, as code is that Python quotes: those behind a word may pad it.
fn ends_head(head: &str) -> bool {
    head.ends_with([']', '|', '-']) || head.ends_with("]:")
}

/// Whether two lines have the same head of so many bytes; its time may differ.
pub(super) fn share_head(line: &str, other: &str, head: usize) -> bool {
    let (Some(own), Some(others)) = (line.as_bytes().get(..head), other.as_bytes().get(..head)) else { return false };
    let digits = |(a, b): (&u8, &u8)| a == b || a.is_ascii_digit() && b.is_ascii_digit();
    if !own.iter().zip(others).all(digits) {
        return false;
    }
    let time = parse_prefix(other).map_or(0, |(_, taken)| taken.min(head));
    own.get(time..) == others.get(time..)
}

/// Whether a line says what was thrown through the frame of Python's that stands before it, behind the same head.
pub(super) fn is_thrown(line: &str, frame: &str, head: usize) -> bool {
    let (thrown, frame) = (line.get(head..).unwrap_or_default().trim_start(), frame.get(head..).unwrap_or_default().trim());
    looks_like_exception(thrown) && (frame.starts_with("File \"") || !is_frame(frame))
}
