//! `kubectl logs`: `[pod/NAME/CONTAINER] `, `--timestamps`, and its own notices under `2>&1`.
//!
//! In: a line. Out: the container's text. Fails when: never.

use super::{Inner, Outer, Stamp, service::Place};

/// Digits of the fraction that kubelet and dockerd write, always.
const NANO_DIGITS: usize = 9;

/// `--prefix`: the word `pod` is fixed, names have no slash and no bracket.
pub(super) fn prefix(text: &str, outer: &mut Outer) -> Option<Inner> {
    let inside = text.strip_prefix("[pod/")?;
    let (name, _) = inside.split_once("] ").or_else(|| inside.strip_suffix(']').map(|name| (name, "")))?;
    let (pod, container) = name.split_once('/')?;
    if container.contains(['/', ' ']) || pod.contains([' ', '[']) || pod.is_empty() {
        return None;
    }
    outer.in_place(&Place::of_pod(None, pod, Some(container)));
    outer.stream_of(&[pod, container]);
    outer.layers.push("kubectl-prefix");
    Some(Inner::From((text.len() - inside.len() + name.len() + 2).min(text.len())))
}

/// `--timestamps` and `docker logs -t`: nine digits of fraction, then one blank.
pub(super) fn timestamp(stamp: Stamp, written: &str, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let fraction = written.get(19..)?.strip_prefix('.')?;
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if digits != NANO_DIGITS || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    outer.at(Some(stamp));
    outer.layers.push("container-timestamps");
    Some(Inner::From(written.len() + usize::from(!rest.is_empty())))
}

/// Lines that kubectl writes itself. `error: ` alone is not enough: applications write that too.
pub(super) fn is_notice(text: &str) -> bool {
    const NOTICES: &[&str] = &[
        "Defaulted container ",
        "Defaulting container name to ",
        "Error from server (",
        "Unable to connect to the server: ",
        "error: a container name must be specified",
        "error: timed out waiting for the condition",
        "error: You must be logged in to the server",
        "error: you are attempting to follow ",
        "error: the server doesn't have a resource type",
        "error: context ",
        "error: stream error: ",
        "error: unexpected EOF",
        "error: http2: ",
        "error: expected 'logs",
        "error: no objects passed",
        "unable to retrieve container logs for ",
        "rpc error: code = NotFound desc = ",
        "failed to watch file ",
        "failed to create fsnotify watcher: ",
        "No resources found",
        "Use 'kubectl describe ",
    ];
    if let Some(found) = text.strip_prefix("Found ") {
        return found.contains(" pods, using pod/");
    }
    // redis-benchmark quotes the server so, whose errors begin with a code in capitals.
    if let Some(error) = text.strip_prefix("Error from server: ") {
        return error.bytes().take_while(u8::is_ascii_uppercase).count() < 2;
    }
    NOTICES.iter().any(|n| text.starts_with(n))
}
