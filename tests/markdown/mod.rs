//! Console blocks of a Markdown file, run and compared.
//!
//! In: a file with fenced `console` blocks: `$ command` lines, the output below each, `? N` for an exit code other than 0.
//! Out: nothing, or with `WHYREDIS_BLESS=1` the file with the outputs of today. Fails when: an output differs.
//!
//! Commands run in a shell in the package's folder, with the built program first in PATH; stderr follows stdout.

use std::path::Path;
use std::process::{Command, Stdio};

const FENCE: &str = "```console";

/// Runs every command of the file.
pub fn check(path: &Path) {
    let before = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (after, commands) = replay(&before);
    assert!(commands > 0, "{} has no command", path.display());
    if after == before {
        return;
    }
    if std::env::var_os("WHYREDIS_BLESS").is_some() {
        std::fs::write(path, after).expect("the file is writable");
        return;
    }
    let (line, (was, is)) = before
        .lines()
        .chain(std::iter::repeat("(end)"))
        .zip(after.lines().chain(std::iter::repeat("(end)")))
        .enumerate()
        .find(|(_, (a, b))| a != b)
        .expect("they differ");
    panic!(
        "{}:{}: the program says something else\n  written: {was}\n  said:    {is}\nWHYREDIS_BLESS=1 cargo test writes what it says now",
        path.display(),
        line + 1
    );
}

fn replay(text: &str) -> (String, usize) {
    let mut out = String::new();
    let mut commands = 0;
    let mut inside = false;
    for line in text.lines() {
        if !inside {
            inside = line == FENCE;
            out.push_str(line);
            out.push('\n');
        } else if line == "```" {
            inside = false;
            out.push_str("```\n");
        } else if let Some(command) = line.strip_prefix("$ ") {
            commands += 1;
            out.push_str(line);
            out.push('\n');
            out.push_str(&answer(command));
        }
    }
    (out, commands)
}

fn answer(command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_whyredis"));
    let path = std::env::join_paths(
        program.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )
    .expect("a PATH");
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("PATH", path)
        .env_remove("NO_COLOR")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !said.is_empty() && !said.ends_with('\n') {
        said.push('\n');
    }
    // Lines that would end the block, or that begin with the marks of this file, cannot be shown.
    assert!(!said.lines().any(|l| l.starts_with("```") || l.starts_with("$ ")), "{command}: its output cannot stand in a console block");
    match output.status.code() {
        Some(0) => {}
        code => said.push_str(&format!("? {}\n", code.unwrap_or(-1))),
    }
    said
}
