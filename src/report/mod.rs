//! What the reader sees.
//!
//! In: incidents, findings, survey, coverage. Out: [`Report`] (plain data, the JSON contract) and its renderers.
//! Fails when: never.
//!
//! Field names are a stable contract (schema version 1): fields are added, never renamed.

pub mod expect;
pub mod json;
pub mod redact;
pub mod runbooks;
pub mod schema;
pub mod text;

pub mod assemble;

mod context;
mod weighed;

pub use context::{
    Affected, ChangeReport, Impact, LastChange, NameCount, Offender, PatternCount, ServiceCount, Timeline, TracePath, Traffic,
};

pub use weighed::Weighed;

use schemars::JsonSchema;
use serde::Serialize;

/// The whole answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Always 1.
    pub schema_version: u32,
    /// Name and version of the program.
    pub tool: Tool,
    /// The answer in one word.
    pub verdict: Verdict,
    /// What was read.
    pub input: InputSummary,
    /// Incidents, worst first.
    pub incidents: Vec<IncidentReport>,
    /// Things worth a line that are no incident.
    pub notes: Vec<Note>,
    /// Sections of redis-cli captures.
    pub captures: Vec<CaptureSummary>,
    /// Redis errors that no signature knows, by template.
    pub unrecognised: Vec<Unrecognised>,
    /// What was skipped, capped or assumed.
    pub coverage: Coverage,
}

/// Name and version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tool {
    /// `whyredis`.
    pub name: &'static str,
    /// Crate version.
    pub version: &'static str,
}

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Redis trouble with a leading cause.
    Incident,
    /// Redis trouble whose cause these lines do not settle.
    Inconclusive,
    /// Trouble, but not Redis's.
    NotRedis,
    /// Nothing.
    NoIncident,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct InputSummary {
    /// Decoded bytes.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Logical messages.
    pub records: u64,
    /// `exact` or `estimate`.
    pub records_basis: &'static str,
    /// First time seen.
    pub first_ts: Option<String>,
    /// Last time seen.
    pub last_ts: Option<String>,
    /// Each source.
    pub sources: Vec<SourceSummary>,
    /// What was assumed (zone, year, date).
    pub assumptions: Vec<String>,
}

/// One source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceSummary {
    /// Name as in citations.
    pub name: String,
    /// What it was taken for.
    pub format: String,
    /// Decoded bytes.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// First time seen.
    pub first_ts: Option<String>,
    /// Last time seen.
    pub last_ts: Option<String>,
}

/// One incident.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IncidentReport {
    /// Stable id: hash of node, first symptom and start.
    pub id: String,
    /// RFC 3339 UTC with milliseconds; null without timestamps.
    pub start: Option<String>,
    /// End.
    pub end: Option<String>,
    /// Milliseconds from start to end.
    pub duration_ms: Option<i64>,
    /// `info`, `warn`, `error`, `critical`.
    pub severity: &'static str,
    /// Whether it still fails at the end of the log.
    pub status: Status,
    /// Whose doing it is by the leading cause's evidence; null where no line tells.
    pub offender: Option<Offender>,
    /// Services that suffer, the offender aside where it is one of several.
    pub victims: Vec<String>,
    /// What changed last before the onset (at most a quarter of an hour before).
    pub last_change: Option<LastChange>,
    /// Every cause with confidence >= 0.005 and always `unknown`, by confidence.
    pub causes: Vec<CauseReport>,
    /// Parent symptoms.
    pub symptoms: Vec<SymptomReport>,
    /// Whose own records hold an event.
    pub affected: Affected,
    /// Callers and edges reached through a trace.
    pub impact: Impact,
    /// Requests per second before, during, after.
    pub traffic: Traffic,
    /// Series for charts.
    pub timeline: Timeline,
    /// The checks that would settle it.
    pub next_checks: Vec<NextCheck>,
    /// The team's own runbooks that fit (`--runbooks`), best first.
    pub runbooks: Vec<runbooks::RunbookReport>,
}

/// Whether it still fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Errors up to the end of the log.
    Ongoing,
    /// Healthy lines of the affected services follow.
    Recovered,
    /// The lines do not say.
    Unknown,
}

/// A cause as ranked for one incident.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CauseReport {
    /// 1-based.
    pub rank: u32,
    /// Cause id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Three decimals; all of an incident sum to 1.
    pub confidence: f64,
    /// From cause to what the user feels.
    pub chain: Vec<String>,
    /// For, against, absent, strongest first.
    pub evidence: Vec<EvidenceReport>,
    /// Capture first, then mitigate.
    pub immediate: Vec<Action>,
    /// What ends it.
    pub fix: Vec<Action>,
    /// How to see that it ended.
    pub verify: Vec<Action>,
    /// What keeps it away.
    pub prevent: Vec<Action>,
    /// Documentation.
    pub references: Vec<String>,
}

/// One piece of evidence.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EvidenceReport {
    /// `for`, `against`, `absent`.
    pub polarity: &'static str,
    /// Name of the feature.
    pub feature: String,
    /// One sentence with the numbers in it.
    pub statement: String,
    /// The number, if there is one.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: Option<String>,
    /// Log-odds that it contributed (natural logarithm), negative when against.
    pub weight: f64,
    /// Where to read it.
    pub citations: Vec<Citation>,
}

/// A line of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Citation {
    /// Source name.
    pub source: String,
    /// 1-based line.
    pub line: u64,
}

/// Something to do.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Action {
    /// What and why.
    pub text: String,
    /// A command, placeholders filled with the names seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// `read-only`, `changes`, `restarts`, `destructive`.
    pub effect: String,
    /// Placeholders that nothing in the logs could fill.
    pub placeholders: Vec<String>,
    /// A word of caution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// What to do instead on managed services: (service, text).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub managed: Vec<(String, String)>,
}

/// A parent symptom.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SymptomReport {
    /// One of the parent ids.
    pub id: String,
    /// What it is called in the text report.
    pub title: String,
    /// Events.
    pub count: u64,
    /// First.
    pub first: Option<String>,
    /// Last.
    pub last: Option<String>,
    /// Which messages, with their finer symptom.
    pub signatures: Vec<SignatureCount>,
    /// An example: citation and redacted text.
    pub example: Option<Example>,
}

/// A line quoted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Example {
    /// Where.
    pub citation: Citation,
    /// Redacted text, at most 300 characters.
    pub text: String,
}

/// One signature's share of a symptom.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SignatureCount {
    /// Signature id.
    pub id: String,
    /// Its own, finer symptom.
    pub symptom: String,
    /// Events.
    pub count: u64,
}

/// A check that separates causes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NextCheck {
    /// Command or source to give.
    pub command: String,
    /// What its answer tells.
    pub why: String,
    /// Cause ids.
    pub separates: Vec<String>,
}

/// A remark.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Note {
    /// Text.
    pub text: String,
    /// Where.
    pub citations: Vec<Citation>,
}

/// A capture's section.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaptureSummary {
    /// `info`, `client-list`, `slowlog` …
    pub kind: String,
    /// Source.
    pub source: String,
    /// Lines for the reader.
    pub summary: Vec<String>,
}

/// A template of errors that no signature knows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Unrecognised {
    /// Text with numbers and ids replaced.
    pub template: String,
    /// Count.
    pub count: u64,
    /// First.
    pub citation: Citation,
}

/// What was skipped, capped or assumed.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Coverage {
    /// Records without any time.
    pub undated: u64,
    /// Records whose time was absurd (before 2000 or after 2100).
    pub absurd_times: u64,
    /// Lines that were not UTF-8 (read with replacement).
    pub undecoded: u64,
    /// Lines cut at the length cap.
    pub truncated: u64,
    /// Events counted once though they stood in several places.
    pub duplicates: u64,
    /// Records outside `--since`/`--until` or `--service`.
    pub filtered: u64,
    /// Seconds of incidents, and of the stretches before and after, whose requests are known from a sample: they lie
    /// beyond the focus distance.
    pub outside_focus: u64,
    /// Named caps that were reached.
    pub caps_reached: Vec<String>,
    /// Values redacted in this report.
    pub redacted: u64,
    /// Sources that could not be read, or only in part.
    pub unreadable: Vec<String>,
    /// Remarks about the input (10-line default of kubectl, sampling loggers …).
    pub remarks: Vec<String>,
}
