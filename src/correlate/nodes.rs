//! Two Redis nodes failing in the same minutes, apart.
//!
//! In: one group of events near in time. Out: the same group, or one for each node (then marked as apart). Fails when: never.
//!
//! Groups are parted only when every part names remote endpoints of its own, nothing joins them (service, trace,
//! alias), and one is seen healthy while the other fails. In doubt it stays one incident.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;
use crate::record::name;

use super::{Observed, group::Group};

/// Parts a group by node; `true` where it was parted.
pub(super) fn part<'a>(observed: &Observed<'a>, group: Group<'a>) -> Vec<(Group<'a>, bool)> {
    let Group { events, alarms, span } = group;
    let mut sides = sides(observed, &events);
    let apart = sides.len() > 1 && sides.iter().all(|s| sides.iter().any(|o| seen_apart(observed, s, o)));
    if !apart {
        return vec![(Group { events, alarms, span }, false)];
    }
    sides.sort_by_key(|s| s.events.first().copied());
    let mut out: Vec<(Group<'a>, bool)> = sides
        .iter()
        .map(|side| {
            let own = side.events.iter().filter_map(|i| events.get(*i).copied()).collect();
            let about = alarms.iter().filter(|a| side.hosts.contains(host(&a.node))).cloned().collect();
            (Group { events: own, alarms: about, span: None }, true)
        })
        .collect();
    // What the log says without naming a node is told with the first.
    let placed: BTreeSet<usize> = sides.iter().flat_map(|s| s.events.iter().copied()).collect();
    if let Some((Group { events: own, alarms: about, .. }, _)) = out.first_mut() {
        own.extend(events.iter().enumerate().filter(|(i, _)| !placed.contains(i)).map(|(_, e)| *e));
        own.sort_by_key(|e| (e.time_ms.is_none(), e.time_ms, e.at, e.signature));
        about.extend(alarms.iter().filter(|a| !sides.iter().any(|s| s.hosts.contains(host(&a.node)))).cloned());
    }
    out
}

/// Events about the same node or nodes.
#[derive(Debug, Default)]
struct Side<'e> {
    /// Indices into the group's events, ascending.
    events: Vec<usize>,
    hosts: BTreeSet<&'e str>,
    services: BTreeSet<&'e str>,
    /// Seconds with an event.
    seconds: BTreeSet<i64>,
}

/// What joins events: they share one of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tie<'e> {
    Service(&'e str),
    Host(&'e str),
    Trace(u64),
}

/// The sides that name a remote endpoint; fewer than two when any of them may be an alias of another.
fn sides<'e>(observed: &Observed<'_>, events: &[&'e Event]) -> Vec<Side<'e>> {
    let nodes: BTreeSet<&str> = events.iter().filter_map(|e| e.node.as_deref()).collect();
    let hosts: BTreeSet<&str> = nodes.into_iter().map(host).filter(|h| is_remote(h)).collect();
    if hosts.len() < 2 {
        return Vec::new();
    }
    let mut joined = Joined((0..events.len()).collect());
    let mut first: BTreeMap<Tie<'e>, usize> = BTreeMap::new();
    let services: BTreeSet<&'e str> = events.iter().filter_map(|e| e.service.as_deref()).collect();
    for (i, e) in events.iter().enumerate() {
        let fingerprint = e.trace.as_ref().map(crate::record::TraceId::fingerprint);
        // A request that passed through a failing service joins that one, too.
        let passed = fingerprint.and_then(|f| observed.tally.survey.traces.get(f)).into_iter().flat_map(|t| t.services.names());
        let passed = passed.filter_map(|name| services.get(name)).map(|name| Tie::Service(name));
        let named = e.node.as_deref().map(host).filter(|h| is_remote(h)).map(Tie::Host);
        for tie in e.service.as_deref().map(Tie::Service).into_iter().chain(named).chain(fingerprint.map(Tie::Trace)).chain(passed) {
            let other = *first.entry(tie).or_insert(i);
            joined.join(i, other);
        }
    }
    let mut sides: BTreeMap<usize, Side<'e>> = BTreeMap::new();
    for (i, e) in events.iter().enumerate() {
        let side = sides.entry(joined.root(i)).or_default();
        side.events.push(i);
        side.hosts.extend(e.node.as_deref().map(host).filter(|h| is_remote(h)));
        side.services.extend(e.service.as_deref());
        side.seconds.extend(e.time_ms.map(|t| t.div_euclid(1000)));
    }
    // Who fails without saying against which node may fail against any of them.
    if sides.values().any(|s| s.hosts.is_empty() && !s.services.is_empty()) {
        return Vec::new();
    }
    let sides: Vec<Side<'e>> = sides.into_values().filter(|s| !s.hosts.is_empty()).collect();
    let numeric: Vec<bool> = sides.iter().map(|s| s.hosts.iter().all(|h| is_address(h))).collect();
    // An address and a name may be one server; two names, or two addresses, are two.
    if numeric.iter().any(|n| *n != numeric.first().copied().unwrap_or(false)) { Vec::new() } else { sides }
}

/// While one side fails, the services of the other succeed and do not fail.
fn seen_apart(observed: &Observed<'_>, one: &Side<'_>, other: &Side<'_>) -> bool {
    healthy_during(observed, one, other) || healthy_during(observed, other, one)
}

fn healthy_during(observed: &Observed<'_>, healthy: &Side<'_>, failing: &Side<'_>) -> bool {
    let survey = &observed.tally.survey;
    let width = survey.cell_ms();
    let cells: BTreeSet<i64> = failing.seconds.iter().map(|s| (s * 1000).div_euclid(width) * width).collect();
    let (mut well, mut ill) = (0_usize, 0_usize);
    for cell in cells {
        let mut seen = healthy.services.iter().filter_map(|s| survey.cells.get(&(cell, name(s)))).peekable();
        if seen.peek().is_none() {
            continue;
        }
        if seen.all(|r| r.healthy > 0 && r.errors == 0 && r.failed == 0) { well += 1 } else { ill += 1 }
    }
    well >= SEEN_WELL && well >= ill
}

/// So many cells of the one's trouble must show the other well: a lucky second between two errors is none.
const SEEN_WELL: usize = 3;

/// The name that a node goes by: without port, domain and ordinal, so that `redis-cart-0.redis-cart.prod.svc:6379` and
/// `redis-cart:6379` are one.
fn host(node: &str) -> &str {
    let name = match node.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => node,
    };
    if is_address(name) {
        return name;
    }
    let label = name.split('.').next().unwrap_or(name);
    let mut base = label;
    while let Some((rest, last)) = base.rsplit_once('-') {
        if !(last.bytes().all(|b| b.is_ascii_digit()) || ROLES.contains(&last)) || rest.is_empty() {
            break;
        }
        base = rest;
    }
    base
}

/// Ends of a server's name that say which part of it is meant, not which server.
const ROLES: [&str; 10] = ["master", "primary", "replica", "replicas", "slave", "headless", "node", "ro", "svc", "announce"];

fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[')
}

/// Every machine calls itself by these.
fn is_remote(host: &str) -> bool {
    !(host.is_empty() || host == "localhost" || host == "::1" || host == "[::1]" || host == "0.0.0.0" || host.starts_with("127."))
}

/// Sets that grow together (union–find); the smallest index stands for its set.
struct Joined(Vec<usize>);

impl Joined {
    fn root(&mut self, mut i: usize) -> usize {
        while let Some(&up) = self.0.get(i).filter(|up| **up != i) {
            let over = self.0.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.0.get_mut(i) {
                *slot = over;
            }
            i = up;
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.0.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
}
