//! Rules that pattern files must keep, as far as they need no engine.
//!
//! In: parsed files. Out: every complaint at once, with file and line. Fails when: never; complaints are the result.
//!
//! Also compiled into `build.rs`. The rules that run regexes stand in `matching::selfcheck`.

use std::collections::{BTreeMap, BTreeSet};

use super::written::{Cause, Signature, Symptom};

/// One complaint about a pattern file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// File as given.
    pub file: String,
    /// 1-based line of the entry.
    pub line: usize,
    /// What is wrong and what to do.
    pub text: String,
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// A parsed entry with where it stands.
#[derive(Debug)]
pub struct Located<T> {
    /// File.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// Entry.
    pub entry: T,
}

/// 1-based line of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}

const UNITS: [&str; 18] = [
    "count",
    "bytes",
    "kilobytes",
    "megabytes",
    "us",
    "ms",
    "s",
    "percent",
    "text",
    "addr",
    "client_addr",
    "host",
    "port",
    "command",
    "key",
    "service",
    "node",
    "errno",
];
/// Regexes larger than this are refused (bytes of the compiled program; the largest built-in one needs half of it).
pub const REGEX_BYTES: usize = 2 << 20;
/// A literal shorter than this would make every other line a candidate.
const MIN_LITERAL_BYTES: usize = 4;

/// Checks all entries together. `features`: names that causes may refer to (empty: not checked).
pub fn check(
    symptoms: &[Located<Symptom>],
    signatures: &[Located<Signature>],
    causes: &[Located<Cause>],
    features: &[&str],
) -> Vec<Complaint> {
    let mut out = Vec::new();
    let mut say = |file: &str, line: usize, text: String| out.push(Complaint { file: file.to_string(), line, text });

    let mut seen = BTreeMap::new();
    let parents: BTreeSet<&str> = symptoms.iter().filter(|s| s.entry.opens.is_some()).map(|s| s.entry.id.get_ref().as_str()).collect();
    let all: BTreeSet<&str> = symptoms.iter().map(|s| s.entry.id.get_ref().as_str()).collect();
    for s in symptoms {
        let id = s.entry.id.get_ref().as_str();
        if let Some(first) = seen.insert(("symptom", id), s.line) {
            say(&s.file, s.line, format!("symptom id {id:?} is already taken at line {first}"));
        }
        let roles = usize::from(s.entry.opens.is_some()) + usize::from(s.entry.parent.is_some()) + usize::from(s.entry.context.is_some());
        if roles != 1 {
            say(&s.file, s.line, format!("symptom {id:?} needs exactly one of opens, parent, context"));
        }
        if let Some(p) = &s.entry.parent
            && !parents.contains(p.as_str())
        {
            say(&s.file, s.line, format!("symptom {id:?}: no parent symptom {p:?}"));
        }
    }

    let ids: BTreeSet<&str> = signatures.iter().map(|s| s.entry.id.get_ref().as_str()).collect();
    for s in signatures {
        let e = &s.entry;
        let id = e.id.get_ref().as_str();
        if let Some(first) = seen.insert(("signature", id), s.line) {
            say(&s.file, s.line, format!("signature id {id:?} is already taken (line {first})"));
        }
        if !id.contains('.') || id.bytes().any(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))) {
            say(&s.file, s.line, format!("signature id {id:?} must be <emitter>.<what-was-said> in lower case"));
        }
        if !all.contains(e.symptom.as_str()) {
            say(&s.file, s.line, format!("signature {id:?}: no symptom {:?}", e.symptom));
        }
        if !["info", "warn", "error", "critical"].contains(&e.severity.as_str()) {
            say(&s.file, s.line, format!("signature {id:?}: severity is info, warn, error or critical"));
        }
        if e.literal.is_empty() || e.literal.iter().any(|l| l.len() < MIN_LITERAL_BYTES) {
            say(&s.file, s.line, format!("signature {id:?}: every literal needs {MIN_LITERAL_BYTES} bytes or more"));
        }
        if e.generic && e.requires_context.is_none() {
            say(&s.file, s.line, format!("signature {id:?}: a generic text needs requires_context"));
        }
        for (name, unit) in &e.values {
            if !UNITS.contains(&unit.as_str()) {
                say(&s.file, s.line, format!("signature {id:?}: value {name:?} has an unknown unit {unit:?}"));
            }
        }
        if e.example.is_empty() {
            say(&s.file, s.line, format!("signature {id:?} has no example; paste a line as really logged"));
        }
        if e.near_miss.is_empty() {
            say(&s.file, s.line, format!("signature {id:?} has no near miss; add a line that a naive rule would take"));
        }
        for x in &e.example {
            if !e.literal.iter().any(|l| x.line.contains(l.as_str())) {
                say(&s.file, s.line, format!("signature {id:?}: no literal stands in the example {:?}", x.line));
            }
        }
        for (what, ids_of) in [("yields to", &e.yields_to), ("stands beside", &e.beside)] {
            for y in ids_of.iter().filter(|y| !ids.contains(y.as_str())) {
                say(&s.file, s.line, format!("signature {id:?} {what} {y:?}, which does not exist"));
            }
        }
        for name in e.outgrows.iter().flat_map(|(a, b)| [a, b]).filter(|name| !e.values.contains_key(*name)) {
            say(&s.file, s.line, format!("signature {id:?}: {name:?} in `outgrows` is no capture"));
        }
    }

    let cause_ids: BTreeSet<&str> = causes.iter().map(|c| c.entry.id.get_ref().as_str()).collect();
    for c in causes {
        let e = &c.entry;
        let id = e.id.get_ref().as_str();
        if seen.insert(("cause", id), c.line).is_some() {
            say(&c.file, c.line, format!("cause id {id:?} is already taken"));
        }
        if !(e.prior > 0.0 && e.prior < 1.0) {
            say(&c.file, c.line, format!("cause {id:?}: prior is a share between 0 and 1"));
        }
        for l in &e.leads_to {
            if !cause_ids.contains(l.as_str()) {
                say(&c.file, c.line, format!("cause {id:?} leads to {l:?}, which does not exist"));
            }
        }
        for v in &e.evidence {
            if !["for", "against", "absent"].contains(&v.polarity.as_str()) {
                say(&c.file, c.line, format!("cause {id:?}: polarity {:?} is for, against or absent", v.polarity));
            }
            if !["strong", "moderate", "weak"].contains(&v.weight.as_str()) {
                say(&c.file, c.line, format!("cause {id:?}: weight {:?} is strong, moderate or weak", v.weight));
            }
            if !features.is_empty() && !features.contains(&v.feature.as_str()) {
                say(&c.file, c.line, format!("cause {id:?}: no feature {:?}", v.feature));
            }
            if v.shared && (v.polarity != "for" || v.feature != "symptom") {
                say(&c.file, c.line, format!("cause {id:?}: only a symptom that speaks for it can be shared"));
            }
            let names: &[&BTreeSet<&str>] = match v.feature.as_str() {
                "symptom" | "symptom-first" | "symptoms-only" | "symptom-with-echoes" | "breaks-after-idle" | "blocking-commands-seen" => {
                    &[&parents]
                }
                "detail" => &[&all],
                "signature" => &[&ids],
                "echoes" => &[&all, &ids],
                _ => &[],
            };
            if !names.is_empty() {
                for o in v.of.iter().filter(|o| !names.iter().any(|n| n.contains(o.as_str()))) {
                    say(&c.file, c.line, format!("cause {id:?}: {} of {o:?}, which does not exist", v.feature));
                }
            }
        }
        for a in &e.action {
            if !["capture", "immediate", "fix", "verify", "prevent", "escalate"].contains(&a.phase.as_str()) {
                say(&c.file, c.line, format!("cause {id:?}: action phase {:?} is unknown", a.phase));
            }
            if !["read-only", "changes", "restarts", "destructive"].contains(&a.effect.as_str()) {
                say(&c.file, c.line, format!("cause {id:?}: action effect {:?} is unknown", a.effect));
            }
        }
    }
    for s in symptoms.iter().filter(|s| s.entry.opens.is_some() && !causes.is_empty()) {
        let id = s.entry.id.get_ref();
        let weighed = causes.iter().any(|c| c.entry.evidence.iter().any(|v| v.of.iter().any(|o| o == id)));
        if !weighed {
            say(&s.file, s.line, format!("symptom {id:?} is weighed by no cause"));
        }
    }
    out
}
