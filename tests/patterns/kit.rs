//! The subcommands of `whyredis patterns` that help to write signatures, and the tables that they make.

use std::path::Path;
use std::process::{Command, Stdio};

fn whyredis(args: &[&str], input: &str) -> (String, String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_whyredis"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), input.as_bytes()).expect("it reads");
    let out = child.wait_with_output().expect("it ends");
    let text = |b: Vec<u8>| String::from_utf8(b).expect("UTF-8");
    (text(out.stdout), text(out.stderr), out.status.code().unwrap_or(-1))
}

#[test]
fn the_coverage_table_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/COVERAGE.md");
    let (now, _, code) = whyredis(&["patterns", "coverage", "--markdown"], "");
    assert_eq!(code, 0);
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == now, "run: whyredis patterns coverage --markdown > patterns/COVERAGE.md");
}

#[test]
fn explain_says_why_and_why_not() {
    let (out, _, code) = whyredis(&["patterns", "explain", "ERROR rpc: ERR max number of clients reached"], "");
    assert_eq!(code, 0);
    assert!(out.contains("redis-server.max-clients  MATCHES") && out.contains("maxclients-reached") && out.contains("needles"), "{out}");
    let (out, _, _) = whyredis(&["patterns", "explain", "-"], "HikariPool-1 - timed out waiting for connection\n");
    assert!(out.contains("r2d2.timeout  does not count") && out.contains("another product"), "{out}");
    let (out, _, _) =
        whyredis(&["patterns", "explain", "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused."], "");
    assert!(out.contains("value") && out.contains("redis:6379"), "{out}");
    assert_eq!(whyredis(&["patterns", "explain", " "], "").2, 2);
}

#[test]
fn a_draft_holds_the_example_and_parses() {
    let log = "2024-01-17T09:00:02.145Z [ERROR] [Redis] it's the flux capacitor of redis-7 that burnt out after 1200 ms\n\
               2024-01-17T09:00:03.145Z [ERROR] [Redis] it's the flux capacitor of redis-7 that burnt out after 900 ms\n\
               2024-01-17T09:00:03.145Z [ERROR] [Redis] ERR max number of clients reached\n\
               2024-01-17T09:00:03.145Z [INFO] [Redis] connected\n";
    let (out, _, code) = whyredis(&["patterns", "draft", "-"], log);
    assert_eq!(code, 0);
    let file: toml::Value = toml::from_str(&out).unwrap_or_else(|e| panic!("{e}\n{out}"));
    let stubs = file["signature"].as_array().expect("stubs");
    assert_eq!(stubs.len(), 1, "{out}");
    let regex = regex::Regex::new(stubs[0]["regex"].as_str().expect("text")).expect("it compiles");
    assert!(regex.is_match(stubs[0]["example"][0]["line"].as_str().expect("text")), "{out}");
    assert!(out.contains("# 2 times, first at line 1"), "{out}");
    assert_eq!(whyredis(&["patterns", "draft", "/no/such/file"], "").2, 2);
}

#[test]
fn a_folder_of_patterns_works_in_every_subcommand() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let signature = "[[signature]]\nid = \"shop.flux\"\nsymptom = \"pool-exhausted\"\nseverity = \"error\"\nliteral = [\"flux capacitor\"]\n\
        regex = '''flux capacitor burnt out'''\nemitted_by = { product = \"shop\", version = \"1\", source = \"us\" }\n\
        [[signature.example]]\nline = '''ERROR redis flux capacitor burnt out'''\norigin = \"source\"\n\
        [[signature.near_miss]]\nline = '''flux capacitor is fine'''\nwhy = \"healthy\"\n";
    std::fs::write(dir.path().join("shop.toml"), signature).expect("writable");
    let folder = dir.path().display().to_string();
    let with = |args: &[&str], input: &str| {
        let mut all = vec!["patterns"];
        all.extend(args);
        all.extend(["--patterns", &folder]);
        whyredis(&all, input)
    };
    let line = "ERROR redis flux capacitor burnt out";
    assert!(with(&["check"], "").0.contains("all rules hold"));
    assert!(with(&["list"], "").0.contains("shop.flux"));
    assert!(with(&["coverage"], "").0.contains("\nshop "));
    assert!(with(&["show", "shop.flux"], "").0.contains("comes from --patterns"));
    assert!(with(&["explain", line], "").0.contains("shop.flux  MATCHES"));
    assert!(with(&["draft", "-"], &format!("{line}\n")).0.starts_with("# 0 messages"));
    assert_eq!(with(&["needles"], "").2, 0);
    std::fs::write(dir.path().join("shop.toml"), signature.replace("burnt out'''\nemitted", "(burnt'''\nemitted")).expect("writable");
    for args in [&["check"][..], &["list"], &["coverage"], &["explain", line], &["draft", "-"], &["needles"]] {
        let (_, err, code) = with(args, "");
        assert!(code == 2 && err.contains("shop.toml:2"), "{args:?}: {code} {err}");
    }
}
