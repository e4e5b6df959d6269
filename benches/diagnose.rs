//! Diagnosis of one incident of a million events: `cargo run --release --example diagnose`.
//!
//! In: a seeded tally (8 services, 32 pods, ten minutes, INFO polls every 5 s). Out: milliseconds of each step, the best of
//! five. Fails when: never.

#![allow(clippy::pedantic, clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::time::Instant;

use whyredis::correlate::Observed;
use whyredis::diagnose::diagnose;
use whyredis::event::{Event, GaugePoint, Tally};
use whyredis::patterns::{Library, SignatureIdx};
use whyredis::source::{Location, SourceId};

const EVENTS: u64 = 1_000_000;
const START_MS: i64 = 1_705_482_000_000;
const LENGTH_MS: i64 = 600_000;

fn tally(library: &Library) -> Tally {
    let wanted = ["maxclients-reached", "pool-exhausted", "command-timeout", "connection-reset"];
    let signatures: Vec<SignatureIdx> = wanted
        .iter()
        .filter_map(|id| {
            let symptom = library.find_symptom(id)?;
            let all = (0..library.signatures().len() as u16).map(SignatureIdx);
            all.into_iter().find(|s| library.parent_of(*s) == Some(symptom) && library.signature(*s).severity > 2)
        })
        .collect();
    let mut tally = Tally::default();
    let mut seed: u64 = 7;
    for line in 1..=EVENTS {
        // xorshift64: seeded, the same everywhere.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let (service, pod) = (seed % 8, seed % 32);
        let signature = signatures[(seed >> 8) as usize % signatures.len()];
        tally.add_event(Event {
            time_ms: Some(START_MS + (seed >> 16) as i64 % LENGTH_MS),
            resolution_ms: 1,
            symptom: library.parent_of(signature).unwrap(),
            signature,
            severity: 3,
            level: whyredis::record::Severity::Unknown,
            at: Location { source: SourceId(0), line },
            service: Some(format!("service-{service}").into()),
            instance: Some(format!("service-{service}-{pod}").into()),
            trace: None,
            node: Some("redis:6379".into()),
            command: Some("GET".to_string()),
            key: Some("user:*".to_string()),
            values: Vec::new().into(),
            text: format!("redis failed {line}"),
            from_server: false,
            open: false,
            again: false,
        });
    }
    for i in 0..240 {
        let point = |value: f64| GaugePoint {
            time_ms: Some(START_MS - 600_000 + i * 5_000),
            value,
            at: Location { source: SourceId(1), line: i as u64 },
        };
        tally.add_gauge("", "connected_clients", point(800.0 + i as f64));
        tally.add_gauge("", "maxclients", point(1_000.0));
        tally.add_gauge("", "uptime_in_seconds", point(10_000.0 + 5.0 * i as f64));
    }
    tally
}

fn main() {
    let library = Library::builtin();
    let tally = tally(&library);
    let mut best = [f64::MAX; 3];
    for _ in 0..5 {
        let start = Instant::now();
        let observed = Observed::new(&library, &tally);
        let ordered = start.elapsed();
        let (incidents, _) = observed.incidents();
        let formed = start.elapsed();
        let first = incidents.first().map(|i| diagnose(&observed, i, None));
        let done = start.elapsed();
        assert!(first.is_some_and(|d| !d.findings.is_empty()));
        for (b, t) in best.iter_mut().zip([ordered, formed - ordered, done - formed]) {
            *b = b.min(t.as_secs_f64() * 1000.0);
        }
    }
    let total: f64 = best.iter().sum();
    println!("{EVENTS} events: order {:.1} ms, incidents {:.1} ms, diagnosis {:.1} ms, together {total:.1} ms", best[0], best[1], best[2]);
}
