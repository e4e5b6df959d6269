//! The kinds of captures. In: a kind. Out: its plain form for the record stage, and its name. Fails when: never.

/// What printed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaptureKind {
    /// INFO; the bits tell which sections and once-only fields the poll has shown so far.
    Info(u64),
    /// A row of CLIENT LIST.
    ClientList,
    /// SLOWLOG GET on a terminal.
    SlowlogTty,
    /// SLOWLOG GET piped: from its third line on.
    SlowlogRaw,
    /// SLOWLOG GET with `--json`.
    SlowlogJson,
    /// ElastiCache slow-log delivery.
    SlowlogElastiCache,
    /// LATENCY LATEST, HISTORY, DOCTOR, `--latency`.
    Latency,
    /// MEMORY DOCTOR.
    MemoryDoctor,
    /// CONFIG GET.
    Config,
    /// `--stat`.
    Stat,
    /// `--bigkeys`.
    Keyspace,
    /// A count of a runbook's loop.
    Loop,
    /// A command that counts the clients; the bare count follows.
    Ask,
    /// A bare count under a bare `date`.
    Counted,
    /// Rows of netstat, ss, lsof.
    Sockets,
    /// The runbooks' connection audit.
    Audit,
    /// A metric: a datapoint from a document, or a Prometheus exposition line.
    Metric,
    /// MONITOR.
    Monitor,
    /// A command typed at redis-cli's prompt or in a shell, with a one-line answer.
    Prompt,
    /// Such a command whose answer does not say what it is (DBSIZE, ROLE piped, LATENCY HISTORY), with the answer.
    Question,
    /// ACL LOG, MEMORY STATS, ROLE, LATENCY HISTOGRAM on a terminal or as JSON.
    Answer,
    /// The same piped: bare values.
    BareAnswer,
    /// An answer on one line of `--csv` or `--json`.
    OneLine,
    /// A command's name: perhaps the first of a histogram, its calls follow.
    CommandName,
    /// A bare `count`: perhaps the first line of a piped ACL LOG.
    Count,
    /// The second line of a piped ACL LOG: a number after a bare `count`.
    Counts,
    /// A bare `name`: perhaps the first line of a piped SENTINEL MASTERS; any word follows …
    Name,
    /// … and then a bare `ip`.
    Named,
    /// A row of `docker ps`, `kubectl get pods`, `kubectl get events`.
    Status,
    /// The block that `helm upgrade` prints.
    Helm,
    /// A bare `date`, which dates the capture that follows.
    Date,
    /// A bare integer: perhaps the first line of a piped slow log; alone no reading.
    RawInteger,
    /// `1) (integer) 226683`: perhaps the first line of one entry of the slow log, copied without its own number.
    FirstInteger,
    /// The second line of a piped slow log: Unix seconds after a bare integer.
    RawTime,
    /// A bare configuration parameter: its value follows.
    ConfigKey,
    /// A bare latency event: its numbers follow.
    LatencyEvent,
}

/// Kinds in the order of their codes, `Info` apart.
const KINDS: [CaptureKind; 35] = [
    CaptureKind::ClientList,
    CaptureKind::SlowlogTty,
    CaptureKind::SlowlogRaw,
    CaptureKind::SlowlogJson,
    CaptureKind::SlowlogElastiCache,
    CaptureKind::Latency,
    CaptureKind::MemoryDoctor,
    CaptureKind::Config,
    CaptureKind::Stat,
    CaptureKind::Keyspace,
    CaptureKind::Loop,
    CaptureKind::Audit,
    CaptureKind::Metric,
    CaptureKind::Monitor,
    CaptureKind::Prompt,
    CaptureKind::Status,
    CaptureKind::Helm,
    CaptureKind::Date,
    CaptureKind::RawInteger,
    CaptureKind::RawTime,
    CaptureKind::ConfigKey,
    CaptureKind::LatencyEvent,
    CaptureKind::Ask,
    CaptureKind::Counted,
    CaptureKind::Sockets,
    CaptureKind::Question,
    CaptureKind::Answer,
    CaptureKind::BareAnswer,
    CaptureKind::OneLine,
    CaptureKind::CommandName,
    CaptureKind::Count,
    CaptureKind::Counts,
    CaptureKind::FirstInteger,
    CaptureKind::Name,
    CaptureKind::Named,
];

impl CaptureKind {
    /// A plain form for the record stage, which must not know captures: (code, bits of INFO).
    pub fn to_state(self) -> (u8, u64) {
        match self {
            CaptureKind::Info(bits) => (0, bits),
            other => (1 + KINDS.iter().position(|k| *k == other).unwrap_or(0) as u8, 0),
        }
    }

    /// The kind of a plain form.
    pub fn from_state((code, bits): (u8, u64)) -> Option<CaptureKind> {
        match code.checked_sub(1) {
            None => Some(CaptureKind::Info(bits)),
            Some(i) => KINDS.get(usize::from(i)).copied(),
        }
    }

    /// Name of the section in the report.
    pub fn name(self) -> &'static str {
        match self {
            CaptureKind::Info(_) => "info",
            CaptureKind::ClientList => "client-list",
            CaptureKind::SlowlogTty | CaptureKind::SlowlogRaw | CaptureKind::SlowlogJson | CaptureKind::SlowlogElastiCache => "slowlog",
            CaptureKind::RawInteger | CaptureKind::FirstInteger | CaptureKind::RawTime => "number",
            CaptureKind::Latency | CaptureKind::LatencyEvent => "latency",
            CaptureKind::MemoryDoctor => "memory-doctor",
            CaptureKind::Config | CaptureKind::ConfigKey => "config",
            CaptureKind::Stat => "stat",
            CaptureKind::Keyspace => "bigkeys",
            CaptureKind::Loop | CaptureKind::Ask | CaptureKind::Date | CaptureKind::Counted => "loop",
            CaptureKind::Sockets => "sockets",
            CaptureKind::Audit => "audit",
            CaptureKind::Metric => "metric",
            CaptureKind::Monitor => "monitor",
            CaptureKind::Prompt | CaptureKind::Question => "session",
            CaptureKind::Answer | CaptureKind::BareAnswer => "answer",
            CaptureKind::OneLine => "one-line",
            CaptureKind::CommandName | CaptureKind::Count | CaptureKind::Counts | CaptureKind::Name | CaptureKind::Named => "word",
            CaptureKind::Status => "status",
            CaptureKind::Helm => "helm",
        }
    }
}
