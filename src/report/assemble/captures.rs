//! Sections of redis-cli captures. In: gauges, lists, slow log. Out: [`CaptureSummary`]s. Fails when: never.

use std::collections::BTreeMap;

use super::Scribe;
use crate::event::Snapshot;
use crate::report::CaptureSummary;

/// Rows listed in a section.
const ROWS: usize = 8;

pub(super) fn summaries(scribe: &Scribe<'_, '_, '_>) -> Vec<CaptureSummary> {
    let mut out = Vec::new();
    gauges(scribe, &mut out);
    client_lists(scribe, &mut out);
    slow_log(scribe, &mut out);
    out
}

fn source(scribe: &Scribe<'_, '_, '_>, at: Option<crate::source::Location>) -> String {
    at.map(|at| scribe.cite(at).source).unwrap_or_default()
}

fn gauges(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    for (node, s) in &scribe.given.observed.series {
        let mut rows = Vec::new();
        for (name, points) in &s.gauges {
            let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
            if name.contains('.') {
                continue;
            }
            let (min, max) = points.iter().fold((f64::MAX, f64::MIN), |(a, b), p| (a.min(p.value), b.max(p.value)));
            rows.push(if points.len() == 1 {
                format!("{name} {}", first.value)
            } else {
                format!("{name} {} → {} (min {min}, max {max}, {} readings)", first.value, last.value, points.len())
            });
        }
        if !rows.is_empty() {
            let at = s.gauges.values().flatten().map(|p| p.at).min();
            let kind = if node.is_empty() { "gauges".to_string() } else { format!("gauges of {}", scribe.clean(node)) };
            out.push(CaptureSummary { kind, source: source(scribe, at), summary: rows });
        }
    }
}

fn top(map: &BTreeMap<String, u64>) -> String {
    let mut list: Vec<_> = map.iter().collect();
    list.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    list.iter().take(ROWS).map(|(k, n)| format!("{} {n}", if k.is_empty() { "(none)" } else { k })).collect::<Vec<_>>().join(", ")
}

fn client_lists(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    let lists: Vec<&Snapshot> = scribe.given.observed.tally.snapshots.values().collect();
    let (Some(first), Some(last)) = (lists.first(), lists.last()) else { return };
    let mut rows = vec![
        format!(
            "{} clients: {} idle (over 300 s, or nine tenths of their life), {} never used, {} in blocking commands",
            last.clients, last.idle, last.unused, last.blocked
        ),
        format!("by holder: {}", scribe.clean(&top(&last.holders))),
        format!("by last command: {}", scribe.clean(&top(&last.commands))),
    ];
    if lists.len() > 1 {
        let mut growth: Vec<(String, i64)> =
            last.holders.iter().map(|(k, n)| (k.clone(), *n as i64 - first.holders.get(k).map_or(0, |f| *f as i64))).collect();
        growth.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let text: Vec<String> = growth.iter().take(ROWS).filter(|(_, n)| *n != 0).map(|(k, n)| format!("{k} {n:+}")).collect();
        rows.push(format!(
            "{} lists, {} → {} clients{}",
            lists.len(),
            first.clients,
            last.clients,
            if text.is_empty() { String::new() } else { format!("; growth by holder: {}", scribe.clean(&text.join(", "))) }
        ));
    }
    out.push(CaptureSummary { kind: "client-list".to_string(), source: source(scribe, Some(last.at)), summary: rows });
}

/// Digest of one command and key shape.
#[derive(Default)]
struct Digest {
    times_us: Vec<u64>,
}

fn slow_log(scribe: &Scribe<'_, '_, '_>, out: &mut Vec<CaptureSummary>) {
    let slow = &scribe.given.observed.tally.slow;
    if slow.is_empty() {
        return;
    }
    let mut by: BTreeMap<(String, String), Digest> = BTreeMap::new();
    for s in slow.values() {
        by.entry((s.entry.command.clone(), s.entry.key.clone())).or_default().times_us.push(s.entry.us);
    }
    let total: u64 = slow.values().map(|s| s.entry.us).sum();
    let mut rows: Vec<(u64, String)> = by
        .into_iter()
        .map(|((command, key), mut d)| {
            d.times_us.sort_unstable();
            let sum: u64 = d.times_us.iter().sum();
            let n = d.times_us.len();
            let p95 = d.times_us[(n * 95).div_ceil(100).saturating_sub(1)];
            let worst = d.times_us[n - 1];
            let ms = |us: u64| us as f64 / 1000.0;
            let text = format!(
                "{command} {key}: {n} x, total {:.0} ms ({:.0} %), p95 {:.1} ms, worst {:.1} ms",
                ms(sum),
                sum as f64 * 100.0 / total.max(1) as f64,
                ms(p95),
                ms(worst)
            );
            (sum, scribe.clean(&text))
        })
        .collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let at = slow.values().map(|s| s.at).min();
    let summary = std::iter::once(format!("{} entries, {:.0} ms of server time", slow.len(), total as f64 / 1000.0))
        .chain(rows.into_iter().take(ROWS).map(|r| r.1))
        .collect();
    out.push(CaptureSummary { kind: "slowlog".to_string(), source: source(scribe, at), summary });
}
