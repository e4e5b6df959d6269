//! `whyredis patterns show ID`. In: an id. Out: the entry as written. Fails when: no such id.

use whyredis::patterns::{Library, embedded_files};

use crate::cli::exit::Exit;
use crate::cli::{complain, say};

/// The entry as written in its file.
pub(super) fn show(library: &Library, id: &str) -> Exit {
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
