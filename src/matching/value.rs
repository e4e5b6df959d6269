//! Captured texts as values. In: text, unit. Out: [`Value`]. Fails when: never; what is no number stays text.

use crate::patterns::{Text, Unit};

/// One captured value.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Name of the capture.
    pub name: Text,
    /// Unit as declared.
    pub unit: Unit,
    /// In base units (bytes, milliseconds, count, percent) for numeric units.
    pub number: Option<f64>,
    /// As written.
    pub text: String,
}

impl Value {
    /// Reads a capture.
    pub fn read(name: Text, unit: Unit, text: &str) -> Value {
        let number = unit.factor().and_then(|f| match parse(text) {
            Some(plain) => Some(plain * f),
            None if unit.base() == Unit::Ms.base() => duration(text),
            None => None,
        });
        Value { name, unit, number, text: text.to_string() }
    }
}

fn parse(text: &str) -> Option<f64> {
    let plain: String = text.trim().chars().filter(|c| !matches!(c, ',' | '_')).collect();
    plain.parse::<f64>().ok().filter(|n| n.is_finite())
}

/// Milliseconds of a duration that says its own unit: `150 millisecond(s)`, `1m30s`, `PT2S`, `00:00:03.5`.
fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.contains(':') {
        let mut seconds = 0.0;
        for part in text.split(':') {
            seconds = seconds * 60.0 + parse(part)?;
        }
        return Some(seconds * 1000.0);
    }
    let mut rest = text.strip_prefix("PT").unwrap_or(text);
    let mut sum = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0)?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let behind = behind.trim_start();
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (word, after) = behind.split_at_checked(end)?;
        let word = word.trim().trim_end_matches("(s)").to_ascii_lowercase();
        let factor = match word.as_str() {
            "ns" | "nanosecond" | "nanoseconds" => 1e-6,
            "us" | "µs" | "microsecond" | "microseconds" => 1e-3,
            "ms" | "millisecond" | "milliseconds" => 1.0,
            "s" | "sec" | "second" | "seconds" => 1000.0,
            "m" | "min" | "minute" | "minutes" => 60_000.0,
            "h" | "hour" | "hours" => 3_600_000.0,
            _ => return None,
        };
        sum = Some(sum.unwrap_or(0.0) + parse(number)? * factor);
        rest = after;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn a_duration_says_its_own_unit() {
        for (text, ms) in [
            ("150 millisecond(s)", 150.0),
            ("1 minute(s)", 60_000.0),
            ("15000 MILLISECONDS", 15_000.0),
            ("1m30s", 90_000.0),
            ("250ms", 250.0),
            ("PT2S", 2_000.0),
            ("PT0.5S", 500.0),
            ("00:00:03", 3_000.0),
        ] {
            assert_eq!(duration(text), Some(ms), "{text}");
        }
        for text in ["", "soon", "3", "3 parsecs", "::", "PT", "ms"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
