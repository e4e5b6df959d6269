//! Loki's HTTP API: `query_range`, and its push form.
//!
//! In: `{"data":{"result":[{"stream":{labels},"values":[["<ns>","line"]]}]}}`. Out: one item a line, with what the labels say.
//! Fails when: a value is no pair.

use serde_json::Value;

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// Decodes streams.
#[derive(Default)]
pub(super) struct Loki {
    facts: Facts,
}

impl Decoder for Loki {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "data" => Want::Enter,
            _ => match path.strip_prefix("data.result").or_else(|| path.strip_prefix("streams")) {
                Some("" | "[]" | "[].values") => Want::Enter,
                Some("[].stream" | "[].values[]") => Want::Take,
                _ => Want::Skip,
            },
        }
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(value) = parse(item) else { return false };
        if path.ends_with(".stream") {
            self.facts = label_facts(&value);
            return true;
        }
        let (Some(time), Some(line)) = (value.get(0), value.get(1).and_then(Value::as_str)) else { return false };
        out.item(times::of(Some(time)), &self.facts, position, line);
        true
    }
}

/// What Loki's and Prometheus's labels say of a stream.
pub(super) fn label_facts(labels: &Value) -> Facts {
    let first = |keys: &[&str]| keys.iter().find_map(|key| text(labels, key));
    Facts::default()
        .with("service", first(&["service_name", "service", "app_kubernetes_io_name", "app", "compose_service"]))
        .with("pod", first(&["pod", "pod_name", "kubernetes_pod_name"]))
        .with("container", first(&["container", "container_name"]))
        .with("namespace", first(&["namespace", "kubernetes_namespace"]))
        .with("host", first(&["host", "hostname", "node", "node_name"]))
        .with("stream", first(&["stream", "filename"]))
        .with("level", first(&["level", "detected_level", "severity"]))
}
