//! Pattern files as people write them.
//!
//! In: TOML. Out: plain structs with the line of each entry. Fails when: a key is unknown or missing.
//!
//! This file is also compiled into `build.rs`, so it uses nothing but serde and toml.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A file of signatures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureFile {
    /// Entries in file order.
    #[serde(default)]
    pub signature: Vec<Signature>,
}

/// How one emitter's one message is recognised.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// `<emitter>.<what-was-said>`.
    pub id: Spanned<String>,
    /// Finest symptom that fits.
    pub symptom: String,
    /// `info`, `warn`, `error`, `critical`.
    pub severity: String,
    /// At least one is in every match.
    pub literal: Vec<String>,
    /// Confirms a candidate and captures values.
    pub regex: String,
    /// Unit of each named capture.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Who prints it.
    pub emitted_by: EmittedBy,
    /// Why the text alone is not enough.
    pub requires_context: Option<String>,
    /// With `requires_context`: practically only clients of Redis word it so; recurring, it ties its service to Redis.
    #[serde(default)]
    pub own_words: bool,
    /// Whoever prints it has brought the trouble about: its script was the one that was killed.
    #[serde(default)]
    pub of_culprit: bool,
    /// With `requires_context`: what a runtime says of any peer. Yields to what a client says itself, not to wrappers.
    #[serde(default)]
    pub generic: bool,
    /// Yields to any other signature of the same record.
    #[serde(default)]
    pub wrapper: bool,
    /// Names an error by its class or code alone, whatever it says: yields to all that says more, wrappers too.
    #[serde(default)]
    pub fallback: bool,
    /// Yields to these.
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// Says another thing than these of the same message, and stands beside them.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Counts only where each of these captures is more than twice the other one.
    #[serde(default)]
    pub outgrows: BTreeMap<String, String>,
    /// Really emitted lines.
    #[serde(default)]
    pub example: Vec<Example>,
    /// Lines that a naive rule would take.
    #[serde(default)]
    pub near_miss: Vec<NearMiss>,
}

/// Product, versions and source file of a message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmittedBy {
    /// Product.
    pub product: String,
    /// Versions seen.
    #[serde(default)]
    pub version: String,
    /// File and function, or document.
    #[serde(default)]
    pub source: String,
}

/// A really emitted line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// As logged.
    pub line: String,
    /// `source`, `captured: …`, `thread: …`.
    pub origin: String,
    /// Values expected.
    #[serde(default)]
    pub values: BTreeMap<String, toml::Value>,
}

/// A line that must not match.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearMiss {
    /// The line.
    pub line: String,
    /// What it is.
    pub why: String,
}

/// `symptoms.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymptomFile {
    /// Entries.
    #[serde(default)]
    pub symptom: Vec<Symptom>,
}

/// What messages mean to the service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// Id.
    pub id: Spanned<String>,
    /// Title.
    pub title: String,
    /// What the service feels (parents only).
    pub meaning: Option<String>,
    /// Default severity (parents only).
    pub severity: Option<String>,
    /// `one-line` or `recurring` (parents only).
    pub opens: Option<String>,
    /// The parent of a finer id.
    pub parent: Option<String>,
    /// A derived gauge that shows this symptom by itself: `clients-ratio`, `pool-ratio`, `up-inverse` …
    pub gauge: Option<String>,
    /// The reading from which on it does.
    pub at_least: Option<f64>,
    /// Phase in which a client gives up: `pool`, `connect`, `reply`.
    pub phase: Option<String>,
    /// What else it marks: `restart`, `stop` or `crash` of the server, a server that is `ready` or `away`, programs that `wait` for it, `slow` commands.
    pub marks: Option<String>,
    /// Only the server's own log or the platform shows it (parents only).
    #[serde(default)]
    pub shown_by_server: bool,
    /// A finer id that is never trouble: `change`, `activity`, `gauge`, `configuration`, `application`, `boot`.
    pub context: Option<String>,
}

/// A file with one cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseFile {
    /// Entries.
    #[serde(default)]
    pub cause: Vec<Cause>,
}

/// A root cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Id.
    pub id: Spanned<String>,
    /// Title.
    pub title: String,
    /// Mechanism.
    pub summary: String,
    /// Share of incidents.
    pub prior: f64,
    /// It lies in the very client that fails: where one service alone does, it is that one's doing.
    #[serde(default)]
    pub of_client: bool,
    /// Causes that it produces downstream.
    #[serde(default)]
    pub leads_to: Vec<String>,
    /// Cause to user effect.
    #[serde(default)]
    pub chain: Vec<String>,
    /// Effect by function of Redis.
    #[serde(default)]
    pub impact: BTreeMap<String, String>,
    /// Documentation.
    #[serde(default)]
    pub references: Vec<String>,
    /// For and against.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// What to do.
    #[serde(default)]
    pub action: Vec<Action>,
    /// Alert rules.
    #[serde(default)]
    pub alert: Vec<Alert>,
    /// Capacity formulas.
    #[serde(default)]
    pub formula: Vec<Formula>,
    /// Recommended settings.
    #[serde(default)]
    pub setting: Vec<Setting>,
    /// Communication templates.
    #[serde(default)]
    pub template: Vec<Template>,
}

/// One piece of evidence of a cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// `for`, `against`, `absent`.
    pub polarity: String,
    /// `strong`, `moderate`, `weak`.
    pub weight: String,
    /// One group is one fact.
    pub group: String,
    /// Named feature.
    pub feature: String,
    /// Its parameters.
    #[serde(default)]
    pub of: Vec<String>,
    /// Why it separates.
    pub why: String,
    /// The causes that lead to this one show it just as well.
    #[serde(default)]
    pub shared: bool,
}

/// One action of a cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// `capture`, `immediate`, `fix`, `verify`, `prevent`, `escalate`.
    pub phase: String,
    /// What and why.
    pub text: String,
    /// Command.
    pub command: Option<String>,
    /// `read-only`, `changes`, `restarts`, `destructive`.
    pub effect: String,
    /// A word of caution.
    pub caution: Option<String>,
    /// Managed variants.
    #[serde(default)]
    pub managed: BTreeMap<String, String>,
    /// Documentation.
    pub reference: Option<String>,
}

/// An alert rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Name.
    pub name: String,
    /// PromQL.
    pub expr: String,
    /// Duration.
    #[serde(rename = "for")]
    pub hold: Option<String>,
    /// Severity.
    pub severity: Option<String>,
}

/// A capacity formula.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formula {
    /// Name.
    pub name: String,
    /// Formula.
    pub expr: String,
    /// A worked example.
    pub example: Option<String>,
}

/// A recommended setting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Why.
    pub why: String,
}

/// A communication template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// `initial`, `update`, `resolved`.
    pub when: String,
    /// Text.
    pub text: String,
}
