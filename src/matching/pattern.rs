//! A signature's regex, compiled over bytes. In: how it is written. Out: [`Pattern`]. Fails when: it does not compile.
//!
//! Emitters write ASCII: `\d`, `\w`, `\s`, `\b` and `(?i)` mean ASCII, and `.` and `[^x]` take bytes. The automata are a
//! tenth of those over Unicode, and so is what compiling costs; a short log compiles some twenty. What is found is
//! widened to whole characters.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use memchr::memmem;
use regex_automata::Input;
use regex_automata::meta::{Builder, Config, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::patterns::Text;
use crate::patterns::check::REGEX_BYTES;
use crate::patterns::needles::MIN_NEEDLE_BYTES;

/// A regex, compiled on first use. The first searches use a plain automaton, whose making costs half of the fast one's; both find the
/// same.
#[derive(Debug)]
pub struct Pattern {
    /// What every match holds: most texts with one of a signature's literals lack something else.
    needs: Box<[Need]>,
    spans_lines: bool,
    tells_digits: bool,
    written: Box<str>,
    plain: OnceLock<Option<Regex>>,
    fast: OnceLock<Option<Regex>>,
    searches: AtomicU32,
}

/// Searches before the fast automaton is worth its making: some 100 µs, against a few for each search on the plain one.
const PLAIN_SEARCHES: u32 = 16;

/// Where a pattern matches, with its captures.
pub struct Found<'t> {
    text: &'t str,
    captures: Captures,
}

fn whole(text: &str, range: Range<usize>) -> Range<usize> {
    text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end)
}

/// Quotes as people, JSON and CSV writers, web pages and URLs spell them.
const QUOTES: &str = r#"(?:\\*"|""|&quot;|&#34;|%22|\\+u0022)"#;
const QUOTE: &str = r"(?:'|\\+'|\\+u0027|&#0?39;|&#x27;|&apos;|%27|`|\x{2019}|\x{2018})";

/// The regex with every plain quote, outside of classes, in all its spellings.
fn spelled(written: &str) -> String {
    let (mut out, mut escaped, mut class) = (String::with_capacity(written.len()), false, false);
    for c in written.chars() {
        if matches!(c, '\'' | '"') && !escaped && !class {
            out.push_str(if c == '"' { QUOTES } else { QUOTE });
            continue;
        }
        match c {
            _ if escaped => {}
            '[' => class = true,
            ']' => class = false,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    out
}

/// Whether a regex asks for a line break or for any byte: a class that only leaves line breaks out does not.
fn spans_lines(written: &str) -> bool {
    let mut rest = String::with_capacity(written.len());
    let mut parts = written.split("[^");
    rest.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let escaped = |i: usize| part.as_bytes().get(..i).unwrap_or_default().iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
        let end = part.char_indices().find(|&(i, c)| c == ']' && !escaped(i)).map_or(part.len(), |(i, _)| i + 1);
        rest.push_str(part.get(end..).unwrap_or_default());
    }
    ["(?s", "\\n", "\\r", "[\\s\\S]"].iter().any(|w| rest.contains(w))
}

/// The longest part of a literal that stands in a text however its quotes are spelled.
pub(super) fn unquoted(literal: &str) -> &str {
    let longest = literal.split(['\'', '"', '>', '<', '&']).max_by_key(|part| part.len()).unwrap_or(literal);
    if longest.len() < MIN_NEEDLE_BYTES { literal } else { longest }
}

/// A regex that needs Unicode (a class of letters beyond ASCII) is compiled with it.
fn build(written: &str, fast: bool) -> Option<Regex> {
    let config = Config::new().utf8_empty(false).nfa_size_limit(Some(REGEX_BYTES));
    let config = if fast { config } else { config.dfa(false).hybrid(false).onepass(false).auto_prefilter(false) };
    let with = |unicode| {
        let syntax = syntax::Config::new().utf8(false).unicode(unicode);
        Builder::new().configure(config.clone()).syntax(syntax).build(written).ok()
    };
    with(false).or_else(|| with(true))
}

/// Texts of which one stands in every match.
type Need = Box<[memmem::Finder<'static>]>;

/// Needs that are looked for, those with the longest texts first.
const NEEDS: usize = 3;
/// Shorter texts stand nearly everywhere.
const NEED_BYTES: usize = 3;
/// Texts of one need; more cost as much as the regex.
const ALTERNATIVES: usize = 6;

/// What every match of a regex holds. `known`: one of these was found already (as [`unquoted`]), so what they all hold says nothing new.
fn needs(hir: &Hir, known: &[Text]) -> Box<[Need]> {
    /// The best need of a part by itself.
    fn best(hir: &Hir) -> Option<Vec<Vec<u8>>> {
        let (mut run, mut out) = (Vec::new(), Vec::new());
        walk(hir, &mut run, &mut out);
        out.push(vec![run]);
        out.into_iter().filter(|need| shortest(need) >= NEED_BYTES).max_by_key(|need| shortest(need))
    }
    fn shortest(need: &[Vec<u8>]) -> usize {
        need.iter().map(Vec::len).min().unwrap_or(0)
    }
    fn walk(hir: &Hir, run: &mut Vec<u8>, out: &mut Vec<Vec<Vec<u8>>>) {
        match hir.kind() {
            HirKind::Literal(l) => return run.extend_from_slice(&l.0),
            HirKind::Capture(c) => return walk(&c.sub, run, out),
            HirKind::Concat(parts) => return parts.iter().for_each(|part| walk(part, run, out)),
            HirKind::Look(_) | HirKind::Empty => return,
            HirKind::Repetition(r) if r.min > 0 => {
                out.push(vec![std::mem::take(run)]);
                walk(&r.sub, run, out);
            }
            HirKind::Alternation(parts) => {
                let each: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(best).collect();
                let mut texts = each.unwrap_or_default().concat();
                texts.sort_unstable();
                texts.dedup();
                out.push(texts);
            }
            _ => {}
        }
        out.push(vec![std::mem::take(run)]);
    }
    let (mut run, mut out) = (Vec::new(), Vec::new());
    walk(hir, &mut run, &mut out);
    out.push(vec![run]);
    let told = |text: &[u8]| !known.is_empty() && known.iter().all(|k| memmem::find(unquoted(k).as_bytes(), text).is_some());
    out.retain(|need| shortest(need) >= NEED_BYTES && need.len() <= ALTERNATIVES && !need.iter().any(|text| told(text)));
    out.sort_by_key(|need| std::cmp::Reverse(shortest(need)));
    out.dedup();
    out.truncate(NEEDS);
    out.iter().map(|need| need.iter().map(|text| memmem::Finder::new(text).into_owned()).collect()).collect()
}

/// Whether a regex asks for some digit rather than for any.
fn tells_digits(hir: &Hir) -> bool {
    let some = |digits: usize| digits > 0 && digits < 10;
    match hir.kind() {
        HirKind::Literal(l) => l.0.iter().any(u8::is_ascii_digit),
        HirKind::Class(Class::Bytes(c)) => {
            some((b'0'..=b'9').filter(|d| c.ranges().iter().any(|r| (r.start()..=r.end()).contains(d))).count())
        }
        HirKind::Class(Class::Unicode(c)) => {
            some(('0'..='9').filter(|d| c.ranges().iter().any(|r| (r.start()..=r.end()).contains(d))).count())
        }
        HirKind::Repetition(r) => tells_digits(&r.sub),
        HirKind::Capture(c) => tells_digits(&c.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(tells_digits),
        HirKind::Look(_) | HirKind::Empty => false,
    }
}

impl Pattern {
    /// Reads it; it is compiled for the first text that holds what it needs. `None` when it is no regex.
    pub fn new(written: &str) -> Option<Pattern> {
        Pattern::beside(written, &[])
    }

    /// The same for texts of which it is known that one of these stands in them.
    pub fn beside(written: &str, known: &[Text]) -> Option<Pattern> {
        let spans_lines = spans_lines(written);
        let all_quotes = spelled(written);
        let hir = regex_syntax::parse(&all_quotes).ok()?;
        // The spellings of quotes have digits, which `shape::masked` leaves alone.
        let tells_digits = tells_digits(&hir) && (all_quotes == written || tells_digits(&regex_syntax::parse(written).ok()?));
        let (plain, fast, searches) = (OnceLock::new(), OnceLock::new(), AtomicU32::new(0));
        Some(Pattern { needs: needs(&hir, known), spans_lines, tells_digits, written: all_quotes.into(), plain, fast, searches })
    }

    fn plain(&self) -> Option<&Regex> {
        self.plain.get_or_init(|| build(&self.written, false)).as_ref()
    }

    /// The regex to search this text with; `None` when the text lacks what each match holds.
    fn regex(&self, text: &str) -> Option<&Regex> {
        if !self.needs.iter().all(|need| need.iter().any(|one| one.find(text.as_bytes()).is_some())) {
            return None;
        }
        // How many threads count at once changes the speed alone.
        if self.searches.load(Ordering::Relaxed) < PLAIN_SEARCHES {
            self.searches.fetch_add(1, Ordering::Relaxed);
            return self.plain();
        }
        self.fast.get_or_init(|| build(&self.written, true)).as_ref().or_else(|| self.plain())
    }

    /// A match may reach over more than one line.
    pub fn spans_lines(&self) -> bool {
        self.spans_lines
    }

    /// Some digit matters: it takes one where it does not take another.
    pub fn tells_digits(&self) -> bool {
        self.tells_digits
    }

    /// Names of its captures.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.plain().into_iter().flat_map(|plain| plain.group_info().all_names().filter_map(|(_, _, name)| name))
    }

    /// Where it first matches.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        self.regex(text)?.find(text.as_bytes()).map(|m| whole(text, m.range()))
    }

    /// Where it first matches, with its captures.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Found<'t>> {
        self.captures_from(text, 0)
    }

    /// Where it first matches from a place on, with its captures.
    pub fn captures_from<'t>(&self, text: &'t str, from: usize) -> Option<Found<'t>> {
        let regex = self.regex(text)?;
        let mut captures = regex.create_captures();
        regex.captures(Input::new(text.as_bytes()).range(from.min(text.len())..), &mut captures);
        captures.is_match().then_some(Found { text, captures })
    }
}

impl<'t> Found<'t> {
    /// The whole match.
    pub fn range(&self) -> Range<usize> {
        self.captures.get_match().map(|m| whole(self.text, m.range())).unwrap_or_default()
    }

    /// Where a named capture stands.
    pub fn range_of(&self, name: &str) -> Option<Range<usize>> {
        Some(whole(self.text, self.captures.get_group_by_name(name)?.range()))
    }

    /// A named capture.
    pub fn get(&self, name: &str) -> Option<&'t str> {
        self.text.get(self.range_of(name)?)
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
    fn the_fast_automaton_finds_what_the_plain_one_does() {
        let pattern = Pattern::new(r"(?i)max number of (?P<what>\w+)(?: reached)?").expect("compiles");
        for _ in 0..2 * PLAIN_SEARCHES {
            let found = pattern.captures("ERR Max number of clients reached").expect("found");
            assert_eq!((found.get("what"), found.range()), (Some("clients"), 4..33));
            assert_eq!(pattern.find("nothing"), None);
        }
        assert!(pattern.fast.get().is_some());
    }

    #[test]
    fn what_every_match_holds_is_looked_for_first() {
        let needs = |written: &str, known: &[&'static str]| -> Vec<Vec<String>> {
            let known: Vec<Text> = known.iter().map(|k| Text::from(*k)).collect();
            let all = needs(&regex_syntax::parse(written).expect("a regex"), &known);
            all.iter().map(|need| need.iter().map(|one| String::from_utf8_lossy(one.needle()).into_owned()).collect()).collect()
        };
        assert_eq!(
            needs(r"^dial (?P<net>tcp) (?P<addr>\S+): (?:i/o timeout|refused)$", &[]),
            [vec!["dial tcp "], vec!["i/o timeout", "refused"]]
        );
        assert_eq!(needs(r"dial tcp (?P<addr>\S+): i/o timeout", &[": i/o timeout"]), [["dial tcp "]]);
        assert_eq!(
            needs(r"(?:[Rr]edis|REDIS|[Vv]alkey) is gone", &["is gone", "was gone"]),
            [vec![" is gone"], vec!["REDIS", "alkey", "edis"]]
        );
        assert_eq!(needs(r"(?:[Rr]edis|REDIS|[Vv]alkey)gone", &["gone"]), [vec!["REDIS", "alkey", "edis"]]);
        assert!(needs(r"(?i)any case|or other", &[]).is_empty());
        assert!(needs(r"(?:long enough|\d+)", &[]).is_empty());
        assert_eq!(needs(r"(?:abcd){2,}(?:efgh)?(?:ijkl)*mnop", &[]), [["abcd"], ["mnop"]]);
    }

    #[test]
    fn a_class_without_line_breaks_spans_none() {
        for (written, spans) in [
            (r"failed: (?P<error>[^\r\n]+)", false),
            (r"failed: (?P<error>[^\]\n]+)(?:\n|$)", true),
            (r"(?s:.{0,20})gone", true),
            (r"[^)\n]{3}[\s\S]", true),
            (r"a [^x] b", false),
        ] {
            assert_eq!(spans_lines(written), spans, "{written}");
        }
    }

    #[test]
    fn classes_are_ascii() {
        let digits = Pattern::new(r"^\d+\b").expect("compiles");
        assert_eq!(digits.find("12 clients"), Some(0..2));
        assert_eq!(digits.find("\u{663}\u{664} clients"), None);
    }
}
