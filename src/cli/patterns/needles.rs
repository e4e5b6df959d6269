//! `whyredis patterns needles [FILE]`. In: a log. Out: each needle with its share of lines. Fails when: the file cannot be read.

use std::fmt::Write as _;
use std::path::Path;

use whyredis::patterns::Library;
use whyredis::scan::{Prefilter, Searches};

use crate::cli::exit::Exit;
use crate::cli::{complain, say};

pub(super) fn needles(library: &Library, file: Option<&Path>) -> Exit {
    let lines: Vec<Vec<u8>> = match file.map(std::fs::read) {
        Some(Ok(bytes)) => bytes.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect(),
        Some(Err(e)) => {
            complain(&format!("{}: {e}", file.unwrap_or(Path::new("")).display()));
            return Exit::Unable;
        }
        None => Vec::new(),
    };
    let mut out = String::new();
    let share = |n: usize| n as f64 * 100.0 / lines.len().max(1) as f64;
    for needle in library.needles().iter().chain(library.long_needles().iter().map(|(text, _)| text)) {
        if lines.is_empty() {
            let _ = writeln!(out, "{needle}");
        } else {
            let finder = Prefilter::new([needle.as_ref()]);
            let hits = lines.iter().filter(|l| finder.hits(l, Searches::Few)).count();
            let _ = writeln!(out, "{:8.4} %  {needle}", share(hits));
        }
    }
    let all = Prefilter::of(library);
    let _ =
        write!(out, "{} coarse and {} long needles in {} searches", library.needles().len(), library.long_needles().len(), all.passes());
    if lines.is_empty() {
        out.push('\n');
    } else {
        let hits = lines.iter().filter(|l| all.hits(l, Searches::Few)).count();
        let _ = writeln!(out, "; {:.3} % of {} lines are candidates", share(hits), lines.len());
    }
    say(&out);
    Exit::Analysed
}
