use super::*;
use chrono::{DateTime, NaiveDate};

fn utc(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

/// 2024-01-17T09:30:00Z, UTC.
fn clock() -> Clock {
    Clock { zone: Zone::UTC, anchor_ms: utc("2024-01-17T09:30:00Z") }
}

/// Reads a prefix and settles it; checks the rest of the line.
fn read(line: &str, rest: &str) -> (i64, u32, Assumed) {
    let (stamp, taken) = parse_prefix(line).unwrap_or_else(|| panic!("no time in {line:?}"));
    assert_eq!(&line[taken..], rest, "{line:?}");
    let (ms, assumed) = clock().settle(stamp);
    (ms, stamp.resolution_ms, assumed)
}

#[test]
fn every_written_shape_is_the_same_second() {
    let fine = utc("2024-01-17T09:00:01.204Z");
    let whole = utc("2024-01-17T09:00:01Z");
    let cases: &[(&str, i64, u32)] = &[
        ("2024-01-17T09:00:01.204523645Z msg", fine, 1),
        ("2024-01-17T09:00:01.2045950Z msg", fine, 1),
        ("2024-01-17T09:00:01.204Z msg", fine, 1),
        ("2024-01-17T09:00:01Z msg", whole, 1000),
        ("2024-01-17T10:00:01.204+01:00 msg", fine, 1),
        ("2024-01-17T10:00:01.204+0100 msg", fine, 1),
        ("2024-01-17T10:00:01.204+01 msg", fine, 1),
        ("2024-01-17T04:00:01-05:00 msg", whole, 1000),
        ("2024-01-17T10:00:01.204+01:00[Europe/Berlin] msg", fine, 1),
        ("2024-01-17T09:00:01.204 msg", fine, 1),
        ("2024-01-17T09:00:01 msg", whole, 1000),
        ("2024-01-17 09:00:01,204 msg", fine, 1),
        ("2024-01-17 09:00:01.204 msg", fine, 1),
        ("2024-01-17 09:00:01 UTC msg", whole, 1000),
        ("[2024-01-17 09:00:01 +0000] msg", whole, 1000),
        ("[2024-01-17T09:00:01.204Z] msg", fine, 1),
        ("[2024-01-17 09:00:01] msg", whole, 1000),
        ("[2024-01-17 09:00:01:204] msg", fine, 1),
        ("\"2024-01-17T09:00:01.204Z\" msg", fine, 1),
        ("time=2024-01-17T09:00:01.204Z msg", fine, 1),
        ("time=\"2024-01-17T09:00:01Z\" msg", whole, 1000),
        ("ts=1705482001.204 msg", fine, 1),
        ("2024/01/17 09:00:01 msg", whole, 1000),
        ("2024/01/17 09:00:01.204595 msg", fine, 1),
        ("17/Jan/2024:09:00:01 +0000 msg", whole, 1000),
        ("[17/Jan/2024:10:00:01 +0100] msg", whole, 1000),
        ("[17/Jan/2024 09:00:01] msg", whole, 1000),
        ("17 Jan 2024 09:00:01.204 msg", fine, 1),
        ("17 Jan 2024 09:00:01.204 UTC msg", fine, 1),
        ("17 Jan 2024 09:00:01,204 msg", fine, 1),
        ("17 Jan 09:00:01.204 msg", fine, 1),
        ("17 Jan 09:00:01 msg", whole, 1000),
        ("17 Jan 24 09:00 +0000 msg", utc("2024-01-17T09:00:00Z"), 60_000),
        ("Jan 17 09:00:01 msg", whole, 1000),
        ("Jan 17 09:00:01.204595 msg", fine, 1),
        ("Jan 17, 2024 9:00:01 AM msg", whole, 1000),
        ("Jan 17, 2024 9:00:01\u{202f}AM msg", whole, 1000),
        ("01-17 09:00:01 msg", whole, 1000),
        ("09:00:01.204 msg", fine, 1),
        ("09:00:01,204 msg", fine, 1),
        ("[09:00:01 msg", whole, 1000),
        ("9:00AM msg", utc("2024-01-17T09:00:00Z"), 60_000),
        ("9:00PM msg", utc("2024-01-17T21:00:00Z"), 60_000),
        ("12:00AM msg", utc("2024-01-17T00:00:00Z"), 60_000),
        ("12:00PM msg", utc("2024-01-17T12:00:00Z"), 60_000),
        ("1/17/2024, 9:00:01.204 AM msg", fine, 1),
        ("01/17/2024 09:00:01 AM msg", whole, 1000),
        ("17/01/2024 09:00:01 msg", whole, 1000),
        ("24/01/17 09:00:01 msg", whole, 1000),
        ("Wed Jan 17 09:00:01 2024 msg", whole, 1000),
        ("[Wed Jan 17 09:00:01.204595 2024] msg", fine, 1),
        ("Wed Jan 17 09:00:01 UTC 2024 msg", whole, 1000),
        ("Wed Jan 17 09:00:01 AM UTC 2024 msg", whole, 1000),
        ("Wed 17 Jan 2024 09:00:01 AM UTC msg", whole, 1000),
        ("Wed, 17 Jan 2024 09:00:01 GMT msg", whole, 1000),
        ("Wed 2024-01-17 09:00:01 UTC msg", whole, 1000),
        ("Wed Jan 17 2024 10:00:01 GMT+0100 msg", whole, 1000),
        ("Wed Jan 17 04:00:01 EST 2024 msg", whole, 1000),
        ("17-Jan-2024 09:00:01.204 msg", fine, 1),
        ("17.01.2024 09:00:01 msg", whole, 1000),
        ("20240117 09:00:01.204595 msg", fine, 1),
        ("20240117T090001Z msg", whole, 1000),
        ("1705482001.204000 msg", fine, 1),
        ("1705482001204 msg", fine, 1),
        ("1705482001204000 msg", fine, 1),
        ("1705482001204523645 msg", fine, 1),
    ];
    for (line, want, resolution) in cases {
        let (ms, got, _) = read(line, "msg");
        assert_eq!((ms, got), (*want, *resolution), "{line:?}");
    }
}

#[test]
fn brackets_that_stay_open_leave_the_rest() {
    read("[2024-01-17T09:00:01Z INFO  checkout::cart] msg", "INFO  checkout::cart] msg");
    read("[2024-01-17 09:00:00,012: INFO/ForkPoolWorker-1] msg", ": INFO/ForkPoolWorker-1] msg");
    read("[2024-01-17T09:00:01,204][ERROR][x] msg", "[ERROR][x] msg");
    read("2024-01-17T09:00:00.012+0000\tINFO\tx", "INFO\tx");
}

#[test]
fn what_was_missing_is_said() {
    assert_eq!(read("2024-01-17T09:00:01Z x", "x").2, Assumed::default());
    assert_eq!(read("2024-01-17T09:00:01 x", "x").2, Assumed { zone: true, year: false, date: false });
    assert_eq!(read("Jan 17 09:00:01 x", "x").2, Assumed { zone: true, year: true, date: false });
    assert_eq!(read("09:00:01 x", "x").2, Assumed { zone: true, year: false, date: true });
}

#[test]
fn near_misses_are_no_times() {
    for line in [
        "",
        "[",
        "\"",
        "time=",
        "time=soon",
        "2024",
        "2024-01-17",
        "2024-01-17 msg",
        "2024-13-01 09:00:01 x",
        "2024-02-30 09:00:01 x",
        "2023-02-29T09:00:01Z x",
        "2024-01-17 25:00:01 x",
        "2024-01-17 09:61:01 x",
        "2024-01-17T09:00:01.204Zebra",
        "2024-01-17T09:00:01x",
        "00:11:22:33:44:55 mac",
        "12:30 lunch",
        "10.0.3.17 - -",
        "127.0.0.1:6379> INFO",
        "1) 1) (integer) 296",
        "1:M 17 Jan",
        "296",
        "1705482004",
        "1705482004\n",
        "99999999999999999999999 x",
        "January is cold",
        "Monday morning",
        "Decoded 17 items",
        "Sent 09:00:01",
        "May 99 09:00:01 x",
        "17 Jan",
        "17 cats 09:00:01",
        "ERROR x",
        "{\"time\":1}",
        "\u{202f}",
        "2024-01-17T09:00:01.204é",
    ] {
        assert_eq!(parse_prefix(line), None, "{line:?}");
    }
}

#[test]
fn leap_seconds_are_the_last_millisecond() {
    let (ms, ..) = read("2016-12-31T23:59:60Z x", "x");
    assert_eq!(ms, utc("2016-12-31T23:59:59.999Z"));
    let (ms, ..) = read("2016-12-31T23:59:60.5Z x", "x");
    assert_eq!(ms, utc("2016-12-31T23:59:59.999Z"));
    assert_eq!(parse_prefix("2016-12-31T23:59:61Z x"), None);
}

#[test]
fn absurd_times_are_returned_as_they_are() {
    assert_eq!(read("1970-01-01T00:00:00Z x", "x").0, 0);
    assert_eq!(read("9999-12-31T23:59:59Z x", "x").0, utc("9999-12-31T23:59:59Z"));
    assert_eq!(parse_value("0").map(|stamp| stamp.written), Some(Written::Instant(0)));
}

#[test]
fn values_are_whole() {
    let fine = Some(Stamp { written: Written::Instant(utc("2024-01-17T09:00:01.204Z")), resolution_ms: 1 });
    for text in [
        "2024-01-17T09:00:01.204Z",
        " 2024-01-17T09:00:01.204Z ",
        "1705482001.204",
        "1705482001204",
        "1705482001204000",
        "1705482001204523645",
        "1.705482001204E9",
        "1705482001204.5",
        "/Date(1705482001204)/",
    ] {
        assert_eq!(parse_value(text), fine, "{text:?}");
    }
    assert_eq!(parse_value("1705482001").map(|stamp| stamp.resolution_ms), Some(1000));
    assert_eq!(parse_value("2024-01-17 09:00:01.204").map(|stamp| stamp.resolution_ms), Some(1));
    for text in ["", "2024-01-17T09:00:01Z and more", "soon", "12ms", "0x12", "1705482001 s", "-", "-x", "NaN", "1e999", "é"] {
        let stamp = parse_value(text);
        assert!(stamp.is_none() || text == "1e999", "{text:?} {stamp:?}");
    }
}

#[test]
fn klog_heads() {
    let (stamp, taken) = parse_klog("0117 09:00:01.204595       1 client.go:88] x").unwrap();
    assert_eq!(taken, 20);
    assert_eq!(clock().settle(stamp).0, utc("2024-01-17T09:00:01.204Z"));
    assert!(parse_klog("20240117 09:00:01.204595 1 x.go:1] x").is_some());
    assert!(parse_klog("0199 09:00:01.204595 x").is_none());
    assert!(parse_klog("NFO x").is_none());
}

#[test]
fn years_wrap_at_the_anchor() {
    let newyear = Clock { zone: Zone::UTC, anchor_ms: utc("2024-01-01T00:10:00Z") };
    let at = |line: &str| newyear.settle(parse_prefix(line).unwrap().0).0;
    assert_eq!(at("Dec 31 23:59:58 x"), utc("2023-12-31T23:59:58Z"));
    assert_eq!(at("Jan  1 00:00:03 x"), utc("2024-01-01T00:00:03Z"));
    assert_eq!(at("Jan  1 12:00:03 x"), utc("2024-01-01T12:00:03Z"));
    // More than a day ahead of the newest is last year's.
    assert_eq!(at("Jan  3 12:00:03 x"), utc("2023-01-03T12:00:03Z"));
    assert_eq!(at("Feb 29 12:00:03 x"), utc("2020-02-29T12:00:03Z"));
}

#[test]
fn dates_come_from_the_anchor() {
    let midnight = Clock { zone: Zone::UTC, anchor_ms: utc("2024-01-17T00:05:00Z") };
    let at = |line: &str| midnight.settle(parse_prefix(line).unwrap().0).0;
    assert_eq!(at("23:59:58.500 x"), utc("2024-01-16T23:59:58.500Z"));
    assert_eq!(at("00:00:01.000 x"), utc("2024-01-17T00:00:01Z"));
    let east = Clock { zone: Zone::Fixed(2 * 3600), anchor_ms: utc("2024-01-16T22:05:00Z") };
    assert_eq!(east.settle(parse_prefix("00:04:00 x").unwrap().0).0, utc("2024-01-16T22:04:00Z"));
    assert_eq!(east.settle(parse_prefix("2024-01-17 00:04:00 x").unwrap().0).0, utc("2024-01-16T22:04:00Z"));
}

#[test]
fn parts_without_a_year_are_kept() {
    let (stamp, _) = parse_prefix("Feb 29 12:00:03 x").unwrap();
    assert!(matches!(stamp.written, Written::NoYear { month: 2, day: 29, .. }));
    let day = NaiveDate::from_ymd_opt(2024, 1, 17).and_then(|day| day.and_hms_opt(9, 0, 1)).unwrap();
    assert_eq!(parse_value("2024-01-17 09:00:01").map(|stamp| stamp.written), Some(Written::Local(day)));
}

proptest::proptest! {
    #[test]
    fn any_text_is_safe(text in "\\PC{0,40}") {
        let _ = parse_value(&text);
        let _ = parse_klog(&text);
        if let Some((stamp, taken)) = parse_prefix(&text) {
            assert!(text.is_char_boundary(taken));
            let _ = clock().settle(stamp);
        }
    }

    #[test]
    fn time_like_text_is_safe(text in "[0-9A-Za-z:., /+\\[\\]\"T-]{0,40}") {
        let _ = parse_value(&text);
        if let Some((stamp, taken)) = parse_prefix(&text) {
            assert!(text.is_char_boundary(taken));
            let _ = clock().settle(stamp);
            let _ = Clock { zone: Zone::Fixed(-50_000), anchor_ms: i64::MAX }.settle(stamp);
            let _ = Clock { zone: Zone::Fixed(50_000), anchor_ms: i64::MIN }.settle(stamp);
        }
    }
}

#[test]
fn absurd_anchors_are_safe() {
    for anchor_ms in [i64::MIN, i64::MAX, 0] {
        for line in ["Jan 17 09:00:01 x", "09:00:01 x", "2024-01-17 09:00:01 x"] {
            let _ = Clock { zone: Zone::Fixed(50_400), anchor_ms }.settle(parse_prefix(line).unwrap().0);
        }
    }
}
