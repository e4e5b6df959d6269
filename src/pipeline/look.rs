//! One unit, looked at: candidates, records, matches, captures, survey. In: a [`Unit`]. Out: its [`Tally`], with lines
//! counted from the unit's first. Fails when: never.

use crate::capture;
use crate::event::{Event, GaugePoint, Tally};
use crate::matching::Matcher;
use crate::record::join::{CaptureRules, CaptureState, Context, Joined, Joiner, MAX_LINE_BYTES};
use crate::record::{Clock, Kind, Record, Severity, TimeBasis};
use crate::scan::{Prefilter, Unit};
use crate::source::{Location, SourceId};

use super::{Options, SURVEY_BYTES};

/// What all units share.
pub(super) struct Shared<'a> {
    pub(super) matcher: Matcher<'a>,
    pub(super) prefilter: Prefilter,
    pub(super) options: &'a Options<'a>,
}

/// What the units of one source share.
pub(super) struct View<'a> {
    pub(super) source: SourceId,
    pub(super) framed: bool,
    pub(super) clock: Clock,
    pub(super) path_service: Option<&'a str>,
}

fn capture_begins(text: &str) -> Option<CaptureState> {
    capture::is_capture_line(text).map(capture::CaptureKind::to_state)
}

fn capture_step(state: CaptureState, text: &str) -> Option<CaptureState> {
    capture::step(capture::CaptureKind::from_state(state)?, text).map(capture::CaptureKind::to_state)
}

/// Looks at one unit.
pub(super) fn at(unit: &Unit, view: &View<'_>, shared: &Shared<'_>) -> Tally {
    let mut tally = Tally { lines: unit.count_lines(), ..Tally::default() };
    let candidates = shared.prefilter.candidates(unit, MAX_LINE_BYTES);
    let context = Context {
        framed: view.framed,
        clock: view.clock,
        path_service: view.path_service,
        captures: CaptureRules { begins: capture_begins, step: capture_step },
    };
    let mut joiner = Joiner::new(unit, context);
    let surveyed = |offset: u64| offset < SURVEY_BYTES;
    let answered = |offset: u64, line: &[u8]| surveyed(offset) || shared.prefilter.hits(line);
    let mut lines = LineIndex::new(unit);
    let mut look = |start: usize, tally: &mut Tally| {
        let Some(joined) = joiner.record_at(start, &answered) else { return };
        let first = (joined.record.offset.saturating_sub(unit.base)) as usize;
        // Where every record is read, the fine needles decide alone; else a coarse one has led here.
        let hit = joined.record.line_starts.iter().any(|(_, offset)| {
            let at = offset.saturating_sub(unit.base) as usize;
            let (end, _) = unit.line_end(at);
            let line = unit.bytes.get(at..end.min(at + MAX_LINE_BYTES)).unwrap_or_default();
            candidates.binary_search(&at).is_ok() || (surveyed(*offset) && shared.prefilter.is_fine(line)) || shared.prefilter.hits(line)
        });
        let pieces = joined.record.line_starts.len() > 1 && joined.format.contains('+');
        add(tally, &joined, hit || pieces, first, unit, &mut lines, view, shared);
    };
    let mut at = unit.first_line();
    let all_until = SURVEY_BYTES.saturating_sub(unit.base) as usize;
    if at < all_until {
        while at < unit.own.end.min(all_until) {
            look(at, &mut tally);
            match unit.next_line(at) {
                Some(next) => at = next,
                None => break,
            }
        }
    }
    for &c in candidates.iter().filter(|&&c| c >= all_until) {
        look(c, &mut tally);
    }
    tally
}

/// Line numbers of ascending positions without counting from the start each time.
struct LineIndex<'u> {
    unit: &'u Unit,
    at: usize,
    index: i64,
}

impl<'u> LineIndex<'u> {
    fn new(unit: &'u Unit) -> Self {
        let at = unit.own.start;
        LineIndex { unit, at, index: unit.line_index(at) }
    }

    /// Index of the line that `pos` stands in, relative to the unit's first own line.
    fn of(&mut self, pos: usize) -> i64 {
        if pos < self.at {
            return self.unit.line_index(pos);
        }
        let between = self.unit.bytes.get(self.at..pos).unwrap_or_default();
        self.index += memchr::memchr_iter(b'\n', between).count() as i64;
        self.at = pos;
        self.index
    }
}

fn passes(record: &Record, options: &Options<'_>) -> bool {
    let in_time = record.time_ms.is_none_or(|t| options.since_ms.is_none_or(|s| t >= s) && options.until_ms.is_none_or(|u| t < u));
    let in_service = options.services.is_empty() || record.service.as_ref().is_none_or(|s| options.services.contains(s));
    in_time && in_service
}

#[expect(clippy::too_many_arguments, reason = "the pieces of one unit, used once")]
fn add(
    tally: &mut Tally,
    joined: &Joined,
    candidate: bool,
    first: usize,
    unit: &Unit,
    lines: &mut LineIndex<'_>,
    view: &View<'_>,
    shared: &Shared<'_>,
) {
    let record = &joined.record;
    tally.health.undecoded += u64::from(joined.undecoded);
    tally.health.truncated += u64::from(joined.truncated);
    if !passes(record, shared.options) {
        tally.health.filtered += 1;
        return;
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
            let time = capture::own_time_ms(&record.body).or(record.time_ms);
            let owner = capture::node(&record.body).unwrap_or_default();
            for (i, reading) in capture::read(record).into_iter().enumerate() {
                let _ = i;
                tally.add_reading(&owner, time, at, reading);
            }
            if candidate {
                hit = events(tally, record, unit, &mut number, view, shared).0;
            }
        }
        Kind::Notice | Kind::Access { .. } => {}
        _ if record.severity == Severity::Debug => {}
        _ => {
            if candidate {
                (hit, known) = events(tally, record, unit, &mut number, view, shared);
            }
            for reading in capture::read(record) {
                tally.add_reading(record.service.as_deref().unwrap_or_default(), record.time_ms, at, reading);
            }
            if !hit && !known && candidate && record.severity >= Severity::Warn && mentions_redis(record) {
                tally.add_template(record.body.lines().next().unwrap_or_default(), at, record.time_ms);
            }
        }
    }
    tally.add_record(record, at, &joined.format, hit);
}

fn mentions_redis(record: &Record) -> bool {
    let says = |t: &str| t.contains("redis") || t.contains("Redis") || t.contains("REDIS") || t.contains("valkey");
    says(&record.body) || record.logger.as_deref().is_some_and(says)
}

/// Adds the record's events: (one of them speaks of trouble, some signature knows the record).
fn events(
    tally: &mut Tally,
    record: &Record,
    unit: &Unit,
    number: &mut dyn FnMut(usize) -> u64,
    view: &View<'_>,
    shared: &Shared<'_>,
) -> (bool, bool) {
    let (mut trouble, mut known) = (false, false);
    for found in shared.matcher.matches_or_open(record) {
        let offset = record.line_starts.iter().take_while(|(start, _)| *start <= found.start).last().map_or(record.offset, |(_, o)| *o);
        let line = number(offset.saturating_sub(unit.base) as usize);
        let at = Location { source: view.source, line };
        known = true;
        let Some(symptom) = found.symptom else { continue };
        let event = Event::new(shared.matcher.library(), record, &found, symptom, at);
        trouble |= event.is_trouble() && !event.open;
        let owner = event.node.clone().unwrap_or_default();
        for v in event.values.iter().filter(|_| !event.open) {
            if let (Some(value), Some(name)) = (v.number, gauge_name(&v.name)) {
                tally.add_gauge(
                    &owner,
                    name,
                    GaugePoint { time_ms: record.time_ms.filter(|_| record.basis != TimeBasis::None), value, at },
                );
            }
        }
        tally.add_event(event);
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
