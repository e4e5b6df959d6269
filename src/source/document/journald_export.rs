//! systemd-journald's export form.
//!
//! In: `FIELD=value` lines, or `FIELD`, a 64-bit little-endian length and that many bytes; an empty line ends a record.
//! Out: one item a record. Fails when: a length is absurd or the input is cut; reading goes on at the next record.

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use crate::source::Faults;

/// Longest field that is kept: journald itself caps a message at 768 MiB, a log line is far shorter.
const MAX_FIELD: usize = 4 << 20;

/// The first line of a record.
pub(super) fn is_export(text: &[u8]) -> bool {
    text.starts_with(b"__CURSOR=") || text.starts_with(b"__REALTIME_TIMESTAMP=")
}

/// Reads records.
pub(super) struct Export {
    input: Input,
    faults: Faults,
    record: Record,
}

#[derive(Default)]
struct Record {
    position: u64,
    time_ms: Option<i64>,
    message: Option<String>,
    ident: Option<String>,
    unit: Option<String>,
    container: Option<String>,
    host: Option<String>,
    level: Option<String>,
}

impl Record {
    fn set(&mut self, field: &[u8], value: &[u8]) {
        let text = || Some(String::from_utf8_lossy(value).into_owned());
        match field {
            b"__REALTIME_TIMESTAMP" => {
                self.time_ms = std::str::from_utf8(value).ok().and_then(|t| t.parse::<i64>().ok()).map(|us| us / 1000);
            }
            b"MESSAGE" => self.message = text(),
            b"SYSLOG_IDENTIFIER" => self.ident = text(),
            b"_SYSTEMD_UNIT" => self.unit = text().map(|u| u.trim_end_matches(".service").to_owned()),
            b"CONTAINER_NAME" => self.container = text(),
            b"_HOSTNAME" => self.host = text(),
            b"PRIORITY" => self.level = text(),
            _ => {}
        }
    }

    fn write(&mut self, out: &mut Lines) {
        let record = std::mem::take(self);
        let Some(message) = record.message else { return };
        let level = record.level.as_deref().map(|p| match p {
            "0" | "1" | "2" => "critical",
            "3" => "error",
            "4" => "warning",
            "5" | "6" => "info",
            _ => "debug",
        });
        let facts = Facts::default()
            .with("service", record.ident.as_deref().or(record.unit.as_deref()))
            .with("container", record.container.as_deref())
            .with("host", record.host.as_deref())
            .with("level", level);
        out.item(record.time_ms, &facts, record.position, &message);
    }
}

impl Export {
    pub(super) fn new(input: Input, faults: Faults) -> Self {
        Self { input, faults, record: Record::default() }
    }

    /// The length of the binary value at the start of the window, if all of it can be held.
    fn binary(&mut self) -> Option<usize> {
        self.input.want(8);
        let length = u64::from_le_bytes(self.input.rest().get(..8)?.try_into().ok()?);
        let length = usize::try_from(length).ok().filter(|&n| n <= MAX_FIELD)?;
        self.input.want(8 + length);
        (self.input.rest().len() >= 8 + length).then_some(length)
    }
}

impl Steps for Export {
    fn step(&mut self, out: &mut Lines) -> bool {
        let mut seen = 0;
        let (end, next) = loop {
            let rest = self.input.rest();
            if let Some(n) = rest.get(seen..).and_then(|r| memchr::memchr(b'\n', r)) {
                break (seen + n, seen + n + 1);
            }
            seen = rest.len();
            if seen > MAX_FIELD || !self.input.more() {
                break (seen, seen);
            }
        };
        if next == 0 {
            self.record.write(out);
            return false;
        }
        if end == 0 {
            self.input.take(next);
            self.record.write(out);
            return true;
        }
        if self.record.position == 0 {
            self.record.position = self.input.line();
        }
        let line = self.input.rest().get(..end).unwrap_or_default();
        if let Some(equals) = memchr::memchr(b'=', line) {
            let (field, value) = line.split_at(equals);
            self.record.set(field, value.get(1..).unwrap_or_default());
            self.input.take(next);
            return true;
        }
        let field = line.to_vec();
        let is_field = field.len() <= 64 && field.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
        let at = self.input.offset();
        self.input.take(next);
        match if is_field { self.binary() } else { None } {
            Some(length) => {
                let value = self.input.rest().get(8..8 + length).unwrap_or_default();
                self.record.set(&field, value);
                self.input.take(8 + length);
                if self.input.peek() == Some(b'\n') {
                    self.input.take(1);
                }
            }
            None => self.faults.add(at, "a field of the journal cannot be read; it is passed over"),
        }
        true
    }
}
