use super::testing::{ms, read};
use super::*;

#[test]
fn heads_of_every_layout() {
    for line in [
        "{\"level\":\"info\"}",
        "{",
        "{ \"a\": 1 }",
        "2024-01-17T09:00:01Z INFO x",
        "[2024-01-17 09:00:01] production.ERROR: x",
        "09:00:01.204 [main] ERROR a.B - x",
        "[09:00:01 ERR] x",
        "time=2024-01-17T09:00:01Z level=info msg=x",
        "level=error msg=x",
        "ts=1705482001.2 caller=x",
        "E, [2024-01-17T09:00:01.204595 #1] ERROR -- x: y",
        "E0117 09:00:01.204595       1 client.go:88] x",
        "fail: checkout-api.RedisStore[0]",
        "START RequestId: 65a79710-1065-40dc-82ba-a21c67f8a301 Version: $LATEST",
        "[ERROR] [Redis] x",
        "ERROR x",
        "INFO:checkout.cart:x",
        "INFO:     Uvicorn running",
        "WARN: Your Redis network connection is slow",
        "ERRO[0005] x",
        "10.0.1.9 - - [17/Jan/2024:09:00:01 +0000] \"GET /x HTTP/1.1\" 503 512",
        "1:M 17 Jan 2024 09:00:04.010 * x",
        "[2214] 17 Jan 09:00:04 * x",
        "pid=1 role=primary timestamp=\"2024-01-17T09:00:04.010+00:00\" level=notice message=\"x\"",
        "    time=\"2024-01-17T09:00:01Z\" level=info msg=x",
        "  {\"level\":30}",
        "https 2024-01-17T09:00:01.204595Z app/shop/50dc 10.0.1.9:52311 10.0.3.17:8080 0.001 0.031 0.000 503 503 210 512 \"GET https://shop.example:443/x HTTP/1.1\" \"curl\"",
        "[Nest] 1  - 01/17/2024, 9:00:01 AM   ERROR [X] y",
        "Jan 17 09:00:01 x",
    ] {
        assert!(is_head(line), "{line}");
        assert!(!is_frame(line), "{line}");
    }
}

#[test]
fn frames_of_every_language() {
    for line in [
        "\tat com.shop.checkout.CartClient.run(CartClient.java:88)",
        "    at parseError (/app/node_modules/redis-parser/lib/parser.js:179:12)",
        "\t... 9 more",
        "... 9 more",
        "... 12 common frames omitted",
        "Caused by: io.lettuce.core.RedisCommandExecutionException: ERR max",
        "Traceback (most recent call last):",
        "  File \"/app/cart.py\", line 41, in load",
        "    return r.get(key)",
        "           ^^^^^^^^^^",
        "During handling of the above exception, another exception occurred:",
        "goroutine 42 [running]:",
        "\t/src/cart/client.go:88 +0x1d4",
        "created by main.serve in goroutine 1",
        "#0 /var/www/Client.php(370): x",
        "#2 {main}",
        "{main}",
        "[stacktrace]",
        " ---> System.Exception: x",
        " --- End of inner exception stack trace ---",
        "--- End of stack trace from previous location ---",
        "\tfrom /app/cart.rb:17:in `load'",
        "from /app/cart.rb:17:in `load'",
        "}",
        "\"} ",
        "  command: { name: 'get' }",
        "Suppressed: x",
        "})",
        "],",
        "at org.springframework.data.redis.X.convert(X.java:70)",
        "{main}",
        "activerecord",
        "      cart lookup failed: ERR max number of clients reached cmd=GET",
    ] {
        assert!(is_frame(line) || line == "activerecord", "{line}");
        assert!(!is_head(line), "{line}");
    }
}

#[test]
fn what_is_neither() {
    for line in [
        "",
        "ReplyError: ERR max number of clients reached",
        "redis.exceptions.ConnectionError: ERR max number of clients reached",
        "panic: ERR max number of clients reached",
        "[",
        "#",
        "main.(*Cart).Load(0xc000010000, {0x7f, 0x10})",
        "org.springframework.data.redis.RedisSystemException: Error in execution",
        "at the end",
        "from here on",
        "# Server",
        "redis_version:7.2.6",
        "1) 1) (integer) 296",
        "296",
        "Error: connect ECONNREFUSED 127.0.0.1:6379",
        "ERR max number of clients reached",
        "/usr/lib/x.rb:35:in `call': ERR max number of clients reached (RedisClient::CommandError)",
        "{ not json",
        "error:1416F086:SSL routines",
        "\"quoted\" text",
        "é",
    ] {
        assert!(!is_head(line), "{line}");
        assert!(!is_frame(line), "{line}");
    }
}

#[test]
fn plain_text_keeps_its_redis_words() {
    for (line, time, severity, message) in [
        (
            "2024-01-17T09:00:01.204523645Z ERROR cart lookup failed: ERR max number of clients reached trace_id=x1y2z3 cmd=GET",
            true,
            Severity::Error,
            "cart lookup failed: ERR max number of clients reached trace_id=x1y2z3 cmd=GET",
        ),
        ("2024-01-17T09:00:01Z ERR max number of clients reached", true, Severity::Unknown, "ERR max number of clients reached"),
        ("2024-01-17T09:00:01Z [Redis] OOM command not allowed", true, Severity::Unknown, "OOM command not allowed"),
        ("2024-01-17 09:00:01.204 +00:00 [ERR] x", true, Severity::Error, "x"),
        ("ReplyError: ERR max number of clients reached", false, Severity::Unknown, "ReplyError: ERR max number of clients reached"),
        ("error: cart failed", false, Severity::Error, "error: cart failed"),
        ("PHP Fatal error:  Uncaught RedisException", false, Severity::Critical, "PHP Fatal error:  Uncaught RedisException"),
        ("ERROR 2024-01-17 09:00:01,204 views 1 140 failed", true, Severity::Error, "views 1 140 failed"),
        ("Error: getaddrinfo ENOTFOUND redis://redis:6379", false, Severity::Error, "Error: getaddrinfo ENOTFOUND redis://redis:6379"),
        ("", false, Severity::Unknown, ""),
    ] {
        let got = read(line);
        assert_eq!((got.time.is_some(), got.severity, got.message.as_ref()), (time, severity, message), "{line}");
    }
    let node = read(
        "2024-01-17T09:00:01.204Z [checkout-api] error: cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1",
    );
    assert_eq!((node.service.as_deref(), node.severity, node.service_is_guess), (Some("checkout-api"), Severity::Error, true));
    assert!(node.message.starts_with("cart lookup failed"));
    let healthy = read(
        "2024-01-17T09:00:00.012000000Z INFO request completed trace_id=65a79710106530dc42baa21c67f8a301 method=GET path=/cart/8812 status=200 duration_ms=14",
    );
    assert_eq!((healthy.kind.clone(), healthy.attributes.len()), (Kind::Application, 4));
    let dated = read("2024-01-17T09:00:01.204Z {\"msg\":\"x\",\"level\":\"warn\"}");
    assert_eq!((dated.message.as_ref(), ms(&dated).as_deref(), dated.layout), ("x", Some("2024-01-17T09:00:01.204Z"), "json"));
}

#[test]
fn continuation_lines_add_their_fields() {
    let mut got = read("fail: checkout-api.RedisStore[0]");
    read_fields("      cart lookup failed TraceId:65a79711ce499dea30cfce118f4fe8a1 cmd=GET", &mut got);
    assert_eq!(got.trace.map(|id| id.0).as_deref(), Some("65a79711ce499dea30cfce118f4fe8a1"));
    assert_eq!(got.attributes, vec![("cmd".to_owned(), "GET".to_owned())]);
}

#[test]
fn long_lines_are_linear() {
    // Each would take minutes if a part were quadratic.
    for line in [
        "[".repeat(1 << 20),
        "a=".repeat(1 << 19),
        "a=\"".repeat(1 << 19),
        "2024-01-17T09:00:01Z ".repeat(1 << 15),
        "{\"a\":".repeat(1 << 18),
        " {\"".repeat(1 << 19),
        format!("[2024-01-17 09:00:01] a.ERROR: {}}}", "{\"".repeat(1 << 19)),
        format!("2024-01-17T09:00:01Z INFO {}", "a{".repeat(1 << 19)),
        ": ".repeat(1 << 19),
        format!("{{\"msg\":\"{}\"}}", "\\\\".repeat(1 << 19)),
        "\" HTTP/".repeat(1 << 17),
        "(service: ".repeat(1 << 16),
        "E, [".repeat(1 << 18),
        "\u{e9}".repeat(1 << 19),
        format!("{{\"@mt\":\"{}\"}}", "{".repeat(1 << 18)),
        format!("{{\"@mt\":\"{}\",\"a\":1}}", "{a} ".repeat(1 << 16)),
    ] {
        let started = std::time::Instant::now();
        let got = parse(&line);
        assert!(got.attributes.len() <= 48);
        let _ = (is_head(&line), is_frame(&line));
        assert!(started.elapsed().as_secs() < 5, "{:?} for {}", started.elapsed(), fields::clip(&line, 40));
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_safe(text in "\\PC{0,80}") {
        let _ = (parse(&text), is_head(&text), is_frame(&text));
    }

    #[test]
    fn log_like_text_is_safe(lead in "(2024-01-17T09:00:01Z |\\[2024-01-17 09:00:01|09:00:01 |E, \\[2024-01-17T09:00:01|E0117 09:00:01 |fail: |level=|\\{\"msg\":|1:M 17 Jan |INFO:|\\[ERROR\\] |)", text in "[\\[\\]{}()|:=\"',.a-cE#/ \\t\\n0-9é-]{0,60}") {
        let line = format!("{lead}{text}");
        let parsed = parse(&line);
        let _ = (is_head(&line), is_frame(&line));
        let _ = parsed.message.len();
    }
}

#[test]
fn an_id_behind_a_long_message() {
    let line = format!("ERROR {} redis: ERR max number of clients reached trace_id=4bf92f3577b34da6a3ce929d0e0e4736", "y".repeat(16 << 10));
    assert_eq!(read(&line).trace, TraceId::canonical("4bf92f3577b34da6a3ce929d0e0e4736"));
}
