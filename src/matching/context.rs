//! Whether a generic text speaks of Redis. In: a record and where the text stands. Out: yes or no. Fails when: never.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::record::Record;

/// Words that show Redis: products, client classes and frames, its ports.
const REDIS: [&str; 24] = [
    "redis",
    "valkey",
    "jedis",
    "lettuce",
    "elasticache",
    "keydb",
    "dragonfly",
    "sidekiq",
    "bullmq",
    "memorydb",
    "hiredis",
    "predis",
    "redix",
    "rueidis",
    "redigo",
    ":6379",
    ":6380",
    ":6381",
    ":26379",
    ":7000",
    ":7001",
    "rediss",
    "sentinel",
    "resque",
];
/// Words that show another store or broker; on the line of the text itself they win over a `redis` elsewhere.
const OTHERS: [&str; 34] = [
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
    "smtp",
    "ldap",
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

fn automaton(cell: &'static OnceLock<Option<AhoCorasick>>, words: &[&str]) -> Option<&'static AhoCorasick> {
    cell.get_or_init(|| AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()).as_ref()
}

fn holds(words: Option<&AhoCorasick>, text: &str) -> bool {
    words.is_some_and(|a| a.is_match(text))
}

/// True when the record ties the text at `start..end` to Redis: a frame, class, logger, host or port in the record,
/// and no other product on the line of the text itself unless that line names Redis too.
pub fn shows_redis(record: &Record, start: usize, end: usize) -> bool {
    static YES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    static NO: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let (yes, no) = (automaton(&YES, &REDIS), automaton(&NO, &OTHERS));
    let body = record.body.as_str();
    let from = body.get(..start).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
    let to = body.get(end..).and_then(|b| b.find('\n')).map_or(body.len(), |i| end + i);
    let line = body.get(from..to).unwrap_or(body);
    if holds(no, line) {
        return holds(yes, line) && names_redis_endpoint(line);
    }
    holds(yes, body)
        || record.logger.as_deref().is_some_and(|l| holds(yes, l))
        || record.attributes.iter().any(|(k, v)| holds(yes, k) || holds(yes, v))
}

/// The line itself carries a Redis address or URL, not only the word.
fn names_redis_endpoint(line: &str) -> bool {
    [":6379", ":6380", ":26379", "redis://", "rediss://", "redis.exceptions", "redis.clients", "io.lettuce", "StackExchange.Redis"]
        .iter()
        .any(|w| line.contains(w))
}
