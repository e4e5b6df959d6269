//! Zones of times that have none written. In: a name or an offset. Out: [`Zone`]. Fails when: the name is none of the IANA's.

use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone};

/// Where a clock without a zone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of UTC.
    Fixed(i32),
    /// A place with its summer times, from the IANA's table that is built in.
    Named(chrono_tz::Tz),
}

impl Zone {
    /// UTC.
    pub const UTC: Zone = Zone::Fixed(0);

    /// The zone of that name (`Europe/Berlin`), upper or lower case.
    pub fn named(name: &str) -> Option<Zone> {
        chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied().map(Zone::Named)
    }

    /// The instant of a local time, in milliseconds since 1970 UTC. An hour that comes twice is taken the first time, one that is left out
    /// as if the clock had not been moved yet.
    pub fn instant(self, local: NaiveDateTime) -> i64 {
        let utc = local.and_utc().timestamp_millis();
        match self {
            Zone::Fixed(offset_s) => utc - i64::from(offset_s) * 1000,
            Zone::Named(zone) => {
                let east = |time: NaiveDateTime| zone.offset_from_local_datetime(&time).earliest().map(|o| o.fix().local_minus_utc());
                // No zone ever left out more than a day.
                let east = (0..=24).find_map(|hours| east(local.checked_sub_signed(Duration::hours(hours))?));
                utc - i64::from(east.unwrap_or(0)) * 1000
            }
        }
    }

    /// What the clock shows at an instant.
    pub fn local(self, ms: i64) -> NaiveDateTime {
        let at = |ms: i64| DateTime::from_timestamp_millis(ms).unwrap_or_default().naive_utc();
        match self {
            Zone::Fixed(offset_s) => at(ms.saturating_add(i64::from(offset_s) * 1000)),
            Zone::Named(zone) => zone.from_utc_datetime(&at(ms)).naive_local(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_and_winter() {
        let berlin = Zone::named("europe/berlin").unwrap();
        let instant = |text: &str| {
            let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
            DateTime::from_timestamp_millis(berlin.instant(local)).unwrap().format("%H:%M").to_string()
        };
        assert_eq!(instant("2024-01-17 10:00"), "09:00");
        assert_eq!(instant("2024-07-17 10:00"), "08:00");
        // Left out, and twice.
        assert_eq!(instant("2024-03-31 02:30"), "01:30");
        assert_eq!(instant("2024-10-27 02:30"), "00:30");
        assert_eq!(berlin.local(0).format("%H:%M").to_string(), "01:00");
        assert_eq!(Zone::named("Europe/Atlantis"), None);
    }
}
