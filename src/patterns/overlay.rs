//! A user's pattern folder over the built-in set.
//!
//! In: a folder of TOML files in the layout of `patterns/`. Out: a [`Library`] with entries added or overridden by id.
//! Fails when: a file cannot be read or parsed, or an entry breaks a rule; every complaint carries file:line.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::check::{Complaint, Located, REGEX_BYTES, check, line_of};
use super::library::{
    Action, Alert, Cause, Evidence, Formula, Library, Phase, Polarity, Setting, Signature, SymptomIdx, Template, Text, Unit, Weight,
};
use super::{builtin, needles, written};

/// Everything that is wrong with a user's folder, at once.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct PatternError(pub Vec<Complaint>);

/// The built-in pattern files as written: (name, text).
pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
    builtin::FILES
}

/// All entries of a set of files.
#[derive(Debug, Default)]
pub struct Entries {
    /// Symptoms.
    pub symptoms: Vec<Located<written::Symptom>>,
    /// Signatures.
    pub signatures: Vec<Located<written::Signature>>,
    /// Causes.
    pub causes: Vec<Located<written::Cause>>,
}

/// Parses one file by its content: `[[symptom]]`, `[[signature]]` or `[[cause]]`.
fn parse(name: &str, text: &str, into: &mut Entries, complaints: &mut Vec<Complaint>) {
    let at = |offset: usize| line_of(text, offset);
    let mut broken = |e: toml::de::Error| {
        let line = e.span().map_or(1, |s| at(s.start));
        complaints.push(Complaint { file: name.to_string(), line, text: e.message().to_string() });
    };
    let head = text.lines().map(str::trim).find(|l| l.starts_with("[[")).unwrap_or("");
    match head {
        "[[symptom]]" => match toml::from_str::<written::SymptomFile>(text) {
            Ok(f) => into.symptoms.extend(f.symptom.into_iter().map(|entry| Located {
                file: name.to_string(),
                line: at(entry.id.span().start),
                entry,
            })),
            Err(e) => broken(e),
        },
        "[[cause]]" => match toml::from_str::<written::CauseFile>(text) {
            Ok(f) => into.causes.extend(f.cause.into_iter().map(|entry| Located {
                file: name.to_string(),
                line: at(entry.id.span().start),
                entry,
            })),
            Err(e) => broken(e),
        },
        _ => match toml::from_str::<written::SignatureFile>(text) {
            Ok(f) => into.signatures.extend(f.signature.into_iter().map(|entry| Located {
                file: name.to_string(),
                line: at(entry.id.span().start),
                entry,
            })),
            Err(e) => broken(e),
        },
    }
}

/// The built-in entries as written, for `patterns show` and `patterns check`.
pub fn builtin_entries() -> Entries {
    let mut entries = Entries::default();
    let mut complaints = Vec::new();
    for (name, text) in builtin::FILES {
        if !name.ends_with("runbook.toml") {
            parse(name, text, &mut entries, &mut complaints);
        }
    }
    entries
}

fn toml_files(dir: &Path, out: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            toml_files(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            out.push(path);
        }
    }
    Ok(())
}

/// Reads a user's folder and lays it over the built-in set.
pub fn load_overlay(dir: &Path) -> Result<Library, PatternError> {
    let (library, _) = load_overlay_entries(dir)?;
    Ok(library)
}

/// Like [`load_overlay`], and gives the merged entries as written for the rules that run regexes.
pub fn load_overlay_entries(dir: &Path) -> Result<(Library, Entries), PatternError> {
    let unreadable = |path: &Path, e: &dyn std::fmt::Display| {
        PatternError(vec![Complaint {
            file: path.display().to_string(),
            line: 1,
            text: format!("cannot be read ({e}); give a folder of TOML files as in patterns/"),
        }])
    };
    let mut paths = Vec::new();
    toml_files(dir, &mut paths).map_err(|e| unreadable(dir, &e))?;
    paths.sort();
    let mut user = Entries::default();
    let mut complaints = Vec::new();
    for path in &paths {
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(path, &e))?;
        parse(&path.display().to_string(), &text, &mut user, &mut complaints);
    }
    if paths.is_empty() {
        complaints.push(Complaint { file: dir.display().to_string(), line: 1, text: "no *.toml file here".to_string() });
    }
    if !complaints.is_empty() {
        return Err(PatternError(complaints));
    }

    let mut merged = builtin_entries();
    let mut overridden = Vec::new();
    macro_rules! lay_over {
        ($field:ident) => {
            for item in user.$field {
                let id = item.entry.id.get_ref().clone();
                if let Some(old) = merged.$field.iter_mut().find(|o| *o.entry.id.get_ref() == id) {
                    if old.file.starts_with("patterns/") && !Path::new(&old.file).is_absolute() {
                        overridden.push(id);
                        *old = item;
                        continue;
                    }
                }
                merged.$field.push(item);
            }
        };
    }
    lay_over!(symptoms);
    lay_over!(signatures);
    lay_over!(causes);
    let complaints = check(&merged.symptoms, &merged.signatures, &merged.causes, &[]);
    let mut complaints: Vec<Complaint> = complaints;
    for s in &merged.signatures {
        if let Err(e) = regex::RegexBuilder::new(&s.entry.regex).size_limit(REGEX_BYTES).build() {
            complaints.push(Complaint { file: s.file.clone(), line: s.line, text: format!("regex does not compile: {e}") });
        }
    }
    if !complaints.is_empty() {
        return Err(PatternError(complaints));
    }
    let library = compile(&merged, overridden);
    Ok((library, merged))
}

fn own(s: &str) -> Text {
    Cow::Owned(s.to_string())
}

fn owned(list: &[String]) -> Cow<'static, [Text]> {
    Cow::Owned(list.iter().map(|s| own(s)).collect())
}

fn compile(e: &Entries, overridden: Vec<String>) -> Library {
    // Symptoms keep the built-in order and grow at the end, so that indices stay valid.
    let mut library = Library::builtin();
    library.overridden = overridden;
    let mut symptoms = library.symptoms.to_vec();
    for s in &e.symptoms {
        let w = &s.entry;
        if symptoms.iter().any(|x| x.id == w.id.get_ref().as_str()) {
            continue;
        }
        let parent = w.parent.as_deref().and_then(|p| symptoms.iter().position(|x| x.id == p));
        let Some(parent) = parent else { continue };
        let mut child = symptoms[parent].clone();
        child.id = own(w.id.get_ref());
        child.title = own(&w.title);
        child.parent = Some(SymptomIdx(parent as u16));
        symptoms.push(child);
    }
    let symptom = |id: &str| SymptomIdx(symptoms.iter().position(|x| x.id == id).unwrap_or(0) as u16);
    let mut signatures: Vec<Signature> = e
        .signatures
        .iter()
        .map(|s| {
            let w = &s.entry;
            Signature {
                id: own(w.id.get_ref()),
                symptom: symptom(&w.symptom),
                severity: ["info", "warn", "error", "critical"].iter().position(|x| *x == w.severity).unwrap_or(2) as u8 + 1,
                literals: owned(&w.literal),
                regex: own(&w.regex),
                values: Cow::Owned(w.values.iter().filter_map(|(k, u)| Some((own(k), Unit::from_name(u)?))).collect()),
                product: own(&w.emitted_by.product),
                needs_context: w.requires_context.is_some(),
                own_words: w.own_words,
                of_culprit: w.of_culprit,
                generic: w.generic,
                wrapper: w.wrapper,
                fallback: w.fallback,
                yields_to: owned(&w.yields_to),
                beside: owned(&w.beside),
                outgrows: w.outgrows.iter().map(|(a, b)| (own(a), own(b))).collect(),
            }
        })
        .collect();
    signatures.sort_by(|a, b| a.id.cmp(&b.id));
    let mut causes: Vec<Cause> = e.causes.iter().map(|c| cause(&c.entry)).collect();
    causes.sort_by(|a, b| a.id.cmp(&b.id));
    let wanted: Vec<needles::Wanted<'_>> = e
        .signatures
        .iter()
        .map(|located| &located.entry)
        .map(|w| needles::Wanted {
            literals: w.literal.iter().map(String::as_str).collect(),
            regex: &w.regex,
            examples: w.example.iter().map(|x| x.line.as_str()).collect(),
        })
        .collect();
    let derived = needles::derive(&wanted, needles::ALSO);
    library.needles = Cow::Owned(derived.coarse.into_iter().map(Cow::Owned).collect());
    library.long_needles = Cow::Owned(derived.long.into_iter().map(|(text, window)| (Cow::Owned(text), window)).collect());
    library.fine_needles = Cow::Owned(derived.fine.into_iter().map(Cow::Owned).collect());
    library.symptoms = Cow::Owned(symptoms);
    library.signatures = Cow::Owned(signatures);
    library.causes = Cow::Owned(causes);
    library
}

fn cause(w: &written::Cause) -> Cause {
    let option = |o: &Option<String>| o.as_deref().map(own);
    Cause {
        id: own(w.id.get_ref()),
        title: own(&w.title),
        summary: own(w.summary.trim()),
        prior: w.prior,
        of_client: w.of_client,
        leads_to: owned(&w.leads_to),
        chain: owned(&w.chain),
        impact: Cow::Owned(w.impact.iter().map(|(k, v)| (own(k), own(v))).collect()),
        references: owned(&w.references),
        evidence: Cow::Owned(
            w.evidence
                .iter()
                .map(|v| Evidence {
                    polarity: match v.polarity.as_str() {
                        "for" => Polarity::For,
                        "against" => Polarity::Against,
                        _ => Polarity::Absent,
                    },
                    weight: match v.weight.as_str() {
                        "strong" => Weight::Strong,
                        "moderate" => Weight::Moderate,
                        _ => Weight::Weak,
                    },
                    group: own(&v.group),
                    feature: own(&v.feature),
                    of: owned(&v.of),
                    why: own(&v.why),
                    shared: v.shared,
                })
                .collect(),
        ),
        actions: Cow::Owned(
            w.action
                .iter()
                .map(|a| Action {
                    phase: match a.phase.as_str() {
                        "capture" => Phase::Capture,
                        "immediate" => Phase::Immediate,
                        "fix" => Phase::Fix,
                        "verify" => Phase::Verify,
                        "prevent" => Phase::Prevent,
                        _ => Phase::Escalate,
                    },
                    text: own(&a.text),
                    command: option(&a.command),
                    effect: own(&a.effect),
                    caution: option(&a.caution),
                    managed: Cow::Owned(a.managed.iter().map(|(k, v)| (own(k), own(v))).collect()),
                    reference: option(&a.reference),
                })
                .collect(),
        ),
        alerts: Cow::Owned(w.alert.iter().map(|a| Alert { name: own(&a.name), expr: own(&a.expr), hold: option(&a.hold) }).collect()),
        formulas: Cow::Owned(
            w.formula.iter().map(|f| Formula { name: own(&f.name), expr: own(&f.expr), example: option(&f.example) }).collect(),
        ),
        settings: Cow::Owned(w.setting.iter().map(|s| Setting { name: own(&s.name), value: own(&s.value), why: own(&s.why) }).collect()),
        templates: Cow::Owned(w.template.iter().map(|t| Template { when: own(&t.when), text: own(&t.text) }).collect()),
    }
}
