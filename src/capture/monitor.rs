//! MONITOR: only commands that change the server are read, never arguments of others.
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

/// The change that a command makes.
pub(super) fn change<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Reading> {
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
}
