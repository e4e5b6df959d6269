//! The table `patterns/CRE.md`: each real text gives the symptom written beside it.

use std::path::Path;

use whyredis::patterns::Library;

use crate::through::{ids, pipeline};

/// Rules that name Redis in the set that the table is about.
const RULES: usize = 30;

#[test]
fn every_real_text_of_the_public_rules_is_recognised() {
    let table = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/CRE.md")).expect("readable");
    let mut rules = std::collections::BTreeSet::new();
    let (mut texts, mut expected) = (Vec::new(), Vec::new());
    for row in table.lines().filter(|l| l.starts_with("| CRE-")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, rule, text, symptom, ..] = cells.as_slice() else { panic!("{row}") };
        rules.insert(*rule);
        if !text.is_empty() {
            texts.push(text.trim_matches('`').replace('⏎', "\n"));
            expected.push((*rule, symptom.trim_matches('`')));
        }
    }
    let library = Library::builtin();
    let mut wrong = Vec::new();
    for (((rule, symptom), text), events) in expected.iter().zip(&texts).zip(pipeline(&library, &texts)) {
        let found: Vec<_> = events.iter().map(|e| ids(&library, e)).collect();
        if !found.iter().any(|(s, _)| s == symptom) {
            wrong.push(format!("{rule}: {symptom} expected, found {found:?} in {text:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
    assert_eq!(rules.len(), RULES);
}
