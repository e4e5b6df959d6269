//! Which Redis node, command and key a record speaks of. In: a record and a match. Out: names. Fails when: never.

use crate::capture::key_shape;
use crate::matching::Match;
use crate::patterns::Unit;
use crate::record::{Kind, Name, Record, name};

/// The Redis node that the match or its record names. Client-side ephemeral ports are never nodes.
pub(super) fn of(record: &Record, found: &Match) -> Option<Name> {
    let text = |unit: Unit| found.values.iter().find(|v| v.unit == unit).map(|v| v.text.as_str());
    if let Some(addr) = text(Unit::Addr) {
        return clean(addr);
    }
    if let Some(host) = text(Unit::Host) {
        return clean(&text(Unit::Port).map_or_else(|| host.to_string(), |p| format!("{host}:{p}")));
    }
    if let Some(node) = text(Unit::Node) {
        return clean(node);
    }
    if matches!(record.kind, Kind::Server { .. }) {
        return None;
    }
    let named = super::attribute(
        record,
        &["redis-node", "redis_node", "redis.node", "redis_host", "redis.host", "server.address", "net.peer.name"],
    );
    named.and_then(clean).or_else(|| address_in(&record.body))
}

fn clean(addr: &str) -> Option<Name> {
    let addr = addr.trim().trim_matches(|c: char| matches!(c, '"' | '\'' | '[' | ']' | '(' | ')' | ',' | '/' | '<' | '>'));
    let addr = addr.rsplit_once("://").map_or(addr, |(_, rest)| rest);
    let addr = addr.rsplit_once('@').map_or(addr, |(_, rest)| rest);
    let addr = addr.split(['/', '?', ' ']).next().unwrap_or(addr).trim_end_matches(['.', ':']);
    (!addr.is_empty() && addr.len() <= 128).then(|| name(addr))
}

/// Ports of Redis, Sentinel and the usual cluster numbering.
const PORTS: [&str; 9] = [":6379", ":6380", ":6381", ":6382", ":26379", ":7000", ":7001", ":7002", ":7003"];

/// An address with a Redis port in the text: the first.
fn address_in(body: &str) -> Option<Name> {
    let bytes = body.as_bytes();
    let port_at = |at: usize| PORTS.iter().find(|p| bytes.get(at..).is_some_and(|rest| rest.starts_with(p.as_bytes())));
    let (at, port) = memchr::memchr_iter(b':', bytes).find_map(|at| Some((at, *port_at(at)?)))?;
    let after = body.get(at + port.len()..)?;
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let head = body.get(..at)?;
    let from = head.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))).map_or(0, |i| i + 1);
    let host = head.get(from..)?;
    (!host.is_empty()).then(|| body.get(from..at + port.len()).map(name)).flatten()
}

/// Commands that applications name in their texts. INFO is not among them: it is the name of a level, too.
const COMMANDS: [&str; 59] = [
    "GET",
    "SET",
    "HGETALL",
    "HGET",
    "HSET",
    "HMGET",
    "HMSET",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BLMOVE",
    "BZPOPMIN",
    "LPUSH",
    "RPUSH",
    "LPOP",
    "RPOP",
    "LRANGE",
    "SADD",
    "SMEMBERS",
    "SISMEMBER",
    "ZADD",
    "ZRANGE",
    "ZRANGEBYSCORE",
    "ZREVRANGE",
    "DEL",
    "UNLINK",
    "EXISTS",
    "EXPIRE",
    "INCR",
    "INCRBY",
    "DECR",
    "MGET",
    "MSET",
    "SETEX",
    "SETNX",
    "PUBLISH",
    "SUBSCRIBE",
    "XADD",
    "XREAD",
    "XREADGROUP",
    "XACK",
    "KEYS",
    "SCAN",
    "SORT",
    "EVAL",
    "EVALSHA",
    "FLUSHALL",
    "FLUSHDB",
    "PING",
    "TTL",
    "GETSET",
    "HINCRBY",
    "HDEL",
    "SUNION",
    "ZSCORE",
    "ZREM",
    "ZCARD",
    "LLEN",
    "FCALL",
];

/// A Redis command named in capitals: `processing GET user:1`, `failed command: SET …`, `BLPOP queue timeout`.
pub(super) fn command_in(body: &str) -> Option<&'static str> {
    let words = body.as_bytes().split(|b| !(b.is_ascii_alphanumeric() || *b == b'_'));
    let mut named = words.filter(|w| w.len() >= 3 && w.iter().all(u8::is_ascii_uppercase));
    named.find_map(|w| COMMANDS.iter().find(|c| c.as_bytes() == w).copied())
}

/// The Redis command whose method stands in a frame of a client: `in blpop` of Python, `Redis->xread(`, `Jedis.brpop(`,
/// `cmdable.BLPop(`, ``in `brpop'`` of Ruby.
pub(super) fn command_of_frames(body: &str) -> Option<&'static str> {
    let frames = body.split('\n').skip(1).filter(|line| CLIENTS.iter().any(|c| line.contains(c)));
    frames.flat_map(methods).find_map(|m| COMMANDS.iter().find(|c| m.eq_ignore_ascii_case(c)).copied())
}

/// What the frames of Redis clients name: packages, classes, folders.
const CLIENTS: [&str; 4] = ["redis", "Redis", "lettuce", "jedis"];

/// Names in a frame that stand where a method does.
fn methods(frame: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let before = |at: usize| frame.get(..at).unwrap_or_default().ends_with(['.', '>', '#', '`', '\'', ' ']);
    let after = |at: usize| frame.get(at..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['(', '\'']));
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end + frame.get(end..)?.find(is_name)?;
        end = frame.get(start..)?.find(|c: char| !is_name(c)).map_or(frame.len(), |n| start + n);
        Some((start, end))
    })
    .filter(move |(start, end)| before(*start) && after(*end))
    .filter_map(|(start, end)| frame.get(start..end))
}

/// The key behind a command in the text.
pub(super) fn key_behind(body: &str, command: &str) -> Option<String> {
    let at = body.find(&format!("{command} "))?;
    let key =
        body.get(at + command.len() + 1..)?.split_whitespace().next()?.trim_matches(|c: char| matches!(c, '"' | '\'' | ',' | ')' | '('));
    let plausible = key.contains([':', '_', '.', '-']) && key.len() <= 200 && !key.contains(['=', '/']);
    plausible.then(|| key_shape(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_in_a_clients_frame_names_the_command() {
        let of = |frame: &str| command_of_frames(&format!("an error\n{frame}"));
        assert_eq!(of("  File \"/usr/lib/python3/dist-packages/redis/commands/core.py\", line 2642, in blpop"), Some("BLPOP"));
        assert_eq!(of("#0 /app/vendor/laravel/framework/src/Connection.php(111): Redis->xread(Array, NULL, 0)"), Some("XREAD"));
        assert_eq!(of("\tat redis.clients.jedis.BinaryJedis.brpoplpush(BinaryJedis.java:2142)"), Some("BRPOPLPUSH"));
        assert_eq!(of("github.com/go-redis/redis/v8.cmdable.HGetAll(0xc000)"), Some("HGETALL"));
        assert_eq!(of("/gems/redis-4.2.5/lib/redis.rb:1329:in `block in brpop'"), Some("BRPOP"));
        assert_eq!(of("\tat redis.clients.jedis.JedisPool.getResource(JedisPool.java:226)"), None);
        assert_eq!(of("  File \"/srv/app/views.py\", line 12, in get"), None, "no client's");
        assert_eq!(command_of_frames("redis said set (nothing)"), None, "no frame");
    }
}
