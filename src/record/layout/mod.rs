//! The emitter's own line layout, read from the peeled text.
//!
//! In: the head line of a record (or the whole text of a pretty-printed JSON object). Out: [`Parsed`].
//! Fails when: never; text that no layout knows is its own message.

use std::borrow::Cow;

use super::{Kind, Severity, Stamp, TraceId};

/// What a layout read from the head of a record.
#[derive(Clone, Debug, Default)]
pub struct Parsed<'a> {
    /// Time written in the record.
    pub time: Option<Stamp>,
    /// Level written in the record.
    pub severity: Severity,
    /// Service named in the record.
    pub service: Option<String>,
    /// Pod, host or task named in the record.
    pub instance: Option<String>,
    /// Logger, class, target, category.
    pub logger: Option<String>,
    /// Trace or request id.
    pub trace: Option<TraceId>,
    /// The text to match, unescaped. For JSON: the message and every text field that may hold an error
    /// (`error`, `err.message`, `err.stack`, `exception`, `stack_trace`, `@x` …) joined by `\n`, each text once.
    pub message: Cow<'a, str>,
    /// Other fields (`cmd`, `status`, `duration_ms`, `path`, `logger` excluded), flat names joined by `.`.
    pub attributes: Vec<(String, String)>,
    /// What kind of line it is.
    pub kind: Kind,
    /// Name of the layout, for `format` in the report (`json`, `logfmt`, `redis-server`, `spring`, `plain` …).
    pub layout: &'static str,
}

/// Reads the head of a record.
pub fn parse(text: &str) -> Parsed<'_> {
    Parsed { message: Cow::Borrowed(text), layout: "plain", ..Parsed::default() }
}

/// Whether the text begins like a record of some layout.
pub fn is_head(text: &str) -> bool {
    text.starts_with('{') || text.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// Whether the text is certainly a continuation of the line before it.
pub fn is_frame(text: &str) -> bool {
    text.starts_with([' ', '\t']) || text.starts_with("Caused by:") || text.starts_with("Traceback (most")
}
