use super::*;

fn hidden(line: &str) -> (String, u32) {
    let (shown, count) = text(line, true);
    (shown.into_owned(), count)
}

#[test]
fn secrets_are_hidden() {
    for (line, wanted) in [
        ("connect to redis://:hunter2@cache:6379/0 failed", "connect to redis://:***@cache:6379/0 failed"),
        ("rediss://app:p/w=@10.0.0.1:6380", "rediss://app:***@10.0.0.1:6380"),
        ("amqp://guest:guest@mq:5672", "amqp://guest:***@mq:5672"),
        ("git clone https://x0123456789abcdef0@host/x", "git clone https://***@host/x"),
        ("AUTH hunter2", "AUTH ***"),
        ("HELLO 3 AUTH default hunter2 SETNAME a", "HELLO 3 AUTH *** *** SETNAME a"),
        (r#"1705482003.1 [0 10.0.0.1:5] "AUTH" "app" "hunter2""#, r#"1705482003.1 [0 10.0.0.1:5] "AUTH" "***" "***""#),
        (r#"1705482003.1 [0 10.0.0.1:5] "auth" "hunter2""#, r#"1705482003.1 [0 10.0.0.1:5] "auth" "***""#),
        ("CONFIG SET requirepass hunter2", "CONFIG SET requirepass ***"),
        (r#""config" "set" "masterauth" "hunter2""#, r#""config" "set" "masterauth" "***""#),
        ("redis-cli -h cache -a hunter2 PING", "redis-cli -h cache -a *** PING"),
        ("authorization: Bearer abcDEF123456", "authorization: Bearer ***"),
        ("jwt eyJhbGciOi.eyJzdWIiOi.abc_-1 x", "jwt *** x"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key *** used"),
        ("REDIS_PASSWORD=hunter2 node app.js", "REDIS_PASSWORD=*** node app.js"),
        (r#"{"password": "hunter2", "host":"cache"}"#, r#"{"password": "***", "host":"cache"}"#),
        (r#"{"api_key":"abcdef0123"}"#, r#"{"api_key":"***"}"#),
        ("token=abc123 user=7", "token=*** user=7"),
        ("mail from alice.b@example.com now", "mail from *** now"),
        ("tcp://127.0.0.1:6379?auth=hunter2&x=1", "tcp://127.0.0.1:6379?auth=***&x=1"),
    ] {
        let (shown, count) = hidden(line);
        assert_eq!(shown, wanted);
        assert!(count >= 1, "{line}");
    }
}

#[test]
fn near_misses_stay() {
    for line in [
        "2024-01-17T09:00:01.950Z [ERROR] [trace_id:req-401-a1b2c3] [redis-node:cache-primary] ERR max number of clients reached",
        "traceparent 00-65a79710106530dc42baa21c67f8a301-53995c3f42cd8ad8-01",
        "Root=1-65a79710-106530dc42baa21c67f8a301",
        "550e8400-e29b-41d4-a716-446655440000",
        "failed command: SET session:token:99431",
        "redis://cache:6379/0 and http://user-service:8080/a?b=c@d",
        "redis-master.redis.svc.cluster.local:6379",
        "NOAUTH Authentication required.",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        "AUTH failed: WRONGPASS invalid username-password pair",
        "celery@worker-1.prod.internal ready.",
        "at node_modules/ioredis@5.3.2/built/Redis.js:168:41",
        "com.shop.Cart@1a2b3c4d",
        "SyntaxError: Unexpected token: } in JSON",
        "password: incorrect",
        "redis-cli -h cache -a \"$REDIS_PASSWORD\" PING",
        "pwd=/app/src",
        "No requirepass is set",
        "keys=88123,expires=412",
        "main@sha1:9f3c1a7",
        "10.0.4.52:50122",
    ] {
        let (shown, count) = text(line, true);
        assert_eq!((shown.as_ref(), count), (line, 0));
        assert!(matches!(shown, Cow::Borrowed(_)), "{line}");
    }
}

#[test]
fn disabled_shows_secrets_but_no_controls() {
    assert_eq!(text("AUTH hunter2", false), (Cow::Borrowed("AUTH hunter2"), 0));
    for enabled in [false, true] {
        assert_eq!(text("\u{1b}[31mred\u{1b}[0m\u{7} \u{1b}]0;title\u{7}x\u{202e}y\r", enabled).0, "red xy");
        assert_eq!(text("a\u{1b}]unended\nb\tc\u{0}", enabled).0, "a\nb\tc");
        assert_eq!(text("\u{9b}31mred \u{1b}(Bz \u{1b}", enabled).0, "red z ");
    }
}

#[test]
fn long_hostile_texts_take_linear_time() {
    for part in ["redis://:", "AUTH ", "a@", "token=", "\u{1b}]", "redis-cli ", "eyJ.", "a.b@c.", "password: "] {
        let long = part.repeat(200_000 / part.len());
        let _ = text(&long, true);
    }
}

proptest::proptest! {
    #[test]
    fn what_is_shown_has_no_controls(line in "(?s).{0,200}", enabled: bool) {
        let shown = text(&line, enabled).0.into_owned();
        assert!(!shown.chars().any(is_control));
        // What was shown once stays as it is.
        assert_eq!(text(&shown, false).0, shown.as_str());
    }
}
