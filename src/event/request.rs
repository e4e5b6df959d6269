//! What a record says of a request: its status, and whether a probe sent it.
//!
//! In: a record or its message. Out: facts. Fails when: never; without method and path before it a number is no status.

use super::attribute;
use crate::record::Record;

/// Whether a load balancer, an orchestrator or a monitor sent it to see that the process lives: who answers those may not
/// have asked Redis.
pub(super) fn is_probe(record: &Record) -> bool {
    let named = attribute(record, &["path", "url", "uri", "url.path", "http.target", "http.path", "request_uri", "req.url"]);
    let path = named.or_else(|| path_in(&record.body));
    let segments = path.and_then(|p| p.split(['?', '#', ' ']).next()).map(|p| p.split('/').filter(|s| !s.is_empty()));
    segments.is_some_and(|mut s| s.any(|segment| PROBES.contains(&segment)))
}

/// The path behind the method.
fn path_in(message: &str) -> Option<&str> {
    let mut words = message.lines().next()?.split_ascii_whitespace().map(|word| word.trim_start_matches(QUOTES));
    words.find(|word| METHODS.contains(word))?;
    words.next().filter(|word| word.starts_with('/'))
}

/// Parts of paths that only probes ask for: of Kubernetes, Spring, Prometheus, and of habit.
const PROBES: [&str; 12] = [
    "healthz",
    "livez",
    "readyz",
    "health",
    "healthcheck",
    "health_check",
    "health-check",
    "liveness",
    "readiness",
    "heartbeat",
    "ping",
    "metrics",
];

/// The status in `GET /carts/7 -> 200 (12 ms)`, `"POST /orders HTTP/1.1" 503` or `PUT /x status=404`: close behind the path, and
/// told to be one, for numbers of other things stand there, too.
pub(super) fn status_in(message: &str) -> Option<u16> {
    let mut words = message.lines().next()?.split_ascii_whitespace();
    let is_path = |word: &str| word.trim_start_matches(QUOTES).starts_with('/') || word.contains("://");
    words.by_ref().find(|word| METHODS.contains(&word.trim_start_matches(QUOTES)))?;
    words.next().filter(|word| is_path(word))?;
    let behind: Vec<&str> = words.take(BEHIND).collect();
    behind.iter().enumerate().find_map(|(at, word)| {
        let before = at.checked_sub(1).and_then(|i| behind.get(i)).copied();
        let after = behind.get(at + 1).copied().unwrap_or_default();
        let (named, number) =
            word.rsplit_once('=').map_or((false, *word), |(name, number)| (name.ends_with("status") || name.ends_with("code"), number));
        let number = number.trim_matches(QUOTES).trim_end_matches([',', ';', ':']);
        // Right behind the path a word may follow that says of what there are so many.
        let bare = !after.starts_with(|c: char| c.is_ascii_lowercase() || c == 'µ');
        let told = named || before.map_or(bare, |word| word.starts_with("HTTP/") || TELLS.contains(&word.trim_end_matches(':')));
        number.parse().ok().filter(|status| told && number.len() == 3 && (100..600).contains(status))
    })
}

/// So many words behind a path its status stands.
const BEHIND: usize = 5;

/// What stands before a status.
const TELLS: [&str; 9] = ["->", "=>", "→", "-", "|", "status", "code", "responded", "returned"];

/// What may stand around a word.
const QUOTES: [char; 7] = ['"', '\'', '[', ']', '(', ')', '`'];

/// Methods of HTTP.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

#[cfg(test)]
mod tests {
    use super::{PROBES, path_in, status_in};

    #[test]
    fn a_probe_is_known_by_its_path() {
        let probe = |line| path_in(line).is_some_and(|p| p.split('/').any(|s| PROBES.contains(&s)));
        assert!(probe("10.0.0.1 - - \"GET /healthz/live HTTP/1.1\" 200 2"));
        assert!(probe("GET /actuator/health -> 200 (1 ms)"));
        assert!(!probe("GET /cart/health-insurance 200 3ms"));
        assert!(!probe("cache hit health:7"));
    }

    #[test]
    fn a_status_stands_behind_method_and_path() {
        for (line, status) in [
            ("GET /api/terms/13068 -> 200 (329 ms)", Some(200)),
            ("GET /cart/4878 200 0.5ms", Some(200)),
            ("GET /cart/4878 404", Some(404)),
            ("\"POST /orders HTTP/1.1\" 503 17", Some(503)),
            ("HTTP GET /orders responded 500 in 12.1 ms", Some(500)),
            ("request PUT https://shop.example/x status=404", Some(404)),
            ("GET /x - 502 - 12 ms", Some(502)),
            ("handled GET /users/503 in 200 ms", None),
            ("GET /export 512 rows", None),
            ("PUT /orders/7 enqueued 550 items", None),
            ("POST /x took 523 ms", None),
            ("redis GET cart:503 failed after 500 tries", None),
            ("GET /reports 350.4ms", None),
            ("Completed 523 jobs", None),
        ] {
            assert_eq!(status_in(line), status, "{line}");
        }
    }
}
