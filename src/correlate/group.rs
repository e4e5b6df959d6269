//! Which events belong together in time.
//!
//! In: ordered events and alarms. Out: groups. Fails when: never.
//!
//! A gap ends a group when it is long against the spacing around it: one error a minute for two hours is one
//! incident, and so is a burst every five minutes; two bursts twenty minutes apart are two.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use foldhash::fast::FixedState;

use crate::event::Event;
use crate::patterns::SymptomIdx;
use crate::source::Location;

use super::{Alarm, Observed};

/// Gaps up to this never end a group: retries and back-offs of common clients stay below it. Milliseconds.
pub const MIN_GAP_MS: i64 = 120_000;
/// A gap ends a group when it exceeds the median of the gaps around it by this factor.
pub const MAX_GAP_FACTOR: i64 = 4;
/// Gaps looked at on each side.
const AROUND: usize = 4;
/// Bursts further apart than this are incidents of their own, however regular. Milliseconds.
const RECURS_MS: i64 = 900_000;
/// So many other pauses between bursts show a rhythm.
const RHYTHM: usize = 1;

/// What belongs together in time.
#[derive(Default)]
pub(super) struct Group<'a> {
    /// Events in order: all, or those of the sample.
    pub(super) events: Vec<&'a Event>,
    pub(super) alarms: Vec<Alarm>,
    /// First and last time of all events, where those above are a sample.
    pub(super) span: Option<(i64, i64)>,
}

impl Group<'_> {
    /// From its first event to its last, and as far around them as nothing parts.
    fn span_around(&self) -> Option<RangeInclusive<i64>> {
        // In order, those without a time last.
        let start = self.events.first().and_then(|e| e.time_ms)?;
        let end = self.events.iter().rev().find_map(|e| e.time_ms)?;
        Some(start - MIN_GAP_MS..=end + MIN_GAP_MS)
    }
}

/// Groups events by time; undated events join the only group, or form one of their own.
pub(super) fn groups<'a>(observed: &Observed<'a>, events: Vec<&'a Event>, alarms: &[Alarm]) -> Vec<Group<'a>> {
    let (dated, undated): (Vec<&Event>, Vec<&Event>) = events.into_iter().partition(|e| e.time_ms.is_some());
    let mut seen: Vec<(i64, Option<&Event>)> = dated.iter().filter_map(|e| Some((e.time_ms?, Some(*e)))).collect();
    if !observed.exact {
        // Between the events of the sample lie others: their cells say when.
        let mut others: Vec<i64> = observed.troubled().filter_map(|(_, cell)| cell.span).flat_map(<[i64; 2]>::from).collect();
        others.sort_unstable();
        seen.extend(others.into_iter().map(|time| (time, None)));
        // Two runs in order, which a stable sort only merges.
        seen.sort_by_key(|(time, _)| *time);
    }
    let gaps: Vec<i64> = seen.windows(2).map(|w| w[1].0 - w[0].0).collect();
    let bursts = Bursts::of(&gaps, &seen);
    // Requests that met trouble, and the time between a stop of the server and its start.
    let spans = LazyCell::new(|| [requests(&dated), super::restarts::absences(observed)].concat());
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (i, &(time, event)) in seen.iter().enumerate() {
        let starts_new = i == 0 || (splits(&gaps, i - 1) && !bursts.recur(i - 1) && !bridged(alarms, &spans, seen[i - 1].0, time));
        if starts_new {
            groups.push(Group::default());
        }
        if let Some(last) = groups.last_mut() {
            last.events.extend(event);
            if !observed.exact {
                last.span = Some(last.span.map_or((time, time), |(first, _)| (first, time)));
            }
        }
    }
    // Of a group that the sample missed there is nothing to show.
    groups.retain(|g| !g.events.is_empty());
    let alone = join_undated(observed, &mut groups, undated);
    if !alone.is_empty() {
        groups.push(Group { events: alone, ..Group::default() });
    }
    for alarm in alarms {
        let span = (alarm.first.time_ms, alarm.last.time_ms);
        let home = groups.iter_mut().find(|group| match (span, group.span_around()) {
            ((Some(a), Some(b)), Some(around)) => a <= *around.end() && b >= *around.start(),
            // Without times on one side, being in the same input is all there is.
            _ => true,
        });
        match home {
            Some(group) => group.alarms.push(alarm.clone()),
            None => groups.push(Group { alarms: vec![alarm.clone()], ..Group::default() }),
        }
    }
    // Alarms of one gauge (near and reached) that found no events stand together.
    let (with_events, alone): (Vec<Group<'a>>, Vec<Group<'a>>) = groups.into_iter().partition(|g| !g.events.is_empty());
    let mut groups = with_events;
    let alone: Vec<Alarm> = alone.into_iter().flat_map(|g| g.alarms).collect();
    if !alone.is_empty() {
        groups.push(Group { alarms: alone, ..Group::default() });
    }
    groups
}

/// Undated events join the only group; of several, the one in whose time the last reading or event lies that their source
/// dates before them. Those that join none are returned.
fn join_undated<'a>(observed: &Observed<'a>, groups: &mut [Group<'a>], undated: Vec<&'a Event>) -> Vec<&'a Event> {
    if undated.is_empty() || groups.len() < 2 {
        let Some(only) = groups.first_mut() else { return undated };
        only.events.extend(undated);
        return Vec::new();
    }
    let events = observed.events.iter().chain(&observed.marks).filter_map(|e| Some((e.at, e.time_ms?)));
    let readings = observed.series.values().flat_map(|s| s.gauges.values().flatten()).filter_map(|p| Some((p.at, p.time_ms?)));
    let told: BTreeMap<Location, i64> = events.chain(readings).collect();
    let mut alone = Vec::new();
    for e in undated {
        let before = told.range(..e.at).next_back().filter(|(at, _)| at.source == e.at.source).map(|(_, time)| *time);
        let home = before.and_then(|time| groups.iter_mut().find(|g| g.span_around().is_some_and(|span| span.contains(&time))));
        match home {
            Some(group) => group.events.push(e),
            None => alone.push(e),
        }
    }
    alone
}

/// Whether the gap at `i` is long against those around it.
fn splits(gaps: &[i64], i: usize) -> bool {
    let Some(&gap) = gaps.get(i) else { return false };
    if gap <= MIN_GAP_MS {
        return false;
    }
    let from = i.saturating_sub(AROUND);
    let mut around: Vec<i64> = gaps.iter().enumerate().skip(from).take(2 * AROUND + 1).filter(|(j, _)| *j != i).map(|(_, g)| *g).collect();
    around.sort_unstable();
    gap > median(&around).saturating_mul(MAX_GAP_FACTOR).max(MIN_GAP_MS)
}

fn median(sorted: &[i64]) -> i64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

/// Stretches of events that no long gap parts.
#[derive(Default)]
struct Bursts {
    /// Gaps longer than the floor, as (place among all gaps, milliseconds), in order.
    pauses: Vec<(usize, i64)>,
    /// What each stretch shows; the pause `i` lies between the stretches `i` and `i + 1`.
    symptoms: Vec<BTreeSet<SymptomIdx>>,
}

impl Bursts {
    fn of(gaps: &[i64], seen: &[(i64, Option<&Event>)]) -> Bursts {
        let pauses: Vec<(usize, i64)> = gaps.iter().copied().enumerate().filter(|(_, gap)| *gap > MIN_GAP_MS).collect();
        // Fewer show no rhythm, and need no second look at all events.
        if pauses.len() <= RHYTHM {
            return Bursts::default();
        }
        let mut symptoms = vec![BTreeSet::new(); pauses.len() + 1];
        let mut burst = 0;
        for (i, (_, event)) in seen.iter().enumerate() {
            if let (Some(event), Some(shown)) = (event, symptoms.get_mut(burst)) {
                shown.insert(event.symptom);
            }
            burst += usize::from(pauses.get(burst).is_some_and(|(last, _)| *last == i));
        }
        Bursts { pauses, symptoms }
    }

    /// The gap lies between two bursts of a kind and is no longer than the pauses around it let expect.
    fn recur(&self, gap: usize) -> bool {
        let Ok(own) = self.pauses.binary_search_by_key(&gap, |(place, _)| *place) else { return false };
        let near = self.pauses.iter().enumerate().skip(own.saturating_sub(AROUND)).take(2 * AROUND + 1);
        let mut around: Vec<i64> = near.filter(|(i, _)| *i != own).map(|(_, (_, ms))| *ms).collect();
        around.sort_unstable();
        let alike = self.symptoms.get(own).zip(self.symptoms.get(own + 1)).is_some_and(|(a, b)| !a.is_disjoint(b));
        let ms = self.pauses.get(own).map_or(i64::MAX, |(_, ms)| *ms);
        alike && around.len() >= RHYTHM && ms <= median(&around).saturating_mul(MAX_GAP_FACTOR).min(RECURS_MS)
    }
}

/// An alarm that holds throughout bridges a gap, and so do a request with trouble on both sides of it and a server away.
fn bridged(alarms: &[Alarm], spans: &[(i64, i64)], from: i64, to: i64) -> bool {
    let holds = alarms.iter().filter(|a| a.opens && a.count > 1).filter_map(|a| Some((a.first.time_ms?, a.last.time_ms?)));
    holds.chain(spans.iter().copied()).any(|(first, last)| first <= from && last >= to)
}

/// First and last trouble of each trace that lived as a request lives.
fn requests(dated: &[&Event]) -> Vec<(i64, i64)> {
    let mut spans: HashMap<u64, (i64, i64), FixedState> = HashMap::default();
    for e in dated {
        if let (Some(t), Some(trace)) = (e.time_ms, &e.trace) {
            let span = spans.entry(trace.fingerprint()).or_insert((t, t));
            *span = (span.0.min(t), span.1.max(t));
        }
    }
    spans.into_values().filter(|(first, last)| (MIN_GAP_MS..=REQUEST_MS).contains(&(last - first))).collect()
}

/// No request lives longer; an id seen over a longer time is that of a process or a session. Milliseconds.
const REQUEST_MS: i64 = 900_000;
