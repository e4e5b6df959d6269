//! Causes by confidence. In: facts, causes. Out: [`Diagnosis`]. Fails when: never.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::features::{CIRCUMSTANCES, FEATURES, Judgement, Who};
use super::score::{Contribution, RESERVE, TEMPERATURE, weight_of};
use crate::correlate::{Incident, Observed};
use crate::patterns::{Cause, Evidence, Opens, Polarity, Symptom, Text, Weight};

/// A cause ranked for an incident.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// The cause.
    pub cause: &'a Cause,
    /// Share, all findings of an incident sum to 1.
    pub confidence: f64,
    /// Log-odds before they were normalised.
    pub score: f64,
    /// Evidence of its own was seen, not only circumstances that fit many causes.
    pub hallmark: bool,
    /// Evidence, strongest first.
    pub evidence: Vec<Contribution>,
    /// Evidence that these lines cannot show either way: (feature, what it would have told).
    pub unjudged: Vec<(&'a str, &'a str)>,
}

impl Finding<'_> {
    /// Whose doing it is by the evidence for it, the strongest first, with the lines that tell; nobody where none does.
    pub fn offender(&self) -> Option<(Who, Vec<crate::source::Location>)> {
        let mut told = self.evidence.iter().filter(|e| e.weight > 0.0 && !e.who.is_nobody());
        let first = told.next()?;
        let mut who = first.who.clone();
        for e in told {
            who.join(&e.who);
        }
        Some((who, first.citations.clone()))
    }
}

/// All causes of an incident.
#[derive(Clone, Debug)]
pub struct Diagnosis<'a> {
    /// By confidence.
    pub findings: Vec<Finding<'a>>,
    /// A cause leads clearly.
    pub settled: bool,
}

/// Evidence that is expected and missing is weaker than its presence: logs leave things out.
const ABSENT_FACTOR: f64 = 0.6;
/// From this contribution on evidence is a hallmark: strong evidence seen with nearly half its strength, or moderate
/// evidence seen fully.
const HALLMARK: f64 = 0.9;
/// Without a hallmark, what speaks for a cause counts half …
const CIRCUMSTANCE: f64 = 0.5;
/// … and the cause stands this much (natural log-odds, 3 to 1) behind one that shows its hallmark.
const NO_HALLMARK: f64 = 1.0986;
/// A cause whose evidence takes more than this from it (beyond its missing hallmark) is contradicted.
const CONTRADICTED: f64 = 1.0;
/// A leading cause needs this share …
pub(super) const LEAD_CONFIDENCE: f64 = 0.30;
/// … and this distance to the next one that it does not explain.
pub(super) const LEAD_DISTANCE: f64 = 0.05;
/// No sum of evidence may claim more than this (natural log-odds): the model itself may be wrong.
const SCORE_CAP: f64 = 6.0;

/// Ranks all causes for an incident. `leave_out`: a cause id that is not considered (for calibration).
pub fn diagnose<'a>(observed: &Observed<'a>, incident: &Incident<'a>, leave_out: Option<&str>) -> Diagnosis<'a> {
    let facts = Facts::new(observed, incident);
    let mut memo: BTreeMap<(&str, Vec<&str>), Judgement> = BTreeMap::new();
    let mut findings: Vec<Finding<'a>> = observed
        .library
        .causes()
        .iter()
        .filter(|c| leave_out != Some(c.id.as_ref()))
        .map(|cause| weigh(cause, &facts, &mut memo))
        .collect();
    set_back(&mut findings, observed, incident);
    take_in(&mut findings);
    let level = stand_beside(&mut findings, observed, incident);
    share(&mut findings, 1.0);
    // Of equals a named cause stands before what no cause explains.
    let rank = |f: &Finding<'_>| (std::cmp::Reverse((f.confidence * 1e9).round() as i64), is_rest(f.cause));
    findings.sort_by(|a, b| rank(a).cmp(&rank(b)).then(a.cause.id.cmp(&b.cause.id)));
    let settled = !level && is_settled(&findings);
    let plain: Vec<f64> = findings.iter().map(|f| f.confidence).collect();
    share(&mut findings, TEMPERATURE);
    for (f, plain) in findings.iter_mut().zip(plain) {
        f.confidence = (1.0 - RESERVE) * f.confidence + RESERVE * plain;
    }
    Diagnosis { findings, settled }
}

/// Confidences from scores; a temperature below 1 sharpens them and keeps their order.
fn share(findings: &mut [Finding<'_>], temperature: f64) {
    let top = findings.iter().map(|f| f.score).fold(f64::MIN, f64::max);
    let odds = |f: &Finding<'_>| ((f.score - top) / temperature).exp();
    let total: f64 = findings.iter().map(odds).sum();
    for f in findings {
        f.confidence = odds(f) / total;
    }
}

/// Circumstances fit many causes. Behind the first, those whose evidence, or that of a cause that they lead to, names the
/// leading symptom stand before those that say nothing of it: they change places, and no share is gained or lost.
fn set_back(findings: &mut [Finding<'_>], observed: &Observed<'_>, incident: &Incident<'_>) {
    let most = incident.symptoms.iter().max_by_key(|(s, stat)| (stat.count, std::cmp::Reverse(**s)));
    let Some(leading) = most.map(|(s, _)| &observed.library.symptom(*s).id) else { return };
    let causes = observed.library.causes();
    let own = |cause: &Cause| names(cause, Polarity::For, leading);
    let named = |cause: &Cause| own(cause) || causes.iter().any(|effect| cause.leads_to.contains(&effect.id) && own(effect));
    let top = findings.iter().map(|f| f.score).fold(f64::MIN, f64::max);
    let free = |f: &Finding<'_>| f.score < top && !f.hallmark && !is_rest(f.cause);
    let mut places: Vec<(bool, usize, f64)> = findings
        .iter()
        .enumerate()
        .filter(|(_, f)| free(f) && f.score >= f.cause.prior.ln() - NO_HALLMARK - CONTRADICTED)
        .map(|(i, f)| (!named(f.cause), i, f.score))
        .collect();
    let mut scores: Vec<f64> = places.iter().map(|p| p.2).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    places.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
    for ((_, i, _), score) in places.into_iter().zip(scores) {
        if let Some(f) = findings.get_mut(i) {
            f.score = score;
        }
    }
}

/// A deeper cause that shows strong evidence of its own stands before those that it leads to: they are its effects.
fn take_in(findings: &mut [Finding<'_>]) {
    for deep in 0..findings.len() {
        // That nothing else is reported is no proof of its own.
        let own = |e: &Contribution| {
            !CIRCUMSTANCES.contains(&e.feature.as_str()) && !["symptoms-only", "symptom-with-echoes"].contains(&e.feature.as_str())
        };
        let strong = findings[deep].evidence.iter().any(|e| e.counts && e.weight >= OWN_EVIDENCE && own(e));
        let net: f64 = findings[deep].evidence.iter().filter(|e| e.counts).map(|e| e.weight).sum();
        if !strong || net < OWN_EVIDENCE {
            continue;
        }
        for effect in 0..findings.len() {
            let leads = findings[deep].cause.leads_to.contains(&findings[effect].cause.id);
            if leads && findings[effect].score > findings[deep].score {
                let (a, b) = (findings[deep].score, findings[effect].score);
                findings[deep].score = b;
                findings[effect].score = a;
            }
        }
    }
}

/// What may stand beside the first cause, whatever its own score: causes that lie behind it unseen, just below it in the
/// order of their priors; and where it is refuted what no cause explains, level with it. Returns whether a cause does.
fn stand_beside(findings: &mut [Finding<'_>], observed: &Observed<'_>, incident: &Incident<'_>) -> bool {
    let Some(first) = findings.iter().filter(|f| !is_rest(f.cause)).max_by(|a, b| a.score.total_cmp(&b.score)) else { return false };
    let told: Vec<&Symptom> = incident.symptoms.keys().map(|s| observed.library.symptom(*s)).collect();
    let refuted = is_refuted(first, findings, &told);
    let behind = |f: &Finding<'_>| first.score - STATED + (f.cause.prior / first.cause.prior).ln().min(0.0);
    let level = |f: &Finding<'_>| {
        if is_rest(f.cause) { refuted.then_some(first.score) } else { lies_behind(f, first, &told).then(|| behind(f)) }
    };
    let levels: Vec<Option<f64>> = findings.iter().map(level).collect();
    let mut beside = false;
    for (f, level) in findings.iter_mut().zip(levels) {
        beside |= level.is_some() && !is_rest(f.cause);
        f.score = f.score.max(level.unwrap_or(f64::MIN));
    }
    beside
}

/// All that is told is a symptom that `f` shares with the first cause, to which it leads, and its own proof cannot be judged
/// here: a limit that is met does not say who fills it.
fn lies_behind(f: &Finding<'_>, first: &Finding<'_>, told: &[&Symptom]) -> bool {
    let own = |e: &Contribution| e.weight > 0.0 && e.feature != "symptom" && !CIRCUMSTANCES.contains(&e.feature.as_str());
    let shared: Vec<&Text> = first.cause.evidence.iter().filter(|e| e.shared).flat_map(|e| e.of.iter()).collect();
    let speaks = |feature: &str| f.evidence.iter().any(|e| e.weight > 0.0 && e.feature == feature);
    let proves = |e: &Evidence| e.polarity == Polarity::For && e.weight == Weight::Strong;
    let proof = |name: &str| f.cause.evidence.iter().any(|e| proves(e) && e.feature == name);
    f.cause.leads_to.contains(&first.cause.id)
        && !first.evidence.iter().any(own)
        && told.iter().all(|s| shared.contains(&&s.id))
        && shared.iter().any(|id| names(f.cause, Polarity::For, id))
        && first.evidence.iter().filter(|e| e.counts && e.weight > 0.0).all(|e| speaks(&e.feature))
        && f.unjudged.iter().any(|(name, _)| proof(name))
        && !f.evidence.iter().any(|e| e.counts && e.weight <= -OWN_EVIDENCE)
}

/// The first cause is denied by what is stated outright, and no cause that shows its hallmark explains the statement: the
/// true one may be none of these.
fn is_refuted(first: &Finding<'_>, findings: &[Finding<'_>], told: &[&Symptom]) -> bool {
    let marked = || findings.iter().filter(|f| f.hallmark);
    let denies = |s: &Symptom| {
        s.opens == Opens::OneLine
            && names(first.cause, Polarity::Against, &s.id)
            && !names(first.cause, Polarity::For, &s.id)
            && !marked().any(|f| names(f.cause, Polarity::For, &s.id))
    };
    let explained = |e: &Contribution| marked().any(|f| f.evidence.iter().any(|o| o.weight > 0.0 && o.feature == e.feature));
    let refutes = |e: &Contribution| e.counts && e.weight <= -REFUTED && !CIRCUMSTANCES.contains(&e.feature.as_str());
    told.iter().any(|s| denies(s)) || first.evidence.iter().any(|e| refutes(e) && (e.feature == "symptom" || !explained(e)))
}

/// Some evidence of the cause, for or against it, is about this symptom.
fn names(cause: &Cause, polarity: Polarity, symptom: &Text) -> bool {
    cause.evidence.iter().any(|e| e.polarity == polarity && e.of.contains(symptom))
}

/// What is stated outright stands this much (natural log-odds) before what lies behind it unseen.
const STATED: f64 = 0.1;

/// Contribution from which on evidence is a cause's own proof: strong, seen with three quarters of its strength.
const OWN_EVIDENCE: f64 = 1.5;

/// From this contribution on what speaks against a cause, and is no mere circumstance, is its refutation: strong, seen with
/// nine tenths of its strength.
const REFUTED: f64 = 1.88;

fn is_settled(findings: &[Finding<'_>]) -> bool {
    let Some(first) = findings.first() else { return false };
    if is_rest(first.cause) || first.confidence < LEAD_CONFIDENCE {
        return false;
    }
    // A cause that the first one leads to (or that leads to it) is the same chain, not a rival.
    let rival =
        findings.iter().skip(1).find(|f| !first.cause.leads_to.contains(&f.cause.id) && !f.cause.leads_to.contains(&first.cause.id));
    rival.is_none_or(|r| first.confidence - r.confidence >= LEAD_DISTANCE)
}

/// The class of what remains: no evidence for it but what no signature knows.
pub(crate) fn is_rest(cause: &Cause) -> bool {
    cause.id == "unknown"
}

fn weigh<'a>(cause: &'a Cause, facts: &Facts<'a, '_>, memo: &mut BTreeMap<(&'a str, Vec<&'a str>), Judgement>) -> Finding<'a> {
    let mut evidence: Vec<Contribution> = Vec::new();
    let mut unjudged = Vec::new();
    for e in cause.evidence.iter() {
        let key = (e.feature.as_ref(), e.of.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
        let judged = memo
            .entry(key)
            .or_insert_with(|| FEATURES.iter().find(|(name, _)| *name == e.feature).map_or(Judgement::Unjudged, |(_, f)| f(facts, &e.of)));
        let base = weight_of(e.weight);
        let (weight, statement, value, citations, who) = match (e.polarity, &*judged) {
            (Polarity::For, Judgement::Seen(s)) => (base * s.strength, s.statement.clone(), s.value, s.citations.clone(), s.who.clone()),
            (Polarity::Against, Judgement::Seen(s)) => {
                let weight = -base * s.strength * (0.2 + 1.6 * s.part).min(1.0);
                (weight, s.statement.clone(), s.value, s.citations.clone(), Who::default())
            }
            (Polarity::Absent, Judgement::NotSeen(why)) => (-base * ABSENT_FACTOR, why.clone(), None, Vec::new(), Who::default()),
            (_, Judgement::Unjudged) => {
                unjudged.push((e.feature.as_ref(), e.why.as_ref()));
                continue;
            }
            _ => continue,
        };
        let statement = if e.why.is_empty() { statement } else { format!("{statement}: {}", e.why) };
        evidence.push(Contribution {
            polarity: e.polarity,
            feature: e.feature.to_string(),
            group: e.group.to_string(),
            statement,
            value,
            weight,
            counts: false,
            citations,
            who,
        });
    }
    // Of each group only the strongest for and the strongest against count.
    let mut best: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for (i, c) in evidence.iter().enumerate() {
        let key = (c.group.clone(), c.weight > 0.0);
        let better = best.get(&key).and_then(|b| evidence.get(*b)).is_none_or(|b| c.weight.abs() > b.weight.abs());
        if better {
            best.insert(key, i);
        }
    }
    for i in best.into_values() {
        if let Some(c) = evidence.get_mut(i) {
            c.counts = true;
        }
    }
    // A cause none of whose hallmarks (strong evidence for) was seen is carried by circumstance alone.
    let hallmark = evidence.iter().any(|c| c.counts && c.weight >= HALLMARK && !CIRCUMSTANCES.contains(&c.feature.as_str()));
    let sum: f64 = if hallmark || is_rest(cause) {
        evidence.iter().filter(|c| c.counts).map(|c| c.weight).sum()
    } else {
        let circumstance: f64 =
            evidence.iter().filter(|c| c.counts).map(|c| if c.weight > 0.0 { c.weight * CIRCUMSTANCE } else { c.weight }).sum();
        circumstance - NO_HALLMARK
    };
    evidence.sort_by(|a, b| {
        b.counts
            .cmp(&a.counts)
            .then(b.weight.abs().total_cmp(&a.weight.abs()))
            .then(a.feature.cmp(&b.feature))
            .then(a.statement.cmp(&b.statement))
    });
    Finding { cause, confidence: 0.0, score: cause.prior.ln() + sum.clamp(-SCORE_CAP, SCORE_CAP), hallmark, evidence, unjudged }
}
