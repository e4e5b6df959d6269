//! A block with margins. In: decoded bytes. Out: [`Unit`]. Fails when: never.

use std::ops::Range;

/// Bytes kept on each side of a block, so that a record is seen whole wherever the block was cut.
/// It bounds how far a record may reach from a line that matches (its caps lie below it).
pub const MARGIN: usize = 256 * 1024;

/// A block of one source. Lines that *start* inside `own` belong to it; the rest of `bytes` is context.
/// What is read from a unit depends on absolute offsets only, never on where blocks were cut.
#[derive(Debug, Default)]
pub struct Unit {
    /// Decoded bytes: left margin, own range, right margin.
    pub bytes: Vec<u8>,
    /// Absolute offset of `bytes[0]` in the decoded source.
    pub base: u64,
    /// Range of `bytes` whose lines this unit answers for.
    pub own: Range<usize>,
    /// `bytes` reaches to the end of the source.
    pub ends: bool,
}

impl Unit {
    /// True when a line starts at `pos`.
    pub fn is_line_start(&self, pos: usize) -> bool {
        match pos.checked_sub(1) {
            None => self.base == 0,
            Some(before) => self.bytes.get(before) == Some(&b'\n'),
        }
    }

    /// Start of the first line that starts in `own`, or `own.end`.
    pub fn first_line(&self) -> usize {
        if self.is_line_start(self.own.start) {
            return self.own.start;
        }
        let own = self.bytes.get(self.own.clone()).unwrap_or_default();
        memchr::memchr(b'\n', own).map_or(self.own.end, |i| self.own.start + i + 1)
    }

    /// End (exclusive, without `\n`) of the line that starts at `start`, and whether a `\n` was seen.
    pub fn line_end(&self, start: usize) -> (usize, bool) {
        let rest = self.bytes.get(start..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or((self.bytes.len(), false), |i| (start + i, true))
    }

    /// Start of the line after the one that starts at `start`, if there is one in sight.
    pub fn next_line(&self, start: usize) -> Option<usize> {
        let (end, newline) = self.line_end(start);
        (newline && end + 1 < self.bytes.len()).then_some(end + 1)
    }

    /// Start of the line before the one that starts at `start`, if it is in sight.
    pub fn previous_line(&self, start: usize) -> Option<usize> {
        let end = start.checked_sub(1)?;
        match memchr::memrchr(b'\n', self.bytes.get(..end)?) {
            Some(i) => Some(i + 1),
            None => (self.base == 0).then_some(0),
        }
    }

    /// Number of lines that start in `own`.
    pub fn count_lines(&self) -> u64 {
        if self.own.is_empty() {
            return 0;
        }
        // A line starts after each `\n` that stands one byte before an own byte.
        let from = self.own.start.saturating_sub(1);
        let before = self.bytes.get(from..self.own.end - 1).unwrap_or_default();
        let mut n = memchr::memchr_iter(b'\n', before).count() as u64;
        if self.own.start == 0 && self.base == 0 {
            n += 1;
        }
        n
    }

    /// Number of lines that start in `own` before `pos`: the index of the line that starts at `pos`.
    pub fn line_index(&self, pos: usize) -> i64 {
        let first = self.own.start;
        let breaks = |range: Range<usize>| memchr::memchr_iter(b'\n', self.bytes.get(range).unwrap_or_default()).count() as i64;
        let starts_here = i64::from(self.is_line_start(first));
        if pos >= first {
            // Lines started in own up to and including `pos`, minus one.
            breaks(first..pos) + starts_here - 1
        } else {
            // Lines started in [pos, own.start).
            -1 - breaks(pos..first - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, from: usize, to: usize) -> Unit {
        Unit { bytes: text.as_bytes().to_vec(), base: 0, own: from..to, ends: true }
    }

    #[test]
    fn every_line_is_counted_once_wherever_blocks_are_cut() {
        for text in ["a\nbb\n\nccc", "a\nbb\n\nccc\n", "\n\n", "x", "abc\ndef\n"] {
            let whole = text.split_inclusive('\n').count() as u64;
            for size in 1..=text.len() {
                let mut n = 0;
                let mut from = 0;
                while from < text.len() {
                    let to = (from + size).min(text.len());
                    n += cut(text, from, to).count_lines();
                    from = to;
                }
                assert_eq!(n, whole, "{text:?} in blocks of {size}");
            }
        }
    }

    #[test]
    fn index_of_a_line_is_relative_to_the_lines_of_its_unit() {
        let text = "a\nbb\n\nccc\ndd\n";
        let starts: Vec<usize> =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1)).filter(|&s| s < text.len()).collect();
        for size in 1..=text.len() {
            let mut before = 0;
            let mut from = 0;
            while from < text.len() {
                let to = (from + size).min(text.len());
                let unit = cut(text, from, to);
                for (i, &s) in starts.iter().enumerate() {
                    assert_eq!(before + unit.line_index(s), i as i64, "size {size} from {from} start {s}");
                }
                before += unit.count_lines() as i64;
                from = to;
            }
        }
    }
}
