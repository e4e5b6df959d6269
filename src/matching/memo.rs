//! What a text alone says of signatures, kept for the next record with the same text: in an outage they come by thousands.
//!
//! In: texts and records. Out: as [`Matcher`] finds them. Fails when: never. What is remembered only saves work.

use std::cell::RefCell;
use std::rc::Rc;

use super::context::{self, Around, Tie};
use super::{Match, Matcher, Value, complains};
use crate::patterns::Library;
use crate::record::{Recall, Record};

/// What was found in texts so far.
#[derive(Default)]
pub struct Memo(Recall<Told>);

/// What the text of a record says.
pub(super) struct Told {
    /// By signature, where its regex matches: the first place, of a generic text one of each line.
    borne: Vec<Vec<Place>>,
    /// Whether a record with this text among its lines may bear a signature.
    may: bool,
    /// The same of a record that only informs, in which no generic text counts.
    may_inform: bool,
    /// How the last record with this text tied them, and what counted.
    counted: RefCell<Option<(Tied, Rc<[Match]>)>>,
}

/// A match with what the text says of it; nothing where its signature needs no product named.
type Place = (Match, Option<Around>);
/// Of every place, whether it is tied to Redis; whether the record complains.
type Tied = (Vec<Tie>, bool);

/// Lines with a generic text that are looked at in one record.
const OCCURRENCES: usize = 4;

impl Told {
    pub(super) fn of(matcher: &Matcher<'_>, text: &str) -> Told {
        let library = matcher.library();
        let mut told = Told { borne: Vec::new(), may: false, may_inform: false, counted: RefCell::new(None) };
        for idx in matcher.candidates(text) {
            let signature = library.signature(idx);
            let Some(regex) = matcher.regex(idx) else { continue };
            // A match that spans lines shows in all of them alone.
            let mut may = regex.spans_lines();
            let (mut places, mut from) = (Vec::new(), 0);
            while let Some(found) = regex.captures_from(text, from) {
                let whole = found.range();
                let around = signature.needs_context.then(|| context::around(text, whole.start, whole.end));
                let values =
                    signature.values.iter().filter_map(|(name, unit)| Some(Value::read(name.clone(), *unit, found.get(name)?))).collect();
                let symptom = library.parent_of(idx);
                places.push((Match { signature: idx, symptom, start: whole.start, end: whole.end, values, open: false }, around));
                // The rest of the line speaks of the same peer.
                match text.get(whole.end..).and_then(|rest| rest.find('\n')) {
                    Some(line) if around.is_some() && places.len() < OCCURRENCES => from = whole.end + line + 1,
                    _ => break,
                }
            }
            if let Some((_, around)) = places.first() {
                may |= !around.is_some_and(|around| around.of_other);
                told.borne.push(places);
            }
            told.may |= may;
            told.may_inform |= may && !signature.generic;
        }
        told
    }

    fn tied(&self, record: &Record) -> Tied {
        let ties = self.borne.iter().flatten().map(|(_, around)| around.map_or(Tie::Redis, |around| context::tie(record, around)));
        (ties.collect(), complains(record))
    }

    /// The matches in a record with this text: of each signature the first that Redis is near, else, where the record
    /// complains, the first that names nothing.
    pub(super) fn matches(&self, library: &Library, record: &Record) -> Vec<Match> {
        self.matches_tied(library, &self.tied(record))
    }

    fn matches_tied(&self, library: &Library, (ties, complains): &Tied) -> Vec<Match> {
        let mut rest = ties.as_slice();
        let mut out = Vec::new();
        for places in &self.borne {
            let (ties, behind) = rest.split_at(places.len());
            rest = behind;
            let first = |tie: Tie| places.iter().zip(ties).find(|(_, t)| **t == tie).map(|((found, _), _)| found);
            let found = first(Tie::Redis).map(|m| (m, false)).or_else(|| first(Tie::Open).filter(|_| *complains).map(|m| (m, true)));
            if let Some((found, open)) = found
                && (*complains || !library.signature(found.signature).generic)
            {
                out.push(Match { open, ..found.clone() });
            }
        }
        out
    }
}

impl Matcher<'_> {
    /// Whether a record with this text among its lines may bear a signature: the regex of one matches here, or spans lines.
    /// `informs`: the record is a remark at level info.
    pub fn may_match(&self, text: &str, informs: bool, memo: &mut Memo) -> bool {
        let told = memo.0.of(text, |text| Told::of(self, text));
        if informs { told.may_inform } else { told.may }
    }

    /// Like [`Matcher::matches`]; a record without any such match gives its open ones ([`Match::open`]).
    pub fn matches_or_open(&self, record: &Record, memo: &mut Memo) -> Rc<[Match]> {
        let told = memo.0.of(&record.body, |text| Told::of(self, text));
        let how = told.tied(record);
        if let Some((before, counted)) = &*told.counted.borrow()
            && *before == how
        {
            return Rc::clone(counted);
        }
        let (open, tied): (Vec<Match>, Vec<Match>) = told.matches_tied(self.library(), &how).into_iter().partition(|m| m.open);
        let counted = if tied.iter().any(|m| m.symptom.is_some()) { tied } else { open.into_iter().chain(tied).collect() };
        let counted: Rc<[Match]> = self.resolve(counted, &record.body).into();
        *told.counted.borrow_mut() = Some((how, Rc::clone(&counted)));
        counted
    }
}
