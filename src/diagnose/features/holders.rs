//! Who holds the connections, and whether they are used. In: facts. Out: judgements. Fails when: never.

use std::collections::BTreeMap;

use super::{Facts, Judgement, Who};
use crate::event::Snapshot;
use crate::patterns::Text;

/// Connections idle for this share of a list make it a list of idle connections.
const IDLE_SHARE: f64 = 0.5;
/// One holder with this share holds most.
const HOLDER_SHARE: f64 = 0.5;

/// One client address or name holds most connections.
pub(super) fn holder_dominant(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some(list) = facts.snapshots.iter().rev().find(|s| s.clients >= 5) else { return Judgement::Unjudged };
    let Some((name, n)) = list.holders.iter().max_by_key(|(_, n)| **n) else { return Judgement::Unjudged };
    let share = *n as f64 / list.clients as f64;
    if list.holders.len() < 2 {
        // One address may be a whole fleet behind one host; that says nothing about who.
        return Judgement::Unjudged;
    }
    Judgement::either(
        share >= HOLDER_SHARE,
        || {
            Judgement::measured(
                (share + 0.25).min(1.0),
                format!("{name} holds {n} of {} connections", list.clients),
                (share, "share"),
                vec![list.at],
            )
            .by(Who::holder(name))
        },
        "no single holder has most connections",
    )
}

/// Growth from the first to the last list, by holder.
fn growth(facts: &Facts<'_, '_>) -> Option<(BTreeMap<String, i64>, &'static str, crate::source::Location, crate::source::Location)> {
    let first = facts.snapshots.first()?;
    let last = facts.snapshots.last()?;
    if first.at == last.at {
        return None;
    }
    if first.holders.len().max(last.holders.len()) < 2 {
        // One address may be a whole fleet behind one host: that says nothing about who grows.
        return None;
    }
    let mut out: BTreeMap<String, i64> = BTreeMap::new();
    for (name, n) in &last.holders {
        *out.entry(name.clone()).or_default() += *n as i64;
    }
    for (name, n) in &first.holders {
        *out.entry(name.clone()).or_default() -= *n as i64;
    }
    Some((out, "connections", first.at, last.at))
}

/// One holder gains most of the growth between the first and the last client list.
pub(super) fn holder_grows(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((by, unit, first, last)) = growth(facts) else { return Judgement::Unjudged };
    let total: i64 = by.values().filter(|n| **n > 0).sum();
    let Some((name, n)) = by.iter().max_by_key(|(_, n)| **n) else { return Judgement::Unjudged };
    Judgement::either(
        *n >= 5 && *n * 10 >= total * 6,
        || {
            Judgement::measured(
                1.0,
                format!("{name} gained {n} of {total} new connections between the client lists"),
                (*n as f64, unit),
                vec![first, last],
            )
            .by(Who::holder(name))
        },
        "no holder gains most connections",
    )
}

/// A list long enough for shares, or rows that someone chose from one.
fn telling<'o>(facts: &Facts<'_, 'o>) -> Option<&'o Snapshot> {
    facts.snapshots.iter().rev().find(|s| s.clients >= 5 || s.is_extract()).copied()
}

/// One holder opens connections while those that it has lie unused since they were opened.
pub(super) fn piles_up(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some(list) = telling(facts) else { return Judgement::Unjudged };
    if let Some(n) = list.growing() {
        let text =
            format!("{} more connections were opened than closed within {} s (descriptors of the list), and lie unused", n.kept, n.seconds);
        let (holder, _) = list.holders.iter().max_by_key(|(_, n)| **n).map_or(("", 0), |(name, n)| (name.as_str(), *n));
        return Judgement::measured(1.0, text, (n.kept as f64, "connections"), vec![list.at]).by(Who::holder(holder));
    }
    let Some((name, left, all)) = list.piling() else { return Judgement::NotSeen("connections are used again".to_string()) };
    let text = format!("{name} opened connections again and again while {} of its {all} lay unused", left.count);
    Judgement::measured(1.0, text, (left.count as f64, "connections"), vec![list.at]).by(Who::holder(name))
}

/// The holder that grows is not among the services that fail.
pub(super) fn holder_not_victim(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let Judgement::Seen(grown) = holder_grows(facts, of) else { return Judgement::Unjudged };
    let Some((by, ..)) = growth(facts) else { return Judgement::Unjudged };
    let Some((name, _)) = by.iter().max_by_key(|(_, n)| **n) else { return Judgement::Unjudged };
    let victim = facts.incident.services.keys().any(|s| name.contains(s.as_str()) || s.contains(name.as_str()));
    Judgement::either(
        !victim,
        || Judgement::seen(format!("{name} grows, and others fail"), grown.citations.clone()),
        "the holder that grows fails itself",
    )
}

/// Most clients of a list are idle for more than five minutes.
pub(super) fn idle(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some(list) = telling(facts) else { return Judgement::Unjudged };
    let share = list.idle as f64 / list.clients as f64;
    Judgement::either(
        share >= IDLE_SHARE,
        || {
            Judgement::measured(
                (share + 0.2).min(1.0),
                format!("{} of {} clients idle (over 300 s, or nine tenths of their life)", list.idle, list.clients),
                (share, "share"),
                vec![list.at],
            )
        },
        &format!("{} of {} clients idle (over 300 s, or nine tenths of their life)", list.idle, list.clients),
    )
}

/// Connections that never ran a command.
pub(super) fn never_used(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some(list) = facts.snapshots.iter().rev().find(|s| s.clients >= 5) else { return Judgement::Unjudged };
    let share = list.unused as f64 / list.clients as f64;
    Judgement::either(
        share >= 0.3,
        || {
            Judgement::measured(
                (share + 0.3).min(1.0),
                format!("{} of {} connections were never used", list.unused, list.clients),
                (share, "share"),
                vec![list.at],
            )
        },
        "connections are used",
    )
}

/// The server never closes idle clients.
pub(super) fn timeout_zero(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let setting = facts.observed.tally.settings.iter().rfind(|s| s.name == "timeout");
    match setting {
        Some(s) => Judgement::either(
            s.value == "0",
            || Judgement::seen("timeout is 0: idle clients are never closed", vec![s.at]),
            &format!("timeout is {}", s.value),
        ),
        None => Judgement::Unjudged,
    }
}
