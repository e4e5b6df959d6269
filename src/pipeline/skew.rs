//! Clocks of sources against each other, by the traces that they share.
//!
//! In: first and last time of each trace in each source. Out: one sentence for each clock that is off by more than a second.
//! Fails when: never; too few shared traces, or delays that differ from trace to trace, say nothing.

use std::collections::BTreeMap;

use crate::event::Survey;

/// Sources that are compared, the first ones.
const SOURCES: usize = 64;
/// Traces kept of each, those with the smallest fingerprints: the same ones in every source.
const TRACES: usize = 1_024;
/// Shared traces that a verdict on a clock needs.
const MIN_SHARED: usize = 3;
/// Clocks closer than this count as equal: hosts with NTP differ by milliseconds, calls between services take less.
const TOLERATED_MS: i64 = 1_000;
/// A queue's delay differs from trace to trace, a clock's error does not: the middle half may differ by this, or by a tenth of the error.
const SPREAD_MS: i64 = 300;
/// Zones differ by whole quarters of an hour; so close to one, a missing zone is the likelier reason.
const ZONE_MS: i64 = 900_000;

/// Times of traces by source.
#[derive(Default)]
pub(super) struct Clocks {
    sources: Vec<(String, BTreeMap<u64, (i64, i64)>)>,
}

impl Clocks {
    /// Takes the traces of one source.
    pub(super) fn add(&mut self, name: &str, survey: &Survey) {
        if self.sources.len() >= SOURCES {
            return;
        }
        let dated = survey.traces.iter().filter(|(_, t)| t.first_ms > 0).take(TRACES);
        let traces: BTreeMap<u64, (i64, i64)> = dated.map(|(id, t)| (id, (t.first_ms, t.last_ms))).collect();
        if !traces.is_empty() {
            self.sources.push((name.to_string(), traces));
        }
    }

    /// Each clock that is off, against a source that most others agree with.
    pub(super) fn said(mut self) -> Vec<String> {
        self.sources.sort_by(|a, b| a.0.cmp(&b.0));
        let agree = |at: usize| {
            let (_, own) = self.sources.get(at)?;
            let others = self.sources.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, (_, times))| compare(times, own));
            Some(others.filter(|c| *c == Compared::Agree).count())
        };
        let Some(best) = (0..self.sources.len()).max_by_key(|&i| (agree(i), std::cmp::Reverse(i))) else { return Vec::new() };
        let Some((reference, times)) = self.sources.get(best) else { return Vec::new() };
        let off = |(name, own): &(String, BTreeMap<u64, (i64, i64)>)| match compare(times, own) {
            Compared::Off(ms, count) => Some(sentence(name, reference, (ms, count))),
            Compared::Agree | Compared::Unknown => None,
        };
        self.sources.iter().filter_map(off).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    /// Too few shared traces, or no clear answer.
    Unknown,
    /// The traces overlap.
    Agree,
    /// Milliseconds ahead, by so many traces.
    Off(i64, usize),
}

/// How far `own` runs ahead of `times`.
fn compare(times: &BTreeMap<u64, (i64, i64)>, own: &BTreeMap<u64, (i64, i64)>) -> Compared {
    let mut apart = Vec::new();
    let mut middles = Vec::new();
    for (id, (first, last)) in own {
        let Some((from, to)) = times.get(id) else { continue };
        // What overlaps needs no other clock.
        apart.push(if first > to { first - to } else { (last - from).min(0) });
        middles.push((first + last) / 2 - (from + to) / 2);
    }
    let count = middles.len();
    if count < MIN_SHARED {
        return Compared::Unknown;
    }
    let ahead = apart.iter().filter(|gap| **gap > TOLERATED_MS).count();
    let behind = apart.iter().filter(|gap| **gap < -TOLERATED_MS).count();
    if ahead.max(behind) * 5 < count * 4 {
        return if (ahead + behind) * 2 <= count { Compared::Agree } else { Compared::Unknown };
    }
    middles.sort_unstable();
    let at = |quarters: usize| middles.get((count - 1) * quarters / 4).copied().unwrap_or_default();
    let (low, middle, high) = (at(1), at(2), at(3));
    if high - low <= SPREAD_MS.max(middle.abs() / 10) { Compared::Off(middle, count) } else { Compared::Unknown }
}

fn sentence(name: &str, reference: &str, (off_ms, count): (i64, usize)) -> String {
    let way = if off_ms > 0 { "ahead of" } else { "behind" };
    let by = off_ms.unsigned_abs();
    let zone = by >= ZONE_MS as u64 - TOLERATED_MS as u64 && (by + TOLERATED_MS as u64) % ZONE_MS as u64 <= 2 * TOLERATED_MS as u64;
    let hint = if zone { ": whole quarters of an hour, so one of them lacks its zone (give --tz)" } else { "" };
    format!(
        "the clock of {name} runs {:.1} s {way} that of {reference} by the {count} traces that both hold{hint}; times stand as they were written, so the order between these sources is uncertain",
        by as f64 / 1000.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(sources: &[(&str, &[(u64, i64, i64)])]) -> Vec<String> {
        let mut clocks = Clocks::default();
        for (name, traces) in sources {
            clocks.sources.push(((*name).to_string(), traces.iter().map(|(id, a, b)| (*id, (*a, *b))).collect()));
        }
        clocks.said()
    }

    #[test]
    fn a_clock_that_is_off() {
        let a = [(1, 1000, 1400), (2, 2000, 2300), (3, 9000, 9500), (4, 12_000, 12_100)];
        let shifted = |by: i64| a.map(|(id, first, last)| (id, first + by + 20, last + by - 30));
        let said = clocks(&[("a.log", &a), ("b.log", &shifted(4200))]);
        assert!(said.len() == 1 && said[0].contains("b.log runs 4.2 s ahead of that of a.log by the 4 traces"), "{said:?}");
        let said = clocks(&[("a.log", &a), ("b.log", &shifted(-7_200_000))]);
        assert!(said[0].contains("7200.0 s behind") && said[0].contains("--tz"), "{said:?}");
        assert!(clocks(&[("a.log", &a), ("b.log", &shifted(300))]).is_empty());
        assert!(clocks(&[("a.log", &a), ("b.log", &a[..2])]).is_empty() && clocks(&[]).is_empty());
    }

    #[test]
    fn a_queue_is_no_clock() {
        let a = [(1, 1000, 1010), (2, 2000, 2010), (3, 9000, 9010), (4, 12_000, 12_010)];
        let worked = [(1, 3000, 3010), (2, 9000, 9010), (3, 10_500, 10_510), (4, 30_000, 30_010)];
        assert!(clocks(&[("a.log", &a), ("queue.log", &worked)]).is_empty());
    }
}
