//! SLOWLOG GET piped: one value a line, no structure.
//!
//! In: the run of lines. Out: [`Slow`] entries. Fails when: never; an argument that holds newlines moves words between
//! arguments, never between entries.

use super::{MAX_ENTRIES, entry, is_address};
use crate::capture::{Reading, number};

/// Reads all entries: an entry begins where id, Unix seconds and microseconds follow each other.
pub(in crate::capture) fn read(body: &str) -> Vec<Reading> {
    let lines: Vec<&str> = body.lines().map(|l| l.trim_end_matches('\r')).collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|&i| head(&lines, i).is_some()).take(MAX_ENTRIES).collect();
    let mut out = Vec::new();
    for (n, &start) in starts.iter().enumerate() {
        let Some((id, at_s, us)) = head(&lines, start) else { continue };
        let end = starts.get(n + 1).copied().unwrap_or(lines.len());
        let rest = lines.get(start + 3..end).unwrap_or_default();
        let (args, client, name) = match rest {
            [args @ .., client, name] if !args.is_empty() && is_address(client) => (args, *client, *name),
            // The empty name at the very end of a capture is often trimmed away.
            [args @ .., client] if !args.is_empty() && is_address(client) => (args, *client, ""),
            args => (args, "", ""),
        };
        let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        if !args.is_empty() {
            out.push(Reading::Slow(entry(id, at_s, us, &args, client, name)));
        }
    }
    out
}

/// Id, Unix seconds, microseconds at line `i`.
fn head(lines: &[&str], i: usize) -> Option<(u64, i64, u64)> {
    let id = number::integer(lines.get(i)?)?;
    let at_s = number::unix_seconds(lines.get(i + 1)?)?;
    let us = number::integer(lines.get(i + 2)?)?;
    // A command name follows; three more numbers in a row are arguments.
    let command = lines.get(i + 3)?;
    command.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((id, at_s, us))
}

#[cfg(test)]
mod tests {
    use super::super::super::Slow;
    use super::*;

    fn entries(body: &str) -> Vec<Slow> {
        read(body)
            .into_iter()
            .filter_map(|r| match r {
                Reading::Slow(s) => Some(s),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn flat_values() {
        let body = "296\n1705482004\n1840112\nHGETALL\norders:index\n10.0.4.52:50122\norders-worker\n297\n1705482004\n15220\nLPUSH\norders:pending\n{\"id\":7003}\n10.0.3.17:41234\n";
        let found = entries(body);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].us, found[0].command.as_str(), found[0].name.as_str()), (1_840_112, "HGETALL", "orders-worker"));
        assert_eq!((found[1].key.as_str(), found[1].client.as_str(), found[1].name.as_str()), ("orders:pending", "10.0.3.17:41234", ""));
    }

    #[test]
    fn old_entries_without_client_and_rubbish() {
        let found = entries("14\n1309448221\n15\nping\n13\n1309448128\n30\nslowlog\nget\n100");
        assert_eq!(found.iter().map(|s| s.id).collect::<Vec<_>>(), [14, 13]);
        assert!(entries("1\n2\n3\n4").is_empty());
        assert!(entries("").is_empty());
    }
}
