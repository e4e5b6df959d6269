//! Expectations of a report: what `expect.toml` beside sample logs says, and whether a report holds it.
//!
//! In: the text of an `expect.toml`, a [`Report`]. Out: [`Expectation`], the [`Miss`]es, a blessed text.
//! Fails when: the expectation is broken ([`Broken`], with file and line).
//!
//! | file | does |
//! |---|---|
//! | `written` | the keys of the file, checked against the patterns |
//! | `judge` | report against expectation |
//! | `bless` | report to expectation |

mod bless;
mod judge;
mod pointer;
mod written;

use std::path::{Path, PathBuf};

use super::{Report, Verdict};
use crate::patterns::Library;

pub use pointer::Pointer;

/// Name of the file.
pub const FILE: &str = "expect.toml";

/// Files of a case's folder that are no logs.
pub const NO_INPUTS: [&str; 3] = [FILE, "label.json", "ABOUT.md"];

/// Why an expectation cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub file: PathBuf,
    /// 1-based line, if one is to blame.
    pub line: Option<usize>,
    /// What is wrong, and what to write.
    pub reason: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for Broken {}

/// A count and what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// At least.
    pub min: u64,
    /// At most; `None`: no limit.
    pub max: Option<u64>,
}

impl Range {
    /// Exactly `n`.
    pub fn exactly(n: u64) -> Range {
        Range { min: n, max: Some(n) }
    }

    /// Whether `n` lies in it.
    pub fn holds(self, n: u64) -> bool {
        n >= self.min && self.max.is_none_or(|max| n <= max)
    }
}

/// A cause that some incident must name.
#[derive(Clone, Debug, PartialEq)]
pub struct CauseWish {
    /// One of these ids.
    pub any_of: Vec<String>,
    /// At this rank or better.
    pub max_rank: u32,
    /// With at least this confidence.
    pub min_confidence: f64,
}

/// Services whose own records hold an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceWish {
    /// These and no others.
    Exactly(Vec<String>),
    /// These among others, and not those.
    Some {
        /// Must be there.
        include: Vec<String>,
        /// Must not be there.
        exclude: Vec<String>,
    },
}

/// What a folder's report must say. Counts are sums over all incidents; a cause may stand in any of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// Input options with the line of each.
    pub args: Vec<(usize, String)>,
    /// Inputs relative to the folder with the line of each; empty: all its files.
    pub inputs: Vec<(usize, String)>,
    /// One of these; empty: not judged.
    pub verdict: Vec<Verdict>,
    /// Causes.
    pub causes: Vec<CauseWish>,
    /// Symptoms (parents or finer ones) with their events.
    pub symptoms: Vec<(String, Range)>,
    /// Symptoms that must not show in an incident.
    pub absent: Vec<String>,
    /// Distinct traces.
    pub traces: Option<Range>,
    /// Services.
    pub services: Option<ServiceWish>,
    /// Anything else.
    pub pointers: Vec<Pointer>,
}

/// Something that a report does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Key of the expectation.
    pub what: String,
    /// What it asks for.
    pub expected: String,
    /// What the report says.
    pub found: String,
}

impl Expectation {
    /// Reads the text of `file`. Ids that the library does not know are broken, too: a typing error must not pass.
    pub fn parse(file: &Path, text: &str, library: &Library) -> Result<Expectation, Broken> {
        written::parse(file, text, library)
    }

    /// Everything that the report does not hold, in the order of the keys.
    pub fn judge(&self, report: &Report) -> Vec<Miss> {
        judge::judge(self, report)
    }

    /// The text of an `expect.toml` that this report holds. Of `before` it keeps the comment at the head, `args`, `inputs`,
    /// `absent`, pointers, causes after the first, and whatever is looser than the report and still true.
    pub fn bless(report: &Report, before: Option<(&str, &Expectation)>) -> String {
        bless::bless(report, before)
    }

    /// Whether nothing at all is asked for.
    fn is_empty(&self) -> bool {
        self.verdict.is_empty()
            && self.causes.is_empty()
            && self.symptoms.is_empty()
            && self.absent.is_empty()
            && self.traces.is_none()
            && self.services.is_none()
            && self.pointers.is_empty()
    }
}

/// Wire names of the verdicts.
const VERDICTS: [(&str, Verdict); 4] = [
    ("incident", Verdict::Incident),
    ("inconclusive", Verdict::Inconclusive),
    ("not-redis", Verdict::NotRedis),
    ("no-incident", Verdict::NoIncident),
];

fn verdict_name(verdict: Verdict) -> &'static str {
    VERDICTS.iter().find(|(_, v)| *v == verdict).map_or("", |(n, _)| n)
}

#[cfg(test)]
mod tests;
