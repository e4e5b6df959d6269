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
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| memchr::memchr_iter(*d, line).count())?;
    if !line.contains(&delimiter) {
        return None;
    }
    let names = cells(line, delimiter).0;
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
        let mut at = 0;
        loop {
            let rest = self.input.rest();
            let window = rest.get(at..).unwrap_or_default();
            // Outside quotes a line end matters, and a quote at the start of a cell; inside, the next quote.
            let found = if quoted { memchr::memchr(b'"', window) } else { memchr::memchr2(b'"', b'\n', window) };
            let Some(n) = found else {
                at = rest.len();
                if at < MAX_ROW && self.input.more() {
                    continue;
                }
                return (at > 0).then_some((at, at));
            };
            at += n + 1;
            match rest.get(at - 1) {
                Some(b'\n') if !quoted => return Some((at - 1, at)),
                // A doubled quote closes and opens again, which comes to the same.
                Some(_) if quoted => quoted = false,
                _ => quoted = at < 2 || matches!(rest.get(at - 2), Some(before) if *before == delimiter || *before == b'"'),
            }
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
        // A header again: two exports in one file. Headers have no digits, rows do.
        if (self.table.is_none() || !row.iter().any(u8::is_ascii_digit))
            && let Some(table) = header(row)
        {
            self.table = Some(table);
            self.input.take(next);
            return true;
        }
        let Some((delimiter, columns)) = &self.table else {
            out.raw(row, position);
            self.input.take(next);
            return true;
        };
        let (cells, stray) = cells(row, *delimiter);
        // A quote that nothing closes runs into the quote of the next row: text stands behind what looks closed.
        let runs_on = stray && row.contains(&b'\n');
        if cells.len() == columns.len() && !runs_on {
            columns.row(&cells, Facts::default(), position, out);
            self.input.take(next);
            return true;
        }
        // Keep its first physical line as text and go on behind that.
        let line = memchr::memchr(b'\n', row).filter(|_| self.rewound <= FREE_REWIND + self.input.offset());
        let taken = line.map_or(next, |n| n + 1);
        self.rewound += (next - taken) as u64;
        let what = if runs_on {
            "a row opens a quote and does not close it; its text is kept".to_owned()
        } else {
            format!("a row has {} cells, the header {}; its text is kept", cells.len(), columns.len())
        };
        self.faults.add(self.input.offset(), what);
        out.raw(row.get(..taken.min(row.len())).unwrap_or_default(), position);
        self.input.take(taken);
        true
    }
}

/// The cells of one row, quotes taken off, and whether text stood between a closing quote and the next cell. A quote counts only at the start of a cell, like in RFC 4180.
fn cells(row: &[u8], delimiter: u8) -> (Vec<String>, bool) {
    let mut out = Vec::new();
    let mut stray = false;
    let mut at = 0;
    loop {
        let rest = row.get(at..).unwrap_or_default();
        let mut cell = Vec::new();
        let mut taken = 0;
        if rest.first() == Some(&b'"') {
            taken = 1;
            loop {
                let inside = rest.get(taken..).unwrap_or_default();
                let Some(n) = memchr::memchr(b'"', inside) else {
                    cell.extend_from_slice(inside);
                    taken = rest.len();
                    break;
                };
                cell.extend_from_slice(rest.get(taken..taken + n).unwrap_or_default());
                taken += n + 1;
                if rest.get(taken) != Some(&b'"') {
                    break;
                }
                cell.push(b'"');
                taken += 1;
            }
        }
        // The whole cell, or what stands between a closing quote and the delimiter.
        let tail = rest.get(taken..).unwrap_or_default();
        let end = memchr::memchr(delimiter, tail).unwrap_or(tail.len());
        stray |= taken > 0 && end > 0;
        cell.extend_from_slice(tail.get(..end).unwrap_or_default());
        out.push(String::from_utf8(cell).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()));
        at += taken + end + 1;
        if end == tail.len() {
            return (out, stray);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cells;

    #[test]
    fn cells_are_those_of_the_csv_crate() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..5000 {
            let mut row = Vec::new();
            for _ in 0..12 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                row.push(b"ab,\" ,z"[(state % 7) as usize]);
            }
            // An open quote takes the rest of the file; rows that reach `cells` have been closed before.
            if memchr::memchr_iter(b'"', &row).count() % 2 == 1 {
                row.push(b'"');
            }
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&row[..]);
            let Some(Ok(record)) = reader.byte_records().next() else { continue };
            let expected: Vec<String> = record.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
            assert_eq!(cells(&row, b',').0, expected, "{}", String::from_utf8_lossy(&row));
        }
    }
}
