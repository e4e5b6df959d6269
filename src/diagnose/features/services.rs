//! Who fails and who does not. In: facts. Out: judgements. Fails when: never.

use super::symptoms::CITES;
use super::{Facts, Judgement};
use crate::correlate::Kind;
use crate::patterns::Text;
use crate::record::Name;
use crate::source::Location;

/// Onsets this close are one. Milliseconds.
const TOGETHER_MS: i64 = 2_000;

/// Services that talk to Redis as far as the lines tell: those with events, and those that name it while healthy are
/// not known, so every live service counts.
fn live(facts: &Facts<'_, '_>) -> usize {
    facts.live.iter().filter(|(_, (ok, bad))| ok + bad > 0).count()
}

/// All live services fail (two or more).
pub(super) fn all_live_fail(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let (failing, live) = (facts.incident.services.len(), live(facts));
    if live < 2 || failing < 1 {
        return Judgement::Unjudged;
    }
    Judgement::either(
        failing >= live,
        || Judgement::measured(1.0, format!("all {live} live services fail"), (live as f64, "services"), firsts(facts)),
        &format!("{failing} of {live} live services fail"),
    )
}

/// Some live services succeed in the same stretch.
pub(super) fn some_succeed(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let well: Vec<&String> = facts
        .live
        .iter()
        .filter(|(s, (ok, bad))| *ok > 0 && *bad == 0 && !facts.incident.services.contains_key(*s))
        .map(|(s, _)| s)
        .collect();
    if live(facts) < 2 {
        return Judgement::Unjudged;
    }
    Judgement::either(
        !well.is_empty(),
        || Judgement::seen(format!("{} goes on well in the same seconds", well[0]), Vec::new()),
        "no live service goes on without errors",
    )
}

/// Exactly one of several live services fails.
pub(super) fn single_fails(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if live(facts) < 2 || facts.incident.services.is_empty() {
        return Judgement::Unjudged;
    }
    let name = facts.incident.services.keys().next().cloned().unwrap_or_default();
    Judgement::either(
        facts.incident.services.len() == 1,
        || Judgement::seen(format!("only {name} fails, of {} live services", live(facts)), firsts(facts)),
        &format!("{} services fail", facts.incident.services.len()),
    )
}

/// Several services wait for Redis without an answer, while at least one other is seen: what they share is the server and
/// the way to it.
pub(super) fn several_wait(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let waits = |kind: &Kind| matches!(library.symptom(kind.symptom).phase.as_ref(), "reply" | "connect");
    let waiting = facts.incident.told(|kind| !kind.from_server && waits(kind));
    let mut first: std::collections::BTreeMap<&str, Location> = std::collections::BTreeMap::new();
    for e in waiting.clone() {
        if let Some(service) = facts.observed.service_of(e) {
            first.entry(service).or_insert(e.at);
        }
    }
    if live(facts) < 2 || first.is_empty() || waiting.count() * 2 < facts.incident.events.len() {
        return Judgement::Unjudged;
    }
    Judgement::either(
        first.len() > 1,
        || {
            let text = format!("{} services wait for Redis without an answer", first.len());
            Judgement::measured(1.0, text, (first.len() as f64, "services"), first.values().copied().take(CITES).collect())
        },
        "one service waits",
    )
}

/// What a service that goes on says of the node: its healthy lines rarely name it …
const BESIDE_ONE: f64 = 0.6;
/// … and beside several that fail it is likelier the odd one, with another node, or the one that holds the server.
const BESIDE_SEVERAL: f64 = 0.4;

/// Another service uses the same node well while this one fails.
pub(super) fn other_ok(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    // Healthy lines rarely name their node; where only one node is known at all, every service shares it.
    if facts.incident.nodes.len() > 1 {
        return Judgement::Unjudged;
    }
    match some_succeed(facts, of) {
        Judgement::Seen(mut s) => {
            s.strength = if facts.incident.services.len() > 1 { BESIDE_SEVERAL } else { BESIDE_ONE };
            Judgement::Seen(s)
        }
        other => other,
    }
}

/// Several services start failing within two seconds.
pub(super) fn start_together(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let firsts_ms: Vec<i64> = facts.incident.services.values().filter_map(|(_, t)| *t).collect();
    if firsts_ms.len() < 2 {
        return Judgement::Unjudged;
    }
    let spread = firsts_ms.iter().max().unwrap_or(&0) - firsts_ms.iter().min().unwrap_or(&0);
    Judgement::either(
        spread <= TOGETHER_MS,
        || {
            Judgement::measured(
                1.0,
                format!("{} services start failing within {:.1} s", firsts_ms.len(), spread as f64 / 1000.0),
                (spread as f64, "ms"),
                firsts(facts),
            )
        },
        &format!("services start failing {:.0} s apart", spread as f64 / 1000.0),
    )
}

fn firsts(facts: &Facts<'_, '_>) -> Vec<Location> {
    let mut seen = std::collections::BTreeSet::new();
    let of_services = facts.incident.events.iter().filter(|e| e.service.is_some());
    of_services.filter(|e| seen.insert(facts.observed.service_of(e))).map(|e| e.at).take(CITES).collect()
}

/// The client process itself is starved: busy threads at or over their minimum, items queued in the pool.
pub(super) fn client_busy(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let mut told = false;
    for e in &facts.incident.events {
        let number = |names: &[&str]| e.values.iter().find(|v| names.contains(&v.name.as_ref())).and_then(|v| v.number);
        let busy = number(&["worker_busy", "workers_busy", "busy_worker"]);
        let min = number(&["worker_min", "workers_min", "min_worker"]);
        let queued = number(&["queued_items", "pool_queued", "queued"]);
        let unread = number(&["in", "in_bytes", "inbound"]);
        told |= busy.is_some() || queued.is_some() || unread.is_some();
        if let (Some(b), Some(m)) = (busy, min)
            && b >= m
            && m > 0.0
        {
            return Judgement::measured(
                1.0,
                format!("{b:.0} worker threads busy with a minimum of {m:.0}: the client's thread pool is starved"),
                (b, "threads"),
                vec![e.at],
            );
        }
        if let Some(q) = queued.filter(|q| *q >= 50.0) {
            return Judgement::measured(1.0, format!("{q:.0} work items wait in the client's thread pool"), (q, "items"), vec![e.at]);
        }
        if let Some(n) = unread.filter(|n| *n >= 4096.0) {
            return Judgement::measured(
                0.7,
                format!("{n:.0} bytes of replies lie unread in the client's socket"),
                (n, "bytes"),
                vec![e.at],
            );
        }
    }
    if told { Judgement::NotSeen("the client's threads are idle".to_string()) } else { Judgement::Unjudged }
}

/// Successes before the onset from which on their absence tells something.
const MANY_SUCCESSES: u64 = 5;
/// Failures below which a few lost requests are no loss of all.
const MANY_FAILURES: u64 = 3;

/// Services that succeeded before have no success at all in the incident.
pub(super) fn nothing_succeeds(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let (Some(start), Some(end)) = (facts.incident.start_ms, facts.incident.end_ms) else { return Judgement::Unjudged };
    let survey = &facts.observed.tally.survey;
    // The cells at both ends are shared with what lies around.
    let (width, mut ok, mut before) = (survey.cell_ms(), 0, 0);
    for ((cell, service), r) in survey.cells.range(..=(end, Name::default())) {
        if !facts.incident.services.contains_key(&**service) {
            continue;
        }
        if *cell >= start && *cell + width <= end {
            ok += u64::from(r.healthy);
        } else if *cell + width <= start {
            before += u64::from(r.healthy);
        }
    }
    let failed: u64 = facts.incident.services.values().map(|(n, _)| n).sum();
    let lost = ok * 20 <= failed;
    if before < MANY_SUCCESSES || lost && failed < MANY_FAILURES || end - start < 3 * width {
        return Judgement::Unjudged;
    }
    Judgement::either(
        lost,
        || {
            let text = format!("{failed} failures and {ok} successes of the services that failed");
            Judgement::measured(1.0, text, (ok as f64, "requests"), firsts(facts))
        },
        &format!("{ok} requests of the same services succeed between {failed} failures"),
    )
}
