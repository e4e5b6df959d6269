//! `whyredis patterns draft FILE`. In: a log. Out: a TOML stub for each Redis-looking error that nothing recognises.
//! Fails when: the file cannot be read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use whyredis::event::template_of;
use whyredis::matching::Matcher;
use whyredis::matching::probe::record_of;
use whyredis::patterns::Library;
use whyredis::record::{Kind, Record, Severity};

use super::text_of;
use crate::cli::exit::Exit;
use crate::cli::{complain, say};

/// Stubs at most: the most frequent come first, and the rest is better read after these are done.
const MAX_STUBS: usize = 50;
/// Bytes of a message that go into the regex; what follows is detail.
const REGEX_BYTES: usize = 160;

struct Found<'t> {
    count: u64,
    line: usize,
    text: &'t str,
    body: String,
    severity: Severity,
}

pub(super) fn draft(library: &Library, file: &str) -> Exit {
    let text = match text_of(file) {
        Ok(text) => text,
        Err(e) => {
            complain(&format!("{file}: {e}"));
            return Exit::Unable;
        }
    };
    let matcher = Matcher::new(library);
    let mut templates: BTreeMap<String, Found<'_>> = BTreeMap::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| says_redis(l)) {
        let record = record_of(line);
        if !is_error(&record) || !matcher.matches(&record).is_empty() {
            continue;
        }
        let found = templates.entry(template_of(&record.body)).or_insert_with(|| Found {
            count: 0,
            line: i + 1,
            text: line,
            body: record.body.clone(),
            severity: record.severity,
        });
        found.count += 1;
    }
    let mut sorted: Vec<&Found<'_>> = templates.values().collect();
    sorted.sort_by(|a, b| b.count.cmp(&a.count).then(a.line.cmp(&b.line)));
    let mut out = format!("# {} messages of {file} speak of Redis and are not recognised.\n", sorted.len());
    out.push_str("# Fill in what is empty, drop what is no trouble, then: whyredis patterns check --patterns DIR\n");
    for found in sorted.iter().take(MAX_STUBS) {
        stub(&mut out, found);
    }
    say(&out);
    Exit::Analysed
}

fn says_redis(text: &str) -> bool {
    ["redis", "Redis", "REDIS", "alkey", "edis."].iter().any(|w| text.contains(w))
}

/// A warning or worse; without a level, a text with a word of failure.
fn is_error(record: &Record) -> bool {
    const FAILURES: [&str; 8] = ["rror", "ailed", "imeout", "imed out", "efused", "xception", "nable to", "annot"];
    let silent = matches!(record.kind, Kind::Access { .. } | Kind::Capture | Kind::Notice);
    !silent
        && (record.severity >= Severity::Warn || record.severity == Severity::Unknown && FAILURES.iter().any(|w| record.body.contains(w)))
}

fn stub(out: &mut String, found: &Found<'_>) {
    let body = found.body.lines().next().unwrap_or_default();
    let (regex, literal) = generalised(body);
    let severity = if found.severity >= Severity::Critical {
        "critical"
    } else if found.severity == Severity::Warn {
        "warn"
    } else {
        "error"
    };
    let _ = write!(
        out,
        "\n# {} times, first at line {}\n[[signature]]\nid = \"\"                     # <emitter>.<what-was-said>\nsymptom = \"\"                # see `whyredis patterns list`\nseverity = \"{severity}\"\n",
        found.count, found.line
    );
    let _ = writeln!(out, "literal = [{}]\nregex = {}", quoted(&literal), quoted(&regex));
    out.push_str("emitted_by = { product = \"\", version = \"\", source = \"\" }\n");
    let _ = writeln!(out, "  [[signature.example]]\n  line = {}\n  origin = \"captured: \"", quoted(found.text));
    out.push_str("  [[signature.near_miss]]\n  line = \"\"                 # a line that a naive rule would take\n  why = \"\"\n");
}

/// The message as a regex that leaves numbers, addresses and quoted parts open, and its longest fixed text.
fn generalised(body: &str) -> (String, String) {
    let (mut regex, mut fixed, mut literal) = (String::new(), String::new(), String::new());
    let mut close = |fixed: &mut String, regex: &mut String| {
        regex.push_str(&escaped(fixed));
        if fixed.trim().len() > literal.len() {
            literal = fixed.trim().to_string();
        }
        fixed.clear();
    };
    for (i, word) in body.split(' ').enumerate() {
        if regex.len() + fixed.len() > REGEX_BYTES {
            break;
        }
        if i > 0 {
            fixed.push(' ');
        }
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 {
            fixed.push_str(word);
            continue;
        }
        close(&mut fixed, &mut regex);
        regex.push_str(if digits == word.len() { r"\d+" } else { r"\S+" });
    }
    close(&mut fixed, &mut regex);
    (regex, literal)
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A TOML string, literal where the text allows.
fn quoted(text: &str) -> String {
    if text.contains("'''") || text.ends_with('\'') || text.chars().any(|c| c.is_control() && c != '\t') {
        return toml::Value::from(text).to_string();
    }
    format!("'''{text}'''")
}
