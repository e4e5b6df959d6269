//! What a text alone says of signatures, kept for the next record with the same text: in an outage they come by thousands.
//!
//! In: texts and records. Out: as [`Matcher`] finds them. Fails when: never. What is remembered only saves work.

use std::cell::RefCell;
use std::rc::Rc;

use super::context::{self, Names, Tie};
use super::{Match, Matcher, Value};
use crate::record::{Recall, Record};

/// What was found in texts so far.
#[derive(Default)]
pub struct Memo(Recall<Told>);

/// What the text of a record says.
pub(super) struct Told {
    /// Signatures whose regex matches; for those that need a product named, what the text around the match names.
    borne: Vec<(Match, Option<Names>)>,
    /// Whether a record with this text among its lines may bear a signature.
    may: bool,
    /// How the last record with this text tied them, and what counted.
    counted: RefCell<Option<(Vec<Tie>, Rc<[Match]>)>>,
}

impl Told {
    pub(super) fn of(matcher: &Matcher<'_>, text: &str) -> Told {
        let library = matcher.library();
        let mut told = Told { borne: Vec::new(), may: false, counted: RefCell::new(None) };
        for idx in matcher.candidates(text) {
            let signature = library.signature(idx);
            // A match that spans lines shows in all of them alone.
            told.may |= ["(?s", "\\n", "\\r", "[\\s\\S]"].iter().any(|w| signature.regex.contains(w));
            let Some(found) = matcher.regex(idx).and_then(|regex| regex.captures(text)) else { continue };
            let whole = found.range();
            told.may |= !(signature.needs_context && context::names_other(text, whole.start, whole.end));
            let names = signature.needs_context.then(|| context::around(text, whole.start, whole.end));
            let values =
                signature.values.iter().filter_map(|(name, unit)| Some(Value::read(name.clone(), *unit, found.get(name)?))).collect();
            let symptom = library.parent_of(idx);
            told.borne.push((Match { signature: idx, symptom, start: whole.start, end: whole.end, values, open: false }, names));
        }
        told
    }

    fn ties(&self, record: &Record) -> impl Iterator<Item = Tie> {
        self.borne.iter().map(|(_, names)| names.map_or(Tie::Redis, |names| context::tie(record, names)))
    }

    /// The matches in a record with this text; those of another product are none.
    pub(super) fn matches(&self, record: &Record) -> impl Iterator<Item = Match> {
        let tied = self.borne.iter().zip(self.ties(record)).filter(|(_, tie)| *tie != Tie::Other);
        tied.map(|((found, _), tie)| Match { open: tie == Tie::Open, ..found.clone() })
    }
}

impl Matcher<'_> {
    /// Whether a record with this text among its lines may bear a signature: the regex of one matches here, or spans lines.
    pub fn may_match(&self, text: &str, memo: &mut Memo) -> bool {
        memo.0.of(text, |text| Told::of(self, text)).may
    }

    /// Like [`Matcher::matches`]; a record without any such match gives its open ones ([`Match::open`]).
    pub fn matches_or_open(&self, record: &Record, memo: &mut Memo) -> Rc<[Match]> {
        let told = memo.0.of(&record.body, |text| Told::of(self, text));
        if let Some((ties, counted)) = &*told.counted.borrow()
            && told.ties(record).eq(ties.iter().copied())
        {
            return Rc::clone(counted);
        }
        let (open, tied): (Vec<Match>, Vec<Match>) = told.matches(record).partition(|m| m.open);
        let counted = if tied.iter().any(|m| m.symptom.is_some()) { tied } else { open.into_iter().chain(tied).collect() };
        let counted: Rc<[Match]> = self.resolve(counted, &record.body).into();
        *told.counted.borrow_mut() = Some((told.ties(record).collect(), Rc::clone(&counted)));
        counted
    }
}
