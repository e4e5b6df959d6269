//! Every log of `testdata/` judged by the `expect.toml` beside it: the same mechanism as `whyredis check`.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use whyredis::patterns::Library;
use whyredis::pipeline::check::{Judged, folders, judge};
use whyredis::report::Verdict;
use whyredis::report::expect::FILE;

mod program;

use program::{root, run, run_in};

/// Folders directly below which every folder is a case of its own.
const CASES: [&str; 2] = ["testdata/incidents", "testdata/healthy"];

fn judged(below: &str) -> Vec<(PathBuf, Judged)> {
    let library = Library::builtin();
    let found = folders(&root().join(below)).unwrap_or_else(|e| panic!("{e}"));
    assert!(!found.is_empty(), "{below} holds no {FILE}");
    found
        .into_iter()
        .map(|folder| {
            let judged = judge(&folder, &library, &AtomicBool::new(false)).unwrap_or_else(|e| panic!("{e}"));
            (folder, judged)
        })
        .collect()
}

fn holds(below: &str) -> Vec<(PathBuf, Judged)> {
    let all = judged(below);
    let mut complaints = String::new();
    for (folder, judged) in &all {
        for m in &judged.misses {
            complaints.push_str(&format!("{}: {}: expected {}, found {}\n", folder.display(), m.what, m.expected, m.found));
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
    all
}

#[test]
fn incidents_are_named() {
    let all = holds("testdata/incidents");
    assert!(all.iter().all(|(_, j)| !matches!(j.report.verdict, Verdict::NoIncident | Verdict::NotRedis)));
    let picked: Vec<&PathBuf> = all.iter().map(|(f, _)| f).filter(|f| !f.components().any(|c| c.as_os_str() == "lab")).collect();
    let causes: std::collections::BTreeSet<_> = picked.iter().filter_map(|f| f.parent()).collect();
    assert!(picked.len() > 12 && causes.len() > 12, "only {} hand-picked incidents", picked.len());
}

#[test]
fn what_is_no_redis_trouble_stays_silent() {
    let all = holds("testdata/healthy");
    assert!(all.len() >= 12);
    for (folder, judged) in &all {
        let silent = matches!(judged.report.verdict, Verdict::NoIncident | Verdict::NotRedis);
        assert!(silent && judged.report.incidents.is_empty(), "{}", folder.display());
    }
}

/// A log without an expectation would be judged by nobody. Runs of the lab are, in `tests/scores.rs`.
#[test]
fn every_log_has_its_expectation() {
    fn walk(dir: &Path, missing: &mut Vec<PathBuf>) {
        let mut logs = false;
        for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                walk(&path, missing);
            } else {
                logs |= !["ABOUT.md", "label.json", FILE].iter().any(|n| name == *n);
            }
        }
        if logs && !dir.join(FILE).is_file() && !dir.join("label.json").is_file() {
            missing.push(dir.to_path_buf());
        }
    }
    let mut missing = Vec::new();
    for cases in CASES {
        walk(&root().join(cases), &mut missing);
    }
    assert_eq!(missing, Vec::<PathBuf>::new());
}

#[test]
fn hand_picked_incidents_are_small_and_say_where_they_are_from() {
    for case in folders(&root().join("testdata")).expect("folders").iter().filter(|f| !f.components().any(|c| c.as_os_str() == "lab")) {
        if case.ends_with("runbook-sample") || case.file_name().is_some_and(|n| n.to_string_lossy().starts_with("lab-")) {
            continue;
        }
        assert!(case.join("ABOUT.md").is_file(), "{} has no ABOUT.md", case.display());
        let lines: usize = std::fs::read_dir(case)
            .expect("a folder")
            .flatten()
            .filter(|e| !["ABOUT.md", "label.json", FILE].iter().any(|n| e.file_name() == *n))
            .map(|e| String::from_utf8_lossy(&std::fs::read(e.path()).expect("readable")).lines().count())
            .sum();
        assert!((1..=60).contains(&lines), "{}: {lines} lines", case.display());
    }
}

#[test]
fn the_program_judges_all_of_testdata() {
    let done = run(&["check", "testdata"]).ends(0);
    let last = done.out.lines().last().expect("a summary");
    assert!(last.ends_with(" passed, 0 failed"), "{last}");
    assert!(done.out.contains("ok    testdata/incidents/runbook-sample\n"));
}

fn case(expect: Option<&str>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::copy(root().join(program::SAMPLE), dir.path().join("app.log")).expect("the sample");
    if let Some(text) = expect {
        std::fs::write(dir.path().join(FILE), text).expect("written");
    }
    dir
}

#[test]
fn a_miss_is_shown_as_expected_and_found() {
    let dir = case(Some("verdict = \"no-incident\"\n[symptoms]\nmaxclients-reached = 99\n"));
    let done = run_in(dir.path(), &["check", "."]).ends(1);
    for words in ["FAIL  .\n", "- expected no-incident\n", "- expected 99\n", "+ found    ", "\n0 passed, 1 failed\n"] {
        assert!(done.out.contains(words), "{words}: {}", done.out);
    }
}

#[test]
fn a_broken_expectation_is_named_by_line() {
    let dir = case(Some("verdict = \"incident\"\n\n[symptom]\nmaxclients-reached = 3\n"));
    let done = run_in(dir.path(), &["check", "."]).ends(2);
    assert!(done.err.contains("expect.toml:3: ") && done.err.contains("symptom"), "{}", done.err);
    assert!(done.out.ends_with("0 passed, 0 failed, 1 broken\n"));

    for (text, reason) in [
        ("args = [\"--threads\", \"2\"]\nverdict = \"incident\"\n", "expect.toml:1: --threads is not for checks"),
        ("verdict = \"incident\"\ninputs = [\"app.log\",\n\"no.log\"]\n", "expect.toml:3: "),
        ("", "expects nothing"),
    ] {
        let dir = case(Some(text));
        let done = run_in(dir.path(), &["check", "."]).ends(2);
        assert!(done.err.contains(reason), "{reason}: {}", done.err);
    }
    let done = run_in(case(None).path(), &["check", "."]).ends(2);
    assert!(done.err.contains("--bless"), "{}", done.err);
    run_in(dir.path(), &["check", "nowhere"]).ends(2);
}

#[test]
fn blessing_writes_an_expectation_that_holds() {
    let dir = case(None);
    let file = dir.path().join(FILE);
    assert!(run_in(dir.path(), &["check", "--bless", "."]).ends(0).out.starts_with("wrote ."));
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(text.contains("[[cause]]") && text.contains("traces = 5") && text.contains("max_rank = 1"), "{text}");
    run_in(dir.path(), &["check", "."]).ends(0);
    assert!(run_in(dir.path(), &["check", "--bless", "."]).ends(0).out.starts_with("ok    ."));

    // What a person asks for beyond that is kept, and said when it does not hold.
    std::fs::write(&file, format!("# mine\n{text}\n[[pointer]]\npath = \"/incidents/0/status\"\nequals = \"on fire\"\n")).expect("written");
    let done = run_in(dir.path(), &["check", "--bless", "."]).ends(1);
    assert!(done.out.contains("on fire"), "{}", done.out);
    let after = std::fs::read_to_string(&file).expect("written");
    assert!(after.starts_with("# mine\n") && after.contains("on fire"), "{after}");
}
