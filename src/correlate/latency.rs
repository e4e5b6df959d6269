//! Stalls that captures tell: the latency monitor, round trips of `redis-cli --latency`, the last fork.
//!
//! In: readings. Out: [`Alarm`]s. Fails when: never.
//!
//! The monitor keeps its worst for good and the last fork may be days old, so these open an incident only where captures
//! were all that was given: somebody took them for a reason.

use crate::event::GaugePoint;
use crate::patterns::SymptomIdx;

use super::gauges::{Series, only_captures};
use super::{Alarm, Observed};

/// How the name of a reading of the latency monitor begins; behind it stands the event class. Milliseconds.
const MONITOR: &str = "latency_event_ms.";
/// Beside the monitor's classes stand what `redis-cli` measured from where it ran, and what the machine itself withholds.
const ROUND_TRIP: &str = "round-trip";
const INTRINSIC: &str = "intrinsic";
/// The alert threshold for the last fork (`RedisSlowFork`). Microseconds.
const FORK_ALERT_US: f64 = 500_000.0;

/// What the server's own log tells of forks: 1 before, 0 behind, less where it failed.
const LOGGED_FORK: &str = "log.fork";
/// Logs of old servers count whole seconds: what lies this far apart took longer than one. Milliseconds.
const LOGGED_FORK_MS: i64 = 2_000;
/// The counter of writes to the append-only file that waited for the disk.
const DELAYED: &str = "aof_delayed_fsync";
/// Between readings so many are no chance; each is a wait of more than two seconds.
const DELAYS: f64 = 5.0;
/// Over the server's life: so many an hour …
const DELAYS_AN_HOUR: f64 = 60.0;
/// … or, where its life is unknown, so many in all.
const DELAYS_IN_ALL: f64 = 1_000.0;

/// The longest fork between two lines of the server's own log: (milliseconds, the line before it, the line behind it).
pub fn logged_fork(s: &Series) -> Option<(f64, GaugePoint, GaugePoint)> {
    let spans = s.get(LOGGED_FORK).windows(2).filter(|w| w[0].value > 0.0 && w[1].value == 0.0);
    let timed = spans.filter_map(|w| Some((w[1].time_ms? - w[0].time_ms?, w[0], w[1])));
    let (ms, from, to) = timed.max_by_key(|(ms, ..)| *ms).filter(|(ms, ..)| *ms >= LOGGED_FORK_MS)?;
    Some((ms as f64, from, to))
}

/// Writes to the append-only file that waited for the disk, where they are more than chance: (count, last reading).
/// `None` where nothing counts them.
pub fn delayed_fsyncs(s: &Series) -> Option<(f64, bool, GaugePoint)> {
    let points = s.get(DELAYED);
    let last = *points.last()?;
    if points.len() > 1 {
        let rise: f64 = points.windows(2).map(|w| if w[1].value >= w[0].value { w[1].value - w[0].value } else { w[1].value }).sum();
        return Some((rise, rise >= DELAYS, last));
    }
    let hours = s.at("uptime_in_seconds", last.time_ms).map(|p| p.value / 3_600.0);
    let many = hours.map_or(last.value >= DELAYS_IN_ALL, |hours| last.value >= (hours * DELAYS_AN_HOUR).max(DELAYS));
    Some((last.value, many, last))
}

/// Classes that the latency monitor names, each with its worst reading in milliseconds.
pub fn monitored(s: &Series) -> impl Iterator<Item = (&str, GaugePoint)> {
    s.gauges
        .iter()
        .filter_map(|(name, points)| Some((name.strip_prefix(MONITOR)?, worst(points)?)))
        .filter(|(class, _)| ![ROUND_TRIP, INTRINSIC].contains(class))
}

/// The largest reading.
fn worst(points: &[GaugePoint]) -> Option<GaugePoint> {
    points.iter().copied().max_by(|a, b| a.value.total_cmp(&b.value))
}

/// Late answers to `redis-cli --latency`, in order.
fn late(s: &Series, at_least: f64) -> Vec<GaugePoint> {
    let points = s.gauges.get(&format!("{MONITOR}{ROUND_TRIP}")).map_or(&[][..], Vec::as_slice);
    points.iter().copied().filter(|p| p.value >= at_least).collect()
}

/// Stalls of at least `at_least` milliseconds, one alarm of each kind and node.
pub(super) fn alarms(observed: &Observed<'_>, symptom: SymptomIdx, at_least: f64) -> Vec<Alarm> {
    let unheard = only_captures(observed.tally);
    let opens = unheard && observed.tally.server_log.0 == 0;
    let mut out = Vec::new();
    for (node, s) in &observed.series {
        if let Some((peak, first, last)) = logged_fork(s) {
            let statement = format!("the server took {:.0} s to fork", peak / 1000.0);
            out.push(Alarm { symptom, node: node.clone(), first, last, count: 1, peak, opens: unheard, accompanies: true, statement });
        }
        let mut add = |(first, last): (GaugePoint, GaugePoint), count: usize, peak: f64, statement: String| {
            let (node, count, accompanies) = (node.clone(), count as u64, false);
            out.push(Alarm { symptom, node, first, last, count, peak, opens, accompanies, statement });
        };
        if let Some((count, _, p)) = delayed_fsyncs(s).filter(|(_, many, _)| *many) {
            add((p, p), 1, count, format!("{count:.0} writes of the append-only file waited for the disk"));
        }
        let spikes: Vec<(&str, GaugePoint)> = monitored(s).filter(|(_, p)| p.value >= at_least).collect();
        if let Some((class, p)) = spikes.iter().max_by(|a, b| a.1.value.total_cmp(&b.1.value)) {
            add((*p, *p), spikes.len(), p.value, format!("the latency monitor saw {class} take {:.0} ms", p.value));
        }
        // One late answer may be the network's or the poller's own.
        let late = late(s, at_least);
        if let ([first, .., last], Some(peak)) = (late.as_slice(), worst(&late)) {
            let text = format!("{} times an answer came after {at_least:.0} ms or more, the worst after {:.0} ms", late.len(), peak.value);
            add((*first, *last), late.len(), peak.value, text);
        }
        if let Some(p) = worst(s.get("latest_fork_usec")).filter(|p| p.value >= FORK_ALERT_US) {
            add((p, p), 1, p.value / 1000.0, format!("the last fork took {:.0} ms", p.value / 1000.0));
        }
    }
    out
}
