//! Metric lines: datapoints that a document decoder writes (CloudWatch, Azure, Google), and Prometheus exposition.
//!
//! In: `metric <name> <value> unit=<unit> k=v…` or `redis_connected_clients{addr="…"} 812`.
//! Out: one gauge under its INFO name, or a named one. Fails when: the name is of no use or the value is no number.
//!
//! The table below is the whole mapping. Periodic sums (CloudWatch `NewConnections`) are not counters since start and get
//! names of their own, ending in `_delta`.

use super::{Reading, number};

/// Outside name, gauge, factor to the gauge's unit.
type Row = (&'static str, &'static str, f64);

/// CloudWatch AWS/ElastiCache and AWS/ApplicationELB, Azure Cache, Memorystore.
const CLOUD: &[Row] = &[
    ("CurrConnections", "connected_clients", 1.0),
    ("NewConnections", "new_connections_delta", 1.0),
    ("BlockedConnections", "blocked_clients", 1.0),
    ("EngineCPUUtilization", "engine_cpu_percent", 1.0),
    ("CPUUtilization", "cpu_percent", 1.0),
    ("CPUCreditBalance", "cpu_credits", 1.0),
    ("BytesUsedForCache", "used_memory", 1.0),
    ("DatabaseMemoryUsagePercentage", "memory_percent", 1.0),
    ("DatabaseCapacityUsagePercentage", "memory_percent", 1.0),
    ("FreeableMemory", "freeable_bytes", 1.0),
    ("SwapUsage", "swap_bytes", 1.0),
    ("MemoryFragmentationRatio", "mem_fragmentation_ratio", 1.0),
    ("Evictions", "evicted_keys_delta", 1.0),
    ("Reclaimed", "expired_keys_delta", 1.0),
    ("CacheHits", "keyspace_hits_delta", 1.0),
    ("CacheMisses", "keyspace_misses_delta", 1.0),
    ("CurrItems", "keys", 1.0),
    ("ReplicationLag", "replication_lag_ms", 1000.0),
    ("ReplicationBytes", "replication_bytes_delta", 1.0),
    ("MasterLinkHealthStatus", "master_link_up", 1.0),
    ("IsMaster", "is_master", 1.0),
    ("SaveInProgress", "rdb_bgsave_in_progress", 1.0),
    ("AuthenticationFailures", "auth_failures_delta", 1.0),
    ("CommandAuthorizationFailures", "acl_failures_delta", 1.0),
    ("NetworkConntrackAllowanceExceeded", "conntrack_exceeded_delta", 1.0),
    ("NetworkBandwidthInAllowanceExceeded", "bandwidth_in_exceeded_delta", 1.0),
    ("NetworkBandwidthOutAllowanceExceeded", "bandwidth_out_exceeded_delta", 1.0),
    ("NetworkPacketsPerSecondAllowanceExceeded", "packets_exceeded_delta", 1.0),
    ("RequestCount", "requests_delta", 1.0),
    ("TargetResponseTime", "target_response_ms", 1000.0),
    ("HTTPCode_Target_5XX_Count", "http_5xx_delta", 1.0),
    ("HTTPCode_ELB_5XX_Count", "http_5xx_delta", 1.0),
    ("connectedclients", "connected_clients", 1.0),
    ("usedmemory", "used_memory", 1.0),
    ("usedmemorypercentage", "memory_percent", 1.0),
    ("serverLoad", "engine_cpu_percent", 1.0),
    ("evictedkeys", "evicted_keys_delta", 1.0),
    ("redis.googleapis.com/clients/connected", "connected_clients", 1.0),
    ("redis.googleapis.com/clients/blocked", "blocked_clients", 1.0),
    ("redis.googleapis.com/stats/memory/usage", "used_memory", 1.0),
    ("redis.googleapis.com/stats/memory/maxmemory", "maxmemory", 1.0),
];

/// redis_exporter and the pool gauges of the runbooks.
const PROMETHEUS: &[Row] = &[
    ("redis_up", "redis_up", 1.0),
    ("redis_connected_clients", "connected_clients", 1.0),
    ("redis_blocked_clients", "blocked_clients", 1.0),
    ("redis_config_maxclients", "maxclients", 1.0),
    ("redis_max_clients", "maxclients", 1.0),
    ("redis_rejected_connections_total", "rejected_connections", 1.0),
    ("redis_connections_received_total", "total_connections_received", 1.0),
    ("redis_commands_processed_total", "total_commands_processed", 1.0),
    ("redis_instantaneous_ops_per_sec", "instantaneous_ops_per_sec", 1.0),
    ("redis_memory_used_bytes", "used_memory", 1.0),
    ("redis_memory_used_rss_bytes", "used_memory_rss", 1.0),
    ("redis_memory_max_bytes", "maxmemory", 1.0),
    ("redis_config_maxmemory", "maxmemory", 1.0),
    ("redis_mem_fragmentation_ratio", "mem_fragmentation_ratio", 1.0),
    ("redis_evicted_keys_total", "evicted_keys", 1.0),
    ("redis_expired_keys_total", "expired_keys", 1.0),
    ("redis_keyspace_hits_total", "keyspace_hits", 1.0),
    ("redis_keyspace_misses_total", "keyspace_misses", 1.0),
    ("redis_uptime_in_seconds", "uptime_in_seconds", 1.0),
    ("redis_latest_fork_seconds", "latest_fork_usec", 1_000_000.0),
    ("redis_latest_fork_usec", "latest_fork_usec", 1.0),
    ("redis_rdb_last_bgsave_status", "rdb_last_bgsave_ok", 1.0),
    ("redis_rdb_bgsave_in_progress", "rdb_bgsave_in_progress", 1.0),
    ("redis_aof_last_write_status", "aof_last_write_ok", 1.0),
    ("redis_aof_rewrite_in_progress", "aof_rewrite_in_progress", 1.0),
    ("redis_master_link_up", "master_link_up", 1.0),
    ("redis_connected_slaves", "connected_slaves", 1.0),
    ("redis_loading_dump_file", "loading_dump_file", 1.0),
    ("redis_client_recent_max_input_buffer_bytes", "client_recent_max_input_buffer", 1.0),
    ("redis_client_recent_max_output_buffer_bytes", "client_recent_max_output_buffer", 1.0),
    ("redis_slowlog_length", "slowlog_len", 1.0),
    ("redis_last_slow_execution_duration_seconds", "last_slow_ms", 1000.0),
    ("redis_total_error_replies", "total_error_replies", 1.0),
    ("redis_unexpected_error_replies", "unexpected_error_replies", 1.0),
    ("redis_process_id", "process_id", 1.0),
    ("redis_client_pool_connections_in_use", "pool_in_use", 1.0),
    ("redis_client_pool_max_connections", "pool_max", 1.0),
];

/// Whether a line is a `# HELP` or `# TYPE` of a Redis metric.
pub(super) fn is_comment(line: &str) -> bool {
    (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) && line.contains("redis")
}

/// Whether a line is a metric.
pub(super) fn is_metric(line: &str) -> bool {
    line.starts_with("metric ") && datapoint(line).is_some()
        || exposition(line).is_some_and(|(name, ..)| name.contains("redis") || name.contains("valkey"))
}

/// Reads a line.
pub(super) fn read(line: &str) -> Option<Reading> {
    let line = line.trim();
    if let Some((name, value, _)) = datapoint(line) {
        return cloud(name, value).or_else(|| prometheus(name, "", value));
    }
    let (name, labels, value, _) = exposition(line)?;
    prometheus(name, labels, value)
}

/// `metric <name> <value> [unit=…] [k=v…]`; the name may be a CloudWatch label of several words, of which the last that is
/// known counts.
fn datapoint(line: &str) -> Option<(&str, f64, &str)> {
    let rest = line.strip_prefix("metric ")?;
    let (label, tail) = match rest.find(" unit=") {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let mut words = label.split(' ');
    let mut name = words.next()?;
    let mut value = None;
    for word in words {
        if word.contains('=') {
            break;
        }
        if let Some(number) = number::plain(word) {
            value = Some(number);
        } else if known(word) || !known(name) {
            name = word;
        }
    }
    // Without `unit=` the pairs begin behind the value.
    let pairs = if tail.is_empty() { label } else { tail };
    Some((name, value?, pairs))
}

fn known(name: &str) -> bool {
    CLOUD.iter().any(|(outside, ..)| *outside == name) || name.ends_with("CmdsLatency")
}

/// `name{labels} value [ms]`.
fn exposition(line: &str) -> Option<(&str, &str, f64, Option<i64>)> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':')))?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inner) => inner.rsplit_once('}')?,
        None => ("", rest),
    };
    let mut words = rest.split_ascii_whitespace();
    let value = number::plain(words.next()?)?;
    let at = match words.next() {
        Some(word) => Some(number::integer(word)? as i64),
        None => None,
    };
    (name.contains('_') && rest.starts_with(' ') && words.next().is_none()).then_some((name, labels, value, at))
}

fn cloud(name: &str, value: f64) -> Option<Reading> {
    let short = name.rsplit('/').next().unwrap_or(name);
    if let Some((_, gauge, factor)) = CLOUD.iter().find(|(outside, ..)| *outside == name || *outside == short) {
        return Some(Reading::Gauge { name: gauge, value: value * factor });
    }
    // `StringBasedCmdsLatency` and its like are microseconds.
    let family = short.strip_suffix("CmdsLatency")?.trim_end_matches("Based").to_ascii_lowercase();
    Some(Reading::Named { name: format!("latency_us.{family}.average"), value })
}

fn prometheus(name: &str, labels: &str, value: f64) -> Option<Reading> {
    if let Some((_, gauge, factor)) = PROMETHEUS.iter().find(|(outside, ..)| *outside == name) {
        return Some(Reading::Gauge { name: gauge, value: value * factor });
    }
    if !name.contains("redis") {
        return None;
    }
    let command = || label(labels, "cmd").filter(|c| !c.is_empty() && c.len() <= 40);
    match name {
        "redis_commands_total" => Some(Reading::Named { name: format!("cmdstat.{}.calls", command()?), value }),
        "redis_commands_duration_seconds_total" => {
            Some(Reading::Named { name: format!("cmdstat.{}.usec", command()?), value: value * 1e6 })
        }
        "redis_commands_failed_calls_total" => Some(Reading::Named { name: format!("cmdstat.{}.failed", command()?), value }),
        "redis_commands_rejected_calls_total" => Some(Reading::Named { name: format!("cmdstat.{}.rejected", command()?), value }),
        "redis_errors_total" => Some(Reading::Named { name: format!("errorstat.{}", label(labels, "err")?), value }),
        "redis_db_keys" => Some(Reading::Named { name: format!("{}.keys", label(labels, "db")?), value }),
        _ => pool(name).map(|name| Reading::Gauge { name, value }),
    }
}

/// Client pools export under names of their own; the words that they share tell what they count.
fn pool(name: &str) -> Option<&'static str> {
    if !name.contains("pool") {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if has(&["timeout"]) {
        Some("pool_timeouts")
    } else if has(&["wait", "pending"]) {
        Some("pool_waiting")
    } else if has(&["in_use", "active", "used", "busy", "checked_out"]) {
        Some("pool_in_use")
    } else if has(&["idle", "free", "available"]) {
        Some("pool_idle")
    } else if has(&["max", "limit", "_size", "capacity"]) {
        Some("pool_max")
    } else {
        None
    }
}

/// The value of a label.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels
        .split("\",")
        .find_map(|pair| pair.trim_start_matches([' ', ',']).strip_prefix(name)?.strip_prefix("=\""))
        .map(|v| v.trim_end_matches('"'))
}

/// The explicit time of an exposition line, milliseconds since 1970 UTC.
pub(super) fn time_ms(line: &str) -> Option<i64> {
    exposition(line.trim())?.3.filter(|t| *t > 1_000_000_000_000)
}

/// The node that a metric names: labels `addr`, `instance`, or a pair `cluster=`, `node=`, `CacheClusterId=`.
pub(super) fn node(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some((_, _, pairs)) = datapoint(line) {
        let pair = |key: &str| pairs.split(' ').find_map(|p| p.strip_prefix(key)?.strip_prefix('='));
        return pair("node").or_else(|| pair("CacheClusterId")).or_else(|| pair("cluster")).filter(|v| !v.is_empty()).map(str::to_owned);
    }
    let (_, labels, ..) = exposition(line)?;
    let addr = label(labels, "addr").or_else(|| label(labels, "instance")).filter(|v| !v.is_empty())?;
    Some(addr.rsplit_once("//").map_or(addr, |(_, host)| host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datapoints() {
        let line = "metric CurrConnections 9998 unit=Count stat=Maximum cluster=shop-redis-001";
        assert!(is_metric(line));
        assert_eq!(read(line), Some(Reading::Gauge { name: "connected_clients", value: 9998.0 }));
        assert_eq!(node(line).as_deref(), Some("shop-redis-001"));
        assert_eq!(
            read("metric shop-redis-001 CurrConnections 812.0 unit=None"),
            Some(Reading::Gauge { name: "connected_clients", value: 812.0 })
        );
        assert_eq!(read("metric CurrConnections 812.0 cluster=a-1"), Some(Reading::Gauge { name: "connected_clients", value: 812.0 }));
        assert_eq!(read("metric ReplicationLag 1.5 unit=Seconds"), Some(Reading::Gauge { name: "replication_lag_ms", value: 1500.0 }));
        assert_eq!(
            read("metric HashBasedCmdsLatency 120 unit=Microseconds"),
            Some(Reading::Named { name: "latency_us.hash.average".to_owned(), value: 120.0 })
        );
        assert_eq!(read("metric DiskSpace 5 unit=Bytes"), None);
        assert_eq!(read("metric redis_up 0 unit=None"), Some(Reading::Gauge { name: "redis_up", value: 0.0 }));
    }

    #[test]
    fn expositions() {
        let line = "redis_connected_clients{addr=\"redis://10.0.9.11:6379\",alias=\"\"} 812 1705482000000";
        assert!(is_metric(line));
        assert_eq!(read(line), Some(Reading::Gauge { name: "connected_clients", value: 812.0 }));
        assert_eq!(time_ms(line), Some(1_705_482_000_000));
        assert_eq!(node(line).as_deref(), Some("10.0.9.11:6379"));
        assert_eq!(
            read("redis_client_pool_connections_in_use{job=\"langgraph-agent\"} 19"),
            Some(Reading::Gauge { name: "pool_in_use", value: 19.0 })
        );
        assert_eq!(read("redis_client_pool_max_connections 20"), Some(Reading::Gauge { name: "pool_max", value: 20.0 }));
        assert_eq!(
            read("redis_commands_total{addr=\"x\",cmd=\"hgetall\"} 41"),
            Some(Reading::Named { name: "cmdstat.hgetall.calls".to_owned(), value: 41.0 })
        );
        assert_eq!(read("go_redis_pool_timeout_total{svc=\"a\"} 3"), Some(Reading::Gauge { name: "pool_timeouts", value: 3.0 }));
    }

    #[test]
    fn near_misses() {
        for line in [
            "redis_connected_clients NaN",
            "redis: connection pool timeout",
            "metric system is broken",
            "redis_client connected 5 times",
            "http_requests_total{code=\"200\"} 5",
            "redis_up{",
            "redis_up} 1",
        ] {
            assert!(!is_metric(line), "{line}");
        }
        assert_eq!(read("hikaricp_pool_active{pool=\"db\"} 5"), None);
    }
}
