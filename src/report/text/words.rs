//! Numbers, times and places as people read them. In: values of the report. Out: words. Fails when: never.

use crate::report::{Citation, Coverage, EvidenceReport};

/// `1 line`, `2,214,003 lines`.
pub(super) fn count(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(n))
}

/// `2,214,003`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `81 %`; never 100 or 0, which no log proves.
pub(super) fn percent(confidence: f64) -> String {
    let percent = (confidence * 100.0).round();
    if percent >= 100.0 {
        "> 99 %".to_owned()
    } else if percent < 1.0 {
        "< 1 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}

/// Milliseconds as `4.1 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
pub(super) fn duration(ms: i64) -> String {
    let seconds = ms / 1000;
    let two = |big: i64, unit: &str, small: i64, subunit: &str| {
        if small == 0 { format!("{big} {unit}") } else { format!("{big} {unit} {small} {subunit}") }
    };
    if ms < 1_000 {
        format!("{ms} ms")
    } else if seconds < 60 {
        format!("{:.1} s", ms as f64 / 1000.0)
    } else if seconds < 3_600 {
        two(seconds / 60, "min", seconds % 60, "s")
    } else if seconds < 86_400 {
        two(seconds / 3600, "h", seconds % 3600 / 60, "min")
    } else {
        two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
    }
}

/// `2024-01-17T09:00:01.204Z` → `2024-01-17 09:00:01.204Z`.
pub(super) fn time(stamp: &str) -> String {
    stamp.replacen('T', " ", 1)
}

/// First and last with the date once: `2024-01-17 09:00:01.204Z..09:00:05.260Z`.
pub(super) fn span(first: Option<&str>, last: Option<&str>) -> String {
    match (first, last) {
        (Some(first), Some(last)) => {
            let same_day = first.split_once('T').zip(last.split_once('T')).filter(|(a, b)| a.0 == b.0);
            let end = same_day.map_or_else(|| time(last), |(_, (_, clock))| clock.to_owned());
            if first == last { time(first) } else { format!("{}..{end}", time(first)) }
        }
        (Some(one), None) | (None, Some(one)) => time(one),
        (None, None) => String::new(),
    }
}

/// `1.5 GB`; decimal, as disks and cloud consoles count.
pub(super) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{n} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// A rate or gauge with as many digits as it deserves.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}{}", grouped(value.abs() as u64))
    } else if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// `[app.log:12, info.txt:8 +3]`, with a blank before it; nothing without citations.
pub(super) fn places(citations: &[Citation]) -> String {
    const SHOWN: usize = 2;
    if citations.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = citations.iter().take(SHOWN).map(place).collect();
    let more = citations.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    format!(" [{}{more}]", shown.join(", "))
}

/// `app.log:12`.
pub(super) fn place(citation: &Citation) -> String {
    format!("{}:{}", citation.source, citation.line)
}

/// The evidence of one polarity, strongest first.
pub(super) fn strongest<'a>(evidence: &'a [EvidenceReport], polarity: &str) -> Vec<&'a EvidenceReport> {
    let mut found: Vec<&EvidenceReport> = evidence.iter().filter(|e| e.polarity == polarity).collect();
    found.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    found
}

/// Remarks of a headline at most.
const REMARKS: usize = 2;

/// What makes the input itself doubtful; a remark on a runbook does not.
pub(super) fn first_remarks(coverage: &Coverage) -> Vec<&String> {
    coverage.remarks.iter().filter(|r| !r.starts_with("runbook")).take(REMARKS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!((count(1, "line"), count(2_214_003, "line")), ("1 line".to_owned(), "2,214,003 lines".to_owned()));
        assert_eq!((percent(0.812), percent(0.999), percent(0.001)), ("81 %".to_owned(), "> 99 %".to_owned(), "< 1 %".to_owned()));
        assert_eq!(
            (duration(4056), duration(200_000), duration(7_500_000), duration(90_000_000)),
            ("4.1 s".to_owned(), "3 min 20 s".to_owned(), "2 h 5 min".to_owned(), "1 d 1 h".to_owned())
        );
        assert_eq!(
            (number(10_000.0), number(0.314), number(12.34), number(123.4)),
            ("10,000".to_owned(), "0.31".to_owned(), "12.3".to_owned(), "123".to_owned())
        );
        assert_eq!((bytes(999), bytes(1_500_000_000)), ("999 B".to_owned(), "1.5 GB".to_owned()));
    }

    #[test]
    fn spans() {
        let (a, b) = ("2024-01-17T09:00:01.204Z", "2024-01-17T09:00:05.260Z");
        assert_eq!(span(Some(a), Some(b)), "2024-01-17 09:00:01.204Z..09:00:05.260Z");
        assert_eq!(span(Some(a), Some("2024-01-18T09:00:05.260Z")), "2024-01-17 09:00:01.204Z..2024-01-18 09:00:05.260Z");
        assert_eq!((span(None, None), span(Some(a), None)), (String::new(), "2024-01-17 09:00:01.204Z".to_owned()));
    }
}
