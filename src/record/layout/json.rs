//! JSON records of applications: zap, zerolog, logrus, slog, pino, bunyan, winston, structlog, python-json-logger, ECS, logstash,
//! Serilog CLEF, .NET console, tracing, Cloud Logging payloads, lograge, Monolog, Lambda, ElastiCache engine log.
//!
//! In: text that begins with `{`. Out: [`Parsed`]. Fails when: never; `None` when it is no JSON object (then it is plain text).
//!
//! The formats differ in names only, so one table of names (`keys`) reads them all.

use super::collect::Collector;
use super::flat::{self, Field};
use super::{Parsed, redis_server};

#[cfg(test)]
mod tests;

/// Braces of a line that are tried as the start of its context.
const CONTEXT_TRIES: usize = 4;

/// Reads a JSON object; text behind it (a stack trace that was joined) stays part of the message.
pub(super) fn parse(text: &str) -> Option<Parsed<'_>> {
    let (fields, taken) = flat::read(text)?;
    if fields.iter().any(|field| field.path == "CacheClusterId")
        && let Some(parsed) = redis_server::elasticache(&fields)
    {
        return Some(parsed);
    }
    let mut parsed = of_fields(fields, "json");
    if parsed.message.is_empty() {
        // Requests, gauges and engine records: their fields are the text, as written.
        parsed.message = text.into();
        return Some(parsed);
    }
    let behind = text.get(taken..).unwrap_or("").trim_end();
    if !behind.trim_start().is_empty() {
        let message = parsed.message.to_mut();
        message.push('\n');
        message.push_str(behind.trim_start_matches(['\n', '\r']));
    }
    Some(parsed)
}

/// The record of a list of fields.
pub(super) fn of_fields<'a>(fields: Vec<Field<'a>>, layout: &'static str) -> Parsed<'a> {
    collect(fields).finish(layout, true)
}

fn collect(fields: Vec<Field<'_>>) -> Collector<'_> {
    let mut collector = Collector::default();
    for field in fields {
        collector.take(field);
    }
    collector
}

/// Takes a JSON object that ends a text line (`… {"trace_id":"…"} []` of Monolog and Laravel, zap's console) into what was read so far.
/// The texts of its errors are joined to the message.
pub(super) fn take_context<'a>(fields: Vec<Field<'a>>, parsed: &mut Parsed<'a>) {
    let context = collect(fields).finish(parsed.layout, false);
    if let Some(service) = context.service {
        if context.service_is_guess {
            super::fields::guess_service(parsed, Some(service));
        } else {
            super::fields::offer_service(parsed, &service);
        }
    }
    if context.trace.is_some() && (parsed.trace.is_none() || (parsed.trace_is_request && !context.trace_is_request)) {
        parsed.trace = context.trace;
        parsed.trace_is_request = context.trace_is_request;
    }
    for (key, value) in context.attributes {
        super::fields::attribute(parsed, &key, &value);
    }
    if !context.message.is_empty() && !parsed.message.contains(context.message.as_ref()) {
        let message = parsed.message.to_mut();
        message.push('\n');
        message.push_str(&context.message);
    }
}

/// The time among the fields of a context.
pub(super) fn time_of(fields: &[Field<'_>]) -> Option<crate::record::clock::Stamp> {
    collect(fields.to_vec()).finish("json", false).time
}

/// Splits a line at the JSON object that ends it (up to ` []` behind): the text before and the object's fields.
pub(super) fn split_context(text: &str) -> Option<(&str, Vec<Field<'_>>)> {
    let end = text.trim_end();
    let end = end.strip_suffix("[]").map_or(end, str::trim_end);
    let end = if end.ends_with('}') { end } else { return None };
    // The object begins at the first ` {"` that reads through to the end; a message may hold braces of its own.
    let mut from = 0;
    for _ in 0..CONTEXT_TRIES {
        let at = from + end.get(from..)?.find("{\"")?;
        if let Some((mut fields, taken)) = end.get(at..).and_then(flat::read) {
            let behind = end.get(at + taken..).unwrap_or("").trim_start();
            // Monolog sets what its processors added behind the context.
            let extra = flat::read(behind);
            if behind.is_empty() || behind.starts_with('{') {
                fields.extend(extra.into_iter().flat_map(|(extra, _)| extra));
                return Some((text.get(..at)?.trim_end(), fields));
            }
        }
        from = at + 2;
    }
    None
}
