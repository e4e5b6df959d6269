//! Output of redis-cli, metrics and change lines inside logs: numbers over time and facts.
//!
//! In: a [`crate::record::Record`] of a capture or change. Out: [`Reading`]s.
//! Fails when: never; what does not parse is no reading, and a field that is absent is no reading, never 0.
//!
//! One file a capture. [`is_capture_line`] and [`step`] put the lines of one capture together,
//! [`read`] reads the whole record, [`own_time_ms`] and [`node`] say when and of which node it speaks.

mod answers;
mod cache_cluster;
pub mod changes;
mod client_list;
mod config_get;
mod date;
mod info;
mod key_shape;
mod keyspace;
mod kind;
mod lambda;
mod latency;
mod line;
mod loops;
mod memory_doctor;
mod metrics;
mod monitor;
mod number;
mod reply;
mod saving;
mod session;
mod slowlog;
mod sockets;
mod stat;
mod status;
mod workload;

pub use key_shape::key_shape;
pub use kind::CaptureKind;
pub use line::{NEEDLES, is_capture_line, joins, kind_of, step};

use crate::record::{Kind, Record};

/// Everything that a record says: the readings of a capture, or the change that a log line tells of.
pub fn read(record: &Record) -> Vec<Reading> {
    match record.kind {
        Kind::Capture => readings(&record.body),
        Kind::Mark => lambda::read(&record.body).into_iter().chain(changes::read(record)).collect(),
        Kind::Server { .. } => changes::read(record).into_iter().chain(port(&record.body)).chain(saving::read(&record.body)).collect(),
        _ => {
            let objects = cache_cluster::read(&record.body).into_iter().chain(workload::read(&record.body));
            changes::read(record).into_iter().chain(objects).collect()
        }
    }
}

/// `Running mode=standalone, port=6379.`: where the server listens, by INFO's name.
fn port(body: &str) -> Option<Reading> {
    let rest = body.strip_prefix("Running mode=")?.split_once("port=")?.1;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some(Reading::Setting { name: "tcp_port".to_owned(), value: digits.to_owned() })
}

/// The numbers by name among readings.
#[cfg(test)]
fn named(readings: Vec<Reading>) -> Vec<(String, f64)> {
    let pair = |reading| match reading {
        Reading::Named { name, value } => Some((name, value)),
        _ => None,
    };
    readings.into_iter().filter_map(pair).collect()
}

/// The readings of a capture's text, lines joined by `\n`.
fn readings(body: &str) -> Vec<Reading> {
    let Some(kind) = kind_of(body) else { return changes::read_text(body) };
    match kind {
        CaptureKind::Info(_) => info::read(body),
        CaptureKind::ClientList => body.lines().filter_map(client_list::read).collect(),
        CaptureKind::SlowlogTty => slowlog::tty::read(body),
        CaptureKind::SlowlogRaw => slowlog::raw::read(body),
        CaptureKind::SlowlogJson => slowlog::json::read(body),
        CaptureKind::SlowlogElastiCache => body.lines().filter_map(slowlog::elasticache::read).collect(),
        CaptureKind::Latency => latency::read(body),
        CaptureKind::MemoryDoctor => memory_doctor::read(body),
        CaptureKind::Config => config_get::read(body),
        CaptureKind::Stat => body.lines().flat_map(stat::read).collect(),
        CaptureKind::Keyspace => keyspace::read(body),
        CaptureKind::Sockets => sockets::read(body),
        CaptureKind::Loop | CaptureKind::Audit | CaptureKind::Ask | CaptureKind::Counted => loops::read(body),
        CaptureKind::Metric => body.lines().filter_map(metrics::read).collect(),
        CaptureKind::Monitor => body.lines().flat_map(monitor::read).collect(),
        CaptureKind::Prompt | CaptureKind::Question => session::read(body),
        CaptureKind::Answer | CaptureKind::BareAnswer => answers::read_text(body),
        CaptureKind::OneLine => reply::one_line(body).map_or_else(Vec::new, |bare| readings(&bare)),
        CaptureKind::Status => changes::read_text(body).into_iter().chain(body.lines().flat_map(status::numbers)).collect(),
        CaptureKind::Helm => changes::read_text(body),
        CaptureKind::Date
        | CaptureKind::RawInteger
        | CaptureKind::FirstInteger
        | CaptureKind::RawTime
        | CaptureKind::ConfigKey
        | CaptureKind::LatencyEvent
        | CaptureKind::CommandName
        | CaptureKind::Count
        | CaptureKind::Counts
        | CaptureKind::Name
        | CaptureKind::Named => Vec::new(),
    }
}

/// The count of connections on a line that holds nothing else, as `CLIENT LIST | wc -l` prints it. Only the whole source can tell
/// it from any other number.
pub fn bare_count(line: &str) -> Option<f64> {
    loops::bare(line)
}

/// The head of a table (`--stat`, `kubectl get events`, `docker ps`): it names columns and says nothing.
pub fn is_table_head(body: &str) -> bool {
    stat::is_header(body) || status::is_header(body)
}

/// Whether an application's record with this body may say anything at all.
pub fn may_tell(body: &str) -> bool {
    body.starts_with('{') || changes::may_tell(body)
}

/// The changes that one line tells of, without what its record would add.
pub fn changes_in(text: &str) -> Vec<Reading> {
    changes::read_text(text)
}

/// When a capture was taken, if its own text says so: `server_time_usec` of INFO, `date` of a loop, the Unix time of
/// a slow-log entry or a MONITOR line. Milliseconds since 1970 UTC.
pub fn own_time_ms(body: &str) -> Option<i64> {
    let kind = kind_of(body)?;
    let first = body.lines().next().unwrap_or_default();
    match kind {
        CaptureKind::Info(_) => info::time_ms(body).or_else(|| date::in_line(first)),
        CaptureKind::SlowlogElastiCache => match slowlog::elasticache::read(first)? {
            Reading::Slow(slow) => Some(slow.at_s * 1000),
            _ => None,
        },
        CaptureKind::SlowlogTty | CaptureKind::SlowlogRaw | CaptureKind::SlowlogJson => match readings(body).into_iter().next()? {
            Reading::Slow(slow) => Some(slow.at_s * 1000),
            _ => None,
        },
        CaptureKind::Latency => latency::time_ms(body),
        CaptureKind::OneLine => own_time_ms(&reply::one_line(body)?),
        CaptureKind::Audit => body.lines().take(4).find_map(date::in_line),
        CaptureKind::Loop | CaptureKind::Date | CaptureKind::Counted => date::in_line(first),
        CaptureKind::Monitor => monitor::time_ms(first),
        CaptureKind::Metric => metrics::time_ms(first),
        CaptureKind::Helm => body.lines().find_map(|l| date::in_line(l.strip_prefix("LAST DEPLOYED: ")?)),
        _ => None,
    }
}

/// The Redis node that a capture names (`CacheClusterId`, label `addr`, `cluster=`), if it does.
pub fn node(body: &str) -> Option<String> {
    let first = body.lines().next()?;
    match kind_of(body)? {
        CaptureKind::SlowlogElastiCache => slowlog::elasticache::node(first),
        CaptureKind::Metric => metrics::node(first),
        _ => None,
    }
}

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
    /// A number whose name depends on the input: `cmdstat.<command>.calls|usec|rejected|failed`, `errorstat.<prefix>`,
    /// `latency_us.<command>.<percentile>`, `latency_event_ms.<event>`, `db0.keys`, `slave0.lag`, `clients_from.<host>`.
    Named {
        /// Name, parts joined by `.`.
        name: String,
        /// Value, in the unit that the name says.
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
        /// What sort of change.
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
    /// File descriptor: the lowest that was free when it connected.
    pub fd: u64,
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
