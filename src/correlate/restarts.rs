//! Stops and starts of the server, as its own log tells them.
//!
//! In: marks, events, the times of the server's logs. Out: what was a restart in order, and when the server was away.
//! Fails when: never.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Event, Tally};
use crate::patterns::{Library, SignatureIdx};
use crate::source::SourceId;

use super::{Incident, Observed};

impl<'a> Observed<'a> {
    /// Times at which the server was told to stop (`stop`), started again (`restart`) or was up again (`ready`, which tells
    /// of a start, too), by what a symptom marks; in order.
    fn marked<'s>(&'s self, incident: &'s Incident<'a>, what: &'s str) -> impl Iterator<Item = i64> + 's {
        let own = move |signature: SignatureIdx| {
            let marks = &self.library.symptom(self.library.signature(signature).symptom).marks;
            marks == what || marks == "ready" && what == "restart"
        };
        let marks = self.marks.iter().copied().filter(move |e| own(e.signature));
        marks.chain(incident.told(move |kind| own(kind.signature))).filter_map(|e| e.time_ms)
    }

    /// The server was told to stop in the seconds of an incident or just before: clients that reconnect are meant to.
    pub(super) fn stopped(&self, incident: &Incident<'a>) -> bool {
        let (Some(start), Some(end)) = (incident.start_ms, incident.end_ms) else { return false };
        self.marked(incident, "stop").any(|t| (start - START_UP_MS..=end).contains(&t))
    }

    /// One orderly stop and a start soon after it, told by the server alone: an update or a move, as far as anybody tells.
    /// A start without a stop before it was none of these, and a server that is stopped again and again is not well.
    pub(super) fn restarted_in_order(&self, incident: &Incident<'a>) -> bool {
        let (Some(start), Some(end)) = (incident.start_ms, incident.end_ms) else { return false };
        let alone = incident.services.is_empty() && self.tally.survey.cells.values().all(|r| r.healthy == 0);
        let stops = || self.marked(incident, "stop").filter(|t| (start - STOPPING_MS..=end).contains(t));
        let mut starts = self.marked(incident, "restart").filter(|t| (start..=end + RESTART_MS).contains(t)).peekable();
        let (Some(first), Some(last)) = (stops().min(), stops().max()) else { return false };
        alone && last - first <= STOPPING_MS && starts.peek().is_some() && starts.all(|t| t > last && t - last <= RESTART_MS)
    }

    /// Nothing but stops of a server of which it alone speaks.
    pub(super) fn stops_alone(&self, incident: &Incident<'a>) -> bool {
        let alone = incident.services.is_empty() && incident.symptoms.keys().all(|s| self.library.symptom(*s).marks == "restart");
        alone && starts(self.library, incident) == 0 && self.marked(incident, "stop").max() >= incident.end_ms
    }

    /// The longest absence of the server, from an orderly stop to its next start, in milliseconds, where all of an incident
    /// lies in such absences.
    pub(super) fn planned_absence(&self, incident: &Incident<'a>) -> Option<i64> {
        let started: BTreeSet<i64> = self.marked(incident, "restart").collect();
        let back = |stop: i64| started.range(stop + 1..).next().map(|start| (stop, *start));
        let absences: Vec<(i64, i64)> = self.marked(incident, "stop").filter_map(back).collect();
        let around = |time: i64| absences.iter().filter(move |(stop, start)| (stop - START_UP_MS..=start + START_UP_MS).contains(&time));
        let shortest = |e: &&Event| around(e.time_ms?).map(|(stop, start)| start - stop).min();
        incident.events.iter().map(shortest).try_fold(0, |longest, ms| Some(longest.max(ms?)))
    }
}

/// How often the server starts in an incident.
pub(super) fn starts(library: &Library, incident: &Incident<'_>) -> usize {
    incident.told(|kind| is_stop(library, kind.signature) == Some(false)).count()
}

impl Tally {
    /// When the log of the server began whose line this is. A source's own begin counts where every server whose log began
    /// before it goes on beside it; the log of a container that ran before ends, and what follows is its restart.
    pub(crate) fn server_begins(&self, source: SourceId) -> Option<i64> {
        let own = self.server_logs.get(&source).map(|(first, _)| *first);
        let beside = |own: &i64| self.server_logs.values().all(|(first, last)| first >= own || last >= own);
        own.filter(beside).or(self.server_log.1.map(|(first, _)| first))
    }
}

/// When the server was away: from a word to stop to its next start, in one source.
pub(super) fn absences(observed: &Observed<'_>) -> Vec<(i64, i64)> {
    let mut told: Vec<(SourceId, i64, bool)> = Vec::new();
    for e in observed.marks.iter().chain(&observed.events).filter(|e| e.from_server) {
        if let (Some(time), Some(stop)) = (e.time_ms, is_stop(observed.library, e.signature)) {
            told.push((e.at.source, time, stop));
        }
    }
    told.sort_unstable();
    let away = |w: &[(SourceId, i64, bool)]| (w[0].0 == w[1].0 && w[0].2 && !w[1].2).then_some((w[0].1, w[1].1));
    told.windows(2).filter_map(away).collect()
}

/// A stop (true), a start (false), or neither.
fn is_stop(library: &Library, signature: SignatureIdx) -> Option<bool> {
    match library.symptom(library.signature(signature).symptom).marks.as_ref() {
        "stop" => Some(true),
        "restart" | "ready" => Some(false),
        _ => None,
    }
}

/// A message that tells of a stop or a start.
pub fn tells_of_restart(library: &Library, signature: SignatureIdx) -> bool {
    is_stop(library, signature).is_some()
}

/// Events, in order, that tell again of a restart of which another has told: the steps of one stop, and the start after it.
pub fn told_again<'e>(library: &Library, events: impl Iterator<Item = &'e Event>) -> u64 {
    let mut stops: BTreeMap<SourceId, i64> = BTreeMap::new();
    let mut again = 0;
    for e in events {
        let (Some(time), Some(stop)) = (e.time_ms, is_stop(library, e.signature)) else { continue };
        let before = stops.remove(&e.at.source);
        again += u64::from(before.is_some_and(|t| !stop || time - t <= STOPPING_MS));
        if stop {
            stops.insert(e.at.source, time);
        }
    }
    again
}

/// The start with which a server's log begins: no restart, hence no trouble.
pub(super) fn is_first_start(library: &Library, tally: &Tally, e: &Event) -> bool {
    let own = &library.symptom(library.signature(e.signature).symptom).marks;
    if library.symptom(e.symptom).marks != "restart" || own == "stop" {
        return false;
    }
    match (tally.server_begins(e.at.source), e.time_ms) {
        // Its first line may be cut off and then looks like no server's.
        (Some(first), Some(t)) => (0..=START_UP_MS).contains(&(t - first)) || !e.from_server && (t - first).abs() <= START_UP_MS,
        (Some(_), None) => true,
        _ => e.from_server,
    }
}

/// Lines of one start-up lie this close. Milliseconds.
const START_UP_MS: i64 = 2_000;

/// A server that was stopped in order and is back within this was restarted; longer, it was away. Milliseconds.
pub(super) const RESTART_MS: i64 = 5_000;

/// A host that is updated or moved with its server is back within this. Milliseconds.
pub(super) const REBOOT_MS: i64 = 120_000;

/// Between the word to stop and the end lies a last save. Milliseconds.
const STOPPING_MS: i64 = 60_000;
