//! What a runtime put around a line: kubectl, stern, compose, CRI, Docker JSON, journald, syslog, shippers, documents.
//!
//! In: one physical line. Out: the inner text and what the wrapper knew ([`Outer`]).
//! Fails when: never; an unknown wrapper is left in place.
//!
//! Peeling order: control sequences, then wrappers from the outside in, at most [`MAX_LAYERS`] deep.

mod ansi;
mod begins;
mod carrier;
mod ci;
mod cloudwatch;
mod compose;
mod cri;
mod datadog_agent;
mod docker_json;
mod document;
mod fluent;
mod gcp;
mod journald;
mod kubectl;
mod kubetail;
mod loki;
mod object;
mod peeler;
mod shipper_json;
mod stern;
mod syslog;
mod tagged;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::clock;
use super::layout::is_common;
use super::service::{self, Place};
use super::{Name, Severity, Stamp, TraceId, name};

pub use peeler::Peeler;

/// Wrappers inside wrappers that are peeled (formats in the wild need three; five leaves room).
pub const MAX_LAYERS: usize = 5;

/// Whether a physical line is a whole message or a piece of one (CRI P/F, Docker 16 KiB pieces).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Piece {
    /// A whole line.
    #[default]
    Whole,
    /// More of the same line follows in this stream.
    Part,
    /// The last piece of a line (CRI `F` after `P`; harmless on whole lines).
    Last,
}

/// What the wrappers of a line knew. The innermost value wins for time and trace, the outermost for pod and host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outer {
    /// Time of the wrapper.
    pub time: Option<Stamp>,
    /// Service as named by the wrapper (compose service, syslog ident, labels, stream prefix).
    pub service: Option<Name>,
    /// Pod.
    pub pod: Option<Name>,
    /// Container.
    pub container: Option<Name>,
    /// Host or node.
    pub host: Option<Name>,
    /// Severity of the wrapper (syslog PRI, journald PRIORITY, Datadog status).
    pub severity: Severity,
    /// Trace id of the wrapper (structured data, Cloud Logging `trace`).
    pub trace: Option<TraceId>,
    /// Piece of a split line?
    pub piece: Piece,
    /// True if the document says that this physical line continues the item before it.
    pub continuation: bool,
    /// Line or item to cite, where a document decoder says so.
    pub position: Option<u64>,
    /// Hash of what identifies the stream (pod, container, stdout/stderr …); 0 when nothing does.
    pub stream: u64,
    /// Names of the wrappers peeled, outermost first (for `format` in the report).
    pub layers: Layers,
    /// The line is a notice of the tool that printed the log.
    pub notice: bool,
    /// The line is a head alone: the object on the lines behind it is its message.
    pub opens: bool,
}

/// Names of wrappers, at most one more than [`MAX_LAYERS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layers {
    names: [&'static str; MAX_LAYERS + 1],
    len: usize,
}

impl Layers {
    fn push(&mut self, name: &'static str) {
        if let Some(slot) = self.names.get_mut(self.len) {
            *slot = name;
            self.len += 1;
        }
    }

    /// The names, outermost first.
    pub fn as_slice(&self) -> &[&'static str] {
        self.names.get(..self.len).unwrap_or_default()
    }
}

/// What one wrapper leaves.
enum Inner {
    /// The text from this byte on.
    From(usize),
    /// Text that had to be unescaped.
    Text(String),
}

/// Peels all wrappers of `line`. `framed`: the source came out of a document decoder (see `source::framing`).
pub fn peel<'a>(line: &'a str, framed: bool, outer: &mut Outer) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(line);
    if framed && let Some(n) = document::peel(line, outer) {
        text = Cow::Borrowed(line.get(n..).unwrap_or_default());
        if outer.continuation {
            return ansi::strip(text);
        }
    }
    if let Some(n) = ci::buildkite(&text, outer) {
        text = behind(text, n);
    }
    steps(ansi::strip(text), MAX_LAYERS, outer)
}

/// Takes off up to so many wrappers.
fn steps<'a>(mut text: Cow<'a, str>, most: usize, outer: &mut Outer) -> Cow<'a, str> {
    for _ in 0..most {
        match step(&text, outer) {
            None => break,
            Some(Inner::From(0)) => break,
            Some(Inner::From(n)) => text = behind(text, n),
            Some(Inner::Text(inner)) => text = ansi::strip(Cow::Owned(inner)),
        }
    }
    text
}

/// Takes one wrapper off, by the first byte of the text.
fn step(text: &str, outer: &mut Outer) -> Option<Inner> {
    match *text.as_bytes().first()? {
        b'{' => shipper_json::peel(text, outer),
        b'[' => kubectl::prefix(text, outer)
            .or_else(|| fluent::stdout(text, outer))
            .or_else(|| kubetail::peel(text, outer))
            .or_else(|| journald::monotonic(text, outer))
            .or_else(|| tagged::any(text, outer)),
        b'<' => syslog::with_priority(text, outer),
        b'0'..=b'9' => timed(text, outer),
        b'A'..=b'Z' => journald::dated(text, outer)
            .or_else(|| notice(text, outer))
            .or_else(|| ci::tabbed(text, outer))
            .or_else(|| datadog_agent::peel(text, outer))
            .or_else(|| clock::parse_prefix(text).and_then(|(stamp, end)| tagged::timed(text, stamp, end, outer))),
        b'a'..=b'z' => compose::peel(text, outer)
            .or_else(|| journald::server_sent(text))
            .or_else(|| stern::peel(text, outer))
            .or_else(|| fluent::file(text, outer))
            .or_else(|| loki::echo(text, outer))
            .or_else(|| tagged::peel(text, outer))
            .or_else(|| notice(text, outer))
            .or_else(|| ci::tabbed(text, outer)),
        b'*' | b'-' | b'`' | b'&' | b'>' if tagged::pasted(text).is_some() => tagged::pasted(text),
        b'+' | b'-' | b'=' => notice(text, outer),
        b'/' | b'>' => tagged::peel(text, outer),
        b' ' => indented(text, outer),
        0x1e => Some(Inner::From(1)), // journalctl -o json-seq
        _ => None,
    }
}

/// Wrappers that begin with a time. A time that nothing but the application's own text follows is left to the layouts.
fn timed(text: &str, outer: &mut Outer) -> Option<Inner> {
    let bytes = text.as_bytes();
    if is_common(text) {
        return None;
    }
    if !(bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') && bytes.get(10) == Some(&b'T')) {
        return syslog::octet_counted(text)
            .or_else(|| compose::peel(text, outer))
            .or_else(|| journald::unix(text, outer))
            .or_else(|| journald::year_first(text, outer))
            .or_else(|| stern::short_times(text, outer))
            .or_else(|| tagged::papertrail(text, outer))
            .or_else(|| tagged::any(text, outer));
    }
    let (stamp, end) = clock::parse_bare(text)?;
    let written = text.get(..end)?;
    let rest = text.get(end..)?;
    cri::peel(stamp, end, rest, outer)
        .or_else(|| fluent::out_file(stamp, end, rest, outer))
        .or_else(|| loki::peel(stamp, end, rest, outer))
        .or_else(|| kubectl::timestamp(stamp, written, rest, outer))
        .or_else(|| ci::timestamp(stamp, written, rest, outer))
        .or_else(|| journald::iso(stamp, end, rest, outer))
        .or_else(|| cloudwatch::tail(stamp, written, rest, outer))
        .or_else(|| cloudwatch::export(stamp, end, rest, outer))
        .or_else(|| tagged::timed(text, stamp, end + rest.len() - rest.trim_start().len(), outer))
}

/// Cloud Foundry sets blanks before its times, `cat -n` before its numbers, PowerShell's `Select-String -Context` before lines around a hit.
fn indented(text: &str, outer: &mut Outer) -> Option<Inner> {
    let bare = text.trim_start_matches(' ');
    let blanks = text.len() - bare.len();
    let inner = match bare.as_bytes().first()? {
        b'0'..=b'9' => tagged::any(bare, outer)?,
        b'A'..=b'Z' | b'a'..=b'z' if blanks == 2 => tagged::around_a_hit(bare, outer)?,
        _ => return None,
    };
    match inner {
        Inner::From(n) => Some(Inner::From(n + blanks)),
        text @ Inner::Text(_) => Some(text),
    }
}

/// Lines of the tool that printed the log. They stay as they are, marked.
fn notice(text: &str, outer: &mut Outer) -> Option<Inner> {
    if kubectl::is_notice(text) || stern::is_notice(text) || compose::is_notice(text) || loki::is_notice(text) || kubetail::is_notice(text)
    {
        outer.notice = true;
    }
    // Rulers of journalctl, and what grep sets between its groups, say nothing of the log.
    (journald::is_notice(text) || text.trim_end() == "--").then_some(Inner::From(text.len()))
}

fn behind(text: Cow<'_, str>, n: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(t) => Cow::Borrowed(t.get(n..).unwrap_or_default()),
        Cow::Owned(t) => Cow::Owned(t.get(n..).unwrap_or_default().to_owned()),
    }
}

/// True if a log line of an application begins here: a time, a level, an object, `key=value`.
pub(super) fn begins_a_line(text: &str) -> bool {
    let Some(first) = text.as_bytes().first() else { return true };
    match first {
        b'{' | b'[' => true,
        b'0'..=b'9' => clock::parse_prefix(text).is_some(),
        _ => {
            let word = text.split([' ', ':', '\t', '[']).next().unwrap_or_default();
            word.contains('=') || (word.len() >= 3 && Severity::from_word(word) != Severity::Unknown) || clock::parse_prefix(text).is_some()
        }
    }
}

impl Outer {
    /// The innermost time wins.
    fn at(&mut self, stamp: Option<Stamp>) {
        if stamp.is_some() {
            self.time = stamp;
        }
    }

    /// The outermost name wins, as for all places.
    fn of_service(&mut self, name: Option<&str>) {
        fill(&mut self.service, name);
    }

    fn in_pod(&mut self, name: Option<&str>) {
        fill(&mut self.pod, name);
    }

    fn in_container(&mut self, name: Option<&str>) {
        fill(&mut self.container, name);
    }

    fn on_host(&mut self, name: Option<&str>) {
        fill(&mut self.host, name);
    }

    fn at_level(&mut self, severity: Severity) {
        if severity != Severity::Unknown {
            self.severity = severity;
        }
    }

    fn in_trace(&mut self, trace: Option<TraceId>) {
        if trace.is_some() {
            self.trace = trace;
        }
    }

    /// What a pod's name, a log stream or a file name says.
    fn in_place(&mut self, place: &Place) {
        self.of_service(place.service.as_deref());
        self.in_pod(place.pod.as_deref());
        self.in_container(place.container.as_deref());
    }

    /// Adds to the stream's identity; the same names give the same number in every run.
    fn stream_of(&mut self, names: &[&str]) {
        let mut hash = if self.stream == 0 { 0xcbf2_9ce4_8422_2325 } else { self.stream };
        for name in names {
            for byte in name.bytes().chain([0x1f]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        self.stream = hash.max(1);
    }
}

fn fill(slot: &mut Option<Name>, text: Option<&str>) {
    if let (None, Some(text)) = (&slot, text.map(str::trim).filter(|n| !n.is_empty() && *n != "-")) {
        *slot = Some(name(text));
    }
}
