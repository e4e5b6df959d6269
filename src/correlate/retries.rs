//! Single errors that a retry made good.
//!
//! In: events in order, the requests that they belong to. Out: the same events, those set apart. Fails when: never.
//!
//! Of many calls one fails now and then, is tried again and answered: such noise runs through a log with and without an
//! incident in it. It neither makes one nor belongs to one. Where every request has to try again, few as they may be, none
//! is single.

use std::collections::{BTreeMap, BTreeSet};

use super::Observed;
use crate::event::Event;
use crate::patterns::Opens;
use crate::record::{Name, Severity};

/// Events in order, without (first) and with (second) nothing but noise: warnings that stand alone in their service, and
/// whose requests were answered well.
pub(super) fn set_apart<'a>(observed: &Observed<'a>) -> (Vec<&'a Event>, Vec<&'a Event>) {
    // A sample does not show what stands alone.
    if !observed.exact {
        return (observed.events.clone(), Vec::new());
    }
    let mut runs: BTreeMap<Option<&Name>, Vec<Vec<usize>>> = BTreeMap::new();
    for (i, e) in observed.events.iter().enumerate() {
        let runs = runs.entry(e.service.as_ref()).or_default();
        let last = || runs.last()?.last().and_then(|i| observed.events.get(*i)?.time_ms);
        match last().zip(e.time_ms) {
            Some((last, time)) if time - last <= ALONE_MS => runs.last_mut().into_iter().for_each(|run| run.push(i)),
            _ => runs.push(vec![i]),
        }
    }
    let mut alone = vec![false; observed.events.len()];
    let event = |i: &usize| observed.events.get(*i).copied();
    for run in runs.into_values().flat_map(|runs| amid_others(observed, runs)) {
        let requests: BTreeSet<Option<u64>> = run.iter().filter_map(event).map(|e| Some(e.trace.as_ref()?.fingerprint())).collect();
        if requests.len() <= ALONE && run.len() <= ALONE * ATTEMPTS && run.iter().filter_map(event).all(|e| made_good(observed, e)) {
            for place in run {
                alone.get_mut(place).into_iter().for_each(|alone| *alone = true);
            }
        }
    }
    let (noise, rest): (Vec<_>, Vec<_>) = observed.events.iter().zip(alone).partition(|(_, alone)| *alone);
    let events = |list: Vec<(&&'a Event, bool)>| list.into_iter().map(|(e, _)| *e).collect();
    (events(rest), events(noise))
}

/// Of the troubles of one service, in order, those before and after which it answered other requests well, up to the next.
fn amid_others(observed: &Observed<'_>, runs: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let event = |i: Option<&usize>| i.and_then(|i| observed.events.get(*i)).copied();
    let spans: Vec<(i64, i64)> = runs
        .iter()
        .map(|run| {
            let time = |e: Option<&Event>| e.and_then(|e| e.time_ms);
            time(event(run.first())).zip(time(event(run.last()))).unwrap_or((i64::MIN, i64::MAX))
        })
        .collect();
    let service = event(runs.first().and_then(|run| run.first())).and_then(|e| observed.service_of(e)).unwrap_or_default();
    let (cells, width) = (&observed.tally.survey.cells, observed.tally.survey.cell_ms());
    // Cells that reach into a trouble hold its own request, too.
    let clean = |from: i64, to: i64| {
        let between =
            cells.range((from.saturating_add(1), Name::default())..).take_while(|((start, _), _)| start.saturating_add(width) <= to);
        between.filter(|((_, name), _)| **name == *service).map(|(_, r)| u64::from(r.answered - r.failed.min(r.answered))).sum::<u64>()
            >= CLEAN
    };
    let before = |i: usize| i.checked_sub(1).and_then(|i| spans.get(i)).map_or(i64::MIN, |span| span.1);
    let after = |i: usize| spans.get(i + 1).map_or(i64::MAX, |span| span.0);
    let amid = |(i, (from, to)): (usize, &(i64, i64))| clean(before(i), *from) && clean(*to, after(i));
    let amid: Vec<bool> = spans.iter().enumerate().map(amid).collect();
    runs.into_iter().zip(amid).filter_map(|(run, amid)| amid.then_some(run)).collect()
}

/// So many requests that went well on either side make a trouble a single one.
const CLEAN: u64 = 5;

/// No more than a warning, of nothing that harms by itself, and its request was answered well: with the server's help, as
/// far as it may do without it.
fn made_good(observed: &Observed<'_>, e: &Event) -> bool {
    let symptom = observed.library.symptom(e.symptom);
    let answered = || e.trace.as_ref().and_then(|t| observed.tally.survey.traces.get(t.fingerprint())?.status);
    matches!(e.level, Severity::Info | Severity::Warn)
        && symptom.opens != Opens::OneLine
        && (symptom.marks.is_empty() || tried_again(e))
        && answered().is_some_and(|(_, status)| status < 500)
}

/// Its message says that it tries again.
pub(super) fn tried_again(e: &Event) -> bool {
    AGAIN.iter().any(|word| e.text.contains(word))
}

/// Errors of one service this close are one trouble. Milliseconds.
const ALONE_MS: i64 = 10_000;

/// A trouble of so few requests is noise.
const ALONE: usize = 2;

/// Clients give up after so many attempts, if told nothing else.
const ATTEMPTS: usize = 3;

/// Words of who tries again.
const AGAIN: [&str; 3] = ["retry", "Retry", "attempt"];
