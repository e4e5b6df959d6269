//! Whether a generic text speaks of Redis. In: a record and where the text stands. Out: yes or no. Fails when: never.
//!
//! What stands nearest decides: first the line of the text itself (an address or class of Redis there outranks another
//! product, any other product outranks a mere `redis`), then the first line below and above that names a product
//! (frames, causes), then logger, service, instance and attributes.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::record::{Kind, Record};

/// Addresses, URLs, classes and modules that only a Redis client, server or proxy prints.
const CERTAIN: [&str; 20] = [
    ":6379",
    ":6380",
    ":26379",
    "redis://",
    "rediss://",
    "redis.exceptions",
    "redis.clients",
    "io.lettuce",
    "i.l.core.",
    "i.l.c.",
    "stackexchange.redis",
    "org.redisson",
    "o.redisson",
    "r.c.jedis",
    "r.c.j.",
    "o.s.d.redis",
    "o.s.d.r.",
    "go-redis",
    "redis.asyncio",
    "redisclient::",
];
/// Words that show Redis: products, libraries, usual ports.
const REDIS: [&str; 33] = [
    "redis",
    "valkey",
    "jedis",
    "lettuce",
    "elasticache",
    "keydb",
    "dragonfly",
    "dfly_",
    "sidekiq",
    "bullmq",
    "memorydb",
    "predis",
    "redix",
    "rueidis",
    "redigo",
    ":6381",
    ":7000",
    ":7001",
    ":7002",
    ":7003",
    ":7004",
    ":7005",
    "sentinel",
    "resque",
    "dfly::",
    "replyerror",
    "noauth ",
    "noperm ",
    "wrongpass ",
    "clusterdown ",
    "masterdown ",
    "noreplicas ",
    "crossslot ",
];
/// Source files of Dragonfly, which name its records' logger.
const DRAGONFLY_FILES: [&str; 13] = [
    "server_family.cc",
    "main_service.cc",
    "cluster_config.cc",
    "cluster_family.cc",
    "replica.cc",
    "snapshot.cc",
    "snapshot_storage.cc",
    "rdb_save.cc",
    "rdb_load.cc",
    "dflycmd.cc",
    "dfly_main.cc",
    "db_slice.cc",
    "tiered_storage.cc",
];
/// Words that show another store, broker or protocol.
const OTHERS: [&str; 37] = [
    "postgres",
    "psycopg",
    "mysql",
    "mariadb",
    "mongo",
    "rabbitmq",
    "amqp",
    "kafka",
    "memcache",
    "dalli",
    "elasticsearch",
    "opensearch",
    "hikari",
    "jdbc",
    "activerecord",
    "sqlalchemy",
    "queuepool",
    "oracle",
    "cassandra",
    "faktory",
    "nats:",
    "grpc",
    "rpc error",
    "smtp",
    "ldap",
    "etcd",
    ":5432",
    ":3306",
    ":27017",
    ":5672",
    ":9092",
    ":11211",
    ":9200",
    ":2379",
    ":443",
    ":5671",
    ":1433",
];
/// English words that begin like a product's name: what follows `redis` or `predis` in them.
const NOT_REDIS: [&str; 5] = ["trib", "cover", "patch", "play", "pos"];

/// What a text names.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Names {
    Nothing,
    Other,
    Redis,
    Certain,
}

fn automaton() -> Option<&'static AhoCorasick> {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    WORDS
        .get_or_init(|| {
            let words = CERTAIN.iter().chain(&REDIS).chain(&OTHERS);
            AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostFirst).build(words).ok()
        })
        .as_ref()
}

/// The strongest thing that the text names; an address of Redis outranks another product, which outranks a word.
fn names(text: &str) -> Names {
    let Some(automaton) = automaton() else { return Names::Nothing };
    let mut found = Names::Nothing;
    for hit in automaton.find_iter(text) {
        let pattern = hit.pattern().as_usize();
        if pattern < CERTAIN.len() {
            return Names::Certain;
        }
        if pattern >= CERTAIN.len() + REDIS.len() {
            found = Names::Other;
        } else if found == Names::Nothing && !begins_a_word(text, hit.end()) {
            found = Names::Redis;
        }
    }
    found
}

/// `redistribute`, `rediscovered`, `predisposed`.
fn begins_a_word(text: &str, end: usize) -> bool {
    text.get(end..).is_some_and(|rest| NOT_REDIS.iter().any(|n| rest.starts_with(n)))
}

/// What the first of these lines that names anything names.
fn nearest<'a>(lines: impl Iterator<Item = &'a str>) -> Names {
    lines.map(names).find(|n| *n != Names::Nothing).unwrap_or(Names::Nothing)
}

/// Whether a record ties a generic text to Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// It names Redis.
    Redis,
    /// It names another product.
    Other,
    /// It names nothing; what else the input shows may decide.
    Open,
}

/// The record speaks of Redis anywhere.
pub fn mentions_redis(record: &Record) -> bool {
    // Nearly every word of the lists that healthy lines hold has one of these two in it.
    let quick = |t: &str| t.contains("edis") || t.contains("alkey");
    let says = |t: &str| quick(t) && matches!(names(t), Names::Redis | Names::Certain);
    says(&record.body) || record.logger.as_deref().is_some_and(says) || record.attributes.iter().any(|(_, v)| says(v))
}

/// The line of the text at `start..end` names another product, which settles it whatever stands around it.
pub(super) fn names_other(text: &str, start: usize, end: usize) -> bool {
    let from = text.get(..start).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
    let to = text.get(end..).and_then(|b| b.find('\n')).map_or(text.len(), |i| end + i);
    names(text.get(from..to).unwrap_or(text)) == Names::Other
}

/// What the text says of the match at `start..end`: its line, else the first line below and above that names a product.
pub(super) fn around(body: &str, start: usize, end: usize) -> Names {
    let from = body.get(..start).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
    let to = body.get(end..).and_then(|b| b.find('\n')).map_or(body.len(), |i| end + i);
    let below = || nearest(body.get(to..).unwrap_or_default().lines());
    let above = || nearest(body.get(..from).unwrap_or_default().lines().rev());
    first([&|| names(body.get(from..to).unwrap_or(body)), &below, &above])
}

fn first<const N: usize>(looks: [&dyn Fn() -> Names; N]) -> Names {
    looks.into_iter().map(|look| look()).find(|n| *n != Names::Nothing).unwrap_or(Names::Nothing)
}

/// Whether the record ties a match to Redis around which its text names this.
pub(super) fn tie(record: &Record, around: Names) -> Tie {
    if matches!(record.kind, Kind::Server { .. }) {
        return Tie::Redis;
    }
    let logger = || record.logger.as_deref().map_or(Names::Nothing, of_logger);
    let service = || nearest(record.service.as_deref().into_iter().chain(record.instance.as_deref()));
    match first([&|| around, &logger, &service]) {
        Names::Certain | Names::Redis => Tie::Redis,
        Names::Other => Tie::Other,
        Names::Nothing => {
            let said = |t: &str| matches!(names(t), Names::Redis | Names::Certain);
            if record.attributes.iter().any(|(k, v)| said(k) || said(v)) { Tie::Redis } else { Tie::Open }
        }
    }
}

fn of_logger(logger: &str) -> Names {
    if DRAGONFLY_FILES.iter().any(|f| logger.starts_with(f)) { Names::Certain } else { names(logger) }
}
