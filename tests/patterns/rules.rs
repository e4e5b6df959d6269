//! The rules of `whyredis patterns check` hold for the built-in set.

use whyredis::matching::selfcheck;
use whyredis::patterns::{Library, builtin_entries, check};

#[test]
fn every_rule_of_patterns_check_holds() {
    let entries = builtin_entries();
    let library = Library::builtin();
    let mut complaints = check::check(&entries.symptoms, &entries.signatures, &entries.causes, &[]);
    complaints.extend(selfcheck::check(&entries, &library));
    let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} complaints:\n{}", lines.len(), lines.join("\n"));
}
