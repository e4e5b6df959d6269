//! The check that settles it. In: a diagnosis. Out: [`Check`]s: commands or sources whose answer separates the first
//! causes. Fails when: never.

use super::facts::Facts;
use super::rank::{Diagnosis, is_rest};
use crate::correlate::{Incident, Observed};
use crate::patterns::Phase;

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Command (placeholders not filled) or source to give.
    pub command: String,
    /// What its answer tells.
    pub why: String,
    /// Ids of the causes that it separates.
    pub separates: Vec<String>,
}

/// Below this share a cause is no rival …
const RIVAL_SHARE: f64 = 0.005;
/// … and beside a first cause with at least `SETTLED`, below this one.
const RIVAL_OF_SETTLED: f64 = 0.05;
/// From this confidence on a cause needs no check, unless a rival stands beside it.
const SETTLED: f64 = 0.9;
/// Causes that a check is about at most.
const RIVALS: usize = 3;

/// Checks that separate the causes that are close, missing sources first.
pub fn next_checks(observed: &Observed<'_>, incident: &Incident<'_>, diagnosis: &Diagnosis<'_>) -> Vec<Check> {
    let facts = Facts::new(observed, incident);
    let rivals: Vec<&super::Finding<'_>> =
        diagnosis.findings.iter().filter(|f| !is_rest(f.cause)).take(RIVALS).filter(|f| f.confidence >= RIVAL_SHARE).collect();
    if let [first, rest @ ..] = rivals.as_slice()
        && first.confidence >= SETTLED
        && rest.iter().all(|f| f.confidence < RIVAL_OF_SETTLED)
    {
        return Vec::new();
    }
    let ids: Vec<String> = rivals.iter().map(|f| f.cause.id.to_string()).collect();
    let mut out = Vec::new();
    let no_gauges = facts.series.get("connected_clients").is_empty();
    let speaks_of_clients = |f: &&super::Finding<'_>| f.cause.evidence.iter().any(|e| e.feature.starts_with("clients-"));
    if no_gauges && rivals.iter().filter(|f| speaks_of_clients(f)).count() >= 1 {
        out.push(Check {
            command: "redis-cli -h {node_host} -p {node_port} INFO".to_string(),
            why: "no reading of connected_clients, maxclients and rejected_connections is in these lines; one INFO tells whether the server is at its limit or has room".to_string(),
            separates: ids.clone(),
        });
    }
    if facts.snapshots.is_empty()
        && rivals.iter().any(|f| f.cause.evidence.iter().any(|e| e.feature.starts_with("holder-") || e.feature == "idle-clients"))
    {
        out.push(Check {
            command: "redis-cli -h {node_host} -p {node_port} CLIENT LIST".to_string(),
            why: "who holds the connections, how long they have been idle, and who waits in a blocking command".to_string(),
            separates: ids.clone(),
        });
    }
    if observed.tally.server_log.0 == 0 && rivals.iter().any(|f| f.cause.evidence.iter().any(|e| e.feature.starts_with("server-"))) {
        out.push(Check {
            command: "the log of redis-server for the same minutes (kubectl logs {redis_pod}, journalctl -u redis, CloudWatch engine log)"
                .to_string(),
            why: "restarts, crashes, failovers, failing saves and killed clients stand only there".to_string(),
            separates: ids.clone(),
        });
    }
    // Else what the first cause itself would have checked.
    if out.is_empty()
        && let Some(first) = rivals.first()
    {
        let checks = first.cause.actions.iter().filter(|a| matches!(a.phase, Phase::Capture | Phase::Verify) && a.effect == "read-only");
        for a in checks.filter(|a| a.command.is_some()).take(1) {
            out.push(Check {
                command: a.command.as_deref().unwrap_or_default().to_string(),
                why: a.text.to_string(),
                separates: ids.clone(),
            });
        }
    }
    out
}
