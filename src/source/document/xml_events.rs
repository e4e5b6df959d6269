//! Log events as XML: log4j 1's `XMLLayout`, log4j 2's `XmlLayout`, java.util.logging's `XMLFormatter`.
//!
//! In: `<log4j:event>`, `<Event>` or `<record>` elements, alone or inside one root. Out: one line of JSON an event.
//! Fails when: an event does not end: its text is kept. What stands between events is left out.

use serde_json::{Map, Value};

use super::Steps;
use super::input::Input;
use super::lines::{Facts, Lines};
use crate::source::Faults;

/// Longest event: a message with the stack traces of all its causes.
const MAX_EVENT: usize = 1 << 20;
/// Elements of one event that are read; a trace of frames has some hundreds.
const MAX_ELEMENTS: usize = 4_096;
/// Bytes of a head in which the first event stands.
const WITHIN: usize = 4 << 10;
/// Names of the elements that are events.
const EVENTS: [&str; 3] = ["log4j:event", "Event", "record"];

/// True for a stream whose first element, its root aside, is an event with a level.
pub(super) fn is_events(head: &[u8]) -> bool {
    let head = head.get(..head.len().min(WITHIN)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    text.starts_with('<')
        && EVENTS.iter().any(|name| find_start(&text, name).is_some())
        && ["level=", "<level>", "Level="].iter().any(|level| text.contains(level))
        && ["timestamp=", "timeMillis=", "<Instant ", "<millis>", "<date>"].iter().any(|time| text.contains(time))
}

/// Where `<name ` or `<name>` stands.
fn find_start(text: &str, name: &str) -> Option<usize> {
    text.match_indices(name).map(|(at, _)| at).find(|&at| {
        text.get(..at).is_some_and(|before| before.ends_with('<'))
            && text.get(at + name.len()..).is_some_and(|behind| behind.starts_with([' ', '>', '\n', '\r', '\t']))
    })
}

/// Reads the events.
pub(super) struct XmlEvents {
    input: Input,
    faults: Faults,
}

impl XmlEvents {
    pub(super) fn new(input: Input, faults: Faults) -> Self {
        Self { input, faults }
    }

    /// The bytes of the event that begins with the line of `end` bytes; if it does not end, those that were gone over.
    fn event(&mut self, name: &str, mut end: usize) -> Result<usize, usize> {
        let close = format!("</{name}>");
        let mut from = 0;
        loop {
            if let Some(at) = memchr::memmem::find(self.input.rest().get(from..end).unwrap_or_default(), close.as_bytes()) {
                return Ok(from + at + close.len());
            }
            // Each byte is gone over once, however many lines there are.
            from = end.saturating_sub(close.len());
            match self.input.line_end(end, MAX_EVENT).filter(|_| end <= MAX_EVENT) {
                Some(next) => end = next,
                None => return Err(end),
            }
        }
    }
}

impl Steps for XmlEvents {
    fn step(&mut self, out: &mut Lines) -> bool {
        let position = self.input.line();
        let Some(end) = self.input.line_end(0, MAX_EVENT) else { return false };
        let line = String::from_utf8_lossy(self.input.rest().get(..end).unwrap_or_default()).into_owned();
        let found = EVENTS.iter().filter_map(|name| Some((find_start(&line, name)?, *name))).min();
        let Some((at, name)) = found else {
            // Declarations, roots and ends say nothing; other text may be a line of a log, or of an event that does not end.
            const EMPTY: [&str; 7] = ["<?", "<!DOCTYPE", "<!--", "</", "<Events", "<log>", "<log4j:eventSet"];
            if !EMPTY.iter().any(|mark| line.trim_start().starts_with(mark)) {
                out.raw(line.as_bytes(), position);
            }
            self.input.take(end);
            return true;
        };
        // Lossy text may be longer than its bytes, so the place is looked for again.
        let start = memchr::memmem::find(self.input.rest().get(..end).unwrap_or_default(), format!("<{name}").as_bytes()).unwrap_or(at);
        self.input.take(start);
        let taken = match self.event(name, end - start) {
            Ok(taken) => {
                let text = String::from_utf8_lossy(self.input.rest().get(..taken).unwrap_or_default()).into_owned();
                out.json(None, &Facts::default(), position, Value::Object(fields(&text)).to_string().as_bytes());
                taken
            }
            Err(taken) => {
                self.faults.add(self.input.offset(), "an event of XML does not end; its text is kept");
                out.raw(self.input.rest().get(..taken).unwrap_or_default(), position);
                taken
            }
        };
        self.input.take(taken);
        true
    }
}

/// The members of one event, under the names that loggers use in JSON.
fn fields(event: &str) -> Map<String, Value> {
    let mut out = Map::new();
    let mut trace = String::new();
    let mut set = |key: &str, value: String| {
        if !value.trim().is_empty() {
            out.entry(key.to_owned()).or_insert(Value::String(value.trim().to_owned()));
        }
    };
    for element in Elements(event).take(MAX_ELEMENTS) {
        let attribute = |name: &str| element.attribute(name);
        let text = || element.text.clone();
        match element.name.rsplit(':').next().unwrap_or(element.name) {
            "event" | "Event" => {
                for (from, to) in [("timestamp", "timestamp"), ("timeMillis", "timestamp"), ("level", "level"), ("thread", "thread")] {
                    set(to, attribute(from).unwrap_or_default());
                }
                set("logger", attribute("logger").or_else(|| attribute("loggerName")).unwrap_or_default());
            }
            "Instant" => {
                let (seconds, nanos) = (attribute("epochSecond").unwrap_or_default(), attribute("nanoOfSecond").unwrap_or_default());
                set("timestamp", format!("{seconds}.{nanos:0>9}"));
            }
            "millis" => set("timestamp", text()),
            "level" | "thread" | "logger" => set(element.name, text()),
            "message" | "Message" => set("message", text()),
            "throwable" => trace = text(),
            "Thrown" | "Cause" => {
                let (name, message) =
                    (attribute("name").unwrap_or_default(), attribute("localizedMessage").or_else(|| attribute("message")));
                let cause = if trace.is_empty() { "" } else { "\nCaused by: " };
                trace += &format!("{cause}{name}: {}", message.unwrap_or_default());
            }
            "ExtendedStackTraceItem" => {
                let place = |name| attribute(name).unwrap_or_default();
                trace += &format!("\n\tat {}.{}({}:{})", place("class"), place("method"), place("file"), place("line"));
            }
            "data" => set(&attribute("name").unwrap_or_default(), attribute("value").unwrap_or_default()),
            "item" => set(&attribute("key").unwrap_or_default(), attribute("value").unwrap_or_else(text)),
            _ => {}
        }
    }
    // java.util.logging's exception has a message and frames of its own behind the record's.
    if let Some((_, exception)) = event.split_once("<exception>") {
        let (mut class, mut method) = (String::new(), String::new());
        for element in Elements(exception).take(MAX_ELEMENTS) {
            match element.name {
                "message" => trace.clone_from(&element.text),
                "class" => class = element.text,
                "method" => method = element.text,
                "line" => trace += &format!("\n\tat {class}.{method}({class}:{})", element.text),
                _ => {}
            }
        }
    }
    if !trace.is_empty() {
        out.insert("stack_trace".to_owned(), Value::String(trace.trim().to_owned()));
    }
    out
}

/// One start tag with the text behind it.
struct Element<'x> {
    name: &'x str,
    attributes: &'x str,
    text: String,
}

impl Element<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            let (key, behind) = rest.split_once('=')?;
            let behind = behind.trim_start();
            let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (value, next) = behind.get(1..)?.split_once(quote)?;
            if key.trim() == name {
                return Some(unescape(value));
            }
            rest = next;
        }
    }
}

/// The start tags of a text, in order. Nothing is matched: a reader of logs judges no XML.
struct Elements<'x>(&'x str);

impl<'x> Iterator for Elements<'x> {
    type Item = Element<'x>;

    fn next(&mut self) -> Option<Element<'x>> {
        loop {
            let (_, rest) = self.0.split_once('<')?;
            if rest.starts_with(['/', '!', '?']) {
                self.0 = rest;
                continue;
            }
            let end = tag_end(rest)?;
            let (tag, behind) = rest.split_at_checked(end)?;
            self.0 = behind.get(1..)?;
            let tag = tag.trim_end_matches('/');
            let (name, attributes) = tag.split_once([' ', '\n', '\t', '\r']).unwrap_or((tag, ""));
            let (text, taken) = text_at(self.0);
            self.0 = self.0.get(taken..)?;
            return Some(Element { name, attributes, text });
        }
    }
}

/// Where a tag's `>` stands; attributes may hold one.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = 0;
    tag.bytes().position(|b| match b {
        b'"' | b'\'' if quote == 0 => {
            quote = b;
            false
        }
        b if b == quote => {
            quote = 0;
            false
        }
        b => b == b'>' && quote == 0,
    })
}

/// Text and CDATA up to the next tag, and their bytes.
fn text_at(from: &str) -> (String, usize) {
    let mut text = String::new();
    let mut at = 0;
    loop {
        let rest = from.get(at..).unwrap_or_default();
        let plain = rest.find('<').unwrap_or(rest.len());
        text.push_str(&unescape(rest.get(..plain).unwrap_or_default()));
        at += plain;
        let Some(data) = from.get(at..).and_then(|rest| rest.strip_prefix("<![CDATA[")) else { return (text, at) };
        let end = data.find("]]>").unwrap_or(data.len());
        text.push_str(data.get(..end).unwrap_or_default());
        at = (at + 9 + end + 3).min(from.len());
    }
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#10;", "\n"), ("&#xA;", "\n"), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
