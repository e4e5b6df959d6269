use std::path::PathBuf;

use super::super::framing::Header;
use super::super::{Decoded, Faults, Heads, Input as SourceInput, Opened, Source, SourceError, open};
use std::io::Read;

mod broken;
mod runs;

/// One framed line, taken apart.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    time_ms: Option<i64>,
    facts: String,
    position: u64,
    continuation: bool,
    text: String,
}

fn lines_of(bytes: &[u8]) -> Vec<Line> {
    bytes
        .split(|&b| b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| {
            let (h, text) = Header::parse(l).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(l)));
            Line {
                time_ms: h.time_ms,
                facts: h.facts.replace('\u{1d}', " "),
                position: h.position,
                continuation: h.continuation,
                text: String::from_utf8_lossy(text).into_owned(),
            }
        })
        .collect()
}

fn open_path(path: PathBuf) -> (String, bool, Vec<u8>, Vec<String>) {
    try_path(path).unwrap()
}

fn try_path(path: PathBuf) -> Result<(String, bool, Vec<u8>, Vec<String>), SourceError> {
    let mut got = None;
    let faults = Faults::default();
    let result = open(&Source { name: "x".into(), input: SourceInput::File(path) }, &faults, &mut |opened| {
        let Opened { format, decoded, .. } = opened;
        let framed = decoded.heads() != Heads::None;
        let mut bytes = Vec::new();
        match decoded {
            Decoded::Seekable { mut file, .. } => file.read_to_end(&mut bytes).unwrap(),
            Decoded::Stream { mut reader, .. } => reader.read_to_end(&mut bytes).unwrap(),
        };
        got = Some((format, framed, bytes));
    });
    result?;
    let (format, framed, bytes) = got.unwrap();
    Ok((format, framed, bytes, faults.into_messages()))
}

fn sample(name: &str) -> (String, Vec<Line>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name);
    let (format, framed, bytes, faults) = open_path(path);
    assert!(framed, "{name} is {format}");
    assert!(faults.is_empty(), "{name}: {faults:?}");
    (format, lines_of(&bytes))
}

fn decode(text: &[u8]) -> (String, Vec<Line>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, text).unwrap();
    let (format, framed, bytes, faults) = open_path(path);
    let lines = if framed { lines_of(&bytes) } else { Vec::new() };
    (format, lines, faults)
}

const FIRST: i64 = 1_705_482_000_012;
const LAST: i64 = 1_705_482_005_988;

#[test]
fn every_sample_gives_its_records_with_their_times() {
    for (name, format, records) in [
        ("cloudwatch/filter-log-events.json", "cloudwatch-events", 20),
        ("cloudwatch/get-log-events-checkout-api.json", "cloudwatch-events", 11),
        ("cloudwatch/filter-log-events-text.tsv", "cloudwatch-text", 20),
        ("cloudwatch/insights-results.json", "cloudwatch-insights", 20),
        ("cloudwatch/logs-insights-results.csv", "csv", 20),
        ("container-insights/filter-log-events.json", "cloudwatch-events", 20),
        ("firehose/concat-no-newline.json", "cloudwatch-subscription", 20),
        ("firehose/object-multimember.gz", "gzip+cloudwatch-subscription", 20),
        ("firehose/object-double-gz.gz", "gzip+gzip+cloudwatch-subscription", 20),
        ("firehose/lambda-event.json", "cloudwatch-subscription", 20),
        ("firehose/kinesis-get-records.json", "cloudwatch-subscription", 20),
        ("loki/query_range.json", "loki-streams", 20),
        ("gcp/gcloud-logging-read.json", "gcp-log-entries", 20),
        ("azure/containerlogv2.csv", "csv", 20),
        ("datadog/extract.csv", "csv", 20),
        ("journald/export.bin", "journald-export", 20),
    ] {
        let (found, lines) = sample(name);
        assert_eq!(found, format, "{name}");
        assert_eq!(lines.iter().filter(|l| !l.continuation).count(), records, "{name}");
        let times: Vec<i64> = lines.iter().filter_map(|l| l.time_ms).collect();
        assert_eq!(times.len(), lines.len(), "{name}");
        assert_eq!(times.iter().min(), Some(&FIRST), "{name}");
        assert_eq!(times.iter().max(), Some(&LAST), "{name}");
        assert_eq!(
            lines.iter().filter(|l| l.text.contains("ERR max number of clients reached")).count(),
            if records == 20 { 3 } else { 2 },
            "{name}"
        );
    }
    let (format, lines) = sample("datadog/search-api.json");
    assert_eq!((format.as_str(), lines.len()), ("datadog-search", 20));
    let (format, lines) = sample("cloudwatch/query-messages-text.tsv");
    assert_eq!((format.as_str(), lines.len()), ("cloudwatch-messages", 20));
    assert_eq!(lines[5].position, 6);
    assert!(lines[5].text.starts_with("ERROR cart lookup failed"));
}

#[test]
fn items_say_where_they_stand_and_what_they_belong_to() {
    let (_, lines) = sample("cloudwatch/filter-log-events.json");
    assert_eq!(lines[0].position, 3);
    assert_eq!(lines[1].position, 10);
    assert_eq!(lines[0].facts, "stream=checkout-api/app/0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    let (_, lines) = sample("firehose/concat-no-newline.json");
    assert!(lines[0].facts.contains("group=/ecs/shop"));
    assert_eq!(lines.iter().map(|l| l.position).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    let delimited = br#"{"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"s","logEvents":[{"timestamp":1705482000012,"message":"a"},{"timestamp":1705482000013,"message":"b\nc"}]}
{"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"s","logEvents":[{"timestamp":1705482000014,"message":"d"}]}
"#;
    assert_eq!(
        decode(delimited).1.iter().map(|l| (l.position, l.text.as_str())).collect::<Vec<_>>(),
        [(1, "a"), (2, "b"), (2, "c"), (3, "d")]
    );
    let (_, lines) = sample("azure/containerlogv2.csv");
    assert_eq!(lines[0].facts, "pod=checkout-api-6d9f7c8b5d-x2x9k container=app namespace=shop host=ip-10-0-3-17 stream=stdout");
    let (_, lines) = sample("datadog/extract.csv");
    assert_eq!(lines[0].facts, "service=checkout-api host=ip-10-0-3-17");
    let (_, lines) = sample("loki/query_range.json");
    assert_eq!(lines[0].facts, "service=checkout-api namespace=shop");
    let (_, lines) = sample("journald/export.bin");
    assert!(lines[0].facts.starts_with("service=checkout-api host=ip-10-0-3-17"), "{}", lines[0].facts);
}

#[test]
fn items_never_share_a_position_with_their_neighbour() {
    for name in [
        "firehose/kinesis-get-records.json",
        "firehose/lambda-event.json",
        "elasticache/get-metric-data.json",
        "deploy/ecs-describe-services.json",
        "loki/query_range.json",
        "cloudwatch/filter-log-events.json",
        "cloudwatch/query-messages-text.tsv",
    ] {
        let (_, lines) = sample(name);
        for pair in lines.windows(2) {
            assert!(pair[1].continuation || pair[0].position != pair[1].position, "{name}: {pair:?}");
        }
    }
}

#[test]
fn evidence_documents() {
    let (format, lines) = sample("k8s-events/get-events.json");
    assert_eq!((format.as_str(), lines.len()), ("kubernetes-list", 6));
    assert_eq!(lines[0].time_ms, Some(1_705_481_850_000));
    assert!(lines[0].text.starts_with('{') && lines[0].text.contains("ScalingReplicaSet"));
    let (format, lines) = sample("elasticache/describe-events.json");
    assert_eq!((format.as_str(), lines.len()), ("elasticache-events", 2));
    assert_eq!(lines[0].time_ms, Some(1_705_481_892_120));
    let (format, lines) = sample("deploy/ecs-describe-services.json");
    assert_eq!((format.as_str(), lines.len()), ("ecs-services", 2));
    assert_eq!(lines[0].text, "(service checkout-api) has started 9 tasks: (task 0f1e2d3c4b5a69788796a5b4c3d2e1f0).");
    let (format, lines) = sample("elasticache/get-metric-statistics-CurrConnections.json");
    assert_eq!((format.as_str(), lines.len()), ("cloudwatch-metric-statistics", 4));
    assert_eq!(lines[0].text, "metric CurrConnections 9998.0 unit=Count statistic=Maximum");
    assert_eq!(lines.iter().map(|l| l.position).collect::<Vec<_>>(), [5, 10, 15, 20]);
    assert!(lines[0].time_ms.is_some());
    let (format, lines) = sample("elasticache/get-metric-data.json");
    assert_eq!((format.as_str(), lines.len()), ("cloudwatch-metric-data", 6));
    assert_eq!(lines[0].text, "metric CurrConnections 10000.0 unit=None label=shop-redis-001 id=m1");
    let prometheus = br#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"redis_connected_clients","instance":"redis:9121"},"values":[[1705482000.781,"812"],[1705482015.781,"NaN"],[1705482030.781,"9998"]]}]}}"#;
    let (format, lines, _) = decode(prometheus);
    assert_eq!((format.as_str(), lines.len()), ("prometheus-query", 2));
    assert_eq!(lines[1].text, "metric redis_connected_clients 9998 unit=None instance=redis:9121");
    assert_eq!(lines[1].time_ms, Some(1_705_482_030_781));
}

#[test]
fn lines_stay_lines() {
    for name in [
        "kubectl/plain.log",
        "kubectl/plain-json.jsonl",
        "kubectl/prefix-follow.log",
        "stern/output-json.jsonl",
        "docker/compose.log",
        "fluent/fluentbit-stdout.log",
        "fluent/fluentbit-json_lines.jsonl",
        "fluent/fluentd-out_file.log",
        "loki/logcli-jsonl.jsonl",
        "gcp/gcs-sink.jsonl",
        "elasticache/slow-log.jsonl",
        "elasticache/slow-log.txt",
        "cloudwatch/tail-json.log",
        "cloudwatch/lambda-node.log",
        "cloudwatch/tail-detailed.log",
        "ci/gh-run-view.tsv",
        "ci/github-actions-raw.log",
        "journald/json.jsonl",
        "firehose/extracted-messages.log",
    ] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name);
        let (format, framed, ..) = open_path(path);
        assert!(!framed, "{name} is {format}");
    }
    for text in [
        &b"[2024-01-17 09:00:01] INFO x\n"[..],
        b"[7] tag: [[1705482001.204, {}], {\"log\"=>\"x\"}]\n",
        b"[pod/x/y] a\n",
        b"{main} started\n",
        b"[[296,1705482004],[1705482004,1840112]]\n",
        b"[1,2]\n",
        b"[]\n",
        b"{}\n",
        b"{",
        b"{\"a\":1}\n{\"a\":2}\n",
        b"{\"a\":1}\r\n{\"a\":2}\r\n",
        b"time, level, what happened\n",
        b"a,b,c\n1,2,3\n",
        b"{\n  \"msg\": \"config\"\n}\nserver started\n",
        b"a\tb\tc\n",
    ] {
        let (format, ..) = decode(text);
        assert_eq!(format, "text", "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn a_slow_log_is_one_item_an_entry() {
    let lines = decode(
        b"[[296, 1705482004, 1840112, [\"HGETALL\", \"a\"], \"10.0.4.52:50122\", \"\"], [297, 1705482005, 15220, [\"GET\"], \"\", \"\"]]\n",
    );
    assert_eq!(lines.0, "slowlog-json");
    let texts: Vec<_> = lines.1.iter().map(|l| (l.time_ms, l.text.as_str())).collect();
    assert_eq!(
        texts,
        [
            (Some(1_705_482_004_000), r#"[[296,1705482004,1840112,["HGETALL","a"],"10.0.4.52:50122",""]]"#),
            (Some(1_705_482_005_000), r#"[[297,1705482005,15220,["GET"],"",""]]"#)
        ]
    );
}

#[test]
fn unknown_json_becomes_one_line_an_item() {
    let texts = |input: &[u8]| decode(input).1.into_iter().map(|l| (l.position, l.text)).collect::<Vec<_>>();
    let own = |items: &[(u64, &str)]| items.iter().map(|(p, t)| (*p, (*t).to_owned())).collect::<Vec<_>>();
    assert_eq!(
        texts(b"{\n \"a\": \"x y\",\n \"b\": [1, 2]\n}\n{\n \"a\": 2\n}\n"),
        own(&[(1, r#"{"a":"x y","b":[1,2]}"#), (5, r#"{"a":2}"#)])
    );
    assert_eq!(texts(br#"{"a":1}{"a":2}{"a":"}{"}"#), own(&[(1, r#"{"a":1}"#), (2, r#"{"a":2}"#), (3, r#"{"a":"}{"}"#)]));
    assert_eq!(texts(br#"[{"a":1},{"a":[2]}]"#), own(&[(1, r#"{"a":1}"#), (2, r#"{"a":[2]}"#)]));
    assert_eq!(texts(br#"["first line","second\nline"]"#), own(&[(1, "first line"), (2, "second"), (2, "line")]));
    let big = format!("{{\"took\":1,\"logs\":[{}]}}", vec![r#"{"message":"0123456789012345678901234567890123456789"}"#; 40_000].join(","));
    assert_eq!(texts(big.as_bytes()).len(), 40_000);
    let tables = br#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"LogMessage","type":"dynamic"},{"name":"PodName","type":"string"}],"rows":[["2024-01-17T09:00:00.012Z",{"msg":"a"},"p-1"],["2024-01-17T09:00:01.012Z","b",null]]}]}"#;
    let (format, lines, _) = decode(tables);
    assert_eq!((format.as_str(), lines.len()), ("azure-tables", 2));
    assert_eq!((lines[0].text.as_str(), lines[0].time_ms, lines[0].facts.as_str()), (r#"{"msg":"a"}"#, Some(FIRST), "pod=p-1"));
}
