//! The first look at a block. In: a [`Unit`], needles. Out: starts of candidate lines. Fails when: never.
//!
//! Long needles are sought by themselves. Short ones in two steps: packed searches for few coarse needles over the whole
//! block; then, on the lines they found alone, an index of all fine needles. All see the line's raw bytes, so whether a
//! line is a candidate depends on it alone.

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, Span};

use super::strided::Strided;
use super::{GramIndex, Unit};
use crate::patterns::Library;

/// Needles in one packed set. Measured on one core: 32 needles 4.8 GB/s, 64 needles 2.2 GB/s, so that two sets of 32
/// cost no more than one of 64; more than 64 leave the packed searcher (an automaton does 0.5 to 0.8 GB/s).
const PACKED_SET: usize = 32;

enum Set {
    Long(Strided),
    Packed(packed::Searcher),
    Automaton(Box<AhoCorasick>),
}

impl Set {
    fn find(&self, hay: &[u8], from: usize) -> Option<usize> {
        match self {
            Set::Long(s) => s.find(hay, from).map(|(start, _)| start),
            Set::Packed(s) => s.find_in(hay, Span { start: from, end: hay.len() }).map(|m| m.start()),
            Set::Automaton(a) => a.find(Input::new(hay).span(from..hay.len()).anchored(Anchored::No)).map(|m| m.start()),
        }
    }
}

/// Searches for all needles.
pub struct Prefilter {
    /// One search over each block each.
    sets: Vec<Set>,
    fine: Option<GramIndex>,
}

impl Prefilter {
    /// Builds the searchers of coarse needles; every line with one is a candidate.
    /// Needles are sorted first, so that the sets do not depend on their order.
    pub fn new<'a>(needles: impl IntoIterator<Item = &'a str>) -> Prefilter {
        let mut needles: Vec<&str> = needles.into_iter().collect();
        needles.sort_unstable();
        needles.dedup();
        let sets = needles
            .chunks(PACKED_SET)
            .filter_map(|chunk| {
                let packed = packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder().extend(chunk).build();
                match packed {
                    Some(s) => Some(Set::Packed(s)),
                    None => {
                        AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(chunk).ok().map(|a| Set::Automaton(Box::new(a)))
                    }
                }
            })
            .collect();
        Prefilter { sets, fine: None }
    }

    /// Searches for what the library's signatures need.
    pub fn of(library: &Library) -> Prefilter {
        let mut prefilter = Prefilter::new(library.needles().iter().map(AsRef::as_ref));
        prefilter.sets.push(Set::Long(Strided::new(library.long_needles().iter().map(|(text, window)| (text.as_ref(), *window)))));
        prefilter.fine = Some(GramIndex::new(library.fine_needles()));
        prefilter
    }

    /// Number of searches over each block.
    pub fn passes(&self) -> usize {
        self.sets.len()
    }

    /// True when the line is a candidate.
    pub fn hits(&self, line: &[u8]) -> bool {
        self.sets.iter().any(|s| s.find(line, 0).is_some()) && self.is_fine(line)
    }

    /// True when the line holds one of the fine needles, whether or not a coarse one leads to it.
    pub fn is_fine(&self, line: &[u8]) -> bool {
        self.fine.as_ref().is_none_or(|fine| fine.any(line))
    }

    /// Starts of the lines that start in `unit.own` and hold a needle within their first `max_line` bytes, ascending.
    pub fn candidates(&self, unit: &Unit, max_line: usize) -> Vec<usize> {
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
            self.piece(hay.get(..to).unwrap_or_default(), from, max_line, &mut out);
            from = to;
        }
        out.retain(|&s| s < unit.own.end);
        out
    }

    /// Candidates of `hay[from..]`, which begins and ends with a line.
    fn piece(&self, hay: &[u8], from: usize, max_line: usize, out: &mut Vec<usize>) {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for set in &self.sets {
            let mut at = from;
            while let Some(hit) = set.find(hay, at) {
                let start = memchr::memrchr(b'\n', hay.get(from..hit).unwrap_or_default()).map_or(from, |i| from + i + 1);
                let end = memchr::memchr(b'\n', hay.get(hit..).unwrap_or_default()).map_or(hay.len(), |i| hit + i);
                if hit - start < max_line {
                    found.push((start, end));
                }
                at = end + 1;
                if at >= hay.len() {
                    break;
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        // A needle of a later set may stand beyond `max_line` where another does not: the line is judged as it is read.
        out.extend(found.into_iter().filter(|&(s, e)| self.is_fine(hay.get(s..e.min(s + max_line)).unwrap_or_default())).map(|(s, _)| s));
    }
}

/// Bytes that one set searches before the next does: they stay in the second-level cache.
const PIECE_BYTES: usize = 128 * 1024;
