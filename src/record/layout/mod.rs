//! The emitter's own line layout, read from the peeled text.
//!
//! In: the head line of a record (or the whole text of a pretty-printed JSON object). Out: [`Parsed`].
//! Fails when: never; text that no layout knows is its own message.
//!
//! One family a file; `keys` and `collect` serve all structured formats, `head` and `fields` all text formats.
//! The first bytes choose the family, so that a line is read about once.

use std::borrow::Cow;

use super::clock::parse_prefix;
use super::{Kind, Name, Severity, Stamp, TraceId};

mod access;
mod bracket;
mod collect;
mod dotnet;
mod fields;
mod flat;
mod go;
mod head;
mod json;
mod keys;
mod lambda;
mod logfmt;
mod mark;
mod php;
mod plain;
mod python;
mod redis_server;
mod ruby;
mod rust;
mod skipped;
mod spring;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod two_lines;

pub(crate) use access::{REQUEST, is_common};
pub use mark::{awaits_message, is_frame, is_head};

/// What a layout read from the head of a record.
#[derive(Clone, Debug, Default)]
pub struct Parsed<'a> {
    /// Time written in the record.
    pub time: Option<Stamp>,
    /// Level written in the record.
    pub severity: Severity,
    /// Service named in the record.
    pub service: Option<Name>,
    /// The service was only read off a logger, program or upstream name: a wrapper's or path's service is better.
    pub service_is_guess: bool,
    /// Pod, host or task named in the record.
    pub instance: Option<Name>,
    /// Logger, class, target, category.
    pub logger: Option<Name>,
    /// Trace or request id.
    pub trace: Option<TraceId>,
    /// The id is a request's or job's, not a trace's: a wrapper's trace id is better.
    pub trace_is_request: bool,
    /// The text to match, unescaped. For JSON: the message and every text field that may hold an error
    /// (`error`, `err.message`, `err.stack`, `exception`, `stack_trace`, `@x` …) joined by `\n`, each text once.
    pub message: Cow<'a, str>,
    /// Other fields (`cmd`, `status`, `duration_ms`, `path`, `logger` excluded), flat names joined by `.`.
    pub attributes: Vec<(String, String)>,
    /// What kind of line it is.
    pub kind: Kind,
    /// Name of the layout, for `format` in the report (`json`, `logfmt`, `redis-server`, `spring`, `plain` …).
    pub layout: &'static str,
}

/// Reads the head of a record.
pub fn parse(text: &str) -> Parsed<'_> {
    let bare = text.trim_start_matches(['\u{feff}', ' ', '\t']);
    whole(bare).unwrap_or_else(|| match parse_prefix(bare) {
        Some((stamp, taken)) => timed(bare, stamp, taken),
        None => levelled(bare).unwrap_or_else(|| plain::undated(text)),
    })
}

/// Takes ids, service and fields of text that continues a record (the second line of .NET's console, a joined line).
pub fn read_fields(text: &str, parsed: &mut Parsed<'_>) {
    // The frames of a trace carry no ids of their record; behind a head without a message stands the message.
    if !parsed.message.is_empty() {
        return fields::read_below(text, parsed);
    }
    let text = text.trim_start();
    if parsed.severity == Severity::Unknown
        && let Some((severity, _)) = head::level(text)
    {
        parsed.severity = severity;
    }
    fields::read(text, parsed);
}

/// True if the text begins as a line of redis-server's own log.
pub(super) fn is_server_head(text: &str) -> bool {
    redis_server::is_head(text)
}

/// Layouts that own their line from the first byte.
fn whole(text: &str) -> Option<Parsed<'_>> {
    let first = *text.as_bytes().first()?;
    match first {
        b'{' => return json::parse(text),
        b'=' => return two_lines::parse(text),
        b'[' => {
            if let Some(parsed) =
                redis_server::parse(text).or_else(|| lambda::python(text)).or_else(|| bracket::parse(text)).or_else(|| bracket::nest(text))
            {
                return Some(parsed);
            }
        }
        b'0'..=b'9' | b':' => {
            if let Some(parsed) = redis_server::parse(text) {
                return Some(parsed);
            }
        }
        b'a'..=b'z' | b'A'..=b'Z' | b'@' => {
            if let Some(parsed) = two_lines::parse(text) {
                return Some(parsed);
            }
            if let Some(parsed) = skipped::parse(text) {
                return Some(parsed);
            }
            let found = if text.as_bytes().get(1) == Some(&b',') {
                ruby::logger(text).map(|mut parsed| {
                    requests(&mut parsed);
                    parsed
                })
            } else {
                go::klog(text)
                    .or_else(|| dotnet::simple(text))
                    .or_else(|| logfmt::parse(text))
                    .or_else(|| lambda::platform(text))
                    .or_else(|| go::logrus_tty(text))
                    .or_else(|| redis_server::parse(text))
            };
            if found.is_some() {
                return found;
            }
        }
        _ => {}
    }
    access::parse(text)
}

/// Layouts with a level but no time at the start.
fn levelled(text: &str) -> Option<Parsed<'_>> {
    let mut parsed = Parsed { layout: "python", ..Parsed::default() };
    let message = python::basic(text, &mut parsed)?;
    finish(&mut parsed, message);
    Some(parsed)
}

/// Layouts that begin with a time.
fn timed(text: &str, stamp: Stamp, taken: usize) -> Parsed<'_> {
    let written = text.get(..taken).unwrap_or("");
    let rest = text.get(taken..).unwrap_or("");
    let open = written.starts_with('[') && !written.contains(']');
    let mut parsed = Parsed { time: Some(stamp), layout: "plain", ..Parsed::default() };
    if rest.starts_with('{')
        && let Some(mut inner) = json::parse(rest)
    {
        inner.time = inner.time.or(Some(stamp));
        return inner;
    }
    if go::zap(rest, &mut parsed).is_some() {
        return parsed;
    }
    if !open && php::monolog(rest, &mut parsed).is_some() {
        return parsed;
    }
    let (message, layout) = named(written, rest, open, &mut parsed);
    parsed.layout = layout;
    finish(&mut parsed, message);
    parsed
}

/// The message behind a time and the name of its layout.
fn named<'a>(written: &str, rest: &'a str, open: bool, parsed: &mut Parsed<'a>) -> (&'a str, &'static str) {
    if open {
        if let Some(message) = python::celery(rest, parsed) {
            return (message, "python");
        }
        if let Some(message) = dotnet::serilog(rest, parsed) {
            return (message, "dotnet");
        }
        if let Some(message) = rust::env_logger(rest, parsed) {
            return (message, "env_logger");
        }
    }
    let first = rest.as_bytes().first().copied().unwrap_or(0);
    match first {
        b'|' => {
            if let Some(message) = python::loguru(rest, parsed) {
                return (message, "python");
            }
        }
        b'p' => {
            if let Some(message) = ruby::sidekiq(rest, parsed) {
                return (message, "ruby");
            }
        }
        b'[' => {
            if let Some(message) = python::structlog(rest, parsed) {
                return (message, "python");
            }
            if python::is_gunicorn(rest) || written.contains(',') {
                return (plain::dated(rest, parsed), "python");
            }
            if spring::is_logback(rest) {
                return (plain::dated(rest, parsed), "spring");
            }
            return (plain::dated(rest, parsed), "bracket");
        }
        b'0'..=b'9' | b'a'..=b'f' | b'u' => {
            if let Some(message) = lambda::node(rest, parsed) {
                return (message, "lambda");
            }
        }
        _ => {}
    }
    if let Some(after) = dotnet::category(rest, parsed) {
        return (after.trim_start(), "dotnet");
    }
    if let Some(message) = spring::boot(rest, parsed) {
        return (message, "spring");
    }
    if let Some(message) = rust::tracing(rest, parsed) {
        return (message, "tracing");
    }
    if matches!(parsed.time.map(|stamp| stamp.written), Some(super::Written::NoDate(_)))
        && let Some(message) = go::short_level(rest, parsed)
    {
        return (message, "zerolog");
    }
    let layout = if python::is_usual(written, rest) { "python" } else { "plain" };
    (plain::dated(rest, parsed), layout)
}

/// Sets the message, and reads the fields and the request in it.
fn finish<'a>(parsed: &mut Parsed<'a>, message: &'a str) {
    fields::read(message, parsed);
    parsed.message = Cow::Borrowed(message);
    access::in_message(message, parsed);
}

/// Reads a request in the message that is set already.
fn requests(parsed: &mut Parsed<'_>) {
    let message = std::mem::take(&mut parsed.message);
    fields::read(&message, parsed);
    access::in_message(&message, parsed);
    parsed.message = message;
}
