//! Documents that are damaged, or made to do harm. In: bytes. Out: what is read of them. Fails when: one item costs others.

use super::*;

#[test]
fn broken_json_costs_one_item() {
    let event = |i: u64| {
        format!(
            r#"{{"logStreamName":"s","timestamp":{},"message":"message \"{i}\" text","ingestionTime":1705482005112,"eventId":"{i}"}}"#,
            1_705_482_000_000 + i
        )
    };
    let good: Vec<String> = (0..50).map(event).collect();
    let wrap = |items: &[String], sep: &str| format!("{{\"events\":[{}],\"searchedLogStreams\":[]}}", items.join(sep));
    for (what, damage) in [
        ("lost quote", good[20].replacen("\"message\":\"", "\"message\":", 1)),
        ("lost closing quote", good[20].replacen("text\"", "text", 1)),
        ("lost brace", good[20].replacen('}', "", 1)),
        ("zeros", good[20].replacen("logStreamName\":\"s\"", "logStreamName\":\0\0\0\0", 1)),
        ("cut", good[20][..60].to_owned()),
        ("words", "%%%% disk error %%%%".to_owned()),
    ] {
        for sep in [",", ",\n    "] {
            let mut items = good.clone();
            items[20] = damage.clone();
            let (_, lines, faults) = decode(wrap(&items, sep).as_bytes());
            let whole = lines.iter().filter(|l| l.time_ms.is_some()).count();
            assert!(whole >= 48, "{what}: {whole} of 49");
            assert!(!faults.is_empty(), "{what}");
            assert!(lines.iter().any(|l| l.text == "message \"49\" text"), "{what}");
        }
    }
    // The end is missing: what is there of the last item is used.
    let whole = wrap(&good, ",");
    let cut = whole.find("message \\\"49").unwrap() + 14;
    let (_, lines, faults) = decode(&whole.as_bytes()[..cut]);
    assert_eq!(lines.len(), 50);
    assert_eq!((lines[49].time_ms, lines[49].text.as_str()), (Some(1_705_482_000_049), "message \"49\""));
    assert!(faults[0].contains("ends inside an item"), "{faults:?}");
    // Bytes that are no UTF-8.
    let mut bytes = whole.into_bytes();
    let at = bytes.len() / 2;
    bytes[at] = 0xff;
    assert!(decode(&bytes).1.len() >= 49);
}

#[test]
fn deep_nesting_does_not_overflow() {
    let deep = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    let (_, lines, _) = decode(format!("{{\n\"a\": {}\n}}\n{{\n\"b\":2}}", deep("[", "]", 10_000)).as_bytes());
    assert_eq!(lines.len(), 2);
    let (_, lines, _) = decode(format!("[{{\"x\":{}}},{{\"b\":2}}]", deep("{\"a\":", "}", 10_000)).as_bytes());
    assert_eq!(lines.len(), 2);
    let (_, lines, faults) = decode(
        format!(r#"{{"events":[{{"timestamp":1705482000000,"message":"a","ingestionTime":1,"x":{}}},{{"timestamp":1705482000001,"message":"b","ingestionTime":1}}]}}"#, deep("[", "]", 10_000)).as_bytes(),
    );
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].text.as_str(), lines[1].text.as_str(), faults.len()), ("a", "b", 0));
    // A kind that needs the whole item keeps it as text.
    let (_, lines, faults) = decode(format!(r#"{{"Events":[{{"SourceIdentifier":"a","Date":"2024-01-17T08:58:12Z","x":{}}},{{"SourceIdentifier":"b","Date":"2024-01-17T08:58:12Z"}}]}}"#, deep("[", "]", 10_000)).as_bytes());
    assert_eq!((lines.len(), faults.len()), (2, 1));
    decode("[".repeat(3_000_000).as_bytes());
    decode("{\"a\":".repeat(500_000).as_bytes());
}

#[test]
fn broken_rows_cost_one_row() {
    let mut csv = String::from("@timestamp,@logStream,@message\n");
    for i in 0..40 {
        csv += format!("2024-01-17 09:00:{i:02}.000,s,\"message \"\"{i}\"\"\nsecond line\"\n").as_str();
    }
    let (format, lines, faults) = decode(csv.as_bytes());
    assert_eq!((format.as_str(), lines.len(), faults.len()), ("csv", 80, 0));
    assert!(lines[1].continuation && lines[1].position == 2 && lines[2].position == 4);
    let broken = csv.replacen("message \"\"7\"\"", "message \"\"7\"", 1);
    let (_, lines, faults) = decode(broken.as_bytes());
    assert!(lines.iter().filter(|l| l.time_ms.is_some() && !l.continuation).count() >= 38, "{faults:?}");
    assert!(!faults.is_empty());
    let (_, lines, faults) =
        decode(b"Date,Host,Service,Content\n2024-01-17T09:00:05.988Z,h,s,one, with a comma\n2024-01-17T09:00:05.989Z,h,s,two\n");
    assert_eq!((lines.len(), faults.len()), (2, 1));
    assert_eq!(lines[1].text, "two");
}

#[test]
fn damaged_documents_of_any_kind_give_an_answer() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats");
    for name in [
        "cloudwatch/filter-log-events.json",
        "cloudwatch/filter-log-events-text.tsv",
        "cloudwatch/insights-results.json",
        "cloudwatch/logs-insights-results.csv",
        "firehose/concat-no-newline.json",
        "firehose/kinesis-get-records.json",
        "loki/query_range.json",
        "gcp/gcloud-logging-read.json",
        "azure/containerlogv2.csv",
        "journald/export.bin",
        "elasticache/get-metric-data.json",
        "k8s-events/get-events.json",
        "deploy/ecs-describe-services.json",
        "firehose/object-multimember.gz",
    ] {
        let whole = std::fs::read(dir.join(name)).unwrap();
        for _ in 0..40 {
            let mut data = whole.clone();
            for _ in 0..=next() % 6 {
                let at = (next() as usize) % data.len();
                match next() % 4 {
                    0 => data[at] = next() as u8,
                    1 => data.truncate(at.max(1)),
                    2 => data.insert(at, b"\"{}[],:\\\n\0"[(next() % 10) as usize]),
                    _ => {
                        let n = (next() as usize % 200).min(data.len() - at);
                        data.drain(at..at + n);
                    }
                }
                if data.is_empty() {
                    break;
                }
            }
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("x");
            std::fs::write(&path, data).unwrap();
            if let Ok((_, true, bytes, _)) = try_path(path) {
                lines_of(&bytes);
            }
        }
    }
}

#[test]
fn blocks_that_never_end_are_read_once() {
    let lines = |n: usize, line: &str| line.repeat(n);
    for (what, text) in [
        ("xml", lines(30_000, "<log4j:event logger=\"a\" timestamp=\"1705482000012\" level=\"ERROR\" thread=\"x\">\n")),
        ("rubydebug", format!("{{\n    \"message\" => \"x\",\n{}", lines(100_000, "    \"a\" => {\n"))),
        ("yaml", format!("---\ntimestamp: 2024-01-17T09:00:00Z\n{}", (0..4_000).map(|n| " ".repeat(n) + "a:\n").collect::<String>())),
        ("otel", format!("ResourceLog #0\nScopeLogs #0\nLogRecord #0\n{}", lines(100_000, "     -> a: Str(x)\n"))),
        ("quotes", format!("\"{}", lines(200_000, "\\\\n\\\""))),
        ("blocks", format!("Time    : 1/17/2024 9:00:00 AM\nMessage : x\nLevel   : y\n{}", lines(100_000, "Level   : y\n"))),
    ] {
        let began = std::time::Instant::now();
        let (format, ..) = decode(text.as_bytes());
        assert_ne!(format, "text", "{what}");
        assert!(began.elapsed().as_secs() < 20, "{what}");
    }
}
