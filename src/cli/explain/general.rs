//! What belongs to no single cause. In: the built-in `runbook.toml`. Out: a page. Fails when: never; the file is part of
//! the program, and a test reads it.

use std::fmt::Write as _;

use serde::Deserialize;
use whyredis::patterns::embedded_files;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct General {
    target: Vec<Target>,
    impact: Vec<Impact>,
    alert: Vec<Alert>,
    escalation: Vec<Step>,
    template: Vec<Template>,
    followup: Vec<Followup>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    metric: String,
    target: String,
    warning: String,
    critical: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Impact {
    function: String,
    effect: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alert {
    name: String,
    expr: String,
    #[serde(rename = "for")]
    hold: String,
    severity: String,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    step: u32,
    when: String,
    who: String,
    give: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    when: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Followup {
    text: String,
    command: Option<String>,
    effect: String,
}

/// The file as it was built in.
fn read() -> Result<General, toml::de::Error> {
    let text = embedded_files().iter().find(|(name, _)| name.ends_with("runbook.toml")).map_or("", |(_, text)| *text);
    toml::from_str(text)
}

/// The page of `whyredis explain` without a cause.
pub(super) fn page() -> String {
    let general = read().unwrap_or_default();
    let title = "Redis: health, alerts, escalation";
    let mut out = format!("{title}\n{}\n", "=".repeat(title.len()));
    out.push_str("\nWhat holds for every cause; `whyredis explain CAUSE` is the runbook of one, `whyredis patterns list` names them.\n");

    out.push_str("\nHealth targets\n");
    let width = |of: fn(&Target) -> &str| general.target.iter().map(|t| of(t).chars().count()).max().unwrap_or(0);
    let (metric, target) = (width(|t| &t.metric), width(|t| &t.target));
    for t in &general.target {
        let _ = writeln!(out, "  {:<metric$}  {:<target$}  warning: {}; critical: {}", t.metric, t.target, t.warning, t.critical);
    }
    out.push_str("\nEffect by function\n");
    for i in &general.impact {
        let _ = writeln!(out, "  {}: {}", i.function, i.effect);
    }
    out.push_str("\nAlerts\n");
    for a in &general.alert {
        let _ = writeln!(out, "  {} ({}, for {})\n    {}", a.name, a.severity, a.hold, a.expr);
        if let Some(note) = &a.note {
            let _ = writeln!(out, "    {note}");
        }
    }
    out.push_str("\nEscalation\n");
    for s in &general.escalation {
        let _ = writeln!(out, "  {}. {}: {}\n     give: {}", s.step, s.when, s.who, s.give);
    }
    out.push_str("\nMessages to send\n");
    for t in &general.template {
        let _ = writeln!(out, "  {}:\n    {}", t.when, t.text.trim().replace('\n', "\n    "));
    }
    out.push_str("\nAfterwards\n");
    for f in &general.followup {
        let _ = writeln!(out, "  - {} [{}]", f.text, f.effect);
        if let Some(command) = &f.command {
            let _ = writeln!(out, "      {command}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_every_part_of_the_file() {
        let general = read().expect("the built-in file is read");
        let page = page();
        assert!(general.target.len() >= 5 && general.template.len() >= 3 && general.escalation.len() >= 2);
        for part in general.target.iter().map(|t| &t.metric).chain(general.impact.iter().map(|i| &i.effect)) {
            assert!(page.contains(part.as_str()), "{part}");
        }
        for heading in ["Health targets", "Effect by function", "Alerts", "Escalation", "Messages to send", "Afterwards"] {
            assert!(page.contains(&format!("\n{heading}\n")), "{heading}");
        }
    }
}
