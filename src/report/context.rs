//! Who was affected, traffic and timeline of an incident, as data of the report. In: nothing. Out: wire types.
//! Fails when: never.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Citation;

/// Whose own records hold an event.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Affected {
    /// Number of distinct traces.
    pub traces: u64,
    /// Its standard error where it is an estimate (over a million traces with trouble).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traces_stderr: Option<f64>,
    /// The first 50 by (time, source, line).
    pub trace_ids: Vec<String>,
    /// Services.
    pub services: Vec<ServiceCount>,
    /// Pods, containers, hosts.
    pub instances: Vec<String>,
    /// Redis nodes named.
    pub redis_nodes: Vec<String>,
    /// Redis commands named.
    pub commands: Vec<NameCount>,
    /// Key shapes named.
    pub keys: Vec<PatternCount>,
}

/// A service with its events.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ServiceCount {
    /// Name.
    pub name: String,
    /// Records that hold an event.
    pub events: u64,
    /// First event.
    pub first: Option<String>,
}

/// A name with a count.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NameCount {
    /// Name.
    pub name: String,
    /// Count.
    pub count: u64,
}

/// A key shape with a count.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PatternCount {
    /// Shape, ids replaced by `*`.
    pub pattern: String,
    /// Count.
    pub count: u64,
}

/// What hit traces touched beyond the services with events.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Impact {
    /// Callers and edges.
    pub services: Vec<String>,
    /// Requests of hit traces that ended with an error status.
    pub requests_failed: u64,
    /// Paths of hit traces (a sample).
    pub paths: Vec<TracePath>,
}

/// One trace's way through the services.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TracePath {
    /// Trace.
    pub trace_id: String,
    /// Services in order of first record.
    pub services: Vec<String>,
    /// Last status seen.
    pub status: Option<u16>,
    /// First to last record.
    pub duration_ms: Option<i64>,
}

/// Requests per second.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Traffic {
    /// Before the incident.
    pub before_rps: Option<f64>,
    /// During.
    pub during_rps: Option<f64>,
    /// After.
    pub after_rps: Option<f64>,
    /// `access`, `traces`, `records`, or `none` with the reason in `why`.
    pub basis: String,
    /// Standard error where sampled.
    pub stderr: Option<f64>,
    /// Why it cannot be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Series for charts.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Timeline {
    /// First bucket.
    pub start: Option<String>,
    /// Width in milliseconds.
    pub bucket_ms: i64,
    /// Requests per bucket.
    pub requests: Vec<u64>,
    /// Symptom id to counts per bucket.
    pub symptoms: serde_json::Map<String, Value>,
    /// Gauge name to values per bucket (null where no reading).
    pub gauges: serde_json::Map<String, Value>,
    /// Changes.
    pub changes: Vec<ChangeReport>,
}

/// A change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeReport {
    /// When.
    pub ts: Option<String>,
    /// What.
    pub what: String,
    /// Where it is written.
    pub citation: Citation,
}

/// Whose doing it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Offender {
    /// Service, or the name that its connections bear.
    pub service: Option<String>,
    /// Address of its connections.
    pub address: Option<String>,
    /// Redis command.
    pub command: Option<String>,
    /// Shape of its keys.
    pub key: Option<String>,
    /// Where to read it.
    pub citations: Vec<Citation>,
}

/// The last change before the onset.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LastChange {
    /// When.
    pub ts: String,
    /// How long before the first error, in milliseconds.
    pub before_ms: i64,
    /// What.
    pub what: String,
    /// Where it is written.
    pub citation: Citation,
}
