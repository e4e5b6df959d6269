//! LATENCY LATEST, HISTORY and DOCTOR, and `redis-cli --latency`.
//!
//! In: the lines of one answer. Out: worst latency per event, in milliseconds; what the doctor says, as settings. Fails when: never.
//! `I'm sorry, Dave` means that monitoring is off: a setting, never "no latency".

use std::borrow::Cow;

use super::{Reading, number};

/// Event classes of Redis's latency monitor.
const EVENTS: &str = "\
    command fast-command fork aof-stat aof-write-pending-fsync aof-write-active-child aof-write-alone aof-fsync-always \
    aof-rename aof-rewrite-diff-write rdb-unlink-temp-file expire-cycle expire-del eviction-cycle eviction-del eviction-lazyfree \
    active-defrag-cycle while-blocked-cron command-unblocking module-acquire-GIL";

/// Whether a word names an event class.
pub(super) fn is_event(word: &str) -> bool {
    EVENTS.split_ascii_whitespace().any(|event| event == word)
}

/// Reads one answer.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let mut out = Vec::new();
    let mut event: Option<String> = None;
    // Numbers seen since the event's name: Unix seconds, last ms, worst ms.
    let mut numbers: Vec<u64> = Vec::with_capacity(4);
    let mut advices = 0;
    for line in body.lines().map(str::trim) {
        if line.starts_with("I'm sorry, Dave") {
            out.push(says("monitor", "disabled"));
        } else if line.starts_with("Dave, no latency spike") {
            out.push(says("monitor", "no spike observed"));
        } else if let Some(reading) = doctor_line(line) {
            let (event, told) = line.split_once(". ").and_then(|(_, rest)| rest.split_once(": ")).unwrap_or((line, ""));
            out.extend([reading, says(event, told)]);
        } else if let Some(reading) = cli_line(line) {
            out.push(reading);
        } else if let Some(advice) = line.strip_prefix("- ") {
            advices += 1;
            out.push(says(&format!("advice_{advices}"), advice));
        } else {
            let value = line.rsplit(") ").next().unwrap_or(line);
            let word = value.trim_matches('"');
            if is_event(word) {
                out.extend(cut_off(event.replace(word.to_owned()), &numbers));
                numbers.clear();
            } else if let Some(n) = number::integer(value) {
                numbers.push(n);
            }
            if let (Some(name), [_, last, worst]) = (&event, numbers.as_slice()) {
                out.push(Reading::Named { name: format!("latency_event_ms.{name}"), value: *worst.max(last) as f64 });
                event = None;
            }
        }
    }
    out.extend(cut_off(event, &numbers));
    out
}

/// An event whose answer was copied without its last line: the latest is no more than the worst.
fn cut_off(event: Option<String>, numbers: &[u64]) -> Option<Reading> {
    let [_, last] = numbers else { return None };
    event.map(|event| Reading::Named { name: format!("latency_event_ms.{event}"), value: *last as f64 })
}

/// What the doctor says of an event, of the monitor, or as advice.
fn says(of: &str, told: &str) -> Reading {
    const LONGEST: usize = 200;
    Reading::Setting { name: format!("latency_doctor.{of}"), value: told.chars().take(LONGEST).collect() }
}

/// When the latest event of LATENCY LATEST was, in milliseconds.
pub(super) fn time_ms(body: &str) -> Option<i64> {
    let value = |line: &str| number::unix_seconds(line.rsplit(") ").next().unwrap_or(line).trim());
    let mut lines = body.lines().peekable();
    let mut latest = None;
    while let Some(line) = lines.next() {
        let word = line.trim().rsplit(") ").next().unwrap_or(line).trim_matches('"');
        if is_event(word) {
            latest = latest.max(lines.peek().and_then(|next| value(next)));
        }
    }
    latest.map(|s| s * 1000)
}

/// `1. command: 3 latency spikes (average 912ms, …). Worst all time event 1840ms.`
fn doctor_line(line: &str) -> Option<Reading> {
    let (number, rest) = line.split_once(". ")?;
    number::integer(number)?;
    let (event, rest) = rest.split_once(": ")?;
    if !is_event(event) || !rest.contains("latency spikes") {
        return None;
    }
    let worst = rest.split_once("Worst all time event ")?.1;
    let value = number::plain(worst.split("ms").next()?)?;
    Some(Reading::Named { name: format!("latency_event_ms.{event}"), value })
}

/// `min: 0, max: 5, avg: 0.31 (977 samples)`: round trips seen by redis-cli.
fn cli_line(line: &str) -> Option<Reading> {
    let value = if is_piped(line) {
        number::plain(line.split(' ').nth(1)?)?
    } else if let Some(rest) = line.strip_prefix("min: ") {
        number::plain(rest.split_once(", max: ")?.1.split(", avg: ").next()?)?
    } else if let Some((event, rest)) = line.split_once(" - high ").filter(|(event, _)| is_event(event)) {
        // The head of LATENCY GRAPH: `command - high 500 ms, low 101 ms (all time high 500 ms)`.
        let value = number::plain(rest.split_once("(all time high ")?.1.split(' ').next()?)?;
        return Some(Reading::Named { name: format!("latency_event_ms.{event}"), value });
    } else {
        // `--intrinsic-latency`: what the machine itself withholds, in microseconds.
        let us = number::plain(line.strip_prefix("Max latency so far: ")?.strip_suffix(" microseconds.")?)?;
        return Some(Reading::Named { name: "latency_event_ms.intrinsic".to_owned(), value: us / 1000.0 });
    };
    Some(Reading::Named { name: "latency_event_ms.round-trip".to_owned(), value })
}

/// Whether a line is `redis-cli --latency` on a terminal, `--intrinsic-latency`, or the head of a graph.
pub(super) fn is_summary(line: &str) -> bool {
    (line.starts_with(['m', 'M']) || line.ends_with(" ms)")) && cli_line(line).is_some()
}

/// Whether a line is `redis-cli --latency` piped: `0 5 0.31 977`, least, most, average with two digits, count.
pub(super) fn is_piped(line: &str) -> bool {
    let mut words = line.split(' ');
    let (Some(least), Some(most), Some(average), Some(count)) = (words.next(), words.next(), words.next(), words.next()) else {
        return false;
    };
    let two_digits = average.rsplit_once('.').is_some_and(|(_, digits)| digits.len() == 2);
    match (number::integer(least), number::integer(most), number::plain(average), number::integer(count)) {
        (Some(least), Some(most), Some(average), Some(1..)) if two_digits && words.next().is_none() => {
            least as f64 <= average && average <= most as f64
        }
        _ => false,
    }
}

/// The worst of LATENCY HISTORY's (Unix seconds, milliseconds), for the event that was asked for.
pub(super) fn history(event: &str, values: &[Cow<'_, str>]) -> Option<Reading> {
    let spikes = values.chunks_exact(2).filter_map(|pair| number::unix_seconds(pair.first()?).and(number::integer(pair.get(1)?)));
    let worst = spikes.max()?;
    is_event(event).then(|| Reading::Named { name: format!("latency_event_ms.{event}"), value: worst as f64 })
}

/// Whether a line begins an answer.
pub(super) fn starts(line: &str) -> bool {
    if line.starts_with("Dave, ") || line.starts_with("I'm sorry, Dave") {
        return line.contains("latency") || line.contains("Dave, I can't do that");
    }
    if is_summary(line) {
        return true;
    }
    let line = line.trim_start();
    if !line.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if is_piped(line) {
        return true;
    }
    let row = line.split_once(") 1) ");
    row.is_some_and(|(n, value)| number::integer(n).is_some() && is_quoted_event(value))
}

fn is_quoted_event(value: &str) -> bool {
    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).is_some_and(is_event)
}

/// Whether a line continues an answer: numbered fields, the doctor's prose, blanks.
pub(super) fn continues(line: &str) -> bool {
    if line.is_empty() || doctor_line(line).is_some() {
        return true;
    }
    if line.starts_with(' ') {
        return line
            .trim_start()
            .split_once(") ")
            .is_some_and(|(n, value)| number::integer(n).is_some() && value.starts_with("(integer) "));
    }
    // Piped: bare numbers, then the next event's name.
    number::integer(line).is_some_and(|ms| ms < 10_000_000)
        || is_event(line)
        || is_piped(line)
        || is_summary(line)
        || line.starts_with("- ")
        || line.starts_with("I have a few advices")
        || line.starts_with("I don't have any")
        || starts(line) && !line.contains("Dave")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(body: &str) -> Vec<(String, f64)> {
        crate::capture::named(read(body))
    }

    #[test]
    fn latest_and_doctor() {
        let latest = "1) 1) \"command\"\n   2) (integer) 1705482004\n   3) (integer) 1840\n   4) (integer) 1840\n2) 1) \"aof-write-pending-fsync\"\n   2) (integer) 1705482004\n   3) (integer) 20\n   4) (integer) 400";
        assert_eq!(
            value(latest),
            [("latency_event_ms.command".to_owned(), 1840.0), ("latency_event_ms.aof-write-pending-fsync".to_owned(), 400.0)]
        );
        assert_eq!(value("command\n1705482004\n1840\n1841"), [("latency_event_ms.command".to_owned(), 1841.0)]);
        let cut = "1) 1) \"fork\"\n   2) (integer) 1705482004\n   3) (integer) 840\n2) 1) \"command\"\n   2) (integer) 1705482004\n   3) (integer) 20";
        assert_eq!(value(cut), [("latency_event_ms.fork".to_owned(), 840.0), ("latency_event_ms.command".to_owned(), 20.0)]);
        assert!(value("1) 1) \"fork\"\n   2) (integer) 1705482004").is_empty());
        let doctor = "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n1. command: 3 latency spikes (average 912ms, mean deviation 619ms, period 40.33 sec). Worst all time event 1840ms.\n\nI have a few advices for you:\n\n- Check your Slow Log";
        assert_eq!(value(doctor), [("latency_event_ms.command".to_owned(), 1840.0)]);
        let spikes = "3 latency spikes (average 912ms, mean deviation 619ms, period 40.33 sec). Worst all time event 1840ms.";
        assert!(read(doctor).contains(&says("command", spikes)) && read(doctor).contains(&says("advice_1", "Check your Slow Log")));
        assert!(doctor.lines().skip(1).all(continues));
        assert_eq!(value("min: 0, max: 5, avg: 0.31 (977 samples)"), [("latency_event_ms.round-trip".to_owned(), 5.0)]);
    }

    #[test]
    fn disabled_is_not_quiet() {
        let off = "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance.";
        assert!(starts(off) && value(off).is_empty() && read(off).len() == 1);
        assert!(!starts("1) 1) \"HGETALL\"") && !starts("Dave, lunch?") && !starts("min: x"));
    }
}
