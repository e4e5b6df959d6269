//! Where a line stands. In: nothing. Out: [`SourceId`], [`Location`]. Fails when: never.

/// Index of a source in the run's list, which is sorted by name (so it does not depend on argument order).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A line of a source; every event, gauge and change carries one, and the report cites it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The source.
    pub source: SourceId,
    /// 1-based line in the decoded source. Inside a document (CloudWatch JSON …): the line of the
    /// document where the item begins, or, for one-line documents, the 1-based item.
    pub line: u64,
}
