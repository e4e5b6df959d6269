//! Exit codes. In: what happened. Out: a number. Fails when: never.

use std::process::ExitCode;

/// How the process ends; a stable contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Analysed.
    Analysed,
    /// A finding at or over `--fail-on`, or a failed check.
    Found,
    /// Could not analyse: bad usage, unreadable input, broken patterns.
    Unable,
    /// Interrupted; the report of what was read was given.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Analysed => 0,
            Exit::Found => 1,
            Exit::Unable => 2,
            Exit::Interrupted => 130,
        })
    }
}
