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
const REDIS: [&str; 24] = [
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
];
/// Source files of Dragonfly, which name its records' logger.
const DRAGONFLY_FILES: [&str; 5] = ["server_family.cc", "main_service.cc", "cluster_config.cc", "replica.cc", "snapshot.cc"];
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
enum Names {
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

/// True when the record ties the text at `start..end` to Redis.
pub(super) fn shows_redis(record: &Record, start: usize, end: usize) -> bool {
    if matches!(record.kind, Kind::Server { .. }) {
        return true;
    }
    let body = record.body.as_str();
    let from = body.get(..start).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
    let to = body.get(end..).and_then(|b| b.find('\n')).map_or(body.len(), |i| end + i);
    let below = || nearest(body.get(to..).unwrap_or_default().lines());
    let above = || nearest(body.get(..from).unwrap_or_default().lines().rev());
    let logger = || record.logger.as_deref().map_or(Names::Nothing, of_logger);
    let service = || nearest(record.service.as_deref().into_iter().chain(record.instance.as_deref()));
    let around: [&dyn Fn() -> Names; 4] = [&below, &above, &logger, &service];
    let mut found = names(body.get(from..to).unwrap_or(body));
    for look in around {
        if found != Names::Nothing {
            break;
        }
        found = look();
    }
    match found {
        Names::Certain | Names::Redis => true,
        Names::Other => false,
        Names::Nothing => record
            .attributes
            .iter()
            .any(|(k, v)| matches!(names(k), Names::Redis | Names::Certain) || matches!(names(v), Names::Redis | Names::Certain)),
    }
}

fn of_logger(logger: &str) -> Names {
    if DRAGONFLY_FILES.iter().any(|f| logger.starts_with(f)) { Names::Certain } else { names(logger) }
}
