//! Seeded test logs. In: size, seed, mode. Out: a log and its truth. Fails when: a file cannot be written.
//!
//!     cargo run --release --example generate -- --size 1G --seed 7 --mode sparse --out mix.log --truth mix.json
//!
//! It needs no crate, so `rustc -O benches/generate/main.rs -o generate` builds it too.

#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::precedence,
    reason = "a tool of the benches"
)]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "a tool of the benches")]

mod lines;
mod mix;
mod text;
mod truth;

use std::fs::File;
use std::io::{BufWriter, Write};

use mix::{Mix, Mode};

fn size(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "" => 1,
        "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    };
    digits.parse::<u64>().ok().map(|n| n * unit)
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).map(String::as_str);
    let usage = "generate --size 10M..10G --seed N [--mode sparse|dense] --out LOG [--truth JSON]";
    let (Some(bytes), Some(out)) = (value("--size").and_then(size), value("--out")) else {
        eprintln!("{usage}");
        std::process::exit(2);
    };
    let seed = value("--seed").and_then(|s| s.parse().ok()).unwrap_or(1);
    let mode = if value("--mode") == Some("dense") { Mode::Dense } else { Mode::Sparse };
    let file = File::create(out).unwrap_or_else(|e| panic!("{out}: {e}"));
    let mut to = BufWriter::with_capacity(1 << 20, file);
    let truth = Mix::new(seed, mode, bytes).write(&mut to).and_then(|t| to.flush().map(|()| t)).unwrap_or_else(|e| panic!("{out}: {e}"));
    if let Some(path) = value("--truth") {
        std::fs::write(path, truth.json()).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
}
