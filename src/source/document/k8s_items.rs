//! `kubectl get … -o json`: events, pods, deployments.
//!
//! In: `{"apiVersion","kind":"List","items":[…]}`. Out: one line of JSON an item; an event with its time.
//! Fails when: an item is no object.

use serde_json::Value;

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// Decodes items.
pub(super) struct KubernetesItems {
    /// The document is one object, not a list.
    pub(super) single: bool,
}

impl Decoder for KubernetesItems {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" if self.single => Want::Take,
            "" | "items" => Want::Enter,
            "items[]" | "[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(mut object) = parse(item) else { return false };
        if let Some(Value::Object(meta)) = object.get_mut("metadata") {
            // Bookkeeping of the API server, often most of the bytes.
            meta.shift_remove("managedFields");
        }
        let namespace = object.get("metadata").and_then(|m| text(m, "namespace")).map(str::to_owned);
        // A pod's creation says nothing of when its state was seen; that a container died does.
        let is_event = object.get("involvedObject").is_some() || object.get("regarding").is_some();
        let time = if is_event { event_time(&object) } else { died(&object) };
        out.json(time, &Facts::default().with("namespace", namespace.as_deref()), position, object.to_string().as_bytes());
        true
    }
}

fn event_time(event: &Value) -> Option<i64> {
    let series = event.get("series");
    let member = |key: &str| times::of(event.get(key));
    member("eventTime")
        .or_else(|| times::of(series.and_then(|s| s.get("lastObservedTime"))))
        .or_else(|| member("lastTimestamp"))
        .or_else(|| member("deprecatedLastTimestamp"))
        .or_else(|| member("firstTimestamp"))
        .or_else(|| times::of(event.get("metadata").and_then(|m| m.get("creationTimestamp"))))
}

/// When a container of a pod last died.
fn died(pod: &Value) -> Option<i64> {
    let status = pod.get("status")?.get("containerStatuses")?.as_array()?;
    let end = |container: &Value, state: &str| times::of(container.get(state)?.get("terminated")?.get("finishedAt"));
    status.iter().flat_map(|c| [end(c, "state"), end(c, "lastState")]).flatten().max()
}
