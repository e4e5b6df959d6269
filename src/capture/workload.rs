//! One Deployment or StatefulSet of `kubectl get … -o json`. In: its JSON object. Out: replicas wanted and ready.
//! Fails when: never; other objects give nothing.

use serde_json::Value;

use super::Reading;

/// Kinds whose status counts replicas.
const KINDS: [&str; 4] = ["Deployment", "StatefulSet", "ReplicaSet", "Rollout"];

/// Reads the object.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let Some(object) = parse(body) else { return Vec::new() };
    let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    // A status without the number has none ready.
    let ready = object.get("status").map(|status| status.get("readyReplicas").and_then(Value::as_u64).unwrap_or(0));
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_u64);
    let row = |what: &str, value: u64| Reading::Named { name: format!("replicas.{name}.{what}"), value: value as f64 };
    ready.map(|n| row("ready", n)).into_iter().chain(wanted.map(|n| row("wanted", n))).collect()
}

fn parse(body: &str) -> Option<Value> {
    let likely = body.starts_with('{') && body.contains("\"apiVersion\"") && body.contains("eplicas\"");
    let object: Value = likely.then(|| serde_json::from_str(body).ok())??;
    object.get("kind").and_then(Value::as_str).filter(|kind| KINDS.contains(kind))?;
    Some(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment() {
        let body = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"checkout-api"},"spec":{"replicas":12},"status":{"replicas":12,"readyReplicas":7}}"#;
        let named = |what: &str, value| Reading::Named { name: format!("replicas.checkout-api.{what}"), value };
        assert_eq!(read(body), [named("ready", 7.0), named("wanted", 12.0)]);
        assert_eq!(read(&body.replace(",\"readyReplicas\":7", "")), [named("ready", 0.0), named("wanted", 12.0)]);
        assert!(read(&body.replace("\"Deployment\"", "\"HorizontalPodAutoscaler\"")).is_empty() && read("{").is_empty());
    }
}
