//! The bounded, mergeable sum of what was observed.
//!
//! In: events, captures, surveyed records of one unit. Out: [`Tally`]. Fails when: never.
//!
//! Merging is associative and has an identity (`Tally::default()`), so threads and files add up to the same bytes.
//! Only sums, minima, maxima, unions and bottom-k by hash or by (time, source, line) are used. A tally counts lines
//! relative to its unit; `merge` is told how many lines stand before.

mod clients;
mod kept;
mod merge;
mod template;

pub use kept::{Born, Left, Numbered, SPANS_S, Snapshot};
pub use kept::{Cell, ChangeSeen, CountKey, Elsewhere, GaugePoint, Health, Setting, SlowSeen, Template};
pub use template::template_of;

use std::collections::BTreeMap;

use super::survey::{SANE_MS, Survey};
use super::{Event, Glimpse, HitTraces, Sample, attribute};
use crate::capture::Reading;
use crate::matching::{mentions_redis, owner};
use crate::patterns::SignatureIdx;
use crate::record::join::{Format, Formats};
use crate::record::{Name, Record, TraceId, layout::is_frame};
use crate::source::{Location, SourceId};

/// Events kept with all their values; beyond, counts stay exact and details come from this many, chosen by hash.
pub const EVENT_SAMPLE: usize = 20_000;
/// How coverage says it.
const EVENTS_CAPPED: &str = "events in detail: 20000";
/// Occupied (time, signature, service, node) cells; above, cells widen by powers of two.
const COUNT_CAP: usize = 100_000;
/// Readings kept of one gauge, chosen by hash above.
const GAUGE_POINTS: usize = 4_096;
/// Gauges kept, the first by owner and name: commands, hosts and disks in names are the input's.
const GAUGE_NAMES: usize = 16_384;
/// Slow-log entries kept, the slowest first.
const SLOW_CAP: usize = 4_096;
/// Snapshots of CLIENT LIST kept, the first by (time, source, line).
const SNAPSHOT_CAP: usize = 2_048;
/// Changes kept, the first by (time, source, line).
const CHANGE_CAP: usize = 2_048;
/// Templates of unrecognised errors kept, chosen by hash.
const TEMPLATE_CAP: usize = 256;
/// An input of at most so many records is a paste: the nearest name in it says whose a generic error is.
pub const PASTE_RECORDS: u64 = 64;
/// Services kept that speak of Redis.
const SERVICE_CAP: usize = 4_096;
/// Where the lines of samples stand: nothing cites them, and any place that is known comes first.
const NOWHERE: Location = Location { source: SourceId(u32::MAX), line: u64::MAX };
/// Sources kept that hold a server's own log.
const SERVER_LOG_CAP: usize = 1_024;
/// Settings kept.
const SETTING_CAP: usize = 4_096;

/// Key of a gauge: the node named by the capture or the source it stands in, then the gauge's name.
pub(super) type GaugeKey = (String, String);

/// Everything observed.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Lines seen.
    pub lines: u64,
    /// Cells are `1 << widen` milliseconds wide.
    pub widen: u32,
    /// Exact counts.
    pub counts: BTreeMap<CountKey, Cell>,
    /// Events with all values: all, or a sample by hash.
    pub events: BTreeMap<(u64, Location, u16), Event>,
    /// Events seen.
    pub event_total: u64,
    /// Their traces.
    pub hits: HitTraces,
    /// Readings by gauge, keyed by (hash of time and value, where).
    pub gauges: BTreeMap<GaugeKey, BTreeMap<(u64, Location), GaugePoint>>,
    /// Words read.
    pub settings: std::collections::BTreeSet<Setting>,
    /// CLIENT LISTs.
    pub snapshots: BTreeMap<(Location,), Snapshot>,
    /// Slow-log entries; the key is unique per entry, however often polls repeat it.
    pub slow: BTreeMap<(std::cmp::Reverse<u64>, i64, u64, String, String), SlowSeen>,
    /// Changes by (time, where).
    pub changes: BTreeMap<(Option<i64>, Location), ChangeSeen>,
    /// Unrecognised errors by hash of the template.
    pub templates: BTreeMap<u64, Template>,
    /// Requests, services, traces.
    pub survey: Survey,
    /// How the input was read.
    pub health: Health,
    /// Formats by count of records.
    pub formats: Formats,
    /// Records of the server's own log: (count, first, last time).
    pub server_log: (u64, Option<(i64, i64)>),
    /// First and last time of the server's own log by source, of the first sources.
    pub server_logs: BTreeMap<SourceId, (i64, i64)>,
    /// Kinds of captures seen, with the count of readings.
    pub capture_kinds: BTreeMap<&'static str, u64>,
    /// Services that speak of Redis somewhere.
    pub redis_users: std::collections::BTreeSet<String>,
    /// Of the first records, those that name Redis (true) or another product; all of a short paste.
    pub named: BTreeMap<Location, bool>,
    /// Errors of other products, by product.
    pub elsewhere: BTreeMap<&'static str, Elsewhere>,
    /// Named caps that were reached.
    pub caps: std::collections::BTreeSet<&'static str>,
}

/// FNV-1a: small, deterministic on every platform.
pub(super) fn hash(parts: &[&[u8]]) -> u64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for &b in *part {
            h = (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
        h = (h ^ 0xff).wrapping_mul(0x0100_0000_01b3);
    }
    // FNV's high bits are weak on short input; one round of mixing makes bottom-k fair.
    h ^= h >> 33;
    h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
    h ^ (h >> 33)
}

/// Hash of what an event says, by words of eight bytes.
pub(super) fn said_hash(time_ms: Option<i64>, signature: SignatureIdx, instance: Option<&str>, text: &str) -> u64 {
    let mut h = u64::from_le_bytes(time_bytes(time_ms)) ^ u64::from(signature.0).rotate_left(48);
    for part in [instance.unwrap_or_default(), text] {
        for chunk in part.as_bytes().chunks(8) {
            let word = chunk.iter().rev().fold(0, |w, b| w << 8 | u64::from(*b));
            h = (h ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
        h = (h ^ part.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    // The last round of MurmurHash3 makes bottom-k fair.
    h ^= h >> 33;
    h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
    h ^= h >> 33;
    h = h.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

fn point_hash(p: &GaugePoint) -> u64 {
    hash(&[&time_bytes(p.time_ms), &p.value.to_bits().to_le_bytes()])
}

fn time_bytes(time_ms: Option<i64>) -> [u8; 8] {
    time_ms.unwrap_or(i64::MIN).to_le_bytes()
}

impl Tally {
    /// Width of a cell in milliseconds.
    pub fn cell_ms(&self) -> i64 {
        1 << self.widen
    }

    /// Adds an event.
    pub fn add_event(&mut self, event: Event) {
        // An open one counts only once the whole input is known.
        if !event.open {
            let trace = event.trace.as_ref().filter(|_| event.is_trouble()).map(TraceId::fingerprint);
            self.count(Cell::of(event.time_ms, event.again), event.signature, event.service.clone(), event.node.clone(), trace);
        }
        self.keep_event(said_hash(event.time_ms, event.signature, event.instance.as_deref(), &event.text), event);
    }

    /// Adds an event of which details are kept only if `sample` still admits it.
    pub fn add_glimpse(&mut self, event: Glimpse<'_>, sample: Option<&Sample>) {
        if !event.found.open {
            let (record, signature) = (event.record, event.found.signature);
            let trace = record.trace.as_ref().filter(|_| event.is_trouble()).map(TraceId::fingerprint);
            self.count(Cell::of(record.time_ms, event.again), signature, event.service.clone(), event.node.clone(), trace);
        }
        let hash = event.hash();
        if sample.is_none_or(|s| s.admits(hash)) {
            self.keep_event(hash, event.event());
        } else {
            self.caps.insert(EVENTS_CAPPED);
        }
    }

    fn count(&mut self, one: Cell, signature: SignatureIdx, service: Option<Name>, node: Option<Name>, trace: Option<u64>) {
        let time_ms = one.span.map(|(t, _)| t);
        let cell = time_ms.map(|t| t.div_euclid(self.cell_ms()) * self.cell_ms());
        self.counts.entry(CountKey { cell, signature, service, node }).or_default().add(one);
        self.event_total += 1;
        if let Some(trace) = trace {
            self.hits.add(trace, time_ms.unwrap_or(i64::MIN));
        }
        self.bound_counts();
    }

    /// To be called when a part was looked at: sorts what is merged in order.
    pub fn settle_part(&mut self) {
        self.survey.traces.close();
    }

    /// To be called when all was added.
    pub fn settle(&mut self) {
        self.survey.traces.settle();
        self.hits.settle();
        if self.hits.capped() {
            self.caps.insert("traces with trouble: 1000000, the rest is estimated");
        }
    }

    fn keep_event(&mut self, hash: u64, event: Event) {
        self.events.insert((hash, event.at, event.signature.0), event);
        if self.events.len() > EVENT_SAMPLE {
            self.events.pop_last();
            self.caps.insert(EVENTS_CAPPED);
        }
    }

    fn bound_counts(&mut self) {
        while self.counts.len() > COUNT_CAP && self.widen < 40 {
            self.widen += 1;
            self.caps.insert("time cells of events: widened");
            self.recount();
        }
    }

    fn recount(&mut self) {
        let width = self.cell_ms();
        for (mut key, n) in std::mem::take(&mut self.counts) {
            key.cell = key.cell.map(|c| c.div_euclid(width) * width);
            self.counts.entry(key).or_default().add(n);
        }
    }

    /// Adds one reading of a gauge.
    pub fn add_gauge(&mut self, owner: &str, name: &str, point: GaugePoint) {
        let points = self.gauges.entry((owner.to_string(), name.to_string())).or_default();
        points.insert((point_hash(&point), point.at), point);
        if points.len() > GAUGE_POINTS {
            points.pop_last();
            self.caps.insert("readings of one gauge: 4096");
        }
        self.bound_gauges();
    }

    fn bound_gauges(&mut self) {
        while self.gauges.len() > GAUGE_NAMES {
            self.gauges.pop_last();
            self.caps.insert("gauges: 16384");
        }
    }

    /// Adds what a capture or change line says. `owner`: the node it names, or the source it stands in.
    pub fn add_reading(&mut self, owner: &str, time_ms: Option<i64>, at: Location, reading: Reading) {
        match reading {
            Reading::Gauge { name, value } => {
                *self.capture_kinds.entry("gauges").or_default() += 1;
                self.add_gauge(owner, name, GaugePoint { time_ms, value, at });
            }
            Reading::Named { name, value } => {
                *self.capture_kinds.entry("gauges").or_default() += 1;
                self.add_gauge(owner, &name, GaugePoint { time_ms, value, at });
            }
            Reading::Setting { name, value } => {
                *self.capture_kinds.entry("settings").or_default() += 1;
                self.settings.insert(Setting { time_ms, at, name, value });
                if self.settings.len() > SETTING_CAP {
                    self.settings.pop_last();
                }
            }
            Reading::Client(client) => {
                *self.capture_kinds.entry("client-list").or_default() += 1;
                self.add_client(time_ms, at, &client);
            }
            Reading::Slow(entry) => {
                *self.capture_kinds.entry("slowlog").or_default() += 1;
                self.add_slow(SlowSeen { at, entry });
            }
            Reading::Change { kind, what, subject, replicas } => {
                self.changes.insert((time_ms, at), ChangeSeen { kind, what, subject, replicas });
                if self.changes.len() > CHANGE_CAP {
                    self.changes.pop_last();
                    self.caps.insert("changes: 2048");
                }
            }
        }
    }

    fn add_slow(&mut self, seen: SlowSeen) {
        let e = &seen.entry;
        let key = (std::cmp::Reverse(e.us), e.at_s, e.id, e.command.clone(), e.client.clone());
        self.slow.entry(key).and_modify(|s| s.at = s.at.min(seen.at)).or_insert(seen);
        if self.slow.len() > SLOW_CAP {
            self.slow.pop_last();
            self.caps.insert("slow-log entries: 4096");
        }
    }

    /// Adds an error that no signature knows; a frame of a trace to which its logger gave a head of its own is none.
    pub fn add_template(&mut self, text: &str, at: Location, time_ms: Option<i64>) {
        if !is_frame(text) {
            self.merge_template(Template { text: template_of(text), count: 1, at, span: time_ms.map(|t| (t, t)) });
        }
    }

    fn merge_template(&mut self, t: Template) {
        let key = hash(&[t.text.as_bytes()]);
        let mine = self.templates.entry(key).or_insert_with(|| Template { count: 0, ..t.clone() });
        mine.count += t.count;
        mine.at = mine.at.min(t.at);
        mine.span = match (mine.span, t.span) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (a, b) => a.or(b),
        };
        if self.templates.len() > TEMPLATE_CAP {
            self.templates.pop_last();
            self.caps.insert("unrecognised templates: 256");
        }
    }

    /// Adds an error that names another product.
    pub fn add_elsewhere(&mut self, product: &'static str, at: Location, text: &str) {
        let text = text.chars().take(200).collect();
        self.merge_elsewhere(product, Elsewhere { count: 1, at, text });
    }

    fn merge_elsewhere(&mut self, product: &'static str, e: Elsewhere) {
        match self.elsewhere.entry(product) {
            std::collections::btree_map::Entry::Vacant(v) => {
                v.insert(e);
            }
            std::collections::btree_map::Entry::Occupied(mut o) => {
                let mine = o.get_mut();
                mine.count += e.count;
                if e.at < mine.at {
                    (mine.at, mine.text) = (e.at, e.text);
                }
            }
        }
    }

    /// Adds a record of a large source that stands for `share` records; `traced`: its trace has trouble.
    pub fn survey_record(&mut self, record: &Record, format: Format, share: u64, traced: bool) {
        if share > 0 {
            self.formats.add(format, share);
        }
        self.survey.sampled = true;
        self.survey.add(record, NOWHERE, false, share, traced);
    }

    /// Widens the time of the server's log that a source holds.
    fn span_server_log(&mut self, source: SourceId, (from, to): (i64, i64)) {
        let span = self.server_logs.entry(source).or_insert((from, to));
        *span = (span.0.min(from), span.1.max(to));
        if self.server_logs.len() > SERVER_LOG_CAP {
            self.server_logs.pop_last();
        }
    }

    /// Counts how a record was read and adds it to the survey.
    pub fn add_record(&mut self, record: &Record, at: Location, format: Format, hit: bool, share: u64) {
        match record.time_ms {
            None => self.health.undated += 1,
            Some(t) if !SANE_MS.contains(&t) => self.health.absurd += 1,
            Some(_) => {}
        }
        self.formats.add(format, 1);
        if matches!(record.kind, crate::record::Kind::Server { .. }) {
            self.server_log.0 += 1;
            if let Some(t) = record.time_ms {
                self.server_log.1 = Some(self.server_log.1.map_or((t, t), |(a, b)| (a.min(t), b.max(t))));
                self.span_server_log(at.source, (t, t));
            }
        }
        // Records that are only looked at for their trouble are of a large source, which is no paste. A line of the server's
        // own log speaks of itself: whom an application beside it could not reach it does not say.
        if share > 0
            && !matches!(record.kind, crate::record::Kind::Server { .. })
            && self.survey.records < PASTE_RECORDS
            && let Some(redis) = owner(record)
        {
            self.named.insert(at, redis);
        }
        self.survey.add(record, at, hit, share, hit || share == 1);
        if share == 1 {
            self.survey.see(record, at);
        }
        if let Some(service) = &record.service
            && !self.redis_users.contains(&**service)
            && record.kind == crate::record::Kind::Application
            && mentions_redis(record)
        {
            self.redis_users.insert(service.to_string());
            if self.redis_users.len() > SERVICE_CAP {
                self.redis_users.pop_last();
            }
        }
        // Pool sizes that applications print are gauges of that service.
        if let Some(size) = attribute(record, &["pool_size"]).and_then(|v| v.parse().ok()) {
            let owner = record.service.as_deref().unwrap_or_default();
            self.add_gauge(owner, "pool_size", GaugePoint { time_ms: record.time_ms, value: size, at });
        }
    }
}
