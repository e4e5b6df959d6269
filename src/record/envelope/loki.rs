//! `logcli query`: `TIME {label="value", …} line`.
//!
//! In: what follows the time. Out: the line. Fails when: never; an object of JSON behind the time is no label set.

use super::{Inner, Outer, Severity, Stamp, service};

/// Takes the labels off.
pub(super) fn peel(stamp: Stamp, end: usize, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let labels = rest.strip_prefix(" {")?;
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
    outer.at(Some(stamp));
    from_labels(&get, outer);
    let all = labels.get(..at)?.trim_end();
    outer.stream_of(&[all]);
    outer.layers.push("logcli");
    Some(Inner::From(end + rest.len() - labels.len() + at))
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
