use super::*;

const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";

fn id(raw: &str) -> Option<String> {
    TraceId::canonical(raw).map(|id| id.0)
}

fn found(text: &str) -> Option<String> {
    TraceId::find_in_text(text).map(|id| id.0)
}

fn keyed(key: &str, value: &str) -> Option<String> {
    TraceId::from_key(key, value).map(|id| id.0)
}

#[test]
fn a_long_line_names_its_id_at_its_end() {
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let found = |text: &str| TraceId::find_with_strength(text).map(|(id, _)| id.as_str().to_owned());
    let long = "y".repeat(20_000);
    assert_eq!(found(&format!("ERROR {long} failed trace_id={id}")).as_deref(), Some(id));
    assert_eq!(found(&format!("ERROR {long} failed trace_id={id} {long}")), None);
    assert_eq!(found(&format!("ERROR failed\n{long} trace_id={id}")), None);
}

#[test]
fn one_id_in_every_notation() {
    for raw in [
        HEX,
        "65A79711CE499DEA30CFCE118F4FE8A1",
        "65a79711-ce49-9dea-30cf-ce118f4fe8a1",
        "00-65a79711ce499dea30cfce118f4fe8a1-51a0000000005555-01",
        "Root=1-65a79711-ce499dea30cfce118f4fe8a1;Parent=51a0000000005555;Sampled=1",
        "Self=1-00000000-000000000000000000000000;Root=1-65a79711-ce499dea30cfce118f4fe8a1",
        "1-65a79711-ce499dea30cfce118f4fe8a1",
        "projects/shop/traces/65a79711ce499dea30cfce118f4fe8a1",
        "65a79711ce499dea30cfce118f4fe8a1/1234;o=1",
        "65a79711ce499dea30cfce118f4fe8a1-51a0000000005555-1",
        "65a79711ce499dea30cfce118f4fe8a1-51a0000000005555",
        " \"65a79711ce499dea30cfce118f4fe8a1\" ",
    ] {
        assert_eq!(id(raw).as_deref(), Some(HEX), "{raw}");
    }
    assert_eq!(id("req-401-a1b2c3").as_deref(), Some("req-401-a1b2c3"));
    assert_eq!(id("01HM9Z8Y7X6W5V4T3S2R1Q0PNM").as_deref(), Some("01HM9Z8Y7X6W5V4T3S2R1Q0PNM"));
    assert_eq!(id("0HM1ABC:0001").as_deref(), Some("0HM1ABC:0001"));
}

#[test]
fn blanks_are_no_ids() {
    let long = "a".repeat(129);
    for raw in [
        "",
        " ",
        "0",
        "-",
        "--",
        "null",
        "undefined",
        "N/A",
        "None",
        "<nil>",
        "00000000000000000000000000000000",
        "0000000000000000",
        "00000000-0000-0000-0000-000000000000",
        "[]",
        "{}",
        "(null)",
        "unknown",
        "1-00000000-000000000000000000000000",
        &long,
        "two words",
        "é",
    ] {
        assert_eq!(id(raw), None, "{raw:?}");
    }
}

#[test]
fn keys_tell_the_notation() {
    for key in [
        "trace_id",
        "traceId",
        "TraceId",
        "trace.id",
        "otelTraceID",
        "@tr",
        "mdc.traceId",
        "span.trace_id",
        "spans.0.trace_id",
        "trace",
        "logging.googleapis.com/trace",
    ] {
        assert_eq!(keyed(key, HEX).as_deref(), Some(HEX), "{key}");
    }
    assert_eq!(keyed("traceparent", "00-65a79711ce499dea30cfce118f4fe8a1-51a0000000005555-01").as_deref(), Some(HEX));
    assert_eq!(keyed("b3", "30cfce118f4fe8a1-51a0000000005555-1").as_deref(), Some("000000000000000030cfce118f4fe8a1"));
    assert_eq!(keyed("X-B3-TraceId", "30cfce118f4fe8a1").as_deref(), Some("000000000000000030cfce118f4fe8a1"));
    assert_eq!(keyed("X-Amzn-Trace-Id", "Root=1-65a79711-ce499dea30cfce118f4fe8a1;Sampled=1").as_deref(), Some(HEX));
    assert_eq!(keyed("dd.trace_id", "3517256408813791393").as_deref(), Some("30cfce118f4fe8a1"));
    assert_eq!(keyed("attributes.dd.trace_id", HEX).as_deref(), Some(HEX));
    assert_eq!(keyed("uber-trace-id", "5af7651916cd43dd:1:0:1").as_deref(), Some("00000000000000005af7651916cd43dd"));
    assert_eq!(keyed("req_id", HEX).as_deref(), Some(HEX));
    assert_eq!(keyed("jid", "65a79711ce499dea30cfce11").as_deref(), Some("65a79711ce499dea30cfce11"));
    for (key, value) in [
        ("session_id", HEX),
        ("id", HEX),
        ("span_id", HEX),
        ("trace", "at foo (bar.js:1)"),
        ("root", "/srv/www"),
        ("job_id", "7"),
        ("dd.trace_id", "0"),
        ("otelTraceID", "0"),
        ("user", HEX),
        ("", HEX),
        ("...", HEX),
        ("request_id", "-"),
        ("b3", "0"),
    ] {
        assert_eq!(keyed(key, value), None, "{key}={value}");
    }
    assert_eq!(TraceId::strength("x-request-id"), Some(Strength::Request));
    assert_eq!(TraceId::strength("dd.trace_id"), Some(Strength::Trace));
}

#[test]
fn ids_are_found_in_prose() {
    for text in [
        "cart lookup failed: ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
        "failed TraceId:65a79711ce499dea30cfce118f4fe8a1 cmd=GET",
        "failed (trace_id=65a79711ce499dea30cfce118f4fe8a1)",
        "failed traceId: 65a79711ce499dea30cfce118f4fe8a1, retrying",
        "production.ERROR: x {\"service\":\"a\",\"trace_id\":\"65a79711ce499dea30cfce118f4fe8a1\"}",
        "escaped {\\\"trace_id\\\":\\\"65a79711ce499dea30cfce118f4fe8a1\\\"}",
        "\"x\" \"Root=1-65a79711-ce499dea30cfce118f4fe8a1\" \"shop\"",
        "[65a79711-ce49-9dea-30cf-ce118f4fe8a1] cart lookup failed",
        "tasks.run[65a79711-ce49-9dea-30cf-ce118f4fe8a1]: cart lookup failed",
        " INFO [checkout-api,65a79711ce499dea30cfce118f4fe8a1,51a0000000000000] 1 ---",
        "[65a79711ce499dea30cfce118f4fe8a1-51a0000000005555] x",
        "request_id=aaaa-1 then trace_id=65a79711ce499dea30cfce118f4fe8a1",
        "request_id=65a79711-ce49-9dea-30cf-ce118f4fe8a1 failed",
        "GET /x?request_id=65a79711ce499dea30cfce118f4fe8a1&a=1 failed",
    ] {
        assert_eq!(found(text).as_deref(), Some(HEX), "{text}");
    }
    assert_eq!(found("[ERROR] [trace_id:req-401-a1b2c3] [redis-node:cache-primary] [Redis] ERR").as_deref(), Some("req-401-a1b2c3"));
    assert_eq!(found("x [dd.service=a dd.trace_id=3517256408813791393 dd.span_id=5] - y").as_deref(), Some("30cfce118f4fe8a1"));
}

#[test]
fn prose_frames_and_urls_are_no_ids() {
    for text in [
        "",
        "trace: something happened",
        "Traceback (most recent call last):",
        "    at load (trace_id=65a79711ce499dea30cfce118f4fe8a1)",
        "GET /x?trace_id=65a79711ce499dea30cfce118f4fe8a1",
        "https://example/trace/65a79711ce499dea30cfce118f4fe8a1",
        "session_id=65a79711ce499dea30cfce118f4fe8a1",
        "request_id: missing header",
        "[nio-8080-exec-6] x",
        "std::trace_id::x",
        "trace_id=",
        "trace_id",
        "=",
        "[",
        "[]",
        "trace_id=0 span_id=0",
        "the root: cause",
        "[10.0.3.17:6379] x",
        "é=é trace_id=é",
    ] {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn fingerprints_meet() {
    let print = |raw: &str| TraceId::canonical(raw).unwrap().fingerprint();
    assert_eq!(print(HEX), TraceId::from_key("dd.trace_id", "3517256408813791393").unwrap().fingerprint());
    assert_eq!(print(HEX), TraceId::from_key("b3", "30cfce118f4fe8a1-51a0000000005555-1").unwrap().fingerprint());
    assert_eq!(print(HEX), print("65a79711-ce49-9dea-30cf-ce118f4fe8a1"));
    assert_ne!(print(HEX), print("65a79711ce499dea30cfce118f4fe8a2"));
    assert_ne!(print("req-401-a1b2c3"), print("req-402-a2b3c4"));
    assert_eq!(TraceId("req".into()).fingerprint(), TraceId("req".into()).fingerprint());
}

proptest::proptest! {
    #[test]
    fn any_text_is_safe(text in "\\PC{0,60}", key in "[a-zA-Z@._-]{0,12}") {
        let _ = found(&text);
        let _ = id(&text);
        let _ = keyed(&key, &text);
        let _ = found(&format!("{key}={text}"));
    }
}

#[test]
fn ids_are_found_in_runs_of_any_notation() {
    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let holds = |run: &str, id: &str| {
        let wanted = TraceId::canonical(id).expect("an id").fingerprint();
        TraceId::any_in(run.as_bytes(), |f| f == wanted)
    };
    for (run, id) in [
        (ID, ID),
        ("4BF92F3577B34DA6A3CE929D0E0E4736", ID),
        ("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", ID),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ID),
        ("a3ce929d0e0e4736", ID),
        ("1-5759e988-bd862e3fe1be46a994272793", "1-5759e988-bd862e3fe1be46a994272793"),
        ("req-401-a1b2c3", "req-401-a1b2c3"),
    ] {
        assert!(holds(run, id), "{run}");
    }
    for run in ["4bf92f3577b34da6a3ce929d0e0e4737", "req-401-a1b2c4", "a3ce929d0e0e473", ""] {
        assert!(!holds(run, ID) && !holds(run, "req-401-a1b2c3"), "{run}");
    }
}
