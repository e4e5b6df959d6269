//! Sample logs judged by the `expect.toml` beside them: regression tests of logs.
//!
//! In: folders. Out: for each one what its report misses ([`Judged`]). Fails when: an expectation or its input is
//! broken ([`Broken`]); the other folders are not touched by that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::when::Written;
use super::{Options, Silent, run};
use crate::patterns::Library;
use crate::report::Report;
use crate::report::expect::{Broken, Expectation, FILE, Miss, NO_INPUTS};

/// `--now` of a check that names none, 2024-01-17 12:00 UTC: a check must give tomorrow what it gives today.
pub const NOW_MS: i64 = 1_705_492_800_000;

/// Folders below folders that are searched; a loop of links ends here.
const MAX_DEPTH: usize = 32;

/// A folder judged.
#[derive(Debug)]
pub struct Judged {
    /// What its report misses; empty: all holds.
    pub misses: Vec<Miss>,
    /// The report.
    pub report: Report,
}

/// A folder blessed.
#[derive(Debug)]
pub struct Blessed {
    /// The text of its `expect.toml` now.
    pub text: String,
    /// Whether that differs from what stood there.
    pub changed: bool,
    /// What the kept, hand-written keys still miss.
    pub misses: Vec<Miss>,
}

/// Folders with an `expect.toml` at or below a path, in order; the path may be such a file itself.
pub fn folders(path: &Path) -> Result<Vec<PathBuf>, Broken> {
    let broken = |reason: String| Broken { file: path.to_path_buf(), line: None, reason };
    if path.is_file() {
        let folder = path.parent().filter(|_| path.file_name().is_some_and(|n| n == FILE));
        return folder.map(|f| vec![f.to_path_buf()]).ok_or_else(|| broken(format!("is no {FILE} and no folder")));
    }
    if !path.is_dir() {
        return Err(broken("no such folder".to_string()));
    }
    let mut found = BTreeSet::new();
    for entry in walkdir::WalkDir::new(path).follow_links(true).max_depth(MAX_DEPTH) {
        let entry = entry.map_err(|e| broken(e.to_string()))?;
        if entry.file_name() == FILE && entry.file_type().is_file() {
            found.extend(entry.path().parent().map(Path::to_path_buf));
        }
    }
    Ok(found.into_iter().collect())
}

/// Runs one folder and compares its report with its expectation.
pub fn judge(folder: &Path, library: &Library, cancel: &AtomicBool) -> Result<Judged, Broken> {
    let file = folder.join(FILE);
    let text = std::fs::read_to_string(&file).map_err(|e| Broken { file: file.clone(), line: None, reason: e.to_string() })?;
    let expected = Expectation::parse(&file, &text, library)?;
    let report = report(folder, Some(&expected), library, cancel)?;
    Ok(Judged { misses: expected.judge(&report), report })
}

/// Runs one folder and gives the expectation that its report holds; nothing is written.
pub fn bless(folder: &Path, library: &Library, cancel: &AtomicBool) -> Result<Blessed, Broken> {
    let file = folder.join(FILE);
    let before = match std::fs::read_to_string(&file) {
        Ok(text) => Some((Expectation::parse(&file, &text, library)?, text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(Broken { file, line: None, reason: e.to_string() }),
    };
    let report = report(folder, before.as_ref().map(|(e, _)| e), library, cancel)?;
    let text = Expectation::bless(&report, before.as_ref().map(|(e, t)| (t.as_str(), e)));
    let misses = Expectation::parse(&file, &text, library)?.judge(&report);
    let changed = before.is_none_or(|(_, old)| old != text);
    Ok(Blessed { text, changed, misses })
}

fn report(folder: &Path, expected: Option<&Expectation>, library: &Library, cancel: &AtomicBool) -> Result<Report, Broken> {
    let file = folder.join(FILE);
    let broken = |line: Option<usize>, reason: String| Broken { file: file.clone(), line, reason };
    let (written, args) = expected.map_or((&[][..], &[][..]), |e| (&e.inputs[..], &e.args[..]));
    let mut inputs: Vec<String> = written.iter().map(|(_, path)| folder.join(path).display().to_string()).collect();
    if inputs.is_empty() {
        inputs = logs(folder).map_err(|e| broken(None, e))?;
    }
    if inputs.is_empty() {
        return Err(broken(None, "no log beside it".to_string()));
    }
    let mut options = Options::new(library, inputs);
    options.now_ms = NOW_MS;
    set(&mut options, args).map_err(|(line, reason)| broken(Some(line), reason))?;
    let outcome = run(&options, &Silent, cancel);
    if let Some(e) = outcome.errors.first() {
        let line = written.iter().find(|(_, path)| folder.join(path).display().to_string() == e.name).map(|(line, _)| *line);
        return Err(broken(line, e.to_string()));
    }
    Ok(outcome.report)
}

/// All files at or below a folder, but those of folders with an expectation of their own.
fn logs(folder: &Path) -> Result<Vec<String>, String> {
    let own = |e: &walkdir::DirEntry| e.depth() == 0 || !e.path().join(FILE).is_file();
    let mut out = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(MAX_DEPTH).sort_by_file_name().into_iter().filter_entry(own) {
        let entry = entry.map_err(|e| e.to_string())?;
        let name = entry.file_name().to_string_lossy();
        if !entry.file_type().is_dir() && !NO_INPUTS.contains(&name.as_ref()) && !name.starts_with('.') {
            out.push(entry.path().display().to_string());
        }
    }
    Ok(out)
}

/// Sets the input options that a check may name, `--flag value` or `--flag=value`.
fn set(options: &mut Options<'_>, args: &[(usize, String)]) -> Result<(), (usize, String)> {
    let mut times = Written::default();
    let mut at = args.iter();
    let mut last = 1;
    while let Some((line, arg)) = at.next() {
        last = *line;
        let (flag, value) = match arg.split_once('=') {
            Some((flag, value)) => (flag, value),
            None => match at.next() {
                Some((_, value)) => (arg.as_str(), value.as_str()),
                None => return Err((*line, format!("{arg} needs a value"))),
            },
        };
        match flag {
            "--date" => times.date = Some(value),
            "--tz" => times.tz = Some(value),
            "--since" => times.since = Some(value),
            "--until" => times.until = Some(value),
            "--now" => times.now = Some(value),
            "--service" => options.services.push(value.to_string()),
            _ => return Err((*line, format!("{flag} is not for checks; --date, --tz, --since, --until, --now and --service are"))),
        }
    }
    times.apply(options).map_err(|e| (last, e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_a_check() {
        let library = Library::builtin();
        let mut options = Options::new(&library, Vec::new());
        options.now_ms = NOW_MS;
        let args = |list: &[&str]| list.iter().enumerate().map(|(i, a)| (i + 3, (*a).to_string())).collect::<Vec<_>>();
        assert_eq!(set(&mut options, &args(&["--tz", "+01:00", "--service=a", "--service", "b", "--since", "1h"])), Ok(()));
        assert_eq!(
            (options.tz, options.services.len(), options.since_ms),
            (Some(crate::record::Zone::Fixed(3600)), 2, Some(NOW_MS - 3_600_000))
        );
        assert!(set(&mut options, &args(&["--threads", "3"])).is_err_and(|(line, why)| line == 3 && why.contains("--date")));
        assert!(set(&mut options, &args(&["--tz"])).is_err_and(|(line, why)| line == 3 && why == "--tz needs a value"));
        assert!(set(&mut options, &args(&["--tz", "here"])).is_err_and(|(_, why)| why.contains("no zone")));
    }
}
