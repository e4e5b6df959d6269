//! Records as blocks of named lines: PowerShell's `Format-List`, `mysql \G`, `psql \x`.
//!
//! In: `TimeCreated : 7/15/2025 1:31:31 PM`, a name a line, values of many lines set below each other. Out: one item a block.
//! Fails when: never; what stands before the first block is left out.
//!
//! A block begins where the first name comes again: blank lines stand inside of messages, too.

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use super::table::Columns;

/// Longest block: a message with its traces.
const MAX_BLOCK: usize = 1 << 20;
/// Names of one block.
const MAX_NAMES: usize = 64;
/// Longest name.
const MAX_NAME: usize = 48;

/// True for a first block with a time and a message.
pub(super) fn is_labelled(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let lines: Vec<&str> = head.lines().skip_while(|line| is_rule(line) || line.trim().is_empty()).take(MAX_NAMES).collect();
    let Some((first, mark)) = lines.first().and_then(|line| Some((label(line)?.0, mark_of(line)?))) else { return false };
    let block = lines.iter().skip(1).take_while(|line| label_at(line, mark) != Some(first));
    let names: Vec<&str> = std::iter::once(first).chain(block.filter_map(|line| label_at(line, mark))).collect();
    let columns = Columns::of(&names);
    names.len() > 2 && columns.has_time() && columns.has_message()
}

/// What mysql and psql set between blocks.
fn is_rule(line: &str) -> bool {
    line.starts_with("*****") && line.contains(". row *****") || line.starts_with("-[ RECORD ")
}

/// Where the mark between name and value stands.
fn mark_of(line: &str) -> Option<usize> {
    label(line).map(|(_, mark)| mark)
}

/// `TimeCreated      : …`, `            ts: …`, `ts      | …`: the name, and where its mark stands.
fn label(line: &str) -> Option<(&str, usize)> {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    let named = line.bytes().skip(blanks).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
    let name = line.get(blanks..blanks + named).filter(|name| !name.is_empty() && name.len() <= MAX_NAME)?;
    let mark = blanks + named + line.bytes().skip(blanks + named).take_while(|b| *b == b' ').count();
    // Names are set flush with either side, so that marks stand below each other.
    let aligned =
        matches!(line.as_bytes().get(mark), Some(b':' | b'|')) && matches!(line.as_bytes().get(mark + 1), Some(b' ' | b'\r') | None);
    aligned.then_some((name, mark))
}

/// The name of a line whose mark stands where it must.
fn label_at(line: &str, mark: usize) -> Option<&str> {
    label(line).filter(|(_, at)| *at == mark).map(|(name, _)| name)
}

/// Reads the blocks.
pub(super) struct Labelled {
    input: Input,
    /// The name that opens a block, and where its mark stands.
    first: Option<(String, usize)>,
}

impl Labelled {
    pub(super) fn new(input: Input) -> Self {
        Self { input, first: None }
    }
}

impl Steps for Labelled {
    fn step(&mut self, out: &mut Lines) -> bool {
        let position = self.input.line();
        let Some(head) = self.input.line_end(0, MAX_BLOCK) else { return false };
        let opened =
            label(&String::from_utf8_lossy(self.input.rest().get(..head).unwrap_or_default())).map(|(name, mark)| (name.to_owned(), mark));
        let Some((name, mark)) = self.first.clone().or(opened.clone()) else {
            self.input.take(head);
            return true;
        };
        let opens = |line: &[u8]| label_at(&String::from_utf8_lossy(line), mark) == Some(&name);
        let Some((text, end)) = self.input.lines_while(MAX_BLOCK, |line| !opens(line)) else { return false };
        self.input.take(end);
        self.first = Some((name.clone(), mark));
        if opened.is_none_or(|opened| opened != (name.clone(), mark)) {
            return true;
        }
        let (mut names, mut cells) = (vec![name.as_str()], Vec::<String>::new());
        for line in text.lines().filter(|line| !is_rule(line)) {
            let value = |from: usize| line.get(from..).map_or("", str::trim_end);
            match label_at(line, mark).filter(|_| names.len() < MAX_NAMES) {
                Some(name) => {
                    if !cells.is_empty() {
                        names.push(name);
                    }
                    cells.push(value(mark + 2).to_owned());
                }
                None => {
                    if let Some(cell) = cells.last_mut() {
                        let blanks = line.len() - line.trim_start_matches(' ').len();
                        cell.push('\n');
                        cell.push_str(value(blanks.min(mark + 2)));
                    }
                }
            }
        }
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
        Columns::of(&names).row(&cells, Facts::default(), position, out);
        true
    }
}
