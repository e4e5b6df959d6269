//! What is wrong with an input before a line of it is judged: only the last lines of each pod, a format made for people.
//!
//! In: the head of a stream. Out: one sentence with the command that does better, or nothing. Fails when: never.

use std::collections::BTreeSet;

use crate::capture::bare_count;
use crate::record::{Written, envelope, layout};

/// Lines of each pod that `kubectl logs -l` gives without `--tail`.
const DEFAULT_TAIL: usize = 10;
/// Lines of a head that are looked at for a format made for people.
const FORMAT_LINES: usize = 12;

/// What is wrong with the stream of which this is the head; `complete`: it is all of it.
pub(super) fn of_head(name: &str, head: &[u8], complete: bool, framed: bool) -> Option<String> {
    if framed {
        return None;
    }
    if only_counts(name, head, complete) {
        return Some(format!(
            "{name} holds bare counts and says not of what: they are taken for connected clients (CLIENT LIST | wc -l); INFO clients would say it"
        ));
    }
    if let Some(pods) = cut_pods(head, complete) {
        let them = if pods == 1 { "this pod".to_string() } else { format!("each of {pods} pods") };
        return Some(format!(
            "{name} holds only the last {DEFAULT_TAIL} lines of {them}, kubectl's default with -l: repeat it with --tail=-1 (or --since=1h)"
        ));
    }
    for_people(head).map(|format| {
        format!(
            "{name} is the output of --output {format}, made for people: repeat it with --output json, so that times and streams are read"
        )
    })
}

/// True for a source of nothing but counts, as a loop around `CLIENT LIST | wc -l` prints them. One number alone is one only where the
/// name says so or nobody gave the source a name: a PID file is a number, too.
pub(super) fn only_counts(name: &str, head: &[u8], complete: bool) -> bool {
    let lines = lines(head, complete);
    let mut counts = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).peekable();
    let lower = name.to_ascii_lowercase();
    let named = name == "-" || ["client", "conn", "count", "wc"].iter().any(|word| lower.contains(word));
    let enough = if named { 1 } else { 2 };
    counts.peek().is_some()
        && lines.iter().filter(|line| !line.trim().is_empty()).count() >= enough
        && counts.all(|line| bare_count(line).is_some())
}

fn lines(head: &[u8], complete: bool) -> Vec<String> {
    let mut lines: Vec<String> =
        head.split(|&b| b == b'\n').map(|l| String::from_utf8_lossy(l.get(..l.len().min(4096)).unwrap_or_default()).into_owned()).collect();
    // The last line of a cut head is half a line; that of a whole one is empty.
    if !complete || lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The number of pods, if each shows ten lines at most and most of them exactly ten.
fn cut_pods(head: &[u8], complete: bool) -> Option<usize> {
    let lines = lines(head, complete);
    if lines.first()?.starts_with("[pod/") { by_prefix(&lines, complete) } else { by_time(&lines).filter(|_| complete) }
}

/// `--prefix`: pods stand one after the other, each once; a follow mixes them and is not cut.
fn by_prefix(lines: &[String], complete: bool) -> Option<usize> {
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for line in lines {
        let pod = line.strip_prefix("[pod/").and_then(|rest| rest.split_once(']')).map(|(pod, _)| pod)?;
        match groups.last_mut() {
            Some((last, count)) if *last == pod => *count += 1,
            _ => groups.push((pod, 1)),
        }
    }
    if !complete {
        groups.pop();
    }
    let distinct: BTreeSet<&str> = groups.iter().map(|(pod, _)| *pod).collect();
    let full = groups.iter().filter(|(_, count)| *count == DEFAULT_TAIL).count();
    let cut = distinct.len() == groups.len() && groups.iter().all(|(_, count)| *count <= DEFAULT_TAIL) && full * 2 >= groups.len();
    (cut && full > 0).then_some(groups.len())
}

/// Without a prefix: whole tens of lines, and time steps back at their edges alone.
fn by_time(lines: &[String]) -> Option<usize> {
    if lines.len() < 2 * DEFAULT_TAIL || !lines.len().is_multiple_of(DEFAULT_TAIL) || lines.len() > 100 * DEFAULT_TAIL {
        return None;
    }
    let mut last: Option<(usize, i64)> = None;
    let mut steps_back = 0;
    for (at, line) in lines.iter().enumerate() {
        let Some(time) = time_of(line) else { continue };
        if let Some((before, earlier)) = last
            && time < earlier
        {
            if before / DEFAULT_TAIL == at / DEFAULT_TAIL {
                return None;
            }
            steps_back += 1;
        }
        last = Some((at, time));
    }
    // All but one edge may happen to go forward, where a pod was silent for long.
    (steps_back > 0 && steps_back * 2 >= lines.len() / DEFAULT_TAIL - 1).then_some(lines.len() / DEFAULT_TAIL)
}

fn time_of(line: &str) -> Option<i64> {
    let mut outer = envelope::Outer::default();
    let inner = envelope::peel(line, false, &mut outer);
    match outer.time.or_else(|| layout::parse(&inner).time)?.written {
        Written::Instant(ms) => Some(ms),
        Written::Local(time) => Some(time.and_utc().timestamp_millis()),
        Written::NoYear { .. } | Written::NoDate(_) => None,
    }
}

/// `yaml` or `table` of the AWS CLI, gcloud's YAML.
fn for_people(head: &[u8]) -> Option<&'static str> {
    let head = lines(head, true);
    let mut first = head.iter().take(FORMAT_LINES).map(|l| l.trim_end()).filter(|l| !l.is_empty()).peekable();
    let lead = *first.peek()?;
    let rule = lead.len() > 8 && lead.bytes().all(|b| matches!(b, b'-' | b'+'));
    if rule {
        let title = first.nth(1)?;
        let name = title.strip_prefix('|')?.strip_suffix('|')?.trim();
        return (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-'))).then_some("table");
    }
    const LISTS: [&str; 6] = ["events:", "results:", "Events:", "Datapoints:", "MetricDataResults:", "searchedLogStreams:"];
    const MEMBERS: [&str; 7] = ["- eventId:", "- ingestionTime:", "- logStreamName:", "- - field:", "- Date:", "- Maximum:", "- Id:"];
    if LISTS.contains(&lead) {
        return first.nth(1).is_some_and(|l| MEMBERS.iter().any(|m| l.trim_start().starts_with(m))).then_some("yaml");
    }
    (lead == "---" && first.any(|l| l.starts_with("insertId:") || l.starts_with("logName: projects/"))).then_some("yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(counts: &[usize], prefix: bool) -> String {
        let mut out = String::new();
        for (pod, count) in counts.iter().enumerate() {
            for line in 0..*count {
                let lead = if prefix { format!("[pod/cart-7b4c9f86d5-k4zv{pod}/app] ") } else { String::new() };
                out += &format!("{lead}2024-01-17T09:00:{:02}.000Z INFO line {line}\n", 10 + line + pod);
            }
        }
        out
    }

    fn cut(text: &str) -> bool {
        of_head("x", text.as_bytes(), true, false).is_some_and(|t| t.contains("--tail=-1"))
    }

    #[test]
    fn ten_lines_a_pod() {
        assert!(cut(&pods(&[10, 10, 10], true)) && cut(&pods(&[10], true)) && cut(&pods(&[10, 7, 10], true)));
        assert!(!cut(&pods(&[10, 11], true)) && !cut(&pods(&[5, 4], true)) && !cut(&pods(&[9], true)));
        assert!(cut(&pods(&[10, 10, 10], false)));
        assert!(!cut(&pods(&[20], false)) && !cut(&pods(&[10, 9], false)) && !cut(&pods(&[15, 15], false)));
        // A follow mixes the pods.
        let one: Vec<String> = pods(&[10], true).lines().map(str::to_string).collect();
        let two: Vec<String> = pods(&[0, 10], true).lines().map(str::to_string).collect();
        let mixed = one.iter().zip(&two).map(|(a, b)| format!("{a}\n{b}\n")).collect::<Vec<_>>().concat();
        assert!(!cut(&mixed));
        assert!(of_head("x", b"", true, false).is_none() && of_head("x", b"[pod/", false, false).is_none());
    }

    #[test]
    fn formats_for_people() {
        let format = |text: &str| for_people(text.as_bytes());
        assert_eq!(format("events:\n- eventId: '3803'\n  message: ERROR x\n"), Some("yaml"));
        assert_eq!(format("---\ninsertId: a\nlogName: projects/p/logs/stderr\n"), Some("yaml"));
        let table =
            "----------------------------\n|       FilterLogEvents    |\n+--------------------------+\n||         events          ||\n";
        assert_eq!(format(table), Some("table"));
        for text in ["", "events: 5\n", "----------\nsummary\n", "---\napiVersion: v1\n", "2024-01-17T09:00:00Z INFO x\n"] {
            assert_eq!(format(text), None, "{text}");
        }
    }
}
