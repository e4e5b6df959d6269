//! The healthy context: requests per time, live services, traces.
//!
//! In: every record (inputs up to 64 MiB) or those around trouble. Out: [`Survey`]. Fails when: never.

use std::collections::BTreeMap;

use super::starts::Starts;
use super::{is_healthy, status_of};
use crate::record::{Kind, Record, Severity};
use crate::source::Location;

/// Traces kept exactly; above, the count is an estimate (bottom-k of their fingerprints).
pub(super) const TRACE_CAP: usize = 300_000;
/// Occupied (second, service) cells kept; above, cells widen by powers of two.
const CELL_CAP: usize = 200_000;
/// Services listed for one trace.
const TRACE_SERVICES: usize = 16;
/// Times outside 2000-01-01 .. 2100-01-01 are absurd and never enter a histogram.
pub(super) const SANE_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Requests of one service in one time cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Access-log records.
    pub access: u64,
    /// Access-log or status-carrying records with status >= 500.
    pub failed: u64,
    /// Records that speak of success.
    pub healthy: u64,
    /// Records at level error or above.
    pub errors: u64,
    /// Time of the last record that speaks of success, 0 if there is none.
    pub last_ok_ms: i64,
}

/// One trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceStat {
    /// First record.
    pub first_ms: i64,
    /// Last record.
    pub last_ms: i64,
    /// Where the first record stands.
    pub first_at: Location,
    /// Where it was, in order of name.
    pub services: TraceServices,
    /// (time, status) of the last record that carries one.
    pub status: Option<(i64, u16)>,
}

/// Services of one trace with the first time in each, by name. A list: most have one or two, and there are many traces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceServices(Vec<(Box<str>, i64)>);

impl TraceServices {
    /// Number of services.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Service and first time, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(name, time)| (name.as_ref(), *time))
    }

    /// Names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    fn add(&mut self, name: Box<str>, time: i64) {
        match self.0.binary_search_by(|(n, _)| n.cmp(&name)) {
            Ok(at) => {
                if let Some((_, t)) = self.0.get_mut(at) {
                    *t = (*t).min(time);
                }
            }
            Err(at) => {
                self.0.insert(at, (name, time));
                self.0.truncate(TRACE_SERVICES);
            }
        }
    }
}

/// The healthy context of a run.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Records seen.
    pub records: u64,
    /// First and last sane time.
    pub span: Option<(i64, i64)>,
    /// Records by severity (index of [`Severity`]).
    pub severities: [u64; 6],
    /// Cells are `1000 << widen` milliseconds wide.
    pub widen: u32,
    /// (cell start in ms, service or empty) to requests.
    pub cells: BTreeMap<(i64, String), Requests>,
    /// Traces by fingerprint.
    pub traces: BTreeMap<u64, TraceStat>,
    /// Some trace was dropped at the cap.
    pub traces_capped: bool,
    /// Records that one of a sample stands for at most; 1 where every record was seen.
    pub share: u64,
    /// First record of each process, where every record was seen.
    pub starts: Starts,
}

impl Survey {
    /// Width of a cell in milliseconds.
    pub fn cell_ms(&self) -> i64 {
        1000 << self.widen
    }

    /// Adds one record; `hit`: it holds an event. It stands for `share` records: 1 where every record is seen, 0 where it
    /// was only looked at for its trouble, the inverse of the sampled part where it was drawn.
    pub fn add(&mut self, record: &Record, at: Location, hit: bool, share: u64) {
        self.records += share;
        self.share = self.share.max(share);
        self.severities[record.severity as usize] += share;
        if matches!(record.kind, Kind::Capture | Kind::Notice) {
            if let Some(t) = record.time_ms.filter(|t| SANE_MS.contains(t)) {
                self.widen_span(t, t);
            }
            return;
        }
        let Some(time) = record.time_ms.filter(|t| SANE_MS.contains(t)) else {
            if hit || share == 1 {
                self.add_trace(record, 0, at);
            }
            return;
        };
        self.widen_span(time, time);
        let width = self.cell_ms();
        let key = (time.div_euclid(width) * width, record.service.clone().unwrap_or_default());
        let cell = self.cells.entry(key).or_default();
        let status = status_of(record);
        cell.access += share * u64::from(matches!(record.kind, Kind::Access { .. }));
        cell.failed += share * u64::from(status.is_some_and(|s| s >= 500));
        if !hit && is_healthy(record) {
            cell.healthy += share;
            cell.last_ok_ms = cell.last_ok_ms.max(time);
        }
        cell.errors += share * u64::from(record.severity >= Severity::Error);
        if hit || share == 1 {
            // A sample of the records is no sample of the traces: of large inputs only those with trouble are kept.
            self.add_trace(record, time, at);
        }
        if let Some(service) = record.service.as_deref().filter(|_| share == 1 && !matches!(record.kind, Kind::Server { .. })) {
            self.starts.see(service, record.instance.as_deref().unwrap_or_default(), (time, at));
        }
        self.coarsen();
    }

    fn add_trace(&mut self, record: &Record, time: i64, at: Location) {
        let Some(trace) = &record.trace else { return };
        let stat = TraceStat {
            first_ms: time,
            last_ms: time,
            first_at: at,
            services: TraceServices(record.service.iter().map(|s| (s.as_str().into(), time)).collect()),
            status: status_of(record).map(|s| (time, s)),
        };
        self.merge_trace(trace.fingerprint(), stat);
    }

    fn merge_trace(&mut self, fingerprint: u64, other: TraceStat) {
        match self.traces.entry(fingerprint) {
            std::collections::btree_map::Entry::Vacant(v) => {
                v.insert(other);
                if self.traces.len() > TRACE_CAP {
                    self.traces.pop_last();
                    self.traces_capped = true;
                }
            }
            std::collections::btree_map::Entry::Occupied(mut o) => {
                let mine = o.get_mut();
                if (other.first_ms, other.first_at) < (mine.first_ms, mine.first_at) {
                    mine.first_ms = other.first_ms;
                    mine.first_at = other.first_at;
                }
                mine.last_ms = mine.last_ms.max(other.last_ms);
                mine.status = mine.status.max(other.status);
                for (service, time) in other.services.0 {
                    mine.services.add(service, time);
                }
            }
        }
    }

    /// Number of traces: exact up to 300,000, else an estimate.
    pub fn trace_count(&self) -> u64 {
        let kept = self.traces.len() as u64;
        match self.traces.keys().next_back() {
            // The largest of k smallest of n even numbers below 2^64 lies near k/n of it.
            Some(&largest) if self.traces_capped => {
                let n = (u128::from(kept) - 1) << 64;
                u64::try_from(n / u128::from(largest.max(1))).unwrap_or(u64::MAX).max(kept)
            }
            _ => kept,
        }
    }

    fn widen_span(&mut self, first: i64, last: i64) {
        self.span = Some(self.span.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
    }

    fn coarsen(&mut self) {
        while self.cells.len() > CELL_CAP {
            self.widen += 1;
            let width = self.cell_ms();
            let old = std::mem::take(&mut self.cells);
            for ((start, service), r) in old {
                self.add_cell((start.div_euclid(width) * width, service), r);
            }
        }
    }

    fn add_cell(&mut self, key: (i64, String), r: Requests) {
        let cell = self.cells.entry(key).or_default();
        cell.access += r.access;
        cell.failed += r.failed;
        cell.healthy += r.healthy;
        cell.errors += r.errors;
        cell.last_ok_ms = cell.last_ok_ms.max(r.last_ok_ms);
    }

    /// Adds another survey; its line numbers are raised by `shift`.
    pub fn merge(&mut self, other: Survey, shift: u64) {
        self.records += other.records;
        self.share = self.share.max(other.share);
        for (mine, theirs) in self.severities.iter_mut().zip(other.severities) {
            *mine += theirs;
        }
        if let Some((a, b)) = other.span {
            self.widen_span(a, b);
        }
        self.widen = self.widen.max(other.widen);
        let width = self.cell_ms();
        if self.cells.keys().next().is_some() && other.widen != self.widen {
            let old = std::mem::take(&mut self.cells);
            for ((start, service), r) in old {
                self.add_cell((start.div_euclid(width) * width, service), r);
            }
        }
        for ((start, service), r) in other.cells {
            self.add_cell((start.div_euclid(width) * width, service), r);
        }
        self.coarsen();
        self.starts.merge(other.starts, shift);
        self.traces_capped |= other.traces_capped;
        for (fingerprint, mut stat) in other.traces {
            stat.first_at.line = stat.first_at.line.wrapping_add(shift);
            self.merge_trace(fingerprint, stat);
        }
    }
}
