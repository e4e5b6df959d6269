//! A tally to incidents.
//!
//! In: the folded [`Tally`], the [`Library`]. Out: [`Incident`]s and the groups that stayed below ([`Minor`]).
//! Fails when: never.
//!
//! Order exists only here: events are sorted by (time, source, line), so unordered input gives the same incidents.

mod connections;
mod duplicates;
mod ending;
mod gauges;
mod group;
mod incident;
mod latency;
mod nodes;
mod restarts;
mod retries;
mod weigh;

pub use connections::{Churn, churn, climb, countless, keeps_all, spent, unsent};
pub use ending::Status;
pub use gauges::{Alarm, LIMITS, Series, alarms, series};
pub use group::{MAX_GAP_FACTOR, MIN_GAP_MS};
pub use incident::{Incident, Kind, Minor, SymptomStat};
pub use latency::{delayed_fsyncs, logged_fork, monitored};
pub use restarts::{tells_of_restart, told_again};
use weigh::Weighed;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::fast::FixedState;

use crate::event::{Cell, CountKey, EVENT_SAMPLE, Event, PASTE_RECORDS, Tally};
use crate::patterns::Library;
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
        all.sort_by_cached_key(|e| (e.time_ms.is_none(), e.time_ms, e.at, e.signature));
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
        let (events, noise) = retries::set_apart(self);
        let groups = group::groups(self, events, &alarms);
        let mut incidents = Vec::new();
        let mut minor = Vec::new();
        let mut told: HashSet<u64, FixedState> = HashSet::default();
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
        if !noise.is_empty() {
            let incident = Incident::of(self, group::Group { events: noise, ..Default::default() }, false);
            minor.push(Minor { incident, why: "single errors now and then, each tried again, and its request was answered" });
        }
        incidents.sort_by_key(|i| (i.start_ms.is_none(), i.start_ms));
        (incidents, minor)
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
