//! Redis, Valkey and Sentinel servers' own logs.
//!
//! In: a message. Out: a change. Fails when: the message tells of no change.

use super::{ChangeKind, Found};

pub(super) const ANCHORS: &[&str] = &[
    "eady to accept connections",
    "scheduling shutdown",
    "User requested shutdown",
    "+switch-master ",
    "+promoted-slave",
    "MASTER MODE enabled",
    "OF enabled",
    "REPLICAOF ",
    "SLAVEOF ",
    "Failover election won",
    "Manual failover user request",
    "CONFIG REWRITE executed",
    "CONFIG SET ",
];

/// Marks in the order in which they are asked. `CONFIG SET` counts where a tool logs the command that it ran.
const MARKS: &[(&str, ChangeKind)] = &[
    ("eady to accept connections", ChangeKind::Restart),
    ("scheduling shutdown", ChangeKind::Restart),
    ("User requested shutdown", ChangeKind::Restart),
    ("+switch-master ", ChangeKind::Failover),
    ("+promoted-slave", ChangeKind::Failover),
    ("MASTER MODE enabled", ChangeKind::Failover),
    ("Failover election won", ChangeKind::Failover),
    ("Manual failover user request", ChangeKind::Failover),
    ("CONFIG REWRITE executed with success", ChangeKind::Config),
];

pub(super) fn read(text: &str, _reason: Option<&str>) -> Option<Found> {
    if let Some((mark, kind)) = MARKS.iter().find(|(mark, _)| text.contains(mark)) {
        let found = Found::new(*kind, text);
        // `+switch-master mymaster old port new port`
        return Some(match text.split_once(mark) {
            Some((_, rest)) if mark.starts_with("+switch") => found.of(rest.split(' ').next().unwrap_or_default()),
            _ => found,
        });
    }
    // `REPLICAOF 10.0.9.12:6379 enabled (user request from …)`
    if text.contains("OF ") && text.contains(" enabled (user request") {
        return Some(Found::new(ChangeKind::Failover, text));
    }
    let (_, command) = text.split_once("CONFIG SET ")?;
    let mut words = command.split_ascii_whitespace();
    let (key, value) = (words.next()?, words.next().unwrap_or_default());
    // `ERR CONFIG SET failed - …` is an answer.
    let named = key != "failed"
        && !value.is_empty()
        && key.len() <= 60
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let value = if matches!(key, "requirepass" | "masterauth") { "***" } else { value };
    (named && key.bytes().all(|b| !b.is_ascii_uppercase())).then(|| Found::new(ChangeKind::Config, format!("CONFIG SET {key} {value}")))
}
