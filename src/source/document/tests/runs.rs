//! Decoders that put lines together, or take them apart. In: texts. Out: the lines they stand for. Fails when: one is lost.

use super::*;

/// (facts, position, text) of each line.
fn told(text: &str) -> (String, Vec<(String, u64, String)>) {
    let (format, lines, faults) = decode(text.as_bytes());
    assert!(faults.is_empty(), "{faults:?}");
    (format, lines.into_iter().map(|l| (l.facts, l.position, l.text)).collect())
}

/// The decoded bytes of a document whose lines have no header.
fn plain(text: &str) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, text).unwrap();
    let (format, framed, bytes, _) = open_path(path);
    assert!(!framed);
    (format, String::from_utf8(bytes).unwrap())
}

#[test]
fn lines_stand_under_a_header() {
    for (text, fact) in [
        ("==> /var/log/cart/app.log <==\na\nb\n\n==> y.log <==\nc\n", ["path=/var/log/cart/app.log", "path=y.log"]),
        (
            "---------------\nweb-[1-3] (3)\n---------------\na\nb\n\n---------------\nweb-4\n---------------\nc\n",
            ["host=web-[1-3]", "host=web-4"],
        ),
        ("[1] 09:00:01 [SUCCESS] web-1\na\nb\n\n[2] 09:00:01 [FAILURE] web-2 Exited with error code 1\nc\n", ["host=web-1", "host=web-2"]),
        ("web-1 | CHANGED | rc=0 >>\na\nb\n\nweb-2 | FAILED | rc=1 >>\nc\n", ["host=web-1", "host=web-2"]),
    ] {
        let (format, lines) = told(text);
        assert_eq!(format, "tail-headers", "{text}");
        let lines: Vec<(&str, &str)> = lines.iter().filter(|l| !l.2.is_empty()).map(|l| (l.0.as_str(), l.2.as_str())).collect();
        assert_eq!(lines, [(fact[0], "a"), (fact[0], "b"), (fact[1], "c")], "{text}");
    }
    for text in ["---------------\n2024-01-17 09:00:01 INFO a\n", "web-1 | INFO | ready >>\n", "=== x ===\n"] {
        assert_eq!(decode(text.as_bytes()).0, "text", "{text}");
    }
}

#[test]
fn quoted_texts_are_the_lines_that_they_stand_for() {
    let (format, text) = plain("\"id=3 addr=10.0.3.17:1\\nid=4 addr=\\xc3\\xa9 \\\"x\\\" \\\\\\r\\n\"\nOK\n\"one \\u00e9\"\n");
    assert_eq!((format.as_str(), text.as_str()), ("quoted-lines", "id=3 addr=10.0.3.17:1\nid=4 addr=é \"x\" \\\nOK\none é\n"));
    for text in ["\"a\",1\n", "\"PONG\"\n", "\"a\" b\n", "\"open\n"] {
        assert_eq!(decode(text.as_bytes()).0, "text", "{text}");
    }
}

#[test]
fn bytes_of_journald_are_texts() {
    let entry = |message: &str| format!("{{\"__REALTIME_TIMESTAMP\":\"1705482000012000\",\"MESSAGE\":{message},\"_PID\":\"7\"}}\n");
    let (format, text) = plain(&(entry("\"a\"") + &entry("[27, 91,51,49,109,98]") + &entry("[1,300]")));
    assert_eq!((format.as_str(), text), ("journald-entries", entry("\"a\"") + &entry("\"\\u001b[31mb\"") + &entry("[1,300]")));
}

#[test]
fn blocks_of_named_lines() {
    for text in [
        "\n\nTimeCreated      : 1/17/2024 9:00:00 AM\nProviderName     : cart\nLevelDisplayName : Error\nMessage          : one\n\n                   two\n\nTimeCreated      : 1/17/2024 9:00:05 AM\nProviderName     : cart\nLevelDisplayName : Error\nMessage          : three\n",
        "*************************** 1. row ***************************\n     ts: 2024-01-17 09:00:00\nservice: cart\n  level: Error\nmessage: one\n\ntwo\n*************************** 2. row ***************************\n     ts: 2024-01-17 09:00:05\nservice: cart\n  level: Error\nmessage: three\n",
        "-[ RECORD 1 ]----\nts      | 2024-01-17 09:00:00\nservice | cart\nlevel   | Error\nmessage | one\n\ntwo\n-[ RECORD 2 ]----\nts      | 2024-01-17 09:00:05\nservice | cart\nlevel   | Error\nmessage | three\n",
    ] {
        let (format, lines, _) = decode(text.as_bytes());
        assert_eq!(format, "labelled-blocks", "{text}");
        let texts: Vec<(Option<i64>, &str)> = lines.iter().map(|l| (l.time_ms.map(|ms| ms - 1_705_482_000_000), l.text.as_str())).collect();
        assert_eq!(texts, [(Some(0), "one"), (Some(0), ""), (Some(0), "two"), (Some(5_000), "three")], "{text}");
        assert!(lines.iter().all(|l| l.facts == "service=cart level=Error"), "{lines:?}");
    }
    for text in ["a: 1\nb: 2\nc: 3\n", "time: 1\nlevel: x\n", "Time : x\n  Message : y\n"] {
        assert_eq!(decode(text.as_bytes()).0, "text", "{text}");
    }
}

#[test]
fn events_of_cloudwatch_in_yaml() {
    let text = "events:\n- eventId: '30'\n  logStreamName: ecs/cart/0f1e\n  message: 'one'\n  timestamp: 1705482000012\n";
    let (_, lines, _) = decode(text.as_bytes());
    assert_eq!((lines[0].time_ms, lines[0].facts.as_str(), lines[0].text.as_str()), (Some(FIRST), "stream=ecs/cart/0f1e", "one"));
}
