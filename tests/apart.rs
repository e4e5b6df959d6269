//! When two Redis nodes fail in the same minutes: two incidents, or one.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod program;

use std::fmt::Write as _;

use program::run_with;
use serde_json::Value;

/// One service over four minutes: a request a second, and redis-py's refusals while its node is down.
struct Service<'a> {
    name: &'a str,
    node: &'a str,
    fails: std::ops::Range<u32>,
    trace: &'a str,
}

fn line(log: &mut Vec<(u32, String)>, second: u32, service: &str, level: &str, trace: &str, message: &str) {
    let (m, s) = (second / 60, second % 60);
    let text = format!(
        r#"{{"timestamp":"2026-03-02T10:{m:02}:{s:02}.000Z","level":"{level}","service":"{service}","trace_id":"{trace}","message":"{message}"}}"#
    );
    log.push((second, text));
}

fn incidents(services: &[Service<'_>]) -> Vec<Value> {
    let mut log = Vec::new();
    for s in services {
        for second in 0..240 {
            let own = format!("{:032x}", 0xabc0_0000_u32 + second * 8 + s.name.len() as u32);
            let trace = if s.trace.is_empty() { own } else { s.trace.to_string() };
            if s.fails.contains(&second) {
                let (host, port) = s.node.rsplit_once(':').unwrap();
                let message = format!("redis.exceptions.ConnectionError: Error 111 connecting to {host}:{port}. Connection refused.");
                line(&mut log, second, s.name, "ERROR", &trace, &message);
            } else {
                line(&mut log, second, s.name, "INFO", &format!("{:032x}", 0x1000 + second), "GET /items 200 in 12ms");
            }
        }
    }
    log.sort();
    let text = log.iter().fold(String::new(), |mut out, (_, line)| {
        let _ = writeln!(out, "{line}");
        out
    });
    let report = run_with(&["--format", "json"], text.as_bytes()).ends(0).json();
    report["incidents"].as_array().unwrap().clone()
}

fn cart<'a>() -> Service<'a> {
    Service { name: "cart", node: "redis-cart.prod.internal:6379", fails: 10..40, trace: "" }
}

fn login<'a>() -> Service<'a> {
    Service { name: "login", node: "redis-sessions.prod.internal:6379", fails: 90..130, trace: "" }
}

#[test]
fn two_nodes_that_share_nothing_are_two_incidents() {
    let found = incidents(&[cart(), login()]);
    assert_eq!(found.len(), 2, "{found:#?}");
    let of = |name: &str| found.iter().map(|i| &i["affected"]).find(|a| a["services"][0]["name"] == name).unwrap();
    for (name, traces, node) in [("cart", 30, cart().node), ("login", 40, login().node)] {
        let affected = of(name);
        assert_eq!(affected["services"].as_array().unwrap().len(), 1);
        assert_eq!(affected["traces"], traces);
        assert_eq!(affected["redis_nodes"], serde_json::json!([node]));
    }
    assert_ne!(found[0]["id"], found[1]["id"]);
}

#[test]
fn a_shared_service_makes_them_one() {
    let second = Service { name: "cart", ..login() };
    assert_eq!(incidents(&[cart(), second]).len(), 1);
}

#[test]
fn a_shared_trace_makes_them_one() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert_eq!(incidents(&[Service { trace, ..cart() }, Service { trace, ..login() }]).len(), 1);
}

#[test]
fn two_names_of_one_server_make_them_one() {
    let pod = Service { node: "redis-cart-0.redis-cart-headless.prod.svc.cluster.local:6379", ..login() };
    assert_eq!(incidents(&[cart(), pod]).len(), 1);
    let address = Service { node: "10.20.0.7:6379", ..login() };
    assert_eq!(incidents(&[cart(), address]).len(), 1, "an address may be any name");
    let sidecar = Service { node: "127.0.0.1:6379", ..login() };
    assert_eq!(incidents(&[cart(), sidecar]).len(), 1, "every machine calls itself so");
}

#[test]
fn failing_in_the_same_seconds_is_one_trouble() {
    let together = Service { fails: 11..39, ..login() };
    assert_eq!(incidents(&[Service { fails: 10..40, ..cart() }, together]).len(), 1);
}

#[test]
fn a_request_with_trouble_on_both_sides_of_a_gap_is_one_incident() {
    let service = |trace| [Service { fails: 0..3, trace, ..cart() }, Service { fails: 200..203, trace, ..cart() }];
    let count = |parts: &[Service<'_>]| {
        let mut log = Vec::new();
        for p in parts {
            for s in p.fails.clone() {
                let trace = if p.trace.is_empty() { format!("{:032x}", 0xbee0_0000_u32 + s) } else { p.trace.to_string() };
                line(&mut log, s, p.name, "ERROR", &trace, "redis.exceptions.TimeoutError: Timeout reading from redis-cart:6379");
            }
        }
        let text: Vec<String> = log.into_iter().map(|(_, l)| l).collect();
        let report = run_with(&["--format", "json"], text.join("\n").as_bytes()).ends(0).json();
        report["incidents"].as_array().unwrap().len()
    };
    assert_eq!(count(&service("")), 2, "200 seconds of silence part them");
    assert_eq!(count(&service("4bf92f3577b34da6a3ce929d0e0e4736")), 1, "the same request");
}
