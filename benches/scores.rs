//! The score table of any folder of labelled logs.
//!
//!     cargo run --release --example scores -- testdata/incidents/lab ../shared/cases testdata/healthy
//!
//! Top-1, strict, top-3, Brier, calibration and causes, whole and for each kind of input that the labels name. The
//! definitions are those of `tests/judging`; `tests/scores.rs` holds the floors.

#![allow(clippy::pedantic, clippy::expect_used, clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "a tool for people")]

#[path = "../tests/judging/mod.rs"]
mod judging;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let roots: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if roots.is_empty() {
        eprintln!("give folders that hold logs with label.json");
        return ExitCode::from(2);
    }
    for root in roots {
        let all = judging::reports(&root);
        if all.is_empty() {
            eprintln!("{}: no label.json below it", root.display());
            return ExitCode::from(2);
        }
        let name = root.display().to_string();
        let whole = judging::score_of(&all, |_| true);
        judging::print(&name, &whole);
        judging::print_calibration(&whole);
        for key in ["split", "inputs"] {
            let kinds: BTreeSet<&str> = all.iter().filter_map(|(c, _)| c.label[key].as_str()).collect();
            for kind in kinds.iter().filter(|_| kinds.len() > 1) {
                judging::print_line(&format!("{name}, {kind}"), &judging::score_of(&all, |c| c.label[key].as_str() == Some(*kind)));
            }
        }
        let wrong: Vec<String> = all.iter().filter_map(|(c, r)| judging::differs(c, r)).collect();
        if all.iter().any(|(c, _)| c.label.get("affected").is_some()) {
            println!("affected services and traces differ in {} of {}", wrong.len(), all.len());
        }
    }
    ExitCode::SUCCESS
}
