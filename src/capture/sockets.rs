//! `netstat`, `ss`, `ss -s`, `lsof -i`: who holds connections to Redis, in which state.
//!
//! In: a row. Out: `sockets.<state>`, for established ones `sockets_from.<host>`, and `unsent_to.<host>`: bytes that the server could not
//! send to a client. Fails when: never.
//!
//! A row is of a client of Redis where one of its two ports is a port of Redis (6379 and the ports next to it); other rows are counted by
//! state only where the output was not narrowed to one port.

use std::collections::BTreeMap;

use super::{Reading, number};
use crate::record::seek::Mark;

/// States as `ss` writes them where `netstat` and `lsof` use other words.
const STATES: [(&str, &str); 12] = [
    ("ESTAB", "ESTABLISHED"),
    ("TIME-WAIT", "TIME_WAIT"),
    ("CLOSE-WAIT", "CLOSE_WAIT"),
    ("SYN-SENT", "SYN_SENT"),
    ("SYN-RECV", "SYN_RECV"),
    ("FIN-WAIT-1", "FIN_WAIT1"),
    ("FIN-WAIT-2", "FIN_WAIT2"),
    ("LAST-ACK", "LAST_ACK"),
    ("CLOSING", "CLOSING"),
    ("LISTEN", "LISTEN"),
    ("UNCONN", "UNCONN"),
    ("CLOSED", "CLOSED"),
];
/// Ports on which Redis, its TLS listener, Sentinel and cluster examples listen.
const REDIS_PORTS: [std::ops::RangeInclusive<u32>; 3] = [6379..=6390, 7000..=7005, 26379..=26381];
/// Hosts of one record that are kept.
const MAX_HOSTS: usize = 1_000;
/// Less lies in the queue of any busy connection. Bytes.
const UNSENT: u64 = 65_536;

/// One socket.
struct Socket<'a> {
    state: &'static str,
    local: &'a str,
    peer: &'a str,
    /// Bytes that the peer has not acknowledged.
    unsent: u64,
}

/// Whether a line is a row or a head of these tools.
pub(super) fn is_row(line: &str) -> bool {
    is_head(line) || socket(line).is_some() || summary(line).is_some()
}

/// Whether a line begins the output: rows that speak of Redis do so alone, others behind a head.
pub(super) fn starts(line: &str) -> bool {
    is_head(line)
        || summary(line).is_some()
        || socket(line).is_some_and(|s| s.client().is_some() || s.state == "LISTEN" && redis_port(s.local))
}

fn is_head(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("Active"), Some("Internet"), Some("connections"))
        | (Some("Proto" | "State" | "Netid"), Some("Recv-Q" | "State"), Some(_)) => true,
        (Some("Recv-Q"), Some("Send-Q"), Some("Local")) => true,
        (Some("COMMAND"), Some("PID"), _) => line.contains(" NODE "),
        _ => false,
    }
}

fn state(word: &str) -> Option<&'static str> {
    STATES.iter().find(|(short, long)| *short == word || *long == word).map(|(_, long)| *long)
}

/// A row of any of the tools.
fn socket(line: &str) -> Option<Socket<'_>> {
    let mut words = line.split_ascii_whitespace();
    let first = words.next()?;
    if let Some(state) = state(first) {
        // `ESTAB 0 0 10.0.3.17:41234 10.0.9.11:6379`
        let (_, unsent) = (queue(words.next()?)?, queue(words.next()?)?);
        return ends(state, words.next()?, words.next()?, unsent);
    }
    match first {
        "tcp" | "tcp4" | "tcp6" => {
            let second = words.next()?;
            if let Some(state) = state(second) {
                let (_, unsent) = (queue(words.next()?)?, queue(words.next()?)?);
                return ends(state, words.next()?, words.next()?, unsent);
            }
            queue(second)?;
            let unsent = queue(words.next()?)?;
            let (local, peer) = (words.next()?, words.next()?);
            ends(state(words.next()?)?, local, peer, unsent)
        }
        // `ss state established`: the state stands in the command alone.
        queued if queue(queued).is_some() => {
            let unsent = queue(words.next()?)?;
            ends("ESTABLISHED", words.next()?, words.next()?, unsent)
        }
        // `redis-ser 20302 root 8u IPv4 280393 0t0 TCP 127.0.0.1:6379->127.0.0.1:43756 (ESTABLISHED)`
        _ => {
            const TCP: Mark = Mark::new(" TCP ");
            let (_, name) = TCP.cut(line)?;
            let (ends_of, state_of) = name.trim().rsplit_once(" (")?;
            let (local, peer) = ends_of.split_once("->").unwrap_or((ends_of, "*:*"));
            ends(state(state_of.strip_suffix(')')?)?, local, peer, 0)
        }
    }
}

fn queue(word: &str) -> Option<u64> {
    number::integer(word)
}

fn ends<'a>(state: &'static str, local: &'a str, peer: &'a str, unsent: u64) -> Option<Socket<'a>> {
    let address = |end: &str| port(end).is_some() || end.ends_with(":*") || end.ends_with(".*");
    (address(local) && address(peer)).then_some(Socket { state, local, peer, unsent })
}

/// The port behind the last colon (macOS: dot).
fn port(end: &str) -> Option<u32> {
    let (_, port) = end.rsplit_once(':').or_else(|| end.rsplit_once('.'))?;
    match port {
        "redis" => Some(6379),
        _ => port.parse().ok().filter(|port| *port < 65_536),
    }
}

fn redis_port(end: &str) -> bool {
    port(end).is_some_and(is_redis_port)
}

/// Whether Redis is likely to listen on a port.
pub(super) fn is_redis_port(port: u32) -> bool {
    REDIS_PORTS.iter().any(|range| range.contains(&port))
}

impl<'a> Socket<'a> {
    /// The host that is the client of Redis: the end whose port is not Redis's.
    fn client(&self) -> Option<&'a str> {
        let host = |end: &'a str| end.rsplit_once(':').or_else(|| end.rsplit_once('.')).map(|(host, _)| host.trim_matches(['[', ']']));
        match (redis_port(self.local), redis_port(self.peer)) {
            (true, false) if port(self.peer).is_some() => host(self.peer),
            (false, true) => host(self.local),
            // Both on one machine: the client's port is the ephemeral one, above the server's.
            (true, true) => host(self.peer),
            _ => None,
        }
    }
}

/// `TCP:   301 (estab 24, closed 274, orphaned 0, timewait 49)` of `ss -s`.
fn summary(line: &str) -> Option<Vec<(&'static str, f64)>> {
    let (_, inside) = line.strip_prefix("TCP:")?.trim_end().strip_suffix(')')?.split_once('(')?;
    let names = [("estab ", "ESTABLISHED"), ("timewait ", "TIME_WAIT"), ("orphaned ", "orphaned"), ("synrecv ", "SYN_RECV")];
    let counts: Vec<(&'static str, f64)> = inside
        .split(", ")
        .filter_map(|part| {
            let (lead, name) = names.iter().find(|(lead, _)| part.starts_with(lead))?;
            Some((*name, number::integer(part.get(lead.len()..)?.split('/').next()?)? as f64))
        })
        .collect();
    (!counts.is_empty()).then_some(counts)
}

/// Reads the rows of one record.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let mut states: BTreeMap<&'static str, f64> = BTreeMap::new();
    let (mut hosts, mut unsent): (BTreeMap<&str, f64>, BTreeMap<&str, f64>) = (BTreeMap::new(), BTreeMap::new());
    for line in body.lines() {
        if let Some(counts) = summary(line) {
            for (name, count) in counts {
                *states.entry(name).or_default() += count;
            }
        } else if let Some(socket) = socket(line) {
            *states.entry(socket.state).or_default() += 1.0;
            if let Some(host) = socket.client().filter(|_| socket.state == "ESTABLISHED")
                && (hosts.len() < MAX_HOSTS || hosts.contains_key(host))
            {
                *hosts.entry(host).or_default() += 1.0;
            }
            if let Some(host) = socket.client().filter(|_| socket.unsent >= UNSENT && redis_port(socket.local))
                && unsent.len() < MAX_HOSTS
            {
                *unsent.entry(host).or_default() += socket.unsent as f64;
            }
        }
    }
    let states = states.into_iter().map(|(state, value)| Reading::Named { name: format!("sockets.{state}"), value });
    let hosts = hosts.into_iter().map(|(host, value)| Reading::Named { name: format!("sockets_from.{host}"), value });
    let unsent = unsent.into_iter().map(|(host, value)| Reading::Named { name: format!("unsent_to.{host}"), value });
    states.chain(hosts).chain(unsent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &str) -> Vec<(String, f64)> {
        crate::capture::named(read(body))
    }

    #[test]
    fn every_tool_tells_state_and_client() {
        for row in [
            "tcp        0      0 10.0.9.11:6379           10.0.3.17:41234         ESTABLISHED 20302/redis-server",
            "tcp6       0      0 10.0.3.17:41234         10.0.9.11:6379          ESTABLISHED",
            "ESTAB     0      0          10.0.3.17:41234    10.0.9.11:6379",
            "tcp   ESTAB 0      0      10.0.3.17:41234  10.0.9.11:6379  users:((\"api\",pid=7,fd=9))",
            "tcp4       0      0  10.0.3.17.41234        10.0.9.11.6379         ESTABLISHED",
            "redis-ser 20302 root    8u  IPv4 280393      0t0  TCP 10.0.9.11:6379->10.0.3.17:41234 (ESTABLISHED)",
        ] {
            assert!(starts(row) && is_row(row), "{row}");
            assert_eq!(named(row), [("sockets.ESTABLISHED".to_owned(), 1.0), ("sockets_from.10.0.3.17".to_owned(), 1.0)], "{row}");
        }
        assert_eq!(named("TIME-WAIT 0 0 10.0.3.17:41234 10.0.9.11:6379"), [("sockets.TIME_WAIT".to_owned(), 1.0)]);
    }

    #[test]
    fn what_the_server_could_not_send() {
        let stuck = "tcp        0 8665863 10.36.192.22:6379       10.32.32.6:45806        FIN_WAIT1   -";
        assert_eq!(named(stuck), [("sockets.FIN_WAIT1".to_owned(), 1.0), ("unsent_to.10.32.32.6".to_owned(), 8_665_863.0)]);
        for other in [
            "tcp        0    774 10.36.192.22:6379       10.38.0.5:50316         ESTABLISHED -",
            "tcp        0 8665863 10.38.0.5:50316       10.36.192.22:6379         ESTABLISHED -",
        ] {
            assert!(named(other).iter().all(|(name, _)| !name.starts_with("unsent")), "{other}");
        }
    }

    #[test]
    fn totals() {
        let total = "TCP:   301 (estab 24, closed 274, orphaned 0, timewait 49)";
        assert!(starts(total));
        assert_eq!(named(total).iter().map(|(_, n)| *n).sum::<f64>(), 73.0);
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "tcp 0 0 10.0.0.1:443 10.0.0.2:51000 ESTABLISHED",
            "TCP: connection reset (peer)",
            "0 0 1 2",
            "tcp handshake failed",
            "",
            "LISTEN on 6379",
        ] {
            assert!(!starts(line), "{line}");
        }
    }
}
