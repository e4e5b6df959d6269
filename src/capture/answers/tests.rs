use super::*;

fn named(body: &str) -> Vec<(String, f64)> {
    crate::capture::named(read_text(body))
}

#[test]
fn refusals() {
    let tty = "1)  1) \"count\"\n    2) (integer) 3\n    3) \"reason\"\n    4) \"key\"\n    5) \"context\"\n    6) \"toplevel\"\n    7) \"object\"\n    8) \"orders:8812\"\n    9) \"username\"\n   10) \"reporting\"\n   11) \"age-seconds\"\n   12) \"4.096\"\n   13) \"client-info\"\n   14) \"id=3 addr=10.0.3.17:57275 name= user=reporting\"";
    assert!(tty.lines().next().is_some_and(starts) && tty.lines().skip(1).all(continues));
    assert_eq!(named(tty), [("acl_log.key refused to reporting from 10.0.3.17: orders:*".to_owned(), 3.0)]);
    let json = r#"{"count":1,"reason":"auth","context":"toplevel","object":"AUTH","username":"default","age-seconds":4.0}"#;
    assert!(starts(json));
    assert_eq!(named(json), [("acl_log.auth refused to default: AUTH".to_owned(), 1.0)]);
}

#[test]
fn memory() {
    let tty = " 1) \"peak.allocated\"\n 2) (integer) 9000\n 3) \"total.allocated\"\n 4) (integer) 8000\n 5) \"db.0\"\n 6) 1) \"overhead.hashtable.main\"\n    2) (integer) 72\n 7) \"fragmentation\"\n 8) \"1.5\"";
    assert!(tty.lines().next().is_some_and(starts));
    let readings = read_text(tty);
    assert!(readings.contains(&Reading::Gauge { name: "used_memory", value: 8000.0 }));
    assert!(readings.contains(&Reading::Gauge { name: "mem_fragmentation_ratio", value: 1.5 }));
    assert!(readings.contains(&Reading::Named { name: "memory_stats.db.0 overhead.hashtable.main".to_owned(), value: 72.0 }));
    assert_eq!(named("peak.allocated\n9000\ntotal.allocated\n8000").len(), 2);
}

#[test]
fn roles() {
    let tty = "1) \"master\"\n2) (integer) 3129659\n3) 1) 1) \"10.0.3.17\"\n      2) \"6380\"\n      3) \"3129242\"";
    assert!(tty.lines().next().is_some_and(starts) && tty.lines().skip(1).all(continues));
    assert_eq!(named(tty), [("replica_behind.10.0.3.17:6380".to_owned(), 417.0)]);
    let replica = read_text("slave\n10.0.9.11\n6379\nconnect\n-1");
    assert!(replica.contains(&Reading::Setting { name: "master_link_status".to_owned(), value: "down".to_owned() }));
    assert!(read_text("master\nand more").is_empty() && read_text("slave").is_empty());
}

#[test]
fn histograms() {
    let two = "1) \"set\"\n2) 1) \"calls\"\n   2) (integer) 100\n   3) \"histogram_usec\"\n   4) 1) (integer) 1\n      2) (integer) 60\n      3) (integer) 4\n      4) (integer) 100";
    let wanted = [("calls", 100.0), ("p50_us", 1.0), ("p99_us", 4.0), ("max_us", 4.0)].map(|(n, v)| (format!("histogram.set.{n}"), v));
    assert!(names_command("1) \"set\"") && two.lines().nth(1).is_some_and(has_calls));
    assert_eq!(named(two), wanted);
    let three = "1# \"set\" =>\n   1# \"calls\" => (integer) 100\n   2# \"histogram_usec\" =>\n      1# (integer) 1 => (integer) 60\n      2# (integer) 4 => (integer) 100";
    assert!(starts("1# \"set\" =>"));
    assert_eq!(named(three), wanted);
    assert_eq!(named(r#"{"set":{"calls":100,"histogram_usec":{"1":60,"4":100}}}"#), wanted);
}

#[test]
fn other_lines_begin_none() {
    for line in
        ["1) \"orders:index\"", "count", "{\"count\":3,\"msg\":\"x\"}", "master", "1) master of all", "[\"a\",1]", "1. Master the art"]
    {
        assert!(!starts(line), "{line}");
    }
}
