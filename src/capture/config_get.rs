//! CONFIG GET: numbered pairs on a terminal, RESP3 maps, or two bare lines a pair when piped.
//!
//! In: the lines of one answer. Out: gauges for numbers that diagnosis uses, settings for the rest.
//! Fails when: never. `requirepass` and `masterauth` are read as set or empty, never as their value.

use super::{Reading, number, reply};

/// Parameters read. Bare lines count only for these names.
const KEYS: &str = "\
    maxclients maxmemory maxmemory-policy maxmemory-samples maxmemory-clients timeout tcp-keepalive tcp-backlog \
    slowlog-log-slower-than slowlog-max-len latency-monitor-threshold lua-time-limit busy-reply-threshold \
    client-output-buffer-limit client-query-buffer-limit repl-backlog-size repl-timeout repl-diskless-sync \
    min-replicas-to-write min-slaves-to-write replica-read-only slave-read-only replica-serve-stale-data \
    stop-writes-on-bgsave-error appendonly appendfsync no-appendfsync-on-rewrite save bind port protected-mode databases \
    cluster-enabled cluster-node-timeout cluster-require-full-coverage hz io-threads activedefrag lazyfree-lazy-eviction \
    lazyfree-lazy-user-del requirepass masterauth tls-port dir dbfilename replicaof slaveof";

/// Parameters that become gauges under their INFO names.
const GAUGES: &[(&str, &str)] = &[
    ("maxclients", "maxclients"),
    ("maxmemory", "maxmemory"),
    ("timeout", "config_timeout_s"),
    ("tcp-keepalive", "config_tcp_keepalive_s"),
    ("tcp-backlog", "config_tcp_backlog"),
    ("slowlog-log-slower-than", "config_slowlog_us"),
    ("databases", "config_databases"),
];

/// Whether a word is a parameter's name.
pub(super) fn is_key(word: &str) -> bool {
    KEYS.split_ascii_whitespace().any(|key| key == word)
}

/// Whether a bare word alone names a parameter: plain words such as `save` and `port` stand in too many texts.
pub(super) fn is_bare_key(word: &str) -> bool {
    (word.contains('-') || matches!(word, "maxclients" | "maxmemory" | "timeout" | "appendonly" | "appendfsync")) && is_key(word)
}

/// The readings of one answer.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let mut out = Vec::new();
    let mut key: Option<String> = None;
    for line in body.lines().map(str::trim) {
        if let Some((name, value)) = map_entry(line) {
            push(name, value, &mut out);
            continue;
        }
        let value = numbered(line).unwrap_or(line);
        match key.take() {
            None if is_key(value) => key = Some(value.to_owned()),
            None => {}
            Some(name) => push(&name, value, &mut out),
        }
    }
    out
}

fn push(name: &str, value: &str, out: &mut Vec<Reading>) {
    let gauge = GAUGES.iter().find(|(key, _)| *key == name).and_then(|(_, gauge)| Some((*gauge, number::plain(value)?)));
    if let Some((name, value)) = gauge {
        out.push(Reading::Gauge { name, value });
    }
    let secret = matches!(name, "requirepass" | "masterauth");
    let value = match value {
        "" => "",
        _ if secret => "set",
        other => other,
    };
    if is_key(name) {
        out.push(Reading::Setting { name: name.to_owned(), value: value.to_owned() });
    }
}

/// `2) "10000"` → `10000`.
fn numbered(line: &str) -> Option<&str> {
    let (n, rest) = line.split_once(") ")?;
    number::integer(n)?;
    rest.trim_end().strip_prefix('"')?.strip_suffix('"')
}

/// `1# "maxclients" => "10000"` (RESP3).
fn map_entry(line: &str) -> Option<(&str, &str)> {
    let (n, rest) = line.split_once("# \"")?;
    number::integer(n)?;
    rest.strip_suffix('"')?.split_once("\" => \"")
}

/// Whether a line begins a terminal answer: a numbered or mapped known parameter.
pub(super) fn starts(line: &str) -> bool {
    let line = line.trim_start();
    numbered(line).is_some_and(is_key) || map_entry(line).is_some_and(|(key, _)| is_key(key))
}

/// Whether a line begins an answer of `--json`: an object whose first name is a parameter.
pub(super) fn starts_object(line: &str) -> bool {
    reply::first_member(line).is_some_and(|(name, value)| value.starts_with('"') && is_bare_key(name))
}

/// Whether a line continues a terminal answer.
pub(super) fn continues(line: &str) -> bool {
    let line = line.trim_start();
    // The next answer begins with its own first pair.
    !line.starts_with("1) ") && (numbered(line).is_some() || map_entry(line).is_some())
}

/// Whether a bare line can be the value of a bare parameter: one short word, or the numbers of `save`.
pub(super) fn is_value(line: &str) -> bool {
    line.len() <= 128
        && !line.starts_with([' ', '{', '['])
        && (!line.contains(' ') || line.bytes().all(|b| b.is_ascii_digit() || b == b' ' || b == b'-'))
        || line.starts_with("normal ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms() {
        let wanted = Reading::Gauge { name: "maxclients", value: 10000.0 };
        for body in ["1) \"maxclients\"\n2) \"10000\"", "maxclients\n10000", "1# \"maxclients\" => \"10000\""] {
            assert!(read(body).contains(&wanted), "{body}");
        }
        let two = read("1) \"maxmemory-policy\"\n2) \"noeviction\"\n3) \"timeout\"\n4) \"0\"");
        assert!(two.contains(&Reading::Setting { name: "maxmemory-policy".to_owned(), value: "noeviction".to_owned() }));
        assert!(two.contains(&Reading::Gauge { name: "config_timeout_s", value: 0.0 }));
    }

    #[test]
    fn secrets_and_near_misses() {
        assert!(is_bare_key("maxclients") && is_bare_key("maxmemory-policy") && !is_bare_key("save") && !is_bare_key("port"));
        let text = format!("{:?}", read("1) \"requirepass\"\n2) \"hunter2\""));
        assert!(text.contains("\"set\"") && !text.contains("hunter2"));
        assert!(starts("1) \"maxclients\"") && continues("2) \"10000\"") && !starts("1) \"orders:index\""));
        assert!(is_value("10000") && is_value("3600 1 300 100") && is_value("") && !is_value("Error: connect ECONNREFUSED 10.0.0.1:6379"));
        assert!(read("maxclients").is_empty());
    }
}
