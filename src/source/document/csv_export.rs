//! CSV exports: Logs Insights, Datadog, Log Analytics, and any table with a column of times and one of messages.
//!
//! In: CSV with a header. Out: one item a row. Fails when: a row has another number of cells than the header: it is kept as text,
//! and reading goes on at the next line, so that a lost quote costs one row and not the file.

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use super::table::Columns;
use crate::source::Faults;

/// Longest row: ten times the longest event that CloudWatch takes.
const MAX_ROW: usize = 4 << 20;
/// Longest header.
const MAX_HEADER: usize = 8 << 10;
/// Bytes that may be gone over twice after broken rows, beyond as many as were read.
const FREE_REWIND: u64 = 64 << 20;

/// Delimiter and columns, if `line` is a header whose columns are known.
pub(super) fn header(line: &[u8]) -> Option<(u8, Columns)> {
    if line.len() > MAX_HEADER {
        return None;
    }
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| line.iter().filter(|b| *b == d).count())?;
    if !line.contains(&delimiter) {
        return None;
    }
    let names = cells(line, delimiter);
    if names.iter().any(|n| n.len() > 64 || n.contains('=') || n.trim().is_empty()) {
        return None;
    }
    let columns = Columns::of(&names);
    (columns.has_time() && columns.has_message()).then_some((delimiter, columns))
}

/// Reads the rows.
pub(super) struct Csv {
    input: Input,
    faults: Faults,
    table: Option<(u8, Columns)>,
    rewound: u64,
}

impl Csv {
    pub(super) fn new(input: Input, faults: Faults) -> Self {
        Self { input, faults, table: None, rewound: 0 }
    }

    /// Bytes of the next row without its line end, and with it; `None` at the end of input.
    fn row_end(&mut self, delimiter: u8) -> Option<(usize, usize)> {
        let mut quoted = false;
        let mut cell_start = true;
        let mut at = 0;
        loop {
            let Some(&byte) = self.input.rest().get(at) else {
                if at < MAX_ROW && self.input.more() {
                    continue;
                }
                return (at > 0).then_some((at, at));
            };
            if quoted {
                // A doubled quote closes and opens again, which comes to the same.
                quoted = byte != b'"';
                cell_start = false;
            } else {
                match byte {
                    b'"' if cell_start || at > 0 && self.input.rest().get(at - 1) == Some(&b'"') => quoted = true,
                    b'\n' => return Some((at, at + 1)),
                    _ => {}
                }
                cell_start = byte == delimiter;
            }
            at += 1;
        }
    }
}

impl Steps for Csv {
    fn step(&mut self, out: &mut Lines) -> bool {
        let delimiter = self.table.as_ref().map_or(b',', |(d, _)| *d);
        let Some((end, next)) = self.row_end(delimiter) else { return false };
        let position = self.input.line();
        let row = self.input.rest().get(..end).unwrap_or_default();
        let row = row.strip_suffix(b"\r").unwrap_or(row);
        if row.trim_ascii().is_empty() {
            self.input.take(next);
            return true;
        }
        // A header again: two exports in one file.
        if let Some(table) = header(row) {
            self.table = Some(table);
            self.input.take(next);
            return true;
        }
        let Some((delimiter, columns)) = &self.table else {
            out.raw(row, position);
            self.input.take(next);
            return true;
        };
        let cells = cells(row, *delimiter);
        if cells.len() == columns.len() {
            columns.row(&cells, Facts::default(), position, out);
            self.input.take(next);
            return true;
        }
        // Keep its first physical line as text and go on behind that.
        let line = memchr::memchr(b'\n', row).filter(|_| self.rewound <= FREE_REWIND + self.input.offset());
        let taken = line.map_or(next, |n| n + 1);
        self.rewound += (next - taken) as u64;
        self.faults.add(self.input.offset(), format!("a row has {} cells, the header {}; its text is kept", cells.len(), columns.len()));
        out.raw(row.get(..taken.min(row.len())).unwrap_or_default(), position);
        self.input.take(taken);
        true
    }
}

/// The cells of one row.
fn cells(row: &[u8], delimiter: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(row);
    let mut record = csv::ByteRecord::new();
    match reader.read_byte_record(&mut record) {
        Ok(true) => record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect(),
        _ => Vec::new(),
    }
}
