//! What changed before the onset. In: facts. Out: judgements. Fails when: never.

use std::collections::BTreeSet;

use super::{Facts, Judgement, Who};
use crate::capture::ChangeKind;
use crate::diagnose::facts::CHANGE_WINDOW_MS;
use crate::event::{ChangeSeen, First};
use crate::patterns::Text;

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Deploy => "deploy",
        ChangeKind::Scale => "scale",
        ChangeKind::Restart => "restart",
        ChangeKind::Failover => "fail-over",
        ChangeKind::Config => "config",
    }
}

fn wanted(of: &[Text], kind: ChangeKind) -> bool {
    of.is_empty() || of.iter().any(|o| o.replace('-', "") == word(kind).replace('-', ""))
}

/// A change of one of these kinds in the quarter of an hour before the onset.
pub(super) fn before(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let changes = facts.changes_before();
    let Some((time, at, change)) = changes.iter().find(|(_, _, c)| wanted(of, c.kind)) else {
        let covered = facts.sees_changes();
        return if covered {
            Judgement::NotSeen("no such change in the quarter of an hour before".to_string())
        } else {
            Judgement::Unjudged
        };
    };
    let lead = facts.incident.start_ms.unwrap_or(*time) - time;
    // The closer, the stronger: a change a quarter of an hour away explains little.
    let strength = 1.0 - 0.6 * (lead as f64 / super::super::facts::CHANGE_WINDOW_MS as f64);
    let what = match change.kind {
        ChangeKind::Restart if change.subject.is_none() => format!("the server started ({})", change.what),
        _ => change.told(),
    };
    let when = if lead < 1000 { "at the onset".to_string() } else { format!("{} s before the onset", lead / 1000) };
    Judgement::measured(strength, format!("{when}: {what}"), (lead as f64, "ms"), vec![*at])
}

/// Change sources were read and show nothing before the onset.
pub(super) fn none_before(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if !facts.sees_changes() || facts.incident.start_ms.is_none() {
        return Judgement::Unjudged;
    }
    let before = facts.changes_before();
    Judgement::either(
        before.is_empty(),
        || Judgement::seen("no deploy, scale or restart in the quarter of an hour before", Vec::new()),
        "there were changes before",
    )
}

/// Who was given more replicas in the quarter of an hour before the onset; nobody where none or several were.
pub(super) fn scaled_up(facts: &Facts<'_, '_>) -> Who {
    let grew = |c: &&ChangeSeen| c.replicas.is_some_and(|(before, after)| after > before);
    let changes = facts.changes_before();
    let who: BTreeSet<&str> = changes.iter().map(|(_, _, c)| *c).filter(grew).filter_map(|c| c.subject.as_deref()).collect();
    let mut who = who.into_iter();
    who.next().filter(|_| who.next().is_none()).map(Who::service).unwrap_or_default()
}

/// The step of connections equals the scaled pods times their pool.
pub(super) fn scale_matches_step(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((step, from, to)) = super::clients::largest_step(facts) else { return Judgement::Unjudged };
    let pool = facts.observed.series.values().flat_map(|s| s.get("pool_size")).map(|p| p.value).fold(0.0, f64::max);
    for (_, at, c) in facts.changes_before() {
        let Some((before, after)) = c.replicas else { continue };
        let who = c.subject.as_deref().map(Who::service).unwrap_or_default();
        let pods = f64::from(after) - f64::from(before);
        if pods <= 0.0 {
            continue;
        }
        if pool > 0.0 && ((pods * pool - step) / step).abs() <= 0.25 {
            return Judgement::measured(
                1.0,
                format!("{pods:.0} new pods x pool of {pool:.0} explain the step of {step:.0} connections"),
                (step, "connections"),
                vec![at, from.at, to.at],
            )
            .by(who);
        }
        if pool == 0.0 {
            return Judgement::measured(
                0.6,
                format!("a step of {step:.0} connections follows {pods:.0} new pods"),
                (step, "connections"),
                vec![at, from.at, to.at],
            )
            .by(who);
        }
    }
    Judgement::NotSeen("no scaling explains the step".to_string())
}

/// A process that appears this long after the log's begin did not run before. Milliseconds.
const SEEN_BEFORE_MS: i64 = 8_000;
/// What appears this long before the onset may have brought it about. Milliseconds.
const APPEARED_MS: i64 = 60_000;
/// New instances hold this many times what an old one did, at most: they open their pools at once.
const EACH_HOLDS: f64 = 1.5;
/// What another replaces ends this long after it, or this long before. Milliseconds.
const REPLACED_MS: i64 = 60_000;
/// A process speaks first this long after it began to work, and may have done harm until then. Milliseconds.
const SPEAKS_MS: i64 = 5_000;
/// An error this long after the first record of its process came with its start. Milliseconds.
const FROM_START_MS: i64 = 5_000;

/// When the first of all processes is seen. The server's log may begin long before theirs.
fn begin(facts: &Facts<'_, '_>) -> Option<i64> {
    facts.observed.tally.survey.starts.services().map(|(_, (time, _))| time).min()
}

/// First records from the minute before the onset on, of what was not there when the log began.
fn is_new(facts: &Facts<'_, '_>, first: First) -> bool {
    is_new_within(facts, first, APPEARED_MS)
}

/// The same of the last so many milliseconds before the onset.
fn is_new_within(facts: &Facts<'_, '_>, first: First, oldest: i64) -> bool {
    let (Some(start), Some(begin)) = (facts.incident.start_ms, begin(facts)) else { return false };
    first.0 - begin >= SEEN_BEFORE_MS && first.0 >= start - oldest
}

/// New, and there early enough to have brought the onset about.
fn is_before(facts: &Facts<'_, '_>, first: First, oldest: i64) -> bool {
    is_new_within(facts, first, oldest) && facts.incident.start_ms.is_some_and(|start| first.0 <= start + SPEAKS_MS)
}

/// Starts of processes can be told: something ran long enough before the onset.
fn sees_starts(facts: &Facts<'_, '_>) -> bool {
    facts.incident.start_ms.zip(begin(facts)).is_some_and(|(start, begin)| start - begin >= SEEN_BEFORE_MS)
}

/// A service that ran before and was scaled up just before the onset.
struct Scaled<'f> {
    service: &'f str,
    /// First records of its new instances, in order.
    new: Vec<First>,
    /// Instances that went as these came.
    gone: usize,
}

/// The service with most new instances, of which none is older at the onset than this (ms); `Err`: whether instances are
/// named at all.
fn scaled<'f>(facts: &'f Facts<'_, '_>, oldest: i64) -> Result<Scaled<'f>, bool> {
    let starts = &facts.observed.tally.survey.starts;
    let end = facts.observed.tally.survey.span.map_or(i64::MIN, |(_, end)| end);
    let (mut best, mut named): (Option<Scaled<'f>>, bool) = (None, false);
    for (service, first) in starts.services() {
        let all: Vec<First> = starts.of(service).filter(|(name, _)| !name.is_empty()).map(|(_, first)| first).collect();
        named |= all.len() > 1;
        let mut new: Vec<First> = all.iter().copied().filter(|f| is_before(facts, *f, oldest)).collect();
        new.sort_unstable();
        // What goes as another comes was replaced by it; of what speaks near the end nobody knows.
        let times = || new.iter().map(|f| f.0);
        let stretch = times().min().zip(times().max()).map(|(from, to)| from - REPLACED_MS..=(to + REPLACED_MS).min(end - REPLACED_MS));
        let gone = stretch.map_or(0, |stretch| starts.gone(service, stretch));
        if !is_before(facts, first, oldest) && new.len() > gone && best.as_ref().is_none_or(|b| new.len() > b.new.len()) {
            best = Some(Scaled { service, new, gone });
        }
    }
    best.ok_or(named)
}

/// Connections grew with the instances of a service: by no more than each of them held before.
pub(super) fn grows_with_instances(facts: &Facts<'_, '_>) -> Option<String> {
    let Scaled { service, new, gone } = scaled(facts, CHANGE_WINDOW_MS).ok().filter(|_| sees_starts(facts))?;
    let began = new.first()?.0;
    let readings = facts.series.get("connected_clients");
    let from = readings.iter().rfind(|p| p.time_ms.is_some_and(|t| t < began))?.value;
    let to = readings.iter().filter(|p| p.time_ms.is_some_and(|t| t >= began)).map(|p| p.value).fold(from, f64::max);
    let instances = || facts.observed.tally.survey.starts.of(service).filter(|(name, _)| !name.is_empty());
    let before = instances().filter(|(_, first)| first.0 < began).count();
    let (grown, scaled) = (to / from.max(1.0), instances().count().saturating_sub(gone) as f64 / before.max(1) as f64);
    (grown - 1.0 <= (scaled - 1.0) * EACH_HOLDS).then(|| format!("connected_clients rises {from} → {to} with the instances of {service}"))
}

/// New instances of a service that ran before appear just before the onset: it was scaled up.
pub(super) fn instances_appear(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if !sees_starts(facts) {
        return Judgement::Unjudged;
    }
    match scaled(facts, APPEARED_MS) {
        Ok(Scaled { service, new, gone, .. }) => {
            let text = format!("{} new instances of {service} just before the onset, and {gone} went", new.len());
            let citations = new.iter().map(|f| f.1).take(3).collect();
            Judgement::measured(1.0, text, ((new.len() - gone) as f64, "instances"), citations).by(Who::service(service))
        }
        Err(true) => Judgement::NotSeen("no service has new instances".to_string()),
        Err(false) => Judgement::Unjudged,
    }
}

/// Only instances that are new fail, while older ones of the same service go on: what they were started with differs.
pub(super) fn only_new_fail(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if !sees_starts(facts) {
        return Judgement::Unjudged;
    }
    let starts = &facts.observed.tally.survey.starts;
    let mut new: Option<(&str, First)> = None;
    let mut judged = false;
    for e in facts.incident.told(|kind| !kind.from_server) {
        let (Some(service), Some(instance)) = (e.service.as_deref(), e.instance.as_deref()) else { continue };
        let older = starts.of(service).any(|(name, first)| !name.is_empty() && name != instance && !is_new(facts, first));
        let Some((_, first)) = starts.of(service).find(|(name, _)| *name == instance).filter(|_| older) else { continue };
        judged = true;
        if !is_new(facts, first) {
            return Judgement::NotSeen(format!("{instance}, which ran before, fails as well"));
        }
        new = Some((service, first));
    }
    match new {
        Some((service, first)) => {
            let text = format!("only new instances of {service} fail, and older ones go on");
            Judgement::seen(text, vec![first.1]).by(Who::service(service))
        }
        None if judged => Judgement::NotSeen("no new instance fails".to_string()),
        None => Judgement::Unjudged,
    }
}

/// A service appears just before the onset that was not there before.
pub(super) fn service_appears(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if !sees_starts(facts) {
        return Judgement::Unjudged;
    }
    let starts = &facts.observed.tally.survey.starts;
    let new = starts.services().find(|(_, f)| is_before(facts, *f, APPEARED_MS));
    match new {
        Some((name, first)) => {
            let lead = facts.incident.start_ms.unwrap_or(first.0) - first.0;
            let text = format!("{name} appears {:.0} s before the onset", lead.max(0) as f64 / 1000.0);
            Judgement::measured(1.0, text, (lead as f64, "ms"), vec![first.1]).by(Who::service(name))
        }
        None => Judgement::NotSeen("every service was there before".to_string()),
    }
}

/// A process fails from its first seconds on, while others ran well before: it never worked.
pub(super) fn fails_from_start(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if !sees_starts(facts) {
        return Judgement::Unjudged;
    }
    let starts = &facts.observed.tally.survey.starts;
    let mut seen = BTreeSet::new();
    let mut new: Vec<(&str, First, crate::source::Location)> = Vec::new();
    for e in facts.incident.told(|kind| !kind.from_server) {
        let (Some(service), Some(time)) = (e.service.as_deref(), e.time_ms) else { continue };
        let instance = e.instance.as_deref().unwrap_or_default();
        if !seen.insert((service, instance)) {
            continue;
        }
        let Some((_, first)) = starts.of(service).find(|(name, _)| *name == instance) else { continue };
        if is_new(facts, first) && time - first.0 <= FROM_START_MS {
            new.push((service, first, e.at));
        }
    }
    Judgement::either(
        !new.is_empty() && new.len() * 2 > seen.len(),
        || {
            let (name, first, at) =
                new.first().map_or(("", (0, crate::source::Location::default()), crate::source::Location::default()), |n| *n);
            Judgement::seen(format!("{name} fails from its first seconds on: it never worked"), vec![first.1, at]).by(Who::service(name))
        },
        "what fails worked before",
    )
}
