//! What the tests of layouts share.

use chrono::DateTime;

use super::{Parsed, parse};
use crate::record::clock::{Clock, Zone};

/// Parses a line.
pub(super) fn read(line: &str) -> Parsed<'_> {
    parse(line)
}

/// The record's own time, settled as UTC near the incident of the samples.
pub(super) fn ms(parsed: &Parsed<'_>) -> Option<String> {
    let clock = Clock { zone: Zone::UTC, anchor_ms: 1_705_482_003_000 };
    let (ms, _) = clock.settle(parsed.time?);
    Some(DateTime::from_timestamp_millis(ms)?.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// The trace as text.
pub(super) fn trace<'a>(parsed: &'a Parsed<'_>) -> Option<&'a str> {
    parsed.trace.as_ref().map(|id| id.as_str())
}

/// An attribute.
pub(super) fn attribute<'a>(parsed: &'a Parsed<'_>, key: &str) -> Option<&'a str> {
    parsed.attributes.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}
