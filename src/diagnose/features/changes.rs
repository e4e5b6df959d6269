//! What changed before the onset. In: facts. Out: judgements. Fails when: never.

use super::{Facts, Judgement};
use crate::capture::ChangeKind;
use crate::patterns::Text;

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Deploy => "deploy",
        ChangeKind::Scale => "scale",
        ChangeKind::Restart => "restart",
        ChangeKind::Failover => "fail-over",
        ChangeKind::Config => "config",
    }
}

fn wanted(of: &[Text], kind: ChangeKind) -> bool {
    of.is_empty() || of.iter().any(|o| o.replace('-', "") == word(kind).replace('-', ""))
}

/// A change of one of these kinds in the quarter of an hour before the onset.
pub(super) fn before(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let changes = facts.changes_before();
    let Some((time, at, change)) = changes.iter().find(|(_, _, c)| wanted(of, c.kind)) else {
        let covered = facts.sees_changes();
        return if covered {
            Judgement::NotSeen("no such change in the quarter of an hour before".to_string())
        } else {
            Judgement::Unjudged
        };
    };
    let lead = facts.incident.start_ms.unwrap_or(*time) - time;
    // The closer, the stronger: a change a quarter of an hour away explains little.
    let strength = 1.0 - 0.6 * (lead as f64 / super::super::facts::CHANGE_WINDOW_MS as f64);
    Judgement::measured(strength, format!("{} s before the onset: {}", lead / 1000, change.what), (lead as f64, "ms"), vec![*at])
}

/// Change sources were read and show nothing before the onset.
pub(super) fn none_before(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if !facts.sees_changes() || facts.incident.start_ms.is_none() {
        return Judgement::Unjudged;
    }
    let before = facts.changes_before();
    Judgement::either(
        before.is_empty(),
        || Judgement::seen("no deploy, scale or restart in the quarter of an hour before", Vec::new()),
        "there were changes before",
    )
}

/// The step of connections equals the scaled pods times their pool.
pub(super) fn scale_matches_step(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((step, from, to)) = super::clients::largest_step(facts) else { return Judgement::Unjudged };
    let pool = facts.observed.series.values().flat_map(|s| s.get("pool_size")).map(|p| p.value).fold(0.0, f64::max);
    for (_, at, c) in facts.changes_before() {
        let Some((before, after)) = c.replicas else { continue };
        let pods = f64::from(after) - f64::from(before);
        if pods <= 0.0 {
            continue;
        }
        if pool > 0.0 && ((pods * pool - step) / step).abs() <= 0.25 {
            return Judgement::measured(
                1.0,
                format!("{pods:.0} new pods x pool of {pool:.0} explain the step of {step:.0} connections"),
                (step, "connections"),
                vec![at, from.at, to.at],
            );
        }
        if pool == 0.0 {
            return Judgement::measured(
                0.6,
                format!("a step of {step:.0} connections follows {pods:.0} new pods"),
                (step, "connections"),
                vec![at, from.at, to.at],
            );
        }
    }
    Judgement::NotSeen("no scaling explains the step".to_string())
}
