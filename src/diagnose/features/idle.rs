//! Connections that were closed while nobody used them. In: facts. Out: judgements. Fails when: never.

use std::collections::{BTreeMap, BTreeSet};

use super::symptoms::CITES;
use super::{Facts, Judgement, Who};
use crate::event::Requests;
use crate::patterns::{SymptomIdx, Text};
use crate::record::Name;
use crate::source::Location;

/// Shorter pauses than this are no idle time: balancers, firewalls and servers wait a minute or more. Milliseconds.
const IDLE_MS: i64 = 55_000;
/// The connections of one pool are found dead within this. Milliseconds.
const BURST_MS: i64 = 10_000;
/// The next request succeeds within this. Milliseconds.
const RETRY_MS: i64 = 15_000;
/// One break after a pause is chance.
const BREAKS: usize = 2;
/// So many breaks make a rhythm: three equal pauses are no chance.
const BEATS: usize = 4;
/// Equal pauses differ by less than this part of them, or by the time a client takes to notice. Parts; milliseconds.
const UNEVEN: f64 = 0.02;
const NOTICE_MS: i64 = 1_500;

/// Failures of one service close together: (first, last, where).
fn bursts(mut times: Vec<(i64, Location)>) -> Vec<(i64, i64, Location)> {
    times.sort_unstable();
    let mut out: Vec<(i64, i64, Location)> = Vec::new();
    for (time, at) in times {
        match out.last_mut() {
            Some((_, last, _)) if time - *last <= BURST_MS => *last = time,
            _ => out.push((time, time, at)),
        }
    }
    out
}

/// What one service does around its breaks.
struct Pauses {
    /// Before each break: the pause.
    broken: Vec<i64>,
    /// The longest pause that did no harm.
    harmless: i64,
    cites: Vec<Location>,
}

/// The pauses of a service that ends all of them but short ones with a failure, and goes on at once. `None`: it is not so.
fn pauses(seen: &BTreeMap<i64, Requests>, width: i64, breaks: &[(i64, i64, Location)]) -> Option<Pauses> {
    let mut out = Pauses { broken: Vec::new(), harmless: 0, cites: Vec::new() };
    for (first, last, at) in breaks {
        // Within one cell the order is unknown.
        let before = seen.range(..first - first.rem_euclid(width)).next_back().map(|(cell, r)| r.last_ok_ms.max(*cell))?;
        let goes_on = seen.range(last - last.rem_euclid(width)..=last + RETRY_MS).any(|(_, r)| r.healthy > 0 && r.last_ok_ms >= *last);
        if first - before < IDLE_MS.max(3 * width) || !goes_on {
            return None;
        }
        out.broken.push(first - before);
        out.cites.push(*at);
    }
    let cells: Vec<(&i64, &Requests)> = seen.iter().collect();
    for w in cells.windows(2) {
        let (from, to) = (w[0].1.last_ok_ms.max(*w[0].0), *w[1].0);
        let ends_in_break = breaks.iter().any(|(first, ..)| (from..to + width).contains(first));
        if !ends_in_break {
            out.harmless = out.harmless.max(to - from);
        }
    }
    (out.harmless < out.broken.iter().copied().min()?).then_some(out)
}

/// Connections break with the first request after a pause, never amid traffic, and the next request succeeds: something
/// closes what is idle. `of`: the symptoms that tell of a broken connection.
pub(super) fn breaks_after_idle(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let survey = &facts.observed.tally.survey;
    let wanted: Vec<SymptomIdx> = of.iter().filter_map(|id| facts.observed.library.find_symptom(id)).collect();
    let mut by: BTreeMap<&str, Vec<(i64, Location)>> = BTreeMap::new();
    for e in facts.incident.told(|kind| !kind.from_server && wanted.contains(&kind.symptom)) {
        let Some(time) = e.time_ms else { return Judgement::Unjudged };
        by.entry(e.service.as_deref().unwrap_or_default()).or_default().push((time, e.at));
    }
    // Of a sample the pauses are unknown.
    if survey.sampled || by.is_empty() {
        return Judgement::Unjudged;
    }
    let width = survey.cell_ms();
    let (mut broken, mut harmless, mut cites) = (Vec::new(), 0, Vec::new());
    let services: Vec<&str> = by.keys().copied().collect();
    for (service, times) in by {
        let own = |(cell, name): &(i64, Name)| (**name == *service).then_some(*cell);
        let seen: BTreeMap<i64, Requests> =
            survey.cells.iter().filter(|(_, r)| r.healthy > 0).filter_map(|(key, r)| Some((own(key)?, *r))).collect();
        let breaks = bursts(times);
        if seen.is_empty() || breaks.len() < BREAKS {
            return Judgement::Unjudged;
        }
        let Some(found) = pauses(&seen, width, &breaks) else {
            return Judgement::NotSeen("connections break amid traffic, too".to_string());
        };
        broken.extend(found.broken);
        harmless = harmless.max(found.harmless);
        cites.extend(found.cites);
    }
    let shortest = broken.iter().copied().min().unwrap_or_default();
    let text = format!(
        "each of {} breaks comes with the first request after {} s or more without one, pauses up to {} s do no harm, and the next request succeeds",
        broken.len(),
        shortest / 1000,
        harmless / 1000
    );
    cites.truncate(CITES);
    let who = match services.as_slice() {
        [only] if !only.is_empty() => Who::service(only),
        _ => Who::default(),
    };
    Judgement::measured(1.0, text, (shortest as f64 / 1000.0, "s"), cites).by(who)
}

/// The breaks of one service come at equal pauses, and each time it says at once that it is connected again: a clock ends
/// the connections, not a fault. `of`: the symptoms that tell of a broken connection.
pub(super) fn breaks_in_rhythm(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let wanted: Vec<SymptomIdx> = of.iter().filter_map(|id| facts.observed.library.find_symptom(id)).collect();
    let (mut times, mut services) = (Vec::new(), BTreeSet::new());
    for e in facts.incident.told(|kind| !kind.from_server && wanted.contains(&kind.symptom)) {
        let Some(time) = e.time_ms else { return Judgement::Unjudged };
        times.push((time, e.at));
        services.insert(e.service.as_deref());
    }
    let breaks = bursts(times);
    if breaks.len() < BEATS || services.len() > 1 {
        return Judgement::Unjudged;
    }
    let mut waits: Vec<i64> = breaks.windows(2).map(|w| w[1].0 - w[0].0).collect();
    waits.sort_unstable();
    let (Some(least), Some(most)) = (waits.first(), waits.last()) else { return Judgement::Unjudged };
    let even = most - least <= NOTICE_MS.max((*most as f64 * UNEVEN) as i64);
    if *least < IDLE_MS || !even {
        return Judgement::NotSeen("the breaks come at uneven times".to_string());
    }
    let again = |last: i64| {
        let mut marks = facts.observed.marks.iter().filter(|m| wanted.contains(&m.symptom) && !m.from_server);
        marks.any(|m| m.time_ms.is_some_and(|t| (last..=last + RETRY_MS).contains(&t)))
    };
    // The log may end before the last one.
    if !breaks.iter().rev().skip(1).all(|(_, last, _)| again(*last)) {
        return Judgement::NotSeen("it is not connected again at once".to_string());
    }
    let text = format!("{} breaks, one every {} s, and each time it is connected again within seconds", breaks.len(), most / 1000);
    let cites = breaks.iter().map(|(.., at)| *at).take(CITES).collect();
    Judgement::measured(1.0, text, (*most as f64 / 1000.0, "s"), cites)
}
