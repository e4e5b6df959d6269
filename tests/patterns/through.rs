//! Texts through the whole pipeline, one source each. In: texts. Out: the events of each. Fails when: nothing can be written.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use whyredis::event::Event;
use whyredis::patterns::Library;
use whyredis::pipeline::{EventSink, Options, Silent, events};

/// 2024-01-17T12:00:00Z, the day of the samples.
const NOW_MS: i64 = 1_705_492_800_000;

/// Events by the number of their text; of an input of many texts without the open ones, which all of it would tie.
#[derive(Default)]
struct Sink {
    found: Mutex<BTreeMap<usize, Vec<Event>>>,
    alone: bool,
}

impl EventSink for Sink {
    fn event(&self, source: &str, event: &Event) {
        if event.open && !self.alone {
            return;
        }
        let digits: String = source.rsplit('/').next().unwrap_or("").chars().filter(char::is_ascii_digit).collect();
        let index = digits.parse().expect("the names below are numbers");
        self.found.lock().expect("no test panics inside").entry(index).or_default().push(event.clone());
    }
}

/// The events of each text; a text is one source. Open ones, which need the rest of an input, are left out.
pub(crate) fn pipeline(library: &Library, texts: &[String]) -> Vec<Vec<Event>> {
    through(library, texts, false)
}

/// The events of a text that is the whole input.
pub(crate) fn alone(library: &Library, text: &str) -> Vec<Event> {
    through(library, &[text.to_string()], true).remove(0)
}

fn through(library: &Library, texts: &[String], alone: bool) -> Vec<Vec<Event>> {
    let dir = tempfile::Builder::new().prefix("wr").tempdir().expect("a temporary folder");
    for (i, text) in texts.iter().enumerate() {
        std::fs::write(dir.path().join(format!("a{i}.log")), format!("{text}\n")).expect("writable");
    }
    let mut options = Options::new(library, vec![dir.path().display().to_string()]);
    options.now_ms = NOW_MS;
    options.date_ms = Some(NOW_MS);
    let sink = Sink { alone, ..Sink::default() };
    let _ = events(&options, &Silent, &AtomicBool::new(false), &sink);
    let mut found = sink.found.into_inner().expect("no test panics inside");
    (0..texts.len()).map(|i| found.remove(&i).unwrap_or_default()).collect()
}

/// Ids of an event: its symptom's and its signature's.
pub(crate) fn ids<'l>(library: &'l Library, event: &Event) -> (&'l str, &'l str) {
    (library.symptom(event.symptom).id.as_ref(), library.signature(event.signature).id.as_ref())
}
