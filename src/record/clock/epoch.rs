//! Times as numbers since 1970. In: digits. Out: [`Stamp`]. Fails when: never; `None` when it is no number.

use super::{Stamp, Written};

/// Whole numbers from here on are milliseconds: in seconds it would be the year 5138.
const FROM_MILLIS: u64 = 100_000_000_000;
/// Whole numbers from here on are microseconds.
const FROM_MICROS: u64 = 100_000_000_000_000;
/// Whole numbers from here on are nanoseconds.
const FROM_NANOS: u64 = 100_000_000_000_000_000;
/// First and last second that a number without any mark at the start of a line is believed to be a time (2001 to 2100).
const PLAUSIBLE: std::ops::Range<u64> = 1_000_000_000..4_102_444_800;

/// The instant of a whole number and the digits of its fraction, by magnitude.
fn by_magnitude(whole: u64, fraction: &[u8]) -> Option<Stamp> {
    let fine = !fraction.is_empty();
    let (ms, resolution_ms) = if whole < FROM_MILLIS {
        let mut sub = 0;
        for place in 0..3 {
            sub = sub * 10 + u64::from(fraction.get(place).map_or(0, |byte| byte - b'0'));
        }
        (whole * 1000 + sub, if fine { 1 } else { 1000 })
    } else if whole < FROM_MICROS {
        (whole, 1)
    } else if whole < FROM_NANOS {
        (whole / 1000, 1)
    } else {
        (whole / 1_000_000, 1)
    };
    Some(Stamp { written: Written::Instant(i64::try_from(ms).ok()?), resolution_ms })
}

/// Reads a whole text as a number since 1970: an integer, a decimal fraction, an exponent, or `/Date(ms)/`.
pub(super) fn number(text: &str) -> Option<Stamp> {
    let text = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")).unwrap_or(text);
    let first = *text.as_bytes().first()?;
    if !first.is_ascii_digit() && first != b'-' {
        return None;
    }
    // Rare: `1.705482001204E9` of JSON writers that print floats so.
    if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E')) && text.contains(['e', 'E']) {
        let value: f64 = text.parse().ok()?;
        // `as` saturates; a number past u64 is past every real time as well.
        return (value >= 0.0)
            .then(|| by_magnitude(value as u64, format!("{:03}", (value.fract() * 1000.0).round().min(999.0) as u64).as_bytes()))?;
    }
    if let Some(rest) = text.strip_prefix('-') {
        let seconds: i64 = rest.split('.').next()?.parse().ok()?;
        return Some(Stamp { written: Written::Instant(seconds.checked_mul(-1000)?), resolution_ms: 1000 });
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    by_magnitude(whole.parse().ok()?, fraction.as_bytes())
}

/// Reads an epoch at the start of a line. Stricter than [`number`]: 10, 13, 16 or 19 digits, a plausible year, and more text behind it
/// (a bare number is a value of some list, not a time).
pub(super) fn prefix(bytes: &[u8], digits: usize) -> Option<(Stamp, usize)> {
    let whole = std::str::from_utf8(bytes.get(..digits)?).ok()?;
    let mut end = digits;
    let mut fraction: &[u8] = &[];
    if digits == 10 && bytes.get(end) == Some(&b'.') {
        let rest = bytes.get(end + 1..)?;
        let count = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
        fraction = rest.get(..count)?;
        end += 1 + count;
    }
    let value: u64 = whole.parse().ok()?;
    let unit = match digits {
        10 => 1,
        13 => 1000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    if !PLAUSIBLE.contains(&(value / unit)) || !matches!(bytes.get(end), Some(b' ' | b'\t' | b']' | b'"' | b',' | b':')) {
        return None;
    }
    by_magnitude(value, fraction).map(|stamp| (stamp, end))
}
