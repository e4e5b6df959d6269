//! One incident: the first screen, then the rest. In: an incident. Out: lines on the page. Fails when: never.

use super::page::{Page, Paint};
use super::{spark, words};
use crate::report::{
    Action, Affected, CauseReport, ChangeReport, Example, IncidentReport, Report, Status, SymptomReport, Traffic, Verdict,
};

/// Proofs on the first screen.
const PROOFS: usize = 3;

/// Immediate actions on the first screen; the others follow below.
const FIRST_ACTIONS: usize = 2;

/// Names of one kind shown; the JSON holds all.
const NAMES: usize = 8;

/// Rows of changes shown.
const CHANGES: usize = 10;

/// Prints one incident; `number` if there are several.
pub(super) fn render(page: &mut Page<'_>, report: &Report, incident: &IncidentReport, number: Option<usize>) {
    let leading = incident.causes.first();
    let nodes = incident.affected.redis_nodes.as_slice();
    headline(page, report, incident, number);
    if let Some(cause) = leading {
        why(page, incident, cause);
        actions(page, nodes, "Do now", cause.immediate.iter().take(FIRST_ACTIONS), 1);
    }
    settle(page, incident);
    team(page, incident);
    if let Some(cause) = leading {
        chain(page, cause);
        let later = cause.immediate.get(FIRST_ACTIONS..).unwrap_or_default();
        actions(page, nodes, "Then", later.iter(), FIRST_ACTIONS + 1);
        actions(page, nodes, "Fix", cause.fix.iter(), 1);
        actions(page, nodes, "Check that it ended", cause.verify.iter(), 1);
        actions(page, nodes, "Keep it away", cause.prevent.iter(), 1);
    }
    others(page, incident);
    symptoms(page, &incident.symptoms);
    affected(page, &incident.affected);
    impact(page, incident);
    traffic(page, &incident.traffic);
    spark::render(page, incident);
    changes(page, &incident.timeline.changes);
    if let Some(cause) = leading.filter(|c| !c.references.is_empty()) {
        page.heading("Read more:");
        for reference in &cause.references {
            page.text(2, reference);
        }
    }
}

fn headline(page: &mut Page<'_>, report: &Report, incident: &IncidentReport, number: Option<usize>) {
    let number = number.map(|n| format!("{n}. ")).unwrap_or_default();
    let urgent = matches!(incident.severity, "critical" | "error");
    let paint = if urgent { Paint::Bad } else { Paint::Warn };
    let named = |cause: &CauseReport| format!("{} ({})", cause.title, words::percent(cause.confidence));
    let text = match incident.causes.as_slice() {
        [] => "Redis trouble, no cause weighed".to_owned(),
        [first, second, ..] if report.verdict == Verdict::Inconclusive => {
            format!("Redis trouble, cause not settled: {}; or: {}", named(first), named(second))
        }
        [first, ..] => format!("Redis incident: {}, confidence {}", first.title, words::percent(first.confidence)),
    };
    page.hanging(paint, 0, &number, &text);
    let mut facts = Vec::new();
    let nodes = &incident.affected.redis_nodes;
    if !nodes.is_empty() {
        facts.push(format!("node {}", listed(nodes.iter().map(String::as_str), nodes.len())));
    }
    let span = words::span(incident.start.as_deref(), incident.end.as_deref());
    match (span.is_empty(), incident.duration_ms) {
        (false, Some(ms)) if ms > 0 => facts.push(format!("{span} ({})", words::duration(ms))),
        (false, _) => facts.push(span),
        (true, _) => facts.push("no times in these lines".to_owned()),
    }
    facts.push(incident.severity.to_owned());
    facts.push(
        match incident.status {
            Status::Ongoing => "still failing at the end of the log",
            Status::Recovered => "recovered",
            Status::Unknown => "the lines do not show whether it ended",
        }
        .to_owned(),
    );
    page.text(2, &facts.join("; "));
    parties(page, incident);
    // What makes the input itself doubtful is said before anything is concluded from it.
    for remark in words::first_remarks(&report.coverage) {
        page.hanging(Paint::Warn, 2, "Mind: ", remark);
    }
}

/// Whose doing it is, who suffers, what changed last.
fn parties(page: &mut Page<'_>, incident: &IncidentReport) {
    if let Some(o) = &incident.offender {
        let parts = [&o.service, &o.address, &o.command, &o.key];
        let named: Vec<&str> = parts.into_iter().filter_map(|p| p.as_deref()).collect();
        page.hanging(Paint::Plain, 2, "offender: ", &format!("{}{}", named.join(", "), words::places(&o.citations)));
    }
    // One service that fails by its own doing is named once.
    let own = incident.offender.as_ref().and_then(|o| o.service.as_deref());
    if !incident.victims.is_empty() && incident.victims.first().map(String::as_str) != own {
        let names = incident.victims.iter().map(String::as_str);
        page.hanging(Paint::Plain, 2, "victims: ", &listed(names, incident.victims.len()));
    }
    if let Some(c) = &incident.last_change {
        let when = if c.before_ms < 1_000 { "at the onset".to_owned() } else { format!("{} before", words::duration(c.before_ms)) };
        page.hanging(Paint::Plain, 2, "changed last: ", &format!("{when}: {} [{}]", c.what, words::place(&c.citation)));
    }
}

/// The strongest proofs, with what the log itself says; where proofs are few, further lines of the log.
fn why(page: &mut Page<'_>, incident: &IncidentReport, cause: &CauseReport) {
    let mut proofs = words::strongest(&cause.evidence, "for");
    // That nothing else is reported is the least of three proofs.
    proofs.sort_by_key(|p| matches!(p.feature.as_str(), "symptoms-only" | "symptom-with-echoes" | "nothing-else-fails"));
    proofs.truncate(PROOFS);
    let shown = incident.symptoms.iter().filter_map(|s| Some((s, s.example.as_ref()?)));
    let mut quotes: Vec<(&SymptomReport, &Example)> = shown.collect();
    let further = |(_, e): &(&SymptomReport, &Example)| !proofs.iter().any(|p| p.citations.contains(&e.citation));
    let alone: Vec<(&SymptomReport, &Example)> = quotes.iter().copied().filter(further).take(PROOFS - proofs.len()).collect();
    if proofs.is_empty() && alone.is_empty() {
        return;
    }
    page.heading("Why:");
    for (i, proof) in proofs.iter().enumerate() {
        page.hanging(Paint::Plain, 2, &format!("{}. ", i + 1), &format!("{}{}", proof.statement, words::places(&proof.citations)));
        if let Some(at) = quotes.iter().position(|(_, e)| proof.citations.first() == Some(&e.citation)) {
            page.hanging(Paint::Faint, 5, "| ", &quotes.remove(at).1.text);
        }
    }
    for (i, (symptom, e)) in alone.iter().enumerate() {
        let text = format!("{} x {}: {} [{}]", words::grouped(symptom.count), symptom.title, e.text, words::place(&e.citation));
        page.hanging(Paint::Plain, 2, &format!("{}. ", i + 1 + proofs.len()), &text);
    }
    if let Some(doubt) = words::strongest(&cause.evidence, "against").first() {
        page.hanging(Paint::Plain, 2, "But: ", &format!("{}{}", doubt.statement, words::places(&doubt.citations)));
    }
}

/// Managed services by the ends of their hosts' names.
const MANAGED_HOSTS: [(&str, &str); 5] = [
    (".memorydb.", "memorydb"),
    (".cache.amazonaws.", "elasticache"),
    (".redis.cache.windows.net", "azure"),
    (".redis.azure.net", "azure"),
    (".redis.cache.chinacloudapi.cn", "azure"),
];

/// Whether a reader needs to know what to do on `service`: where a host names its service, only on that one; else where
/// an action changes something. `explain` prints all.
fn concerns(nodes: &[String], service: &str, action: &Action) -> bool {
    let mut named = MANAGED_HOSTS.iter().filter(|(end, _)| nodes.iter().any(|n| n.contains(end))).map(|(_, service)| *service).peekable();
    if named.peek().is_some() { named.any(|n| n == service) } else { !matches!(action.effect.as_str(), "" | "read-only") }
}

fn actions<'a>(page: &mut Page<'_>, nodes: &[String], title: &str, actions: impl Iterator<Item = &'a Action>, from: usize) {
    let mut actions = actions.peekable();
    if actions.peek().is_none() {
        return;
    }
    page.heading(&format!("{title}:"));
    for (i, action) in actions.enumerate().map(|(i, action)| (i + from, action)) {
        let effect = match action.effect.as_str() {
            "" | "read-only" => String::new(),
            effect => format!(" ({effect})"),
        };
        page.hanging(Paint::Plain, 2, &format!("{i}. "), &format!("{}{effect}", action.text));
        if let Some(command) = &action.command {
            page.command(7, command);
        }
        if !action.placeholders.is_empty() {
            page.painted(Paint::Faint, 5, &format!("fill in: {}", action.placeholders.join(", ")));
        }
        if let Some(caution) = &action.caution {
            page.hanging(Paint::Warn, 5, "caution: ", caution);
        }
        for (service, text) in action.managed.iter().filter(|(service, _)| concerns(nodes, service, action)) {
            page.hanging(Paint::Plain, 5, &format!("on {service}: "), text);
        }
    }
}

fn settle(page: &mut Page<'_>, incident: &IncidentReport) {
    let Some(check) = incident.next_checks.first() else { return };
    page.heading("Settle it:");
    page.command(2, &check.command);
    page.text(4, &check.why);
    for other in incident.next_checks.iter().skip(1).take(2) {
        page.command(2, &other.command);
        page.text(4, &other.why);
    }
}

/// What the team's own runbooks say.
fn team(page: &mut Page<'_>, incident: &IncidentReport) {
    if incident.runbooks.is_empty() {
        return;
    }
    page.heading("Your runbooks:");
    for book in &incident.runbooks {
        let place = if book.section.is_empty() { book.file.clone() } else { format!("{}: {}", book.file, book.section) };
        page.hanging(Paint::Plain, 2, "- ", &format!("{} [{place}]", book.title));
        if book.stale {
            let when = book.last_validated.as_deref().unwrap_or("long ago");
            page.hanging(Paint::Warn, 4, "stale: ", &format!("last validated {when}; what it says may no longer hold"));
        }
        page.hanging(Paint::Faint, 4, "fits: ", &book.matched.join("; "));
        for line in &book.mitigation {
            page.hanging(Paint::Plain, 4, "| ", line);
        }
        for (label, lines) in [("escalate: ", &book.escalation), ("happened before: ", &book.postmortems)] {
            if !lines.is_empty() {
                page.hanging(Paint::Plain, 4, label, &lines.join("; "));
            }
        }
    }
}

fn chain(page: &mut Page<'_>, cause: &CauseReport) {
    if cause.chain.len() > 1 {
        page.heading("From cause to what is felt:");
        let arrow = if page.ascii() { " -> " } else { " → " };
        page.text(2, &cause.chain.join(arrow));
    }
}

fn others(page: &mut Page<'_>, incident: &IncidentReport) {
    let others = incident.causes.get(1..).unwrap_or_default();
    let shown = page.top().saturating_sub(1).min(others.len());
    if others.is_empty() {
        return;
    }
    page.heading("Other causes considered:");
    for cause in others.iter().take(shown) {
        page.hanging(Paint::Plain, 2, &format!("{}. ", cause.rank), &format!("{}, {}", cause.title, words::percent(cause.confidence)));
        for (label, polarity) in [("for: ", "for"), ("against: ", "against"), ("missing: ", "absent")] {
            if let Some(evidence) = words::strongest(&cause.evidence, polarity).first() {
                page.hanging(Paint::Plain, 5, label, &format!("{}{}", evidence.statement, words::places(&evidence.citations)));
            }
        }
    }
    let rest = others.get(shown..).unwrap_or_default();
    if let Some(best) = rest.first() {
        let sum: f64 = rest.iter().map(|c| c.confidence).sum();
        let noun = if rest.len() == 1 { "cause" } else { "causes" };
        page.painted(
            Paint::Faint,
            2,
            &format!(
                "{} more {noun}, together {}, the best {} ({})",
                rest.len(),
                words::percent(sum),
                best.title,
                words::percent(best.confidence)
            ),
        );
    }
}

fn symptoms(page: &mut Page<'_>, symptoms: &[SymptomReport]) {
    if symptoms.is_empty() {
        return;
    }
    page.heading("Symptoms:");
    let digits = symptoms.iter().map(|s| words::grouped(s.count).len()).max().unwrap_or(0);
    for symptom in symptoms {
        let span = words::span(symptom.first.as_deref(), symptom.last.as_deref());
        let span = if span.is_empty() { span } else { format!(", {span}") };
        page.hanging(Paint::Plain, 2, &format!("{:>digits$} x ", words::grouped(symptom.count)), &format!("{}{span}", symptom.title));
        if let Some(example) = &symptom.example {
            page.hanging(Paint::Faint, digits + 5, "", &format!("{} [{}]", example.text, words::place(&example.citation)));
        }
    }
}

/// Names with what is left out counted.
fn listed<'a>(names: impl Iterator<Item = &'a str>, total: usize) -> String {
    let shown: Vec<&str> = names.take(NAMES).collect();
    let more = total.saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn affected(page: &mut Page<'_>, affected: &Affected) {
    let counted = |name: &str, n: u64| format!("{name} ({})", words::grouped(n));
    let services: Vec<String> = affected.services.iter().map(|s| counted(&s.name, s.events)).collect();
    let commands: Vec<String> = affected.commands.iter().map(|c| counted(&c.name, c.count)).collect();
    let keys: Vec<String> = affected.keys.iter().map(|k| counted(&k.pattern, k.count)).collect();
    let traces = match affected.traces {
        0 => Vec::new(),
        _ => affected.trace_ids.clone(),
    };
    let rows: [(&str, &[String]); 5] = [
        ("services: ", &services),
        ("instances: ", &affected.instances),
        ("commands: ", &commands),
        ("keys: ", &keys),
        ("traces: ", &traces),
    ];
    if rows.iter().all(|(_, names)| names.is_empty()) && affected.traces == 0 {
        return;
    }
    page.heading("Affected:");
    for (label, names) in rows {
        let total = if label == "traces: " { usize::try_from(affected.traces).unwrap_or(usize::MAX).max(names.len()) } else { names.len() };
        if total > 0 {
            let error = affected.traces_stderr.map(|e| format!(" (estimated, ± {})", words::grouped(e.round() as u64))).unwrap_or_default();
            let lead = if label == "traces: " { format!("{} in all{error}: ", words::grouped(affected.traces)) } else { String::new() };
            page.hanging(Paint::Plain, 2, label, &format!("{lead}{}", listed(names.iter().map(String::as_str), total)));
        }
    }
}

fn impact(page: &mut Page<'_>, incident: &IncidentReport) {
    let impact = &incident.impact;
    if impact.services.is_empty() && impact.requests_failed == 0 && impact.paths.is_empty() {
        return;
    }
    page.heading("Impact beyond:");
    if impact.requests_failed > 0 {
        page.text(2, &format!("{} failed", words::count(impact.requests_failed, "request")));
    }
    if !impact.services.is_empty() {
        page.hanging(
            Paint::Plain,
            2,
            "reached through traces: ",
            &listed(impact.services.iter().map(String::as_str), impact.services.len()),
        );
    }
    let arrow = if page.ascii() { " -> " } else { " → " };
    for path in impact.paths.iter().take(3) {
        let status = path.status.map(|s| format!(", status {s}")).unwrap_or_default();
        let took = path.duration_ms.map(|ms| format!(", {}", words::duration(ms))).unwrap_or_default();
        page.hanging(Paint::Plain, 2, &format!("{}: ", path.trace_id), &format!("{}{status}{took}", path.services.join(arrow)));
    }
}

fn traffic(page: &mut Page<'_>, traffic: &Traffic) {
    let rates = [("before", traffic.before_rps), ("during", traffic.during_rps), ("after", traffic.after_rps)];
    let shown: Vec<String> =
        rates.iter().filter_map(|(when, rate)| Some(format!("{} requests/s {when}", words::number((*rate)?)))).collect();
    if shown.is_empty() && traffic.why.is_none() {
        return;
    }
    page.heading("Traffic:");
    if !shown.is_empty() {
        let error = traffic.stderr.map(|e| format!(", sampled to within {}", words::number(e))).unwrap_or_default();
        let basis = if traffic.basis.is_empty() { String::new() } else { format!(" (counted from {}{error})", traffic.basis) };
        page.text(2, &format!("{}{basis}", shown.join(", ")));
    }
    if let Some(why) = &traffic.why {
        page.text(2, why);
    }
}

fn changes(page: &mut Page<'_>, changes: &[ChangeReport]) {
    if changes.is_empty() {
        return;
    }
    page.heading("Changes:");
    for change in changes.iter().take(CHANGES) {
        let when = change.ts.as_deref().map_or_else(|| "no time".to_owned(), words::time);
        page.hanging(Paint::Plain, 2, &format!("{when}  "), &format!("{} [{}]", change.what, words::place(&change.citation)));
    }
    if let Some(more) = changes.len().checked_sub(CHANGES).filter(|n| *n > 0) {
        page.painted(Paint::Faint, 2, &format!("and {more} more"));
    }
}
