//! Lines of CLIENT LIST to snapshots. In: one line's client. Out: a snapshot for each run of lines that touch. Fails when: never.

use std::collections::BTreeMap;

use super::{Born, Left, SNAPSHOT_CAP, SPANS_S, Snapshot, Tally};
use crate::capture::Client;
use crate::source::Location;

/// Holders kept in one snapshot.
const HOLDER_CAP: usize = 64;
/// Connections are opened at the same moment when less than this lies between. Seconds.
const MOMENT_S: u64 = 5;
/// A younger connection has had no time to be used again. Seconds.
const YOUNG_S: u64 = 60;

impl Tally {
    pub(super) fn add_client(&mut self, time_ms: Option<i64>, at: Location, c: &Client) {
        let unused = c.age_s > 10
            && c.age_s.abs_diff(c.idle_s) <= 1
            && (c.cmd.is_empty()
                || c.cmd == "NULL"
                || c.cmd.starts_with("client")
                || c.cmd == "hello"
                || c.cmd == "auth"
                || c.cmd == "select"
                || c.cmd == "ping");
        let holder = holder_of(c);
        // Waiting in a blocking command, subscribed, monitoring, a replica or a primary: silent, and in use.
        let listens = c.cmd.ends_with("subscribe") && !c.cmd.contains("unsub");
        let plain = !c.flags.contains(['b', 'P', 'S', 'M', 'O']) && !listens;
        let silent = plain && c.age_s >= YOUNG_S && c.age_s.saturating_sub(c.idle_s) <= 1 + c.age_s / 100;
        let still = plain && c.age_s.saturating_sub(c.idle_s) <= 1 + c.age_s / 20;
        let born = Born { age_s: c.age_s, id: c.id, fd: c.fd };
        let birth = 1 << (c.age_s / MOMENT_S % 64);
        let left = Left { count: u64::from(silent), ages_s: (c.age_s, c.age_s), births: if silent { birth } else { 0 } };
        let one = Snapshot {
            time_ms,
            at,
            last_line: at.line,
            packed: false,
            clients: 1,
            idle: u64::from(c.idle_s > 300 || (c.age_s >= 20 && c.idle_s * 10 >= c.age_s * 9)),
            unused: u64::from(unused),
            blocked: u64::from(c.flags.contains('b')),
            omem: c.omem,
            long_idle: u64::from(plain && c.idle_s >= SPANS_S[1]),
            still: u64::from(still),
            brief: u64::from(still && c.age_s < SPANS_S[0] && !c.cmd.starts_with("client")),
            span: (born, born),
            forgotten: u64::from(plain && c.idle_s >= SPANS_S[2]),
            left: BTreeMap::from([(holder.clone(), left)]),
            holders: BTreeMap::from([(holder, 1)]),
            commands: BTreeMap::from([(c.cmd.clone(), 1)]),
            users: BTreeMap::from([(c.user.clone(), 1)]),
            flags: BTreeMap::from([(c.flags.clone(), 1)]),
            ages: span_of(c.age_s),
            idles: span_of(c.idle_s),
        };
        self.add_snapshot(one);
    }

    /// Runs of lines that touch are one snapshot; so are the clients of one line, which then is a whole list.
    pub(super) fn add_snapshot(&mut self, mut s: Snapshot) {
        let before = self.snapshots.range(..=(s.at,)).next_back().map(|(key, before)| (*key, follows(before, &s)));
        if let Some((key, true)) = before
            && let Some(before) = self.snapshots.remove(&key)
        {
            s = join_snapshots(before, s);
        }
        let next = (Location { source: s.at.source, line: s.last_line.wrapping_add(1) },);
        if self.snapshots.get(&next).is_some_and(|after| follows(&s, after))
            && let Some(after) = self.snapshots.remove(&next)
        {
            s = join_snapshots(s, after);
        }
        self.snapshots.insert((s.at,), s);
        if self.snapshots.len() > SNAPSHOT_CAP {
            self.snapshots.pop_last();
            self.caps.insert("client lists: 2048");
        }
    }
}

/// Who holds a connection: its name, else its address. An address that everybody behind a proxy has tells less than the
/// library that connects.
fn holder_of(c: &Client) -> String {
    let everybody = || c.host.parse::<std::net::IpAddr>().is_ok_and(|host| host.is_loopback());
    match (c.name.as_str(), c.lib.as_str()) {
        ("", lib) if !lib.is_empty() && everybody() => format!("lib-name {lib}"),
        ("", _) => c.host.clone(),
        (name, _) => name.to_string(),
    }
}

/// One connection in the span that holds its seconds.
fn span_of(seconds: u64) -> [u64; 4] {
    let span = SPANS_S.iter().take_while(|s| seconds >= **s).count();
    std::array::from_fn(|i| u64::from(i == span))
}

/// Whether `b` goes on where `a` ends.
fn follows(a: &Snapshot, b: &Snapshot) -> bool {
    let same = a.last_line == b.at.line;
    a.at.source == b.at.source && (same || a.last_line.wrapping_add(1) == b.at.line && !a.packed && !b.packed)
}

fn join_snapshots(mut a: Snapshot, b: Snapshot) -> Snapshot {
    a.packed |= a.last_line == b.at.line;
    a.time_ms = a.time_ms.or(b.time_ms);
    a.last_line = b.last_line;
    a.clients += b.clients;
    a.idle += b.idle;
    a.unused += b.unused;
    a.blocked += b.blocked;
    a.omem += b.omem;
    a.forgotten += b.forgotten;
    a.long_idle += b.long_idle;
    a.still += b.still;
    a.brief += b.brief;
    a.span = (a.span.0.max(b.span.0), a.span.1.min(b.span.1));
    for (holder, left) in b.left {
        a.left.entry(holder).or_default().join(left);
        if a.left.len() > HOLDER_CAP {
            a.left.pop_last();
        }
    }
    for (mine, theirs) in a.ages.iter_mut().chain(&mut a.idles).zip(b.ages.iter().chain(&b.idles)) {
        *mine += theirs;
    }
    let maps = [(&mut a.holders, b.holders), (&mut a.commands, b.commands), (&mut a.users, b.users), (&mut a.flags, b.flags)];
    for (mine, theirs) in maps {
        for (k, n) in theirs {
            *mine.entry(k).or_default() += n;
            if mine.len() > HOLDER_CAP {
                mine.pop_last();
            }
        }
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of (age, idle, id, descriptor).
    fn rows(rows: &[(u64, u64, u64, u64)]) -> Snapshot {
        let mut tally = Tally::default();
        for (i, (age_s, idle_s, id, fd)) in rows.iter().enumerate() {
            let at = Location { line: i as u64 + 1, ..Location::default() };
            let client = Client { id: *id, fd: *fd, age_s: *age_s, idle_s: *idle_s, cmd: "unsubscribe".to_string(), ..Client::default() };
            tally.add_client(None, at, &client);
        }
        tally.snapshots.into_values().next().unwrap_or_default()
    }

    #[test]
    fn ids_and_descriptors_tell_of_rows_that_are_not_shown() {
        let grown = rows(&[(309, 295, 28, 32), (9, 9, 755, 437), (9, 9, 756, 438)]);
        assert!(grown.is_extract() && grown.held() == 405);
        assert_eq!(grown.growing().map(|n| (n.opened, n.kept, n.seconds)), Some((727, 405, 300)));
        // Opened together long ago, or used again: no growth. Half of a list is no extract.
        assert!(rows(&[(40_227, 40_227, 28, 32), (40_058, 40_058, 756, 438)]).growing().is_none());
        assert!(rows(&[(309, 3, 28, 32), (9, 1, 755, 437), (9, 0, 756, 438)]).growing().is_none());
        assert!(!rows(&[(309, 295, 28, 32), (9, 9, 30, 34)]).is_extract());
        // One is left of a crowd that went: what is free for the youngest tells.
        assert!(!rows(&[(40_227, 40_227, 28, 900), (9, 9, 756, 12)]).is_extract());
        let churn = rows(&[(7_372, 0, 46, 9), (4, 4, 20_846, 15), (4, 4, 20_847, 16)]);
        assert_eq!(churn.churning().map(|n| (n.opened, n.seconds)), Some((20_800, 7_368)));
        assert!(rows(&[(7_372, 0, 46, 9), (4, 4, 846, 15), (4, 4, 847, 16)]).churning().is_none());
        // As many are held: not closed again.
        assert!(rows(&[(7_372, 0, 46, 9), (4, 4, 20_846, 9_015), (4, 4, 20_847, 9_016)]).churning().is_none());
    }

    /// A list of (age, idle) of one holder.
    fn list(rows: &[(u64, u64)], flags: &str) -> Snapshot {
        let mut tally = Tally::default();
        for (i, (age_s, idle_s)) in rows.iter().enumerate() {
            let at = Location { line: i as u64 + 1, ..Location::default() };
            let client = Client {
                host: "10.0.3.17".to_string(),
                age_s: *age_s,
                idle_s: *idle_s,
                flags: flags.to_string(),
                cmd: "get".to_string(),
                ..Client::default()
            };
            tally.add_client(None, at, &client);
        }
        tally.snapshots.into_values().next().unwrap_or_default()
    }

    #[test]
    fn a_line_of_many_clients_is_a_list_of_its_own() {
        let mut tally = Tally::default();
        for line in [4, 4, 4, 5, 5, 7, 8] {
            tally.add_client(None, Location { line, ..Location::default() }, &Client::default());
        }
        let lists: Vec<(u64, u64)> = tally.snapshots.values().map(|s| (s.at.line, s.clients)).collect();
        assert_eq!(lists, [(4, 3), (5, 2), (7, 2)]);
    }

    #[test]
    fn behind_a_proxy_the_library_tells_clients_apart() {
        let client = |name: &str, host: &str, lib: &str| Client {
            name: name.to_string(),
            host: host.to_string(),
            lib: lib.to_string(),
            ..Client::default()
        };
        assert_eq!(holder_of(&client("", "127.0.0.1", "jedis")), "lib-name jedis");
        assert_eq!(holder_of(&client("", "10.0.3.17", "jedis")), "10.0.3.17");
        assert_eq!(holder_of(&client("cart", "127.0.0.1", "jedis")), "cart");
        assert_eq!(holder_of(&client("", "::1", "")), "::1");
    }

    #[test]
    fn connections_opened_while_others_lie_unused_pile_up() {
        let leak = [(68_681, 68_681), (68_883, 68_883), (68_699, 68_698), (73_779, 73_779), (70_100, 70_100), (40, 2)];
        assert_eq!(
            list(&leak, "N").piling().map(|(holder, left, all)| (holder.to_string(), left.count, all)),
            Some(("10.0.3.17".to_string(), 5, 6))
        );
        // Used again, however idle now; filled at once; waiting; subscribed.
        assert!(list(&[(68_681, 900), (68_883, 1200), (68_699, 700), (73_779, 3000), (70_100, 450)], "N").piling().is_none());
        assert!(list(&[(5000, 5000), (5000, 5000), (5001, 5001), (5001, 5001), (5002, 5002)], "N").piling().is_none());
        assert!(list(&leak, "b").piling().is_none() && list(&leak, "P").piling().is_none());
    }
}
