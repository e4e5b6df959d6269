//! A tally to incidents.
//!
//! In: the folded [`Tally`], the [`Library`]. Out: [`Incident`]s and the groups that stayed below ([`Minor`]).
//! Fails when: never.
//!
//! Order exists only here: events are sorted by (time, source, line), so unordered input gives the same incidents.

mod connections;
mod duplicates;
mod gauges;
mod group;
mod incident;
mod latency;
mod nodes;
mod restarts;

pub use connections::{Churn, churn, climb, countless, spent};
pub use gauges::{Alarm, LIMITS, Series, alarms, series};
pub use group::{MAX_GAP_FACTOR, MIN_GAP_MS};
pub use incident::{Incident, Minor, Status, SymptomStat};
pub use latency::{delayed_fsyncs, logged_fork, monitored};
pub use restarts::told_again;

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Cell, CountKey, EVENT_SAMPLE, Event, PASTE_RECORDS, Tally};
use crate::patterns::{Library, Opens};
use crate::record::{Name, Severity};
use crate::source::{Location, SourceId};

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
    /// Generic texts in an input that names Redis nowhere: they count for nothing, and are said.
    pub untied: Vec<&'a Event>,
    /// Names that a file's path gave to lines of a service that its records name otherwise: (name, service).
    aliases: BTreeMap<&'a str, &'a str>,
    /// Derived gauges by node.
    pub series: BTreeMap<String, Series>,
}

impl<'a> Observed<'a> {
    /// Orders and de-duplicates what was seen.
    pub fn new(library: &'a Library, tally: &'a Tally) -> Observed<'a> {
        let mut all: Vec<&Event> = tally.events.values().collect();
        all.sort_by_key(|e| (e.time_ms.is_none(), e.time_ms, e.at, e.signature));
        let tied = ties(library, tally, &all);
        let (all, untied): (Vec<&Event>, Vec<&Event>) = all.into_iter().partition(|e| tied(e));
        let (mut events, marks): (Vec<&Event>, Vec<&Event>) =
            all.into_iter().partition(|e| e.is_trouble() && !restarts::is_first_start(library, tally, e));
        let before = events.len();
        duplicates::drop_copies(&mut events);
        let duplicates = (before - events.len()) as u64;
        let exact = tally.event_total <= EVENT_SAMPLE as u64;
        if !exact {
            events.retain(|e| !e.open);
        }
        let aliases = aliases(tally, &events);
        Observed { library, tally, events, marks, untied, aliases, duplicates, exact, series: series(tally) }
    }

    /// The service of an event; lines without a name of their own belong to the service that the file's records name.
    pub fn service_of(&self, event: &'a Event) -> Option<&'a str> {
        let name = event.service.as_deref()?;
        Some(self.aliases.get(name).copied().unwrap_or(name))
    }

    /// The exact counts of trouble, by cell.
    fn troubled(&self) -> impl Iterator<Item = (&'a CountKey, &'a Cell)> {
        let library = self.library;
        let counts = |key: &CountKey| library.signature(key.signature).severity > 1 && library.parent_of(key.signature).is_some();
        self.tally.counts.iter().filter(move |(key, _)| counts(key))
    }

    /// Forms incidents and minor groups.
    pub fn incidents(&self) -> (Vec<Incident<'a>>, Vec<Minor<'a>>) {
        let alarms = alarms(self);
        let groups = group::groups(self, &alarms);
        let mut incidents = Vec::new();
        let mut minor = Vec::new();
        let mut told = BTreeSet::new();
        for (group, apart) in groups.into_iter().flat_map(|g| nodes::part(self, g)) {
            let mut incident = Incident::of(self, group, apart);
            // A trace belongs to one incident: the first that it met.
            let met = incident.traces.len();
            incident.traces.retain(|(fingerprint, _)| told.insert(*fingerprint));
            incident.trace_count.n -= (met - incident.traces.len()) as u64;
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
        if small && !critical && !self.several(incident) && incident.alarms.iter().all(|a| !a.opens) && self.succeeds_after(incident) {
            return Weighed::Minor("the same services succeed right after it");
        }
        let only_restarts = incident.symptoms.keys().all(|s| library.symptom(*s).marks == "restart");
        if only_restarts && self.tally.survey.cells.values().any(|r| r.healthy > 0) {
            return Weighed::Minor("the server restarted, and no service complains");
        }
        if only_restarts && self.restarted_in_order(incident) {
            return Weighed::Minor("the server was stopped in order and started again, and no client's log is here");
        }
        let unharmed = |limit: u8| {
            let below = incident.events.iter().all(|e| e.severity <= limit) && incident.alarms.iter().all(|a| !a.opens);
            !one_line && below && self.edge_unharmed(incident) && self.succeeds_after(incident)
        };
        if unharmed(2) {
            return Weighed::Minor("only warnings, and every request at the edge succeeded meanwhile");
        }
        if is_blip(incident) && !critical && unharmed(3) {
            return Weighed::Minor("a few errors within seconds, and every request at the edge succeeded meanwhile");
        }
        let warned = |e: &&Event| matches!(e.level, Severity::Info | Severity::Warn);
        if is_blip(incident) && !critical && !one_line && incident.events.iter().all(warned) && self.passed(incident) {
            return Weighed::Minor("a few warnings within seconds, and the same services succeed right after them");
        }
        if self.within_restarts(incident, restarts::RESTART_MS) && !self.several(incident) {
            return Weighed::Minor("the server was restarted in order, and no request is seen to fail");
        }
        // Longer, it is away, whoever told it to stop and however well its callers do without it.
        let stopped = self.stopped(incident) && lasts(incident, restarts::REBOOT_MS);
        if stopped && unharmed(3) || self.within_restarts(incident, restarts::REBOOT_MS) && unharmed(u8::MAX) {
            return Weighed::Minor("the server was stopped in order, and every request at the edge succeeded meanwhile");
        }
        if !one_line && !recurs && self.succeeds_after(incident) {
            return Weighed::Minor("a single message, and the service goes on");
        }
        Weighed::Opens
    }

    /// Nothing is past a threshold, no request is seen to fail, and the services go on.
    fn passed(&self, incident: &Incident<'a>) -> bool {
        incident.alarms.iter().all(|a| !a.opens) && self.failed_requests(incident) == 0 && self.succeeds_after(incident)
    }

    /// Some service is seen succeeding in a later second.
    fn anybody_succeeds_after(&self, time: i64) -> bool {
        self.tally.survey.cells.range((time + 1, Name::default())..).any(|(_, r)| r.healthy > 0)
    }

    /// Failures of several requests are no single transient: by their traces, by statuses in the same seconds, or by pauses.
    fn several(&self, incident: &Incident<'a>) -> bool {
        let times: Vec<i64> = incident.events.iter().filter_map(|e| e.time_ms).collect();
        let bursts = 1 + times.windows(2).filter(|w| w[1] - w[0] >= PAUSE_MS).count();
        let count = incident.event_count();
        let (many, apart) = (count >= TRANSIENT_EVENTS, bursts >= 2);
        let traced = incident.traces.len();
        traced >= 2 && (many || apart) || traced == 0 && many && apart || self.failed_requests(incident) >= 2
    }

    /// Requests are logged with their statuses around the incident, and none failed.
    fn edge_unharmed(&self, incident: &Incident<'a>) -> bool {
        let (Some(start), Some(end)) = (incident.start_ms, incident.end_ms) else { return false };
        let survey = &self.tally.survey;
        // A request is logged when it ends, and few may end within a short incident.
        let (start, end) = (start - REQUEST_MS, end + REQUEST_MS);
        let from = start - start.rem_euclid(survey.cell_ms());
        let cells = survey.cells.range((from, Name::default())..).take_while(|((cell, _), _)| *cell <= end);
        let (asked, failed) = cells.fold((0, 0), |(asked, failed), (_, r)| (asked + u64::from(r.answered), failed + r.failed));
        asked >= EDGE_REQUESTS && failed == 0
    }

    /// Requests that failed in the seconds of an incident, as the service with most of them counts.
    fn failed_requests(&self, incident: &Incident<'a>) -> u64 {
        let (Some(start), Some(end)) = (incident.start_ms, incident.end_ms) else { return 0 };
        let survey = &self.tally.survey;
        let from = start - start.rem_euclid(survey.cell_ms());
        let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
        for ((_, service), r) in survey.cells.range((from, Name::default())..).take_while(|((cell, _), _)| *cell <= end) {
            *failed.entry(service).or_default() += u64::from(r.failed);
        }
        failed.into_values().max().unwrap_or(0)
    }

    /// Every service of the incident is seen succeeding after its last event. Within the second of that event the order is
    /// unknown, so only later ones count.
    pub fn succeeds_after(&self, incident: &Incident<'_>) -> bool {
        let Some(end) = incident.end_ms else { return false };
        let healthy_after = |service: &str| {
            let cells = &self.tally.survey.cells;
            let width = self.tally.survey.cell_ms();
            cells.range((end - end.rem_euclid(width), Name::default())..).any(|((start, s), r)| {
                **s == *service
                    && r.healthy > 0
                    && (*start > end || (width <= 1000 && *start + width > end && r.errors == 0 && r.last_ok_ms > end))
            })
        };
        !incident.services.is_empty() && incident.services.keys().all(|s| healthy_after(s))
            || incident.services.is_empty() && healthy_after("")
    }
}

/// The open events ([`Event::open`]) that the whole input ties to Redis, in order of (source, line).
pub fn tied<'a>(library: &'a Library, tally: &'a Tally) -> Vec<&'a Event> {
    let mut all: Vec<&Event> = tally.events.values().collect();
    all.sort_by_key(|e| (e.at, e.signature));
    let tied = ties(library, tally, &all);
    all.iter().copied().filter(|e| e.open && tied(e)).collect()
}

/// Generic texts that name no product count where the input shows that it is about Redis: its service speaks of Redis
/// elsewhere, the server's own log or captures are part of it, or in a paste the nearest name is Redis's.
fn ties<'a>(library: &'a Library, tally: &'a Tally, all: &[&'a Event]) -> impl Fn(&Event) -> bool + use<'a> {
    let about_redis = tally.server_log.0 > 0 || tally.gauges.keys().any(|(_, name)| name == "connected_clients");
    let speakers = own_speakers(library, all);
    move |e: &Event| {
        // What any runtime says of any peer needs a name close by: that its service uses Redis, too, is not enough.
        let by_service = || {
            !library.signature(e.signature).generic
                && (about_redis
                    || e.service.as_ref().is_some_and(|s| tally.redis_users.contains(&**s))
                    || speakers.contains(&e.service.as_deref()))
        };
        !e.open || by_service() || beside_redis(library, tally, e)
    }
}

/// In a paste the nearest record that names a product says whose error it is; of two the one above. Where none does, a
/// wording of clients of Redis alone suffices.
fn beside_redis(library: &Library, tally: &Tally, e: &Event) -> bool {
    if tally.survey.records > PASTE_RECORDS {
        return false;
    }
    let far = |at: &Location| at.line.abs_diff(e.at.line);
    let same = |(at, redis): (&Location, &bool)| (at.source == e.at.source).then_some((far(at), *redis));
    let above = tally.named.range(..=e.at).next_back().and_then(same);
    let below = tally.named.range(e.at..).next().and_then(same);
    match (above, below) {
        (Some((up, _)), Some((down, redis))) if down < up => redis,
        (Some((_, redis)), _) | (None, Some((_, redis))) => redis,
        (None, None) => library.signature(e.signature).own_words,
    }
}

/// A wording of clients of Redis that recurs this often in a service ties it to Redis.
const OWN_WORDS: usize = 3;

/// Services whose errors are worded as only clients of Redis do.
fn own_speakers<'a>(library: &Library, all: &[&'a Event]) -> BTreeSet<Option<&'a str>> {
    let mut said: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for e in all.iter().filter(|e| e.open && library.signature(e.signature).own_words) {
        *said.entry(e.service.as_deref()).or_default() += 1;
    }
    said.into_iter().filter(|(_, n)| *n >= OWN_WORDS).map(|(s, _)| s).collect()
}

/// `checkout.log` may hold records of `checkout-api`: names that only the path gave, and that share a word with the
/// service of the records beside them in the same source.
fn aliases<'a>(tally: &'a Tally, events: &[&'a Event]) -> BTreeMap<&'a str, &'a str> {
    let starts = &tally.survey.starts;
    let spoken: BTreeSet<&str> = tally.survey.cells.iter().filter(|(_, r)| r.healthy > 0).map(|((_, s), _)| &**s).collect();
    let mut out = BTreeMap::new();
    let names: BTreeSet<(&'a str, SourceId)> = events.iter().filter_map(|e| Some((e.service.as_deref()?, e.at.source))).collect();
    for (name, source) in names.into_iter().filter(|(name, _)| !spoken.contains(name)) {
        let part = |whole: &str, part: &str| {
            whole.strip_suffix(part).is_some_and(|rest| rest.ends_with(['-', '_', '.']))
                || whole.strip_prefix(part).is_some_and(|rest| rest.starts_with(['-', '_', '.']))
        };
        let mut owners = starts
            .services()
            .filter(|(s, first)| *s != name && first.1.source == source && spoken.contains(s) && (part(name, s) || part(s, name)));
        if let (Some((owner, _)), None) = (owners.next(), owners.next()) {
            out.insert(name, owner);
        }
    }
    out
}

/// A group of at most so many events is a note when the same services go on well.
const TRANSIENT_EVENTS: u64 = 3;

/// Requests that end this long before or after an incident tell of it, too. Milliseconds.
const REQUEST_MS: i64 = 5_000;

/// So many requests at the edge during an incident show whether anybody felt it.
const EDGE_REQUESTS: u64 = 10;

/// A pause this long between failures makes them two bursts. Milliseconds.
const PAUSE_MS: i64 = 3_000;

/// So few events …
const BLIP_EVENTS: u64 = 10;
/// … in so short a time are a blip. Milliseconds.
const BLIP_MS: i64 = 10_000;

fn is_blip(incident: &Incident<'_>) -> bool {
    incident.event_count() <= BLIP_EVENTS && lasts(incident, BLIP_MS)
}

/// From first to last no more than this.
fn lasts(incident: &Incident<'_>, at_most_ms: i64) -> bool {
    incident.start_ms.zip(incident.end_ms).is_some_and(|(start, end)| end - start <= at_most_ms)
}

enum Weighed {
    Opens,
    Minor(&'static str),
}
