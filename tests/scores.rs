//! Diagnosis judged by logs that nobody wrote for it: real incidents with labels and recorded runs of the lab.
//!
//! Prints top-1 and top-3 per cause; the definitions stand in `judging`.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod judging;

use std::path::PathBuf;

use judging::{Case, print, score};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn real_incidents() {
    let dir = root().join("../shared/cases");
    if !dir.is_dir() {
        println!("SKIPPED: the shared cases are not here");
        return;
    }
    let s = score(&dir, |_| true);
    print("cases", &s);
}

#[test]
fn lab_runs() {
    let dir = root().join("testdata/incidents/lab");
    let split = |c: &Case, want: &str| c.label["split"].as_str() == Some(want);
    print("lab, tuning", &score(&dir, |c| split(c, "tune")));
    print("lab, kept out", &score(&dir, |c| split(c, "kept-out")));
    for inputs in ["all", "app-only", "no-polls", "server-only"] {
        print(&format!("lab, {inputs}"), &score(&dir, |c| c.label["inputs"].as_str() == Some(inputs)));
    }
}

#[test]
fn healthy_logs() {
    print("healthy", &score(&root().join("testdata/healthy"), |_| true));
}
