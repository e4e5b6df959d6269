//! SLOWLOG GET with `redis-cli --json`: arrays in an array.
//!
//! In: the JSON text. Out: [`Slow`] entries. Fails when: never; JSON of another shape has none.

use serde_json::Value;

use super::{MAX_ENTRIES, entry};
use crate::capture::Reading;

/// Reads all entries.
pub(in crate::capture) fn read(body: &str) -> Vec<Reading> {
    let Ok(Value::Array(rows)) = serde_json::from_str::<Value>(body.trim()) else { return Vec::new() };
    rows.iter().take(MAX_ENTRIES).filter_map(row).collect()
}

fn row(value: &Value) -> Option<Reading> {
    let fields = value.as_array()?;
    let id = fields.first()?.as_u64()?;
    let at_s = fields.get(1)?.as_i64()?;
    let us = fields.get(2)?.as_u64()?;
    let args: Vec<String> = fields.get(3)?.as_array()?.iter().filter_map(|a| a.as_str().map(str::to_owned)).collect();
    let text = |i: usize| fields.get(i).and_then(Value::as_str).unwrap_or_default();
    Some(Reading::Slow(entry(id, at_s, us, &args, text(4), text(5))))
}

/// Whether a line is such an array: `[[digits,` and a nested array of words.
pub(in crate::capture) fn starts(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("[[") else { return false };
    rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(",[\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_arrays() {
        let body = r#"[[296,1705482004,1840112,["HGETALL","orders:index"],"10.0.4.52:50122","orders-worker"],[297,1705482004,15220,["LPUSH","orders:pending","{\"id\":7003}"],"10.0.3.17:41234",""]]"#;
        assert!(starts(body));
        let found = read(body);
        assert_eq!(found.len(), 2);
        assert!(matches!(found.first(), Some(Reading::Slow(s)) if s.us == 1_840_112 && s.key == "orders:index"));
        assert!(read("[[1,2],[3]]").is_empty() && read("[[").is_empty());
        assert!(!starts("[[1,2],[3]]") && !starts("[INFO] x"));
    }
}
