//! Each stage by itself on seeded data, in bytes per second: `cargo bench --bench stages -- record` runs those whose name
//! holds `record`.
//!
//! In: names to choose stages by, or nothing. Out: divan's table.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "a bench")]
#![allow(dead_code, unreachable_pub, reason = "the generator's modules are shared")]

use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use divan::Bencher;
use divan::counter::BytesCount;
use whyredis::event::Tally;
use whyredis::matching::{Matcher, Memo};
use whyredis::patterns::Library;
use whyredis::pipeline::{self, Options, Silent};
use whyredis::record::join::{All, CaptureRules, Context, Joined, Joiner, MAX_LINE_BYTES};
use whyredis::record::{Clock, Record, Zone};
use whyredis::scan::{Prefilter, Searches, Unit};
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
/// Runs of each stage: the medians of so many differ by a few percent on an idle machine.
const RUNS: u32 = 11;
const NOW_MS: i64 = 1_795_262_400_000;
const LOGS: [&str; 5] = ["sparse", "dense", "bracket", "json", "cri"];

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::builtin);

fn main() {
    divan::main();
}

/// The log of that name, as one unit.
fn unit(log: &str) -> Unit {
    let mix = |mode| {
        let mut text = Vec::new();
        Mix::new(7, mode, BYTES).write(&mut text).unwrap();
        text
    };
    let clock = |i: u64| format!("2024-01-17T09:{:02}:{:02}.{:03}", i / 60_000 % 60, i / 1000 % 60, i % 1000);
    let bytes = match log {
        "sparse" => mix(Mode::Sparse),
        "dense" => mix(Mode::Dense),
        "bracket" => lines(|i, trace| format!("{}Z [ERROR] [trace_id:{trace}] [Redis] redis: connection pool timeout id={i}", clock(i))),
        "json" => lines(|i, trace| {
            format!(
                "{{\"ts\": \"{}Z\", \"level\": \"error\", \"service\": \"cart\", \"trace_id\": \"{trace}\", \"tenant\": {i}, \"msg\": \"redis: connection pool timeout\"}}",
                clock(i)
            )
        }),
        _ => lines(|i, trace| {
            format!(
                "{}000000Z stderr F time=2024-01-17T09:00:00Z level=ERROR msg=\"redis: connection pool timeout\" trace_id={trace} id={i}",
                clock(i)
            )
        }),
    };
    Unit { own: 0..bytes.len(), bytes, base: 0, ends: true }
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn scan_count_lines(bencher: Bencher<'_, '_>, log: &str) {
    let unit = unit(log);
    bencher.counter(BytesCount::new(unit.bytes.len())).bench_local(|| unit.count_lines());
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn scan_prefilter(bencher: Bencher<'_, '_>, log: &str) {
    let (unit, prefilter) = (unit(log), Prefilter::of(&LIBRARY));
    bencher.counter(BytesCount::new(unit.bytes.len())).bench_local(|| prefilter.candidates(&unit, MAX_LINE_BYTES, Searches::Few));
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn record_every_record(bencher: Bencher<'_, '_>, log: &str) {
    let unit = unit(log);
    bencher.counter(BytesCount::new(unit.bytes.len())).bench_local(|| records(&unit).len());
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn matching_with_memo(bencher: Bencher<'_, '_>, log: &str) {
    let (unit, matcher) = (unit(log), Matcher::new(&LIBRARY));
    let joined = records(&unit);
    bencher.counter(BytesCount::new(unit.bytes.len())).bench_local(|| {
        let mut memo = Memo::default();
        joined.iter().map(|j| matcher.matches_or_open(&j.record, &mut memo).len()).sum::<usize>()
    });
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn matching_each_text_anew(bencher: Bencher<'_, '_>, log: &str) {
    let (unit, matcher) = (unit(log), Matcher::new(&LIBRARY));
    let joined = records(&unit);
    bencher
        .counter(BytesCount::new(unit.bytes.len()))
        .bench_local(|| joined.iter().map(|j| matcher.matches_or_open(&j.record, &mut Memo::default()).len()).sum::<usize>());
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn event_records_to_a_tally(bencher: Bencher<'_, '_>, log: &str) {
    let unit = unit(log);
    let joined = records(&unit);
    bencher.counter(BytesCount::new(unit.bytes.len())).bench_local(|| tally(&joined));
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn event_merge_with_a_copy(bencher: Bencher<'_, '_>, log: &str) {
    let unit = unit(log);
    let part = tally(&records(&unit));
    bencher.counter(BytesCount::new(unit.bytes.len())).with_inputs(|| (part.clone(), part.clone())).bench_local_values(
        |(mut sum, other)| {
            sum.merge(other, part.lines);
            sum.settle();
            sum
        },
    );
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn all_stages_each_record(bencher: Bencher<'_, '_>, log: &str) {
    whole(bencher, log, 0);
}

#[divan::bench(args = LOGS, sample_count = RUNS)]
fn all_stages_sampled(bencher: Bencher<'_, '_>, log: &str) {
    whole(bencher, log, 1 << 20);
}

/// From the file to the report, on one thread. `survey`: bytes up to which every record is surveyed; 0: the default.
fn whole(bencher: Bencher<'_, '_>, log: &str, survey: u64) {
    let unit = unit(log);
    let file = std::env::temp_dir().join(format!("whyredis-stages-{}-{log}.log", std::process::id()));
    std::fs::write(&file, &unit.bytes).unwrap();
    bencher.counter(BytesCount::new(unit.bytes.len())).bench_local(|| {
        let mut options = Options::new(&LIBRARY, vec![file.display().to_string()]);
        (options.now_ms, options.threads, options.survey_bytes) = (NOW_MS, 1, survey);
        pipeline::run(&options, &Silent, &AtomicBool::new(false)).report.incidents.len()
    });
    std::fs::remove_file(&file).unwrap();
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
