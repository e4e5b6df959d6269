//! `whyredis explain CAUSE` and `--why CAUSE`. In: a cause id. Out: its runbook, or its evidence. Fails when: no such cause.

mod general;

use std::fmt::Write as _;

use whyredis::patterns::{Cause, Library, Phase, Polarity, Weight};
use whyredis::report::Weighed;

use super::exit::Exit;
use super::{complain, config, say};

pub(crate) fn run(id: Option<&str>, patterns: Option<&std::path::Path>) -> Exit {
    let Some(id) = id else {
        say(&general::page());
        return Exit::Analysed;
    };
    let library = match config::library(patterns) {
        Ok(l) => l,
        Err(e) => {
            complain(&e.to_string());
            return Exit::Unable;
        }
    };
    let Some(cause) = library.find_cause(id) else {
        complain(&no_cause(&library, id));
        return Exit::Unable;
    };
    say(&runbook(cause));
    Exit::Analysed
}

/// What to say of an id that is no cause's.
pub(crate) fn no_cause(library: &Library, id: &str) -> String {
    let alike = |c: &&str| !id.is_empty() && (c.contains(id) || id.contains(c));
    let near: Vec<&str> = library.causes().iter().map(|c| c.id.as_ref()).filter(alike).collect();
    let hint = if near.is_empty() { "see `whyredis patterns list`".to_string() } else { format!("did you mean {}?", near.join(", ")) };
    format!("no cause {id:?}; {hint}")
}

fn runbook(c: &Cause) -> String {
    let mut out = format!("{}\n{}\n\n{}\n", c.title, "=".repeat(c.title.chars().count()), c.summary);
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = write!(out, "\n{title}\n");
            for l in lines {
                let _ = writeln!(out, "  {l}");
            }
        }
    };
    section("How it comes to be felt", c.chain.iter().map(ToString::to_string).collect());
    section("Leads to", c.leads_to.iter().map(ToString::to_string).collect());
    section("Effect by function", c.impact.iter().map(|(k, v)| format!("{k}: {v}")).collect());
    let evidence = |p: Polarity| {
        c.evidence
            .iter()
            .filter(|e| e.polarity == p)
            .map(|e| {
                let weight = match e.weight {
                    Weight::Strong => "strong",
                    Weight::Moderate => "moderate",
                    Weight::Weak => "weak",
                };
                let of = if e.of.is_empty() { String::new() } else { format!(" ({})", e.of.join(", ")) };
                format!("[{weight}] {}{of}: {}", e.feature, e.why)
            })
            .collect::<Vec<_>>()
    };
    section("Speaks for it", evidence(Polarity::For));
    section("Speaks against it", evidence(Polarity::Against));
    section("Speaks against it when it is missing", evidence(Polarity::Absent));
    for (phase, title) in [
        (Phase::Capture, "First capture (before anything is restarted)"),
        (Phase::Immediate, "Now"),
        (Phase::Fix, "Fix"),
        (Phase::Verify, "Verify"),
        (Phase::Prevent, "Prevent"),
        (Phase::Escalate, "Escalate"),
    ] {
        let mut lines = Vec::new();
        for a in c.actions.iter().filter(|a| a.phase == phase) {
            lines.push(format!("- {} [{}]", a.text, a.effect));
            lines.extend(a.command.iter().map(|cmd| format!("    {cmd}")));
            lines.extend(a.caution.iter().map(|t| format!("    caution: {t}")));
            lines.extend(a.managed.iter().map(|(s, t)| format!("    on {s}: {t}")));
            lines.extend(a.reference.iter().map(|r| format!("    see {r}")));
        }
        section(title, lines);
    }
    section(
        "Formulas",
        c.formulas
            .iter()
            .map(|f| format!("{}: {}{}", f.name, f.expr, f.example.as_deref().map(|e| format!(" ({e})")).unwrap_or_default()))
            .collect(),
    );
    section("Settings", c.settings.iter().map(|s| format!("{} = {}: {}", s.name, s.value, s.why)).collect());
    section(
        "Alerts",
        c.alerts
            .iter()
            .map(|a| format!("{}: {}{}", a.name, a.expr, a.hold.as_deref().map(|h| format!(" for {h}")).unwrap_or_default()))
            .collect(),
    );
    section(
        "Messages to send",
        c.templates.iter().map(|t| format!("{}:\n    {}", t.when, t.text.trim().replace('\n', "\n    "))).collect(),
    );
    section("References", c.references.iter().map(ToString::to_string).collect());
    out
}

/// Why a cause stands where it stands, in every incident.
pub(crate) fn why(weighed: &[Weighed], id: &str) -> String {
    let mut out = String::new();
    if weighed.is_empty() {
        out.push_str("no incident, so no cause was weighed\n");
    }
    for w in weighed {
        let first = match w.rank {
            1 => String::new(),
            _ => format!("; first is {} with {:.0} %", w.first.0, w.first.1 * 100.0),
        };
        let _ = writeln!(out, "{}: {id} is rank {} with {:.1} %{first}", w.incident, w.rank, w.confidence * 100.0);
        for e in &w.counts {
            let cites: Vec<String> = e.citations.iter().map(|c| format!("{}:{}", c.source, c.line)).collect();
            let at = if cites.is_empty() { String::new() } else { format!("  ({})", cites.join(", ")) };
            let _ = writeln!(out, "  {:+.2} {:<7} {:<24} {}{at}", e.weight, e.polarity, e.feature, e.statement);
        }
        for e in &w.same_fact {
            let _ = writeln!(out, "  same fact     {:<24} {} ({:+.2}, counted once)", e.feature, e.statement, e.weight);
        }
        for (feature, why) in &w.unjudged {
            let _ = writeln!(out, "  cannot tell   {feature:<24} {why}");
        }
    }
    out
}
