//! Documents whose items become one line of JSON each: Cloud Logging, Datadog, ElastiCache, Elasticsearch, and any other.
//!
//! In: an array of objects, at the top or under a known key. Out: one line of JSON an item; `record` reads the fields.
//! Fails when: never. An object of unknown kind is one line; one too large for a line is walked into.

use std::borrow::Cow;

use serde_json::Value;

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// Decodes items of one place in a document.
pub(super) struct WholeItems {
    /// Where the items stand; empty for a document of unknown kind.
    path: Cow<'static, str>,
    /// Members that hold the item's time, best first.
    times: &'static [&'static str],
}

impl WholeItems {
    /// Datadog's log search API; `attributes.timestamp` is read by `record`.
    pub(super) const DATADOG: Self = Self { path: Cow::Borrowed("data[]"), times: &[] };
    /// `gcloud logging read --format=json`.
    pub(super) const CLOUD_LOGGING: Self = Self { path: Cow::Borrowed("[]"), times: &["timestamp", "receiveTimestamp"] };
    /// ElastiCache `describe-events`.
    pub(super) const ELASTICACHE_EVENTS: Self = Self { path: Cow::Borrowed("Events[]"), times: &["Date"] };
    /// ElastiCache `describe-cache-clusters`.
    pub(super) const CACHE_CLUSTERS: Self = Self { path: Cow::Borrowed("CacheClusters[]"), times: &[] };
    /// ElastiCache `describe-replication-groups`.
    pub(super) const REPLICATION_GROUPS: Self = Self { path: Cow::Borrowed("ReplicationGroups[]"), times: &[] };
    /// ElastiCache `describe-cache-parameters`.
    pub(super) const CACHE_PARAMETERS: Self = Self { path: Cow::Borrowed("Parameters[]"), times: &[] };
    /// Elasticsearch and OpenSearch search results.
    pub(super) const SEARCH_HITS: Self = Self { path: Cow::Borrowed("hits.hits[]"), times: &[] };
    /// Anything else.
    pub(super) const UNKNOWN: Self = Self { path: Cow::Borrowed(""), times: &[] };

    /// Records at a place that was found by what they look like.
    pub(super) fn at(path: Option<String>) -> Self {
        path.map_or(Self::UNKNOWN, |path| Self { path: Cow::Owned(path), times: &[] })
    }
}

impl Decoder for WholeItems {
    fn want(&mut self, path: &str, first: u8) -> Want {
        let container = matches!(first, b'{' | b'[');
        if self.path.is_empty() {
            return match path {
                "" if first == b'[' => Want::Enter,
                "" => Want::TakeOrEnter,
                _ if path.ends_with("[]") => Want::TakeOrEnter,
                // Inside something too large for one line: only its arrays hold items.
                _ if container => Want::Enter,
                _ => Want::Skip,
            };
        }
        if path == self.path {
            Want::Take
        } else if path.is_empty() || self.path.starts_with(path) {
            Want::Enter
        } else {
            Want::Skip
        }
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let facts = Facts::default();
        if item.first() == Some(&b'"') {
            let Some(Value::String(line)) = parse(item) else { return false };
            out.item(None, &facts, position, &line);
            return true;
        }
        if path.ends_with("hits.hits[]") {
            let Some(hit) = parse(item) else { return false };
            let source = hit.get("_source").cloned().or_else(|| hit.get("fields").map(single)).unwrap_or(hit);
            out.json(times::of(source.get("@timestamp")), &facts, position, source.to_string().as_bytes());
            return true;
        }
        if item.first() == Some(&b'[')
            && let Some((time, line)) = parse(item).as_ref().and_then(pair)
        {
            out.item(Some(time), &facts, position, line);
            return true;
        }
        let time = if self.times.is_empty() {
            None
        } else {
            let Some(value) = parse(item) else { return false };
            let service = text(&value, "SourceIdentifier").map(str::to_owned);
            let time = self.times.iter().find_map(|key| times::of(value.get(*key)));
            out.json(time, &facts.with("host", service.as_deref()), position, item);
            return true;
        };
        out.json(time, &facts, position, item);
        true
    }
}

/// `[time, "line"]`, as `--query 'events[].[timestamp,message]'` gives it.
fn pair(value: &Value) -> Option<(i64, &str)> {
    match value.as_array()?.as_slice() {
        [time, Value::String(line)] => Some((times::of(Some(time))?, line)),
        _ => None,
    }
}

/// Elasticsearch's `fields`, where every value stands in a list.
fn single(fields: &Value) -> Value {
    let Value::Object(members) = fields else { return fields.clone() };
    let alone = |value: &Value| value.as_array().and_then(|list| list.first()).unwrap_or(value).clone();
    members.iter().map(|(key, value)| (key.clone(), alone(value))).collect()
}
