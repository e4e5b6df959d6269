//! What stands between a time and a message, for layouts without a grammar of their own.
//!
//! In: text behind the time. Out: level, logger, ids and tags of a [`Parsed`]; the text that is left is the message. Fails when: never.

use super::{Parsed, fields};
use crate::record::seek::{Mark, cut, has};
use crate::record::severity::Severity;
use crate::record::trace::{Strength, TraceId};

/// Elements that a head may have (`time pid [level] [thread] [ids] [node] logger -`).
const MAX_ELEMENTS: usize = 10;
/// Longest content of a bracket in a head, in bytes.
const MAX_BRACKET: usize = 300;

/// What the walk found besides what it put into the record.
#[derive(Default)]
pub(super) struct Walked<'a> {
    /// The message.
    pub(super) rest: &'a str,
    /// The last bracket that is a plain word, a dotted one before others.
    pub(super) tag: Option<&'a str>,
    /// A level was found.
    pub(super) level: bool,
    /// A logger was found in its own place.
    pub(super) logger: bool,
}

/// Walks over levels, brackets, process ids, separators and loggers. Stops at the first thing that may be prose.
pub(super) fn walk<'a>(text: &'a str, parsed: &mut Parsed<'_>) -> Walked<'a> {
    let mut seen = Walked { rest: text, level: parsed.severity != Severity::Unknown, ..Walked::default() };
    for _ in 0..MAX_ELEMENTS {
        let rest = seen.rest.trim_start_matches([' ', '\t']);
        let Some(after) = element(rest, &mut seen, parsed) else {
            seen.rest = rest;
            break;
        };
        seen.rest = after;
    }
    seen.rest = seen.rest.trim_start_matches([' ', '\t']);
    if !seen.logger
        && let Some(tag) = seen.tag
    {
        fields::set_logger(parsed, tag);
    }
    seen
}

/// Takes one element; `None` at the message.
fn element<'a>(rest: &'a str, seen: &mut Walked<'a>, parsed: &mut Parsed<'_>) -> Option<&'a str> {
    if let Some((content, after)) = bracket(rest) {
        return in_bracket(content, seen, parsed).then_some(after);
    }
    for separator in ["- ", "-- ", "| ", ": "] {
        if let Some(after) = rest.strip_prefix(separator) {
            return Some(after);
        }
    }
    // An id alone, as MDC layouts set it: `ERROR 65a79711-ce49-4dea-a0cf-ce118f4fe8a1 message`.
    if begins_id(rest)
        && let Some((word, after)) = rest.split_once(' ')
        && ids(word, parsed)
    {
        return Some(after);
    }
    if !seen.level
        && let Some((severity, after)) = level(rest)
    {
        parsed.severity = severity;
        seen.level = true;
        return Some(after);
    }
    // A process id, where a level follows soon.
    if !seen.level {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(after) = rest.get(digits..).filter(|after| digits > 0 && after.starts_with(' ')) {
            let bare = after.trim_start();
            let next = bare.split_once(' ').map_or("", |(_, next)| next);
            if level(bare).is_some()
                || level(next).is_some()
                || bracket(bare).is_some_and(|(content, _)| Severity::from_word(content.trim()) != Severity::Unknown)
            {
                return Some(after);
            }
        }
        // `TID-8zkv36o WARN:`, `pid=1` right before a level.
        if let Some((word, after)) = cut(rest, b' ')
            && word.len() <= 24
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && !word.ends_with(':')
            && level(after).is_some()
        {
            return Some(after);
        }
    }
    // JBoss: `[logger] (thread) message`.
    if seen.level
        && seen.tag.is_some_and(|tag| has(tag, b'.') || matches!(tag, "stderr" | "stdout"))
        && let Some((_, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'))
    {
        return Some(after);
    }
    if seen.level
        && let Some((name, after)) = program(rest)
    {
        fields::guess_service(parsed, crate::record::service::from_program(name));
        return Some(after);
    }
    if seen.logger {
        return None;
    }
    logger(rest, seen.level).map(|(name, after)| {
        fields::set_logger(parsed, name);
        seen.logger = true;
        after
    })
}

/// `(name/pid): ` and `(name/pid on host): ` of pino-pretty, `name/pid on host: ` of bunyan's tool.
fn program(rest: &str) -> Option<(&str, &str)> {
    const COLON: Mark = Mark::new(": ");
    const ON: Mark = Mark::new(" on ");
    let rest = rest.strip_prefix(": ").unwrap_or(rest);
    let (inside, after) = match rest.strip_prefix('(') {
        Some(inside) => inside.split_once("): ")?,
        None => COLON.cut(rest).filter(|(inside, _)| ON.is_in(inside))?,
    };
    let (name, process) = inside.split_once('/')?;
    let (pid, host) = process.split_once(" on ").unwrap_or((process, ""));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (plain(name) && plain(host) && !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit())).then_some((name, after))
}

/// Reads what a bracket holds; false when it is prose.
fn in_bracket<'a>(content: &'a str, seen: &mut Walked<'a>, parsed: &mut Parsed<'_>) -> bool {
    let word = content.trim();
    if word.is_empty() {
        return true;
    }
    if !seen.level {
        let severity = Severity::from_word(word);
        if severity != Severity::Unknown {
            parsed.severity = severity;
            seen.level = true;
            return true;
        }
    }
    // `[TimeoutException: …]`, as ASP.NET prints it.
    let colon = memchr::memchr(b':', word.as_bytes()).is_some();
    if colon
        && word
            .split_once(": ")
            .is_some_and(|(class, _)| (class.ends_with("Exception") || class.ends_with("Error")) && !class.contains(' '))
    {
        return false;
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        // A process id; after the logger it is prose (`[111]`).
        return !seen.logger;
    }
    if colon
        && let Some((key, value)) = word.split_once(':')
        && !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    {
        // `[cart.py:45]` is a place in the source.
        if value.bytes().all(|byte| byte.is_ascii_digit()) && key.contains('.') {
            return true;
        }
        if !value.trim().is_empty()
            && !value.trim().contains(' ')
            && !value.starts_with("//")
            && key.starts_with(|letter: char| letter.is_ascii_alphabetic())
        {
            fields::take(key, value.trim(), parsed);
            return true;
        }
    }
    // `[channel=0x8f5f, /10.0.0.1:52310 -> cache:6379]` of Netty's clients names the peer: it stays in the message.
    if word.contains('=') && fields::take_all(word, parsed) {
        return !word.contains(" -> ");
    }
    if ids(word, parsed) {
        return true;
    }
    if word.contains(' ') || word.len() > 80 || !word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        // `[HikariPool-1 connection adder]` is a thread, but only before the level; `[Errno 111]` begins the message.
        return !seen.level;
    }
    if seen.logger {
        return false;
    }
    // A dotted name is the logger; plain words beside it name nodes and threads.
    if !seen.tag.is_some_and(|tag| has(tag, b'.')) {
        seen.tag = Some(word);
    }
    true
}

/// `service,trace,span[,exported]`, `trace-span`, `trace,span`, a UUID, 32 hex digits; true if the content is made of ids.
pub(super) fn ids(word: &str, parsed: &mut Parsed<'_>) -> bool {
    let hex = |text: &str, lengths: &[usize]| lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut parts = word.split(',').map(str::trim);
    if let (Some(name), Some(trace), Some(span)) = (parts.next(), parts.next(), parts.next()) {
        if !(trace.is_empty() || hex(trace, &[16, 32])) || !(span.is_empty() || hex(span, &[16])) || name.contains(' ') {
            return false;
        }
        fields::offer_service(parsed, name);
        if let Some(id) = TraceId::from_key("b3", trace) {
            fields::offer_trace(parsed, id, Strength::Trace);
        }
        return true;
    }
    if let Some((trace, span)) = cut(word, b'-').or_else(|| cut(word, b','))
        && hex(trace, &[32])
        && hex(span.trim_start(), &[16])
    {
        if let Some(id) = TraceId::canonical(trace) {
            fields::offer_trace(parsed, id, Strength::Trace);
        }
        return true;
    }
    let uuid = word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() });
    if uuid || hex(word, &[32]) {
        if let Some(id) = TraceId::canonical(word) {
            fields::offer_trace(parsed, id, Strength::Request);
        }
        return true;
    }
    false
}

/// Eight hexadecimal digits: how a UUID and the 32 digits of a trace begin; few words do.
fn begins_id(text: &str) -> bool {
    text.as_bytes().get(..8).is_some_and(|head| head.iter().all(u8::is_ascii_hexdigit))
}

/// A bracket's content and what follows it.
pub(super) fn bracket(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?;
    let end = inner.bytes().take(MAX_BRACKET).position(|byte| matches!(byte, b']' | b'\n'))?;
    (inner.as_bytes().get(end) == Some(&b']')).then(|| (inner.get(..end).unwrap_or(""), inner.get(end + 1..).unwrap_or("")))
}

/// A level word at the start, and the text behind it and its colon. `ERR` is left alone: it begins Redis' own errors.
/// Words in lower case need a mark behind them; `Error: …` names an exception.
pub(super) fn level(text: &str) -> Option<(Severity, &str)> {
    let length = text.bytes().take(14).take_while(u8::is_ascii_alphabetic).count();
    let word = text.get(..length)?;
    let after = text.get(length..)?;
    let severity = Severity::from_tag(word);
    // `panic: …` is the end of a Go program and belongs to what was logged right before.
    if severity == Severity::Unknown || matches!(word, "ERR" | "panic") {
        return None;
    }
    let next = after.bytes().next();
    let upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let lower = word.bytes().all(|byte| byte.is_ascii_lowercase());
    let closed = match next {
        None | Some(b'\t' | b'|' | b']') => true,
        Some(b':') => (upper || lower) && matches!(after.as_bytes().get(1), Some(b' ' | b'\t') | None),
        Some(b' ') => upper,
        Some(b'/') => false,
        _ => false,
    };
    closed.then(|| (severity, after.strip_prefix(':').unwrap_or(after)))
}

/// A logger at the start, by the mark behind it: `name - `, `name : `, `a.b.c: `, and after a level a lower-case dotted name alone.
fn logger(text: &str, level_seen: bool) -> Option<(&str, &str)> {
    let (word, after) = cut(text, b' ')?;
    if word.len() > 120 || !word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
        return None;
    }
    if let Some(name) = word.strip_suffix(':') {
        // `client.go:88:` is a place in the source.
        if name.rsplit_once(".go:").is_some_and(|(_, line)| line.bytes().all(|byte| byte.is_ascii_digit())) {
            return Some((name, after));
        }
        let known = (is_dotted(name) && !is_exception(name) && !is_host(name))
            || crate::record::service::from_logger(name).as_deref() == Some(name);
        return known.then_some((name, after));
    }
    if !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b'-' | b':')) {
        return None;
    }
    let bare = after.trim_start_matches(' ');
    for separator in ["- ", "-- ", ": ", "| "] {
        if let Some(message) = bare.strip_prefix(separator) {
            // `Slow command - …` is prose; a name that stands alone between level and dash is a logger.
            return (level_seen || is_dotted(word) || bare.starts_with("- ")).then_some((word, message)).filter(|_| !is_exception(word));
        }
    }
    (level_seen && is_dotted(word) && !is_host(word) && !is_exception(word) && word.bytes().all(|byte| !byte.is_ascii_uppercase()))
        .then_some((word, after))
}

/// `a.b`, `a.b.C`, `a::b`: segments that are identifiers, two at least.
fn is_dotted(name: &str) -> bool {
    let mut segments = 0;
    for segment in name.split(['.', ':']).filter(|segment| !segment.is_empty()) {
        segments += 1;
        let identifier = segment.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-'));
        if !identifier {
            return false;
        }
    }
    segments >= 2
}

/// Class names of errors begin a message.
fn is_exception(name: &str) -> bool {
    const EXCEPTIONS: Mark = Mark::new(".exceptions.");
    // `redis.exceptions.InvalidResponse`: the module says what the name does not.
    EXCEPTIONS.is_in(name)
        || ["Error", "Exception", "Failure", "Timeout", "Warning", "Interrupt", "Refused"].iter().any(|ending| name.ends_with(ending))
}

/// Host names are addresses in a message.
fn is_host(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(
        last,
        "local" | "internal" | "com" | "net" | "org" | "io" | "svc" | "cluster" | "dev" | "cloud" | "example" | "lan" | "localdomain"
    )
}
