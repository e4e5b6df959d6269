//! Arguments to options; everything that can be refused is refused here. In: [`InputArgs`]. Out: times, zone, patterns.
//! Fails when: an argument makes no sense ([`Refusal`], with what to write instead).

use std::io::IsTerminal;

use whyredis::patterns::{Library, load_overlay};
use whyredis::pipeline::Options;
use whyredis::pipeline::when::{self, WhenError};

use super::args::InputArgs;

/// Why arguments were refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0}")]
    When(#[from] WhenError),
    #[error("nothing to read: pipe a log in (kubectl logs … | whyredis) or name files; see --help")]
    NoInput,
    #[error("--runbooks {}: no such folder; give one of Markdown files", .0.display())]
    Runbooks(std::path::PathBuf),
    #[error("{0}")]
    Patterns(#[from] whyredis::patterns::PatternError),
}

/// The library of a run.
pub(crate) fn library(dir: Option<&std::path::Path>) -> Result<Library, Refusal> {
    Ok(match dir {
        Some(dir) => load_overlay(dir)?,
        None => Library::builtin(),
    })
}

/// Options of a run.
pub(crate) fn options<'l>(args: &InputArgs, library: &'l Library) -> Result<Options<'l>, Refusal> {
    let mut inputs = args.paths.clone();
    if inputs.is_empty() {
        if std::io::stdin().is_terminal() {
            return Err(Refusal::NoInput);
        }
        inputs.push("-".to_string());
    }
    let mut options = Options::new(library, inputs);
    let times = when::Written {
        now: args.now.as_deref(),
        since: args.since.as_deref(),
        until: args.until.as_deref(),
        tz: args.tz.as_deref(),
        date: args.date.as_deref(),
    };
    times.apply(&mut options)?;
    options.stdin_name.clone_from(&args.stdin_name);
    options.services.clone_from(&args.service);
    options.threads = args.threads;
    options.block_bytes = args.block_bytes;
    options.redact = !args.no_redact;
    Ok(options)
}
