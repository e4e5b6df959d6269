//! `docker compose logs`: `NAME  | message`, and its status lines.
//!
//! In: a line. Out: the container's text. Fails when: never.
//! The bar's column changes when a longer name joins, so it is not remembered.

use super::{Inner, Outer};

/// Longest container name that is looked for.
const MAX_NAME: usize = 100;
/// First words of pipes in prose and tables.
const NOT_NAMES: &[&str] =
    &["trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical", "id", "name", "key", "time", "level"];

/// Takes the name and the bar off.
pub(super) fn peel(text: &str, outer: &mut Outer) -> Option<Inner> {
    let bytes = text.as_bytes();
    let name_end =
        bytes.iter().take(MAX_NAME).position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.')))?;
    if bytes.get(name_end) != Some(&b' ') || name_end == 0 {
        return None;
    }
    let name = text.get(..name_end)?;
    let blanks = bytes.iter().skip(name_end).take_while(|b| **b == b' ').count();
    let bar = name_end + blanks;
    if bytes.get(bar) != Some(&b'|') {
        return status(name, text.get(bar..)?, outer);
    }
    if NOT_NAMES.contains(&name) || name.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    // nerdctl sets no blank behind the bar.
    let glued = !matches!(bytes.get(bar + 1), None | Some(b' '));
    if glued && !super::begins_a_line(text.get(bar + 1..)?) {
        return None;
    }
    place(name, outer);
    outer.layers.push("compose");
    Some(Inner::From((bar + 2 - usize::from(glued)).min(text.len())))
}

/// `svc-1 exited with code 137`: no bar. It is evidence, so the text stays.
fn status(name: &str, rest: &str, outer: &mut Outer) -> Option<Inner> {
    if rest.starts_with("exited with code ") && ordinal(name).is_some() {
        place(name, outer);
    }
    None
}

fn place(name: &str, outer: &mut Outer) {
    outer.of_service(Some(ordinal(name).unwrap_or(name)));
    outer.in_container(Some(name));
    outer.stream_of(&[name]);
}

/// The service of `svc-1` (v2) or `svc_1` (v1).
fn ordinal(name: &str) -> Option<&str> {
    let (service, number) = name.rsplit_once(['-', '_'])?;
    (!service.is_empty() && (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())).then_some(service)
}

/// `Attaching to a-1, b-1`, `==> a.log <==` of tail.
pub(super) fn is_notice(text: &str) -> bool {
    text.starts_with("Attaching to ") || (text.starts_with("==> ") && text.ends_with(" <=="))
}
