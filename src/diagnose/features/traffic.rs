//! Requests against their own baseline, and how it ended. In: facts. Out: judgements. Fails when: never.

use super::{Facts, Judgement};
use crate::correlate::Status;
use crate::diagnose::rates::Rate;
use crate::patterns::Text;

/// Requests have risen from this ratio on: below, ordinary minutes differ as much.
const RISE: f64 = 1.5;
/// A rise is more than chance from this many standard deviations of the expected count on.
const RISE_SIGMA: f64 = 3.0;
/// What is left of the rise when both counts are taken at the unfavourable ends of their spans …
const RISE_SURE: f64 = 1.25;
/// … of this many standard deviations: 90 % of Poisson counts lie between.
const SPAN_SIGMA: f64 = 1.645;
/// Fewer expected requests than this tell nothing of level traffic.
const FLAT_EXPECTED: f64 = 8.0;
/// Requests are level within this share of their baseline.
const FLAT: f64 = 0.25;
/// Requests that fall below this share of what they were have fallen back.
const FELL: f64 = 0.75;

/// The incident against the stretch before it: (ratio, before, during).
fn ratio(facts: &Facts<'_, '_>) -> Option<(f64, f64, f64)> {
    if !facts.rates.has_baseline() {
        return None;
    }
    let (before, during) = (facts.rates.before?, facts.rates.during?);
    (before > 0.0).then_some((during / before, before, during))
}

/// A rise that is more than chance: (ratio, before, then).
fn surely_risen(before: Rate, then: Rate, seconds: f64) -> Option<(f64, f64, f64)> {
    let (r, expected) = (then.per_second / before.per_second, before.per_second * seconds);
    let chance = |n: f64| SPAN_SIGMA / n.max(1.0).sqrt();
    let sure = (1.0 - chance(then.known_by)) / (1.0 + chance(before.known_by));
    let risen = r >= RISE && then.per_second * seconds >= expected + RISE_SIGMA * expected.max(1.0).sqrt() && r * sure >= RISE_SURE;
    risen.then_some((r, before.per_second, then.per_second))
}

/// Requests of services that were there before rose around the onset: (ratio, before, then).
pub(super) fn risen_at_onset(facts: &Facts<'_, '_>) -> Option<(f64, f64, f64)> {
    facts.rates.onset.and_then(|o| surely_risen(o.before, o.around, o.seconds))
}

/// Requests rose over the incident, or around its onset, whichever shows it more: (ratio, before, then).
fn risen(facts: &Facts<'_, '_>) -> Option<(f64, f64, f64)> {
    let rates = &facts.rates;
    let throughout = ratio(facts).and_then(|(_, before, during)| {
        let known = |per_second, counted: u64| Rate { per_second, known_by: counted as f64 };
        surely_risen(known(before, rates.counted), known(during, rates.counted_during), rates.expected / before)
    });
    throughout.into_iter().chain(risen_at_onset(facts)).max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Requests fell to less than three quarters of what they were when it failed; `None` where that is not told.
pub(super) fn fell_back(facts: &Facts<'_, '_>) -> Option<bool> {
    let (_, _, during) = risen(facts).or_else(|| ratio(facts))?;
    Some(facts.rates.after? < during * FELL)
}

/// Requests at the onset are well above their own baseline.
pub(super) fn rise(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if let Some((r, before, then)) = risen(facts) {
        let said = format!("requests rose from {before:.1}/s to {then:.1}/s ({r:.1} times)");
        return Judgement::measured((r / 3.0).clamp(0.5, 1.0), said, (r, "ratio"), Vec::new());
    }
    let Some((_, before, during)) = ratio(facts) else { return Judgement::Unjudged };
    Judgement::NotSeen(format!("requests went from {before:.1}/s to {during:.1}/s"))
}

/// Requests are level.
pub(super) fn flat(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((r, before, during)) = ratio(facts) else { return Judgement::Unjudged };
    if facts.rates.expected < FLAT_EXPECTED {
        return Judgement::Unjudged;
    }
    Judgement::either(
        (1.0 - FLAT..=1.0 + FLAT).contains(&r) && risen(facts).is_none(),
        || Judgement::measured(1.0, format!("requests stayed at {before:.1}/s ({during:.1}/s during)"), (r, "ratio"), Vec::new()),
        &format!("requests went from {before:.1}/s to {during:.1}/s"),
    )
}

/// It ended within the log.
pub(super) fn recovered(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    match facts.incident.status(facts.observed) {
        Status::Recovered => Judgement::seen("the affected services succeed afterwards", Vec::new()),
        Status::Ongoing => Judgement::NotSeen("it still fails at the end of the log".to_string()),
        Status::Unknown => Judgement::Unjudged,
    }
}

/// It still fails at the end of the log.
pub(super) fn still_failing(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    match facts.incident.status(facts.observed) {
        Status::Ongoing if facts.incident.event_count() > 2 => Judgement::seen("it still fails at the end of the log", Vec::new()),
        Status::Recovered => Judgement::NotSeen("it ended within the log".to_string()),
        _ => Judgement::Unjudged,
    }
}

/// The errors ended when the requests fell back.
pub(super) fn recovered_with_traffic(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some(after) = facts.rates.after.filter(|_| ratio(facts).is_some() || facts.rates.onset.is_some()) else {
        return Judgement::Unjudged;
    };
    let Some((_, _, then)) = risen(facts) else { return Judgement::NotSeen("requests had not risen".to_string()) };
    let ended = facts.observed.succeeds_after(facts.incident);
    Judgement::either(
        ended && after < then * FELL,
        || {
            let said = format!("errors ended as requests fell from {then:.1}/s to {after:.1}/s");
            Judgement::measured(1.0, said, (after, "requests/s"), Vec::new())
        },
        "errors did not end with the traffic",
    )
}

/// At most three errors, and the same services go on.
pub(super) fn transient(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if facts.incident.events.is_empty() {
        return Judgement::Unjudged;
    }
    let few = facts.incident.event_count() <= 3;
    Judgement::either(
        few && facts.observed.succeeds_after(facts.incident),
        || {
            Judgement::seen(
                "few errors, and the same services succeed right after",
                facts.incident.events.iter().map(|e| e.at).take(3).collect(),
            )
        },
        "it lasted",
    )
}
