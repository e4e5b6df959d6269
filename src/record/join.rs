//! The lines of one message, put together around a hit.
//!
//! In: a [`Unit`] and the start of a line. Out: the [`Record`] that the line belongs to.
//! Fails when: never; beyond the caps a record is cut.
//!
//! A record is a pure function of the bytes around it: whether a line continues the one before it depends on these two
//! lines only (within one stream, foreign streams' lines skipped), so it does not matter where blocks were cut.

use std::borrow::Cow;

use super::clock::{Assumed, Clock};
use super::envelope::Piece;
use super::layout::{is_frame, is_head, parse, read_fields};
use super::{Kind, Record, Severity, Stamp, TimeBasis, service};
use crate::scan::{MARGIN, Unit};

mod lines;

use lines::{Id, Lines};

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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    Blank,
    Frame,
    Head,
    Plain,
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
    lines: Lines<'u, 'c>,
}

impl<'u, 'c> Joiner<'u, 'c> {
    /// A joiner for one unit.
    pub fn new(unit: &'u Unit, context: Context<'c>) -> Self {
        Joiner { unit, context, lines: Lines::new(unit, context) }
    }

    /// The record that the line at `start` belongs to, or `None` if it was already given, is blank, or belongs to the
    /// unit before this one.
    /// `answered(offset, line)` says whether an earlier line of the record would have been asked for
    /// by the unit that it starts in.
    pub fn record_at(&mut self, start: usize, answered: &dyn Fn(u64, &[u8]) -> bool) -> Option<Joined> {
        let asked = self.lines.at(start);
        if self.lines.get(asked).covered {
            return None;
        }
        let (head, walked) = self.head_of(asked);
        let members = self.members(head, asked, &walked);
        for &m in &members {
            self.lines.get_mut(m).covered = true;
        }
        for &m in &members {
            let line = self.lines.get(m);
            if line.start >= self.unit.own.start {
                break;
            }
            if answered(self.unit.base + line.start as u64, self.unit.bytes.get(line.start..line.end).unwrap_or_default()) {
                return None;
            }
        }
        if members.iter().all(|&m| self.lines.get(m).shape == Shape::Blank) {
            return None;
        }
        let joined = self.build(&members);
        self.lines.trim(start);
        Some(joined)
    }

    /// The line at `start` read by itself, if it is the first of a record: for samples, which need no lines around it.
    pub fn head_at(&mut self, start: usize) -> Option<Joined> {
        let id = self.lines.at(start);
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
        let (prev, cur) = (self.lines.get(before), self.lines.get(at));
        if prev.outer.piece == Piece::Part || cur.outer.continuation {
            return true;
        }
        if let Some(state) = state {
            return (captures.step)(state, &cur.text).is_some();
        }
        if cur.begins.is_some() {
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

    /// The state of a capture after the line; `None` for ordinary lines.
    fn state(&mut self, id: Id) -> Option<CaptureState> {
        let step = self.context.captures.step;
        let from = self.lines.get(id).start;
        let mut chain = Vec::new();
        let mut at = id;
        let mut state = loop {
            let line = self.lines.get_mut(at);
            if let Some(known) = line.state {
                break known;
            }
            if line.shape == Shape::Head && line.begins.is_none() {
                line.state = Some(None);
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
            line.state = Some(state);
        }
        state
    }

    /// Walks back to the head of the line's record: the head and the lines between, nearest first.
    fn head_of(&mut self, asked: Id) -> (Id, Vec<Id>) {
        let start = self.lines.get(asked).start;
        let mut head = asked;
        let mut walked = Vec::new();
        while walked.len() < MAX_RECORD_LINES && start - self.lines.get(head).start <= MAX_RECORD_BYTES {
            let Some(before) = self.lines.before(head, MAX_RECORD_BYTES) else { break };
            if !self.continues(before, head) {
                return (head, walked);
            }
            walked.push(head);
            head = before;
        }
        if walked.len() >= MAX_RECORD_LINES || start - self.lines.get(head).start > MAX_RECORD_BYTES {
            // No head within the caps: the line stands for itself.
            return (asked, Vec::new());
        }
        (head, walked)
    }

    fn members(&mut self, head: Id, asked: Id, walked: &[Id]) -> Vec<Id> {
        let from = self.lines.get(head).start;
        let mut members = vec![head];
        members.extend(walked.iter().rev());
        let mut last = asked.max(head);
        while members.len() < MAX_RECORD_LINES && self.lines.get(last).start - from <= MAX_RECORD_BYTES {
            let Some(next) = self.lines.after(last, MAX_RECORD_BYTES) else { break };
            if !self.continues(last, next) {
                break;
            }
            members.push(next);
            last = next;
        }
        while members.len() > 1 && members.last().is_some_and(|&m| self.lines.get(m).shape == Shape::Blank) {
            members.pop();
        }
        members
    }

    /// Time of the line itself: its layout's, else its wrapper's.
    fn own_time(&self, id: Id) -> Option<(i64, u32, TimeBasis, Assumed)> {
        let line = self.lines.get(id);
        let own = (line.shape == Shape::Head).then(|| parse(&line.text).time).flatten();
        self.settled(id, own)
    }

    fn settled(&self, id: Id, own: Option<Stamp>) -> Option<(i64, u32, TimeBasis, Assumed)> {
        let (stamp, basis) = match (own, self.lines.get(id).outer.time) {
            (Some(s), _) => (s, TimeBasis::Own),
            (None, Some(s)) => (s, TimeBasis::Envelope),
            (None, None) => return None,
        };
        let (ms, assumed) = self.context.clock.settle(stamp);
        Some((ms, stamp.resolution_ms, basis, assumed))
    }

    /// Time of the nearest dated line at or before the line in its stream: (time, resolution, where).
    fn near_time(&mut self, id: Id) -> Option<(i64, u32, usize)> {
        let start = self.lines.get(id).start;
        let mut chain = Vec::new();
        let mut at = id;
        let found = loop {
            if let Some(known) = self.lines.get(at).near {
                break Some(known);
            }
            if let Some((ms, resolution, ..)) = self.own_time(at) {
                break Some((ms, resolution, self.lines.get(at).start));
            }
            chain.push(at);
            match self.lines.before(at, INHERIT_BYTES) {
                Some(b) if start - self.lines.get(b).start <= INHERIT_BYTES => at = b,
                _ => break None,
            }
        };
        // Each line remembers where its time stands, not the time alone: distance counts from the asking line.
        // A line whose walk was cut by distance remembers nothing beyond itself.
        for c in chain {
            let line = self.lines.get_mut(c);
            if let Some((_, _, dated)) = found
                && line.start - dated <= INHERIT_BYTES
            {
                line.near = found;
            }
        }
        found.filter(|(_, _, dated)| start - dated <= INHERIT_BYTES)
    }

    fn build(&mut self, members: &[Id]) -> Joined {
        let Some(&head) = members.first() else { return Joined::default() };
        let capture = self.state(head).is_some();
        let mut out = Joined::default();
        let base = self.unit.base;
        let mut starts = Vec::with_capacity(members.len());
        let mut open_piece = false;
        let mut joined = String::new();
        for &m in members {
            let line = self.lines.get(m);
            if !joined.is_empty() && !open_piece {
                joined.push('\n');
            }
            starts.push((joined.len(), base + line.start as u64));
            if members.len() > 1 {
                joined.push_str(&line.text);
            }
            open_piece = line.outer.piece == Piece::Part;
            out.undecoded |= line.undecoded;
            out.truncated |= line.truncated;
        }
        // A record of one line is read where it stands.
        let text: Cow<'_, str> = if members.len() > 1 { Cow::Owned(joined) } else { self.lines.get(head).text.clone() };
        // The layout reads the head line; pretty-printed JSON and split lines are read whole.
        let pieces = members.len() > 1 && self.lines.get(head).outer.piece == Piece::Part;
        let head_end = if pieces {
            self.last_piece_end(&text, &starts, members)
        } else {
            starts.get(1).map_or(text.len(), |s| s.0.saturating_sub(1))
        };
        let pretty = text.starts_with('{') || text.get(..head_end).is_some_and(ends_open);
        let head_text = if pretty && members.len() > 1 && !pieces { &*text } else { text.get(..head_end).unwrap_or(&text) };
        let mut parsed = parse(head_text);
        let rest = text.get(head_text.len()..).unwrap_or("");
        let time = if members.len() == 1 {
            self.settled(head, parsed.time.filter(|_| self.lines.get(head).shape == Shape::Head))
        } else {
            self.own_time(head)
        };
        let inherited = if time.is_none() { self.near_time(head) } else { None };
        if !rest.is_empty() && !capture {
            // Two-line heads (.NET's console) and structured tails carry fields behind the head line.
            read_fields(rest, &mut parsed);
        }
        // Nothing asks again for what the wrapper of a head line knew, but for its time, stream and position.
        let outer = &mut self.lines.get_mut(head).outer;
        let (pod, container, host, service) = (outer.pod.take(), outer.container.take(), outer.host.take(), outer.service.take());
        let (wrapper_trace, layers) = (outer.trace.take(), std::mem::take(&mut outer.layers));
        let outer = &self.lines.get(head).outer;
        let mut record = Record {
            offset: starts.first().map_or(base, |s| s.1),
            lines: members.len() as u32,
            severity: if parsed.severity == Severity::Unknown { outer.severity } else { parsed.severity },
            instance: parsed.instance.take(),
            logger: parsed.logger.take(),
            trace: match (parsed.trace.take(), wrapper_trace) {
                (Some(_), Some(wrapper)) if parsed.trace_is_request => Some(wrapper),
                (inner, wrapper) => inner.or(wrapper),
            },
            attributes: std::mem::take(&mut parsed.attributes),
            kind: std::mem::take(&mut parsed.kind),
            stream: outer.stream,
            ..Record::default()
        };
        let guess = parsed.service.take();
        let (named, guess) = if parsed.service_is_guess { (None, guess) } else { (guess.clone(), guess) };
        if capture {
            record.kind = Kind::Capture;
            record.body = text.to_string();
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
        record.service = named
            .or(service)
            .or_else(|| pod.as_deref().and_then(service::from_pod_name))
            .or(guess)
            .or_else(|| self.context.path_service.map(str::to_string));
        record.instance = pod.or(record.instance).or(container).or(host);
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
        out.format = layers.iter().copied().chain([parsed.layout]).collect::<Vec<_>>().join("+");
        out.record = record;
        out
    }

    /// End in `text` of the logical line that the leading pieces form.
    fn last_piece_end(&self, text: &str, starts: &[(usize, u64)], members: &[Id]) -> usize {
        for (i, &m) in members.iter().enumerate() {
            if self.lines.get(m).outer.piece != Piece::Part {
                return starts.get(i + 1).map_or(text.len(), |s| s.0.saturating_sub(1));
            }
        }
        text.len()
    }
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
