//! The architecture: stages use only stages above them, ids of patterns stay in `patterns/`, files stay small.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use whyredis::patterns::Library;

/// The stages in the order of the flow.
const STAGES: [&str; 11] =
    ["source", "patterns", "scan", "record", "matching", "capture", "event", "correlate", "diagnose", "report", "pipeline"];

/// Words of the JSON contract, which no pattern file can change.
const WIRE: [&str; 18] = [
    "info",
    "warn",
    "error",
    "critical",
    "ongoing",
    "recovered",
    "unknown",
    "incident",
    "inconclusive",
    "not-redis",
    "no-incident",
    "for",
    "against",
    "absent",
    "read-only",
    "changes",
    "restarts",
    "destructive",
];

/// Lines of one file at most, without its tests: what one can read in one sitting.
const MAX_LINES: usize = 400;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

struct File {
    /// `record/clock/zone.rs`.
    name: String,
    /// Tokens outside of tests, with their line.
    tokens: Vec<(usize, Token)>,
    /// Lines outside of tests.
    lines: usize,
}

impl File {
    /// `record`, `cli`, `lib` …
    fn stage(&self) -> &str {
        self.name.split(['/', '.']).next().unwrap_or("")
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at) {
            Some((_, Token::Word(w))) => Some(w),
            _ => None,
        }
    }

    fn mark(&self, at: usize, mark: char) -> bool {
        matches!(self.tokens.get(at), Some((_, Token::Mark(m))) if *m == mark)
    }

    fn path_sep(&self, at: usize) -> bool {
        self.mark(at, ':') && self.mark(at + 1, ':')
    }

    /// Modules above this file's own: `record/clock/zone.rs` has two.
    fn depth(&self) -> usize {
        let parts = self.name.trim_end_matches(".rs").split('/').filter(|p| *p != "mod").count();
        if matches!(self.name.as_str(), "lib.rs" | "main.rs") { 0 } else { parts }
    }

    /// Names that stand directly below the crate's root: (line, name).
    fn root_names(&self) -> Vec<(usize, String)> {
        let mut out = Vec::new();
        for at in 0..self.tokens.len() {
            let line = self.tokens[at].0;
            let mut next = match self.word(at) {
                Some("crate") if self.path_sep(at + 1) => at + 3,
                Some("super") if at == 0 || !self.path_sep(at.saturating_sub(2)) => {
                    let mut hops = 1;
                    let mut end = at + 1;
                    while self.path_sep(end) && self.word(end + 2) == Some("super") {
                        hops += 1;
                        end += 3;
                    }
                    if hops < self.depth() || !self.path_sep(end) {
                        continue;
                    }
                    end + 2
                }
                _ => continue,
            };
            if let Some(name) = self.word(next) {
                out.push((line, name.to_string()));
                continue;
            }
            if !self.mark(next, '{') {
                continue;
            }
            let mut open = 1;
            let mut first = true;
            while open > 0 {
                next += 1;
                match self.tokens.get(next) {
                    Some((_, Token::Mark('{'))) => open += 1,
                    Some((_, Token::Mark('}'))) => open -= 1,
                    Some((_, Token::Mark(','))) if open == 1 => first = true,
                    Some((_, Token::Word(w))) if open == 1 && first => {
                        out.push((line, w.clone()));
                        first = false;
                    }
                    None => break,
                    _ => {}
                }
            }
        }
        out
    }
}

/// All of `src/` without tests, by name.
fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let mut files = Vec::new();
    let mut tests = BTreeSet::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("a source file");
        let name = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        let total = text.lines().count();
        let (tokens, modules, hidden) = without_tests(lex(&text));
        let dir = name.rsplit_once('/').map_or("", |(d, _)| d);
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let below = match (stem.as_str(), dir) {
            ("mod" | "lib" | "main", "") => String::new(),
            ("mod" | "lib" | "main", d) => format!("{d}/"),
            (s, "") => format!("{s}/"),
            (s, d) => format!("{d}/{s}/"),
        };
        tests.extend(modules.iter().map(|m| format!("{below}{m}")));
        files.push(File { name, tokens, lines: total - hidden });
    }
    files.retain(|f| {
        let module = f.name.trim_end_matches(".rs").trim_end_matches("/mod");
        !tests.iter().any(|t| module == t || module.starts_with(&format!("{t}/")))
    });
    assert!(files.len() > 60, "src/ was not found");
    files
}

fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Words, string literals and marks of Rust source; comments fall away.
fn lex(text: &str) -> Vec<(usize, Token)> {
    let c: Vec<char> = text.chars().collect();
    let at = |i: usize| c.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < c.len() {
        let start = line;
        match at(i) {
            '\n' => {
                line += 1;
                i += 1;
            }
            '/' if at(i + 1) == '/' => {
                while i < c.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut open = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (open, i) = (open + 1, i + 2),
                        ('*', '/') => (open, i) = (open - 1, i + 2),
                        ('\n', _) => (line, i) = (line + 1, i + 1),
                        _ => i += 1,
                    }
                    if open == 0 || i >= c.len() {
                        break;
                    }
                }
            }
            '"' => {
                let mut s = String::new();
                i += 1;
                while i < c.len() && at(i) != '"' {
                    if at(i) == '\\' {
                        i += 1;
                    }
                    line += usize::from(at(i) == '\n');
                    s.push(at(i));
                    i += 1;
                }
                i += 1;
                out.push((start, Token::Text(s)));
            }
            '\'' => {
                if at(i + 1) == '\\' {
                    i += 2;
                    while i < c.len() && at(i + 1) != '\'' {
                        i += 1;
                    }
                    i += 2;
                } else if at(i + 2) == '\'' {
                    i += 3;
                } else {
                    // A lifetime.
                    i += 1;
                }
            }
            x if x.is_alphanumeric() || x == '_' => {
                let mut word = String::new();
                while at(i).is_alphanumeric() || at(i) == '_' {
                    word.push(at(i));
                    i += 1;
                }
                let raw = matches!(word.as_str(), "r" | "br" | "cr") && matches!(at(i), '"' | '#');
                let hashes = (i..c.len()).take_while(|&j| at(j) == '#').count();
                if raw && at(i + hashes) == '"' {
                    let mut s = String::new();
                    i += hashes + 1;
                    while i < c.len() && !(at(i) == '"' && (1..=hashes).all(|h| at(i + h) == '#')) {
                        line += usize::from(at(i) == '\n');
                        s.push(at(i));
                        i += 1;
                    }
                    i += hashes + 1;
                    out.push((start, Token::Text(s)));
                } else if !(matches!(word.as_str(), "b" | "c") && at(i) == '"') {
                    out.push((start, Token::Word(word)));
                }
            }
            x => {
                if !x.is_whitespace() {
                    out.push((start, Token::Mark(x)));
                }
                i += 1;
            }
        }
    }
    out
}

/// Takes out what stands behind `#[cfg(test)]`: the rest, names of test modules in files of their own, lines taken out.
fn without_tests(tokens: Vec<(usize, Token)>) -> (Vec<(usize, Token)>, Vec<String>, usize) {
    let attribute: Vec<Token> = vec![
        Token::Mark('#'),
        Token::Mark('['),
        Token::Word("cfg".into()),
        Token::Mark('('),
        Token::Word("test".into()),
        Token::Mark(')'),
        Token::Mark(']'),
    ];
    let mut out = Vec::new();
    let mut modules = Vec::new();
    let mut hidden = 0;
    let mut i = 0;
    while i < tokens.len() {
        let here = tokens.iter().skip(i).take(attribute.len()).map(|(_, t)| t).eq(&attribute);
        if !here {
            out.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let first = tokens[i].0;
        i += attribute.len();
        let mut open = 0;
        let mut module = None;
        while let Some((_, token)) = tokens.get(i) {
            match token {
                Token::Word(w) if w == "mod" && open == 0 => {
                    if let Some((_, Token::Word(name))) = tokens.get(i + 1) {
                        module = Some(name.clone());
                    }
                }
                Token::Mark('{') => open += 1,
                Token::Mark('}') => open -= 1,
                _ => {}
            }
            i += 1;
            if open == 0 && matches!(token, Token::Mark('}' | ';')) {
                if *token == Token::Mark(';') {
                    modules.extend(module);
                }
                break;
            }
        }
        hidden += tokens.get(i - 1).map_or(0, |(last, _)| last + 1 - first);
    }
    (out, modules, hidden)
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn a_stage_uses_only_the_stages_above_it() {
    let order: BTreeMap<&str, usize> = STAGES.iter().enumerate().map(|(i, s)| (*s, i)).collect();
    let mut complaints = Vec::new();
    for file in sources() {
        let Some(own) = order.get(file.stage()) else {
            if !matches!(file.stage(), "cli" | "lib" | "main") {
                complaints.push(format!("src/{}: no such stage; tests/layering.rs lists them", file.name));
            }
            continue;
        };
        for (line, name) in file.root_names() {
            if order.get(name.as_str()).is_some_and(|used| used > own) {
                complaints.push(format!("src/{}:{line}: {} uses {name}, which comes after it", file.name, file.stage()));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn the_map_lists_the_stages_in_order() {
    let lib = sources().into_iter().find(|f| f.name == "lib.rs").expect("src/lib.rs");
    let modules: Vec<&str> = (0..lib.tokens.len()).filter(|&i| lib.word(i) == Some("mod")).filter_map(|i| lib.word(i + 1)).collect();
    assert_eq!(modules, STAGES);
}

#[test]
fn the_command_line_sees_the_library_from_outside() {
    let mut complaints = Vec::new();
    for file in sources().iter().filter(|f| f.stage() == "cli") {
        for (line, name) in file.root_names().into_iter().filter(|(_, n)| n != "cli") {
            complaints.push(format!("src/{}:{line}: crate::{name}", file.name));
        }
    }
    complain(&complaints);
}

#[test]
fn no_string_in_the_source_is_the_id_of_a_pattern() {
    let library = Library::builtin();
    let ids: BTreeSet<&str> = library
        .signatures()
        .iter()
        .map(|s| s.id.as_ref())
        .chain(library.symptoms().iter().map(|s| s.id.as_ref()))
        .chain(library.causes().iter().map(|c| c.id.as_ref()))
        .filter(|id| !WIRE.contains(id))
        .collect();
    let mut complaints = Vec::new();
    for file in sources() {
        for (line, token) in &file.tokens {
            if let Token::Text(s) = token
                && ids.contains(s.as_str())
            {
                complaints.push(format!("src/{}:{line}: {s:?} is an id of patterns/", file.name));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn files_stay_small() {
    let long = sources().into_iter().filter(|f| f.lines > MAX_LINES);
    complain(&long.map(|f| format!("src/{}: {} lines without its tests", f.name, f.lines)).collect::<Vec<_>>());
}

#[test]
fn only_the_pipeline_runs_side_by_side() {
    let mut complaints = Vec::new();
    for file in sources().iter().filter(|f| f.stage() != "pipeline") {
        for (line, token) in &file.tokens {
            if *token == Token::Word("rayon".into()) {
                complaints.push(format!("src/{}:{line}: rayon", file.name));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn the_library_prints_nothing() {
    const PRINTS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    let mut complaints = Vec::new();
    for file in sources().iter().filter(|f| !matches!(f.stage(), "cli" | "main")) {
        for (i, (line, token)) in file.tokens.iter().enumerate() {
            let Token::Word(word) = token else { continue };
            let called = file.mark(i + 1, '!') && PRINTS.contains(&word.as_str());
            let stream = matches!(word.as_str(), "stdout" | "stderr") && i > 2 && file.word(i - 3) == Some("io");
            if called || stream {
                complaints.push(format!("src/{}:{line}: {word}", file.name));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn the_reader_of_sources_reads_them() {
    let text = "use crate::{a::b, c}; // crate::no\nlet s = r#\"x\"y\"#; /* \"no\" */ let c = '\"'; f::<'a>(\"t\");\n#[cfg(test)]\nmod tests { use crate::z; }\n#[cfg(test)]\nmod far;\ncrate::d::e();";
    let (tokens, modules, hidden) = without_tests(lex(text));
    let file = File { name: "event/mod.rs".into(), tokens, lines: 0 };
    assert_eq!(file.root_names().into_iter().map(|(_, n)| n).collect::<Vec<_>>(), ["a", "c", "d"]);
    let texts: Vec<&Token> = file.tokens.iter().map(|(_, t)| t).filter(|t| matches!(t, Token::Text(_))).collect();
    assert_eq!(texts, [&Token::Text("x\"y".into()), &Token::Text("t".into())]);
    assert_eq!((modules, hidden), (vec!["far".to_string()], 4));
    let below = File { name: "record/clock/zone.rs".into(), tokens: lex("super::super::super::event::X; super::near()"), lines: 0 };
    assert_eq!(below.root_names(), [(1, "event".to_string())]);
}
