//! Connections: the gauge's shape, who holds them, whether they are used. In: facts. Out: judgements. Fails when: never.

use super::changes::grows_with_instances;
use super::demand::follows;
use super::{Facts, Judgement, Who};
use crate::correlate::{climb as climb_of, keeps_all};
use crate::event::GaugePoint;
use crate::patterns::Text;

/// Why a rise of connections tells of no leak and of no rollout.
const FOLLOWS: &str = "connected_clients rises with the requests";
/// At or above this share of maxclients the server is at its limit (redis-cli's own connection takes one).
const PINNED: f64 = 0.99;
/// The alert threshold of the runbooks.
const NEAR: f64 = 0.90;
/// The derived gauge of connections against their limit: a symptom that it shows from 1 on is a full server.
const LIMIT_GAUGE: &str = "clients-ratio";
/// Below this share the server has room.
const ROOM: f64 = 0.60;
/// A step this many polls before the onset did not bring it about.
const STEP_POLLS: i64 = 3;
/// A pool of a usual default size that fills brings this many connections: a smaller climb says less.
const ONE_POOL: f64 = 10.0;
/// So many readings of the incident that stand level end a climb …
const LEVEL_POINTS: usize = 3;
/// … where they differ by no more than this.
const LEVEL_SPREAD: f64 = 1.0;
/// A climb needs this many readings …
const CLIMB_POINTS: usize = 4;
/// … most of them rising, and this growth over all.
const CLIMB_GROWTH: f64 = 1.3;

/// Readings of connected_clients against maxclients: (reading, limit).
pub(super) fn against_limit(facts: &Facts<'_, '_>) -> Vec<(GaugePoint, f64)> {
    let s = facts.series;
    s.get("connected_clients").iter().filter_map(|p| Some((*p, s.at("maxclients", p.time_ms)?.value))).filter(|(_, m)| *m > 0.0).collect()
}

/// Readings inside the incident, widened by half a minute, or all where times are missing.
fn during(facts: &Facts<'_, '_>, points: Vec<(GaugePoint, f64)>) -> Vec<(GaugePoint, f64)> {
    let (Some(start), Some(end)) = (facts.incident.start_ms, facts.incident.end_ms) else { return points };
    points.into_iter().filter(|(p, _)| p.time_ms.is_none_or(|t| t >= start - 30_000 && t <= end + 30_000)).collect()
}

/// The highest share of maxclients in the incident.
fn peak(facts: &Facts<'_, '_>) -> Option<(GaugePoint, f64)> {
    let start = facts.incident.start_ms;
    // A limit that was set before the onset is the one that is met, though the last poll lies before it.
    let in_force = |p: &GaugePoint| facts.series.at("maxclients", p.time_ms.max(start)).map(|m| m.value).filter(|m| *m > 0.0);
    let met = during(facts, against_limit(facts))
        .into_iter()
        .map(|(p, max)| (p, if p.time_ms.is_some() { in_force(&p).unwrap_or(max) } else { max }));
    met.max_by(|a, b| (a.0.value / a.1).total_cmp(&(b.0.value / b.1)))
}

/// connected_clients stands at maxclients.
pub(super) fn pinned(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((p, max)) = peak(facts) else { return Judgement::Unjudged };
    Judgement::either(
        p.value / max >= PINNED,
        || Judgement::measured(1.0, format!("connected_clients {} of {max} maxclients", p.value), (p.value, "connections"), vec![p.at]),
        &format!("connected_clients {} of {max} maxclients", p.value),
    )
}

/// connected_clients is at 90 % of maxclients or more.
pub(super) fn near(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((p, max)) = peak(facts) else { return Judgement::Unjudged };
    Judgement::either(
        p.value / max >= NEAR,
        || Judgement::measured(1.0, format!("connected_clients {} of {max} maxclients", p.value), (p.value, "connections"), vec![p.at]),
        &format!("connected_clients {} of {max} maxclients", p.value),
    )
}

/// The server has room for connections while the trouble goes on. Where it says itself that it is full, a reading with room is of
/// another moment.
pub(super) fn have_room(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let full = |gauge: &(Text, f64)| &*gauge.0 == LIMIT_GAUGE && gauge.1 >= 1.0;
    if facts.incident.symptoms.keys().any(|s| facts.observed.library.symptom(*s).gauge.as_ref().is_some_and(full)) {
        return Judgement::Unjudged;
    }
    let Some((p, max)) = peak(facts) else { return Judgement::Unjudged };
    Judgement::either(
        p.value / max < ROOM,
        || Judgement::measured(1.0, format!("the server has room: {} of {max} connections", p.value), (p.value, "connections"), vec![p.at]),
        &format!("connected_clients {} of {max} maxclients", p.value),
    )
}

/// Dated readings up to the end of the incident, so that the recovery does not flatten the shape; the first reading
/// after it counts where it is no lower: a short incident ends between two polls.
fn shape(facts: &Facts<'_, '_>) -> Vec<GaugePoint> {
    let until = facts.incident.end_ms.unwrap_or(i64::MAX);
    let mut all: Vec<GaugePoint> = facts.series.get("connected_clients").iter().filter(|p| p.time_ms.is_some()).copied().collect();
    all.dedup_by_key(|p| p.time_ms);
    let usual = cadence(&all);
    let mut out: Vec<GaugePoint> = all.iter().filter(|p| p.time_ms.is_some_and(|t| t <= until)).copied().collect();
    // The reading that falls as the incident ends is of its recovery.
    if out.windows(2).last().is_some_and(|w| w[1].value * 2.0 < w[0].value && w[1].time_ms > facts.incident.start_ms) {
        out.pop();
        return out;
    }
    if let Some(next) = all.get(out.len())
        && next.time_ms.is_some_and(|t| t - until <= usual)
        && out.last().is_none_or(|last| next.value >= last.value)
    {
        out.push(*next);
    }
    out
}

/// The usual distance of readings in milliseconds.
fn cadence(points: &[GaugePoint]) -> i64 {
    let mut gaps: Vec<i64> = points.windows(2).filter_map(|w| Some(w[1].time_ms? - w[0].time_ms?)).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(0)
}

/// The largest rise between two neighbouring readings: (rise, before, after).
pub(super) fn largest_step(facts: &Facts<'_, '_>) -> Option<(f64, GaugePoint, GaugePoint)> {
    let points = shape(facts);
    points.windows(2).map(|w| (w[1].value - w[0].value, w[0], w[1])).max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(rise, ..)| *rise > 0.0)
}

/// While it fails the readings stand level, though the limit is far: what grew has ended.
fn levels_off(facts: &Facts<'_, '_>) -> Option<f64> {
    let inside: Vec<(f64, f64)> = shape(facts)
        .iter()
        .filter(|p| p.time_ms > facts.incident.start_ms)
        .filter_map(|p| Some((p.value, facts.series.at("maxclients", p.time_ms)?.value)))
        .collect();
    let (low, high) = inside.iter().fold((f64::MAX, f64::MIN), |(low, high), (v, _)| (low.min(*v), high.max(*v)));
    let far = inside.iter().all(|(v, limit)| *limit > 0.0 && v / limit < ROOM);
    (inside.len() >= LEVEL_POINTS && high - low <= LEVEL_SPREAD && far).then_some(high)
}

/// connected_clients climbs over the polls.
pub(super) fn climb(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let mut points = shape(facts);
    let readings = facts.series.get("connected_clients");
    // Undated readings may be of several nodes: only a climb without exception is one.
    let kept = keeps_all(facts.series);
    if points.is_empty() && climb_of(readings, kept).is_some() {
        points = readings.to_vec();
    }
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Judgement::Unjudged };
    if points.len() < CLIMB_POINTS {
        return Judgement::Unjudged;
    }
    if follows(facts).is_some() {
        return Judgement::NotSeen(FOLLOWS.to_string());
    }
    if let Some(with) = grows_with_instances(facts) {
        return Judgement::NotSeen(with);
    }
    if let Some(level) = levels_off(facts) {
        return Judgement::NotSeen(format!("connected_clients stands level at {level}, far under the limit"));
    }
    let total = last.value - first.value;
    let rising = points.windows(2).filter(|w| w[1].value > w[0].value).count();
    let falling = points.windows(2).filter(|w| w[1].value < w[0].value - 1.0).count();
    let step = largest_step(facts).map_or(0.0, |s| s.0);
    let climbs =
        last.value >= first.value * CLIMB_GROWTH && total >= 5.0 && rising >= 3 && falling * 4 <= points.len() && step < total * 0.6
            || climb_of(&points, kept).is_some();
    Judgement::either(
        climbs,
        || {
            Judgement::measured(
                total / ONE_POOL,
                format!("connected_clients climbs {} → {} over {} polls", first.value, last.value, points.len()),
                (total, "connections"),
                vec![first.at, last.at],
            )
        },
        &format!("connected_clients {} → {} without a steady climb", first.value, last.value),
    )
}

/// connected_clients jumps between two polls.
pub(super) fn step(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let points = shape(facts);
    if points.len() < 3 {
        return Judgement::Unjudged;
    }
    if follows(facts).is_some() {
        return Judgement::NotSeen(FOLLOWS.to_string());
    }
    let Some((rise, from, to)) = largest_step(facts) else { return Judgement::NotSeen("connected_clients never rises".to_string()) };
    if let (Some(start), Some(at)) = (facts.incident.start_ms, to.time_ms)
        && start - at > cadence(&points) * STEP_POLLS
    {
        return Judgement::NotSeen("connected_clients rose long before, and stood level since".to_string());
    }
    let spread = points.iter().map(|p| p.value).fold(f64::MIN, f64::max) - points.iter().map(|p| p.value).fold(f64::MAX, f64::min);
    Judgement::either(
        rise >= from.value * 0.25 && rise >= 5.0 && rise >= spread * 0.6,
        || {
            Judgement::measured(
                1.0,
                format!("connected_clients steps {} → {}", from.value, to.value),
                (rise, "connections"),
                vec![from.at, to.at],
            )
            .by(super::changes::scaled_up(facts))
        },
        "connected_clients has no step",
    )
}

/// connected_clients stood level up to the onset.
pub(super) fn plateau(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let points = shape(facts);
    let start = facts.incident.start_ms.unwrap_or(i64::MAX);
    let before = points.iter().filter(|p| p.time_ms.is_some_and(|t| t <= start)).count();
    // Without three readings before the onset, those of the incident itself have to tell.
    let points = if before >= 3 { points.get(..before).unwrap_or(&points) } else { points.as_slice() };
    let Some(end) = points.last().filter(|_| points.len() >= 3) else { return Judgement::Unjudged };
    let level = |p: &GaugePoint| (p.value - end.value).abs() <= (end.value * 0.1).max(2.0);
    let run = points.iter().rev().take_while(|p| level(p)).count();
    let from = points.get(points.len() - run).unwrap_or(end);
    Judgement::either(
        run >= 3 && run * 2 >= points.len(),
        || {
            Judgement::measured(
                1.0,
                format!("connected_clients stands at {} to {} over {run} polls up to the onset", from.value, end.value),
                (end.value, "connections"),
                vec![from.at, end.at],
            )
        },
        &format!("connected_clients moves to {}", end.value),
    )
}

/// Connections fell back after the incident.
pub(super) fn fall_back(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let (Some(start), Some(end)) = (facts.incident.start_ms, facts.incident.end_ms) else { return Judgement::Unjudged };
    let points = facts.series.get("connected_clients");
    let inside =
        points.iter().filter(|p| p.time_ms.is_some_and(|t| t >= start - 30_000 && t <= end)).map(|p| p.value).fold(f64::MIN, f64::max);
    let Some(after) = points.iter().rev().find(|p| p.time_ms.is_some_and(|t| t > end + 1_000)) else { return Judgement::Unjudged };
    if inside == f64::MIN {
        return Judgement::Unjudged;
    }
    // Given back with the demand, or all at once by a process that ended: only the first speaks of working connections.
    let demand_fell = super::traffic::fell_back(facts).unwrap_or(true);
    if after.value < inside * 0.75 && !demand_fell {
        return Judgement::NotSeen(format!("connected_clients fell from {inside} to {} although the requests went on", after.value));
    }
    Judgement::either(
        after.value < inside * 0.75,
        || {
            Judgement::measured(
                1.0,
                format!("connected_clients fell back from {inside} to {}", after.value),
                (after.value, "connections"),
                vec![after.at],
            )
        },
        &format!("connected_clients stays at {} of {inside}", after.value),
    )
}

/// Pods x pool size near or over maxclients.
pub(super) fn pods_times_pool(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let pool = facts.observed.series.values().flat_map(|s| s.get("pool_size")).max_by(|a, b| a.value.total_cmp(&b.value));
    let (Some(pool), Some(max)) = (pool, facts.series.at("maxclients", facts.incident.start_ms)) else { return Judgement::Unjudged };
    let pods = facts.incident.instances.len().max(1) as f64;
    let total = pods * pool.value;
    Judgement::either(
        total >= max.value * 0.8 && pods > 1.0,
        || {
            Judgement::measured(
                1.0,
                format!("{pods:.0} pods x pool of {:.0} = {total:.0} connections, against 80 % of maxclients {:.0}", pool.value, max.value),
                (total, "connections"),
                vec![pool.at, max.at],
            )
        },
        &format!("{pods:.0} pods x pool of {:.0} stay below 80 % of maxclients {:.0}", pool.value, max.value),
    )
}

/// Pools are empty while the server has room.
pub(super) fn pool_full_server_idle(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let pool = facts.incident.told(|kind| facts.observed.library.symptom(kind.symptom).phase == "pool").next();
    let Some(pool) = pool else { return Judgement::NotSeen("no pool ran empty".to_string()) };
    // A pool whose connections cannot be opened, or are refused with a reason, is empty for that reason.
    let library = facts.observed.library;
    let named = facts.incident.symptoms.iter().filter(|(s, _)| {
        let s = library.symptom(**s);
        s.phase == "connect" || (s.phase.is_empty() && s.marks.is_empty() && s.opens == crate::patterns::Opens::OneLine)
    });
    let named: u64 = named.map(|(_, stat)| stat.count).sum();
    let pools: u64 = facts.incident.symptoms.iter().filter(|(s, _)| library.symptom(**s).phase == "pool").map(|(_, stat)| stat.count).sum();
    if named * 4 > pools {
        return Judgement::Unjudged;
    }
    match have_room(facts, of) {
        Judgement::Seen(mut s) => {
            s.citations.insert(0, pool.at);
            s.statement = format!("the client's pool is empty while {}", s.statement);
            Judgement::Seen(s)
        }
        other => other,
    }
}

/// A pool size named in the logs is small.
pub(super) fn pool_size_small(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let sizes = facts.observed.series.values().flat_map(|s| s.get("pool_size"));
    let Some(p) = sizes.min_by(|a, b| a.value.total_cmp(&b.value)) else { return Judgement::Unjudged };
    Judgement::either(
        p.value <= 10.0,
        || Judgement::measured(1.0, format!("a pool of {} connections", p.value), (p.value, "connections"), vec![p.at]),
        &format!("the smallest pool has {} connections", p.value),
    )
}

/// Many clients wait in blocking commands.
pub(super) fn blocked_high(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let points = facts.series.get("blocked_clients");
    let from_lists = facts.snapshots.iter().max_by_key(|s| s.blocked);
    let Some(p) = points.iter().max_by(|a, b| a.value.total_cmp(&b.value)).copied().or(from_lists.map(|s| GaugePoint {
        time_ms: s.time_ms,
        value: s.blocked as f64,
        at: s.at,
    })) else {
        return Judgement::Unjudged;
    };
    let connected = facts.series.at("connected_clients", p.time_ms).map(|c| c.value).or(from_lists.map(|s| s.clients as f64));
    let share = connected.filter(|c| *c > 0.0).map_or(0.0, |c| p.value / c);
    Judgement::either(
        (p.value > 10.0 && share >= 0.2) || share >= 0.5 && p.value >= 4.0,
        || {
            Judgement::measured(
                (share + 0.4).min(1.0),
                format!("{} of {} clients wait in blocking commands", p.value, connected.unwrap_or(0.0)),
                (p.value, "clients"),
                vec![p.at],
            )
        },
        &format!("{} clients blocked", p.value),
    )
}

/// Commands that wait on the server until data comes.
const BLOCKING: [&str; 12] =
    ["BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREAD", "XREADGROUP", "WAIT", "WAITAOF"];

/// Blocking commands are named by errors of these symptoms: what found no connection did not wait in its command.
pub(super) fn blocking_commands(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let mut waits = facts.incident.told(|kind| of.contains(&facts.observed.library.symptom(kind.symptom).id));
    let blocks = |e: &crate::event::Event| e.command.as_deref().is_some_and(|c| BLOCKING.contains(&c));
    if let Some(e) = waits.find(|e| blocks(e)) {
        let who = Who { command: e.command.clone(), key: e.key.clone(), ..Who::default() };
        return Judgement::seen(format!("{} is named", e.command.as_deref().unwrap_or_default()), vec![e.at]).by(who);
    }
    if let Some(s) = facts.snapshots.iter().find(|s| s.blocked > 0) {
        return Judgement::measured(
            0.8,
            format!("{} clients of a list wait in blocking commands", s.blocked),
            (s.blocked as f64, "clients"),
            vec![s.at],
        )
        .by(waiting(s));
    }
    if facts.incident.commands.is_empty() && facts.snapshots.is_empty() {
        Judgement::Unjudged
    } else {
        Judgement::NotSeen("no blocking command is named".to_string())
    }
}

/// The blocking command that most clients of a list ran last.
fn waiting(list: &crate::event::Snapshot) -> Who {
    let by_command = list.commands.iter().map(|(name, n)| (name.to_ascii_uppercase(), *n));
    let most = by_command.filter(|(name, _)| BLOCKING.contains(&name.as_str())).max_by_key(|(_, n)| *n);
    Who { command: most.map(|(name, _)| name), ..Who::default() }
}
