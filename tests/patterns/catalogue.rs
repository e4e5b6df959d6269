//! An outside catalogue of Redis messages: each example gives the symptom listed for it.
//!
//! The catalogue is `signatures.jsonl` (`id`, `symptom`, `example`) in a folder beside the project, or the file that
//! `WHYREDIS_CATALOGUE` names; without one the test says so and passes.

use std::io::Write;
use std::path::Path;

use serde_json::Value;
use whyredis::event::Event;
use whyredis::patterns::{Library, SymptomIdx};

use crate::through::{ids, pipeline};

/// Share of the catalogue's entries that speak of trouble and must be recognised as what they are.
const AGREED: f64 = 0.99;

/// Entries that our patterns answer otherwise on purpose.
const OTHERWISE: [(&str, &str); 24] = [
    // Not trouble by itself: read by the capture stage as a gauge, or a notice.
    ("info-blocked-clients", "a gauge"),
    ("info-evicted", "a gauge"),
    ("info-evicted-clients", "a gauge"),
    ("info-fork-usec", "a gauge"),
    ("info-uptime", "a gauge"),
    ("client-list-blocked", "a capture"),
    ("latency-doctor-disabled", "no measurement, no trouble"),
    ("no-config-file", "every container of the official image says so"),
    ("bgsave-for-sync", "one resync is normal; it counts when it repeats"),
    ("cluster-fail-clear", "the node is back"),
    ("redisson-pool-facts", "a fragment of a message that is recognised as a whole"),
    ("client-closed-verbose", "a client that leaves is normal"),
    // The innermost error of the same line is the symptom.
    ("critical-error-to-replica", "OOM inside"),
    ("ping-reply-error", "DENIED inside"),
    ("se-connect", "WRONGPASS inside"),
    ("redis-rs-server-error", "max number of clients inside"),
    ("redis-rs-cluster-init", "refused inside"),
    ("redis-rs-slot-refresh", "refused inside"),
    ("k8s-probe-fail", "refused inside"),
    ("systemd-result", "oom-kill inside"),
    ("r2d2-timeout", "refused inside"),
    ("se-timeout-facts", "the numbers stand in a command timeout"),
    // The text itself says more than the list.
    ("py-port-exhaustion", "no local port left"),
    ("go-eaddrnotavail", "no local port left"),
];

fn catalogue() -> Option<String> {
    if let Some(path) = std::env::var_os("WHYREDIS_CATALOGUE") {
        return Some(std::fs::read_to_string(path).expect("WHYREDIS_CATALOGUE names a readable file"));
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let mut folders: Vec<_> = std::fs::read_dir(beside).ok()?.flatten().map(|e| e.path()).collect();
    folders.sort();
    folders.iter().find_map(|f| std::fs::read_to_string(f.join("signatures.jsonl")).ok())
}

#[test]
fn the_catalogue_is_recognised() {
    let Some(text) = catalogue() else {
        // Past the test harness, which swallows what a passing test prints.
        let _ = writeln!(std::io::stderr(), "SKIPPED the_catalogue_is_recognised: no signatures.jsonl beside the project");
        return;
    };
    let library = Library::builtin();
    let mut rows: Vec<(String, SymptomIdx, String)> = Vec::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).expect("one JSON object a line");
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_string();
        let parent = library.find_symptom(&field("symptom")).and_then(|s| library.symptom(s).parent);
        if let Some(parent) = parent {
            rows.push((field("id"), parent, field("example")));
        }
    }
    // A generic text (`Timed out in bb8`) counts only where the record shows Redis: the same line of a Redis logger.
    let bare: Vec<String> = rows.iter().map(|r| r.2.clone()).collect();
    let of_redis: Vec<String> = bare.iter().map(|t| format!("2024-01-17 09:00:02,145 ERROR app.redis: {t}")).collect();
    let (mut agreed, mut with_context, mut otherwise, mut wrong) = (0, 0, 0, Vec::new());
    for (((id, parent, text), plain), logged) in rows.iter().zip(pipeline(&library, &bare)).zip(pipeline(&library, &of_redis)) {
        let has = |events: &[Event]| events.iter().any(|e| e.symptom == *parent);
        if has(&plain) {
            agreed += 1;
        } else if has(&logged) {
            with_context += 1;
        } else if OTHERWISE.iter().any(|(o, _)| o == id) {
            otherwise += 1;
        } else {
            let found: Vec<_> = plain.iter().map(|e| ids(&library, e)).collect();
            wrong.push(format!("{id}: {} expected, found {found:?} in {text:?}", library.symptom(*parent).id));
        }
    }
    let judged = (rows.len() - otherwise).max(1);
    let share = (agreed + with_context) as f64 / judged as f64;
    let said = format!(
        "{} entries: {agreed} agree as they stand, {with_context} in a Redis logger, {otherwise} are otherwise on purpose; {:.2} % of the rest agree\n{}",
        rows.len(),
        share * 100.0,
        wrong.join("\n")
    );
    println!("{said}");
    assert!(share >= AGREED, "{said}");
}
