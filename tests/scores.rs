//! Diagnosis judged by logs that nobody wrote for it: real incidents with labels and recorded runs of the lab.
//!
//! The score table:
//!
//!     cargo test --test scores -- --nocapture --test-threads 1
//!
//! It names the misses of the tuning part and of the real incidents, never those of the part that is kept out. The
//! definitions stand in `judging`. Floors lie a run or two below what was measured (2026-11-28), and where the bar of the
//! design is reached (top-1 0.95 and strict 0.85 on the recorded lab, Brier 0.10; 0.85 and top-3 0.95 on real incidents)
//! not below it.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod judging;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use judging::{Case, Score, cases_below, derived, differs, print, print_calibration, report_without, reports, reports_of, score, score_of};
use whyredis::patterns::Library;
use whyredis::report::Verdict;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The real incidents, where they are.
fn real() -> Option<PathBuf> {
    let dir = root().join("../shared/cases");
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("SKIPPED: the shared cases are not here");
    None
}

fn lab() -> PathBuf {
    root().join("testdata/incidents/lab")
}

fn hold(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn calibrated(name: &str, s: &Score, brier: f64, ece: f64) -> Vec<String> {
    let mut out = Vec::new();
    for (what, is, most) in [("Brier", s.brier(), brier), ("ECE", s.ece(), ece)] {
        if is > most {
            out.push(format!("{name}: {what} {is:.3} is over {most}"));
        }
    }
    out
}

#[test]
fn real_incidents() {
    let Some(dir) = real() else { return };
    let s = score(&dir, |_| true);
    print("cases", &s);
    assert_eq!(s.false_incidents, 0);
    let mut low = s.below("cases", (0.92, 0.90, 0.95));
    if s.honest * 10 < s.unanswerable * 7 {
        low.push(format!("cases: only {} of {} unanswerable ones are answered honestly", s.honest, s.unanswerable));
    }
    hold(low);
}

#[test]
fn lab_runs() {
    let all = reports(&lab());
    let split = |c: &Case, want: &str| c.label["split"].as_str() == Some(want);
    let whole = score_of(&all, |_| true);
    print("lab", &whole);
    print_calibration(&whole);
    let mut low = whole.below("lab", (0.97, 0.95, 0.98));
    low.extend(calibrated("lab", &whole, 0.08, 0.13));
    for (name, want, floors) in [("tuning", "tune", (0.97, 0.94, 0.98)), ("kept out", "kept-out", (0.94, 0.92, 0.94))] {
        let s = score_of(&all, |c| split(c, want));
        print(&format!("lab, {name}"), &s);
        low.extend(s.below(name, floors));
    }
    for (inputs, floors) in
        [("all", (0.96, 0.93, 0.97)), ("app-only", (0.93, 0.90, 0.93)), ("no-polls", (0.5, 0.5, 0.5)), ("server-only", (0.96, 0.93, 0.96))]
    {
        let s = score_of(&all, |c| c.label["inputs"].as_str() == Some(inputs));
        print(&format!("lab, {inputs}"), &s);
        low.extend(s.below(inputs, floors));
    }
    hold(low);
}

/// The recorded runs once more, with fewer of their files.
#[test]
fn lab_runs_with_fewer_sources() {
    let all = reports_of(derived(&cases_below(&lab())));
    let mut low = Vec::new();
    for (inputs, floors) in [("no-polls", (0.88, 0.80, 0.88)), ("services-only", (0.85, 0.80, 0.85))] {
        let s = score_of(&all, |c| c.label["inputs"].as_str() == Some(inputs));
        print(&format!("lab, {inputs} (derived)"), &s);
        assert!(s.answerable > 20, "{inputs}: {}", s.answerable);
        low.extend(s.below(inputs, floors));
    }
    hold(low);
}

/// The services and traces that the runs' own edge saw fail, exactly; requests whose own records say no more than `Error` are
/// not among them.
#[test]
fn affected_services_and_traces_are_exact() {
    let all = reports(&lab());
    let labelled = all.iter().filter(|(c, _)| c.label.get("affected").is_some()).count();
    assert_eq!(labelled, all.len(), "each label holds what failed");
    let wrong: Vec<String> = all.iter().filter_map(|(c, r)| differs(c, r)).collect();
    println!("\naffected: {} of {labelled} exact", labelled - wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn healthy_logs() {
    let s = score(&root().join("testdata/healthy"), |_| true);
    print("healthy", &s);
    assert!(s.negatives >= 6);
    assert_eq!((s.false_incidents, s.top1), (0, s.answerable));
}

/// From this confidence on a wrong cause misleads.
const CONFIDENT: f64 = 0.5;
/// Part of the cases that may name another cause with confidence when their own is unknown to the program.
const MISLED: f64 = 0.03;

/// What is said of cases whose cause the program does not know.
#[derive(Default)]
struct Without {
    cases: u32,
    open: u32,
    acceptable: u32,
    unsure: u32,
    misled: BTreeMap<String, u32>,
}

fn without(library: &Library, dir: &Path, table: &mut BTreeMap<String, Without>) {
    for case in cases_below(dir) {
        let cause = case.label["root_cause"].as_str().unwrap_or_default().to_string();
        if cause == "none" || !case.label["answerable"].as_bool().unwrap_or(true) {
            continue;
        }
        let report = report_without(library, &case, Some(&cause));
        let row = table.entry(cause).or_default();
        row.cases += 1;
        let first = report.incidents.first().and_then(|i| i.causes.first());
        let accepted = |id: &str| case.label["acceptable"].as_array().is_some_and(|a| a.iter().any(|x| x.as_str() == Some(id)));
        match first {
            Some(first) if report.verdict == Verdict::Incident => {
                if accepted(&first.id) {
                    row.acceptable += 1;
                } else if first.confidence < CONFIDENT {
                    row.unsure += 1;
                } else {
                    *row.misled.entry(first.id.clone()).or_default() += 1;
                }
            }
            _ => row.open += 1,
        }
    }
}

/// A cause that the program does not know must leave its cases open, not hand them to a neighbour.
#[test]
fn a_cause_left_out() {
    let library = Library::builtin();
    let mut table = BTreeMap::new();
    without(&library, &lab(), &mut table);
    if let Some(dir) = real() {
        without(&library, &dir, &mut table);
    }
    println!("\nleft out                     cases  inconclusive  acceptable  unsure  misled");
    let (mut cases, mut misled) = (0, 0);
    for (cause, row) in &table {
        let wrong: u32 = row.misled.values().sum();
        println!(
            "  {cause:<26} {:>5}  {:>12}  {:>10}  {:>6}  {wrong:>6}  {:?}",
            row.cases, row.open, row.acceptable, row.unsure, row.misled
        );
        cases += row.cases;
        misled += wrong;
    }
    println!("  all: {misled} of {cases} misled");
    assert!(f64::from(misled) <= f64::from(cases) * MISLED, "{misled} of {cases} cases get a confident wrong cause");
}
