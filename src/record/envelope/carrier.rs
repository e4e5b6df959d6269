//! Objects that carry a whole line and what a log service knows of it: Splunk, LogScale, LogDNA, Loggly, Graylog, GELF, Papertrail, Azure.
//!
//! In: an object that no known shipper wrote. Out: the line. Fails when: never; an application's own record is left.

use super::begins::surely_begins;
use super::object::{Object, unescape};
use super::{Inner, Outer, Severity, TraceId, clock, service};
use service::Place;

/// Members that hold a line as it was printed, whatever stands beside them.
const RAW: [&str; 11] =
    ["_raw", "@rawstring", "@message", "_line", "logmsg", "resultDescription", "Log_s", "LogEntry", "short_message", "LogMessage", "Log"];
/// Members that hold a line or an application's message, best first; place 0 is that of [`RAW`].
const TEXT: [&str; 9] = ["", "message", "msg", "log", "line", "MESSAGE", "body", "event", "payload"];
/// Members whose object is the record.
const NESTED: [&str; 4] = ["result", "event", "message", "content"];
/// Members that only an application's record has.
const OWN: [&str; 9] = ["level", "severity", "logger", "logger_name", "loggerName", "levelname", "lvl", "log.level", "LogLevel"];

/// Members that a runtime or a log service sets beside a line.
const CARRIERS: [&str; 6] = ["source", "tag", "_container_name", "container_name", "@logStream", "stream"];

/// Takes the carrier off.
pub(super) fn peel(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    if let Some(line) = line(object) {
        beside(object, outer);
        outer.layers.push("log-service");
        return Some(Inner::Text(line));
    }
    let inside = NESTED.into_iter().find_map(|key| object.object(key))?;
    let line = line(&inside)?;
    beside(object, outer);
    beside(&inside, outer);
    outer.layers.push("log-service");
    Some(Inner::Text(line))
}

/// The line in the object, if its text is one.
fn line(object: &Object<'_>) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for (key, raw) in object.iter().filter(|(_, raw)| raw.starts_with('"') && raw.len() > 2) {
        let rank = TEXT.iter().position(|known| *known == key).or_else(|| RAW.contains(&key).then_some(0));
        if let Some(rank) = rank.filter(|rank| best.is_none_or(|(known, _)| *rank < known)) {
            best = Some((rank, raw));
        }
    }
    let (rank, raw) = best?;
    // Most texts of applications are told from lines by their first letters.
    if rank > 0 && raw.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase) && !raw.starts_with("\"t") && !raw.starts_with("\"l") {
        return None;
    }
    let text = unescape(raw)?;
    let kept = || text.trim_end_matches(['\n', '\r']).to_owned();
    if rank == 0 || surely_begins(&text) {
        return Some(kept());
    }
    // A level at the start belongs to the message where the object itself has none.
    let word = text.split([' ', ':']).next().unwrap_or_default();
    let levelled = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_uppercase()) && Severity::from_word(word) != Severity::Unknown;
    let carried =
        || object.has("program") || (CARRIERS.into_iter().any(|key| object.has(key)) && !OWN.into_iter().any(|key| object.has(key)));
    (levelled && carried()).then(kept)
}

/// What stands beside the line: time, service, place, level, trace.
pub(super) fn beside(object: &Object<'_>, outer: &mut Outer) {
    // GELF sets a bar before every name that is not its own.
    let barred = |key: &str| object.keys().find(|known| known.strip_prefix('_') == Some(key));
    let first = |keys: &[&str]| keys.iter().find_map(|key| object.scalar(key).or_else(|| object.scalar(barred(key)?)));
    let nested = |outside: &str, key: &str| object.object(outside).and_then(|inside| inside.text(key));
    let time = ["@timestamp", "timestamp", "_time", "time", "_ts", "generated_at", "dt", "date", "TimeGenerated", "TimeStamp"];
    outer.at(time.iter().find_map(|key| clock::parse_value(&object.scalar(key)?)));
    let service = first(&["service.name", "service", "_app", "program", "ContainerAppName_s", "application", "app", "cloud_RoleName"])
        .or_else(|| nested("service", "name"));
    outer.of_service(service.as_deref().and_then(service::from_program).as_deref());
    let (pod, container) = (first(&["PodName", "podName", "pod_name"]), first(&["ContainerName", "containerName"]));
    if let Some(pod) = pod.filter(|pod| service::looks_like_pod(pod)) {
        outer.in_place(&Place::of_pod(None, &pod, container.as_deref()));
    }
    if let Some(container) = first(&["_container_name", "container_name", "tag"]) {
        outer.of_service(service::from_program(container.trim_start_matches('/')).as_deref());
    }
    if let Some(stream) = first(&["@logStream", "logStream", "logStreamName"]) {
        outer.in_place(&service::from_log_stream(&stream));
    }
    if let Some(group) = first(&["@log", "logGroup", "logGroupName"]) {
        outer.of_service(service::from_log_group(group.rsplit(':').next().unwrap_or(&group)).as_deref());
    }
    outer.on_host(first(&["host", "hostname", "hostName", "_host", "source_name"]).as_deref());
    let level = first(&["level", "severity", "status", "log.level"]).or_else(|| nested("log", "level"));
    outer.at_level(level.map_or(Severity::Unknown, |level| Severity::from_word(&level)));
    let trace = first(&["trace_id", "traceId", "trace.id", "dd.trace_id", "request_id", "requestId"]).or_else(|| nested("trace", "id"));
    outer.in_trace(trace.and_then(|id| TraceId::from_key("trace_id", &id)));
}
