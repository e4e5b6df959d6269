//! INFO: `# Section` headers and `key:value` fields, CRLF or LF.
//!
//! In: the lines of one poll. Out: gauges, settings and per-command counters. Fails when: never; an unknown field is skipped.

use super::{Reading, number};

/// Fields read as numbers, by their INFO names. One text, because field names are data of Redis and not identifiers here.
const GAUGES: &str = "\
    connected_clients blocked_clients maxclients cluster_connections tracking_clients pubsub_clients watching_clients \
    clients_in_timeout_table total_blocking_keys \
    client_recent_max_input_buffer client_recent_max_output_buffer client_longest_output_list client_biggest_input_buf \
    rejected_connections total_connections_received total_commands_processed instantaneous_ops_per_sec \
    instantaneous_input_kbps instantaneous_output_kbps total_error_replies unexpected_error_replies \
    total_net_input_bytes total_net_output_bytes evicted_clients evicted_keys expired_keys total_eviction_exceeded_time \
    client_output_buffer_limit_disconnections client_query_buffer_limit_disconnections acl_access_denied_auth \
    keyspace_hits keyspace_misses latest_fork_usec sync_full sync_partial_ok sync_partial_err \
    used_memory used_memory_rss used_memory_peak used_memory_lua used_memory_scripts maxmemory total_system_memory \
    mem_fragmentation_ratio mem_clients_normal mem_clients_slaves mem_not_counted_for_evict mem_replication_backlog \
    active_defrag_running lazyfree_pending_objects \
    uptime_in_seconds process_id loading loading_eta_seconds loading_loaded_perc async_loading \
    rdb_bgsave_in_progress rdb_changes_since_last_save rdb_last_save_time rdb_last_bgsave_time_sec rdb_saves rdb_last_cow_size \
    aof_enabled aof_rewrite_in_progress aof_delayed_fsync aof_pending_bio_fsync aof_current_size aof_last_cow_size \
    connected_slaves master_last_io_seconds_ago master_sync_in_progress master_link_down_since_seconds \
    master_repl_offset slave_repl_offset second_repl_offset repl_backlog_size repl_backlog_histlen slave_read_only \
    used_cpu_sys used_cpu_user io_threads_active cluster_enabled instantaneous_eventloop_cycles_per_sec \
    instantaneous_eventloop_duration_usec slowlog_len pubsub_channels \
    current_active_defrag_time total_active_defrag_time";

/// Fields kept as words.
const SETTINGS: &str = "\
    redis_version valkey_version redis_mode server_mode server_name os run_id tcp_port executable config_file multiplexing_api \
    role master_host master_port master_link_status master_replid master_failover_state maxmemory_policy mem_allocator \
    rdb_last_bgsave_status aof_last_write_status aof_last_bgrewrite_status gcc_version arch_bits redis_git_sha1";

/// Fields whose names other programs use too: alone they do not show that a line is INFO's.
const COMMON: &str = "os loading executable process_id run_id tcp_port config_file server_name";

/// Command counters, error counters and the like of one poll that are kept; a server has some 250 commands.
const MAX_NAMED: usize = 2_000;

/// The table's own spelling of a field's name, if the table has it.
fn listed(table: &'static str, key: &str) -> Option<&'static str> {
    table.split_ascii_whitespace().find(|name| *name == key)
}

/// The readings of one poll.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let mut out = Vec::new();
    for line in body.lines() {
        let line = line.trim_end();
        let Some((key, value)) = line.split_once(':') else { continue };
        if let Some(name) = listed(GAUGES, key) {
            out.extend(number::plain(value).map(|value| Reading::Gauge { name, value }));
        } else if let Some(name) = listed(SETTINGS, key) {
            out.push(Reading::Setting { name: name.to_owned(), value: value.trim().to_owned() });
        } else if out.len() < MAX_NAMED {
            named(key, value, &mut out);
        }
    }
    rounded(body, &mut out);
    out
}

/// Sizes of which only the rounded form was kept, as an excerpt does.
fn rounded(body: &str, out: &mut Vec<Reading>) {
    for name in ["used_memory", "used_memory_rss", "used_memory_peak", "maxmemory", "total_system_memory"] {
        let known = |r: &Reading| matches!(r, Reading::Gauge { name: own, .. } if *own == name);
        if out.iter().any(known) {
            continue;
        }
        let own = |line: &str| line.strip_prefix(name)?.strip_prefix("_human:").and_then(number::size);
        out.extend(body.lines().find_map(own).map(|value| Reading::Gauge { name, value }));
    }
}

/// Fields whose names depend on the server's use: commands, errors, databases, replicas.
fn named(key: &str, value: &str, out: &mut Vec<Reading>) {
    let pairs = || value.split(',').filter_map(|pair| pair.split_once('='));
    let mut push = |name: String, value: &str| {
        out.extend(number::plain(value).map(|value| Reading::Named { name, value }));
    };
    if let Some(command) = key.strip_prefix("cmdstat_") {
        for (field, value) in pairs() {
            let field = match field {
                "calls" | "usec" | "usec_per_call" => field,
                "rejected_calls" => "rejected",
                "failed_calls" => "failed",
                _ => continue,
            };
            push(format!("cmdstat.{}.{field}", command.to_ascii_lowercase()), value);
        }
    } else if let Some(prefix) = key.strip_prefix("errorstat_") {
        for (field, value) in pairs() {
            if field == "count" {
                push(format!("errorstat.{prefix}"), value);
            }
        }
    } else if let Some(command) = key.strip_prefix("latency_percentiles_usec_") {
        for (percentile, value) in pairs() {
            push(format!("latency_us.{command}.{percentile}"), value);
        }
    } else if is_numbered(key, "db") {
        for (field, value) in pairs() {
            push(format!("{key}.{field}"), value);
        }
    } else if is_numbered(key, "slave") || is_numbered(key, "replica") {
        for (field, value) in pairs() {
            match field {
                "lag" | "offset" => push(format!("{key}.{field}"), value),
                _ => {}
            }
        }
        let state = pairs().find(|(field, _)| *field == "state");
        if let Some((_, state)) = state {
            out.push(Reading::Setting { name: format!("{key}.state"), value: state.to_owned() });
        }
    }
}

/// `db0`, `slave12`.
fn is_numbered(key: &str, prefix: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|n| number::integer(n).is_some())
}

/// Time of the poll from `server_time_usec` (6.2+), milliseconds since 1970 UTC.
pub(super) fn time_ms(body: &str) -> Option<i64> {
    let value = body.lines().find_map(|line| line.strip_prefix("server_time_usec:"))?;
    number::integer(value.trim_end()).map(|us| (us / 1000) as i64)
}

/// The bit of a section header or of a field that occurs once in a poll: seeing it again means the next poll began.
pub(super) fn once_bit(line: &str) -> u64 {
    // Sections and the fields that loops grep for, in no order that matters.
    const ONCE: &str = "\
        # Server|# Clients|# Memory|# Persistence|# Threads|# Stats|# Replication|# CPU|# Modules|# Commandstats|# Errorstats|\
        # Latencystats|# Cluster|# Keyspace|# Sentinel|connected_clients|blocked_clients|maxclients|used_memory|maxmemory|\
        uptime_in_seconds|rejected_connections|total_connections_received|instantaneous_ops_per_sec|role|server_time_usec|\
        evicted_keys|redis_version|used_memory_human|total_commands_processed|keyspace_hits|keyspace_misses|loading|\
        master_link_status|rdb_last_bgsave_status|mem_fragmentation_ratio|connected_slaves";
    let name = if line.starts_with('#') { line } else { line.split(':').next().unwrap_or_default() };
    ONCE.split('|').position(|once| once.eq_ignore_ascii_case(name)).map_or(0, |i| 1 << i.min(63))
}

/// Whether a line alone shows that it is INFO's: a section header, or a field that only INFO writes so.
pub(super) fn starts(line: &str) -> bool {
    if line.starts_with("# ") {
        return once_bit(line) != 0;
    }
    let Some((key, value)) = line.split_once(':') else { return false };
    if value.starts_with([' ', '/']) || !key.contains(['_', 'b', 's', 'm', 'r']) {
        return false;
    }
    if key.starts_with("cmdstat_") || key.starts_with("errorstat_") || key.starts_with("latency_percentiles_usec_") {
        return value.contains('=');
    }
    if is_numbered(key, "db") {
        return value.starts_with("keys=");
    }
    if is_numbered(key, "slave") {
        return value.starts_with("ip=");
    }
    // Names of INFO's fields; most texts before a colon are none.
    let plain = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    match key {
        _ if !plain => key.starts_with("used_memory_") && !value.is_empty(),
        "role" => matches!(value, "master" | "slave" | "sentinel"),
        _ if listed(COMMON, key).is_some() => false,
        _ => {
            key == "server_time_usec"
                || listed(SETTINGS, key).is_some()
                || (listed(GAUGES, key).is_some() && number::plain(value).is_some())
                || (key.starts_with("used_memory_") && !value.is_empty())
        }
    }
}

/// Whether a line can continue a poll: blank, a section header, or `key:value` without blanks in the key.
pub(super) fn continues(line: &str) -> bool {
    if line.is_empty() {
        return true;
    }
    if let Some(section) = line.strip_prefix("# ") {
        return section.len() <= 32 && section.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    }
    let Some((key, value)) = line.split_once(':') else { return false };
    let named = key.starts_with("errorstat_") || key.starts_with("cmdstat_") || key.starts_with("latency_percentiles_usec_");
    let plain = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.' | b'|'));
    let path = matches!(key, "executable" | "config_file");
    (named || plain) && key.starts_with(|c: char| c.is_ascii_lowercase()) && (path || !value.starts_with([' ', '/']))
}

#[cfg(test)]
mod tests;
