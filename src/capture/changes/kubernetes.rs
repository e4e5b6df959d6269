//! Kubernetes: event messages (deployment controller, HPA, kubelet) and what kubectl prints.
//!
//! In: a message. Out: a change. Fails when: the message tells of no change.

use super::{ChangeKind, Found, word_after};

pub(super) const ANCHORS: &[&str] = &[
    "replica set ",
    "ReplicaSet ",
    "New size: ",
    "Stopping container ",
    "will be restarted",
    "ack-off restarting failed container",
    "Started container ",
    "rolled out",
    "deployment.apps/",
    "statefulset.apps/",
    "configmap/",
    "The node was low on resource",
    "pod evicted",
];

pub(super) fn read(text: &str, _reason: Option<&str>) -> Option<Found> {
    scaled_set(text).or_else(|| rescale(text)).or_else(|| kubelet(text)).or_else(|| kubectl(text))
}

/// `Scaled up replica set x to 12`, `… to 12 from 3`, `… from 3 to 12`; Argo Rollouts writes `ReplicaSet x (revision 2)`.
fn scaled_set(text: &str) -> Option<Found> {
    let start = text.find("Scaled up ").or_else(|| text.find("Scaled down "))?;
    let text = text.get(start..)?.lines().next()?;
    let name = word_after(text, "replica set ").or_else(|| word_after(text, "ReplicaSet "))?;
    let to: u32 = word_after(text, " to ")?.parse().ok()?;
    let from: Option<u32> = word_after(text, " from ").and_then(|n| n.parse().ok());
    // A set that grows from nothing is a new template: a rollout.
    let kind = if from == Some(0) { ChangeKind::Deploy } else { ChangeKind::Scale };
    let mut found = Found::new(kind, text).of(deployment_of(name));
    found.replicas = from.map(|from| (from, to));
    Some(found)
}

/// `checkout-api-6d9f7c8b5d` → `checkout-api`.
fn deployment_of(replica_set: &str) -> &str {
    match replica_set.rsplit_once('-') {
        Some((name, hash)) if (5..=10).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) => name,
        _ => replica_set,
    }
}

/// HPA: `New size: 12; reason: cpu resource utilization …`.
fn rescale(text: &str) -> Option<Found> {
    let start = text.find("New size: ")?;
    let text = text.get(start..)?;
    let size = word_after(text, "New size: ")?;
    size.parse::<u32>().ok()?;
    text.contains("reason: ").then(|| Found::new(ChangeKind::Scale, format!("autoscaler: {}", text.lines().next().unwrap_or_default())))
}

fn kubelet(text: &str) -> Option<Found> {
    const RESTARTS: &[&str] = &[
        "Stopping container ",
        "ack-off restarting failed container",
        "Started container ",
        "The node was low on resource",
        "pod evicted",
    ];
    let probe = text.contains("will be restarted") && text.contains("ontainer ");
    (probe || RESTARTS.iter().any(|mark| text.contains(mark))).then(|| Found::new(ChangeKind::Restart, text))
}

/// `deployment.apps/checkout-api restarted`, `deployment "x" successfully rolled out`.
fn kubectl(text: &str) -> Option<Found> {
    if text.contains("successfully rolled out") {
        let name = word_after(text, "deployment ").or_else(|| word_after(text, "rolling update "))?;
        return Some(Found::new(ChangeKind::Deploy, text).of(name));
    }
    for resource in ["deployment.apps/", "statefulset.apps/", "configmap/"] {
        let Some(start) = text.find(resource) else { continue };
        let mut words = text.get(start..)?.split_ascii_whitespace();
        let name = words.next()?.split_once('/')?.1;
        let kind = match words.next()? {
            "restarted" => ChangeKind::Restart,
            "scaled" => ChangeKind::Scale,
            "configured" | "patched" | "edited" | "replaced" if resource.starts_with('c') => ChangeKind::Config,
            "configured" | "patched" | "edited" | "replaced" | "created" => ChangeKind::Deploy,
            _ => continue,
        };
        return Some(Found::new(kind, text).of(name));
    }
    None
}
