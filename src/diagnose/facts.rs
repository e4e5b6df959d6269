//! What features look at. In: an incident, everything observed. Out: [`Facts`] with rates and windows. Fails when: never.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::{Incident, Observed, Series};
use crate::event::{ChangeSeen, Snapshot};
use crate::patterns::SymptomIdx;
use crate::record::Name;
use crate::source::Location;

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
}

/// Stretches before and after are at least this long, so that a two-second incident has a baseline. Milliseconds.
pub(super) const MIN_STRETCH_MS: i64 = 20_000;
/// A shorter incident is widened to this on both sides before its requests are counted: what a stall held up is logged
/// at once when it ends, so the rate of a second says nothing. Milliseconds.
const MIN_DURING_MS: i64 = 10_000;
/// Fewer requests than this before the onset are no baseline.
pub(super) const MIN_REQUESTS: u64 = 10;
/// Changes this long before the onset may have to do with it. Milliseconds.
pub(super) const CHANGE_WINDOW_MS: i64 = 15 * 60_000;

/// Lines of one start-up of the server lie this close. Milliseconds.
const BOOT_MS: i64 = 2_000;

/// What features look at.
pub struct Facts<'a, 'o> {
    /// Everything observed.
    pub observed: &'o Observed<'a>,
    /// The incident.
    pub incident: &'o Incident<'a>,
    /// Gauges of the incident's node.
    pub series: &'o Series,
    /// Requests.
    pub rates: Rates,
    /// Client lists in order.
    pub snapshots: Vec<&'o Snapshot>,
    /// Services seen at all, with their healthy and error records in the incident's stretch.
    pub live: BTreeMap<String, (u64, u64)>,
    /// Services that only pass requests on (first of most traces that they share with others): they do not use Redis
    /// themselves, so their success says nothing about it.
    pub edges: BTreeSet<String>,
    /// Distinct sources with events.
    pub sources: BTreeSet<u32>,
}

static NO_SERIES: std::sync::OnceLock<Series> = std::sync::OnceLock::new();

impl<'a, 'o> Facts<'a, 'o> {
    /// Gathers the facts of one incident.
    pub fn new(observed: &'o Observed<'a>, incident: &'o Incident<'a>) -> Facts<'a, 'o> {
        // The node's own gauges, else those of an unnamed node, else the fullest.
        let named = incident.nodes.keys().find_map(|n| observed.series.get(n).filter(|s| s.gauges.len() > 1));
        let series = named
            .or_else(|| observed.series.get(""))
            .or_else(|| observed.series.values().max_by_key(|s| (s.of_server(), s.gauges.values().map(Vec::len).sum::<usize>())))
            .unwrap_or_else(|| NO_SERIES.get_or_init(Series::default));
        let mut live: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        if let (Some(start), Some(end)) = (incident.start_ms, incident.end_ms) {
            let width = observed.tally.survey.cell_ms();
            for ((cell, service), r) in &observed.tally.survey.cells {
                if service.is_empty() {
                    continue;
                }
                let entry = live.entry(service.to_string()).or_default();
                if *cell + width > start && *cell <= end {
                    entry.0 += u64::from(r.healthy);
                    entry.1 += u64::from(r.errors);
                }
            }
        }
        let edges = edges(observed, incident);
        // Only services that use Redis say something about it: those that fail, name it, or hold connections.
        let holders: BTreeSet<&String> = observed.tally.snapshots.values().flat_map(|s| s.holders.keys()).collect();
        let uses = |name: &String| observed.tally.redis_users.contains(name) || holders.contains(name);
        // Where no other service is known to use Redis, each that serves requests may.
        let other = |name: &String, (ok, bad): &(u64, u64)| ok + bad > 0 && !incident.services.contains_key(name) && !edges.contains(name);
        let known = live.iter().any(|(name, seen)| other(name, seen) && uses(name));
        live.retain(|name, seen| incident.services.contains_key(name) || (other(name, seen) && (!known || uses(name))));
        Facts {
            edges,
            rates: rates(observed, incident),
            series,
            snapshots: observed.tally.snapshots.values().collect(),
            live,
            sources: incident.events.iter().map(|e| e.at.source.0).collect(),
            observed,
            incident,
        }
    }

    /// Events of the incident with one of these parent symptoms: (count, citations).
    pub fn symptom(&self, of: &[SymptomIdx]) -> (u64, Vec<Location>) {
        let count = of.iter().filter_map(|s| self.incident.symptoms.get(s)).map(|s| s.count).sum();
        let mut cites: Vec<Location> = self.incident.events.iter().filter(|e| of.contains(&e.symptom)).map(|e| e.at).take(3).collect();
        cites.extend(self.incident.alarms.iter().filter(|a| of.contains(&a.symptom)).map(|a| a.first.at).take(2));
        (count, cites)
    }

    /// Changes in the window before the onset and up to it, latest first.
    pub fn changes_before(&self) -> Vec<(i64, Location, &'o ChangeSeen)> {
        let Some(start) = self.incident.start_ms else { return Vec::new() };
        let mut out: Vec<_> = self
            .observed
            .tally
            .changes
            .iter()
            .filter_map(|((t, at), c)| {
                let t = (*t)?;
                // The start with which the server's log begins is no change.
                let boot = c.kind == crate::capture::ChangeKind::Restart
                    && self.observed.tally.server_begins(at.source).is_some_and(|first| t - first <= BOOT_MS);
                (!boot && t <= start + 1000 && t >= start - CHANGE_WINDOW_MS).then_some((t, *at, c))
            })
            .collect();
        out.sort_by_key(|(t, at, _)| (std::cmp::Reverse(*t), *at));
        out
    }

    /// A source that tells of changes was read: something besides starts of the server stands in it.
    pub fn sees_changes(&self) -> bool {
        let told = self.observed.tally.changes.iter().filter(|(_, c)| c.kind != crate::capture::ChangeKind::Restart);
        // One without a time may be the one that is sought.
        told.clone().next().is_some() && told.map(|((time, _), _)| time).all(Option::is_some)
    }

    /// The server's own log covers part of the incident.
    pub fn server_log_covers(&self) -> bool {
        let (count, span) = self.observed.tally.server_log;
        if count == 0 {
            return false;
        }
        match (span, self.incident.start_ms, self.incident.end_ms) {
            // A quiet server writes nothing for minutes: its log covers what lies between its lines, and what follows
            // if it was read together with the others.
            (Some((first, _)), Some(_), Some(end)) => first <= end,
            _ => true,
        }
    }

    /// Requests can be compared with a baseline.
    pub fn has_baseline(&self) -> bool {
        self.rates.counted >= MIN_REQUESTS && self.rates.before.is_some() && self.rates.during.is_some()
    }
}

/// Traces that are looked at to tell edges; the smallest fingerprints, which is a fair sample.
const EDGE_TRACES: usize = 2_000;

/// Services that stand around others: in most traces, first or last in most of these, and sharing them with several.
fn edges(observed: &Observed<'_>, incident: &Incident<'_>) -> BTreeSet<String> {
    let mut seen: BTreeMap<&str, (u32, u32, BTreeSet<&str>)> = BTreeMap::new();
    let mut shared = 0;
    for t in observed.tally.survey.traces.iter().map(|(_, t)| t).filter(|t| t.services.len() > 1).take(EDGE_TRACES) {
        let outer = |last: bool| t.services.iter().min_by_key(|(_, time)| if last { -*time } else { *time }).map(|(n, _)| n);
        let (first, last) = (outer(false), outer(true));
        shared += 1;
        for name in t.services.names() {
            let entry = seen.entry(name).or_default();
            entry.0 += u32::from(Some(name) == first || Some(name) == last);
            entry.1 += 1;
            entry.2.extend(t.services.names().filter(|n| *n != name));
        }
    }
    let own_events = |name: &str| incident.services.contains_key(name);
    seen.into_iter()
        .filter(|(name, (outer, all, others))| outer * 10 >= all * 8 && all * 10 >= shared * 6 && others.len() > 1 && !own_events(name))
        .map(|(name, _)| name.to_string())
        .collect()
}

fn rates(observed: &Observed<'_>, incident: &Incident<'_>) -> Rates {
    let survey = &observed.tally.survey;
    let (Some(start), Some(end), Some((first, last))) = (incident.start_ms, incident.end_ms, survey.span) else {
        return Rates::default();
    };
    let access: u64 = survey.cells.values().map(|r| u64::from(r.access)).sum();
    let traced = survey.trace_count();
    let basis = if access >= MIN_REQUESTS {
        1
    } else if traced >= 2 * MIN_REQUESTS && !survey.sampled {
        2
    } else if survey.cells.values().map(|r| u64::from(r.healthy)).sum::<u64>() >= MIN_REQUESTS {
        3
    } else {
        return Rates::default();
    };
    let width = survey.cell_ms();
    // A cell that reaches beyond the stretch counts in proportion: (requests, their variance, seconds that were sampled).
    let count = |from: i64, to: i64| -> (u64, f64, u64) {
        if basis == 2 {
            let kept = survey.traces.iter().filter(|(_, t)| t.first_ms >= from && t.first_ms < to).count() as u64;
            // Of a sample: as many as it stands for.
            return ((kept as f64 * traced as f64 / survey.traces.len().max(1) as f64).round() as u64, 0.0, 0);
        }
        let within = |cell: i64| ((cell + width).min(to) - cell.max(from)).max(0) as f64 / width as f64;
        let cells = survey.cells.range((from - from.rem_euclid(width), Name::default())..).take_while(|((cell, _), _)| *cell < to);
        let (mut requests, mut variance, mut seen) = (0.0, 0.0, BTreeMap::<i64, bool>::new());
        for ((cell, _), r) in cells {
            let (n, v) = if basis == 1 { (r.access, r.access_variance) } else { (r.healthy, r.healthy_variance) };
            let part = within(*cell);
            requests += f64::from(n) * part;
            variance += f64::from(v) * part * part;
            *seen.entry(*cell).or_default() |= v > 0;
        }
        // Where some seconds were sampled, those of which nothing was drawn were, too.
        let counted = seen.values().filter(|sampled| !**sampled).count() as i64 * width;
        let sampled_s = if variance > 0.0 { (to - from - counted).max(0) / 1000 } else { 0 };
        (requests.round() as u64, variance, sampled_s as u64)
    };
    let stretch = (end - start).max(MIN_STRETCH_MS);
    // Whole cells only, and never beyond what was logged.
    let mut stderr: Option<f64> = None;
    let mut sampled_s = 0;
    let mut per_second = |from: i64, to: i64| -> (Option<f64>, u64) {
        let (from, to) = (from.max(first), to.min(last + 1));
        if to - from < 2 * width.min(1000) {
            return (None, 0);
        }
        let (n, variance, sampled) = count(from, to);
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
    Rates { before, during, after, basis, counted, counted_during, stderr, sampled_s, expected: before.unwrap_or(0.0) * seconds }
}
