//! `redis-cli --bigkeys` and DBSIZE.
//!
//! In: the lines of one answer. Out: sizes and key shapes. Fails when: never; a bare `(integer) 5` without its command
//! could answer anything and is no reading.

use super::{Reading, key_shape, number};

/// Whether a line is `--bigkeys`' (or `--memkeys`').
pub(super) fn starts(line: &str) -> bool {
    match line.as_bytes().first() {
        Some(b'#') => line.starts_with("# Scanning the entire keyspace"),
        Some(b'[') => line.contains("%] Biggest ") && line.contains(" found so far "),
        Some(b'B') => line.starts_with("Biggest ") && line.contains(" found ") && line.contains(" has "),
        Some(b'S') => line.starts_with("Sampled ") && line.ends_with(" keys in the keyspace!"),
        Some(b'T') => line.starts_with("Total key length in bytes is "),
        Some(b'-') => line == "-------- summary -------",
        _ => false,
    }
}

/// Whether a line continues it.
pub(super) fn continues(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("# average sizes per key type")
        || line.starts_with("# per 100 SCAN")
        || starts(line)
        || line.contains("% of keys, avg size ")
}

/// Reads the summary.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let mut out = Vec::new();
    for line in body.lines().map(str::trim_end) {
        if let Some(rest) = line.strip_prefix("Sampled ") {
            let sampled = rest.split(' ').next().and_then(number::plain);
            out.extend(sampled.map(|value| Reading::Named { name: "bigkeys.sampled".to_owned(), value }));
        } else if let Some(rest) = line.strip_prefix("Biggest ") {
            out.extend(biggest(rest).into_iter().flatten());
        }
    }
    out
}

/// `  list found 'queue:7' has 45 items` → its size, and its shape with the unit.
fn biggest(rest: &str) -> Option<[Reading; 2]> {
    let (kind, rest) = rest.trim_start().split_once(" found ")?;
    let (key, size) = rest.rsplit_once(" has ")?;
    let value = number::plain(size.split(' ').next()?)?;
    let shape = key_shape(key.trim_matches(['\'', '"']));
    let kind = kind.trim();
    Some([
        Reading::Named { name: format!("bigkeys.{kind}"), value },
        Reading::Setting { name: format!("bigkeys.{kind}"), value: format!("{shape} has {}", size.chars().take(40).collect::<String>()) },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary() {
        let body = "# Scanning the entire keyspace to find biggest keys as well as\n\n[00.00%] Biggest list   found so far '\"queue:1\"' with 45 items\n-------- summary -------\n\nSampled 506 keys in the keyspace!\nTotal key length in bytes is 3452 (avg len 6.82)\n\nBiggest   list found '\"queue:17\"' has 45123 items\n1 lists with 45 items (00.20% of keys, avg size 45.00)";
        let readings = read(body);
        assert!(readings.contains(&Reading::Named { name: "bigkeys.list".to_owned(), value: 45123.0 }));
        assert!(readings.contains(&Reading::Setting { name: "bigkeys.list".to_owned(), value: "queue:* has 45123 items".to_owned() }));
        assert!(!starts("# Clients") && !starts("Total 3") && !starts("Biggest mistake found"));
    }
}
