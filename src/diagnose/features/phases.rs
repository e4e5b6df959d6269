//! In which phase clients give up: waiting for the pool, connecting, or waiting for a reply. In: facts. Out: judgements.
//! Fails when: never.
//!
//! The phases are read off the finest symptoms' opening rules in the data: `phase` of a symptom.

use super::{Facts, Judgement, Who};
use crate::correlate::Kind;
use crate::event::Event;
use crate::patterns::Text;

fn share(facts: &Facts<'_, '_>, phase: &str, what: &str) -> Judgement {
    let library = facts.observed.library;
    let phased = facts.incident.told(|kind| !library.symptom(kind.symptom).phase.is_empty()).count();
    if phased == 0 {
        return Judgement::Unjudged;
    }
    let ours: Vec<&Event> = facts.incident.told(|kind| library.symptom(kind.symptom).phase == phase).collect();
    let part = ours.len() as f64 / phased as f64;
    Judgement::either(
        part >= 0.5,
        || {
            Judgement::measured(
                part,
                format!("{} of {phased} failures {what}", ours.len()),
                (part, "share"),
                ours.iter().map(|e| e.at).take(3).collect(),
            )
        },
        &format!("{} of {phased} failures {what}", ours.len()),
    )
}

/// Most failures wait for a connection of the client's own pool.
pub(super) fn pool_wait(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    share(facts, "pool", "wait for the client's own pool")
}

/// Most failures happen while connecting.
pub(super) fn connect(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    share(facts, "connect", "happen while connecting")
}

/// Most failures wait for a reply.
pub(super) fn reply(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    share(facts, "reply", "wait for a reply")
}

/// Timeouts this close to each other fired in one turn of an event loop. Milliseconds.
const ONE_TURN_MS: i64 = 25;

/// Timeouts of one instance that began at different times are reported in the same instant: the client process was
/// stalled and woke up. A slow or silent server makes them fire one by one, each after its own wait.
pub(super) fn fire_together(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let timed = |kind: &Kind| matches!(library.symptom(kind.symptom).phase.as_ref(), "reply" | "connect");
    let mut by: std::collections::BTreeMap<(Option<&str>, Option<&str>), Vec<(i64, crate::source::Location)>> =
        std::collections::BTreeMap::new();
    for e in facts.incident.told(timed).filter(|e| e.resolution_ms <= 1) {
        if let Some(t) = e.time_ms {
            by.entry((e.service.as_deref(), e.instance.as_deref())).or_default().push((t, e.at));
        }
    }
    let all: usize = by.values().map(Vec::len).sum();
    if all < 4 {
        return Judgement::Unjudged;
    }
    let mut together = Vec::new();
    for times in by.values() {
        for (i, (t, at)) in times.iter().enumerate() {
            let near = |other: Option<&(i64, crate::source::Location)>| other.is_some_and(|(o, _)| (o - t).abs() <= ONE_TURN_MS);
            if near(i.checked_sub(1).and_then(|j| times.get(j))) || near(times.get(i + 1)) {
                together.push(*at);
            }
        }
    }
    let part = together.len() as f64 / all as f64;
    Judgement::either(
        part >= 0.6,
        || {
            let text = format!("{} of {all} timeouts of one process are reported in the same instants", together.len());
            let who = match by.keys().filter_map(|(service, _)| *service).collect::<std::collections::BTreeSet<_>>() {
                services if services.len() == 1 => services.first().map(|s| Who::service(s)).unwrap_or_default(),
                _ => Who::default(),
            };
            Judgement::measured(part, text, (part, "share"), together.iter().copied().take(3).collect()).by(who)
        },
        "timeouts are reported one by one",
    )
}
