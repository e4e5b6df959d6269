//! The server: up, slow, full, failing to save. In: facts. Out: judgements. Fails when: never.

use super::counters::rise_of;
use super::symptoms::CITES;
use super::{Facts, Judgement, Who};
use crate::correlate::Kind;
use crate::event::GaugePoint;
use crate::patterns::{SignatureIdx, SymptomIdx, Text};

/// Commands whose time grows with the size of the data.
const HEAVY: [&str; 26] = [
    "KEYS",
    "HGETALL",
    "SMEMBERS",
    "LRANGE",
    "SORT",
    "ZRANGE",
    "ZREVRANGE",
    "ZRANGEBYSCORE",
    "SUNION",
    "SINTER",
    "SDIFF",
    "HKEYS",
    "HVALS",
    "FLUSHALL",
    "FLUSHDB",
    "EVAL",
    "EVALSHA",
    "FCALL",
    "DEL",
    "MGET",
    "SUNIONSTORE",
    "SINTERSTORE",
    "ZUNIONSTORE",
    "ZINTERSTORE",
    "DEBUG",
    "SCAN",
];
/// From this on a command is slow: the runbooks' threshold. Milliseconds.
const SLOW_MS: f64 = 100.0;
/// Slow-log times are whole seconds, and clients give up some seconds after the stall began.
const OVERLAP_S: i64 = 3;

/// Events whose text says that the server (re)started or crashed are symptoms; uptime tells it as well.
fn uptime_falls(facts: &Facts<'_, '_>) -> Option<(GaugePoint, GaugePoint)> {
    let points = facts.series.get("uptime_in_seconds");
    points.windows(2).find(|w| w[1].value < w[0].value).map(|w| (w[0], w[1]))
}

/// A start logged near the incident by a server that ran before: the first start of a log is no restart.
fn start_mark<'f>(facts: &'f Facts<'_, '_>) -> Option<&'f crate::event::Event> {
    let library = facts.observed.library;
    let near = |t: Option<i64>| match (t, facts.incident.start_ms, facts.incident.end_ms) {
        (Some(t), Some(start), Some(end)) => t >= start - RESTART_BEFORE_MS && t <= end + RESTART_AFTER_MS,
        _ => true,
    };
    let is_start = |symptom: SymptomIdx, signature: SignatureIdx| {
        library.symptom(symptom).marks == "restart" && library.signature(signature).severity <= 2
    };
    let marks = facts.observed.marks.iter().copied().filter(|e| is_start(e.symptom, e.signature));
    let starts = marks.chain(facts.incident.told(|kind| is_start(kind.symptom, kind.signature)));
    let mut said = starts.filter(|e| near(e.time_ms)).filter(|e| {
        // Something must show that it ran before: an earlier line of its own log, or requests before the start.
        let begins = facts.observed.tally.server_begins(e.at.source);
        let log_before = matches!((begins, e.time_ms), (Some(first), Some(t)) if e.from_server && t - first > SAME_START_MS);
        // Of several servers the one that starts later need not be the one that failed.
        let alone = facts.observed.tally.server_logs.len() < 2;
        let failing_before = matches!((facts.incident.start_ms, e.time_ms), (Some(start), Some(t)) if t > start + SAME_START_MS);
        log_before || failing_before && alone || !e.from_server
    });
    said.next()
}

/// The server's log tells of a stop or a crash in the minutes before a start.
fn stopped_before(facts: &Facts<'_, '_>, start: &crate::event::Event) -> bool {
    let library = facts.observed.library;
    let tells = |signature: SignatureIdx| matches!(library.symptom(library.signature(signature).symptom).marks.as_ref(), "stop" | "crash");
    let marks = facts.observed.marks.iter().copied().filter(|e| tells(e.signature));
    let mut told = marks.chain(facts.incident.told(|kind| tells(kind.signature)));
    told.any(|e| e.time_ms.is_none() || start.time_ms.is_none() || e.time_ms <= start.time_ms)
}

/// A restart this long before the first error may have caused it. Milliseconds.
const RESTART_BEFORE_MS: i64 = 30_000;
/// A start this long after the last error may have ended it. Milliseconds.
const RESTART_AFTER_MS: i64 = 10_000;
/// Lines of one start-up lie this close. Milliseconds.
const SAME_START_MS: i64 = 2_000;

/// The server restarted: uptime falls, or its log shows a start.
pub(super) fn restarted(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if let Some((before, after)) = uptime_falls(facts) {
        return Judgement::measured(
            1.0,
            format!("uptime fell from {} s to {} s", before.value, after.value),
            (after.value, "s"),
            vec![before.at, after.at],
        );
    }
    if let Some(e) = start_mark(facts) {
        let silent = facts.server_log_covers() && !stopped_before(facts, e);
        let how = if silent { ", and its log holds no word of a stop: it was killed or lost its host" } else { "" };
        return Judgement::seen(format!("the server started again in these minutes{how}"), vec![e.at]);
    }
    if facts.series.get("uptime_in_seconds").len() > 1 {
        return Judgement::NotSeen("uptime runs on".to_string());
    }
    if facts.server_log_covers() { Judgement::NotSeen("the server's log shows no start".to_string()) } else { Judgement::Unjudged }
}

/// A crash report of the server.
pub(super) fn crashed(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let reports = |kind: &Kind| library.symptom(library.signature(kind.signature).symptom).marks == "crash";
    let said: Vec<_> = facts.incident.told(reports).map(|e| e.at).take(CITES).collect();
    if !said.is_empty() {
        return Judgement::seen("the server wrote a crash report", said);
    }
    if facts.server_log_covers() { Judgement::NotSeen("the server's log shows no crash".to_string()) } else { Judgement::Unjudged }
}

/// Uptime runs on through the incident.
pub(super) fn up_throughout(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let points = facts.series.get("uptime_in_seconds");
    if points.len() < 2 {
        return Judgement::Unjudged;
    }
    let (first, last) = (points[0], points[points.len() - 1]);
    Judgement::either(
        uptime_falls(facts).is_none(),
        || {
            Judgement::measured(
                1.0,
                format!("the server was up throughout (uptime {} → {} s)", first.value, last.value),
                (last.value, "s"),
                vec![first.at, last.at],
            )
        },
        "uptime fell",
    )
}

/// The server's own log covers the seconds and says nothing.
pub(super) fn log_quiet(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    if !facts.server_log_covers() {
        return Judgement::Unjudged;
    }
    let loud = facts.incident.told(|kind| kind.from_server).next().is_some();
    Judgement::either(
        !loud,
        || Judgement::seen("the server's own log says nothing in these seconds", Vec::new()),
        "the server's own log speaks of it",
    )
}

/// used_memory at its limit.
pub(super) fn memory_full(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let s = facts.series;
    let peak = s
        .get("used_memory")
        .iter()
        .filter_map(|p| Some((*p, s.at("maxmemory", p.time_ms)?.value)))
        .filter(|(_, m)| *m > 0.0)
        .max_by(|a, b| (a.0.value / a.1).total_cmp(&(b.0.value / b.1)));
    let Some((p, max)) = peak else { return Judgement::Unjudged };
    let share = p.value / max;
    Judgement::either(
        share >= 0.95,
        || Judgement::measured(1.0, format!("used_memory at {:.0} % of maxmemory", share * 100.0), (share * 100.0, "percent"), vec![p.at]),
        &format!("used_memory at {:.0} % of maxmemory", share * 100.0),
    )
}

/// used_memory is flat.
pub(super) fn memory_stable(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let points = facts.series.get("used_memory");
    if points.len() < 3 {
        return Judgement::Unjudged;
    }
    let max = points.iter().map(|p| p.value).fold(f64::MIN, f64::max);
    let min = points.iter().map(|p| p.value).fold(f64::MAX, f64::min);
    Judgement::either(
        max <= min * 1.3,
        || {
            Judgement::measured(
                1.0,
                format!("used_memory stays between {:.1} and {:.1} MB", min / 1e6, max / 1e6),
                (max, "bytes"),
                vec![points[0].at],
            )
        },
        &format!("used_memory moves between {:.1} and {:.1} MB", min / 1e6, max / 1e6),
    )
}

fn setting<'f>(facts: &'f Facts<'_, '_>, names: &[&str]) -> Option<&'f crate::event::Setting> {
    facts.observed.tally.settings.iter().rfind(|s| names.contains(&s.name.as_str()))
}

/// maxmemory-policy noeviction.
pub(super) fn policy_noeviction(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some(s) = setting(facts, &["maxmemory_policy", "maxmemory-policy"]) else { return Judgement::Unjudged };
    Judgement::either(
        s.value == "noeviction",
        || Judgement::seen("maxmemory-policy is noeviction", vec![s.at]),
        &format!("maxmemory-policy is {}", s.value),
    )
}

/// evicted_keys rises.
pub(super) fn evictions_rise(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((rise, _, first, last)) = rise_of(facts.series.get("evicted_keys")) else { return Judgement::Unjudged };
    Judgement::either(
        rise > 0.0,
        || Judgement::measured(1.0, format!("{rise:.0} keys evicted"), (rise, "keys"), vec![first.at, last.at]),
        "no key was evicted",
    )
}

/// The node's role changed.
pub(super) fn role_changed(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let mut roles: Vec<_> = facts.observed.tally.settings.iter().filter(|s| s.name == "role").collect();
    roles.sort_by_key(|s| (s.time_ms, s.at));
    if let Some(w) = roles.windows(2).find(|w| w[0].value != w[1].value && w[0].at.source == w[1].at.source) {
        return Judgement::seen(format!("role changed from {} to {}", w[0].value, w[1].value), vec![w[0].at, w[1].at]);
    }
    if roles.len() > 1 { Judgement::NotSeen("the role stays".to_string()) } else { Judgement::Unjudged }
}

/// The link to the master or a replica is down.
pub(super) fn replica_link_down(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    match setting(facts, &["master_link_status"]) {
        Some(s) => {
            Judgement::either(s.value == "down", || Judgement::seen("master_link_status is down", vec![s.at]), "master_link_status is up")
        }
        None => Judgement::Unjudged,
    }
}

/// The last save or AOF write failed.
pub(super) fn persistence_failing(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let names = ["rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"];
    let Some(any) = setting(facts, &names) else { return Judgement::Unjudged };
    let failing = facts.observed.tally.settings.iter().rfind(|s| names.contains(&s.name.as_str()) && s.value == "err");
    match failing {
        Some(s) => Judgement::seen(format!("{} is err", s.name), vec![s.at]),
        None => Judgement::NotSeen(format!("{} is {}", any.name, any.value)),
    }
}

/// Who sent a command of the slow log: client name and address (since 4.0), command and key shape.
fn sender(seen: &crate::event::SlowSeen) -> Who {
    let entry = &seen.entry;
    let told = |text: &str| (!text.is_empty()).then(|| text.to_string());
    let mut who = Who { service: told(&entry.name), command: told(&entry.command), key: told(&entry.key), ..Who::default() };
    if !entry.client.is_empty() {
        who.address = Who::holder(&entry.client).address;
    }
    who
}

/// A message that speaks of a slow command.
fn is_slow(facts: &Facts<'_, '_>, kind: &Kind) -> bool {
    facts.observed.library.symptom(kind.symptom).marks == "slow"
}

/// Slow commands are named: events with a duration, or slow-log entries.
pub(super) fn slow_commands(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let slow: Vec<_> = facts.observed.tally.slow.values().filter(|s| s.entry.us as f64 / 1000.0 >= SLOW_MS).collect();
    if let Some(worst) = slow.first() {
        let text = format!(
            "{} slow commands in the slow log, the worst {} with {:.0} ms",
            slow.len(),
            worst.entry.command,
            worst.entry.us as f64 / 1000.0
        );
        let citations = slow.iter().map(|s| s.at).take(CITES).collect();
        return Judgement::measured(1.0, text, (worst.entry.us as f64 / 1000.0, "ms"), citations).by(sender(worst));
    }
    let said = facts.incident.told(|kind| is_slow(facts, kind)).filter_map(|e| {
        let ms = e.values.iter().find(|v| v.unit.base() == "ms").and_then(|v| v.number)?;
        (ms >= SLOW_MS).then_some((e, ms))
    });
    if let Some((e, ms)) = said.max_by(|a, b| a.1.total_cmp(&b.1)) {
        return Judgement::measured(
            0.8,
            format!("{} took {ms:.0} ms", e.command.as_deref().unwrap_or("a command")),
            (ms, "ms"),
            vec![e.at],
        )
        .by(Who { command: e.command.clone(), key: e.key.clone(), ..Who::default() });
    }
    let covered = facts.observed.tally.capture_kinds.contains_key("slowlog");
    if covered { Judgement::NotSeen("the slow log holds nothing over 100 ms".to_string()) } else { Judgement::Unjudged }
}

/// The slow command that a client names as the next whose reply it waits for, when no reply lies unread.
fn head_of_queue(e: &crate::event::Event) -> Option<String> {
    let value = |name: &str| e.values.iter().find(|v| v.name == name);
    let command = value("next")?.text.split_whitespace().next()?.to_ascii_uppercase();
    let unread = value("in").and_then(|v| v.number).unwrap_or(0.0);
    let slow = HEAVY.contains(&command.as_str()) || SCRIPTS.contains(&command.as_str());
    (slow && unread == 0.0).then_some(command)
}

/// Commands that run a script or function of any length.
const SCRIPTS: [&str; 5] = ["EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL"];

/// An O(N) command is among the slow ones.
pub(super) fn heavy_command(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let in_log = facts
        .observed
        .tally
        .slow
        .values()
        .filter(|s| s.entry.us as f64 / 1000.0 >= SLOW_MS)
        .find(|s| HEAVY.contains(&s.entry.command.as_str()));
    if let Some(s) = in_log {
        return Judgement::measured(
            1.0,
            format!("{} with {:.0} ms", s.entry.command, s.entry.us as f64 / 1000.0),
            (s.entry.us as f64 / 1000.0, "ms"),
            vec![s.at],
        )
        .by(sender(s));
    }
    let said = facts.incident.told(|kind| is_slow(facts, kind)).find(|e| e.command.as_deref().is_some_and(|c| HEAVY.contains(&c)));
    if said.is_none()
        && let Some((e, command)) = facts.incident.events.iter().find_map(|e| Some((e, head_of_queue(e)?)))
    {
        let text = format!("{command} stands at the head of the client's queue, and no reply has come");
        let who = Who { command: Some(command), ..Who::default() };
        return Judgement::measured(0.9, text, (1.0, "count"), vec![e.at]).by(who);
    }
    match said {
        Some(e) => Judgement::measured(0.8, format!("{} is slow", e.command.as_deref().unwrap_or_default()), (1.0, "count"), vec![e.at])
            .by(Who { command: e.command.clone(), key: e.key.clone(), ..Who::default() }),
        None => Judgement::Unjudged,
    }
}

/// Slow-log entries lie in the seconds of the failures.
pub(super) fn slow_log_overlap(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let tally = facts.observed.tally;
    if tally.slow.is_empty() {
        return if tally.capture_kinds.contains_key("slowlog") {
            Judgement::NotSeen("the slow log is empty".to_string())
        } else {
            Judgement::Unjudged
        };
    }
    let (Some(start), Some(end)) = (facts.incident.start_ms, facts.incident.end_ms) else { return Judgement::Unjudged };
    let long: Vec<_> = tally.slow.values().filter(|s| s.entry.us as f64 / 1000.0 >= SLOW_MS).collect();
    let inside: Vec<_> = long
        .iter()
        .filter(|s| s.entry.at_s >= start / 1000 - OVERLAP_S - (s.entry.us / 1_000_000) as i64 && s.entry.at_s <= end / 1000 + OVERLAP_S)
        .collect();
    Judgement::either(
        !inside.is_empty(),
        || {
            let total: u64 = inside.iter().map(|s| s.entry.us).sum();
            let slowest = inside.iter().max_by_key(|s| s.entry.us);
            let worst =
                slowest.map_or(String::new(), |s| format!(", the worst {} with {:.0} ms", s.entry.command, s.entry.us as f64 / 1000.0));
            Judgement::measured(
                1.0,
                format!(
                    "{} slow commands ({:.1} s of server time) lie in the seconds of the failures{worst}",
                    inside.len(),
                    total as f64 / 1e6
                ),
                (total as f64 / 1000.0, "ms"),
                inside.iter().map(|s| s.at).take(CITES).collect(),
            )
            .by(slowest.map(|s| sender(s)).unwrap_or_default())
        },
        "no slow command lies in the seconds of the failures",
    )
}
