//! Records that a naive rule would take for Redis trouble give no event.

use std::path::Path;

use whyredis::patterns::Library;

use crate::through::{ids, pipeline};

#[test]
fn no_negative_gives_an_event() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/negatives");
    let mut files: Vec<_> = std::fs::read_dir(root).expect("testdata").flatten().map(|e| e.path()).collect();
    files.sort();
    let mut names = Vec::new();
    let mut texts = Vec::new();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "log")) {
        let text = std::fs::read_to_string(path).expect("readable");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with("-block.log") {
            names.push(name);
            texts.push(text.trim_end().to_string());
        } else {
            for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
                names.push(format!("{name}:{}", i + 1));
                texts.push(line.to_string());
            }
        }
    }
    assert!(texts.len() > 200, "only {} negatives", texts.len());
    let library = Library::builtin();
    let mut wrong = Vec::new();
    for ((name, text), events) in names.iter().zip(&texts).zip(pipeline(&library, &texts)) {
        for event in events {
            wrong.push(format!("{name}: {:?} in {text:?}", ids(&library, &event)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} negatives:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
}
