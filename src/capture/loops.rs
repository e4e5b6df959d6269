//! The runbooks' shell loops and the connection audit script.
//!
//! In: `Sat Jan 17 09:00:00 UTC 2024: 812 connections`, `Total Connections: 812 / 1000`, the audit's sections.
//! Out: connected_clients, maxclients, blocked_clients, idle_clients, `clients_from.<host>`. Fails when: never.
//! A bare count (`wc -l`) has no label: it is read under a bare `date`, behind its command, or where a source holds nothing else.

use super::{Reading, date, info, number, session, sockets};

/// Largest bare count that is believed to be of connections: ten times what one Redis is ever given.
const MOST_CLIENTS: u64 = 1_000_000;
/// Commands of one line that are looked at.
const MAX_COMMANDS: usize = 8;
/// Hosts of one audit that are kept.
const MAX_HOSTS: usize = 1_000;

/// Whether a line is one of a loop's counts.
pub(super) fn is_count(line: &str) -> bool {
    count(line).is_some()
}

/// A line with nothing but a count.
pub(super) fn bare(line: &str) -> Option<f64> {
    let count = number::integer(line.trim())?;
    (count <= MOST_CLIENTS).then_some(count as f64)
}

/// A command that counts the clients, as `watch` or a prompt shows it before the bare count: `… redis-cli CLIENT LIST | wc -l`.
pub(super) fn asks(line: &str) -> bool {
    asked_of(line).iter().any(Option::is_some)
}

/// What the commands of a line count, if it is one that was typed.
fn asked_of(line: &str) -> Vec<Option<Counts>> {
    const TOOLS: [&str; 5] = ["netstat ", "ss -", "lsof -i", "redis-cli ", "valkey-cli "];
    let typed = session::shell_command(line).or_else(|| line.starts_with("Every ").then_some(line));
    // Notes of what was typed often lack the prompt.
    let typed = typed.or_else(|| Some(line.trim_start()).filter(|line| TOOLS.iter().any(|tool| line.starts_with(tool))));
    typed.map_or_else(Vec::new, |typed| typed.split("&&").take(MAX_COMMANDS).map(counts).collect())
}

/// What a command counts.
#[derive(Clone, Copy)]
enum Counts {
    Clients,
    /// Sockets that were closed: they say how fast connections come and go.
    Waiting,
}

impl Counts {
    fn reading(self, value: f64) -> Reading {
        match self {
            Counts::Clients => Reading::Gauge { name: "connected_clients", value },
            Counts::Waiting => Reading::Named { name: "sockets.counted in TIME_WAIT".to_owned(), value },
        }
    }
}

/// What one command counts, if it is connections.
fn counts(command: &str) -> Option<Counts> {
    let (command, rest) = command.rsplit_once("| wc -l")?;
    let lists = ["client list", "CLIENT LIST", "Client List"].iter().any(|c| command.trim_end().ends_with(c));
    // `netstat -an | grep 6379 | wc -l`, `lsof -i :6379 | wc -l`.
    let port = || command.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.parse().is_ok_and(sockets::is_redis_port));
    let lists = lists || ["netstat ", "ss -", "lsof -i"].iter().any(|tool| command.contains(tool)) && port();
    // Behind it `watch` prints host and date; a command that goes on counts something else.
    if !lists || rest.contains('|') || command.contains("wc -l") {
        return None;
    }
    let waits = command.contains("TIME_WAIT") || command.contains("TIME-WAIT");
    Some(if waits { Counts::Waiting } else { Counts::Clients })
}

/// Whether a line continues such a command: blanks, then the count.
pub(super) fn answers(line: &str) -> bool {
    line.is_empty() || number::integer(line.trim()).is_some()
}

/// (clients, limit) of a loop's line.
fn count(line: &str) -> Option<(f64, Option<f64>)> {
    if date::starts(line) {
        // `date: N connections`
        let (_, rest) = line.rsplit_once(": ")?;
        let (n, word) = rest.split_once(' ')?;
        return matches!(word.trim_end(), "connections" | "clients" | "connected clients").then_some((number::integer(n)? as f64, None));
    }
    let (label, rest) = line.split_once(": ")?;
    let bounded = rest.contains('/');
    let named = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(label.trim()));
    // Alone the second row says nothing of Redis; with a limit behind a slash the runbook's loop is the only writer known.
    let known = named(&["total connections", "redis connections", "connected clients", "redis clients"])
        || (bounded && named(&["connections", "clients", "current connections"]));
    if !known {
        return None;
    }
    let mut numbers = rest.splitn(2, '/').map(|n| n.trim().split(' ').next().unwrap_or_default());
    let clients = number::integer(numbers.next()?)? as f64;
    // An application's sentence ("998 / maxclients: 1000 - pool almost exhausted") is not a loop's line.
    let limit = match numbers.next() {
        Some(n) => Some(number::integer(n)? as f64),
        None => None,
    };
    Some((clients, limit))
}

/// The audit's header.
pub(super) fn starts_audit(line: &str) -> bool {
    line.starts_with("=== Redis ") && line.ends_with(" Audit ===")
}

/// Whether a line continues an audit.
pub(super) fn continues_audit(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("Date: ")
        || section(line).is_some()
        || is_count(line)
        || tally(line).is_some()
        || number::integer(line.trim()).is_some()
        || info::starts(line)
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    Source,
    Idle,
    Blocked,
}

fn section(line: &str) -> Option<Section> {
    let label = line.strip_suffix(':')?;
    if label.starts_with("Connections by ") {
        Some(Section::Source)
    } else if label.starts_with("Idle Connections") {
        Some(Section::Idle)
    } else if label.starts_with("Blocked Clients") {
        Some(Section::Blocked)
    } else {
        None
    }
}

/// `    412 10.0.3.17` as `uniq -c` prints it.
fn tally(line: &str) -> Option<(f64, &str)> {
    let (n, name) = line.trim_start().split_once(' ')?;
    let count = number::integer(n)? as f64;
    (line.starts_with(' ') && !name.contains(' ')).then_some((count, name))
}

/// Reads a loop's line or a whole audit.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let mut out = Vec::new();
    let mut within = None;
    let mut hosts = 0;
    let first = body.lines().next().unwrap_or_default();
    let dated = date::is_date(first) && !info::starts(body);
    let asked = if dated { vec![Some(Counts::Clients)] } else { asked_of(first) };
    // The answers stand in the order of the commands.
    let mut answers = asked.iter();
    for line in body.lines().map(str::trim_end) {
        if !asked.is_empty()
            && let Some(n) = number::integer(line.trim())
        {
            out.extend(answers.next().copied().flatten().map(|counts| counts.reading(n as f64)));
        } else if let Some(next) = section(line) {
            within = Some(next);
        } else if let Some((clients, limit)) = count(line) {
            out.push(Reading::Gauge { name: "connected_clients", value: clients });
            out.extend(limit.map(|value| Reading::Gauge { name: "maxclients", value }));
        } else if info::starts(line) {
            out.extend(info::read(line));
        } else if let (Some(Section::Source), Some((count, host))) = (within, tally(line)) {
            hosts += 1;
            if hosts <= MAX_HOSTS && !host.is_empty() {
                out.push(Reading::Named { name: format!("clients_from.{host}"), value: count });
            }
        } else if let (Some(at), Some(n)) = (within, number::integer(line.trim())) {
            let name = match at {
                Section::Idle => "idle_clients",
                Section::Blocked => "blocked_clients",
                Section::Source => continue,
            };
            out.push(Reading::Gauge { name, value: n as f64 });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENTS: Reading = Reading::Gauge { name: "connected_clients", value: 812.0 };
    const LIMIT: Reading = Reading::Gauge { name: "maxclients", value: 1000.0 };

    #[test]
    fn loops() {
        assert_eq!(read("Sat Jan 17 09:00:00 UTC 2024: 812 connections"), [CLIENTS]);
        assert_eq!(read("Total Connections: 812 / 1000"), [CLIENTS, LIMIT]);
        assert_eq!(read("Connections: 812 / 1000"), [CLIENTS, LIMIT]);
    }

    #[test]
    fn bare_counts_behind_their_command() {
        for ask in [
            "Every 2.0s: redis-cli -h cache CLIENT LIST | wc -l    ops-1: Sat Jan 17 09:00:00 2024",
            "$ redis-cli client list | wc -l",
            "$netstat -antup | grep :6379 | grep ESTABLISHED | wc -l",
            "ops@bastion:~$ kubectl exec -n redis redis-master-0 -- redis-cli client list | wc -l",
        ] {
            assert!(asks(ask) && answers("") && answers("812") && !answers("ERROR x"));
            assert_eq!(read(&format!("{ask}\n\n812")), [CLIENTS]);
        }
        let two = "[root@cache-1 ~]# netstat -ntu | grep :6380 | wc -l && netstat -ntu | grep TIME_WAIT | grep :6380 | wc -l\n875\n872";
        assert!(two.lines().next().is_some_and(asks));
        let waiting = Reading::Named { name: "sockets.counted in TIME_WAIT".to_owned(), value: 872.0 };
        assert_eq!(read(two), [Reading::Gauge { name: "connected_clients", value: 875.0 }, waiting]);
        assert_eq!(read(" lsof -i -n -P | grep node | grep 6379 | wc -l\n812"), [CLIENTS]);
        for other in [
            "$ redis-cli client list | grep 10.0 | wc -l",
            "$ redis-cli client list | wc -l | mail ops",
            "client list | wc -l",
            "lsof -i -n -P | grep node | wc -l",
            "we ran netstat -an | grep 6379 | wc -l",
        ] {
            assert!(!asks(other), "{other}");
        }
    }

    #[test]
    fn bare_counts_under_a_date() {
        assert_eq!(read("Sat Jan 17 09:00:00 UTC 2024\n812"), [CLIENTS]);
        assert_eq!((bare(" 812"), bare("1705482004"), bare("-3"), bare("812 x")), (Some(812.0), None, None, None));
    }

    #[test]
    fn near_misses() {
        for line in [
            "Connections: 812",
            "Active connections: 291",
            "Connected clients: 998 / maxclients: 1000 - pool almost exhausted",
            "812",
            "Sat Jan 17 09:00:00 UTC 2024: 812 requests",
            "Sat Jan 17 09:00:00 UTC 2024",
        ] {
            assert!(!is_count(line), "{line}");
        }
    }

    #[test]
    fn audit() {
        let body = "=== Redis Connection Audit ===\nDate: Sat Jan 17 09:00:00 UTC 2024\n\nTotal Connections: 812 / 1000\n\nConnections by Source:\n    412 10.0.3.17\n    400 10.0.4.52\n\nIdle Connections (>5min):\n377\n\nBlocked Clients:\nblocked_clients:3";
        assert!(body.lines().next().is_some_and(starts_audit) && body.lines().skip(1).all(continues_audit));
        let readings = read(body);
        assert_eq!(readings.len(), 6);
        assert!(readings.contains(&Reading::Named { name: "clients_from.10.0.3.17".to_owned(), value: 412.0 }));
        assert!(readings.contains(&Reading::Gauge { name: "idle_clients", value: 377.0 }));
        assert!(readings.contains(&Reading::Gauge { name: "blocked_clients", value: 3.0 }));
        assert!(!continues_audit("2024-01-17T09:00:01Z ERROR x") && !continues_audit("java.lang.Error: 5"));
    }
}
