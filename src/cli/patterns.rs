//! `whyredis patterns list|show|check|needles`. In: an id or a folder. Out: text. Fails when: the check complains, no such id.

use std::fmt::Write as _;
use std::path::Path;

use whyredis::matching::selfcheck;
use whyredis::patterns::{Library, builtin_entries, embedded_files, load_overlay_entries};
use whyredis::scan::Prefilter;

use super::args::PatternsCommand;
use super::exit::Exit;
use super::{complain, config, say};

pub(crate) fn run(what: &PatternsCommand, dir: Option<&Path>) -> Exit {
    if let PatternsCommand::Check = what {
        return check(dir);
    }
    let library = match config::library(dir) {
        Ok(l) => l,
        Err(e) => {
            complain(&e.to_string());
            return Exit::Unable;
        }
    };
    match what {
        PatternsCommand::List => list(&library),
        PatternsCommand::Show { id } => show(&library, id),
        PatternsCommand::Needles { file } => needles(&library, file.as_deref()),
        PatternsCommand::Check => Exit::Analysed,
    }
}

fn list(library: &Library) -> Exit {
    let mut out = String::new();
    for s in library.signatures() {
        let _ = writeln!(out, "signature  {:<46} {:<24} {}", s.id, library.symptom(s.symptom).id, s.product);
    }
    for s in library.symptoms() {
        let parent = s.parent.map_or("context", |p| library.symptom(p).id.as_ref());
        let _ = writeln!(out, "symptom    {:<46} {:<24} {}", s.id, parent, s.title);
    }
    for c in library.causes() {
        let _ = writeln!(out, "cause      {:<46} {:<24} {}", c.id, format!("prior {}", c.prior), c.title);
    }
    say(&out);
    Exit::Analysed
}

/// The entry as written in its file.
fn show(library: &Library, id: &str) -> Exit {
    let needle = format!("id = {id:?}");
    let mut found = false;
    for (file, text) in embedded_files() {
        let Some(at) = text.lines().position(|l| l.trim_start().starts_with(&needle)) else { continue };
        let lines: Vec<&str> = text.lines().collect();
        let start = lines.get(..at).and_then(|l| l.iter().rposition(|l| l.starts_with("[["))).unwrap_or(0);
        let kind = lines.get(start).copied().unwrap_or_default();
        let end = lines.iter().enumerate().skip(start + 1).find(|(_, l)| **l == kind).map_or(lines.len(), |(i, _)| i);
        say(&format!("# {file}:{}\n{}\n", start + 1, lines.get(start..end).unwrap_or_default().join("\n").trim_end()));
        found = true;
    }
    if !found && (library.find_signature(id).is_some() || library.find_symptom(id).is_some() || library.find_cause(id).is_some()) {
        say(&format!("# {id} comes from --patterns\n"));
        found = true;
    }
    if found {
        return Exit::Analysed;
    }
    let near: Vec<&str> = library.signatures().iter().map(|s| s.id.as_ref()).filter(|s| s.contains(id)).take(8).collect();
    let hint = if near.is_empty() { "see `whyredis patterns list`".to_string() } else { format!("did you mean {}?", near.join(", ")) };
    complain(&format!("no pattern {id:?}; {hint}"));
    Exit::Unable
}

fn check(dir: Option<&Path>) -> Exit {
    let (library, entries) = match dir {
        Some(dir) => match load_overlay_entries(dir) {
            Ok(both) => both,
            Err(e) => {
                complain(&e.to_string());
                return Exit::Unable;
            }
        },
        None => (Library::builtin(), builtin_entries()),
    };
    let mut complaints = selfcheck::check(&entries, &library);
    for c in &entries.causes {
        for e in c.entry.evidence.iter().filter(|e| !whyredis::diagnose::FEATURES.iter().any(|(n, _)| *n == e.feature)) {
            complaints.push(whyredis::patterns::check::Complaint {
                file: c.file.clone(),
                line: c.line,
                text: format!("no feature {:?}", e.feature),
            });
        }
    }
    for c in &complaints {
        complain(&c.to_string());
    }
    let emitters: std::collections::BTreeSet<&str> = library.signatures().iter().map(|s| s.product.as_ref()).collect();
    say(&format!(
        "{} signatures over {} emitters, {} symptoms, {} causes: {}\n",
        library.signatures().len(),
        emitters.len(),
        library.symptoms().len(),
        library.causes().len(),
        if complaints.is_empty() { "all rules hold".to_string() } else { format!("{} complaints", complaints.len()) }
    ));
    if complaints.is_empty() { Exit::Analysed } else { Exit::Found }
}

fn needles(library: &Library, file: Option<&Path>) -> Exit {
    let lines: Vec<Vec<u8>> = match file.map(std::fs::read) {
        Some(Ok(bytes)) => bytes.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect(),
        Some(Err(e)) => {
            complain(&format!("{}: {e}", file.unwrap_or(Path::new("")).display()));
            return Exit::Unable;
        }
        None => Vec::new(),
    };
    let mut out = String::new();
    let share = |n: usize| n as f64 * 100.0 / lines.len().max(1) as f64;
    for needle in library.needles() {
        if lines.is_empty() {
            let _ = writeln!(out, "{needle}");
        } else {
            let finder = Prefilter::new([needle.as_ref()]);
            let hits = lines.iter().filter(|l| finder.hits(l)).count();
            let _ = writeln!(out, "{:8.4} %  {needle}", share(hits));
        }
    }
    let all = Prefilter::of(library.needles(), library.fine_needles());
    let _ = write!(out, "{} needles in {} packed sets", library.needles().len(), all.passes());
    if lines.is_empty() {
        out.push('\n');
    } else {
        let hits = lines.iter().filter(|l| all.hits(l)).count();
        let _ = writeln!(out, "; {:.3} % of {} lines are candidates", share(hits), lines.len());
    }
    say(&out);
    Exit::Analysed
}
