//! In which phase clients give up: waiting for the pool, connecting, or waiting for a reply. In: facts. Out: judgements.
//! Fails when: never.
//!
//! The phases are read off the finest symptoms' opening rules in the data: `phase` of a symptom.

use super::{Facts, Judgement};
use crate::patterns::Text;

fn share(facts: &Facts<'_, '_>, phase: &str, what: &str) -> Judgement {
    let library = facts.observed.library;
    let phased: Vec<_> = facts.incident.events.iter().filter(|e| !library.symptom(e.symptom).phase.is_empty()).collect();
    if phased.is_empty() {
        return Judgement::Unjudged;
    }
    let ours: Vec<_> = phased.iter().filter(|e| library.symptom(e.symptom).phase == phase).collect();
    let part = ours.len() as f64 / phased.len() as f64;
    Judgement::either(
        part >= 0.5,
        || {
            Judgement::measured(
                part,
                format!("{} of {} failures {what}", ours.len(), phased.len()),
                (part, "share"),
                ours.iter().map(|e| e.at).take(3).collect(),
            )
        },
        &format!("{} of {} failures {what}", ours.len(), phased.len()),
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
