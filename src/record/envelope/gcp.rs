//! Google Cloud Logging: one LogEntry a line.
//!
//! In: a JSON object. Out: `textPayload`, or the object of `jsonPayload`. Fails when: never.

use super::object::Object;
use super::{Inner, Outer, Severity, TraceId, clock, service};
use service::Place;

/// Takes the entry off.
pub(super) fn peel(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let payload = object
        .raw("textPayload")
        .or_else(|| object.raw("jsonPayload"))
        .or_else(|| object.raw("json_payload"))
        .or_else(|| object.raw("text_payload"))?;
    if !(object.has("logName") || object.has("insertId") || object.has("resource") || object.has("receiveTimestamp")) {
        return None;
    }
    let inner = match super::object::unescape(payload) {
        Some(text) => text.trim_end_matches('\n').to_owned(),
        None => payload.to_owned(),
    };
    outer.at(object.text("timestamp").or_else(|| object.text("receiveTimestamp")).and_then(|t| clock::parse_value(&t)));
    outer.at_level(object.text("severity").map_or(Severity::Unknown, |s| Severity::from_word(&s)));
    outer.in_trace(object.text("trace").and_then(|t| TraceId::from_key("trace", &t)));
    if let Some(labels) = object.object("labels") {
        let app = ["k8s-pod/app", "k8s-pod/app_kubernetes_io/name", "app"].into_iter().find_map(|k| labels.text(k));
        outer.of_service(app.as_deref());
    }
    let mut names = [None, None];
    if let Some(labels) = object.object("resource").and_then(|r| r.object("labels")) {
        let (pod, container) = (labels.text("pod_name"), labels.text("container_name"));
        if let Some(pod) = &pod {
            outer.in_place(&Place::of_pod(labels.text("namespace_name").as_deref(), pod, container.as_deref()));
        }
        outer.in_container(container.as_deref());
        let service = ["service_name", "function_name", "job_name", "module_id"].into_iter().find_map(|k| labels.text(k));
        outer.of_service(service.as_deref());
        outer.on_host(labels.text("instance_id").as_deref());
        names = [pod, container];
    }
    let log = object.text("logName");
    outer.stream_of(&[
        log.as_deref().unwrap_or_default(),
        names[0].as_deref().unwrap_or_default(),
        names[1].as_deref().unwrap_or_default(),
    ]);
    outer.layers.push("gcp");
    Some(Inner::Text(inner))
}
