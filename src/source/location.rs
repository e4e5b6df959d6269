//! Where a line stands. In: nothing. Out: [`SourceId`], [`Location`]. Fails when: never.

/// Index of a source in the run's list, which is sorted by name (so it does not depend on argument order).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A line of a source; every event, gauge and change carries one, and the report cites it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Location {
    /// The source.
    pub source: SourceId,
    /// 1-based line in the decoded source. Inside a document (CloudWatch JSON …): the line of the
    /// document where the item begins, or, for one-line documents, the 1-based item.
    pub line: u64,
}

impl Ord for Location {
    /// By source, then line. A part of a source counts from its own first line, and a record may begin before it: its line
    /// has wrapped and comes first.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.source, self.line as i64).cmp(&(other.source, other.line as i64))
    }
}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
