//! Written times to instants.
//!
//! In: text. Out: [`Stamp`], and with a [`Clock`] an instant. Fails when: never; what is no time is `None`.
//!
//! `clock/cursor` reads bytes, `clock/shape` knows the written shapes, `clock/zone` the zones, `clock/epoch` the numbers,
//! `clock/settle` fills in a missing zone, year or date.

use chrono::{NaiveDateTime, NaiveTime};

mod cursor;
mod epoch;
mod settle;
mod shape;
#[cfg(test)]
mod tests;
mod tz;
mod usual;
mod zone;

pub use tz::Zone;

/// A time as written, before zone and missing parts are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// An instant: zone known, or an epoch. Milliseconds since 1970 UTC.
    Instant(i64),
    /// Date and time without a zone.
    Local(NaiveDateTime),
    /// Month, day and time without a year (syslog, klog, Redis before 5.0).
    NoYear {
        /// 1..=12
        month: u32,
        /// 1..=31
        day: u32,
        /// Time of day.
        time: NaiveTime,
    },
    /// Only a time of day.
    NoDate(NaiveTime),
}

/// A written time and how fine it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// What was written.
    pub written: Written,
    /// Milliseconds: 1 for a fraction, 1000 for whole seconds, 60000 for whole minutes.
    pub resolution_ms: u32,
}

impl Stamp {
    /// Milliseconds between two times that are written alike, of those without a year on one day; `None` of any others.
    pub fn apart_ms(self, other: Stamp) -> Option<u64> {
        match (self.written, other.written) {
            (Written::Instant(a), Written::Instant(b)) => Some(a.abs_diff(b)),
            (Written::Local(a), Written::Local(b)) => Some((a - b).num_milliseconds().unsigned_abs()),
            (Written::NoYear { month, day, time: a }, Written::NoYear { month: m, day: d, time: b }) => {
                ((month, day) == (m, d)).then(|| (a - b).num_milliseconds().unsigned_abs())
            }
            _ => None,
        }
    }
}

/// How missing zone, year and date are settled for one source.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The zone of times without one.
    pub zone: Zone,
    /// Instant near which times without a year or a date are placed, milliseconds since 1970 UTC.
    pub anchor_ms: i64,
}

/// What had to be assumed to settle a stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// The zone.
    pub zone: bool,
    /// The year.
    pub year: bool,
    /// The date.
    pub date: bool,
}

/// Names that may stand before a time at the start of a line.
const KEYS: [&[u8]; 6] = [b"time=", b"ts=", b"t=", b"timestamp=", b"@timestamp=", b"datetime="];

/// Reads a time at the start of `text` (after optional `[`, quotes or `time=`): the stamp and how many bytes it took,
/// closing bracket and following blanks included.
///
/// A bracket that stays open after the time (`[2024-01-17T09:00:01Z INFO target] …`) is taken all the same; use
/// [`parse_bare`] where that matters.
pub fn parse_prefix(text: &str) -> Option<(Stamp, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Cheap refusal: most lines that have no time begin with another letter.
    match *bytes.first()? {
        b'@' if bytes.get(1) == Some(&b'4') => {}
        b'@' | b'd' | b't' => {
            let key = KEYS.iter().find(|key| bytes.starts_with(key))?;
            at = key.len();
        }
        // WebLogic.
        b'#' if bytes.starts_with(b"####<") => at = 4,
        _ => {}
    }
    let open = match *bytes.get(at)? {
        b'[' => b']',
        b'(' => b')',
        b'<' if at == 4 => b'>',
        quote @ (b'"' | b'\'') => quote,
        _ => 0,
    };
    if open != 0 {
        at += 1;
    }
    // `["2024-…"` and `[ 2024-…`
    if open == b']' && matches!(bytes.get(at), Some(b' ' | b'"')) {
        at += 1;
    }
    let (stamp, taken) = shape::at(bytes.get(at..)?)?;
    at += taken;
    if open != 0 {
        if open == b']' && bytes.get(at) == Some(&b'"') {
            at += 1;
        }
        if bytes.get(at) == Some(&open) {
            at += 1;
        }
    }
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    Some((stamp, at))
}

/// Reads a time that begins at the first byte of `text`, nothing before it: the stamp and the bytes of the time alone.
pub fn parse_bare(text: &str) -> Option<(Stamp, usize)> {
    shape::at(text.as_bytes())
}

/// Reads klog's `0117 09:00:01.204595` or glog's `20240117 09:00:01.204595` (after the level letter): the stamp and its bytes.
pub fn parse_klog(text: &str) -> Option<(Stamp, usize)> {
    shape::klog(text.as_bytes())
}

/// Reads a whole value as a time: a JSON string, or a number as written (epoch seconds, milliseconds, microseconds or nanoseconds by magnitude).
pub fn parse_value(text: &str) -> Option<Stamp> {
    let text = text.trim();
    if let Some(stamp) = epoch::number(text) {
        return Some(stamp);
    }
    let (stamp, taken) = shape::at(text.as_bytes())?;
    (taken == text.len()).then_some(stamp)
}
