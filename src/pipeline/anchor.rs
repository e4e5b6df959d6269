//! A date near which times without one are placed. In: heads of sources. Out: an instant. Fails when: never.
//!
//! Modification times are never used: they differ between a pipe and a file, and a copy changes them.

use std::fs::File;
use std::io::Read;

use crate::record::{Clock, Stamp, Written, Zone, envelope, layout};
use crate::source::{Input, Source};

use super::Options;

/// Lines of a head that are looked at.
const HEAD_LINES: usize = 400;
/// Bytes of each file that are looked at.
const HEAD_BYTES: u64 = 64 * 1024;
/// Sources that are looked at; the first by name.
const SOURCES: usize = 64;

/// The first full date (with year) in the head of a source.
pub(super) fn of_head(head: &[u8], framed: bool) -> Option<i64> {
    stamps(head, framed).find_map(|stamp| {
        match stamp.written {
            Written::Instant(ms) => Some(ms),
            Written::Local(t) => Some(t.and_utc().timestamp_millis()),
            Written::NoYear { .. } | Written::NoDate(_) => None,
        }
        .filter(|ms| (946_684_800_000..4_102_444_800_000).contains(ms))
    })
}

/// The times of the head's lines.
fn stamps(head: &[u8], framed: bool) -> impl Iterator<Item = Stamp> + '_ {
    head.split(|&b| b == b'\n').take(HEAD_LINES).filter_map(move |line| {
        let line = String::from_utf8_lossy(line.get(..line.len().min(4096)).unwrap_or_default());
        let mut outer = envelope::Outer::default();
        let inner = envelope::peel(&line, framed, &mut outer);
        outer.time.or_else(|| layout::parse(&inner).time)
    })
}

/// Where the first time of day in a head lies when it is placed near `near_ms`: times behind it are nearer to it than to any fixed hour, so
/// a log that runs past midnight goes on in the next day. `near_ms` where the head has none.
pub(super) fn of_first_time(head: &[u8], framed: bool, near_ms: i64, zone: Zone) -> i64 {
    let clock = Clock { zone, anchor_ms: near_ms };
    let first = stamps(head, framed).find(|stamp| matches!(stamp.written, Written::NoDate(_)));
    first.map_or(near_ms, |stamp| clock.settle(stamp).0)
}

/// The latest of the dates in the heads of all files (plain ones), if any.
pub(super) fn of_sources(sources: &[Source], options: &Options<'_>) -> Option<i64> {
    if options.date_ms.is_some() {
        return options.date_ms;
    }
    let heads = sources.iter().take(SOURCES).filter_map(|s| match &s.input {
        Input::File(path) => {
            let mut head = Vec::new();
            File::open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
            of_head(&head, false)
        }
        Input::Stdin => None,
    });
    heads.max()
}
