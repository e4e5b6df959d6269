//! Limits: the reserve before the onset, and limits that were lowered. In: facts. Out: judgements. Fails when: never.

use super::clients::against_limit;
use super::{Facts, Judgement};
use crate::correlate::LIMITS;
use crate::event::GaugePoint;
use crate::patterns::Text;

/// From this share of maxclients on there was no reserve: a runbook's first warning stands at 80 %.
const FULL: f64 = 0.8;
/// Below this share there was ample reserve.
const AMPLE: f64 = 0.5;

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

/// Time that a request holds a connection, where the lines do not tell: what a runbook's sizing example takes. Seconds.
const HELD_S: f64 = 0.1;
/// The runbook's safety factor: pool size = requests/s x seconds x 2.
const SAFETY: f64 = 2.0;
/// Connections this many times the need are far above it: each process keeps some for itself.
const BEYOND: f64 = 10.0;
/// Fewer connections than this are never too many.
const FEW: f64 = 20.0;

/// Far more connections than the traffic before the onset needs (runbook: rate x duration x 2).
pub(super) fn beyond_need(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some(rate) = facts.rates.before.filter(|_| facts.rates.has_baseline()) else { return Judgement::Unjudged };
    let at = facts.incident.start_ms.filter(|_| !facts.series.get("connected_clients").is_empty());
    let Some(held) = at.and_then(|start| facts.series.at("connected_clients", Some(start))) else { return Judgement::Unjudged };
    let need = (rate * HELD_S * SAFETY).max(1.0);
    let text = format!("{} connections, where {rate:.1} requests/s of 0.1 s need some {need:.0} (rate x duration x 2)", held.value);
    Judgement::either(
        held.value >= FEW && held.value >= need * BEYOND,
        || Judgement::measured(1.0, text.clone(), (held.value / need, "ratio"), vec![held.at]),
        &text,
    )
}
