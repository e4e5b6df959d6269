//! Gauges over time and what they say by themselves.
//!
//! In: readings. Out: [`Series`] in order of time, [`Alarm`]s past the runbooks' thresholds. Fails when: never.

use std::collections::BTreeMap;

use crate::event::{GaugePoint, Tally};
use crate::patterns::SymptomIdx;
use crate::record::Name;

use super::Observed;

/// All gauges of one node (or of the only one, when captures do not name it).
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Name to readings, ordered by (time, source, line); undated readings keep their order at the end.
    pub gauges: BTreeMap<String, Vec<GaugePoint>>,
}

impl Series {
    /// Readings of a gauge.
    pub fn get(&self, name: &str) -> &[GaugePoint] {
        self.gauges.get(name).map_or(&[], Vec::as_slice)
    }

    /// Some of them are a server's.
    pub fn of_server(&self) -> bool {
        self.gauges.keys().any(|name| !name.starts_with(OF_POOLS) && !name.starts_with(OF_LOGS))
    }

    /// The reading of `name` that holds at `time`: the last one at or before it, else the first.
    pub fn at(&self, name: &str, time: Option<i64>) -> Option<GaugePoint> {
        let points = self.get(name);
        points.iter().rev().find(|p| time.is_none() || p.time_ms.is_none() || p.time_ms <= time).or(points.first()).copied()
    }
}

/// Gauges of a client's own pool begin so; all others are those of a server.
const OF_POOLS: &str = "pool_";
/// What a server's own log tells begins so: its name is that of a file, and no node's.
const OF_LOGS: &str = "log.";

/// Readings by node. Captures rarely name their node; readings without one belong to the single node named, if there is
/// one. Who tells only of its own pool is an application and no node.
pub fn series(tally: &Tally) -> BTreeMap<String, Series> {
    let mut out: BTreeMap<String, Series> = BTreeMap::new();
    for ((owner, name), points) in &tally.gauges {
        let mut list: Vec<GaugePoint> = points.values().copied().collect();
        out.entry(owner.clone()).or_default().gauges.entry(name.clone()).or_default().append(&mut list);
    }
    for ((time_ms, at), change) in &tally.changes {
        if let Some((name, value)) = limit_set(&change.what) {
            let point = GaugePoint { time_ms: *time_ms, value, at: *at };
            out.entry(String::new()).or_default().gauges.entry(name.to_owned()).or_default().push(point);
        }
    }
    let mut nodes = out.iter().filter(|(owner, s)| !owner.is_empty() && s.of_server()).map(|(owner, _)| owner.clone());
    if let (Some(only), None) = (nodes.next(), nodes.next())
        && let Some(unnamed) = out.remove("")
        && let Some(named) = out.get_mut(&only)
    {
        for (name, mut points) in unnamed.gauges {
            named.gauges.entry(name).or_default().append(&mut points);
        }
    }
    for s in out.values_mut() {
        for points in s.gauges.values_mut() {
            points.sort_by_key(|p| (p.time_ms.is_none(), p.time_ms, p.at));
        }
    }
    out
}

/// `CONFIG SET maxclients 200`: from then on this limit holds, whatever was read before. Limits with units are left to readings.
fn limit_set(what: &str) -> Option<(&'static str, f64)> {
    let mut words = what.strip_prefix("CONFIG SET ")?.split(' ');
    let name = words.next().and_then(|name| LIMITS.iter().find(|limit| limit.eq_ignore_ascii_case(name)))?;
    Some((name, words.next()?.trim_matches(['"', '\'']).parse().ok()?))
}

/// Limits that are read over time.
pub const LIMITS: [&str; 2] = ["maxclients", "maxmemory"];

/// A derived gauge past its threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// The symptom that it shows.
    pub symptom: SymptomIdx,
    /// Node, or empty.
    pub node: String,
    /// First reading past the threshold.
    pub first: GaugePoint,
    /// Last reading past the threshold.
    pub last: GaugePoint,
    /// Readings past the threshold.
    pub count: u64,
    /// Highest ratio or value.
    pub peak: f64,
    /// It may open an incident by itself.
    pub opens: bool,
    /// Beside events it is a symptom of the same trouble even where it opens none.
    pub accompanies: bool,
    /// What it says.
    pub statement: String,
}

/// The ratio of one gauge to another over time, for readings where both are known.
fn ratio(series: &Series, of: &str, to: &str) -> Vec<(GaugePoint, f64, f64)> {
    series
        .get(of)
        .iter()
        .filter_map(|p| {
            let limit = series.at(to, p.time_ms)?.value;
            (limit > 0.0).then_some((*p, limit, p.value / limit))
        })
        .collect()
}

/// The derived gauge `name` of a node: (reading, limit, value to compare).
fn derived(name: &str, s: &Series) -> Vec<(GaugePoint, f64, f64)> {
    let inverse = |gauge: &str| s.get(gauge).iter().map(|p| (*p, 1.0, 1.0 - p.value)).collect();
    match name {
        "clients-ratio" => ratio(s, "connected_clients", "maxclients"),
        "pool-ratio" => ratio(s, "pool_in_use", "pool_size"),
        "memory-ratio" => ratio(s, "used_memory", "maxmemory"),
        "up-inverse" => inverse("redis_up"),
        "blocked" => s.get("blocked_clients").iter().map(|p| (*p, 0.0, p.value)).collect(),
        _ => Vec::new(),
    }
}

/// A slow-log entry this long stalls every client for a time that they feel. Milliseconds.
const STALL_MS: f64 = 100.0;

/// So many stalls are more than a nightly job …
const STALLS: usize = 3;
/// … when they hold the server for this part of the time from the first to the last: every twentieth request waits.
const STALLED_SHARE: f64 = 0.05;

/// The slow log as a reading: its entries in order of time.
fn slow_log(observed: &Observed<'_>, symptom: SymptomIdx) -> Option<Alarm> {
    let tally = observed.tally;
    let mut entries: Vec<&crate::event::SlowSeen> = tally.slow.values().collect();
    entries.sort_by_key(|s| (s.entry.at_s, s.at));
    let point = |s: &crate::event::SlowSeen| GaugePoint { time_ms: Some(s.entry.at_s * 1000), value: s.entry.us as f64 / 1000.0, at: s.at };
    let (first, last) = (entries.first()?, entries.last()?);
    let worst = entries.iter().max_by_key(|s| s.entry.us)?;
    let peak = worst.entry.us as f64 / 1000.0;
    // Every server has some slow commands: long ones open an incident when requests suffer or when they come again and
    // again and hold the server for a good part of the time; short ones only where nothing else was given.
    let long: Vec<&&crate::event::SlowSeen> = entries.iter().filter(|s| s.entry.us as f64 / 1000.0 >= STALL_MS).collect();
    let held_ms: f64 = long.iter().map(|s| s.entry.us as f64 / 1000.0).sum();
    let span_ms = long.first().zip(long.last()).map_or(0.0, |(a, b)| (b.entry.at_s - a.entry.at_s) as f64 * 1000.0 + held_ms);
    let holds_on = long.len() >= STALLS && held_ms >= span_ms * STALLED_SHARE;
    Some(Alarm {
        symptom,
        node: String::new(),
        first: point(first),
        last: point(last),
        count: entries.len() as u64,
        peak,
        accompanies: true,
        opens: peak >= STALL_MS && (holds_on || !goes_well(observed, first.entry.at_s, last.entry.at_s)) || only_captures(tally),
        statement: format!("{} slow commands in the slow log, the worst {} with {peak:.0} ms", entries.len(), worst.entry.command),
    })
}

/// What the server puts into its slow log by default. Microseconds.
const SLOW_US: f64 = 10_000.0;
/// Fewer calls than this say nothing of a command's mean: one `DEBUG` or `FLUSHALL` may take seconds.
const CALLS: f64 = 100.0;
/// A command that takes less of the time of all commands delays few others.
const COMMAND_SHARE: f64 = 0.05;

/// A command whose calls are slow on average, where nothing but captures was given: the counters say nothing of when.
fn slow_on_average(observed: &Observed<'_>, symptom: SymptomIdx) -> Option<Alarm> {
    let last = |s: &Series, command: &str, field: &str| s.get(&format!("cmdstat.{command}.{field}")).last().copied();
    let of_node = |(node, s): (&String, &Series)| {
        let commands = s.gauges.keys().filter_map(|name| name.strip_prefix("cmdstat.")?.strip_suffix(".usec"));
        let spent: Vec<(&str, GaugePoint)> = commands.filter_map(|c| Some((c, last(s, c, "usec")?))).collect();
        let total: f64 = spent.iter().map(|(_, p)| p.value).sum();
        let slow = spent.iter().filter_map(|(command, point)| {
            let calls = last(s, command, "calls")?.value;
            (calls >= CALLS && point.value >= calls * SLOW_US && point.value >= total * COMMAND_SHARE).then_some((*command, *point, calls))
        });
        let (command, point, calls) = slow.max_by(|a, b| (a.1.value / a.2).total_cmp(&(b.1.value / b.2)))?;
        let (mean_ms, share) = (point.value / calls / 1000.0, 100.0 * point.value / total);
        Some(Alarm {
            symptom,
            node: node.clone(),
            first: point,
            last: point,
            count: 1,
            peak: mean_ms,
            opens: only_captures(observed.tally),
            accompanies: false,
            statement: format!(
                "{calls:.0} calls of {} took {mean_ms:.0} ms each on average, {share:.0} % of the time of all commands",
                command.to_ascii_uppercase()
            ),
        })
    };
    observed.series.iter().filter_map(of_node).max_by(|a, b| a.peak.total_cmp(&b.peak))
}

/// No service and no request is seen.
pub(super) fn only_captures(tally: &Tally) -> bool {
    tally.survey.cells.values().all(|r| r.healthy + r.errors == 0)
}

/// The eviction policy in force is `noeviction`.
fn evicts_nothing(tally: &Tally) -> bool {
    let policy = tally.settings.iter().rfind(|s| matches!(s.name.as_str(), "maxmemory_policy" | "maxmemory-policy"));
    policy.is_some_and(|s| s.value == "noeviction")
}

/// A server that evicts nothing stands this close to its limit while it refuses writes: those that fit still come in.
const AT_LIMIT: f64 = 0.99;

/// The server counts writes that it refused for want of memory, and still has no room for more.
fn refuses_writes(s: &Series, tally: &Tally, share: f64) -> bool {
    share >= AT_LIMIT && evicts_nothing(tally) && s.get("errorstat.OOM").iter().any(|p| p.value > 0.0)
}

/// Requests went well throughout the time of the slow log.
fn goes_well(observed: &Observed<'_>, from_s: i64, to_s: i64) -> bool {
    let cells = &observed.tally.survey.cells;
    let mut inside = cells.range((from_s * 1000, Name::default())..=(to_s * 1000 + 1000, Name::default())).map(|(_, r)| r).peekable();
    inside.peek().is_some() && inside.all(|r| r.failed == 0 && r.errors == 0)
}

/// Symptoms that gauges show without any message.
pub fn alarms(observed: &Observed<'_>) -> Vec<Alarm> {
    let mut out: Vec<Alarm> = Vec::new();
    let mut stalls: Vec<Alarm> = Vec::new();
    for (i, symptom) in observed.library.symptoms().iter().enumerate() {
        let Some((gauge, at_least)) = &symptom.gauge else { continue };
        if gauge == "slow-log" {
            let symptom = SymptomIdx(i as u16);
            out.extend(slow_log(observed, symptom).or_else(|| slow_on_average(observed, symptom)));
            continue;
        }
        if gauge == "latency" {
            stalls = super::latency::alarms(observed, SymptomIdx(i as u16), *at_least);
            continue;
        }
        if gauge == "connections" {
            out.extend(super::connections::alarms(observed, SymptomIdx(i as u16)));
            continue;
        }
        for (node, s) in &observed.series {
            let refuses = |share| &**gauge == "memory-ratio" && refuses_writes(s, observed.tally, share);
            let past: Vec<_> = derived(gauge, s).into_iter().filter(|(_, _, v)| *v >= *at_least || refuses(*v)).collect();
            let (Some(first), Some(last)) = (past.first(), past.last()) else { continue };
            let peak = past.iter().map(|p| p.2).fold(f64::MIN, f64::max);
            let statement = match gauge.as_ref() {
                "clients-ratio" => format!("connected_clients {} → {} of {} maxclients", first.0.value, last.0.value, last.1),
                "pool-ratio" => format!("pool in use {} of {}", last.0.value, last.1),
                "memory-ratio" => format!("used_memory at {:.0} % of maxmemory", peak * 100.0),
                "blocked" => format!("{peak:.0} clients blocked"),
                _ => "redis_up is 0".to_string(),
            };
            out.push(Alarm {
                symptom: SymptomIdx(i as u16),
                node: node.clone(),
                first: first.0,
                last: last.0,
                count: past.len() as u64,
                peak,
                accompanies: true,
                // A healthy cache is full and idle workers block: these two only accompany events. A server that evicts
                // nothing and is at its limit refuses writes.
                opens: match gauge.as_ref() {
                    "memory-ratio" => evicts_nothing(observed.tally),
                    "blocked" => false,
                    _ => true,
                },
                statement,
            });
        }
    }
    // Worst times and counters of a whole life are what a capture was taken for only where it shows nothing else.
    let other = out.iter().any(|a| a.opens);
    out.extend(stalls.into_iter().filter(|a| !other || a.accompanies));
    out
}
