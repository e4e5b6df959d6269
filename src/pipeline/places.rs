//! Where what a record says stands in its source. In: a record, a place in its body. Out: offsets and line numbers. Fails when: never.

use crate::capture;
use crate::record::Record;
use crate::scan::Unit;

/// Line numbers of neighbouring positions without counting from the start each time.
pub(super) struct LineIndex<'u> {
    unit: &'u Unit,
    at: usize,
    index: i64,
}

impl<'u> LineIndex<'u> {
    pub(super) fn new(unit: &'u Unit) -> Self {
        let at = unit.own.start;
        LineIndex { unit, at, index: unit.line_index(at) }
    }

    /// Index of the line that `pos` stands in, relative to the unit's first own line.
    pub(super) fn of(&mut self, pos: usize) -> i64 {
        // Records of several streams interleave, so that positions go back a little, too.
        let (from, to) = (self.at.min(pos), self.at.max(pos));
        let between = memchr::memchr_iter(b'\n', self.unit.bytes.get(from..to).unwrap_or_default()).count() as i64;
        self.index += if pos < self.at { -between } else { between };
        self.at = pos;
        self.index
    }
}

/// Where the line of a place in the body begins in the decoded source.
pub(super) fn offset_of(record: &Record, start: usize) -> Option<u64> {
    let after = record.line_starts.partition_point(|(s, _)| *s <= start);
    let (line, _) = record.line_starts.get(after.checked_sub(1)?)?;
    // Lines whose places are not told apart: the first of them.
    let first = record.line_starts.partition_point(|(s, _)| s < line);
    record.line_starts.get(first).map(|(_, offset)| *offset)
}

/// Where a field of INFO or CONFIG stands in its section; fields come in order, so each is looked for behind the last.
pub(super) fn field_start(body: &str, reading: &capture::Reading, from: &mut usize) -> Option<usize> {
    let named;
    let name = match reading {
        capture::Reading::Gauge { name, .. } => name,
        capture::Reading::Setting { name, .. } => name.as_str(),
        capture::Reading::Named { name, .. } => {
            // `cmdstat.get.usec` is read from `cmdstat_get:calls=…,usec=…`.
            named = name.splitn(3, '.').take(2).collect::<Vec<_>>().join("_");
            named.as_str()
        }
        _ => return None,
    };
    let rest = body.get(*from..)?;
    let is_own = |at: usize| {
        let before = body.get(..*from + at).and_then(|b| b.rsplit('\n').next()).unwrap_or_default();
        let after = rest.as_bytes().get(at + name.len()).copied().unwrap_or(b'\n');
        // `1) "maxmemory-policy"` of CONFIG GET.
        before.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b')' | b'"'))
            && !(after.is_ascii_alphanumeric() || matches!(after, b'_' | b'-'))
    };
    let at = *from + rest.match_indices(name).map(|(at, _)| at).find(|at| is_own(*at))?;
    *from = at;
    Some(at)
}
