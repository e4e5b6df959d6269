//! `whyredis patterns check [--healthy LOG…]`. In: entries, healthy logs. Out: complaints and advice. Fails when: a rule is broken.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use whyredis::diagnose::FEATURES;
use whyredis::matching::{advice, selfcheck};
use whyredis::patterns::check::Complaint;
use whyredis::patterns::{Entries, Library};
use whyredis::scan::{Prefilter, Searches};

use crate::cli::exit::Exit;
use crate::cli::{complain, say};

pub(super) fn check(library: &Library, entries: &Entries, healthy: &[PathBuf]) -> Exit {
    let mut complaints = selfcheck::check(entries, library);
    for c in &entries.causes {
        for e in c.entry.evidence.iter().filter(|e| !FEATURES.iter().any(|(n, _)| *n == e.feature)) {
            complaints.push(Complaint { file: c.file.clone(), line: c.line, text: format!("no feature {:?}", e.feature) });
        }
    }
    for c in &complaints {
        complain(&c.to_string());
    }
    let unproved = advice::unproved_literals(entries);
    let bare = advice::without_needle(entries, library);
    for c in unproved.iter().chain(&bare) {
        complain(&format!("advice: {c}"));
    }
    match read(healthy) {
        Ok(text) => noise(library, &text),
        Err(e) => {
            complain(&e);
            return Exit::Unable;
        }
    }
    let emitters: BTreeSet<&str> = library.signatures().iter().map(|s| s.product.as_ref()).collect();
    say(&format!(
        "{} signatures over {} emitters, {} symptoms, {} causes: {}; {} signatures bear a literal without an example; {} have no needle of their own\n",
        library.signatures().len(),
        emitters.len(),
        library.symptoms().len(),
        library.causes().len(),
        if complaints.is_empty() { "all rules hold".to_string() } else { format!("{} complaints", complaints.len()) },
        unproved.len(),
        bare.len(),
    ));
    if complaints.is_empty() { Exit::Analysed } else { Exit::Found }
}

/// All lines of these files and of the files below these folders.
fn read(paths: &[PathBuf]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut open: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = open.pop() {
        let failed = |e: std::io::Error| format!("{}: {e}", path.display());
        if path.is_dir() {
            let mut below: Vec<PathBuf> = std::fs::read_dir(&path).map_err(failed)?.flatten().map(|e| e.path()).collect();
            below.sort();
            open.extend(below.into_iter().rev());
        } else if is_log(&path) || paths.contains(&path) {
            out.extend(std::fs::read(&path).map_err(failed)?);
            out.push(b'\n');
        }
    }
    Ok(out)
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "log" || e == "txt" || e == "jsonl")
}

fn noise(library: &Library, healthy: &[u8]) {
    let lines: Vec<&[u8]> = healthy.split(|&b| b == b'\n').filter(|l| !l.is_empty()).collect();
    if lines.is_empty() {
        return;
    }
    for (needle, share) in advice::noisy_needles(library, &lines) {
        complain(&format!("advice: the needle {needle:?} stands in {:.2} % of {} healthy lines", share * 100.0, lines.len()));
    }
    let all = Prefilter::of(library);
    let hits = lines.iter().filter(|l| all.hits(l, Searches::Few)).count();
    say(&format!("{:.2} % of {} healthy lines are candidates\n", hits as f64 * 100.0 / lines.len() as f64, lines.len()));
}
