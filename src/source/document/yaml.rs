//! YAML as command-line tools print it: `gcloud logging read` (documents behind `---`), `aws … --output yaml` (a list), lists of records.
//!
//! In: maps, lists, quoted and plain scalars, block scalars. Out: one line of JSON an item. Fails when: a line is none of these: it is left
//! out of its item; an item without a member is kept as text.
//!
//! A subset on purpose: anchors, tags and flow maps do not occur in what these tools print.

use serde_json::{Map, Value};

use super::input::Input;
use super::lines::{Facts, Lines, text as text_of};
use super::{Steps, times};
use crate::source::Faults;

/// Longest item that is put together; CloudWatch's events are the largest.
const MAX_ITEM: usize = 4 << 20;
/// Lines of a head that are looked at.
const HEAD_LINES: usize = 60;
/// Names that one of the first members must have: an item is a record of a log.
const TIMES: [&str; 10] =
    ["timestamp", "time", "ts", "@timestamp", "date", "TimeGenerated", "receiveTimestamp", "eventTime", "createdAt", "datetime"];

/// True for documents behind `---`, a list of maps, or a list under one key, whose items have a time.
pub(super) fn is_yaml(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines().take(HEAD_LINES);
    let Some(first) = lines.next() else { return false };
    let listed = |line: &str| line.strip_prefix("- ").and_then(member).is_some();
    let opens = match first.trim_end() {
        "---" => lines.next().is_some_and(|line| member(line).is_some() || listed(line)),
        line if listed(line) => lines.next().is_some_and(|line| line.strip_prefix("  ").and_then(member).is_some()),
        line => line.strip_suffix(':').is_some_and(is_key) && lines.next().is_some_and(|line| listed(line.trim_start())),
    };
    opens
        && head
            .lines()
            .take(HEAD_LINES)
            .any(|line| member(line.trim_start_matches([' ', '-'])).is_some_and(|(key, _)| TIMES.contains(&key)))
}

/// Reads the items.
pub(super) struct Yaml {
    input: Input,
    faults: Faults,
}

impl Yaml {
    pub(super) fn new(input: Input, faults: Faults) -> Self {
        Self { input, faults }
    }
}

impl Steps for Yaml {
    fn step(&mut self, out: &mut Lines) -> bool {
        let position = self.input.line();
        let goes_on = |line: &[u8]| !begins_item(&String::from_utf8_lossy(line));
        let Some((text, end)) = self.input.lines_while(MAX_ITEM, goes_on) else { return false };
        let (item, lost) = item(&text);
        if lost > 0 && !item.is_empty() {
            let lines = if lost == 1 { "one line".to_owned() } else { format!("{lost} lines") };
            self.faults.add(self.input.offset(), format!("{lines} of an item of YAML cannot be read; the rest of the item is used"));
        }
        if item.is_empty() {
            let rest = text.trim_matches(['-', '\n', '\r', ' ']);
            // `events:` above its list says nothing itself.
            if !rest.is_empty() && !rest.ends_with(':') {
                self.faults.add(self.input.offset(), "an item of YAML has no members; its text is kept");
                out.raw(rest.as_bytes(), position);
            }
        } else if item.iter().any(|(key, _)| TIMES.contains(&key.as_str())) || item.len() > 2 {
            let item = Value::Object(item);
            // CloudWatch's events name the stream beside the message.
            let facts = Facts::default().with("stream", text_of(&item, "logStreamName")).with("group", text_of(&item, "logGroupName"));
            match (text_of(&item, "logStreamName"), text_of(&item, "message")) {
                (Some(_), Some(message)) => out.item(times::of(item.get("timestamp")), &facts, position, message),
                _ => out.json(None, &facts, position, item.to_string().as_bytes()),
            }
        }
        self.input.take(end);
        true
    }
}

/// `---`, or a list's dash at the outermost indent of a list of maps.
fn begins_item(line: &str) -> bool {
    line.trim_end() == "---" || line.strip_prefix("- ").and_then(member).is_some()
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 80 && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'/'))
}

/// Key and rest of `key: rest`.
fn member(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let (key, rest) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    let key = key.trim_matches(['\'', '"']);
    is_key(key).then_some((key, rest.trim()))
}

/// The members of one item, and how many of its lines are none.
fn item(text: &str) -> (Map<String, Value>, usize) {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| line.trim_end() != "---") {
        // A list's dash is an indent.
        let line = line.strip_prefix("- ").map_or_else(|| line.to_owned(), |rest| format!("  {rest}"));
        lines.push((line.len() - line.trim_start().len(), line.trim().to_owned()));
    }
    let mut at = 0;
    let indent = lines.iter().find(|(_, line)| !line.is_empty()).map_or(0, |(indent, _)| *indent);
    let mut lost = 0;
    let members = map(&lines, &mut at, indent, &mut lost);
    (members, lost + lines.get(at..).unwrap_or_default().iter().filter(|(_, line)| !line.is_empty()).count())
}

/// The members at one indent; deeper lines belong to the member above them. Nesting is bounded by the indents of one item.
fn map(lines: &[(usize, String)], at: &mut usize, indent: usize, lost: &mut usize) -> Map<String, Value> {
    const DEEPEST: usize = 64;
    let mut out = Map::new();
    while let Some((own, line)) = lines.get(*at) {
        if line.is_empty() || *own > indent {
            *lost += usize::from(!line.is_empty());
            *at += 1;
            continue;
        }
        let Some((key, value)) = member(line).filter(|_| *own == indent) else {
            if *own < indent {
                break;
            }
            *lost += 1;
            *at += 1;
            continue;
        };
        *at += 1;
        let deeper = lines.get(*at).filter(|(next, _)| *next > indent).map(|(next, _)| *next);
        let value = match (value, deeper) {
            ("" | "|" | "|-" | ">" | ">-" | "|+" | ">+", None) => Value::String(String::new()),
            ("", Some(next)) if next <= DEEPEST && lines.get(*at).is_some_and(|(_, line)| member(line).is_some()) => {
                Value::Object(map(lines, at, next, lost))
            }
            ("|" | "|-" | "|+", Some(_)) => Value::String(continued(lines, at, indent, "\n")),
            ("" | ">" | ">-" | ">+", Some(_)) => Value::String(continued(lines, at, indent, " ")),
            (start, Some(_)) => scalar(&format!("{start} {}", continued(lines, at, indent, " "))),
            (whole, None) => scalar(whole),
        };
        out.insert(key.to_owned(), value);
    }
    out
}

/// The lines deeper than `indent`, joined.
fn continued(lines: &[(usize, String)], at: &mut usize, indent: usize, joint: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    while let Some((_, line)) = lines.get(*at).filter(|(own, line)| *own > indent || line.is_empty()) {
        out.push(line);
        *at += 1;
    }
    out.join(joint).trim_end().to_owned()
}

/// A scalar without its quotes.
fn scalar(text: &str) -> Value {
    if let Ok(Value::String(unescaped)) = serde_json::from_str(text) {
        return Value::String(unescaped);
    }
    let quoted = |mark: char| text.strip_prefix(mark).and_then(|inner| inner.strip_suffix(mark));
    Value::String(match (quoted('\''), quoted('"')) {
        (Some(inner), _) => inner.replace("''", "'"),
        (None, Some(inner)) => inner.to_owned(),
        (None, None) => text.to_owned(),
    })
}
