//! ECS `describe-services`: what the scheduler did.
//!
//! In: `{"services":[{"serviceName","events":[{"createdAt","message"}],"deployments":[…]}]}`. Out: one item an event or deployment.
//! Fails when: a service is no object.

use serde_json::Value;

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// Decodes services. A service's name stands before its events.
#[derive(Default)]
pub(super) struct Ecs {
    name: String,
}

impl Decoder for Ecs {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "services" | "services[]" | "services[].events" | "services[].deployments" => Want::Enter,
            "services[].serviceName" | "services[].events[]" | "services[].deployments[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(value) = parse(item) else { return false };
        if let Value::String(name) = value {
            self.name = name;
            return true;
        }
        let facts = Facts::default().with("service", Some(&self.name));
        let time = times::of(value.get("createdAt"));
        if path == "services[].events[]" {
            let Some(message) = text(&value, "message") else { return false };
            out.item(time, &facts, position, message);
            return true;
        }
        let revision = text(&value, "taskDefinition").and_then(|arn| arn.rsplit('/').next()).unwrap_or("-");
        let word = |key: &str| text(&value, key).unwrap_or("-");
        let number = |key: &str| value.get(key).map_or_else(|| "-".to_owned(), ToString::to_string);
        let line = format!(
            "(service {}) deployment {} status={} rollout={} task_definition={revision} desired={} running={} failed={}",
            self.name,
            word("id"),
            word("status"),
            word("rolloutState"),
            number("desiredCount"),
            number("runningCount"),
            number("failedTasks"),
        );
        out.item(time, &facts, position, &line);
        true
    }
}
