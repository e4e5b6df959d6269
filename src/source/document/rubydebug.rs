//! Logstash's `rubydebug` codec: a hash of Ruby a record, a member a line.
//!
//! In: `{`, lines of `"key" => value`, `}`. Out: one line of JSON a record. Fails when: a record cannot be read: its text is kept.

use serde_json::{Map, Value};

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use crate::source::Faults;

/// Longest record.
const MAX_RECORD: usize = 1 << 20;
/// Hashes and arrays inside each other.
const DEEPEST: usize = 32;

/// True for a `{` on a line of its own with a member of a hash below.
pub(super) fn is_rubydebug(head: &[u8]) -> bool {
    let Some(inside) = head.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return false };
    let line = inside.split(|&b| b == b'\n').next().unwrap_or_default();
    head.get(1).is_some_and(|b| matches!(b, b'\n' | b'\r')) && line.starts_with(b"\"") && memchr::memmem::find(line, b"\" => ").is_some()
}

/// Reads the records.
pub(super) struct RubyDebug {
    input: Input,
    faults: Faults,
}

impl RubyDebug {
    pub(super) fn new(input: Input, faults: Faults) -> Self {
        Self { input, faults }
    }
}

impl Steps for RubyDebug {
    fn step(&mut self, out: &mut Lines) -> bool {
        let position = self.input.line();
        let Some(first) = self.input.line_end(0, MAX_RECORD) else { return false };
        let opens = self.input.rest().get(..first).is_some_and(|line| line.trim_ascii_end() == b"{");
        let mut ended = !opens;
        let goes_on = |line: &[u8]| !std::mem::replace(&mut ended, !opens || line.starts_with(b"}"));
        let Some((text, end)) = self.input.lines_while(MAX_RECORD, goes_on) else { return false };
        if let Some(value) = Ruby(text.trim()).value(0).filter(|_| opens) {
            out.json(None, &Facts::default(), position, value.to_string().as_bytes());
        } else {
            if opens {
                self.faults.add(self.input.offset(), "a record of rubydebug cannot be read; its text is kept");
            }
            out.raw(text.as_bytes(), position);
        }
        self.input.take(end);
        true
    }
}

/// Text of Ruby's `inspect` that is not yet read.
struct Ruby<'r>(&'r str);

impl Ruby<'_> {
    fn blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r', ',']);
    }

    fn eat(&mut self, mark: &str) -> bool {
        self.blanks();
        let rest = self.0.strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn string(&mut self) -> Option<String> {
        let inside = self.0.strip_prefix('"')?;
        let bytes = inside.as_bytes();
        let mut at = 0;
        loop {
            at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
            if bytes.get(at) == Some(&b'"') {
                break;
            }
            at += 2;
        }
        let (text, rest) = inside.split_at_checked(at)?;
        self.0 = rest.get(1..)?;
        // `\e` and `\#` are Ruby's; the rest is JSON's.
        let json = format!("\"{}\"", text.replace("\\e", "\\u001b").replace("\\#", "#").replace('\n', "\\n").replace('\t', "\\t"));
        Some(serde_json::from_str(&json).unwrap_or_else(|_| text.to_owned()))
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.blanks();
        if depth > DEEPEST {
            return None;
        }
        if self.0.starts_with('"') {
            return self.string().map(Value::String);
        }
        if self.eat("{") {
            let mut out = Map::new();
            while !self.eat("}") {
                let key = self.string()?;
                if !self.eat("=>") {
                    return None;
                }
                out.insert(key, self.value(depth + 1)?);
            }
            return Some(Value::Object(out));
        }
        if self.eat("[") {
            let mut out = Vec::new();
            while !self.eat("]") {
                // `[0] value`
                if let Some((index, rest)) = self.0.strip_prefix('[').and_then(|rest| rest.split_once("] "))
                    && index.trim().bytes().all(|b| b.is_ascii_digit())
                {
                    self.0 = rest;
                }
                out.push(self.value(depth + 1)?);
            }
            return Some(Value::Array(out));
        }
        // Times, numbers, words.
        let end = self.0.find([',', '\n', '}', ']']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(end).filter(|(word, _)| !word.trim().is_empty())?;
        self.0 = rest;
        let word = word.trim();
        Some(match word {
            "nil" => Value::Null,
            _ => serde_json::from_str(word).unwrap_or_else(|_| Value::String(word.to_owned())),
        })
    }
}
