//! Which capture a line belongs to, and whether it continues the one before.
//!
//! In: one peeled line. Out: [`CaptureKind`]. Fails when: never; `None` is an ordinary log line.
//!
//! The first byte decides what is looked for, so an ordinary line costs a few comparisons.

use super::kind::CaptureKind;
use super::{
    answers, client_list, config_get, date, info, keyspace, latency, loops, memory_doctor, metrics, monitor, number, reply, session,
    slowlog, sockets, stat, status,
};

use crate::record::layout::is_common;

/// Longest line that can belong to a capture other than JSON and CLIENT LIST: 64 KiB, so that hostile lines cost nothing.
const MAX_LINE: usize = 64 * 1024;
/// Longest line of JSON or CSV that can be a capture: SLOWLOG keeps 128 entries of some kilobytes.
const MAX_OBJECT: usize = 1 << 20;

/// Texts (case-sensitive) of which one is in the first lines of every capture that can stand inside another log; `scan` may
/// look for them. Bare numbers and bare parameters have no such text: they are read only where a whole source is a capture.
pub const NEEDLES: &[&str] = &[
    "_clients:",
    "_connections:",
    "maxclients",
    "used_memory",
    "_in_seconds:",
    "redis_version:",
    "role:master",
    "role:slave",
    "cmdstat_",
    "errorstat_",
    "# Clients",
    "# Memory",
    "# Stats",
    "# Server",
    "# Replication",
    "# Persistence",
    " addr=",
    ") 1) ",
    "Duration (us)",
    " connections",
    "onnections: ",
    "Redis Connection Audit",
    "latency spikes",
    "redis_",
    "metric ",
    "Biggest ",
    "Sampled ",
    "Sam, ",
    "has been upgraded",
    "Exited (",
];

/// Decides from one line whether it belongs to a capture.
pub fn is_capture_line(text: &str) -> Option<CaptureKind> {
    let line = text.trim_end_matches(['\r', '\n', ' ', '\t']);
    let first = *line.as_bytes().first()?;
    match first {
        b'{' | b'[' | b'"' if line.len() > MAX_OBJECT => None,
        b'{' if answers::starts(line) => Some(CaptureKind::Answer),
        b'{' if config_get::starts_object(line) => one_line(line),
        b'{' => slowlog::elasticache::is_entry(line).then_some(CaptureKind::SlowlogElastiCache),
        b'[' if slowlog::json::starts(line) => Some(CaptureKind::SlowlogJson),
        b'[' if answers::starts(line) => Some(CaptureKind::Answer),
        b'[' if line.starts_with("[[\"") => one_line(line),
        b'[' if session::shell_command(line).is_some() => other_line(line),
        b'"' => one_line(line),
        _ if line.len() > MAX_LINE => None,
        b'[' | b'-' | b'T' | b'B' | b'S' if keyspace::starts(line) => Some(CaptureKind::Keyspace),
        b'-' => stat::is_header(line).then_some(CaptureKind::Stat).or_else(|| dated(line)),
        b'=' => loops::starts_audit(line).then_some(CaptureKind::Audit).or_else(|| dated(line)),
        b'$' if loops::asks(line) => Some(CaptureKind::Ask),
        b'$' => typed(line),
        b'/' => status::is_row(line).then_some(CaptureKind::Status),
        b'#' => hash_line(line),
        b'0'..=b'9' => digit_line(line),
        b' ' => blank_line(line),
        b'a'..=b'z' => lower_line(line),
        b'A'..=b'Z' => upper_line(line),
        _ => None,
    }
}

fn dated(line: &str) -> Option<CaptureKind> {
    date::is_date(line).then_some(CaptureKind::Date)
}

fn hash_line(line: &str) -> Option<CaptureKind> {
    if keyspace::starts(line) {
        Some(CaptureKind::Keyspace)
    } else if let Some(date) = dated(line) {
        Some(date)
    } else if metrics::is_comment(line) {
        Some(CaptureKind::Metric)
    } else {
        info::starts(line).then(|| CaptureKind::Info(info::once_bit(line))).or_else(|| typed(line))
    }
}

/// A command at a prompt.
fn typed(line: &str) -> Option<CaptureKind> {
    session::is_command(line).then(|| if session::is_question(line) { CaptureKind::Question } else { CaptureKind::Prompt })
}

/// A line of `--csv` or `--json` that is read as its values would be when piped.
fn one_line(line: &str) -> Option<CaptureKind> {
    let bare = reply::one_line(line)?;
    let known = matches!(
        kind_of(&bare)?,
        CaptureKind::SlowlogRaw
            | CaptureKind::Latency
            | CaptureKind::Config
            | CaptureKind::BareAnswer
            | CaptureKind::Info(_)
            | CaptureKind::ClientList
            | CaptureKind::MemoryDoctor
    );
    known.then_some(CaptureKind::OneLine)
}

fn digit_line(line: &str) -> Option<CaptureKind> {
    // `2024-01-17T…` and requests are most lines of most logs.
    if matches!(line.as_bytes().get(4), Some(b'-' | b'/')) || is_common(line) {
        return None;
    }
    if number::integer(line).is_some() {
        return Some(CaptureKind::RawInteger);
    }
    match line.bytes().find(|b| !b.is_ascii_digit())? {
        b')' | b'#' => numbered(line),
        b'.' if monitor::is_line(line) => Some(CaptureKind::Monitor),
        b' ' if stat::is_row(line) => Some(CaptureKind::Stat),
        b' ' if latency::is_piped(line) => Some(CaptureKind::Latency),
        b',' if line.contains(",\"") => one_line(line).or_else(|| other_line(line)),
        _ => other_line(line),
    }
}

fn blank_line(line: &str) -> Option<CaptureKind> {
    match line.trim_start().as_bytes().first()? {
        b'0'..=b'9' => numbered(line),
        b'l' | b'n' | b'r' | b's' | b'v' if has(line, b'|') && loops::asks(line) => Some(CaptureKind::Ask),
        _ => None,
    }
}

fn numbered(line: &str) -> Option<CaptureKind> {
    if slowlog::tty::starts(line) {
        Some(CaptureKind::SlowlogTty)
    } else if slowlog::tty::is_id(line) {
        Some(CaptureKind::FirstInteger)
    } else if latency::starts(line) {
        Some(CaptureKind::Latency)
    } else if config_get::starts(line) {
        Some(CaptureKind::Config)
    } else if answers::starts(line) {
        Some(CaptureKind::Answer)
    } else {
        answers::names_command(line).then_some(CaptureKind::CommandName)
    }
}

fn lower_line(line: &str) -> Option<CaptureKind> {
    if client_list::is_row(line) {
        Some(CaptureKind::ClientList)
    } else if metrics::is_metric(line) {
        Some(CaptureKind::Metric)
    } else if info::starts(line) {
        Some(CaptureKind::Info(info::once_bit(line)))
    } else if stat::is_header(line) {
        Some(CaptureKind::Stat)
    } else if latency::starts(line) {
        Some(CaptureKind::Latency)
    } else if line.len() <= 40 && !line.contains(' ') {
        word(line)
    } else {
        other_line(line)
    }
}

/// A bare word may be the first line of a piped answer.
fn word(line: &str) -> Option<CaptureKind> {
    if config_get::is_bare_key(line) {
        Some(CaptureKind::ConfigKey)
    } else if latency::is_event(line) {
        Some(CaptureKind::LatencyEvent)
    } else if line == "count" {
        Some(CaptureKind::Count)
    } else if line == "name" {
        Some(CaptureKind::Name)
    } else if answers::starts(line) || matches!(line, "master" | "slave") {
        Some(CaptureKind::BareAnswer)
    } else {
        answers::names_command(line).then_some(CaptureKind::CommandName)
    }
}

fn upper_line(line: &str) -> Option<CaptureKind> {
    if date::is_date(line) {
        Some(CaptureKind::Date)
    } else if loops::is_count(line) {
        Some(CaptureKind::Loop)
    } else if latency::starts(line) {
        Some(CaptureKind::Latency)
    } else if memory_doctor::starts(line) {
        Some(CaptureKind::MemoryDoctor)
    } else if line.starts_with("Release \"") && line.contains("\" has been ") {
        Some(CaptureKind::Helm)
    } else {
        other_line(line)
    }
}

fn has(line: &str, byte: u8) -> bool {
    memchr::memchr(byte, line.as_bytes()).is_some()
}

/// Rows that may begin with any letter or digit.
fn other_line(line: &str) -> Option<CaptureKind> {
    if sockets::starts(line) {
        Some(CaptureKind::Sockets)
    } else if status::is_row(line) {
        Some(CaptureKind::Status)
    } else if memchr::memchr3(b'|', b'>', b'$', line.as_bytes()).is_some() {
        // Most lines have none of the marks of a prompt or a pipe.
        if line.contains("| wc -l") && loops::asks(line) { Some(CaptureKind::Ask) } else { typed(line).or_else(|| entry_text(line)) }
    } else {
        entry_text(line)
    }
}

fn entry_text(line: &str) -> Option<CaptureKind> {
    (has(line, b',') && slowlog::elasticache::is_entry(line)).then_some(CaptureKind::SlowlogElastiCache)
}

/// Whether a line continues the capture record begun before.
pub fn joins(previous: CaptureKind, text: &str) -> bool {
    step(previous, text).is_some()
}

/// The state of a capture record after one more line; `None` when the line does not belong to it.
///
/// A piped slow log and a piped CONFIG GET are told from other bare words only by what follows: callers that carry the
/// returned kind along read them, callers that keep the first kind get records of single lines.
pub fn step(previous: CaptureKind, text: &str) -> Option<CaptureKind> {
    let line = text.trim_end_matches(['\r', '\n']);
    match previous {
        CaptureKind::Info(seen) => {
            let line = line.trim_end();
            let bit = info::once_bit(line);
            (info::continues(line) && seen & bit == 0).then_some(CaptureKind::Info(seen | bit))
        }
        CaptureKind::SlowlogTty => slowlog::tty::continues(line).then_some(previous),
        CaptureKind::RawInteger => number::unix_seconds(line).map(|_| CaptureKind::RawTime),
        CaptureKind::RawTime => number::integer(line).map(|_| CaptureKind::SlowlogRaw),
        CaptureKind::FirstInteger => slowlog::tty::goes_on_with_time(line).then_some(CaptureKind::SlowlogTty),
        CaptureKind::SlowlogRaw => is_raw_value(line).then_some(previous),
        CaptureKind::Latency => latency::continues(line.trim_end()).then_some(previous),
        CaptureKind::LatencyEvent => number::unix_seconds(line).map(|_| CaptureKind::Latency),
        CaptureKind::MemoryDoctor => memory_doctor::continues(line).then_some(previous),
        CaptureKind::Config => config_get::continues(line).then_some(previous),
        CaptureKind::ConfigKey => config_get::is_value(line).then_some(CaptureKind::Config),
        CaptureKind::Keyspace => keyspace::continues(line).then_some(previous),
        CaptureKind::Audit => loops::continues_audit(line).then_some(previous),
        CaptureKind::Ask => loops::answers(line).then_some(previous),
        CaptureKind::Prompt => session::acknowledges(line).then_some(previous),
        CaptureKind::Question => session::answers(line).then_some(previous),
        CaptureKind::Answer => answers::continues(line).then_some(previous),
        CaptureKind::BareAnswer => session::answers(line).then_some(previous),
        CaptureKind::CommandName => {
            answers::has_calls(line).then_some(if line == "calls" { CaptureKind::BareAnswer } else { CaptureKind::Answer })
        }
        CaptureKind::Count => number::integer(line).map(|_| CaptureKind::Counts),
        CaptureKind::Name => (!line.is_empty() && !has(line, b' ')).then_some(CaptureKind::Named),
        CaptureKind::Named => (line == "ip").then_some(CaptureKind::BareAnswer),
        CaptureKind::Counts => (line == "reason").then_some(CaptureKind::BareAnswer),
        CaptureKind::Helm => {
            const FIELDS: [&str; 8] =
                ["NAME:", "LAST DEPLOYED:", "NAMESPACE:", "STATUS:", "REVISION:", "TEST SUITE:", "CHART:", "DESCRIPTION:"];
            FIELDS.iter().any(|field| line.starts_with(field)).then_some(previous)
        }
        CaptureKind::Date if loops::bare(line).is_some() => Some(CaptureKind::Counted),
        CaptureKind::Date => info::starts(line.trim_end()).then(|| CaptureKind::Info(info::once_bit(line.trim_end()))),
        CaptureKind::Sockets => sockets::is_row(line).then_some(previous),
        CaptureKind::ClientList
        | CaptureKind::SlowlogJson
        | CaptureKind::SlowlogElastiCache
        | CaptureKind::Stat
        | CaptureKind::Loop
        | CaptureKind::Counted
        | CaptureKind::Metric
        | CaptureKind::Monitor
        | CaptureKind::OneLine
        | CaptureKind::Status => None,
    }
}

/// Whether a line can be a value of a piped slow log: anything but what begins another capture or a dated log line.
fn is_raw_value(line: &str) -> bool {
    let dated = line.strip_prefix('[').unwrap_or(line);
    let dated = dated.len() >= 10 && matches!(dated.as_bytes(), [b'2', b'0', _, _, b'-' | b'/', _, _, b'-' | b'/', ..]);
    !dated && !line.starts_with("# ") && !client_list::is_row(line) && session::prompt(line).is_none()
}

/// The kind of a whole capture record.
pub fn kind_of(body: &str) -> Option<CaptureKind> {
    let mut lines = body.lines();
    let mut kind = is_capture_line(lines.next()?)?;
    for line in lines {
        match step(kind, line) {
            Some(next) => kind = next,
            None => break,
        }
    }
    Some(kind)
}

#[cfg(test)]
mod tests;
