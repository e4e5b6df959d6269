//! `key=value` in text.
//!
//! In: a message or the content of a bracket. Out: trace, service and attributes of a [`Parsed`]. Fails when: never.

use std::borrow::Cow;

use memchr::memchr_iter;

use super::Parsed;
use crate::record::seek::{Mark, first_line};
use crate::record::trace::{Strength, TraceId};
use crate::record::{name, service};

/// Only so much of a message is searched for fields: they stand in its first line.
const SEARCHED: usize = 8 * 1024;
/// Attributes that one record keeps.
pub(super) const MAX_ATTRIBUTES: usize = 48;
/// Longest attribute value that is kept, in bytes.
const MAX_VALUE: usize = 512;
/// Longest key, in bytes.
const MAX_KEY: usize = 40;

/// Keys in prose that are kept as attributes. Short on purpose: every line is searched for them.
const KEPT: &[&str] = &[
    "cmd",
    "command",
    "status",
    "status_code",
    "duration_ms",
    "duration",
    "elapsed_ms",
    "elapsed",
    "latency_ms",
    "latency",
    "took_ms",
    "took",
    "method",
    "path",
    "uri",
    "url",
    "route",
    "queue",
    "job",
    "pool_size",
    "addr",
    "host",
    "node",
    "redis_node",
    "redis-node",
    "endpoint",
    "code",
    "error_code",
    "attempt",
    "key",
    "component",
    "class",
];

/// Reads what a message carries as `key=value`, `(service: name)` and ids. The message itself stays as it is.
pub(super) fn read(text: &str, parsed: &mut Parsed<'_>) {
    let whole = first_line(text);
    if memchr::memchr3(b'=', b':', b'[', whole.as_bytes()).is_none() {
        return;
    }
    let line = clip(whole, SEARCHED);
    if (parsed.trace.is_none() || parsed.trace_is_request)
        && let Some((id, strength)) = TraceId::find_with_strength(whole)
    {
        offer_trace(parsed, id, strength);
    }
    for (key, value) in pairs(line) {
        if is_service(key) {
            offer_service(parsed, &value);
        } else if KEPT.contains(&key) {
            attribute(parsed, key, &value);
        }
    }
    if parsed.service.is_none() {
        named_in_parens(line, parsed);
    }
}

/// Lines below a message that are searched for its fields.
const BELOW: usize = 24;

/// Reads ids and the service from indented lines below a message: `    trace_id: "…"` of pino-pretty, `    in span with trace_id: …` of
/// tracing's pretty form. Stack frames and prose have no such keys.
pub(super) fn read_below(text: &str, parsed: &mut Parsed<'_>) {
    for line in text.lines().take(BELOW) {
        let bare = line.trim_start();
        if bare.len() == line.len() || bare.starts_with("at ") {
            continue;
        }
        let list = bare.strip_prefix("in ").and_then(|span| span.split_once(" with ")).map_or(bare, |(_, pairs)| pairs);
        for pair in list.split(", ") {
            let Some((key, value)) = pair.split_once(": ").or_else(|| pair.split_once('=')) else { break };
            if TraceId::strength(key).is_some() || is_service(key) {
                take(key, value.trim_matches(['"', '\'', ',', ' ']), parsed);
            }
        }
    }
}

/// Takes one pair that a layout carries on purpose (a bracket tag, a span's field): everything is kept.
pub(super) fn take(key: &str, value: &str, parsed: &mut Parsed<'_>) {
    if let Some(strength) = TraceId::strength(key) {
        if let Some(id) = TraceId::from_key(key, value) {
            offer_trace(parsed, id, strength);
        }
    } else if is_service(key) {
        offer_service(parsed, value);
    } else if !matches!(key, "span_id" | "spanId" | "dd.span_id" | "dd.env" | "dd.version" | "trace_sampled" | "trace_flags") {
        attribute(parsed, key, value);
    }
}

/// Takes the pairs of a bracket's or a span's content; true if there was one.
pub(super) fn take_all(content: &str, parsed: &mut Parsed<'_>) -> bool {
    let mut any = false;
    for (key, value) in pairs(content) {
        take(key, &value, parsed);
        any = true;
    }
    any
}

/// Keeps the better id: a trace's over a request's, the first over later ones.
pub(super) fn offer_trace(parsed: &mut Parsed<'_>, id: TraceId, strength: Strength) {
    let request = strength == Strength::Request;
    if parsed.trace.is_none() || (parsed.trace_is_request && !request) {
        parsed.trace = Some(id);
        parsed.trace_is_request = request;
    }
}

/// Sets the service that the record names, unless it is a placeholder.
pub(super) fn offer_service(parsed: &mut Parsed<'_>, name: &str) {
    // `namespace/name` of Kubernetes and Argo CD.
    let name = name.trim().rsplit('/').next().unwrap_or("");
    let empty = name.is_empty() || matches!(name, "-" | "null" | "None" | "undefined" | "unknown_service");
    if !empty && name.len() <= 128 && (parsed.service.is_none() || parsed.service_is_guess) {
        parsed.service = Some(crate::record::name(name));
        parsed.service_is_guess = false;
    }
}

/// Sets a service read off a logger or program, where nothing better is known.
pub(super) fn guess_service(parsed: &mut Parsed<'_>, guess: Option<impl AsRef<str>>) {
    if parsed.service.is_none()
        && let Some(guess) = guess
    {
        parsed.service = Some(name(guess.as_ref()));
        parsed.service_is_guess = true;
    }
}

/// Sets the logger, and guesses the service by it.
pub(super) fn set_logger(parsed: &mut Parsed<'_>, logger: &str) {
    let logger = logger.trim();
    if !logger.is_empty() && logger.len() <= 256 {
        guess_service(parsed, service::from_logger(logger));
        parsed.logger = Some(name(logger));
    }
}

/// Keeps an attribute; a later value of the same key replaces the former.
pub(super) fn attribute(parsed: &mut Parsed<'_>, key: &str, value: &str) {
    let value = clip(value, MAX_VALUE);
    if let Some((_, old)) = parsed.attributes.iter_mut().find(|(known, _)| known == key) {
        value.clone_into(old);
    } else if parsed.attributes.len() < MAX_ATTRIBUTES {
        parsed.attributes.push((key.to_owned(), value.to_owned()));
    }
}

/// At most `most` bytes, cut between characters.
pub(super) fn clip(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

fn is_service(key: &str) -> bool {
    matches!(
        key,
        "service"
            | "Service"
            | "service.name"
            | "resource.service.name"
            | "dd.service"
            | "service_name"
            | "serviceName"
            | "app"
            | "application"
            | "Application"
            | "svc"
    )
}

/// The `key=value` pairs of a line. A key stands at the start or behind a blank or an opening mark.
pub(super) fn pairs(line: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let bytes = line.as_bytes();
    let mut done = 0;
    memchr_iter(b'=', bytes).filter_map(move |at| {
        if at < done {
            return None;
        }
        let before = line.get(done..at)?;
        let word = before
            .bytes()
            .rev()
            .take(MAX_KEY + 1)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@'))
            .count();
        let start = at - word;
        let lead = start.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        let key = line.get(start..at)?;
        if word == 0
            || word > MAX_KEY
            || !matches!(lead, b' ' | b'\t' | b'(' | b'[' | b'{' | b',' | b'|' | b';')
            || !key.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '@')
        {
            return None;
        }
        let (value, taken) = value(line.get(at + 1..)?);
        done = at + 1 + taken;
        Some((key, value))
    })
}

/// The value behind a `=` and its length: quoted with escapes, or up to a blank or a closing mark.
pub(super) fn value(rest: &str) -> (Cow<'_, str>, usize) {
    if let Some(inner) = rest.strip_prefix('"') {
        let mut at = 0;
        let mut escaped = false;
        while let Some(step) = memchr::memchr2(b'"', b'\\', inner.as_bytes().get(at..).unwrap_or(&[])) {
            at += step;
            if inner.as_bytes().get(at) == Some(&b'"') {
                let text = inner.get(..at).unwrap_or("");
                return (if escaped { Cow::Owned(super::flat::unescape(text)) } else { Cow::Borrowed(text) }, at + 2);
            }
            escaped = true;
            at += 2;
        }
        // An open quote: a line cut in the middle.
        return (if escaped { Cow::Owned(super::flat::unescape(inner)) } else { Cow::Borrowed(inner) }, rest.len());
    }
    let end = rest.bytes().position(|byte| matches!(byte, b' ' | b'\t' | b',' | b')' | b']' | b'}' | b';' | b'"')).unwrap_or(rest.len());
    (Cow::Borrowed(rest.get(..end).unwrap_or("")), end)
}

/// `… (service: order-service)`: in prose a colon counts only where brackets close the name.
fn named_in_parens(line: &str, parsed: &mut Parsed<'_>) {
    const KEY: &str = "service:";
    const SERVICE: Mark = Mark::new(KEY);
    let Some(at) = SERVICE.find(line.as_bytes()) else { return };
    // `…, service: name` of slog's terminal.
    let listed = at.checked_sub(2).and_then(|at| line.get(at..at + 2)) == Some(", ");
    let open = at.checked_sub(1).and_then(|at| line.as_bytes().get(at));
    let rest = line.get(at + KEY.len()..).map(str::trim_start);
    let name = rest.and_then(|rest| rest.split_once([')', ']', ',', ' '])).map(|(name, _)| name).or(rest.filter(|_| listed));
    if (listed || matches!(open, Some(b'(' | b'[')))
        && let Some(name) = name
        && service::from_program(name).is_some()
    {
        offer_service(parsed, name);
    }
}
