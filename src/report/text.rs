//! The report for people: what an on-call engineer reads first stands first.
//!
//! In: a [`Report`] and a [`Style`]. Out: text, lines ended by `\n`. Fails when: never.
//!
//! Per incident: verdict, why, what to do now, what would settle it; then the rest, in the order in which it is asked for.
//! Piped output is the same text without colour.

mod gathered;
mod incident;
mod page;
#[cfg(test)]
pub(crate) mod sample;
mod spark;
mod words;

use super::{Report, Verdict};
use page::{Page, Paint};

/// How the text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns; lines are wrapped where they have a blank to wrap at. At least [`MIN_WIDTH`] is used.
    pub width: usize,
    /// ANSI colours.
    pub colour: bool,
    /// Causes shown for each incident.
    pub top: usize,
    /// Only ASCII (no block characters in sparklines).
    pub ascii: bool,
}

/// Narrower than this, wrapping makes text unreadable.
pub const MIN_WIDTH: usize = 40;

/// Wider than this, prose is hard to read.
pub const MAX_WIDTH: usize = 120;

impl Default for Style {
    fn default() -> Style {
        Style { width: 100, colour: false, top: 3, ascii: false }
    }
}

/// Renders the report.
pub fn render(report: &Report, style: &Style) -> String {
    let mut page = Page::new(style);
    match report.verdict {
        Verdict::NoIncident => {
            let span = words::span(report.input.first_ts.as_deref(), report.input.last_ts.as_deref());
            let when = if span.is_empty() { String::new() } else { format!(", {span}") };
            let lines = words::count(report.input.lines, "line");
            page.painted(Paint::Good, 0, &format!("no Redis incident in {lines}{when}"));
        }
        Verdict::NotRedis => {
            page.painted(Paint::Warn, 0, "Not Redis: there is trouble in these lines, but what they say points elsewhere");
        }
        Verdict::Incident | Verdict::Inconclusive => {}
    }
    let total = report.incidents.len();
    if total > 1 {
        page.painted(Paint::Strong, 0, &format!("{total} incidents, worst first"));
        page.blank();
    }
    for (i, found) in report.incidents.iter().enumerate() {
        if i > 0 {
            page.rule();
        }
        let number = (total > 1).then_some(i + 1);
        incident::render(&mut page, report, found, number);
    }
    gathered::render(&mut page, report);
    page.finish()
}

#[cfg(test)]
mod tests;
