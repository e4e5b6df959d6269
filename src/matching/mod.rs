//! Records to matches.
//!
//! In: a [`Record`], the [`Library`]. Out: [`Match`]es: which signatures the record bears, with typed values.
//! Fails when: never.
//!
//! Literals first (one index), then the regex of each candidate, compiled on first use. A record gives at most one match
//! per reported symptom: what says less yields (`Says`), stated overlaps yield, then the longer match stands.

pub mod advice;
mod context;
mod memo;
mod pattern;
pub mod probe;
pub mod selfcheck;
mod shape;
mod value;
mod words;

pub use context::{Tie, mentions_redis, owner};
pub use memo::Memo;
pub use pattern::{Found, Pattern};
pub use value::Value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::patterns::{Library, Signature, SignatureIdx, SymptomIdx, Text};
use crate::record::{Kind, Record, Severity};
use crate::scan::GramIndex;

/// A signature found in a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The signature.
    pub signature: SignatureIdx,
    /// Its reported symptom; `None` for contexts.
    pub symptom: Option<SymptomIdx>,
    /// Start of the match in the record's body.
    pub start: usize,
    /// End of the match.
    pub end: usize,
    /// Captures with their units.
    pub values: Arc<[Value]>,
    /// A generic text in a record that names no product: it counts only if the input shows that its service uses Redis.
    pub open: bool,
}

/// So many times the other number is more than a beginning.
const OUTGROWN: f64 = 2.0;

impl Match {
    /// The numbers stand to each other as the signature wants it.
    fn outgrows(&self, signature: &Signature) -> bool {
        let number = |name: &Text| self.values.iter().find(|v| v.name == *name)?.number;
        signature.outgrows.iter().all(|(more, less)| number(more).zip(number(less)).is_some_and(|(more, less)| more > less * OUTGROWN))
    }
}

/// Finds signatures in records.
pub struct Matcher<'l> {
    library: &'l Library,
    literals: GramIndex,
    /// For each literal of the index: its signatures.
    bearers: Vec<Vec<SignatureIdx>>,
    regexes: Vec<OnceLock<Option<Pattern>>>,
}

impl<'l> Matcher<'l> {
    /// Files all literals; regexes wait for their first use.
    pub fn new(library: &'l Library) -> Matcher<'l> {
        let mut by_literal: BTreeMap<Cow<'_, str>, Vec<SignatureIdx>> = BTreeMap::new();
        for (i, s) in library.signatures().iter().enumerate() {
            for l in s.literals.iter() {
                by_literal.entry(shape::filed(pattern::unquoted(l))).or_default().push(SignatureIdx(i as u16));
            }
        }
        let literals = GramIndex::new(by_literal.keys());
        Matcher {
            library,
            literals,
            bearers: by_literal.into_values().collect(),
            regexes: library.signatures().iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// The library that it matches with.
    pub fn library(&self) -> &'l Library {
        self.library
    }

    /// The compiled regex of a signature; `None` if it does not compile (the check refuses such a library).
    pub fn regex(&self, idx: SignatureIdx) -> Option<&Pattern> {
        let signature = self.library.signature(idx);
        // Asked for on account of a literal in the text.
        self.regexes[usize::from(idx.0)].get_or_init(|| Pattern::beside(&signature.regex, &signature.literals)).as_ref()
    }

    /// Signatures whose literal stands in the text, whatever its digits, in order of index.
    pub fn candidates(&self, text: &str) -> Vec<SignatureIdx> {
        self.candidates_in(&shape::masked(text))
    }

    /// The same of a text that is masked already.
    fn candidates_in(&self, masked: &str) -> Vec<SignatureIdx> {
        let mut found: Vec<SignatureIdx> = Vec::new();
        self.literals.each(masked.as_bytes(), |literal| {
            found.extend(self.bearers.get(literal).into_iter().flatten());
            true
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// All signatures that the record bears, before overlaps are resolved.
    pub fn all(&self, record: &Record) -> Vec<Match> {
        self.borne(record).filter(|m| !m.open).collect()
    }

    fn borne(&self, record: &Record) -> impl Iterator<Item = Match> {
        let shape = shape::Shape::of(self, &shape::masked(&record.body));
        memo::Told::of(self, &record.body, &shape).matches(self.library, record).into_iter()
    }

    /// The matches that count: overlaps resolved, at most one per reported symptom, in order of position.
    pub fn matches(&self, record: &Record) -> Vec<Match> {
        self.resolve(self.all(record), &record.body)
    }

    fn resolve(&self, mut found: Vec<Match>, body: &str) -> Vec<Match> {
        if found.len() > 1 {
            let says = |m: &Match| Says::of(self.library.signature(m.signature));
            // What stands beside another takes nobody's place.
            let aside: Vec<bool> = found.iter().map(|m| !self.library.signature(m.signature).beside.is_empty()).collect();
            let judged = || found.iter().zip(&aside).filter(|(_, aside)| !**aside).map(|(m, _)| m);
            // What has no symptom takes the place of a mere class only.
            let most = judged().map(|m| if m.symptom.is_some() { says(m) } else { says(m).min(Says::Around) }).max();
            let mut aside = aside.iter();
            found.retain(|m| aside.next() == Some(&true) || Some(says(m)) >= most);
            let ids: Vec<&str> = found.iter().map(|m| self.library.signature(m.signature).id.as_ref()).collect();
            let keep: Vec<bool> =
                found.iter().map(|m| !self.library.signature(m.signature).yields_to.iter().any(|y| ids.contains(&y.as_ref()))).collect();
            let mut keep = keep.into_iter();
            found.retain(|_| keep.next().unwrap_or(true));
            if most == Some(Says::Around) {
                innermost(&mut found, body);
            }
            // One event per symptom: the longest match says most; ties go to the first, then to the id.
            found.sort_by(|a, b| {
                a.symptom
                    .cmp(&b.symptom)
                    .then((b.end - b.start).cmp(&(a.end - a.start)))
                    .then(a.start.cmp(&b.start))
                    .then(a.signature.cmp(&b.signature))
            });
            found.dedup_by(|later, first| later.symptom.is_some() && later.symptom == first.symptom);
            found.sort_by_key(|m| (m.start, m.signature));
        }
        found
    }
}

/// How much a signature says; of the matches in a record only those stand that say most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    /// An error's class or code alone.
    Class,
    /// Where the error was caught.
    Around,
    /// What any runtime says of any peer.
    Anyone,
    /// What its emitter says.
    Itself,
}

impl Says {
    fn of(signature: &Signature) -> Says {
        match signature {
            s if s.fallback => Says::Class,
            s if s.wrapper => Says::Around,
            s if s.generic => Says::Anyone,
            _ => Says::Itself,
        }
    }
}

/// A record in which a generic text is a failure: no remark at level info, and no line of the server, which words its own.
fn complains(record: &Record) -> bool {
    record.severity != Severity::Info && !matches!(record.kind, Kind::Server { .. } | Kind::Capture)
}

/// Of wrappers alone, the innermost is the symptom: most emitters write `outer: inner`, a chained Python traceback the
/// other way round.
fn innermost(found: &mut Vec<Match>, body: &str) {
    let reported = found.iter().filter(|m| m.symptom.is_some());
    let inner = if ["The above exception was the direct cause", "During handling of the above"].iter().any(|w| body.contains(w)) {
        reported.min_by_key(|m| m.start)
    } else {
        reported.max_by_key(|m| m.start)
    };
    if let Some(symptom) = inner.map(|m| m.symptom) {
        found.retain(|m| m.symptom.is_none() || m.symptom == symptom);
    }
}
