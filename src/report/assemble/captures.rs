//! Sections of redis-cli captures. In: gauges, lists, slow log. Out: [`CaptureSummary`]s. Fails when: never.

use std::collections::BTreeMap;

use super::Scribe;
use crate::event::Snapshot;
use crate::report::CaptureSummary;
use crate::source::Location;

/// Rows listed in a section.
const ROWS: usize = 8;

pub(super) fn summaries(scribe: &Scribe<'_, '_, '_>) -> Vec<CaptureSummary> {
    let mut out = Vec::new();
    gauges(scribe, &mut out);
    client_lists(scribe, &mut out);
    slow_log(scribe, &mut out);
    by_name(scribe, &mut out);
    settings(scribe, &mut out);
    undated_changes(scribe, &mut out);
    out
}

/// Changes without a time, as `kubectl get events` tells them by their age: no timeline shows them.
fn undated_changes(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    let undated = || scribe.given.observed.tally.changes.range(..(Some(i64::MIN), Location::default()));
    let rows = undated().take(ROWS).map(|(_, change)| scribe.clean(&change.what)).collect();
    add(scribe, "changes without a time", undated().map(|((_, at), _)| *at).min(), rows, out);
}

/// Sections of readings whose names depend on the input: lead of the name, kind of the section, unit of a row.
const NAMED: [(&str, &str, &str); 16] = [
    ("cmdstat.", "commandstats", ""),
    ("errorstat.", "errorstats", " errors"),
    ("latency_event_ms.", "latency", " ms at worst"),
    ("latency_us.", "latencystats", " us"),
    ("histogram.", "latency histogram", ""),
    ("acl_log.", "acl log", " times"),
    ("memory_stats.", "memory stats", ""),
    ("replica_behind.", "replicas", " bytes behind"),
    ("clients_from.", "clients by source", " connections"),
    ("monitor.", "monitor", " times"),
    ("bigkeys.", "bigkeys", ""),
    ("disk_used_percent.", "disks", " % used"),
    ("replicas.", "deployments", ""),
    ("sockets.", "sockets", ""),
    ("sockets_from.", "sockets by client", " established"),
    ("unsent_to.", "unsent by client", " bytes"),
];

/// Commandstats, errorstats, latency events, sources of connections, MONITOR: the largest rows of each.
fn by_name(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    for (lead, kind, unit) in NAMED {
        let mut rows: BTreeMap<String, f64> = BTreeMap::new();
        let mut details: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut at = None;
        for s in scribe.given.observed.series.values() {
            for (name, points) in s.gauges.iter().filter_map(|(name, points)| Some((name.strip_prefix(lead)?, points))) {
                let (Some(last), Some(first)) = (points.last(), points.iter().map(|p| p.at).min()) else { continue };
                at = Some(at.map_or(first, |known: Location| known.min(first)));
                let (row, value) = match (kind, name.rsplit_once('.')) {
                    ("commandstats" | "deployments" | "latency histogram", Some((command, what))) => {
                        details.entry(command.to_owned()).or_default().push(format!("{what} {}", last.value));
                        (command, if matches!(what, "usec" | "max_us") { last.value } else { 0.0 })
                    }
                    ("monitor", _) => (name, points.len() as f64),
                    // Long tables are several records.
                    ("sockets" | "sockets by client", _) => (name, points.iter().map(|p| p.value).sum()),
                    ("latency", _) => (name, points.iter().fold(0.0, |worst: f64, p| worst.max(p.value))),
                    _ => (name, last.value),
                };
                let slot = rows.entry(row.to_owned()).or_default();
                *slot = slot.max(value);
            }
        }
        let mut rows: Vec<(String, f64)> = rows.into_iter().collect();
        rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let summary: Vec<String> = rows
            .iter()
            .take(ROWS)
            .map(|(name, value)| match details.get(name) {
                Some(parts) => format!("{name}: {}", parts.join(", ")),
                None => format!("{name}: {value}{unit}"),
            })
            .map(|row| scribe.clean(&row))
            .collect();
        if !summary.is_empty() {
            out.push(CaptureSummary { kind: kind.to_string(), source: source(scribe, at), summary });
        }
    }
}

/// Settings that decide between causes, as CONFIG GET and INFO name them.
const TOLD: [&str; 20] = [
    "appendfsync",
    "appendonly",
    "client-output-buffer-limit",
    "hz",
    "master_host",
    "master_link_state",
    "master_link_status",
    "maxclients",
    "maxmemory",
    "maxmemory-policy",
    "maxmemory_policy",
    "redis_mode",
    "redis_version",
    "role",
    "save",
    "slowlog-log-slower-than",
    "tcp-backlog",
    "tcp-keepalive",
    "timeout",
    "valkey_version",
];

/// Sections of words whose names depend on the input: lead of the name, kind of the section.
const SAID: [(&str, &str); 5] = [
    ("latency_doctor.", "latency doctor"),
    ("memory_doctor.", "memory doctor"),
    ("bigkeys.", "bigkeys"),
    ("sentinel.", "sentinel"),
    ("elasticache.", "elasticache"),
];

/// The last value of each setting that matters, and what answers of words say.
fn settings(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    let mut last: BTreeMap<&str, &crate::event::Setting> = BTreeMap::new();
    for setting in &scribe.given.observed.tally.settings {
        last.insert(&setting.name, setting);
    }
    let shown = |value: &str| if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() };
    for (lead, kind) in SAID {
        let said = || last.values().filter_map(|s| Some((s.name.strip_prefix(lead)?, s)));
        let rows = said().map(|(name, s)| scribe.clean(&format!("{}: {}", name.replace('_', " "), shown(&s.value))));
        add(scribe, kind, said().map(|(_, s)| s.at).min(), rows.collect(), out);
    }
    let told = || last.values().filter(|s| TOLD.contains(&s.name.as_str()));
    let rows = told().map(|s| scribe.clean(&format!("{} {}", s.name, shown(&s.value)))).collect();
    add(scribe, "settings", told().map(|s| s.at).min(), rows, out);
}

/// Adds rows to the section of their kind.
fn add(scribe: &Scribe<'_, '_, '_>, kind: &str, at: Option<Location>, rows: Vec<String>, out: &mut Vec<CaptureSummary>) {
    if rows.is_empty() {
        return;
    }
    match out.iter_mut().find(|section| section.kind == kind) {
        Some(section) => section.summary.extend(rows),
        None => out.push(CaptureSummary { kind: kind.to_string(), source: source(scribe, at), summary: rows }),
    }
}

fn source(scribe: &Scribe<'_, '_, '_>, at: Option<Location>) -> String {
    at.map(|at| scribe.cite(at).source).unwrap_or_default()
}

fn gauges(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    for (node, s) in &scribe.given.observed.series {
        let (mut rows, mut zero) = (Vec::new(), 0);
        for (name, points) in &s.gauges {
            let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
            if name.contains('.') {
                continue;
            }
            let (min, max) = points.iter().fold((f64::MAX, f64::MIN), |(a, b), p| (a.min(p.value), b.max(p.value)));
            if points.len() > 1 && min == 0.0 && max == 0.0 {
                zero += 1;
                continue;
            }
            rows.push(if points.len() == 1 {
                format!("{name} {}", first.value)
            } else {
                format!("{name} {} → {} (min {min}, max {max}, {} readings)", first.value, last.value, points.len())
            });
        }
        rows.splice(0..0, derived(s));
        if zero > 0 {
            rows.push(format!("{zero} more stay at 0"));
        }
        if !rows.is_empty() {
            let at = s.gauges.values().flatten().map(|p| p.at).min();
            let kind = if node.is_empty() { "gauges".to_string() } else { format!("gauges of {}", scribe.clean(node)) };
            out.push(CaptureSummary { kind, source: source(scribe, at), summary: rows });
        }
    }
}

/// What people work out of a poll by hand: shares of limits, hit rate, what counters grew by.
fn derived(s: &crate::correlate::Series) -> Vec<String> {
    let last = |name: &str| s.get(name).last().map(|p| p.value);
    let mut rows = Vec::new();
    for (used, limit, what) in [("connected_clients", "maxclients", "connections"), ("used_memory", "maxmemory", "memory")] {
        if let (Some(used), Some(limit)) = (last(used), last(limit).filter(|l| *l > 0.0)) {
            rows.push(format!("{what}: {:.1} % of {limit}", used * 100.0 / limit));
        }
    }
    if let (Some(hits), Some(misses)) = (last("keyspace_hits"), last("keyspace_misses"))
        && hits + misses > 0.0
    {
        rows.push(format!("hit rate: {:.1} %", hits * 100.0 / (hits + misses)));
    }
    for name in ["total_connections_received", "rejected_connections", "evicted_keys", "total_commands_processed", "expired_keys"] {
        let points = s.get(name);
        if points.len() < 2 {
            continue;
        }
        // A counter that falls began anew: what it shows then was counted since.
        let mut grown = 0.0;
        let mut resets = 0;
        for pair in points.windows(2) {
            let [before, after] = pair else { continue };
            resets += u32::from(after.value < before.value);
            grown += if after.value < before.value { after.value } else { after.value - before.value };
        }
        let began = if resets == 0 { String::new() } else { format!(" (began anew {resets} times)") };
        rows.push(format!("{name}: {grown} more over {} polls{began}", points.len()));
    }
    rows
}

fn top(map: &BTreeMap<String, u64>) -> String {
    let mut list: Vec<_> = map.iter().collect();
    list.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    list.iter().take(ROWS).map(|(k, n)| format!("{} {n}", if k.is_empty() { "(none)" } else { k })).collect::<Vec<_>>().join(", ")
}

/// How many lie in each span of [`crate::event::SPANS_S`].
fn spans(counts: [u64; 4]) -> String {
    let said = ["under a minute", "under an hour", "under a day", "a day and more"];
    let told: Vec<String> = said.iter().zip(counts).filter(|(_, n)| *n > 0).map(|(said, n)| format!("{n} {said}")).collect();
    told.join(", ")
}

fn client_lists(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    let lists: Vec<&Snapshot> = scribe.given.observed.tally.snapshots.values().collect();
    let (Some(first), Some(last)) = (lists.first(), lists.last()) else { return };
    let mut rows = vec![
        format!(
            "{} clients: {} idle (over 300 s, or nine tenths of their life), {} never used, {} in blocking commands",
            last.clients, last.idle, last.unused, last.blocked
        ),
        format!("by holder: {}", scribe.clean(&top(&last.holders))),
        format!("by last command: {}", scribe.clean(&top(&last.commands))),
        format!("by user: {}; by flags: {}", scribe.clean(&top(&last.users)), scribe.clean(&top(&last.flags))),
        format!("age: {}; idle: {}", spans(last.ages), spans(last.idles)),
    ];
    if lists.len() > 1 {
        let mut growth: Vec<(String, i64)> =
            last.holders.iter().map(|(k, n)| (k.clone(), *n as i64 - first.holders.get(k).map_or(0, |f| *f as i64))).collect();
        growth.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let text: Vec<String> = growth.iter().take(ROWS).filter(|(_, n)| *n != 0).map(|(k, n)| format!("{k} {n:+}")).collect();
        rows.push(format!(
            "{} lists, {} → {} clients{}",
            lists.len(),
            first.clients,
            last.clients,
            if text.is_empty() { String::new() } else { format!("; growth by holder: {}", scribe.clean(&text.join(", "))) }
        ));
    }
    out.push(CaptureSummary { kind: "client-list".to_string(), source: source(scribe, Some(last.at)), summary: rows });
}

/// Digest of one command and key shape.
#[derive(Default)]
struct Digest {
    times_us: Vec<u64>,
}

fn slow_log(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    let slow = &scribe.given.observed.tally.slow;
    if slow.is_empty() {
        return;
    }
    let mut by: BTreeMap<(String, String), Digest> = BTreeMap::new();
    for s in slow.values() {
        by.entry((s.entry.command.clone(), s.entry.key.clone())).or_default().times_us.push(s.entry.us);
    }
    let total: u64 = slow.values().map(|s| s.entry.us).sum();
    let mut rows: Vec<(u64, String)> = by
        .into_iter()
        .map(|((command, key), mut d)| {
            d.times_us.sort_unstable();
            let sum: u64 = d.times_us.iter().sum();
            let n = d.times_us.len();
            let p95 = d.times_us[(n * 95).div_ceil(100).saturating_sub(1)];
            let worst = d.times_us[n - 1];
            let ms = |us: u64| us as f64 / 1000.0;
            let text = format!(
                "{command} {key}: {n} x, total {:.0} ms ({:.0} %), p95 {:.1} ms, worst {:.1} ms",
                ms(sum),
                sum as f64 * 100.0 / total.max(1) as f64,
                ms(p95),
                ms(worst)
            );
            (sum, scribe.clean(&text))
        })
        .collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let at = slow.values().map(|s| s.at).min();
    let summary = std::iter::once(format!("{} entries, {:.0} ms of server time", slow.len(), total as f64 / 1000.0))
        .chain(rows.into_iter().take(ROWS).map(|r| r.1))
        .collect();
    out.push(CaptureSummary { kind: "slowlog".to_string(), source: source(scribe, at), summary });
}
