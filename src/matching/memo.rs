//! What a text alone says of signatures, kept for the next record with the same text: in an outage they come by thousands.
//! Most differ in numbers alone, which no regex tells apart: what these find is kept for all texts of one [`Shape`].
//!
//! In: texts and records. Out: as [`Matcher`] finds them. Fails when: never. What is remembered only saves work.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::context::{self, Around, Tie};
use super::pattern::Pattern;
use super::shape::{Shape, Span, masked};
use super::{Match, Matcher, Value, complains};
use crate::patterns::{Library, Text, Unit};
use crate::record::{Recall, Record};

/// What was found in texts so far.
#[derive(Default)]
pub struct Memo {
    told: Recall<Told>,
    shapes: Recall<Shape>,
}

impl Memo {
    fn told(&mut self, matcher: &Matcher<'_>, text: &str) -> Arc<Told> {
        let Memo { told, shapes } = self;
        told.of(text, |text| Told::of(matcher, text, &shapes.of(&masked(text), |masked| Shape::of(matcher, masked))))
    }
}

/// What the text of a record says.
pub(super) struct Told {
    /// By signature, where its regex matches: the first place, of a generic text one of each line.
    borne: Vec<Vec<Place>>,
    /// Whether a record with this text among its lines may bear a signature.
    may: bool,
    /// The same of a record that only informs, in which no generic text counts.
    may_inform: bool,
    /// How the last record with this text tied them, and what counted.
    counted: Mutex<Option<(Tied, Arc<[Match]>)>>,
}

/// A match with what the text says of it; nothing where its signature needs no product named.
type Place = (Match, Option<Around>);
/// Of every place, whether it is tied to Redis; whether the record complains.
type Tied = (Vec<Tie>, bool);

impl Told {
    /// `shape`: that of the text.
    pub(super) fn of(matcher: &Matcher<'_>, text: &str, shape: &Shape) -> Told {
        let library = matcher.library();
        let mut told = Told { borne: Vec::new(), may: false, may_inform: false, counted: Mutex::new(None) };
        for (idx, spans) in shape.spans(matcher, text) {
            let signature = library.signature(idx);
            let symptom = library.parent_of(idx);
            let place = |span: &Span| {
                let value = |((name, unit), at): (&(Text, Unit), &Option<Range<usize>>)| {
                    Some(Value::read(name.clone(), *unit, text.get(at.clone()?)?))
                };
                let values = signature.values.iter().zip(&span.values).filter_map(value).collect();
                let Range { start, end } = span.whole;
                let around = signature.needs_context.then(|| context::around(text, start, end));
                (Match { signature: idx, symptom, start, end, values, open: false }, around)
            };
            let places: Vec<Place> = spans.iter().map(place).filter(|(found, _)| found.outgrows(signature)).collect();
            // A match that spans lines shows in all of them alone.
            let mut may = matcher.regex(idx).is_some_and(Pattern::spans_lines);
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
        let told = memo.told(self, text);
        if informs { told.may_inform } else { told.may }
    }

    /// Like [`Matcher::matches`]; a record without any such match gives its open ones ([`Match::open`]).
    pub fn matches_or_open(&self, record: &Record, memo: &mut Memo) -> Arc<[Match]> {
        let told = memo.told(self, &record.body);
        let how = told.tied(record);
        let mut last = told.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, counted)) = &*last
            && *before == how
        {
            return Arc::clone(counted);
        }
        let (open, tied): (Vec<Match>, Vec<Match>) = told.matches_tied(self.library(), &how).into_iter().partition(|m| m.open);
        let counted = if tied.iter().any(|m| m.symptom.is_some()) { tied } else { open.into_iter().chain(tied).collect() };
        let counted: Arc<[Match]> = self.resolve(counted, &record.body).into();
        *last = Some((how, Arc::clone(&counted)));
        counted
    }
}
