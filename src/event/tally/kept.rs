//! What a tally keeps of each kind. In: nothing. Out: types. Fails when: never.

use std::collections::BTreeMap;

use crate::capture::{ChangeKind, Slow};
use crate::patterns::SignatureIdx;
use crate::record::Name;
use crate::source::Location;

/// What an exact count is kept for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountKey {
    /// Start of the time cell in ms, `None` for undated events.
    pub cell: Option<i64>,
    /// Signature.
    pub signature: SignatureIdx,
    /// Service.
    pub service: Option<Name>,
    /// Redis node.
    pub node: Option<Name>,
}

/// Events of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many.
    pub n: u64,
    /// How many records: of one that holds several events, the first.
    pub records: u64,
    /// First and last time in ms; `None` for undated events.
    pub span: Option<(i64, i64)>,
}

impl Cell {
    /// One event; `again`: its record was counted before.
    pub(super) fn of(time_ms: Option<i64>, again: bool) -> Cell {
        Cell { n: 1, records: u64::from(!again), span: time_ms.map(|t| (t, t)) }
    }

    pub(crate) fn add(&mut self, other: Cell) {
        self.n += other.n;
        self.records += other.records;
        self.span = match (self.span, other.span) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (a, b) => a.or(b),
        };
    }
}

/// One reading of a gauge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugePoint {
    /// Time, if the capture or its surroundings have one.
    pub time_ms: Option<i64>,
    /// Value in base units.
    pub value: f64,
    /// Where.
    pub at: Location,
}

/// One word read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Time.
    pub time_ms: Option<i64>,
    /// Where.
    pub at: Location,
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A CLIENT LIST: one run of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Time.
    pub time_ms: Option<i64>,
    /// First line.
    pub at: Location,
    /// Last line.
    pub last_line: u64,
    /// Several clients stand on one line: the line is a whole list, and its neighbours are others.
    pub packed: bool,
    /// Connections.
    pub clients: u64,
    /// Idle for more than 300 s, or for nine tenths of their life (20 s or more).
    pub idle: u64,
    /// Age equals idle time (within 1 s) and older than 10 s: never used.
    pub unused: u64,
    /// Flag `b`.
    pub blocked: u64,
    /// Sum of output buffer memory.
    pub omem: u64,
    /// Connections by holder: client name if set, else address.
    pub holders: BTreeMap<String, u64>,
    /// Connections by last command.
    pub commands: BTreeMap<String, u64>,
    /// Connections by user (empty before 6.0).
    pub users: BTreeMap<String, u64>,
    /// Connections by flags, as written.
    pub flags: BTreeMap<String, u64>,
    /// Connections by age: under each of [`SPANS_S`], then above.
    pub ages: [u64; 4],
    /// Connections by time without a command, in the same spans.
    pub idles: [u64; 4],
    /// Idle for more than a day, and neither waiting, subscribed nor a replica's.
    pub forgotten: u64,
    /// Idle for more than an hour, likewise.
    pub long_idle: u64,
    /// Did nothing after their first moments, at any age; likewise.
    pub still: u64,
    /// Of these, those younger than a minute that did not ask for the list.
    pub brief: u64,
    /// The oldest and the youngest connection.
    pub span: (Born, Born),
    /// By holder: connections that did nothing after their first moments.
    pub left: BTreeMap<String, Left>,
}

/// When a connection was opened, and what numbers it got: ids count up, a file descriptor is the lowest that is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Born {
    /// Seconds since then.
    pub age_s: u64,
    /// Client id.
    pub id: u64,
    /// File descriptor.
    pub fd: u64,
}

/// Connections of one holder that have been idle for (nearly) all their life, a minute or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// How many.
    pub count: u64,
    /// Age of the youngest and the oldest, seconds.
    pub ages_s: (u64, u64),
    /// Moments at which they were opened, hashed to 64: one bit each.
    pub births: u64,
}

/// A holder with fewer idle connections than this keeps a reserve.
const LEFT: u64 = 5;
/// Opened at so many moments …
const BIRTHS: u32 = 3;
/// … over this long: a pool that fills, or processes that start together, take less. Seconds.
const BIRTHS_S: u64 = 30;

impl Left {
    /// New ones were opened again and again while these lay unused: a pool would have taken one of them.
    pub fn piles_up(&self) -> bool {
        self.count >= LEFT && self.births.count_ones() >= BIRTHS && self.ages_s.1 - self.ages_s.0 >= BIRTHS_S
    }

    pub(super) fn join(&mut self, other: Left) {
        if other.count == 0 {
            return;
        }
        let (a, b) = (self.ages_s, other.ages_s);
        self.ages_s = if self.count == 0 { b } else { (a.0.min(b.0), a.1.max(b.1)) };
        self.count += other.count;
        self.births |= other.births;
    }
}

/// Descriptors that a server sets aside for itself (`CONFIG_MIN_RESERVED_FDS`, server.h).
const OWN_FILES: u64 = 32;
/// A list that shows so much less of the open connections is an extract.
const EXTRACT: u64 = 2;
/// Descriptors between the oldest and the youngest connection of an extract: more than a pool that fills.
const GREW: u64 = 50;
/// The youngest of what still grows is younger than this part of the time in which it grew.
const GOES_ON: u64 = 3;
/// Ids that were given out, in all …
const OPENED: u64 = 1_000;
/// … and for each connection that was held: the others were closed again.
const CLOSED: u64 = 10;

/// What the numbers of the oldest and the youngest connection tell of the time between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Connections opened.
    pub opened: u64,
    /// Of these, not closed.
    pub kept: u64,
    /// In so many seconds.
    pub seconds: u64,
}

impl Snapshot {
    /// Connections that are open, by the rows and by the descriptor that was free for the youngest: an older one may be left of a crowd.
    pub fn held(&self) -> u64 {
        self.clients.max(self.span.1.fd.saturating_sub(OWN_FILES))
    }

    /// Rows copied from a longer list.
    pub fn is_extract(&self) -> bool {
        self.clients * EXTRACT < self.held()
    }

    fn numbered(&self) -> Option<Numbered> {
        let (old, young) = self.span;
        let (opened, seconds) = (young.id.checked_sub(old.id)?, old.age_s - young.age_s);
        (seconds >= SPANS_S[0]).then_some(Numbered { opened, kept: young.fd.saturating_sub(old.fd), seconds })
    }

    /// An extract whose descriptors rise to this day, of connections that do nothing since they were opened.
    pub fn growing(&self) -> Option<Numbered> {
        let goes_on = |n: &Numbered| n.kept >= GREW && self.span.1.age_s * GOES_ON <= n.seconds;
        self.numbered().filter(|n| self.is_extract() && self.still * 2 >= self.clients && goes_on(n))
    }

    /// One connection a second or more, most of those listed for one command, and few of them kept.
    pub fn churning(&self) -> Option<Numbered> {
        let closed = |n: &Numbered| n.opened >= OPENED.max(n.seconds) && n.opened >= self.held() * CLOSED;
        self.numbered().filter(|n| self.brief * 2 >= self.clients && closed(n))
    }

    /// The holder that opens connections while most of its own lie unused: (holder, those, all of its).
    pub fn piling(&self) -> Option<(&str, Left, u64)> {
        let piles = self.left.iter().filter(|(_, left)| left.piles_up());
        let (name, left) = piles.max_by_key(|(_, left)| left.count)?;
        let all = self.holders.get(name).copied().unwrap_or(left.count);
        (left.count * 2 >= all).then_some((name.as_str(), *left, all))
    }
}

/// Spans of ages and idle times, in seconds: a minute, an hour, a day.
pub const SPANS_S: [u64; 3] = [60, 3_600, 86_400];

/// A slow-log entry and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlowSeen {
    /// First place by (source, line): polls repeat entries.
    pub at: Location,
    /// The entry.
    pub entry: Slow,
}

/// A change and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSeen {
    /// Kind.
    pub kind: ChangeKind,
    /// What.
    pub what: String,
    /// Who.
    pub subject: Option<String>,
    /// Replicas from, to.
    pub replicas: Option<(u32, u32)>,
}

impl ChangeSeen {
    /// What changed, and whose change it was where the text does not say.
    pub fn told(&self) -> String {
        let unsaid = self.subject.as_deref().filter(|subject| !self.what.contains(subject));
        unsaid.map_or_else(|| self.what.clone(), |subject| format!("{subject}: {}", self.what))
    }
}

/// An error template that no signature knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Text with numbers and ids replaced.
    pub text: String,
    /// Count.
    pub count: u64,
    /// First place.
    pub at: Location,
    /// First and last time.
    pub span: Option<(i64, i64)>,
}

/// Errors of a product that is not Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Count.
    pub count: u64,
    /// First place.
    pub at: Location,
    /// Its line.
    pub text: String,
}

/// How the input was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Records without a time.
    pub undated: u64,
    /// Records with an absurd time.
    pub absurd: u64,
    /// Records with bytes that were not UTF-8.
    pub undecoded: u64,
    /// Lines cut.
    pub truncated: u64,
    /// Records left out by a filter of the command line.
    pub filtered: u64,
    /// Records whose zone, year or date was assumed.
    pub assumed: [u64; 3],
}
