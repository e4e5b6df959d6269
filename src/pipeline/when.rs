//! Times, zones and dates as people write them in options. In: text. Out: milliseconds, seconds. Fails when: it makes no
//! sense ([`WhenError`], with what to write instead).

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::Options;
use crate::record::Zone;

/// Why an option about time was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// Neither a time nor a span.
    #[error("{flag} {value:?} is no time; write 2024-01-17T09:00:00Z, \"2024-01-17 09:00\", or a span like 30m, 2h, 1d before --now")]
    Time {
        /// The option.
        flag: &'static str,
        /// What was written.
        value: String,
    },
    /// No zone.
    #[error("--tz {0:?} is no zone; write UTC, an offset like +02:00, or a name like Europe/Berlin")]
    Zone(String),
    /// No date.
    #[error("--date {0:?} is no date; write 2024-01-17")]
    Date(String),
    /// Nothing lies between.
    #[error("--since lies after --until, so nothing is left to read")]
    Order,
}

/// The options about time, as written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    /// `--now`.
    pub now: Option<&'a str>,
    /// `--since`.
    pub since: Option<&'a str>,
    /// `--until`.
    pub until: Option<&'a str>,
    /// `--tz`.
    pub tz: Option<&'a str>,
    /// `--date`.
    pub date: Option<&'a str>,
}

impl Written<'_> {
    /// Sets what is given; relative times count from `now`, else from the one that `options` has.
    pub fn apply(&self, options: &mut Options<'_>) -> Result<(), WhenError> {
        options.tz = self.tz.map(zone).transpose()?;
        let zone = options.tz.unwrap_or(Zone::UTC);
        if let Some(now) = self.now {
            options.now_ms = instant("--now", now, zone, options.now_ms)?;
        }
        let now = options.now_ms;
        options.since_ms = self.since.map(|t| instant("--since", t, zone, now)).transpose()?;
        options.until_ms = self.until.map(|t| instant("--until", t, zone, now)).transpose()?;
        if let (Some(s), Some(u)) = (options.since_ms, options.until_ms)
            && s > u
        {
            return Err(WhenError::Order);
        }
        options.date_ms = self.date.map(date).transpose()?;
        Ok(())
    }
}

/// Noon of a date, so that zone and midnight do not move times to a neighbouring day.
fn date(text: &str) -> Result<i64, WhenError> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|d| d.and_hms_opt(12, 0, 0))
        .map(|t| t.and_utc().timestamp_millis())
        .ok_or_else(|| WhenError::Date(text.to_string()))
}

fn zone(text: &str) -> Result<Zone, WhenError> {
    if matches!(text, "UTC" | "utc" | "Z" | "GMT") {
        return Ok(Zone::UTC);
    }
    let refuse = || WhenError::Zone(text.to_string());
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Zone::named(text).ok_or_else(refuse),
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    let (h, m) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok(), Some(0)),
        4 => (digits.get(..2).and_then(|h| h.parse().ok()), digits.get(2..).and_then(|m| m.parse().ok())),
        _ => (None, None),
    };
    match (h, m) {
        (Some(h), Some(m)) if h <= 14 && m < 60 => Ok(Zone::Fixed(sign * (h * 3600 + m * 60))),
        _ => Err(refuse()),
    }
}

fn instant(flag: &'static str, text: &str, zone: Zone, now_ms: i64) -> Result<i64, WhenError> {
    let refuse = || WhenError::Time { flag, value: text.to_string() };
    if let Ok(t) = DateTime::parse_from_rfc3339(text) {
        return Ok(t.timestamp_millis());
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(t) = NaiveDateTime::parse_from_str(text, form) {
            return Ok(zone.instant(t));
        }
    }
    if let Ok(d) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let midnight = d.and_hms_opt(0, 0, 0).ok_or_else(refuse)?;
        return Ok(zone.instant(midnight));
    }
    let unit = text.chars().last().ok_or_else(refuse)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(refuse()),
    };
    let n: i64 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).filter(|n| *n >= 0).ok_or_else(refuse)?;
    n.checked_mul(seconds * 1000).and_then(|span| now_ms.checked_sub(span)).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let at = |t: &str| instant("--since", t, Zone::Fixed(7200), 10_000_000);
        assert_eq!(at("1970-01-01T00:00:01Z"), Ok(1000));
        assert_eq!(at("1970-01-01 02:00:01"), Ok(1000));
        assert_eq!(at("30m"), Ok(10_000_000 - 1_800_000));
        for wrong in ["", "m", "-3m", "3w", "yesterday", "99999999999999999d", "é"] {
            assert!(at(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn zones() {
        let fixed = |seconds| Ok(Zone::Fixed(seconds));
        assert_eq!((zone("UTC"), zone("+02:00"), zone("-0530"), zone("+2")), (fixed(0), fixed(7200), fixed(-19_800), fixed(7200)));
        assert!(zone("Europe/Berlin").is_ok() && zone("CET").is_ok());
        for wrong in ["", "Berlin", "+", "+99", "+02:99", "+é"] {
            assert!(zone(wrong).is_err(), "{wrong:?}");
        }
    }
}
