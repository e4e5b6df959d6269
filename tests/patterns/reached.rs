//! Every signature's example is found, by a coarse and a fine needle, in plain text and in every JSON writer's
//! escaping, once and twice encoded.

use whyredis::patterns::{Library, builtin_entries};
use whyredis::scan::{Prefilter, Searches};

use crate::encode::{ENCODERS, Encoder, quoted};

#[test]
fn every_example_is_reached_through_every_encoder() {
    let library = Library::builtin();
    let prefilter = Prefilter::of(&library);
    let mut missed = Vec::new();
    for located in &builtin_entries().signatures {
        for example in &located.entry.example {
            let mut forms = vec![("plain".to_string(), example.line.clone())];
            for encoder in ENCODERS {
                let once = quoted(&example.line, encoder);
                forms.push((format!("{encoder:?} in docker json"), quoted(&once, Encoder::Go)));
                forms.push((format!("{encoder:?}"), once));
            }
            for (form, text) in forms.iter().filter(|(_, t)| !prefilter.hits(t.as_bytes(), Searches::Few)) {
                missed.push(format!("{} as {form}: {text}", located.entry.id.get_ref()));
            }
        }
    }
    assert!(missed.is_empty(), "{} texts:\n{}", missed.len(), missed.join("\n"));
}
