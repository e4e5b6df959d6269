//! OpenTelemetry logs as OTLP JSON: the collector's file exporter and anything that posts to `/v1/logs`.
//!
//! In: `{"resourceLogs":[{"resource":{"attributes":[…]},"scopeLogs":[{"logRecords":[…]}]}]}`. Out: one line of JSON a log record, with what
//! its resource says of service and place. Fails when: a record is no object.

use serde_json::{Map, Value};

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// Decodes log records.
#[derive(Default)]
pub(super) struct Otlp {
    facts: Facts,
}

impl Decoder for Otlp {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "resourceLogs" | "resourceLogs[]" => Want::Enter,
            "resourceLogs[].resource" => Want::Take,
            _ => match path
                .strip_prefix("resourceLogs[].scopeLogs")
                .or_else(|| path.strip_prefix("resourceLogs[].instrumentationLibraryLogs"))
            {
                Some("" | "[]" | "[].logRecords") => Want::Enter,
                Some("[].logRecords[]") => Want::Take,
                _ => Want::Skip,
            },
        }
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(value) = parse(item) else { return false };
        if path == "resourceLogs[].resource" {
            self.facts = resource(&value);
            return true;
        }
        let Value::Object(record) = value else { return false };
        let time = ["timeUnixNano", "observedTimeUnixNano"].into_iter().find_map(|key| times::of(record.get(key)));
        out.json(time, &self.facts, position, Value::Object(plain(&record)).to_string().as_bytes());
        true
    }
}

/// What the attributes of a resource say.
fn resource(value: &Value) -> Facts {
    resource_facts(&attributes(value.get("attributes")))
}

/// The same, of attributes by name.
pub(super) fn resource_facts(attributes: &Map<String, Value>) -> Facts {
    let first = |keys: &[&str]| keys.iter().find_map(|key| attributes.get(*key).and_then(Value::as_str));
    Facts::default()
        .with("service", first(&["service.name", "k8s.deployment.name", "aws.ecs.task.family"]))
        .with("pod", first(&["k8s.pod.name", "service.instance.id"]))
        .with("container", first(&["k8s.container.name", "container.name"]))
        .with("namespace", first(&["k8s.namespace.name"]))
        .with("host", first(&["host.name", "k8s.node.name"]))
}

/// The record with plain names and values.
fn plain(record: &Map<String, Value>) -> Map<String, Value> {
    let mut out = attributes(record.get("attributes"));
    for (from, to) in [("severityText", "level"), ("severityNumber", "severityNumber"), ("traceId", "trace_id"), ("spanId", "span_id")] {
        if let Some(value) = record.get(from).filter(|value| value.as_str() != Some("")) {
            out.insert(to.to_owned(), value.clone());
        }
    }
    if let Some(body) = record.get("body").map(any) {
        out.insert("message".to_owned(), body);
    }
    out
}

/// `[{"key":…,"value":{"stringValue":…}}]` as an object.
fn attributes(list: Option<&Value>) -> Map<String, Value> {
    let pairs = list.and_then(Value::as_array).into_iter().flatten();
    pairs.filter_map(|pair| Some((text(pair, "key")?.to_owned(), any(pair.get("value")?)))).collect()
}

/// The plain form of an `AnyValue`.
fn any(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else { return value.clone() };
    match kind.as_str() {
        "kvlistValue" => Value::Object(attributes(inner.get("values"))),
        "arrayValue" => Value::Array(inner.get("values").and_then(Value::as_array).into_iter().flatten().map(any).collect()),
        _ => inner.clone(),
    }
}
