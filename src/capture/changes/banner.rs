//! Applications that start or stop: banners of frameworks and servers, signal lines.
//!
//! In: a message. Out: a restart. Fails when: the words are in a sentence of another meaning.

use super::application::is_version;
use super::{ChangeKind, Found, Reading};

pub(super) const ANCHORS: &[&str] = &[
    "tarted ",
    "tarting ",
    "boot",
    "Booting worker with pid",
    "Starting gunicorn",
    "Application startup complete",
    "Uvicorn running on",
    "istening on",
    "istening at",
    "Booting Puma",
    "Running on http",
    " ready.",
    "Starting processing, hit Ctrl-C to stop",
    "Application started. Press Ctrl+C",
    "application successfully started",
    "SIGTERM",
    "ommencing graceful shutdown",
    "Shutting down",
    "Worker exiting",
    "Handling signal: term",
    "Gracefully stopping",
];

/// Marks that no other sentence holds.
const STARTS: &[&str] = &[
    "Booting worker with pid",
    "Starting gunicorn",
    "Application startup complete",
    "Uvicorn running on",
    "Booting Puma",
    "Starting processing, hit Ctrl-C to stop",
    "Application started. Press Ctrl+C",
    "application successfully started",
];

const STOPS: &[&str] = &["ommencing graceful shutdown", "Worker exiting", "Handling signal: term", "Gracefully stopping"];

pub(super) fn read(text: &str, _reason: Option<&str>) -> Option<Found> {
    let line = text.lines().next()?.trim();
    let started = STARTS.iter().any(|mark| line.contains(mark)) || spring(line) || listening(line) || celery(line);
    if started {
        return Some(Found::new(ChangeKind::Restart, format!("started: {line}")));
    }
    let signal = line.contains("SIGTERM")
        && ["eceived", "Got ", "got ", "aught", "signal"].iter().any(|w| line.contains(w))
        && !line.contains("SIGTERM handler");
    let closing = line.strip_prefix("INFO:").unwrap_or(line).trim_start().starts_with("Shutting down") && line.len() <= 80;
    (signal || closing || STOPS.iter().any(|mark| line.contains(mark)))
        .then(|| Found::new(ChangeKind::Restart, format!("stopping: {line}")))
}

/// `starting checkout-api`, `checkout-api v5.1.0 booting`, of the service itself. `version`: it says which, so it is known what runs
/// from now on, as after a deploy.
pub(super) fn own_start(body: &str, service: &str, version: Option<&str>) -> Option<Reading> {
    let line = body.lines().next()?.trim();
    let words: Vec<&str> = line.split_ascii_whitespace().take(HEAD_WORDS).collect();
    let starts = |word: &&str| BEGINS.iter().any(|begins| word.eq_ignore_ascii_case(begins));
    let own = match words.as_slice() {
        [first, second, ..] if starts(first) => second.trim_end_matches(['.', ',', ':']) == service,
        [first, version, rest @ ..] => {
            *first == service && is_version(version) && rest.iter().any(|word| starts(&word.trim_end_matches([':', ','])))
        }
        _ => false,
    };
    let told = version.is_some() || words.iter().any(|word| is_version(word));
    own.then(|| Reading::Change {
        kind: if told { ChangeKind::Deploy } else { ChangeKind::Restart },
        what: format!("started: {line}"),
        subject: Some(service.to_owned()),
        replicas: None,
    })
}

/// Words of a line in which a service tells of its start.
const HEAD_WORDS: usize = 6;

/// Words that tell of it.
const BEGINS: [&str; 8] = ["starting", "started", "booting", "boot", "booted", "initializing", "launching", "start"];

/// `Started CheckoutApplication in 6.412 seconds (process running for 7.1)`.
fn spring(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("Started ") else { return false };
    let mut words = rest.split(' ');
    let (Some(_), Some("in"), Some(n), Some(unit)) = (words.next(), words.next(), words.next(), words.next()) else { return false };
    n.parse::<f64>().is_ok() && unit.starts_with("seconds")
}

/// `Server listening on :8080`, `Now listening on: http://[::]:8080`, ` * Running on http://…`, `* Listening on http://…`:
/// what follows is a port or an address.
fn listening(line: &str) -> bool {
    for mark in ["istening on port ", "istening on: ", "istening on ", "istening at: ", "istening at ", "Running on "] {
        let Some((before, after)) = line.split_once(mark) else { continue };
        let target = after.split(' ').next().unwrap_or_default();
        let address = target.contains("://")
            || target.starts_with([':', '['])
            || target.rsplit(':').next().is_some_and(|p| (2..=5).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()));
        return address && before.len() <= 160;
    }
    false
}

/// `celery@worker-1 ready.`
fn celery(line: &str) -> bool {
    line.strip_suffix(" ready.").is_some_and(|before| {
        before.rsplit(' ').next().is_some_and(|word| word.starts_with("celery@") || (word.contains('@') && !word.contains('.')))
    })
}
