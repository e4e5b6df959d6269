//! Managed Redis: events of ElastiCache (`describe-events`, SNS).
//!
//! In: a message. Out: a change. Fails when: the message tells of no change.

use super::{ChangeKind, Found, word_after};

pub(super) const ANCHORS: &[&str] = &[
    "ElastiCache:",
    "replica node ",
    "parameter group",
    "Failover API called",
    "cache node",
    "Cache node",
    "ache cluster",
    "eplication group",
];

/// SNS event names, and what they say. Snapshots and notices of the future are no changes.
const SNS: &[(&str, ChangeKind)] = &[
    ("FailoverComplete", ChangeKind::Failover),
    ("CacheNodeReplaceStarted", ChangeKind::Restart),
    ("CacheNodeReplaceComplete", ChangeKind::Restart),
    ("CacheNodesRebooted", ChangeKind::Restart),
    ("CacheClusterParametersChanged", ChangeKind::Config),
    ("CacheClusterSecurityGroupModified", ChangeKind::Config),
    ("CacheClusterScalingComplete", ChangeKind::Scale),
    ("ReplicationGroupScalingComplete", ChangeKind::Scale),
    ("AddCacheNodeComplete", ChangeKind::Scale),
    ("RemoveCacheNodeComplete", ChangeKind::Scale),
];

pub(super) fn read(text: &str, _reason: Option<&str>) -> Option<Found> {
    if let Some((_, event)) = text.split_once("ElastiCache:") {
        let (_, kind) = SNS.iter().find(|(name, _)| event.starts_with(name))?;
        let subject = word_after(event, " : ").unwrap_or_default();
        return Some(Found::new(*kind, text).of(subject));
    }
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().all(|w| lower.contains(w));
    let kind = if has(&["ailover", "replica node"]) || has(&["failover api called"]) {
        ChangeKind::Failover
    } else if has(&["finished modifying", "parameter group"]) || has(&["modified cache parameter"]) || has(&["parameter group", "applied"])
    {
        ChangeKind::Config
    } else if has(&["cache node", "restarted"])
        || has(&["cache node", "shutdown"])
        || has(&["recover", "cache node"])
        || has(&["finished replacing"])
    {
        ChangeKind::Restart
    } else if has(&["finished", "scaling"])
        || has(&["added cache node"])
        || has(&["removed cache node"])
        || has(&["finished changing", "node type"])
    {
        ChangeKind::Scale
    } else {
        return None;
    };
    Some(Found::new(kind, text))
}
