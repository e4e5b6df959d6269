use super::*;
use crate::report::{Note, Verdict};

fn at(width: usize) -> String {
    render(&sample::incident(), &Style { width, ..Style::default() })
}

#[test]
fn first_screen_has_verdict_why_now_and_check() {
    let text = at(100);
    let screen: String = text.lines().take(24).collect::<Vec<_>>().join("\n");
    for wanted in [
        "Redis incident: The client limit is too low for the traffic, confidence 81 %",
        "node cache-primary; 2024-01-17 09:00:01.204Z..09:00:05.260Z (4.1 s); critical; still failing",
        "1. 3 clients were told that the limit was reached [app.log:1]",
        "3. requests stayed at their baseline [app.log:3]",
        "But: no scale or deploy line",
        "redis-cli -h cache-primary CLIENT LIST > clients.txt",
        "Settle it:",
        "--tail=-1",
    ] {
        assert!(screen.contains(wanted), "{wanted} is not in\n{screen}");
    }
    assert!(!text.contains("weaker fact"));
}

#[test]
fn sections_follow_in_order() {
    let text = at(100);
    let order = [
        "Why:",
        "Do now:",
        "Settle it:",
        "From cause to what is felt:",
        "Then:",
        "Other causes considered:",
        "Symptoms:",
        "Affected:",
        "Impact beyond:",
        "Traffic:",
        "Timeline:",
        "Changes:",
        "Read more:",
        "Notes:",
        "info (info.txt):",
        "Redis errors that no signature knows:",
        "Coverage:",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|title| text.find(title)).collect();
    assert!(places.iter().all(Option::is_some), "{places:?}\n{text}");
    assert!(places.is_sorted(), "{places:?}\n{text}");
    assert!(text.contains("2. A service leaks connections, 12 %") && text.contains("1 more cause"));
    assert!(text.contains("on ElastiCache: maxclients cannot be changed") && text.contains("caution: The open-files limit"));
    assert!(text.contains("assumed: times without a zone are UTC"));
}

#[test]
fn no_line_is_wider_than_the_page() {
    for width in [40, 60, 80, 100, 200] {
        for line in at(width).lines() {
            let room = width.clamp(MIN_WIDTH, MAX_WIDTH);
            // A word alone on its line (a URL, a trace id, an option behind its quote) cannot be wrapped.
            let words = line.split_whitespace().count();
            assert!(line.chars().count() <= room || words <= 3, "{width}: {line}");
        }
    }
}

#[test]
fn long_commands_stay_pasteable() {
    let text = at(60);
    let start = text.find("kubectl exec").unwrap_or_default();
    let joined = text[start..].split("\n\n").next().unwrap_or_default().replace(" \\\n", " ");
    let command = joined.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(command, "kubectl exec -n redis redis-master-0 -c redis -- redis-cli -h cache-primary -p 6379 CONFIG SET maxclients 20000");
}

#[test]
fn colour_only_where_asked() {
    assert!(!at(100).contains('\u{1b}'));
    let plain = at(100);
    let painted = render(&sample::incident(), &Style { colour: true, ..Style::default() });
    assert!(painted.contains("\u{1b}[1;31m"));
    assert_eq!(crate::report::redact::text(&painted, false).0, plain);
}

#[test]
fn ascii_has_no_blocks() {
    let text = render(&sample::incident(), &Style { ascii: true, ..Style::default() });
    assert!(text.is_ascii(), "{text}");
    assert!(at(100).contains('█'));
}

#[test]
fn quiet_is_one_line_and_its_doubts() {
    let mut report = sample::quiet();
    assert_eq!(render(&report, &Style::default()), "no Redis incident in 20 lines, 2024-01-17 09:00:00.012Z..09:00:05.988Z\n");
    report.coverage.undated = 1;
    assert!(render(&report, &Style::default()).contains("- 1 record without a time"));
}

#[test]
fn not_redis_says_what_points_elsewhere() {
    let mut report = sample::quiet();
    report.verdict = Verdict::NotRedis;
    report.notes = vec![Note { text: "41 errors of PostgreSQL's pool".to_owned(), citations: Vec::new() }];
    let text = render(&report, &Style::default());
    assert!(text.starts_with("Not Redis:") && text.contains("What points elsewhere:\n  - 41 errors of PostgreSQL's pool"));
}

#[test]
fn hostile_strings_reach_no_terminal() {
    let mut report = sample::incident();
    report.incidents[0].causes[0].title = "\u{1b}[2Jevil\u{7}".to_owned();
    report.incidents[0].symptoms[0].title = "\u{1b}]0;x\u{7}".to_owned();
    report.notes[0].text = String::new();
    let text = render(&report, &Style { width: 0, top: 0, ..Style::default() });
    assert!(!text.contains(['\u{1b}', '\u{7}']));
}
