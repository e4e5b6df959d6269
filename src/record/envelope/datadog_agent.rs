//! `datadog-agent stream-logs`. In: a line. Out: the message. Fails when: never.

use super::{Inner, Outer, Severity, clock, service};

/// `Integration Name: x | Type: docker | Status: info | Timestamp: … | Hostname: … | Service: … | Source: … | Tags: … | Message: …`.
pub(super) fn peel(text: &str, outer: &mut Outer) -> Option<Inner> {
    let rest = text.strip_prefix("Integration Name: ")?;
    let (facts, message) = rest.split_once(" | Message: ")?;
    let fact =
        |name: &str| facts.split(" | ").find_map(|part| part.strip_prefix(name)?.strip_prefix(": ")).filter(|value| !value.is_empty());
    outer.at(Some(clock::parse_value(fact("Timestamp")?)?));
    outer.at_level(fact("Status").map_or(Severity::Unknown, Severity::from_word));
    outer.of_service(fact("Service").and_then(service::from_program).as_deref());
    outer.on_host(fact("Hostname"));
    outer.stream_of(&[fact("Hostname"), fact("Service")].map(Option::unwrap_or_default));
    outer.layers.push("datadog-agent");
    Some(Inner::From(text.len() - message.len()))
}
