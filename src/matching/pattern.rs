//! A signature's regex, compiled over bytes. In: how it is written. Out: [`Pattern`]. Fails when: it does not compile.
//!
//! Emitters write ASCII: `\d`, `\w`, `\s`, `\b` and `(?i)` mean ASCII, and `.` and `[^x]` take bytes. The automata are a
//! tenth of those over Unicode, and so is what compiling costs; a short log compiles some twenty. What is found is
//! widened to whole characters.

use std::ops::Range;

use regex::bytes::{Captures, Regex, RegexBuilder};

use crate::patterns::check::REGEX_BYTES;

/// A compiled regex.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// Where a pattern matches, with its captures.
pub struct Found<'t> {
    text: &'t str,
    captures: Captures<'t>,
}

fn whole(text: &str, range: Range<usize>) -> Range<usize> {
    text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end)
}

impl Pattern {
    /// Compiles it. A regex that needs Unicode (a class of letters beyond ASCII) is compiled with it.
    pub fn new(written: &str) -> Option<Pattern> {
        let build = |unicode| RegexBuilder::new(written).unicode(unicode).size_limit(REGEX_BYTES).build().ok();
        build(false).or_else(|| build(true)).map(Pattern)
    }

    /// Names of its captures.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.capture_names().flatten()
    }

    /// Where it first matches.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        self.0.find(text.as_bytes()).map(|m| whole(text, m.range()))
    }

    /// Where it first matches, with its captures.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Found<'t>> {
        self.0.captures(text.as_bytes()).map(|captures| Found { text, captures })
    }
}

impl<'t> Found<'t> {
    /// The whole match.
    pub fn range(&self) -> Range<usize> {
        self.captures.get(0).map(|m| whole(self.text, m.range())).unwrap_or_default()
    }

    /// A named capture.
    pub fn get(&self, name: &str) -> Option<&'t str> {
        self.text.get(whole(self.text, self.captures.name(name)?.range()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_cut_give_whole_characters() {
        let text = "redis: größe überschritten";
        let found = Pattern::new("redis: (?P<what>.{3})").expect("compiles").captures(text).expect("found");
        assert_eq!((found.get("what"), found.range()), (Some("grö"), 0..11));
        assert_eq!(Pattern::new("b?.berschritten").expect("compiles").find(text), text.find('ü').map(|at| at..text.len()));
        assert_eq!(Pattern::new("[äöü]b").expect("compiles").find(text).map(|r| &text[r]), Some("üb"));
        assert!(Pattern::new("(").is_none());
    }

    #[test]
    fn classes_are_ascii() {
        let digits = Pattern::new(r"^\d+\b").expect("compiles");
        assert_eq!(digits.find("12 clients"), Some(0..2));
        assert_eq!(digits.find("\u{663}\u{664} clients"), None);
    }
}
