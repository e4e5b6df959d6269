//! redis-server's own log, 2.4 to 8, Sentinel, Valkey's logfmt and time formats, KeyDB, ElastiCache's engine log.
//!
//! In: a line, or the fields of a JSON object. Out: [`Parsed`] with [`Kind::Server`]. Fails when: never; `None` when it is another's layout.

use std::borrow::Cow;

use super::flat::Field;
use super::{Kind, Parsed, fields};
use crate::record::clock::{Stamp, parse_bare, parse_value};
use crate::record::name;
use crate::record::seek::{cut, cut_last};
use crate::record::severity::Severity;

/// Longest node name before `:M` in ElastiCache's text log (cluster 40, node 4).
const MAX_NODE: usize = 80;

/// What stands before the time.
struct Process<'a> {
    pid: u32,
    role: char,
    /// `cluster/node` of ElastiCache.
    node: Option<&'a str>,
}

/// `PID:R TIME C message`, `[PID] TIME C message`, `cluster/node:R TIME UTC C message`.
pub(super) fn parse(text: &str) -> Option<Parsed<'_>> {
    if let Some((pid, seconds, message)) = signal_handler(text) {
        return Some(Parsed {
            time: parse_value(seconds),
            severity: Severity::Warn,
            message: Cow::Borrowed(message),
            kind: Kind::Server { role: 'M', pid },
            layout: "redis-server",
            ..Parsed::default()
        });
    }
    let (process, rest) = process(text)?;
    let (stamp, mark, message) = timed(rest)?;
    Some(Parsed {
        time: Some(stamp),
        severity: Severity::from_redis_char(mark),
        instance: process.node.map(name),
        message: Cow::Borrowed(message),
        kind: Kind::Server { role: process.role, pid: process.pid },
        layout: "redis-server",
        ..Parsed::default()
    })
}

/// True if the text begins as a line of redis-server's log.
pub(super) fn is_head(text: &str) -> bool {
    process(text).is_some_and(|(_, rest)| timed(rest).is_some()) || signal_handler(text).is_some()
}

/// `PID:signal-handler (SECONDS) message`: what a handler may write without formatting a time.
fn signal_handler(text: &str) -> Option<(u32, &str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (pid, rest) = text.split_at_checked(digits)?;
    let rest = rest.strip_prefix(":signal-handler (")?;
    let (seconds, message) = rest.split_once(") ")?;
    number(seconds)?;
    Some((number(pid)?, seconds, message))
}

/// Reads the process before the time, cheaply: a letter of the four roles behind a colon, or a number in brackets.
fn process(text: &str) -> Option<(Process<'_>, &str)> {
    let first = *text.as_bytes().first()?;
    if first == b'[' {
        if let Some((digits, rest)) = cut(text.get(1..)?, b']')
            && let Some(pid) = number(digits)
        {
            return Some((Process { pid, role: '-', node: None }, rest.strip_prefix(' ')?));
        }
        // `[24:S 16 Oct …`: a paste whose bracket was opened around the whole line.
        let inside = text.get(1..)?;
        let digits = inside.bytes().take(8).take_while(u8::is_ascii_digit).count();
        return if digits > 0 && inside.as_bytes().get(digits) == Some(&b':') { process(inside) } else { None };
    }
    // `:C 16 Oct …`: the pid was cut off.
    if first == b':' {
        let role = text.chars().nth(1).filter(|role| matches!(role, 'M' | 'S' | 'C' | 'X'))?;
        return Some((Process { pid: 0, role, node: None }, text.get(2..)?.strip_prefix(' ')?));
    }
    if !first.is_ascii_alphanumeric() {
        return None;
    }
    let at = text.bytes().take(MAX_NODE).position(|byte| byte == b' ')?;
    let (head, rest) = (text.get(..at)?, text.get(at + 1..)?);
    let (name, role) = cut_last(head, b':')?;
    let role = match role {
        "M" => 'M',
        "S" => 'S',
        "C" => 'C',
        "X" => 'X',
        _ => return None,
    };
    // KeyDB writes `pid:thread:role`.
    if let Some(pid) = number(name.split(':').next()?) {
        return Some((Process { pid, role, node: None }, rest));
    }
    name.contains('/').then_some((Process { pid: 0, role, node: Some(name) }, rest))
}

fn number(digits: &str) -> Option<u32> {
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// Time, mark and message.
fn timed(rest: &str) -> Option<(Stamp, char, &str)> {
    let (stamp, taken) = parse_bare(rest)?;
    let mut letters = rest.get(taken..)?.strip_prefix(' ')?.chars();
    let mark = letters.next().filter(|mark| matches!(mark, '.' | '-' | '*' | '#'))?;
    let message = letters.as_str();
    if message.is_empty() {
        return Some((stamp, mark, message));
    }
    Some((stamp, mark, message.strip_prefix(' ')?))
}

/// Valkey 8.1's `log-format logfmt`: `pid=1 role=primary timestamp="…" level=notice message="…"`.
pub(super) fn logfmt(text: &str) -> Option<Parsed<'_>> {
    let line = text.split('\n').next()?;
    let mut parsed = Parsed { layout: "redis-server", ..Parsed::default() };
    let (mut pid, mut role, mut message) = (0, None, None);
    for (key, value) in fields::pairs(line) {
        match key {
            "pid" => pid = number(&value)?,
            "role" => role = Some(role_letter(&value)?),
            "timestamp" => parsed.time = parse_value(&value),
            "level" => parsed.severity = level(&value),
            "message" => message = Some(value),
            _ => {}
        }
    }
    parsed.kind = Kind::Server { role: role?, pid };
    parsed.message = message?;
    Some(parsed)
}

fn role_letter(word: &str) -> Option<char> {
    match word {
        "primary" | "master" | "M" => Some('M'),
        "replica" | "slave" | "S" => Some('S'),
        "RDB/AOF" | "child" | "C" => Some('C'),
        "sentinel" | "X" => Some('X'),
        _ => None,
    }
}

/// The server's own level words; its `warning` is its worst, and also every start banner.
fn level(word: &str) -> Severity {
    Severity::from_word(word)
}

/// ElastiCache's JSON engine log: `CacheClusterId`, `CacheNodeId`, `LogLevel`, `Role`, `Time`, `Message`.
pub(super) fn elasticache<'a>(list: &[Field<'a>]) -> Option<Parsed<'a>> {
    let find = |name: &str| list.iter().rev().find(|field| field.path == name);
    let text = |name: &str| find(name).and_then(|field| field.value.as_str());
    let super::flat::Scalar::Text(message) = &find("Message")?.value else { return None };
    let role = role_letter(text("Role")?)?;
    let node = text("CacheNodeId").map_or_else(String::new, |node| format!("/{node}"));
    Some(Parsed {
        time: text("Time").and_then(parse_value),
        severity: text("LogLevel").map_or(Severity::Unknown, level),
        instance: text("CacheClusterId").map(|cluster| name(&format!("{cluster}{node}"))),
        message: message.clone(),
        kind: Kind::Server { role, pid: 0 },
        layout: "redis-server",
        ..Parsed::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ms, read};
    use super::*;

    fn server(line: &str) -> (char, u32, Severity, String, String) {
        let got = read(line);
        let Kind::Server { role, pid } = got.kind else { panic!("{line}: {got:?}") };
        assert_eq!(got.layout, "redis-server");
        (role, pid, got.severity, ms(&got).unwrap(), got.message.into_owned())
    }

    #[test]
    fn every_grammar() {
        let whole = "2024-01-17T09:00:04.000Z".to_owned();
        let fine = "2024-01-17T09:00:04.010Z".to_owned();
        let text = "Background saving started by pid 2119".to_owned();
        for (line, want) in [
            ("[2214] 17 Jan 09:00:04 * Background saving started by pid 2119", ('-', 2214, Severity::Info, whole)),
            ("[2214] 17 Jan 09:00:04.010 * Background saving started by pid 2119", ('-', 2214, Severity::Info, fine.clone())),
            ("1:M 17 Jan 09:00:04.010 * Background saving started by pid 2119", ('M', 1, Severity::Info, fine.clone())),
            ("1:M 17 Jan 2024 09:00:04.010 # Background saving started by pid 2119", ('M', 1, Severity::Warn, fine.clone())),
            ("1:X 17 Jan 2024 09:00:04.010 - Background saving started by pid 2119", ('X', 1, Severity::Info, fine.clone())),
            ("2119:C 17 Jan 2024 09:00:04.010 . Background saving started by pid 2119", ('C', 2119, Severity::Debug, fine.clone())),
            ("7:8:S 17 Jan 2024 09:00:04.010 * Background saving started by pid 2119", ('S', 7, Severity::Info, fine.clone())),
            ("1:M 2024-01-17T09:00:04.010+00:00 * Background saving started by pid 2119", ('M', 1, Severity::Info, fine.clone())),
            ("1:M 1705482004010 * Background saving started by pid 2119", ('M', 1, Severity::Info, fine.clone())),
            (
                "shop-redis-001/0001:M 17 Jan 2024 09:00:04.010 UTC * Background saving started by pid 2119",
                ('M', 0, Severity::Info, fine.clone()),
            ),
            (
                r#"pid=1 role=primary timestamp="2024-01-17T09:00:04.010+00:00" level=notice message="Background saving started by pid 2119""#,
                ('M', 1, Severity::Info, fine.clone()),
            ),
            (
                r#"{"CacheClusterId":"shop-redis-001","CacheNodeId":"0001","LogLevel":"NOTICE","Role":"M","Time":"17 Jan 2024 09:00:04.010 UTC","Message":"Background saving started by pid 2119"}"#,
                ('M', 0, Severity::Info, fine),
            ),
        ] {
            let (role, pid, severity, time) = want;
            assert_eq!(server(line), (role, pid, severity, time, text.clone()), "{line}");
            assert!(super::super::is_head(line), "{line}");
        }
        assert_eq!(read("shop-redis-001/0001:M 17 Jan 2024 09:00:04.010 UTC # x").instance.as_deref(), Some("shop-redis-001/0001"));
        assert_eq!(
            read("1:X 17 Nov 08:52:40.754 # +sdown master main001 10.0.40.10 6379").message,
            "+sdown master main001 10.0.40.10 6379"
        );
    }

    #[test]
    fn near_misses() {
        for line in [
            "1:M",
            "1:M 17 Jan",
            "1:Q 17 Jan 2024 09:00:04.010 * x",
            "1:M 17 Jan 2024 09:00:04.010 x",
            "1:M 17 Jan 2024 09:00:04.010 *x",
            "[x] 17 Jan 09:00:04 * x",
            "a:M 17 Jan 09:00:04.010 * x",
            "127.0.0.1:6379> INFO",
            "99999999999:M 17 Jan 09:00:04.010 * x",
        ] {
            assert!(!matches!(read(line).kind, Kind::Server { .. }), "{line}");
        }
        assert!(parse("1:M 17 Jan 2024 09:00:04.010 *").is_some_and(|got| got.message.is_empty()));
    }
}
