//! The report's data, put together.
//!
//! In: [`Given`]: everything observed, incidents with diagnoses, sources. Out: [`Report`]. Fails when: never.

mod actions;
mod captures;
mod coverage;
mod incident;
mod timeline;
mod who;

use std::cell::Cell;
use std::collections::BTreeMap;

use super::{Citation, InputSummary, Note, Report, SourceSummary, Tool, Unrecognised, Verdict, redact};
use crate::correlate::{Incident, Minor, Observed};
use crate::diagnose::Diagnosis;
use crate::source::{Location, SourceId};

/// One source as read.
#[derive(Clone, Debug)]
pub struct SourceRead {
    /// Id in locations.
    pub id: SourceId,
    /// Name in citations.
    pub name: String,
    /// Format.
    pub format: String,
    /// Decoded bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// First and last time.
    pub span: Option<(i64, i64)>,
}

/// Everything that the report is made of.
pub struct Given<'a, 'o> {
    /// What was observed.
    pub observed: &'o Observed<'a>,
    /// Incidents with their diagnoses.
    pub incidents: &'o [(Incident<'a>, Diagnosis<'a>)],
    /// Groups that are no incident.
    pub minor: &'o [Minor<'a>],
    /// Sources in order.
    pub sources: &'o [SourceRead],
    /// What was assumed.
    pub assumptions: Vec<String>,
    /// Sources that could not be read, or only in part.
    pub unreadable: Vec<String>,
    /// Remarks about the input.
    pub remarks: Vec<String>,
    /// Clocks of sources that differ.
    pub clocks: Vec<String>,
    /// Every record of the input was looked at.
    pub complete: bool,
    /// Redact secrets.
    pub redact: bool,
    /// The team's runbooks.
    pub runbooks: super::runbooks::Runbooks,
    /// `--now`, in ms: how old a runbook is.
    pub now_ms: i64,
}

/// RFC 3339 UTC with milliseconds.
pub fn time_text(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map_or_else(|| format!("{ms} ms"), |t| t.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

/// Names, redaction and citations for one report.
pub(super) struct Scribe<'g, 'a, 'o> {
    pub(super) given: &'g Given<'a, 'o>,
    names: BTreeMap<SourceId, &'g str>,
    redacted: Cell<u64>,
    /// Seconds whose requests are sampled.
    sampled_s: Cell<u64>,
}

impl<'g, 'a, 'o> Scribe<'g, 'a, 'o> {
    fn new(given: &'g Given<'a, 'o>) -> Scribe<'g, 'a, 'o> {
        let names = given.sources.iter().map(|s| (s.id, s.name.as_str())).collect();
        Scribe { given, names, redacted: Cell::new(0), sampled_s: Cell::new(0) }
    }

    pub(super) fn cite(&self, at: Location) -> Citation {
        let source = self.names.get(&at.source).map_or_else(String::new, |n| self.clean(n));
        Citation { source, line: at.line }
    }

    /// Text fit to be shown: control sequences stripped, secrets redacted.
    pub(super) fn clean(&self, text: &str) -> String {
        let (out, n) = redact::text(text, self.given.redact);
        self.redacted.set(self.redacted.get() + u64::from(n));
        out.into_owned()
    }
}

/// Makes the report.
pub fn report(given: &Given<'_, '_>) -> Report {
    let scribe = Scribe::new(given);
    let mut incidents: Vec<_> = given.incidents.iter().map(|(i, d)| incident::report(&scribe, i, d)).collect();
    for incident in &mut incidents {
        incident.runbooks = given.runbooks.fitting(incident, given.now_ms, &|t| scribe.clean(t));
    }
    // Worst first: severity, then size; the order of ties is that of time.
    let rank = |s: &str| ["critical", "error", "warn", "info"].iter().position(|w| *w == s);
    let weight = |i: &super::IncidentReport| i.symptoms.iter().map(|s| s.count).sum::<u64>();
    incidents.sort_by(|a, b| rank(a.severity).cmp(&rank(b.severity)).then(weight(b).cmp(&weight(a))));
    let verdict = verdict(given);
    let tally = given.observed.tally;
    let notes = notes(&scribe);
    let captures = captures::summaries(&scribe);
    let unrecognised: Vec<Unrecognised> = {
        let mut all: Vec<_> = tally.templates.values().collect();
        all.sort_by_key(|t| (std::cmp::Reverse(t.count), t.at));
        all.into_iter()
            .take(50)
            .map(|t| Unrecognised { template: scribe.clean(&t.text), count: t.count, citation: scribe.cite(t.at) })
            .collect()
    };
    let input = input(&scribe);
    let mut coverage = coverage::coverage(&scribe);
    coverage.redacted = scribe.redacted.get();
    let unnamed = given.incidents.iter().find_map(|(i, d)| who::nobody(i, d));
    coverage.remarks.extend(unnamed.map(str::to_string));
    Report {
        schema_version: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        verdict,
        input,
        incidents,
        notes,
        captures,
        unrecognised,
        coverage,
    }
}

/// Why a cause stands where it stands, in each incident.
pub fn weighed(given: &Given<'_, '_>, cause: &str) -> Vec<super::Weighed> {
    let scribe = Scribe::new(given);
    given.incidents.iter().filter_map(|(i, d)| incident::weighed(&scribe, i, d, cause)).collect()
}

fn verdict(given: &Given<'_, '_>) -> Verdict {
    if given.incidents.is_empty() {
        return if given.observed.tally.elsewhere.is_empty() { Verdict::NoIncident } else { Verdict::NotRedis };
    }
    if given.incidents.iter().any(|(_, d)| d.settled) { Verdict::Incident } else { Verdict::Inconclusive }
}

fn input(scribe: &Scribe<'_, '_, '_>) -> InputSummary {
    let given = scribe.given;
    let tally = given.observed.tally;
    let time = |t: Option<i64>| t.map(time_text);
    InputSummary {
        bytes: given.sources.iter().map(|s| s.bytes).sum(),
        lines: given.sources.iter().map(|s| s.lines).sum(),
        records: tally.survey.records,
        records_basis: if given.complete { "exact" } else { "estimate" },
        first_ts: time(tally.survey.span.map(|s| s.0)),
        last_ts: time(tally.survey.span.map(|s| s.1)),
        sources: given
            .sources
            .iter()
            .map(|s| SourceSummary {
                name: scribe.clean(&s.name),
                format: s.format.clone(),
                bytes: s.bytes,
                lines: s.lines,
                first_ts: time(s.span.map(|s| s.0)),
                last_ts: time(s.span.map(|s| s.1)),
            })
            .collect(),
        assumptions: given.assumptions.clone(),
    }
}

fn notes(scribe: &Scribe<'_, '_, '_>) -> Vec<Note> {
    let given = scribe.given;
    let library = given.observed.library;
    let mut out = Vec::new();
    for m in given.minor {
        let titles: Vec<String> =
            m.incident.symptoms.iter().map(|(s, stat)| format!("{} ({})", library.symptom(*s).title, stat.count)).collect();
        let alarms: Vec<String> = m.incident.alarms.iter().map(|a| a.statement.clone()).collect();
        let what = if titles.is_empty() { alarms.join("; ") } else { titles.join(", ") };
        let when = m.incident.start_ms.map(|t| format!(" at {}", time_text(t))).unwrap_or_default();
        let mut cites: Vec<Location> = m.incident.events.iter().map(|e| e.at).take(3).collect();
        cites.extend(m.incident.alarms.iter().map(|a| a.first.at).take(2));
        out.push(Note {
            text: format!("{what}{when}: not an incident, {}", m.why),
            citations: cites.into_iter().map(|l| scribe.cite(l)).collect(),
        });
    }
    out.extend(given.clocks.iter().map(|text| Note { text: scribe.clean(text), citations: Vec::new() }));
    let untied = &given.observed.untied;
    if let Some(first) = untied.first() {
        let text = format!(
            "{} errors name no product, and nothing here names Redis, e.g. {}: give a log that shows whom they talk to",
            untied.len(),
            scribe.clean(&first.text)
        );
        out.push(Note { text, citations: untied.iter().map(|e| scribe.cite(e.at)).take(3).collect() });
    }
    for (product, seen) in &given.observed.tally.elsewhere {
        out.push(Note {
            text: format!("{} {product} errors stand in these lines, e.g. {}", seen.count, scribe.clean(&seen.text)),
            citations: vec![scribe.cite(seen.at)],
        });
    }
    out
}

/// Gauges and changes as objects of `events --all`, in order of (time, source, line).
pub fn context(given: &Given<'_, '_>) -> Vec<serde_json::Value> {
    let scribe = Scribe::new(given);
    let mut rows: Vec<(Option<i64>, Location, serde_json::Value)> = Vec::new();
    for (node, series) in &given.observed.series {
        for (name, points) in &series.gauges {
            for p in points {
                let c = scribe.cite(p.at);
                let row = serde_json::json!({
                    "ts": p.time_ms.map(time_text), "gauge": name, "value": p.value, "source": c.source, "line": c.line,
                    "redis_node": if node.is_empty() { None } else { Some(scribe.clean(node)) },
                });
                rows.push((p.time_ms, p.at, row));
            }
        }
    }
    for ((time, at), change) in &given.observed.tally.changes {
        let c = scribe.cite(*at);
        let row = serde_json::json!({
            "ts": time.map(time_text), "change": scribe.clean(&change.what), "subject": change.subject.as_deref().map(|s| scribe.clean(s)),
            "source": c.source, "line": c.line,
        });
        rows.push((*time, *at, row));
    }
    rows.sort_by_key(|(t, at, _)| (t.is_none(), *t, *at));
    rows.into_iter().map(|(.., row)| row).collect()
}

/// Entries of slow logs as events: they show the symptom without a message of their own. What a signature found is an event already.
pub fn slow_events(given: &Given<'_, '_>) -> Vec<serde_json::Value> {
    let scribe = Scribe::new(given);
    let library = given.observed.library;
    let shown = |s: &crate::patterns::Symptom| s.gauge.as_ref().is_some_and(|(gauge, _)| gauge == "slow-log");
    let Some(symptom) = library.symptoms().iter().find(|s| shown(s)) else { return Vec::new() };
    let tally = given.observed.tally;
    let told: std::collections::BTreeSet<Location> = tally.events.values().map(|e| e.at).collect();
    let mut entries: Vec<_> = tally.slow.values().filter(|s| !told.contains(&s.at)).collect();
    entries.sort_by_key(|s| (s.at, s.entry.at_s, s.entry.id));
    let row = |s: &&crate::event::SlowSeen| {
        let c = scribe.cite(s.at);
        let e = &s.entry;
        let client = Some(scribe.clean(&e.client)).filter(|c| !c.is_empty());
        serde_json::json!({
            "ts": time_text(e.at_s * 1000), "symptom": symptom.id, "signature": null, "severity": "warn", "source": c.source, "line": c.line,
            "service": null, "instance": null, "trace_id": null, "redis_node": null,
            "values": {"duration": {"value": e.us as f64 / 1000.0, "unit": "ms"}, "command": e.command, "key": scribe.clean(&e.key), "client": client},
            "text": scribe.clean(format!("{} {}", e.command, e.key).trim_end()),
        })
    };
    entries.iter().map(row).collect()
}
