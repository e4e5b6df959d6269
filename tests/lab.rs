//! Fresh runs of the lab, judged: real `redis-server` processes broken a moment ago, under real clients.
//!
//! Needs `redis-server` and the clients of `tests/lab/setup.sh`; without them it is skipped, loudly. `WHYREDIS_LAB_REQUIRED=1`
//! (set by `.ci/run`) makes a skip a failure. `WHYREDIS_LAB_SEED` chooses the variants, 1 where it is not set.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]
#![cfg(unix)]

mod judging;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Causes of which the lab breaks a server for real in a quick run; fewer runs prove little.
const FEWEST_RUNS: u32 = 18;
/// Part of the fresh runs whose first cause must be right. Seeds, machines and clients differ from those of the recorded runs;
/// over those the part is held in `scores`.
const TOP_1: f64 = 0.80;
/// The same for the first three.
const TOP_3: f64 = 0.90;
/// Fresh healthy runs, in none of which an incident may be found.
const FEWEST_HEALTHY: u32 = 3;
/// Runs with services on redis-rs, which is built here.
const FEWEST_RUST: usize = 2;

fn required() -> bool {
    std::env::var("WHYREDIS_LAB_REQUIRED").is_ok_and(|v| v == "1")
}

/// What is missing to run the lab here, if anything.
fn missing() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = Command::new("python3").arg(root.join("tests/lab/lab.py")).arg("--list").stderr(Stdio::null()).output();
    let Ok(list) = list else { return Some("python3".to_string()) };
    let text = String::from_utf8_lossy(&list.stdout).into_owned();
    let absent: Vec<&str> =
        text.lines().filter_map(|l| l.strip_suffix(": missing")).filter(|n| matches!(*n, "redis-server" | "redis-py")).collect();
    (!list.status.success() || !absent.is_empty()).then(|| absent.join(", "))
}

/// The application on redis-rs, an example of this crate.
fn rust_app() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--quiet", "--example", "lab-app"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(cargo.status().expect("cargo starts").success(), "the application on redis-rs does not build");
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("debug").join("examples/lab-app")
}

#[test]
fn fresh_runs_are_judged() {
    if !required() {
        println!("SKIPPED: the lab takes minutes; WHYREDIS_LAB_REQUIRED=1 runs it (tests/lab/README.md)");
        return;
    }
    if let Some(what) = missing() {
        panic!("the lab is required, but this is missing: {what}; see tests/lab/setup.sh");
    }
    let out = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("WHYREDIS_LAB_SEED").unwrap_or_else(|_| "1".to_string());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let status = Command::new("python3")
        .arg(root.join("tests/lab/lab.py"))
        .args(["--quick", "--seed", &seed, "--jobs", "4", "--out"])
        .arg(out.path())
        .env("WHYREDIS_LAB_RUST", rust_app())
        .status()
        .expect("python3 starts");
    assert!(status.success(), "a run of the lab failed: its server did not break as intended");
    for inputs in ["app-only", "no-polls", "server-only"] {
        judging::print(&format!("fresh lab, {inputs}"), &judging::score(out.path(), |c| c.label["inputs"].as_str() == Some(inputs)));
    }
    let wrong: Vec<String> = judging::reports(out.path()).iter().filter_map(|(c, r)| judging::differs(c, r)).collect();
    println!("\nfresh lab, affected services and traces not exact: {}\n{}", wrong.len(), wrong.join("\n"));
    let all = judging::score(out.path(), |c| c.label["inputs"].as_str() == Some("all"));
    judging::print(&format!("fresh lab, everything given, seed {seed}"), &all);
    assert!(all.answerable >= FEWEST_RUNS, "only {} runs", all.answerable);
    let rust = judging::cases_below(out.path()).iter().filter(|c| c.label["langs"].to_string().contains("redis-rs")).count();
    assert!(rust >= FEWEST_RUST, "only {rust} runs on redis-rs");
    let negatives = judging::score(out.path(), |c| c.label["root_cause"].as_str() == Some("none"));
    assert!(negatives.negatives >= FEWEST_HEALTHY, "only {} healthy runs", negatives.negatives);
    assert_eq!(negatives.false_incidents, 0, "{:#?}", negatives.misses);
    let part = |n: u32| f64::from(n) / f64::from(all.answerable);
    assert!(part(all.top1) >= TOP_1, "first cause right in {} of {}", all.top1, all.answerable);
    assert!(part(all.top3) >= TOP_3, "a right cause among three in {} of {}", all.top3, all.answerable);
}
