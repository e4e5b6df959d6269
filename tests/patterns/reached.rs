//! Every signature's example is found, in plain text and in every JSON writer's escaping, once and twice encoded; nearly
//! all by a coarse needle, so in inputs of any size.

use whyredis::patterns::{Library, builtin_entries};
use whyredis::scan::Prefilter;

use crate::encode::{ENCODERS, Encoder, quoted};

/// Share of the examples that coarse needles may leave out (`patterns check` lists them).
const LEFT_OUT: f64 = 0.03;

#[test]
fn every_example_is_reached_through_every_encoder() {
    let library = Library::builtin();
    let prefilter = Prefilter::of(library.needles(), library.fine_needles());
    let (mut total, mut left_out, mut missed) = (0_u32, 0_u32, Vec::new());
    for located in &builtin_entries().signatures {
        for example in &located.entry.example {
            let mut forms = vec![("plain".to_string(), example.line.clone())];
            for encoder in ENCODERS {
                let once = quoted(&example.line, encoder);
                forms.push((format!("{encoder:?} in docker json"), quoted(&once, Encoder::Go)));
                forms.push((format!("{encoder:?}"), once));
            }
            for (form, text) in forms {
                total += 1;
                left_out += u32::from(!prefilter.hits(text.as_bytes()));
                if !prefilter.is_fine(text.as_bytes()) {
                    missed.push(format!("{} as {form}: {text}", located.entry.id.get_ref()));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} texts:\n{}", missed.len(), missed.join("\n"));
    let share = f64::from(left_out) / f64::from(total);
    println!("{:.2} % of {total} texts have no coarse needle", share * 100.0);
    assert!(share <= LEFT_OUT, "{:.2} % of {total} texts have no coarse needle", share * 100.0);
}
