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

/// Requests (access records; not lines, retries, errors or captures) over the incident and as long before and after.
#[test]
fn requests_of_a_sampled_log_are_known_within_five_percent() {
    let (file, truth) = log(Mode::Sparse, 64_000_000);
    let library = Library::builtin();
    for (survey, sampled) in [(0, false), (1 << 20, true)] {
        let report: Value = serde_json::from_str(&report(&library, file.path(), 2, 0, survey)).expect("a report is JSON");
        let incident = &report["incidents"][0];
        let time = |name: &str| {
            let text = incident[name].as_str().unwrap_or_default();
            u64::try_from(chrono::DateTime::parse_from_rfc3339(text).expect("a time").timestamp()).expect("after 1970")
        };
        let (start, end) = (time("start"), time("end"));
        let stretch = end - start;
        let traffic = &incident["traffic"];
        assert_eq!(traffic["basis"], "access");
        let rate = |name: &str| traffic[name].as_f64().expect("a rate") * stretch as f64;
        let counted = rate("before_rps") + rate("during_rps") + rate("after_rps");
        let expected: u64 = truth.requests.range(start - stretch..end + stretch).map(|(_, n)| n).sum();
        let off = (counted / expected as f64 - 1.0).abs();
        assert!(off < 0.05, "{counted} of {expected}, sampled: {sampled}");
        match traffic["stderr"].as_f64() {
            Some(error) => assert!(sampled && error > 0.0 && error < 0.1 * traffic["during_rps"].as_f64().unwrap_or(0.0), "{traffic}"),
            None => assert!(!sampled, "{traffic}"),
        }
    }
}
