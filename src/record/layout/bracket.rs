//! Text that begins with brackets but no time: `[ERROR] [trace_id:req-401-a1b2c3] [Redis] text`, Nest.
//!
//! In: a line. Out: [`Parsed`]. Fails when: never; `None` when the first bracket is no level.

use super::head::{self, bracket};
use super::{Parsed, fields};
use crate::record::clock::parse_prefix;
use crate::record::severity::Severity;

/// `[LEVEL] …` without a time before it (one may follow).
pub(super) fn parse(text: &str) -> Option<Parsed<'_>> {
    let (content, after) = bracket(text)?;
    let severity = Severity::from_word(content.trim());
    if severity == Severity::Unknown || content.trim().len() < 2 {
        return None;
    }
    let mut parsed = Parsed { layout: "bracket", severity, ..Parsed::default() };
    let mut rest = after.trim_start();
    if let Some((stamp, taken)) = parse_prefix(rest) {
        parsed.time = Some(stamp);
        rest = rest.get(taken..)?;
    }
    let message = head::walk(rest, &mut parsed).rest;
    fields::read(message, &mut parsed);
    parsed.message = message.into();
    Some(parsed)
}

/// `[Nest] 1  - 01/17/2024, 9:00:01 AM     LOG [Context] message`.
pub(super) fn nest(text: &str) -> Option<Parsed<'_>> {
    let (process, rest) = text.strip_prefix("[Nest] ")?.split_once(" - ")?;
    if !process.trim().bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim_start();
    let (stamp, taken) = parse_prefix(rest)?;
    let mut parsed = Parsed { layout: "bracket", time: Some(stamp), ..Parsed::default() };
    let mut rest = rest.get(taken..)?.trim_start();
    if let Some(after) = rest.strip_prefix("LOG ") {
        parsed.severity = Severity::Info;
        rest = after;
    }
    let message = head::walk(rest, &mut parsed).rest;
    fields::read(message, &mut parsed);
    parsed.message = message.into();
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use crate::record::severity::Severity;

    #[test]
    fn the_runbook_style() {
        let got = read(
            "2024-01-17T09:00:01.950Z [ERROR] [trace_id:req-401-a1b2c3] [redis-node:cache-primary] [Redis] ERR max number of clients reached - exception while processing GET user:profile:12345",
        );
        assert_eq!((got.layout, got.severity, trace(&got)), ("bracket", Severity::Error, Some("req-401-a1b2c3")));
        assert_eq!(
            (attribute(&got, "redis-node"), got.logger.as_deref(), ms(&got).as_deref()),
            (Some("cache-primary"), Some("Redis"), Some("2024-01-17T09:00:01.950Z"))
        );
        assert_eq!(got.message, "ERR max number of clients reached - exception while processing GET user:profile:12345");
        let warn = read(
            "2024-01-17T09:00:02.012Z [WARN]  [redis-node:cache-primary] [Redis] Connected clients: 998 / maxclients: 1000 - pool almost exhausted",
        );
        assert_eq!(
            (warn.severity, trace(&warn), warn.message.as_ref()),
            (Severity::Warn, None, "Connected clients: 998 / maxclients: 1000 - pool almost exhausted")
        );
        let service = read(
            "2024-01-17T09:00:02.145Z [ERROR] [trace_id:req-402-a2b3c4] [redis-node:cache-primary] [Redis] ConnectionError: ERR max number of clients reached (service: order-service)",
        );
        assert_eq!((service.service.as_deref(), trace(&service)), (Some("order-service"), Some("req-402-a2b3c4")));
        let info = read(
            "2024-01-17T09:00:02.576Z [WARN]  [redis-node:cache-primary] [Redis] INFO clients: connected_clients=1000, blocked_clients=15, tracking_clients=0",
        );
        assert_eq!(info.message, "INFO clients: connected_clients=1000, blocked_clients=15, tracking_clients=0");
        let dotted = read(
            "2024-01-17T09:00:02.712Z [ERROR] [trace_id:req-405-a5b6c7] [redis-node:cache-primary] [Redis] redis.exceptions.ConnectionError: Timeout connecting to Redis - connection pool exhausted",
        );
        assert_eq!(dotted.message, "redis.exceptions.ConnectionError: Timeout connecting to Redis - connection pool exhausted");
    }

    #[test]
    fn without_a_time() {
        let got = read("[ERROR] [Redis] ERR max number of clients reached");
        assert_eq!((got.layout, got.severity, got.message.as_ref()), ("bracket", Severity::Error, "ERR max number of clients reached"));
        assert_eq!(read("[INFO] 2024-01-17 09:00:01 done").message, "done");
        let nest = read("[Nest] 1  - 01/17/2024, 9:00:01 AM   ERROR [RedisService] connect ECONNREFUSED 127.0.0.1:6379");
        assert_eq!(
            (nest.severity, nest.logger.as_deref(), nest.message.as_ref()),
            (Severity::Error, Some("RedisService"), "connect ECONNREFUSED 127.0.0.1:6379")
        );
        assert_eq!(read("[Errno 111] Connection refused").message, "[Errno 111] Connection refused");
        assert_eq!(read("[a] [b").layout, "plain");
    }
}
