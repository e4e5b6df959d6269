//! SLOWLOG GET as redis-cli prints it on a terminal: nested `N)` numbers.
//!
//! In: the lines of one or more entries. Out: [`Slow`] entries. Fails when: never.
//!
//! Levels are told by the column of the `)`, which redis-cli right-aligns within a level.

use super::{MAX_ENTRIES, entry, is_address};
use crate::capture::Reading;
use crate::capture::number;

/// Arguments of one entry that are kept; Redis itself cuts at 32.
const MAX_ARGS: usize = 64;

/// An entry being read.
#[derive(Default)]
struct Open {
    id: u64,
    at_s: Option<i64>,
    us: Option<u64>,
    args: Vec<String>,
    client: String,
    name: String,
}

/// Reads all entries.
pub(in crate::capture) fn read(body: &str) -> Vec<Reading> {
    if body.lines().next().is_some_and(is_id) {
        return read(&format!("1) {body}"));
    }
    let mut out = Vec::new();
    let mut open: Option<Open> = None;
    // Column of the `)` of the numbers 2) to 6), known from the second line of an entry.
    let mut field_column = None;
    for line in body.lines() {
        let (first, second, value) = numbers(line);
        let Some((n, column)) = first else { continue };
        match second {
            // `N) 1) (integer) id`: the next entry. `4) 1) "GET"`: its first argument.
            Some((1, _)) if integer(value).is_some() && !(n == 4 && field_column == Some(column)) => {
                close(open.take(), &mut out);
                if out.len() >= MAX_ENTRIES {
                    return out;
                }
                open = Some(Open { id: integer(value).unwrap_or_default(), ..Open::default() });
                field_column = None;
                continue;
            }
            _ => {}
        }
        let Some(entry) = open.as_mut() else { continue };
        if second.is_some() {
            push_arg(entry, value);
        } else if n == 2 && entry.at_s.is_none() && integer(value).is_some() {
            entry.at_s = integer(value).map(|v| v as i64);
            field_column = Some(column);
        } else if n == 3 && entry.us.is_none() && integer(value).is_some() {
            entry.us = integer(value);
        } else if n == 5 && field_column == Some(column) && (is_address(&unquote(value)) || value == "\"\"") {
            entry.client = unquote(value);
        } else if n == 6 && field_column == Some(column) {
            entry.name = unquote(value);
        } else {
            push_arg(entry, value);
        }
    }
    close(open, &mut out);
    out
}

fn push_arg(open: &mut Open, value: &str) {
    if open.args.len() < MAX_ARGS {
        open.args.push(unquote(value));
    }
}

fn close(open: Option<Open>, out: &mut Vec<Reading>) {
    let Some(open) = open else { return };
    if let (Some(at_s), Some(us)) = (open.at_s, open.us) {
        out.push(Reading::Slow(entry(open.id, at_s, us, &open.args, &open.client, &open.name)));
    }
}

/// A number `N)` at the head of a line, and the column of its bracket.
type Index = (u64, usize);

/// Up to two numbers at the head of a line, and what follows them.
fn numbers(line: &str) -> (Option<Index>, Option<Index>, &str) {
    let (first, rest) = index(line, 0);
    let Some(first) = first else { return (None, None, line) };
    let (second, rest) = index(rest, first.1 + 1);
    (Some(first), second, rest.trim())
}

fn index(text: &str, from: usize) -> (Option<Index>, &str) {
    let trimmed = text.trim_start_matches(' ');
    let blanks = text.len() - trimmed.len();
    match trimmed.split_once(") ") {
        Some((digits, rest)) if digits.len() <= 6 => match number::integer(digits) {
            Some(n) => (Some((n, from + blanks + digits.len())), rest),
            None => (None, text),
        },
        _ => (None, text),
    }
}

fn integer(value: &str) -> Option<u64> {
    number::integer(value.strip_prefix("(integer) ")?.trim_end())
}

/// The text between redis-cli's quotes, `\"` and `\\` undone; other escapes stay as written.
fn unquote(value: &str) -> String {
    let value = value.trim();
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// Whether a line begins an entry that was copied without its own number: `1) (integer) id`.
pub(in crate::capture) fn is_id(line: &str) -> bool {
    line.strip_prefix("1) ").and_then(integer).is_some_and(|id| id < 1_000_000_000)
}

/// Whether the line behind an id has the time at which the entry ran.
pub(in crate::capture) fn goes_on_with_time(line: &str) -> bool {
    let (first, second, value) = numbers(line);
    first.is_some_and(|(n, _)| n == 2) && second.is_none() && integer(value).is_some_and(|s| (1_000_000_000..20_000_000_000).contains(&s))
}

/// Whether a line begins an entry: `N) 1) (integer) id`, the id too small for a time (LATENCY HISTORY has times there).
pub(in crate::capture) fn starts(line: &str) -> bool {
    let (_, second, value) = numbers(line);
    matches!(second, Some((1, _))) && integer(value).is_some_and(|id| id < 1_000_000_000)
}

/// Whether a line continues an entry: indented and numbered.
pub(in crate::capture) fn continues(line: &str) -> bool {
    line.starts_with(' ') && numbers(line).0.is_some() && !starts(line)
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
    fn six_fields() {
        let body = "1) 1) (integer) 296\n   2) (integer) 1705482004\n   3) (integer) 1840112\n   4) 1) \"HGETALL\"\n      2) \"orders:index\"\n   5) \"10.0.4.52:50122\"\n   6) \"orders-worker\"\n2) 1) (integer) 297\n   2) (integer) 1705482004\n   3) (integer) 15220\n   4) 1) \"LPUSH\"\n      2) \"orders:pending\"\n      3) \"{\\\"id\\\":7003}\"\n   5) \"10.0.3.17:41234\"\n   6) \"\"";
        let found = entries(body);
        assert_eq!(found.len(), 2);
        let first = found.first().unwrap();
        assert_eq!((first.id, first.at_s, first.us), (296, 1_705_482_004, 1_840_112));
        assert_eq!(
            (first.command.as_str(), first.key.as_str(), first.client.as_str(), first.name.as_str()),
            ("HGETALL", "orders:index", "10.0.4.52:50122", "orders-worker")
        );
        assert_eq!(found.get(1).unwrap().name, "");
    }

    #[test]
    fn four_fields_padded_and_many_arguments() {
        let body = " 1) 1) (integer) 97011\n    2) (integer) 1674240067\n    3) (integer) 28343\n    4) 1) \"EVAL\"\n       2) \"local keys\"\n       3) \"0\"\n       4) \"site-prod:x\"\n       5) \"5\"\n       6) \"6\"\n10) 1) (integer) 97010\n    2) (integer) 1674240067\n    3) (integer) 28291\n    4) 1) \"KEYS\"\n       2) \"site-prod:*\"";
        let found = entries(body);
        assert_eq!(found.len(), 2);
        assert_eq!(found.first().unwrap().client, "");
        assert_eq!((found.get(1).unwrap().command.as_str(), found.get(1).unwrap().key.as_str()), ("KEYS", "site-prod:*"));
    }

    #[test]
    fn an_entry_without_its_number() {
        let body = "1) (integer) 226683\n   2) (integer) 1638716967\n   3) (integer) 935819\n   4)  1) \"evalsha\"\n       2) \"14ab\"\n       3) \"1\"\n       4) \"queue:low\"\n   5) \"172.17.0.14:55328\"\n   6) \"\"";
        let found = entries(body);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].us, found[0].command.as_str(), found[0].key.as_str()), (935_819, "EVALSHA", "queue:low"));
        assert_eq!(found[0].client, "172.17.0.14:55328");
        assert!(!is_id("1) (integer) 1638716967") && !is_id("2) (integer) 5"));
    }

    #[test]
    fn cut_entries_and_near_misses() {
        assert!(entries("1) 1) (integer) 296\n   2) (integer) 1705482004").is_empty());
        assert!(starts(" 1) 1) (integer) 296") && continues("   2) (integer) 1705482004"));
        assert!(!starts("1) 1) (integer) 1405067822") && !starts("1) \"maxclients\"") && !starts("1) 1) \"command\""));
        assert!(!continues("2) foo") && !continues("    at java.lang.Thread.run(Thread.java:1)"));
    }
}
