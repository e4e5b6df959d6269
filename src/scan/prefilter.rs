//! The first look at a block. In: a [`Unit`], needles. Out: starts of candidate lines. Fails when: never.
//!
//! Long needles are sought by themselves. Short ones through few coarse ones that they hold: packed searches for these over
//! the whole block, and where one stands, a look at the short ones filed under it. All see the line's raw bytes, so
//! whether a line is a candidate depends on it alone.

use std::ops::Range;

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, Span};

use super::Unit;
use super::strided::Strided;
use crate::patterns::Library;
use crate::patterns::needles::LONG_BYTES;

/// Coarse needles in one packed set. Measured on one core: 32 needles 4.8 GB/s, 64 needles 2.2 GB/s, so that two sets of
/// 32 cost no more than one of 64; more than 64 leave the packed searcher (an automaton does 0.5 to 0.8 GB/s).
const PACKED_SET: usize = 32;

enum Searcher {
    Packed(packed::Searcher),
    Automaton(Box<AhoCorasick>),
}

impl Searcher {
    /// The first coarse needle and where it begins; of two that begin there, the shorter.
    fn find(&self, hay: &[u8], from: usize) -> Option<(usize, usize)> {
        match self {
            Searcher::Packed(s) => s.find_in(hay, Span { start: from, end: hay.len() }).map(|m| (m.pattern().as_usize(), m.start())),
            Searcher::Automaton(a) => {
                a.find(Input::new(hay).span(from..hay.len()).anchored(Anchored::No)).map(|m| (m.pattern().as_usize(), m.start()))
            }
        }
    }
}

/// A needle that holds a coarse one.
struct Holder {
    text: Box<[u8]>,
    /// Where in it the coarse one begins.
    offset: usize,
}

enum Set {
    Long(Strided),
    /// By coarse needle, what holds it.
    Short(Searcher, Vec<Vec<Holder>>),
}

impl Set {
    /// Where a needle stands.
    fn find(&self, hay: &[u8], mut from: usize) -> Option<Range<usize>> {
        match self {
            Set::Long(s) => s.find(hay, from).map(|(start, end)| start..end),
            Set::Short(searcher, holders) => loop {
                let (coarse, at) = searcher.find(hay, from)?;
                let stands = |holder: &Holder| {
                    let start = at.checked_sub(holder.offset)?;
                    hay.get(start..)?.starts_with(&holder.text).then_some(start..start + holder.text.len())
                };
                if let Some(found) = holders.get(coarse)?.iter().find_map(stands) {
                    return Some(found);
                }
                from = at + 1;
            },
        }
    }
}

/// Which searches are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searches {
    /// Those that a large input can bear.
    Few,
    /// All: for needles without a coarse one in them, too.
    All,
}

/// Searches for all needles.
pub struct Prefilter {
    sets: Vec<Set>,
    uncovered: Vec<Set>,
}

impl Prefilter {
    /// Searches for these needles; every line with one is a candidate.
    pub fn new<'a>(needles: impl IntoIterator<Item = &'a str>) -> Prefilter {
        let needles: Vec<&str> = needles.into_iter().collect();
        Prefilter { sets: short_sets(&needles, &needles), uncovered: Vec::new() }
    }

    /// Searches for what the library's signatures need.
    pub fn of(library: &Library) -> Prefilter {
        let coarse: Vec<&str> = library.needles().iter().map(AsRef::as_ref).collect();
        let short: Vec<&str> = library.fine_needles().iter().map(AsRef::as_ref).filter(|fine: &&str| fine.len() < LONG_BYTES).collect();
        let mut sets = short_sets(&coarse, &short);
        sets.push(Set::Long(Strided::new(library.long_needles().iter().map(|(text, window)| (text.as_ref(), *window)))));
        let uncovered: Vec<&str> = short.into_iter().filter(|fine| !coarse.iter().any(|c| fine.contains(c))).collect();
        Prefilter { sets, uncovered: short_sets(&uncovered, &uncovered) }
    }

    fn sets(&self, searches: Searches) -> impl Iterator<Item = &Set> {
        self.sets.iter().chain(self.uncovered.iter().filter(move |_| searches == Searches::All))
    }

    /// Number of searches over each block of a large input.
    pub fn passes(&self) -> usize {
        self.sets.len()
    }

    /// True when the line is a candidate.
    pub fn hits(&self, line: &[u8], searches: Searches) -> bool {
        self.sets(searches).any(|s| s.find(line, 0).is_some())
    }

    /// Starts of the lines that start in `unit.own` and hold a needle within their first `max_line` bytes, ascending.
    pub fn candidates(&self, unit: &Unit, max_line: usize, searches: Searches) -> Vec<usize> {
        let first = unit.first_line();
        if first >= unit.own.end {
            return Vec::new();
        }
        // The last own line may reach beyond the block.
        let tail = memchr::memchr(b'\n', unit.bytes.get(unit.own.end.saturating_sub(1)..).unwrap_or_default())
            .map_or(unit.bytes.len(), |i| unit.own.end - 1 + i);
        let hay = unit.bytes.get(..tail).unwrap_or_default();
        let mut out = Vec::new();
        // Searched piece by piece, so that all sets find the piece in the cache.
        let mut from = first;
        while from < hay.len() {
            let near = (from + PIECE_BYTES).min(hay.len());
            let to = memchr::memchr(b'\n', hay.get(near..).unwrap_or_default()).map_or(hay.len(), |i| near + i + 1);
            self.piece(hay.get(..to).unwrap_or_default(), from, max_line, searches, &mut out);
            from = to;
        }
        out.retain(|&s| s < unit.own.end);
        out
    }

    /// Candidates of `hay[from..]`, which begins and ends with a line.
    fn piece(&self, hay: &[u8], from: usize, max_line: usize, searches: Searches, out: &mut Vec<usize>) {
        let mut found: Vec<usize> = Vec::new();
        for set in self.sets(searches) {
            let mut at = from;
            while let Some(hit) = set.find(hay, at) {
                let start = memchr::memrchr(b'\n', hay.get(from..hit.start).unwrap_or_default()).map_or(from, |i| from + i + 1);
                let end = memchr::memchr(b'\n', hay.get(hit.end..).unwrap_or_default()).map_or(hay.len(), |i| hit.end + i);
                // The line is judged as it is read.
                if hit.end <= start + max_line || self.hits(hay.get(start..start + max_line).unwrap_or_default(), searches) {
                    found.push(start);
                }
                at = end + 1;
                if at >= hay.len() {
                    break;
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        out.extend(found);
    }
}

/// Bytes that one set searches before the next does: they stay in the second-level cache.
const PIECE_BYTES: usize = 128 * 1024;

/// Packed searches for coarse needles, with the needles that hold them. They are sorted first, so that the sets do not
/// depend on their order, and that of two the shorter is found, under which what holds the longer is filed, too.
fn short_sets<'n>(coarse: &[&'n str], needles: &[&'n str]) -> Vec<Set> {
    let mut coarse = coarse.to_vec();
    coarse.sort_unstable();
    coarse.dedup();
    let set = |chunk: &[&'n str]| {
        let packed = packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder().extend(chunk).build();
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(chunk).ok();
        let searcher = packed.map(Searcher::Packed).or_else(|| automaton().map(|a| Searcher::Automaton(Box::new(a))))?;
        let holders = |coarse: &&'n str| {
            let at = |text: &'n str| text.match_indices(*coarse).map(move |(offset, _)| Holder { text: text.as_bytes().into(), offset });
            needles.iter().copied().flat_map(at).collect()
        };
        Some(Set::Short(searcher, chunk.iter().map(holders).collect()))
    };
    coarse.chunks(PACKED_SET).filter_map(set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_coarse_needle_is_found_wherever_it_stands() {
        let needles = ["connect", "nect to", "timeout", "time", "eset by", "reset", "abcabc"];
        for coarse in [&["nect", "time", "eset", "eset b", "abc"][..], &needles[..]] {
            let set = |hay: &str| short_sets(coarse, &needles).iter().find_map(|set| set.find(hay.as_bytes(), 0));
            for needle in needles {
                for before in ["", "n", "nec", "annect ", "reseabc"] {
                    let hay = format!("{before}{needle}{before}");
                    let plain = needles.iter().filter_map(|n| hay.find(n)).min();
                    assert!(set(&hay).is_some() && plain.is_some(), "{hay} by {coarse:?}");
                }
            }
            for none in ["", "nect", "onnect", "eset b", "abcab", "tim"] {
                assert_eq!(set(none), None, "{none} by {coarse:?}");
            }
        }
    }

    #[test]
    fn a_line_is_judged_by_what_is_read_of_it() {
        let text = "refused\nfar away: refused\nno\n".to_string();
        let unit = Unit { own: 0..text.len(), bytes: text.into_bytes(), base: 0, ends: true };
        let prefilter = Prefilter::new(["refused", "fuse"]);
        assert_eq!(prefilter.candidates(&unit, 64, Searches::Few), [0, 8]);
        assert_eq!(prefilter.candidates(&unit, 16, Searches::All), [0, 8], "the shorter one ends in time");
        assert_eq!(prefilter.candidates(&unit, 15, Searches::Few), [0]);
    }
}
