//! JSON that a shipper put around a line: fluent-bit, Vector, Filebeat, FireLens, stern, Loki, Datadog, Elasticsearch.
//!
//! In: a line that begins with `{`. Out: the application's text. Fails when: never; an application's own JSON is left.
//!
//! A shipper that parsed the application's JSON keeps the text too (`log` beside `log_processed`): the text is read, so it counts once.

use std::borrow::Cow;
use std::fmt::Write;

use super::object::{Object, unescape};
use super::{Inner, Outer, Piece, Severity, TraceId, begins_a_line, carrier, clock, docker_json, gcp, journald, loki, service};
use service::Place;

/// Takes a shipper's object off.
pub(super) fn peel(text: &str, outer: &mut Outer) -> Option<Inner> {
    let object = Object::read(text)?;
    if object.keys().any(is_mark)
        && let Some(inner) = known(&object, outer)
    {
        return Some(inner);
    }
    carrier::peel(&object, outer)
}

/// A shipper's object, by the keys that it is known by.
fn known(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    docker_json::peel(object, outer)
        .or_else(|| journald::json(object, outer))
        .or_else(|| gcp::peel(object, outer))
        .or_else(|| stern(object, outer))
        .or_else(|| loki_line(object, outer))
        .or_else(|| datadog(object, outer))
        .or_else(|| kubernetes(object, outer))
        .or_else(|| firelens(object, outer))
        .or_else(|| agent(object, outer))
        .or_else(|| search_hit(object, outer))
        .or_else(|| bare_log(object, outer))
}

/// Keys of which each known shipper's object has one; most objects are an application's own and have none.
fn is_mark(key: &str) -> bool {
    let named = matches!(
        key,
        "log"
            | "line"
            | "MESSAGE"
            | "podName"
            | "pod"
            | "attributes"
            | "content"
            | "_id"
            | "_source"
            | "kubernetes"
            | "textPayload"
            | "jsonPayload"
            | "text_payload"
            | "json_payload"
            | "ecs_task_arn"
            | "source_type"
            | "@metadata"
            | "@version"
    );
    named || key.starts_with("kubernetes.")
}

/// The text of a member: a string, or an object that is read further.
fn inner(raw: &str) -> Inner {
    Inner::Text(match unescape(raw) {
        Some(text) => text.trim_end_matches(['\n', '\r']).to_owned(),
        None => raw.to_owned(),
    })
}

/// The application's text: `log` first, since it is the line as it was printed.
fn line<'a>(object: &Object<'a>) -> Option<&'a str> {
    let text = |key| object.raw(key).filter(|raw: &&str| raw.starts_with('"'));
    text("log")
        .or_else(|| text("message"))
        .or_else(|| text("MESSAGE"))
        .or_else(|| object.raw("log_processed").filter(|raw| raw.starts_with('{')))
}

/// fluent-bit's clock is in `date`, the runtime's in `time`; other shippers use `@timestamp` or `timestamp`.
fn stamp(object: &Object<'_>, outer: &mut Outer) {
    let time = ["time", "@timestamp", "timestamp", "date"].into_iter().find_map(|key| clock::parse_value(&object.scalar(key)?));
    outer.at(time);
}

/// `stern -o json` and `-o extjson`.
fn stern(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let (pod, container) = match (object.text("podName"), object.text("pod")) {
        (Some(pod), _) => (pod, object.text("containerName")?),
        (None, Some(pod)) if object.keys().all(|k| matches!(k, "pod" | "container" | "message" | "namespace" | "timestamp")) => {
            (pod, object.text("container")?)
        }
        _ => return None,
    };
    let message = object.raw("message")?;
    let (pod, container) = (super::ansi::strip(pod), super::ansi::strip(container));
    if let Some(labels) = object.object("labels") {
        outer.of_service(app_label(&labels).as_deref());
    }
    outer.in_place(&Place::of_pod(object.text("namespace").as_deref(), &pod, Some(&container)));
    outer.on_host(object.text("nodeName").as_deref());
    stamp(object, outer);
    outer.stream_of(&[&pod, &container]);
    outer.layers.push("stern-json");
    Some(inner(message))
}

/// `logcli -o jsonl` and Grafana's download: labels, line, timestamp.
fn loki_line(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let message = object.raw("line").filter(|raw| raw.starts_with('"'))?;
    let raw = object.raw("labels").or_else(|| object.raw("fields"))?;
    let labels = Object::read(raw)?;
    let names: Vec<(&str, Cow<'_, str>)> = labels.iter().filter_map(|(k, v)| Some((k, unescape(v)?))).collect();
    loki::from_labels(&|keys| keys.iter().find_map(|k| names.iter().find(|(n, _)| n == k).map(|(_, v)| v.as_ref())), outer);
    stamp(object, outer);
    outer.stream_of(&[raw]);
    outer.layers.push("loki-json");
    Some(inner(message))
}

/// Datadog's API (`attributes` holds the event) and its archives (the event itself).
fn datadog(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let nested = object
        .object("attributes")
        .or_else(|| object.object("content"))
        .filter(|a| a.has("message") && (object.has("id") || object.has("type")));
    let event = match &nested {
        Some(event) => event,
        None if object.has("_id") && object.has("message") && object.has("status") => object,
        None => return None,
    };
    let message = event.raw("message")?;
    let time = ["timestamp", "date"].into_iter().find_map(|key| clock::parse_value(&event.scalar(key)?));
    outer.at(time);
    let (service, host) = (event.text("service"), event.text("host"));
    outer.of_service(service.as_deref());
    outer.on_host(host.as_deref());
    outer.at_level(event.text("status").map_or(Severity::Unknown, |s| Severity::from_word(&s)));
    let pod = event.raw("tags").and_then(|tags| tag(tags, "pod_name"));
    outer.in_pod(pod);
    outer.in_container(event.raw("tags").and_then(|tags| tag(tags, "container_name").or_else(|| tag(tags, "kube_container_name"))));
    outer.stream_of(&[service.as_deref().unwrap_or_default(), host.as_deref().unwrap_or_default(), pod.unwrap_or_default()]);
    outer.layers.push("datadog");
    let Some(fields) = event.object("attributes") else { return Some(inner(message)) };
    if let Some(dd) = fields.object("dd") {
        outer.in_trace(dd.scalar("trace_id").and_then(|id| TraceId::from_key("dd.trace_id", &id)));
    }
    // What the pipeline parsed out of the line stands beside it: error, stack, command, duration.
    let mut merged = format!("{{\"message\":{message}");
    for (key, value) in fields.iter().filter(|(key, _)| !matches!(*key, "dd" | "message")) {
        let _ = write!(merged, ",\"{key}\":{value}");
    }
    merged.push('}');
    Some(if merged.len() == message.len() + 12 { inner(message) } else { Inner::Text(merged) })
}

/// The value of `key:value` in a list of tags.
fn tag<'a>(tags: &'a str, key: &str) -> Option<&'a str> {
    tags.split('"').find_map(|t| t.strip_prefix(key)?.strip_prefix(':'))
}

/// Anything with Kubernetes metadata: fluent-bit, fluentd, Vector, Filebeat, Container Insights.
fn kubernetes(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let nested = object.object("kubernetes");
    let flat = |key: &str| object.text(&format!("kubernetes.{key}"));
    if nested.is_none() && !object.keys().any(|k| k.starts_with("kubernetes.")) {
        return None;
    }
    let get = |key: &str| nested.as_ref().and_then(|k| k.text(key)).or_else(|| flat(key));
    let inside = |outside: &str, key: &str| nested.as_ref()?.object(outside)?.text(key).or_else(|| flat(&format!("{outside}.{key}")));
    let labels = nested.as_ref().and_then(|k| k.object("labels").or_else(|| k.object("pod_labels")));
    let pod = get("pod_name").or_else(|| inside("pod", "name"));
    let container = get("container_name").or_else(|| inside("container", "name"));
    let namespace = get("namespace_name").or_else(|| get("pod_namespace")).or_else(|| get("namespace"));
    let service = labels
        .as_ref()
        .and_then(app_label)
        .or_else(|| ["labels.app.kubernetes.io/name", "labels.app_kubernetes_io/name", "labels.app"].into_iter().find_map(flat))
        .or_else(|| inside("deployment", "name"));
    outer.of_service(service.as_deref());
    if let Some(pod) = &pod {
        outer.in_place(&Place::of_pod(namespace.as_deref(), pod, container.as_deref()));
    }
    outer.in_container(container.as_deref());
    outer.on_host(get("host").or_else(|| get("pod_node_name")).or_else(|| inside("node", "name")).as_deref());
    stamp(object, outer);
    let stream = object.text("stream");
    outer.stream_of(&[pod.as_deref().unwrap_or_default(), container.as_deref().unwrap_or_default(), stream.as_deref().unwrap_or_default()]);
    if object.has("trace.id") || object.has("trace") || object.has("service") || object.has("service.name") {
        carrier::beside(object, outer);
    }
    outer.layers.push("kubernetes-json");
    if outer.piece == Piece::Whole && object.text("_p").as_deref() == Some("P") {
        outer.piece = Piece::Part;
    }
    text_or_whole(object)
}

/// The text; but where the shipper parsed errors out of it, the whole object says more.
fn text_or_whole(object: &Object<'_>) -> Option<Inner> {
    if object.has("error") || object.has("error.message") || object.has("error.stack_trace") || object.has("exception") {
        return None;
    }
    line(object).map(inner)
}

fn app_label<'a>(labels: &Object<'a>) -> Option<Cow<'a, str>> {
    ["app.kubernetes.io/name", "app_kubernetes_io/name", "app_kubernetes_io_name", "app", "k8s-app", "service"]
        .into_iter()
        .find_map(|k| labels.text(k))
}

/// FireLens on ECS, and Docker's fluentd driver.
fn firelens(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let task = object.text("ecs_task_arn");
    if task.is_none() && !(object.has("container_id") && object.has("container_name") && object.has("log")) {
        return None;
    }
    let message = line(object)?;
    let container = object.text("container_name");
    let container = container.as_deref().map(|name| name.trim_start_matches('/'));
    let family = object.text("ecs_task_definition");
    outer.of_service(family.as_deref().and_then(|f| f.split(':').next()));
    outer.of_service(container.and_then(service::from_program).as_deref());
    outer.in_pod(task.as_deref().and_then(|arn| arn.rsplit('/').next()));
    outer.in_container(container);
    stamp(object, outer);
    let (id, source) = (object.text("container_id"), object.text("source"));
    outer.stream_of(&[id.as_deref().unwrap_or_default(), source.as_deref().unwrap_or_default()]);
    if object.text("partial_message").as_deref() == Some("true") {
        outer.piece = if object.text("partial_last").as_deref() == Some("true") { Piece::Last } else { Piece::Part };
    }
    outer.layers.push("firelens");
    Some(inner(message))
}

/// Vector, Filebeat and Logstash without Kubernetes.
fn agent(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let vector = object.has("source_type");
    let beat =
        object.has("@metadata") || object.raw("log").is_some_and(|raw| raw.starts_with("{\"offset\"") || raw.starts_with("{\"file\""));
    let logstash = object.has("@version") && object.has("host") && !object.has("logger_name") && !object.has("level");
    if !(vector || beat || logstash) {
        return None;
    }
    let message = object.raw("message").filter(|raw| raw.starts_with('"'))?;
    let container = object.text("container_name").or_else(|| object.object("container").and_then(|c| c.text("name")));
    let host = object.text("host").or_else(|| object.object("host").and_then(|h| h.text("name").or_else(|| h.text("hostname"))));
    let file = object
        .text("file")
        .or_else(|| object.object("log").and_then(|l| l.object("file")).and_then(|f| f.text("path")))
        .or_else(|| object.text("path"));
    if let Some(file) = &file {
        outer.in_place(&service::place_of_path(file));
    }
    outer.of_service(container.as_deref().and_then(service::from_program).as_deref());
    outer.in_container(container.as_deref());
    outer.on_host(host.as_deref());
    stamp(object, outer);
    let stream = object.text("stream");
    outer.stream_of(&[&host, &file, &container, &stream].map(|n| n.as_deref().unwrap_or_default()));
    outer.layers.push(if vector {
        "vector"
    } else if beat {
        "filebeat"
    } else {
        "logstash"
    });
    if logstash && !vector && !beat && !unescape(message).is_some_and(|m| begins_a_line(&m)) {
        return None;
    }
    text_or_whole(object).map(|_| inner(message))
}

/// A dump of Elasticsearch: `{"_index":…,"_source":{…}}`.
fn search_hit(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let source = object.raw("_source").filter(|raw| raw.starts_with('{') && object.has("_index"))?;
    outer.layers.push("elasticsearch");
    Some(Inner::Text(source.to_owned()))
}

/// `{"log":"…"}` with a time or a stream and nothing of an application's record beside it.
fn bare_log(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let message = object.raw("log").filter(|raw| raw.starts_with('"'))?;
    let shipped = ["date", "time", "@timestamp", "stream", "source", "container_name", "tag"].into_iter().any(|k| object.has(k));
    if !shipped || object.has("level") || object.has("msg") || object.has("message") {
        return None;
    }
    stamp(object, outer);
    let container = object.text("container_name");
    let container = container.as_deref().map(|name| name.trim_start_matches('/'));
    outer.of_service(container.and_then(service::from_program).as_deref());
    outer.in_container(container);
    let stream = object.text("stream").or_else(|| object.text("tag")).or_else(|| object.text("container_name"));
    outer.stream_of(&[stream.as_deref().unwrap_or_default()]);
    outer.layers.push("fluent-json");
    Some(inner(message))
}
