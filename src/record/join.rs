//! The lines of one message, put together around a hit.
//!
//! In: a [`Unit`] and the start of a line. Out: the [`Record`] that the line belongs to.
//! Fails when: never; beyond the caps a record is cut.
//!
//! A record is a pure function of the bytes around it: whether a line continues the one before it depends on these two
//! lines only (within one stream, foreign streams' lines skipped), so it does not matter where blocks were cut.

mod build;
mod continuation;
mod line;

use std::collections::{BTreeMap, BTreeSet};

use self::continuation::{ends_open, looks_like_backtrace, looks_like_call, looks_like_exception};
use self::line::{Line, Shape, read};
use super::Kind;
use super::clock::{Assumed, Clock};
use super::envelope::Piece;
use super::layout::parse;
use super::{Record, TimeBasis};
use crate::scan::{MARGIN, Unit};

/// Physical lines of one record at most; longer stack traces exist but say nothing new after that.
pub const MAX_RECORD_LINES: usize = 512;
/// Bytes of one record at most; with the walk back it stays inside the margin of a unit.
pub const MAX_RECORD_BYTES: usize = 96 * 1024;
/// Bytes of one physical line that are read; the rest is counted as truncated.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
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
    pub format: String,
    /// Parts of its time that were assumed.
    pub assumed: Assumed,
    /// Some line was not UTF-8.
    pub undecoded: bool,
    /// Some line was cut.
    pub truncated: bool,
    /// Position inside the document, where a decoder says so.
    pub position: Option<u64>,
}

/// Where a line stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The record's first line, and how many of its lines stand between.
    In { head: usize, index: usize },
    /// The record's first line is farther away than its caps allow.
    Beyond,
}

/// Reads records out of one unit.
pub struct Joiner<'u, 'c> {
    unit: &'u Unit,
    context: Context<'c>,
    lines: BTreeMap<usize, Line<'u>>,
    times: BTreeMap<usize, Option<(i64, u32, usize)>>,
    states: BTreeMap<usize, Option<CaptureState>>,
    /// For a line without a time near it: the start of the run of undated lines that was walked.
    undated: BTreeMap<usize, usize>,
    places: BTreeMap<usize, Place>,
    covered: BTreeSet<usize>,
}

impl<'u, 'c> Joiner<'u, 'c> {
    /// A joiner for one unit.
    pub fn new(unit: &'u Unit, context: Context<'c>) -> Self {
        Joiner {
            unit,
            context,
            lines: BTreeMap::new(),
            times: BTreeMap::new(),
            states: BTreeMap::new(),
            undated: BTreeMap::new(),
            places: BTreeMap::new(),
            covered: BTreeSet::new(),
        }
    }

    /// The record that the line at `start` belongs to, or `None` if it was already given, is blank, or belongs to the
    /// unit before this one.
    /// `answered(offset, line)` says whether an earlier line of the record would have been asked for
    /// by the unit that it starts in.
    pub fn record_at(&mut self, start: usize, answered: &dyn Fn(u64, &[u8]) -> bool) -> Option<Joined> {
        if self.covered.contains(&start) {
            return None;
        }
        if self.line(start).shape == Shape::Blank {
            // Blank lines belong to what stands before them and say nothing by themselves.
            return None;
        }
        let (members, cut) = match self.place(start) {
            Place::In { head, .. } => self.members(head),
            // The tail of a record that was cut: a line there stands for itself, a frame says nothing.
            Place::Beyond if self.line(start).shape == Shape::Frame => return None,
            Place::Beyond => (vec![start], false),
        };
        self.covered.extend(&members);
        for &m in members.iter().take_while(|&&m| m < self.unit.own.start) {
            let line = self.line(m);
            let (end, blank) = (line.end, line.shape == Shape::Blank);
            if !blank && answered(self.unit.base + m as u64, self.unit.bytes.get(m..end).unwrap_or_default()) {
                return None;
            }
        }
        let mut joined = self.build(&members);
        joined.truncated |= cut;
        // What lies behind is not asked for again; keep memory flat over large units.
        if self.lines.len() > 4096 {
            let keep_from = start.saturating_sub(INHERIT_BYTES + MAX_RECORD_BYTES);
            self.lines = self.lines.split_off(&keep_from);
            self.times = self.times.split_off(&keep_from);
            self.states = self.states.split_off(&keep_from);
            self.undated = self.undated.split_off(&keep_from);
            self.places = self.places.split_off(&keep_from);
            self.covered = self.covered.split_off(&keep_from);
        }
        Some(joined)
    }

    fn line(&mut self, start: usize) -> &Line<'u> {
        if !self.lines.contains_key(&start) {
            let line = read(self.unit, start, self.context.framed);
            self.lines.insert(start, line);
        }
        &self.lines[&start]
    }

    /// The line before `start` in the same stream, skipping foreign streams and tool notices.
    fn before(&mut self, start: usize, limit: usize) -> Option<usize> {
        let stream = self.line(start).outer.stream;
        let mut at = start;
        loop {
            at = self.unit.previous_line(at)?;
            if start - at > limit {
                return None;
            }
            let line = self.line(at);
            if line.outer.stream == stream && !line.outer.notice {
                return Some(at);
            }
        }
    }

    fn after(&mut self, start: usize, limit: usize) -> Option<usize> {
        let stream = self.line(start).outer.stream;
        let mut at = start;
        loop {
            at = self.unit.next_line(at)?;
            if at - start > limit {
                return None;
            }
            let line = self.line(at);
            if line.outer.stream == stream && !line.outer.notice {
                return Some(at);
            }
        }
    }

    /// Whether `at` continues the line `before` it.
    fn continues(&mut self, before: usize, at: usize) -> bool {
        let captures = self.context.captures;
        let state = self.state(before);
        self.line(at);
        let (Some(prev), Some(cur)) = (self.lines.get(&before), self.lines.get(&at)) else { return false };
        if prev.outer.piece == Piece::Part || cur.outer.continuation {
            return true;
        }
        if let Some(state) = state {
            return (captures.step)(state, &cur.text).is_some();
        }
        if (captures.begins)(&cur.text).is_some() {
            return false;
        }
        if prev.outer.position.is_some() && cur.outer.position != prev.outer.position {
            // Items of a document are records of their own, except for the frames of a trace shipped line by line.
            return cur.shape == Shape::Frame && cur.outer.position.is_some();
        }
        match cur.shape {
            Shape::Head if cur.text.trim_end() == "{" => ends_open(&prev.text),
            Shape::Head => false,
            // The server writes no stack traces of clients: frames behind its lines belong to something else.
            Shape::Frame if prev.shape == Shape::Head && matches!(parse(&prev.text).kind, Kind::Server { .. }) => {
                cur.text.starts_with([' ', '\t'])
            }
            Shape::Frame | Shape::Blank => prev.shape != Shape::Blank || cur.shape == Shape::Frame,
            // A sentence that goes on: `…, timeout is 10000ms),` and its next line.
            Shape::Plain if prev.shape != Shape::Blank && prev.text.trim_end().ends_with(',') => true,
            Shape::Plain => match prev.shape {
                Shape::Frame => looks_like_exception(&cur.text) || looks_like_call(&cur.text),
                Shape::Head => looks_like_exception(&cur.text) || looks_like_backtrace(&cur.text),
                Shape::Blank => looks_like_call(&cur.text),
                Shape::Plain => looks_like_exception(&prev.text) && looks_like_call(&cur.text),
            },
        }
    }

    /// The state of a capture after the line at `start`; `None` for ordinary lines.
    fn state(&mut self, start: usize) -> Option<CaptureState> {
        let captures = self.context.captures;
        let mut chain = Vec::new();
        let mut at = start;
        let mut state = loop {
            if let Some(known) = self.states.get(&at) {
                break *known;
            }
            let line = self.line(at);
            let begins = (captures.begins)(&line.text);
            if line.shape == Shape::Head && begins.is_none() {
                self.states.insert(at, None);
                break None;
            }
            chain.push(at);
            match self.before(at, MAX_RECORD_BYTES) {
                Some(b) if chain.len() < MAX_CAPTURE_LINES && start - b <= MAX_RECORD_BYTES => at = b,
                _ => break None,
            }
        };
        for &c in chain.iter().rev() {
            let text = self.line(c).text.clone();
            state = state.and_then(|s| (captures.step)(s, &text)).or_else(|| (captures.begins)(&text));
            self.states.insert(c, state);
        }
        state
    }

    /// Where the line stands in its record.
    fn place(&mut self, start: usize) -> Place {
        let mut walked = Vec::new();
        let mut at = start;
        let mut place = loop {
            if let Some(known) = self.places.get(&at) {
                break *known;
            }
            if walked.len() >= MAX_RECORD_LINES || start - at > MAX_RECORD_BYTES {
                // Only of the asking line: those between may stand near enough to their head.
                self.places.insert(start, Place::Beyond);
                return Place::Beyond;
            }
            match self.before(at, MAX_RECORD_BYTES) {
                Some(before) if self.continues(before, at) => {
                    walked.push(at);
                    at = before;
                }
                _ => {
                    let head = Place::In { head: at, index: 0 };
                    self.places.insert(at, head);
                    break head;
                }
            }
        };
        for line in walked.into_iter().rev() {
            place = match place {
                Place::In { head, index } if index + 1 < MAX_RECORD_LINES && line - head <= MAX_RECORD_BYTES => {
                    Place::In { head, index: index + 1 }
                }
                _ => Place::Beyond,
            };
            self.places.insert(line, place);
        }
        place
    }

    /// The lines of the record that begins at `head`, and whether more would follow beyond the caps.
    fn members(&mut self, head: usize) -> (Vec<usize>, bool) {
        let mut members = vec![head];
        let mut last = head;
        let mut cut = false;
        while let Some(next) = self.after(last, MAX_RECORD_BYTES) {
            if !self.continues(last, next) {
                break;
            }
            if members.len() >= MAX_RECORD_LINES || next - head > MAX_RECORD_BYTES {
                cut = true;
                break;
            }
            members.push(next);
            last = next;
        }
        while members.len() > 1 && members.last().is_some_and(|&m| self.line(m).shape == Shape::Blank) {
            members.pop();
        }
        (members, cut)
    }

    /// Time of the line itself: its layout's, else its wrapper's.
    fn own_time(&mut self, start: usize) -> Option<(i64, u32, TimeBasis, Assumed)> {
        let clock = self.context.clock;
        let line = self.line(start);
        let own = (line.shape == Shape::Head).then(|| parse(&line.text).time).flatten();
        let (stamp, basis) = match (own, line.outer.time) {
            (Some(s), _) => (s, TimeBasis::Own),
            (None, Some(s)) => (s, TimeBasis::Envelope),
            (None, None) => return None,
        };
        let (ms, assumed) = clock.settle(stamp);
        Some((ms, stamp.resolution_ms, basis, assumed))
    }

    /// Time of the nearest dated line at or before `start` in its stream: (time, resolution, where).
    fn near_time(&mut self, start: usize) -> Option<(i64, u32, usize)> {
        let mut chain = Vec::new();
        let mut at = start;
        let found = loop {
            if let Some(known) = self.times.get(&at) {
                break *known;
            }
            if let Some((ms, resolution, ..)) = self.own_time(at) {
                break Some((ms, resolution, at));
            }
            chain.push(at);
            // Lines of which an earlier walk found that they have no time are stepped over at once.
            let from = self.undated.get(&at).copied().unwrap_or(at);
            match self.before(from, INHERIT_BYTES) {
                Some(b) if start - b <= INHERIT_BYTES => at = b,
                _ => {
                    self.undated.insert(start, from);
                    break None;
                }
            }
        };
        // Each line remembers where its time stands, not the time alone: distance counts from the asking line.
        // A line whose walk was cut by distance remembers nothing beyond itself.
        for c in chain {
            if let Some((_, _, dated)) = found
                && c - dated <= INHERIT_BYTES
            {
                self.times.insert(c, found);
            }
        }
        found.filter(|(_, _, dated)| start - dated <= INHERIT_BYTES)
    }
}

#[cfg(test)]
mod tests;
