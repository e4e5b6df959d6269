//! Delivery tools: Argo CD, Flux, Helm, ECS deployments.
//!
//! In: a message. Out: a change. Fails when: the message only reports a state.

use super::{ChangeKind, Found, between, word_after};

pub(super) const ANCHORS: &[&str] = &[
    "Initiated automated sync",
    "Sync operation to ",
    "Reconciliation finished in ",
    "Helm upgrade succeeded",
    "Helm rollback succeeded",
    "Helm install succeeded",
    "Happy Helming!",
    "Rollback was a success",
    "LAST DEPLOYED: ",
    "has started ",
    "running tasks",
    "SERVICE_DEPLOYMENT_",
    "TASKS_STOPPED",
    "deployment completed",
    "changed: [",
];

pub(super) fn read(text: &str, _reason: Option<&str>) -> Option<Found> {
    argo(text).or_else(|| flux(text)).or_else(|| helm(text)).or_else(|| ecs(text)).or_else(|| ansible(text))
}

fn argo(text: &str) -> Option<Found> {
    if text.contains("Initiated automated sync") || (text.contains("Sync operation to ") && text.contains(" succeeded")) {
        return Some(Found::new(ChangeKind::Deploy, format!("Argo CD: {text}")));
    }
    None
}

/// A reconciliation comes every few minutes; its duration is left out, so that the same revision reads the same.
fn flux(text: &str) -> Option<Found> {
    if text.contains("Reconciliation finished in ") {
        return Some(Found::new(ChangeKind::Deploy, "Flux reconciled"));
    }
    let helm = ["Helm upgrade succeeded", "Helm rollback succeeded", "Helm install succeeded"];
    helm.iter().any(|mark| text.contains(mark)).then(|| Found::new(ChangeKind::Deploy, format!("Flux: {text}")))
}

fn helm(text: &str) -> Option<Found> {
    if let Some(name) = between(text, "Release \"", "\"") {
        let revision = word_after(text, "REVISION: ").map(|r| format!(", revision {r}")).unwrap_or_default();
        let done = if text.contains("has been installed") { "installed" } else { "upgraded" };
        return Some(Found::new(ChangeKind::Deploy, format!("Helm {done} {name}{revision}")).of(name));
    }
    if text.contains("Rollback was a success") {
        return Some(Found::new(ChangeKind::Deploy, text));
    }
    let when = text.split_once("LAST DEPLOYED: ")?.1;
    Some(Found::new(ChangeKind::Deploy, format!("Helm: last deployed {}", when.lines().next().unwrap_or_default())))
}

/// `(service checkout-api) has started 9 tasks: (task …)`; copies lose the parentheses.
fn ecs(text: &str) -> Option<Found> {
    let service = text.split_once("service ").map_or("", |(_, rest)| rest.split([')', ' ']).next().unwrap_or_default());
    if text.contains("SERVICE_DEPLOYMENT_") {
        return Some(Found::new(ChangeKind::Deploy, text));
    }
    if text.contains("TASKS_STOPPED") {
        return Some(Found::new(ChangeKind::Restart, text));
    }
    if service.is_empty() {
        return None;
    }
    if text.contains("deployment completed") {
        return Some(Found::new(ChangeKind::Deploy, text).of(service));
    }
    let started = text.contains("has started ") && text.contains(" tasks");
    let stopped = text.contains("has stopped ") && text.contains(" running tasks");
    // Which of start, stop and replacement it was shows only in their numbers: the text keeps them.
    (started || stopped).then(|| Found::new(ChangeKind::Scale, text).of(service))
}

/// `changed: [cache-1]`, with or without the task before it; `ok: [cache-1]` changed nothing.
fn ansible(text: &str) -> Option<Found> {
    let host = between(text, "changed: [", "]")?;
    let task = between(text, "TASK [", "]").map(|task| format!(": {task}")).unwrap_or_default();
    Some(Found::new(ChangeKind::Config, format!("Ansible changed {host}{task}")))
}
