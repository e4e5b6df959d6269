//! One incident. In: its events and alarms. Out: [`Incident`]: counts by symptom, service, node, trace. Fails when: never.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Cell, Count, Event};
use crate::patterns::{SignatureIdx, SymptomIdx};
use crate::record::Name;

use super::{Alarm, Observed, group::Group};

/// Counts of one symptom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymptomStat {
    /// Events (and gauge readings, for symptoms that only gauges show).
    pub count: u64,
    /// First.
    pub first_ms: Option<i64>,
    /// Last.
    pub last_ms: Option<i64>,
    /// By signature.
    pub signatures: BTreeMap<SignatureIdx, u64>,
}

/// Events that belong together.
#[derive(Clone, Debug)]
pub struct Incident<'a> {
    /// First event or alarm.
    pub start_ms: Option<i64>,
    /// Last.
    pub end_ms: Option<i64>,
    /// Its events (all, or the sample).
    pub events: Vec<&'a Event>,
    /// Gauges past a threshold.
    pub alarms: Vec<Alarm>,
    /// By parent symptom.
    pub symptoms: BTreeMap<SymptomIdx, SymptomStat>,
    /// Service to (records that hold an event, first).
    pub services: BTreeMap<String, (u64, Option<i64>)>,
    /// Instances.
    pub instances: BTreeSet<String>,
    /// Redis nodes named, with counts.
    pub nodes: BTreeMap<String, u64>,
    /// Commands named.
    pub commands: BTreeMap<String, u64>,
    /// Key shapes named.
    pub keys: BTreeMap<String, u64>,
    /// Traces by fingerprint, ordered by first event: (id, first time).
    pub traces: Vec<(u64, String)>,
    /// How many traces: more than `traces` where the events are a sample.
    pub trace_count: Count,
    /// Events, exact.
    total: u64,
}

/// A group that stayed below an incident.
#[derive(Clone, Debug)]
pub struct Minor<'a> {
    /// What it would have been.
    pub incident: Incident<'a>,
    /// Why it is none.
    pub why: &'static str,
}

impl<'a> Incident<'a> {
    /// Counts a group. `apart`: another incident of the same time is about another node.
    pub(super) fn of(observed: &Observed<'a>, group: Group<'a>, apart: bool) -> Incident<'a> {
        let Group { events, alarms, span } = group;
        let event_times = events.iter().filter_map(|e| e.time_ms).chain(span.into_iter().flat_map(|(first, last)| [first, last]));
        // Alarms widen an incident only when they are all it has: a gauge may be past its threshold for days.
        let alarm_times: Vec<i64> = if events.iter().any(|e| e.time_ms.is_some()) {
            Vec::new()
        } else {
            alarms.iter().flat_map(|a| [a.first.time_ms, a.last.time_ms]).flatten().collect()
        };
        let (start_ms, end_ms) = {
            let all: Vec<i64> = event_times.chain(alarm_times).collect();
            (all.iter().min().copied(), all.iter().max().copied())
        };
        let mut i = Incident {
            start_ms,
            end_ms,
            symptoms: BTreeMap::new(),
            services: BTreeMap::new(),
            instances: BTreeSet::new(),
            nodes: BTreeMap::new(),
            commands: BTreeMap::new(),
            keys: BTreeMap::new(),
            traces: Vec::new(),
            trace_count: Count::default(),
            total: events.len() as u64,
            events,
            alarms,
        };
        let mut seen = BTreeSet::new();
        // Counted by borrowed names: a large incident has few of them.
        let mut services: BTreeMap<&str, (u64, Option<i64>)> = BTreeMap::new();
        let mut instances: BTreeSet<&str> = BTreeSet::new();
        let [mut nodes, mut commands, mut keys]: [BTreeMap<&str, u64>; 3] = Default::default();
        for e in &i.events {
            let s = i.symptoms.entry(e.symptom).or_default();
            s.count += 1;
            *s.signatures.entry(e.signature).or_default() += 1;
            s.first_ms = earlier(s.first_ms, e.time_ms);
            s.last_ms = s.last_ms.max(e.time_ms);
            if let Some(service) = observed.service_of(e) {
                let entry = services.entry(service).or_insert((0, None));
                entry.0 += u64::from(!e.again);
                entry.1 = earlier(entry.1, e.time_ms);
            }
            instances.extend(e.instance.as_deref());
            for (map, name) in [(&mut nodes, e.node.as_deref()), (&mut commands, e.command.as_deref()), (&mut keys, e.key.as_deref())] {
                if let Some(name) = name {
                    *map.entry(name).or_default() += 1;
                }
            }
            if let Some(t) = &e.trace
                && seen.insert(t.fingerprint())
            {
                i.traces.push((t.fingerprint(), t.0.clone()));
            }
        }
        let owned = |map: BTreeMap<&str, u64>| map.into_iter().map(|(name, n)| (name.to_string(), n)).collect();
        (i.nodes, i.commands, i.keys) = (owned(nodes), owned(commands), owned(keys));
        i.services = services.into_iter().map(|(name, seen)| (name.to_string(), seen)).collect();
        i.instances = instances.into_iter().map(str::to_string).collect();
        i.trace_count.n = i.traces.len() as u64;
        if !observed.exact {
            i.count_cells(observed, apart);
        }
        for a in &i.alarms {
            // An alarm counts as a symptom where no message says it.
            let s = i.symptoms.entry(a.symptom).or_default();
            if s.signatures.is_empty() && (a.opens || i.total > 0 && a.accompanies) {
                s.count += a.count;
                s.first_ms = earlier(s.first_ms, a.first.time_ms);
                s.last_ms = s.last_ms.max(a.last.time_ms);
            }
        }
        i.symptoms.retain(|_, s| s.count > 0);
        i
    }

    /// Replaces the sample's counts by the exact ones of the tally's cells.
    fn count_cells(&mut self, observed: &Observed<'_>, apart: bool) {
        let (Some(start), Some(end)) = (self.start_ms, self.end_ms) else { return };
        let width = observed.tally.cell_ms();
        let from = start.div_euclid(width) * width;
        let counted = observed.tally.hits.between(from, end);
        if !apart && counted.n > self.trace_count.n {
            self.trace_count = counted;
        }
        let own: BTreeSet<(&Option<Name>, &Option<Name>)> = self.events.iter().map(|e| (&e.service, &e.node)).collect();
        self.total = 0;
        for s in self.symptoms.values_mut() {
            s.count = 0;
            s.signatures.clear();
        }
        for entry in self.services.values_mut() {
            entry.0 = 0;
        }
        for (key, &Cell { n, records, span }) in observed.troubled() {
            if key.cell.is_none_or(|c| c < from || c > end) || apart && !own.contains(&(&key.service, &key.node)) {
                continue;
            }
            let Some(symptom) = observed.library.parent_of(key.signature) else { continue };
            let (first_ms, last_ms) = span.unzip();
            self.total += n;
            let s = self.symptoms.entry(symptom).or_default();
            s.count += n;
            *s.signatures.entry(key.signature).or_default() += n;
            s.first_ms = earlier(s.first_ms, first_ms);
            s.last_ms = s.last_ms.max(last_ms);
            if let Some(service) = &key.service {
                let service = observed.aliases.get(&**service).copied().unwrap_or(service);
                if let Some(known) = self.services.get_mut(service) {
                    known.0 += records;
                    known.1 = earlier(known.1, first_ms);
                    continue;
                }
                self.services.insert(service.to_string(), (records, first_ms));
            }
        }
    }

    /// Events, exact.
    pub fn event_count(&self) -> u64 {
        self.total
    }

    /// The highest severity, 1 to 4.
    pub fn severity(&self) -> u8 {
        self.events.iter().map(|e| e.severity).max().unwrap_or(if self.alarms.is_empty() { 1 } else { 3 })
    }

    /// The first event or, without events, nothing.
    pub fn first_event(&self) -> Option<&'a Event> {
        self.events.first().copied()
    }
}

fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
