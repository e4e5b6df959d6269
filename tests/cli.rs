//! The command line on good and bad input: a clear message or a right report, never a panic, nothing dropped in silence.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

mod program;

use program::{SAMPLE, finish, program, root, run, run_in, run_with};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn sample() -> Vec<u8> {
    fs::read(root().join(SAMPLE)).expect("the sample")
}

fn write(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, bytes).expect("a file");
    path.display().to_string()
}

fn json(input: &[u8]) -> Value {
    run_with(&["--format", "json", "--now", "2024-01-17T12:00:00Z"], input).ends(0).json()
}

fn symptoms(report: &Value) -> Vec<(String, u64)> {
    let list = report["incidents"].as_array().expect("a list").iter().flat_map(|i| i["symptoms"].as_array().expect("a list"));
    list.map(|s| (s["id"].as_str().expect("an id").to_string(), s["count"].as_u64().expect("a count"))).collect()
}

// Paths.

#[test]
fn a_missing_file_is_named() {
    let run = run(&["no/such.log"]).ends(2);
    assert!(run.err.contains("no/such.log: no such file or folder"), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn a_folder_without_logs_is_named() {
    let dir = folder();
    write(dir.path(), "picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let run = run(&[dir.path()]).ends(2);
    assert!(run.err.contains("no log"), "{}", run.err);
}

#[test]
fn one_bad_path_among_many_is_reported_and_the_rest_is_read() {
    let run = run(&["--format", "json", SAMPLE, "no/such.log"]).ends(2);
    assert!(run.err.contains("no/such.log"), "{}", run.err);
    let report = run.json();
    assert_eq!(report["incidents"].as_array().map(Vec::len), Some(1));
    assert!(report["coverage"]["unreadable"].to_string().contains("no/such.log"), "{}", report["coverage"]);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_reported_and_the_rest_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let closed = write(dir.path(), "closed.log", sample());
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("own file");
    if fs::File::open(&closed).is_ok() {
        eprintln!("SKIPPED an_unreadable_file_is_reported_and_the_rest_is_read: this user may read everything (root)");
        return;
    }
    write(dir.path(), "open.log", sample());
    let all = run(&["--format", "json", &dir.path().display().to_string()]).ends(2);
    assert!(all.err.contains("closed.log: cannot be read"), "{}", all.err);
    assert_eq!(all.json()["input"]["sources"].as_array().map(Vec::len), Some(1));
    let alone = run(&[closed]).ends(2);
    assert_eq!(alone.out, "");
}

#[test]
fn globs_and_folders_name_the_same_files() {
    let dir = folder();
    write(dir.path(), "logs/a.log", sample());
    write(dir.path(), "logs/b.log", b"2024-01-17T09:00:00Z [INFO] all is well\n");
    let from_folder = run_in(dir.path(), &["--format", "json", "logs"]).ends(0).json();
    let from_glob = run_in(dir.path(), &["--format", "json", "logs/*.log"]).ends(0).json();
    assert_eq!(from_folder, from_glob);
    assert_eq!(from_folder["input"]["sources"].as_array().map(Vec::len), Some(2));
}

#[test]
fn no_argument_reads_the_pipe() {
    let report = json(&sample());
    assert_eq!(report["incidents"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["input"]["sources"][0]["name"], "-");
    let named = run_with(&["--format", "json", "--stdin-name", "pods/cart/0.log", "-"], &sample()).ends(0).json();
    assert_eq!(named["input"]["sources"][0]["name"], "pods/cart/0.log");
}

// Bytes.

#[test]
fn empty_input_is_an_answer() {
    let report = json(b"");
    assert_eq!(report["verdict"], "no-incident");
    assert_eq!(report["input"]["lines"], 0);
    let text = run_with::<&str>(&[], b"").ends(0).out;
    assert!(text.starts_with("no Redis incident in 0 lines"), "{text}");
}

#[test]
fn healthy_lines_are_an_answer() {
    let log = "2024-01-17T09:00:00Z [INFO] started\n2024-01-17T09:05:00Z [INFO] GET /cart 200\n";
    let text = run_with::<&str>(&[], log.as_bytes()).ends(0).out;
    assert!(text.contains("no Redis incident in 2 lines"), "{text}");
    assert!(text.contains("2024-01-17 09:00:00") && text.contains("09:05:00"), "{text}");
    assert_eq!(json(log.as_bytes())["incidents"], Value::Array(Vec::new()));
}

#[test]
fn a_binary_file_is_refused_with_its_kind() {
    let dir = folder();
    let mut bytes = b"\x7fELF\x02\x01\x01\0".to_vec();
    bytes.extend((0..4096_u32).flat_map(u32::to_le_bytes));
    let run = run(&[write(dir.path(), "redis-server", &bytes)]).ends(2);
    assert!(run.err.contains("binary"), "{}", run.err);
}

#[test]
fn invalid_utf8_is_read_and_counted() {
    let mut bytes = sample();
    bytes.extend_from_slice(b"2024-01-17T09:00:03.000Z [ERROR] [Redis] \xff\xfe ERR max number of clients reached \xc3\x28\n");
    let report = json(&bytes);
    assert_eq!(symptoms(&report).iter().find(|(id, _)| id == "maxclients-reached").map(|(_, n)| *n), Some(4));
    assert_eq!(report["coverage"]["undecoded"], 1);
}

#[test]
fn windows_line_ends_and_a_missing_last_one_change_nothing() {
    let unix = json(&sample());
    let text = String::from_utf8(sample()).expect("UTF-8");
    for other in [text.trim_end().to_string(), text.replace('\n', "\r\n"), text.trim_end().replace('\n', "\r\n")] {
        let report = json(other.as_bytes());
        assert_eq!(report["incidents"], unix["incidents"]);
        assert_eq!(report["input"]["lines"], unix["input"]["lines"]);
    }
}

#[test]
fn nul_bytes_do_no_harm() {
    let text = String::from_utf8(sample()).expect("UTF-8");
    let holed = text.replace("[Redis] ERR", "[Redis] \0\0ERR") + "\0\0\0\n\0";
    let dir = folder();
    let run = run(&["--format", "json", &write(dir.path(), "holed.log", holed.repeat(20))]).ends(0);
    assert!(symptoms(&run.json()).iter().any(|(id, n)| id == "maxclients-reached" && *n >= 3 * 20), "{}", run.out);
}

#[test]
fn no_timestamps_at_all() {
    let log = "ERR max number of clients reached\nredis.exceptions.ConnectionError: connection pool exhausted\n".repeat(4);
    let report = json(log.as_bytes());
    assert_ne!(report["verdict"], "no-incident");
    assert_eq!(report["incidents"][0]["start"], Value::Null);
    assert!(report["coverage"]["undated"].as_u64() >= Some(4), "{}", report["coverage"]);
}

#[test]
fn times_out_of_order() {
    let text = String::from_utf8(sample()).expect("UTF-8");
    let mut lines: Vec<&str> = text.lines().collect();
    let sorted = json(&sample());
    lines.rotate_left(3);
    let turned = json((lines.join("\n") + "\n").as_bytes());
    for field in ["start", "end", "affected"] {
        assert_eq!(turned["incidents"][0][field], sorted["incidents"][0][field], "{field}");
    }
    assert_eq!(symptoms(&turned), symptoms(&sorted));
}

#[test]
fn absurd_times_are_counted_and_widen_nothing() {
    let mut bytes = sample();
    bytes.extend_from_slice(b"9999-12-31T23:59:59Z [ERROR] [Redis] ERR max number of clients reached\n1970-01-01T00:00:00Z [INFO] boot\n");
    let report = json(&bytes);
    assert_eq!(report["coverage"]["absurd_times"], 2);
    assert_eq!(report["input"]["last_ts"], "2024-01-17T09:00:02.895Z");
}

/// Peak memory of a run in bytes, read while it lives.
#[cfg(target_os = "linux")]
fn peak_of(args: &[&str]) -> (u64, i32) {
    let mut child =
        program().args(args).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(kib) = fs::read_to_string(&status).ok().and_then(|s| {
            let line = s.lines().find(|l| l.starts_with("VmHWM:"))?.to_string();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        }) {
            peak = peak.max(kib * 1024);
        }
        if let Some(status) = child.try_wait().expect("a child") {
            return (peak, status.code().unwrap_or(-1));
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn one_line_of_100_megabytes_stays_within_the_memory_bound() {
    let dir = folder();
    let path = dir.path().join("long.log");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).expect("a file"));
    file.write_all(b"2024-01-17T09:00:01.950Z [ERROR] [Redis] ERR max number of clients reached ").expect("written");
    let chunk = b"all work and no play makes a long line; ".repeat(26_000);
    for _ in 0..100 {
        file.write_all(&chunk).expect("written");
    }
    drop(file);
    let name = path.display().to_string();
    // Two workers, as on the reference machine: each holds a block with its margins.
    let (peak, code) = peak_of(&["--threads", "2", &name]);
    assert_eq!(code, 0);
    assert!(peak <= 64 << 20, "{} MiB", peak >> 20);
    let report = run(&["--format", "json", &name]).ends(0).json();
    assert_eq!((&report["input"]["lines"], &report["coverage"]["truncated"]), (&1.into(), &1.into()));
    assert_eq!(symptoms(&report), [("maxclients-reached".to_string(), 1)]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_of_many_logs_full_of_trouble_stays_within_the_memory_bound() {
    let dir = folder();
    let mut storm = String::new();
    for i in 0..20_000 {
        storm.push_str(&format!("2024-01-17T09:{:02}:{:02}.{:03}Z [ERROR] [trace_id:req-{i}] [Redis] ERR max number of clients reached - failed command: GET user:{i}\n", i / 1000 % 60, i % 60, i % 1000));
    }
    for i in 0..24 {
        write(dir.path(), &format!("pod-{i}.log"), storm.replace("req-", &format!("req-{i}-")));
    }
    let (peak, code) = peak_of(&["--threads", "2", &dir.path().display().to_string()]);
    assert_eq!(code, 0);
    assert!(peak <= 128 << 20, "{} MiB", peak >> 20);
}

// Patterns.

#[test]
fn a_broken_pattern_file_is_named_with_line_and_reason() {
    let dir = folder();
    write(dir.path(), "mine.toml", "# mine\n[[signature]]\nid = \"x\"\nsymptom = \n");
    let patterns = dir.path().display().to_string();
    for args in [&["--patterns", &patterns, SAMPLE][..], &["patterns", "check", "--patterns", &patterns]] {
        let run = run(args).ends(2);
        assert!(run.err.contains("mine.toml:4:"), "{}", run.err);
        assert_eq!(run.out, "");
    }
    write(
        dir.path(),
        "mine.toml",
        "[[signature]]\nid = \"house-refusal\"\nsymptom = \"no-such-symptom\"\nseverity = \"error\"\nliteral = [\"house says no\"]\nregex = 'house says no'\nemitted_by = { product = \"house\" }\n\n[[signature.example]]\nline = \"house says no\"\norigin = \"captured: house 1.0\"\n\n[[signature.near_miss]]\nline = \"house says so\"\nwhy = \"no refusal\"\n",
    );
    let run = run(&["--patterns", &patterns, SAMPLE]).ends(2);
    assert!(run.err.contains("mine.toml:2:") && run.err.contains("no-such-symptom"), "{}", run.err);
}

#[test]
fn patterns_are_listed_shown_and_checked() {
    let list = run(&["patterns", "list"]).ends(0).out;
    for line in ["cause      maxclients-too-low", "symptom    maxclients-reached"] {
        assert!(list.contains(line), "{line}");
    }
    assert!(list.lines().filter(|l| l.starts_with("signature ")).count() >= 60);
    let shown = run(&["patterns", "show", "maxclients-too-low"]).ends(0).out;
    assert!(shown.starts_with("# patterns/causes/maxclients-too-low.toml:") && shown.contains("[[cause]]"), "{shown}");
    let check = run(&["patterns", "check"]).ends(0).out;
    assert!(check.contains("all rules hold"), "{check}");
    assert!(run(&["patterns", "show", "nothing-like-it"]).ends(2).err.contains("patterns list"));
}

#[test]
fn explain_prints_a_runbook() {
    let text = run(&["explain", "pool-too-small"]).ends(0).out;
    for part in ["Speaks for it", "Now", "Fix", "Verify"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(run(&["explain", "pool"]).ends(2).err.contains("pool-too-small"));
}

// Pipes and signals.

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let binary = env!("CARGO_BIN_EXE_whyredis");
    for args in [SAMPLE.to_string(), format!("events {SAMPLE}"), "patterns list".to_string(), "explain redis-down".to_string()] {
        let script = format!("({binary} {args}; echo \"code $?\" >&2) | head -1");
        let run = finish(std::process::Command::new("sh").args(["-c", &script]).current_dir(root()), b"").ends(0);
        assert_eq!(run.err.trim(), "code 0", "{args}");
        assert_eq!(run.out.lines().count(), 1, "{args}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_gives_the_report_of_what_was_read() {
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let mut child = program()
        .args(["--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // As `kubectl logs -f` does: what was logged so far in one go, and then nothing.
    let quiet: String =
        (0..4_000).map(|i| format!("2024-01-17T09:00:00.{:03}Z INFO GET /cart/{i} 200 7ms, nothing to be told\n", i / 5)).collect();
    let given = [quiet.as_bytes(), &sample()].concat();
    assert!(given.len() > 200_000, "more than one buffer");
    let lines = memchr::memchr_iter(b'\n', &given).count();
    stdin.write_all(&given).expect("written");
    stdin.flush().expect("written");
    std::thread::sleep(Duration::from_millis(1500));
    assert!(child.try_wait().expect("a child").is_none(), "it waits for more");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill").success());
    // The pipe stays open: a silent source must not keep the report back.
    let watch = std::thread::spawn({
        let id = child.id().to_string();
        move || {
            std::thread::sleep(Duration::from_secs(20));
            let _ = Command::new("kill").args(["-KILL", &id]).stderr(Stdio::null()).status();
        }
    });
    let output = child.wait_with_output().expect("it ends");
    drop((stdin, watch));
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["incidents"].as_array().map(Vec::len), Some(1));
    assert!(report["coverage"].to_string().contains("interrupted"), "{}", report["coverage"]);
    assert_eq!(report["input"]["lines"].as_u64(), Some(lines as u64), "to the last line");
}

// Options.

#[test]
fn since_and_until_cut_and_say_so() {
    let from = run(&["--format", "json", "--since", "2024-01-17T09:00:02.500Z", SAMPLE]).ends(0).json();
    assert_eq!(from["incidents"][0]["start"], "2024-01-17T09:00:02.576Z");
    assert_eq!(from["coverage"]["filtered"], 5);
    let to = run(&["--format", "json", "--until", "2024-01-17 09:00:02.1", SAMPLE]).ends(0).json();
    assert_eq!(to["incidents"][0]["end"], "2024-01-17T09:00:02.012Z");
    let relative = run(&["--format", "json", "--now", "2024-01-17T10:00:02.500Z", "--since", "1h", SAMPLE]).ends(0).json();
    assert_eq!(relative["incidents"][0]["start"], "2024-01-17T09:00:02.576Z");
    let none = run(&["--format", "json", "--since", "2030-01-01", SAMPLE]).ends(0).json();
    assert_eq!((&none["verdict"], &none["coverage"]["filtered"]), (&"no-incident".into(), &8.into()));
}

#[test]
fn a_zone_moves_times_without_one() {
    let log = b"2024-01-17 09:00:01,950 ERROR [Redis] ERR max number of clients reached\n";
    let utc = json(log);
    assert_eq!(utc["incidents"][0]["start"], "2024-01-17T09:00:01.950Z");
    assert!(utc["input"]["assumptions"].to_string().contains("time zone"), "{}", utc["input"]);
    let east = run_with(&["--format", "json", "--tz", "+02:00"], log).ends(0).json();
    assert_eq!(east["incidents"][0]["start"], "2024-01-17T07:00:01.950Z");
}

#[test]
fn a_date_places_times_without_year_or_date() {
    let log = b"Jan 17 09:00:01 app-1 cart[7]: ERR max number of clients reached from redis\n";
    let given = run_with(&["--format", "json", "--date", "2021-01-20"], log).ends(0).json();
    assert_eq!(given["incidents"][0]["start"], "2021-01-17T09:00:01.000Z");
    let near = run_with(&["--format", "json", "--now", "2024-02-01T00:00:00Z"], log).ends(0).json();
    assert_eq!(near["incidents"][0]["start"], "2024-01-17T09:00:01.000Z");
}

#[test]
fn a_service_can_be_chosen() {
    let line = |s: &str, i: u32| {
        format!(
            "{{\"time\":\"2024-01-17T09:00:{i:02}Z\",\"level\":\"error\",\"service\":\"{s}\",\"msg\":\"ERR max number of clients reached\"}}\n"
        )
    };
    let log: String = (0..6).map(|i| line(if i % 2 == 0 { "cart" } else { "orders" }, i)).collect();
    let report = run_with(&["--format", "json", "--service", "cart"], log.as_bytes()).ends(0).json();
    assert_eq!(symptoms(&report), [("maxclients-reached".to_string(), 3)]);
    assert_eq!(report["incidents"][0]["affected"]["services"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["coverage"]["filtered"], 3);
}

#[test]
fn bad_arguments_say_what_to_write() {
    for (args, words) in [
        (&["--since", "yesterday", SAMPLE][..], "2024-01-17T09:00:00Z"),
        (&["--tz", "Berlin", SAMPLE], "Europe/Berlin"),
        (&["--date", "17.1.2024", SAMPLE], "2024-01-17"),
        (&["--since", "2024-01-18", "--until", "2024-01-17", SAMPLE], "after --until"),
        (&["--format", "xml", SAMPLE], "json"),
        (&["--no-such-option"], "--no-such-option"),
        (&["--why", "no-such-cause", SAMPLE], "patterns list"),
    ] {
        let run = run(args).ends(2);
        assert!(run.err.contains(words), "{args:?}: {}", run.err);
    }
}

#[test]
fn fail_on_ends_with_1() {
    for level in ["info", "warn", "error", "critical"] {
        run(&["--fail-on", level, SAMPLE]).ends(1);
    }
    run_with(&["--fail-on", "info"], b"2024-01-17T09:00:00Z [INFO] fine\n").ends(0);
    run(&[SAMPLE]).ends(0);
}

#[test]
fn top_cuts_the_text_only() {
    let one = run(&["--top", "1", SAMPLE]).ends(0).out;
    let three = run(&["--top", "3", SAMPLE]).ends(0).out;
    assert!(one.len() < three.len());
    let json = run(&["--top", "1", "--format", "json", SAMPLE]).ends(0).out;
    assert_eq!(json, run(&["--top", "9", "--format", "json", SAMPLE]).ends(0).out);
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let help = run(&["--help"]).ends(0).out;
    for words in ["Examples:", "kubectl logs", "Exit codes:", "--since", "events", "patterns", "explain"] {
        assert!(help.contains(words), "{words}");
    }
    assert!(!help.contains("--block-bytes"));
    assert!(run(&["--version"]).ends(0).out.starts_with("whyredis "));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let piped = run(&[SAMPLE]).ends(0).out;
    assert!(!piped.contains('\u{1b}'));
    let always = run(&["--color", "always", SAMPLE]).ends(0).out;
    assert!(always.contains('\u{1b}'));
    let never = finish(program().args(["--color", "auto", SAMPLE]).env("NO_COLOR", "1"), b"").ends(0).out;
    assert_eq!(never, piped);
}

#[test]
fn the_text_keeps_to_the_width() {
    // A word that is longer than the line, and what stands in quotes in a command, cannot be broken.
    for width in [60, 80, 100] {
        let out = run(&["--width", &width.to_string(), SAMPLE]).ends(0).out;
        for line in out.lines().filter(|l| l.chars().count() > width) {
            let words: Vec<usize> = line.split_whitespace().map(|w| w.chars().count()).collect();
            let long = words.iter().any(|n| n + 12 > width / 2) || line.contains(['"', '\'']);
            assert!(long, "{line}");
        }
    }
}

#[test]
fn secrets_stay_hidden_unless_asked_for() {
    let log =
        b"2024-01-17T09:00:01Z [ERROR] [Redis] cannot connect to redis://app:hunter2@cache:6379/0: ERR max number of clients reached\n";
    for args in [&["--format", "json"][..], &[], &["events"]] {
        let hidden = run_with(args, log).ends(0).out;
        assert!(!hidden.contains("hunter2"), "{hidden}");
    }
    assert!(run_with(&["events", "--no-redact"], log).ends(0).out.contains("hunter2"));
}

#[test]
fn control_sequences_of_a_log_do_not_reach_the_terminal() {
    let log = b"2024-01-17T09:00:01Z [ERROR] [Redis] \x1b]0;owned\x07\x1b[31mERR max number of clients reached\x1b[0m \x9b31m\n";
    for args in [&[][..], &["events"]] {
        let out = run_with(args, log).ends(0).out;
        assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{out:?}");
    }
}

// Wire forms.

#[test]
fn events_are_one_object_a_line() {
    const FIELDS: [&str; 12] =
        ["ts", "symptom", "signature", "severity", "source", "line", "service", "instance", "trace_id", "redis_node", "values", "text"];
    let out = run(&["events", SAMPLE]).ends(0).out;
    let events: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).expect("one object a line")).collect();
    assert!(events.len() >= 7);
    for event in &events {
        let keys: Vec<&str> = event.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, FIELDS);
    }
    assert_eq!(events[0]["symptom"], "maxclients-reached");
    assert_eq!(events[0]["trace_id"], "req-401-a1b2c3");
    let all = run(&["events", "--all", SAMPLE]).ends(0).out;
    assert!(all.lines().count() > events.len());
}

#[test]
fn the_json_report_keeps_its_contract() {
    let mut reports = vec![run(&["--format", "json", SAMPLE]).ends(0).json()];
    for dir in ["slow-commands-1", "failover-1", "redis-down-1"] {
        reports.push(run(&["--format", "json", &format!("testdata/incidents/lab/{dir}")]).ends(0).json());
    }
    for report in reports {
        assert_eq!(report["schema_version"], 1);
        assert_eq!(report["tool"]["name"], "whyredis");
        for field in ["verdict", "input", "incidents", "notes", "captures", "unrecognised", "coverage"] {
            assert!(!report[field].is_null(), "{field}");
        }
        for field in ["bytes", "lines", "records", "records_basis", "sources", "assumptions"] {
            assert!(!report["input"][field].is_null(), "input.{field}");
        }
        let verdict = report["verdict"].as_str().expect("a word");
        assert_eq!(report["incidents"].as_array().expect("a list").is_empty(), matches!(verdict, "no-incident" | "not-redis"));
        for incident in report["incidents"].as_array().expect("a list") {
            contract(incident);
        }
    }
}

fn contract(incident: &Value) {
    for field in ["id", "severity", "status", "causes", "symptoms", "affected", "impact", "traffic", "timeline", "next_checks"] {
        assert!(!incident[field].is_null(), "{field}");
    }
    assert!(matches!(incident["status"].as_str(), Some("ongoing" | "recovered" | "unknown")));
    assert!(matches!(incident["severity"].as_str(), Some("info" | "warn" | "error" | "critical")));
    let causes = incident["causes"].as_array().expect("a list");
    let confidences: Vec<f64> = causes.iter().map(|c| c["confidence"].as_f64().expect("a number")).collect();
    let thousandths: i64 = confidences.iter().map(|c| (c * 1000.0).round() as i64).sum();
    assert_eq!(thousandths, 1000, "{confidences:?}");
    assert!(confidences.windows(2).all(|w| w[0] >= w[1]), "{confidences:?}");
    assert!(causes.iter().any(|c| c["id"] == "unknown"));
    for (i, cause) in causes.iter().enumerate() {
        assert_eq!(cause["rank"], i + 1);
        assert!(confidences[i] >= 0.005 || cause["id"] == "unknown");
        for evidence in cause["evidence"].as_array().expect("a list") {
            assert!(matches!(evidence["polarity"].as_str(), Some("for" | "against" | "absent")));
            for citation in evidence["citations"].as_array().expect("a list") {
                assert!(citation["source"].is_string() && citation["line"].as_u64() >= Some(1), "{citation}");
            }
        }
        for phase in ["immediate", "fix", "verify", "prevent"] {
            for action in cause[phase].as_array().expect("a list") {
                assert!(matches!(action["effect"].as_str(), Some("read-only" | "changes" | "restarts" | "destructive")), "{action}");
            }
        }
    }
    for symptom in incident["symptoms"].as_array().expect("a list") {
        let sum: u64 = symptom["signatures"].as_array().expect("a list").iter().filter_map(|s| s["count"].as_u64()).sum();
        assert!(sum == 0 || sum == symptom["count"].as_u64().expect("a count"), "{symptom}");
    }
}
