//! Whom the errors were addressed to. In: facts. Out: judgements. Fails when: never.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memchr_iter;

use super::{Facts, Judgement, Who, changes, server, services};
use crate::correlate::Kind;
use crate::event::Event;
use crate::patterns::{SymptomIdx, Text};
use crate::record::seek::{Mark, has};

/// Behind a forwarded port the server's own port differs from the one that clients use: a mismatch says less of clients
/// that worked before.
const FORWARDED: f64 = 0.4;

/// The error is addressed to something that is not a Redis host and port. `of`: symptoms whose port is compared with the
/// server's own.
pub(super) fn wrong_target(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let mut nodes = BTreeSet::new();
    let library = facts.observed.library;
    let ports: BTreeSet<&str> = facts.observed.tally.settings.iter().filter(|s| s.name == "tcp_port").map(|s| s.value.as_str()).collect();
    // A server that was away is refused at its own port, which may be forwarded.
    let away = [server::restarted, server::crashed].iter().any(|feature| matches!(feature(facts, &[]), Judgement::Seen(_)));
    let compared: Vec<SymptomIdx> = of.iter().filter(|_| !away && !ports.is_empty()).filter_map(|id| library.find_symptom(id)).collect();
    // Addresses in the server's own lines are those of its replicas and clients.
    for e in facts.incident.told(|kind| !kind.from_server) {
        let port = e.node.as_deref().and_then(|n| n.rsplit_once(':')).map(|(_, p)| p);
        if let Some(port) =
            port.filter(|p| compared.contains(&e.symptom) && !ports.contains(p) && p.len() <= 5 && p.bytes().all(|b| b.is_ascii_digit()))
        {
            let known = ports.iter().copied().collect::<Vec<_>>().join(", ");
            let text = format!("clients go to port {port}, the server listens on {known}");
            let worked = matches!(changes::fails_from_start(facts, &[]), Judgement::NotSeen(_))
                && !matches!(services::some_succeed(facts, &[]), Judgement::Seen(_));
            return Judgement::measured(if worked { FORWARDED } else { 1.0 }, text, (1.0, "count"), vec![e.at]);
        }
        let new = e.node.as_deref().filter(|node| nodes.insert(*node));
        if let Some(port) = port.filter(|p| new.is_some() && is_mistyped(p)) {
            return Judgement::seen(format!("addressed to port {port}, which has the digits of {USUAL_PORT} in another order"), vec![e.at]);
        }
        if let Some(why) = new.into_iter().chain([e.text.as_str()]).find_map(misdirected) {
            return Judgement::seen(why, vec![e.at]);
        }
    }
    if nodes.is_empty() { Judgement::Unjudged } else { Judgement::NotSeen("the addresses look like Redis's".to_string()) }
}

/// Where Redis listens unless it is told otherwise.
const USUAL_PORT: &str = "6379";

/// The usual port with two digits or more in each other's place.
fn is_mistyped(port: &str) -> bool {
    let sorted = |text: &str| {
        let mut digits: Vec<u8> = text.bytes().collect();
        digits.sort_unstable();
        digits
    };
    port != USUAL_PORT && sorted(port) == sorted(USUAL_PORT)
}

/// Ports on which Redis, its TLS side, Sentinel and cluster nodes usually listen.
fn is_usual_port(port: u32) -> bool {
    matches!(port, 6378..=6389 | 7000..=7010 | 10_000 | 16_379 | 26_379..=26_381)
}

/// Every connect that fails goes to one port where Redis rarely listens, while another service goes on well. Alone a port
/// tells nothing: any may be a server's own.
pub(super) fn odd_port(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let failed = |kind: &Kind| !kind.from_server && of.contains(&library.symptom(kind.symptom).id);
    let port = |e: &Event| e.node.as_deref().and_then(|n| n.rsplit_once(':')).and_then(|(_, p)| p.parse::<u32>().ok());
    let mut ports: BTreeMap<u32, &Event> = BTreeMap::new();
    for e in facts.incident.told(failed) {
        match port(e) {
            Some(port) => _ = ports.entry(port).or_insert(e),
            None => return Judgement::Unjudged,
        }
    }
    let Some((port, e)) = ports.pop_first() else { return Judgement::Unjudged };
    let Judgement::Seen(others) = services::some_succeed(facts, &[]) else { return Judgement::Unjudged };
    Judgement::either(
        ports.is_empty() && !is_usual_port(port),
        || {
            let text = format!("every connect that fails goes to port {port}, while {}", others.statement);
            let who = e.service.as_deref().map(Who::service).unwrap_or_default();
            Judgement::measured(1.0, text, (f64::from(port), "port"), vec![e.at]).by(who)
        },
        "the ports are usual ones",
    )
}

/// No address for a connection to `localhost`, which never worked: the name leads to `::1`, which this host lacks, or into a
/// container. Ports are used up by connections that succeeded. `of`: symptoms that say it.
pub(super) fn localhost_without_address(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let library = facts.observed.library;
    let says = |kind: &Kind| !kind.from_server && of.contains(&library.symptom(kind.symptom).id);
    let is_local = |node: &str| node.rsplit('/').next().and_then(|address| address.split(':').next()) == Some("localhost");
    let mut local = facts.incident.told(says).filter_map(|e| Some((is_local(e.node.as_deref()?), e.at)));
    let Some((first, at)) = local.next() else { return Judgement::Unjudged };
    let works = || facts.live.values().any(|(ok, bad)| ok > bad);
    Judgement::either(
        first && local.all(|(is_local, _)| is_local) && !works(),
        || {
            Judgement::seen(
                "a client asks `localhost`, where no address is to be had: in a container that is the container itself".to_owned(),
                vec![at],
            )
        },
        "the address is another host's, or more goes well than fails",
    )
}

/// Ports of other services that configuration mistakes point Redis clients at.
const FOREIGN_PORTS: [(&str, &str); 9] = [
    (":80", "HTTP"),
    (":443", "HTTPS"),
    (":5432", "PostgreSQL"),
    (":3306", "MySQL"),
    (":27017", "MongoDB"),
    (":5672", "RabbitMQ"),
    (":11211", "memcached"),
    (":8080", "HTTP"),
    (":9092", "Kafka"),
];

/// What stands before the name of a host.
const LOOKUPS: [Mark; 5] =
    [Mark::new("ENOTFOUND "), Mark::new("EAI_AGAIN "), Mark::new("lookup "), Mark::new("connecting to "), Mark::new("resolve ")];
/// What a peer that is not Redis, or none, gives as an answer.
const REFUSALS: [Mark; 4] = [Mark::new("refused"), Mark::new("REFUSED"), Mark::new("wrong version"), Mark::new("rotocol")];

/// Behind some colon of the text stands what no address of Redis has.
fn may_mislead(text: &str) -> bool {
    let leads_elsewhere = |behind: &str| {
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        match behind.get(..digits).unwrap_or_default() {
            "" => behind.starts_with("//"),
            "0" => true,
            port => FOREIGN_PORTS.iter().any(|(p, _)| p.get(1..) == Some(port)),
        }
    };
    memchr_iter(b':', text.as_bytes()).any(|at| text.get(at + 1..).is_some_and(leads_elsewhere))
}

fn misdirected(text: &str) -> Option<String> {
    // Nearly every text is told apart by what follows its colons.
    if !may_mislead(text) {
        return None;
    }
    // A URL where a host name belongs: `getaddrinfo ENOTFOUND redis://redis:6379`, `lookup redis://…`.
    for lookup in &LOOKUPS {
        if let Some((_, behind)) = lookup.cut(text) {
            let target = behind.split_whitespace().next()?;
            if target.contains("redis://") || target.contains("rediss://") || target.contains("http://") || target.contains("https://") {
                return Some(format!("a URL stands where a host name belongs ({target})"));
            }
        }
    }
    if !REFUSALS.iter().any(|refusal| refusal.is_in(text)) {
        return None;
    }
    let mut words = text.split_whitespace().filter(|word| has(word, b':')).map(|w| w.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    let is_portless = |word: &&str| word.strip_suffix(":0").is_some_and(|host| !host.is_empty() && !host.ends_with(':'));
    if let Some(address) = words.clone().find(is_portless) {
        return Some(format!("addressed to {address}: nobody listens on port 0, which a setting that is no number becomes"));
    }
    if let Some(address) = words.find(|word| FOREIGN_PORTS.iter().any(|(p, _)| word.ends_with(p))) {
        let service = FOREIGN_PORTS.iter().find(|(p, _)| address.ends_with(p)).map_or("", |(_, s)| s);
        return Some(format!("addressed to {address}, a port of {service}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_with_the_usual_digits_in_another_order_is_mistyped() {
        let mistyped = ["6739", "6397", "3679", "9736"];
        assert!(mistyped.iter().all(|p| is_mistyped(p)));
        assert!(["6379", "6380", "16379", "637", "7000", ""].iter().all(|p| !is_mistyped(p)));
    }

    #[test]
    fn what_misleads_shows_behind_a_colon() {
        let wrong =
            ["lookup redis://cache:6379", "dial tcp cache:0: connection refused", "connect ECONNREFUSED 10.0.0.1:8080", "db:5432 refused"];
        assert!(wrong.iter().all(|text| may_mislead(text) && misdirected(text).is_some()));
        let right = ["09:10:08 [2:1] connect ECONNREFUSED 10.0.0.1:6379", "refused: cache:6380", "refused", ":"];
        assert!(right.iter().all(|text| !may_mislead(text)));
    }
}
