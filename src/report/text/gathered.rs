//! What belongs to no single incident: notes, captures, unrecognised errors, coverage. In: the report. Out: lines. Fails when: never.

use super::page::{Page, Paint};
use super::words;
use crate::report::{Coverage, Report, Verdict};

/// Templates of unrecognised errors shown.
const TEMPLATES: usize = 5;

/// Notes shown.
const NOTES: usize = 10;

/// Prints the sections that have something to say.
pub(super) fn render(page: &mut Page<'_>, report: &Report) {
    notes(page, report);
    captures(page, report);
    unrecognised(page, report);
    coverage(page, report);
}

fn notes(page: &mut Page<'_>, report: &Report) {
    if report.notes.is_empty() {
        return;
    }
    page.heading(if report.verdict == Verdict::NotRedis { "What points elsewhere:" } else { "Notes:" });
    for note in report.notes.iter().take(NOTES) {
        page.hanging(Paint::Plain, 2, "- ", &format!("{}{}", note.text, words::places(&note.citations)));
    }
    more(page, report.notes.len(), NOTES);
}

fn more(page: &mut Page<'_>, all: usize, shown: usize) {
    if all > shown {
        page.painted(Paint::Faint, 2, &format!("and {} more", all - shown));
    }
}

fn captures(page: &mut Page<'_>, report: &Report) {
    for capture in &report.captures {
        page.heading(&format!("{} ({}):", capture.kind, capture.source));
        for line in &capture.summary {
            page.text(2, line);
        }
    }
}

fn unrecognised(page: &mut Page<'_>, report: &Report) {
    if report.unrecognised.is_empty() {
        return;
    }
    page.heading("Redis errors that no signature knows:");
    for template in report.unrecognised.iter().take(TEMPLATES) {
        page.hanging(
            Paint::Plain,
            2,
            &format!("{} x ", words::grouped(template.count)),
            &format!("{} [{}]", template.template, words::place(&template.citation)),
        );
    }
    more(page, report.unrecognised.len(), TEMPLATES);
}

fn coverage(page: &mut Page<'_>, report: &Report) {
    let quiet = matches!(report.verdict, Verdict::NoIncident);
    let doubts = doubts(&report.coverage, quiet || report.verdict == Verdict::NotRedis);
    if quiet && doubts.is_empty() && report.input.assumptions.is_empty() {
        return;
    }
    page.heading("Coverage:");
    if !quiet {
        let input = &report.input;
        let span = words::span(input.first_ts.as_deref(), input.last_ts.as_deref());
        let span = if span.is_empty() { String::new() } else { format!(", {span}") };
        let about = if input.records_basis == "estimate" { "about " } else { "" };
        let sources = words::count(input.sources.len() as u64, "source");
        let read = format!(
            "{sources}, {}, {about}{} ({}){span}",
            words::count(input.lines, "line"),
            words::count(input.records, "record"),
            words::bytes(input.bytes)
        );
        page.text(2, &read);
    }
    for doubt in doubts {
        page.hanging(Paint::Plain, 2, "- ", &doubt);
    }
    for assumption in &report.input.assumptions {
        page.hanging(Paint::Plain, 2, "assumed: ", assumption);
    }
}

/// What was skipped, capped or hidden, one sentence each; remarks that a headline already said are left out.
fn doubts(coverage: &Coverage, all_remarks: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut counted = |n: u64, noun: &str, what: &str| {
        if n > 0 {
            out.push(format!("{} {what}", words::count(n, noun)));
        }
    };
    counted(coverage.undated, "record", "without a time");
    counted(coverage.absurd_times, "record", "with an impossible time");
    counted(coverage.undecoded, "line", "not in UTF-8, read with replacement");
    counted(coverage.truncated, "line", "cut at the length limit");
    counted(coverage.duplicates, "event", "in several places, counted once");
    counted(coverage.filtered, "record", "outside the chosen time or service");
    counted(coverage.outside_focus, "second", "around incidents too far from trouble to be read in full: their requests are sampled");
    counted(coverage.redacted, "value", "hidden (--no-redact shows them)");
    out.extend(coverage.caps_reached.iter().map(|cap| format!("limit reached: {cap}")));
    out.extend(coverage.unreadable.iter().map(|source| format!("not read: {source}")));
    let said = if all_remarks { Vec::new() } else { words::first_remarks(coverage) };
    out.extend(coverage.remarks.iter().filter(|r| !said.contains(r)).cloned());
    out
}
