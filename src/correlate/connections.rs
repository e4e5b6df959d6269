//! Connections that grow, lie unused or come and go without need, before any limit is reached.
//!
//! In: readings, client lists. Out: [`Alarm`]s. Fails when: never.
//!
//! What a healthy server shows, too, says nothing: a level count, a pool that fills and stops, idle connections opened
//! together, growth with the requests. Where applications speak as well, only a climb that nears its limit counts.

use crate::event::{GaugePoint, Left, Snapshot};
use crate::patterns::SymptomIdx;

use super::gauges::Series;
use super::{Alarm, Observed};

/// A climb needs this many readings …
const CLIMB_POINTS: usize = 5;
/// … this growth, in connections and against the first reading …
const CLIMB: (f64, f64) = (10.0, 1.3);
/// … of which no more than this part is ever given back, is still to come in the last third, …
const GIVEN_BACK: f64 = 0.15;
/// … and no more than this part comes in one step, unless the count rises in every interval.
const ONE_STEP: f64 = 0.6;
/// What grows so is no fluctuation of a small pool.
const DOUBLED: f64 = 2.0;
/// The runbook's alert: at the speed of the readings the limit is reached within four times their span.
const HORIZON: f64 = 4.0;
/// Requests that grow by this part of what connections grow explain them.
const EXPLAINED: f64 = 0.5;
/// maxclients where nothing tells it: the server's default.
const DEFAULT_LIMIT: f64 = 10_000.0;
/// The alert threshold of the runbooks.
const NEAR: f64 = 0.9;

/// Rises that make a climb where nothing is given back.
const RISES: usize = 3;

/// As many connections are held more as were received meanwhile: none was closed.
pub fn keeps_all(s: &Series) -> bool {
    let rise = |name: &str| {
        let points = s.get(name);
        Some((points.last()?.value - points.first()?.value, points.len()))
    };
    let (held, received) = (rise("connected_clients"), rise("total_connections_received"));
    held.zip(received).is_some_and(|((more, n), (opened, m))| n == m && more > 0.0 && opened <= more)
}

/// Connections that climb and are not given back: (first, last) reading. `kept`: none that was opened was closed.
pub fn climb(points: &[GaugePoint], kept: bool) -> Option<(GaugePoint, GaugePoint)> {
    let (first, last) = (*points.first()?, *points.last()?);
    let total = last.value - first.value;
    if points.len() < CLIMB_POINTS || total < CLIMB.0 || last.value < first.value * CLIMB.1 {
        return None;
    }
    let (mut top, mut back, mut step, mut rises) = (first.value, 0.0_f64, 0.0_f64, 0);
    for w in points.windows(2) {
        let rise = w[1].value - w[0].value;
        (top, step, rises) = (top.max(w[1].value), step.max(rise), rises + usize::from(rise > 0.0));
        back = back.max(top - w[1].value);
    }
    let two_thirds = points.get(points.len() * 2 / 3).map_or(last.value, |p| p.value);
    let goes_on = last.value - two_thirds >= total * GIVEN_BACK;
    let steadily = rises + 1 == points.len() || step <= total * ONE_STEP || kept && rises >= RISES;
    (back <= total * GIVEN_BACK && goes_on && steadily).then_some((first, last))
}

/// Growth of a counter's rate from the first to the second half of its readings; where it has slowed to what it was, that counts.
fn quickens(points: &[GaugePoint]) -> Option<f64> {
    let (a, rest) = points.split_at(points.len() / 2);
    let (first, middle, last) = (a.first()?, rest.first()?, rest.last()?);
    let rate = |from: &GaugePoint, to: &GaugePoint, readings: usize| {
        let span = from.time_ms.zip(to.time_ms).map_or(readings as f64, |(a, b)| (b - a) as f64 / 1000.0);
        (span > 0.0).then_some((to.value - from.value) / span)
    };
    let (before, after) = (rate(first, middle, a.len())?, rate(middle, last, rest.len() - 1)?);
    let usual = |points: &[GaugePoint]| {
        let mut rates: Vec<f64> = points.windows(2).filter_map(|w| rate(&w[0], &w[1], 1)).collect();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied()
    };
    let third = points.len() / 3;
    let ends = points.get(..third).and_then(usual).zip(points.get(points.len() - third..).and_then(usual));
    let ends = ends.filter(|(early, _)| third >= 3 && *early > 0.0).map(|(early, late)| late / early);
    (before > 0.0).then(|| ends.map_or(after / before, |ends| (after / before).min(ends)))
}

/// Requests of applications from the first to the second half of a stretch.
fn asked_more(observed: &Observed<'_>, from_ms: i64, to_ms: i64) -> Option<f64> {
    let middle = from_ms.midpoint(to_ms);
    let (mut before, mut after) = (0_u64, 0_u64);
    for ((cell, _), r) in &observed.tally.survey.cells {
        before += u64::from(if (from_ms..middle).contains(cell) { r.healthy } else { 0 });
        after += u64::from(if (middle..=to_ms).contains(cell) { r.healthy } else { 0 });
    }
    (before > 0).then(|| after as f64 / before as f64)
}

fn alarm(symptom: SymptomIdx, node: &str, (first, last): (GaugePoint, GaugePoint), count: usize, opens: bool, statement: String) -> Alarm {
    Alarm { symptom, node: node.to_string(), first, last, count: count as u64, peak: last.value, opens, accompanies: false, statement }
}

fn climbing(observed: &Observed<'_>, symptom: SymptomIdx, node: &str, s: &Series, alone: bool) -> Option<Alarm> {
    let points = s.get("connected_clients");
    let (first, last) = climb(points, alone && keeps_all(s))?;
    let limit = s.at("maxclients", last.time_ms).map(|p| p.value).filter(|max| *max > 0.0);
    let (total, growth) = (last.value - first.value, last.value / first.value.max(1.0));
    let asked = quickens(s.get("total_commands_processed"))
        .or_else(|| asked_more(observed, first.time_ms?, last.time_ms?))
        .is_some_and(|more| more - 1.0 >= (growth - 1.0) * EXPLAINED);
    let near = limit.map(|max| last.value + total * HORIZON >= max);
    let opens = !asked && if alone { near != Some(false) || growth >= DOUBLED } else { near == Some(true) && growth >= DOUBLED };
    let statement = format!("connected_clients climbs {} → {} over {} readings", first.value, last.value, points.len());
    Some(alarm(symptom, node, (first, last), points.len(), opens, statement))
}

/// Readings with this many times the connections that a server takes by default, where its limit is not told.
pub fn countless(s: &Series, times: f64) -> Option<(GaugePoint, GaugePoint, String)> {
    let mut past = s.get("connected_clients").iter().filter(|p| p.value >= DEFAULT_LIMIT * times);
    let first = *past.next()?;
    let last = past.next_back().copied().unwrap_or(first);
    let text = format!("{} connections, where maxclients is {DEFAULT_LIMIT} by default", last.value);
    s.get("maxclients").is_empty().then_some((first, last, text))
}

/// One connection for so few commands is one for each request: beside the command itself AUTH, SELECT and HELLO.
const COMMANDS: f64 = 5.0;
/// From this rate on it is felt. Connections a second, or a row of `--stat`.
const CHURN_RATE: f64 = 5.0;
/// A single INFO averages over the server's life: it takes more to say something.
const CHURN_LIFE: f64 = 20.0;
/// Connections received are this many times those held.
const CHURN_HELD: f64 = 3.0;

/// Connections that are opened for (nearly) every command.
#[derive(Clone, Copy, Debug)]
pub struct Churn {
    /// Received.
    pub received: f64,
    /// Commands meanwhile.
    pub commands: f64,
    /// Held at the end.
    pub held: f64,
    /// Of one reading: an average over the server's life, which may lie long back.
    pub of_life: bool,
    /// First and last reading.
    pub span: (GaugePoint, GaugePoint),
}

/// Connections received against commands, between readings or (one INFO) over the server's life.
pub fn churn(s: &Series) -> Option<Churn> {
    let (opened, asked) = (s.get("total_connections_received"), s.get("total_commands_processed"));
    let (first, last) = (*opened.first()?, *opened.last()?);
    let (received, per, least) = if opened.len() > 1 {
        let per = first.time_ms.zip(last.time_ms).map_or(opened.len() as f64 - 1.0, |(a, b)| (b - a) as f64 / 1000.0);
        (last.value - first.value, per, CHURN_RATE)
    } else {
        (last.value, s.at("uptime_in_seconds", last.time_ms)?.value, CHURN_LIFE)
    };
    let commands = if asked.len() > 1 { asked.last()?.value - asked.first()?.value } else { asked.first()?.value };
    let held = s.at("connected_clients", last.time_ms).map_or(1.0, |p| p.value.max(1.0));
    let churns = per > 0.0 && received >= per * least && commands <= received * COMMANDS && received >= held * CHURN_HELD;
    (asked.len() == opened.len() && churns).then_some(Churn { received, commands, held, of_life: opened.len() == 1, span: (first, last) })
}

impl Churn {
    /// What it says.
    pub fn statement(&self) -> String {
        format!("{:.0} connections received for {:.0} commands, {:.0} held", self.received, self.commands, self.held)
    }
}

/// Sockets in TIME_WAIT are this many times the established ones, and at least so many.
const SPENT: (f64, f64) = (5.0, 20.0);
/// Linux keeps a closed socket so long. Seconds.
const TIME_WAIT_S: f64 = 60.0;

/// More than a socket may hold by default before its peer must read (`tcp_wmem`, 4 MiB at most) is not reached by chance. Bytes.
const UNSENT: f64 = 1_048_576.0;
/// How the name of such a reading begins; behind it stands the client.
const UNSENT_TO: &str = "unsent_to.";

/// The client for which most lies unsent in the server's sockets: (client, bytes).
pub fn unsent(s: &Series) -> Option<(&str, GaugePoint)> {
    let clients = s.gauges.iter().filter_map(|(name, points)| name.strip_prefix(UNSENT_TO).map(|client| (client, points)));
    let all = clients.flat_map(|(client, points)| points.iter().map(move |p| (client, *p)));
    all.filter(|(_, p)| p.value >= UNSENT).max_by(|a, b| a.1.value.total_cmp(&b.1.value))
}

/// Sockets to Redis that were closed in the last minute, against those in use or by themselves: (what is told, how many, where).
pub fn spent(s: &Series) -> Option<(String, f64, GaugePoint)> {
    let sum = |name: &str| s.get(name).iter().map(|p| p.value).sum::<f64>();
    let (waiting, used) = (sum("sockets.TIME_WAIT"), sum("sockets.ESTABLISHED"));
    if let Some(at) = s.get("sockets.TIME_WAIT").first().filter(|_| waiting >= SPENT.1 && waiting >= used * SPENT.0) {
        return Some((format!("{waiting:.0} sockets in TIME_WAIT beside {used:.0} established"), waiting, *at));
    }
    let counted = s.get("sockets.counted in TIME_WAIT").iter().max_by(|a, b| a.value.total_cmp(&b.value))?;
    let a_second = counted.value / TIME_WAIT_S;
    (a_second >= CHURN_RATE).then(|| {
        let text = format!("{:.0} sockets in TIME_WAIT, some {a_second:.0} closed a second", counted.value);
        (text, counted.value, *counted)
    })
}

/// A list of this many connections is more than a service's reserve …
const MANY: u64 = 100;
/// … when so many of ten are idle.
const IDLE_OF_TEN: u64 = 8;
/// A holder that grows between two lists gains so many …
const GAINED: u64 = 20;

/// What a client list says by itself.
fn of_list(list: &Snapshot) -> Option<String> {
    if let Some((holder, Left { count, ages_s: (young, old), .. }, all)) = list.piling() {
        return Some(format!("{holder} left {count} of {all} connections unused since they were opened, {young} to {old} s ago"));
    }
    if list.forgotten >= LIST_LEAST && list.forgotten * 2 >= list.clients {
        return Some(format!("{} of {} clients are idle for more than a day", list.forgotten, list.clients));
    }
    if let Some(grown) = list.growing() {
        return Some(format!("{} more connections were opened than closed within {} s, and lie unused", grown.kept, grown.seconds));
    }
    if list.is_extract() && list.held() >= MANY && list.long_idle * 2 >= list.clients {
        let text = format!(
            "{} of {} listed clients are idle for more than an hour, some {} are open by their descriptors",
            list.long_idle,
            list.clients,
            list.held()
        );
        return Some(text);
    }
    if let Some(n) = list.churning() {
        return Some(format!("{} connections were opened within {} s, and {} are held", n.opened, n.seconds, list.held()));
    }
    (list.clients >= MANY && list.idle * 10 >= list.clients * IDLE_OF_TEN)
        .then(|| format!("{} of {} clients are idle (over 300 s, or nine tenths of their life)", list.idle, list.clients))
}

/// A shorter list says nothing of shares.
const LIST_LEAST: u64 = 5;

fn of_lists(observed: &Observed<'_>, symptom: SymptomIdx, alone: bool) -> Vec<Alarm> {
    let lists: Vec<&Snapshot> = observed.tally.snapshots.values().collect();
    let point = |list: &Snapshot| GaugePoint { time_ms: list.time_ms, value: list.clients as f64, at: list.at };
    let mut out = Vec::new();
    let telling: Vec<(&&Snapshot, String)> = lists.iter().filter_map(|list| Some((list, of_list(list)?))).collect();
    if let (Some((first, _)), Some((last, text))) = (telling.first(), telling.last()) {
        out.push(alarm(symptom, "", (point(first), point(last)), telling.len(), alone, text.clone()));
    }
    if let ([first, .., last], true) = (lists.as_slice(), lists.len() > 1) {
        let before = |holder: &String| first.holders.get(holder).copied().unwrap_or(0);
        let grown = last.holders.iter().map(|(holder, n)| (holder, n.saturating_sub(before(holder)), *n)).max_by_key(|(_, more, _)| *more);
        if let Some((holder, more, n)) = grown.filter(|(_, more, n)| *more >= GAINED && *more * 2 >= *n) {
            let text = format!("{holder} went from {} to {n} connections between the client lists", n - more);
            out.push(alarm(symptom, "", (point(first), point(last)), lists.len(), alone, text));
        }
    }
    out
}

/// What names its own reason.
const CRITICAL: u8 = 4;

/// Everything that readings and lists say of connections.
pub(super) fn alarms(observed: &Observed<'_>, symptom: SymptomIdx) -> Vec<Alarm> {
    // Where no application speaks, these captures were taken for a reason. Crash reports hold some as well.
    let tally = observed.tally;
    let told = tally.server_log.0 > 0 || observed.events.iter().any(|e| e.severity >= CRITICAL);
    let alone = !told && tally.survey.cells.values().all(|r| r.healthy + r.errors == 0);
    let mut out = of_lists(observed, symptom, alone);
    for (node, s) in &observed.series {
        out.extend(climbing(observed, symptom, node, s, alone));
        out.extend(countless(s, NEAR).map(|(first, last, text)| alarm(symptom, node, (first, last), 1, alone, text)));
        out.extend(churn(s).map(|c| alarm(symptom, node, c.span, s.get("total_connections_received").len(), alone, c.statement())));
        if let Some((client, at)) = unsent(s) {
            let text = format!("{:.1} MB that {client} did not read lie in the server's sockets", at.value / 1e6);
            out.push(alarm(symptom, node, (at, at), 1, alone, text));
        }
        if let Some((text, _, at)) = spent(s) {
            out.push(alarm(symptom, node, (at, at), 1, alone, text));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[f64]) -> Vec<GaugePoint> {
        values.iter().map(|value| GaugePoint { time_ms: None, value: *value, at: crate::source::Location::default() }).collect()
    }

    #[test]
    fn a_climb_goes_on_and_gives_nothing_back() {
        for leak in [&[47.0, 48.0, 50.0, 52.0, 53.0, 72.0][..], &[812.0, 831.0, 856.0, 870.0, 915.0, 960.0, 1002.0, 1080.0]] {
            assert!(climb(&points(leak), false).is_some(), "{leak:?}");
        }
        for other in [
            &[1.0, 23.0, 23.0, 23.0, 23.0, 23.0, 23.0][..],     // a pool fills and stands
            &[10.0, 30.0, 45.0, 52.0, 55.0, 56.0, 56.0, 56.0],  // a warm-up that slows
            &[40.0, 52.0, 38.0, 61.0, 44.0, 59.0, 42.0, 58.0],  // a busy pool
            &[20.0, 40.0, 60.0, 80.0, 60.0, 40.0, 30.0],        // a wave
            &[3.0, 4.0, 5.0, 6.0, 7.0],                         // a handful
            &[100.0, 100.0, 100.0, 160.0, 160.0, 160.0, 160.0], // a step
            &[100.0, 200.0, 300.0],                             // too few readings
        ] {
            assert!(climb(&points(other), false).is_none() && climb(&points(other), true).is_none(), "{other:?}");
        }
    }

    fn series(gauges: &[(&str, &[f64])]) -> Series {
        Series { gauges: gauges.iter().map(|(name, values)| ((*name).to_string(), points(values))).collect() }
    }

    #[test]
    fn where_no_connection_was_closed_three_rises_are_a_climb() {
        let rows = [598.0, 598.0, 598.0, 629.0, 697.0, 697.0, 896.0, 896.0];
        let received = |closed: f64| rows.map(|n| n + 1225.0 + if n > 629.0 { closed } else { 0.0 });
        let kept = |closed| keeps_all(&series(&[("connected_clients", &rows), ("total_connections_received", &received(closed))]));
        assert!(kept(0.0) && !kept(40.0));
        assert!(climb(&points(&rows), true).is_some() && climb(&points(&rows), false).is_none());
    }

    #[test]
    fn a_burst_of_commands_does_not_explain_connections_that_stay() {
        let burst = [0.0, 1.0, 2.0, 3.0, 4.0, 430.0, 1929.0, 1930.0, 1931.0, 1932.0];
        assert!(quickens(&points(&burst)).is_some_and(|more| more <= 1.0));
        let busier = [0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 10.0, 13.0, 16.0, 19.0];
        assert!(quickens(&points(&busier)).is_some_and(|more| more > 2.0));
    }

    #[test]
    fn one_connection_a_command_is_churn() {
        let rows = |received: &[f64], commands: &[f64]| {
            churn(&series(&[
                ("total_connections_received", received),
                ("total_commands_processed", commands),
                ("connected_clients", &[12.0, 11.0, 14.0]),
            ]))
        };
        assert!(rows(&[1000.0, 1090.0, 1185.0], &[5000.0, 5270.0, 5560.0]).is_some());
        // Many commands for each, and a probe now and then.
        assert!(rows(&[1000.0, 1090.0, 1185.0], &[5000.0, 9270.0, 13_560.0]).is_none());
        assert!(rows(&[1000.0, 1002.0, 1004.0], &[5000.0, 5004.0, 5008.0]).is_none());
    }

    #[test]
    fn a_count_far_above_any_default_is_told_only_without_a_limit() {
        assert!(countless(&series(&[("connected_clients", &[89_132.0])]), NEAR).is_some());
        assert!(countless(&series(&[("connected_clients", &[89_132.0]), ("maxclients", &[100_000.0])]), NEAR).is_none());
        assert!(countless(&series(&[("connected_clients", &[812.0])]), NEAR).is_none());
    }
}
