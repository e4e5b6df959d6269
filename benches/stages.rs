//! Each stage by itself on seeded data, in bytes per second: `cargo run --release --example stages`.
//!
//! In: a name to choose stages by, or nothing. Out: a line per stage: the best of several runs. It needs no crate.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a bench")]
#![allow(dead_code, unreachable_pub, reason = "the generator's modules are shared")]

use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use whyredis::event::Tally;
use whyredis::matching::{Matcher, Memo};
use whyredis::patterns::Library;
use whyredis::pipeline::{self, Options, Silent};
use whyredis::record::join::{All, CaptureRules, Context, Joined, Joiner, MAX_LINE_BYTES};
use whyredis::record::{Clock, Record, Zone};
use whyredis::scan::{Prefilter, Unit};
use whyredis::source::{Location, SourceId};

#[path = "generate"]
mod generate {
    pub mod lines;
    pub mod mix;
    pub mod text;
    pub mod truth;
}

use generate::mix::{Mix, Mode};

/// Bytes of each log.
const BYTES: u64 = 8_000_000;
/// A stage is run for so long.
const FOR: Duration = Duration::from_millis(1500);
const NOW_MS: i64 = 1_795_262_400_000;

fn main() {
    let chosen = std::env::args().nth(1).unwrap_or_default();
    let stage = |name: &str, bytes: usize, run: &mut dyn FnMut()| {
        if !name.contains(&chosen) {
            return;
        }
        let begin = Instant::now();
        let mut best = Duration::MAX;
        while begin.elapsed() < FOR {
            let start = Instant::now();
            run();
            best = best.min(start.elapsed());
        }
        println!("{name:34} {:9.1} MB/s", bytes as f64 / 1e6 / best.as_secs_f64());
    };
    let library = Library::builtin();
    let prefilter = Prefilter::of(&library);
    let matcher = Matcher::new(&library);
    let mix = |mode| {
        let mut text = Vec::new();
        Mix::new(7, mode, BYTES).write(&mut text).unwrap();
        text
    };
    let logs = [
        ("sparse", mix(Mode::Sparse)),
        ("dense", mix(Mode::Dense)),
        (
            "bracket",
            lines(|i, trace| {
                format!(
                    "2024-01-17T09:{:02}:{:02}.{:03}Z [ERROR] [trace_id:{trace}] [Redis] redis: connection pool timeout id={i}",
                    i / 60_000 % 60,
                    i / 1000 % 60,
                    i % 1000
                )
            }),
        ),
        (
            "json",
            lines(|i, trace| {
                format!(
                    "{{\"ts\": \"2024-01-17T09:{:02}:{:02}.{:03}Z\", \"level\": \"error\", \"service\": \"cart\", \"trace_id\": \"{trace}\", \"tenant\": {i}, \"msg\": \"redis: connection pool timeout\"}}",
                    i / 60_000 % 60,
                    i / 1000 % 60,
                    i % 1000
                )
            }),
        ),
        (
            "cri",
            lines(|i, trace| {
                format!(
                    "2024-01-17T09:{:02}:{:02}.{:03}000000Z stderr F time=2024-01-17T09:00:00Z level=ERROR msg=\"redis: connection pool timeout\" trace_id={trace} id={i}",
                    i / 60_000 % 60,
                    i / 1000 % 60,
                    i % 1000
                )
            }),
        ),
    ];
    for (name, bytes) in logs {
        let len = bytes.len();
        let unit = Unit { own: 0..len, bytes, base: 0, ends: true };
        stage(&format!("scan: count lines, {name}"), len, &mut || {
            black_box(unit.count_lines());
        });
        stage(&format!("scan: prefilter, {name}"), len, &mut || {
            black_box(prefilter.candidates(&unit, MAX_LINE_BYTES));
        });
        stage(&format!("record: every record, {name}"), len, &mut || {
            black_box(records(&unit).len());
        });
        let joined = records(&unit);
        stage(&format!("matching: every record, {name}"), len, &mut || {
            let mut memo = Memo::default();
            for j in &joined {
                black_box(matcher.matches_or_open(&j.record, &mut memo));
            }
        });
        stage(&format!("matching: each text anew, {name}"), len, &mut || {
            for j in &joined {
                black_box(matcher.matches_or_open(&j.record, &mut Memo::default()));
            }
        });
        stage(&format!("event: records to a tally, {name}"), len, &mut || {
            black_box(tally(&joined));
        });
        let part = tally(&joined);
        stage(&format!("event: merge with its copy, {name}"), len, &mut || {
            let mut sum = part.clone();
            sum.merge(part.clone(), part.lines);
            sum.settle();
            black_box(sum);
        });
        let file = std::env::temp_dir().join(format!("whyredis-stages-{}-{name}.log", std::process::id()));
        std::fs::write(&file, &unit.bytes).unwrap();
        for (kind, survey) in [("each record", 0), ("sampled", 1 << 20)] {
            stage(&format!("all stages, {kind}, {name}"), len, &mut || {
                let mut options = Options::new(&library, vec![file.display().to_string()]);
                (options.now_ms, options.threads, options.survey_bytes) = (NOW_MS, 1, survey);
                black_box(pipeline::run(&options, &Silent, &AtomicBool::new(false)));
            });
        }
        std::fs::remove_file(&file).unwrap();
    }
}

/// Lines of one layout, behind no prefix.
fn lines(line: impl Fn(u64, &str) -> String) -> Vec<u8> {
    let mut out = Vec::new();
    let mut i = 0_u64;
    while (out.len() as u64) < BYTES {
        let trace = format!("{:032x}", u128::from(i.wrapping_mul(0x9E37_79B9_7F4A_7C15)) << 32 | u128::from(i) | 1 << 120);
        out.extend_from_slice(line(i, &trace).as_bytes());
        out.push(b'\n');
        i += 1;
    }
    out
}

/// All records of a unit.
fn records(unit: &Unit) -> Vec<Joined> {
    let context = Context {
        framed: false,
        clock: Clock { zone: Zone::UTC, anchor_ms: NOW_MS },
        path_service: None,
        captures: CaptureRules { begins: |_| None, step: |_, _| None },
    };
    let mut joiner = Joiner::new(unit, context);
    let mut out = Vec::new();
    let mut at = Some(unit.first_line());
    while let Some(start) = at.filter(|s| *s < unit.own.end) {
        out.extend(joiner.record_at(start, &All));
        at = unit.next_line(start);
    }
    out
}

/// What is counted of records.
fn tally(joined: &[Joined]) -> Tally {
    let mut tally = Tally::default();
    for (i, j) in joined.iter().enumerate() {
        let record: &Record = &j.record;
        tally.lines += u64::from(record.lines);
        tally.add_record(record, Location { source: SourceId(0), line: i as u64 + 1 }, j.format, true, 1);
    }
    tally.settle_part();
    tally
}
