//! The physical lines around a record, each read once. In: a [`Unit`]. Out: [`Line`]s by number, and the line before
//! and after one in the same stream. Fails when: never.
//!
//! The lines form one window without holes, so that going forward through it finds each line's predecessor in its
//! stream without looking back: a hundred pods behind one prefix cost no more than one.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use super::{CaptureState, Context, INHERIT_BYTES, MAX_LINE_BYTES, MAX_RECORD_BYTES, Shape, is_frame, is_head};
use crate::record::envelope::{Outer, peel};
use crate::scan::Unit;

/// Number of a line in the window; lines before the first one read have negative numbers.
pub(super) type Id = isize;

/// Bytes between the window and a line that is asked for, over which the window is extended rather than begun anew.
const NEAR_BYTES: usize = 4 * 1024;
/// Lines kept before what lies far behind is dropped.
const KEPT_LINES: usize = 4096;

/// What is known of a line's neighbour in its stream.
#[derive(Clone, Copy, Debug, Default)]
enum Link {
    #[default]
    Unknown,
    At(Id),
    /// None within so many bytes.
    NoneWithin(usize),
}

/// One line with what was found out about it.
#[derive(Default)]
pub(super) struct Line<'u> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: Cow<'u, str>,
    pub(super) outer: Outer,
    pub(super) shape: Shape,
    pub(super) truncated: bool,
    pub(super) undecoded: bool,
    /// The record that it belongs to was given.
    pub(super) covered: bool,
    /// The state that it begins by itself.
    pub(super) begins: Option<CaptureState>,
    /// The state after it, once known.
    pub(super) state: Option<Option<CaptureState>>,
    /// (time, resolution, position) of the nearest dated line, once known.
    pub(super) near: Option<(i64, u32, usize)>,
    previous: Link,
    next: Link,
}

/// The window.
pub(super) struct Lines<'u, 'c> {
    unit: &'u Unit,
    context: Context<'c>,
    lines: VecDeque<Line<'u>>,
    /// Number of the first line in `lines`.
    front: Id,
    /// The latest line of each stream.
    latest: HashMap<u64, Id>,
    nothing: Line<'u>,
}

impl<'u, 'c> Lines<'u, 'c> {
    pub(super) fn new(unit: &'u Unit, context: Context<'c>) -> Self {
        Lines { unit, context, lines: VecDeque::new(), front: 0, latest: HashMap::new(), nothing: Line::default() }
    }

    pub(super) fn get(&self, id: Id) -> &Line<'u> {
        usize::try_from(id - self.front).ok().and_then(|i| self.lines.get(i)).unwrap_or(&self.nothing)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Line<'u> {
        usize::try_from(id - self.front).ok().and_then(|i| self.lines.get_mut(i)).unwrap_or(&mut self.nothing)
    }

    fn back(&self) -> Id {
        self.front + self.lines.len() as Id - 1
    }

    /// The line that starts at `start`.
    pub(super) fn at(&mut self, start: usize) -> Id {
        let from = self.lines.front().map_or(0, |l| l.start);
        match self.lines.back() {
            Some(last) if start >= from && start <= last.end + NEAR_BYTES => {
                while self.lines.back().is_some_and(|l| l.start < start) {
                    if self.forward().is_none() {
                        break;
                    }
                }
                let found = self.lines.partition_point(|l| l.start < start);
                if self.lines.get(found).is_some_and(|l| l.start == start) {
                    return self.front + found as Id;
                }
                self.restart(start)
            }
            _ => self.restart(start),
        }
    }

    fn restart(&mut self, start: usize) -> Id {
        self.lines.clear();
        self.latest.clear();
        self.front = 0;
        let line = self.read(start);
        if !line.outer.notice {
            self.latest.insert(line.outer.stream, 0);
        }
        self.lines.push_back(line);
        0
    }

    /// Reads the line behind the window.
    fn forward(&mut self) -> Option<Id> {
        let last = self.lines.back()?;
        // `next_line` of the last one, whose end is known.
        let start = (last.end + 1 < self.unit.bytes.len()).then_some(last.end + 1)?;
        let mut line = self.read(start);
        let id = self.back() + 1;
        let stream = line.outer.stream;
        if let Some(&before) = self.latest.get(&stream) {
            line.previous = Link::At(before);
        }
        if !line.outer.notice {
            // Every line of the stream since its latest one points here: notices, too.
            if let Some(before) = self.latest.insert(stream, id) {
                self.get_mut(before).next = Link::At(id);
            }
        }
        self.lines.push_back(line);
        Some(id)
    }

    /// Reads the line before the window.
    fn backward(&mut self) -> Option<Id> {
        let start = self.unit.previous_line(self.lines.front()?.start)?;
        let line = self.read(start);
        self.front -= 1;
        let id = self.front;
        if !line.outer.notice {
            self.latest.entry(line.outer.stream).or_insert(id);
        }
        self.lines.push_front(line);
        Some(id)
    }

    fn read(&self, start: usize) -> Line<'u> {
        let unit = self.unit;
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
            Cow::Borrowed(t) => peel(t, self.context.framed, &mut outer),
            Cow::Owned(t) => Cow::Owned(peel(&t, self.context.framed, &mut outer).into_owned()),
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
        let begins = (self.context.captures.begins)(&text);
        Line { start, end, text, outer, shape, truncated: cut < end, undecoded, begins, ..Line::default() }
    }

    /// The line before in the same stream, skipping foreign streams and tool notices.
    pub(super) fn before(&mut self, id: Id, limit: usize) -> Option<Id> {
        let (start, stream, link) = (self.get(id).start, self.get(id).outer.stream, self.get(id).previous);
        match link {
            Link::At(p) if p >= self.front => return (start - self.get(p).start <= limit).then_some(p),
            // What was dropped lies farther away than any limit.
            Link::At(_) => return None,
            Link::NoneWithin(bytes) if limit <= bytes => return None,
            _ => {}
        }
        let mut at = id;
        loop {
            at = if at > self.front {
                at - 1
            } else {
                let Some(at) = self.backward() else {
                    self.get_mut(id).previous = Link::NoneWithin(usize::MAX);
                    return None;
                };
                at
            };
            let line = self.get(at);
            if start - line.start > limit {
                self.get_mut(id).previous = Link::NoneWithin(limit);
                return None;
            }
            if line.outer.stream == stream && !line.outer.notice {
                self.get_mut(id).previous = Link::At(at);
                return Some(at);
            }
        }
    }

    /// The line after in the same stream.
    pub(super) fn after(&mut self, id: Id, limit: usize) -> Option<Id> {
        let (start, stream, link) = (self.get(id).start, self.get(id).outer.stream, self.get(id).next);
        match link {
            Link::At(n) => return (self.get(n).start - start <= limit).then_some(n),
            Link::NoneWithin(bytes) if limit <= bytes => return None,
            _ => {}
        }
        let mut at = id;
        loop {
            at = if at < self.back() {
                at + 1
            } else {
                let Some(at) = self.forward() else {
                    self.get_mut(id).next = Link::NoneWithin(usize::MAX);
                    return None;
                };
                at
            };
            let line = self.get(at);
            if line.start - start > limit {
                self.get_mut(id).next = Link::NoneWithin(limit);
                return None;
            }
            if line.outer.stream == stream && !line.outer.notice {
                self.get_mut(id).next = Link::At(at);
                return Some(at);
            }
        }
    }

    /// Drops what lies too far behind `start` to be asked for again; memory stays flat over large units.
    pub(super) fn trim(&mut self, start: usize) {
        if self.lines.len() <= KEPT_LINES {
            return;
        }
        let keep_from = start.saturating_sub(INHERIT_BYTES + 2 * MAX_RECORD_BYTES);
        while self.lines.front().is_some_and(|l| l.start < keep_from) {
            self.lines.pop_front();
            self.front += 1;
        }
    }
}
