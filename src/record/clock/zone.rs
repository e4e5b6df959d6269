//! Zones behind a time. In: bytes. Out: seconds east of UTC. Fails when: never; `None` when none is written.

use super::Zone;
use super::cursor::Cursor;

/// Zone names that mean one offset in logs (RFC 822, RFC 5322, and the unambiguous European and Japanese ones), seconds east.
const ZONES: [(&[u8], i32); 13] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"EST", -5 * 3600),
    (b"EDT", -4 * 3600),
    (b"CST", -6 * 3600),
    (b"CDT", -5 * 3600),
    (b"MST", -7 * 3600),
    (b"MDT", -6 * 3600),
    (b"PST", -8 * 3600),
    (b"PDT", -7 * 3600),
    (b"CEST", 2 * 3600),
    (b"CET", 3600),
    (b"JST", 9 * 3600),
];

/// Seconds east of UTC of the zone behind a time; the cursor stays where it is when there is none.
pub(super) fn zone(cursor: &mut Cursor<'_>) -> Option<i32> {
    let mut ahead = *cursor;
    let apart = ahead.eat(b' ').is_some();
    let east = match ahead.peek() {
        b'Z' | b'z' => {
            ahead.at += 1;
            if !ahead.ends() || (apart && ahead.look(0) == b'-') {
                return None;
            }
            0
        }
        b'+' | b'-' => offset(&mut ahead, apart)?,
        b'A'..=b'Z' => {
            let (name, east) = ZONES.iter().find(|(name, _)| ahead.rest().starts_with(name))?;
            ahead.at += name.len();
            if *east == 0 && matches!(ahead.peek(), b'+' | b'-') {
                // `GMT+0100 (Central European Standard Time)` of JavaScript.
                offset(&mut ahead, true)?
            } else if ahead.ends() {
                *east
            } else {
                return None;
            }
        }
        _ => return None,
    };
    region(&mut ahead);
    *cursor = ahead;
    Some(east)
}

/// `+00:00`, `+0000`, and directly behind the time `+00`; seconds east.
fn offset(cursor: &mut Cursor<'_>, apart: bool) -> Option<i32> {
    let sign = if cursor.eat_any(b"+-")? == b'-' { -1 } else { 1 };
    let hours = cursor.two()?;
    let minutes = if cursor.count_digits(3) == 2 {
        cursor.two()?
    } else if cursor.peek() == b':' && cursor.look(1).is_ascii_digit() && cursor.look(2).is_ascii_digit() {
        cursor.at += 1;
        cursor.two()?
    } else if apart {
        return None;
    } else {
        0
    };
    // The real range is -12:00 to +14:00.
    (hours <= 14 && minutes < 60 && cursor.ends()).then(|| sign * (hours * 3600 + minutes * 60) as i32)
}

/// PHP's `17-Jan-2024 09:00:01 Europe/Berlin]`: the zone by its place.
pub(super) fn place(cursor: &mut Cursor<'_>) -> Option<Zone> {
    const LONGEST: usize = 40;
    let mut ahead = *cursor;
    ahead.eat(b' ')?;
    let end = ahead.rest().iter().take(LONGEST).position(|byte| *byte == b']')?;
    let name = std::str::from_utf8(ahead.rest().get(..end)?).ok().filter(|name| name.contains('/') && !name.contains(' '))?;
    let zone = Zone::named(name)?;
    ahead.at += end;
    *cursor = ahead;
    Some(zone)
}

/// Java's `[Europe/Berlin]` behind an offset.
fn region(cursor: &mut Cursor<'_>) {
    const LONGEST: usize = 40;
    if cursor.peek() != b'[' {
        return;
    }
    let rest = cursor.rest();
    let Some(end) = rest.iter().take(LONGEST).position(|byte| *byte == b']') else { return };
    if rest.iter().take(end).skip(1).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+'))
        && rest.iter().take(end).any(|byte| *byte == b'/')
    {
        cursor.at += end + 1;
    }
}
