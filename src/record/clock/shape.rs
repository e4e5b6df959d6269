//! The shapes that programs write times in. In: bytes. Out: [`Stamp`] and its length. Fails when: never; `None` when no shape fits.
//!
//! One look at the digits before the first separator tells the family; each family reads forward once.

use chrono::{NaiveDate, NaiveTime};

use super::cursor::Cursor;
use super::usual::usual;
use super::zone::{place, zone};
use super::{Stamp, Written, epoch};

/// Two-digit years are of this century.
const CENTURY: i32 = 2000;
/// A year with 29 February, to check days whose year is not written.
const LEAP_YEAR: i32 = 2000;
/// Longest number that may open a time: nanoseconds since 1970.
const MOST_DIGITS: usize = 20;

/// A time of day as written.
struct Tod {
    time: NaiveTime,
    resolution_ms: u32,
    /// AM or PM was written.
    twelve: bool,
}

/// Year (if written), month, day.
#[derive(Clone, Copy)]
struct Date {
    year: Option<i32>,
    month: u32,
    day: u32,
}

/// Reads a time at the first byte: the stamp and its length in bytes.
pub(super) fn at(bytes: &[u8]) -> Option<(Stamp, usize)> {
    if let Some(found) = usual(bytes) {
        return Some(found);
    }
    let mut cursor = Cursor::new(bytes);
    match *bytes.first()? {
        b'0'..=b'9' => {
            let digits = cursor.count_digits(MOST_DIGITS);
            match (digits, cursor.look(digits)) {
                (4, b'-' | b'/' | b'.') => year_first(&mut cursor),
                (4, b' ') => year_month(&mut cursor),
                (1 | 2, b'/') => slashes(&mut cursor),
                (1 | 2, b':') => time_only(&mut cursor),
                (1 | 2, b' ') => day_month(&mut cursor),
                (1 | 2, b'-' | b'.') => day_first(&mut cursor),
                (8, b' ' | b'T') => compact(&mut cursor),
                (10 | 13 | 16 | 19, _) => return epoch::prefix(bytes, digits),
                _ => None,
            }
        }
        b'@' => tai64n(&mut cursor),
        b'A' | b'D' | b'J' | b'O' | b'N' => month_first(&mut cursor),
        b'F' | b'M' | b'S' | b'T' | b'W' => {
            if cursor.weekday().is_some() {
                cursor.eat(b',');
                cursor.eat(b' ')?;
                let digits = cursor.count_digits(4);
                match digits {
                    4 => year_first(&mut cursor),
                    0 => month_first(&mut cursor),
                    _ => day_month(&mut cursor),
                }
            } else {
                month_first(&mut cursor)
            }
        }
        _ => None,
    }
    .map(|stamp| (stamp, cursor.at))
}

/// `0117 09:00:01.204595` (klog) and `20240117 09:00:01.204595` (glog).
pub(super) fn klog(bytes: &[u8]) -> Option<(Stamp, usize)> {
    let mut cursor = Cursor::new(bytes);
    let stamp = match cursor.count_digits(9) {
        4 => {
            let month = cursor.two()?;
            let day = cursor.two()?;
            cursor.eat(b' ')?;
            let tod = tod(&mut cursor)?;
            settle_parts(Date { year: None, month, day }, tod, None, &cursor)?
        }
        8 => compact(&mut cursor)?,
        _ => return None,
    };
    Some((stamp, cursor.at))
}

/// `2024-01-17T09:00:01.204Z`, with space, slashes, any fraction, any zone.
fn year_first(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let year = cursor.digits(4, 4)? as i32;
    let separator = cursor.eat_any(b"-/.")?;
    let month = cursor.digits(1, 2)?;
    cursor.eat(separator)?;
    let day = cursor.digits(1, 2)?;
    between(cursor)?;
    dated(cursor, Date { year: Some(year), month, day })
}

/// `2024 Jan 17 09:00:01`: network gear and syslog templates.
fn year_month(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let year = cursor.digits(4, 4)? as i32;
    cursor.eat(b' ')?;
    let month = cursor.month()?;
    cursor.eat(b' ')?;
    cursor.eat(b' ');
    let day = cursor.digits(1, 2)?;
    between(cursor)?;
    dated(cursor, Date { year: Some(year), month, day })
}

/// What stands between date and time: `T`, blanks, a comma, a colon (CLF), two (Erlang), ` @ ` (Kibana), `][` (fern).
fn between(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat_any(b"Tt_:").is_some() {
        cursor.eat(b':');
        return Some(());
    }
    if cursor.eat_all(b" @ ").or_else(|| cursor.eat_all(b"][")).is_some() {
        return Some(());
    }
    cursor.eat(b',');
    cursor.eat(b' ')?;
    cursor.eat(b' ');
    Some(())
}

/// `17/Jan/2024:09:00:01 +0000`, `1/17/2024, 9:00:01 AM`, `24/01/17 09:00:01`.
fn slashes(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let first = cursor.digits(1, 2)?;
    cursor.eat(b'/')?;
    if let Some(month) = cursor.month() {
        cursor.eat(b'/')?;
        let year = cursor.digits(4, 4)? as i32;
        between(cursor)?;
        return dated(cursor, Date { year: Some(year), month, day: first });
    }
    let second = cursor.digits(1, 2)?;
    cursor.eat(b'/')?;
    let long = cursor.count_digits(5) == 4;
    let third = cursor.digits(2, 4)?;
    between(cursor)?;
    let before = cursor.at;
    let tod = tod(cursor)?;
    // WebSphere and Liberty: `1/17/24 9:00:01:204 UTC`, month first.
    let websphere = memchr::memchr_iter(b':', cursor.rest_from(before)).count() == 3;
    let zone = zone(cursor);
    let date = match (long, tod.twelve || websphere || second > 12) {
        // Day first only where the month cannot be first.
        (true, _) if first > 12 => Date { year: Some(third as i32), month: second, day: first },
        (true, _) => Date { year: Some(third as i32), month: first, day: second },
        (false, true) => Date { year: Some(CENTURY + third as i32), month: first, day: second },
        // Spark and Hadoop: yy/MM/dd.
        (false, false) => Date { year: Some(CENTURY + first as i32), month: second, day: third },
    };
    settle_parts(date, tod, zone, cursor)
}

/// `09:00:01.204`, `9:00AM`.
fn time_only(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let tod = tod(cursor)?;
    // `12:30 lunch` and `00:1a:…` are no times; whole minutes need AM or PM.
    if (tod.resolution_ms > 1000 && !tod.twelve) || !cursor.ends() || cursor.peek() == b':' && cursor.look(1).is_ascii_hexdigit() {
        return None;
    }
    Some(Stamp { written: Written::NoDate(tod.time), resolution_ms: tod.resolution_ms })
}

/// `17 Jan 2024 09:00:02.500 UTC`, `17 Jan 09:00:02.500`, `17 Jan 24 09:00 +0000`.
fn day_month(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let day = cursor.digits(1, 2)?;
    cursor.eat(b' ')?;
    let month = cursor.month()?;
    cursor.eat(b' ')?;
    let year = match (cursor.count_digits(5), cursor.look(2)) {
        (4, _) => Some(cursor.digits(4, 4)? as i32),
        (2, b' ') => Some(CENTURY + cursor.two()? as i32),
        _ => None,
    };
    if year.is_some() {
        between(cursor)?;
    }
    dated(cursor, Date { year, month, day })
}

/// `17-Jan-2024 09:00:01`, `17.01.2024 09:00:01`, and without a year `01-17 09:00:01` (month first).
fn day_first(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let first = cursor.digits(1, 2)?;
    let separator = cursor.eat_any(b"-.")?;
    if let Some(month) = cursor.month() {
        cursor.eat(separator)?;
        let year = cursor.digits(4, 4)? as i32;
        between(cursor)?;
        return dated(cursor, Date { year: Some(year), month, day: first });
    }
    let second = cursor.two()?;
    // stern's short times and log15's terminal.
    if separator == b'-' && cursor.eat_any(b" |").is_some() {
        return dated(cursor, Date { year: None, month: first, day: second });
    }
    cursor.eat(separator)?;
    let year = cursor.digits(4, 4)? as i32;
    between(cursor)?;
    let (day, month) = if second > 12 { (second, first) } else { (first, second) };
    dated(cursor, Date { year: Some(year), month, day })
}

/// daemontools' `@4000000065a7971c0c2f1a3b`: seconds since 1970 TAI with 2^62 added, then nanoseconds, 16 and 8 hex digits.
fn tai64n(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    const LABEL: u64 = 1 << 62;
    // multilog takes TAI as ten seconds ahead of UTC, leap seconds aside.
    const AHEAD_S: u64 = 10;
    let digits = std::str::from_utf8(cursor.rest().get(1..25)?).ok()?;
    let seconds = u64::from_str_radix(digits.get(..16)?, 16).ok()?.checked_sub(LABEL + AHEAD_S)?;
    let nanos = u64::from_str_radix(digits.get(16..)?, 16).ok()?;
    cursor.at += 25;
    let ms = i64::try_from(seconds.checked_mul(1000)?.checked_add(nanos / 1_000_000)?).ok()?;
    cursor.ends().then_some(Stamp { written: Written::Instant(ms), resolution_ms: 1 })
}

/// `20240117 09:00:01`, `20240117T090001Z`.
fn compact(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let year = cursor.digits(4, 4)? as i32;
    let month = cursor.two()?;
    let day = cursor.two()?;
    let date = Date { year: Some(year), month, day };
    cursor.eat_any(b" T")?;
    if cursor.count_digits(7) != 6 {
        return dated(cursor, date);
    }
    let (hour, minute, second) = (cursor.two()?, cursor.two()?, cursor.two()?);
    let fraction = fraction(cursor);
    let tod =
        Tod { time: clock_time(hour, minute, second, fraction)?, resolution_ms: if fraction.is_some() { 1 } else { 1000 }, twelve: false };
    let zone = zone(cursor);
    settle_parts(date, tod, zone, cursor)
}

/// `Jan 17 09:00:01`, `Jan 17, 2024 9:00:01 AM`, `Jan 17 09:00:01.5 UTC 2024`, `Jan 17 2024 09:00:01 GMT+0000 (…)`.
fn month_first(cursor: &mut Cursor<'_>) -> Option<Stamp> {
    let month = cursor.month()?;
    cursor.eat(b' ')?;
    cursor.eat(b' ');
    let day = cursor.digits(1, 2)?;
    cursor.eat(b',');
    cursor.eat(b' ')?;
    let mut year = None;
    if cursor.count_digits(5) == 4 {
        year = Some(cursor.digits(4, 4)? as i32);
        between(cursor)?;
    }
    let tod = tod(cursor)?;
    let mut zone = zone(cursor);
    if year.is_none() {
        (year, zone) = year_last(cursor, zone);
    }
    settle_parts(Date { year, month, day }, tod, zone, cursor)
}

/// The year behind the time (`date`, ANSI C), with a zone name between that may be unknown to us.
fn year_last(cursor: &mut Cursor<'_>, zone: Option<i32>) -> (Option<i32>, Option<i32>) {
    let mut ahead = *cursor;
    if zone.is_none() && ahead.eat(b' ').is_some() && ahead.peek().is_ascii_uppercase() {
        while ahead.peek().is_ascii_uppercase() && ahead.at - cursor.at <= 5 {
            ahead.at += 1;
        }
    } else {
        ahead = *cursor;
    }
    if ahead.eat(b' ').is_some()
        && ahead.count_digits(5) == 4
        && let Some(year) = ahead.digits(4, 4)
        && ahead.ends()
    {
        *cursor = ahead;
        return (Some(year as i32), zone);
    }
    (None, zone)
}

/// Time of day and zone behind a date.
fn dated(cursor: &mut Cursor<'_>, date: Date) -> Option<Stamp> {
    let tod = tod(cursor)?;
    let zone = zone(cursor);
    if zone.is_none()
        && let (Some(year), Some(place)) = (date.year, place(cursor))
    {
        let local = NaiveDate::from_ymd_opt(year, date.month, date.day)?.and_time(tod.time);
        return Some(Stamp { written: Written::Instant(place.instant(local)), resolution_ms: tod.resolution_ms });
    }
    settle_parts(date, tod, zone, cursor)
}

/// The stamp of its parts; `None` for impossible dates and where the time runs into a word.
fn settle_parts(date: Date, tod: Tod, zone: Option<i32>, cursor: &Cursor<'_>) -> Option<Stamp> {
    if !cursor.ends() {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(date.year.unwrap_or(LEAP_YEAR), date.month, date.day)?;
    let written = match (date.year, zone) {
        (None, _) => Written::NoYear { month: date.month, day: date.day, time: tod.time },
        (Some(_), None) => Written::Local(day.and_time(tod.time)),
        (Some(_), Some(east)) => Written::Instant(day.and_time(tod.time).and_utc().timestamp_millis() - i64::from(east) * 1000),
    };
    Some(Stamp { written, resolution_ms: tod.resolution_ms })
}

/// `09:00:01.204`, `9:00:01 AM`, `9:00AM`, `09:00`.
fn tod(cursor: &mut Cursor<'_>) -> Option<Tod> {
    let hour = cursor.digits(1, 2)?;
    cursor.eat(b':')?;
    let minute = cursor.two()?;
    let mut second = 0;
    let mut resolution_ms = 60_000;
    let mut nanos = None;
    if cursor.peek() == b':' && cursor.look(1).is_ascii_digit() && cursor.look(2).is_ascii_digit() {
        cursor.at += 1;
        second = cursor.two()?;
        nanos = fraction(cursor);
        resolution_ms = if nanos.is_some() { 1 } else { 1000 };
    }
    let half = half_day(cursor);
    let hour = match half {
        Some(afternoon) if (1..=12).contains(&hour) => hour % 12 + if afternoon { 12 } else { 0 },
        _ => hour,
    };
    Some(Tod { time: clock_time(hour, minute, second, nanos)?, resolution_ms, twelve: half.is_some() })
}

/// A leap second is the last millisecond of its minute: it stays in order and in its day.
fn clock_time(hour: u32, minute: u32, second: u32, nanos: Option<u32>) -> Option<NaiveTime> {
    if second == 60 {
        return NaiveTime::from_hms_milli_opt(hour, minute, 59, 999);
    }
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos.unwrap_or(0))
}

/// Nanoseconds behind `.`, `,` or (three or six digits) `:`.
fn fraction(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut ahead = *cursor;
    let mark = ahead.eat_any(b".,:")?;
    let count = ahead.count_digits(MOST_DIGITS);
    if count == 0 || (mark == b':' && count != 3 && count != 6) {
        return None;
    }
    let digits = ahead.digits(1, 9)?;
    let nanos = (count.min(9)..9).fold(digits, |value, _| value * 10);
    ahead.at += count.saturating_sub(9);
    *cursor = ahead;
    Some(nanos)
}

/// AM (`false`) or PM (`true`), after nothing, a blank or the narrow no-break space of JDK 20 and later.
fn half_day(cursor: &mut Cursor<'_>) -> Option<bool> {
    let mut ahead = *cursor;
    let apart = ahead.eat(b' ').is_some() || ahead.eat_all("\u{202f}".as_bytes()).is_some() || ahead.eat_all("\u{a0}".as_bytes()).is_some();
    let afternoon = match ahead.peek() {
        b'A' => false,
        b'P' => true,
        // ` am I` is prose; `9:00am` is a time.
        b'a' => false,
        b'p' => true,
        _ => return None,
    };
    let prose = apart && ahead.peek().is_ascii_lowercase();
    ahead.at += 1;
    ahead.eat_any(b"Mm")?;
    if !ahead.ends() || prose && ahead.peek() == b' ' {
        return None;
    }
    *cursor = ahead;
    Some(afternoon)
}
