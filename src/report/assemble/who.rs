//! Whose doing it is, who suffers, what changed last. In: an incident, its facts and diagnosis. Out: their parts of the
//! report. Fails when: never; what no line tells is null.

use super::{Scribe, time_text};
use crate::correlate::Incident;
use crate::diagnose::{Diagnosis, Facts, Who};
use crate::patterns::Polarity;
use crate::report::{LastChange, Offender};

/// Whose doing it is by the evidence for the leading cause. Where none tells: who prints what only the culprit does, or,
/// where the cause lies in the client that fails, the only service that does.
pub(super) fn offender(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>, diagnosis: &Diagnosis<'_>) -> Option<Offender> {
    let first = diagnosis.findings.first().filter(|_| diagnosis.settled)?;
    let library = scribe.given.observed.library;
    let asks = |symptom| first.cause.evidence.iter().any(|e| e.polarity == Polarity::For && e.of.contains(&library.symptom(symptom).id));
    let culprit = || {
        let mut says = incident.told(|kind| library.signature(kind.signature).of_culprit && asks(kind.symptom));
        says.find_map(|e| Some((Who::service(scribe.given.observed.service_of(e)?), vec![e.at])))
    };
    let alone = || {
        let mut services = incident.services.keys().filter(|_| first.cause.of_client);
        let (only, None) = (services.next()?, services.next()) else { return None };
        Some((Who::service(only), incident.events.iter().filter(|e| e.service.is_some()).map(|e| e.at).take(1).collect()))
    };
    let (who, lines) = first.offender().or_else(culprit).or_else(alone)?;
    let clean = |text: Option<String>| text.map(|t| scribe.clean(&t));
    Some(Offender {
        service: clean(who.service),
        address: clean(who.address),
        command: clean(who.command),
        key: clean(who.key),
        citations: lines.into_iter().map(|l| scribe.cite(l)).collect(),
    })
}

/// The leading cause is somebody's doing, and no line tells whose.
pub(super) fn nobody(incident: &Incident<'_>, diagnosis: &Diagnosis<'_>) -> Option<&'static str> {
    let first = diagnosis.findings.first().filter(|f| diagnosis.settled && f.offender().is_none())?;
    let asks = first.cause.evidence.iter().any(|e| e.polarity == Polarity::For && e.feature.starts_with(OF_HOLDERS));
    (asks && incident.services.is_empty()).then_some(
        "no line names a service, a client's address or its name, so who holds the connections is not told: CLIENT LIST names the \
         addresses, kubectl logs --prefix or a file for each service the services",
    )
}

/// Features that tell who holds the connections begin so.
const OF_HOLDERS: &str = "holder-";

/// Services that suffer, most events first; the offender is no victim where there are others.
pub(super) fn victims(scribe: &Scribe<'_, '_, '_>, incident: &Incident<'_>, offender: Option<&Offender>) -> Vec<String> {
    let mut services: Vec<(&String, u64)> = incident.services.iter().map(|(name, (events, _))| (name, *events)).collect();
    services.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let is_offender = |name: &str| offender.and_then(|o| o.service.as_deref()) == Some(name);
    let others = services.iter().any(|(name, _)| !is_offender(name));
    services.into_iter().filter(|(name, _)| !(others && is_offender(name))).map(|(name, _)| scribe.clean(name)).collect()
}

/// The last change in the quarter of an hour before the onset.
pub(super) fn last_change(scribe: &Scribe<'_, '_, '_>, facts: &Facts<'_, '_>) -> Option<LastChange> {
    let changes = facts.changes_before();
    let start = facts.incident.start_ms?;
    let (time, at, change) = changes.iter().find(|(time, ..)| *time <= start)?;
    let before_ms = start - time;
    Some(LastChange { ts: time_text(*time), before_ms, what: scribe.clean(&change.told()), citation: scribe.cite(*at) })
}
