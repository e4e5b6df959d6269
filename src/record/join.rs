//! The lines of one message, put together around a hit.
//!
//! In: a [`Unit`] and the start of a line. Out: the [`Record`] that the line belongs to.
//! Fails when: never; beyond the caps a record is cut.
//!
//! A record is a pure function of the bytes around it: whether a line continues the one before it depends on these two
//! lines only (within one stream, foreign streams' lines skipped), so it does not matter where blocks were cut.

mod build;
mod continuation;
mod format;
mod headed;
mod key;
mod lines;
mod sought;
mod time;

use self::continuation::{ends_open, looks_like_backtrace, looks_like_call, looks_like_exception, looks_like_symbol};
pub use self::format::{Format, Formats};
use self::headed::{is_thrown, share_head};
use self::lines::{Id, Lines, Shape};
pub use self::sought::{All, Sought};
use super::Record;
use super::clock::{Assumed, Clock};
use super::envelope::Piece;
use super::layout::{awaits_message, parse};
use std::cell::OnceCell;

use crate::scan::{MARGIN, Unit};

/// Physical lines of one record at most; longer stack traces exist but say nothing new after that.
pub const MAX_RECORD_LINES: usize = 512;
/// Bytes of one record at most; with the walk back it stays inside the margin of a unit.
pub const MAX_RECORD_BYTES: usize = 96 * 1024;
/// Bytes of one physical line that are read; the rest is counted as truncated.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
/// A writer sets the lines of one message without a pause of this length. Milliseconds.
const MAX_PAUSE_MS: u64 = 3_000;
/// Distance over which a line without a time takes that of the nearest dated line before it in its stream.
pub const INHERIT_BYTES: usize = 64 * 1024;
const _: () = assert!(MAX_RECORD_BYTES + INHERIT_BYTES + MAX_LINE_BYTES <= MARGIN);

/// State of a capture after one of its lines: a kind and what of it was seen so far. Opaque here.
pub type CaptureState = (u8, u64);

/// What of captures the joiner must know; filled in by the pipeline, since captures are a later stage.
#[derive(Clone, Copy)]
pub struct CaptureRules {
    /// The state that a line begins by itself, or `None`.
    pub begins: fn(&str) -> Option<CaptureState>,
    /// The state after a further line, or `None` when the line is not of the same capture record.
    pub step: fn(CaptureState, &str) -> Option<CaptureState>,
}

/// Lines that the state of a capture is followed back over; the longest INFO has some 300.
const MAX_CAPTURE_LINES: usize = 2048;

/// What is fixed for one source.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// Lines carry the in-band header of a document decoder.
    pub framed: bool,
    /// How missing zone, year and date are settled.
    pub clock: Clock,
    /// Service that the source's name tells, for records that tell none.
    pub path_service: Option<&'c str>,
    /// Captures.
    pub captures: CaptureRules,
}

/// A record with what the tally wants to know about how it was read.
#[derive(Debug, Default)]
pub struct Joined {
    /// The record.
    pub record: Record,
    /// Layout and wrappers, for the report's `format`.
    pub format: Format,
    /// Parts of its time that were assumed.
    pub assumed: Assumed,
    /// Some line was not UTF-8.
    pub undecoded: bool,
    /// Some line was cut.
    pub truncated: bool,
    /// Position inside the document, where a decoder says so.
    pub position: Option<u64>,
    /// One of its lines is asked for; not known of heads that were read alone.
    pub asked: bool,
}

/// Where a line stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The record's first line, and how many of its lines stand between.
    In { head: Id, index: usize },
    /// The record's first line is farther away than its caps allow.
    Beyond,
}

/// Reads records out of one unit.
pub struct Joiner<'u, 'c> {
    unit: &'u Unit,
    context: Context<'c>,
    lines: Lines<'u, 'c>,
}

impl<'u, 'c> Joiner<'u, 'c> {
    /// A joiner for one unit.
    pub fn new(unit: &'u Unit, context: Context<'c>) -> Self {
        Joiner { unit, context, lines: Lines::new(unit, context) }
    }

    /// The record that the line at `start` belongs to, or `None` if it was already given, is blank, or belongs to the
    /// unit before this one because an earlier line of it is asked for there.
    pub fn record_at(&mut self, start: usize, sought: &dyn Sought) -> Option<Joined> {
        let asked = self.lines.at(start);
        let shape = self.lines.get(asked).shape;
        // Blank lines belong to what stands before them and say nothing by themselves.
        if self.lines.get(asked).covered || shape == Shape::Blank {
            return None;
        }
        let (members, cut) = match self.place(asked) {
            Place::In { head, .. } => self.members(head),
            // The tail of a record that was cut: a line there stands for itself, a frame says nothing.
            Place::Beyond if shape == Shape::Frame || self.lines.frame(asked).is_some() => return None,
            Place::Beyond => (vec![asked], false),
        };
        for &m in &members {
            self.lines.get_mut(m).covered = true;
        }
        for &m in &members {
            let line = self.lines.get(m);
            if line.start >= self.unit.own.start {
                break;
            }
            if line.shape != Shape::Blank && self.asked(m, sought) {
                return None;
            }
        }
        let asked = members.iter().any(|&m| self.asked(m, sought));
        let mut joined = self.build(&members);
        joined.truncated |= cut;
        joined.asked = asked;
        self.lines.trim(start);
        Some(joined)
    }

    /// Whether the record of the line at `start` is asked for on account of this line.
    pub fn asks(&mut self, start: usize, sought: &dyn Sought) -> bool {
        let id = self.lines.alone_at(start);
        let asked = self.asked(id, sought);
        if !asked {
            self.lines.trim(start);
        }
        asked
    }

    fn asked(&mut self, id: Id, sought: &dyn Sought) -> bool {
        let line = self.lines.get(id);
        if let Some(known) = line.asked {
            return known;
        }
        let raw = self.unit.bytes.get(line.start..line.end.min(line.start + MAX_LINE_BYTES)).unwrap_or_default();
        let asked = sought.holds(line.start, raw) && self.worth(id, sought);
        self.lines.get_mut(id).asked = Some(asked);
        asked
    }

    fn worth(&mut self, id: Id, sought: &dyn Sought) -> bool {
        let line = self.lines.get(id);
        if line.lossy || line.outer.piece != Piece::Whole || line.begins.is_some() {
            return true;
        }
        // The wrapper is lent out, since what the layout kept borrows the lines.
        let outer = std::mem::take(&mut self.lines.get_mut(id).outer);
        let worth = match self.lines.parsed(id) {
            Some(parsed) => sought.worth(&outer, parsed),
            None => sought.worth(&outer, &parse(&self.lines.get(id).text)),
        };
        self.lines.get_mut(id).outer = outer;
        worth
    }

    /// The line at `start` read by itself, if it is the first of a record: for samples, which need no lines around it.
    pub fn head_at(&mut self, start: usize) -> Option<Joined> {
        let id = self.lines.alone_at(start);
        let line = self.lines.get(id);
        let first = match line.shape {
            Shape::Head => true,
            Shape::Plain => line.outer.time.is_some() && !line.text.starts_with([' ', '\t']) && !looks_like_exception(&line.text),
            Shape::Blank | Shape::Frame => false,
        };
        if !first || line.begins.is_some() || line.outer.notice {
            return None;
        }
        let outer = line.outer.clone();
        let joined = self.build(&[id]);
        // The line may be asked for again, as a part of its record.
        self.lines.get_mut(id).outer = outer;
        Some(joined)
    }

    /// Whether `at` continues the line `before` it.
    fn continues(&mut self, before: Id, at: Id) -> bool {
        let captures = self.context.captures;
        let state = self.state(before);
        // Only a frame behind a head asks whose line that head is.
        let behind_head = self.lines.get(at).shape == Shape::Frame && self.lines.get(before).shape == Shape::Head;
        let behind_server = behind_head && self.lines.alone(before).server;
        // Spring Boot and loguru set blank lines between a message and its trace.
        let apart = self.lines.get(at).shape == Shape::Plain && self.lines.get(before).shape == Shape::Blank;
        let of_dated = apart && looks_like_exception(&self.lines.get(at).text) && self.is_dated(before);
        let headed = self.goes_on(before, at);
        let (prev, cur) = (self.lines.get(before), self.lines.get(at));
        if prev.outer.piece == Piece::Part || cur.outer.continuation {
            return true;
        }
        if let Some(state) = state {
            return (captures.step)(state, &cur.text).is_some();
        }
        if cur.begins.is_some() || cur.outer.opens {
            return false;
        }
        if prev.outer.opens {
            return cur.text.trim_end() == "{";
        }
        if cur.outer.time.zip(prev.outer.time).is_some_and(|(at, before)| at.apart_ms(before).is_some_and(|ms| ms > MAX_PAUSE_MS)) {
            return false;
        }
        if prev.outer.position.is_some() && cur.outer.position != prev.outer.position {
            // Items of a document are records of their own, except for the frames of a trace shipped line by line.
            return cur.shape == Shape::Frame && cur.outer.position.is_some();
        }
        match cur.shape {
            Shape::Head | Shape::Plain if prev.shape == Shape::Head && awaits_message(&prev.text) => !awaits_message(&cur.text),
            Shape::Head if cur.text.trim_end() == "{" => ends_open(&prev.text),
            Shape::Head => headed,
            // The server writes no stack traces of clients: frames behind its lines belong to something else.
            Shape::Frame if behind_server => cur.text.starts_with([' ', '\t']),
            Shape::Frame | Shape::Blank => prev.shape != Shape::Blank || cur.shape == Shape::Frame,
            // A sentence that goes on: `…, timeout is 10000ms),` and its next line.
            Shape::Plain if prev.shape != Shape::Blank && prev.text.trim_end().ends_with(',') => true,
            Shape::Plain => match prev.shape {
                Shape::Frame => looks_like_exception(&cur.text) || looks_like_call(&cur.text) || looks_like_symbol(&cur.text),
                Shape::Head => looks_like_exception(&cur.text) || looks_like_backtrace(&cur.text) || looks_like_symbol(&cur.text),
                Shape::Blank => of_dated || looks_like_call(&cur.text),
                Shape::Plain => looks_like_exception(&prev.text) && looks_like_call(&cur.text),
            },
        }
    }

    /// Whether the line goes on the trace of the line before it, behind a head that both have.
    fn goes_on(&mut self, before: Id, at: Id) -> bool {
        let (line, other) = (self.lines.get(at), self.lines.get(before));
        let heads = line.shape == Shape::Head && other.shape == Shape::Head;
        let Some(indent) = line.indent.or(other.indent) else { return false };
        if !heads || !share_head(&line.text, &other.text, indent) {
            return false;
        }
        let frame = self.lines.frame(at);
        let Some(head) = frame.or_else(|| self.lines.frame(before)) else { return false };
        let times = self.lines.alone(at).time.zip(self.lines.alone(before).time);
        let paused = times.is_some_and(|(at, before)| at.apart_ms(before).is_some_and(|ms| ms > MAX_PAUSE_MS));
        let (line, other) = (&self.lines.get(at).text, &self.lines.get(before).text);
        !paused && share_head(line, other, head) && (frame.is_some() || is_thrown(line, other, head))
    }

    /// Whether the line is of a record that begins with a time of its own. A remark for developers says nothing by itself:
    /// what is thrown behind it does.
    fn is_dated(&mut self, id: Id) -> bool {
        let Place::In { head, .. } = self.place(id) else { return false };
        let alone = self.lines.alone(head);
        self.lines.get(head).shape == Shape::Head && alone.time.is_some() && !alone.debug
    }

    /// The state of a capture after the line; `None` for ordinary lines.
    fn state(&mut self, id: Id) -> Option<CaptureState> {
        let step = self.context.captures.step;
        let from = self.lines.get(id).start;
        let mut chain = Vec::new();
        let mut at = id;
        let mut state = loop {
            let line = self.lines.get_mut(at);
            if let Some(&known) = line.state.get() {
                break known;
            }
            if line.shape == Shape::Head && line.begins.is_none() {
                line.state = OnceCell::from(None);
                break None;
            }
            chain.push(at);
            match self.lines.before(at, MAX_RECORD_BYTES) {
                Some(b) if chain.len() < MAX_CAPTURE_LINES && from - self.lines.get(b).start <= MAX_RECORD_BYTES => at = b,
                _ => break None,
            }
        };
        for &c in chain.iter().rev() {
            let line = self.lines.get_mut(c);
            state = state.and_then(|s| step(s, &line.text)).or(line.begins);
            line.state = OnceCell::from(state);
        }
        state
    }

    /// Where the line stands in its record.
    fn place(&mut self, asked: Id) -> Place {
        let start = self.lines.get(asked).start;
        let mut walked = Vec::new();
        let mut at = asked;
        let mut place = loop {
            if let Some(known) = self.lines.get(at).place {
                break known;
            }
            if walked.len() >= MAX_RECORD_LINES || start - self.lines.get(at).start > MAX_RECORD_BYTES {
                // Only of the asking line: those between may stand near enough to their head.
                self.lines.get_mut(asked).place = Some(Place::Beyond);
                return Place::Beyond;
            }
            match self.lines.before(at, MAX_RECORD_BYTES) {
                Some(before) if self.continues(before, at) => {
                    walked.push(at);
                    at = before;
                }
                _ => {
                    let head = Place::In { head: at, index: 0 };
                    self.lines.get_mut(at).place = Some(head);
                    break head;
                }
            }
        };
        for id in walked.into_iter().rev() {
            let line = self.lines.get(id).start;
            place = match place {
                Place::In { head, index } if index + 1 < MAX_RECORD_LINES && line - self.lines.get(head).start <= MAX_RECORD_BYTES => {
                    Place::In { head, index: index + 1 }
                }
                _ => Place::Beyond,
            };
            self.lines.get_mut(id).place = Some(place);
        }
        place
    }

    /// The lines of the record that begins at `head`, and whether more would follow beyond the caps.
    fn members(&mut self, head: Id) -> (Vec<Id>, bool) {
        let from = self.lines.get(head).start;
        let mut members = vec![head];
        let mut last = head;
        let mut cut = false;
        while let Some(next) = self.lines.after(last, MAX_RECORD_BYTES) {
            if !self.continues(last, next) {
                break;
            }
            if members.len() >= MAX_RECORD_LINES || self.lines.get(next).start - from > MAX_RECORD_BYTES {
                cut = true;
                break;
            }
            members.push(next);
            last = next;
        }
        while members.len() > 1 && members.last().is_some_and(|&m| self.lines.get(m).shape == Shape::Blank) {
            members.pop();
        }
        (members, cut)
    }
}

#[cfg(test)]
mod tests;
