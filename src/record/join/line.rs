//! One physical line, peeled. In: a [`Unit`] and where a line starts. Out: [`Line`]. Fails when: never; it is cut at its cap.

use std::borrow::Cow;

use super::MAX_LINE_BYTES;
use crate::record::envelope::{Outer, peel};
use crate::record::layout::{is_frame, is_head};
use crate::scan::Unit;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Blank,
    Frame,
    Head,
    Plain,
}

pub(super) struct Line<'u> {
    pub(super) end: usize,
    pub(super) text: Cow<'u, str>,
    pub(super) outer: Outer,
    pub(super) shape: Shape,
    pub(super) truncated: bool,
    pub(super) undecoded: bool,
}

/// Reads the line that starts at `start`.
pub(super) fn read(unit: &Unit, start: usize, framed: bool) -> Line<'_> {
    let (end, _) = unit.line_end(start);
    let cut = end.min(start + MAX_LINE_BYTES);
    let mut raw = unit.bytes.get(start..cut).unwrap_or_default();
    if let Some(r) = raw.strip_suffix(b"\r") {
        raw = r;
    }
    let text = String::from_utf8_lossy(raw);
    let undecoded = matches!(text, Cow::Owned(_)) && cut == end;
    let mut outer = Outer::default();
    let text = match text {
        Cow::Borrowed(t) => peel(t, framed, &mut outer),
        Cow::Owned(t) => Cow::Owned(peel(&t, framed, &mut outer).into_owned()),
    };
    let shape = if text.trim().is_empty() {
        Shape::Blank
    } else if is_frame(&text) {
        Shape::Frame
    } else if is_head(&text) {
        Shape::Head
    } else {
        Shape::Plain
    };
    Line { end, text, outer, shape, truncated: cut < end, undecoded }
}
