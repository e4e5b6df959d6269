//! A tally to incidents.
//!
//! In: the folded [`Tally`], the [`Library`]. Out: [`Incident`]s and the groups that stayed below ([`Minor`]).
//! Fails when: never.
//!
//! Order exists only here: events are sorted by (time, source, line), so unordered input gives the same incidents.

mod duplicates;
mod gauges;
mod group;
mod incident;
mod nodes;

pub use gauges::{Alarm, Series, alarms, series};
pub use group::{MAX_GAP_FACTOR, MIN_GAP_MS};
pub use incident::{Incident, Minor, Status, SymptomStat};

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{EVENT_SAMPLE, Event, Tally};
use crate::patterns::{Library, Opens};

/// Everything that later stages look at.
pub struct Observed<'a> {
    /// Patterns.
    pub library: &'a Library,
    /// What was seen.
    pub tally: &'a Tally,
    /// Events in order of (time, source, line), undated ones last; copies of one event in several sources once.
    pub events: Vec<&'a Event>,
    /// Marks: messages at level info under a symptom (a start, an end of trouble); never trouble by themselves. In order.
    pub marks: Vec<&'a Event>,
    /// Events left out as copies.
    pub duplicates: u64,
    /// All events are in `events` (else they are a sample, and counts come from the tally's cells).
    pub exact: bool,
    /// Derived gauges by node.
    pub series: BTreeMap<String, Series>,
}

impl<'a> Observed<'a> {
    /// Orders and de-duplicates what was seen.
    pub fn new(library: &'a Library, tally: &'a Tally) -> Observed<'a> {
        let mut all: Vec<&Event> = tally.events.values().collect();
        all.sort_by_key(|e| (e.time_ms.is_none(), e.time_ms, e.at, e.signature));
        // Generic texts that name no product count where the input shows that it is about Redis: its service speaks of
        // Redis elsewhere, or the server's own log or captures are part of it.
        let about_redis = tally.server_log.0 > 0 || tally.gauges.keys().any(|(_, name)| name == "connected_clients");
        all.retain(|e| !e.open || about_redis || e.service.as_ref().is_some_and(|s| tally.redis_users.contains(s)));
        let (mut events, marks): (Vec<&Event>, Vec<&Event>) =
            all.into_iter().partition(|e| e.is_trouble() && !is_first_start(library, tally, e));
        let before = events.len();
        duplicates::drop_copies(&mut events);
        let duplicates = (before - events.len()) as u64;
        let exact = tally.event_total <= EVENT_SAMPLE as u64;
        if !exact {
            events.retain(|e| !e.open);
        }
        Observed { library, tally, events, marks, duplicates, exact, series: series(tally) }
    }

    /// Forms incidents and minor groups.
    pub fn incidents(&self) -> (Vec<Incident<'a>>, Vec<Minor<'a>>) {
        let alarms = alarms(self);
        let groups = group::groups(self, &alarms);
        let mut incidents = Vec::new();
        let mut minor = Vec::new();
        let mut told = BTreeSet::new();
        for (members, alarms, apart) in groups.into_iter().flat_map(|g| nodes::part(self, g)) {
            let mut incident = Incident::of(self, members, alarms, apart);
            // A trace belongs to one incident: the first that it met.
            incident.traces.retain(|(fingerprint, _)| told.insert(*fingerprint));
            match self.weigh(&incident) {
                Weighed::Opens => incidents.push(incident),
                Weighed::Minor(why) => minor.push(Minor { incident, why }),
            }
        }
        incidents.sort_by_key(|i| (i.start_ms.is_none(), i.start_ms));
        (incidents, minor)
    }

    /// Whether a group opens an incident.
    fn weigh(&self, incident: &Incident<'a>) -> Weighed {
        let library = self.library;
        if incident.event_count() == 0 {
            return if incident.alarms.iter().any(|a| a.opens) { Weighed::Opens } else { Weighed::Minor("below the alert thresholds") };
        }
        let one_line = incident.symptoms.keys().any(|s| library.symptom(*s).opens == Opens::OneLine);
        let recurs = incident.event_count() >= 2 || incident.symptoms.len() + incident.alarms.len() >= 2;
        let critical = incident.events.iter().any(|e| e.severity >= 4);
        let small = incident.event_count() <= TRANSIENT_EVENTS && incident.symptoms.len() <= 2;
        if small && !critical && !comes_back(incident) && incident.alarms.iter().all(|a| !a.opens) && self.succeeds_after(incident) {
            return Weighed::Minor("the same services succeed right after it");
        }
        let only_restarts = incident.symptoms.keys().all(|s| library.symptom(*s).marks == "restart");
        if only_restarts && self.tally.survey.cells.values().any(|r| r.healthy > 0) {
            return Weighed::Minor("the server restarted, and no service complains");
        }
        if !one_line && !recurs && self.succeeds_after(incident) {
            return Weighed::Minor("a single message, and the service goes on");
        }
        Weighed::Opens
    }

    /// Every service of the incident is seen succeeding after its last event.
    pub fn succeeds_after(&self, incident: &Incident<'_>) -> bool {
        let Some(end) = incident.end_ms else { return false };
        let healthy_after = |service: &str| {
            let cells = &self.tally.survey.cells;
            let width = self.tally.survey.cell_ms();
            cells.range((end - end.rem_euclid(width), String::new())..).any(|((start, s), r)| {
                s == service && r.healthy > 0 && (*start > end || (width <= 1000 && *start + width > end && r.errors == 0))
            })
        };
        !incident.services.is_empty() && incident.services.keys().all(|s| healthy_after(s))
            || incident.services.is_empty() && healthy_after("")
    }
}

/// Failures of several requests that come back after a pause are no transient, however few.
fn comes_back(incident: &Incident<'_>) -> bool {
    let times: Vec<i64> = incident.events.iter().filter_map(|e| e.time_ms).collect();
    let bursts = 1 + times.windows(2).filter(|w| w[1] - w[0] >= PAUSE_MS).count();
    incident.traces.len() >= 2 && incident.event_count() >= TRANSIENT_EVENTS && bursts >= 2
}

/// The start with which a server's log begins: no restart, hence no trouble.
fn is_first_start(library: &Library, tally: &Tally, e: &Event) -> bool {
    if library.symptom(e.symptom).marks != "restart" || !e.from_server {
        return false;
    }
    match (tally.server_log.1, e.time_ms) {
        (Some((first, _)), Some(t)) => t - first <= START_UP_MS,
        _ => true,
    }
}

/// Lines of one start-up lie this close. Milliseconds.
const START_UP_MS: i64 = 2_000;

/// A group of at most so many events is a note when the same services go on well.
const TRANSIENT_EVENTS: u64 = 3;

/// A pause this long between failures makes them two bursts. Milliseconds.
const PAUSE_MS: i64 = 3_000;

enum Weighed {
    Opens,
    Minor(&'static str),
}
