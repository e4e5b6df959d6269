//! ElastiCache slow-log delivery, JSON and text lines; keys are masked by the service.
//!
//! In: one line. Out: one [`Slow`] entry. Fails when: the line is of another shape.

use serde_json::Value;

use super::{entry, is_address};
use crate::capture::{Reading, number};

/// Whether a line is such an entry.
pub(in crate::capture) fn is_entry(line: &str) -> bool {
    if line.starts_with('{') { line.contains("\"Duration (us)\"") } else { text_fields(line).is_some() }
}

/// Reads one line.
pub(in crate::capture) fn read(line: &str) -> Option<Reading> {
    let line = line.trim();
    if line.starts_with('{') { json(line) } else { text(line) }
}

/// The cluster that an entry names.
pub(in crate::capture) fn node(line: &str) -> Option<String> {
    let line = line.trim();
    if line.starts_with('{') {
        let object: Value = serde_json::from_str(line).ok()?;
        return object.get("CacheClusterId").and_then(Value::as_str).map(str::to_owned);
    }
    text_fields(line).map(|fields| fields.cluster.to_owned())
}

fn json(line: &str) -> Option<Reading> {
    let object: Value = serde_json::from_str(line).ok()?;
    let whole = |key: &str| object.get(key).and_then(Value::as_u64);
    let word = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let us = whole("Duration (us)")?;
    let at_s = whole("Timestamp")? as i64;
    let args = arguments(word("Command"));
    Some(Reading::Slow(entry(whole("Id").unwrap_or_default(), at_s, us, &args, word("ClientAddress"), word("ClientName"))))
}

/// Fields of the text form: four from the left, two from the right, the command between may hold commas.
struct Text<'a> {
    cluster: &'a str,
    at_s: i64,
    us: u64,
    command: &'a str,
    client: &'a str,
    name: &'a str,
}

fn text_fields(line: &str) -> Option<Text<'_>> {
    let mut left = line.splitn(5, ',');
    let (cluster, node, at, us, rest) = (left.next()?, left.next()?, left.next()?, left.next()?, left.next()?);
    let at_s = number::unix_seconds(at)?;
    let us = number::integer(us)?;
    number::integer(node)?;
    let mut right = rest.rsplitn(3, ',');
    let (name, client, command) = (right.next()?, right.next()?, right.next()?);
    let named = !cluster.is_empty() && cluster.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (named && is_address(client)).then_some(Text { cluster, at_s, us, command, client, name })
}

fn text(line: &str) -> Option<Reading> {
    let t = text_fields(line)?;
    Some(Reading::Slow(entry(0, t.at_s, t.us, &arguments(t.command), t.client, t.name)))
}

/// Command words; `... (1 more arguments)` stands for what is masked.
fn arguments(command: &str) -> Vec<String> {
    let shown = command.split(" ... (").next().unwrap_or_default();
    shown.split_ascii_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let json = r#"{"CacheClusterId":"shop-redis-001","CacheNodeId":"0001","Id":296,"Timestamp":1705482004,"Duration (us)":1840112,"Command":"HGETALL ... (1 more arguments)","ClientAddress":"10.0.4.52:50122","ClientName":"orders-worker"}"#;
        let text = "shop-redis-001,0001,1705482004,1840112,HGETALL ... (1 more arguments),10.0.4.52:50122,orders-worker";
        for line in [json, text] {
            assert!(is_entry(line));
            assert!(
                matches!(read(line), Some(Reading::Slow(s)) if s.us == 1_840_112 && s.command == "HGETALL" && s.key.is_empty() && s.name == "orders-worker")
            );
            assert_eq!(node(line).as_deref(), Some("shop-redis-001"));
        }
        let comma = "c,0001,1705482004,15,EVAL a,b ... (2 more arguments),10.0.3.17:41234,";
        assert!(matches!(read(comma), Some(Reading::Slow(s)) if s.command == "EVAL" && s.client == "10.0.3.17:41234"));
        assert!(!is_entry("a,b,c,d,e,f,g") && !is_entry("{\"a\":1}") && read("{broken \"Duration (us)\"").is_none());
    }
}
