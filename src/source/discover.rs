//! Arguments to sources.
//!
//! In: files, folders, globs, `-`. Out: the [`Source`]s, sorted by name, each file once. Fails when: a path does not exist,
//! a folder holds no log, or something may not be read ([`SourceError`]; the others are still found).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::shape;
use super::{Input, Source, SourceError, SourceErrorKind};

/// Marker that every CloudWatch export to S3 leaves beside its objects.
const S3_EXPORT_MARKER: &str = "aws-logs-write-test";

/// Endings of files that are no logs, when met in a folder. A file that is named by the user is always read.
const NOT_LOGS: &[&str] = &[
    "a", "aof", "avi", "bin.exe", "bmp", "c", "cc", "class", "cpp", "css", "db", "dll", "dylib", "eot", "exe", "gif", "go", "h", "html",
    "ico", "ipynb", "jar", "java", "jpeg", "jpg", "js", "lock", "lua", "md", "mjs", "mov", "mp3", "mp4", "o", "pdf", "php", "pid", "png",
    "ps1", "py", "pyc", "rb", "rdb", "rlib", "rmeta", "rs", "sh", "so", "sock", "sql", "sqlite", "svg", "tf", "toml", "ts", "tsx", "ttf",
    "wasm", "webp", "whl", "woff", "woff2",
];
/// Folders that hold no logs.
const NOT_FOLDERS: &[&str] = &["node_modules", "__pycache__"];
/// Bytes of a file in a folder that are looked at to pass over images, programs and databases.
const GLANCE: usize = 1024;

/// Finds the sources that `args` name. `stdin_name` stands in place of `-` (`--stdin-name`).
pub fn discover<P: AsRef<Path>>(args: &[P], stdin_name: Option<&str>) -> (Vec<Source>, Vec<SourceError>) {
    let mut finder = Finder { stdin_name, found: Vec::new(), errors: Vec::new() };
    for arg in args {
        finder.argument(arg.as_ref());
    }
    let Finder { mut found, errors, .. } = finder;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let mut seen = BTreeSet::new();
    found.retain(|source| {
        seen.insert(match &source.input {
            Input::Stdin => None,
            Input::File(path) => Some(path.canonicalize().unwrap_or_else(|_| path.clone())),
        })
    });
    (found, errors)
}

struct Finder<'a> {
    stdin_name: Option<&'a str>,
    found: Vec<Source>,
    errors: Vec<SourceError>,
}

impl Finder<'_> {
    fn argument(&mut self, arg: &Path) {
        if arg.as_os_str() == "-" {
            let name = self.stdin_name.unwrap_or("-").to_owned();
            self.found.push(Source { name, input: Input::Stdin });
        } else if let Ok(meta) = std::fs::metadata(arg) {
            if meta.is_dir() { self.folder(arg) } else { self.file(arg) }
        } else if is_glob(arg) {
            self.glob(arg);
        } else {
            // A dangling link or a folder that may not be entered is not the same as a wrong path.
            match std::fs::metadata(arg) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => self.fail(arg, SourceErrorKind::Unreadable(e)),
                _ => self.fail(arg, SourceErrorKind::NotFound),
            }
        }
    }

    fn file(&mut self, path: &Path) {
        self.found.push(Source { name: path.to_string_lossy().into_owned(), input: Input::File(path.to_path_buf()) });
    }

    fn fail(&mut self, path: &Path, kind: SourceErrorKind) {
        self.errors.push(SourceError { name: path.to_string_lossy().into_owned(), kind });
    }

    fn folder(&mut self, root: &Path) {
        let before = (self.found.len(), self.errors.len());
        let walk = walkdir::WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|e| e.depth() == 0 || !passed_over(e)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && entry.file_name() != S3_EXPORT_MARKER => self.file_in_folder(entry.path()),
                Ok(_) => {}
                Err(e) if e.loop_ancestor().is_some() => {} // already walked
                Err(e) => {
                    let path = e.path().unwrap_or(root).to_path_buf();
                    match e.into_io_error() {
                        // A link whose target was rotated away while the folder was walked.
                        Some(io) if io.kind() == std::io::ErrorKind::NotFound => {}
                        Some(io) => self.fail(&path, SourceErrorKind::Unreadable(io)),
                        None => {}
                    }
                }
            }
        }
        if (self.found.len(), self.errors.len()) == before {
            self.fail(root, SourceErrorKind::EmptyFolder);
        }
    }

    fn file_in_folder(&mut self, path: &Path) {
        let mut head = Vec::with_capacity(GLANCE);
        match File::open(path).and_then(|f| f.take(GLANCE as u64).read_to_end(&mut head)) {
            Ok(_) if shape::known_binary(&head).is_none() => self.file(path),
            Ok(_) => {}
            Err(e) => self.fail(path, SourceErrorKind::Unreadable(e)),
        }
    }

    fn glob(&mut self, pattern: &Path) {
        let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let before = (self.found.len(), self.errors.len());
        if let Ok(paths) = glob::glob_with(&pattern.to_string_lossy(), options) {
            for path in paths {
                match path {
                    Ok(path) if path.is_dir() => self.folder(&path),
                    Ok(path) if path.file_name().is_some_and(|n| n == S3_EXPORT_MARKER) => {}
                    Ok(path) => self.file(&path),
                    Err(e) => {
                        let path = e.path().to_path_buf();
                        self.fail(&path, SourceErrorKind::Unreadable(e.into()));
                    }
                }
            }
        }
        if (self.found.len(), self.errors.len()) == before {
            self.fail(pattern, SourceErrorKind::NotFound);
        }
    }
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// Hidden entries, folders of tools, and files whose ending says that they are no logs.
fn passed_over(entry: &walkdir::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    if name.starts_with('.') {
        return true;
    }
    if entry.file_type().is_dir() {
        return NOT_FOLDERS.contains(&name.as_ref());
    }
    let ending = Path::new(name.as_ref()).extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|e| NOT_LOGS.contains(&e.as_str()))
}

#[cfg(test)]
mod tests;
