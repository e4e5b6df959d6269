//! What was said. In: facts. Out: judgements on symptoms and messages. Fails when: never.

use std::collections::BTreeSet;

use super::{Facts, Judgement};
use crate::correlate::{Kind, tells_of_restart, told_again};
use crate::event::Event;
use crate::patterns::{Opens, SignatureIdx, SymptomIdx, Text};
use crate::source::Location;

/// Citations shown for one piece of evidence.
pub(super) const CITES: usize = 3;
/// A first error this many clock resolutions earlier is earlier.
const LEAD_RESOLUTIONS: i64 = 2;

/// What a message counts that only says that something failed, with the reason elsewhere.
const WRAPPED: f64 = 0.4;

fn indices(facts: &Facts<'_, '_>, of: &[Text]) -> Vec<SymptomIdx> {
    of.iter().filter_map(|id| facts.observed.library.find_symptom(id)).collect()
}

/// A title inside a sentence: names keep their capitals.
fn inside(title: &str) -> String {
    let first = title.split(' ').next().unwrap_or_default();
    let name = first == "Redis" || first == "Sentinel" || first.chars().nth(1).is_some_and(char::is_uppercase);
    let mut letters = title.chars();
    match letters.next() {
        Some(c) if !name => c.to_lowercase().chain(letters).collect(),
        _ => title.to_string(),
    }
}

fn titles(facts: &Facts<'_, '_>, of: &[SymptomIdx]) -> String {
    of.iter().map(|s| inside(&facts.observed.library.symptom(*s).title)).collect::<Vec<_>>().join(", ")
}

/// One line of a symptom that speaks for itself is nearly as strong as many; recurring kinds saturate slower.
fn strength(one_line: bool, count: u64, sources: usize) -> f64 {
    let base = match (one_line, count) {
        (_, 0) => 0.0,
        (true, 1) => 0.9,
        (false, 1) => 0.7,
        (false, 2) => 0.85,
        _ => 1.0,
    };
    let base: f64 = base + if sources > 1 { 0.05 } else { 0.0 };
    base.min(1.0)
}

fn present(facts: &Facts<'_, '_>, of: &[SymptomIdx]) -> Vec<SymptomIdx> {
    of.iter().copied().filter(|s| facts.incident.symptoms.contains_key(s)).collect()
}

/// Any of the parent symptoms is present.
pub(super) fn symptom(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let wanted = indices(facts, of);
    let found = present(facts, &wanted);
    if found.is_empty() {
        return absence(facts, &wanted);
    }
    let (count, citations) = facts.symptom(&found);
    let one_line = found.iter().any(|s| facts.observed.library.symptom(*s).opens == Opens::OneLine);
    // A symptom that is a small part of the trouble weighs little, unless one line of it says all.
    let total: u64 = facts.incident.symptoms.values().map(|s| s.count).sum();
    let part = count as f64 / total.max(1) as f64;
    let share = if one_line { 1.0 } else { (0.4 + 1.2 * part).min(1.0) };
    // A wrapper without its inner error fits most causes.
    let counts = found.iter().filter_map(|s| facts.incident.symptoms.get(s)).flat_map(|s| &s.signatures);
    let (plain, all) = counts.fold((0, 0), |(plain, all), (signature, n)| {
        (plain + if facts.observed.library.signature(*signature).wrapper { 0 } else { *n }, all + n)
    });
    let share = if all > 0 && plain == 0 { share * WRAPPED } else { share };
    let library = facts.observed.library;
    let told = facts.incident.told(|kind| found.contains(&kind.symptom) && tells_of_restart(library, kind.signature));
    let times = count.saturating_sub(told_again(library, told)).max(1);
    let n = if times == 1 { "once".to_string() } else { format!("{times} times") };
    let statement = format!("{} {n}", titles(facts, &found));
    Judgement::measured(strength(one_line, count, facts.sources.len()) * share, statement, (times as f64, "count"), citations)
        .with_part(part)
}

/// Not seen counts only if a source that would show it was read.
fn absence(facts: &Facts<'_, '_>, wanted: &[SymptomIdx]) -> Judgement {
    let library = facts.observed.library;
    let shown_by_server = wanted.iter().all(|s| library.symptom(*s).shown_by_server);
    let covered = if shown_by_server { facts.server_log_covers() } else { facts.incident.told(|kind| !kind.from_server).nth(1).is_some() };
    if covered { Judgement::NotSeen(format!("no sign of {}", titles(facts, wanted))) } else { Judgement::Unjudged }
}

/// A finer symptom is present; its part is that of all that was seen of the symptoms above it.
pub(super) fn detail(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let wanted = indices(facts, of);
    let library = facts.observed.library;
    let finer = |kind: &Kind| wanted.contains(&library.signature(kind.signature).symptom);
    let hits: Vec<&Event> = facts.incident.told(finer).collect();
    let parents: BTreeSet<SymptomIdx> = hits.iter().map(|e| e.symptom).collect();
    let all = facts.incident.told(|kind| parents.contains(&kind.symptom)).count();
    said(facts, &hits, "detail").with_part(hits.len() as f64 / all.max(1) as f64)
}

/// A particular message is present.
pub(super) fn signature(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let hits: Vec<&Event> = facts.incident.told(|kind| of.contains(&library.signature(kind.signature).id)).collect();
    said(facts, &hits, "message")
}

/// From this many on something happens again and again.
const AGAIN: usize = 3;

/// Particular messages, reported as trouble or as ordinary marks, come again and again within the incident.
pub(super) fn recurs(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let (start, end) = (facts.incident.start_ms, facts.incident.end_ms);
    let within = |e: &Event| e.time_ms.is_none() || start <= e.time_ms && e.time_ms <= end;
    let meant = |signature: SignatureIdx| of.contains(&library.signature(signature).id);
    let marks = facts.observed.marks.iter().copied().filter(|e| within(e) && meant(e.signature));
    let hits: Vec<&Event> = facts.incident.told(|kind| meant(kind.signature)).chain(marks).collect();
    if hits.len() < AGAIN { Judgement::NotSeen("it does not recur".to_string()) } else { said(facts, &hits, "message") }
}

/// What is written this close to an act of the same process is its echo. Milliseconds.
const ECHO_MS: i64 = 1_000;

/// Every message of some finer symptoms is the echo of an act that the same source reports: `of` holds ids of symptoms (what
/// is echoed) and of signatures (the acts).
pub(super) fn echoes(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let effects = indices(facts, of);
    let is_effect = |kind: &Kind| effects.contains(&library.signature(kind.signature).symptom);
    let said = facts.incident.told(is_effect);
    let acts: Vec<&Event> = facts.incident.told(|kind| !is_effect(kind) && of.contains(&library.signature(kind.signature).id)).collect();
    let Some(first) = said.clone().next() else { return Judgement::Unjudged };
    let near = |a: Option<i64>, b: Option<i64>| matches!((a, b), (Some(a), Some(b)) if (a - b).abs() <= ECHO_MS);
    let act_of = |e: &Event| acts.iter().find(|act| act.at.source == e.at.source && near(act.time_ms, e.time_ms));
    let Some(act) = act_of(first).filter(|_| said.clone().all(|e| act_of(e).is_some())) else {
        return Judgement::NotSeen("it is not the echo of an act".to_string());
    };
    let [what, cause] = [first, act].map(|e| inside(&library.symptom(library.signature(e.signature).symptom).title));
    Judgement::seen(format!("{what} in the same instant as {cause}"), vec![first.at, act.at])
}

fn said(facts: &Facts<'_, '_>, hits: &[&Event], what: &str) -> Judgement {
    let Some(first) = hits.first() else {
        return if facts.incident.events.is_empty() { Judgement::Unjudged } else { Judgement::NotSeen(format!("no such {what}")) };
    };
    let library = facts.observed.library;
    let title = &library.symptom(library.signature(first.signature).symptom).title;
    let citations: Vec<Location> = hits.iter().map(|e| e.at).take(CITES).collect();
    let count = hits.len() as u64;
    let times = count.saturating_sub(told_again(library, hits.iter().copied()));
    Judgement::measured(strength(true, count, 1), format!("{} ({times})", inside(title)), (times as f64, "count"), citations)
}

/// The earliest symptom is one of these, by more than the clock's resolution.
pub(super) fn first(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let wanted = indices(facts, of);
    let first = |ours: bool| facts.incident.told(|kind| wanted.contains(&kind.symptom) == ours).find(|e| e.time_ms.is_some());
    let (Some(ours), Some(other)) = (first(true), first(false)) else {
        return Judgement::Unjudged;
    };
    let lead = other.time_ms.unwrap_or(0) - ours.time_ms.unwrap_or(0);
    let needed = i64::from(ours.resolution_ms.max(other.resolution_ms)) * LEAD_RESOLUTIONS;
    let title = inside(&facts.observed.library.symptom(ours.symptom).title);
    Judgement::either(
        lead > needed,
        || {
            Judgement::measured(
                1.0,
                format!("{title} comes first, {:.1} s before anything else", lead as f64 / 1000.0),
                (lead as f64, "ms"),
                vec![ours.at, other.at],
            )
        },
        "something else comes first",
    )
}

/// No symptom besides these.
pub(super) fn only(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let wanted = indices(facts, of);
    if facts.incident.symptoms.is_empty() {
        return Judgement::Unjudged;
    }
    let found = present(facts, &wanted);
    if found.len() == facts.incident.symptoms.len() {
        let (_, citations) = facts.symptom(&found);
        return Judgement::seen(format!("nothing but {}", titles(facts, &found)), citations);
    }
    Judgement::NotSeen("other symptoms stand beside it".to_string())
}

/// The first of these symptoms, and none beside it but the others: what follows from it.
pub(super) fn with_echoes(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let first = indices(facts, of.get(..1).unwrap_or_default());
    if present(facts, &first).is_empty() { Judgement::NotSeen("only what could follow from it".to_string()) } else { only(facts, of) }
}

/// A paste shows what its writer chose: that it holds nothing else says less.
const CHOSEN: f64 = 0.4;

/// No symptom besides these where requests that go well are logged, too.
pub(super) fn nothing_else(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let Judgement::Seen(mut seen) = only(facts, of) else { return only(facts, of) };
    if facts.observed.tally.survey.cells.values().any(|r| r.healthy > 0) {
        seen.statement = format!("{} among requests that go well", seen.statement);
    } else {
        seen.strength = CHOSEN;
    }
    Judgement::Seen(seen)
}

/// Redis errors that no signature knows.
pub(super) fn unrecognised(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let count: u64 = facts.observed.tally.templates.values().map(|t| t.count).sum();
    let known = facts.incident.event_count();
    if count == 0 {
        return Judgement::NotSeen("every Redis error is known".to_string());
    }
    let citations = facts.observed.tally.templates.values().map(|t| t.at).take(CITES).collect();
    Judgement::measured(
        count as f64 / (count + known) as f64,
        format!("{count} Redis errors that no signature knows"),
        (count as f64, "count"),
        citations,
    )
}
