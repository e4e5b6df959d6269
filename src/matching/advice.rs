//! What is allowed in pattern files, but worth a second look.
//!
//! In: entries as written, the [`Library`] made of them, healthy lines. Out: advice with file and line. Fails when: never.

use std::collections::BTreeSet;

use super::Matcher;
use super::probe::record_of;
use crate::patterns::check::Complaint;
use crate::patterns::{Entries, Library, SignatureIdx};
use crate::scan::{Prefilter, Searches};

/// A needle that stands in more of the healthy lines than this makes the prefilter useless.
pub const NOISY_SHARE: f64 = 0.01;

/// Literals that no example bears.
pub fn unproved_literals(entries: &Entries) -> Vec<Complaint> {
    let mut out = Vec::new();
    for located in &entries.signatures {
        let e = &located.entry;
        let bare: Vec<&String> = e.literal.iter().filter(|l| !e.example.iter().any(|x| x.line.contains(l.as_str()))).collect();
        if !bare.is_empty() {
            let text = format!("signature {:?}: no example bears {bare:?}; add one or drop the literal", e.id.get_ref());
            out.push(Complaint { file: located.file.clone(), line: located.line, text });
        }
    }
    out
}

/// Pairs whose examples all match each other's regex under one symptom: one message written twice.
pub fn twins(entries: &Entries, library: &Library) -> Vec<Complaint> {
    let matcher = Matcher::new(library);
    // For each signature: what all of its examples match.
    let mut matched: Vec<Option<BTreeSet<SignatureIdx>>> = vec![None; library.signatures().len()];
    for located in &entries.signatures {
        let Some(own) = library.find_signature(located.entry.id.get_ref()) else { continue };
        let sets =
            located.entry.example.iter().map(|x| matcher.all(&record_of(&x.line)).iter().map(|m| m.signature).collect::<BTreeSet<_>>());
        if let Some(slot) = matched.get_mut(usize::from(own.0)) {
            *slot = sets.reduce(|a, b| a.intersection(&b).copied().collect());
        }
    }
    let of = |idx: SignatureIdx| matched.get(usize::from(idx.0)).and_then(Option::as_ref);
    let mut out = Vec::new();
    for located in &entries.signatures {
        let Some(own) = library.find_signature(located.entry.id.get_ref()) else { continue };
        for &other in of(own).into_iter().flatten().filter(|o| **o > own) {
            if of(other).is_some_and(|s| s.contains(&own)) && library.parent_of(own) == library.parent_of(other) {
                out.push(Complaint {
                    file: located.file.clone(),
                    line: located.line,
                    text: format!(
                        "signature {:?} is the same message as {:?}; merge them",
                        located.entry.id.get_ref(),
                        library.signature(other).id
                    ),
                });
            }
        }
    }
    out
}

/// Signatures with an example that no coarse needle leads to. They are found in inputs whose records are all read, and
/// in records that another line leads to.
pub fn without_needle(entries: &Entries, library: &Library) -> Vec<Complaint> {
    let prefilter = Prefilter::of(library);
    let lost = |line: &str| !line.split('\n').any(|l| prefilter.hits(l.as_bytes(), Searches::Few));
    let bare = entries.signatures.iter().filter(|s| s.entry.example.iter().any(|x| lost(&x.line)));
    bare.map(|s| Complaint {
        file: s.file.clone(),
        line: s.line,
        text: format!(
            "signature {:?}: no needle leads to an example; in large inputs it is found only beside other trouble",
            s.entry.id.get_ref()
        ),
    })
    .collect()
}

/// Needles that stand in more than [`NOISY_SHARE`] of these healthy lines, with their share.
pub fn noisy_needles<'l>(library: &'l Library, healthy: &[&[u8]]) -> Vec<(&'l str, f64)> {
    let share = |needle: &str| {
        let finder = Prefilter::new([needle]);
        healthy.iter().filter(|l| finder.hits(l, Searches::Few)).count() as f64 / healthy.len().max(1) as f64
    };
    let mut out: Vec<(&str, f64)> = library
        .needles()
        .iter()
        .chain(library.long_needles().iter().map(|(t, _)| t))
        .map(|n| (n.as_ref(), share(n)))
        .filter(|(_, s)| *s > NOISY_SHARE)
        .collect();
    out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    out
}
