use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::record::clock::{Clock, Written, Zone};
use crate::source::{Decoded, Faults, Input, Source, open};
use std::io::Read;

/// Peels every line of a sample, read as the program reads it.
fn sample(name: &str) -> Vec<(String, Outer)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name);
    let mut out = Vec::new();
    open(&Source { name: name.into(), input: Input::File(path) }, &Faults::default(), &mut |opened| {
        let framed = opened.decoded.heads() != crate::source::Heads::None;
        let mut text = String::new();
        match opened.decoded {
            Decoded::Seekable { mut file, .. } => file.read_to_string(&mut text).unwrap(),
            Decoded::Stream { mut reader, .. } => reader.read_to_string(&mut text).unwrap(),
        };
        for line in text.lines() {
            let mut outer = Outer::default();
            let inner = peel(line, framed, &mut outer).into_owned();
            out.push((inner, outer));
        }
    })
    .unwrap();
    out
}

fn ms(outer: &Outer) -> Option<i64> {
    // 2024-01-17T00:00:00Z
    Some(Clock { zone: Zone::UTC, anchor_ms: 1_705_449_600_000 }.settle(outer.time?).0)
}

fn peeled(line: &str) -> (String, Outer) {
    let mut outer = Outer::default();
    let inner = peel(line, false, &mut outer).into_owned();
    (inner, outer)
}

const FIRST: i64 = 1_705_482_000_012;
const LAST: i64 = 1_705_482_005_988;

/// What the wrappers of a sample must tell.
struct Expect {
    name: &'static str,
    layers: &'static str,
    /// The wrapper has a time: 1 for milliseconds, 1000 for whole seconds, 0 for none.
    resolution: i64,
    service: bool,
    pod: bool,
}

const fn expect(name: &'static str, layers: &'static str, resolution: i64, service: bool, pod: bool) -> Expect {
    Expect { name, layers, resolution, service, pod }
}

#[test]
fn every_sample_is_peeled_to_the_applications_text() {
    for e in [
        expect("kubectl/plain.log", "", 0, false, false),
        expect("kubectl/plain-json.jsonl", "", 0, false, false),
        expect("kubectl/prefix-follow.log", "kubectl-prefix", 0, true, true),
        expect("kubectl/prefix-timestamps-grouped.log", "kubectl-prefix+container-timestamps", 1, true, true),
        expect("kubectl/utf16-powershell51.log", "", 0, false, false),
        expect("stern/default.log", "stern", 0, true, true),
        expect("stern/default-timestamps-ns-color.log", "stern+container-timestamps", 1, true, true),
        expect("stern/output-json.jsonl", "stern-json", 0, true, true),
        expect("stern/output-extjson.jsonl", "stern-json", 0, true, true),
        expect("kubetail/default.log", "kubetail", 0, true, true),
        expect("docker/compose.log", "compose", 0, true, false),
        expect("docker/compose-t-color.log", "compose+container-timestamps", 1, true, false),
        expect("journald/short-iso.log", "journald-short-iso", 1000, true, false),
        expect("journald/short-precise.log", "syslog", 1, true, false),
        expect("journald/json.jsonl", "journald-json", 1, true, false),
        expect("journald/export.bin", "", 1, true, false),
        expect("syslog/rfc3164.log", "syslog", 1000, true, false),
        expect("syslog/rfc3164-nopri.log", "syslog", 1000, true, false),
        expect("syslog/rfc5424.log", "syslog-5424", 1, true, false),
        expect("fluent/fluentbit-stdout.log", "fluent-bit-stdout+docker-json", 1, true, true),
        expect("fluent/fluentbit-json_lines.jsonl", "kubernetes-json", 1, true, true),
        expect("fluent/fluentbit-json_lines-merged.jsonl", "kubernetes-json", 1, true, true),
        expect("fluent/fluentd-out_file.log", "fluentd+docker-json", 1000, true, true),
        expect("vector/kubernetes_logs.jsonl", "kubernetes-json", 1, true, true),
        expect("vector/filebeat.jsonl", "kubernetes-json", 1, true, true),
        expect("loki/logcli-default-reverse.log", "logcli", 1000, true, true),
        expect("loki/logcli-jsonl.jsonl", "loki-json", 1, true, true),
        expect("loki/logcli-raw.log", "", 0, false, false),
        expect("loki/query_range.json", "", 1, true, false),
        expect("datadog/search-api.json", "datadog", 1, true, true),
        expect("datadog/extract.csv", "", 1, true, false),
        expect("gcp/gcloud-logging-read.json", "gcp", 1, true, true),
        expect("gcp/gcs-sink.jsonl", "gcp", 1, true, true),
        expect("azure/containerlogv2.csv", "", 1, false, true),
        expect("cloudwatch/filter-log-events.json", "", 1, true, true),
        expect("cloudwatch/filter-log-events-text.tsv", "", 1, true, true),
        expect("cloudwatch/insights-results.json", "", 1, true, true),
        expect("cloudwatch/logs-insights-results.csv", "", 1, true, true),
        expect("cloudwatch/tail-detailed.log", "aws-logs-tail", 1, true, true),
        expect("cloudwatch/tail-short.log", "", 0, false, false),
        expect("container-insights/filter-log-events.json", "kubernetes-json", 1, true, true),
        expect("ecs/firelens.jsonl", "firelens", 1, true, true),
        expect("firehose/concat-no-newline.json", "", 1, true, true),
        expect("firehose/kinesis-get-records.json", "", 1, true, true),
        expect("ci/gh-run-view.tsv", "gh-run-view+github-actions", 1, false, false),
    ] {
        let mut lines = sample(e.name);
        lines.retain(|(_, outer)| !outer.continuation);
        assert_eq!(lines.len(), 20, "{}", e.name);
        let mut services: BTreeMap<String, u32> = BTreeMap::new();
        for (inner, outer) in &lines {
            assert_eq!(outer.layers.as_slice().join("+"), e.layers, "{}: {inner}", e.name);
            assert_eq!(outer.pod.is_some(), e.pod, "{}: {outer:?}", e.name);
            *services.entry(outer.service.as_deref().unwrap_or_default().to_string()).or_default() += 1;
            let plain = ["INFO ", "ERROR ", "WARN ", "time=2024", "{\"level\"", "{\"message\"", "2024-01-17T09"]
                .iter()
                .any(|s| inner.starts_with(s));
            assert!(plain, "{}: {inner}", e.name);
            assert!(!outer.notice);
        }
        if e.service {
            assert_eq!(services, BTreeMap::from([("checkout-api".to_owned(), 11), ("orders-worker".to_owned(), 9)]), "{}", e.name);
        }
        let times: Vec<i64> = lines.iter().filter_map(|(_, o)| ms(o)).collect();
        if e.resolution == 0 {
            assert!(times.is_empty(), "{}", e.name);
        } else {
            assert_eq!(times.len(), 20, "{}", e.name);
            assert_eq!(times.iter().min().map(|t| t / e.resolution), Some(FIRST / e.resolution), "{}", e.name);
            assert_eq!(times.iter().max().map(|t| t / e.resolution), Some(LAST / e.resolution), "{}", e.name);
        }
        let texts = |what: &str| lines.iter().filter(|(inner, _)| inner.contains(what)).count();
        assert_eq!(texts("ERR max number of clients reached"), 3, "{}", e.name);
        assert_eq!(texts("redis: connection pool timeout"), 2, "{}", e.name);
    }
}

#[test]
fn pieces_of_lines_are_marked() {
    for name in ["cri/containers-concat.log", "docker/json-file/4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c-json.log"]
    {
        let lines = sample(name);
        let part = lines.iter().position(|(_, o)| o.piece == Piece::Part).unwrap();
        assert!(lines[part].0.ends_with("ERR max numb"), "{}", lines[part].0);
        let last = lines.iter().skip(part + 1).find(|(_, o)| o.stream == lines[part].1.stream).unwrap();
        assert_eq!(last.1.piece, Piece::Last);
        assert!(last.0.starts_with("er of clients reached"), "{}", last.0);
    }
    let (inner, outer) = peeled("2024-01-17T09:00:01.204523645Z stderr P:x ERR max numb");
    assert_eq!((inner.as_str(), outer.piece), ("ERR max numb", Piece::Part));
    let (inner, outer) = peeled("2024-01-17T09:00:01.204523645Z stderr F ");
    assert_eq!((inner.as_str(), outer.piece), ("", Piece::Last));
    let (a, b) =
        (peeled("2024-01-17T09:00:01.204523645Z stdout F x").1.stream, peeled("2024-01-17T09:00:01.204523645Z stderr F x").1.stream);
    assert_ne!(a, b);
}

#[test]
fn levels_and_traces_of_wrappers() {
    let lines = sample("syslog/rfc5424.log");
    assert_eq!(
        lines.iter().filter(|(_, o)| o.severity == Severity::Error).count()
            + lines.iter().filter(|(_, o)| o.severity == Severity::Warn).count(),
        8
    );
    assert_eq!(lines[0].1.trace, Some(TraceId("65a79710106530dc42baa21c67f8a301".into())));
    let lines = sample("gcp/gcs-sink.jsonl");
    assert_eq!(lines[0].1.trace, Some(TraceId("65a79710106530dc42baa21c67f8a301".into())));
    assert_eq!(lines[0].1.container.as_deref(), Some("app"));
    let lines = sample("datadog/search-api.json");
    assert!(lines.iter().all(|(_, o)| o.trace.is_some() && o.severity != Severity::Unknown));
    assert_eq!(sample("journald/json.jsonl")[11].0.as_bytes().first(), Some(&b'I'));
}

#[test]
fn an_applications_own_lines_are_left() {
    for line in [
        "2024-01-17T09:00:01.204Z ERROR cart lookup failed: ERR max number of clients reached",
        "2024-01-17T09:00:01.204Z  INFO 1 --- [checkout-api] [           main] com.shop.App : Started",
        "2024-01-17T09:00:01 INFO request completed",
        "2024-01-17 09:00:01,204 ERROR [main] redis: timeout",
        "2024-01-17T09:00:01.204Z\t65a79710-1065-40dc-82ba-a21c67f8a301\tINFO\trequest completed",
        "[2024-01-17 09:00:01 +0000] [1] [INFO] Starting gunicorn",
        "[INFO] redis ready",
        "[7] errors",
        r#"{"level":"info","ts":1705482000.012,"msg":"request completed","service":"checkout-api"}"#,
        r#"{"@timestamp":"2024-01-17T09:00:00.012Z","@version":"1","message":"x","logger_name":"a.B","level":"INFO"}"#,
        r#"{"@timestamp":"2024-01-17T09:00:00.012Z","log":{"level":"INFO","logger":"a"},"message":"x","ecs":{"version":"8.11"}}"#,
        r#"{"timestamp":"2024-01-17T09:00:00Z","level":"ERROR","fields":{"message":"x"},"target":"a::b"}"#,
        r#"{"time":"2024-01-17T09:00:00Z","level":"ERROR","msg":"x","stream":"orders"}"#,
        r#"{"log":"no time, no stream"}"#,
        "{not json",
        r#"{"a":"b""#,
        "1:M 17 Jan 2024 09:00:01.500 * Ready to accept connections",
        "1705482001.204000 [0 10.0.4.52:50122] \"GET\" \"k\"",
        "I0117 09:00:01.204595       1 main.go:42] x",
        "Traceback (most recent call last):",
        "Jan was here at 09:00:01",
        "\tat redis.clients.jedis.Connection.connect(Connection.java:204)",
        "error: connection to redis refused",
        "info | redis | timeout",
        "redis-pool exhausted after 5 s",
        "worker-1 started",
        "09:00:01.204 [main] INFO x",
        "job\tstep\tno time here",
        "<root> element",
        "<999>x",
        "127.0.0.1:6379> INFO",
        "id=5521 addr=10.0.4.52:50122 fd=902 name= age=40",
        "# Server",
        "time=2024-01-17T09:00:00.012Z level=INFO msg=\"x\"",
        "\u{2502} box",
        "",
    ] {
        let (inner, outer) = peeled(line);
        assert_eq!((inner.as_str(), outer), (line, Outer::default()));
    }
}

#[test]
fn shapes_beside_the_samples() {
    let inner = |line: &str| peeled(line).0;
    assert_eq!(inner("[pod/redis-0/redis] 1:M 17 Jan 2024 09:00:01.500 * Ready"), "1:M 17 Jan 2024 09:00:01.500 * Ready");
    assert_eq!(inner("[pod/a/b]"), "");
    assert_eq!(inner("redis-0 redis 1:M 17 Jan 2024 09:00:01.500 * Ready"), "redis-0 redis 1:M 17 Jan 2024 09:00:01.500 * Ready");
    assert_eq!(inner("redis-0 redis 2024-01-17T09:00:01.204523645Z 1:M 17 Jan"), "1:M 17 Jan");
    assert_eq!(
        inner("checkout-api-6d9f7c8b5d-x2x9k app     at com.shop.Cart.load(Cart.java:42)"),
        "    at com.shop.Cart.load(Cart.java:42)"
    );
    let (text, outer) = peeled("checkout-api-6d9f7c8b5d-x2x9k app 01-17 09:00:01 ERROR x");
    assert_eq!(
        (text.as_str(), outer.time.map(|t| matches!(t.written, Written::NoYear { month: 1, day: 17, .. }))),
        ("ERROR x", Some(true))
    );
    let (text, outer) = peeled("checkout_1  | \u{1b}[31mERROR\u{1b}[0m x");
    assert_eq!((text.as_str(), outer.service.as_deref()), ("ERROR x", Some("checkout")));
    let (text, outer) = peeled("checkout-api-1 exited with code 137");
    assert_eq!(
        (text.as_str(), outer.service.as_deref(), outer.notice),
        ("checkout-api-1 exited with code 137", Some("checkout-api"), false)
    );
    assert_eq!(inner("progress 10%\rprogress 99%\rdone"), "done");
    assert_eq!(inner("section_start:1705482000:build\r\u{1b}[0K"), "section_start:1705482000:build");
    assert_eq!(inner("\u{1b}]0;title\u{7}text\u{1b}(B\u{1b}"), "text");
    assert_eq!(inner("\0\0\0\0ERROR after a hole\r"), "ERROR after a hole");
    assert_eq!(inner("123 <131>1 2024-01-17T09:00:01.204595Z h app 1 - - ERROR x"), "ERROR x");
    assert_eq!(inner(r#"<131>1 2024-01-17T09:00:01Z h app 1 ID [a@1 k="v \"]\" w"][b x="y"] ERROR x"#), "ERROR x");
    assert_eq!(inner("<131>Jan  7 09:00:01 ip-1 app[12]: ERROR x"), "ERROR x");
    assert_eq!(inner("2024-01-17T09:00:01.204595+00:00 ip-1 app[12]: ERROR x"), "ERROR x");
    assert_eq!(inner("1705482001.204000 ip-1 app[12]: ERROR x"), "ERROR x");
    assert_eq!(inner("Wed 2024-01-17 09:00:01 UTC ip-1 app[12]: ERROR x"), "ERROR x");
    assert_eq!(inner("2024-01-17T09:00:01.204Z {\"level\":\"error\",\"msg\":\"x\"}"), "{\"level\":\"error\",\"msg\":\"x\"}");
    assert_eq!(inner("2024-01-17T09:00:01.204Z 2024-01-17 09:00:01,203 ERROR x"), "2024-01-17 09:00:01,203 ERROR x");
    let (text, outer) = peeled("Jan  7 09:00:01 <local3.err> bsd-1 ratelimitd[12]: x");
    assert_eq!((text.as_str(), outer.service.as_deref(), outer.severity), ("x", Some("ratelimitd"), Severity::Error));
    assert!(!peeled("Error from server: ERR max number of clients reached").1.notice, "redis-benchmark");
    assert_eq!(inner("> 1:M 17 Jan 2024 09:00:01.500 * Ready"), "1:M 17 Jan 2024 09:00:01.500 * Ready");
    // Docker Desktop's window.
    assert_eq!(inner("2024-01-17 17:00:01 1:M 17 Jan 2024 09:00:01.500 * Ready"), "1:M 17 Jan 2024 09:00:01.500 * Ready");
    assert_eq!(inner("2024-01-17 17:00:01 1:2 to the guests"), "2024-01-17 17:00:01 1:2 to the guests");
    assert_eq!(inner("[0] tag: [1705482001.204000000, {\"log\"=>\"a => b \\\"c\\\"\", \"time\"=>\"x\"}]"), "a => b \"c\"");
    assert_eq!(inner("data: {\"MESSAGE\":\"ERROR x\",\"PRIORITY\":\"3\"}"), "ERROR x");
    assert_eq!(inner("\u{1e}{\"MESSAGE\":[27,91,51,49,109,69,82,82],\"PRIORITY\":\"3\"}"), "ERR");
    // CRI outside, Docker's JSON of a nested runtime inside, then the application's JSON.
    let nested = "[pod/a-6d9f7c8b5d-x2x9k/app] 2024-01-17T09:00:01.204523645Z stdout F {\"log\":\"{\\\"msg\\\":\\\"x\\\"}\\n\",\"stream\":\"stdout\",\"time\":\"2024-01-17T09:00:01.204523645Z\"}";
    assert_eq!(inner(nested), "{\"msg\":\"x\"}");
    for notice in [
        "Defaulted container \"app\" out of: app, istio-proxy",
        "Found 3 pods, using pod/checkout-api-1",
        "Attaching to a-1, b-1",
        "+ pod-a › app",
        "error: a container name must be specified for pod x, choose one of: [a b]",
        "Error from server (NotFound): pods \"x\" not found",
        "Error from server: Get \"https://10.0.0.1/api\": dial tcp: i/o timeout",
        "Common labels: {app=\"x\"}",
        "==> a.log <==",
        "Will tail 2 logs...",
    ] {
        let (text, outer) = peeled(notice);
        assert_eq!((text.as_str(), outer.notice), (notice, true));
    }
    // A ruler of journalctl is no line of the log.
    assert_eq!(peeled("-- Boot 0123 --").0, "");
}

#[test]
fn any_bytes_are_peeled() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats");
    let mut lines: Vec<Vec<char>> = Vec::new();
    for name in [
        "kubectl/prefix-timestamps-grouped.log",
        "stern/default-timestamps-ns-color.log",
        "docker/compose-t-color.log",
        "cri/containers-concat.log",
        "journald/short-iso.log",
        "journald/json.jsonl",
        "syslog/rfc5424.log",
        "syslog/rfc3164.log",
        "fluent/fluentbit-stdout.log",
        "fluent/fluentd-out_file.log",
        "vector/filebeat.jsonl",
        "loki/logcli-default-reverse.log",
        "gcp/gcs-sink.jsonl",
        "ecs/firelens.jsonl",
        "ci/gh-run-view.tsv",
        "cloudwatch/tail-detailed.log",
        "kubetail/default.log",
    ] {
        let text = std::fs::read_to_string(dir.join(name)).unwrap();
        lines.extend(text.lines().take(3).map(|l| l.chars().collect()));
    }
    let alphabet: Vec<char> = "{}[]\"\\:,<>|=- \t\r\u{1b}\u{1e}\u{1f}\0é🚀0T9Z+/".chars().collect();
    for round in 0..20_000 {
        let mut line = lines[round % lines.len()].clone();
        for _ in 0..=next() % 5 {
            let at = next() as usize % line.len();
            match next() % 3 {
                0 => line[at] = alphabet[next() as usize % alphabet.len()],
                1 => line.truncate(at.max(1)),
                _ => line.insert(at, alphabet[next() as usize % alphabet.len()]),
            }
        }
        let line: String = line.into_iter().collect();
        for framed in [false, true] {
            peel(&line, framed, &mut Outer::default());
        }
    }
}
