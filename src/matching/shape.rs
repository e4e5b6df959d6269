//! What regexes find in all texts that differ in their digits alone. In: a text whose digits are all the same. Out: a
//! [`Shape`]. Fails when: never.
//!
//! A regex that takes each digit for any other ([`Pattern::tells_digits`]) matches two such texts in the same places.

use std::borrow::Cow;
use std::ops::Range;

use super::Matcher;
use super::pattern::Pattern;
use crate::patterns::{Signature, SignatureIdx};

/// Where a signature's regex matches.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) whole: Range<usize>,
    /// Of each of the signature's values; `None` where its group took no part.
    pub(super) values: Vec<Option<Range<usize>>>,
}

/// What texts with these letters and any digits say.
pub(super) struct Shape {
    /// In order of index: where the regex matches; `None` if that depends on the digits.
    found: Vec<(SignatureIdx, Option<Vec<Span>>)>,
}

/// The text with all its digits the same, but for those that may spell a quote: `&#39;`, `%27`, `\\u0027`, `&#x27;`.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        return Cow::Borrowed(text);
    }
    let mut spells = false;
    let mask = |b: u8| {
        if !b.is_ascii_digit() {
            spells = matches!(b, b'#' | b'%' | b'u' | b'x');
        }
        if b.is_ascii_digit() && !spells { b'0' } else { b }
    };
    String::from_utf8(text.bytes().map(mask).collect()).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// What of a literal stands in the mask of every text that holds it: whether digits at its beginning are masked depends on
/// what stands before them.
pub(super) fn filed(literal: &str) -> Cow<'_, str> {
    masked(literal.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Lines with a generic text that are looked at in one record.
const OCCURRENCES: usize = 4;

/// The first place, of a text that needs a product named one of each line.
fn spans(signature: &Signature, regex: &Pattern, text: &str) -> Vec<Span> {
    let (mut spans, mut from) = (Vec::new(), 0);
    while let Some(found) = regex.captures_from(text, from) {
        let whole = found.range();
        // The rest of the line speaks of the same peer.
        let next = text.get(whole.end..).and_then(|rest| rest.find('\n')).map(|line| whole.end + line + 1);
        spans.push(Span { whole, values: signature.values.iter().map(|(name, _)| found.range_of(name)).collect() });
        match next {
            Some(next) if signature.needs_context && spans.len() < OCCURRENCES => from = next,
            _ => break,
        }
    }
    spans
}

impl Shape {
    pub(super) fn of(matcher: &Matcher<'_>, masked: &str) -> Shape {
        let found = |idx: SignatureIdx| {
            let signature = matcher.library().signature(idx);
            let regex = matcher.regex(idx)?;
            Some((idx, (!regex.tells_digits()).then(|| spans(signature, regex, masked))))
        };
        Shape { found: matcher.candidates_in(masked).into_iter().filter_map(found).collect() }
    }

    /// The same of one of these texts: candidates, and where they match.
    pub(super) fn spans<'s>(&'s self, matcher: &Matcher<'_>, text: &str) -> impl Iterator<Item = (SignatureIdx, Cow<'s, [Span]>)> {
        self.found.iter().filter_map(move |(idx, known)| match known {
            Some(known) => Some((*idx, Cow::Borrowed(known.as_slice()))),
            None => Some((*idx, Cow::Owned(spans(matcher.library().signature(*idx), matcher.regex(*idx)?, text)))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patterns::builtin_entries;

    #[test]
    fn what_tells_no_digits_finds_the_same_whatever_they_are() {
        let library = crate::patterns::Library::builtin();
        let matcher = Matcher::new(&library);
        let (mut tried, mut found) = (0, 0);
        for entry in builtin_entries().signatures {
            for example in &entry.entry.example {
                for by in 1..=3 {
                    let text: String =
                        example.line.chars().map(|c| c.to_digit(10).map_or(c, |d| char::from(b'0' + ((d + 3 * by) % 10) as u8))).collect();
                    let masked = masked(&text);
                    for idx in matcher.candidates(&text) {
                        let (signature, Some(regex)) = (library.signature(idx), matcher.regex(idx)) else { continue };
                        if regex.tells_digits() {
                            continue;
                        }
                        let of_text = spans(signature, regex, &text);
                        assert_eq!(spans(signature, regex, &masked), of_text, "{} in {text}", signature.id);
                        tried += 1;
                        found += of_text.len();
                    }
                }
            }
        }
        assert!(tried > 10_000 && found > 1_000, "{tried} {found}");
    }

    #[test]
    fn only_digits_that_may_spell_a_quote_stay() {
        assert_eq!(masked("10.0.3.7:43377 took 39 ms"), "00.0.0.0:00000 took 00 ms");
        assert_eq!(masked(r"&#39;a1&#x27; %27b2%27 \u0027c3"), r"&#39;a0&#x27; %27b0%27 \u0027c0");
        assert_eq!(masked("größe 3, 四 4"), "größe 0, 四 0");
    }

    #[test]
    fn a_literal_is_found_whatever_stands_before_it() {
        for literal in ["502 from redis", "Error 111 connecting", "32 bit", "u12 x3", "7"] {
            for before in ["", " ", "#", "%", "u", "x", "4", "%4", "\\u00"] {
                let text = format!("{before}{literal} and more");
                assert!(masked(&text).contains(&*filed(literal)), "{literal} in {text}");
            }
        }
    }

    #[test]
    fn some_digit_or_any() {
        let tells = |written: &str| Pattern::new(written).expect("a regex").tells_digits();
        for written in [r"errno 111", r"HTTP/1\.1", r"[1-9]\d*", r":63[78]\d", r"(?:a|b2)c", r"[^0]x", r"'7'"] {
            assert!(tells(written), "{written}");
        }
        for written in [r"\d+ ms", r"[0-9a-f]{32}", r"[^\s]+", r"'(?P<key>\w+)'", r#""x":\s*\S"#, r"\bfoo\b"] {
            assert!(!tells(written), "{written}");
        }
    }
}
