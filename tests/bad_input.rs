//! Damaged, mislabelled and hostile inputs: what was readable is reported, the rest stands in coverage with file and place.
//!
//! In: files written here. Out: the program's report. Fails when: something readable is lost, or a loss is silent.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod program;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use program::run_in;
use serde_json::Value;

const ERROR: &str = "ERR max number of clients reached";

fn lines(count: usize) -> String {
    let line =
        |i: usize| format!("2024-01-17T09:{:02}:{:02}.{:03}Z ERROR cart {ERROR} trace_id={:032x}\n", i / 60 % 60, i % 60, i % 1000, i + 1);
    (0..count).map(line).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(bytes).expect("memory");
    gz.finish().expect("memory")
}

/// The report on one file.
fn report(dir: &Path, name: &str) -> Value {
    run_in(dir, &["--format", "json", name]).ends(0).json()
}

fn events(report: &Value) -> u64 {
    let of = |i: &Value| i["symptoms"].as_array().expect("symptoms").iter().filter_map(|s| s["count"].as_u64()).sum::<u64>();
    report["incidents"].as_array().expect("incidents").iter().map(of).sum()
}

/// What coverage says was not read, as one text.
fn lost(report: &Value) -> String {
    report["coverage"]["unreadable"].as_array().expect("a list").iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

fn says_where(report: &Value, file: &str) {
    let lost = lost(report);
    assert!(lost.contains(file) && lost.contains("byte "), "coverage names neither file nor place: {lost:?}");
}

#[test]
fn a_gzip_file_that_was_cut_off() {
    let dir = tempfile::tempdir().expect("a folder");
    // Lines that do not compress well, so that a cut loses only a part.
    let text: String = (0..4000u64).map(|i| format!("{} {:x}\n", lines(1).trim_end(), i.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let whole = gzip(text.as_bytes());
    fs::write(dir.path().join("app.log.gz"), &whole[..whole.len() / 2]).expect("a file");
    let report = report(dir.path(), "app.log.gz");
    assert!((500..4000).contains(&events(&report)), "{}", events(&report));
    says_where(&report, "app.log.gz");
}

#[test]
fn json_that_is_broken_in_the_middle() {
    let dir = tempfile::tempdir().expect("a folder");
    let event = |i: usize| {
        format!(
            r#"{{"logStreamName":"cart/app/{:032x}","timestamp":{},"message":"ERROR {ERROR}","ingestionTime":1,"eventId":"{i}"}}"#,
            7,
            1_705_482_000_000_i64 + i as i64 * 1000
        )
    };
    let mut items: Vec<String> = (0..40).map(event).collect();
    items[20] = r#"{"logStreamName":"cart/app","timestamp":17054820, oops "message" ERR max"#.to_string();
    fs::write(dir.path().join("page.json"), format!("{{\"events\":[\n{}\n],\"searchedLogStreams\":[]}}\n", items.join(",\n")))
        .expect("a file");
    let report = report(dir.path(), "page.json");
    assert!((38..=40).contains(&events(&report)), "{}", events(&report));
    says_where(&report, "page.json");
}

#[test]
fn a_name_that_lies() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("packed.log"), gzip(lines(30).as_bytes())).expect("a file");
    fs::write(dir.path().join("plain.gz"), lines(30)).expect("a file");
    fs::write(dir.path().join("text.json"), lines(30)).expect("a file");
    let jsonl: String = lines(30).lines().map(|l| format!("{}\n", serde_json::json!({"msg": l, "level": "error"}))).collect();
    fs::write(dir.path().join("objects.csv"), jsonl).expect("a file");
    for name in ["packed.log", "plain.gz", "text.json", "objects.csv"] {
        assert_eq!(events(&report(dir.path(), name)), 30, "{name}");
    }
}

#[test]
fn a_gzip_bomb_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    // A gigabyte of zeros in gzip in gzip: some kilobytes.
    let mut inner = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..1024 {
        inner.write_all(&zeros).expect("memory");
    }
    let bomb = gzip(&[gzip(lines(20).as_bytes()), inner.finish().expect("memory")].concat());
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    fs::write(dir.path().join("bomb.gz"), bomb).expect("a file");
    let started = Instant::now();
    let report = report(dir.path(), "bomb.gz");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    assert_eq!(events(&report), 20, "what came before the bomb is kept");
    assert!(report["input"]["bytes"].as_u64().expect("bytes") < 256 << 20);
    says_where(&report, "bomb.gz");
}

#[test]
fn json_ten_thousand_levels_deep() {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, open, close) in [("arrays.json", "[", "]"), ("objects.json", "{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        // As a document, as one line of many, and as a value inside a record.
        let inside = format!("{{\"msg\":\"{ERROR}\",\"level\":\"error\",\"deep\":{deep}}}\n");
        for (kind, text) in [("document", format!("{deep}\n")), ("line", format!("{}{deep}\n{}", lines(5), lines(5))), ("value", inside)] {
            let path = format!("{kind}-{name}");
            fs::write(dir.path().join(&path), text).expect("a file");
            let report = report(dir.path(), &path);
            if kind == "line" {
                assert_eq!(events(&report), 10, "{path}");
            }
        }
    }
}

#[test]
fn a_csv_with_a_broken_row() {
    let dir = tempfile::tempdir().expect("a folder");
    let row = |i: usize| format!("2024-01-17 09:00:{i:02}.000,cart/app/{:032x},\"ERROR {ERROR}\"\n", 7);
    let rows: Vec<String> = (0..30).map(row).collect();
    // A quote that nothing closes before the end of its row.
    let broken = "2024-01-17 09:00:31.000,cart/app,\"ERROR open quote\n";
    let text = format!("@timestamp,@logStream,@message\n{}{broken}{}", rows[..20].concat(), rows[20..].concat());
    fs::write(dir.path().join("insights.csv"), text).expect("a file");
    let report = report(dir.path(), "insights.csv");
    assert!(events(&report) >= 29, "{}", events(&report));
    says_where(&report, "insights.csv");
}

#[test]
fn one_bad_file_among_many() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("a.log"), lines(20)).expect("a file");
    fs::write(dir.path().join("b.bin"), [0x7f, b'E', b'L', b'F', 0, 0, 0, 1].repeat(64)).expect("a file");
    let run = run_in(dir.path(), &["--format", "json", "a.log", "b.bin", "missing.log"]).ends(2);
    assert_eq!(events(&run.json()), 20);
    assert!(lost(&run.json()).contains("b.bin") && lost(&run.json()).contains("missing.log"), "{}", lost(&run.json()));
}

#[test]
fn formats_for_people_get_a_hint() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("page.yaml"), format!("events:\n- eventId: '3803'\n  ingestionTime: 1\n  message: ERROR {ERROR}\n"))
        .expect("a file");
    let report = report(dir.path(), "page.yaml");
    assert!(report["coverage"]["remarks"][0].as_str().is_some_and(|r| r.contains("--output json")), "{}", report["coverage"]);
    assert_eq!(events(&report), 1);
}

#[test]
fn ten_lines_a_pod_are_said_first() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut text = String::new();
    for pod in ["k4zvq", "n7h2m", "x2x9k"] {
        for line in lines(10).lines() {
            text += &format!("[pod/cart-7b4c9f86d5-{pod}/app] {line}\n");
        }
    }
    fs::write(dir.path().join("selected.log"), &text).expect("a file");
    let shown = run_in(dir.path(), &["selected.log"]).ends(0).out;
    let (hint, why) = (shown.find("--tail=-1").expect("the hint"), shown.find("Why:").expect("the causes"));
    assert!(hint < why, "{shown}");
}

#[test]
fn clocks_that_differ_are_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let line = |i: usize, shift: i64, service: &str| {
        let ms = 1_705_482_000_000 + i as i64 * 7_000 + shift;
        let time = chrono::DateTime::from_timestamp_millis(ms).expect("a time").to_rfc3339();
        format!("{time} ERROR {ERROR} service={service} trace_id={:032x}\n", i + 1)
    };
    let write = |name: &str, shift: i64| {
        fs::write(dir.path().join(name), (0..20).map(|i| line(i, shift, name)).collect::<String>()).expect("a file")
    };
    write("edge.log", 0);
    write("cart.log", 4_300);
    write("mail.log", 200);
    let report = run_in(dir.path(), &["--format", "json", "edge.log", "cart.log", "mail.log"]).ends(0).json();
    let notes: Vec<&str> = report["notes"].as_array().expect("notes").iter().filter_map(|n| n["text"].as_str()).collect();
    assert!(notes.iter().any(|n| n.contains("the clock of cart.log runs 4.")), "{notes:?}");
    assert!(!notes.iter().any(|n| n.contains("the clock of mail.log")), "{notes:?}");
    assert!(report["coverage"]["remarks"].to_string().contains("the clock of cart.log"));
}

/// Text in which one record of three is damaged: what stands around it is read, coverage says where it was lost.
#[test]
fn a_broken_record_between_whole_ones() {
    let dir = tempfile::tempdir().expect("a folder");
    let yaml = |at: u32, also: &str| format!("- timestamp: '2024-01-17T09:00:0{at}Z'\n  service: cart\n{also}  message: 'ERROR {ERROR}'\n");
    let xml = |at: u32, end: &str| {
        format!(
            "<log4j:event logger=\"a.B\" timestamp=\"170548200{at}000\" level=\"ERROR\" thread=\"t\">\n<log4j:message>{ERROR}</log4j:message>\n{end}\n"
        )
    };
    let ruby = |at: u32, mark: &str| format!("{{\n  \"@timestamp\" => 2024-01-17T09:00:0{at}Z,\n  \"message\" {mark} \"{ERROR}\"\n}}\n");
    let frame = |at: u32, cut: usize| {
        let text = format!("<131>1 2024-01-17T09:00:0{at}Z host cart 1 - - ERROR {ERROR}");
        format!("{} {text}", text.len() - cut)
    };
    for (name, text, kept) in [
        ("a.yaml", format!("{}{}{}", yaml(1, ""), yaml(2, "  ??? no member\n"), yaml(3, "")), 3),
        ("b.xml", format!("{}{}{}", xml(1, "</log4j:event>"), xml(2, "</log4j:event>"), xml(3, "")), 3),
        ("c.log", format!("{}{}{}", ruby(1, "=>"), ruby(2, "="), ruby(3, "=>")), 3),
        ("d.log", format!("{}{}{}", frame(1, 0), frame(2, 9), frame(3, 0)), 2),
    ] {
        fs::write(dir.path().join(name), text).expect("a file");
        let report = report(dir.path(), name);
        assert!(events(&report) >= kept, "{name}: {}", events(&report));
        says_where(&report, name);
    }
}

#[test]
fn rarer_compressions_are_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(lines(50).as_bytes()).expect("memory");
    fs::write(dir.path().join("app.zlib"), zlib.finish().expect("memory")).expect("a file");
    let options = liblzma::stream::LzmaOptions::new_preset(6).expect("a preset");
    let stream = liblzma::stream::Stream::new_lzma_encoder(&options).expect("an encoder");
    let mut lzma = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    lzma.write_all(lines(50).as_bytes()).expect("memory");
    fs::write(dir.path().join("app.lzma"), lzma.finish().expect("memory")).expect("a file");
    for name in ["app.zlib", "app.lzma"] {
        assert_eq!(events(&report(dir.path(), name)), 50, "{name}");
    }
}

#[test]
fn a_zone_may_be_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let line = |day: &str| format!("{day} 11:00:01.204 ERROR cart {ERROR}\n");
    fs::write(dir.path().join("app.log"), line("2024-01-17") + &line("2024-07-17")).expect("a file");
    let out = run_in(dir.path(), &["events", "--tz", "Europe/Berlin", "app.log"]).ends(0).out;
    assert!(out.contains("2024-01-17T10:00:01.204Z") && out.contains("2024-07-17T09:00:01.204Z"), "{out}");
    let refused = run_in(dir.path(), &["events", "--tz", "Europe/Atlantis", "app.log"]).ends(2);
    assert!(refused.err.contains("Europe/Berlin"), "{}", refused.err);
}
