//! Change lines in any record: deploys, scalings, restarts, failovers, configuration. One file an origin.
//!
//! In: a record, or a message alone. Out: [`Reading::Change`]. Fails when: never; most records tell of no change.
//!
//! One index of all anchors looks at the head of the body first, so an ordinary record costs one pass.
//! A change is never a symptom; it says what came before one.

mod application;
mod banner;
mod delivery;
mod kubernetes;
mod managed;
mod server;

use std::sync::LazyLock;

use serde_json::Value;

use super::{ChangeKind, Reading, status};
use crate::record::{Kind, Record};
use crate::scan::GramIndex;

/// Bytes of a body in which a change is looked for: the message, not the stack below it.
const MAX_HEAD: usize = 2 * 1024;

/// Longest `what`, in characters.
const MAX_WHAT: usize = 200;

/// A change as its origin's file reads it.
struct Found {
    kind: ChangeKind,
    what: String,
    subject: Option<String>,
    replicas: Option<(u32, u32)>,
}

impl Found {
    fn new(kind: ChangeKind, what: impl Into<String>) -> Found {
        Found { kind, what: what.into(), subject: None, replicas: None }
    }

    fn of(mut self, subject: &str) -> Found {
        self.subject = Some(subject.to_owned()).filter(|s| !s.is_empty());
        self
    }
}

/// Reads a message that holds one of a file's anchors: the message, and the record's reason if it has one.
type Reader = fn(&str, Option<&str>) -> Option<Found>;

/// The origins, in the order in which they are asked, with the texts of which one is in every line they read.
const ORIGINS: &[(&[&str], Reader)] = &[
    (kubernetes::ANCHORS, kubernetes::read),
    (delivery::ANCHORS, delivery::read),
    (managed::ANCHORS, managed::read),
    (server::ANCHORS, server::read),
    (banner::ANCHORS, banner::read),
    (application::ANCHORS, application::read),
];

/// All anchors, and the origin of each.
static INDEX: LazyLock<(GramIndex, Vec<usize>)> = LazyLock::new(|| {
    let owners = ORIGINS.iter().enumerate().flat_map(|(i, (anchors, _))| anchors.iter().map(move |_| i)).collect();
    (GramIndex::new(needles()), owners)
});

/// One of these texts (case-sensitive) is in every change line; `scan` may look for them.
pub fn needles() -> impl Iterator<Item = &'static str> {
    ORIGINS.iter().flat_map(|(anchors, _)| anchors.iter().copied())
}

/// The changes that a record tells of.
pub fn read(record: &Record) -> Vec<Reading> {
    // A path in a request is no deploy, and kubectl's own notices speak of nothing that runs.
    if matches!(record.kind, Kind::Access { .. } | Kind::Notice) {
        return Vec::new();
    }
    let attribute = |names: &[&str]| {
        names.iter().find_map(|name| record.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()))
    };
    let mut out = read_text_with(&record.body, attribute(&["reason"]));
    let version = attribute(&["revision", "version", "release", "image", "tag"]);
    if out.is_empty() {
        out.extend(record.service.as_deref().and_then(|own| banner::own_start(&record.body, own, version)));
    }
    let named = attribute(&[
        "involvedObject.name",
        "application",
        "SourceIdentifier",
        "serviceName",
        "Kustomization.name",
        "HelmRelease.name",
        "deployment",
        "app",
    ]);
    for reading in &mut out {
        let Reading::Change { kind, what, subject, .. } = reading else { continue };
        if subject.is_none() {
            *subject = named.or(record.service.as_deref()).or(record.instance.as_deref()).map(str::to_owned);
        }
        if let (ChangeKind::Deploy | ChangeKind::Restart, Some(version)) = (*kind, version)
            && !what.contains(version)
        {
            what.push_str(" (");
            what.extend(version.chars().take(80));
            what.push(')');
        }
    }
    out
}

/// The changes that a text tells of, without a record around it: table rows, a Helm block, a JSON item, or a message.
pub fn read_text(body: &str) -> Vec<Reading> {
    read_text_with(body, None)
}

/// Whether a body may tell of a change: a row of a table, an object, or a text with an anchor.
pub(super) fn may_tell(body: &str) -> bool {
    body.starts_with('{') || body.lines().next().is_some_and(status::is_row) || INDEX.0.any(head(body).as_bytes())
}

fn read_text_with(body: &str, reason: Option<&str>) -> Vec<Reading> {
    if let Some(row) = body.lines().next().filter(|line| status::is_row(line)) {
        return status::read(row).into_iter().collect();
    }
    if body.starts_with('{') {
        return json_item(body).into_iter().collect();
    }
    message(body, reason).into_iter().collect()
}

/// The first part of a text, cut at a character.
fn head(text: &str) -> &str {
    let mut end = text.len().min(MAX_HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The change that one message tells of.
pub(super) fn message(text: &str, reason: Option<&str>) -> Option<Reading> {
    let text = head(text);
    let (index, owners) = &*INDEX;
    // Bit n: origin n has an anchor in the text.
    let mut asked = 0u32;
    index.each(text.as_bytes(), |anchor| {
        asked |= owners.get(anchor).map_or(0, |i| 1 << i);
        true
    });
    let found = ORIGINS.iter().enumerate().filter(|(i, _)| asked & (1 << i) != 0).find_map(|(_, (_, read))| read(text, reason))?;
    let what = found.what.lines().next().unwrap_or_default().trim();
    let what = what.chars().take(MAX_WHAT).collect();
    Some(Reading::Change { kind: found.kind, what, subject: found.subject, replicas: found.replicas })
}

/// An item of `kubectl get events -o json`, `describe-events`, `describe-services`, one object a line.
fn json_item(body: &str) -> Option<Reading> {
    // Only objects that name what changed are items; other JSON is a log line, which the record stage reads.
    if !["\"involvedObject\"", "\"SourceIdentifier\"", "\"regarding\"", "\"serviceName\""].iter().any(|key| body.contains(key))
        || body.len() > 1 << 20
    {
        return None;
    }
    let item: Value = serde_json::from_str(body.trim()).ok()?;
    let word = |path: &str| item.pointer(path).and_then(Value::as_str);
    let text = word("/message").or_else(|| word("/Message")).or_else(|| word("/note"))?;
    let mut change = message(text, word("/reason"))?;
    if let Reading::Change { subject, .. } = &mut change {
        let named = ["/involvedObject/name", "/regarding/name", "/SourceIdentifier", "/serviceName"].iter().find_map(|path| word(path));
        if let Some(name) = named {
            *subject = Some(name.to_owned());
        }
    }
    Some(change)
}

/// The text between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}

/// The word that follows a mark, without quotes and closing punctuation.
fn word_after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let word = text.split_once(mark)?.1.split_ascii_whitespace().next()?;
    Some(word.trim_matches(['"', '\'', '(', ')', ',', ';', ':']).trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
