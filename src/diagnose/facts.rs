//! What features look at. In: an incident, everything observed. Out: [`Facts`] with rates and windows. Fails when: never.

use std::collections::{BTreeMap, BTreeSet};

use super::rates::Rates;
use crate::correlate::{Incident, Observed, Series};
use crate::event::{ChangeSeen, Snapshot};
use crate::patterns::SymptomIdx;
use crate::source::Location;

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
            rates: Rates::of(observed, incident),
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
        let mut cites: Vec<Location> = self.incident.told(|kind| of.contains(&kind.symptom)).map(|e| e.at).take(3).collect();
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
