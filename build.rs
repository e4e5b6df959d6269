//! Checks `patterns/` and turns it into tables that cost no parsing at run time.

#![expect(clippy::expect_used, reason = "a build script stops the build")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/patterns"]
#[allow(dead_code, unreachable_pub, reason = "shared with the library, which uses all of it")]
mod patterns {
    pub mod check;
    pub mod needles;
    pub mod written;
}

use patterns::check::{Located, check, line_of};
use patterns::needles::{ALSO, Wanted, derive};
use patterns::written::{Cause, CauseFile, Signature, SignatureFile, Symptom, SymptomFile};

fn main() {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/patterns");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("patterns");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let mut symptoms: Vec<Located<Symptom>> = Vec::new();
    let mut signatures: Vec<Located<Signature>> = Vec::new();
    let mut causes: Vec<Located<Cause>> = Vec::new();
    let mut embedded = String::new();
    for path in &files {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.strip_prefix(root.parent().expect("patterns/ has a parent")).expect("below it");
        let name = name.to_string_lossy().replace('\\', "/");
        let broken = |e: toml::de::Error| -> ! {
            let line = e.span().map_or(1, |s| line_of(&text, s.start));
            panic!("{name}:{line}: {}", e.message())
        };
        let line = |offset: usize| line_of(&text, offset);
        if name == "patterns/symptoms.toml" {
            let file: SymptomFile = toml::from_str(&text).unwrap_or_else(|e| broken(e));
            symptoms.extend(file.symptom.into_iter().map(|entry| Located { file: name.clone(), line: line(entry.id.span().start), entry }));
        } else if name.starts_with("patterns/signatures/") {
            let file: SignatureFile = toml::from_str(&text).unwrap_or_else(|e| broken(e));
            signatures.extend(file.signature.into_iter().map(|entry| Located {
                file: name.clone(),
                line: line(entry.id.span().start),
                entry,
            }));
        } else if name.starts_with("patterns/causes/") {
            let file: CauseFile = toml::from_str(&text).unwrap_or_else(|e| broken(e));
            causes.extend(file.cause.into_iter().map(|entry| Located { file: name.clone(), line: line(entry.id.span().start), entry }));
        }
        // Relative to the package, so that a checkout may be moved with what was built in it.
        writeln!(embedded, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{name}\"))),").expect("a String takes it");
    }
    symptoms.sort_by(|a, b| a.entry.id.get_ref().cmp(b.entry.id.get_ref()));
    signatures.sort_by(|a, b| a.entry.id.get_ref().cmp(b.entry.id.get_ref()));
    causes.sort_by(|a, b| a.entry.id.get_ref().cmp(b.entry.id.get_ref()));

    let complaints = check(&symptoms, &signatures, &causes, &[]);
    if !complaints.is_empty() {
        let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        panic!("patterns/ is broken:\n{}", lines.join("\n"));
    }

    let mut out = String::new();
    emit_symptoms(&mut out, &symptoms);
    emit_signatures(&mut out, &signatures, &symptoms);
    emit_causes(&mut out, &causes);
    let wanted: Vec<Wanted<'_>> = signatures
        .iter()
        .map(|s| Wanted {
            literals: s.entry.literal.iter().map(String::as_str).collect(),
            regex: &s.entry.regex,
            examples: s.entry.example.iter().map(|e| e.line.as_str()).collect(),
        })
        .collect();
    let needles = derive(&wanted, ALSO);
    writeln!(out, "pub(super) static NEEDLES: &[Text] = &{};", texts(&needles.coarse)).expect("a String takes it");
    let long: Vec<String> = needles.long.iter().map(|(text, window)| format!("(Cow::Borrowed({text:?}), {window})")).collect();
    writeln!(out, "pub(super) static LONG_NEEDLES: &[(Text, u8)] = &[{}];", long.join(", ")).expect("a String takes it");
    writeln!(out, "pub(super) static FINE_NEEDLES: &[Text] = &{};", texts(&needles.fine)).expect("a String takes it");
    writeln!(out, "/// The built-in pattern files, as written.\npub(super) static FILES: &[(&str, &str)] = &[\n{embedded}];")
        .expect("a String takes it");
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("builtin.rs");
    fs::write(target, out).expect("OUT_DIR is writable");
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
}

fn text(s: &str) -> String {
    format!("Cow::Borrowed({s:?})")
}

fn texts(list: &[String]) -> String {
    let items: Vec<String> = list.iter().map(|s| text(s)).collect();
    format!("[{}]", items.join(", "))
}

fn list(list: &[String]) -> String {
    format!("Cow::Borrowed(&{})", texts(list))
}

fn option(s: Option<&str>) -> String {
    s.map_or("None".to_string(), |s| format!("Some({})", text(s)))
}

fn pairs<'a>(map: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let items: Vec<String> = map.into_iter().map(|(k, v)| format!("({}, {})", text(k), text(v))).collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}

fn camel(word: &str) -> String {
    word.split(['-', '_']).map(|w| w.chars().take(1).flat_map(char::to_uppercase).chain(w.chars().skip(1)).collect::<String>()).collect()
}

fn emit_symptoms(out: &mut String, symptoms: &[Located<Symptom>]) {
    let index = |id: &str| symptoms.iter().position(|s| s.entry.id.get_ref() == id).expect("checked");
    out.push_str("pub(super) static SYMPTOMS: &[Symptom] = &[\n");
    for (i, s) in symptoms.iter().enumerate() {
        let e = &s.entry;
        let parent = if e.opens.is_some() { Some(i) } else { e.parent.as_deref().map(index) };
        let of = parent.map_or(e, |p| &symptoms[p].entry);
        let opens = match of.opens.as_deref() {
            Some("one-line") => "OneLine",
            Some(_) => "Recurring",
            None => "Never",
        };
        writeln!(
            out,
            "Symptom {{ id: {}, title: {}, meaning: {}, severity: {}, opens: Opens::{opens}, parent: {}, context: {}, gauge: {}, phase: {}, marks: {}, shown_by_server: {} }},",
            text(e.id.get_ref()),
            text(&e.title),
            text(e.meaning.as_deref().or(of.meaning.as_deref()).unwrap_or("")),
            text(of.severity.as_deref().unwrap_or("info")),
            parent.map_or("None".to_string(), |p| format!("Some(SymptomIdx({p}))")),
            e.context.as_deref().map_or("None".to_string(), |c| format!("Some(Context::{})", camel(c))),
            e.gauge.as_deref().map_or("None".to_string(), |g| format!("Some(({}, {:?}))", text(g), e.at_least.unwrap_or(1.0))),
            text(of.phase.as_deref().unwrap_or("")),
            text(e.marks.as_deref().or(of.marks.as_deref()).unwrap_or("")),
            of.shown_by_server,
        )
        .expect("a String takes it");
    }
    out.push_str("];\n");
}

fn emit_signatures(out: &mut String, signatures: &[Located<Signature>], symptoms: &[Located<Symptom>]) {
    out.push_str("pub(super) static SIGNATURES: &[Signature] = &[\n");
    for s in signatures {
        let e = &s.entry;
        let symptom = symptoms.iter().position(|x| *x.entry.id.get_ref() == e.symptom).expect("checked");
        let severity = ["info", "warn", "error", "critical"].iter().position(|w| *w == e.severity).expect("checked") + 1;
        let outgrows: Vec<String> = e.outgrows.iter().map(|(a, b)| format!("({}, {})", text(a), text(b))).collect();
        let values: Vec<String> = e.values.iter().map(|(k, v)| format!("({}, Unit::{})", text(k), camel(v))).collect();
        writeln!(
            out,
            "Signature {{ id: {}, symptom: SymptomIdx({symptom}), severity: {severity}, literals: {}, regex: {}, values: Cow::Borrowed(&[{}]), product: {}, needs_context: {}, own_words: {}, of_culprit: {}, generic: {}, wrapper: {}, fallback: {}, yields_to: {}, beside: {}, outgrows: Cow::Borrowed(&[{}]) }},",
            text(e.id.get_ref()),
            list(&e.literal),
            text(&e.regex),
            values.join(", "),
            text(&e.emitted_by.product),
            e.requires_context.is_some(),
            e.own_words,
            e.of_culprit,
            e.generic,
            e.wrapper,
            e.fallback,
            list(&e.yields_to),
            list(&e.beside),
            outgrows.join(", "),
        )
        .expect("a String takes it");
    }
    out.push_str("];\n");
}

fn emit_causes(out: &mut String, causes: &[Located<Cause>]) {
    out.push_str("pub(super) static CAUSES: &[Cause] = &[\n");
    for c in causes {
        let e = &c.entry;
        let evidence: Vec<String> = e
            .evidence
            .iter()
            .map(|v| {
                format!(
                    "Evidence {{ polarity: Polarity::{}, weight: Weight::{}, group: {}, feature: {}, of: {}, why: {}, shared: {} }}",
                    camel(&v.polarity),
                    camel(&v.weight),
                    text(&v.group),
                    text(&v.feature),
                    list(&v.of),
                    text(&v.why),
                    v.shared
                )
            })
            .collect();
        let actions: Vec<String> = e
            .action
            .iter()
            .map(|a| {
                format!(
                    "Action {{ phase: Phase::{}, text: {}, command: {}, effect: {}, caution: {}, managed: {}, reference: {} }}",
                    camel(&a.phase),
                    text(&a.text),
                    option(a.command.as_deref()),
                    text(&a.effect),
                    option(a.caution.as_deref()),
                    pairs(&a.managed),
                    option(a.reference.as_deref())
                )
            })
            .collect();
        let alerts: Vec<String> = e
            .alert
            .iter()
            .map(|a| format!("Alert {{ name: {}, expr: {}, hold: {} }}", text(&a.name), text(&a.expr), option(a.hold.as_deref())))
            .collect();
        let formulas: Vec<String> = e
            .formula
            .iter()
            .map(|f| format!("Formula {{ name: {}, expr: {}, example: {} }}", text(&f.name), text(&f.expr), option(f.example.as_deref())))
            .collect();
        let settings: Vec<String> = e
            .setting
            .iter()
            .map(|s| format!("Setting {{ name: {}, value: {}, why: {} }}", text(&s.name), text(&s.value), text(&s.why)))
            .collect();
        let templates: Vec<String> =
            e.template.iter().map(|t| format!("Template {{ when: {}, text: {} }}", text(&t.when), text(&t.text))).collect();
        writeln!(
            out,
            "Cause {{ id: {}, title: {}, summary: {}, prior: {:?}, of_client: {:?}, leads_to: {}, chain: {}, impact: {}, references: {}, evidence: Cow::Borrowed(&[{}]), actions: Cow::Borrowed(&[{}]), alerts: Cow::Borrowed(&[{}]), formulas: Cow::Borrowed(&[{}]), settings: Cow::Borrowed(&[{}]), templates: Cow::Borrowed(&[{}]) }},",
            text(e.id.get_ref()),
            text(&e.title),
            text(e.summary.trim()),
            e.prior,
            e.of_client,
            list(&e.leads_to),
            list(&e.chain),
            pairs(&e.impact),
            list(&e.references),
            evidence.join(", "),
            actions.join(", "),
            alerts.join(", "),
            formulas.join(", "),
            settings.join(", "),
            templates.join(", "),
        )
        .expect("a String takes it");
    }
    out.push_str("];\n");
}
