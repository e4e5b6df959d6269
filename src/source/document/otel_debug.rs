//! The OpenTelemetry Collector's debug exporter (`verbosity: detailed`; `logging` before 0.86): log records as indented text.
//!
//! In: `ResourceLog #0`, its attributes, `LogRecord #0`, its fields. Out: one line of JSON a log record, with what its resource says of
//! service and place. Fails when: never; other lines (the collector's own) stay as they are.

use serde_json::{Map, Value};

use super::Steps;
use super::input::Input;
use super::lines::Lines;
use super::{otlp, times};

/// Longest line: the exporter prints a body whole.
const MAX_LINE: usize = 1 << 20;
/// Longest body of many lines.
const MAX_BODY: usize = 256 << 10;
/// Attributes of one record or resource that are kept; SDKs allow 128.
const MAX_ATTRIBUTES: usize = 512;

/// True for text with a resource of logs and a record below it.
pub(super) fn is_debug(head: &[u8]) -> bool {
    let found = |what: &str| memchr::memmem::find(head, what.as_bytes()).is_some();
    found("LogRecord #0") && found("ResourceLog") && found("ScopeLogs #")
}

/// Where attributes belong.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Resource,
    Scope,
    Record,
}

/// Reads the records.
pub(super) struct Debug {
    input: Input,
    within: Within,
    resource: Map<String, Value>,
    /// The record that is open, and the line that it began on.
    record: Option<(Map<String, Value>, u64)>,
    in_body: bool,
}

impl Debug {
    pub(super) fn new(input: Input) -> Self {
        Self { input, within: Within::Scope, resource: Map::new(), record: None, in_body: false }
    }

    fn close(&mut self, out: &mut Lines) {
        self.in_body = false;
        let Some((mut record, position)) = self.record.take() else { return };
        if let Some(Value::String(body)) = record.get_mut("message") {
            body.truncate(body.trim_end().trim_end_matches(')').len());
        }
        let time = ["Timestamp", "ObservedTimestamp"].iter().find_map(|key| {
            let text = record.remove(*key)?;
            // `1970-01-01 00:00:00 +0000 UTC` is no time at all.
            times::of_text(text.as_str()?.trim_end_matches(" UTC").trim_end_matches(" +0000")).filter(|ms| *ms > 0)
        });
        record.remove("ObservedTimestamp");
        out.json(time, &otlp::resource_facts(&self.resource), position, Value::Object(record).to_string().as_bytes());
    }

    /// Takes one line of the open record; false when it is none of its fields.
    fn field(&mut self, line: &str) -> bool {
        let trimmed = line.trim();
        if let Some((name, value)) = trimmed.strip_prefix("-> ").and_then(|pair| pair.split_once(": ")) {
            let value = Value::String(plain(value).to_owned());
            match (self.within, &mut self.record) {
                (Within::Resource, _) if self.resource.len() < MAX_ATTRIBUTES => {
                    self.resource.insert(name.to_owned(), value);
                }
                (Within::Record, Some((record, _))) if record.len() < MAX_ATTRIBUTES => {
                    record.entry(name.to_owned()).or_insert(value);
                }
                _ => {}
            }
            self.in_body = false;
            return true;
        }
        let (name, value) = trimmed.split_once(": ").or_else(|| trimmed.strip_suffix(':').map(|name| (name, ""))).unwrap_or((trimmed, ""));
        let Some((record, _)) = &mut self.record else {
            return matches!(
                name,
                "Resource SchemaURL" | "Resource attributes" | "ScopeLogs SchemaURL" | "InstrumentationScope attributes"
            ) || trimmed.starts_with("InstrumentationScope");
        };
        let key = match name {
            "Timestamp" | "ObservedTimestamp" => name,
            "SeverityText" => "level",
            "SeverityNumber" => "severityNumber",
            "Trace ID" => "trace_id",
            "Span ID" => "span_id",
            "Body" => "message",
            "Attributes" | "Flags" | "DroppedAttributesCount" | "EventName" => "",
            _ if self.in_body => {
                if let Some(Value::String(body)) = record.get_mut("message")
                    && body.len() < MAX_BODY
                {
                    body.push('\n');
                    body.push_str(line.trim_end());
                }
                return true;
            }
            _ => return false,
        };
        self.in_body = key == "message";
        let value = match key {
            // Its last bracket is taken off at the record's end: a body may have many lines.
            "message" => value.strip_prefix("Str(").unwrap_or(value),
            "severityNumber" => value.split_once('(').map_or(value, |(_, number)| number.trim_end_matches(')')),
            _ => value,
        };
        if !key.is_empty() && !value.is_empty() {
            record.insert(key.to_owned(), Value::String(value.to_owned()));
        }
        true
    }
}

/// `Str(checkout)` → `checkout`.
fn plain(value: &str) -> &str {
    let inside = value.split_once('(').filter(|(kind, _)| kind.bytes().all(|b| b.is_ascii_alphabetic()));
    inside.and_then(|(_, inside)| inside.strip_suffix(')')).unwrap_or(value)
}

impl Steps for Debug {
    fn step(&mut self, out: &mut Lines) -> bool {
        let position = self.input.line();
        let Some(end) = self.input.line_end(0, MAX_LINE) else {
            self.close(out);
            return false;
        };
        let line = String::from_utf8_lossy(self.input.rest().get(..end).unwrap_or_default()).into_owned();
        let line = line.trim_end();
        // zap's prefix stands before the first line of a batch.
        let last = line.rsplit('\t').next().unwrap_or(line);
        if last.starts_with("ResourceLog #") || last.starts_with("ResourceLogs #") {
            self.close(out);
            self.resource.clear();
            self.within = Within::Resource;
        } else if last.starts_with("ScopeLogs #") || last.starts_with("InstrumentationLibraryLogs #") {
            self.close(out);
            self.within = Within::Scope;
        } else if last.starts_with("LogRecord #") {
            self.close(out);
            self.within = Within::Record;
            self.record = Some((Map::new(), position));
        } else if line.starts_with("\t{\"") {
            // What zap adds behind a batch.
            self.close(out);
        } else if !self.field(line) && !line.is_empty() {
            self.close(out);
            out.raw(line.as_bytes(), position);
        }
        self.input.take(end);
        true
    }
}
