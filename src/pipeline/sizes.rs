//! What the sizes of sources say of how they are read. In: sources. Out: numbers and guesses. Fails when: never; what
//! they say wrongly costs time alone.

use super::BLOCK_BYTES;
use crate::source::{Input, Source};

/// Endings of files that one thread unpacks.
const PACKED: [&str; 4] = [".gz", ".zst", ".xz", ".bz2"];
/// Logs shrink to a fifth at least, nearly always.
const LIKELY_RATIO: u64 = 4;

/// Size of a source on disk; `None` for stdin.
pub(super) fn of(source: &Source) -> Option<u64> {
    match &source.input {
        Input::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
        Input::Stdin => None,
    }
}

fn packed(source: &Source) -> bool {
    PACKED.iter().any(|ending| source.name.ends_with(ending))
}

/// How many of the sources are read side by side: as many as there are workers of small ones and of packed ones, each of
/// which one thread unpacks; a large plain one keeps them busy alone.
pub(super) fn side_by_side(sources: &[(usize, &Source)], threads: usize) -> usize {
    let small = |s: &Source| of(s).is_some_and(|n| n <= BLOCK_BYTES as u64);
    sources.iter().take(threads).take_while(|(_, s)| small(s) || packed(s)).count().max(1)
}

/// A packed file whose text is almost surely larger than so many bytes: it need not be held to find out.
pub(super) fn likely_above(bytes: u64, source: &Source) -> bool {
    let bundle = source.name.contains(".tar.");
    packed(source) && !bundle && of(source).is_some_and(|n| n.saturating_mul(LIKELY_RATIO) >= bytes)
}
