//! Requests against their own baseline, and how it ended. In: facts. Out: judgements. Fails when: never.

use super::{Facts, Judgement};
use crate::correlate::Status;
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

fn ratio(facts: &Facts<'_, '_>) -> Option<(f64, f64, f64)> {
    if !facts.has_baseline() {
        return None;
    }
    let (before, during) = (facts.rates.before?, facts.rates.during?);
    (before > 0.0).then_some((during / before, before, during))
}

/// Requests at the onset are well above their own baseline.
pub(super) fn rise(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((r, before, during)) = ratio(facts) else { return Judgement::Unjudged };
    let (counted, expected) = (facts.rates.counted_during as f64, facts.rates.expected);
    let chance = |n: f64| SPAN_SIGMA / n.max(1.0).sqrt();
    let sure = (1.0 - chance(counted)) / (1.0 + chance(facts.rates.counted as f64));
    Judgement::either(
        r >= RISE && counted >= expected + RISE_SIGMA * expected.max(1.0).sqrt() && r * sure >= RISE_SURE,
        || {
            Judgement::measured(
                (r / 3.0).clamp(0.5, 1.0),
                format!("requests rose from {before:.1}/s to {during:.1}/s ({r:.1} times)"),
                (r, "ratio"),
                Vec::new(),
            )
        },
        &format!("requests went from {before:.1}/s to {during:.1}/s"),
    )
}

/// Requests are level.
pub(super) fn flat(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((r, before, during)) = ratio(facts) else { return Judgement::Unjudged };
    if facts.rates.expected < FLAT_EXPECTED {
        return Judgement::Unjudged;
    }
    Judgement::either(
        (1.0 - FLAT..=1.0 + FLAT).contains(&r),
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
    let (Some((r, _, during)), Some(after)) = (ratio(facts), facts.rates.after) else { return Judgement::Unjudged };
    if r < RISE {
        return Judgement::NotSeen("requests had not risen".to_string());
    }
    let ended = facts.incident.status(facts.observed) == Status::Recovered;
    Judgement::either(
        ended && after < during * 0.75,
        || {
            Judgement::measured(
                1.0,
                format!("errors ended as requests fell from {during:.1}/s to {after:.1}/s"),
                (after, "requests/s"),
                Vec::new(),
            )
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
