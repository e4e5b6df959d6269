//! Applications' own words for a deploy: `Deployed checkout-api version 2.3.1`, `rollout of v42 complete`.
//!
//! In: a message. Out: a deploy, or a configuration change. Fails when: no version stands beside the word.

use super::{ChangeKind, Found};

pub(super) const ANCHORS: &[&str] = &[
    "eploy",
    "DEPLOY",
    "elease",
    "ollout",
    "olled out",
    "olling back",
    "ollback",
    "onfiguration reloaded",
    "onfig reloaded",
    "eloaded config",
    "onfiguration changed",
];

/// Words of a deploy, lower case, each with what may not stand behind it.
const WORDS: &[&str] =
    &["deployed", "deploying", "deployment", "deploy", "released", "release", "rollout", "rolled out", "rolling back", "rollback"];

pub(super) fn read(text: &str, _reason: Option<&str>) -> Option<Found> {
    let line = text.lines().next()?;
    if ["onfiguration reloaded", "onfig reloaded", "eloaded config", "onfiguration changed"].iter().any(|w| line.contains(w)) {
        return Some(Found::new(ChangeKind::Config, line));
    }
    let lower = line.to_ascii_lowercase();
    let spoken = WORDS.iter().any(|word| whole_word(&lower, word));
    (spoken && lower.split([' ', '=', '"', ',', '(', ')', '@', '\'']).any(is_version) && !lower.contains("connection"))
        .then(|| Found::new(ChangeKind::Deploy, line))
}

fn whole_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.bytes().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.bytes().next());
        let edge = |b: Option<u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'/' | b'_' | b'.'));
        edge(before) && after.is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'/' | b'_'))
    })
}

/// `v42`, `2.3.1`, `1.4.0-rc1`: not an address (four numbers), not a duration.
pub(super) fn is_version(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':', ';', '!']);
    let word = word.rsplit_once(':').map_or(word, |(_, tag)| tag);
    let (body, marked) = match word.strip_prefix('v') {
        Some(rest) => (rest, true),
        None => (word, false),
    };
    let core = body.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').take(5).collect();
    let numbers = parts.iter().all(|p| !p.is_empty() && p.len() <= 6 && p.bytes().all(|b| b.is_ascii_digit()));
    numbers && (parts.len() == 3 || (marked && parts.len() <= 3))
}
