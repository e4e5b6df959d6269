//! `whyredis patterns …`: one subcommand a file. In: arguments. Out: text. Fails when: patterns are broken, see each.

mod check;
mod coverage;
mod draft;
mod explain;
mod list;
mod needles;
mod show;

use std::path::Path;

use whyredis::patterns::{Entries, Library, PatternError, builtin_entries, load_overlay_entries};

use super::args::PatternsCommand;
use super::complain;
use super::exit::Exit;

/// The library with its entries as written: built in, or with a user's folder laid over.
fn both(dir: Option<&Path>) -> Result<(Library, Entries), PatternError> {
    match dir {
        Some(dir) => load_overlay_entries(dir),
        None => Ok((Library::builtin(), builtin_entries())),
    }
}

pub(crate) fn run(what: &PatternsCommand, dir: Option<&Path>) -> Exit {
    // Only what needs entries as written parses the built-in files.
    let loaded = match what {
        PatternsCommand::Check { .. } | PatternsCommand::Coverage { .. } => both(dir),
        _ => match dir {
            Some(dir) => load_overlay_entries(dir),
            None => Ok((Library::builtin(), Entries::default())),
        },
    };
    let (library, entries) = match loaded {
        Ok(both) => both,
        Err(e) => {
            complain(&e.to_string());
            return Exit::Unable;
        }
    };
    match what {
        PatternsCommand::List => list::list(&library),
        PatternsCommand::Show { id } => show::show(&library, id),
        PatternsCommand::Needles { file } => needles::needles(&library, file.as_deref()),
        PatternsCommand::Check { healthy } => check::check(&library, &entries, healthy),
        PatternsCommand::Coverage { markdown } => coverage::coverage(&library, &entries, *markdown),
        PatternsCommand::Explain { line } => explain::explain(&library, line),
        PatternsCommand::Draft { file } => draft::draft(&library, file),
    }
}

/// The text of a file, or of standard input for `-`.
fn text_of(path: &str) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    if path == "-" {
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)?;
    } else {
        bytes = std::fs::read(path)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
