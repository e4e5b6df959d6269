//! Texts of several files or hosts one after the other, each under a header: `tail -f a b`, `more a b | cat`, `clush -b`, `pssh -i`,
//! `ansible -m shell`.
//!
//! In: such a text. Out: its lines, each with the path or host that it stands under. Fails when: never.
//!
//! Lines stay lines (none gets a position of its own), so that records of many lines are joined as in any file.

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};

/// Longest line that is handed on at once.
const MAX_LINE: usize = 1 << 20;

/// What a header names.
#[derive(Debug, PartialEq)]
enum Header {
    Path(String),
    Host(String),
    /// A rule of dashes: between two of them stands what clush names.
    Rule,
}

/// True for a text that begins with such a header.
pub(super) fn is_headed(head: &[u8]) -> bool {
    let mut lines = head.split_inclusive(|&b| b == b'\n');
    let mut next = || lines.next().filter(|line| line.ends_with(b"\n"));
    match next().and_then(header) {
        Some(Header::Rule) => next().is_some_and(|line| node(line).is_some()) && next().and_then(header) == Some(Header::Rule),
        other => other.is_some(),
    }
}

/// `==> /var/log/checkout-api/app.log <==`, `web-1 | CHANGED | rc=0 >>`, `[1] 09:00:01 [SUCCESS] web-1`, `---------------`.
fn header(line: &[u8]) -> Option<Header> {
    const LONGEST: usize = 512;
    if line.len() > LONGEST || !matches!(line.first(), Some(b'=' | b'-' | b'[' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')) {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?.trim_end();
    if let Some(path) = line.strip_prefix("==> ") {
        return path.strip_suffix(" <==").filter(|path| !path.is_empty()).map(|path| Header::Path(path.to_owned()));
    }
    if line.len() >= 15 && line.bytes().all(|b| b == b'-') {
        return Some(Header::Rule);
    }
    let host = if let Some(rest) = line.strip_prefix('[') {
        let (number, rest) = rest.split_once("] ")?;
        let (_, rest) = rest.split_once(" [").filter(|(time, _)| time.len() == 8 && number.bytes().all(|b| b.is_ascii_digit()))?;
        rest.strip_prefix("SUCCESS] ").or_else(|| rest.strip_prefix("FAILURE] "))?.split(' ').next()?
    } else {
        let (host, rest) = line.strip_suffix(" >>")?.split_once(" | ")?;
        host.split(' ').next().filter(|_| rest.contains(" | rc="))?
    };
    Some(Header::Host(host.to_owned()))
}

/// The nodes that clush names between two rules.
fn node(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let name = line.split(' ').next().unwrap_or(line);
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b',' | b'[' | b']');
    (!name.is_empty() && name.len() <= 256 && name.bytes().all(plain)).then(|| name.to_owned())
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

    /// The name between the rule that ends at `from` and another, and where that ends.
    fn between_rules(&mut self, from: usize) -> Option<(String, usize)> {
        let end = self.input.line_end(from, MAX_LINE)?;
        let name = node(self.input.rest().get(from..end)?)?;
        let close = self.input.line_end(end, MAX_LINE)?;
        let rule = self.input.rest().get(end..close).and_then(header) == Some(Header::Rule);
        rule.then_some((name, close))
    }
}

impl Steps for TailHeaders {
    fn step(&mut self, out: &mut Lines) -> bool {
        let Some(mut end) = self.input.line_end(0, MAX_LINE) else { return false };
        let facts = match self.input.rest().get(..end).and_then(header) {
            Some(Header::Path(path)) => Some(Facts::default().with("path", Some(&path))),
            Some(Header::Host(host)) => Some(Facts::default().with("host", Some(&host))),
            Some(Header::Rule) => self.between_rules(end).map(|(name, close)| {
                end = close;
                Facts::default().with("host", Some(&name))
            }),
            None => None,
        };
        let text = self.input.rest().get(..end).unwrap_or_default();
        if let Some(facts) = facts {
            self.facts = facts;
            // Blank lines in its place keep the numbers of the others.
            out.bytes.extend(text.iter().filter(|b| **b == b'\n'));
        } else {
            out.line(&self.facts, text.strip_suffix(b"\n").unwrap_or(text));
        }
        self.input.take(end);
        true
    }
}
