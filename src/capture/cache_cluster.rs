//! One cluster of `aws elasticache describe-cache-clusters`. In: its JSON object. Out: what it is and what is pending.
//! Fails when: never; other objects give nothing.

use serde_json::Value;

use super::{ChangeKind, Reading};

/// Members told as they stand, with the names that settings `elasticache.<cluster>.<name>` have.
const FIELDS: [(&str, &str); 6] = [
    ("/CacheNodeType", "node_type"),
    ("/EngineVersion", "engine_version"),
    ("/CacheClusterStatus", "status"),
    ("/CacheParameterGroup/CacheParameterGroupName", "parameter_group"),
    ("/CacheParameterGroup/ParameterApplyStatus", "parameter_apply_status"),
    ("/PreferredMaintenanceWindow", "maintenance_window"),
];

/// Reads the object.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let Some(cluster) = parse(body) else { return Vec::new() };
    let word = |path: &str| cluster.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let id = word("/CacheClusterId").unwrap_or_default();
    let setting = |name: &str, value: String| Reading::Setting { name: format!("elasticache.{id}.{name}"), value };
    let mut out: Vec<Reading> = FIELDS.iter().filter_map(|(path, name)| Some(setting(name, word(path)?))).collect();
    let pending = cluster.get("PendingModifiedValues").and_then(Value::as_object).filter(|p| !p.is_empty());
    if let Some(pending) = pending {
        let told: Vec<String> =
            pending.iter().map(|(k, v)| format!("{k} {}", v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect();
        out.push(setting("pending_modification", told.join(", ")));
    }
    // Every other state is passing: modifying, rebooting, snapshotting, restoring.
    if let Some(state) = word("/CacheClusterStatus").filter(|s| s != "available") {
        out.push(Reading::Change {
            kind: ChangeKind::Config,
            what: format!("ElastiCache cluster {id} is {state}"),
            subject: Some(id),
            replicas: None,
        });
    }
    out
}

fn parse(body: &str) -> Option<Value> {
    let likely = body.starts_with('{') && body.contains("\"CacheClusterId\"") && body.contains("\"CacheNodeType\"");
    likely.then(|| serde_json::from_str(body).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_is_being_modified() {
        let body = r#"{"CacheClusterId":"sessions-001","CacheNodeType":"cache.t4g.micro","EngineVersion":"7.1.0","CacheClusterStatus":"modifying","PendingModifiedValues":{"CacheNodeType":"cache.r7g.large"},"CacheParameterGroup":{"CacheParameterGroupName":"default.redis7","ParameterApplyStatus":"in-sync"}}"#;
        let found = read(body);
        let setting = |n: &str, v: &str| Reading::Setting { name: format!("elasticache.sessions-001.{n}"), value: v.to_owned() };
        assert!(found.contains(&setting("node_type", "cache.t4g.micro")));
        assert!(found.contains(&setting("pending_modification", "CacheNodeType cache.r7g.large")));
        assert!(matches!(found.last(), Some(Reading::Change { what, .. }) if what == "ElastiCache cluster sessions-001 is modifying"));
        assert!(read(&body.replace("modifying", "available")).iter().all(|r| !matches!(r, Reading::Change { .. })));
        assert!(read(r#"{"CacheClusterId":"a"}"#).is_empty() && read("{").is_empty());
    }
}
