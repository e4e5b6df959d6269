//! Answers that are read by the names in them: ACL LOG, MEMORY STATS, ROLE, LATENCY HISTOGRAM, SENTINEL MASTERS and REPLICAS.
//!
//! In: the values of one answer (see [`reply`]). Out: gauges, settings and numbers by name. Fails when: never.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Reading, key_shape, number, reply};

/// Numbers of one answer that are kept: MEMORY STATS has some 40, a histogram four a command.
const MAX_NAMED: usize = 2_000;

/// Fields of MEMORY STATS that INFO has too, under INFO's names.
const MEMORY: [(&str, &str); 6] = [
    ("peak.allocated", "used_memory_peak"),
    ("total.allocated", "used_memory"),
    ("replication.backlog", "mem_replication_backlog"),
    ("clients.slaves", "mem_clients_slaves"),
    ("clients.normal", "mem_clients_normal"),
    ("fragmentation", "mem_fragmentation_ratio"),
];

/// Which answer a row of values is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// ACL LOG: entries of 7 to 10 named fields.
    AclLog,
    /// MEMORY STATS: dotted names and numbers.
    MemoryStats,
    /// ROLE: the role, then by place.
    Role,
    /// SENTINEL MASTERS, REPLICAS: entries of some 40 named fields.
    Sentinel,
    /// LATENCY HISTOGRAM: a command, its calls, pairs of bound and cumulated count.
    Histogram,
}

/// Tells the answer by its first values.
pub(super) fn of(values: &[Cow<'_, str>]) -> Option<Answer> {
    let at = |i: usize| values.get(i).map(Cow::as_ref);
    match at(0)? {
        "count" if at(2)? == "reason" => Some(Answer::AclLog),
        "peak.allocated" => number::plain(at(1)?).map(|_| Answer::MemoryStats),
        "master" => number::integer(at(1)?).map(|_| Answer::Role),
        "slave" => number::integer(at(2)?).map(|_| Answer::Role),
        "sentinel" => Some(Answer::Role),
        "name" if at(2)? == "ip" && at(4)? == "port" => Some(Answer::Sentinel),
        "calls" => (at(2)? == "histogram_usec").then_some(Answer::Histogram),
        _ => (at(1)? == "calls" && at(3)? == "histogram_usec").then_some(Answer::Histogram),
    }
}

/// Reads an answer.
pub(super) fn read(values: &[Cow<'_, str>]) -> Vec<Reading> {
    match of(values) {
        Some(Answer::AclLog) => acl_log(values),
        Some(Answer::MemoryStats) => memory_stats(values),
        Some(Answer::Role) => role(values),
        Some(Answer::Sentinel) => sentinel(values),
        Some(Answer::Histogram) => histogram(values),
        None => Vec::new(),
    }
}

/// Reads one answer in whatever shape.
pub(super) fn read_text(body: &str) -> Vec<Reading> {
    read(&reply::values(body))
}

/// The entries of a list, each of which begins with these two names, the first with its value between.
fn entries<'v, 't>(values: &'v [Cow<'t, str>], first: &str, second: &str) -> Vec<&'v [Cow<'t, str>]> {
    let begins = |i: &usize| values.get(*i).is_some_and(|v| v == first) && values.get(i + 2).is_some_and(|v| v == second);
    let starts: Vec<usize> = (0..values.len()).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([values.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| values.get(*start..end)).collect()
}

/// A field of an entry by its name.
fn field<'v>(entry: &'v [Cow<'_, str>], name: &str) -> Option<&'v str> {
    entry.chunks_exact(2).find_map(|pair| pair.first().filter(|key| *key == name).and(pair.get(1))).map(Cow::as_ref)
}

/// What Sentinel knows of each server: where it is, and in which state.
fn sentinel(values: &[Cow<'_, str>]) -> Vec<Reading> {
    const TOLD: [(&str, &str); 4] =
        [("num-slaves", "replicas"), ("num-other-sentinels", "other sentinels"), ("quorum", "quorum"), ("role-reported", "role")];
    let read = |entry: &&[Cow<'_, str>]| {
        let (name, ip, port, flags) = (field(entry, "name")?, field(entry, "ip")?, field(entry, "port")?, field(entry, "flags")?);
        let told: Vec<String> = TOLD.iter().filter_map(|(key, said)| Some(format!("{said} {}", field(entry, key)?))).collect();
        let value = [format!("{ip}:{port} {flags}")].into_iter().chain(told).collect::<Vec<_>>().join("; ");
        Some(Reading::Setting { name: format!("sentinel.{name}"), value: value.chars().take(200).collect() })
    };
    entries(values, "name", "ip").iter().take(MAX_NAMED).filter_map(read).collect()
}

/// How often each (reason, user, object) was refused. Objects are commands and keys; keys are read as shapes.
fn acl_log(values: &[Cow<'_, str>]) -> Vec<Reading> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for entry in entries(values, "count", "reason") {
        let field = |name: &str| field(entry, name);
        let (Some(count), Some(reason)) = (field("count").and_then(number::integer), field("reason")) else { continue };
        let object = field("object").map(|object| if reason == "key" { key_shape(object) } else { object.chars().take(64).collect() });
        let user = field("username").map(|user| user.chars().take(64).collect::<String>()).unwrap_or_default();
        let client = field("client-info").and_then(|info| info.split(' ').find_map(|part| part.strip_prefix("addr=")));
        let host = client.and_then(|addr| addr.rsplit_once(':')).map_or(String::new(), |(host, _)| format!(" from {host}"));
        let name = format!("acl_log.{reason} refused to {user}{host}: {}", object.unwrap_or_default());
        if counts.len() < MAX_NAMED || counts.contains_key(&name) {
            *counts.entry(name).or_default() += count as f64;
        }
    }
    counts.into_iter().map(|(name, value)| Reading::Named { name, value }).collect()
}

fn memory_stats(values: &[Cow<'_, str>]) -> Vec<Reading> {
    let mut out = Vec::new();
    let mut database: Option<&str> = None;
    let mut at = 0;
    while let Some(name) = values.get(at) {
        if let Some(value) = values.get(at + 1).and_then(|value| number::plain(value)) {
            if let Some((_, gauge)) = MEMORY.iter().find(|(own, _)| own == name) {
                out.push(Reading::Gauge { name: gauge, value });
            }
            let within = database.filter(|_| name.starts_with("overhead.hashtable.")).map_or(String::new(), |db| format!("{db} "));
            if out.len() < MAX_NAMED {
                out.push(Reading::Named { name: format!("memory_stats.{within}{name}"), value });
            }
            at += 2;
        } else {
            // `db.0` holds fields of its own.
            database = name.starts_with("db.").then_some(name.as_ref());
            at += 1;
        }
    }
    out
}

fn role(values: &[Cow<'_, str>]) -> Vec<Reading> {
    let at = |i: usize| values.get(i).map(Cow::as_ref).unwrap_or_default();
    let setting = |name: &str, value: &str| Reading::Setting { name: name.to_owned(), value: value.to_owned() };
    let mut out = vec![setting("role", at(0))];
    match at(0) {
        "master" => {
            let own = number::integer(at(1));
            out.extend(own.map(|offset| Reading::Gauge { name: "master_repl_offset", value: offset as f64 }));
            let replicas = values.get(2..).unwrap_or_default().chunks_exact(3);
            out.push(Reading::Gauge { name: "connected_slaves", value: replicas.len() as f64 });
            for replica in replicas {
                let (host, port, offset) = (replica.first(), replica.get(1), replica.get(2).and_then(|n| number::integer(n)));
                if let (Some(host), Some(port), Some(behind)) = (host, port, offset.and_then(|n| own?.checked_sub(n))) {
                    out.push(Reading::Named { name: format!("replica_behind.{host}:{port}"), value: behind as f64 });
                }
            }
        }
        "slave" => {
            out.extend([setting("master_host", at(1)), setting("master_port", at(2))]);
            out.push(setting("master_link_status", if at(3) == "connected" { "up" } else { "down" }));
            out.push(setting("master_link_state", at(3)));
            let offset = number::integer(at(4)).map(|offset| Reading::Gauge { name: "slave_repl_offset", value: offset as f64 });
            out.extend(offset);
        }
        _ => {}
    }
    out
}

/// Calls and percentiles of each command; a bucket's bound is the most that its calls took.
fn histogram(values: &[Cow<'_, str>]) -> Vec<Reading> {
    let mut out = Vec::new();
    let starts = (0..values.len()).filter(|&i| values.get(i).is_some_and(|v| v == "calls"));
    for at in starts {
        let command = at.checked_sub(1).and_then(|i| values.get(i)).map_or("(unnamed)", Cow::as_ref).to_ascii_lowercase();
        let Some(calls) = values.get(at + 1).and_then(|n| number::integer(n)) else { continue };
        let mut buckets = Vec::new();
        for pair in values.get(at + 3..).unwrap_or_default().chunks_exact(2) {
            let numbers = (pair.first().and_then(|n| number::integer(n)), pair.get(1).and_then(|n| number::integer(n)));
            let (Some(bound), Some(count)) = numbers else { break };
            buckets.push((bound, count));
        }
        let bound = |percent: u64| buckets.iter().find(|(_, count)| count * 100 >= calls * percent).map(|(bound, _)| *bound);
        let rows = [("calls", Some(calls)), ("p50_us", bound(50)), ("p99_us", bound(99)), ("max_us", buckets.last().map(|b| b.0))];
        for (what, value) in rows {
            if let Some(value) = value.filter(|_| out.len() < MAX_NAMED) {
                out.push(Reading::Named { name: format!("histogram.{command}.{what}"), value: value as f64 });
            }
        }
    }
    out
}

/// Whether a line of a terminal's answer, of `--json`, or a bare word begins one of these.
pub(super) fn starts(line: &str) -> bool {
    if line.starts_with('{') {
        return match reply::first_member(line) {
            Some(("count", _)) => line.contains("\"reason\":"),
            Some(("peak.allocated", _)) => true,
            // Most lines of JSON are an application's.
            Some((_, value)) => value.starts_with("{\"calls\":") && line.contains("\"histogram_usec\":"),
            None => false,
        };
    }
    if line.starts_with('[') {
        return line.starts_with("[\"master\",") || line.starts_with("[\"slave\",") || line.starts_with("[\"sentinel\",");
    }
    let (depth, rest) = reply::indexed(line);
    match depth {
        0 => rest == "peak.allocated",
        1 => match rest.strip_suffix(" =>") {
            // `1# "set" =>`
            Some(name) => is_command(name.trim_matches('"')),
            None => {
                rest.starts_with("\"peak.allocated\"")
                    || matches!(rest, "\"master\"" | "\"slave\"" | "\"sentinel\"") && line.trim_start().starts_with("1) ")
            }
        },
        _ => rest == "\"count\"" || rest.starts_with("\"count\" => ") || rest == "\"calls\"" || rest == "\"name\"",
    }
}

/// Whether a line of a terminal's answer goes on: any numbered line but the first of another answer.
pub(super) fn continues(line: &str) -> bool {
    let first = line.starts_with("1) ") || line.starts_with("1# ");
    !first && reply::indexed(line).0 > 0
}

/// `1) "set"`, or a bare `set`: a command's name, if its calls follow.
pub(super) fn names_command(line: &str) -> bool {
    let (depth, rest) = reply::indexed(line);
    match depth {
        0 => COMMON.split_ascii_whitespace().any(|command| command == rest),
        1 => rest.strip_prefix('"').and_then(|name| name.strip_suffix('"')).is_some_and(is_command),
        _ => false,
    }
}

/// Whether the line behind a command's name says that it is a histogram's.
pub(super) fn has_calls(line: &str) -> bool {
    let (depth, rest) = reply::indexed(line);
    if depth == 0 { rest == "calls" } else { depth == 2 && rest == "\"calls\"" }
}

/// Bare words count as commands only if most servers run them.
const COMMON: &str = "\
    get set del exists expire ttl incr hget hset hgetall hmget lpush rpush lpop rpop blpop brpop lrange sadd smembers zadd zrange \
    xadd xread xreadgroup publish subscribe ping info eval evalsha mget setex scan keys auth hello select client|list config|get";

fn is_command(word: &str) -> bool {
    (2..=32).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'|' | b'-' | b'.' | b'_'))
}

#[cfg(test)]
mod tests;
