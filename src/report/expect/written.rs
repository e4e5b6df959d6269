//! `expect.toml` as people write it. In: its text. Out: [`Expectation`]. Fails when: a key is unknown or of the wrong
//! kind, an id is in no pattern, or nothing is expected.

use std::path::Path;

use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::{Broken, CauseWish, Expectation, Pointer, Range, ServiceWish, VERDICTS};
use crate::patterns::Library;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    args: Vec<Spanned<String>>,
    #[serde(default)]
    inputs: Vec<Spanned<String>>,
    verdict: Option<Spanned<Verdicts>>,
    #[serde(default)]
    cause: Vec<Spanned<Cause>>,
    #[serde(default)]
    symptoms: Table,
    #[serde(default)]
    absent: Vec<Spanned<String>>,
    traces: Option<Spanned<Value>>,
    services: Option<Spanned<Services>>,
    #[serde(default)]
    pointer: Vec<Spanned<PointerEntry>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a verdict or a list of verdicts")]
enum Verdicts {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cause {
    id: Option<String>,
    #[serde(default)]
    any_of: Vec<String>,
    max_rank: Option<u32>,
    min_confidence: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a list of services, or { include = [..], exclude = [..] }")]
enum Services {
    List(Vec<String>),
    Table(ServiceTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceTable {
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointerEntry {
    path: String,
    equals: Option<Value>,
    contains: Option<Value>,
    at_least: Option<f64>,
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    library: &'a Library,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
    }

    fn broken(&self, line: Option<usize>, reason: impl Into<String>) -> Broken {
        Broken { file: self.file.to_path_buf(), line, reason: reason.into() }
    }

    /// The first line on which `key` is set; tables inside tables carry no place of their own.
    fn line_of_key(&self, key: &str) -> Option<usize> {
        let set = |l: &str| {
            let l = l.trim_start();
            let rest = l.strip_prefix(key).or_else(|| l.strip_prefix('"')?.strip_prefix(key)?.strip_prefix('"'));
            rest.is_some_and(|r| r.trim_start().starts_with('='))
        };
        self.text.lines().position(set).or_else(|| self.text.lines().position(|l| l.contains(key))).map(|i| i + 1)
    }

    fn range(&self, line: Option<usize>, what: &str, value: &Value) -> Result<Range, Broken> {
        let wrong = || self.broken(line, format!("{what} must be a count, or {{ min = .., max = .. }}"));
        let count = |v: &Value| v.as_integer().and_then(|n| u64::try_from(n).ok()).ok_or_else(wrong);
        match value {
            Value::Integer(_) => Ok(Range::exactly(count(value)?)),
            Value::Table(t) if !t.is_empty() && t.keys().all(|k| k == "min" || k == "max") => {
                let range = Range {
                    min: t.get("min").map(count).transpose()?.unwrap_or(0),
                    max: t.get("max").map(count).transpose()?,
                };
                if range.max.is_some_and(|max| max < range.min) {
                    return Err(self.broken(line, format!("{what}: min is more than max")));
                }
                Ok(range)
            }
            _ => Err(wrong()),
        }
    }

    fn symptom(&self, line: Option<usize>, id: &str) -> Result<(), Broken> {
        match self.library.find_symptom(id) {
            Some(_) => Ok(()),
            None => Err(self.broken(line, format!("no symptom {id:?}; see `whyredis patterns list`"))),
        }
    }

    fn cause(&self, entry: &Spanned<Cause>) -> Result<CauseWish, Broken> {
        let line = Some(self.line(entry.span().start));
        let c = entry.as_ref();
        let any_of: Vec<String> = c.id.iter().chain(&c.any_of).cloned().collect();
        if any_of.is_empty() {
            return Err(self.broken(line, "a cause needs id or any_of"));
        }
        if let Some(id) = any_of.iter().find(|id| self.library.find_cause(id).is_none()) {
            return Err(self.broken(line, format!("no cause {id:?}; see `whyredis patterns list`")));
        }
        let min_confidence = c.min_confidence.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&min_confidence) {
            return Err(self.broken(line, "min_confidence lies between 0 and 1"));
        }
        let max_rank = c.max_rank.unwrap_or(1);
        if max_rank == 0 {
            return Err(self.broken(line, "max_rank counts from 1"));
        }
        Ok(CauseWish { any_of, max_rank, min_confidence })
    }
}

pub(super) fn parse(file: &Path, text: &str, library: &Library) -> Result<Expectation, Broken> {
    let reader = Reader { file, text, library };
    let read: File = toml::from_str(text).map_err(|e| {
        let line = e.span().map(|s| reader.line(s.start));
        reader.broken(line, e.message().trim().to_string())
    })?;
    let mut out = Expectation::default();
    let placed = |list: Vec<Spanned<String>>| -> Vec<(usize, String)> {
        list.into_iter().map(|s| (reader.line(s.span().start), s.into_inner())).collect()
    };
    out.args = placed(read.args);
    out.inputs = placed(read.inputs);
    if let Some(written) = read.verdict {
        let line = Some(reader.line(written.span().start));
        let names = match written.into_inner() {
            Verdicts::One(one) => vec![one],
            Verdicts::Many(many) => many,
        };
        for name in &names {
            let known = VERDICTS.iter().find(|(n, _)| n == name);
            let known = known.ok_or_else(|| {
                let all: Vec<&str> = VERDICTS.iter().map(|(n, _)| *n).collect();
                reader.broken(line, format!("no verdict {name:?}; it is one of {}", all.join(", ")))
            })?;
            out.verdict.push(known.1);
        }
    }
    for entry in &read.cause {
        out.causes.push(reader.cause(entry)?);
    }
    for (id, value) in &read.symptoms {
        let line = reader.line_of_key(id);
        reader.symptom(line, id)?;
        out.symptoms.push((id.clone(), reader.range(line, id, value)?));
    }
    for (line, id) in placed(read.absent) {
        reader.symptom(Some(line), &id)?;
        out.absent.push(id);
    }
    if let Some(traces) = read.traces {
        let line = Some(reader.line(traces.span().start));
        out.traces = Some(reader.range(line, "traces", traces.as_ref())?);
    }
    out.services = read.services.map(|s| match s.into_inner() {
        Services::List(list) => ServiceWish::Exactly(list),
        Services::Table(t) => ServiceWish::Some { include: t.include, exclude: t.exclude },
    });
    for entry in read.pointer {
        let line = Some(reader.line(entry.span().start));
        let p = entry.into_inner();
        let pointer = Pointer::new(p.path, p.equals, p.contains, p.at_least).map_err(|reason| reader.broken(line, reason))?;
        out.pointers.push(pointer);
    }
    if out.is_empty() {
        return Err(reader.broken(None, "expects nothing; write at least a verdict, or let --bless write it"));
    }
    Ok(out)
}
