//! Whether an incident is over by the end of the log, and how anybody knows.
//!
//! In: an [`Incident`], everything observed. Out: [`Status`]. Fails when: never; what no line tells is unknown.
//!
//! It is over when somebody says so (the server is up, a replica in step), or when those whom it befell go on well for
//! longer than it paused between its errors: amid failures some requests succeed, too.

use std::collections::BTreeMap;

use super::{Alarm, Incident, MIN_GAP_MS, Observed, restarts};
use crate::event::{Event, Requests};
use crate::patterns::SymptomIdx;
use crate::record::Name;

/// Whether it still fails at the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Errors up to the end.
    Ongoing,
    /// Healthy lines of the affected services follow, or the server says that it is up.
    Recovered,
    /// The lines do not say.
    Unknown,
}

impl<'a> Incident<'a> {
    /// Whether it still fails at the end of the log.
    pub fn status(&self, observed: &Observed<'a>) -> Status {
        let Some(end) = self.end_ms else { return Status::Unknown };
        let wait_ms = expected_wait_ms(self);
        if observed.is_over(self, OVER_WAITS.saturating_mul(wait_ms)) {
            return Status::Recovered;
        }
        // With a stop the server's log ends, and says nothing of what follows.
        if observed.stops_alone(self) {
            return Status::Unknown;
        }
        let (first, last) = observed.tally.survey.span.unwrap_or((end, end));
        let near = ((last - first) / LAST_PART).max(ONGOING_MS).max(wait_ms);
        if last - end <= near { Status::Ongoing } else { Status::Unknown }
    }
}

impl<'a> Observed<'a> {
    /// Nothing of it fails just now: a retry would have come by the end of the log.
    pub(super) fn has_passed(&self, incident: &Incident<'a>) -> bool {
        self.is_over(incident, OVER_WAITS.saturating_mul(expected_wait_ms(incident)).min(MIN_GAP_MS))
    }

    /// Whoever it befell goes on well, and so long without an error, or says that it is over. Milliseconds.
    fn is_over(&self, incident: &Incident<'a>, wait_ms: i64) -> bool {
        let (Some(end), Some((_, last))) = (incident.end_ms, self.tally.survey.span) else { return self.says_over(incident) };
        self.says_over(incident) || self.succeeds_after(incident) && last - end >= wait_ms && !self.stays_at_a_limit(incident)
    }

    /// The last reading of a gauge that opens incidents is past its threshold.
    fn stays_at_a_limit(&self, incident: &Incident<'a>) -> bool {
        let stays = |a: &Alarm| {
            let gauges = self.series.get(&a.node).into_iter().flat_map(|s| s.gauges.values());
            a.last.time_ms > incident.end_ms
                && gauges.filter_map(|g| g.iter().rfind(|p| p.time_ms.is_some())).any(|last| last.at == a.last.at)
        };
        incident.alarms.iter().any(|a| a.opens && stays(a))
    }

    /// Every service of the incident is seen succeeding after its last event: by requests that are answered where it logs
    /// these, else by lines that tell of no trouble. Within the second of that event the order is unknown, so only later
    /// ones count. Who names no service goes on with any, once a server that was stopped is back.
    pub fn succeeds_after(&self, incident: &Incident<'a>) -> bool {
        let Some(end) = incident.end_ms else { return false };
        let cells = &self.tally.survey.cells;
        let width = self.tally.survey.cell_ms();
        let healthy_after = |service: &str| {
            let own = |((_, s), _): &(&(i64, Name), &Requests)| **s == *service;
            let answers = cells.iter().filter(own).any(|(_, r)| r.answered > r.failed);
            cells.range((end - end.rem_euclid(width), Name::default())..).filter(own).any(|((start, _), r)| {
                let well = if answers { r.answered > r.failed } else { r.healthy > 0 };
                well && (*start > end || (width <= 1000 && *start + width > end && r.errors == 0 && r.last_ok_ms > end))
            })
        };
        if incident.services.is_empty() {
            return healthy_after("") || self.planned_absence(incident).is_some() && self.succeeds_from(end + 1);
        }
        incident.services.keys().all(|s| healthy_after(s))
    }

    /// Some service is seen succeeding in a second from this time on.
    pub(super) fn succeeds_from(&self, time: i64) -> bool {
        self.tally.survey.cells.range((time, Name::default())..).any(|(_, r)| r.healthy > 0)
    }

    /// Whoever tells of a symptom says later that it is over: the server is up, a replica in step, the server reached. Without
    /// times a later line of the same source does. A server that starts again and again says so each time.
    fn says_over(&self, incident: &Incident<'a>) -> bool {
        let later = |mark: &Event, e: &Event| match (mark.time_ms, e.time_ms) {
            (Some(at), Some(last)) => at >= last,
            _ => mark.at.source == e.at.source && mark.at.line > e.at.line,
        };
        let ready = |m: &&Event| self.library.symptom(self.library.signature(m.signature).symptom).marks == "ready";
        let ends: Vec<&Event> = self.marks.iter().copied().filter(ready).collect();
        if ends.is_empty() {
            return false;
        }
        let mut last: BTreeMap<(SymptomIdx, Option<&str>), &Event> = BTreeMap::new();
        for &e in &incident.events {
            last.insert((e.symptom, self.service_of(e)), e);
        }
        let over = |(symptom, service): &(SymptomIdx, Option<&str>), e: &Event| {
            ends.iter().any(|m| m.symptom == *symptom && self.service_of(m) == *service && later(m, e))
        };
        !last.is_empty() && last.iter().all(|(whose, e)| over(whose, e)) && restarts::starts(self.library, incident) <= 1
    }
}

/// How long after an error the next is to be expected, in milliseconds: the mean wait from any moment of it, which for
/// pauses `p` is Σp² / 2Σp. The mean of the pauses themselves would say nothing of errors that come in bursts.
fn expected_wait_ms(incident: &Incident<'_>) -> i64 {
    let (sum, squares) = pauses(incident).fold((0_i64, 0_i128), |(sum, squares), p| (sum + p, squares + i128::from(p) * i128::from(p)));
    i64::try_from(squares / i128::from(2 * sum.max(1))).unwrap_or(i64::MAX)
}

/// From each of its events to the next one, milliseconds.
pub(super) fn pauses(incident: &Incident<'_>) -> impl Iterator<Item = i64> {
    let times = incident.events.iter().filter_map(|e| e.time_ms);
    times.clone().skip(1).zip(times).map(|(next, time)| next - time)
}

/// So many times the expected wait without an error show that it is over: of errors that come at random, one in twenty
/// lets wait longer.
const OVER_WAITS: i64 = 3;

/// Events in the last such part of the log mean that it still failed: a tenth.
const LAST_PART: i64 = 10;

/// So do events this close to its end. Milliseconds.
const ONGOING_MS: i64 = 5_000;
