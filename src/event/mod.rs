//! What was observed, and how much of it.
//!
//! In: matches and captures with their records. Out: [`Event`]s, folded into a bounded, mergeable [`Tally`].
//! Fails when: never; what exceeds a cap is counted and named in coverage.

mod endpoint;
mod hits;
mod starts;
mod survey;
mod tally;

pub use hits::{Count, HIT_TRACE_CAP, HitTraces};
pub use starts::{First, Starts};
pub use survey::{Requests, Survey, TraceServices, TraceStat};
pub use tally::{
    ChangeSeen, CountKey, EVENT_SAMPLE, Elsewhere, GaugePoint, Health, PASTE_RECORDS, SPANS_S, Setting, SlowSeen, Snapshot, Tally,
    Template, template_of,
};

use crate::capture::key_shape;
use crate::matching::{Match, Value};
use crate::patterns::{Library, SignatureIdx, SymptomIdx, Unit};
use crate::record::{Record, Severity, TimeBasis, TraceId};
use crate::source::Location;

/// One observed symptom.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Milliseconds since 1970 UTC.
    pub time_ms: Option<i64>,
    /// How fine the time is, in milliseconds.
    pub resolution_ms: u32,
    /// The report's symptom.
    pub symptom: SymptomIdx,
    /// Which message it was.
    pub signature: SignatureIdx,
    /// 1 info, 2 warn, 3 error, 4 critical.
    pub severity: u8,
    /// The line that says so.
    pub at: Location,
    /// Service whose record it is.
    pub service: Option<String>,
    /// Pod, container or host.
    pub instance: Option<String>,
    /// Trace.
    pub trace: Option<TraceId>,
    /// Redis node as named (host:port, service name).
    pub node: Option<String>,
    /// Redis command, upper case.
    pub command: Option<String>,
    /// Key shape.
    pub key: Option<String>,
    /// Typed values.
    pub values: Vec<Value>,
    /// The line, cut to [`TEXT_CHARS`], not yet redacted.
    pub text: String,
    /// The record was a line of the server's own log.
    pub from_server: bool,
    /// A generic text in a record that names no product ([`Match::open`]).
    pub open: bool,
}

/// Characters of a line that an event keeps.
pub const TEXT_CHARS: usize = 400;

/// Product whose own errors are those of a person or a poller.
const COMMAND_LINE: &str = "redis-cli";

impl Event {
    /// False for marks: messages at level info under a symptom (a start, an end of trouble).
    pub fn is_trouble(&self) -> bool {
        self.severity > 1
    }

    /// The event of a match. `line` is the 1-based line of the match.
    pub fn new(library: &Library, record: &Record, found: &Match, symptom: SymptomIdx, at: Location) -> Event {
        let signature = library.signature(found.signature);
        let mut event = Event {
            time_ms: record.time_ms,
            resolution_ms: record.resolution_ms,
            symptom,
            signature: found.signature,
            severity: signature.severity,
            at,
            // The server is the node, a capture a picture of it, and its command line who looks: none is a service that suffers.
            service: record.service.clone().filter(|_| {
                !matches!(record.kind, crate::record::Kind::Server { .. } | crate::record::Kind::Capture)
                    && signature.product != COMMAND_LINE
            }),
            instance: record.instance.clone(),
            trace: record.trace.clone(),
            node: endpoint::of(record, found),
            command: None,
            key: None,
            values: found.values.clone(),
            text: line_text(&record.body, found.start),
            from_server: matches!(record.kind, crate::record::Kind::Server { .. }),
            open: found.open,
        };
        for v in &found.values {
            match v.unit {
                Unit::Command => event.command = command_word(&v.text),
                Unit::Key => event.key = Some(key_shape(&v.text)),
                Unit::Service if event.service.is_none() => event.service = Some(v.text.clone()),
                _ => {}
            }
        }
        if event.command.is_none() {
            event.command = attribute(record, &["cmd", "command", "redis.command", "db.statement", "db.operation"])
                .and_then(command_word)
                .or_else(|| endpoint::command_in(&record.body));
        }
        if event.key.is_none() {
            event.key = attribute(record, &["key", "redis.key"]).map(key_shape).or_else(|| endpoint::key_in(&record.body));
        }
        event
    }
}

/// A field of the record by name.
pub fn attribute<'r>(record: &'r Record, names: &[&str]) -> Option<&'r str> {
    names.iter().find_map(|n| record.attributes.iter().find(|(k, _)| k == n).map(|(_, v)| v.as_str()))
}

fn command_word(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    (word.len() >= 2 && word.len() <= 20).then(|| word.to_ascii_uppercase())
}

/// The body's line around `start`, cut.
fn line_text(body: &str, start: usize) -> String {
    let from = body.get(..start).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
    let rest = body.get(from..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or(rest);
    // Keep the match in sight on very long lines.
    let skip = start.saturating_sub(from).saturating_sub(TEXT_CHARS / 2);
    let lead = if line.len() > TEXT_CHARS { skip } else { 0 };
    line.char_indices().skip_while(|(i, _)| *i < lead).map(|(_, c)| c).take(TEXT_CHARS).collect()
}

/// Whether a record speaks of success: dated, at level info or with a status below 500. Undated output and lines
/// without level and status say nothing either way.
pub fn is_healthy(record: &Record) -> bool {
    if record.severity >= Severity::Warn || !matches!(record.basis, TimeBasis::Own | TimeBasis::Envelope) {
        return false;
    }
    match &record.kind {
        crate::record::Kind::Access { status, .. } => *status < 500,
        crate::record::Kind::Application => match status_of(record) {
            Some(status) => status < 500,
            None => record.severity != Severity::Unknown,
        },
        _ => false,
    }
}

/// HTTP status of a record, if it carries one.
pub fn status_of(record: &Record) -> Option<u16> {
    if let crate::record::Kind::Access { status, .. } = record.kind {
        return Some(status);
    }
    attribute(record, &["status", "status_code", "http.status_code", "statusCode", "http_status", "code", "res.statusCode"])
        .and_then(|s| s.parse().ok())
        .filter(|s| (100..600).contains(s))
}
