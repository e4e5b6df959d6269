//! The poller beside the server: it sees whether the server answers. In: facts. Out: judgements. Fails when: never.

use super::{Facts, Judgement, Seen};
use crate::correlate::Kind;
use crate::patterns::Text;
use crate::source::Location;

/// A hole in the polls is this many times their usual distance.
const HOLE: i64 = 3;
/// Polls further apart than this are no watch on an incident. Milliseconds.
const WATCH_MS: i64 = 60_000;

/// Dated polls in order.
fn polls(facts: &Facts<'_, '_>) -> Vec<(i64, Location)> {
    let mut times: Vec<(i64, Location)> = facts.series.get("connected_clients").iter().filter_map(|p| Some((p.time_ms?, p.at))).collect();
    times.dedup_by_key(|t| t.0);
    times
}

/// The usual distance in milliseconds, at least a second.
fn usual(times: &[(i64, Location)]) -> i64 {
    let mut gaps: Vec<i64> = times.windows(2).map(|w| w[1].0 - w[0].0).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(0).max(1000)
}

/// Holes in the cadence of INFO polls during the incident: the server or the network stalled.
pub(super) fn gaps(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let times = polls(facts);
    if times.len() < 4 {
        return Judgement::Unjudged;
    }
    let usual = usual(&times);
    let Some(w) = times.windows(2).max_by_key(|w| w[1].0 - w[0].0) else { return Judgement::Unjudged };
    let gap = w[1].0 - w[0].0;
    Judgement::either(
        gap >= usual * HOLE,
        || {
            let text = format!("a hole of {:.0} s in polls every {:.0} s", gap as f64 / 1000.0, usual as f64 / 1000.0);
            Judgement::measured(1.0, text, (gap as f64, "ms"), vec![w[0].1, w[1].1])
        },
        "polls came regularly",
    )
}

/// The server answered its polls regularly while clients failed.
pub(super) fn answered(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let (Some(start), Some(end)) = (facts.incident.start_ms, facts.incident.end_ms) else { return Judgement::Unjudged };
    let times = polls(facts);
    let usual = usual(&times);
    let inside: Vec<&(i64, Location)> = times.iter().filter(|(t, _)| *t >= start && *t <= end).collect();
    if times.len() < 4 || usual > WATCH_MS || end - start < 2 * usual {
        return Judgement::Unjudged;
    }
    let expected = (end - start) / usual;
    Judgement::either(
        inside.len() as i64 >= expected - 1 && inside.len() >= 2,
        || {
            let text = format!("the server answered {} polls while clients failed", inside.len());
            Judgement::measured(1.0, text, (inside.len() as f64, "polls"), inside.iter().map(|(_, at)| *at).take(3).collect())
        },
        "polls were missed while clients failed",
    )
}

/// What other services' success says of the way to the server: their lines rarely name the node that they use.
const BY_OTHERS: f64 = 0.6;

/// The server answered its poller or other services, and clients that worked before got nothing at all, though their
/// processes went on: each wait ended by itself.
pub(super) fn answered_not_clients(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    // Only what is lost without a word: a refusal, a failing name or a full port range has its own reason.
    let all = facts.incident.told(|kind| !kind.from_server).count();
    let waits = |kind: &Kind| matches!(library.symptom(kind.symptom).phase.as_ref(), "reply" | "connect");
    let silent = facts.incident.told(|kind| !kind.from_server && waits(kind)).count();
    if silent * 2 < all || silent == 0 {
        return Judgement::NotSeen("the failures are not silent".to_string());
    }
    match (answered(facts, of), super::services::nothing_succeeds(facts, of)) {
        (Judgement::Seen(mut polls), Judgement::Seen(lost)) => {
            polls.statement = format!("{}, and there were {}", polls.statement, lost.statement);
            polls.citations.extend(lost.citations);
            Judgement::Seen(polls)
        }
        (Judgement::NotSeen(why), _) | (_, Judgement::NotSeen(why)) => Judgement::NotSeen(why),
        (Judgement::Unjudged, Judgement::Seen(lost)) => {
            match (super::services::other_ok(facts, of), super::phases::fire_together(facts, of)) {
                (Judgement::Seen(others), Judgement::NotSeen(_)) => Judgement::Seen(Seen {
                    strength: BY_OTHERS,
                    statement: format!("{}, and there were {}", others.statement, lost.statement),
                    ..lost
                }),
                _ => Judgement::Unjudged,
            }
        }
        _ => Judgement::Unjudged,
    }
}
