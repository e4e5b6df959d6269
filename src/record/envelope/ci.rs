//! Logs of CI jobs: GitHub's raw log and `gh run view --log`.
//!
//! In: a line. Out: what the job printed. Fails when: never.

use super::{Inner, Outer, Stamp, clock};

/// Digits of the fraction that GitHub's runner writes.
const TICK_DIGITS: usize = 7;
/// Bytes in which the two TABs of `gh run view` are looked for.
const MAX_NAMES: usize = 200;

/// `2024-01-17T09:00:01.2045950Z text`.
pub(super) fn timestamp(stamp: Stamp, written: &str, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let fraction = written.get(19..)?.strip_prefix('.')?.strip_suffix('Z')?;
    if fraction.len() != TICK_DIGITS || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    outer.at(Some(stamp));
    outer.layers.push("github-actions");
    Some(Inner::From(written.len() + usize::from(!rest.is_empty())))
}

/// Buildkite's `ESC _bk;t=1705482001204 BEL text`.
pub(super) fn buildkite(text: &str, outer: &mut Outer) -> Option<usize> {
    let inside = text.strip_prefix("\u{1b}_bk;t=")?;
    let (time, after) = inside.split_once('\u{7}')?;
    outer.at(Some(clock::parse_value(time)?));
    outer.layers.push("buildkite");
    Some(text.len() - after.len())
}

/// `job TAB step TAB 2024-01-17T09:00:01.2045950Z text`.
pub(super) fn tabbed(text: &str, outer: &mut Outer) -> Option<Inner> {
    let head = text.as_bytes().get(..text.len().min(MAX_NAMES))?;
    let mut tabs = memchr::memchr_iter(b'\t', head);
    let (_, second) = (tabs.next()?, tabs.next()?);
    let line = text.get(second + 1..)?;
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    if line.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    clock::parse_bare(line)?;
    outer.stream_of(&[text.get(..second)?]);
    outer.layers.push("gh-run-view");
    Some(Inner::From(text.len() - line.len()))
}
