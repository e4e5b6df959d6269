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

/// The status in `GET /carts/7 -> 200 (12 ms)`, `"POST /orders HTTP/1.1" 503` or `Completed 200 OK in 12ms`. Numbers with a
/// unit behind them are durations and sizes.
pub(super) fn status_in(message: &str) -> Option<u16> {
    let line = message.lines().next()?;
    let mut words = line.split_ascii_whitespace().peekable();
    let is_path = |word: &&str| word.trim_start_matches(QUOTES).starts_with('/') || word.contains("://");
    while let Some(word) = words.next() {
        let word = word.trim_start_matches(QUOTES);
        let begins = METHODS.contains(&word) && words.next_if(is_path).is_some() || ENDS.contains(&word);
        if begins {
            break;
        }
    }
    while let Some(word) = words.next() {
        let number = word.rsplit('=').next().unwrap_or(word).trim_matches(QUOTES).trim_end_matches([',', ';', ':']);
        let measured = words.peek().is_some_and(|unit| UNITS.contains(&unit.trim_matches(QUOTES)));
        if number.len() == 3
            && !measured
            && let Ok(status @ 100..600) = number.parse()
        {
            return Some(status);
        }
    }
    None
}

/// What may stand around a word.
const QUOTES: [char; 7] = ['"', '\'', '[', ']', '(', ')', '`'];

/// Methods of HTTP.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

/// Words that tell of the end of a request without naming it: those of Rails and of the middleware modelled on it.
const ENDS: [&str; 1] = ["Completed"];

/// Units of numbers that are no status.
const UNITS: [&str; 9] = ["ms", "ms,", "s", "µs", "us", "bytes", "B", "milliseconds", "seconds"];

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
            ("\"POST /orders HTTP/1.1\" 503 17", Some(503)),
            ("Completed 500 Internal Server Error in 35ms", Some(500)),
            ("request PUT https://shop.example/x status=404", Some(404)),
            ("handled GET /users/503 in 200 ms", None),
            ("redis GET cart:503 failed after 500 tries", None),
            ("GET /reports 350.4ms", None),
            ("Completed batch 12 of 400 bytes", None),
        ] {
            assert_eq!(status_in(line), status, "{line}");
        }
    }
}
