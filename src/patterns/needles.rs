//! Plain needles for the prefilter, derived from the literals of signatures.
//!
//! In: literals. Out: a small set of fragments such that every literal contains at least one of them.
//! Fails when: never; a literal without a usable fragment is its own needle.
//!
//! Also compiled into `build.rs`. A needle is case-sensitive, at least four bytes, and made only of bytes that every
//! JSON writer leaves as they are; among the fragments of a literal the one is taken that is rarest in healthy text
//! and covers most other literals (greedy set cover).

use std::collections::BTreeSet;

/// Shorter needles hit healthy text too often, and the packed searcher fingerprints up to four bytes.
pub const MIN_NEEDLE_BYTES: usize = 4;
/// Longest fragment in words: more words do not make it rarer in practice.
const MAX_WORDS: usize = 4;

/// Share of healthy log lines in which common words stand (counted once on mixed service logs, rounded); words not
/// listed are taken as [`RARE`]. Only the order of magnitude matters.
const COMMON: [(&str, f64); 118] = [
    ("redis", 0.02),
    ("Redis", 0.01),
    ("connection", 0.02),
    ("Connection", 0.01),
    ("timeout", 0.01),
    ("Timeout", 0.005),
    ("timed", 0.004),
    ("error", 0.03),
    ("Error", 0.02),
    ("ERROR", 0.03),
    ("failed", 0.01),
    ("Failed", 0.005),
    ("client", 0.02),
    ("Client", 0.01),
    ("server", 0.02),
    ("Server", 0.01),
    ("host", 0.02),
    ("port", 0.03),
    ("pool", 0.01),
    ("Pool", 0.005),
    ("request", 0.05),
    ("response", 0.03),
    ("from", 0.05),
    ("with", 0.05),
    ("while", 0.005),
    ("read", 0.03),
    ("write", 0.01),
    ("command", 0.01),
    ("Command", 0.003),
    ("after", 0.01),
    ("closed", 0.005),
    ("close", 0.005),
    ("reset", 0.004),
    ("refused", 0.001),
    ("lost", 0.001),
    ("node", 0.02),
    ("master", 0.01),
    ("slave", 0.002),
    ("replica", 0.005),
    ("sync", 0.01),
    ("Connecting", 0.002),
    ("connect", 0.01),
    ("Connect", 0.003),
    ("the", 0.1),
    ("not", 0.05),
    ("for", 0.1),
    ("that", 0.05),
    ("this", 0.05),
    ("when", 0.02),
    ("are", 0.03),
    ("was", 0.03),
    ("been", 0.01),
    ("has", 0.03),
    ("have", 0.02),
    ("can", 0.02),
    ("cannot", 0.005),
    ("could", 0.005),
    ("Could", 0.002),
    ("Unable", 0.002),
    ("unable", 0.002),
    ("get", 0.05),
    ("set", 0.03),
    ("key", 0.03),
    ("user", 0.05),
    ("time", 0.05),
    ("out", 0.05),
    ("memory", 0.01),
    ("Memory", 0.005),
    ("used", 0.01),
    ("file", 0.03),
    ("File", 0.02),
    ("open", 0.01),
    ("save", 0.01),
    ("saving", 0.002),
    ("Background", 0.004),
    ("background", 0.003),
    ("loading", 0.005),
    ("Loading", 0.005),
    ("state", 0.02),
    ("status", 0.05),
    ("down", 0.01),
    ("fail", 0.02),
    ("failing", 0.001),
    ("slot", 0.002),
    ("slots", 0.002),
    ("cluster", 0.01),
    ("Cluster", 0.005),
    ("sentinel", 0.001),
    ("Exception", 0.01),
    ("exception", 0.01),
    ("java", 0.01),
    ("errors", 0.01),
    ("socket", 0.005),
    ("Socket", 0.003),
    ("address", 0.01),
    ("No", 0.02),
    ("no", 0.05),
    ("number", 0.01),
    ("max", 0.02),
    ("maximum", 0.003),
    ("size", 0.02),
    ("limit", 0.01),
    ("available", 0.005),
    ("waiting", 0.004),
    ("Waiting", 0.002),
    ("wait", 0.01),
    ("queue", 0.01),
    ("job", 0.02),
    ("worker", 0.02),
    ("script", 0.005),
    ("process", 0.02),
    ("started", 0.01),
    ("Starting", 0.005),
    ("name", 0.05),
    ("type", 0.04),
    ("value", 0.03),
    ("health", 0.02),
    ("probe", 0.002),
];
/// Share assumed for a word that is not in [`COMMON`].
const RARE: f64 = 0.000_05;
/// What one more needle costs, in shares of candidate lines: a needle that touches 0.05 % of lines costs as much as itself.
const NEEDLE_COST: f64 = 0.000_5;

fn usable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b':' | b'=' | b'-')
}

fn share(fragment: &str) -> f64 {
    let mut least = 0.3_f64;
    let mut words = 0_i32;
    for word in fragment.split([' ', '.', ':', '=', '-', '_']).filter(|w| !w.is_empty()) {
        words += 1;
        let known = COMMON.iter().find(|(w, _)| *w == word).map(|(_, s)| *s);
        let fragmentary = if word.len() < 3 {
            0.1
        } else if word.len() < 5 {
            0.002
        } else {
            RARE
        };
        least = least.min(known.unwrap_or(fragmentary));
    }
    // Words of one phrase are not independent: each further word takes a third.
    least * 0.33_f64.powi((words - 1).max(0))
}

fn fragments(literal: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for run in literal.split(|c: char| !c.is_ascii() || !usable(c as u8)) {
        let mut starts = vec![0];
        starts.extend(run.match_indices([' ', '.', ':', '_', '-', '=']).map(|(i, m)| i + m.len()));
        for (n, &from) in starts.iter().enumerate() {
            for words in 1..=MAX_WORDS {
                let to = starts.get(n + words).map_or(run.len(), |&next| next - 1);
                let fragment = run.get(from..to).unwrap_or("").trim();
                if fragment.len() >= MIN_NEEDLE_BYTES {
                    out.push(fragment);
                }
                if to == run.len() {
                    break;
                }
            }
        }
    }
    out
}

/// Fragments such that every literal contains at least one of them, sorted.
pub fn derive<'a>(literals: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let literals: BTreeSet<&str> = literals.into_iter().collect();
    let mut needles: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<&str> = Vec::new();
    for l in literals {
        if fragments(l).is_empty() {
            needles.insert(l.to_string());
        } else {
            open.push(l);
        }
    }
    let candidates: BTreeSet<&str> = open.iter().flat_map(|l| fragments(l)).collect();
    let mut scored: Vec<(&str, f64)> = candidates.into_iter().map(|c| (c, share(c) + NEEDLE_COST)).collect();
    while !open.is_empty() {
        let best = scored
            .iter()
            .map(|(c, cost)| (open.iter().filter(|l| l.contains(c)).count() as f64 / cost, *c))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
        let Some((_, needle)) = best else { break };
        needles.insert(needle.to_string());
        open.retain(|l| !l.contains(needle));
        scored.retain(|(c, _)| open.iter().any(|l| l.contains(c)));
    }
    needles.into_iter().collect()
}
