//! Times as documents write them.
//!
//! In: a JSON value or a cell. Out: milliseconds since 1970 UTC. Fails when: never; what is no time is `None`.
//!
//! Documents name their zone or mean UTC (CloudWatch Insights, Log Analytics); times inside messages are `record::clock`'s.

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

/// A number (by magnitude) or a text.
pub(super) fn of(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(n) => n.as_i64().map_or_else(|| n.as_f64().and_then(from_float), of_number),
        Value::String(s) => of_text(s),
        _ => None,
    }
}

/// A cell of a table or a JSON string.
pub(super) fn of_text(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().and_then(of_number);
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    if let Ok(time) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(time.timestamp_millis());
    }
    let text = text.trim_end_matches(" UTC").trim_end_matches('Z');
    const NAIVE: &[&str] = &[
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%m/%d/%Y, %I:%M:%S%.f %p",
        "%m/%d/%Y %I:%M:%S%.f %p",
        "%Y/%m/%d %H:%M:%S%.f",
        "%m/%d/%Y, %H:%M:%S%.f",
        "%b %d, %Y @ %H:%M:%S%.f",
        "%b %d, %Y, %I:%M:%S%.f %p",
        "%b %d, %Y %I:%M:%S%.f %p",
    ];
    // Newer JavaScript engines put a narrow no-break space before AM and PM.
    let plain = text.replace(['\u{202f}', '\u{a0}'], " ");
    NAIVE
        .iter()
        .find_map(|f| NaiveDateTime::parse_from_str(&plain, f).ok())
        .map(|t| t.and_utc().timestamp_millis())
        .or_else(|| text.parse::<f64>().ok().and_then(from_float))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by size.
pub(super) fn of_number(number: i64) -> Option<i64> {
    match number {
        1_000_000_000..100_000_000_000 => Some(number * 1000),
        100_000_000_000..100_000_000_000_000 => Some(number),
        100_000_000_000_000..100_000_000_000_000_000 => Some(number / 1000),
        100_000_000_000_000_000.. => Some(number / 1_000_000),
        _ => None,
    }
}

fn from_float(number: f64) -> Option<i64> {
    if (1e9..1e11).contains(&number) {
        Some((number * 1000.0).round() as i64)
    } else if (1e11..1e14).contains(&number) {
        Some(number as i64)
    } else {
        None
    }
}
