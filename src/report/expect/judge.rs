//! Report against expectation. In: both. Out: [`Miss`]es in the order of the keys. Fails when: never.

use std::collections::BTreeSet;

use super::{CauseWish, Expectation, Miss, Range, ServiceWish, verdict_name};
use crate::report::{CauseReport, Report};

/// Causes shown where another was expected.
const SHOWN: usize = 3;

pub(super) fn judge(expected: &Expectation, report: &Report) -> Vec<Miss> {
    let mut misses = Vec::new();
    let mut miss = |what: &str, expected: String, found: String| misses.push(Miss { what: what.to_string(), expected, found });
    if !expected.verdict.is_empty() && !expected.verdict.contains(&report.verdict) {
        let names: Vec<&str> = expected.verdict.iter().map(|v| verdict_name(*v)).collect();
        miss("verdict", names.join(" or "), verdict_name(report.verdict).to_string());
    }
    for wish in &expected.causes {
        if !holds(wish, report) {
            miss("cause", wish_text(wish), found_causes(wish, report));
        }
    }
    for (id, range) in &expected.symptoms {
        let n = symptom_count(report, id);
        if !range.holds(n) {
            miss(&format!("symptoms.{id}"), range_text(*range), n.to_string());
        }
    }
    for id in &expected.absent {
        let n = symptom_count(report, id);
        if n > 0 {
            miss("absent", format!("no {id}"), n.to_string());
        }
    }
    if let Some(range) = expected.traces
        && !range.holds(traces(report))
    {
        miss("traces", range_text(range), traces(report).to_string());
    }
    if let Some(wish) = &expected.services {
        let found = services(report);
        if let Some(expected) = service_miss(wish, &found) {
            miss("services", expected, listed(found.iter().copied()));
        }
    }
    if !expected.pointers.is_empty() {
        // The rendered form, so that a pointer meets the numbers that a reader of the JSON meets.
        let value = serde_json::from_str(&crate::report::json::render(report)).unwrap_or_default();
        for pointer in &expected.pointers {
            if let Some(found) = pointer.miss(&value) {
                miss(&pointer.path, pointer.expected(), found);
            }
        }
    }
    misses
}

pub(super) fn holds(wish: &CauseWish, report: &Report) -> bool {
    let fits =
        |c: &CauseReport| wish.any_of.contains(&c.id) && c.rank <= wish.max_rank && c.confidence + f64::EPSILON >= wish.min_confidence;
    report.incidents.iter().any(|i| i.causes.iter().any(fits))
}

fn wish_text(wish: &CauseWish) -> String {
    let mut out = wish.any_of.join(" or ");
    out.push_str(&if wish.max_rank == 1 { " first".to_string() } else { format!(" among the first {}", wish.max_rank) });
    if wish.min_confidence > 0.0 {
        out.push_str(&format!(", confidence at least {}", wish.min_confidence));
    }
    out
}

fn found_causes(wish: &CauseWish, report: &Report) -> String {
    if report.incidents.is_empty() {
        return "no incident".to_string();
    }
    let one = |c: &CauseReport| format!("{}. {} {:.3}", c.rank, c.id, c.confidence);
    let of = |causes: &[CauseReport]| -> String {
        let mut shown: Vec<String> = causes.iter().take(SHOWN).map(one).collect();
        shown.extend(causes.iter().skip(SHOWN).filter(|c| wish.any_of.contains(&c.id)).map(one));
        shown.join(", ")
    };
    report.incidents.iter().map(|i| of(&i.causes)).collect::<Vec<_>>().join(" | ")
}

/// Events of a symptom in all incidents; of a finer one those of its signatures.
pub(super) fn symptom_count(report: &Report, id: &str) -> u64 {
    let all = || report.incidents.iter().flat_map(|i| &i.symptoms);
    let parents: u64 = all().filter(|s| s.id == id).map(|s| s.count).sum();
    if parents > 0 {
        return parents;
    }
    all().flat_map(|s| &s.signatures).filter(|s| s.symptom == id).map(|s| s.count).sum()
}

pub(super) fn traces(report: &Report) -> u64 {
    report.incidents.iter().map(|i| i.affected.traces).sum()
}

pub(super) fn services(report: &Report) -> BTreeSet<&str> {
    report.incidents.iter().flat_map(|i| &i.affected.services).map(|s| s.name.as_str()).collect()
}

/// What is asked for, if it does not hold.
pub(super) fn service_miss(wish: &ServiceWish, found: &BTreeSet<&str>) -> Option<String> {
    match wish {
        ServiceWish::Exactly(all) => {
            let all: BTreeSet<&str> = all.iter().map(String::as_str).collect();
            (all != *found).then(|| format!("exactly {}", listed(all.into_iter())))
        }
        ServiceWish::Some { include, exclude } => {
            let missing: Vec<&str> = include.iter().map(String::as_str).filter(|s| !found.contains(s)).collect();
            let extra: Vec<&str> = exclude.iter().map(String::as_str).filter(|s| found.contains(s)).collect();
            let mut parts = Vec::new();
            if !missing.is_empty() {
                parts.push(format!("with {}", missing.join(", ")));
            }
            if !extra.is_empty() {
                parts.push(format!("without {}", extra.join(", ")));
            }
            (!parts.is_empty()).then(|| parts.join(", "))
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.collect();
    if all.is_empty() { "none".to_string() } else { all.join(", ") }
}

fn range_text(range: Range) -> String {
    match (range.min, range.max) {
        (a, Some(b)) if a == b => a.to_string(),
        (a, Some(b)) => format!("{a} to {b}"),
        (a, None) => format!("at least {a}"),
    }
}
