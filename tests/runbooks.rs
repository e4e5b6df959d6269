//! `--runbooks`, `explain`, `--why`: what people have written down meets what the logs say.

mod program;

use program::{SAMPLE, run};

const NOW: [&str; 2] = ["--now", "2024-01-17T12:00:00Z"];

#[test]
fn the_teams_runbook_is_named_and_quoted() {
    let report = run(&["--format", "json", "--runbooks", "testdata/runbooks", NOW[0], NOW[1], SAMPLE]).ends(0).json();
    let books = report["incidents"][0]["runbooks"].as_array().expect("a list");
    assert_eq!(books.len(), 1, "{books:?}");
    assert_eq!(books[0]["file"], "redis-connections.md");
    assert_eq!(books[0]["stale"], true);
    assert!(books[0]["section"].as_str().expect("a heading").starts_with("Mitigation Steps"));
    assert!(books[0]["matched"].to_string().contains("service: order-service"));
    let remarks = report["coverage"]["remarks"].to_string();
    assert!(remarks.contains("runbook broken.md:4") && remarks.contains("no front matter"), "{remarks}");

    let text = run(&["--runbooks", "testdata/runbooks", NOW[0], NOW[1], SAMPLE]).ends(0).out;
    for words in [
        "Your runbooks:",
        "Redis connections run out [redis-connections.md: Mitigation Steps",
        "stale: last validated 2023-06-30",
        "escalate: Primary: #shop-oncall",
        "happened before: 2024-01-15: Checkout outage",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    // A runbook is no reason to doubt the input.
    assert!(!text.contains("Mind: runbook"), "{text}");
}

#[test]
fn without_runbooks_nothing_is_said_of_them() {
    let text = run(&[SAMPLE]).ends(0).out;
    assert!(!text.contains("Your runbooks"));
    assert_eq!(run(&["--format", "json", SAMPLE]).ends(0).json()["incidents"][0]["runbooks"], serde_json::json!([]));
    let refused = run(&["--runbooks", "testdata/nowhere", SAMPLE]).ends(2);
    assert!(refused.err.contains("testdata/nowhere: no such folder"), "{}", refused.err);
}

#[test]
fn explain_prints_the_runbook_of_every_cause() {
    for cause in whyredis::patterns::Library::builtin().causes() {
        let page = run(&["explain", &cause.id]).ends(0).out;
        assert!(page.starts_with(&format!("{}\n=", cause.title)), "{page}");
        let parts = if cause.evidence.is_empty() { vec!["Now"] } else { vec!["Speaks for it", "Now", "Fix", "Verify"] };
        for part in parts {
            assert!(page.contains(&format!("\n{part}\n")), "{}: {part}\n{page}", cause.id);
        }
    }
}

#[test]
fn explain_without_a_cause_prints_what_holds_for_all() {
    let page = run(&["explain"]).ends(0).out;
    for words in ["Health targets", "hit rate", "rate-limit: ", "RedisDown (critical, for 1m)", "Escalation", "INCIDENT: Redis trouble"] {
        assert!(page.contains(words), "{words}:\n{page}");
    }
}

#[test]
fn a_cause_that_does_not_exist_is_refused_with_a_hint() {
    let refused = run(&["explain", "maxclients"]).ends(2);
    assert!(refused.err.contains("did you mean maxclients-too-low"), "{}", refused.err);
    assert!(run(&["explain", "zzz"]).ends(2).err.contains("whyredis patterns list"));
    assert!(run(&["explain", ""]).ends(2).err.contains("whyredis patterns list"));
}

#[test]
fn why_shows_the_evidence_feature_by_feature() {
    let page = run(&["--why", "maxclients-too-low", SAMPLE]).ends(0).out;
    let mut lines = page.lines();
    assert!(lines.next().is_some_and(|l| l.contains("maxclients-too-low is rank ") && l.contains(" %")), "{page}");
    assert!(lines.any(|l| l.contains(" for ") && l.contains("input.log:")), "{page}");
    let refused = run(&["--why", "maxclient", SAMPLE]).ends(2);
    assert!(refused.err.contains("did you mean maxclients-too-low"), "{}", refused.err);
}

#[test]
fn why_says_when_a_cause_was_not_considered() {
    // Known, but far from these lines: that is an answer, not an error.
    let page = run(&["--why", "tls", SAMPLE]).ends(0).out;
    assert!(page.contains("tls"), "{page}");
    let quiet = run(&["--why", "tls", "testdata/negatives/sql.log"]).ends(0).out;
    assert!(quiet.contains("no incident"), "{quiet}");
}
