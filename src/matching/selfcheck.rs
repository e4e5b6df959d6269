//! Pattern rules that need the engine.
//!
//! In: entries as written and the [`Library`] made of them. Out: complaints with file and line. Fails when: never.
//!
//! Every example matches its own signature and, overlaps resolved, no other; no near miss matches its own; every
//! captured value parses in its unit and equals the one expected; every example holds a needle; no two entries are one message.

use std::collections::BTreeSet;

use super::probe::record_of;
use super::{Matcher, Value, advice};
use crate::patterns::check::Complaint;
use crate::patterns::{Entries, Library, SignatureIdx, Unit};
use crate::scan::{Prefilter, Searches};

/// Runs every example and near miss.
pub fn check(entries: &Entries, library: &Library) -> Vec<Complaint> {
    let matcher = Matcher::new(library);
    let prefilter = Prefilter::of(library);
    let beside: BTreeSet<(&str, &str)> = entries
        .signatures
        .iter()
        .flat_map(|s| s.entry.beside.iter().map(|other| (s.entry.id.get_ref().as_str(), other.as_str())))
        .flat_map(|(a, b)| [(a, b), (b, a)])
        .collect();
    let mut out = Vec::new();
    for located in &entries.signatures {
        let entry = &located.entry;
        let id = entry.id.get_ref();
        let mut say = |text: String| {
            out.push(Complaint { file: located.file.clone(), line: located.line, text: format!("signature {id:?}: {text}") });
        };
        let Some(own) = library.find_signature(id) else {
            say("is not in the library".to_string());
            continue;
        };
        let Some(regex) = matcher.regex(own) else {
            say("regex does not compile".to_string());
            continue;
        };
        for name in regex.names() {
            if !entry.values.contains_key(name) {
                say(format!("capture {name:?} has no unit"));
            }
        }
        for name in entry.values.keys() {
            if !regex.names().any(|n| n == name) {
                say(format!("value {name:?} is not captured"));
            }
        }
        for example in &entry.example {
            let record = record_of(&example.line);
            if !example.line.split('\n').any(|l| prefilter.hits(l.as_bytes(), Searches::All)) {
                say(format!("no needle stands in the example {:?}", example.line));
            }
            let all = matcher.all(&record);
            let Some(hit) = all.iter().find(|m| m.signature == own) else {
                say(format!("does not match its example {:?} (read as {:?})", example.line, record.body));
                continue;
            };
            for (name, expected) in &example.values {
                let found = hit.values.iter().find(|v| v.name == *name);
                if !found.is_some_and(|v| equals(v, expected)) {
                    say(format!("value {name:?} of {:?} is {:?}, expected {expected}", example.line, found.map(|v| &v.text)));
                }
            }
            let resolved = matcher.matches(&record);
            for other in resolved.iter().filter(|m| m.signature != own && m.symptom.is_some()) {
                if beside.contains(&(id.as_str(), library.signature(other.signature).id.as_ref())) {
                    continue;
                }
                if resolved.iter().any(|m| m.signature == own) || !yields(library, own, other.signature) {
                    say(format!("its example {:?} is also taken by {:?}", example.line, library.signature(other.signature).id));
                }
            }
        }
        for miss in &entry.near_miss {
            let record = record_of(&miss.line);
            if matcher.all(&record).iter().any(|m| m.signature == own) {
                say(format!("matches its near miss {:?} ({})", miss.line, miss.why));
            }
        }
    }
    out.extend(advice::twins(entries, library));
    out
}

/// The overlap is stated: `a` yields to `b`, or is a wrapper or a fallback.
fn yields(library: &Library, a: SignatureIdx, b: SignatureIdx) -> bool {
    let s = library.signature(a);
    s.wrapper || s.fallback || s.yields_to.contains(&library.signature(b).id)
}

fn equals(value: &Value, expected: &toml::Value) -> bool {
    let factor = value.unit.factor().unwrap_or(1.0);
    match expected {
        toml::Value::Integer(i) => value.number.is_some_and(|n| (n - *i as f64 * factor).abs() < 1e-6),
        toml::Value::Float(f) => value.number.is_some_and(|n| (n - f * factor).abs() < 1e-6),
        toml::Value::String(s) => value.text == *s && (value.unit != Unit::Count || value.number.is_some()),
        _ => false,
    }
}
