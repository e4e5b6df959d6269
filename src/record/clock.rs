//! Written times to instants. In: text. Out: [`Stamp`], and with a [`Clock`] an instant. Fails when: never.

use chrono::{NaiveDateTime, NaiveTime};

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

/// How missing zone, year and date are settled for one source.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Seconds east of UTC for times without a zone.
    pub offset_s: i32,
    /// Instant near which times without a year or a date are placed, milliseconds since 1970 UTC.
    pub anchor_ms: i64,
}

/// Reads a time at the start of `text` (after optional `[`, quotes or `time=`): the stamp and how many bytes it took,
/// closing bracket and following blanks included.
pub fn parse_prefix(text: &str) -> Option<(Stamp, usize)> {
    let _ = text;
    None
}

/// Reads a whole value as a time: a JSON string, or a number as written (epoch seconds, milliseconds, microseconds or nanoseconds by magnitude).
pub fn parse_value(text: &str) -> Option<Stamp> {
    let _ = text;
    None
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

impl Clock {
    /// The instant of a stamp in milliseconds since 1970 UTC, and what was assumed for it.
    pub fn settle(&self, stamp: Stamp) -> (i64, Assumed) {
        let _ = stamp;
        (0, Assumed::default())
    }
}
