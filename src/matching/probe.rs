//! Why a line did or did not match. In: a text or a record. Out: a [`Probe`] for each candidate. Fails when: never.

use super::{Matcher, Value, context};
use crate::patterns::{SignatureIdx, Text};
use crate::record::{Record, envelope, layout};

/// Makes a record of a text, the way the joiner would: the head line through its wrappers and layout, the rest behind it.
pub fn record_of(text: &str) -> Record {
    let mut outer = envelope::Outer::default();
    let (head, rest) = text.split_once('\n').map_or((text, ""), |(h, r)| (h, r));
    let inner = envelope::peel(head, false, &mut outer);
    let parsed = layout::parse(&inner);
    let mut body = parsed.message.into_owned();
    if !rest.is_empty() {
        body.push('\n');
        body.push_str(rest);
    }
    Record {
        body,
        logger: parsed.logger,
        attributes: parsed.attributes,
        service: parsed.service.or(outer.service),
        instance: parsed.instance.or(outer.pod).or(outer.container).or(outer.host),
        kind: parsed.kind,
        severity: parsed.severity,
        ..Record::default()
    }
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Stands,
    /// It matches, but the other says the same better (a wrapper's inner error, a stated overlap, a longer match).
    YieldsTo(SignatureIdx),
    /// The text is there, but what stands nearest names another product.
    Other,
    /// The text is there and nothing near it names any product: it counts where the input is about Redis.
    Open,
    /// A literal is there, the regex does not match.
    NoMatch,
}

/// One candidate, looked at step by step.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The signature.
    pub signature: SignatureIdx,
    /// Its literals that stand in the body.
    pub literals: Vec<Text>,
    /// Where the regex matches in the body.
    pub span: Option<(usize, usize)>,
    /// Captures.
    pub values: Vec<Value>,
    /// What became of it.
    pub verdict: Verdict,
}

/// Looks at every signature of which a literal stands in the record's body.
pub fn probe(matcher: &Matcher<'_>, record: &Record) -> Vec<Probe> {
    let library = matcher.library();
    let all = matcher.all(record);
    let kept = matcher.matches(record);
    let one = |signature: SignatureIdx| {
        let s = library.signature(signature);
        let found = all.iter().find(|m| m.signature == signature);
        let span = matcher.regex(signature).and_then(|r| r.find(&record.body)).map(|m| (m.start, m.end));
        let verdict = match (found, span) {
            (Some(m), _) if kept.iter().any(|k| k.signature == signature && k.start == m.start) => Verdict::Stands,
            (Some(m), _) => {
                let other = all.iter().find(|o| s.yields_to.contains(&library.signature(o.signature).id));
                let same = kept.iter().find(|k| k.symptom == m.symptom);
                let inner = all.iter().find(|o| o.symptom.is_some() && !library.signature(o.signature).wrapper);
                let winner = if s.fallback {
                    kept.first()
                } else if s.wrapper {
                    other.or(inner).or(kept.first())
                } else {
                    other.or(same)
                };
                winner.map_or(Verdict::Stands, |o| Verdict::YieldsTo(o.signature))
            }
            (None, Some((start, end))) => match context::tie(record, context::around(&record.body, start, end)) {
                context::Tie::Other => Verdict::Other,
                _ => Verdict::Open,
            },
            (None, None) => Verdict::NoMatch,
        };
        Probe {
            signature,
            literals: s.literals.iter().filter(|l| record.body.contains(l.as_ref())).cloned().collect(),
            span,
            values: found.map(|m| m.values.to_vec()).unwrap_or_default(),
            verdict,
        }
    };
    matcher.candidates(&record.body).into_iter().map(one).collect()
}
