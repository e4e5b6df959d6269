//! Output of redis-cli, metrics and change lines inside logs: numbers over time and facts.
//!
//! In: a [`crate::record::Record`] of a capture or change. Out: [`Reading`]s.
//! Fails when: never; what does not parse is no reading.

/// One thing that a capture says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A number at a time.
    Gauge {
        /// Name as in INFO (`connected_clients`, `maxclients`, `used_memory`, `pool_in_use` …).
        name: &'static str,
        /// Value in base units (bytes, milliseconds, count).
        value: f64,
    },
    /// A number whose name depends on the input.
    Named {
        /// Name.
        name: String,
        /// Value.
        value: f64,
    },
    /// A word at a time (`role` = `master`, `maxmemory_policy` = `noeviction`, `run_id` …).
    Setting {
        /// Name as in INFO or CONFIG GET.
        name: String,
        /// Its value.
        value: String,
    },
    /// One line of CLIENT LIST.
    Client(Box<Client>),
    /// One entry of the slow log.
    Slow(Slow),
    /// A deploy, scale, restart, failover or configuration change.
    Change {
        /// `deploy`, `scale`, `restart`, `failover`, `config`.
        kind: ChangeKind,
        /// One line for the reader: what changed.
        what: String,
        /// The service, deployment or node that changed, if named.
        subject: Option<String>,
        /// (from, to) replicas for a scale.
        replicas: Option<(u32, u32)>,
    },
}

/// Kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// New version or sync.
    Deploy,
    /// Replica count.
    Scale,
    /// Process or container start or stop.
    Restart,
    /// Role change.
    Failover,
    /// Configuration.
    Config,
}

/// One connection in CLIENT LIST.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Client id.
    pub id: u64,
    /// Address without the port.
    pub host: String,
    /// CLIENT SETNAME, may be empty.
    pub name: String,
    /// ACL user.
    pub user: String,
    /// Seconds since connect.
    pub age_s: u64,
    /// Seconds since the last command.
    pub idle_s: u64,
    /// Flags (`N`, `b`, `S`, `P`, `x` …).
    pub flags: String,
    /// Last command, lower case; empty or `NULL` if none ever ran.
    pub cmd: String,
    /// lib-name.
    pub lib: String,
    /// Output buffer memory in bytes.
    pub omem: u64,
}

/// One slow-log entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slow {
    /// Unix seconds at which it ran.
    pub at_s: i64,
    /// Entry id (0 where the format has none).
    pub id: u64,
    /// Microseconds of server time.
    pub us: u64,
    /// Command, upper case.
    pub command: String,
    /// First key's shape (digits and ids replaced by `*`), empty if none.
    pub key: String,
    /// Client address, empty if not told.
    pub client: String,
    /// Client name, empty if none.
    pub name: String,
}

/// STUB
#[derive(Clone, Copy)]
pub struct CaptureKind;
impl CaptureKind {
    /// STUB
    pub fn code(self) -> u8 { 0 }
    /// STUB
    pub fn from_code(_c: u8) -> Option<Self> { None }
}
/// STUB
pub fn is_capture_line(_t: &str) -> Option<CaptureKind> { None }
/// STUB
pub fn joins(_k: CaptureKind, _t: &str) -> bool { false }
/// STUB
pub fn read(_r: &crate::record::Record) -> Vec<Reading> { Vec::new() }
/// STUB
pub fn own_time_ms(_b: &str) -> Option<i64> { None }
/// STUB
pub fn node(_b: &str) -> Option<String> { None }
/// STUB
pub fn key_shape(k: &str) -> String { k.split(':').map(|p| if p.bytes().all(|b| b.is_ascii_digit()) { "*" } else { p }).collect::<Vec<_>>().join(":") }
