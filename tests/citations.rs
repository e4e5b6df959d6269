//! Every citation of every report over `testdata` (and the shared cases, where they are) is read again from the file:
//! the line is there and says what is claimed of it.
//!
//! A proof of a symptom must cite a line that bears an event of it; of a reading, a line that names the reading or holds
//! its number; of a change or a setting, a line that holds its words.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use program::{root, run};
use serde_json::Value;

/// Lines after the cited one that belong to its record: a client list or a slow-log entry begins at its first line.
const RECORD_LINES: usize = 14;

/// Features whose proof is an event: the cited lines bear events.
const OF_EVENTS: [&str; 30] = [
    "all-live-services-fail",
    "blocking-commands-seen",
    "breaks-after-idle",
    "client-busy",
    "connect-phase",
    "detail",
    "echoes",
    "errors-start-together",
    "heavy-command",
    "localhost-without-address",
    "nothing-else-fails",
    "nothing-succeeds",
    "odd-port",
    "pool-full-server-idle",
    "pool-wait-phase",
    "reply-phase",
    "server-crashed",
    "server-restarted",
    "several-services-wait",
    "signature",
    "signature-recurs",
    "single-service-fails",
    "slow-commands-seen",
    "symptom",
    "symptom-first",
    "symptom-with-echoes",
    "symptoms-only",
    "timeouts-fire-together",
    "transient",
    "wrong-target",
];

/// Features that read a gauge, a list or a setting, with words of which one stands in the cited record.
const OF_READINGS: [(&str, &[&str]); 43] = [
    ("answers-polls-not-clients", &["connected_clients", "lients"]),
    ("blocked-clients-high", &["blocked", "cmd=b", "flags=b"]),
    ("clients-ample-before", &["connected_clients", "lients"]),
    ("clients-beyond-default", &["connected_clients", "lients", "| wc -l"]),
    ("clients-climb", &["connected_clients", "lients"]),
    ("clients-fall-back", &["connected_clients", "lients"]),
    ("clients-follow-requests", &["connected_clients", "lients"]),
    ("clients-full-before", &["connected_clients", "lients"]),
    ("clients-have-room", &["connected_clients", "lients"]),
    ("clients-near", &["connected_clients", "lients"]),
    ("clients-pinned", &["connected_clients", "lients"]),
    ("clients-plateau", &["connected_clients", "lients"]),
    ("clients-step", &["connected_clients", "lients"]),
    ("connections-beyond-need", &["connected_clients", "lients"]),
    ("connections-churn", &["total_connections_received", "id=", "addr=", "TIME_WAIT", "TIME-WAIT"]),
    ("evictions-rise", &["evicted"]),
    ("fork-slow", &["fork", "Saving", "rewriting", "started by pid"]),
    ("fsync-delayed", &["aof_delayed_fsync"]),
    ("holder-dominant", &["id=", "CLIENT LIST"]),
    ("holder-grows", &["id=", "CLIENT LIST"]),
    ("holder-not-victim", &["id=", "CLIENT LIST"]),
    ("holder-piles-up", &["id=", "addr=", "CLIENT LIST"]),
    ("idle-clients", &["id=", "addr=", "CLIENT LIST"]),
    ("latency-monitor", &["atency", "fork", "command", "aof"]),
    ("limit-lowered", &["maxclients", "maxmemory"]),
    ("memory-full", &["memory"]),
    ("memory-stable", &["memory"]),
    ("never-used-clients", &["id=", "CLIENT LIST"]),
    ("persistence-failing", &["status"]),
    ("policy-noeviction", &["noeviction"]),
    ("pods-times-pool", &["pool", "maxclients"]),
    ("poll-gaps", &["connected_clients", "lients"]),
    ("polls-answered", &["connected_clients", "lients"]),
    ("pool-size-small", &["pool"]),
    ("quorum-short", &["name"]),
    ("rejected-connections", &["rejected"]),
    ("replica-link-down", &["master_link_status"]),
    ("replies-unsent", &[":6379", "ESTAB", "tcp"]),
    ("role-changed", &["role"]),
    ("server-up-throughout", &["uptime"]),
    ("slow-log-overlap", &["us", "integer", "slowlog", "duration", "ms", ")"]),
    ("timeout-zero", &["timeout"]),
    ("timeouts-in-saves", &["Background", "in_progress"]),
];

/// The files of the folders that hold cases.
fn cases() -> Vec<(String, Vec<PathBuf>)> {
    fn walk(dir: &Path, out: &mut Vec<(String, Vec<PathBuf>)>) {
        let Ok(entries) = std::fs::read_dir(dir) else { return };
        let mut files = Vec::new();
        for path in entries.flatten().map(|e| e.path()) {
            if path.is_dir() {
                walk(&path, out);
            } else if path.file_name().is_some_and(|n| n != "label.json" && n != "ABOUT.md" && n != "expect.toml" && n != "README.md") {
                files.push(path);
            }
        }
        files.sort();
        if !files.is_empty() {
            out.push((dir.display().to_string(), files));
        }
    }
    let mut out = Vec::new();
    walk(&root().join("testdata/incidents"), &mut out);
    walk(&root().join("testdata/healthy"), &mut out);
    let shared = root().join("../shared/cases");
    if shared.is_dir() {
        walk(&shared, &mut out);
    } else {
        eprintln!("SKIPPED: the shared cases are not here");
    }
    out.sort();
    out
}

/// Words of errors that the report counts although `events` leaves them out: they name no product, and the rest of the
/// input does.
struct Generic(Vec<regex::Regex>);

impl Generic {
    fn new() -> Generic {
        let library = whyredis::patterns::Library::builtin();
        let open = library.signatures().iter().filter(|s| s.needs_context && s.severity > 1);
        Generic(open.map(|s| regex::Regex::new(&s.regex).expect("a regex")).collect())
    }

    fn speaks(&self, line: &str) -> bool {
        self.0.iter().any(|r| r.is_match(line))
    }
}

/// The lines of a case, and where its events stand.
struct Read {
    lines: BTreeMap<String, Vec<String>>,
    events: BTreeMap<(String, usize), BTreeSet<String>>,
    generic: std::rc::Rc<Generic>,
}

impl Read {
    fn of(files: &[PathBuf], args: &[String], generic: std::rc::Rc<Generic>) -> Read {
        let text = |p: &PathBuf| String::from_utf8_lossy(&std::fs::read(p).expect("readable")).lines().map(str::to_string).collect();
        let lines = files.iter().map(|p| (p.display().to_string(), text(p))).collect();
        let mut events: BTreeMap<(String, usize), BTreeSet<String>> = BTreeMap::new();
        let mut all = vec!["events".to_string()];
        all.extend(args.iter().cloned());
        for line in run(&all).out.lines() {
            let e: Value = serde_json::from_str(line).expect("an event");
            let at = (e["source"].as_str().unwrap_or_default().to_string(), e["line"].as_u64().unwrap_or(0) as usize);
            events.entry(at).or_default().insert(e["symptom"].as_str().unwrap_or_default().to_string());
        }
        Read { lines, events, generic }
    }

    fn line(&self, citation: &Value) -> Option<(&str, usize, &[String])> {
        let at = citation["line"].as_u64()? as usize;
        let (source, lines) = self.lines.get_key_value(citation["source"].as_str()?)?;
        lines.get(at.checked_sub(1)?).map(|_| (source.as_str(), at, lines.as_slice()))
    }

    /// The cited record: its first line and what follows.
    fn record(&self, citation: &Value) -> Option<String> {
        let (_, at, lines) = self.line(citation)?;
        Some(lines.iter().skip(at - 1).take(RECORD_LINES).cloned().collect::<Vec<_>>().join("\n"))
    }

    fn first(&self, citation: &Value) -> &str {
        self.line(citation).map_or("", |(_, at, lines)| &lines[at - 1])
    }

    fn is_event(&self, citation: &Value) -> bool {
        let told = self.line(citation).is_some_and(|(source, at, _)| self.events.contains_key(&(source.to_string(), at)));
        told || self.record(citation).is_some_and(|record| self.generic.speaks(&record))
    }
}

/// Numbers as written in a sentence, without signs and separators.
fn numbers(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .map(|n| n.trim_matches(['.', ',']).replace(',', ""))
        .filter(|n| !n.is_empty())
        .collect()
}

/// A row of commandstats whose mean is over the slow log's default.
fn is_slow_on_average(line: &str) -> bool {
    let mean = line.starts_with("cmdstat_").then(|| line.split("usec_per_call=").nth(1)?.split(',').next()?.parse::<f64>().ok()).flatten();
    mean.is_some_and(|us| us >= 10_000.0)
}

/// Why the cited lines do not bear the evidence, if they do not.
fn unborne(read: &Read, evidence: &Value) -> Option<String> {
    let feature = evidence["feature"].as_str().unwrap_or_default();
    let statement = evidence["statement"].as_str().unwrap_or_default();
    let citations = evidence["citations"].as_array().cloned().unwrap_or_default();
    for c in &citations {
        let Some(record) = read.record(c) else { return Some(format!("{c} is no line")) };
        let first = read.first(c);
        if first.trim().is_empty() {
            return Some(format!("{c} is an empty line"));
        }
        let counts = |words: &[&str]| words.iter().any(|w| first.contains(w));
        let readable = |words: &[&str]| words.iter().any(|w| record.contains(w));
        let counted = || numbers(statement).iter().any(|n| numbers(first).contains(n));
        let borne = if let Some((_, words)) = OF_READINGS.iter().find(|(f, _)| *f == feature) {
            // A list or a slow-log entry is a record of several lines; a field is one.
            counts(words)
                || words.contains(&"id=") && readable(words)
                || words.iter().any(|w| ["slowlog", "noeviction"].contains(w)) && readable(words)
                || counted()
                || (["answers-polls-not-clients", "timeouts-in-saves"].contains(&feature) && read.is_event(c))
        } else if OF_EVENTS.contains(&feature) {
            // Where a gauge shows the symptom, or a list the commands, its reading is the line.
            read.is_event(c)
                || counted()
                || is_slow_on_average(first)
                || counts(&[
                    "connected_clients:",
                    "blocked_clients:",
                    "uptime_in_seconds:",
                    "id=",
                    "used_memory:",
                    "(integer)",
                    "| wc -l",
                    "Saving...",
                    "latest_fork_usec:",
                ])
        } else {
            match feature {
                "change-before" | "scale-matches-step" => {
                    let said = statement.split_once("onset: ").map_or(statement, |(_, s)| s);
                    said.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).any(|w| record.contains(w)) || counted()
                }
                "instances-appear" | "only-new-instances-fail" | "service-appears" | "fails-from-start" => true,
                "unrecognised-errors" => !first.is_empty(),
                other => return Some(format!("nobody says what a citation of {other} must hold")),
            }
        };
        if !borne {
            return Some(format!("{c} does not say it: {first}"));
        }
    }
    None
}

#[test]
fn citations_say_what_is_claimed() {
    let generic = std::rc::Rc::new(Generic::new());
    let mut complaints = Vec::new();
    let mut read_again = 0;
    for (name, files) in cases() {
        let args: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        let mut all = vec!["--format".to_string(), "json".to_string(), "--no-redact".to_string(), "-q".to_string()];
        all.extend(args.iter().cloned());
        let report = run(&all).json();
        let read = Read::of(&files, &args, generic.clone());
        for incident in report["incidents"].as_array().expect("incidents") {
            for cause in incident["causes"].as_array().expect("causes") {
                for evidence in cause["evidence"].as_array().expect("evidence") {
                    read_again += evidence["citations"].as_array().map_or(0, Vec::len);
                    if let Some(why) = unborne(&read, evidence) {
                        complaints.push(format!("{name}: {} {}: {}: {why}", cause["id"], evidence["feature"], evidence["statement"]));
                    }
                }
            }
            for change in incident["timeline"]["changes"].as_array().into_iter().flatten() {
                let what = change["what"].as_str().unwrap_or_default();
                let record = read.record(&change["citation"]).unwrap_or_default();
                let words: Vec<&str> = what.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).collect();
                if !words.is_empty() && !words.iter().any(|w| record.contains(w)) {
                    complaints.push(format!("{name}: change {what}: not in {}", change["citation"]));
                }
            }
        }
        let notes = report["notes"].as_array().into_iter().flatten().flat_map(|n| n["citations"].as_array().cloned().unwrap_or_default());
        let unknown = report["unrecognised"].as_array().into_iter().flatten().map(|u| u["citation"].clone());
        for citation in notes.chain(unknown) {
            read_again += 1;
            if read.first(&citation).trim().is_empty() {
                complaints.push(format!("{name}: {citation} is no line"));
            }
        }
    }
    println!("{read_again} citations read again");
    complaints.dedup();
    assert!(read_again > 2_000, "only {read_again} citations");
    let shown: Vec<&String> = complaints.iter().take(60).collect();
    assert!(complaints.is_empty(), "{} of {read_again}: {shown:#?}", complaints.len());
}
