//! The team's own runbooks: which of them fits an incident, and what it says.
//!
//! In: a folder of Markdown files with front matter (`services`, `symptoms`, `severity`, `tags`, `lastValidated`), an
//! incident's report. Out: [`Runbooks`], [`RunbookReport`]s. Fails when: never; what cannot be read is a remark.
//!
//! | file | does |
//! |---|---|
//! | `front` | the front matter |
//! | `page` | headings and sections |
//! | `fit` | whether it fits, and which section |

mod fit;
mod front;
mod page;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::IncidentReport;

/// A runbook that nobody has validated for this long is stale. Milliseconds.
pub const STALE_MS: i64 = 180 * 86_400_000;

/// Bytes of one runbook that are read; people read less.
const MAX_BYTES: u64 = 1 << 20;
/// Runbooks of one folder.
const MAX_FILES: usize = 2_000;
/// Folders below the folder.
const MAX_DEPTH: usize = 8;
/// Runbooks named for one incident.
const MAX_NAMED: usize = 5;

/// One of the team's runbooks, as it fits an incident.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunbookReport {
    /// File, as below the folder given.
    pub file: String,
    /// Its first heading, else the file's name.
    pub title: String,
    /// Heading of the section quoted in `mitigation`, with the headings above it; empty if there is none.
    pub section: String,
    /// Last validated more than 180 days before `--now`.
    pub stale: bool,
    /// `lastValidated` as written.
    pub last_validated: Option<String>,
    /// `severity` as written.
    pub severity: Option<String>,
    /// Why it was picked: `symptom: …`, `service: …`.
    pub matched: Vec<String>,
    /// First lines of the section.
    pub mitigation: Vec<String>,
    /// Whom to call.
    pub escalation: Vec<String>,
    /// Related post-mortems.
    pub postmortems: Vec<String>,
}

/// A runbook as read.
#[derive(Clone, Debug)]
struct Runbook {
    file: String,
    front: front::Front,
    page: page::Page,
}

/// All runbooks of a folder.
#[derive(Clone, Debug, Default)]
pub struct Runbooks {
    books: Vec<Runbook>,
    /// What could not be used, and why.
    pub remarks: Vec<String>,
}

impl Runbooks {
    /// Reads the Markdown files at or below a folder, in order of their names.
    pub fn read(dir: &Path) -> Runbooks {
        let mut out = Runbooks::default();
        let mut bare = 0_usize;
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in walkdir::WalkDir::new(dir).max_depth(MAX_DEPTH).sort_by_file_name() {
            match entry {
                Ok(e) if e.path().is_file() && is_markdown(e.path()) => paths.push(e.into_path()),
                Ok(_) => {}
                Err(e) => out.remarks.push(format!("runbooks: {e}")),
            }
        }
        if paths.len() > MAX_FILES {
            out.remarks.push(format!("runbooks: only the first {MAX_FILES} of {} files were read", paths.len()));
            paths.truncate(MAX_FILES);
        }
        if paths.is_empty() {
            out.remarks.push(format!("runbooks: no Markdown file below {}", dir.display()));
        }
        for path in paths {
            let file = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
            match text_of(&path) {
                Ok(text) => bare += usize::from(!out.add(file, &text)),
                Err(e) => out.remarks.push(format!("runbook {file} cannot be read: {e}")),
            }
        }
        if bare > 0 {
            let noun = if bare == 1 { "file has" } else { "files have" };
            out.remarks.push(format!("runbooks: {bare} Markdown {noun} no front matter (services, symptoms) and cannot be matched"));
        }
        out
    }

    /// Takes one file's text; false if it has no front matter at all.
    fn add(&mut self, file: String, text: &str) -> bool {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (front, body) = match front::parse(text) {
            front::Parsed::None => return false,
            front::Parsed::Broken { line, reason } => {
                self.remarks.push(format!("runbook {file}:{line} was passed over: {reason}"));
                return true;
            }
            front::Parsed::Front { front, body, remarks } => {
                self.remarks.extend(remarks.into_iter().map(|(line, reason)| format!("runbook {file}:{line}: {reason}")));
                (front, body)
            }
        };
        let page = page::Page::of(body);
        self.books.push(Runbook { file, front, page });
        true
    }

    /// Those that fit an incident, best first. `clean` makes text fit to be shown.
    pub fn fitting(&self, incident: &IncidentReport, now_ms: i64, clean: &dyn Fn(&str) -> String) -> Vec<RunbookReport> {
        let said = fit::Said::of(incident);
        let mut found: Vec<(usize, RunbookReport)> = Vec::new();
        for book in &self.books {
            let Some(matched) = fit::matches(&book.front, &said) else { continue };
            let chosen = fit::section(&book.page, &incident.causes);
            let list = |lines: Vec<String>| lines.iter().map(|l| clean(l)).collect::<Vec<_>>();
            let title = book.page.title().unwrap_or(&book.file);
            let report = RunbookReport {
                file: clean(&book.file),
                title: clean(title),
                section: clean(&chosen.as_ref().map(|c| c.heading.clone()).unwrap_or_default()),
                stale: book.front.validated_ms.is_some_and(|t| now_ms - t > STALE_MS),
                last_validated: book.front.last_validated.as_deref().map(clean),
                severity: book.front.severity.as_deref().map(clean),
                mitigation: list(chosen.map(|c| c.lines).unwrap_or_default()),
                escalation: list(book.page.list_under(&fit::ESCALATION)),
                postmortems: list(book.page.list_under(&fit::POSTMORTEMS)),
                matched: list(matched),
            };
            found.push((report.matched.len(), report));
        }
        // A stable sort: names keep their order among equals.
        found.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
        found.into_iter().take(MAX_NAMED).map(|(_, r)| r).collect()
    }
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|e| ["md", "markdown", "mdx", "txt"].iter().any(|m| e.eq_ignore_ascii_case(m)))
}

fn text_of(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(std::fs::File::open(path)?, MAX_BYTES), &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
