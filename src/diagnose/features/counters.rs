//! Counters of connections: received, refused, beyond any default. In: facts. Out: judgements. Fails when: never.

use super::{Facts, Judgement, Who};
use crate::correlate::{churn as churn_of, countless, spent, unsent};
use crate::event::GaugePoint;
use crate::patterns::Text;

/// Total rise of a counter over its readings, resets counted from zero, with its span in seconds.
pub(super) fn rise_of(points: &[GaugePoint]) -> Option<(f64, f64, GaugePoint, GaugePoint)> {
    let dated: Vec<&GaugePoint> = points.iter().filter(|p| p.time_ms.is_some()).collect();
    let (first, last) = (dated.first()?, dated.last()?);
    let seconds = (last.time_ms? - first.time_ms?) as f64 / 1000.0;
    let rise = dated.windows(2).map(|w| if w[1].value >= w[0].value { w[1].value - w[0].value } else { w[1].value }).sum();
    (seconds > 0.0).then_some((rise, seconds, **first, **last))
}

/// An average over the server's life says little of the minutes in which something else was said.
const LIFE: f64 = 0.3;

/// Connections are opened and closed all the time.
pub(super) fn churn(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if let Some(c) = churn_of(facts.series) {
        let strength = if c.of_life && facts.incident.event_count() > 0 { LIFE } else { 1.0 };
        return Judgement::measured(strength, c.statement(), (c.received, "connections"), vec![c.span.0.at, c.span.1.at]);
    }
    if let Some((text, waiting, at)) = spent(facts.series) {
        return Judgement::measured(1.0, text, (waiting, "sockets"), vec![at.at]);
    }
    if let Some((list, n)) = facts.snapshots.iter().rev().find_map(|list| Some((list, list.churning()?))) {
        let text = format!("{} connections opened within {} s by their ids, {} held", n.opened, n.seconds, list.held());
        return Judgement::measured(1.0, text, (n.opened as f64, "connections"), vec![list.at]);
    }
    let Some((rise, seconds, first, last)) = rise_of(facts.series.get("total_connections_received")) else { return Judgement::Unjudged };
    let held = facts.series.at("connected_clients", last.time_ms).map_or(1.0, |p| p.value.max(1.0));
    // Refused connections are received, too.
    let refused = rise_of(facts.series.get("rejected_connections")).map_or(0.0, |r| r.0);
    let rate = (rise - refused).max(0.0) / seconds;
    Judgement::either(
        rate >= 5.0 && (rise - refused) >= held * 3.0,
        || {
            Judgement::measured(
                1.0,
                format!("{rate:.0} new connections a second against {held:.0} held"),
                (rate, "connections/s"),
                vec![first.at, last.at],
            )
        },
        &format!("{rate:.1} new connections a second"),
    )
}

/// Replies lie in the server's sockets: their client does not read, or the way to it is broken.
pub(super) fn replies_unsent(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if facts.series.get("sockets.ESTABLISHED").is_empty() {
        return Judgement::Unjudged;
    }
    let Some((client, at)) = unsent(facts.series) else { return Judgement::NotSeen("the clients read what they are sent".to_string()) };
    let text = format!("{:.1} MB that {client} did not read lie in the server's sockets", at.value / 1e6);
    Judgement::measured(1.0, text, (at.value, "bytes"), vec![at.at]).by(Who::holder(client))
}

/// Near the default the count may only have met it; this many times above, somebody raised the limit, and they go on.
const BEYOND_DEFAULT: f64 = 1.5;

/// More connections than a server takes by default.
pub(super) fn beyond_default(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    match countless(facts.series, BEYOND_DEFAULT) {
        Some((_, last, text)) => Judgement::measured(1.0, text, (last.value, "connections"), vec![last.at]),
        None => Judgement::Unjudged,
    }
}

/// The counter of refused connections rises.
pub(super) fn rejected(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let points = facts.series.get("rejected_connections");
    if let Some((rise, _, first, last)) = rise_of(points) {
        return Judgement::either(
            rise > 0.0,
            || Judgement::measured(1.0, format!("rejected_connections rose by {rise:.0}"), (rise, "connections"), vec![first.at, last.at]),
            "rejected_connections does not rise",
        );
    }
    match points.last() {
        Some(p) if p.value > 0.0 => {
            Judgement::measured(0.6, format!("rejected_connections stands at {}", p.value), (p.value, "connections"), vec![p.at])
        }
        Some(_) => Judgement::NotSeen("rejected_connections is 0".to_string()),
        None => Judgement::Unjudged,
    }
}
