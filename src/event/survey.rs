//! The healthy context: requests per time, live services, traces.
//!
//! In: every record (inputs up to 64 MiB), or a sample and the requests around trouble. Out: [`Survey`]. Fails when: never.
//!
//! A record that was drawn with probability 1/n stands for n; one that is always read stands for itself. So a sum over
//! cells is exact where all was read, and its variance is the sum of n (n - 1) over what was drawn.

use std::collections::BTreeMap;

use super::starts::Starts;
use super::traces::{TraceServices, TraceStat, Traces};
use super::{is_healthy, request, status_of};
use crate::record::{Kind, Name, Record, Severity};
use crate::source::Location;

/// Occupied (second, service) cells kept; above, cells widen by powers of two.
const CELL_CAP: usize = 100_000;
/// Times outside 2000-01-01 .. 2100-01-01 are absurd and never enter a histogram.
pub(super) const SANE_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Requests of one service in one time cell. There are many: 32 bits, which stop at their largest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Access-log records.
    pub access: u32,
    /// Access-log or status-carrying records; of probes only those that failed.
    pub answered: u32,
    /// Of these, those with status >= 500.
    pub failed: u32,
    /// Records that speak of success, probes aside.
    pub healthy: u32,
    /// Records at level error or above, or with an event.
    pub errors: u32,
    /// Variance of `access`; 0 where every request was read.
    pub access_variance: u32,
    /// Variance of `healthy`.
    pub healthy_variance: u32,
    /// Time of the last record that speaks of success, 0 if there is none.
    pub last_ok_ms: i64,
}

impl Requests {
    fn add(&mut self, other: Requests) {
        self.access = self.access.saturating_add(other.access);
        self.answered = self.answered.saturating_add(other.answered);
        self.failed = self.failed.saturating_add(other.failed);
        self.healthy = self.healthy.saturating_add(other.healthy);
        self.errors = self.errors.saturating_add(other.errors);
        self.access_variance = self.access_variance.saturating_add(other.access_variance);
        self.healthy_variance = self.healthy_variance.saturating_add(other.healthy_variance);
        self.last_ok_ms = self.last_ok_ms.max(other.last_ok_ms);
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
    pub cells: BTreeMap<(i64, Name), Requests>,
    /// Traces by fingerprint.
    pub traces: Traces,
    /// Some source was too large to see every record: of its traces only those with trouble are kept.
    pub sampled: bool,
    /// First record of each process, where every record was seen.
    pub starts: Starts,
}

impl Survey {
    /// Width of a cell in milliseconds.
    pub fn cell_ms(&self) -> i64 {
        1000 << self.widen
    }

    /// Adds one record. `hit`: it holds an event. It stands for `share` records: 1 where every record is seen, 0 where it
    /// was only looked at for its trouble, the inverse of the sampled part where it was drawn. `traced`: its trace is kept;
    /// a sample of the records is no sample of the traces.
    pub fn add(&mut self, record: &Record, at: Location, hit: bool, share: u64, traced: bool) {
        self.records += share;
        self.severities[record.severity as usize] += share;
        if matches!(record.kind, Kind::Capture | Kind::Notice) {
            if let Some(t) = record.time_ms.filter(|t| SANE_MS.contains(t)) {
                self.widen_span(t, t);
            }
            return;
        }
        let Some(time) = record.time_ms.filter(|t| SANE_MS.contains(t)) else {
            if traced {
                self.add_trace(record, 0, at);
            }
            return;
        };
        self.widen_span(time, time);
        let width = self.cell_ms();
        let key = (time.div_euclid(width) * width, record.service.clone().unwrap_or_default());
        let cell = self.cells.entry(key).or_default();
        let status = status_of(record);
        let well = is_healthy(record);
        let probe = (well || status.is_some()) && request::is_probe(record);
        let (access, healthy) = (u32::from(matches!(record.kind, Kind::Access { .. })), u32::from(!hit && well && !probe));
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        let variance = share.saturating_mul(share.saturating_sub(1));
        cell.add(Requests {
            access: share * access,
            answered: share * u32::from(status.is_some_and(|s| s >= 500 || !probe)),
            failed: share * u32::from(status.is_some_and(|s| s >= 500)),
            healthy: share * healthy,
            errors: share * u32::from(hit || record.severity >= Severity::Error),
            access_variance: variance * access,
            healthy_variance: variance * healthy,
            last_ok_ms: if healthy > 0 { time } else { 0 },
        });
        if traced {
            self.add_trace(record, time, at);
        }
        self.coarsen();
    }

    /// Notes a record of a process, where every record is seen.
    pub fn see(&mut self, record: &Record, at: Location) {
        if matches!(record.kind, Kind::Capture | Kind::Notice | Kind::Server { .. }) {
            return;
        }
        if let (Some(time), Some(service)) = (record.time_ms.filter(|t| SANE_MS.contains(t)), record.service.as_deref()) {
            self.starts.see(service, record.instance.as_deref().unwrap_or_default(), (time, at));
        }
    }

    fn add_trace(&mut self, record: &Record, time: i64, at: Location) {
        let Some(trace) = &record.trace else { return };
        let stat = TraceStat {
            first_ms: time,
            last_ms: time,
            first_at: at,
            services: TraceServices::of(record.service.as_ref(), time),
            status: status_of(record).map(|s| (time, s)),
        };
        self.traces.add(trace.fingerprint(), stat);
    }

    /// Number of traces: exact up to 300,000, else an estimate.
    pub fn trace_count(&self) -> u64 {
        self.traces.count()
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

    fn add_cell(&mut self, key: (i64, Name), r: Requests) {
        self.cells.entry(key).or_default().add(r);
    }

    /// Adds another survey; its line numbers are raised by `shift`.
    pub fn merge(&mut self, other: Survey, shift: u64) {
        self.records += other.records;
        for (mine, theirs) in self.severities.iter_mut().zip(other.severities) {
            *mine += theirs;
        }
        if let Some((a, b)) = other.span {
            self.widen_span(a, b);
        }
        let wider = self.widen < other.widen;
        self.widen = self.widen.max(other.widen);
        let width = self.cell_ms();
        if wider {
            let old = std::mem::take(&mut self.cells);
            for ((start, service), r) in old {
                self.add_cell((start.div_euclid(width) * width, service), r);
            }
        }
        for ((start, service), r) in other.cells {
            self.add_cell((start.div_euclid(width) * width, service), r);
        }
        self.coarsen();
        self.sampled |= other.sampled;
        self.starts.merge(other.starts, shift);
        self.traces.merge(other.traces, shift);
    }
}
