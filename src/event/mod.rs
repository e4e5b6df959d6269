//! What was observed, and how much of it.
//!
//! In: matches and captures with their records. Out: [`Event`]s, folded into a bounded, mergeable [`Tally`].
//! Fails when: never; what exceeds a cap is counted and named in coverage.

mod endpoint;
mod hits;
mod starts;
mod request;
mod sample;
mod survey;
mod tally;
mod traces;

pub use hits::{Count, HIT_TRACE_CAP, HitTraces};
pub use sample::Sample;
pub use starts::{First, Starts};
pub use survey::{Requests, Survey};
pub use tally::{
    Born, Cell, ChangeSeen, CountKey, EVENT_SAMPLE, Elsewhere, GaugePoint, Health, Left, Numbered, PASTE_RECORDS, SPANS_S, Setting,
    SlowSeen, Snapshot, Tally, Template, template_of,
};

pub use traces::{TraceServices, TraceStat, Traces};

use std::sync::Arc;

use crate::capture::key_shape;
use crate::matching::{Match, Value};
use crate::patterns::{Library, SignatureIdx, SymptomIdx, Unit};
use crate::record::{Kind, Name, Record, Severity, TimeBasis, TraceId};
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
    /// The level that the application itself gave its record.
    pub level: Severity,
    /// The line that says so.
    pub at: Location,
    /// Service whose record it is.
    pub service: Option<Name>,
    /// Pod, container or host.
    pub instance: Option<Name>,
    /// Trace.
    pub trace: Option<TraceId>,
    /// Redis node as named (host:port, service name).
    pub node: Option<Name>,
    /// Redis command, upper case.
    pub command: Option<String>,
    /// Key shape.
    pub key: Option<String>,
    /// Typed values.
    pub values: Arc<[Value]>,
    /// The line, cut to [`TEXT_CHARS`], not yet redacted.
    pub text: String,
    /// The record was a line of the server's own log.
    pub from_server: bool,
    /// A generic text in a record that names no product ([`Match::open`]).
    pub open: bool,
    /// Its record holds another event before it, with which the record is counted.
    pub again: bool,
}

/// Characters of a line that an event keeps.
pub const TEXT_CHARS: usize = 400;

/// Products that tell of others: the command line of a person or a poller, the kernel below the server.
const OBSERVERS: [&str; 2] = ["redis-cli", "linux"];

impl Event {
    /// False for marks: messages at level info under a symptom (a start, an end of trouble).
    pub fn is_trouble(&self) -> bool {
        self.severity > 1
    }

    /// The event of a match. `at`: the line of the match.
    pub fn new(library: &Library, record: &Record, found: &Match, symptom: SymptomIdx, at: Location) -> Event {
        Glimpse::of(library, record, found, symptom, at, false).event()
    }
}

/// An event as far as it is counted, without what only details show: of many thousands few are kept.
pub struct Glimpse<'r> {
    record: &'r Record,
    found: &'r Match,
    at: Location,
    symptom: SymptomIdx,
    severity: u8,
    service: Option<Name>,
    node: Option<Name>,
    text: &'r str,
    again: bool,
}

impl<'r> Glimpse<'r> {
    /// What counts of a match. `again`: another match of the record spoke of trouble before it.
    pub fn of(library: &Library, record: &'r Record, found: &'r Match, symptom: SymptomIdx, at: Location, again: bool) -> Glimpse<'r> {
        let signature = library.signature(found.signature);
        // The server is the node, a capture a picture of it, its command line who looks, and a crash report's lines are all
        // the server's own: none is a service that suffers.
        let of_crash = library.symptom(symptom).marks == "crash";
        let suffers =
            !matches!(record.kind, Kind::Server { .. } | Kind::Capture) && !OBSERVERS.contains(&signature.product.as_ref()) && !of_crash;
        let named = || found.values.iter().find(|v| v.unit == Unit::Service).map(|v| crate::record::name(&v.text));
        Glimpse {
            record,
            found,
            at,
            symptom,
            severity: signature.severity,
            service: record.service.clone().filter(|_| suffers).or_else(named),
            node: endpoint::of(record, found),
            text: line_text(&record.body, found.start),
            again,
        }
    }

    /// False for marks, as [`Event::is_trouble`].
    pub fn is_trouble(&self) -> bool {
        self.severity > 1
    }

    /// What chooses the sample of events: what was said, never where. A part of a source does not know yet which of its
    /// lines is which, and cuts its sample all the same.
    pub fn hash(&self) -> u64 {
        tally::said_hash(self.record.time_ms, self.found.signature, self.record.instance.as_deref(), self.text)
    }

    /// The Redis node that it names.
    pub fn node(&self) -> Option<&Name> {
        self.node.as_ref()
    }

    /// All of it.
    pub fn event(self) -> Event {
        let Glimpse { record, found, at, symptom, severity, service, node, text, again } = self;
        let value = |unit: Unit| found.values.iter().rev().find(|v| v.unit == unit).map(|v| v.text.as_str());
        let named = |names: &[&str]| attribute(record, names);
        let command = value(Unit::Command)
            .and_then(command_word)
            .or_else(|| named(&["cmd", "command", "redis.command", "db.statement", "db.operation"]).and_then(command_word));
        let said = endpoint::command_in(&record.body);
        Event {
            time_ms: record.time_ms,
            resolution_ms: record.resolution_ms,
            symptom,
            signature: found.signature,
            severity,
            level: record.severity,
            at,
            service,
            instance: record.instance.clone(),
            trace: record.trace.clone(),
            node,
            command: command.or_else(|| said.or_else(|| endpoint::command_of_frames(&record.body)).map(str::to_string)),
            key: value(Unit::Key)
                .or_else(|| named(&["key", "redis.key"]))
                .map(key_shape)
                .or_else(|| endpoint::key_behind(&record.body, said?)),
            values: found.values.clone(),
            text: text.to_string(),
            from_server: matches!(record.kind, Kind::Server { .. }),
            open: found.open,
            again,
        }
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
fn line_text(body: &str, start: usize) -> &str {
    let from = body.get(..start).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
    let rest = body.get(from..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or(rest);
    if line.len() <= TEXT_CHARS {
        return line;
    }
    // Keep the match in sight on very long lines.
    let lead = line.ceil_char_boundary(start.saturating_sub(from).saturating_sub(TEXT_CHARS / 2));
    let seen = line.get(lead..).unwrap_or_default();
    seen.char_indices().nth(TEXT_CHARS).and_then(|(end, _)| seen.get(..end)).unwrap_or(seen)
}

/// Whether a record speaks of success: dated, at level info or with a status below 500. Undated output and
/// lines without level and status say nothing either way.
pub fn is_healthy(record: &Record) -> bool {
    if record.severity >= Severity::Warn || !matches!(record.basis, TimeBasis::Own | TimeBasis::Envelope) {
        return false;
    }
    match &record.kind {
        Kind::Access { status, .. } => *status < 500,
        Kind::Application => match status_of(record) {
            Some(status) => status < 500,
            None => record.severity != Severity::Unknown,
        },
        _ => false,
    }
}

/// HTTP status of a record, if it carries one: in a field, or in its message behind method and path.
pub fn status_of(record: &Record) -> Option<u16> {
    if let Kind::Access { status, .. } = record.kind {
        return Some(status);
    }
    attribute(record, &["status", "status_code", "http.status_code", "statusCode", "http_status", "code", "res.statusCode"])
        .and_then(|s| s.parse().ok())
        .filter(|s| (100..600).contains(s))
        .or_else(|| request::status_in(&record.body))
}
