//! `redis-cli --stat`: a row of server numbers each interval, without a time.
//!
//! In: one row. Out: gauges. Fails when: the row is a header or of another shape.

use super::{Reading, number};

/// Whether a line is `--stat`'s header.
pub(super) fn is_header(line: &str) -> bool {
    line.starts_with("------- data ------ ---")
        || (line.starts_with("keys ") && line.contains(" mem ") && line.contains(" clients blocked requests"))
}

/// Columns of a row: keys, mem, clients, blocked, requests, (+delta), connections.
fn columns(line: &str) -> Option<(f64, f64, f64, f64, f64, f64)> {
    let mut words = line.split_ascii_whitespace();
    let keys = number::integer(words.next()?)?;
    let memory = number::size(words.next()?)?;
    let clients = number::integer(words.next()?)?;
    let blocked = number::integer(words.next()?)?;
    let requests = number::integer(words.next()?)?;
    words.next()?.strip_prefix("(+")?.strip_suffix(')')?;
    let connections = number::integer(words.next()?)?;
    Some((keys as f64, memory, clients as f64, blocked as f64, requests as f64, connections as f64))
}

/// Whether a line is a row.
pub(super) fn is_row(line: &str) -> bool {
    line.contains(" (+") && columns(line).is_some()
}

/// Reads a row.
pub(super) fn read(line: &str) -> Vec<Reading> {
    let Some((keys, memory, clients, blocked, requests, connections)) = columns(line) else { return Vec::new() };
    [
        ("keys", keys),
        ("used_memory", memory),
        ("connected_clients", clients),
        ("blocked_clients", blocked),
        ("total_commands_processed", requests),
        ("total_connections_received", connections),
    ]
    .into_iter()
    .map(|(name, value)| Reading::Gauge { name, value })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_headers() {
        let row = "88123      775.32M  10000    37      911540 (+1307)      14740       SAVE";
        assert!(is_row(row) && is_row("506        1015.00K 1       0       24 (+0)             7           "));
        assert!(read(row).contains(&Reading::Gauge { name: "connected_clients", value: 10000.0 }));
        assert!(is_header("------- data ------ --------------------- load -------------------- - child -"));
        assert!(is_header("keys       mem      clients blocked requests            connections          "));
        assert!(!is_row("12 5M a b (+1) c") && !is_header("------- summary") && read("").is_empty());
    }
}
