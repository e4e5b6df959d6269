//! ECS `describe-services`: what the scheduler did.
//!
//! In: `{"services":[{"serviceName","events":[{"createdAt","message"}],"deployments":[…]}]}`. Out: one item an event or deployment.
//! Fails when: a service is no object.

use serde_json::Value;

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// Decodes services.
#[derive(Default)]
pub(super) struct Ecs;

impl Decoder for Ecs {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "services" => Want::Enter,
            "services[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(service) = parse(item) else { return false };
        let name = text(&service, "serviceName");
        let facts = Facts::default().with("service", name);
        let list = |key: &str| service.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for event in list("events") {
            if let Some(message) = text(event, "message") {
                out.item(times::of(event.get("createdAt")), &facts, position, message);
            }
        }
        for deployment in list("deployments") {
            let revision = text(deployment, "taskDefinition").and_then(|arn| arn.rsplit('/').next()).unwrap_or("-");
            let word = |key: &str| text(deployment, key).unwrap_or("-");
            let number = |key: &str| deployment.get(key).map_or_else(|| "-".to_owned(), ToString::to_string);
            let line = format!(
                "(service {}) deployment {} status={} rollout={} task_definition={revision} desired={} running={} failed={}",
                name.unwrap_or("-"),
                word("id"),
                word("status"),
                word("rolloutState"),
                number("desiredCount"),
                number("runningCount"),
                number("failedTasks"),
            );
            out.item(times::of(deployment.get("createdAt")), &facts, position, &line);
        }
        true
    }
}
