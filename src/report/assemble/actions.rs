//! Actions with the names that were seen. In: actions with placeholders, facts. Out: [`Action`]s. Fails when: never; a
//! placeholder that nothing fills stays and is listed.

use crate::diagnose::Facts;
use crate::patterns;
use crate::report::Action;

/// Names for placeholders.
pub(super) struct Fill {
    names: Vec<(&'static str, String)>,
}

/// Only names that are safe inside a shell command are filled in.
fn safe(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'*' | b':'))
}

impl Fill {
    pub(super) fn new(facts: &Facts<'_, '_>) -> Fill {
        let mut names = Vec::new();
        let mut put = |key: &'static str, value: Option<String>| {
            if let Some(v) = value.filter(|v| safe(v)) {
                names.push((key, v));
            }
        };
        let most = |map: &std::collections::BTreeMap<String, u64>| {
            map.iter().max_by_key(|(k, n)| (**n, std::cmp::Reverse((*k).clone()))).map(|(k, _)| k.clone())
        };
        let node = most(&facts.incident.nodes);
        let (host, port) = match node.as_deref().and_then(|n| n.rsplit_once(':')) {
            Some((h, p)) if p.bytes().all(|b| b.is_ascii_digit()) => (Some(h.to_string()), Some(p.to_string())),
            _ => (node, Some("6379".to_string())),
        };
        put("{node_port}", host.is_some().then_some(port).flatten());
        put("{node_host}", host);
        let service = facts.incident.services.iter().max_by_key(|(k, v)| (v.0, std::cmp::Reverse((*k).clone()))).map(|(k, _)| k.clone());
        put("{deployment}", service.clone());
        put("{service}", service);
        put("{pod}", facts.incident.instances.iter().next().cloned());
        // An application's pod in its place would have the wrong log saved.
        put("{redis_pod}", facts.incident.events.iter().find(|e| e.from_server).and_then(|e| e.instance.as_deref()).map(str::to_string));
        put("{command}", most(&facts.incident.commands));
        put("{key}", most(&facts.incident.keys));
        put("{maxclients}", facts.series.at("maxclients", facts.incident.end_ms).map(|p| format!("{}", p.value)));
        Fill { names }
    }

    /// The text with names filled in, and the placeholders left.
    pub(super) fn text(&self, template: &str) -> (String, Vec<String>) {
        let mut out = template.to_string();
        for (key, value) in &self.names {
            out = out.replace(key, value);
        }
        const ALL: [&str; 11] = [
            "{node_host}",
            "{node_port}",
            "{namespace}",
            "{deployment}",
            "{pod}",
            "{redis_pod}",
            "{service}",
            "{command}",
            "{key}",
            "{cluster_id}",
            "{maxclients}",
        ];
        let left = ALL.iter().filter(|k| out.contains(**k)).map(|k| k.trim_matches(|c| c == '{' || c == '}').to_string()).collect();
        (out, left)
    }

    /// An action of the runbook. Its text is not redacted: it is no log, and the names filled in are harmless.
    pub(super) fn action(&self, a: &patterns::Action) -> Action {
        let (text, mut placeholders) = self.text(&a.text);
        let command = a.command.as_deref().map(|c| {
            let (filled, left) = self.text(c);
            placeholders.extend(left);
            filled
        });
        placeholders.sort();
        placeholders.dedup();
        Action {
            text,
            command,
            effect: a.effect.to_string(),
            placeholders,
            caution: a.caution.as_deref().map(|c| self.text(c).0),
            managed: a.managed.iter().map(|(k, v)| (k.to_string(), self.text(v).0)).collect(),
        }
    }
}
