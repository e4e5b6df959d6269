//! stern's default output: `POD CONTAINER message`, with `-A` `NAMESPACE POD CONTAINER message`.
//!
//! In: a line. Out: the container's text. Fails when: never; lines whose first words are no generated pod name are left.
//! A time between container and message is peeled as kubectl's; `--timestamps=short` has no year and is read here.

use super::{Inner, Outer, begins_a_line, clock, service};
use service::Place;

/// Longest namespace, pod or container name.
const MAX_NAME: usize = 253;

/// Takes the names off.
pub(super) fn peel(text: &str, outer: &mut Outer) -> Option<Inner> {
    let (first, after) = word(text)?;
    let (second, rest) = word(after)?;
    if service::looks_like_pod(first) && is_container(second) {
        return Some(names(None, first, second, text.len() - rest.len(), outer));
    }
    // `NAMESPACE POD CONTAINER`, and ordinals of StatefulSets, only where a log line follows.
    if service::looks_like_pod(second) && is_container(first) {
        let (third, rest) = word(rest)?;
        if is_container(third) && (begins_a_line(rest) || service::looks_like_pod(second)) {
            return Some(names(Some(first), second, third, text.len() - rest.len(), outer));
        }
    }
    if has_ordinal(first) && is_container(second) && begins_a_line(rest) && !rest.is_empty() {
        return Some(names(None, first, second, text.len() - rest.len(), outer));
    }
    None
}

fn names(namespace: Option<&str>, pod: &str, container: &str, end: usize, outer: &mut Outer) -> Inner {
    outer.in_place(&Place::of_pod(namespace, pod, Some(container)));
    outer.stream_of(&[pod, container]);
    outer.layers.push("stern");
    Inner::From(end)
}

/// `01-17 09:00:01 message` behind the names (`--timestamps=short`): month and day without a year.
pub(super) fn short_times(text: &str, outer: &mut Outer) -> Option<Inner> {
    if outer.layers.as_slice().last() != Some(&"stern") || text.as_bytes().get(2) != Some(&b'-') || text.as_bytes().get(5) != Some(&b' ') {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    let time = chrono::NaiveTime::parse_from_str(text.get(6..14)?, "%H:%M:%S").ok()?;
    let (month, day) = (number(0..2)?, number(3..5)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    outer.at(Some(clock::Stamp { written: clock::Written::NoYear { month, day, time }, resolution_ms: 1000 }));
    Some(Inner::From(15.min(text.len())))
}

/// The first word and what follows its blank.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take(MAX_NAME).position(|b| b == b' ')?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// A DNS label: lower case letters, digits, dashes.
fn is_container(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && !name.ends_with('-')
}

fn has_ordinal(name: &str) -> bool {
    is_container(name) && name.rsplit_once('-').is_some_and(|(_, n)| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `+ pod › container`, `- pod › container`.
pub(super) fn is_notice(text: &str) -> bool {
    (text.starts_with("+ ") || text.starts_with("- ")) && text.contains(" › ")
}
