//! A date near which times without one are placed. In: heads of sources. Out: an instant. Fails when: never.
//!
//! Modification times are never used: they differ between a pipe and a file, and a copy changes them.

use std::fs::File;
use std::io::Read;

use crate::record::{Written, envelope, layout};
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
    head.split(|&b| b == b'\n').take(HEAD_LINES).find_map(|line| {
        let line = String::from_utf8_lossy(line.get(..line.len().min(4096)).unwrap_or_default());
        let mut outer = envelope::Outer::default();
        let inner = envelope::peel(&line, framed, &mut outer);
        let stamp = outer.time.or_else(|| layout::parse(&inner).time)?;
        match stamp.written {
            Written::Instant(ms) => Some(ms),
            Written::Local(t) => Some(t.and_utc().timestamp_millis()),
            Written::NoYear { .. } | Written::NoDate(_) => None,
        }
        .filter(|ms| (946_684_800_000..4_102_444_800_000).contains(ms))
    })
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
