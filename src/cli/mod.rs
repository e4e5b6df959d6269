//! The command line: one file a subcommand; the library never sees it.
//!
//! In: arguments. Out: text on stdout, errors on stderr, an exit code. Fails when: [`exit::Exit`] says so.

mod analyse;
mod args;
mod check;
mod config;
mod events;
mod exit;
mod explain;
mod patterns;
mod progress;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;

use args::{Args, Command};
use exit::Exit;

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(e) => {
            // clap writes help to stdout and errors to stderr by itself.
            let _ = e.print();
            return if e.use_stderr() { Exit::Unable.into() } else { Exit::Analysed.into() };
        }
    };
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    // The first Ctrl-C ends the reading and gives the report of what was read; the second ends the process.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    });
    let exit = match args.command {
        None => analyse::run(&args.analyse, &cancel),
        Some(Command::Events(a)) => events::run(&a, &cancel),
        Some(Command::Patterns { what, patterns }) => patterns::run(&what, patterns.as_deref()),
        Some(Command::Schema) => {
            say(&whyredis::report::schema::text());
            Exit::Analysed
        }
        Some(Command::Check(a)) => check::run(&a, &cancel),
        Some(Command::Explain { cause, patterns }) => explain::run(cause.as_deref(), patterns.as_deref()),
    };
    exit.into()
}

/// Writes to stdout; a closed pipe downstream is not an error.
pub(crate) fn say(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Writes a complaint to stderr.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "whyredis: {text}");
}
