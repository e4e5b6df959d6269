//! `whyredis patterns explain LINE|-`. In: a line. Out: why each candidate did or did not match. Fails when: no line is given.

use std::fmt::Write as _;

use whyredis::matching::Matcher;
use whyredis::matching::probe::{Probe, Verdict, probe, record_of};
use whyredis::patterns::Library;
use whyredis::record::Record;
use whyredis::scan::{Prefilter, Searches};

use super::text_of;
use crate::cli::exit::Exit;
use crate::cli::{complain, say};

/// Literals from this length on make a candidate worth a look when its regex does not match.
const TELLING_BYTES: usize = 10;

pub(super) fn explain(library: &Library, line: &str) -> Exit {
    let text = if line == "-" {
        match text_of("-") {
            Ok(text) => text,
            Err(e) => {
                complain(&format!("standard input: {e}"));
                return Exit::Unable;
            }
        }
    } else {
        line.to_string()
    };
    let text = text.trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() {
        complain("nothing to explain; give a line in quotes, or `-` and pipe one record in");
        return Exit::Unable;
    }
    let record = record_of(text);
    let mut out = head(library, text, &record);
    let matcher = Matcher::new(library);
    let probes = probe(&matcher, &record);
    if probes.is_empty() {
        out.push_str("no signature has a literal in this text\n");
    }
    let order = |p: &Probe| match p.verdict {
        Verdict::Stands => 0,
        Verdict::YieldsTo(_) => 1,
        Verdict::Open => 2,
        Verdict::Other => 3,
        Verdict::NoMatch => 4,
    };
    let mut sorted: Vec<&Probe> = probes.iter().collect();
    sorted.sort_by_key(|p| (order(p), p.signature));
    // A literal of a few bytes stands in every other line; that its regex is not there explains nothing.
    let tells = |p: &&Probe| p.verdict != Verdict::NoMatch || p.literals.iter().any(|l| l.len() >= TELLING_BYTES);
    for p in sorted.iter().copied().filter(tells) {
        candidate(&mut out, library, &record, p);
    }
    let rest: Vec<&str> = sorted.iter().filter(|p| !tells(p)).map(|p| library.signature(p.signature).id.as_ref()).collect();
    if !rest.is_empty() {
        let _ = writeln!(out, "not by a few bytes alone: {}", rest.join(", "));
    }
    say(&out);
    Exit::Analysed
}

/// What was read of the line before any signature was tried.
fn head(library: &Library, text: &str, record: &Record) -> String {
    let mut out = format!("body      {}\n", record.body.replace('\n', "\n          "));
    let mut row = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            let _ = writeln!(out, "{name:<9} {value}");
        }
    };
    row("severity", Some(record.severity.as_str()));
    row("logger", record.logger.as_deref());
    row("service", record.service.as_deref());
    row("instance", record.instance.as_deref());
    let fields: Vec<String> = record.attributes.iter().map(|(k, v)| format!("{k}={v}")).collect();
    row("fields", Some(&fields.join(" ")));
    let needles: Vec<String> = library
        .needles()
        .iter()
        .chain(library.long_needles().iter().map(|(t, _)| t))
        .filter(|n| text.contains(n.as_ref()))
        .map(|n| format!("{:?}", n.as_ref()))
        .collect();
    let prefilter = Prefilter::of(library);
    let reached = if prefilter.hits(text.as_bytes(), Searches::Few) {
        needles.join(" ")
    } else {
        "none: beyond the first 64 MiB of an input this line is read only next to one that has a needle".to_string()
    };
    row("needles", Some(&reached));
    out.push('\n');
    out
}

fn candidate(out: &mut String, library: &Library, record: &Record, p: &Probe) {
    let s = library.signature(p.signature);
    let id = |i| library.signature(i).id.as_ref();
    let verdict = match p.verdict {
        Verdict::Stands => "MATCHES".to_string(),
        Verdict::YieldsTo(other) if s.fallback => format!("matches by its class or code alone and yields to {}", id(other)),
        Verdict::YieldsTo(other) if s.wrapper => format!("matches, but is a wrapper and yields to {}", id(other)),
        Verdict::YieldsTo(other) => format!("matches, but yields to {}", id(other)),
        Verdict::Open => "counts only in an input that is about Redis: the text is generic and nothing near it names a product".to_string(),
        Verdict::Other => "does not count: the text is generic and what stands nearest names another product".to_string(),
        Verdict::NoMatch => "does not match: a literal is there, the regex is not".to_string(),
    };
    let symptom = library.symptom(s.symptom);
    let parent = library.parent_of(p.signature).map_or("context", |i| library.symptom(i).id.as_ref());
    let of = if parent == symptom.id { String::new() } else { format!(" ({parent})") };
    let _ = writeln!(out, "{}  {verdict}\n  symptom  {}{of}, by {}", s.id, symptom.id, s.product);
    let _ = writeln!(out, "  literal  {}", p.literals.iter().map(|l| format!("{:?}", l.as_ref())).collect::<Vec<_>>().join(" "));
    match p.span.and_then(|(from, to)| record.body.get(from..to)) {
        Some(found) => {
            let _ = writeln!(out, "  text     {}", found.replace('\n', "\n           "));
        }
        None => {
            let _ = writeln!(out, "  regex    {}", s.regex);
        }
    }
    if s.needs_context {
        let found = match p.verdict {
            Verdict::Open => "nothing found",
            Verdict::Other => "another product",
            Verdict::NoMatch => "not looked for",
            Verdict::Stands | Verdict::YieldsTo(_) => "Redis",
        };
        let _ = writeln!(out, "  context  asked, {found}");
    }
    for v in &p.values {
        let number = v.number.map_or(String::new(), |n| format!(" = {n} {}", v.unit.base()));
        let _ = writeln!(out, "  value    {} {:?}{number}", v.name, v.text);
    }
}
