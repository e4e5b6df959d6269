//! Lines of an outside sample: what people posted of failing programs, labelled before the program read them.
//!
//! `testdata/outside/*.jsonl` holds one sample a line: `text`, its `source`, the `symptom` it must give (`null`: no event)
//! and `also`, symptoms that are as right an answer. `otherwise` says why no answer is asked for.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use whyredis::patterns::{Library, SymptomIdx};

use crate::through::{alone, ids, pipeline};

/// One sample: where it stands, what was posted, and what must be said of it.
struct Sample {
    place: String,
    text: String,
    expected: Option<SymptomIdx>,
    also: Vec<SymptomIdx>,
    otherwise: Option<String>,
}

fn samples(library: &Library) -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/outside");
    let mut files: Vec<_> = std::fs::read_dir(root).expect("testdata").flatten().map(|e| e.path()).collect();
    files.sort();
    let parent = |id: &str| {
        let found = library.find_symptom(id).unwrap_or_else(|| panic!("no symptom {id}"));
        library.symptom(found).parent.unwrap_or(found)
    };
    let mut samples = Vec::new();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "jsonl")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("readable");
        for (i, line) in text.lines().enumerate() {
            let row: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{name}:{}: {e}", i + 1));
            assert!(row["source"].as_str().is_some_and(|s| s.len() > 10), "{name}:{}: where from?", i + 1);
            samples.push(Sample {
                place: format!("{name}:{}", i + 1),
                text: row["text"].as_str().expect("text").to_string(),
                expected: row["symptom"].as_str().map(parent),
                also: row["also"].as_array().into_iter().flatten().filter_map(Value::as_str).map(parent).collect(),
                otherwise: row["otherwise"].as_str().map(str::to_string),
            });
        }
    }
    samples
}

/// Every sample gives its symptom and no other; those that are no Redis trouble give nothing.
#[test]
fn the_outside_sample_is_read_right() {
    let library = Library::builtin();
    let samples = samples(&library);
    let texts: Vec<String> = samples.iter().map(|s| s.text.clone()).collect();
    let distinct: BTreeSet<&String> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len(), "a sample stands twice");
    let (mut trouble, mut silent, mut otherwise, mut wrong) = (0, 0, 0, Vec::new());
    for (sample, mut events) in samples.iter().zip(pipeline(&library, &texts)) {
        // What was posted is a whole input: its first line may name Redis for the others.
        if events.is_empty() {
            events = alone(&library, &sample.text);
        }
        if sample.otherwise.is_some() {
            otherwise += 1;
            continue;
        }
        let found: BTreeSet<SymptomIdx> = events.iter().map(|e| library.symptom(e.symptom).parent.unwrap_or(e.symptom)).collect();
        let stray = found.iter().any(|s| Some(*s) != sample.expected && !sample.also.contains(s));
        let missed = sample.expected.is_some() && found.is_empty();
        if sample.expected.is_some() {
            trouble += 1
        } else {
            silent += 1
        }
        if stray || missed {
            let expected = sample.expected.map_or("nothing", |s| library.symptom(s).id.as_ref());
            let said: Vec<_> = events.iter().map(|e| ids(&library, e)).collect();
            wrong.push(format!("{}: {expected} expected, found {said:?} in {:?}", sample.place, sample.text));
        }
    }
    println!("{trouble} of trouble, {silent} of none, {otherwise} otherwise; {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} of {} samples:\n{}", wrong.len(), samples.len(), wrong.join("\n"));
}
