use super::*;

/// The kinds of the records that a text falls into, as the record stage cuts them.
fn records(text: &str) -> Vec<(&'static str, usize)> {
    let mut out: Vec<(&'static str, usize)> = Vec::new();
    let mut open: Option<CaptureKind> = None;
    for line in text.lines() {
        if let Some(next) = open.and_then(|kind| step(kind, line)) {
            open = Some(next);
            if let Some(last) = out.last_mut() {
                *last = (next.name(), last.1 + 1);
            }
        } else {
            open = is_capture_line(line);
            out.push((open.map_or("none", CaptureKind::name), 1));
        }
    }
    out
}

#[test]
fn one_poll_is_one_record_and_the_next_poll_another() {
    let poll = "# Clients\r\nconnected_clients:812\r\nblocked_clients:3\r\n\r\n";
    assert_eq!(records(&poll.repeat(2)), [("info", 4), ("info", 4)]);
    assert_eq!(records("connected_clients:1\nconnected_clients:2\nconnected_clients:3"), [("info", 1), ("info", 1), ("info", 1)]);
    assert_eq!(
        records(
            "Sat Jan 17 09:00:00 UTC 2024\n# Clients\nconnected_clients:812\nSat Jan 17 09:00:05 UTC 2024\n# Clients\nconnected_clients:900"
        )
        .len(),
        2
    );
    assert_eq!(
        records("# Server\nredis_version:7.2.6\n\n# Clients\nmaxclients:10\n# Server\nredis_version:7.2.6"),
        [("info", 5), ("info", 2)]
    );
}

#[test]
fn slow_logs() {
    let tty = "1) 1) (integer) 296\n   2) (integer) 1705482004\n   3) (integer) 1840112\n   4) 1) \"HGETALL\"\n      2) \"orders:index\"\n2) 1) (integer) 297\n   2) (integer) 1705482004";
    assert_eq!(records(tty), [("slowlog", 5), ("slowlog", 2)]);
    assert_eq!(
        records("296\n1705482004\n1840112\nHGETALL\norders:index\n10.0.4.52:50122\n\n297\n1705482004\n9\nGET\na"),
        [("slowlog", 12)]
    );
    // A number alone takes nothing with it.
    assert_eq!(records("3\nError: connect ECONNREFUSED 10.0.0.1:6379"), [("number", 1), ("none", 1)]);
    // A dated line ends a piped slow log.
    assert_eq!(records("296\n1705482004\n5\nGET\na\n2024-01-17T09:00:01Z ERROR x").last(), Some(&("none", 1)));
}

#[test]
fn other_captures() {
    assert_eq!(records("1) \"maxclients\"\n2) \"10000\"\n1) \"timeout\"\n2) \"0\""), [("config", 2), ("config", 2)]);
    assert_eq!(records("maxclients\n10000\ntimeout\n0"), [("config", 2), ("config", 2)]);
    assert_eq!(records("127.0.0.1:6379> DBSIZE\n(integer) 5\n127.0.0.1:6379> INFO"), [("session", 2), ("session", 1)]);
    assert_eq!(records("1) 1) \"command\"\n   2) (integer) 1705482004\n   3) (integer) 1840\n   4) (integer) 1840"), [("latency", 4)]);
    assert_eq!(
        records(
            "keys       mem      clients blocked requests            connections          \n88123      775.32M  10000    37      911540 (+1307)      14740       SAVE"
        ),
        [("stat", 1), ("stat", 1)]
    );
    assert_eq!(records("Sat Jan 17 09:00:00 UTC 2024: 812 connections\nTotal Connections: 812 / 1000"), [("loop", 1), ("loop", 1)]);
    assert_eq!(
        records(
            "Release \"checkout-api\" has been upgraded. Happy Helming!\nNAME: checkout-api\nLAST DEPLOYED: Wed Jan 17 08:57:10 2024\nREVISION: 42"
        ),
        [("helm", 4)]
    );
}

#[test]
fn log_lines_are_no_captures() {
    for line in [
        "2024-01-17T09:00:02.576Z [WARN]  [redis-node:cache-primary] [Redis] INFO clients: connected_clients=1000, blocked_clients=15, tracking_clients=0",
        "[2024-01-17 08:58:56 +0000] [9] [INFO] Booting worker with pid: 9",
        "(error) ERR max number of clients reached",
        "redis.exceptions.ConnectionError: max number of clients reached",
        "    at Socket.<anonymous> (/app/node_modules/ioredis/built/Redis.js:168:41)",
        "1:M 17 Jan 2024 08:58:10.110 * Ready to accept connections tcp",
        "{\"level\":\"error\",\"msg\":\"redis: connection pool timeout\"}",
        "Caused by: java.net.ConnectException: Connection refused",
        "Traceback (most recent call last):",
        "time=2024-01-17T09:00:01Z level=info msg=x",
        "ERROR connected_clients:5",
        "-- ",
        "",
        "\u{0}\u{1b}[31m",
    ] {
        assert_eq!(is_capture_line(line), None, "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(lines in proptest::collection::vec("\\PC{0,60}|[ 0-9()a-z_:=#.,\"]{0,60}|(# Clients|connected_clients:[0-9]{1,20}|id=[0-9]{1,30} addr=[:\\[\\]0-9]{0,20} idle=x db=0|1\\) 1\\) \\(integer\\) [0-9]{1,25})", 0..12)) {
        let body = lines.join("\n");
        records(&body);
        let record = crate::record::Record { body: body.clone(), kind: crate::record::Kind::Capture, ..Default::default() };
        crate::capture::read(&record);
        crate::capture::changes::read_text(&body);
        crate::capture::own_time_ms(&body);
        crate::capture::node(&body);
        crate::capture::key_shape(&body);
    }
}

#[test]
fn a_piped_answer_of_sentinel_is_told_by_its_third_line() {
    assert_eq!(records("name\nshop\nip\n10.2.0.9\nport\n6379\nflags\nmaster"), [("answer", 8)]);
    assert_eq!(records("name\nshop\nkind\ncart"), [("word", 2), ("none", 1), ("none", 1)]);
}
