//! Timeouts against the times of saves and rewrites. In: facts. Out: judgements. Fails when: never.

use super::symptoms::CITES;
use super::{Facts, Judgement};
use crate::event::GaugePoint;
use crate::patterns::{SymptomIdx, Text};
use crate::source::Location;

/// What INFO and the server's log say while a child saves.
const RUNNING: [&str; 4] = ["rdb_bgsave_in_progress", "aof_rewrite_in_progress", "log.save", "log.rewrite"];
/// A client that waited through the end of a save reports it this much later. Milliseconds.
const REPORTED_MS: i64 = 5_000;
/// Fewer timeouts than this fall anywhere by chance.
const TIMEOUTS: usize = 3;
/// So much of the timeouts falls into saves …
const INSIDE: f64 = 0.8;
/// … that take no more than this part of the time. Where saves take more, chance alone would put many into them: …
const RARE: f64 = 0.4;
/// … then none may lie outside, and that all bursts of timeouts fall inside must be less likely than this.
const CHANCE: f64 = 0.05;
/// Timeouts this close are one burst, which falls inside or outside as a whole. Milliseconds.
const BURST_MS: i64 = 5_000;

/// From a reading that says that a save runs to the next that says it does not.
fn windows(points: &[GaugePoint]) -> Vec<(i64, i64, Location)> {
    let mut out: Vec<(i64, i64, Location)> = Vec::new();
    let mut begun: Option<(i64, Location)> = None;
    for p in points {
        let Some(time) = p.time_ms else { continue };
        match begun {
            None if p.value > 0.0 => begun = Some((time, p.at)),
            Some((from, at)) if p.value == 0.0 => {
                out.push((from, time, at));
                begun = None;
            }
            _ => {}
        }
    }
    out
}

/// Timeouts fall into the times of saves and rewrites, and hardly any outside.
pub(super) fn timeouts_in_saves(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let Some((first, last)) = facts.observed.tally.survey.span.filter(|(first, last)| last > first) else { return Judgement::Unjudged };
    let saves: Vec<_> = facts.observed.series.values().flat_map(|s| RUNNING.iter().flat_map(|name| windows(s.get(name)))).collect();
    let waits = |symptom: SymptomIdx| matches!(library.symptom(symptom).phase.as_ref(), "reply" | "connect");
    if saves.is_empty() || facts.incident.told(|kind| !kind.from_server && waits(kind.symptom)).next().is_none() {
        return Judgement::Unjudged;
    }
    // The rhythm is that of the whole log: each save may make an incident of its own.
    let timed = facts.observed.events.iter().filter(|e| !e.from_server && waits(e.symptom));
    let times: Vec<(i64, Location)> = timed.filter_map(|e| Some((e.time_ms?, e.at))).collect();
    if times.len() < TIMEOUTS {
        return Judgement::Unjudged;
    }
    let holds = |time: i64| saves.iter().position(|(from, to, _)| (*from..=to + REPORTED_MS).contains(&time));
    let inside: Vec<(usize, Location)> = times.iter().filter_map(|(time, at)| Some((holds(*time)?, *at))).collect();
    let met: std::collections::BTreeSet<usize> = inside.iter().map(|(save, _)| *save).collect();
    let covered: i64 = saves.iter().map(|(from, to, _)| to + REPORTED_MS - from).sum();
    let (part, share) = (inside.len() as f64 / times.len() as f64, covered as f64 / (last - first) as f64);
    let bursts = 1 + times.windows(2).filter(|w| w[1].0 - w[0].0 > BURST_MS).count();
    let by_chance = share.min(1.0).powi(bursts as i32);
    if share > RARE && part >= INSIDE && (inside.len() < times.len() || by_chance >= CHANCE) {
        return Judgement::Unjudged;
    }
    let text = format!(
        "{} of {} timeouts fall into {} saves or rewrites that take {:.0} % of the time",
        inside.len(),
        times.len(),
        met.len(),
        share * 100.0
    );
    Judgement::either(
        part >= INSIDE,
        || {
            let saved = met.iter().filter_map(|save| saves.get(*save)).map(|(.., at)| *at);
            let citations = saved.chain(inside.iter().map(|(_, at)| *at)).take(CITES).collect();
            // One save may meet an incident by chance, two hardly.
            Judgement::measured(if met.len() > 1 { 1.0 } else { 0.6 }, text.clone(), (part, "share"), citations)
        },
        &text,
    )
}
