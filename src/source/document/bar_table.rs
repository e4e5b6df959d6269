//! Tables that are drawn with bars: Markdown in a ticket, `mysql` and `psql`, Kusto's and PowerShell's boxes.
//!
//! In: text with a header that has a column of times and one of messages, a rule beside it, rows. Out: one item a row.
//! Fails when: never; lines outside of tables, and rows of another width, stay as they are.

use std::borrow::Cow;

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use super::table::Columns;

/// Longest line.
const MAX_LINE: usize = 1 << 20;
/// Lines of a head in which a table may begin: a ticket has prose before it.
const HEAD_LINES: usize = 60;

/// True for a header with known columns that a rule follows, or that shows by its bars that it is one.
pub(super) fn is_table(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let lines: Vec<&str> = text.lines().take(HEAD_LINES).collect();
    lines.windows(2).any(|pair| matches!(pair, [header, next] if (is_rule(next) || is_jira(header)) && columns(header).is_some()))
}

/// `|---|:--:|`, `+-----+-----+`, `-----+-----`.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 5
        && line.contains(['|', '+'])
        && line.contains("--")
        && line.bytes().all(|b| matches!(b, b'|' | b'-' | b'+' | b':' | b' ' | b'='))
}

/// `||time||message||`: Jira's header needs no rule.
fn is_jira(header: &str) -> bool {
    header.starts_with("||")
}

fn columns(header: &str) -> Option<Columns> {
    let names = cells(header)?;
    let columns = Columns::of(&names);
    (names.len() <= 64 && columns.has_time() && columns.has_message()).then_some(columns)
}

/// The cells of a row; a bar in a cell is escaped.
fn cells(line: &str) -> Option<Vec<String>> {
    // Markdown's quotes stand before a table, too.
    let line = line.trim().trim_start_matches("> ").trim_start_matches('>').trim();
    let inside = line.strip_prefix('|').map_or(line, |rest| rest.strip_suffix('|').unwrap_or(rest));
    let inside = if is_jira(line) { Cow::Owned(inside.trim_matches('|').replace("||", "|")) } else { Cow::Borrowed(inside) };
    let mut out = vec![String::new()];
    let mut escaped = false;
    for c in inside.chars() {
        match c {
            '|' if !escaped => out.push(String::new()),
            _ => {
                let cell = out.last_mut()?;
                if escaped && c != '|' {
                    cell.push('\\');
                }
                if c != '\\' {
                    cell.push(c);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    let plain = |cell: &String| cell.trim().trim_matches('`').trim().to_owned();
    (out.len() > 1).then(|| out.iter().map(plain).collect())
}

/// Reads the rows.
pub(super) struct BarTable {
    input: Input,
    table: Option<Columns>,
}

impl BarTable {
    pub(super) fn new(input: Input) -> Self {
        Self { input, table: None }
    }
}

impl Steps for BarTable {
    fn step(&mut self, out: &mut Lines) -> bool {
        let position = self.input.line();
        let Some(end) = self.input.line_end(0, MAX_LINE) else { return false };
        let line = String::from_utf8_lossy(self.input.rest().get(..end).unwrap_or_default()).into_owned();
        let row = cells(&line).filter(|_| !is_rule(&line));
        if let Some(next) = row.as_ref().and_then(|_| columns(&line)) {
            self.table = Some(next);
        } else if let (Some(columns), Some(cells)) =
            (&self.table, row.filter(|cells| self.table.as_ref().is_some_and(|t| t.len() == cells.len())))
        {
            columns.row(&cells, Facts::default(), position, out);
        } else if !is_rule(&line) {
            out.raw(line.as_bytes(), position);
        }
        self.input.take(end);
        true
    }
}
