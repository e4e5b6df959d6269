//! Files with the facts that they must give, and their judge. In: a folder with `expected.json`. Out: what is missing.
//! Fails when: the folder cannot be read.

pub mod mutate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Run, finish, program, run_in};

/// Events by symptom.
pub type Counts = BTreeMap<String, u64>;

/// Facts of one file that differ from the incident's.
#[derive(Clone, Debug)]
pub struct File {
    pub path: String,
    records: u64,
    note: Value,
}

impl File {
    fn says(&self, key: &str) -> &str {
        self.note[key].as_str().unwrap_or("")
    }

    /// It is no application's log.
    fn foreign(&self) -> bool {
        self.note.get("kinds").is_some()
    }
}

pub struct Samples {
    dir: PathBuf,
    pub files: Vec<File>,
    incident: Value,
    pub symptoms: Counts,
}

/// The symptoms of the report's incidents that the samples are about.
pub fn symptoms(report: &Value) -> Counts {
    let mut out = Counts::new();
    for incident in report["incidents"].as_array().expect("incidents") {
        for symptom in incident["symptoms"].as_array().expect("symptoms") {
            *out.entry(symptom["id"].as_str().expect("an id").to_string()).or_default() += symptom["count"].as_u64().expect("a count");
        }
    }
    out
}

/// The incident with its times as the report writes them.
fn in_utc(mut incident: Value) -> Value {
    for key in ["first", "last", "first_symptom", "last_symptom"] {
        let time = chrono::DateTime::parse_from_rfc3339(incident[key].as_str().expect("a time")).expect("RFC 3339");
        incident[key] = time.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into();
    }
    incident
}

fn counts(value: &Value) -> Counts {
    value.as_object().into_iter().flatten().map(|(k, n)| (k.clone(), n.as_u64().expect("a count"))).collect()
}

impl Samples {
    pub fn read(dir: &Path) -> Samples {
        let text = fs::read_to_string(dir.join("expected.json")).expect("expected.json");
        let all: Value = serde_json::from_str(&text).expect("JSON");
        let files = all["files"].as_array().expect("files").iter().map(|f| File {
            path: f["path"].as_str().expect("a path").to_string(),
            records: f["records"].as_u64().expect("a count"),
            note: f.clone(),
        });
        Samples {
            dir: dir.to_path_buf(),
            files: files.collect(),
            symptoms: counts(&all["incident"]["symptoms"]),
            incident: in_utc(all["incident"].clone()),
        }
    }

    /// Files without a year or a date are placed on the incident's day; to all others the option means nothing.
    fn args(&self, command: &[&str]) -> Vec<String> {
        let day = self.incident["first"].as_str().expect("a time").split('T').next().expect("a date");
        command
            .iter()
            .map(ToString::to_string)
            .chain(["--now".into(), "2030-01-01T00:00:00Z".into(), "--date".into(), day.into()])
            .collect()
    }

    pub fn report(&self, inputs: &[&str]) -> Run {
        let mut args = self.args(&["--format", "json"]);
        args.extend(inputs.iter().map(ToString::to_string));
        run_in(&self.dir, &args)
    }

    pub fn piped(&self, path: &str) -> Run {
        let mut args = self.args(&["--format", "json"]);
        args.extend(["--stdin-name".to_string(), path.to_string()]);
        let bytes = fs::read(self.dir.join(path)).expect("a sample");
        finish(program().args(args).current_dir(&self.dir).stdin(std::process::Stdio::piped()), &bytes)
    }

    fn events(&self, inputs: &[&str]) -> Vec<Value> {
        let mut args = self.args(&["events"]);
        args.extend(inputs.iter().map(ToString::to_string));
        let run = run_in(&self.dir, &args).ends(0);
        run.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect()
    }

    /// Files of one service each that lie side by side and are the incident together.
    pub fn halves(&self) -> Vec<(&File, &File)> {
        let family = |f: &File| f.path.split('/').next().map(str::to_string);
        let halves: Vec<&File> = self.files.iter().filter(|f| !f.says("only").is_empty()).collect();
        let mut pairs = Vec::new();
        let mut left = halves.as_slice();
        while let [a, b, rest @ ..] = left {
            let together = family(a) == family(b) && a.says("only") != b.says("only");
            if together {
                pairs.push((*a, *b));
            }
            left = if together { rest } else { &left[1..] };
        }
        pairs
    }

    /// What the incident as a whole lacks when these are read together.
    pub fn judge_whole(&self, inputs: &[&str]) -> Vec<String> {
        let whole = File { path: inputs.join(" + "), records: self.incident["records"].as_u64().unwrap_or(0), note: Value::Null };
        let mut problems = Vec::new();
        let report = self.report(inputs).ends(0).json();
        self.judge_application(&whole, &report, &self.events(inputs), true, &mut problems);
        problems
    }

    /// What the report on one file lacks.
    pub fn judge(&self, file: &File) -> Vec<String> {
        let mut problems = Vec::new();
        let run = self.report(&[&file.path]);
        if run.code != 0 || run.err.contains("panicked") {
            return vec![format!("exit {}: {}", run.code, run.err)];
        }
        let report = run.json();
        let records = report["input"]["records"].as_u64().unwrap_or(0);
        if records != file.records {
            problems.push(format!("{records} records, not {}", file.records));
        }
        let events = self.events(&[&file.path]);
        if file.records == 0 {
            if !events.is_empty() || report["verdict"] != "no-incident" {
                problems.push(format!("something in nothing: {}", report["verdict"]));
            }
        } else if file.foreign() {
            self.judge_foreign(file, &report, &events, &mut problems);
        } else {
            let bytes = fs::read(self.dir.join(&file.path)).expect("a sample");
            self.judge_application(file, &report, &events, self.names_are_told(file, &bytes), &mut problems);
        }
        problems
    }

    /// Whether the services can be known: where the error's text stands in the file as it is and neither service's name does, in the file or its
    /// path, nobody can know them, and none may be invented.
    fn names_are_told(&self, file: &File, bytes: &[u8]) -> bool {
        let holds = |needle: &str| memchr::memmem::find(bytes, needle.as_bytes()).is_some();
        let readable = holds("max number of clients") || holds("connection pool");
        let names: Vec<&String> = self.incident["services"].as_object().expect("services").keys().collect();
        !readable || names.iter().any(|n| holds(n) || file.path.contains(n.as_str()))
    }

    fn judge_application(&self, file: &File, report: &Value, events: &[Value], told: bool, problems: &mut Vec<String>) {
        let only = Some(file.says("only")).filter(|o| !o.is_empty());
        let services = &self.incident["services"];
        if report["verdict"] != "incident" {
            problems.push(format!("verdict {}", report["verdict"]));
        }
        let want = only.map_or(self.symptoms.clone(), |o| counts(&services[o]["symptoms"]));
        let mut found = Counts::new();
        let mut by_service: BTreeMap<Option<String>, Counts> = BTreeMap::new();
        for e in events {
            let symptom = e["symptom"].as_str().expect("a symptom").to_string();
            *found.entry(symptom.clone()).or_default() += 1;
            *by_service.entry(e["service"].as_str().map(str::to_string)).or_default().entry(symptom).or_default() += 1;
        }
        if found != want {
            problems.push(format!("events {found:?}, not {want:?}"));
        }
        if symptoms(report) != want {
            problems.push(format!("symptoms {:?}, not {want:?}", symptoms(report)));
        }
        let want_services: BTreeMap<Option<String>, Counts> = if told {
            let names = services.as_object().expect("services").iter().filter(|(n, _)| only.is_none_or(|o| o == n.as_str()));
            names.map(|(n, s)| (Some(n.clone()), counts(&s["symptoms"]))).collect()
        } else {
            BTreeMap::from([(None, want.clone())])
        };
        if by_service != want_services {
            problems.push(format!("services {by_service:?}, not {want_services:?}"));
        }
        self.judge_traces(file, only, report, events, problems);
        self.judge_times(file, only, report, events, problems);
    }

    /// Trace ids and the symptoms in each, in the notation that the file has.
    fn judge_traces(&self, file: &File, only: Option<&str>, report: &Value, events: &[Value], problems: &mut Vec<String>) {
        let notation = file.says("traces");
        let same = |full: &str, seen: &str| match notation {
            n if n.starts_with("decimal") => full[16..] == seen[seen.len().saturating_sub(16)..],
            n if n.starts_with("first 24") => full[..24] == *seen,
            _ => full == seen,
        };
        let mine =
            |symptom: &Value| only.is_none_or(|o| self.incident["services"][o]["symptoms"].get(symptom.as_str().unwrap_or("")).is_some());
        let mut affected = 0;
        for (full, list) in self.incident["affected_traces"].as_object().expect("traces") {
            // A half holds a trace if one of its service's events bears it.
            let seen: Vec<&str> = events
                .iter()
                .filter(|e| e["trace_id"].as_str().is_some_and(|t| same(full, t)))
                .map(|e| e["symptom"].as_str().expect("a symptom"))
                .collect();
            let want: Vec<&str> =
                list.as_array().expect("symptoms").iter().filter(|s| mine(s)).map(|s| s.as_str().expect("a symptom")).collect();
            affected += u64::from(!seen.is_empty());
            if seen != want && !(only.is_some() && seen.is_empty()) {
                problems.push(format!("trace {full}: {seen:?}, not {want:?}"));
            }
        }
        let told: BTreeSet<&str> = events.iter().filter_map(|e| e["trace_id"].as_str()).collect();
        if events.iter().any(|e| e["trace_id"].is_null()) || told.len() as u64 != affected {
            problems.push(format!("traces {told:?}"));
        }
        let reported: u64 =
            report["incidents"].as_array().expect("incidents").iter().filter_map(|i| i["affected"]["traces"].as_u64()).sum();
        if reported != affected || (only.is_none() && affected != 5) {
            problems.push(format!("{reported} traces in the report, {affected} with events"));
        }
    }

    /// First and last times, as fine as the file writes them.
    fn judge_times(&self, file: &File, only: Option<&str>, report: &Value, events: &[Value], problems: &mut Vec<String>) {
        let times: Vec<&str> = events.iter().filter_map(|e| e["ts"].as_str()).collect();
        if file.says("ts") == "none" {
            if !times.is_empty() || !report["input"]["first_ts"].is_null() {
                problems.push(format!("times out of nowhere: {times:?}"));
            }
            return;
        }
        if times.len() != events.len() {
            problems.push(format!("{} of {} events have a time", times.len(), events.len()));
        }
        if only.is_some() {
            return;
        }
        let text = |key: &str| self.incident[key].as_str().expect("a time");
        // What no file with whole seconds can say is not asked of it.
        let digits = if times.iter().all(|t| t.ends_with(".000Z")) { 19 } else { 23 };
        for (want, have) in [
            (text("first_symptom"), times.iter().min().copied()),
            (text("last_symptom"), times.iter().max().copied()),
            (text("first"), report["input"]["first_ts"].as_str().filter(|_| !self.framed_by_more(file))),
            (text("last"), report["input"]["last_ts"].as_str().filter(|_| !self.framed_by_more(file))),
        ] {
            if have.is_some_and(|h| h[..digits] != want[..digits]) {
                problems.push(format!("time {have:?}, not {want}"));
            }
        }
        if digits == 19 && file.says("ts") != "s" && !self.writes_whole_seconds(file) {
            problems.push("only whole seconds were read".to_string());
        }
    }

    /// The file has records around those of the incident (a CI job's own lines).
    fn framed_by_more(&self, file: &File) -> bool {
        Some(file.records) > self.incident["records"].as_u64()
    }

    /// The file writes no fraction, though nothing says so: none of its times is followed by one.
    fn writes_whole_seconds(&self, file: &File) -> bool {
        let text = String::from_utf8_lossy(&fs::read(self.dir.join(&file.path)).unwrap_or_default()).into_owned();
        let first = self.incident["first"].as_str().expect("a time");
        let (second, fraction) = (&first[17..19], &first[19..23]);
        !text.contains(&format!(":{second}{fraction}")) && !text.contains(&format!(":{second},{}", &fraction[1..]))
    }

    /// Captures, server logs, metrics, access logs: no application's symptom, but what `kinds` says.
    fn judge_foreign(&self, file: &File, report: &Value, events: &[Value], problems: &mut Vec<String>) {
        let kinds = &file.note["kinds"];
        let mine: Vec<&str> = events
            .iter()
            .filter_map(|e| e["symptom"].as_str())
            .filter(|s| self.symptoms.contains_key(*s) && kinds.get(s).is_none())
            .collect();
        if !mine.is_empty() {
            problems.push(format!("events {mine:?}"));
        }
        let sections: Vec<&Value> = report["captures"].as_array().expect("captures").iter().collect();
        let rows = || sections.iter().flat_map(|s| s["summary"].as_array().expect("rows")).filter_map(Value::as_str);
        for (symptom, want) in kinds.as_object().expect("kinds") {
            if let Some(want) = want.as_u64() {
                // A slow command is told by the slow log's entries, or by the latency monitor's event for commands.
                let found = symptoms(report).get(symptom).copied().unwrap_or(0);
                let latency = sections.iter().filter(|s| s["kind"] == "latency").count() as u64;
                let told = events.iter().filter(|e| e["symptom"] == symptom.as_str()).count() as u64;
                if (found != want || told != want) && latency != want {
                    problems.push(format!("{symptom}: {found}, not {want}"));
                }
            } else if !rows().any(|row| row.starts_with("connected_clients ")) {
                problems.push(format!("{symptom}: no gauge shows it"));
            }
        }
        if file.path.contains("access/") || file.says("note").contains("$req_id") {
            self.judge_access(file, problems);
        }
        let dated = report["input"]["first_ts"].is_string();
        if !dated
            && file.says("ts") != "relative"
            && !sections.iter().any(|s| ["gauges", "client-list", "latency", "slowlog"].contains(&s["kind"].as_str().unwrap_or("")))
        {
            problems.push("neither a time nor a reading".to_string());
        }
    }

    /// Beside the application's log, the edge says how many requests failed.
    fn judge_access(&self, file: &File, problems: &mut Vec<String>) {
        let Some(application) = self.files.iter().find(|f| f.says("note").starts_with("log/slog TextHandler")) else { return };
        let report = self.report(&[&file.path, &application.path]).ends(0).json();
        let failed: u64 =
            report["incidents"].as_array().expect("incidents").iter().filter_map(|i| i["impact"]["requests_failed"].as_u64()).sum();
        let basis = &report["incidents"][0]["traffic"]["basis"];
        if failed != 7 || basis != "access" {
            problems.push(format!("{failed} failed requests by {basis}, not 7 by the access log"));
        }
    }
}
