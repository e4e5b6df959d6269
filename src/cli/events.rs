//! `whyredis events`: one JSON object a line for every event, without diagnosis. In: inputs. Out: lines on stdout.
//! Fails when: nothing could be read.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use whyredis::event::Event;
use whyredis::patterns::Library;
use whyredis::pipeline::{self, EventSink, Silent};
use whyredis::report::{assemble::time_text, redact};

use super::args::EventsArgs;
use super::exit::Exit;
use super::{complain, config, say};

struct Lines<'l> {
    library: &'l Library,
    redact: bool,
    out: Mutex<std::io::BufWriter<std::io::Stdout>>,
    cancel: Arc<AtomicBool>,
}

impl EventSink for Lines<'_> {
    fn event(&self, source: &str, event: &Event) {
        let line = wire(self.library, source, event, self.redact);
        if let Ok(mut out) = self.out.lock()
            && writeln!(out, "{line}").is_err()
        {
            // The reader is gone: stop reading.
            self.cancel.store(true, Ordering::SeqCst);
        }
    }
}

fn wire(library: &Library, source: &str, e: &Event, redact: bool) -> Value {
    let clean = |t: &str| redact::text(t, redact).0.into_owned();
    let mut values = Map::new();
    for v in e.values.iter() {
        let value = v.number.map_or_else(|| Value::from(clean(&v.text)), |n| json!({"value": n, "unit": v.unit.base()}));
        values.insert(v.name.to_string(), value);
    }
    if let Some(c) = &e.command {
        values.insert("command".to_string(), Value::from(c.as_str()));
    }
    if let Some(k) = &e.key {
        values.insert("key".to_string(), Value::from(k.as_str()));
    }
    let severity = ["info", "info", "warn", "error", "critical"].get(usize::from(e.severity)).copied().unwrap_or("critical");
    json!({
        "ts": e.time_ms.map(time_text),
        "symptom": library.symptom(e.symptom).id,
        "signature": library.signature(e.signature).id,
        "severity": severity,
        "source": clean(source),
        "line": e.at.line,
        "service": e.service.as_deref().map(clean),
        "instance": e.instance.as_deref().map(clean),
        "trace_id": e.trace.as_ref().map(|t| clean(&t.0)),
        "redis_node": e.node.as_deref().map(clean),
        "values": values,
        "text": clean(&e.text),
    })
}

pub(crate) fn run(args: &EventsArgs, cancel: &Arc<AtomicBool>) -> Exit {
    let library = match config::library(args.input.patterns.as_deref()) {
        Ok(l) => l,
        Err(e) => {
            complain(&e.to_string());
            return Exit::Unable;
        }
    };
    let options = match config::options(&args.input, &library) {
        Ok(o) => o,
        Err(e) => {
            complain(&e.to_string());
            return Exit::Unable;
        }
    };
    let sink = Lines {
        library: &library,
        redact: options.redact,
        out: Mutex::new(std::io::BufWriter::new(std::io::stdout())),
        cancel: Arc::clone(cancel),
    };
    let outcome = pipeline::events(&options, &Silent, cancel, &sink);
    if let Ok(mut out) = sink.out.lock() {
        let _ = out.flush();
    }
    let context = if args.all { outcome.context.as_slice() } else { &[] };
    let lines: Vec<String> = outcome.slow.iter().chain(context).map(|line| format!("{line}\n")).collect();
    say(&lines.concat());
    for e in &outcome.errors {
        complain(&e.to_string());
    }
    if outcome.errors.is_empty() { Exit::Analysed } else { Exit::Unable }
}
