//! Limits: the reserve before the onset, and limits that were lowered. In: facts. Out: judgements. Fails when: never.

use super::clients::against_limit;
use super::{Facts, Judgement};
use crate::event::GaugePoint;
use crate::patterns::Text;

/// From this share of maxclients on there was no reserve: a runbook's first warning stands at 80 %.
const FULL: f64 = 0.8;
/// Below this share there was ample reserve.
const AMPLE: f64 = 0.5;
/// Limits that are read over time.
const LIMITS: [&str; 2] = ["maxclients", "maxmemory"];

/// Readings this close are one start-up: the limit asked for, and what the system left of it. Milliseconds.
const AT_ONCE_MS: i64 = 1_000;

/// Readings before the onset that make the baseline.
const BASELINE_POLLS: usize = 12;

/// The median reading of those before the onset: (reading, limit). The last one may already belong to the rise.
fn baseline(facts: &Facts<'_, '_>) -> Option<(GaugePoint, f64)> {
    let start = facts.incident.start_ms?;
    let before = against_limit(facts).into_iter().filter(|(p, _)| p.time_ms.is_some_and(|t| t < start));
    let mut before: Vec<(GaugePoint, f64)> = before.collect();
    let from = before.len().saturating_sub(BASELINE_POLLS);
    let mut last = before.split_off(from);
    last.sort_by(|a, b| (a.0.value / a.1).total_cmp(&(b.0.value / b.1)));
    last.get(last.len() / 2).copied()
}

/// connected_clients was close to its limit before anything rose.
pub(super) fn full_before(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((p, max)) = baseline(facts) else { return Judgement::Unjudged };
    let said = format!("before the onset connected_clients was {} of {max} maxclients", p.value);
    Judgement::either(p.value / max >= FULL, || Judgement::measured(1.0, said.clone(), (p.value, "connections"), vec![p.at]), &said)
}

/// connected_clients was far from its limit before the onset.
pub(super) fn ample_before(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((p, max)) = baseline(facts) else { return Judgement::Unjudged };
    let said = format!("before the onset connected_clients was {} of {max} maxclients", p.value);
    Judgement::either(p.value / max < AMPLE, || Judgement::measured(1.0, said.clone(), (p.value, "connections"), vec![p.at]), &said)
}

/// A limit was lowered between two readings, at or before the onset.
pub(super) fn lowered(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let end = facts.incident.end_ms.unwrap_or(i64::MAX);
    let mut judged = false;
    for name in LIMITS {
        let points = facts.series.get(name);
        judged |= points.len() > 1;
        // No memory limit is written as 0.
        let limit = |p: &GaugePoint| if p.value == 0.0 { f64::MAX } else { p.value };
        let at_once = |w: &[GaugePoint]| w[0].time_ms.zip(w[1].time_ms).is_some_and(|(a, b)| b - a < AT_ONCE_MS);
        let fell = points.windows(2).find(|w| limit(&w[1]) < limit(&w[0]) && !at_once(w) && w[0].time_ms.is_none_or(|t| t <= end));
        if let Some(w) = fell {
            let text = format!("{name} was lowered from {} to {}", w[0].value, w[1].value);
            return Judgement::measured(1.0, text, (w[1].value, "limit"), vec![w[0].at, w[1].at]);
        }
    }
    if judged { Judgement::NotSeen("no limit was changed".to_string()) } else { Judgement::Unjudged }
}
