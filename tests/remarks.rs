//! Traces and answers that are written in unusual places: behind heads of their own, at level debug, in fields of objects.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod judging;

use judging::told;
use whyredis::report::{Report, Verdict};

fn symptoms(report: &Report) -> Vec<(&str, u64)> {
    report.incidents.iter().flat_map(|i| &i.symptoms).map(|s| (s.id.as_ref(), s.count)).collect()
}

/// A text that says nothing of Redis is tied to it by the frames below it, each with a time and a level of its own.
#[test]
fn frames_with_heads_tell_whose_error_it_is() {
    let trace = |client: &str| {
        ["java.net.SocketTimeoutException: Read timed out", "\tat java.net.SocketInputStream.read(SocketInputStream.java:171)"]
            .into_iter()
            .map(String::from)
            .chain([format!("\tat {client}.Connection.readProtocol(Connection.java:96)")])
            .map(|line| format!("[18:20:31] [Server thread/WARN]: {line}\n"))
            .collect::<String>()
    };
    assert_eq!(symptoms(&told("latest.log", &trace("redis.clients.jedis"))), [("command-timeout", 1)]);
    assert_eq!(symptoms(&told("latest.log", &trace("com.mysql.cj"))), []);
}

/// What a server answered is proof at any level; what a program says of Redis for its developers is none.
#[test]
fn answers_at_level_debug_are_proof() {
    let line =
        |message: &str| format!("2026-05-04 10:11:12.131 TRACE 71 --- [ioEventLoop-6-2] i.l.core.protocol.CommandHandler : {message}\n");
    let answer = "[channel=0x0f, /10.0.1.7:49748 -> cache.internal/10.0.9.9:6379] Buffer: -ERR max number of clients reached";
    assert_eq!(symptoms(&told("shop.log", &line(answer))), [("maxclients-reached", 1)]);
    let remark = "will back off if the server says ERR max number of clients reached";
    assert_eq!(told("shop.log", &line(remark)).verdict, Verdict::NoIncident);
}

/// What a command printed stands in a field of its own.
#[test]
fn fields_that_bear_errors_are_read() {
    for field in ["\"Output\":\"{}\"", "\"job\":{\"lastError\":\"{}\"}", "\"redis\":{\"detail\":\"{}\"}", "\"StdErr\":\"{}\""] {
        let field = field.replace("{}", "[ERR] Not all 16384 slots are covered by nodes.");
        let text = format!("{{\"level\":\"error\",\"ts\":\"2026-05-04T10:11:12Z\",\"msg\":\"command failed\",{field}}}\n");
        assert_eq!(symptoms(&told("operator.log", &text)).first().map(|s| s.0), Some("cluster-down"), "{text}");
    }
    let other =
        "{\"level\":\"info\",\"ts\":\"2026-05-04T10:11:12Z\",\"msg\":\"command done\",\"Output\":\"[OK] All 16384 slots covered.\"}\n";
    assert_eq!(told("operator.log", other).verdict, Verdict::NoIncident);
}
