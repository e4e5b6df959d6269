//! One unit, looked at: candidates, records, matches, captures, survey. In: a [`Unit`]. Out: its [`Tally`], with lines
//! counted from the unit's first. Fails when: never.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::capture;
use crate::event::{GaugePoint, Glimpse, Sample, Tally};
use crate::matching::{Matcher, Memo};
use crate::record::envelope::Outer;
use crate::record::join::{All, CaptureRules, CaptureState, Context, Joined, Joiner, MAX_LINE_BYTES, Sought};
use crate::record::layout::Parsed;
use crate::record::{Clock, Kind, Recall, Record, Severity, TimeBasis};
use crate::scan::{Prefilter, Searches, Unit};
use crate::source::{Heads, Location, SourceId};

use super::again::is_request;
use super::focus::{STRETCH_BYTES, Sketch};
use super::places::{LineIndex, field_start, offset_of};
use super::remarks::shows_failure;
use super::{Options, SAMPLE_EVERY, sample_bytes};

/// What all units share.
pub(super) struct Shared<'a> {
    pub(super) matcher: Matcher<'a>,
    pub(super) prefilter: Prefilter,
    /// How wide the cells of events had to become so far: a part need not begin with narrower ones.
    pub(super) widen: AtomicU32,
    /// What the units that were looked at recalled, one for each worker.
    pub(super) recalled: Mutex<Vec<Recalled>>,
    pub(super) options: &'a Options<'a>,
}

/// What the units of one source share.
pub(super) struct View<'a> {
    pub(super) source: SourceId,
    pub(super) heads: Heads,
    pub(super) clock: Clock,
    pub(super) path_service: Option<&'a str>,
    /// The source is nothing but counts of connections.
    pub(super) bare_counts: bool,
    /// Every record is surveyed.
    pub(super) whole: bool,
    /// Events that can still be kept in detail; `None` where each is handed out.
    pub(super) sample: Option<&'a Sample>,
}

fn capture_begins(text: &str) -> Option<CaptureState> {
    capture::is_capture_line(text).map(capture::CaptureKind::to_state)
}

fn capture_step(state: CaptureState, text: &str) -> Option<CaptureState> {
    capture::step(capture::CaptureKind::from_state(state)?, text).map(capture::CaptureKind::to_state)
}

/// What was found in one unit.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) tally: Tally,
    /// By number of the stretch: its sample, and where trouble stands; empty where every record is surveyed.
    pub(super) sketches: BTreeMap<u64, Sketch>,
}

pub(super) fn context<'v>(view: &View<'v>) -> Context<'v> {
    Context {
        framed: view.heads != Heads::None,
        clock: view.clock,
        path_service: view.path_service,
        captures: CaptureRules { begins: capture_begins, step: capture_step },
    }
}

/// The bytes of a line that are read.
pub(super) fn line_at(unit: &Unit, start: usize) -> &[u8] {
    unit.bytes.get(start..unit.line_end(start).0.min(start + MAX_LINE_BYTES)).unwrap_or_default()
}

/// Looks at one unit.
pub(super) fn at(unit: &Unit, view: &View<'_>, shared: &Shared<'_>) -> Looked {
    let mut looked = Looked::default();
    looked.tally.lines = unit.count_lines();
    looked.tally.widen = shared.widen.load(Ordering::Relaxed);
    let recalled = || shared.recalled.lock().unwrap_or_else(PoisonError::into_inner);
    let memo = recalled().pop().unwrap_or_default();
    if view.whole {
        every_record(unit, &memo, view, shared, &mut looked.tally);
    } else {
        candidates(unit, &memo, view, shared, &mut looked);
    }
    recalled().push(memo);
    looked.tally.settle_part();
    looked
}

fn every_record(unit: &Unit, memo: &Recalled, view: &View<'_>, shared: &Shared<'_>, tally: &mut Tally) {
    let mut joiner = Joiner::new(unit, context(view));
    let mut lines = LineIndex::new(unit);
    let hits = shared.prefilter.candidates(unit, MAX_LINE_BYTES, Searches::All);
    let is_hit = |&(_, offset): &(usize, u64)| {
        let start = offset.saturating_sub(unit.base) as usize;
        if unit.own.contains(&start) {
            hits.binary_search(&start).is_ok()
        } else {
            shared.prefilter.hits(line_at(unit, start), Searches::All)
        }
    };
    let mut at = Some(unit.first_line());
    while let Some(start) = at.filter(|&s| s < unit.own.end) {
        if let Some(joined) = joiner.record_at(start, &All).map(dated) {
            let candidate = joined.record.line_starts.iter().any(is_hit) || in_pieces(&joined);
            let seen = Seen { joined: &joined, candidate, share: 1 };
            add(tally, &seen, unit, &mut lines, memo, view, shared);
        }
        at = unit.next_line(start);
    }
}

fn candidates(unit: &Unit, memo: &Recalled, view: &View<'_>, shared: &Shared<'_>, looked: &mut Looked) {
    let mut joiner = Joiner::new(unit, context(view));
    let mut lines = LineIndex::new(unit);
    let hits = shared.prefilter.candidates(unit, MAX_LINE_BYTES, Searches::Few);
    let sought = Hits { unit, hits: &hits, memo, shared };
    // With the records that a line stands for in the survey; none if it is asked for its trouble.
    let mut starts: Vec<(usize, u64)> = hits.iter().map(|&c| (c, 0)).collect();
    // A line may be asked for twice: as part of a record with trouble, and as one of the sample.
    starts.extend(sample_lines(unit));
    starts.sort_unstable();
    for (start, share) in starts {
        if share > 0 {
            if let Some(joined) = joiner.head_at(start)
                && joined.record.kind != Kind::Mark
                && passes(&joined.record, shared.options)
            {
                let stretch = (unit.base + start as u64) / STRETCH_BYTES;
                let request = is_request(line_at(unit, start));
                looked.sketches.entry(stretch).or_default().sampled(&joined.record, joined.format, share, request);
            }
            continue;
        }
        if !joiner.asks(start, &sought) {
            continue;
        }
        let Some(joined) = joiner.record_at(start, &sought).map(dated) else { continue };
        let candidate = joined.asked || in_pieces(&joined);
        let seen = Seen { joined: &joined, candidate, share: 0 };
        if add(&mut looked.tally, &seen, unit, &mut lines, memo, view, shared) {
            looked.sketches.entry(joined.record.offset / STRETCH_BYTES).or_default().troubled(&joined.record, joined.format);
        }
    }
    if let Some(joined) = last(unit, &mut joiner).filter(|joined| passes(&joined.record, shared.options)) {
        looked.tally.survey_record(&joined.record, joined.format, 0, false);
    }
}

/// The last record of the source, if it stands in this unit: it tells when the source ends, whatever is sampled of it.
fn last(unit: &Unit, joiner: &mut Joiner<'_, '_>) -> Option<Joined> {
    let mut starts = std::iter::successors(Some(unit.bytes.len()), |&start| unit.previous_line(start)).skip(1).take(LAST_LINES);
    starts.find_map(|start| if unit.ends && unit.own.contains(&start) { joiner.head_at(start) } else { None })
}

/// Lines at the end of a source of which one is a record's first: the longest trace is hardly longer.
const LAST_LINES: usize = 64;

/// What texts say, for the next record with the same text that a worker comes to.
#[derive(Default)]
pub(super) struct Recalled {
    matches: RefCell<Memo>,
    /// Whether a text may tell of a change.
    tells: RefCell<Recall<bool>>,
}

impl Recalled {
    fn may_tell(&self, text: &str) -> bool {
        *self.tells.borrow_mut().of(text, capture::may_tell)
    }
}

/// Lines with a needle, whose records are put together where the line by itself is worth it.
struct Hits<'h> {
    unit: &'h Unit,
    /// Starts of the unit's own lines with a needle, ascending.
    hits: &'h [usize],
    memo: &'h Recalled,
    shared: &'h Shared<'h>,
}

impl Sought for Hits<'_> {
    fn holds(&self, start: usize, raw: &[u8]) -> bool {
        if self.unit.own.contains(&start) {
            self.hits.binary_search(&start).is_ok()
        } else {
            self.shared.prefilter.hits(raw, Searches::Few)
        }
    }

    fn worth(&self, outer: &Outer, parsed: &Parsed<'_>) -> bool {
        match parsed.kind {
            Kind::Server { .. } => return true,
            Kind::Access { .. } => return false,
            _ => {}
        }
        let severity = if parsed.severity == Severity::Unknown { outer.severity } else { parsed.severity };
        if severity == Severity::Debug && !shows_failure(&parsed.message) {
            return false;
        }
        // A level of its own is its record's, too; the wrapper's may be that of every line of a stream.
        let informs = parsed.severity == Severity::Info && !says_redis(&parsed.message);
        self.shared.matcher.may_match(&parsed.message, informs, &mut self.memo.matches.borrow_mut())
            || severity >= Severity::Warn && says_redis(&parsed.message)
            || self.memo.may_tell(&parsed.message) && !capture::changes_in(&parsed.message).is_empty()
    }
}

/// A capture that says when it was taken is dated by that.
fn dated(mut joined: Joined) -> Joined {
    let record = &mut joined.record;
    if record.kind == Kind::Capture
        && record.basis != TimeBasis::Own
        && let Some(time) = capture::own_time_ms(&record.body)
    {
        (record.time_ms, record.basis, record.resolution_ms) = (Some(time), TimeBasis::Own, 1000);
    }
    joined
}

/// A needle may have been cut in two where the runtime split a line.
fn in_pieces(joined: &Joined) -> bool {
    joined.record.line_starts.len() > 1 && joined.format.is_wrapped()
}

/// A record with how it was come by.
struct Seen<'j> {
    joined: &'j Joined,
    /// Some line of it may hold a signature.
    candidate: bool,
    /// Records that it stands for in the survey.
    share: u64,
}

/// Own lines of the unit that belong to the sample, each with the lines that it stands for.
pub(super) fn sample_lines(unit: &Unit) -> Vec<(usize, u64)> {
    let mut out = Vec::new();
    let (from, to) = (unit.base + unit.own.start as u64, unit.base + unit.own.end as u64);
    let mut offset = from / SAMPLE_EVERY * SAMPLE_EVERY;
    while offset < to {
        let sample = sample_bytes(offset);
        let first = (offset.saturating_sub(unit.base) as usize).max(unit.own.start);
        let last = ((offset + sample).saturating_sub(unit.base) as usize).min(unit.own.end);
        let mut at = if unit.is_line_start(first) { Some(first) } else { unit.next_line(first) };
        while let Some(start) = at.filter(|&s| s < last) {
            out.push((start, SAMPLE_EVERY / sample));
            at = unit.next_line(start);
        }
        offset += SAMPLE_EVERY;
    }
    out
}

pub(super) fn passes(record: &Record, options: &Options<'_>) -> bool {
    let in_time = record.time_ms.is_none_or(|t| options.since_ms.is_none_or(|s| t >= s) && options.until_ms.is_none_or(|u| t < u));
    let in_service = options.services.is_empty() || record.service.as_ref().is_none_or(|s| options.services.iter().any(|own| **own == **s));
    in_time && in_service
}

/// Adds a record; whether it speaks of trouble.
fn add(
    tally: &mut Tally,
    seen: &Seen<'_>,
    unit: &Unit,
    lines: &mut LineIndex<'_>,
    memo: &Recalled,
    view: &View<'_>,
    shared: &Shared<'_>,
) -> bool {
    let Seen { joined, candidate, share } = *seen;
    let first = joined.record.offset.saturating_sub(unit.base) as usize;
    let record = &joined.record;
    tally.health.undecoded += u64::from(joined.undecoded);
    tally.health.truncated += u64::from(joined.truncated);
    if !passes(record, shared.options) {
        tally.health.filtered += 1;
        return false;
    }
    if record.kind == Kind::Mark || record.kind == Kind::Capture && capture::is_table_head(&record.body) {
        // It frames records and is none.
        let at = Location { source: view.source, line: joined.position.unwrap_or_else(|| (lines.of(first) + 1) as u64) };
        for reading in capture::read(record) {
            tally.add_reading("", record.time_ms, at, reading);
        }
        return false;
    }
    for (count, assumed) in tally.health.assumed.iter_mut().zip([joined.assumed.zone, joined.assumed.year, joined.assumed.date]) {
        *count += u64::from(assumed);
    }
    // 1-based; the fold adds the lines before this unit. A record may begin before the unit's first line, which wraps.
    // Decoders of documents say themselves what to cite.
    let mut number = |pos: usize| joined.position.unwrap_or_else(|| (lines.of(pos) + 1) as u64);
    let place = |line: u64| Location { source: view.source, line };
    let at = place(number(first));
    let mut hit = false;
    let mut known = false;
    match record.kind {
        Kind::Capture => {
            let owner = capture::node(&record.body).unwrap_or_default();
            let mut from = 0;
            if view.bare_counts
                && let Some(value) = capture::bare_count(&record.body)
            {
                tally.add_reading("", record.time_ms, at, capture::Reading::Gauge { name: "connected_clients", value });
            }
            for reading in capture::read(record) {
                // A section of INFO is one record; its fields are cited by their own lines.
                let own = field_start(&record.body, &reading, &mut from).and_then(|start| offset_of(record, start));
                let at = own.map_or(at, |offset| place(number(offset.saturating_sub(unit.base) as usize)));
                tally.add_reading(&owner, record.time_ms, at, reading);
            }
            if candidate {
                hit = events(tally, record, unit, &mut number, memo, view, shared).0;
            }
        }
        Kind::Notice | Kind::Access { .. } => {}
        _ if record.severity == Severity::Debug && !(candidate && shows_failure(&record.body)) => {}
        _ => {
            if candidate {
                (hit, known) = events(tally, record, unit, &mut number, memo, view, shared);
            }
            let quiet = record.kind == Kind::Application && candidate && !memo.may_tell(&record.body);
            for reading in if quiet { Vec::new() } else { capture::read(record) } {
                tally.add_reading(record.service.as_deref().unwrap_or_default(), record.time_ms, at, reading);
            }
            if !hit && !known && candidate && record.severity >= Severity::Warn && mentions_redis(record) {
                tally.add_template(record.body.lines().next().unwrap_or_default(), at, record.time_ms);
            }
        }
    }
    tally.add_record(record, at, joined.format, hit, share);
    hit
}

fn mentions_redis(record: &Record) -> bool {
    says_redis(&record.body) || record.logger.as_deref().is_some_and(says_redis)
}

fn says_redis(text: &str) -> bool {
    text.contains("redis") || text.contains("Redis") || text.contains("REDIS") || text.contains("valkey")
}

/// Adds the record's events: (one of them speaks of trouble, some signature knows the record).
fn events(
    tally: &mut Tally,
    record: &Record,
    unit: &Unit,
    number: &mut dyn FnMut(usize) -> u64,
    memo: &Recalled,
    view: &View<'_>,
    shared: &Shared<'_>,
) -> (bool, bool) {
    let (mut trouble, mut known, mut told) = (false, false, false);
    let matches = shared.matcher.matches_or_open(record, &mut memo.matches.borrow_mut());
    for found in matches.iter() {
        let offset = offset_of(record, found.start).unwrap_or(record.offset);
        let line = number(offset.saturating_sub(unit.base) as usize);
        let at = Location { source: view.source, line };
        known = true;
        let Some(symptom) = found.symptom else { continue };
        let event = Glimpse::of(shared.matcher.library(), record, found, symptom, at, told);
        told |= event.is_trouble();
        trouble |= event.is_trouble() && !found.open;
        for v in found.values.iter().filter(|_| !found.open) {
            if let (Some(value), Some(name)) = (v.number, gauge_name(&v.name)) {
                tally.add_gauge(
                    event.node().map_or("", |node| node),
                    name,
                    GaugePoint { time_ms: record.time_ms.filter(|_| record.basis != TimeBasis::None), value, at },
                );
            }
        }
        tally.add_glimpse(event, view.sample.filter(|_| view.heads == Heads::None));
    }
    (trouble, known)
}

/// Values of messages that are readings of a gauge.
fn gauge_name(value: &str) -> Option<&'static str> {
    Some(match value {
        "connected_clients" | "connected" => "connected_clients",
        "maxclients" | "max_clients" => "maxclients",
        "blocked_clients" | "blocked" => "blocked_clients",
        "pool_size" => "pool_size",
        "pool_in_use" | "in_use" => "pool_in_use",
        "pool_waiting" | "waiting" => "pool_waiting",
        "used_memory" => "used_memory",
        "maxmemory" => "maxmemory",
        _ => return None,
    })
}
