//! Copies of one event in several sources (combined and per-pod files, sidecars). In: sorted events. Out: each once.
//! Fails when: never.
//!
//! Within one source nothing is merged: the same line twice is two events. Across sources the source with most copies
//! counts. Undated events are never copies.

use std::collections::BTreeMap;

use crate::event::Event;
use crate::source::SourceId;

/// Service, time, message, trace: what makes two events copies of one.
type Key<'e> = (i64, Option<&'e str>, &'e str, Option<&'e str>, u16);

/// Keeps, of each set of equal events, those of the source that has most of them.
pub(super) fn drop_copies(events: &mut Vec<&Event>) {
    let mut places: BTreeMap<Key<'_>, BTreeMap<SourceId, u64>> = BTreeMap::new();
    // Copies bear one time, so they stand side by side; most times are told by one source alone.
    let several = |same: &&[&Event]| same.windows(2).any(|w| w[0].at.source != w[1].at.source);
    fn key(e: &Event) -> Option<Key<'_>> {
        Some((e.time_ms?, e.service.as_deref(), e.text.as_str(), e.trace.as_ref().map(|t| t.0.as_str()), e.signature.0))
    }
    for e in events.chunk_by(|a, b| a.time_ms == b.time_ms).filter(several).flatten() {
        if let Some(k) = key(e) {
            *places.entry(k).or_default().entry(e.at.source).or_default() += 1;
        }
    }
    places.retain(|_, sources| sources.len() > 1);
    if places.is_empty() {
        return;
    }
    events.retain(|e| {
        let Some(sources) = key(e).and_then(|k| places.get(&k)) else { return true };
        // The most copies; of equals the first source.
        let best = sources.iter().max_by_key(|(id, n)| (**n, std::cmp::Reverse(**id))).map(|(id, _)| *id);
        best == Some(e.at.source)
    });
}
