//! Wires the stages; the only place that knows them all, and the only one with rayon.
//!
//! In: [`Options`]. Out: an [`Outcome`]: the report and what could not be read.
//! Fails when: nothing can be read at all.
//!
//! Units are looked at in parallel with no shared state; their tallies are folded in source order, so the result does
//! not depend on thread count, block size or argument order.

mod again;
mod anchor;
mod assemble;
pub mod check;
mod doubts;
mod feed;
mod flow;
mod focus;
mod look;
mod places;
mod pool;
mod remarks;
mod sizes;
mod skew;
pub mod when;

pub use assemble::Outcome;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rayon::prelude::*;

use crate::event::{Event, Sample, Tally};
use crate::matching::Matcher;
use crate::patterns::Library;
use crate::record::{Clock, Zone};
use crate::report::assemble::SourceRead;
use crate::scan::Prefilter;
use crate::source::{Heads, Source, SourceError, SourceId};

/// Bytes of one block. Large enough that a worker's margins cost little, small enough that two workers stay far
/// below the memory bound.
pub const BLOCK_BYTES: usize = 5 << 19;
/// Decoded bytes of a source up to which every record is surveyed; of larger ones only a sample ([`sample_bytes`]), the
/// records with trouble, and the requests around them.
pub const SURVEY_BYTES: u64 = 64 << 20;
/// Distance of the samples.
pub const SAMPLE_EVERY: u64 = 256 << 10;

/// Bytes of the sample at this offset: one part in 32 of the first 64 MiB, in 128 beyond 256 MiB. Some ten lines at
/// least; requests near trouble are counted, so the sample only tells of quiet times, and that a service is alive.
pub const fn sample_bytes(offset: u64) -> u64 {
    match offset >> 26 {
        0 => SAMPLE_EVERY / 32,
        1..4 => SAMPLE_EVERY / 64,
        _ => SAMPLE_EVERY / 128,
    }
}

/// What to read and how.
pub struct Options<'a> {
    /// Paths, folders, globs, `-`.
    pub inputs: Vec<String>,
    /// Name that stands for stdin.
    pub stdin_name: Option<String>,
    /// Patterns.
    pub library: &'a Library,
    /// The zone of times without one; `None`: UTC, and said so.
    pub tz: Option<Zone>,
    /// Noon of `--date` in ms.
    pub date_ms: Option<i64>,
    /// `--now`, else the clock, in ms; used only where no date is near.
    pub now_ms: i64,
    /// Only records at or after this time.
    pub since_ms: Option<i64>,
    /// Only records before this time.
    pub until_ms: Option<i64>,
    /// Only these services (records without a service pass).
    pub services: Vec<String>,
    /// Worker threads; 0: one for each core.
    pub threads: usize,
    /// Block size in bytes; 0: [`BLOCK_BYTES`].
    pub block_bytes: usize,
    /// Size in bytes up to which each record of a source is surveyed; 0: [`SURVEY_BYTES`].
    pub survey_bytes: u64,
    /// Redact secrets.
    pub redact: bool,
    /// A cause id that is not considered (calibration: what is said when the true cause is missing).
    pub leave_out: Option<String>,
    /// A cause id whose weighing is wanted in full ([`Outcome::why`]).
    pub why: Option<String>,
    /// Folder of the team's own runbooks.
    pub runbooks: Option<std::path::PathBuf>,
}

impl<'a> Options<'a> {
    /// Options for the given inputs with everything else at its default.
    pub fn new(library: &'a Library, inputs: Vec<String>) -> Options<'a> {
        Options {
            inputs,
            stdin_name: None,
            library,
            tz: None,
            date_ms: None,
            now_ms: chrono::Utc::now().timestamp_millis(),
            since_ms: None,
            until_ms: None,
            services: Vec::new(),
            threads: 0,
            block_bytes: 0,
            survey_bytes: 0,
            redact: true,
            leave_out: None,
            why: None,
            runbooks: None,
        }
    }
}

impl Options<'_> {
    /// Size in bytes up to which each record of a source is surveyed.
    pub(crate) fn survey_bytes(&self) -> u64 {
        if self.survey_bytes == 0 { SURVEY_BYTES } else { self.survey_bytes }
    }
}

/// Told how far the run is; the command line shows it.
pub trait Progress: Sync {
    /// Bytes expected, if known.
    fn expect(&self, bytes: Option<u64>);
    /// Bytes read and events found since the last call.
    fn advance(&self, bytes: u64, events: u64);
}

/// Shows nothing.
pub struct Silent;

impl Progress for Silent {
    fn expect(&self, _bytes: Option<u64>) {}
    fn advance(&self, _bytes: u64, _events: u64) {}
}

/// One stream of a source, read to its end.
pub(crate) struct StreamRead {
    /// What the report says of it.
    pub(crate) read: SourceRead,
    /// Where its times were anchored, if some had no year or date.
    pub(crate) anchor: Option<&'static str>,
    /// What is wrong with it as a whole.
    pub(crate) doubt: Option<String>,
}

/// Everything read, before incidents are formed.
pub(crate) struct Reading {
    /// What each stream was.
    pub(crate) streams: Vec<StreamRead>,
    /// What was seen in all of them.
    pub(crate) tally: Tally,
    pub(crate) errors: Vec<SourceError>,
    pub(crate) faults: Vec<String>,
    /// Times of shared traces by source.
    clocks: skew::Clocks,
}

/// Events of one unit above which few others wait to be folded.
const CROWDED_EVENTS: u64 = 1_000;

/// Inputs up to this size are read by the calling thread alone.
const ALONE_BYTES: u64 = 256 * 1024;

/// A file of captures shows one within this many lines: a date and a prompt may stand before it.
const CAPTURE_HEAD: usize = 6;

/// Streams inside one source that get an id of their own.
const STREAMS_PER_SOURCE: u32 = 1 << 12;

/// Reads all inputs and makes the report.
pub fn run(options: &Options<'_>, progress: &dyn Progress, cancel: &AtomicBool) -> Outcome {
    let reading = read(options, progress, cancel, None);
    assemble::report(options, reading, cancel.load(Ordering::Relaxed))
}

/// Takes events as they are found, in order of (source, line).
pub trait EventSink: Sync {
    /// One event of the source of that name.
    fn event(&self, source: &str, event: &Event);
}

/// Reads all inputs and hands out every event; whether a generic text counts is known only at the end of the input, so
/// these come last. The outcome is that of [`run`].
pub fn events(options: &Options<'_>, progress: &dyn Progress, cancel: &AtomicBool, sink: &dyn EventSink) -> Outcome {
    let reading = read(options, progress, cancel, Some(sink));
    for e in crate::correlate::tied(options.library, &reading.tally) {
        if let Some(stream) = reading.streams.iter().find(|s| s.read.id == e.at.source) {
            sink.event(&stream.read.name, e);
        }
    }
    assemble::report(options, reading, cancel.load(Ordering::Relaxed))
}

fn read(options: &Options<'_>, progress: &dyn Progress, cancel: &AtomicBool, sink: Option<&dyn EventSink>) -> Reading {
    let (sources, errors) = crate::source::discover(&options.inputs, options.stdin_name.as_deref());
    let known = sources.iter().map(sizes::of).sum::<Option<u64>>();
    progress.expect(known);
    let shared = look::Shared {
        matcher: Matcher::new(options.library),
        prefilter: Prefilter::of(options.library),
        widen: AtomicU32::new(0),
        recalled: Mutex::default(),
        options,
    };
    let anchor = anchor::of_sources(&sources, options);
    let alone = options.threads == 1 || options.threads == 0 && known.is_some_and(|bytes| bytes <= ALONE_BYTES);
    let pool = pool::Pool::new(options.threads, alone);
    let sample = Sample::default();
    let job = Job { options, progress, cancel, shared: &shared, sample: &sample, anchor, sink, pool: &pool };
    let mut reading = Reading { streams: Vec::new(), tally: Tally::default(), errors, faults: Vec::new(), clocks: skew::Clocks::default() };
    let numbered: Vec<(usize, &Source)> = sources.iter().enumerate().collect();
    // Events are handed out in source order; else as many sources side by side as there are workers. Each wave is
    // folded before the next is read, so that memory does not grow with the number of sources.
    let mut left = numbered.as_slice();
    while !left.is_empty() {
        let count = if sink.is_some() { 1 } else { sizes::side_by_side(left, pool.threads()) };
        let (wave, rest) = left.split_at(count);
        left = rest;
        let results: Vec<_> = match wave {
            // This thread waits for the bytes of a lone one, while all workers look at those that came.
            [(i, s)] => vec![job.source(*i, s)],
            several => pool.install(|| several.par_iter().map(|(i, s)| job.source(*i, s)).collect()),
        };
        for (streams, result, faults) in results {
            for (stream, tally) in streams {
                reading.clocks.add(&stream.read.name, &tally.survey);
                reading.streams.push(stream);
                reading.tally.merge(tally, 0);
            }
            reading.errors.extend(result.err());
            reading.faults.extend(faults);
        }
    }
    reading.tally.settle();
    reading
}

/// The streams of one source, what became of it, and what was damaged.
type SourceResult = (Vec<(StreamRead, Tally)>, Result<(), SourceError>, Vec<String>);

struct Job<'a> {
    options: &'a Options<'a>,
    progress: &'a dyn Progress,
    cancel: &'a AtomicBool,
    shared: &'a look::Shared<'a>,
    sample: &'a Sample,
    anchor: Option<i64>,
    sink: Option<&'a dyn EventSink>,
    pool: &'a pool::Pool,
}

impl Job<'_> {
    fn source(&self, index: usize, source: &Source) -> SourceResult {
        // A wrong guess is read again; what was handed out cannot be taken back.
        let guess = self.sink.is_none() && sizes::likely_above(self.options.survey_bytes(), source);
        let read = self.source_as(index, source, guess);
        let too_small = guess && read.0.iter().any(|(stream, _)| stream.read.bytes <= self.options.survey_bytes());
        if too_small && !self.cancel.load(Ordering::Relaxed) { self.source_as(index, source, false) } else { read }
    }

    /// `large`: its streams are taken to be larger than what is surveyed whole.
    fn source_as(&self, index: usize, source: &Source, large: bool) -> SourceResult {
        let mut streams = Vec::new();
        let faults = crate::source::Faults::default();
        let result = crate::source::open(source, &faults, &mut |opened| {
            let member = (streams.len() as u32).min(STREAMS_PER_SOURCE - 1);
            let id = SourceId(index as u32 * STREAMS_PER_SOURCE + member);
            streams.push(self.stream(id, opened, large));
        });
        (streams, result, faults.into_messages())
    }

    fn stream(&self, id: SourceId, opened: crate::source::Opened, large: bool) -> (StreamRead, Tally) {
        let heads = opened.decoded.heads();
        let framed = heads != Heads::None;
        let decoded = opened.decoded;
        let whole_bytes = if large { None } else { Some(self.options.survey_bytes()) };
        let units = self.pool.install(|| feed::Units::new(decoded, self.block_bytes(), whole_bytes, self.cancel));
        let (anchor_ms, anchor) = match (self.options.date_ms, anchor::of_head(units.head(), framed), self.anchor) {
            (Some(ms), _, _) => (ms, "--date"),
            (None, Some(ms), _) => (ms, "its own dated lines"),
            (None, None, Some(ms)) => (ms, "the other sources"),
            (None, None, None) => (self.options.now_ms, "the current date"),
        };
        let doubt = doubts::of_head(&opened.name, units.head(), units.head_is_all(), framed);
        let zone = self.options.tz.unwrap_or(Zone::UTC);
        let anchor_ms = anchor::of_first_time(units.head(), framed, anchor_ms, zone);
        let clock = Clock { zone, anchor_ms };
        // A capture shows the server: the name of its file is no service.
        let captured =
            String::from_utf8_lossy(units.head()).lines().take(CAPTURE_HEAD).any(|l| crate::capture::is_capture_line(l).is_some());
        let service = crate::record::service::from_path(&opened.name).filter(|_| !captured);
        let bare_counts = doubts::only_counts(&opened.name, units.head(), units.head_is_all());
        // Who takes each event needs all of them; of a guess each would be asked for twice.
        let own = Sample::default();
        let sample = if large { &own } else { self.sample };
        let sample = self.sink.is_none().then_some(sample);
        let view = look::View { source: id, heads, clock, path_service: service.as_deref(), bare_counts, whole: units.whole(), sample };
        let (mut tally, bytes) = self.units(units, &view, &opened.name);
        tally.settle_part();
        let layout = tally.formats.most().unwrap_or_else(|| "empty".to_string());
        let format = if opened.format.is_empty() || opened.format == "text" { layout } else { format!("{}+{layout}", opened.format) };
        let assumed = tally.health.assumed;
        let read = SourceRead { id, name: opened.name, format, bytes, lines: tally.lines, span: tally.survey.span };
        (StreamRead { read, anchor: (assumed[1] + assumed[2] > 0).then_some(anchor), doubt }, tally)
    }

    /// Everything in the units of one stream, and its bytes.
    fn units(&self, mut units: feed::Units<'_>, view: &look::View<'_>, name: &str) -> (Tally, u64) {
        let (mut tally, mut bytes) = (Tally::default(), 0);
        let mut focus = focus::Focus::default();
        let threads = self.pool.threads();
        let look = |(piece, task): (feed::Piece, Option<focus::Task>)| {
            piece.with(|unit| match task {
                None => (unit.own.len() as u64, look::at(unit, view, self.shared)),
                Some(task) => (0, look::Looked { tally: again::at(unit, &task, view, self.shared), ..look::Looked::default() }),
            })
        };
        // Stretches to look at again, and units on the belt that are looked at for the first time.
        let (mut again, mut fresh) = (VecDeque::new(), VecDeque::new());
        // What is found in a unit is held until it is folded: not known to be little, it may be much.
        let mut crowded = true;
        self.pool.belt(look, |belt| {
            loop {
                let mut ended = false;
                while belt.waiting() < units.ahead(threads, crowded) && !ended {
                    match again.pop_front().or_else(|| units.next_unit().map(|piece| (piece, None))) {
                        Some(job) => {
                            fresh.push_back(job.1.is_none());
                            belt.give(job);
                        }
                        None => ended = true,
                    }
                }
                let Some(result) = belt.take() else { break };
                fresh.pop_front();
                // `None`: the file was cut while it was read.
                if let Some((len, part)) = result {
                    bytes += len;
                    self.progress.advance(len, part.tally.event_total);
                    // What is looked at again says nothing of what is new.
                    if len > 0 {
                        crowded = part.tally.event_total > CROWDED_EVENTS;
                    }
                    // Documents cite their own positions, which need no shift.
                    let shift = if view.heads == Heads::Positions { 0 } else { tally.lines };
                    self.hand_out(&part.tally, shift, name);
                    tally.merge(part.tally, shift);
                    for (stretch, sketch) in part.sketches {
                        focus.add(stretch, sketch);
                    }
                    self.shared.widen.fetch_max(tally.widen, Ordering::Relaxed);
                }
                if !view.whole {
                    let tasks = focus.settle(bytes, ended && !fresh.contains(&true), &mut tally);
                    again.extend(tasks.into_iter().map(|t| (units.stretch(t.stretch), Some(t))));
                }
                units.let_go(if view.whole { bytes } else { focus.needed_from() });
            }
        });
        (tally, bytes)
    }

    fn hand_out(&self, part: &Tally, shift: u64, name: &str) {
        let Some(sink) = self.sink else { return };
        let mut events: Vec<Event> = part.events.values().filter(|e| !e.open).cloned().collect();
        events.sort_by_key(|e| (e.at.line as i64, e.signature));
        for mut e in events {
            e.at.line = e.at.line.wrapping_add(shift);
            sink.event(name, &e);
        }
    }

    fn block_bytes(&self) -> usize {
        if self.options.block_bytes == 0 { BLOCK_BYTES } else { self.options.block_bytes }
    }
}
