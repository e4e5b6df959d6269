//! Requests against their own baseline. In: an incident, the survey. Out: [`Rates`]. Fails when: never; without requests
//! nothing is compared.

use std::collections::BTreeMap;

use crate::correlate::{Incident, Observed};
use crate::event::{Requests, Survey};
use crate::record::Name;

/// A rate that was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: f64,
    /// As many counted requests tell a rate as well as this one is known.
    pub known_by: f64,
}

/// Requests around the onset against an earlier baseline: trouble may begin when a peak is half over, and outlast it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Onset {
    /// Well before the onset.
    pub before: Rate,
    /// Around it.
    pub around: Rate,
    /// Seconds around it that were counted.
    pub seconds: f64,
}

/// Requests per second before, during and after an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// In the stretch before, as long as the incident (at least 20 s).
    pub before: Option<f64>,
    /// In the incident.
    pub during: Option<f64>,
    /// In the stretch after.
    pub after: Option<f64>,
    /// What a request is: 0 none, 1 access records, 2 distinct traces, 3 healthy records.
    pub basis: u8,
    /// Requests counted before; below ten nothing is concluded.
    pub counted: u64,
    /// Largest standard error of the three, requests a second; `None` where every request was counted.
    pub stderr: Option<f64>,
    /// Seconds of the three stretches whose requests are known from a sample.
    pub sampled_s: u64,
    /// Requests counted in the incident.
    pub counted_during: u64,
    /// Requests expected in the incident at the rate before.
    pub expected: f64,
    /// At the onset, where something tells of the time well before it.
    pub onset: Option<Onset>,
}

/// Stretches before and after are at least this long, so that a two-second incident has a baseline. Milliseconds.
const MIN_STRETCH_MS: i64 = 20_000;
/// A shorter incident is widened to this on both sides before its requests are counted: what a stall held up is logged
/// at once when it ends, so the rate of a second says nothing. Milliseconds.
const MIN_DURING_MS: i64 = 10_000;
/// Fewer requests than this before the onset are no baseline.
const MIN_REQUESTS: u64 = 10;
/// The onset's rate is that of this long before and after it. Milliseconds.
const AROUND_MS: i64 = 5_000;
/// Its baseline ends this long before it: a peak begins some time before the first request fails. Milliseconds.
const LEAD_MS: i64 = 10_000;
/// The baseline is at most this long: what was usual an hour ago says little of now. Milliseconds.
const BASELINE_MS: i64 = 600_000;
/// Fewer than this part of the requests that the baseline lets expect is a hole: what follows it had been held up.
const HOLE: f64 = 0.5;

/// Counts what a request is in these logs.
struct Counter<'s> {
    survey: &'s Survey,
    basis: u8,
    traced: u64,
}

impl<'s> Counter<'s> {
    /// `None`: too few requests are seen.
    fn of(survey: &'s Survey) -> Option<Counter<'s>> {
        let access: u64 = survey.cells.values().map(|r| u64::from(r.access)).sum();
        let traced = survey.trace_count();
        let basis = if access >= MIN_REQUESTS {
            1
        } else if traced >= 2 * MIN_REQUESTS && !survey.sampled {
            2
        } else if survey.cells.values().map(|r| u64::from(r.healthy)).sum::<u64>() >= MIN_REQUESTS {
            3
        } else {
            return None;
        };
        Some(Counter { survey, basis, traced })
    }

    /// Requests of a cell and their variance.
    fn requests(&self, r: &Requests) -> (u32, u32) {
        if self.basis == 1 { (r.access, r.access_variance) } else { (r.healthy, r.healthy_variance) }
    }

    /// Cells that reach into the stretch, and the part of each that lies in it.
    fn cells(&self, from: i64, to: i64) -> impl Iterator<Item = (&'s (i64, Name), &'s Requests, f64)> {
        let width = self.survey.cell_ms();
        let within = move |cell: i64| ((cell + width).min(to) - cell.max(from)).max(0) as f64 / width as f64;
        let cells =
            self.survey.cells.range((from - from.rem_euclid(width), Name::default())..).take_while(move |((cell, _), _)| *cell < to);
        cells.map(move |(key, r)| (key, r, within(key.0)))
    }

    /// Traces that begin in the stretch: of a sample, as many as it stands for.
    fn traces(&self, from: i64, to: i64) -> f64 {
        let kept = self.survey.traces.iter().filter(|(_, t)| t.first_ms >= from && t.first_ms < to).count() as u64;
        kept as f64 * self.traced as f64 / self.survey.traces.len().max(1) as f64
    }

    /// (requests, their variance, seconds that were sampled).
    fn count(&self, from: i64, to: i64) -> (u64, f64, u64) {
        if self.basis == 2 {
            return (self.traces(from, to).round() as u64, 0.0, 0);
        }
        let (mut requests, mut variance, mut seen) = (0.0, 0.0, BTreeMap::<i64, bool>::new());
        for ((cell, _), r, part) in self.cells(from, to) {
            let (n, v) = self.requests(r);
            requests += f64::from(n) * part;
            variance += f64::from(v) * part * part;
            *seen.entry(*cell).or_default() |= v > 0;
        }
        // Where some seconds were sampled, those of which nothing was drawn were, too.
        let counted = seen.values().filter(|sampled| !**sampled).count() as i64 * self.survey.cell_ms();
        let sampled_s = if variance > 0.0 { (to - from - counted).max(0) / 1000 } else { 0 };
        (requests.round() as u64, variance, sampled_s as u64)
    }

    /// The rate of a stretch of those whose requests are seen before it ends, each over the time since it was first seen:
    /// a log that begins late, or was cut to its last lines, is no rise. `known` holds since when each is seen.
    fn rate(&self, from: i64, to: i64, known: &BTreeMap<&str, i64>) -> Rate {
        let mut counted: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        if self.basis == 2 {
            counted.insert("", (self.traces(from, to), 0.0));
        } else {
            for ((_, service), r, part) in self.cells(from, to) {
                let (n, v) = self.requests(r);
                let entry = counted.entry(service).or_default();
                entry.0 += f64::from(n) * part;
                entry.1 += f64::from(v) * part * part;
            }
        }
        let (mut per_second, mut variance) = (0.0, 0.0);
        for (service, (n, v)) in counted {
            let Some(since) = known.get(service).filter(|since| **since < to) else { continue };
            let seconds = (to - from.max(*since)) as f64 / 1000.0;
            per_second += n / seconds;
            variance += (n + v) / (seconds * seconds);
        }
        Rate { per_second, known_by: if variance > 0.0 { per_second * per_second / variance } else { 0.0 } }
    }

    /// Since when each service's requests are seen, of those that were seen by the middle of the baseline that ends at `end`:
    /// what is seen for a moment tells no rate. Traces are nobody's.
    fn seen_before(&self, end: i64) -> BTreeMap<&'s str, i64> {
        let mut since: BTreeMap<&str, i64> = BTreeMap::new();
        if self.basis == 2 {
            since.extend(self.survey.traces.iter().map(|(_, t)| t.first_ms).filter(|t| *t > 0).min().map(|first| ("", first)));
        } else {
            for ((cell, service), _) in self.survey.cells.iter().filter(|(_, r)| self.requests(r).0 > 0) {
                since.entry(service).or_insert(*cell);
            }
        }
        let begin = since.values().copied().min().unwrap_or(end).max(end - BASELINE_MS);
        since.retain(|_, first| *first <= begin.midpoint(end));
        since
    }

    /// The onset against what was usual before it.
    fn onset(&self, start: i64, last: i64) -> Option<Onset> {
        let around = AROUND_MS.max(self.survey.cell_ms());
        let end = start - LEAD_MS.max(around);
        let known = self.seen_before(end);
        let before = self.rate(end - BASELINE_MS, end, &known);
        let to = (start + around).min(last + 1);
        let hole = self.rate(start - around, start, &known).per_second < before.per_second * HOLE;
        let seconds = (to - (start - around)) as f64 / 1000.0;
        let tells = before.known_by >= MIN_REQUESTS as f64 && !hole;
        tells.then(|| Onset { before, around: self.rate(start - around, to, &known), seconds })
    }
}

impl Rates {
    /// Counts the requests of an incident, before and after it.
    pub(super) fn of(observed: &Observed<'_>, incident: &Incident<'_>) -> Rates {
        let survey = &observed.tally.survey;
        let (Some(start), Some(end), Some((first, last))) = (incident.start_ms, incident.end_ms, survey.span) else {
            return Rates::default();
        };
        let Some(counter) = Counter::of(survey) else { return Rates::default() };
        let width = survey.cell_ms();
        let stretch = (end - start).max(MIN_STRETCH_MS);
        // Whole cells only, and never beyond what was logged.
        let mut stderr: Option<f64> = None;
        let mut sampled_s = 0;
        let mut per_second = |from: i64, to: i64| -> (Option<f64>, u64) {
            let (from, to) = (from.max(first), to.min(last + 1));
            if to - from < 2 * width.min(1000) {
                return (None, 0);
            }
            let (n, variance, sampled) = counter.count(from, to);
            sampled_s += sampled;
            if variance > 0.0 {
                let error = variance.sqrt() * 1000.0 / (to - from) as f64;
                stderr = Some(stderr.map_or(error, |e| e.max(error)));
            }
            (Some(n as f64 * 1000.0 / (to - from) as f64), n)
        };
        let pad = ((MIN_DURING_MS - (end - start)) / 2).max(0);
        let (from, to) = (start - pad, (end + pad).max(start + 2 * width) + 1);
        let (before, counted) = per_second(from - stretch, from);
        let (during, counted_during) = per_second(from, to);
        let (after, _) = per_second(end + 1, end + stretch);
        let seconds = (to.min(last + 1) - from.max(first)).max(0) as f64 / 1000.0;
        let expected = before.unwrap_or(0.0) * seconds;
        let onset = counter.onset(start, last);
        Rates { before, during, after, basis: counter.basis, counted, counted_during, stderr, sampled_s, expected, onset }
    }

    /// Requests can be compared with a baseline.
    pub(super) fn has_baseline(&self) -> bool {
        self.counted >= MIN_REQUESTS && self.before.is_some() && self.during.is_some()
    }
}
