//! `journalctl -o json`: a message with control bytes, as services with colours write them, is an array of numbers there.
//!
//! In: one entry a line. Out: the same lines, such messages as texts. Fails when: never; what is no array of bytes stays as it is.
//!
//! Below, texts are looked for in lines as they stand, and a text in numbers is none.

use super::Steps;
use super::input::Input;
use super::lines::Lines;

/// Longest line: a message of 48 KiB, where journald cuts lines, as numbers.
const MAX_LINE: usize = 1 << 20;
/// The member's name as journalctl writes it, and as tools do that wrote the object anew.
const STARTS: [&[u8]; 3] = [b"\"MESSAGE\":[", b"\"MESSAGE\" : [", b"\"MESSAGE\": ["];

/// True for a first line that is an entry. The one with numbers may come late, so all entries are gone over.
pub(super) fn is_entry(head: &[u8]) -> bool {
    let line = head.split(|&b| b == b'\n').next().unwrap_or_default();
    let holds = |what: &[u8]| memchr::memmem::find(line, what).is_some();
    line.starts_with(b"{\"") && holds(b"\"__REALTIME_TIMESTAMP\"") && holds(b"\"MESSAGE\"")
}

/// Where the numbers begin.
fn start(line: &[u8]) -> Option<usize> {
    let name = memchr::memmem::find(line, b"\"MESSAGE\"")?;
    STARTS.iter().find(|start| line.get(name..).is_some_and(|rest| rest.starts_with(start))).map(|start| name + start.len())
}

/// Reads the entries.
pub(super) struct Entries {
    input: Input,
}

impl Entries {
    pub(super) fn new(input: Input) -> Self {
        Self { input }
    }
}

impl Steps for Entries {
    fn step(&mut self, out: &mut Lines) -> bool {
        let Some(end) = self.input.line_end(0, MAX_LINE) else { return false };
        let line = self.input.rest().get(..end).unwrap_or_default();
        match start(line).and_then(|from| text(line, from)) {
            Some((from, text, behind)) => {
                out.bytes.extend_from_slice(line.get(..from - 1).unwrap_or_default());
                out.bytes.extend_from_slice(serde_json::Value::String(text).to_string().as_bytes());
                out.bytes.extend_from_slice(line.get(behind..).unwrap_or_default());
            }
            None => out.bytes.extend_from_slice(line),
        }
        self.input.take(end);
        true
    }
}

/// The text of the numbers that begin at `from`, and the place behind their bracket.
fn text(line: &[u8], from: usize) -> Option<(usize, String, usize)> {
    let rest = line.get(from..)?;
    let close = memchr::memchr(b']', rest)?;
    let numbers = std::str::from_utf8(rest.get(..close)?).ok()?;
    let bytes: Option<Vec<u8>> = numbers.split(',').map(|number| number.trim().parse().ok()).collect();
    Some((from, String::from_utf8_lossy(&bytes?).into_owned(), from + close + 1))
}
