//! `whyredis patterns coverage [--markdown]`. In: entries. Out: emitters and symptoms with counts. Fails when: never.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use whyredis::patterns::written::Signature;
use whyredis::patterns::{Entries, Library};

use crate::cli::exit::Exit;
use crate::cli::say;

#[derive(Default)]
struct Row<'e> {
    versions: BTreeSet<&'e str>,
    signatures: usize,
    examples: usize,
    captured: usize,
    symptoms: BTreeMap<&'e str, usize>,
}

pub(super) fn coverage(library: &Library, entries: &Entries, markdown: bool) -> Exit {
    let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    let mut of_symptom: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for s in &entries.signatures {
        let e = &s.entry;
        let symptom = library
            .find_signature(e.id.get_ref())
            .and_then(|i| library.parent_of(i))
            .map_or("(context)", |p| library.symptom(p).id.as_ref());
        let row = rows.entry(e.emitted_by.product.as_str()).or_default();
        add(row, e, symptom);
        let both = of_symptom.entry(symptom).or_default();
        both.0 += 1;
        both.1.insert(&e.emitted_by.product);
    }
    let totals = Row {
        signatures: rows.values().map(|r| r.signatures).sum(),
        examples: rows.values().map(|r| r.examples).sum(),
        captured: rows.values().map(|r| r.captured).sum(),
        ..Row::default()
    };
    let mut out = String::new();
    if markdown {
        in_markdown(&mut out, &rows, &of_symptom, &totals);
    } else {
        in_text(&mut out, &rows, &of_symptom, &totals);
    }
    say(&out);
    Exit::Analysed
}

fn add<'e>(row: &mut Row<'e>, e: &'e Signature, symptom: &'e str) {
    row.signatures += 1;
    row.examples += e.example.len();
    row.captured += e.example.iter().filter(|x| x.origin.starts_with("captured")).count();
    row.versions.insert(&e.emitted_by.version);
    *row.symptoms.entry(symptom).or_default() += 1;
}

fn counted(symptoms: &BTreeMap<&str, usize>) -> String {
    let mut sorted: Vec<_> = symptoms.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    sorted.iter().map(|(id, n)| format!("{id} {n}")).collect::<Vec<_>>().join(", ")
}

fn in_text(out: &mut String, rows: &BTreeMap<&str, Row<'_>>, of_symptom: &BTreeMap<&str, (usize, BTreeSet<&str>)>, totals: &Row<'_>) {
    for (product, r) in rows {
        let _ = writeln!(out, "{product:<26} {:>4}  {}", r.signatures, counted(&r.symptoms));
    }
    out.push('\n');
    for (symptom, (n, products)) in of_symptom {
        let _ = writeln!(out, "{symptom:<26} {n:>4}  by {} emitters", products.len());
    }
    let _ = writeln!(
        out,
        "\n{} signatures over {} emitters; {} examples, {} of them captured",
        totals.signatures,
        rows.len(),
        totals.examples,
        totals.captured
    );
}

fn in_markdown(out: &mut String, rows: &BTreeMap<&str, Row<'_>>, of_symptom: &BTreeMap<&str, (usize, BTreeSet<&str>)>, totals: &Row<'_>) {
    out.push_str("# What the signatures cover\n\n");
    out.push_str("Made by `whyredis patterns coverage --markdown`; a test holds it current. Captured: written by the emitter itself in a run made for it.\n\n");
    let _ = writeln!(
        out,
        "{} signatures over {} emitters; {} examples, {} of them captured.\n",
        totals.signatures,
        rows.len(),
        totals.examples,
        totals.captured
    );
    out.push_str("## Emitters\n\n| emitter | versions seen | signatures | captured examples | symptoms |\n|---|---|---:|---:|---|\n");
    for (product, r) in rows {
        let versions: Vec<&str> = r.versions.iter().copied().filter(|v| !v.is_empty()).collect();
        let _ = writeln!(
            out,
            "| {product} | {} | {} | {} of {} | {} |",
            versions.join("; "),
            r.signatures,
            r.captured,
            r.examples,
            counted(&r.symptoms)
        );
    }
    out.push_str("\n## Symptoms\n\n`(context)`: a change, an activity, a gauge or a notice; never trouble.\n\n| symptom | signatures | emitters |\n|---|---:|---:|\n");
    for (symptom, (n, products)) in of_symptom {
        let _ = writeln!(out, "| {symptom} | {n} | {} |", products.len());
    }
}
