//! One incident. In: its events and alarms. Out: [`Incident`]: counts by symptom, service, node, trace. Fails when: never.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::FixedState;

use crate::event::{Cell, Count, CountKey, Event};
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

/// What one kind of message says, and who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The report's symptom.
    pub symptom: SymptomIdx,
    /// The message.
    pub signature: SignatureIdx,
    /// Said by the server's own log.
    pub from_server: bool,
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
    /// The few kinds of its events, and which of them each event is: whoever asks for some kinds need not look at the others.
    kinds: Vec<Kind>,
    kind_of: Vec<u16>,
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
        // In order, those without a time last.
        let event_times = events.first().and_then(|e| e.time_ms).into_iter().chain(events.iter().rev().find_map(|e| e.time_ms));
        // Alarms widen an incident only when they are all it has: a gauge may be past its threshold for days.
        let alarm_times = alarms.iter().filter(|_| event_times.clone().next().is_none());
        let alarm_times = alarm_times.flat_map(|a| [a.first.time_ms, a.last.time_ms]).flatten();
        let times = event_times.clone().chain(span.into_iter().flat_map(<[i64; 2]>::from)).chain(alarm_times);
        let (start_ms, end_ms) = (times.clone().min(), times.max());
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
            kinds: Vec::new(),
            kind_of: Vec::with_capacity(events.len()),
            events,
            alarms,
        };
        let mut kinds: BTreeMap<Kind, u16> = BTreeMap::new();
        let mut seen: HashSet<u64, FixedState> = HashSet::default();
        // Counted by borrowed names: a large incident has few of them.
        let mut services: HashMap<&str, (u64, Option<i64>), FixedState> = HashMap::default();
        let mut instances: HashSet<&str, FixedState> = HashSet::default();
        let [mut nodes, mut commands, mut keys]: [HashMap<&str, u64, FixedState>; 3] = Default::default();
        for e in &i.events {
            let kind = Kind { symptom: e.symptom, signature: e.signature, from_server: e.from_server };
            i.kind_of.push(*kinds.entry(kind).or_insert_with(|| {
                i.kinds.push(kind);
                i.kinds.len() as u16 - 1
            }));
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
            if let Some((t, fingerprint)) = e.trace.as_ref().map(|t| (t, t.fingerprint()))
                && seen.insert(fingerprint)
            {
                i.traces.push((fingerprint, t.0.clone()));
            }
        }
        let owned = |map: HashMap<&str, u64, FixedState>| map.into_iter().map(|(name, n)| (name.to_string(), n)).collect();
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
        let named: BTreeSet<(&Option<Name>, &Option<Name>)> = self.events.iter().filter(|_| apart).map(|e| (&e.service, &e.node)).collect();
        let own = |key: &CountKey| !apart || named.contains(&(&key.service, &key.node));
        // Thousands of cells, few messages of few services.
        let mut counted: HashMap<(SignatureIdx, &Option<Name>), Cell, FixedState> = HashMap::default();
        for (key, cell) in observed.troubled() {
            if key.cell.is_some_and(|c| (from..=end).contains(&c)) && own(key) {
                counted.entry((key.signature, &key.service)).or_default().add(*cell);
            }
        }
        let counted: BTreeMap<(SignatureIdx, &Option<Name>), Cell> = counted.into_iter().collect();
        self.total = 0;
        for s in self.symptoms.values_mut() {
            s.count = 0;
            s.signatures.clear();
        }
        for entry in self.services.values_mut() {
            entry.0 = 0;
        }
        for ((signature, service), Cell { n, records, span }) in counted {
            let Some(symptom) = observed.library.parent_of(signature) else { continue };
            let (first_ms, last_ms) = span.unzip();
            self.total += n;
            let s = self.symptoms.entry(symptom).or_default();
            s.count += n;
            *s.signatures.entry(signature).or_default() += n;
            s.first_ms = earlier(s.first_ms, first_ms);
            s.last_ms = s.last_ms.max(last_ms);
            if let Some(service) = service {
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

    /// Its events of some kinds, in order.
    pub fn told(&self, wanted: impl Fn(&Kind) -> bool) -> impl Iterator<Item = &'a Event> + Clone {
        let wanted: Vec<bool> = self.kinds.iter().map(wanted).collect();
        let looked_at = if wanted.contains(&true) { self.events.len() } else { 0 };
        let of_kinds = self.kind_of.iter().zip(&self.events).take(looked_at);
        of_kinds.filter(move |(kind, _)| wanted.get(usize::from(**kind)) == Some(&true)).map(|(_, e)| *e)
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
