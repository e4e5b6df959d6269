//! Whether a runbook fits an incident, and which of its sections. In: front matter, page, incident. Out: reasons, a quote.
//! Fails when: never.

use std::collections::BTreeSet;

use super::front::Front;
use super::page::Page;
use crate::report::{CauseReport, IncidentReport};

/// Headings under which it says whom to call, and what happened before (parts of them, lower case).
pub(super) const ESCALATION: [&str; 1] = ["escalat"];
pub(super) const POSTMORTEMS: [&str; 5] = ["post-mortem", "postmortem", "post mortem", "past incident", "related incident"];
/// Headings under which it says what to do, best first.
const MITIGATION: [&str; 6] = ["mitigat", "immediate", "remediat", "resolution", "recovery", "fix"];

/// Causes whose own section is looked for.
const CAUSES: usize = 3;
/// Below this confidence a cause does not choose the section.
const MIN_CONFIDENCE: f64 = 0.05;
/// Lines quoted.
const QUOTED: usize = 14;

/// Words that say nothing about which symptom is meant.
const IDLE: [&str; 24] = [
    "a", "an", "and", "are", "at", "by", "cannot", "errors", "error", "failed", "for", "from", "high", "in", "is", "no", "of", "on", "or",
    "redis", "the", "to", "with", "s",
];

/// What an incident says of itself.
pub(super) struct Said {
    /// Per symptom: title, and all words of ids, titles and the line quoted.
    symptoms: Vec<(String, BTreeSet<String>)>,
    services: BTreeSet<String>,
}

impl Said {
    pub(super) fn of(incident: &IncidentReport) -> Said {
        let symptoms = incident
            .symptoms
            .iter()
            .map(|s| {
                let mut all = words(&format!("{} {}", s.id, s.title));
                for sig in &s.signatures {
                    all.extend(words(&format!("{} {}", sig.id, sig.symptom)));
                }
                if let Some(example) = &s.example {
                    all.extend(words(&example.text));
                }
                (s.title.clone(), all)
            })
            .collect();
        let affected = incident.affected.services.iter().map(|s| &s.name);
        Said { symptoms, services: affected.chain(&incident.impact.services).map(|s| s.to_lowercase()).collect() }
    }
}

/// Why a runbook fits. A symptom must be the same; where both sides name services, one of them, too.
pub(super) fn matches(front: &Front, said: &Said) -> Option<Vec<String>> {
    let mut reasons = Vec::new();
    for text in &front.symptoms {
        let wanted = words(text);
        let fits = |all: &BTreeSet<String>| !wanted.is_empty() && wanted.iter().all(|w| all.iter().any(|a| alike(w, a)));
        if said.symptoms.iter().any(|(_, all)| fits(all)) {
            reasons.push(format!("symptom: {text}"));
        }
    }
    if reasons.is_empty() && !front.symptoms.is_empty() {
        return None;
    }
    let named: Vec<String> =
        front.services.iter().filter(|s| said.services.iter().any(|o| same_service(&s.to_lowercase(), o))).cloned().collect();
    let both = !front.services.is_empty() && !said.services.is_empty();
    // Without symptoms in its front matter, the service alone must speak for it.
    if named.is_empty() && (both || front.symptoms.is_empty()) {
        return None;
    }
    reasons.extend(named.into_iter().map(|s| format!("service: {s}")));
    Some(reasons)
}

/// Equal, or one is the other with a namespace before or a suffix behind (`shop/checkout-api`, `checkout-api-canary`).
fn same_service(a: &str, b: &str) -> bool {
    let bare = |s: &str| s.rsplit('/').next().unwrap_or(s).to_string();
    let (a, b) = (bare(a), bare(b));
    let longer = |long: &str, short: &str| short.len() >= 3 && long.strip_prefix(short).is_some_and(|r| r.starts_with('-'));
    a == b || longer(&b, &a)
}

/// Words in lower case, error codes spelled out, idle words left out.
fn words(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase().replace("timed out", "timeout").replace("time out", "timeout").replace("timing out", "timeout");
    let mut out = BTreeSet::new();
    for word in lower.split(|c: char| !c.is_alphanumeric()) {
        match word {
            "econnrefused" => out.extend(["connection", "refused"].map(String::from)),
            "econnreset" => out.extend(["connection", "reset"].map(String::from)),
            "etimedout" | "timeouts" => {
                out.insert("timeout".to_string());
            }
            "connect" | "connecting" | "connections" | "connects" | "conn" => {
                out.insert("connection".to_string());
            }
            _ if word.is_empty() || IDLE.contains(&word) || word.bytes().all(|b| b.is_ascii_digit()) => {}
            _ => {
                out.insert(word.to_string());
            }
        }
    }
    out
}

/// Shortest stem that two forms of a word must share (`exhausted`, `exhaustion`).
const STEM: usize = 5;

fn alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let shared = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    // All but an ending of at most three letters is the same.
    shared >= STEM && shared + 3 >= a.chars().count().max(b.chars().count())
}

/// A quote.
pub(super) struct Chosen {
    pub(super) heading: String,
    pub(super) lines: Vec<String>,
}

/// The section on a leading cause below a heading that promises what to do, else the first such heading.
pub(super) fn section(page: &Page, causes: &[CauseReport]) -> Option<Chosen> {
    let promises = |at: usize| {
        let heading = page.sections.get(at).map(|s| s.heading.to_lowercase()).unwrap_or_default();
        // The page's own title is no section.
        MITIGATION.iter().position(|m| heading.contains(m)).filter(|_| at > 0)
    };
    let mut roots: Vec<(usize, usize)> = (0..page.sections.len()).filter_map(|at| Some((promises(at)?, at))).collect();
    roots.sort_unstable();
    for cause in causes.iter().take(CAUSES).filter(|c| c.confidence >= MIN_CONFIDENCE) {
        let wanted = words(&cause.id);
        let wanted: Vec<&String> = wanted.iter().filter(|w| w.len() > 2 && *w != "too").collect();
        let mut best: Option<(usize, usize)> = None;
        for &(_, root) in &roots {
            for at in root + 1..page.end(root) {
                let Some(s) = page.sections.get(at) else { continue };
                let heading = words(&s.heading);
                let hits = wanted.iter().filter(|w| heading.iter().any(|h| alike(w, h))).count();
                if hits > 0 && hits * 2 > wanted.len() && best.is_none_or(|(n, _)| hits > n) {
                    best = Some((hits, at));
                }
            }
        }
        if let Some((_, at)) = best {
            return quote(page, at);
        }
    }
    roots.iter().find_map(|&(_, at)| quote(page, at))
}

fn quote(page: &Page, at: usize) -> Option<Chosen> {
    let mut names = Vec::new();
    let mut next = Some(at);
    // The page's title, which is no part of the way.
    while let Some(i) = next.filter(|i| *i > 0) {
        names.push(page.sections.get(i)?.heading.clone());
        next = page.parent(i);
    }
    names.reverse();
    let mut lines = Vec::new();
    for (i, s) in page.sections.iter().enumerate().take(page.end(at)).skip(at) {
        if i > at {
            lines.push(s.heading.clone());
        }
        lines.extend(s.lines.iter().filter(|l| !l.trim().is_empty()).cloned());
    }
    let more = lines.len().saturating_sub(QUOTED);
    lines.truncate(QUOTED);
    if more > 0 {
        lines.push(format!("… {more} more lines in the runbook"));
    }
    (!lines.is_empty()).then(|| Chosen { heading: names.join(" > "), lines })
}
