//! The one shape that most times of most logs have. In: bytes. Out: [`Stamp`] and its length. Fails when: never; `None` leaves
//! every other shape, and every doubt, to [`super::shape`].

use chrono::{NaiveDate, NaiveTime};

use super::{Stamp, Written};

/// `2024-01-17T09:00:01.204595Z`, `2024-01-17 09:00:01,204 `: most times of most logs, read without trying shapes.
/// `None` leaves every other one, and every doubt, to them.
pub(super) fn usual(bytes: &[u8]) -> Option<(Stamp, usize)> {
    let head = bytes.first_chunk::<19>()?;
    let marks = head[4] == b'-' && head[7] == b'-' && matches!(head[10], b'T' | b' ') && head[13] == b':' && head[16] == b':';
    if !marks || ![0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].iter().all(|&at: &usize| head[at].is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| u32::from(head[at] - b'0') * 10 + u32::from(head[at + 1] - b'0');
    let mut nanos = 0;
    let mut end = head.len();
    if let Some(b'.' | b',') = bytes.get(end) {
        let digits = bytes.get(end + 1..)?.iter().take(9).take_while(|byte| byte.is_ascii_digit());
        let mut count = 0;
        for digit in digits {
            nanos = nanos * 10 + u32::from(digit - b'0');
            count += 1;
        }
        if count == 0 || bytes.get(end + 1 + count).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        nanos = (count..9).fold(nanos, |value, _| value * 10);
        end += 1 + count;
    }
    let behind = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let utc = match behind(end) {
        b'Z' if matches!(behind(end + 1), 0 | b' ' | b'"' | b']' | b'\t') => true,
        // A zone or half of the day may follow a blank.
        b' ' => match (behind(end + 1), behind(end + 2)) {
            (b'A' | b'P' | b'a' | b'p' | b'Z' | b'z' | b'+' | b'-', _)
            | (b'U', b'T')
            | (b'G', b'M')
            | (b'E' | b'M' | b'J', b'S')
            | (b'E' | b'M', b'D')
            | (b'C', b'S' | b'D' | b'E') => return None,
            _ => false,
        },
        0 | b'"' | b']' | b'\t' => false,
        _ => return None,
    };
    let second = two(17);
    let day = NaiveDate::from_ymd_opt((two(0) * 100 + two(2)) as i32, two(5), two(8))?;
    let time = NaiveTime::from_hms_nano_opt(two(11), two(14), second, nanos).filter(|_| second < 60)?;
    let local = day.and_time(time);
    let written = if utc { Written::Instant(local.and_utc().timestamp_millis()) } else { Written::Local(local) };
    let resolution_ms = if end > head.len() { 1 } else { 1000 };
    Some((Stamp { written, resolution_ms }, if utc { end + 1 } else { end }))
}
