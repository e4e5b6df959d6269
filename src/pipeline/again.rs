//! A stretch near trouble, looked at again. In: a [`Unit`], a [`Task`]. Out: its requests, and the records of traces with
//! trouble. Fails when: never.

use crate::event::Tally;
use crate::record::join::Joiner;
use crate::record::layout::REQUEST;
use crate::record::{Kind, TraceId};
use crate::scan::Unit;

use super::focus::Task;
use super::look::{self, Shared, View};

/// Whether a line shows by itself that it may be a request of an access log.
pub(super) fn is_request(line: &[u8]) -> bool {
    REQUEST.find(line).is_some()
}

/// Bytes of which the ids consist that are sought in lines.
pub(super) fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Whether all digits of an id are those of [`TraceId::any_in`].
pub(super) fn is_of_digits(id: &TraceId) -> bool {
    id.as_str().len() >= 2 * DIGITS_BLOCK && id.as_str().bytes().all(|b| b.is_ascii_hexdigit())
}

/// Reads what the task asks for, the sampled lines aside only requests and lines of its traces.
pub(super) fn at(unit: &Unit, task: &Task, view: &View<'_>, shared: &Shared<'_>) -> Tally {
    let mut joiner = Joiner::new(unit, look::context(view));
    let mut tally = Tally::default();
    for (start, sampled) in lines(unit, task) {
        // Its trace is kept, and where every record counts, it was counted.
        if sampled == 0 && task.known.binary_search(&(unit.base + start as u64)).is_ok() {
            continue;
        }
        let Some(joined) = joiner.head_at(start) else { continue };
        let record = &joined.record;
        if record.kind == Kind::Mark || !look::passes(record, shared.options) {
            continue;
        }
        let request = || matches!(record.kind, Kind::Access { .. }) && is_request(look::line_at(unit, start));
        let share = if task.every || request() { 1 } else { sampled };
        let traced = record.trace.as_ref().is_some_and(|t| task.traces.contains(&t.fingerprint()));
        if share > 0 || traced {
            tally.survey_record(record, joined.format, share, traced);
        }
    }
    tally
}

/// Lines to read, in order, each with the records that it stands for if it is one of the sample.
fn lines(unit: &Unit, task: &Task) -> Vec<(usize, u64)> {
    let begin = unit.first_line();
    let own = |from: usize| std::iter::successors(Some(from), |&start| unit.next_line(start)).take_while(|&start| start < unit.own.end);
    if task.every {
        return own(begin).map(|start| (start, 0)).collect();
    }
    let mut out = look::sample_lines(unit);
    let mut from = begin;
    while let Some(found) = unit.bytes.get(from..).and_then(|rest| REQUEST.find(rest)) {
        let hit = from + found;
        let start = memchr::memrchr(b'\n', unit.bytes.get(begin..hit).unwrap_or_default()).map_or(begin, |i| begin + i + 1);
        if start >= unit.own.end {
            break;
        }
        out.push((start, 0));
        match unit.next_line(hit) {
            Some(next) => from = next,
            None => break,
        }
    }
    if !task.traces.is_empty() {
        out.extend(named_lines(unit, begin, task).map(|start| (start, 0)));
    }
    out.sort_unstable_by_key(|&(start, share)| (start, std::cmp::Reverse(share)));
    out.dedup_by_key(|(start, _)| *start);
    out
}

/// Own lines that hold the text of one of the ids, in any notation. It may err to yes.
fn named_lines(unit: &Unit, begin: usize, task: &Task) -> impl Iterator<Item = usize> {
    // The last own line may reach beyond the stretch.
    let bytes = unit.bytes.get(..unit.line_end(unit.own.end.saturating_sub(1)).0).unwrap_or_default();
    let mut from = Some(begin);
    std::iter::from_fn(move || {
        let at = from?;
        let found = if task.digits {
            // A run of twice a block holds a whole block at a multiple of it.
            naming_run::<DIGITS_BLOCK>(bytes, at, task, |b| DIGIT[usize::from(b)])
        } else {
            naming_run::<1>(bytes, at, task, is_id_byte)
        }?;
        let start = memchr::memrchr(b'\n', bytes.get(at..found).unwrap_or_default()).map_or(at, |i| at + i + 1);
        from = unit.next_line(found);
        Some(start)
    })
}

/// Where the first run from `at` on that holds one of the ids begins.
fn naming_run<const BLOCK: usize>(bytes: &[u8], mut at: usize, task: &Task, is_part: impl Fn(u8) -> bool) -> Option<usize> {
    while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        if !block.iter().all(|b| is_part(*b)) {
            at += BLOCK;
            continue;
        }
        let from = bytes.get(..at).unwrap_or_default().iter().rposition(|b| !is_part(*b)).map_or(0, |i| i + 1);
        let to = bytes.get(at..).unwrap_or_default().iter().position(|b| !is_part(*b)).map_or(bytes.len(), |i| at + i);
        if to - from >= 2 * BLOCK && TraceId::any_in(bytes.get(from..to).unwrap_or_default(), |f| task.traces.contains(&f)) {
            return Some(from);
        }
        at = to + 1;
    }
    None
}

/// Half of the hex digits that an id has at least.
const DIGITS_BLOCK: usize = 8;

/// Whether a byte may stand in an id of hex digits.
const DIGIT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_hexdigit() || byte as u8 == b'-';
        byte += 1;
    }
    table
};
