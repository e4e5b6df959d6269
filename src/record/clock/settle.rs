//! Missing zones, years and dates. In: [`Stamp`], [`Clock`]. Out: an instant and what was assumed. Fails when: never.

use chrono::{Datelike, Duration, NaiveDate};

use super::{Assumed, Clock, Stamp, Written};

/// A time without a year is at most this long after the anchor: clocks differ by hours, archives are old, not young.
const AHEAD_MS: i64 = 86_400_000;
/// Years looked back for a time without one: 29 February comes every fourth year, and once in eight around 2100.
const YEARS_BACK: i32 = 8;

/// Offsets of zones are multiples of this. Milliseconds.
const QUARTER_MS: i64 = 15 * 60_000;
/// The farthest zone from UTC.
const FARTHEST_MS: i64 = 14 * 3_600_000;
/// A wrapper sets its time so long after the line was written. Milliseconds.
const LAG_MS: i64 = 2_000;

impl Clock {
    /// As [`Clock::settle`], for a line whose wrapper has a time, too: it knows the zone and the date that the line's writer did not write.
    pub fn settle_within(&self, stamp: Stamp, wrapper: Option<Stamp>) -> (i64, Assumed) {
        let (ms, assumed) = self.settle(stamp);
        wrapper.and_then(|wrapper| moved(stamp, ms, wrapper)).map_or((ms, assumed), |ms| (ms, Assumed::default()))
    }

    /// The instant of a stamp in milliseconds since 1970 UTC, and what was assumed for it.
    pub fn settle(&self, stamp: Stamp) -> (i64, Assumed) {
        match stamp.written {
            Written::Instant(ms) => (ms, Assumed::default()),
            Written::Local(time) => (self.zone.instant(time), Assumed { zone: true, ..Assumed::default() }),
            Written::NoYear { month, day, time } => {
                let assumed = Assumed { zone: true, year: true, date: false };
                let anchor_year = self.zone.local(self.anchor_ms).year();
                let ms = (anchor_year - YEARS_BACK..=anchor_year + 1)
                    .rev()
                    .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
                    .map(|date| self.zone.instant(date.and_time(time)))
                    .filter(|ms| *ms <= self.anchor_ms.saturating_add(AHEAD_MS))
                    .min_by_key(|ms| ms.abs_diff(self.anchor_ms));
                (ms.unwrap_or(self.anchor_ms), assumed)
            }
            Written::NoDate(time) => {
                let assumed = Assumed { zone: true, year: false, date: true };
                let today = self.zone.local(self.anchor_ms).date();
                let ms = [-1, 0, 1]
                    .into_iter()
                    .filter_map(|days| today.checked_add_signed(Duration::days(days)))
                    .map(|date| self.zone.instant(date.and_time(time)))
                    .min_by_key(|ms| ms.abs_diff(self.anchor_ms));
                (ms.unwrap_or(self.anchor_ms), assumed)
            }
        }
    }
}

/// The time `ms` of a stamp, moved by whole quarters of an hour to the instant that a wrapper gives the same line; `None` where the two agree,
/// or lie apart by something else than a zone or a date that was not written.
fn moved(stamp: Stamp, ms: i64, wrapper: Stamp) -> Option<i64> {
    let Written::Instant(at) = wrapper.written else { return None };
    let apart = ms.checked_sub(at)?;
    let quarters = apart.checked_add(QUARTER_MS / 2)?.div_euclid(QUARTER_MS) * QUARTER_MS;
    let unknown = match stamp.written {
        Written::Instant(_) => false,
        Written::Local(_) => quarters.abs() <= FARTHEST_MS,
        Written::NoYear { .. } | Written::NoDate(_) => true,
    };
    let slack = LAG_MS.max(i64::from(stamp.resolution_ms.max(wrapper.resolution_ms)));
    (unknown && quarters != 0 && (apart - quarters).abs() <= slack).then(|| ms - quarters)
}
