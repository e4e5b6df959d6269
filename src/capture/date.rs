//! Times as `date` prints them, which the runbooks' loops put before their counts.
//!
//! In: a line. Out: milliseconds since 1970 UTC. Fails when: the line holds no such time, or its zone is ambiguous.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// Zone words with one meaning, in seconds east of UTC. `CST`, `IST`, `BST` have several and are not read.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("EST", -18_000),
    ("EDT", -14_400),
    ("CDT", -18_000),
    ("MDT", -21_600),
    ("PST", -28_800),
    ("PDT", -25_200),
    ("WEST", 3_600),
    ("CET", 3_600),
    ("CEST", 7_200),
    ("EET", 7_200),
    ("EEST", 10_800),
    ("MSK", 10_800),
    ("JST", 32_400),
    ("KST", 32_400),
    ("SGT", 28_800),
    ("AEST", 36_000),
    ("AEDT", 39_600),
];

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Words of a line that are looked at; `date` prints six or seven.
const MAX_WORDS: usize = 9;

/// Longest line that is written over a capture: a command with its options.
const MAX_OVER: usize = 160;

/// The time at the head of a line: `Sat Jan 17 09:00:00 UTC 2024`, `Sat 17 Jan 2024 09:00:00 AM UTC`, optionally after
/// `Date: `. A time without any zone word (C `asctime`) is taken as UTC.
pub(super) fn in_line(line: &str) -> Option<i64> {
    let line = line.strip_prefix("Date: ").unwrap_or(line).trim_start();
    if !starts(line) {
        return written_over(line);
    }
    let (mut month, mut day, mut year, mut time, mut offset, mut half) = (None, None, None, None, None, None);
    for word in line.split_ascii_whitespace().skip(1).take(MAX_WORDS) {
        let word = word.trim_end_matches([':', ',']);
        if let Some(m) = MONTHS.iter().position(|m| *m == word) {
            month = Some(m as u32 + 1);
        } else if word.len() <= 2 && day.is_none() && word.bytes().all(|b| b.is_ascii_digit()) {
            day = word.parse().ok();
        } else if word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()) {
            year = word.parse::<i32>().ok();
        } else if word.contains(':') {
            time = NaiveTime::parse_from_str(word, "%H:%M:%S").ok();
        } else if matches!(word, "AM" | "PM") {
            half = Some(word == "PM");
        } else if let Some((_, seconds)) = ZONES.iter().find(|(name, _)| *name == word) {
            offset = Some(*seconds);
        } else if let Some(seconds) = numeric_zone(word) {
            offset = Some(seconds);
        } else if year.is_none() {
            return None; // a zone that has several meanings
        }
        if year.is_some() && time.is_some() && (offset.is_some() || line_ends_after(line, word)) {
            break;
        }
    }
    let instant = NaiveDate::from_ymd_opt(year?, month?, day?)?.and_time(time?).and_utc().timestamp_millis();
    let hour = instant.div_euclid(3_600_000).rem_euclid(24);
    let half_day = match half {
        Some(true) if hour < 12 => 12,
        Some(false) if hour == 12 => -12,
        _ => 0,
    };
    Some(instant + half_day * 3_600_000 - offset.unwrap_or(0) * 1000)
}

/// `# 2024-01-17 09:00:00`, `=== 2024-01-17T09:00:00+00:00 ===`, `==== 2024-01-17 09:00:00 redis-cli INFO`: what a loop's `echo`
/// writes over a capture.
fn written_over(line: &str) -> Option<i64> {
    let mark = |c| matches!(c, '#' | '=' | '-');
    let bare = line.trim_start_matches(mark).trim_start();
    let (date, rest) = (bare.get(..10)?, bare.get(11..)?);
    let (time, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let rest = rest.strip_prefix("UTC").unwrap_or(rest).trim_matches(|c| c == ' ' || mark(c));
    if bare.len() == line.len() || !(rest.is_empty() || rest.contains("-cli ")) {
        return None;
    }
    let text = format!("{date}T{}", time.trim_end_matches('Z'));
    let zoned = DateTime::parse_from_rfc3339(&text).ok().map(|t| t.timestamp_millis());
    zoned.or_else(|| Some(NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc().timestamp_millis()))
}

/// `+0100`, `+01`.
fn numeric_zone(word: &str) -> Option<i64> {
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", d) => (1, d),
        ("-", d) => (-1, d),
        _ => return None,
    };
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).map_or(Ok(0), str::parse).ok()?;
    Some(sign * (hours * 3600 + minutes * 60))
}

fn line_ends_after(line: &str, word: &str) -> bool {
    line.trim_end().ends_with(word)
}

/// Whether a line begins as `date` output does: a weekday and a blank.
pub(super) fn starts(line: &str) -> bool {
    let Some((day, rest)) = line.split_at_checked(3) else { return false };
    rest.starts_with(' ') && DAYS.contains(&day)
}

/// Whether a line is nothing but a `date`.
pub(super) fn is_date(line: &str) -> bool {
    let bare = line.len() <= 40 && starts(line) && !line.contains(": ");
    bare && in_line(line).is_some() || line.len() <= MAX_OVER && written_over(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_date() {
        let nine = Some(1_705_482_000_000);
        assert_eq!(in_line("Wed Jan 17 09:00:00 UTC 2024"), nine);
        assert_eq!(in_line("Wed Jan 17 09:00:00 UTC 2024: 812 connections"), nine);
        assert_eq!(in_line("Date: Wed Jan 17 10:00:00 CET 2024"), nine);
        assert_eq!(in_line("Wed 17 Jan 2024 09:00:00 AM UTC"), nine);
        assert_eq!(in_line("Wed Jan 17 09:00:00 PM UTC 2024"), nine.map(|t| t + 43_200_000));
        assert_eq!(in_line("Wed Jan 17 09:00:00 2024"), nine);
        assert_eq!(in_line("Wed Jan 17 12:00:00 +03 2024"), nine);
        for over in [
            "# 2024-01-17 09:00:00",
            "## 2024-01-17T09:00:00Z",
            "=== 2024-01-17T10:00:00+01:00 ===",
            "--- 2024-01-17 09:00:00 UTC ---",
            "==== 2024-01-17 09:00:00 redis-cli -h cache INFO clients",
        ] {
            assert!(in_line(over) == nine && is_date(over), "{over}");
        }
    }

    #[test]
    fn ambiguous_or_no_time() {
        for line in [
            "Wed Jan 17 09:00:00 CST 2024",
            "Wednesday",
            "Wed Jan 99 09:00:00 UTC 2024",
            "Sat",
            "",
            "Sun is shining at 09:00:00",
            "# 2024-01-17",
            "2024-01-17 09:00:00",
            "# 2024-01-17 09:00:00 ERROR x",
            "# Clients",
        ] {
            assert_eq!(in_line(line), None, "{line}");
        }
        assert!(is_date("Wed Jan 17 09:00:00 UTC 2024") && !is_date("Wed Jan 17 09:00:00 UTC 2024: 812 connections"));
    }
}
