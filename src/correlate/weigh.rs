//! Whether a group of events is an incident, a note or nothing.
//!
//! In: an [`Incident`], everything observed. Out: [`Weighed`]. Fails when: never; what nobody tells passes for nothing.
//!
//! One question: was anybody harmed, for how long, and is it over? What answers it is measured once, as a [`Toll`]; what
//! is over and harmed nobody for longer than its kind is borne is a note.

use std::collections::BTreeMap;

use super::ending::pauses;
use super::group::MIN_GAP_MS;
use super::restarts::{REBOOT_MS, RESTART_MS};
use super::retries::tried_again;
use super::{Incident, Kind, Observed};
use crate::event::Requests;
use crate::patterns::Opens;
use crate::record::{Name, Severity};

/// What becomes of a group.
pub(super) enum Weighed {
    /// An incident.
    Opens,
    /// A note, and why it is no more.
    Minor(&'static str),
}

/// What a group of events did.
struct Toll {
    events: u64,
    /// Reported symptoms.
    kinds: usize,
    /// Highest severity of its messages, 1 to 4.
    worst: u8,
    /// What is critical in it is that nobody could reach the server: how bad that is, time tells.
    unreached: bool,
    /// One line of it suffices for an incident.
    grave: bool,
    /// A gauge is past a threshold that does.
    alarmed: bool,
    /// The applications themselves only warn of it.
    only_warned: bool,
    /// Each of its messages says that it tries again.
    tried_again: bool,
    /// Who felt it.
    felt: Felt,
    /// From first to last, milliseconds; `None` without times.
    lasted_ms: Option<i64>,
    /// The longest time for which nobody could reach the server, milliseconds.
    away_ms: i64,
    /// The server was told to stop in it.
    stopped: bool,
    /// Nothing but programs that wait for the server when they start.
    waits: bool,
    /// All of it lies between an orderly stop of the server and its next start: the longest such absence, milliseconds.
    planned_ms: Option<i64>,
    /// Whoever it befell goes on, and for longer than it paused.
    over: bool,
    /// Nothing but restarts of the server.
    restarts: bool,
    /// Why these are no more than a note.
    restarts_pass: Option<&'static str>,
}

/// Who felt an incident, as far as requests are logged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Felt {
    /// Requests are logged with their statuses all around it, and none failed; nor is it anything that harms by itself.
    Nobody,
    /// No more than one request is seen to fail.
    Unseen,
    /// Several requests failed, or met its errors and are not known to have been answered all the same.
    Several,
}

impl Toll {
    fn of<'a>(observed: &Observed<'a>, incident: &Incident<'a>) -> Toll {
        let library = observed.library;
        let grave = incident.symptoms.keys().any(|s| library.symptom(*s).opens == Opens::OneLine);
        let only_warned = incident.events.iter().all(|e| matches!(e.level, Severity::Info | Severity::Warn));
        let seen = requests_around(observed, incident);
        let met = met_by_several(incident);
        let tried_again = only_warned && incident.events.iter().all(|e| tried_again(e));
        let felt = if seen.failed >= 2 || met && (grave && !tried_again || !seen.unfailed && !only_warned) {
            Felt::Several
        } else if seen.unfailed && !grave {
            Felt::Nobody
        } else {
            Felt::Unseen
        };
        let planned_ms = observed.planned_absence(incident);
        let restarts = incident.symptoms.keys().all(|s| library.symptom(*s).marks == "restart");
        let away = |kind: &Kind| library.symptom(kind.symptom).marks == "away";
        Toll {
            events: incident.event_count(),
            kinds: incident.symptoms.len(),
            worst: incident.events.iter().map(|e| e.severity).max().unwrap_or_default(),
            grave,
            alarmed: incident.alarms.iter().any(|a| a.opens),
            only_warned,
            tried_again,
            felt,
            lasted_ms: incident.start_ms.zip(incident.end_ms).map(|(start, end)| end - start),
            unreached: incident.told(|kind| !away(kind)).all(|e| e.severity < CRITICAL),
            away_ms: longest_run(incident.told(away).filter_map(|e| e.time_ms)),
            stopped: observed.stopped(incident),
            waits: incident.told(|kind| library.symptom(library.signature(kind.signature).symptom).marks != "wait").next().is_none(),
            planned_ms,
            over: observed.has_passed(incident),
            restarts,
            restarts_pass: observed.restarts_pass(incident).filter(|_| restarts),
        }
    }

    /// Why it is no more than a note; `None` where it is an incident.
    fn passes(&self) -> Option<&'static str> {
        if self.restarts {
            return self.restarts_pass;
        }
        if !self.over || self.alarmed || self.felt == Felt::Several {
            return None;
        }
        if self.is_transient() {
            return Some("it is over, and the same services or the server go on right after it");
        }
        if self.planned_ms.is_some_and(|ms| ms <= RESTART_MS) {
            return Some("the server was restarted in order, and no request is seen to fail");
        }
        if self.waits && self.lasted_ms.is_none_or(|ms| ms <= REBOOT_MS) {
            return Some("who waited for the server at the start reached it");
        }
        match self.felt {
            Felt::Nobody => self.passes_unfelt(),
            _ if self.only_warned && self.is_blip() && self.worst < CRITICAL && !self.grave => {
                Some("a few warnings within seconds, and the same services succeed right after them")
            }
            _ => (self.only_warned && self.tried_again && self.lasted_ms.is_some_and(|ms| ms <= TRIED_MS))
                .then_some("warnings of who tried again, over within a minute, and the same services succeed after them"),
        }
    }

    /// The same of what nobody felt: how long it lasted decides, of mere warnings how long the server was away.
    fn passes_unfelt(&self) -> Option<&'static str> {
        let borne_ms = if self.stopped { REBOOT_MS } else { BLIP_MS };
        let lasts = |at_most: i64| self.lasted_ms.is_some_and(|ms| ms <= at_most);
        if self.worst <= WARNING && self.away_ms <= borne_ms {
            return Some("only warnings, and every request at the edge succeeded meanwhile");
        }
        if self.unreached && self.is_blip() {
            return Some("a few errors within seconds, and every request at the edge succeeded meanwhile");
        }
        (self.worst < CRITICAL && self.stopped && lasts(REBOOT_MS) || self.planned_ms.is_some_and(|ms| ms <= REBOOT_MS))
            .then_some("the server was stopped in order, and every request at the edge succeeded meanwhile")
    }

    /// So few messages that a single failure of one request may have written them.
    fn is_transient(&self) -> bool {
        let (events, kinds) = match (self.worst < CRITICAL, self.grave) {
            (true, _) => (TRANSIENT_EVENTS, 2),
            (false, false) => (1, 1),
            (false, true) => return false,
        };
        self.events <= events && self.kinds <= kinds
    }

    fn is_blip(&self) -> bool {
        self.events <= BLIP_EVENTS && self.lasted_ms.is_some_and(|ms| ms <= BLIP_MS)
    }
}

impl<'a> Observed<'a> {
    /// Whether a group opens an incident.
    pub(super) fn weigh(&self, incident: &Incident<'a>) -> Weighed {
        let why = if incident.event_count() == 0 {
            (!incident.alarms.iter().any(|a| a.opens)).then_some("below the alert thresholds")
        } else {
            Toll::of(self, incident).passes()
        };
        why.map_or(Weighed::Opens, Weighed::Minor)
    }

    /// Why restarts are no incident: nobody else tells of harm. Of a server that nobody stopped only who goes on after it can
    /// tell.
    fn restarts_pass(&self, incident: &Incident<'a>) -> Option<&'static str> {
        let from = incident.end_ms.filter(|_| !self.stopped(incident)).map_or(i64::MIN, |end| end + 1);
        if self.succeeds_from(from) {
            return Some("the server restarted, and no service complains");
        }
        self.restarted_in_order(incident).then_some("the server was stopped in order and started again, and no client's log is here")
    }
}

/// The longest stretch of these times, in order, in which none lies further from the next than retries do.
fn longest_run(times: impl Iterator<Item = i64>) -> i64 {
    let mut run: Option<(i64, i64)> = None;
    let mut longest = 0;
    for t in times {
        let from = run.filter(|(_, last)| t - last <= MIN_GAP_MS).map_or(t, |(from, _)| from);
        longest = longest.max(t - from);
        run = Some((from, t));
    }
    longest
}

/// Traces of several requests stand in it, or it comes in several bursts: no single transient.
fn met_by_several(incident: &Incident<'_>) -> bool {
    let apart = || pauses(incident).any(|ms| ms >= PAUSE_MS);
    let many = incident.event_count() >= TRANSIENT_EVENTS;
    match incident.traces.len() {
        0 => many && apart(),
        1 => false,
        _ => many || apart(),
    }
}

/// What requests around an incident tell.
struct Around {
    /// Failed in its seconds, as the service with most of them counts.
    failed: u64,
    /// Enough were answered to show it, and none failed, in a little more than its seconds.
    unfailed: bool,
}

fn requests_around(observed: &Observed<'_>, incident: &Incident<'_>) -> Around {
    let (Some(start), Some(end)) = (incident.start_ms, incident.end_ms) else { return Around { failed: 0, unfailed: false } };
    let survey = &observed.tally.survey;
    let cells = |from: i64, to: i64| {
        let from = from - from.rem_euclid(survey.cell_ms());
        survey.cells.range((from, Name::default())..).take_while(move |((cell, _), _)| *cell <= to)
    };
    let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, service), r) in cells(start, end) {
        *failed.entry(service).or_default() += u64::from(r.failed);
    }
    // A request is logged when it ends, and few may end within a short incident.
    let sum = |of: fn(&Requests) -> u32| cells(start - REQUEST_MS, end + REQUEST_MS).map(|(_, r)| u64::from(of(r))).sum::<u64>();
    Around { failed: failed.into_values().max().unwrap_or(0), unfailed: sum(|r| r.answered) >= EDGE_REQUESTS && sum(|r| r.failed) == 0 }
}

/// Severities of signatures.
const WARNING: u8 = 2;
const CRITICAL: u8 = 4;

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

/// Who tries again bears it so long: a fail-over takes no longer. Milliseconds.
const TRIED_MS: i64 = 60_000;
