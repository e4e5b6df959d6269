//! The first look at a block. In: a [`Unit`], needles. Out: starts of candidate lines. Fails when: never.

use aho_corasick::packed;
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, Span};

use super::Unit;

/// Needles in one packed set: above this the packed searcher leaves its SIMD path (measured, see benches/).
const PACKED_SET: usize = 64;

enum Set {
    Packed(packed::Searcher),
    Automaton(Box<AhoCorasick>),
}

impl Set {
    fn find(&self, hay: &[u8], from: usize) -> Option<usize> {
        match self {
            Set::Packed(s) => s.find_in(hay, Span { start: from, end: hay.len() }).map(|m| m.start()),
            Set::Automaton(a) => a.find(Input::new(hay).span(from..hay.len()).anchored(Anchored::No)).map(|m| m.start()),
        }
    }
}

/// Packed searches for all needles.
pub struct Prefilter {
    sets: Vec<Set>,
}

impl Prefilter {
    /// Builds the searchers. Needles are sorted first, so that the sets do not depend on their order.
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
        Prefilter { sets }
    }

    /// Number of searches over each block.
    pub fn passes(&self) -> usize {
        self.sets.len()
    }

    /// True when the line holds a needle.
    pub fn hits(&self, line: &[u8]) -> bool {
        self.sets.iter().any(|s| s.find(line, 0).is_some())
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
        for set in &self.sets {
            let mut at = first;
            while let Some(hit) = set.find(hay, at) {
                let start = memchr::memrchr(b'\n', hay.get(..hit).unwrap_or_default()).map_or(0, |i| i + 1).max(first);
                if hit - start < max_line {
                    out.push(start);
                }
                at = memchr::memchr(b'\n', hay.get(hit..).unwrap_or_default()).map_or(hay.len(), |i| hit + i + 1);
                if at >= hay.len() {
                    break;
                }
            }
        }
        out.sort_unstable();
        out.dedup();
        out.retain(|&s| s < unit.own.end);
        out
    }
}
