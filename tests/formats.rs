//! One incident in every format that people pipe or find: each file gives the facts of `expected.json`.
//!
//! In: `testdata/formats` (always) and the shared samples (where they are), and samples generated with other data.
//! Out: the number of files that give all their facts, printed. Fails when: one does not.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod formats_kit;
mod program;

use std::fs;
use std::path::Path;

use formats_kit::{Samples, mutate};
use program::{root, run_in};

/// Judges all files and prints what is missing.
fn all_hold(name: &str, samples: &Samples) {
    let mut missed = 0;
    for file in &samples.files {
        let problems = samples.judge(file);
        if !problems.is_empty() {
            missed += 1;
            println!("{name}: {}: {}", file.path, problems.join("; "));
        }
    }
    println!("{name}: {} of {} files give all their facts", samples.files.len() - missed, samples.files.len());
    assert_eq!(missed, 0, "{name}: files that miss facts");
    assert!(samples.files.len() >= 143, "{name}: only {} files", samples.files.len());
}

fn own() -> Samples {
    Samples::read(&root().join("testdata/formats"))
}

#[test]
fn every_format_gives_its_facts() {
    all_hold("testdata/formats", &own());
}

#[test]
fn the_shared_samples_give_their_facts() {
    let dir = root().join("../shared/samples");
    if !dir.join("expected.json").is_file() {
        eprintln!("SKIPPED: the shared samples are not here");
        return;
    }
    all_hold("shared samples", &Samples::read(&dir));
}

#[test]
fn a_pipe_gives_what_the_file_gives() {
    let samples = own();
    for file in &samples.files {
        let (from_file, from_pipe) = (samples.report(&[&file.path]), samples.piped(&file.path));
        assert_eq!(from_file.out, from_pipe.out, "{}", file.path);
        assert_eq!(from_file.code, from_pipe.code, "{}", file.path);
    }
}

#[test]
fn halves_make_the_whole() {
    let samples = own();
    let pairs = samples.halves();
    assert!(pairs.len() >= 4, "{pairs:?}");
    for (a, b) in pairs {
        let problems = samples.judge_whole(&[&a.path, &b.path]);
        assert!(problems.is_empty(), "{} and {}: {}", a.path, b.path, problems.join("; "));
    }
}

#[test]
fn copies_are_counted_once() {
    // A combined log beside the logs of each pod, and the same incident as three shippers saw it.
    let samples = own();
    for inputs in [&["cri"][..], &["kubectl/plain.log", "docker/compose.log", "fluent/fluentbit-json_lines-merged.jsonl"]] {
        let report = samples.report(inputs).ends(0).json();
        assert_eq!(formats_kit::symptoms(&report), samples.symptoms, "{inputs:?}");
        assert_ne!(report["coverage"]["duplicates"], 0, "{inputs:?}");
    }
}

#[test]
fn other_data_in_the_same_formats() {
    if !mutate::python_is_here() {
        eprintln!("SKIPPED: no python3 to generate other samples");
        return;
    }
    for variant in mutate::VARIANTS {
        let dir = tempfile::tempdir().expect("a folder");
        mutate::generate(&root().join("testdata/formats/generate.py"), variant, dir.path());
        all_hold(variant.name, &Samples::read(dir.path()));
    }
}

#[test]
fn unknown_formats_are_plain_lines() {
    // No layout knows these, and still the errors are found, with a word on the missing times.
    let dir = tempfile::tempdir().expect("a folder");
    let lines = [
        "~~ ERR max number of clients reached ~~ 17",
        "##7;;fault;;cart;;redis: connection pool timeout",
        "\u{2603} BLPOP orders:pending failed: Command timed out",
    ];
    fs::write(dir.path().join("odd.xyz"), lines.join("\n")).expect("a file");
    let report = run_in(dir.path(), &["--format", "json", "odd.xyz"]).ends(0).json();
    assert_eq!(report["input"]["records"], 3);
    assert_eq!(report["coverage"]["undated"], 3);
    assert_eq!(formats_kit::symptoms(&report).len(), 3, "{report}");
}

#[test]
fn provenance_is_named() {
    let about = fs::read_to_string(Path::new(&root()).join("testdata/README.md")).expect("testdata/README.md");
    assert!(about.contains("`formats/`") && about.contains("generate.py"));
}
