//! Connections that follow the requests. In: facts. Out: judgements. Fails when: never.

use super::traffic::risen_at_onset;
use super::{Facts, Judgement};
use crate::correlate::{climb, keeps_all};
use crate::event::GaugePoint;
use crate::patterns::Text;

/// Connections that rise by less than this follow nothing.
const RISE: f64 = 1.5;
/// Requests explain connections that grow by no more than this times as much.
const EXPLAINED: f64 = 2.0;
/// Readings so long before the onset belong to the time before the rise. Milliseconds.
const LEAD_MS: i64 = 10_000;

/// What climbs earlier than this before the onset follows something else. Milliseconds.
const PEAK_MS: i64 = 60_000;

/// Connections that rose with the requests of the same services.
pub(super) struct Follows {
    /// Before the rise.
    from: GaugePoint,
    /// The most while it failed.
    to: GaugePoint,
    /// Requests rose by this factor.
    asked: f64,
}

/// The demand rose at the onset, and connections by no more than it explains.
pub(super) fn follows(facts: &Facts<'_, '_>) -> Option<Follows> {
    let (start, end) = (facts.incident.start_ms?, facts.incident.end_ms?);
    let (asked, ..) = risen_at_onset(facts)?;
    let dated = |from: i64, to: i64| {
        let within = move |p: &&GaugePoint| p.time_ms.is_some_and(|t| t >= from && t <= to);
        facts.series.get("connected_clients").iter().filter(within).copied()
    };
    let mut before: Vec<GaugePoint> = dated(i64::MIN, start - LEAD_MS).collect();
    let long_before: Vec<GaugePoint> = dated(i64::MIN, start - PEAK_MS).collect();
    if climb(&long_before, keeps_all(facts.series)).is_some() {
        return None;
    }
    before.sort_by(|a, b| a.value.total_cmp(&b.value));
    let from = *before.get(before.len() / 2)?;
    let to = dated(start - LEAD_MS, end).max_by(|a, b| a.value.total_cmp(&b.value))?;
    let grown = to.value / from.value.max(1.0);
    (grown >= RISE && grown - 1.0 <= (asked - 1.0) * EXPLAINED).then_some(Follows { from, to, asked })
}

/// Connections rose with the requests.
pub(super) fn clients_follow_requests(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if facts.rates.onset.is_none() || facts.series.get("connected_clients").is_empty() {
        return Judgement::Unjudged;
    }
    let Some(f) = follows(facts) else { return Judgement::NotSeen("connections and requests do not rise together".to_string()) };
    let text = format!("connected_clients rose {} → {} as requests rose {:.1} times", f.from.value, f.to.value, f.asked);
    Judgement::measured(1.0, text, (f.to.value, "connections"), vec![f.from.at, f.to.at])
}
