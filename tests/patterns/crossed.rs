//! Who speaks x what failed x how it is logged: a client without a signature of its own is understood all the same, and
//! the same words of another product are not.
//!
//! The tables are written from the runtimes' documents, not from the patterns.

use std::collections::BTreeSet;

use whyredis::event::Event;
use whyredis::patterns::Library;

use crate::through::{alone, ids, pipeline};
use crate::wrap::{LAYOUTS, laid_out};

/// Messages of clients, frameworks, proxies and workers of Redis and its forks; `{}` is what failed.
const SPEAKERS: [&str; 24] = [
    "redis: {}",
    "Redis client error: {}",
    "could not flush counters to redis://10.2.0.9:6399/0: {}",
    "valkey session store: {}",
    "KeyDB replica of cache-1 unusable: {}",
    "dragonfly sessions: {}",
    "heartbeat of Sidekiq::Launcher: {}",
    "Resque::Worker caught: {}",
    "bull:mail:3 stalled: {}",
    "bullmq worker mail: {}",
    "Redix: {}",
    "rueidis: {}",
    "redigo: {}",
    "asynq: {}",
    "cache sessions.abc123.0001.use1.cache.amazonaws.com: {}",
    "shop-cache.redis.cache.windows.net: {}",
    "upstash: {}",
    "counter: {} [tcp://10.2.0.9:6379]",
    "load: {} (sessions-primary:6380)",
    "push of the job failed: {}\n    at RedisSocket.connect (/srv/app/node_modules/@redis/client/dist/lib/client/socket.js:200:21)",
    "job failed: {}\n  File \"/usr/lib/python3/dist-packages/redis/connection.py\", line 563, in connect\n    sock = self._connect()",
    "fetch: {} - connect(2) for redis-cache.internal:6399",
    "checkout failed: {}\n\tat redis.clients.jedis.Connection.connect(Connection.java:207)\n\tat com.shop.cart.CartCache.load(CartCache.java:41)",
    "hub backplane: {}\n   at StackExchange.Redis.ConnectionMultiplexer.ConnectImpl(ConfigurationOptions configuration)",
];

/// Messages of other products.
const OTHERS: [&str; 14] = [
    "postgres: {}",
    "SQLSTATE[HY000] [2002] {}",
    "MongoNetworkError: {}",
    "amqp publisher of orders: {}",
    "kafka producer orders at 10.2.0.9:9092: {}",
    "memcached 10.2.0.9:11211: {}",
    "elasticsearch bulk: {}",
    "smtp relay: {}",
    "payment gateway: {}",
    "Get \"https://api.example.com/v1/health\": {}",
    "Get \"http://10.2.0.9:8080/redis/health\": {}",
    "charge failed: {}\n    at TLSSocket.connect (/srv/app/node_modules/stripe/lib/net.js:200:21)",
    "load failed: {}\n\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:696)\n\tat org.hibernate.Session.load(Session.java:41)",
    "sync failed: {}\n  File \"/usr/lib/python3/dist-packages/psycopg2/__init__.py\", line 122, in connect",
];

/// What runtimes say, and the symptoms that are right answers to it.
const FAILURES: [(&str, &[&str]); 52] = [
    ("connect ECONNREFUSED", REFUSED),
    ("Connection refused", REFUSED),
    ("Connection refused (os error 111)", REFUSED),
    ("[Errno 111] Connection refused", REFUSED),
    ("No connection could be made because the target machine actively refused it.", REFUSED),
    (":econnrefused", REFUSED),
    ("Verbindungsaufbau abgelehnt", REFUSED),
    ("connect ENOENT /run/cache.sock", REFUSED),
    ("dial unix /run/cache.sock: connect: no such file or directory", REFUSED),
    ("connect ETIMEDOUT", UNREACHED),
    ("Connection timed out", UNREACHED),
    ("connect timed out", UNREACHED),
    ("No route to host", UNREACHED),
    ("connect EHOSTUNREACH", UNREACHED),
    ("Network is unreachable (os error 101)", UNREACHED),
    ("[Errno 113] No route to host", UNREACHED),
    ("A socket operation was attempted to an unreachable host.", UNREACHED),
    ("read ECONNRESET", RESET),
    ("write EPIPE", RESET),
    ("Connection reset by peer", RESET),
    ("Broken pipe (os error 32)", RESET),
    ("[Errno 104] Connection reset by peer", RESET),
    ("An existing connection was forcibly closed by the remote host.", RESET),
    ("Software caused connection abort", RESET),
    ("Tubería rota", RESET),
    ("unexpected EOF", RESET),
    ("EOF", RESET),
    ("Connection closed by server", RESET),
    ("use of closed network connection", RESET),
    ("java.nio.channels.ClosedChannelException", RESET),
    ("i/o timeout", SLOW),
    ("context deadline exceeded", SLOW),
    ("Read timed out", SLOW),
    ("read ETIMEDOUT", SLOW),
    ("getaddrinfo EAI_AGAIN peer-1", NAMES),
    ("getaddrinfo ENOTFOUND peer-1", NAMES),
    ("Name or service not known", NAMES),
    ("Temporary failure in name resolution", NAMES),
    ("dial tcp: lookup peer-1 on 10.96.0.10:53: no such host", NAMES),
    ("nodename nor servname provided, or not known", NAMES),
    ("No such host is known.", NAMES),
    ("java.net.UnknownHostException: peer-1", NAMES),
    ("self signed certificate in certificate chain", TRUST),
    ("x509: certificate signed by unknown authority", TRUST),
    ("remote error: tls: handshake failure", TRUST),
    ("certificate verify failed: unable to get local issuer certificate", TRUST),
    ("error:0A00010B:SSL routines::wrong version number", TRUST),
    ("connect EMFILE", &["fd-limit"]),
    ("Too many open files (os error 24)", &["fd-limit"]),
    ("Cannot assign requested address", &["ports-exhausted"]),
    ("connection pool timeout", &["pool-exhausted"]),
    ("timed out waiting for a connection from the pool", &["pool-exhausted"]),
];
const REFUSED: &[&str] = &["connection-refused"];
const UNREACHED: &[&str] = &["connect-timeout"];
const RESET: &[&str] = &["connection-reset"];
const SLOW: &[&str] = &["command-timeout", "connect-timeout"];
const NAMES: &[&str] = &["dns-failure"];
const TRUST: &[&str] = &["tls-failure"];

/// Each speaker with each failure, the layouts in turn: (layout, text, right answers).
fn crossed(speakers: &[&str]) -> Vec<(&'static str, String, &'static [&'static str])> {
    let mut out = Vec::new();
    for (i, speaker) in speakers.iter().enumerate() {
        for (k, (failure, right)) in FAILURES.iter().enumerate() {
            let layout = LAYOUTS[(i * 7 + k) % LAYOUTS.len()];
            out.push((layout, laid_out(layout, "com.shop.jobs.Runner", &speaker.replace("{}", failure)), *right));
        }
    }
    out
}

fn said<'l>(library: &'l Library, events: &[Event]) -> BTreeSet<(&'l str, &'l str)> {
    let parent = |e: &Event| library.symptom(e.symptom).parent.unwrap_or(e.symptom);
    events.iter().map(|e| (library.symptom(parent(e)).id.as_ref(), ids(library, e).1)).collect()
}

#[test]
fn whoever_speaks_of_redis_is_understood() {
    let library = Library::builtin();
    let cases = crossed(&SPEAKERS);
    let texts: Vec<String> = cases.iter().map(|(_, t, _)| t.clone()).collect();
    let mut wrong = Vec::new();
    for ((layout, text, right), got) in cases.iter().zip(pipeline(&library, &texts).iter().map(|e| said(&library, e))) {
        if got.is_empty() || got.iter().any(|(s, _)| !right.contains(s)) {
            wrong.push(format!("{layout}: {right:?} expected, found {got:?} in {text:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn other_products_are_left_alone() {
    let library = Library::builtin();
    let cases = crossed(&OTHERS);
    let texts: Vec<String> = cases.iter().map(|(_, t, _)| t.clone()).collect();
    let mut wrong = Vec::new();
    for ((layout, text, _), got) in cases.iter().zip(pipeline(&library, &texts).iter().map(|e| said(&library, e))) {
        if !got.is_empty() {
            wrong.push(format!("{layout}: found {got:?} in {text:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// In a paste the nearest name decides, and a name that is another product's ties nothing.
#[test]
fn in_a_paste_the_nearest_name_decides() {
    let library = Library::builtin();
    let one = |text: &str| said(&library, &alone(&library, text));
    for text in [
        "Creating Redis client\nStarting connection\nError: read ECONNRESET",
        "ERROR read ECONNRESET\nINFO redis will reconnect in 50 ms",
        "INFO Postgres is up\nINFO connecting to valkey\nERROR read ECONNRESET",
    ] {
        assert_eq!(one(text).iter().map(|(s, _)| *s).collect::<Vec<_>>(), ["connection-reset"], "{text:?}");
    }
    for text in [
        "INFO redis connected\nINFO connecting to postgres\nERROR read ECONNRESET",
        "INFO redis connected\nERROR connect ECONNREFUSED 10.2.0.9:9000",
        "INFO redis connected\nINFO read ECONNRESET",
        "INFO started\nERROR read ECONNRESET",
    ] {
        assert_eq!(one(text).len(), 0, "{text:?}");
    }
    let long = format!("INFO redis connected\n{}ERROR read ECONNRESET", "INFO tick\n".repeat(100));
    assert_eq!(one(&long).len(), 0);
}
