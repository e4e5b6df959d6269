//! What the user typed. In: arguments. Out: [`Args`]; nothing is done here. Fails when: clap refuses, with its reason.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Reads logs and says why Redis is failing, with proof, and what to do now.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) analyse: Analyse,
}

const EXAMPLES: &str = "\
Examples:
  kubectl logs -n prod -l app=checkout --prefix --timestamps --tail=-1 | whyredis
  whyredis incident-2024-01-17/            a folder of logs, captures and rotated files
  whyredis --since 30m --service checkout app.log redis.log
  whyredis --format json app.log | jq '.incidents[0].causes[0]'
  whyredis events app.log | jq -r .symptom | sort | uniq -c
  whyredis explain pool-too-small          the built-in runbook of a cause
  whyredis check tests/logs/               sample logs against the expect.toml beside them

Exit codes: 0 analysed; 1 a finding at or over --fail-on, or a failed check;
2 could not analyse; 130 interrupted (the report of what was read is given).";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print every event as one JSON object a line, without diagnosis
    Events(EventsArgs),
    /// Show and check the patterns: signatures, symptoms, causes
    Patterns {
        #[command(subcommand)]
        what: PatternsCommand,
        /// A folder of TOML files laid over the built-in patterns
        #[arg(long, value_name = "DIR", global = true)]
        patterns: Option<PathBuf>,
    },
    /// Print the JSON Schema of the report
    Schema,
    /// Judge sample logs by the `expect.toml` beside them
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Print the built-in runbook of a cause, or the general part of the runbook
    Explain {
        /// Cause id, e.g. `maxclients-too-low`; without it: health targets, impact by function, alerts, escalation, templates
        cause: Option<String>,
        /// A folder of TOML files laid over the built-in patterns
        #[arg(long, value_name = "DIR")]
        patterns: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PatternsCommand {
    /// List signatures, symptoms and causes
    List,
    /// Show one entry as written
    Show {
        /// Id of a signature, symptom or cause
        id: String,
    },
    /// Check every entry: ids, references, examples, near misses, overlaps
    Check {
        /// Logs without trouble, or folders of them: needles that they are full of are named
        #[arg(long, value_name = "PATH", num_args = 1..)]
        healthy: Vec<PathBuf>,
    },
    /// Count signatures by emitter and by symptom
    Coverage {
        /// As the tables of patterns/COVERAGE.md
        #[arg(long)]
        markdown: bool,
    },
    /// Say why a line did or did not match: needle, literal, regex, context, captures
    Explain {
        /// The line in quotes; `-`: one record from standard input
        line: String,
    },
    /// Write a stub for each Redis-looking error of a log that no signature recognises
    Draft {
        /// The log; `-`: standard input
        file: String,
    },
    /// List the prefilter's needles, with their share of candidate lines on a file
    Needles {
        /// A log to count on
        file: Option<PathBuf>,
    },
}

const CHECK_HELP: &str = r#"The keys of expect.toml, all optional, at least one besides args and inputs:
  args = ["--date", "2024-01-17"]          also --tz, --since, --until, --now (default 2024-01-17T12:00Z), --service
  inputs = ["app.log"]                     default: all files of the folder but expect.toml, label.json, ABOUT.md
  verdict = "incident"                     or a list: incident, inconclusive, not-redis, no-incident
  absent = ["oom-killed"]                  symptoms that must not show
  traces = 5                               or { min = 1, max = 9 }
  services = ["checkout-api"]              exactly these; or { include = [..], exclude = [..] }
  [[cause]]                                one for each cause that some incident must name
  any_of = ["dns", "config-change"]        or id = "dns"
  max_rank = 1                             default 1
  min_confidence = 0.6
  [symptoms]                               events of all incidents
  maxclients-reached = { min = 3 }
  [[pointer]]                              anything else of the JSON report
  path = "/incidents/0/status"
  equals = "ongoing"                       or contains = .., or at_least = ..

Exit codes: 0 all hold; 1 something is missed; 2 an expectation is broken."#;

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Folders, searched for `expect.toml`
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Write what is found as what is expected; hand-written keys stay, comments only at the head
    #[arg(long)]
    pub(crate) bless: bool,
    /// A folder of TOML files laid over the built-in patterns
    #[arg(long, value_name = "DIR")]
    pub(crate) patterns: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Gauges and changes, too
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Analyse {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Exit with 1 when an incident of this severity or worse is found
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Causes shown for each incident in text
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(crate) top: usize,
    /// Show why a cause ranked where it did, feature by feature
    #[arg(long, value_name = "CAUSE")]
    pub(crate) why: Option<String>,
    /// A folder of Markdown runbooks with front matter (services, symptoms): those that fit are named and quoted
    #[arg(long, value_name = "DIR")]
    pub(crate) runbooks: Option<PathBuf>,
    /// Only the report: no progress, no hints
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// Columns of the text report (default: the terminal's, 100 when piped)
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<usize>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InputArgs {
    /// Files, folders, globs; `-` or nothing: standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// Only records at or after this time: RFC 3339, `2024-01-17 09:00`, or relative to --now (`30m`, `2h`, `1d`)
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only records before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// The time that relative times count from (default: the current time)
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
    /// Zone of times without one: `UTC`, `+02:00`, `Europe/Berlin`
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// Date near which times without a year or a date lie: `2024-01-17`
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// Name that stands for standard input (a path that carries facts, e.g. the pod's)
    #[arg(long, value_name = "PATH")]
    pub(crate) stdin_name: Option<String>,
    /// Only records of this service (repeatable; records without a service stay)
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Vec<String>,
    /// Worker threads (default: one for each core)
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// Bytes of one block (for tests; the result does not depend on it)
    #[arg(long, default_value_t = 0, value_name = "BYTES", hide = true)]
    pub(crate) block_bytes: usize,
    /// A folder of TOML files laid over the built-in patterns
    #[arg(long, value_name = "DIR")]
    pub(crate) patterns: Option<PathBuf>,
    /// Show passwords, tokens and e-mail addresses as they are
    #[arg(long)]
    pub(crate) no_redact: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// The whole report, schema version 1
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum FailOn {
    Info,
    Warn,
    Error,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}
