//! `journalctl -o verbose`: a dated line, then one indented `FIELD=value` a line.
//!
//! In: `Wed 2024-01-17 09:00:01.204595 UTC [s=…;i=…]` and its fields. Out: one line of JSON an entry, with the fields as texts, as
//! `journalctl -o json` writes it. Fails when: never; lines outside of entries are left out.

use serde_json::{Map, Value};

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};

/// Longest entry: journald cuts lines at 48 KiB and fields at 768 MiB; what stands in logs is far smaller.
const MAX_ENTRY: usize = 4 << 20;

/// True for the head of an entry with a field below it.
pub(super) fn is_verbose(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines().skip_while(|line| line.starts_with("-- "));
    lines.next().is_some_and(opens) && lines.next().is_some_and(|line| field(line).is_some())
}

/// `… [s=<cursor>;i=…;b=…]`
fn opens(line: &str) -> bool {
    line.trim_end().ends_with(']') && line.contains(" [s=") && line.contains(";i=")
}

fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("    ")?.split_once('=')?;
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    named.then_some((name, value))
}

/// Reads the entries.
pub(super) struct Verbose {
    input: Input,
}

impl Verbose {
    pub(super) fn new(input: Input) -> Self {
        Self { input }
    }
}

impl Steps for Verbose {
    fn step(&mut self, out: &mut Lines) -> bool {
        let position = self.input.line();
        let Some((text, end)) = self.input.lines_while(MAX_ENTRY, |line| line.starts_with(b" ") || line.starts_with(b"\t")) else {
            return false;
        };
        let mut lines = text.lines();
        if lines.next().is_some_and(opens) {
            let head = text.lines().next().unwrap_or_default();
            let time = head.split_once(" [s=").map_or(head, |(time, _)| time);
            let mut entry = Map::new();
            let mut last = None;
            for line in lines {
                if let Some((name, value)) = field(line) {
                    entry.insert(name.to_owned(), Value::String(value.to_owned()));
                    last = Some(name.to_owned());
                } else if let Some(Value::String(value)) = last.as_ref().and_then(|name| entry.get_mut(name)) {
                    // A value of many lines is indented to the place behind its name.
                    value.push('\n');
                    value.push_str(line.trim_start());
                }
            }
            entry.entry("__REALTIME_TIMESTAMP").or_insert_with(|| Value::String(time.to_owned()));
            out.json(None, &Facts::default(), position, Value::Object(entry).to_string().as_bytes());
        }
        self.input.take(end);
        true
    }
}
