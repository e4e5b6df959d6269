//! The notations of an id. In: a value. Out: the canonical text. Fails when: never; `None` when it is no id.

use super::key::Family;

/// Longest id: CloudFront's 56 and two joined UUIDs fit, texts do not.
const LONGEST: usize = 128;
/// Shortest request id: counters of three digits would join strangers.
const SHORTEST_REQUEST: usize = 4;

/// The canonical form of an id whose shape tells its notation.
pub(super) fn canonical(raw: &str) -> Option<String> {
    let raw = raw.trim_matches(|letter: char| {
        letter.is_whitespace() || matches!(letter, '"' | '\'' | '[' | ']' | '(' | ')' | '{' | '}' | ',' | ';')
    });
    let raw = raw.strip_prefix("0x").filter(|id| matches!(id.len(), 16 | 32) && is_hex(id)).unwrap_or(raw);
    if raw.is_empty() || raw.len() > LONGEST || is_blank(raw) {
        return None;
    }
    if let Some(id) = known(raw) {
        return (!all_zero(&id)).then_some(id);
    }
    let plain = raw
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\'' | b'{' | b'}' | b'(' | b')' | b'\\' | b'`'));
    (plain && !all_zero(raw)).then(|| raw.to_owned())
}

/// The canonical form of a value whose key tells its notation.
pub(super) fn of_family(family: Family, value: &str) -> Option<String> {
    let value = value.trim();
    match family {
        Family::Trace => canonical(value),
        Family::Strict => {
            let id = known(value.trim_matches('"'))?;
            (!all_zero(&id)).then_some(id)
        }
        Family::B3 => {
            let id = value.split('-').next()?;
            (matches!(id.len(), 16 | 32) && is_hex(id) && !all_zero(id)).then(|| padded(id))
        }
        Family::Datadog => {
            if value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_digit()) {
                let number: u64 = value.parse().ok()?;
                return (number != 0).then(|| format!("{number:016x}"));
            }
            canonical(value)
        }
        Family::Jaeger => {
            let id = value.split(':').next()?;
            (!id.is_empty() && id.len() <= 32 && is_hex(id) && !all_zero(id)).then(|| padded(id))
        }
        Family::Request => canonical(value).filter(|id| id.len() >= SHORTEST_REQUEST),
    }
}

/// UUID, 32 or 16 hex digits, X-Ray, `traceparent`, `b3`, Google. Zeros are not refused here.
fn known(raw: &str) -> Option<String> {
    let bytes = raw.as_bytes();
    match bytes.len() {
        16 | 32 if is_hex(raw) => return Some(raw.to_ascii_lowercase()),
        36 if is_uuid(raw) => return Some(raw.chars().filter(|letter| *letter != '-').map(|letter| letter.to_ascii_lowercase()).collect()),
        _ => {}
    }
    if let Some(id) = raw.rsplit_once("/traces/").map(|(_, id)| id).filter(|_| raw.starts_with("projects/")) {
        return known(id.split('/').next()?);
    }
    if let Some(id) = xray(raw) {
        return Some(id);
    }
    // traceparent: version-trace-parent-flags.
    if let (Some(version), Some(id)) = (raw.get(..3), raw.get(3..35))
        && is_hex(version.trim_end_matches('-'))
        && version.ends_with('-')
        && is_hex(id)
        && raw.get(35..36) == Some("-")
    {
        return Some(id.to_ascii_lowercase());
    }
    // X-Cloud-Trace-Context `trace/span;o=1`, b3 `trace-span-1`, Spring `trace-span`.
    for mark in ['/', '-'] {
        if let Some((id, rest)) = raw.split_once(mark)
            && (id.len() == 32 || (mark == '-' && id.len() == 16))
            && is_hex(id)
            && (mark == '/' || rest.get(..16).is_some_and(is_hex))
        {
            return Some(padded(id));
        }
    }
    None
}

/// `Root=1-65a79711-ce499dea30cfce118f4fe8a1;Parent=…` or the bare `1-…-…`.
fn xray(raw: &str) -> Option<String> {
    let root = raw.split(';').map(str::trim).find_map(|part| part.strip_prefix("Root=")).unwrap_or(raw);
    let (time, unique) = root.strip_prefix("1-")?.split_once('-')?;
    (time.len() == 8 && unique.len() == 24 && is_hex(time) && is_hex(unique)).then(|| format!("{time}{unique}").to_ascii_lowercase())
}

/// Lower case, 32 digits.
fn padded(hex: &str) -> String {
    format!("{:0>32}", hex.to_ascii_lowercase())
}

/// Hex digits only, at least one.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// 8-4-4-4-12 hex digits.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

fn all_zero(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

/// What programs write when they have no id.
fn is_blank(raw: &str) -> bool {
    const BLANKS: [&str; 14] =
        ["null", "(null)", "nil", "<nil>", "none", "undefined", "n/a", "na", "nan", "unknown", "true", "false", "empty", "missing"];
    BLANKS.iter().any(|blank| raw.eq_ignore_ascii_case(blank)) || !raw.bytes().any(|byte| byte.is_ascii_alphanumeric())
}
