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
    let opens = only_captures(observed.tally) && observed.tally.server_log.0 == 0;
    let mut out = Vec::new();
    for (node, s) in &observed.series {
        let mut add = |(first, last): (GaugePoint, GaugePoint), count: usize, peak: f64, statement: String| {
            let (node, count, accompanies) = (node.clone(), count as u64, false);
            out.push(Alarm { symptom, node, first, last, count, peak, opens, accompanies, statement });
        };
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
