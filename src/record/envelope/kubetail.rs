//! kubetail: `[POD CONTAINER] ` or `[POD] `.
//!
//! In: a line. Out: the container's text. Fails when: never; a bracket whose first word is no generated pod name is left.

use super::{Inner, Outer, service};
use service::Place;

/// Takes the bracket off.
pub(super) fn peel(text: &str, outer: &mut Outer) -> Option<Inner> {
    // stern writes this where a line has lost its time.
    if let Some(rest) = text.strip_prefix("[missing timestamp] ") {
        return Some(Inner::From(text.len() - rest.len()));
    }
    let inside = text.strip_prefix('[')?;
    let (names, _) = inside.get(..inside.len().min(200)).unwrap_or(inside).split_once("] ")?;
    let (pod, container) = names.split_once(' ').map_or((names, None), |(p, c)| (p, Some(c)));
    if !service::looks_like_pod(pod) || container.is_some_and(|c| c.is_empty() || c.contains(' ')) {
        return None;
    }
    outer.in_place(&Place::of_pod(None, pod, container));
    outer.stream_of(&[pod, container.unwrap_or_default()]);
    outer.layers.push("kubetail");
    Some(Inner::From(names.len() + 3))
}

/// `Will tail 2 logs...`
pub(super) fn is_notice(text: &str) -> bool {
    text.strip_prefix("Will tail ").is_some_and(|rest| rest.contains(" log"))
}
