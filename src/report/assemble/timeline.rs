//! Series for charts. In: facts. Out: [`Timeline`]. Fails when: never.

use serde_json::Value;

use super::incident::round;
use super::{Scribe, time_text};
use crate::diagnose::Facts;
use crate::record::Name;
use crate::report::{ChangeReport, Timeline};

/// Buckets at most.
const BUCKETS: i64 = 60;
/// Widths that read well, in milliseconds.
const WIDTHS: [i64; 14] =
    [1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 21_600_000, 86_400_000];
/// Gauges charted, as far as there are readings.
const CHARTED: [&str; 10] = [
    "connected_clients",
    "maxclients",
    "blocked_clients",
    "used_memory",
    "pool_in_use",
    "instantaneous_ops_per_sec",
    "rejected_connections",
    "evicted_keys",
    "uptime_in_seconds",
    "engine_cpu_percent",
];

pub(super) fn timeline(scribe: &Scribe<'_, '_, '_>, facts: &Facts<'_, '_>) -> Timeline {
    let changes = facts
        .changes_before()
        .into_iter()
        .rev()
        .chain(std::iter::empty())
        .map(|(t, at, c)| ChangeReport { ts: Some(time_text(t)), what: scribe.clean(&c.told()), citation: scribe.cite(at) })
        .collect();
    let (Some(start), Some(end)) = (facts.incident.start_ms, facts.incident.end_ms) else {
        return Timeline { changes, ..Timeline::default() };
    };
    let survey = &scribe.given.observed.tally.survey;
    // As much before and after as the incident is long, within what was logged.
    let around = (end - start).max(10_000);
    let (first, last) = survey.span.unwrap_or((start, end));
    let (from, to) = ((start - around).max(first.min(start)), (end + around).min(last.max(end)));
    let width = WIDTHS.iter().copied().find(|w| (to - from) / w < BUCKETS).unwrap_or(86_400_000).max(survey.cell_ms());
    let base = from.div_euclid(width) * width;
    let buckets = ((to - base) / width + 1).clamp(1, BUCKETS * 4) as usize;
    let index = |t: i64| usize::try_from((t - base).div_euclid(width)).ok().filter(|i| *i < buckets);
    let mut requests = vec![0_u64; buckets];
    for ((cell, _), r) in survey.cells.range((base, Name::default())..) {
        if let Some(slot) = index(*cell).and_then(|i| requests.get_mut(i)) {
            *slot += u64::from(if facts.rates.basis == 1 { r.access } else { r.healthy });
        }
    }
    let library = scribe.given.observed.library;
    let mut symptoms = serde_json::Map::new();
    for idx in facts.incident.symptoms.keys() {
        let mut counts = vec![0_u64; buckets];
        if scribe.given.observed.exact {
            for e in facts.incident.events.iter().filter(|e| e.symptom == *idx) {
                if let Some(slot) = e.time_ms.and_then(index).and_then(|i| counts.get_mut(i)) {
                    *slot += 1;
                }
            }
        } else {
            for (key, cell) in &scribe.given.observed.tally.counts {
                if library.parent_of(key.signature) == Some(*idx)
                    && let Some(slot) = key.cell.and_then(index).and_then(|i| counts.get_mut(i))
                {
                    *slot += cell.n;
                }
            }
        }
        symptoms.insert(library.symptom(*idx).id.to_string(), Value::from(counts));
    }
    let mut gauges = serde_json::Map::new();
    for name in CHARTED {
        let mut values: Vec<Value> = vec![Value::Null; buckets];
        let mut any = false;
        for p in facts.series.get(name) {
            if let Some(slot) = p.time_ms.and_then(index).and_then(|i| values.get_mut(i)) {
                *slot = number(p.value);
                any = true;
            }
        }
        if any {
            gauges.insert(name.to_string(), Value::Array(values));
        }
    }
    Timeline { start: Some(time_text(base)), bucket_ms: width, requests, symptoms, gauges, changes }
}

fn number(v: f64) -> Value {
    if v.fract() == 0.0 && v.abs() < 9e15 { Value::from(v as i64) } else { Value::from(round(v)) }
}
