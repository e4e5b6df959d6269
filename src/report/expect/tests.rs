use super::*;
use crate::report::text::sample;

fn parse(text: &str) -> Result<Expectation, Broken> {
    Expectation::parse(Path::new("case/expect.toml"), text, &Library::builtin())
}

/// The sample report with ids that the patterns know.
fn report() -> Report {
    let mut report = sample::incident();
    let incident = &mut report.incidents[0];
    incident.causes[0].id = "maxclients-too-low".to_owned();
    incident.causes[1].id = "connection-leak".to_owned();
    incident.symptoms[0].id = "maxclients-reached".to_owned();
    incident.symptoms[0].signatures =
        vec![crate::report::SignatureCount { id: "x".to_owned(), symptom: "failover".to_owned(), count: 2 }];
    report
}

fn misses(text: &str) -> Vec<String> {
    let found = parse(text).expect("a sound expectation").judge(&report());
    found.into_iter().map(|m| format!("{}: {} / {}", m.what, m.expected, m.found)).collect()
}

const HOLDS: &str = r#"
verdict = ["incident", "inconclusive"]
traces = 5
services = ["checkout-api"]
absent = ["dns-failure"]

[[cause]]
any_of = ["traffic-spike", "maxclients-too-low"]
min_confidence = 0.8

[[cause]]
id = "connection-leak"
max_rank = 2

[symptoms]
maxclients-reached = { min = 3 }
failover = 2

[[pointer]]
path = "/incidents/0/status"
equals = "ongoing"

[[pointer]]
path = "/incidents/0/affected/services"
contains = { name = "checkout-api", events = 4 }

[[pointer]]
path = "/incidents/0/causes/0/confidence"
at_least = 0.8
"#;

#[test]
fn what_holds_holds() {
    assert_eq!(misses(HOLDS), Vec::<String>::new());
}

#[test]
fn every_miss_says_expected_and_found() {
    let text = r#"
verdict = "no-incident"
traces = { min = 6, max = 9 }
services = { include = ["basket"], exclude = ["checkout-api"] }
absent = ["maxclients-reached"]

[[cause]]
id = "connection-leak"

[[cause]]
id = "maxclients-too-low"
min_confidence = 0.9

[symptoms]
maxclients-reached = 4
dns-failure = { min = 1 }

[[pointer]]
path = "/incidents/1/status"
equals = "ongoing"

[[pointer]]
path = "/incidents/0/timeline/changes"
contains = { ts = "2024-01-17T09:00:02.101Z" }
"#;
    let found = misses(text);
    let wanted = [
        "verdict: no-incident / incident",
        "cause: connection-leak first / 1. maxclients-too-low 0.812, 2. connection-leak 0.121, 3. cause-3 0.050",
        "cause: maxclients-too-low first, confidence at least 0.9 / 1. maxclients-too-low 0.812",
        "symptoms.maxclients-reached: 4 / 3",
        "symptoms.dns-failure: at least 1 / 0",
        "absent: no maxclients-reached / 3",
        "traces: 6 to 9 / 5",
        "services: with basket, without checkout-api / checkout-api",
        "/incidents/1/status: \"ongoing\" / nothing there",
        "/incidents/0/timeline/changes: contains {\"ts\":",
    ];
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (f, w) in found.iter().zip(wanted) {
        assert!(f.starts_with(w), "{f}\nis not\n{w}");
    }
}

#[test]
fn broken_expectations_name_line_and_reason() {
    for (text, line, reason) in [
        ("verdict = \"no-incident\"\nverdct = \"incident\"\n", Some(2), "verdct"),
        ("\nverdict = \"noincident\"\n", Some(2), "no verdict \"noincident\""),
        ("verdict = 3\n", Some(1), "verdict"),
        ("verdict = \"incident\"\n\n[[cause]]\nid = \"dsn\"\n", Some(3), "no cause \"dsn\""),
        ("[[cause]]\nmax_rank = 2\n", Some(1), "id or any_of"),
        ("[[cause]]\nid = \"dns\"\nmin_confidence = 60\n", Some(1), "between 0 and 1"),
        ("[symptoms]\n\nmaxclients-reach = 1\n", Some(3), "no symptom"),
        ("[symptoms]\nfailover = -1\n", Some(2), "must be a count"),
        ("[symptoms]\nfailover = { min = 3, max = 1 }\n", Some(2), "min is more than max"),
        ("absent = [\n  \"failover\",\n  \"fail-over\",\n]\n", Some(3), "no symptom"),
        ("traces = \"5\"\n", Some(1), "traces must be a count"),
        ("[[pointer]]\npath = \"/a\"\n", Some(1), "one of equals"),
        ("[[pointer]]\npath = \"a\"\nequals = 1\n", Some(1), "no JSON pointer"),
        ("args = [\"--tz\", \"UTC\"]\n", None, "expects nothing"),
        ("verdict = \n", Some(1), ""),
        ("\u{0}\u{1b}[31m", Some(1), ""),
    ] {
        let e = parse(text).expect_err(text);
        assert_eq!(e.line, line, "{text}: {e}");
        assert!(e.reason.contains(reason), "{text}: {e}");
        assert!(e.to_string().starts_with("case/expect.toml:"), "{e}");
    }
}

#[test]
fn blessing_writes_what_holds() {
    let text = Expectation::bless(&report(), None);
    let wanted = "verdict = \"incident\"\ntraces = 5\nservices = [\"checkout-api\"]\n\n[[cause]]\nid = \"maxclients-too-low\"\n\
        max_rank = 1\nmin_confidence = 0.8\n\n[symptoms]\nmaxclients-reached = 3\n";
    assert_eq!(text, wanted);
    assert_eq!(misses(&text), Vec::<String>::new());
    assert_eq!(Expectation::bless(&sample::quiet(), None), "verdict = \"no-incident\"\n");
}

#[test]
fn blessing_keeps_what_people_wrote() {
    let before = format!("# why this log is here\n\nargs = [\"--date\", \"2024-01-17\"]\ninputs = [\"app.log\"]\n{HOLDS}");
    let old = parse(&before).expect("sound");
    let after = Expectation::bless(&report(), Some((&before, &old)));
    assert!(after.starts_with("# why this log is here\n\nargs = "), "{after}");
    let mut new = parse(&after).expect("sound");
    // Lines move; what is asked for does not.
    for (a, b) in [(&mut new.args, &old.args), (&mut new.inputs, &old.inputs)] {
        a.clone_from(b);
    }
    new.symptoms.sort();
    let mut old_sorted = old.clone();
    old_sorted.symptoms.sort();
    assert_eq!(new, old_sorted, "{after}");
    let again = Expectation::bless(&report(), Some((&after, &parse(&after).expect("sound"))));
    assert_eq!(again, after);
}

#[test]
fn blessing_tightens_what_no_longer_holds() {
    let before = "verdict = \"no-incident\"\ntraces = 9\nservices = [\"x\"]\n[[cause]]\nid = \"dns\"\n[symptoms]\nmaxclients-reached = { min = 7 }\ndns-failure = 1\n";
    let old = parse(before).expect("sound");
    let after = Expectation::bless(&report(), Some((before, &old)));
    assert_eq!(after, Expectation::bless(&report(), None));
}
