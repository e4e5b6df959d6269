//! The report does not depend on how the work was cut: threads, blocks, order of files and lines, pipe or file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use whyredis::patterns::Library;
use whyredis::pipeline::{self, Options, Silent};
use whyredis::report::json;

mod program;

use program::{SAMPLE, root, run, run_with};

const BLOCKS: [usize; 6] = [64, 257, 4 << 10, 64 << 10, 1 << 20, 8 << 20];

/// Small numbers in an order that is always the same (a linear congruential generator after Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}

/// 2026-11-21T12:00:00Z: `--now`, so that nothing depends on the day of the test.
const NOW_MS: i64 = 1_795_262_400_000;

fn report(library: &Library, inputs: &[PathBuf], threads: usize, block: usize) -> String {
    let inputs = inputs.iter().map(|p| p.display().to_string()).collect();
    let mut options = Options::new(library, inputs);
    options.now_ms = NOW_MS;
    options.threads = threads;
    options.block_bytes = block;
    json::render(&pipeline::run(&options, &Silent, &AtomicBool::new(false)).report)
}

/// Compares every way of cutting the work with one.
fn same(inputs: &[PathBuf], threads: &[usize], blocks: &[usize]) {
    let library = Library::builtin();
    let expected = report(&library, inputs, 1, 2 << 20);
    for &block in blocks {
        for &threads in threads {
            compare(&expected, &report(&library, inputs, threads, block), &format!("{threads} threads, blocks of {block}, {inputs:?}"));
        }
    }
    let mut turned = inputs.to_vec();
    turned.reverse();
    compare(&expected, &report(&library, &turned, 2, 4 << 10), "files in reverse order");
    Dice(7).shuffle(&mut turned);
    compare(&expected, &report(&library, &turned, 3, 64 << 10), "files shuffled");
}

fn compare(expected: &str, got: &str, how: &str) {
    if expected == got {
        return;
    }
    let at = expected.lines().zip(got.lines()).position(|(a, b)| a != b).unwrap_or(0);
    let around = |t: &str| t.lines().skip(at.saturating_sub(6)).take(12).collect::<Vec<_>>().join("\n");
    panic!("{how}: the report differs at line {at}\n--- expected\n{}\n--- got\n{}", around(expected), around(got));
}

fn files(dir: &str) -> Vec<PathBuf> {
    let mut list: Vec<PathBuf> = fs::read_dir(root().join("testdata").join(dir))
        .unwrap_or_else(|e| panic!("{dir}: {e}"))
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "log"))
        .collect();
    list.sort();
    assert!(!list.is_empty(), "{dir} holds no log");
    list
}

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, text).expect("a temporary file");
    path
}

#[test]
fn the_runbook_sample_in_every_cut() {
    same(&[root().join(SAMPLE)], &[1, 2, 3, 4, 5, 6, 7, 8], &BLOCKS);
}

#[test]
fn recorded_runs_in_every_cut() {
    for dir in ["incidents/lab/slow-commands-1", "incidents/lab/failover-1", "incidents/lab/connection-leak-1", "healthy/lab-traffic"] {
        same(&files(dir), &[1, 2, 8], &[257, 4 << 10, 64 << 10, 8 << 20]);
    }
}

#[test]
fn recorded_runs_in_the_smallest_blocks() {
    for dir in ["incidents/lab/redis-down-1-app-only", "incidents/lab/tls-1-server-only", "incidents/lab/fd-limit-1-app-only"] {
        same(&files(dir), &[2], &[64]);
    }
}

const JAVA: &str = "\
2024-01-17 09:00:{s}.{ms} ERROR [order-service,{trace}] 1 --- [nio-8080-exec-3] c.e.o.CartRepository : cart lookup failed
org.springframework.data.redis.RedisConnectionFailureException: Unable to connect to Redis; nested exception is io.lettuce.core.RedisConnectionException: Unable to connect to redis-master:6379
\tat org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory$SharedConnection.getNativeConnection(LettuceConnectionFactory.java:1199)
\tat org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory$SharedConnection.getConnection(LettuceConnectionFactory.java:1178)
\tat com.example.orders.CartRepository.load(CartRepository.java:41)
Caused by: io.lettuce.core.RedisConnectionException: Unable to connect to redis-master:6379
\tat io.lettuce.core.RedisConnectionException.create(RedisConnectionException.java:78)
\t... 31 common frames omitted
Caused by: io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: redis-master/10.0.3.7:6379
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\t... 8 more";

const PYTHON: &str = "\
2024-01-17 09:00:{s},{ms} ERROR checkout.api [trace={trace}] cannot read the cart
Traceback (most recent call last):
  File \"/usr/lib/python3/site-packages/redis/connection.py\", line 276, in connect
    sock = self.retry.call_with_retry(
  File \"/usr/lib/python3/site-packages/redis/retry.py\", line 46, in call_with_retry
    return do()
ConnectionRefusedError: [Errno 111] Connection refused

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"/app/checkout/api.py\", line 88, in cart
    return store.hgetall(key)
redis.exceptions.ConnectionError: Error 111 connecting to redis-master:6379. Connection refused.";

/// Tracebacks of two services and healthy lines of a third behind `kubectl logs --prefix`, lines of the streams mixed.
fn interleaved(prefix: bool, stamps: bool) -> String {
    let mut dice = Dice(42);
    let mut streams: Vec<Vec<String>> = Vec::new();
    for (pod, form) in [
        ("order-service-6d5f7c9b8d-x2x7p/app", JAVA),
        ("checkout-api-7d9f8b6c5-qwz4t/app", PYTHON),
        ("catalog-5c6d7e8f9b-l4mnz/app", "2024-01-17 09:00:{s},{ms} INFO catalog.web [trace={trace}] GET /items/17 200 3.1ms"),
    ] {
        let mut lines = Vec::new();
        for i in 0..12 {
            let trace = format!("{:032x}", (dice.below(1 << 30) as u128) << 60 | i);
            let text = form
                .replace("{s}", &format!("{:02}", 2 * i + 1))
                .replace("{ms}", &format!("{:03}", dice.below(1000)))
                .replace("{trace}", &trace);
            for line in text.lines() {
                let stamp =
                    if stamps { format!("2024-01-17T09:00:{:02}.{:09}Z ", 2 * i + 1, dice.below(1_000_000_000)) } else { String::new() };
                let head = if prefix { format!("[pod/{pod}] ") } else { String::new() };
                lines.push(format!("{head}{stamp}{line}"));
            }
        }
        lines.reverse();
        streams.push(lines);
    }
    let mut out = String::new();
    while streams.iter().any(|s| !s.is_empty()) {
        let from = dice.below(streams.len());
        for _ in 0..=dice.below(3) {
            if let Some(line) = streams[from].pop() {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

#[test]
fn interleaved_tracebacks_across_block_edges() {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, prefix, stamps) in [("prefix.log", true, false), ("both.log", true, true)] {
        let path = write(dir.path(), name, &interleaved(prefix, stamps));
        same(std::slice::from_ref(&path), &[1, 2, 3, 8], &BLOCKS);
        // Any block edge inside the first records: every size from one line to two records.
        let library = Library::builtin();
        let expected = report(&library, std::slice::from_ref(&path), 1, 2 << 20);
        for block in (65..4000).step_by(61) {
            compare(&expected, &report(&library, std::slice::from_ref(&path), 2, block), &format!("{name} in blocks of {block}"));
        }
        let found: Value = serde_json::from_str(&expected).expect("JSON");
        let mut services: Vec<&str> =
            found["incidents"][0]["affected"]["services"].as_array().expect("a list").iter().filter_map(|s| s["name"].as_str()).collect();
        services.sort_unstable();
        assert_eq!(services, ["checkout-api", "order-service"], "the records are joined within their own streams");
    }
}

/// Polls of a redis-cli loop between application lines, CLIENT LIST longer than the smallest blocks.
fn captures() -> String {
    let mut out = String::new();
    for i in 0..14 {
        let _ = writeln!(
            out,
            "2024-01-17T09:{i:02}:01.000Z [ERROR] [trace_id:req-{i}] [redis-node:cache-primary] [Redis] ERR max number of clients reached - failed command: GET user:{i}"
        );
        let _ = writeln!(out, "Wed Jan 17 09:{i:02}:05 UTC 2024");
        let _ =
            writeln!(out, "$ redis-cli INFO clients\n# Clients\nconnected_clients:{}\nmaxclients:1000\nblocked_clients:{i}\n", 940 + 4 * i);
        let _ = writeln!(
            out,
            "$ redis-cli INFO stats\n# Stats\ntotal_connections_received:{}\nrejected_connections:{}\n",
            5000 + 90 * i,
            3 * i
        );
        let _ = writeln!(out, "$ redis-cli SLOWLOG GET 2");
        for n in 0..2 {
            let _ = writeln!(
                out,
                "{}) 1) (integer) {}\n   2) (integer) {}\n   3) (integer) {}\n   4) 1) \"HGETALL\"\n      2) \"cart:session:{}\"\n   5) \"10.0.0.{}:41002\"\n   6) \"cart\"",
                n + 1,
                i * 2 - n + 1,
                1_705_482_000 + 60 * i - n,
                284_000 + 1000 * i,
                88_000 + i,
                i + 1
            );
        }
        let _ = writeln!(out, "$ redis-cli CLIENT LIST");
        for c in 0..30 {
            let _ = writeln!(
                out,
                "id={} addr=10.0.{}.{}:5{:04} laddr=10.0.3.7:6379 fd={} name={} age={} idle={} flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 omem=0 tot-mem=1928 events=r cmd=get user=default redir=-1 resp=2 lib-name= lib-ver=",
                i * 30 + c,
                c % 3,
                c,
                c,
                c + 8,
                ["cart", "orders", "sessions"][(c % 3) as usize],
                60 * i + c,
                50 * i
            );
        }
    }
    out
}

#[test]
fn captures_across_block_edges() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = write(dir.path(), "polls.log", &captures());
    same(std::slice::from_ref(&path), &[1, 2, 8], &BLOCKS);
    let library = Library::builtin();
    let expected = report(&library, std::slice::from_ref(&path), 1, 2 << 20);
    for block in (100..9000).step_by(211) {
        compare(&expected, &report(&library, std::slice::from_ref(&path), 2, block), &format!("captures in blocks of {block}"));
    }
}

#[test]
fn long_lines_and_broken_bytes_in_every_cut() {
    let dir = tempfile::tempdir().expect("a folder");
    let sample = fs::read(root().join(SAMPLE)).expect("the sample");
    let mut bytes = Vec::new();
    for (i, line) in sample.split_inclusive(|&b| b == b'\n').cycle().take(40).enumerate() {
        bytes.extend_from_slice(line);
        match i % 5 {
            0 => bytes.extend_from_slice(&[b"x".repeat(70_000 + i * 1000), b" ERR max number of clients reached\n".to_vec()].concat()),
            1 => bytes.extend_from_slice(b"\xff\xfe\x80 Redis \0 broken \xc3\x28\r\n"),
            2 => bytes.extend_from_slice(b"\n\r\n   \n"),
            3 => bytes.extend_from_slice(&b"\tat com.example.A.b(A.java:1)\n".repeat(700)),
            _ => {}
        }
    }
    let path = dir.path().join("hostile.log");
    fs::write(&path, &bytes).expect("a temporary file");
    same(std::slice::from_ref(&path), &[1, 2, 8], &[4 << 10, 40_000, 64 << 10, 1 << 20, 8 << 20]);
}

#[test]
fn more_events_and_readings_than_are_kept() {
    // Above the caps the sample must not depend on the blocks, either.
    let dir = tempfile::tempdir().expect("a folder");
    let mut text = String::new();
    for i in 0..60_000_u32 {
        let (m, s, ms) = (i / 60_000, i / 1000 % 60, i % 1000);
        if i % 8 == 0 {
            let _ = writeln!(
                text,
                "2024-01-17T09:{m:02}:{s:02}.{ms:03}Z [WARN] [Redis] Connected clients: {} / maxclients: 1000",
                900 + i % 100
            );
        }
        let _ = writeln!(text, "2024-01-17T09:{m:02}:{s:02}.{ms:03}Z [ERROR] [Redis] ERR max number of clients reached");
    }
    let path = write(dir.path(), "storm.log", &text);
    same(std::slice::from_ref(&path), &[2, 8], &[64 << 10, 1 << 20, 8 << 20]);
}

/// A report without the places of its proofs.
fn without_places(mut report: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("citations");
                map.remove("citation");
                map.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut report);
    report
}

#[test]
fn shuffled_lines_give_the_same_incidents() {
    let dir = tempfile::tempdir().expect("a folder");
    let library = Library::builtin();
    let json_lines: String = (0..200)
        .map(|i| {
            let (level, text) = match i % 4 {
                0 => ("error", "redis: connection pool timeout"),
                1 => ("error", "dial tcp 10.0.3.7:6379: connect: connection refused"),
                _ => ("info", "GET /cart 200"),
            };
            format!(
                "{{\"ts\":\"2024-01-17T09:{:02}:{:02}.{:03}Z\",\"level\":\"{level}\",\"service\":\"cart-{}\",\"trace_id\":\"{:032x}\",\"msg\":\"{text}\"}}\n",
                i / 60,
                i % 60,
                i,
                i % 3,
                (i / 4 + 1) as u128 * 0x1234_5678_9abc
            )
        })
        .collect();
    let sample = fs::read_to_string(root().join(SAMPLE)).expect("the sample");
    for (name, text) in [("sample.log", sample), ("lines.json", json_lines)] {
        let path = write(dir.path(), name, &text);
        let read = |text: &str| -> Value {
            fs::write(&path, text).expect("a temporary file");
            without_places(serde_json::from_str(&report(&library, std::slice::from_ref(&path), 2, 4 << 10)).expect("JSON"))
        };
        let sorted = read(&text);
        assert_ne!(sorted["incidents"], Value::Array(Vec::new()), "{name}");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.reverse();
        for seed in 0..6 {
            let shuffled = read(&(lines.join("\n") + "\n"));
            compare(
                &serde_json::to_string_pretty(&sorted).expect("JSON"),
                &serde_json::to_string_pretty(&shuffled).expect("JSON"),
                &format!("{name}, order {seed}"),
            );
            Dice(seed).shuffle(&mut lines);
        }
    }
}

#[test]
fn a_pipe_gives_the_same_as_the_file() {
    let lab = "testdata/incidents/lab/slow-commands-1";
    for name in [SAMPLE.to_string(), format!("{lab}/app-cart.log"), format!("{lab}/polls.log"), format!("{lab}/redis.log")] {
        let bytes = fs::read(root().join(&name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        for extra in
            [&["--format", "json"][..], &[], &["--block-bytes", "257"], &["--format", "json", "--threads", "3", "--block-bytes", "5000"]]
        {
            let mut from_file = vec!["--now", "2026-11-21T12:00:00Z"];
            from_file.extend(extra);
            let mut from_pipe = from_file.clone();
            from_file.push(&name);
            from_pipe.extend(["--stdin-name", &name]);
            let file = run(&from_file).ends(0);
            let pipe = run_with(&from_pipe, &bytes).ends(0);
            compare(&file.out, &pipe.out, &format!("{name} {extra:?}"));
        }
        let events = run(&["events", "--all", &name]).ends(0);
        let piped = run_with(&["events", "--all", "--stdin-name", &name], &bytes).ends(0);
        compare(&events.out, &piped.out, &format!("events of {name}"));
    }
}
