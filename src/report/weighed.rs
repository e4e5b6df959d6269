//! Why one cause stands where it stands (`--why`). In: nothing. Out: plain data. Fails when: never.

use super::EvidenceReport;

/// One cause in one incident, with all that was weighed and all that could not be.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The incident's id.
    pub incident: String,
    /// 1-based, among all causes.
    pub rank: usize,
    /// 0 to 1.
    pub confidence: f64,
    /// The first cause and its confidence.
    pub first: (String, f64),
    /// What counts: of each group the strongest for and the strongest against.
    pub counts: Vec<EvidenceReport>,
    /// What was seen, too, but says the same as stronger evidence of its group.
    pub same_fact: Vec<EvidenceReport>,
    /// What these lines cannot show either way: (feature, what it would have told).
    pub unjudged: Vec<(String, String)>,
}
