//! What holds for any input: no panic, nothing lost, sums that do not depend on the order of adding.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use whyredis::capture::{ChangeKind, Client, Reading, Slow};
use whyredis::event::{Event, GaugePoint, Tally};
use whyredis::patterns::{Library, SignatureIdx, SymptomIdx};
use whyredis::pipeline::{self, Options, Silent};
use whyredis::record::join::Format;
use whyredis::record::{Kind, Record, Severity, TimeBasis, TraceId};
use whyredis::report::{json, text};
use whyredis::scan::{Prefilter, Searches, Unit};
use whyredis::source::{Location, SourceId};

/// Longest time that a few kilobytes may take in a test build on a busy machine.
const BOUND: Duration = Duration::from_secs(20);

/// Pieces of which logs are made, so that hostile bytes meet every reader.
const PIECES: [&str; 40] = [
    "2024-01-17T09:00:01.950Z [ERROR] [trace_id:req-401] [redis-node:cache-primary] [Redis] ",
    "ERR max number of clients reached",
    "redis.exceptions.ConnectionError: Timeout connecting to Redis - connection pool exhausted",
    "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in b\n    c()\n",
    "\tat io.lettuce.core.RedisClient.connect(RedisClient.java:216)\n",
    "Caused by: java.net.ConnectException: Connection refused\n",
    "# Clients\nconnected_clients:1000\nmaxclients:1000\n",
    "id=3 addr=10.0.0.1:52000 laddr=10.0.0.2:6379 fd=8 name=cart age=10 idle=9 flags=N db=0 cmd=get user=default\n",
    "1) 1) (integer) 14\n   2) (integer) 1705482000\n   3) (integer) 284000\n   4) 1) \"HGETALL\"\n      2) \"k\"\n",
    "{\"time\":\"2024-01-17T09:00:01Z\",\"level\":\"error\",\"msg\":\"",
    "\"}",
    "{\"log\":\"",
    "\\n\",\"stream\":\"stdout\",\"time\":\"2024-01-17T09:00:01.000000000Z\"}\n",
    "2024-01-17T09:00:01.000000000Z stdout P ",
    "2024-01-17T09:00:01.000000000Z stderr F ",
    "[pod/checkout-api-7d9f8b6c5-qwz4t/app] ",
    "12345:M 17 Jan 2024 09:00:01.950 # ",
    "1:S 17 Jan 2024 09:00:02.950 * ",
    "MISCONF Redis is configured to save RDB snapshots",
    "<134>1 2024-01-17T09:00:01Z host app 1 - - ",
    "Jan 17 09:00:01 host redis-server[1]: ",
    "I, [2026-11-21T06:00:49.738417 #19]  INFO -- cart: [-] ",
    "level=error ts=2024-01-17T09:00:01Z msg=\"dial tcp: i/o timeout\" redis=cache:6379\n",
    "10.0.0.1 - - [17/Jan/2024:09:00:01 +0000] \"GET /cart HTTP/1.1\" 500 12 \"-\" \"-\" 0.204\n",
    "redis://user:p%40ss@cache:6379/0",
    "AUTH hunter2",
    "\u{1b}[31mERROR\u{1b}[0m ",
    "\u{1e}1705482000000\u{1f}service=a\u{1f}1\u{1f}\u{1f}",
    "9999-12-31T23:59:59Z ",
    "0000-00-00 00:00:00 ",
    "99999999999999999999999999",
    "-1",
    "\r\n",
    "\n",
    "\n",
    "\0",
    "\u{feff}",
    "{{{{[[[[((((",
    "ééééé … 日本語",
    "cmdstat_get:calls=18446744073709551615,usec=1,usec_per_call=NaN\n",
];

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => (0..PIECES.len()).prop_map(|i| PIECES[i].as_bytes().to_vec()),
        2 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => (any::<u8>(), 0..3000_usize).prop_map(|(b, n)| vec![b; n]),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_report(bytes in hostile(), block in prop_oneof![Just(97_usize), Just(1000), Just(1 << 20)]) {
        let library = Library::builtin();
        let mut file = tempfile::Builder::new().suffix(".log").tempfile().expect("a file");
        file.write_all(&bytes).expect("a file");
        let mut options = Options::new(&library, vec![file.path().display().to_string()]);
        options.now_ms = 1_795_262_400_000;
        options.threads = 1;
        options.block_bytes = block;
        let began = Instant::now();
        let outcome = pipeline::run(&options, &Silent, &AtomicBool::new(false));
        let report = json::render(&outcome.report);
        let page = text::render(&outcome.report, &text::Style { width: 80, colour: false, top: 3, ascii: false });
        prop_assert!(began.elapsed() < BOUND, "{:?} for {} bytes", began.elapsed(), bytes.len());
        let value: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        prop_assert!(value["verdict"].is_string());
        prop_assert!(!page.contains('\u{1b}') && !page.contains('\0'), "control bytes in the report: {page:?}");
        for incident in value["incidents"].as_array().expect("a list") {
            let thousandths: i64 = incident["causes"].as_array().expect("a list").iter()
                .map(|c| (c["confidence"].as_f64().expect("a number") * 1000.0).round() as i64).sum();
            prop_assert_eq!(thousandths, 1000);
        }
    }

    #[test]
    fn blocks_lose_and_double_no_line(bytes in hostile(), size in 1..500_usize) {
        let whole = bytes.split_inclusive(|&b| b == b'\n').count() as u64;
        let needles = Prefilter::new(["max number", "Redis", "connect"]);
        let all = Unit { own: 0..bytes.len(), bytes: bytes.clone(), base: 0, ends: true };
        let mut expected = needles.candidates(&all, 1 << 16, Searches::Few);
        expected.sort_unstable();
        let mut lines = 0;
        let mut found = Vec::new();
        for from in (0..bytes.len()).step_by(size) {
            let unit = Unit { own: from..(from + size).min(bytes.len()), bytes: bytes.clone(), base: 0, ends: true };
            lines += unit.count_lines();
            found.extend(needles.candidates(&unit, 1 << 16, Searches::Few));
        }
        prop_assert_eq!(lines, if bytes.is_empty() { 0 } else { whole });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn tallies_add_up_in_any_grouping(parts in proptest::collection::vec(part(), 3..6)) {
        // One source read in parts: each counts lines from its own first.
        let fold = |list: &[Part]| {
            let mut sum = Tally::default();
            for p in list {
                let shift = sum.lines;
                sum.merge(p.tally(0), shift);
            }
            sum
        };
        let left = fold(&parts);
        for cut in 1..parts.len() {
            let mut sum = fold(&parts[..cut]);
            let shift = sum.lines;
            sum.merge(fold(&parts[cut..]), shift);
            prop_assert_eq!(shown(&left), shown(&sum), "cut at {}", cut);
        }
    }

    #[test]
    fn tallies_of_sources_add_up_in_any_order(parts in proptest::collection::vec(part(), 2..5)) {
        let sum = |order: &[usize]| {
            let mut sum = Tally::default();
            for &i in order {
                sum.merge(parts[i].tally(i as u32), 0);
            }
            sum
        };
        let forward: Vec<usize> = (0..parts.len()).collect();
        let backward: Vec<usize> = forward.iter().rev().copied().collect();
        prop_assert_eq!(shown(&sum(&forward)), shown(&sum(&backward)));
    }

    #[test]
    fn an_empty_tally_changes_nothing(part in part(), shift in 0..1000_u64) {
        let one = part.tally(0);
        let mut before = Tally::default();
        before.merge(one.clone(), 0);
        let mut after = one.clone();
        after.merge(Tally::default(), shift);
        prop_assert_eq!(shown(&one), shown(&before));
        prop_assert_eq!(shown(&one), shown(&after));
    }
}

/// Tallies have no equality of their own; what they print is all they hold.
fn shown(tally: &Tally) -> String {
    let mut tally = tally.clone();
    tally.settle();
    format!("{tally:#?}")
}

/// What one part of a source holds.
#[derive(Clone, Debug)]
struct Part {
    lines: u64,
    seen: Vec<(u64, Seen)>,
}

#[derive(Clone, Debug)]
enum Seen {
    Event { time_ms: Option<i64>, signature: u16, service: Option<u8>, trace: Option<u8> },
    Gauge { time_ms: Option<i64>, value: i32 },
    Setting(u8),
    Client { name: u8, idle: u64 },
    Slow { us: u64, id: u64 },
    Change { time_ms: Option<i64>, what: u8 },
    Template(u8),
    Record { time_ms: Option<i64>, service: Option<u8>, trace: Option<u8>, status: u16 },
}

const T0: i64 = 1_705_482_000_000;

fn part() -> impl Strategy<Value = Part> {
    let time = || proptest::option::weighted(0.9, T0..T0 + 5000);
    let seen = prop_oneof![
        4 => (time(), 0..5_u16, any_of(3), any_of(4)).prop_map(|(time_ms, signature, service, trace)| Seen::Event { time_ms, signature, service, trace }),
        2 => (time(), -3..3_i32).prop_map(|(time_ms, value)| Seen::Gauge { time_ms, value }),
        1 => (0..3_u8).prop_map(Seen::Setting),
        3 => (0..3_u8, 0..900_u64).prop_map(|(name, idle)| Seen::Client { name, idle }),
        1 => (0..4_u64, 0..3_u64).prop_map(|(us, id)| Seen::Slow { us, id }),
        1 => (time(), 0..3_u8).prop_map(|(time_ms, what)| Seen::Change { time_ms, what }),
        1 => (0..4_u8).prop_map(Seen::Template),
        4 => (time(), any_of(3), any_of(4), prop_oneof![Just(200_u16), Just(503)])
            .prop_map(|(time_ms, service, trace, status)| Seen::Record { time_ms, service, trace, status }),
    ];
    proptest::collection::vec(seen, 1..40).prop_map(|list| {
        let seen: Vec<(u64, Seen)> = list.into_iter().enumerate().map(|(i, s)| (i as u64 + 1, s)).collect();
        Part { lines: seen.len() as u64, seen }
    })
}

fn any_of(n: u8) -> impl Strategy<Value = Option<u8>> {
    proptest::option::weighted(0.8, 0..n)
}

impl Part {
    fn tally(&self, source: u32) -> Tally {
        let mut tally = Tally { lines: self.lines, ..Tally::default() };
        let name = |n: &Option<u8>| n.map(|n| whyredis::record::name(&format!("service-{n}")));
        let id = |n: &Option<u8>| n.map(|n| TraceId(format!("trace-{n}")));
        for (line, seen) in &self.seen {
            let at = Location { source: SourceId(source), line: *line };
            match seen {
                Seen::Event { time_ms, signature, service, trace } => tally.add_event(Event {
                    time_ms: *time_ms,
                    resolution_ms: 1,
                    symptom: SymptomIdx(*signature),
                    signature: SignatureIdx(*signature),
                    severity: 3,
                    level: whyredis::record::Severity::Unknown,
                    at,
                    service: name(service),
                    instance: None,
                    trace: id(trace),
                    node: None,
                    command: None,
                    key: None,
                    values: Vec::new().into(),
                    text: format!("text {signature}"),
                    from_server: false,
                    open: false,
                    again: false,
                }),
                Seen::Gauge { time_ms, value } => {
                    tally.add_gauge("node", "connected_clients", GaugePoint { time_ms: *time_ms, value: f64::from(*value), at })
                }
                Seen::Setting(n) => tally.add_reading("", None, at, Reading::Setting { name: format!("s{n}"), value: "v".into() }),
                Seen::Client { name, idle } => tally.add_reading(
                    "",
                    None,
                    at,
                    Reading::Client(Box::new(Client {
                        name: format!("holder-{name}"),
                        idle_s: *idle,
                        age_s: 900,
                        cmd: "get".into(),
                        ..Client::default()
                    })),
                ),
                Seen::Slow { us, id } => {
                    tally.add_reading(
                        "",
                        None,
                        at,
                        Reading::Slow(Slow { us: *us, id: *id, at_s: 1, command: "KEYS".into(), ..Slow::default() }),
                    );
                }
                Seen::Change { time_ms, what } => tally.add_reading(
                    "",
                    *time_ms,
                    at,
                    Reading::Change { kind: ChangeKind::Deploy, what: format!("change {what}"), subject: None, replicas: None },
                ),
                Seen::Template(n) => tally.add_template(&format!("redis oddity {}", "x".repeat(usize::from(*n))), at, Some(T0)),
                Seen::Record { time_ms, service, trace, status } => {
                    let record = Record {
                        time_ms: *time_ms,
                        basis: TimeBasis::Own,
                        severity: Severity::Info,
                        service: name(service),
                        trace: id(trace),
                        kind: Kind::Access { status: *status, duration_ms: None },
                        ..Record::default()
                    };
                    tally.add_record(&record, at, Format::default(), false, 1);
                }
            }
        }
        tally
    }
}

#[test]
fn the_parts_of_the_test_are_not_empty() {
    let part = Part { lines: 1, seen: vec![(1, Seen::Client { name: 1, idle: 5 })] };
    assert_eq!(
        part.tally(0).snapshots.values().map(|s| s.holders.clone()).collect::<Vec<_>>(),
        [BTreeMap::from([("holder-1".to_string(), 1)])]
    );
}
