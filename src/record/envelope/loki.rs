//! `logcli query`: `TIME {label="value", …} line`; Alloy's `loki.echo`: the line and its labels in logfmt.
//!
//! In: what follows the time, or the whole line. Out: the line. Fails when: never; an object of JSON behind the time is no label set.

use super::object::unescape;
use super::{Inner, Outer, Severity, Stamp, clock, service};

/// Takes the labels off.
pub(super) fn peel(stamp: Stamp, end: usize, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let labels = rest.strip_prefix(" {")?;
    let at = take_labels(labels, outer)?;
    outer.at(Some(stamp));
    let all = labels.get(..at)?.trim_end();
    outer.stream_of(&[all]);
    outer.layers.push("logcli");
    Some(Inner::From(end + rest.len() - labels.len() + at))
}

/// `ts=… component_id=loki.echo.x … entry="…" entry_timestamp=… labels="{…}"`.
pub(super) fn echo(text: &str, outer: &mut Outer) -> Option<Inner> {
    // The component is named behind a time and a level.
    const NAMED_WITHIN: usize = 160;
    if !text.starts_with("ts=") || !text.get(..NAMED_WITHIN)?.contains(" component_id=loki.echo") {
        return None;
    }
    let member = |name: &str| {
        let quoted = text.get(text.find(name)? + name.len()..)?;
        unescape(quoted.get(..closing_quote(quoted.strip_prefix('"')?)? + 2)?)
    };
    let entry = member(" entry=")?.into_owned();
    if let Some(labels) = member(" labels=") {
        take_labels(labels.strip_prefix('{')?, outer)?;
        outer.stream_of(&[&labels]);
    }
    let time = text.split_once(" entry_timestamp=").and_then(|(_, rest)| rest.split(' ').next());
    outer.at(time.and_then(clock::parse_value));
    outer.layers.push("loki-echo");
    Some(Inner::Text(entry))
}

/// Takes what labels say, up to and with their closing brace; the place behind it.
fn take_labels(labels: &str, outer: &mut Outer) -> Option<usize> {
    let mut at = 0;
    let mut names = Vec::new();
    loop {
        let after = labels.get(at..)?;
        if let Some(line) = after.strip_prefix('}') {
            at = labels.len() - line.trim_start_matches(' ').len();
            break;
        }
        let name = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let (key, value) = after.split_at_checked(name).filter(|(key, _)| !key.is_empty())?;
        let value = value.strip_prefix("=\"")?;
        let close = closing_quote(value)?;
        names.push((key, value.get(..close)?));
        let behind = value.get(close + 1..)?;
        at = labels.len() - behind.strip_prefix(", ").or_else(|| behind.strip_prefix(',')).unwrap_or(behind).len();
    }
    let get = |keys: &[&str]| keys.iter().find_map(|k| names.iter().find(|(n, _)| n == k).map(|(_, v)| *v));
    from_labels(&get, outer);
    Some(at)
}

/// What Loki's labels say.
pub(super) fn from_labels<'v>(get: &dyn Fn(&[&str]) -> Option<&'v str>, outer: &mut Outer) {
    outer.of_service(get(&["service_name", "service", "app_kubernetes_io_name", "app", "compose_service"]));
    outer.in_pod(get(&["pod", "pod_name", "kubernetes_pod_name"]));
    outer.in_container(get(&["container", "container_name"]));
    outer.on_host(get(&["host", "hostname", "node", "node_name"]));
    outer.at_level(get(&["level", "detected_level", "severity"]).map_or(Severity::Unknown, Severity::from_word));
    if let Some(file) = get(&["filename"]) {
        outer.in_place(&service::place_of_path(file));
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|b| {
        let closes = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    })
}

/// `Common labels: {…}` and the like, from stderr.
pub(super) fn is_notice(text: &str) -> bool {
    text.starts_with("Common labels: {") || text.starts_with("Ignoring labels key: ")
}
