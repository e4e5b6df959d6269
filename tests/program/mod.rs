//! The built program, run. In: arguments, standard input. Out: exit code, stdout, stderr. Fails when: it cannot be started.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// Exit code; -1 after a signal.
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The report of `--format json`.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON ({e})\nstdout: {}\nstderr: {}", self.out, self.err))
    }

    /// Panics unless it ended with `code` and without a panic.
    pub fn ends(self, code: i32) -> Run {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

pub const SAMPLE: &str = "testdata/incidents/runbook-sample/input.log";

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program in the package's folder, with nothing of the caller's terminal.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whyredis"));
    command.current_dir(root()).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "LC_ALL", "LC_CTYPE", "LANG", "COLUMNS", "TZ"] {
        command.env_remove(name);
    }
    command
}

pub fn run<A: AsRef<std::ffi::OsStr>>(args: &[A]) -> Run {
    finish(program().args(args), b"")
}

pub fn run_in<A: AsRef<std::ffi::OsStr>>(dir: &Path, args: &[A]) -> Run {
    finish(program().args(args).current_dir(dir), b"")
}

pub fn run_with<A: AsRef<std::ffi::OsStr>>(args: &[A], input: &[u8]) -> Run {
    finish(program().args(args).stdin(Stdio::piped()), input)
}

pub fn finish(command: &mut Command, input: &[u8]) -> Run {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let writer = child.stdin.take().map(|mut stdin| {
        let input = input.to_vec();
        // The program may stop reading early.
        std::thread::spawn(move || drop(stdin.write_all(&input)))
    });
    let output = child.wait_with_output().expect("the program ends");
    if let Some(w) = writer {
        w.join().expect("the writer ends");
    }
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
