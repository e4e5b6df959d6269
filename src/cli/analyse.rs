//! The report. In: [`Analyse`]. Out: the report on stdout. Fails when: nothing could be read, patterns are broken.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use whyredis::pipeline;
use whyredis::report::text::Style;
use whyredis::report::{Report, json, text};

use super::args::{Analyse, Colour, FailOn, Format};
use super::exit::Exit;
use super::progress::Bar;
use super::{complain, config, say};

/// Columns when stdout is no terminal.
const PIPED_WIDTH: usize = 100;

pub(crate) fn run(args: &Analyse, cancel: &Arc<AtomicBool>) -> Exit {
    let library = match config::library(args.input.patterns.as_deref()) {
        Ok(l) => l,
        Err(e) => return refuse(&e),
    };
    // Before gigabytes are read.
    if let Some(id) = args.why.as_deref().filter(|id| library.find_cause(id).is_none()) {
        complain(&super::explain::no_cause(&library, id));
        return Exit::Unable;
    }
    let mut options = match config::options(&args.input, &library) {
        Ok(o) => o,
        Err(e) => return refuse(&e),
    };
    if let Some(dir) = &args.runbooks {
        if !dir.is_dir() {
            return refuse(&config::Refusal::Runbooks(dir.clone()));
        }
        options.runbooks = Some(dir.clone());
    }
    options.why.clone_from(&args.why);
    let bar = Bar::new(args.quiet);
    let outcome = pipeline::run(&options, &bar, cancel);
    bar.finish();
    for e in &outcome.errors {
        complain(&e.to_string());
    }
    let report = &outcome.report;
    if report.input.sources.is_empty() && !outcome.errors.is_empty() {
        return Exit::Unable;
    }
    let out = match args.format {
        Format::Json => json::render(report),
        Format::Text => match &args.why {
            Some(cause) => super::explain::why(&outcome.why, cause),
            None => text::render(report, &style(args)),
        },
    };
    // A closed pipe downstream is the reader's choice.
    say(&out);
    if outcome.interrupted {
        Exit::Interrupted
    } else if !outcome.errors.is_empty() {
        Exit::Unable
    } else if args.fail_on.is_some_and(|level| worst(report).is_some_and(|w| w >= level)) {
        Exit::Found
    } else {
        Exit::Analysed
    }
}

fn refuse(e: &config::Refusal) -> Exit {
    complain(&e.to_string());
    Exit::Unable
}

fn worst(report: &Report) -> Option<FailOn> {
    report
        .incidents
        .iter()
        .map(|i| match i.severity {
            "critical" => FailOn::Critical,
            "error" => FailOn::Error,
            "warn" => FailOn::Warn,
            _ => FailOn::Info,
        })
        .max()
}

fn style(args: &Analyse) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let colour = match args.color {
        Colour::Always => true,
        Colour::Never => false,
        // https://no-color.org: any non-empty value.
        Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    };
    let width = args.width.or_else(|| terminal_size::terminal_size().filter(|_| terminal).map(|(w, _)| usize::from(w.0)));
    let ascii = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()))
        .is_some_and(|v| terminal && !v.to_ascii_lowercase().contains("utf"));
    Style { width: width.unwrap_or(PIPED_WIDTH), colour, top: args.top, ascii }
}
