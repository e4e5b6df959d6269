//! Lines to logical messages.
//!
//! In: lines of a source, with their offsets. Out: [`Record`]: one message with time, severity, service, trace, body.
//! Fails when: never; a line that nothing understands is a record with only a body.
//!
//! `envelope/` peels what a runtime put around a line (one wrapper a file), `layout/` reads the emitter's own
//! line layout (one a file), `join` puts the lines of one message together, `clock` turns written times into instants.

pub mod clock;
pub mod envelope;
pub mod join;
pub mod layout;
mod name;
mod recall;
pub(crate) mod seek;
pub mod service;
pub mod severity;
pub mod trace;

pub use clock::{Clock, Stamp, Written, Zone};
pub use name::{Name, name};
pub use recall::Recall;
pub use severity::Severity;
pub use trace::TraceId;

/// Where a record's time comes from, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeBasis {
    /// Written by the emitter in the record itself.
    Own,
    /// Written by a wrapper around it (kubectl, CRI, syslog, CloudWatch).
    Envelope,
    /// Taken from the nearest dated record before it in the same stream.
    Inherited,
    /// Nothing near it has a time.
    #[default]
    None,
}

/// One logical message.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Byte offset of its first line in the decoded source.
    pub offset: u64,
    /// Number of physical lines.
    pub lines: u32,
    /// Milliseconds since 1970 UTC.
    pub time_ms: Option<i64>,
    /// Where `time_ms` comes from.
    pub basis: TimeBasis,
    /// How fine the time was written, in milliseconds (1, 1000, 60000).
    pub resolution_ms: u32,
    /// Severity as written; [`Severity::Unknown`] if not.
    pub severity: Severity,
    /// Service (deployment, application, task family), never a logger's class.
    pub service: Option<Name>,
    /// Pod, container, host or task.
    pub instance: Option<Name>,
    /// Logger, class, target or category.
    pub logger: Option<Name>,
    /// Trace or request id in canonical form.
    pub trace: Option<TraceId>,
    /// The message, unescaped, with the lines of stack traces joined by `\n`. Matching runs on this.
    pub body: String,
    /// Fields that the layout carried apart from the message (`cmd`, `status`, `duration_ms`, `path` …).
    pub attributes: Vec<(String, String)>,
    /// What kind of line it is.
    pub kind: Kind,
    /// For each physical line: (start of its text in `body`, its offset in the decoded source).
    pub line_starts: Vec<(usize, u64)>,
    /// Hash of the stream (container, process) that it belongs to.
    pub stream: u64,
}

/// What kind of record it is, as far as its shape tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Kind {
    /// An application's message.
    #[default]
    Application,
    /// An access or edge log line: one request.
    Access {
        /// HTTP status.
        status: u16,
        /// Time to answer in milliseconds.
        duration_ms: Option<f64>,
    },
    /// A line of redis-server's (Valkey's, Sentinel's, ElastiCache's) own log.
    Server {
        /// `M`, `S`, `C`, `X`, or `-` where the grammar has none.
        role: char,
        /// Process id as written, 0 if not.
        pid: u32,
    },
    /// Output of redis-cli or of a metrics tool inside the log; read by `capture`.
    Capture,
    /// A line that frames records and is none itself: START, END and REPORT of a Lambda invocation, redis-cli's `OK`.
    Mark,
    /// A notice of the tool that printed the log (`Defaulted container …`), no message of any stream.
    Notice,
}
