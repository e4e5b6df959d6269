//! Diagnosis judged by labels. In: folders with input files and `label.json`. Out: [`Score`]s. Fails when: a label is broken.
//!
//! Definitions: top-1 = the first cause is the labelled one or acceptable; strict = it is the labelled one; `none` =
//! verdict no-incident or not-redis; an unanswerable case is right if inconclusive (or right) with a labelled cause among
//! the first three, and stays out of top-1.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use whyredis::patterns::Library;
use whyredis::pipeline::{Options, Silent, run};
use whyredis::report::{Report, Verdict};

#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub inputs: Vec<String>,
    pub label: Value,
}

pub fn cases_below(root: &Path) -> Vec<Case> {
    let mut out = Vec::new();
    let mut dirs = vec![root.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() { dirs.push(path) } else { files.push(path) }
        }
        let Some(label) = files.iter().find(|f| f.file_name().is_some_and(|n| n == "label.json")) else { continue };
        let label: Value = serde_json::from_str(&std::fs::read_to_string(label).expect("readable")).expect("JSON");
        let mut inputs: Vec<String> = files
            .iter()
            .filter(|f| !matches!(f.file_name().and_then(|n| n.to_str()), Some("label.json" | "ABOUT.md" | "expect.toml")))
            .map(|f| f.display().to_string())
            .collect();
        inputs.sort();
        out.push(Case { name: dir.strip_prefix(root).unwrap_or(&dir).display().to_string(), inputs, label });
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// Further inputs from recorded runs, without another copy of their files: `no-polls` (applications, edge and server) and
/// `services-only` (applications alone: neither edge nor server nor polls). They are labelled as the run's applications
/// alone are; what a run recorded itself is not derived again.
pub fn derived(recorded: &[Case]) -> Vec<Case> {
    let file = |path: &String| Path::new(path).file_name().and_then(|n| n.to_str()).unwrap_or_default().to_string();
    let mut out = Vec::new();
    for run in recorded.iter().filter(|c| c.label["inputs"] == "all") {
        let named = |kind: &str| recorded.iter().find(|c| c.name == format!("{}-{kind}", run.name));
        let Some(apps) = named("app-only") else { continue };
        let mut add = |kind: &str, keep: &dyn Fn(&str) -> bool| {
            let inputs: Vec<String> = run.inputs.iter().filter(|path| keep(&file(path))).cloned().collect();
            let fewer = inputs.len() < run.inputs.len() && !inputs.is_empty();
            if fewer && named(kind).is_none() {
                let mut label = apps.label.clone();
                label["inputs"] = kind.into();
                out.push(Case { name: format!("{}-{kind}", run.name), inputs, label });
            }
        };
        add("no-polls", &|name| !name.starts_with("polls"));
        add("services-only", &|name| name.starts_with("app-"));
    }
    out
}

/// What of the affected services and traces differs from the label, which holds what the run's own edge saw fail: each
/// request that a service answered with an error belongs to that service. `None`: it is exact, or no incident was found.
pub fn differs(case: &Case, report: &Report) -> Option<String> {
    let truth = case.label.get("affected").filter(|_| !report.incidents.is_empty())?;
    let traces: BTreeSet<&str> = truth["traces"].as_str()?.split_whitespace().collect();
    let services: BTreeSet<&str> = truth["services"].as_array()?.iter().filter_map(Value::as_str).collect();
    let found: u64 = report.incidents.iter().map(|i| i.affected.traces).sum();
    let ids = report.incidents.iter().flat_map(|i| &i.affected.trace_ids);
    let strange: Vec<&str> = ids.filter_map(|id| id.get(..8)).filter(|id| !traces.contains(id)).collect();
    // A log style without the service's name leaves that of the file.
    let named = report.incidents.iter().flat_map(|i| &i.affected.services).map(|s| s.name.strip_prefix("app-").unwrap_or(&s.name));
    let named: BTreeSet<&str> = named.collect();
    let mut out = Vec::new();
    if found != traces.len() as u64 || !strange.is_empty() {
        out.push(format!("{found} traces for {}, strange {strange:?}", traces.len()));
    }
    // Clients may complain where no request failed: services without a failed request are not asked about.
    if !services.is_empty() && named != services {
        out.push(format!("services {named:?} for {services:?}"));
    }
    (!out.is_empty()).then(|| format!("{}: {}", case.name, out.join("; ")))
}

pub fn report_of(library: &Library, case: &Case) -> Report {
    report_without(library, case, None)
}

/// The report where one cause is not considered.
pub fn report_without(library: &Library, case: &Case, cause: Option<&str>) -> Report {
    let mut options = Options::new(library, case.inputs.clone());
    options.now_ms = 1_705_500_000_000;
    options.leave_out = cause.map(str::to_string);
    run(&options, &Silent, &AtomicBool::new(false)).report
}

#[derive(Default)]
pub struct Score {
    pub answerable: u32,
    pub top1: u32,
    pub top3: u32,
    pub strict: u32,
    pub unanswerable: u32,
    pub honest: u32,
    pub negatives: u32,
    pub false_incidents: u32,
    pub brier: f64,
    pub bins: [(u32, f64, u32); 10],
    pub per_cause: BTreeMap<String, (u32, u32, u32)>,
    pub misses: Vec<String>,
}

pub fn judge(score: &mut Score, case: &Case, report: &Report) {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let root = text(&case.label["root_cause"]);
    let acceptable: Vec<String> = case.label["acceptable"].as_array().map(|a| a.iter().map(text).collect()).unwrap_or_default();
    let answerable = case.label["answerable"].as_bool().unwrap_or(true);
    let quiet = matches!(report.verdict, Verdict::NoIncident | Verdict::NotRedis);
    let ranked: Vec<(String, f64)> =
        report.incidents.first().map(|i| i.causes.iter().map(|c| (c.id.clone(), c.confidence)).collect()).unwrap_or_default();
    let right = |id: &str| id == root || acceptable.iter().any(|a| a == id);
    let first = if quiet { "none".to_string() } else { ranked.first().map_or_else(|| "none".to_string(), |c| c.0.clone()) };
    let in_three = quiet && right("none") || ranked.iter().filter(|c| c.0 != "unknown").take(3).any(|c| right(&c.0));
    let shown: Vec<String> = ranked.iter().take(3).map(|(id, c)| format!("{id} {c:.2}")).collect();
    let describe = || format!("{:<52} want {root} {acceptable:?}; {:?}: {}", case.name, report.verdict, shown.join(", "));
    // Who tunes must not see which of these it misses.
    let kept_out = case.label["split"].as_str() == Some("kept-out");
    if root == "none" {
        score.negatives += 1;
        score.false_incidents += u32::from(!quiet && !right(&first));
    }
    if !answerable {
        score.unanswerable += 1;
        let fine = right(&first) || (report.verdict == Verdict::Inconclusive && in_three);
        score.honest += u32::from(fine);
        if !fine && !kept_out {
            score.misses.push(format!("(unanswerable) {}", describe()));
        }
        return;
    }
    score.answerable += 1;
    let hit = right(&first);
    score.top1 += u32::from(hit);
    score.strict += u32::from(first == root);
    score.top3 += u32::from(hit || in_three);
    let confidence = if quiet { 1.0 } else { ranked.first().map_or(0.0, |c| c.1) };
    score.brier += (confidence - f64::from(u8::from(hit))).powi(2);
    let bin = &mut score.bins[((confidence * 10.0) as usize).min(9)];
    bin.0 += 1;
    bin.1 += confidence;
    bin.2 += u32::from(hit);
    let entry = score.per_cause.entry(root.clone()).or_default();
    entry.0 += 1;
    entry.1 += u32::from(hit);
    entry.2 += u32::from(hit || in_three);
    if !hit && !kept_out {
        score.misses.push(describe());
    }
}

impl Score {
    fn part(&self, n: u32) -> f64 {
        f64::from(n) / f64::from(self.answerable.max(1))
    }

    pub fn brier(&self) -> f64 {
        self.brier / f64::from(self.answerable.max(1))
    }

    /// Expected calibration error over ten bins.
    pub fn ece(&self) -> f64 {
        let off: f64 = self.bins.iter().filter(|b| b.0 > 0).map(|b| (b.1 - f64::from(b.2)).abs()).sum();
        off / f64::from(self.answerable.max(1))
    }

    /// Complaints where a part lies below its floor: (top-1, strict, top-3).
    pub fn below(&self, name: &str, floors: (f64, f64, f64)) -> Vec<String> {
        let parts = [("top-1", self.top1, floors.0), ("strict", self.strict, floors.1), ("top-3", self.top3, floors.2)];
        let low = parts.iter().filter(|(_, n, floor)| self.part(*n) < *floor);
        low.map(|(what, n, floor)| format!("{name}: {what} {n} of {} is below {floor}", self.answerable)).collect()
    }
}

pub fn print(name: &str, s: &Score) {
    print_line(name, s);
    for (cause, (count, top1, top3)) in &s.per_cause {
        println!("  {cause:<28} {count:>3}  top-1 {top1:>3}  top-3 {top3:>3}");
    }
    for m in &s.misses {
        println!("  miss: {m}");
    }
}

/// How often the first cause was right, by how sure it was.
pub fn print_calibration(s: &Score) {
    println!("  confidence   cases  mean  right");
    for (i, (count, sum, right)) in s.bins.iter().enumerate().filter(|(_, b)| b.0 > 0) {
        let of = |n: f64| n / f64::from(*count);
        println!("  {:.1} to {:.1}   {count:>5}  {:.2}   {:.2}", i as f64 / 10.0, (i + 1) as f64 / 10.0, of(*sum), of(f64::from(*right)));
    }
}

pub fn print_line(name: &str, s: &Score) {
    println!(
        "\n{name}: answerable {}, top-1 {} ({:.2}), strict {} ({:.2}), top-3 {} ({:.2}); unanswerable {}, honest {}; negatives {}, false incidents {}; Brier {:.3}, ECE {:.3}",
        s.answerable,
        s.top1,
        s.part(s.top1),
        s.strict,
        s.part(s.strict),
        s.top3,
        s.part(s.top3),
        s.unanswerable,
        s.honest,
        s.negatives,
        s.false_incidents,
        s.brier(),
        s.ece()
    );
}

/// Every case below a folder with its report.
pub fn reports(root: &Path) -> Vec<(Case, Report)> {
    reports_of(cases_below(root))
}

pub fn reports_of(cases: Vec<Case>) -> Vec<(Case, Report)> {
    let library = Library::builtin();
    let read = |case: Case| {
        let report = report_of(&library, &case);
        (case, report)
    };
    cases.into_iter().map(read).collect()
}

/// Scores those that are wanted.
pub fn score_of(all: &[(Case, Report)], keep: impl Fn(&Case) -> bool) -> Score {
    let mut s = Score::default();
    for (case, report) in all.iter().filter(|(c, _)| keep(c)) {
        judge(&mut s, case, report);
    }
    s
}

pub fn score(root: &Path, keep: impl Fn(&Case) -> bool) -> Score {
    score_of(&reports(root), keep)
}

/// A report of one log.
pub fn told(name: &str, text: &str) -> Report {
    told_all(&[(name, text)])
}

/// A report of some files.
pub fn told_all(files: &[(&str, &str)]) -> Report {
    let dir = tempfile::tempdir().expect("a folder");
    let inputs = files.iter().map(|(name, text)| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).expect("written");
        file.display().to_string()
    });
    let case = Case { name: "told".into(), inputs: inputs.collect(), label: Value::Null };
    report_of(&Library::builtin(), &case)
}

/// `09:MM:SS`, in seconds from nine o'clock on.
pub fn at(s: u32) -> String {
    format!("2024-01-17T{:02}:{:02}:{:02}.000Z", 9 + s / 3600, s / 60 % 60, s % 60)
}
