//! MONITOR, and commands typed at redis-cli's prompt: only those that change the server are read, never arguments of others.
//!
//! In: a line. Out: a change. Fails when: the command changes nothing that diagnosis weighs.

use super::{ChangeKind, Reading, number};

/// Whether a line is MONITOR's: `1705482003.117204 [0 10.0.4.52:50122] "BLPOP" …`.
pub(super) fn is_line(line: &str) -> bool {
    parts(line).is_some()
}

fn parts(line: &str) -> Option<(i64, &str)> {
    let (seconds, rest) = line.split_once('.')?;
    let at_s = number::unix_seconds(seconds)?;
    let (micros, rest) = rest.split_once(" [")?;
    number::integer(micros).filter(|_| micros.len() == 6)?;
    let (_, command) = rest.split_once("] ")?;
    command.starts_with('"').then_some((at_s * 1000 + micros.parse::<i64>().ok()? / 1000, command))
}

/// When a MONITOR line was written.
pub(super) fn time_ms(line: &str) -> Option<i64> {
    parts(line).map(|(time, _)| time)
}

/// The change that a MONITOR line makes.
pub(super) fn read(line: &str) -> Vec<Reading> {
    let Some((_, command)) = parts(line) else { return Vec::new() };
    let words = || command.split("\" \"").map(|word| word.trim_matches(['"', ' ']));
    // How often each command came; never its arguments.
    let name =
        words().next().filter(|name| name.len() <= 20 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_')));
    let count = name.map(|name| Reading::Named { name: format!("monitor.{}", name.to_ascii_uppercase()), value: 1.0 });
    change(words()).into_iter().chain(count).collect()
}

/// The change that a prompt line (`127.0.0.1:6379> CONFIG SET maxclients 20000`) makes, and DBSIZE's answer.
pub(super) fn read_session(body: &str) -> Vec<Reading> {
    let mut lines = body.lines();
    let Some((_, command)) = prompt(lines.next().unwrap_or_default()) else { return Vec::new() };
    if command.trim().eq_ignore_ascii_case("dbsize") {
        let count = lines.next().and_then(|answer| number::plain(answer.trim().strip_prefix("(integer) ")?));
        return count.map(|value| Reading::Gauge { name: "keys", value }).into_iter().collect();
    }
    change(command.split_ascii_whitespace().map(|word| word.trim_matches('"'))).into_iter().collect()
}

fn change<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Reading> {
    let command = words.next()?.to_ascii_uppercase();
    let (kind, what) = match command.as_str() {
        "CONFIG" => {
            let sub = words.next()?.to_ascii_uppercase();
            match sub.as_str() {
                "SET" => {
                    let key = words.next()?.to_ascii_lowercase();
                    let value = words.next().unwrap_or_default();
                    let secret = matches!(key.as_str(), "requirepass" | "masterauth");
                    let value: String = if secret { "***".to_owned() } else { value.chars().take(60).collect() };
                    (ChangeKind::Config, format!("CONFIG SET {key} {value}"))
                }
                "REWRITE" => (ChangeKind::Config, "CONFIG REWRITE".to_owned()),
                _ => return None,
            }
        }
        "REPLICAOF" | "SLAVEOF" => {
            let master: Vec<&str> = words.take(2).collect();
            (ChangeKind::Failover, format!("{command} {}", master.join(" ")))
        }
        "FAILOVER" => (ChangeKind::Failover, "FAILOVER was asked for".to_owned()),
        "SHUTDOWN" => (ChangeKind::Restart, "SHUTDOWN was asked for".to_owned()),
        "FLUSHALL" | "FLUSHDB" => (ChangeKind::Config, format!("{command} emptied the data")),
        _ => return None,
    };
    Some(Reading::Change { kind, what, subject: None, replicas: None })
}

/// Splits redis-cli's prompt from what was typed: `127.0.0.1:6379> INFO`, `redis:6379[1]> `, `not connected> `.
pub(super) fn prompt(line: &str) -> Option<(&str, &str)> {
    let (node, command) = line.split_once("> ")?;
    if node == "not connected" {
        return Some((node, command));
    }
    let (host, port) = node.rsplit_once(':')?;
    let port = port.split('[').next().unwrap_or(port);
    let ok = (2..=5).contains(&port.len()) && number::integer(port).is_some() && !host.is_empty() && !host.contains([' ', '<', '"', '=']);
    ok.then_some((node, command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_set_is_a_change() {
        let line = r#"1705482003.117204 [0 10.0.4.52:50122] "CONFIG" "SET" "maxclients" "20000""#;
        assert!(is_line(line));
        assert_eq!(time_ms(line), Some(1_705_482_003_117));
        assert!(
            matches!(read(line).first(), Some(Reading::Change { kind: ChangeKind::Config, what, .. }) if what == "CONFIG SET maxclients 20000")
        );
        let secret = r#"1705482003.117204 [0 10.0.4.52:50122] "config" "set" "requirepass" "hunter2""#;
        assert!(matches!(read(secret).first(), Some(Reading::Change { what, .. }) if !what.contains("hunter2")));
        assert_eq!(read(r#"1705482005.000100 [0 lua] "GET" "cart:17""#), [Reading::Named { name: "monitor.GET".to_owned(), value: 1.0 }]);
        assert!(!is_line("1705482003.117204 something [0] \"x\"") && !is_line("OK"));
    }

    #[test]
    fn sessions() {
        assert!(matches!(read_session("127.0.0.1:6379> CONFIG SET timeout 300\nOK").as_slice(), [Reading::Change { .. }]));
        assert!(matches!(read_session("127.0.0.1:6379> DBSIZE\n(integer) 5").as_slice(), [Reading::Gauge { value: 5.0, .. }]));
        assert!(read_session("127.0.0.1:6379> GET a\n(integer) 5").is_empty());
        assert_eq!(prompt("<http://10.0.0.1:8080> x"), None);
        assert_eq!(prompt("redis:6379[1]> INFO"), Some(("redis:6379[1]", "INFO")));
    }
}
