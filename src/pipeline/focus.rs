//! Where a large source is looked at again: around trouble. In: [`Sketch`]es of its stretches. Out: [`Task`]s: stretches
//! to read for their requests and the traces with trouble; the samples of all others. Fails when: never.
//!
//! A stretch is in focus when trouble lies within [`REACH_BYTES`] and [`REACH_MS`] of it. That depends on the decoded
//! bytes alone, and a decision needs no bytes behind the front but those of the reach: so a pipe is focused as its file is.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::event::Tally;
use crate::record::join::Format;
use crate::record::{Kind, Record};
use crate::scan::MARGIN;

/// Bytes that are looked at again or not: small beside the reach, large beside a record.
pub(super) const STRETCH_BYTES: u64 = 1 << 20;
/// Decoded bytes on each side of trouble that are looked at again; of a pipe they are held.
const REACH_BYTES: u64 = 16 << 20;
const REACH: u64 = REACH_BYTES / STRETCH_BYTES;
/// Milliseconds on each side of trouble beyond which nothing is looked at again.
const REACH_MS: i64 = 120_000;

/// What the first look found in one stretch.
#[derive(Default)]
pub(super) struct Sketch {
    /// Its sampled records.
    sample: Tally,
    times: Option<(i64, i64)>,
    /// The sample has requests of an access log, and all of them show it by [`is_request`].
    requests: bool,
    /// Some of them do not.
    unlike: bool,
    trouble: bool,
    /// Its records with trouble, counted once each, and where they begin: they need not be read again.
    troubled: Tally,
    begins: Vec<u64>,
    trouble_times: Option<(i64, i64)>,
    /// Traces with trouble.
    traces: Vec<u64>,
    /// One of them has other bytes than those of ids: only records that are read tell it.
    odd: bool,
    /// One of them has other bytes than hex digits.
    named: bool,
}

fn widen(span: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (span, other) {
        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
        (a, b) => a.or(b),
    }
}

impl Sketch {
    /// A record of the sample. `request`: its line shows a request.
    pub(super) fn sampled(&mut self, record: &Record, format: Format, share: u64, request: bool) {
        self.times = widen(self.times, record.time_ms.map(|t| (t, t)));
        if matches!(record.kind, Kind::Access { .. }) {
            self.requests |= request;
            self.unlike |= !request;
        }
        self.sample.survey_record(record, format, share, false);
    }

    /// A record with trouble.
    pub(super) fn troubled(&mut self, record: &Record, format: Format) {
        self.trouble = true;
        self.begins.push(record.offset);
        self.troubled.survey_record(record, format, 1, false);
        self.trouble_times = widen(self.trouble_times, record.time_ms.map(|t| (t, t)));
        if let Some(trace) = &record.trace {
            self.traces.push(trace.fingerprint());
            self.odd |= !trace.as_str().bytes().all(super::again::is_id_byte);
            self.named |= !super::again::is_of_digits(trace);
        }
    }

    fn merge(&mut self, other: Sketch) {
        self.sample.merge(other.sample, 0);
        self.times = widen(self.times, other.times);
        self.requests |= other.requests;
        self.unlike |= other.unlike;
        self.trouble |= other.trouble;
        self.troubled.merge(other.troubled, 0);
        self.begins.extend(other.begins);
        self.trouble_times = widen(self.trouble_times, other.trouble_times);
        self.traces.extend(other.traces);
        self.odd |= other.odd;
        self.named |= other.named;
    }
}

/// One stretch to look at again.
pub(super) struct Task {
    /// Its number: bytes from `stretch * STRETCH_BYTES` on.
    pub(super) stretch: u64,
    /// Traces with trouble in reach.
    pub(super) traces: Arc<HashSet<u64, foldhash::fast::FixedState>>,
    /// All traces are hex digits.
    pub(super) digits: bool,
    /// Every record is to be read: requests do not show by themselves.
    pub(super) every: bool,
    /// Where those records begin, in order, that the first look has read.
    pub(super) known: Vec<u64>,
}

/// The stretches of one source that are still needed: undecided ones, and those within reach before them.
#[derive(Default)]
pub(super) struct Focus {
    known: VecDeque<Sketch>,
    /// Number of the first of `known`.
    first: u64,
    /// The first undecided one.
    next: u64,
}

impl Focus {
    /// Takes what was found in part of a stretch.
    pub(super) fn add(&mut self, stretch: u64, sketch: Sketch) {
        // A record may begin far before the unit that it was found in, but never beyond the reach.
        let at = stretch.saturating_sub(self.first) as usize;
        while self.known.len() <= at {
            self.known.push_back(Sketch::default());
        }
        if let Some(known) = self.known.get_mut(at) {
            known.merge(sketch);
        }
    }

    /// Where bytes are still needed, the margin aside.
    pub(super) fn needed_from(&self) -> u64 {
        self.next * STRETCH_BYTES
    }

    /// Decides all stretches whose reach ends before `front`, the first byte not yet looked at; all if the source ended
    /// there. The samples of those that are not looked at again are added to `tally`.
    pub(super) fn settle(&mut self, front: u64, ended: bool, tally: &mut Tally) -> Vec<Task> {
        // Trouble is placed where its record begins, which may lie a margin before the front.
        let complete = if ended { front.div_ceil(STRETCH_BYTES) } else { front.saturating_sub(MARGIN as u64) / STRETCH_BYTES };
        let mut tasks = Vec::new();
        while if ended { self.next < complete } else { self.next + REACH + 1 < complete } {
            let task = self.task(self.next);
            if let Some(sketch) = self.known.get_mut((self.next - self.first) as usize) {
                let (sample, troubled) = (std::mem::take(&mut sketch.sample), std::mem::take(&mut sketch.troubled));
                match &task {
                    None => tally.merge(sample, 0),
                    Some(task) if task.every => tally.merge(troubled, 0),
                    Some(_) => {}
                }
            }
            tasks.extend(task);
            self.next += 1;
            while self.first + REACH < self.next {
                self.known.pop_front();
                self.first += 1;
            }
        }
        tasks
    }

    fn sketch(&self, stretch: u64) -> Option<&Sketch> {
        self.known.get(usize::try_from(stretch.checked_sub(self.first)?).ok()?)
    }

    /// What to do about a stretch, if it is in focus.
    fn task(&self, stretch: u64) -> Option<Task> {
        let own = self.sketch(stretch).and_then(|s| s.times);
        // Samples stand at the beginning of a stretch: the next one's tell where it ends.
        let times = own.and_then(|t| widen(Some(t), self.sketch(stretch + 1).and_then(|s| s.times)));
        let near = |trouble: Option<(i64, i64)>| match (times, trouble) {
            (Some((a, b)), Some((c, d))) => a.saturating_sub(d).max(c.saturating_sub(b)) <= REACH_MS,
            _ => true,
        };
        let within = || (stretch.saturating_sub(REACH)..=stretch + REACH).filter_map(|s| self.sketch(s));
        let trouble: Vec<&Sketch> = within().filter(|s| s.trouble && near(s.trouble_times)).collect();
        if trouble.is_empty() {
            return None;
        }
        let traces = trouble.iter().flat_map(|s| s.traces.iter().copied()).collect();
        let every = !within().any(|s| s.requests) || within().any(|s| s.unlike) || trouble.iter().any(|s| s.odd);
        let mut known = self.sketch(stretch).map(|s| s.begins.clone()).unwrap_or_default();
        known.sort_unstable();
        Some(Task { stretch, traces: Arc::new(traces), digits: !trouble.iter().any(|s| s.named), every, known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::TraceId;

    fn at(time_ms: i64) -> Record {
        Record { time_ms: Some(time_ms), trace: TraceId::canonical("4bf92f3577b34da6a3ce929d0e0e4736"), ..Record::default() }
    }

    /// Stretches that are looked at again, of `n` with a sample every `step_ms` and trouble in stretch `hit`.
    fn focused(n: u64, step_ms: i64, hit: u64, every: u64) -> Vec<u64> {
        let (mut focus, mut tally, mut out) = (Focus::default(), Tally::default(), Vec::new());
        for s in 0..n {
            let mut sketch = Sketch::default();
            let record = at(1_700_000_000_000 + s as i64 * step_ms);
            sketch.sampled(&record, Format::default(), 64, false);
            if s == hit {
                sketch.troubled(&record, Format::default());
            }
            focus.add(s, sketch);
            if s % every == 0 {
                out.extend(focus.settle((s + 1) * STRETCH_BYTES, false, &mut tally));
            }
        }
        out.extend(focus.settle(n * STRETCH_BYTES, true, &mut tally));
        let known: usize = out.iter().map(|t| t.known.len()).sum();
        let read = 64 * (n - out.len() as u64) + known as u64;
        assert_eq!((tally.survey.records, known), (read, 1), "a stretch is sampled or read in full, what was read aside");
        assert!(out.iter().all(|t| t.every && t.traces.len() == 1));
        out.into_iter().map(|t| t.stretch).collect()
    }

    #[test]
    fn as_far_as_bytes_and_time_reach() {
        assert_eq!(focused(60, 1_000, 30, 1), (14..=46).collect::<Vec<_>>());
        assert_eq!(focused(60, 40_000, 30, 1), (26..=33).collect::<Vec<_>>());
        assert_eq!(focused(10, 1_000, 9, 1), (0..=9).collect::<Vec<_>>());
    }

    #[test]
    fn whatever_is_looked_at_in_between() {
        for every in [2, 7, 100] {
            assert_eq!(focused(60, 10_000, 20, every), focused(60, 10_000, 20, 1), "{every}");
        }
    }
}
