//! The lines of one message, put together around a hit.
//!
//! In: a [`Unit`] and the start of a line. Out: the [`Record`] that the line belongs to.
//! Fails when: never; beyond the caps a record is cut.
//!
//! A record is a pure function of the bytes around it: whether a line continues the one before it depends on these two
//! lines only (within one stream, foreign streams' lines skipped), so it does not matter where blocks were cut.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::clock::{Assumed, Clock};
use super::envelope::{Outer, Piece, peel};
use super::layout::{is_frame, is_head, parse, read_fields};
use super::{Kind, Record, Severity, TimeBasis, service};
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Blank,
    Frame,
    Head,
    Plain,
}

struct Line<'u> {
    end: usize,
    text: Cow<'u, str>,
    outer: Outer,
    shape: Shape,
    truncated: bool,
    undecoded: bool,
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

/// Reads records out of one unit.
pub struct Joiner<'u, 'c> {
    unit: &'u Unit,
    context: Context<'c>,
    lines: BTreeMap<usize, Line<'u>>,
    times: BTreeMap<usize, Option<(i64, u32, usize)>>,
    states: BTreeMap<usize, Option<CaptureState>>,
    covered: BTreeSet<usize>,
}

impl<'u, 'c> Joiner<'u, 'c> {
    /// A joiner for one unit.
    pub fn new(unit: &'u Unit, context: Context<'c>) -> Self {
        Joiner { unit, context, lines: BTreeMap::new(), times: BTreeMap::new(), states: BTreeMap::new(), covered: BTreeSet::new() }
    }

    /// The record that the line at `start` belongs to, or `None` if it was already given, is blank, or belongs to the
    /// unit before this one.
    /// `answered(offset, line)` says whether an earlier line of the record would have been asked for
    /// by the unit that it starts in.
    pub fn record_at(&mut self, start: usize, answered: &dyn Fn(u64, &[u8]) -> bool) -> Option<Joined> {
        if self.covered.contains(&start) {
            return None;
        }
        let (head, walked) = self.head_of(start);
        let members = self.members(head, start, &walked);
        for &m in &members {
            self.covered.insert(m);
        }
        if head < self.unit.own.start {
            let earlier = members.iter().take_while(|&&m| m < self.unit.own.start);
            for &m in earlier {
                let end = self.line(m).end;
                if answered(self.unit.base + m as u64, self.unit.bytes.get(m..end).unwrap_or_default()) {
                    return None;
                }
            }
        }
        if members.iter().all(|&m| self.line(m).shape == Shape::Blank) {
            return None;
        }
        let joined = self.build(&members);
        // What lies behind is not asked for again; keep memory flat over large units.
        if self.lines.len() > 4096 {
            let keep_from = start.saturating_sub(INHERIT_BYTES + MAX_RECORD_BYTES);
            self.lines = self.lines.split_off(&keep_from);
            self.times = self.times.split_off(&keep_from);
            self.states = self.states.split_off(&keep_from);
            self.covered = self.covered.split_off(&keep_from);
        }
        Some(joined)
    }

    fn line(&mut self, start: usize) -> &Line<'u> {
        if !self.lines.contains_key(&start) {
            let line = self.read(start);
            self.lines.insert(start, line);
        }
        &self.lines[&start]
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
        Line { end, text, outer, shape, truncated: cut < end, undecoded }
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

    /// Walks back from `start` to the head of its record: the head and the lines between, nearest first.
    fn head_of(&mut self, start: usize) -> (usize, Vec<usize>) {
        let mut head = start;
        let mut walked = Vec::new();
        while walked.len() < MAX_RECORD_LINES && start - head <= MAX_RECORD_BYTES {
            let Some(before) = self.before(head, MAX_RECORD_BYTES) else { break };
            if !self.continues(before, head) {
                return (head, walked);
            }
            walked.push(head);
            head = before;
        }
        if walked.len() >= MAX_RECORD_LINES || start - head > MAX_RECORD_BYTES {
            // No head within the caps: the line stands for itself.
            return (start, Vec::new());
        }
        (head, walked)
    }

    fn members(&mut self, head: usize, start: usize, walked: &[usize]) -> Vec<usize> {
        let mut members = vec![head];
        members.extend(walked.iter().rev());
        let mut last = start.max(head);
        while members.len() < MAX_RECORD_LINES && last - head <= MAX_RECORD_BYTES {
            let Some(next) = self.after(last, MAX_RECORD_BYTES) else { break };
            if !self.continues(last, next) {
                break;
            }
            members.push(next);
            last = next;
        }
        while members.len() > 1 && members.last().is_some_and(|&m| self.line(m).shape == Shape::Blank) {
            members.pop();
        }
        members
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
            match self.before(at, INHERIT_BYTES) {
                Some(b) if start - b <= INHERIT_BYTES => at = b,
                _ => break None,
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

    fn build(&mut self, members: &[usize]) -> Joined {
        let Some(&head) = members.first() else { return Joined::default() };
        let capture = self.state(head).is_some();
        let mut out = Joined::default();
        let time = self.own_time(head);
        let inherited = if time.is_none() { self.near_time(head) } else { None };
        let base = self.unit.base;
        let mut text = String::new();
        let mut starts = Vec::with_capacity(members.len());
        let mut open_piece = false;
        for &m in members {
            let line = self.line(m);
            if !text.is_empty() && !open_piece {
                text.push('\n');
            }
            starts.push((text.len(), base + m as u64));
            text.push_str(&line.text);
            open_piece = line.outer.piece == Piece::Part;
            out.undecoded |= line.undecoded;
            out.truncated |= line.truncated;
        }
        let Some(first) = self.lines.get(&head) else { return out };
        let outer = first.outer.clone();
        // The layout reads the head line; pretty-printed JSON and split lines are read whole.
        let pieces = members.len() > 1 && outer.piece == Piece::Part;
        let head_end = if pieces {
            last_piece_end(&text, &starts, members, &self.lines)
        } else {
            starts.get(1).map_or(text.len(), |s| s.0.saturating_sub(1))
        };
        let pretty = text.starts_with('{') || text.get(..head_end).is_some_and(ends_open);
        let head_text = if pretty && members.len() > 1 && !pieces { text.as_str() } else { text.get(..head_end).unwrap_or(&text) };
        let mut parsed = parse(head_text);
        let rest = text.get(head_text.len()..).unwrap_or("");
        if !rest.is_empty() && !capture {
            // Two-line heads (.NET's console) and structured tails carry fields behind the head line.
            read_fields(rest, &mut parsed);
        }
        let mut record = Record {
            offset: base + head as u64,
            lines: members.len() as u32,
            severity: if parsed.severity == Severity::Unknown { outer.severity } else { parsed.severity },
            service: parsed.service.clone().filter(|_| !parsed.service_is_guess),
            instance: parsed.instance.clone(),
            logger: parsed.logger.clone(),
            trace: match (&parsed.trace, &outer.trace) {
                (Some(_), Some(wrapper)) if parsed.trace_is_request => Some(wrapper.clone()),
                (inner, wrapper) => inner.clone().or_else(|| wrapper.clone()),
            },
            attributes: parsed.attributes.clone(),
            kind: parsed.kind.clone(),
            stream: outer.stream,
            ..Record::default()
        };
        let guess = parsed.service.clone();
        if capture {
            record.kind = Kind::Capture;
            record.body.clone_from(&text);
            record.line_starts = starts;
        } else {
            let shift = head_text.len();
            record.body = parsed.message.into_owned();
            let message_len = record.body.len();
            record.body.push_str(rest);
            record.line_starts =
                starts.into_iter().map(|(at, offset)| (if at < shift { 0 } else { at - shift + message_len }, offset)).collect();
        }
        if outer.notice {
            record.kind = Kind::Notice;
        }
        record.instance = outer.pod.clone().or(record.instance).or_else(|| outer.container.clone()).or_else(|| outer.host.clone());
        record.service = record
            .service
            .or(outer.service)
            .or_else(|| outer.pod.as_deref().and_then(service::from_pod_name))
            .or(guess)
            .or_else(|| self.context.path_service.map(str::to_string));
        match (time, inherited) {
            (Some((ms, resolution, basis, assumed)), _) => {
                (record.time_ms, record.resolution_ms, record.basis) = (Some(ms), resolution, basis);
                out.assumed = assumed;
            }
            (None, Some((ms, resolution, _))) => {
                (record.time_ms, record.resolution_ms, record.basis) = (Some(ms), resolution, TimeBasis::Inherited);
            }
            (None, None) => {}
        }
        out.position = outer.position;
        out.format = outer.layers.iter().copied().chain([parsed.layout]).collect::<Vec<_>>().join("+");
        out.record = record;
        out
    }
}

/// End in `text` of the logical line that the leading pieces form.
fn last_piece_end(text: &str, starts: &[(usize, u64)], members: &[usize], lines: &BTreeMap<usize, Line<'_>>) -> usize {
    for (i, m) in members.iter().enumerate() {
        if lines.get(m).is_some_and(|l| l.outer.piece != Piece::Part) {
            return starts.get(i + 1).map_or(text.len(), |s| s.0.saturating_sub(1));
        }
    }
    text.len()
}

/// The line opens a JSON object or array that later lines close.
fn ends_open(text: &str) -> bool {
    matches!(text.trim_end().as_bytes().last(), None | Some(b'{' | b'['))
}

/// `pkg.SomeError: text`, `SomeException`, `panic: …`: how the text of an exception begins.
fn looks_like_exception(text: &str) -> bool {
    if text.starts_with("panic: ") || text.starts_with("fatal error: ") {
        return true;
    }
    let name = text.split([':', ' ', '(']).next().unwrap_or("");
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$' | b'\\'));
    const ENDS: [&str; 10] =
        ["Error", "Exception", "Throwable", "Fault", "Timeout", "Exhausted", "Interrupt", "Failure", "Exit", "Warning"];
    plain && (ENDS.iter().any(|e| name.ends_with(e)) || (name.contains('.') && text.get(name.len()..).is_some_and(|r| r.starts_with(": "))))
}

/// `main.serve(0xc000, …)`: a frame of a Go stack.
fn looks_like_call(text: &str) -> bool {
    text.ends_with(')') && text.split('(').next().is_some_and(|f| !f.is_empty() && !f.contains(' '))
}

/// Ruby's `file.rb:35:in 'call': text (Class)`.
fn looks_like_backtrace(text: &str) -> bool {
    text.contains(":in `") || text.contains(":in '")
}
