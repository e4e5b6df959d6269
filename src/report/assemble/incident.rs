//! One incident as data. In: an incident, its diagnosis. Out: [`IncidentReport`]. Fails when: never.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scribe, actions, time_text, timeline, who};
use crate::correlate::{Incident, Status as State};
use crate::diagnose::{Contribution, Diagnosis, Facts, Rates, next_checks};
use crate::patterns::{Phase, Polarity, SymptomIdx};
use crate::record::Name;
use crate::report::{
    Affected, CauseReport, Citation, EvidenceReport, Example, Impact, IncidentReport, NameCount, NextCheck, PatternCount, ServiceCount,
    SignatureCount, Status, SymptomReport, TracePath, Traffic, Weighed,
};
use crate::source::Location;

/// Trace ids listed.
const TRACE_IDS: usize = 50;
/// Trace paths listed.
const PATHS: usize = 10;
/// Causes below this are not listed.
const MIN_CONFIDENCE: f64 = 0.005;
/// Evidence listed for one cause.
const EVIDENCE: usize = 12;

fn severity(level: u8) -> &'static str {
    match level {
        0 | 1 => "info",
        2 => "warn",
        3 => "error",
        _ => "critical",
    }
}

pub(super) fn report(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>, diagnosis: &Diagnosis<'_>) -> IncidentReport {
    let observed = scribe.given.observed;
    let facts = Facts::new(observed, incident);
    scribe.sampled_s.set(scribe.sampled_s.get() + facts.rates.sampled_s);
    let fill = actions::Fill::new(&facts);
    let checks = next_checks(observed, incident, diagnosis);
    let offender = who::offender(scribe, incident, diagnosis);
    IncidentReport {
        id: id(scribe, incident),
        start: incident.start_ms.map(time_text),
        end: incident.end_ms.map(time_text),
        duration_ms: incident.start_ms.zip(incident.end_ms).map(|(a, b)| b - a),
        severity: severity(incident.severity()),
        status: match incident.status(observed) {
            State::Ongoing => Status::Ongoing,
            State::Recovered => Status::Recovered,
            State::Unknown => Status::Unknown,
        },
        victims: who::victims(scribe, incident, offender.as_ref()),
        offender,
        last_change: who::last_change(scribe, &facts),
        causes: causes(scribe, diagnosis, &fill),
        symptoms: symptoms(scribe, incident),
        affected: affected(scribe, incident),
        impact: impact(scribe, incident),
        traffic: traffic(&facts.rates),
        timeline: timeline::timeline(scribe, &facts),
        next_checks: checks
            .into_iter()
            .map(|c| NextCheck { command: scribe.clean(&fill.text(&c.command).0), why: c.why, separates: c.separates })
            .collect(),
        runbooks: Vec::new(),
    }
}

/// Stable: hash of node, first symptom and start.
fn id(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>) -> String {
    let node = incident.nodes.keys().next().map_or("", String::as_str);
    let symptom = incident
        .first_event()
        .map(|e| e.symptom)
        .or(incident.alarms.first().map(|a| a.symptom))
        .map_or("", |s| scribe.given.observed.library.symptom(s).id.as_ref());
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for b in format!("{node}\u{1f}{symptom}\u{1f}{}", incident.start_ms.unwrap_or(0)).bytes() {
        h = (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("inc-{:012x}", h & 0xffff_ffff_ffff)
}

/// Confidences with three decimals that sum to exactly one (largest remainders).
fn thousandths(diagnosis: &Diagnosis<'_>) -> Vec<u32> {
    let exact: Vec<f64> = diagnosis.findings.iter().map(|f| f.confidence * 1000.0).collect();
    let mut out: Vec<u32> = exact.iter().map(|e| e.floor() as u32).collect();
    let missing = 1000_u32.saturating_sub(out.iter().sum());
    let mut order: Vec<usize> = (0..out.len()).collect();
    order.sort_by(|&a, &b| (exact[b] - exact[b].floor()).total_cmp(&(exact[a] - exact[a].floor())).then(a.cmp(&b)));
    for i in order.into_iter().take(missing as usize) {
        out[i] += 1;
    }
    out
}

fn causes(scribe: &Scribe<'_, '_, '_>, diagnosis: &Diagnosis<'_>, fill: &actions::Fill) -> Vec<CauseReport> {
    let shares = thousandths(diagnosis);
    let mut listed: Vec<(usize, u32)> = shares.iter().copied().enumerate().collect();
    // What falls below the listing threshold is added to what remains, so that the listed ones sum to one.
    let rest: u32 = listed
        .iter()
        .filter(|(i, s)| {
            f64::from(*s) < MIN_CONFIDENCE * 1000.0 && !diagnosis.findings[*i].cause.evidence.is_empty() && !is_rest(diagnosis, *i)
        })
        .map(|(_, s)| s)
        .sum();
    listed.retain(|(i, s)| f64::from(*s) >= MIN_CONFIDENCE * 1000.0 || is_rest(diagnosis, *i));
    if let Some(slot) = listed.iter_mut().find(|(i, _)| is_rest(diagnosis, *i)) {
        slot.1 += rest;
    }
    listed.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    listed
        .into_iter()
        .enumerate()
        .map(|(rank, (i, share))| {
            let f = &diagnosis.findings[i];
            let cause = f.cause;
            let phase = |phases: &[Phase]| {
                let mut list: Vec<_> = cause.actions.iter().filter(|a| phases.contains(&a.phase)).collect();
                list.sort_by_key(|a| a.phase);
                list.into_iter().map(|a| fill.action(a)).collect::<Vec<_>>()
            };
            CauseReport {
                rank: rank as u32 + 1,
                id: cause.id.to_string(),
                title: cause.title.to_string(),
                confidence: f64::from(share) / 1000.0,
                chain: cause.chain.iter().map(ToString::to_string).collect(),
                evidence: f.evidence.iter().filter(|e| e.counts).take(EVIDENCE).map(|e| evidence(scribe, e)).collect(),
                immediate: phase(&[Phase::Capture, Phase::Immediate]),
                fix: phase(&[Phase::Fix]),
                verify: phase(&[Phase::Verify]),
                prevent: phase(&[Phase::Prevent, Phase::Escalate]),
                references: cause.references.iter().map(ToString::to_string).collect(),
            }
        })
        .collect()
}

fn evidence(scribe: &Scribe<'_, '_, '_>, e: &Contribution) -> EvidenceReport {
    EvidenceReport {
        polarity: match e.polarity {
            Polarity::For => "for",
            Polarity::Against => "against",
            Polarity::Absent => "absent",
        },
        feature: e.feature.clone(),
        statement: scribe.clean(&e.statement),
        value: e.value.map(|v| round(v.0)),
        unit: e.value.map(|v| v.1.to_string()),
        weight: round(e.weight),
        citations: cited_once(scribe, &e.citations),
    }
}

/// All that was weighed for one cause, and what could not be.
pub(super) fn weighed(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>, diagnosis: &Diagnosis<'_>, cause: &str) -> Option<Weighed> {
    let (i, f) = diagnosis.findings.iter().enumerate().find(|(_, f)| f.cause.id == cause)?;
    let first = diagnosis.findings.first()?;
    let told = |counts: bool| f.evidence.iter().filter(|e| e.counts == counts).map(|e| evidence(scribe, e)).collect();
    Some(Weighed {
        incident: id(scribe, incident),
        rank: i + 1,
        confidence: f.confidence,
        first: (first.cause.id.to_string(), first.confidence),
        counts: told(true),
        same_fact: told(false),
        unjudged: f.unjudged.iter().map(|(feature, why)| (feature.to_string(), why.to_string())).collect(),
    })
}

fn is_rest(diagnosis: &Diagnosis<'_>, i: usize) -> bool {
    diagnosis.findings.get(i).is_some_and(|f| f.cause.id == "unknown")
}

/// Three decimals: what follows is noise, and floats must print alike everywhere.
pub(super) fn round(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

fn symptoms(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>) -> Vec<SymptomReport> {
    let library = scribe.given.observed.library;
    let mut list: Vec<_> = incident.symptoms.iter().collect();
    list.sort_by_key(|(idx, s)| (std::cmp::Reverse(s.count), s.first_ms.is_none(), s.first_ms, **idx));
    list.into_iter()
        .map(|(idx, s)| SymptomReport {
            id: library.symptom(*idx).id.to_string(),
            title: library.symptom(*idx).title.to_string(),
            count: s.count,
            first: s.first_ms.map(time_text),
            last: s.last_ms.map(time_text),
            signatures: s
                .signatures
                .iter()
                .map(|(sig, n)| SignatureCount {
                    id: library.signature(*sig).id.to_string(),
                    symptom: library.symptom(library.signature(*sig).symptom).id.to_string(),
                    count: *n,
                })
                .collect(),
            example: example(scribe, incident, *idx),
        })
        .collect()
}

fn example(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>, symptom: SymptomIdx) -> Option<Example> {
    let cut = |t: &str| scribe.clean(t).chars().take(300).collect::<String>();
    if let Some(e) = incident.events.iter().find(|e| e.symptom == symptom) {
        return Some(Example { citation: scribe.cite(e.at), text: cut(&e.text) });
    }
    let alarm = incident.alarms.iter().find(|a| a.symptom == symptom)?;
    Some(Example { citation: scribe.cite(alarm.first.at), text: cut(&alarm.statement) })
}

fn affected(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>) -> Affected {
    let mut services: Vec<ServiceCount> = incident
        .services
        .iter()
        .map(|(name, (events, first))| ServiceCount { name: scribe.clean(name), events: *events, first: first.map(time_text) })
        .collect();
    services.sort_by(|a, b| b.events.cmp(&a.events).then(a.first.cmp(&b.first)).then(a.name.cmp(&b.name)));
    let by_count = |map: &BTreeMap<String, u64>| {
        let mut list: Vec<(String, u64)> = map.iter().map(|(k, n)| (k.clone(), *n)).collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        list
    };
    Affected {
        traces: incident.trace_count.n,
        traces_stderr: (incident.trace_count.stderr > 0.0).then(|| round(incident.trace_count.stderr)),
        trace_ids: incident.traces.iter().take(TRACE_IDS).map(|(_, id)| scribe.clean(id)).collect(),
        services,
        instances: incident.instances.iter().take(50).map(|i| scribe.clean(i)).collect(),
        redis_nodes: by_count(&incident.nodes).into_iter().take(20).map(|(n, _)| scribe.clean(&n)).collect(),
        commands: by_count(&incident.commands).into_iter().map(|(name, count)| NameCount { name, count }).collect(),
        keys: by_count(&incident.keys).into_iter().take(20).map(|(k, count)| PatternCount { pattern: scribe.clean(&k), count }).collect(),
    }
}

fn impact(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>) -> Impact {
    let traces = &scribe.given.observed.tally.survey.traces;
    let mut services = std::collections::BTreeSet::new();
    let mut failed = 0;
    let mut paths = Vec::new();
    for (fingerprint, id) in &incident.traces {
        let Some(t) = traces.get(*fingerprint) else { continue };
        services.extend(t.services.names().filter(|s| !incident.services.contains_key(*s)).map(str::to_string));
        failed += u64::from(t.status.is_some_and(|s| s.1 >= 500));
        if paths.len() < PATHS && t.services.len() > 1 {
            let mut order: Vec<_> = t.services.iter().collect();
            order.sort_by_key(|(name, time)| (*time, *name));
            paths.push(TracePath {
                trace_id: scribe.clean(id),
                services: order.into_iter().map(|(s, _)| scribe.clean(s)).collect(),
                status: t.status.map(|s| s.1),
                duration_ms: Some(t.last_ms - t.first_ms),
            });
        }
    }
    // An edge log without trace ids still counts what failed in the meantime.
    failed = failed.max(failed_at_the_edge(scribe, incident));
    Impact { services: services.into_iter().map(|s| scribe.clean(&s)).collect(), requests_failed: failed, paths }
}

fn traffic(rates: &Rates) -> Traffic {
    let basis = match rates.basis {
        1 => "access",
        2 => "traces",
        3 => "records",
        _ => "none",
    };
    let why = if rates.basis == 0 {
        Some("no healthy request line is in these logs, so traffic cannot be judged".to_string())
    } else if rates.before.is_none() {
        Some("the log begins with the trouble, so there is no baseline".to_string())
    } else {
        None
    };
    Traffic {
        before_rps: rates.before.map(round),
        during_rps: rates.during.map(round),
        after_rps: rates.after.map(round),
        basis: basis.to_string(),
        stderr: rates.stderr.map(round),
        why,
    }
}

/// Requests of access logs that failed between the incident's first and last second.
fn failed_at_the_edge(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>) -> u64 {
    let survey = &scribe.given.observed.tally.survey;
    let (Some(start), Some(end)) = (incident.start_ms, incident.end_ms) else { return 0 };
    let from = start.div_euclid(survey.cell_ms()) * survey.cell_ms();
    survey
        .cells
        .range((from, Name::default())..)
        .take_while(|((cell, _), _)| *cell <= end)
        .map(|(_, r)| u64::from(r.failed.min(r.access)))
        .sum()
}

/// Lines in order, each once: a message and a gauge may stand in the same one.
fn cited_once(scribe: &Scribe<'_, '_, '_>, lines: &[Location]) -> Vec<Citation> {
    let mut seen = BTreeSet::new();
    lines.iter().filter(|l| seen.insert(**l)).map(|l| scribe.cite(*l)).collect()
}
