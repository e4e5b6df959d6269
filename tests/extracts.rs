//! What people copy from a server that is short of connections: rows of a client list, counts, rows of `--stat`.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod judging;

use judging::told;
use whyredis::report::Verdict;

fn first(text: &str) -> Option<String> {
    told("paste.txt", text).incidents.first().and_then(|i| i.causes.first()).map(|c| c.id.clone())
}

/// Rows of CLIENT LIST: (id, descriptor, age, idle, last command).
fn list(rows: &[(u32, u32, u32, u32, &str)]) -> String {
    let row = |(id, fd, age, idle, cmd): &(u32, u32, u32, u32, &str)| {
        format!(
            "id={id} addr=10.0.3.17:{} fd={fd} name= age={age} idle={idle} flags=N db=0 sub=0 psub=0 multi=-1 qbuf=0 qbuf-free=0 obl=0 oll=0 omem=0 events=r cmd={cmd}\n",
            30_000 + id % 30_000
        )
    };
    rows.iter().map(row).collect()
}

/// A descriptor is the lowest that is free: rows whose descriptors rise to this day are of connections that nobody closes.
#[test]
fn descriptors_of_a_few_rows_tell_of_all() {
    let leak = list(&[(812, 41, 20_400, 20_400, "get"), (2_977, 502, 9_500, 9_500, "exists"), (5_118, 1_251, 1_500, 1_500, "expire")]);
    assert_eq!(first(&leak).as_deref(), Some("connection-leak"));
    // Opened within minutes long ago and used no more: kept.
    let kept = list(&[
        (68_766, 59, 40_227, 40_222, "evalsha"),
        (68_790, 161, 40_225, 40_220, "evalsha"),
        (68_823, 252, 40_200, 39_058, "rpush"),
        (69_061, 372, 40_058, 24_804, "rpush"),
    ]);
    assert_eq!(first(&kept).as_deref(), Some("idle-connections-kept"));
    // Used again, and a whole list of a small server.
    let busy = list(&[(812, 41, 20_400, 3, "get"), (2_977, 502, 9_500, 0, "exists"), (5_118, 1_251, 1_500, 12, "expire")]);
    let small = list(&[(8, 9, 20_400, 20_400, "get"), (12, 10, 9_500, 9_500, "exists"), (77, 11, 1_500, 1_500, "expire")]);
    for other in [busy, small] {
        assert_eq!(told("paste.txt", &other).verdict, Verdict::NoIncident, "{other}");
    }
}

/// Ids count all connections ever opened: many for few held, each for one command, is one a request.
#[test]
fn ids_tell_how_fast_connections_come() {
    let rows = |id: u32| {
        list(&[(46, 9, 7_372, 0, "client|list"), (id, 15, 4, 4, "hgetall"), (id + 1, 16, 4, 4, "hgetall"), (id + 2, 17, 3, 3, "hgetall")])
    };
    assert_eq!(first(&rows(20_846)).as_deref(), Some("no-pooling-churn"));
    assert_eq!(told("paste.txt", &rows(846)).verdict, Verdict::NoIncident, "a probe every few seconds");
}

/// `--stat` in which the clients grow by every connection received; a pool that fills and stands is none.
#[test]
fn stat_that_only_grows() {
    let stat = |rows: &[(u32, u32)]| {
        let head = "------- data ------ --------------------- load -------------------- - child -\nkeys       mem      clients blocked requests            connections          \n";
        let row = |(n, (clients, received)): (usize, &(u32, u32))| {
            format!("21768      55.66M   {clients:<8}0       {} (+1)        {received}        \n", 1_874_632 + n)
        };
        head.to_string() + &rows.iter().enumerate().map(row).collect::<String>()
    };
    let grows = [598, 598, 598, 629, 697, 697, 896, 896].map(|n| (n, n + 1_225));
    assert_eq!(first(&stat(&grows)).as_deref(), Some("connection-leak"));
    let level = [598, 598, 640, 640, 640, 640, 640, 640].map(|n| (n, n + 1_225));
    assert_eq!(told("stat.txt", &stat(&level)).verdict, Verdict::NoIncident);
}

/// Closed sockets that were only counted.
#[test]
fn counted_closed_sockets() {
    let count = |n: u32| format!("netstat -anp | grep 6379 | grep TIME_WAIT | wc -l\n{n}\n");
    assert_eq!(first(&count(2_065)).as_deref(), Some("no-pooling-churn"));
    assert_eq!(told("paste.txt", &count(65)).verdict, Verdict::NoIncident);
}

/// An answer of the latency monitor whose last line was not copied.
#[test]
fn latest_without_its_last_line() {
    let cut = "$ redis-cli latency latest\n1) 1) \"aof-write-active-child\"\n   2) (integer) 1404783772\n   3) (integer) 381\n";
    assert_eq!(first(cut).as_deref(), Some("persistence-fork-latency"));
}
