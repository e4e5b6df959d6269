use super::super::testing::{attribute, ms, read, trace};
use crate::record::Kind;
use crate::record::severity::Severity;

const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";
const TEXT: &str = "cart lookup failed: ERR max number of clients reached";
const CART: &str = "checkout-api";

#[test]
fn problem_lines_of_every_logger() {
    let fine = "2024-01-17T09:00:01.204Z";
    let whole = "2024-01-17T09:00:01.000Z";
    for (line, time) in [
        (
            r#"{"@timestamp":"2024-01-17T09:00:01.204595Z","log":{"level":"ERROR","logger":"com.shop.checkout.CartClient"},"process":{"pid":1,"thread":{"name":"main"}},"service":{"name":"checkout-api","version":"1.42.0","node":{}},"message":"cart lookup failed: ERR max number of clients reached cmd=GET","traceId":"65a79711ce499dea30cfce118f4fe8a1","spanId":"51a0000000005555","ecs":{"version":"8.11"}}"#,
            fine,
        ),
        (
            r#"{"@timestamp":"2024-01-17T09:00:01.204595Z","log.level":"ERROR","log.logger":"com.shop.checkout.CartClient","service.name":"checkout-api","message":"cart lookup failed: ERR max number of clients reached cmd=GET","trace.id":"65a79711ce499dea30cfce118f4fe8a1"}"#,
            fine,
        ),
        (
            r#"{"@timestamp":"2024-01-17T09:00:01.204595Z","@version":"1","message":"cart lookup failed: ERR max number of clients reached cmd=GET","logger_name":"com.shop.checkout.CartClient","thread_name":"main","level":"ERROR","level_value":40000,"traceId":"65a79711ce499dea30cfce118f4fe8a1","spanId":"51a0000000005555","service":"checkout-api"}"#,
            fine,
        ),
        (
            r#"{"cmd":"GET","service":"checkout-api","trace_id":"65a79711ce499dea30cfce118f4fe8a1","event":"cart lookup failed: ERR max number of clients reached","logger":"checkout.cart","level":"error","timestamp":"2024-01-17T09:00:01.204595Z"}"#,
            fine,
        ),
        (
            r#"{"level":50,"time":1705482001204,"pid":1,"hostname":"checkout-api-6d9f7c8b5d-x2x9k","name":"checkout-api","traceId":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET","msg":"cart lookup failed: ERR max number of clients reached"}"#,
            fine,
        ),
        (
            r#"{"name":"checkout-api","hostname":"checkout-api-6d9f7c8b5d-x2x9k","pid":1,"level":50,"req_id":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET","msg":"cart lookup failed: ERR max number of clients reached","time":"2024-01-17T09:00:01.204Z","v":0}"#,
            fine,
        ),
        (
            r#"{"level":"error","message":"cart lookup failed: ERR max number of clients reached","service":"checkout-api","requestId":"65a79711ce499dea30cfce118f4fe8a1","timestamp":"2024-01-17T09:00:01.204Z","cmd":"GET"}"#,
            fine,
        ),
        (
            r#"{"level":"error","ts":1705482001.204,"logger":"checkout-api","caller":"cart/client.go:88","msg":"cart lookup failed: ERR max number of clients reached","trace_id":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET"}"#,
            fine,
        ),
        (
            r#"{"level":"error","service":"checkout-api","trace_id":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET","time":"2024-01-17T09:00:01Z","message":"cart lookup failed: ERR max number of clients reached"}"#,
            whole,
        ),
        (
            r#"{"time":"2024-01-17T09:00:01.204523645Z","level":"ERROR","msg":"cart lookup failed: ERR max number of clients reached","service":"checkout-api","trace_id":"65a79711ce499dea30cfce118f4fe8a1","cmd":"GET"}"#,
            fine,
        ),
        (
            r#"{"@t":"2024-01-17T09:00:01.2045950Z","@mt":"{Op}: {RedisError}","Op":"cart lookup failed","RedisError":"ERR max number of clients reached","@l":"Error","@tr":"65a79711ce499dea30cfce118f4fe8a1","@sp":"51a0000000005555","Application":"checkout-api","cmd":"GET"}"#,
            fine,
        ),
        (
            r#"{"Timestamp":"2024-01-17T09:00:01.204Z","EventId":0,"LogLevel":"Error","Category":"checkout-api.RedisStore","Message":"cart lookup failed: ERR max number of clients reached cmd=GET","State":{"Message":"cart lookup failed: ERR max number of clients reached cmd=GET","{OriginalFormat}":"x"},"Scopes":[{"Message":"SpanId:51a0000000005555, TraceId:65a79711ce499dea30cfce118f4fe8a1, ParentId:0000000000000000","SpanId":"51a0000000005555","TraceId":"65a79711ce499dea30cfce118f4fe8a1","ParentId":"0000000000000000"}]}"#,
            fine,
        ),
        (
            r#"{"timestamp":"2024-01-17T09:00:01.204595Z","level":"ERROR","fields":{"message":"cart lookup failed: ERR max number of clients reached","cmd":"GET"},"target":"checkout::cart","span":{"service":"checkout-api","trace_id":"65a79711ce499dea30cfce118f4fe8a1","name":"request"},"spans":[{"service":"checkout-api","trace_id":"65a79711ce499dea30cfce118f4fe8a1","name":"request"}]}"#,
            fine,
        ),
        (
            r#"{"severity":"ERROR","timestamp":{"seconds":1705482001,"nanos":204000000},"message":"cart lookup failed: ERR max number of clients reached","logging.googleapis.com/trace":"projects/p/traces/65a79711ce499dea30cfce118f4fe8a1","serviceName":"checkout-api","cmd":"GET"}"#,
            fine,
        ),
        (
            r#"{"message":"cart lookup failed: ERR max number of clients reached","context":{"cmd":"GET","trace_id":"65a79711ce499dea30cfce118f4fe8a1"},"level":400,"level_name":"ERROR","channel":"checkout-api","datetime":"2024-01-17T09:00:01.204595+00:00","extra":{}}"#,
            fine,
        ),
        (
            r#"{"dd":{"service":"checkout-api","trace_id":"65a79711ce499dea30cfce118f4fe8a1"},"levelname":"ERROR","asctime":"2024-01-17 09:00:01,204","name":"checkout.cart","message":"cart lookup failed: ERR max number of clients reached","cmd":"GET"}"#,
            fine,
        ),
        (
            r#"{"text":"2024-01-17 … cart lookup failed\n","record":{"message":"cart lookup failed: ERR max number of clients reached","level":{"icon":"x","name":"ERROR","no":40},"time":{"repr":"2024-01-17 09:00:01.204595+00:00","timestamp":1705482001.204595},"name":"checkout.cart","extra":{"trace_id":"65a79711ce499dea30cfce118f4fe8a1","service":"checkout-api","cmd":"GET"}}}"#,
            fine,
        ),
        (
            r#"{"instant":{"epochSecond":1705482001,"nanoOfSecond":204000000},"thread":"main","level":"ERROR","loggerName":"com.shop.Cart","message":"cart lookup failed: ERR max number of clients reached","contextMap":{"traceId":"65a79711ce499dea30cfce118f4fe8a1","service":"checkout-api","cmd":"GET"}}"#,
            fine,
        ),
    ] {
        let got = read(line);
        assert_eq!((got.layout, got.severity, got.service.as_deref()), ("json", Severity::Error, Some(CART)), "{line}");
        assert_eq!((trace(&got), ms(&got).as_deref()), (Some(HEX), Some(time)), "{line}");
        assert_eq!(got.message.strip_suffix(" cmd=GET").unwrap_or(&got.message), TEXT, "{line}");
        let cmd = got.attributes.iter().find(|(key, _)| key.ends_with("cmd")).map(|(_, value)| value.as_str());
        assert_eq!((cmd, got.kind.clone()), (Some("GET"), Kind::Application), "{line} {:?}", got.attributes);
    }
}

#[test]
fn healthy_requests_stay_application_lines() {
    let got = read(
        r#"{"level":"info","service":"checkout-api","method":"GET","path":"/cart/8812","status":200,"duration_ms":14,"time":"2024-01-17T09:00:00Z","message":"request completed"}"#,
    );
    assert_eq!((got.kind.clone(), got.message.as_ref()), (Kind::Application, "request completed"));
    assert_eq!(
        ["method", "path", "status", "duration_ms"].map(|key| attribute(&got, key)),
        [Some("GET"), Some("/cart/8812"), Some("200"), Some("14")]
    );
    let clef = read(r#"{"@t":"2024-01-17T09:00:00.0120000Z","@mt":"{Text}","Text":"request completed","Application":"checkout-api"}"#);
    assert_eq!((clef.severity, clef.message.as_ref()), (Severity::Info, "request completed"));
}

#[test]
fn texts_of_errors_are_joined_once() {
    for (line, want) in [
        (
            r#"{"msg":"cart failed","err":{"type":"ReplyError","message":"ERR max number of clients reached","code":"ERR","command":{"name":"get"}}}"#,
            "cart failed\nReplyError: ERR max number of clients reached",
        ),
        (
            r#"{"msg":"cart failed","err":{"type":"ReplyError","message":"ERR max","stack":"ReplyError: ERR max\n    at x"}}"#,
            "cart failed\nReplyError: ERR max\nReplyError: ERR max\n    at x",
        ),
        (
            r#"{"level":"error","error":"redis: connection pool timeout","message":"cart failed"}"#,
            "cart failed\nredis: connection pool timeout",
        ),
        (
            r#"{"level":"error","error":"redis: connection pool timeout","message":"cart failed: redis: connection pool timeout"}"#,
            "cart failed: redis: connection pool timeout",
        ),
        (
            r#"{"message":"x","exception":{"class":"RedisException","message":"read error on connection","code":0,"trace":["/a.php:1"]}}"#,
            "x\nRedisException: read error on connection",
        ),
        (
            r#"{"errorMessage":"OOM command not allowed","errorType":"ReplyError","stackTrace":["at a","at b"]}"#,
            "OOM command not allowed\nat a\nat b",
        ),
        (r#"{"message":"x","error":null,"err":"","exception":false}"#, "x"),
        (
            "{\"event\":\"cart failed\",\"exception\":\"Traceback (most recent call last):\\n  File \\\"a.py\\\"\\nredis.exceptions.ConnectionError: x\"}",
            "cart failed\nTraceback (most recent call last):\n  File \"a.py\"\nredis.exceptions.ConnectionError: x",
        ),
        ("{\"message\":\"x\"}\n    at joined", "x\n    at joined"),
    ] {
        assert_eq!(read(line).message, want, "{line}");
    }
}

#[test]
fn records_without_a_message() {
    let got = read(
        r#"{"start_time":"2024-01-17T09:00:01.204Z","method":"GET","path":"/x","response_code":503,"response_flags":"URX","duration":31,"x_request_id":"65a79711-ce49-9dea-30cf-ce118f4fe8a1"}"#,
    );
    assert_eq!((got.kind.clone(), trace(&got)), (Kind::Access { status: 503, duration_ms: Some(31.0) }, Some(HEX)));
    let nginx = read(r#"{"time_iso8601":"2024-01-17T09:00:01+00:00","status":"503","request":"GET /x HTTP/1.1","request_time":"0.031"}"#);
    assert_eq!(nginx.kind, Kind::Access { status: 503, duration_ms: Some(31.0) });
    let lograge = read(r#"{"method":"GET","path":"/","format":"html","controller":"X","action":"show","status":500,"duration":58.3}"#);
    assert_eq!(lograge.kind, Kind::Access { status: 500, duration_ms: Some(58.3) });
    let gauges = read(r#"{"connected_clients":1000,"maxclients":1000}"#);
    assert_eq!((gauges.message.as_ref(), gauges.kind), ("connected_clients=1000 maxclients=1000", Kind::Application));
    assert_eq!(read("{}").message, "");
}

#[test]
fn numbers_are_lossless_and_the_last_key_wins() {
    let got = read(r#"{"dd":{"trace_id":3517256408813791393},"msg":"a","msg":"b","level":30,"level":50,"big":18446744073709551615}"#);
    assert_eq!((trace(&got), got.message.as_ref(), got.severity), (Some("30cfce118f4fe8a1"), "b", Severity::Error));
    assert_eq!(attribute(&got, "big"), Some("18446744073709551615"));
}

#[test]
fn levels_of_every_scale() {
    for (line, want) in [
        (r#"{"level":"info","msg":"x"}"#, Severity::Info),
        (r#"{"severity":"NOTICE","msg":"x"}"#, Severity::Info),
        (r#"{"level":60,"msg":"x"}"#, Severity::Critical),
        (r#"{"levelno":50,"msg":"x"}"#, Severity::Critical),
        (r#"{"severityNumber":17,"msg":"x"}"#, Severity::Error),
        (r#"{"version":"1.1","short_message":"x","level":3}"#, Severity::Error),
        (
            r#"{"reqId":"Xb_odq","level":3,"time":"2023-03-04T09:12:39+00:00","remoteAddr":"172.17.0.1","user":"--","app":"core","method":"GET","url":"/x","message":"RedisException: WRONGPASS"}"#,
            Severity::Error,
        ),
        (r#"{"lvl":"WARN","msg":"x","ts":"2024-01-17T09:00:01Z"}"#, Severity::Warn),
        (r#"{"level":"weird","msg":"x"}"#, Severity::Unknown),
        (r#"{"priority":"3","MESSAGE":"x"}"#, Severity::Error),
    ] {
        assert_eq!(read(line).severity, want, "{line}");
    }
}

#[test]
fn broken_and_hostile_objects_are_text() {
    let deep = format!("{{\"msg\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(read(&deep).layout, "plain");
    let open = "{\"a\":".repeat(10_000);
    assert_eq!(read(&open).message, open);
    for line in ["{\"level\":\"error\",\"msg\":\"cut in the mid", "{", "{]", "{not json} ERR max", "{\"a\":}"] {
        let got = read(line);
        assert_eq!((got.layout, got.message.as_ref()), ("plain", line));
    }
    let braces = r#"{"@mt":"{A} {{x}} {B:0.00} {@C,10} } {","A":"1","B":2,"C":"c"}"#;
    assert_eq!(read(braces).message, "1 {x} 2 c } {");
}
