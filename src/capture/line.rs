//! Which capture a line belongs to, and whether it continues the one before.
//!
//! In: one peeled line. Out: [`CaptureKind`]. Fails when: never; `None` is an ordinary log line.
//!
//! The first byte decides what is looked for, so an ordinary line costs a few comparisons.

use super::{
    answers, client_list, config_get, date, info, keyspace, latency, loops, memory_doctor, metrics, monitor, number, reply, session,
    slowlog, sockets, stat, status,
};

use crate::record::layout::is_common;

/// Longest line that can belong to a capture other than JSON and CLIENT LIST: 64 KiB, so that hostile lines cost nothing.
const MAX_LINE: usize = 64 * 1024;
/// Longest line of JSON or CSV that can be a capture: SLOWLOG keeps 128 entries of some kilobytes.
const MAX_OBJECT: usize = 1 << 20;

/// What printed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaptureKind {
    /// INFO; the bits tell which sections and once-only fields the poll has shown so far.
    Info(u64),
    /// A row of CLIENT LIST.
    ClientList,
    /// SLOWLOG GET on a terminal.
    SlowlogTty,
    /// SLOWLOG GET piped: from its third line on.
    SlowlogRaw,
    /// SLOWLOG GET with `--json`.
    SlowlogJson,
    /// ElastiCache slow-log delivery.
    SlowlogElastiCache,
    /// LATENCY LATEST, HISTORY, DOCTOR, `--latency`.
    Latency,
    /// MEMORY DOCTOR.
    MemoryDoctor,
    /// CONFIG GET.
    Config,
    /// `--stat`.
    Stat,
    /// `--bigkeys`.
    Keyspace,
    /// A count of a runbook's loop.
    Loop,
    /// A command that counts the clients; the bare count follows.
    Ask,
    /// A bare count under a bare `date`.
    Counted,
    /// Rows of netstat, ss, lsof.
    Sockets,
    /// The runbooks' connection audit.
    Audit,
    /// A metric: a datapoint from a document, or a Prometheus exposition line.
    Metric,
    /// MONITOR.
    Monitor,
    /// A command typed at redis-cli's prompt or in a shell, with a one-line answer.
    Prompt,
    /// Such a command whose answer does not say what it is (DBSIZE, ROLE piped, LATENCY HISTORY), with the answer.
    Question,
    /// ACL LOG, MEMORY STATS, ROLE, LATENCY HISTOGRAM on a terminal or as JSON.
    Answer,
    /// The same piped: bare values.
    BareAnswer,
    /// An answer on one line of `--csv` or `--json`.
    OneLine,
    /// A command's name: perhaps the first of a histogram, its calls follow.
    CommandName,
    /// A bare `count`: perhaps the first line of a piped ACL LOG.
    Count,
    /// The second line of a piped ACL LOG: a number after a bare `count`.
    Counts,
    /// A row of `docker ps`, `kubectl get pods`, `kubectl get events`.
    Status,
    /// The block that `helm upgrade` prints.
    Helm,
    /// A bare `date`, which dates the capture that follows.
    Date,
    /// A bare integer: perhaps the first line of a piped slow log; alone no reading.
    RawInteger,
    /// The second line of a piped slow log: Unix seconds after a bare integer.
    RawTime,
    /// A bare configuration parameter: its value follows.
    ConfigKey,
    /// A bare latency event: its numbers follow.
    LatencyEvent,
}

/// Kinds in the order of their codes, `Info` apart.
const KINDS: [CaptureKind; 32] = [
    CaptureKind::ClientList,
    CaptureKind::SlowlogTty,
    CaptureKind::SlowlogRaw,
    CaptureKind::SlowlogJson,
    CaptureKind::SlowlogElastiCache,
    CaptureKind::Latency,
    CaptureKind::MemoryDoctor,
    CaptureKind::Config,
    CaptureKind::Stat,
    CaptureKind::Keyspace,
    CaptureKind::Loop,
    CaptureKind::Audit,
    CaptureKind::Metric,
    CaptureKind::Monitor,
    CaptureKind::Prompt,
    CaptureKind::Status,
    CaptureKind::Helm,
    CaptureKind::Date,
    CaptureKind::RawInteger,
    CaptureKind::RawTime,
    CaptureKind::ConfigKey,
    CaptureKind::LatencyEvent,
    CaptureKind::Ask,
    CaptureKind::Counted,
    CaptureKind::Sockets,
    CaptureKind::Question,
    CaptureKind::Answer,
    CaptureKind::BareAnswer,
    CaptureKind::OneLine,
    CaptureKind::CommandName,
    CaptureKind::Count,
    CaptureKind::Counts,
];

impl CaptureKind {
    /// A plain form for the record stage, which must not know captures: (code, bits of INFO).
    pub fn to_state(self) -> (u8, u64) {
        match self {
            CaptureKind::Info(bits) => (0, bits),
            other => (1 + KINDS.iter().position(|k| *k == other).unwrap_or(0) as u8, 0),
        }
    }

    /// The kind of a plain form.
    pub fn from_state((code, bits): (u8, u64)) -> Option<CaptureKind> {
        match code.checked_sub(1) {
            None => Some(CaptureKind::Info(bits)),
            Some(i) => KINDS.get(usize::from(i)).copied(),
        }
    }

    /// Name of the section in the report.
    pub fn name(self) -> &'static str {
        match self {
            CaptureKind::Info(_) => "info",
            CaptureKind::ClientList => "client-list",
            CaptureKind::SlowlogTty | CaptureKind::SlowlogRaw | CaptureKind::SlowlogJson | CaptureKind::SlowlogElastiCache => "slowlog",
            CaptureKind::RawInteger | CaptureKind::RawTime => "number",
            CaptureKind::Latency | CaptureKind::LatencyEvent => "latency",
            CaptureKind::MemoryDoctor => "memory-doctor",
            CaptureKind::Config | CaptureKind::ConfigKey => "config",
            CaptureKind::Stat => "stat",
            CaptureKind::Keyspace => "bigkeys",
            CaptureKind::Loop | CaptureKind::Ask | CaptureKind::Date | CaptureKind::Counted => "loop",
            CaptureKind::Sockets => "sockets",
            CaptureKind::Audit => "audit",
            CaptureKind::Metric => "metric",
            CaptureKind::Monitor => "monitor",
            CaptureKind::Prompt | CaptureKind::Question => "session",
            CaptureKind::Answer | CaptureKind::BareAnswer => "answer",
            CaptureKind::OneLine => "one-line",
            CaptureKind::CommandName | CaptureKind::Count | CaptureKind::Counts => "word",
            CaptureKind::Status => "status",
            CaptureKind::Helm => "helm",
        }
    }
}

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
        b'"' => one_line(line),
        _ if line.len() > MAX_LINE => None,
        b'[' | b'-' | b'T' | b'B' | b'S' if keyspace::starts(line) => Some(CaptureKind::Keyspace),
        b'-' => stat::is_header(line).then_some(CaptureKind::Stat),
        b'=' => loops::starts_audit(line).then_some(CaptureKind::Audit),
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

fn hash_line(line: &str) -> Option<CaptureKind> {
    if keyspace::starts(line) {
        Some(CaptureKind::Keyspace)
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
    let known = matches!(kind_of(&bare)?, CaptureKind::SlowlogRaw | CaptureKind::Latency | CaptureKind::Config | CaptureKind::BareAnswer);
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
    if line.trim_start().starts_with(|c: char| c.is_ascii_digit()) { numbered(line) } else { None }
}

fn numbered(line: &str) -> Option<CaptureKind> {
    if slowlog::tty::starts(line) {
        Some(CaptureKind::SlowlogTty)
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
