//! `whyredis patterns list`. In: the library. Out: one line an entry. Fails when: never.

use std::fmt::Write as _;

use whyredis::patterns::Library;

use crate::cli::exit::Exit;
use crate::cli::say;

pub(super) fn list(library: &Library) -> Exit {
    let mut out = String::new();
    for s in library.signatures() {
        let _ = writeln!(out, "signature  {:<46} {:<24} {}", s.id, library.symptom(s.symptom).id, s.product);
    }
    for s in library.symptoms() {
        let parent = s.parent.map_or("context", |p| library.symptom(p).id.as_ref());
        let _ = writeln!(out, "symptom    {:<46} {:<24} {}", s.id, parent, s.title);
    }
    for c in library.causes() {
        let _ = writeln!(out, "cause      {:<46} {:<24} {}", c.id, format!("prior {}", c.prior), c.title);
    }
    say(&out);
    Exit::Analysed
}
