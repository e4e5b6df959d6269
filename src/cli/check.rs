//! `whyredis check PATH…`: sample logs against the `expect.toml` beside them. In: folders. Out: what is missed, on stdout.
//! Fails when: an expectation is broken, or nothing is there to be judged.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use whyredis::patterns::Library;
use whyredis::pipeline::check::{bless, folders, judge};
use whyredis::report::expect::{FILE, Miss};

use super::args::CheckArgs;
use super::exit::Exit;
use super::{complain, config, say};

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    broken: usize,
}

pub(crate) fn run(args: &CheckArgs, cancel: &AtomicBool) -> Exit {
    let library = match config::library(args.patterns.as_deref()) {
        Ok(l) => l,
        Err(e) => {
            complain(&e.to_string());
            return Exit::Unable;
        }
    };
    let mut count = Count::default();
    for path in &args.paths {
        let found = match folders(path) {
            // A folder without any expectation is blessed as one case.
            Ok(none) if none.is_empty() && args.bless => vec![path.clone()],
            Ok(none) if none.is_empty() => {
                complain(&format!("{}: no {FILE} at or below it; --bless writes one", path.display()));
                count.broken += 1;
                continue;
            }
            Ok(found) => found,
            Err(e) => {
                complain(&e.to_string());
                count.broken += 1;
                continue;
            }
        };
        for folder in found {
            if cancel.load(Ordering::Relaxed) {
                return Exit::Interrupted;
            }
            let line = if args.bless { blessed(&folder, &library, cancel, &mut count) } else { judged(&folder, &library, cancel, &mut count) };
            if !say(&line) {
                // The reader is gone.
                return Exit::Unable;
            }
        }
    }
    if cancel.load(Ordering::Relaxed) {
        return Exit::Interrupted;
    }
    let broken = if count.broken > 0 { format!(", {} broken", count.broken) } else { String::new() };
    say(&format!("{} passed, {} failed{broken}\n", count.passed, count.failed));
    match count {
        Count { broken: 1.., .. } => Exit::Unable,
        Count { failed: 1.., .. } => Exit::Found,
        _ => Exit::Analysed,
    }
}

fn judged(folder: &Path, library: &Library, cancel: &AtomicBool, count: &mut Count) -> String {
    match judge(folder, library, cancel) {
        Ok(judged) => told("ok    ", folder, &judged.misses, count),
        Err(e) => {
            count.broken += 1;
            complain(&e.to_string());
            String::new()
        }
    }
}

fn blessed(folder: &PathBuf, library: &Library, cancel: &AtomicBool, count: &mut Count) -> String {
    let written = bless(folder, library, cancel).map_err(|e| e.to_string()).and_then(|b| {
        // An interrupted run has not read everything.
        if b.changed && !cancel.load(Ordering::Relaxed) {
            std::fs::write(folder.join(FILE), &b.text).map_err(|e| format!("{}: {e}", folder.join(FILE).display()))?;
        }
        Ok(b)
    });
    match written {
        Ok(b) => told(if b.changed { "wrote " } else { "ok    " }, folder, &b.misses, count),
        Err(e) => {
            count.broken += 1;
            complain(&e);
            String::new()
        }
    }
}

fn told(word: &str, folder: &Path, misses: &[Miss], count: &mut Count) -> String {
    if misses.is_empty() {
        count.passed += 1;
        return format!("{word}{}\n", folder.display());
    }
    count.failed += 1;
    let mut out = format!("FAIL  {}\n", folder.display());
    for m in misses {
        let _ = writeln!(out, "        {}\n          - expected {}\n          + found    {}", m.what, m.expected, m.found);
    }
    out
}
