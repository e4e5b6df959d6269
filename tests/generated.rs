//! A generated log whose truth is known: every event is found, none is invented, however the work is cut, whether each
//! record is read or, as in large inputs, only candidates and samples.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use whyredis::event::EVENT_SAMPLE;
use whyredis::patterns::Library;
use whyredis::pipeline::{self, Options, Silent};
use whyredis::report::json;

#[path = "../benches/generate"]
mod generate {
    pub mod lines;
    pub mod mix;
    pub mod text;
    pub mod truth;
}

use generate::mix::{Mix, Mode};
use generate::truth::Truth;

fn log(mode: Mode, bytes: u64) -> (tempfile::NamedTempFile, Truth) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut text = Vec::new();
    let truth = Mix::new(77, mode, bytes).write(&mut text).expect("memory takes it");
    file.write_all(&text).expect("the disk takes it");
    (file, truth)
}

fn report(library: &Library, path: &std::path::Path, threads: usize, block: usize, survey: u64) -> String {
    let mut options = Options::new(library, vec![path.display().to_string()]);
    (options.now_ms, options.threads, options.block_bytes, options.survey_bytes) = (1_795_262_400_000, threads, block, survey);
    json::render(&pipeline::run(&options, &Silent, &AtomicBool::new(false)).report)
}

fn holds(report: &str, truth: &Truth) {
    let report: Value = serde_json::from_str(report).expect("a report is JSON");
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for incident in report["incidents"].as_array().into_iter().flatten() {
        for s in incident["symptoms"].as_array().into_iter().flatten() {
            *found.entry(s["id"].as_str().unwrap_or_default().to_string()).or_default() += s["count"].as_u64().unwrap_or(0);
        }
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for ((symptom, _), (n, ..)) in &truth.events {
        *expected.entry((*symptom).to_string()).or_default() += n;
    }
    // The polls say that the limit is near; the generator counts messages only.
    found.remove("maxclients-near");
    assert_eq!(found, expected);
    assert_eq!(report["input"]["bytes"].as_u64(), Some(truth.bytes));
    assert_eq!(report["input"]["lines"].as_u64(), Some(truth.lines));
}

#[test]
fn a_sparse_log_has_the_events_of_its_truth() {
    let (file, truth) = log(Mode::Sparse, 10_000_000);
    let library = Library::builtin();
    for survey in [0, 1 << 20] {
        let expected = report(&library, file.path(), 1, 2 << 20, survey);
        holds(&expected, &truth);
        for (threads, block) in [(2, 64 << 10), (2, 1 << 20), (3, 8 << 20)] {
            assert!(
                report(&library, file.path(), threads, block, survey) == expected,
                "{threads} threads, blocks of {block}, survey {survey}"
            );
        }
    }
}

#[test]
fn a_dense_log_has_the_events_of_its_truth() {
    let (file, truth) = log(Mode::Dense, 2_000_000);
    let library = Library::builtin();
    for survey in [0, 1 << 20] {
        let expected = report(&library, file.path(), 1, 2 << 20, survey);
        holds(&expected, &truth);
        assert!(report(&library, file.path(), 2, 64 << 10, survey) == expected, "survey {survey}");
    }
}

/// More events than are kept in detail: counts and the incident's ends come from all of them, not from the sample.
#[test]
fn more_events_than_are_kept_are_counted_to_the_last() {
    let (file, truth) = log(Mode::Dense, 8_000_000);
    assert!(truth.events.values().map(|(n, ..)| *n).sum::<u64>() > EVENT_SAMPLE as u64);
    let library = Library::builtin();
    let expected = report(&library, file.path(), 1, 2 << 20, 1 << 20);
    holds(&expected, &truth);
    let told: Value = serde_json::from_str(&expected).expect("a report is JSON");
    let time = |ms: u64| chrono::DateTime::from_timestamp_millis(ms as i64).expect("a time").format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let (first, last) = (truth.events.values().map(|e| e.1).min().unwrap_or(0), truth.events.values().map(|e| e.2).max().unwrap_or(0));
    assert_eq!(told["incidents"][0]["start"].as_str(), Some(time(first).as_str()));
    assert_eq!(told["incidents"][0]["end"].as_str(), Some(time(last).as_str()));
    for (threads, block) in [(2, 64 << 10), (3, 1 << 20)] {
        assert!(report(&library, file.path(), threads, block, 1 << 20) == expected, "{threads} threads, blocks of {block}");
    }
    holds(&report(&library, file.path(), 2, 1 << 20, 0), &truth);
}

/// The report as data, read with every record surveyed and as a large input is.
fn both(path: &std::path::Path) -> [Value; 2] {
    let library = Library::builtin();
    [0, 1 << 20].map(|survey| serde_json::from_str(&report(&library, path, 2, 0, survey)).expect("a report is JSON"))
}

fn seconds(incident: &Value, name: &str) -> f64 {
    let text = incident[name].as_str().unwrap_or_default();
    chrono::DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis() as f64 / 1000.0
}

/// Requests (access records; not lines, retries, errors or captures) over the incident and as long before and after.
#[test]
fn requests_around_trouble_are_counted_in_large_inputs_too() {
    let (file, truth) = log(Mode::Sparse, 64_000_000);
    let [whole, large] = both(file.path());
    let incident = &large["incidents"][0];
    let (start, end) = (seconds(incident, "start") as u64, seconds(incident, "end") as u64);
    let stretch = end - start;
    let traffic = &incident["traffic"];
    assert_eq!(traffic["basis"], "access");
    assert_eq!(traffic["stderr"], Value::Null, "the focus covers the three stretches");
    assert_eq!(large["coverage"]["outside_focus"], 0);
    assert_eq!(*traffic, whole["incidents"][0]["traffic"]);
    let rate = |name: &str| traffic[name].as_f64().expect("a rate") * stretch as f64;
    let counted = rate("before_rps") + rate("during_rps") + rate("after_rps");
    let expected: u64 = truth.requests.range(start - stretch..end + stretch).map(|(_, n)| n).sum();
    assert!((counted / expected as f64 - 1.0).abs() < 0.05, "{counted} of {expected}");
}

/// A log of five hours with 10 lines a second; trouble in a third of an hour, with requests of known traces.
fn slow_log() -> String {
    let mut text = String::new();
    for i in 0..180_000_u64 {
        let (s, ms) = (i / 10, i % 10 * 100);
        let (h, m, s) = (8 + s / 3600, s / 60 % 60, s % 60);
        let failing = (90_000..102_000).contains(&i) && i % 20 < 2;
        // The edge logs a request when the service behind it has answered.
        let trace = format!("{:016x}{:016x}", (i / 2).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, i / 2);
        let line = if i % 2 == 1 {
            let status = if failing { 502 } else { 200 };
            format!(
                "[pod/edge-6d5f7c9b8d-x2x7p/nginx] 2026-03-14T{h:02}:{m:02}:{s:02}.{ms:03}000000Z 10.1.2.3 - - [14/Mar/2026:{h:02}:{m:02}:{s:02} +0000] \"GET /cart/{i} HTTP/1.1\" {status} 512 \"-\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/123.0\" trace_id={trace}"
            )
        } else {
            let (level, message) = if failing {
                ("ERROR", "redis.exceptions.ConnectionError: Error 111 connecting to redis-master:6379. Connection refused.")
            } else {
                ("INFO", "cart recalculated with 3 promotions for a customer of the second tier")
            };
            format!(
                "[pod/checkout-api-7d9f8b6c5-qwz4t/app] 2026-03-14T{h:02}:{m:02}:{s:02}.{ms:03}000000Z 2026-03-14 {h:02}:{m:02}:{s:02},{ms:03} {level} checkout.api [trace={trace}] {message}"
            )
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Beyond the reach of the focus a sample says how well it knows; within it, paths of traces are those of the whole survey.
#[test]
fn what_lies_too_far_from_trouble_is_sampled_with_its_error() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(slow_log().as_bytes()).expect("the disk takes it");
    let [whole, large] = both(file.path());
    let (exact, seen) = (&whole["incidents"][0], &large["incidents"][0]);
    assert_eq!((&exact["start"], &exact["end"]), (&seen["start"], &seen["end"]));
    assert_eq!(seen["traffic"]["during_rps"], exact["traffic"]["during_rps"], "the incident itself is counted");
    let error = seen["traffic"]["stderr"].as_f64().expect("the stretches beside it are sampled");
    assert!(large["coverage"]["outside_focus"].as_u64().is_some_and(|s| (600..2400).contains(&s)), "{}", large["coverage"]);
    for name in ["before_rps", "after_rps"] {
        let (a, b) = (seen["traffic"][name].as_f64().expect("a rate"), exact["traffic"][name].as_f64().expect("a rate"));
        assert!((a - b).abs() <= 3.0 * error && error < 0.2 * b, "{name}: {a} of {b}, error {error}");
    }
    assert_eq!(exact["impact"]["requests_failed"], 600);
    assert_eq!(exact["impact"]["paths"].as_array().map(Vec::len), Some(10));
    assert_eq!(exact["impact"], seen["impact"]);
}

/// The report of a log packed so, as of the plain file.
fn packed_report(library: &Library, text: &[u8], compression: flate2::Compression, survey: u64, threads: &[usize], block: usize) {
    let dir = tempfile::tempdir().expect("a folder");
    let (plain, packed) = (dir.path().join("mix.log"), dir.path().join("mix.log.gz"));
    std::fs::write(&plain, text).expect("the disk takes it");
    let mut gz = flate2::write::GzEncoder::new(std::fs::File::create(&packed).expect("a file"), compression);
    gz.write_all(text).and_then(|()| gz.finish().map(drop)).expect("the disk takes it");
    let expected = report(library, &plain, 1, 0, survey);
    for threads in threads {
        let got = report(library, &packed, *threads, block, survey).replace("mix.log.gz", "mix.log").replace("\"gzip+text+", "\"");
        assert!(got == expected, "{threads} threads, blocks of {block}");
    }
}

/// What cannot be read twice is held as far back as the focus reaches.
#[test]
fn a_compressed_log_is_focused_as_the_plain_one() {
    let (file, _) = log(Mode::Sparse, 40_000_000);
    let text = std::fs::read(file.path()).expect("the log");
    let library = Library::builtin();
    for block in [0, 300_000] {
        packed_report(&library, &text, flate2::Compression::fast(), 1 << 20, &[1, 2], block);
    }
}

/// A packed file that seems to be larger than what is surveyed whole, and is not, is surveyed whole all the same.
#[test]
fn a_wrong_guess_of_the_size_changes_nothing() {
    let (file, truth) = log(Mode::Dense, 8_000_000);
    assert!(truth.events.values().map(|(n, ..)| *n).sum::<u64>() > EVENT_SAMPLE as u64);
    let text = std::fs::read(file.path()).expect("the log");
    packed_report(&Library::builtin(), &text, flate2::Compression::none(), 10_000_000, &[1, 2], 0);
}
