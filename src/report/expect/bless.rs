//! Report to expectation. In: a report, the expectation before. Out: the text of an `expect.toml`. Fails when: never.

use std::fmt::Write as _;

use super::judge::{holds, service_miss, services, symptom_count, traces};
use super::pointer::Condition;
use super::{CauseWish, Expectation, Range, ServiceWish, verdict_name};
use crate::report::Report;

pub(super) fn bless(report: &Report, before: Option<(&str, &Expectation)>) -> String {
    let old = before.map(|(_, e)| e);
    let mut out = before.map(|(text, _)| head_comment(text)).unwrap_or_default();
    if let Some(old) = old {
        let texts = |list: &[(usize, String)]| list.iter().map(|(_, s)| s.clone()).collect::<Vec<_>>();
        put_list(&mut out, "args", &texts(&old.args));
        put_list(&mut out, "inputs", &texts(&old.inputs));
    }
    match old.map(|o| o.verdict.as_slice()) {
        Some(several) if several.len() > 1 && several.contains(&report.verdict) => {
            put_list(&mut out, "verdict", &several.iter().map(|v| verdict_name(*v).to_string()).collect::<Vec<_>>());
        }
        _ => {
            let _ = writeln!(out, "verdict = {}", quoted(verdict_name(report.verdict)));
        }
    }
    if let Some(old) = old {
        put_list(&mut out, "absent", &old.absent);
    }
    if !report.incidents.is_empty() {
        let n = traces(report);
        let kept = old.and_then(|o| o.traces).filter(|r| r.holds(n));
        let _ = writeln!(out, "traces = {}", range(kept.unwrap_or(Range::exactly(n))));
        put_services(&mut out, report, old);
    }
    put_causes(&mut out, report, old);
    put_symptoms(&mut out, report, old);
    for p in old.iter().flat_map(|o| &o.pointers) {
        let (key, value) = match &p.is {
            Condition::Equals(v) => ("equals", v.to_string()),
            Condition::Contains(v) => ("contains", v.to_string()),
            Condition::AtLeast(n) => ("at_least", n.to_string()),
        };
        let _ = write!(out, "\n[[pointer]]\npath = {}\n{key} = {value}\n", quoted(&p.path));
    }
    out
}

/// The comment before the first key; comments further down have no place in a file that is written anew.
fn head_comment(text: &str) -> String {
    let lines: Vec<&str> = text.lines().take_while(|l| l.starts_with('#') || l.trim().is_empty()).collect();
    let head = lines.join("\n");
    let head = head.trim();
    if head.is_empty() { String::new() } else { format!("{head}\n\n") }
}

fn put_services(out: &mut String, report: &Report, old: Option<&Expectation>) {
    let found = services(report);
    match old.and_then(|o| o.services.as_ref()) {
        Some(wish @ ServiceWish::Some { include, exclude }) if service_miss(wish, &found).is_none() => {
            let mut parts = Vec::new();
            for (key, names) in [("include", include), ("exclude", exclude)] {
                if !names.is_empty() {
                    parts.push(format!("{key} = {}", list(names)));
                }
            }
            let _ = writeln!(out, "services = {{ {} }}", parts.join(", "));
        }
        _ => {
            let names: Vec<String> = found.iter().map(ToString::to_string).collect();
            let _ = writeln!(out, "services = {}", list(&names));
        }
    }
}

fn put_causes(out: &mut String, report: &Report, old: Option<&Expectation>) {
    let written: &[CauseWish] = old.map_or(&[], |o| o.causes.as_slice());
    let first = report.incidents.first().and_then(|i| i.causes.first());
    let mut wishes: Vec<CauseWish> = Vec::new();
    if let Some(first) = first {
        // Rounded down, so that a later run may differ in what does not matter.
        let min_confidence = (first.confidence * 10.0 + 1e-9).floor() / 10.0;
        let any_of = match written.first() {
            Some(w) if w.any_of.contains(&first.id) => w.any_of.clone(),
            _ => vec![first.id.clone()],
        };
        wishes.push(CauseWish { any_of, max_rank: 1, min_confidence });
        // A first one that speaks of a cause further down is somebody's own.
        let kept = written.iter().enumerate().filter(|(i, w)| *i > 0 || !w.any_of.contains(&first.id) && w.max_rank > 1 && holds(w, report));
        wishes.extend(kept.map(|(_, w)| w.clone()));
    }
    for w in &wishes {
        out.push_str("\n[[cause]]\n");
        match w.any_of.as_slice() {
            [one] => {
                let _ = writeln!(out, "id = {}", quoted(one));
            }
            several => put_list(out, "any_of", several),
        }
        let _ = writeln!(out, "max_rank = {}", w.max_rank);
        if w.min_confidence > 0.0 {
            let _ = writeln!(out, "min_confidence = {}", w.min_confidence);
        }
    }
}

fn put_symptoms(out: &mut String, report: &Report, old: Option<&Expectation>) {
    let mut rows: Vec<(String, Range)> = Vec::new();
    for s in report.incidents.iter().flat_map(|i| &i.symptoms) {
        if !rows.iter().any(|(id, _)| *id == s.id) {
            rows.push((s.id.clone(), Range::exactly(symptom_count(report, &s.id))));
        }
    }
    for (id, kept) in old.iter().flat_map(|o| &o.symptoms) {
        let n = symptom_count(report, id);
        match rows.iter_mut().find(|(row, _)| row == id) {
            Some(row) if kept.holds(n) => row.1 = *kept,
            // A finer symptom that somebody asked for.
            None if n > 0 => rows.push((id.clone(), if kept.holds(n) { *kept } else { Range::exactly(n) })),
            _ => {}
        }
    }
    if rows.is_empty() {
        return;
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    out.push_str("\n[symptoms]\n");
    for (id, r) in rows {
        // Ids are written bare: letters, digits and hyphens.
        let _ = writeln!(out, "{id} = {}", range(r));
    }
}

fn range(r: Range) -> String {
    match (r.min, r.max) {
        (a, Some(b)) if a == b => a.to_string(),
        (0, Some(b)) => format!("{{ max = {b} }}"),
        (a, Some(b)) => format!("{{ min = {a}, max = {b} }}"),
        (a, None) => format!("{{ min = {a} }}"),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|i| quoted(i)).collect::<Vec<_>>().join(", "))
}

fn put_list(out: &mut String, key: &str, items: &[String]) {
    if !items.is_empty() {
        let _ = writeln!(out, "{key} = {}", list(items));
    }
}
