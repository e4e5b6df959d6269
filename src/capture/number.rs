//! Numbers as captures write them. In: a word. Out: a finite number. Fails when: it is none.

/// A finite number, `NaN` and infinities refused (Prometheus writes them for "no value").
pub(super) fn plain(text: &str) -> Option<f64> {
    let text = text.trim();
    // `f64::from_str` takes "inf" and "nan", which are no readings.
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return None;
    }
    text.parse::<f64>().ok().filter(|v| v.is_finite())
}

/// A size with redis-cli's suffix (`775.15M`, `512B`) in bytes.
pub(super) fn size(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let factor: u64 = match unit {
        "B" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    Some(plain(digits)? * factor as f64)
}

/// A bare unsigned integer of at most 18 digits, nothing around it.
pub(super) fn integer(text: &str) -> Option<u64> {
    let ok = !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
    if ok { text.parse().ok() } else { None }
}

/// A bare integer that can only be Unix seconds of this century (2001 to 2286): how slow-log and latency rows are told
/// from other numbers.
pub(super) fn unix_seconds(text: &str) -> Option<i64> {
    integer(text).filter(|n| (1_000_000_000..10_000_000_000).contains(n)).map(|n| n as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_finite_or_nothing() {
        assert_eq!(plain("812"), Some(812.0));
        assert_eq!(plain("1e3"), Some(1000.0));
        assert_eq!((plain("NaN"), plain("+Inf"), plain("inf"), plain("")), (None, None, None, None));
        assert_eq!(size("775.15M"), Some(775.15 * 1_048_576.0));
        assert_eq!((size("775"), size("5X")), (None, None));
        assert_eq!((unix_seconds("1705482004"), unix_seconds("296")), (Some(1_705_482_004), None));
    }
}
