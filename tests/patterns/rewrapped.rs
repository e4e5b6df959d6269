//! A third of all examples, with other numbers and hosts, in other layouts, wrappers and escapings: the same symptom.

use std::collections::BTreeSet;

use whyredis::event::Event;
use whyredis::patterns::check::Located;
use whyredis::patterns::written::Signature;
use whyredis::patterns::{Library, builtin_entries};
use whyredis::record::{Kind, envelope, layout};

use crate::through::{ids, pipeline};
use crate::wrap::{Dice, ENVELOPES, LAYOUTS, enveloped, laid_out};

/// One part in so many is taken.
const SHARE: usize = 3;
/// Rounds, each with a third of its own.
const ROUNDS: u64 = 6;
/// Seed of the choices. A failing run names layout and wrapper, so it can be repeated by hand.
const SEED: u64 = 0x5EED_0001;

struct Wrapped {
    id: String,
    how: String,
    plain: String,
    text: String,
}

/// Other addresses, other numbers where the signature captures one.
fn varied(example: &str, signature: &Signature, index: usize, dice: &mut Dice) -> String {
    let address = format!("10.{}.{}.{}", 16 + dice.below(200), dice.below(250), 2 + dice.below(250));
    let mut line = example.replace("10.2.0.9", &address);
    for (name, value) in &signature.example[index].values {
        let numeric =
            signature.values.get(name).is_some_and(|u| matches!(u.as_str(), "count" | "bytes" | "kilobytes" | "megabytes" | "ms" | "us"));
        let toml::Value::Integer(n) = value else { continue };
        let old = n.to_string();
        if !numeric || old.len() < 2 || line.matches(&old).count() != 1 {
            continue;
        }
        // The first digit and the length stay: thresholds in a text (`took \d{3,} ms`) are part of what it says.
        let new: String = old.chars().enumerate().map(|(i, c)| if i == 0 { c } else { char::from(b'0' + dice.below(10) as u8) }).collect();
        line = line.replace(&old, &new);
    }
    line
}

/// The message inside an example, with its logger; `None` where the line's own form is part of what it says
/// (the server's log, the kernel, documents).
fn message_of(located: &Located<Signature>, line: &str) -> Option<(String, String)> {
    if !located.file.contains("/client/") && !located.file.ends_with("replies.toml") {
        return None;
    }
    let (head, rest) = line.split_once('\n').map_or((line, None), |(h, r)| (h, Some(r)));
    let mut outer = envelope::Outer::default();
    let inner = envelope::peel(head, false, &mut outer);
    let parsed = layout::parse(&inner);
    if matches!(parsed.kind, Kind::Server { .. })
        || line.starts_with('{')
        || parsed.layout == "logfmt"
        || !outer.layers.as_slice().is_empty()
    {
        return None;
    }
    let message = rest.map_or(parsed.message.to_string(), |r| format!("{}\n{r}", parsed.message));
    Some((message, parsed.logger.unwrap_or_default().to_string()))
}

fn wrapped(dice: &mut Dice) -> Vec<Wrapped> {
    let mut out = Vec::new();
    for located in &builtin_entries().signatures {
        let s = &located.entry;
        for (i, example) in s.example.iter().enumerate() {
            if dice.below(SHARE) != 0 {
                continue;
            }
            // What a server says at loglevel debug is not read; each line of `kubectl describe` is a record of its own,
            // which the rest of an input ties to Redis.
            let debug = example.line.contains(" . ") && located.file.contains("/redis/");
            if debug || (located.file.ends_with("kubernetes.toml") && example.line.contains('\n')) {
                continue;
            }
            let plain = varied(&example.line, s, i, dice);
            let (layout, text) = match message_of(located, &plain) {
                Some((message, logger)) => {
                    let layout = LAYOUTS[dice.below(LAYOUTS.len())];
                    // klog's own form of a message is quoted, with fields behind it.
                    let layout = if layout == "klog" && message.starts_with('"') { "bare" } else { layout };
                    (layout, laid_out(layout, &logger, &message))
                }
                None => ("as is", plain.clone()),
            };
            let envelope = if is_wrapped(located, &plain) { "none" } else { ENVELOPES[dice.below(ENVELOPES.len())] };
            let text = enveloped(envelope, &text);
            out.push(Wrapped { id: s.id.get_ref().clone(), how: format!("{layout} in {envelope}"), plain, text });
        }
    }
    out
}

/// The example carries a wrapper of its own that says whose line it is, or is the output of kubectl.
fn is_wrapped(located: &Located<Signature>, line: &str) -> bool {
    let mut outer = envelope::Outer::default();
    let _ = envelope::peel(line.lines().next().unwrap_or(line), false, &mut outer);
    !outer.layers.as_slice().is_empty() || located.file.ends_with("kubernetes.toml")
}

fn symptoms<'l>(library: &'l Library, events: &[Event]) -> BTreeSet<&'l str> {
    events.iter().map(|e| ids(library, e).0).collect()
}

#[test]
fn rewrapped_examples_give_the_same_symptom() {
    let library = Library::builtin();
    let mut wrong = Vec::new();
    let mut total = 0;
    for round in 0..ROUNDS {
        let cases: Vec<Wrapped> = wrapped(&mut Dice(SEED + round))
            .into_iter()
            .filter(|c| library.find_signature(&c.id).is_some_and(|s| library.parent_of(s).is_some()))
            .collect();
        let plain: Vec<String> = cases.iter().map(|c| c.plain.clone()).collect();
        let texts: Vec<String> = cases.iter().map(|c| c.text.clone()).collect();
        total += cases.len();
        let as_logged = pipeline(&library, &plain);
        let as_wrapped = pipeline(&library, &texts);
        for ((case, expected), found) in cases.iter().zip(as_logged).zip(as_wrapped) {
            let (expected, found) = (symptoms(&library, &expected), symptoms(&library, &found));
            let own = library.find_signature(&case.id).map(|s| library.signature(s));
            let parent = library.find_signature(&case.id).and_then(|s| library.parent_of(s)).map_or("", |p| library.symptom(p).id.as_ref());
            let yields = own.is_some_and(|s| s.wrapper || !s.yields_to.is_empty()) && !expected.is_empty();
            if !expected.contains(parent) && !yields {
                wrong.push(format!(
                    "{}: {parent} expected, found {expected:?} as logged\n    {}",
                    case.id,
                    case.plain.replace('\n', "\n    ")
                ));
            } else if expected != found {
                wrong.push(format!(
                    "{} ({}): {expected:?} as logged, found {found:?}\n    {}",
                    case.id,
                    case.how,
                    case.text.replace('\n', "\n    ")
                ));
            }
        }
    }
    let share = wrong.len() as f64 * 100.0 / total as f64;
    assert!(wrong.is_empty(), "{} of {total} ({share:.2} %):\n{}", wrong.len(), wrong.join("\n"));
}
