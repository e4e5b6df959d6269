//! The physical lines around a record, each read once. In: a [`Unit`]. Out: [`Line`]s by number, and the line before
//! and after one in the same stream. Fails when: never.
//!
//! The lines form one window without holes, so that going forward through it finds each line's predecessor in its
//! stream without looking back: a hundred pods behind one prefix cost no more than one.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, VecDeque};

use super::headed::{frame_in, indent_in};
use super::key::key;
use super::{CaptureState, Context, INHERIT_BYTES, MAX_LINE_BYTES, MAX_RECORD_BYTES, Place};
use crate::record::clock::Stamp;
use crate::record::envelope::{Outer, Peeler};
use crate::record::layout::{Parsed, is_frame, is_head, parse};
use crate::record::{Kind, Severity};
use crate::scan::Unit;

/// Number of a line in the window; lines before the first one read have negative numbers.
pub(super) type Id = isize;

/// Bytes between the window and a line that is asked for, over which the window is extended rather than begun anew.
const NEAR_BYTES: usize = 4 * 1024;
/// Lines kept before what lies far behind is dropped.
const KEPT_LINES: usize = 1024;

/// What is known of a line's neighbour in its stream.
#[derive(Clone, Copy, Debug, Default)]
enum Link {
    #[default]
    Unknown,
    At(Id),
    /// None within so many bytes.
    NoneWithin(usize),
}

/// What a line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Blank,
    Frame,
    Head,
    Plain,
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
    /// Some byte of what was read is not UTF-8.
    pub(super) lossy: bool,
    /// The record that it belongs to was given.
    pub(super) covered: bool,
    /// The state that it begins by itself.
    pub(super) begins: Option<CaptureState>,
    /// The state after it, once known.
    pub(super) state: OnceCell<Option<CaptureState>>,
    /// (time, resolution, position) of the nearest dated line, once known.
    pub(super) near: Option<(i64, u32, usize)>,
    /// For a line without a time near it: the start of the run of undated lines that was walked.
    pub(super) undated: Option<Id>,
    /// Where it stands in its record, once known.
    pub(super) place: Option<Place>,
    /// Whether its record is asked for on its account, once known.
    pub(super) asked: Option<bool>,
    /// What its layout says of it by itself, once known.
    alone: Option<Alone>,
    /// Where what stands behind its head is indented as a frame is.
    pub(super) indent: Option<usize>,
    /// Where a frame begins behind its head, once known.
    frame: OnceCell<Option<usize>>,
    /// All that its layout says, until it is taken; of a text that had to be unescaped it is not kept.
    parsed: Option<Box<Parsed<'u>>>,
    /// What tells its stream from others without reading it; lines with the same key may still differ.
    key: u64,
    /// Wrapper, shape and text were read.
    known: bool,
    previous: Link,
    next: Link,
}

/// What is kept of a line's layout for the lines around it.
#[derive(Clone, Copy, Default)]
pub(super) struct Alone {
    /// Time written in it.
    pub(super) time: Option<Stamp>,
    /// It is a line of the server's own log.
    pub(super) server: bool,
    /// It is a remark for developers.
    pub(super) debug: bool,
}

impl Alone {
    fn of(parsed: &Parsed<'_>) -> Alone {
        let debug = parsed.severity == Severity::Debug;
        Alone { time: parsed.time, server: matches!(parsed.kind, Kind::Server { .. }), debug }
    }
}

/// The window.
pub(super) struct Lines<'u, 'c> {
    unit: &'u Unit,
    context: Context<'c>,
    lines: VecDeque<Line<'u>>,
    /// Number of the first line in `lines`.
    front: Id,
    /// The latest line with each key.
    latest: HashMap<u64, Id, foldhash::fast::FixedState>,
    peeler: Peeler,
    nothing: Line<'u>,
}

impl<'u, 'c> Lines<'u, 'c> {
    pub(super) fn new(unit: &'u Unit, context: Context<'c>) -> Self {
        Lines {
            unit,
            context,
            lines: VecDeque::new(),
            front: 0,
            latest: HashMap::default(),
            peeler: Peeler::new(context.framed),
            nothing: Line::default(),
        }
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
        let id = match self.lines.back() {
            Some(last) if start >= from && start <= last.end + NEAR_BYTES => {
                while self.lines.back().is_some_and(|l| l.start < start) {
                    if self.forward().is_none() {
                        break;
                    }
                }
                let found = self.lines.partition_point(|l| l.start < start);
                if self.lines.get(found).is_some_and(|l| l.start == start) { self.front + found as Id } else { self.restart(start) }
            }
            _ => self.restart(start),
        };
        self.know(id);
        id
    }

    /// The same, where no line around it matters: none is taken in for it.
    pub(super) fn alone_at(&mut self, start: usize) -> Id {
        let found = self.lines.partition_point(|l| l.start < start);
        let id = if self.lines.get(found).is_some_and(|l| l.start == start) { self.front + found as Id } else { self.restart(start) };
        self.know(id);
        id
    }

    fn restart(&mut self, start: usize) -> Id {
        self.lines.clear();
        self.latest.clear();
        self.front = 0;
        let line = self.cut(start);
        self.latest.insert(line.key, 0);
        self.lines.push_back(line);
        0
    }

    /// Takes in the line behind the window.
    fn forward(&mut self) -> Option<Id> {
        let last = self.lines.back()?;
        // `next_line` of the last one, whose end is known.
        let start = (last.end + 1 < self.unit.bytes.len()).then_some(last.end + 1)?;
        let mut line = self.cut(start);
        let id = self.back() + 1;
        if let Some(before) = self.latest.insert(line.key, id) {
            line.previous = Link::At(before);
            self.get_mut(before).next = Link::At(id);
        }
        self.lines.push_back(line);
        Some(id)
    }

    /// Takes in the line before the window.
    fn backward(&mut self) -> Option<Id> {
        let start = self.unit.previous_line(self.lines.front()?.start)?;
        let line = self.cut(start);
        self.front -= 1;
        let id = self.front;
        self.latest.entry(line.key).or_insert(id);
        self.lines.push_front(line);
        Some(id)
    }

    /// Finds the line's end and key; it is read when it turns out to matter.
    fn cut(&self, start: usize) -> Line<'u> {
        let (end, _) = self.unit.line_end(start);
        let raw = self.unit.bytes.get(start..end.min(start + MAX_LINE_BYTES)).unwrap_or_default();
        Line { start, end, key: key(raw), ..Line::default() }
    }

    /// Reads the line, once.
    fn know(&mut self, id: Id) {
        let line = self.get(id);
        if line.known {
            return;
        }
        let (start, end, key) = (line.start, line.end, line.key);
        let cut = end.min(start + MAX_LINE_BYTES);
        let mut raw = self.unit.bytes.get(start..cut).unwrap_or_default();
        if let Some(r) = raw.strip_suffix(b"\r") {
            raw = r;
        }
        let mut outer = Outer::default();
        let (text, lossy) = match std::str::from_utf8(raw) {
            Ok(t) => (self.peeler.peel(t, key, &mut outer), false),
            Err(_) => (Cow::Owned(self.peeler.peel(&String::from_utf8_lossy(raw), key, &mut outer).into_owned()), true),
        };
        let undecoded = lossy && cut == end;
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
        let indent = if shape == Shape::Head && !text.starts_with('{') { indent_in(&text) } else { None };
        let line = self.get_mut(id);
        (line.outer, line.text, line.shape, line.begins) = (outer, text, shape, begins);
        (line.truncated, line.undecoded, line.lossy, line.indent, line.known) = (cut < end, undecoded, lossy, indent, true);
    }

    /// Reads the line's layout, once.
    pub(super) fn alone(&mut self, id: Id) -> Alone {
        let line = self.get_mut(id);
        if let Some(known) = line.alone {
            return known;
        }
        let alone = if let Cow::Borrowed(text) = line.text {
            let parsed = parse(text);
            let alone = Alone::of(&parsed);
            line.parsed = Some(Box::new(parsed));
            alone
        } else {
            Alone::of(&parse(&line.text))
        };
        line.alone = Some(alone);
        alone
    }

    /// What the layout says of the line; `None` where that cannot be kept, and where it was taken.
    pub(super) fn parsed(&mut self, id: Id) -> Option<&Parsed<'u>> {
        if matches!(self.get(id).text, Cow::Borrowed(_)) {
            self.alone(id);
        }
        self.get(id).parsed.as_deref()
    }

    /// Where a frame begins behind its head.
    pub(super) fn frame(&mut self, id: Id) -> Option<usize> {
        if let Some(&known) = self.get(id).frame.get() {
            return known;
        }
        let text = self.get(id).text.clone();
        let found = self.parsed(id).map_or_else(|| frame_in(&text, &parse(&text)), |parsed| frame_in(&text, parsed));
        self.get_mut(id).frame = OnceCell::from(found);
        found
    }

    /// The same, for good.
    pub(super) fn take_parsed(&mut self, id: Id) -> Option<Parsed<'u>> {
        self.parsed(id)?;
        self.get_mut(id).parsed.take().map(|parsed| *parsed)
    }

    /// The line before in the same stream, skipping foreign streams and tool notices.
    pub(super) fn before(&mut self, id: Id, limit: usize) -> Option<Id> {
        let start = self.get(id).start;
        let mut at = id;
        loop {
            at = self.keyed_before(at, start, limit)?;
            if self.is_of_stream(at, id) {
                return Some(at);
            }
        }
    }

    /// The line after in the same stream.
    pub(super) fn after(&mut self, id: Id, limit: usize) -> Option<Id> {
        let start = self.get(id).start;
        let mut at = id;
        loop {
            at = self.keyed_after(at, start, limit)?;
            if self.is_of_stream(at, id) {
                return Some(at);
            }
        }
    }

    fn is_of_stream(&mut self, at: Id, id: Id) -> bool {
        self.know(at);
        self.get(at).outer.stream == self.get(id).outer.stream && !self.get(at).outer.notice
    }

    /// The nearest line before with the same key, at most `limit` bytes before `start`.
    fn keyed_before(&mut self, id: Id, start: usize, limit: usize) -> Option<Id> {
        let (own, key, link) = (self.get(id).start, self.get(id).key, self.get(id).previous);
        let reach = limit.saturating_sub(start - own);
        match link {
            Link::At(p) if p >= self.front => return (start - self.get(p).start <= limit).then_some(p),
            // What was dropped lies farther away than any limit.
            Link::At(_) => return None,
            Link::NoneWithin(bytes) if reach <= bytes => return None,
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
            if own - line.start > reach {
                self.get_mut(id).previous = Link::NoneWithin(reach);
                return None;
            }
            if line.key == key {
                self.get_mut(id).previous = Link::At(at);
                return Some(at);
            }
        }
    }

    fn keyed_after(&mut self, id: Id, start: usize, limit: usize) -> Option<Id> {
        let (own, key, link) = (self.get(id).start, self.get(id).key, self.get(id).next);
        let reach = limit.saturating_sub(own - start);
        match link {
            Link::At(n) => return (self.get(n).start - start <= limit).then_some(n),
            Link::NoneWithin(bytes) if reach <= bytes => return None,
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
            if line.start - own > reach {
                self.get_mut(id).next = Link::NoneWithin(reach);
                return None;
            }
            if line.key == key {
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
