//! `tail -f a b`, `head a b`, `more a b | cat`: files one after the other under `==> path <==`.
//!
//! In: such a text. Out: its lines, each with the path that it stands under. Fails when: never.
//!
//! Lines stay lines (none gets a position of its own), so that records of many lines are joined as in any file.

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};

/// Longest line that is handed on at once.
const MAX_LINE: usize = 1 << 20;

/// True for a text that begins with such a header.
pub(super) fn is_headed(head: &[u8]) -> bool {
    let line = head.split(|&b| b == b'\n').next().unwrap_or_default();
    head.contains(&b'\n') && path(&String::from_utf8_lossy(line)).is_some()
}

/// `==> /var/log/checkout-api/app.log <==`
fn path(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("==> ")?.strip_suffix(" <==").filter(|path| !path.is_empty())
}

/// Reads the lines.
pub(super) struct TailHeaders {
    input: Input,
    facts: Facts,
}

impl TailHeaders {
    pub(super) fn new(input: Input) -> Self {
        Self { input, facts: Facts::default() }
    }
}

impl Steps for TailHeaders {
    fn step(&mut self, out: &mut Lines) -> bool {
        let Some(end) = self.input.line_end(0, MAX_LINE) else { return false };
        let line = self.input.rest().get(..end).unwrap_or_default();
        let header = if line.starts_with(b"==> ") { path(&String::from_utf8_lossy(line)).map(str::to_owned) } else { None };
        if let Some(path) = header {
            self.facts = Facts::default().with("path", Some(&path));
            // A blank line in its place keeps the numbers of the others.
            out.bytes.push(b'\n');
        } else {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            out.line(&self.facts, line);
        }
        self.input.take(end);
        true
    }
}
