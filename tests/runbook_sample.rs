//! The runbook's own sample log: what a person reads out of its eight lines, the report must say.

use serde_json::Value;

mod program;

use program::{SAMPLE, run};

fn report() -> Value {
    run(&["--format", "json", SAMPLE]).ends(0).json()
}

fn count(incident: &Value, symptom: &str) -> u64 {
    incident["symptoms"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|s| s["id"] == symptom)
        .map_or(0, |s| s["count"].as_u64().expect("a count"))
}

fn names<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().expect("a list").iter().filter_map(|v| v[key].as_str()).collect()
}

#[test]
fn one_incident_with_its_window_and_node() {
    let report = report();
    assert_eq!(report["incidents"].as_array().expect("a list").len(), 1);
    let incident = &report["incidents"][0];
    assert_eq!(incident["start"], "2024-01-17T09:00:01.950Z");
    assert_eq!(incident["end"], "2024-01-17T09:00:02.895Z");
    assert_eq!(incident["duration_ms"], 945);
    assert_eq!(incident["affected"]["redis_nodes"], serde_json::json!(["cache-primary"]));
}

#[test]
fn every_symptom_is_found() {
    let report = report();
    let incident = &report["incidents"][0];
    assert!(count(incident, "maxclients-reached") >= 3);
    for symptom in ["pool-exhausted", "blocking-timeout", "slow-command", "blocked-clients", "maxclients-near"] {
        assert!(count(incident, symptom) >= 1, "{symptom}: {}", incident["symptoms"]);
    }
}

#[test]
fn the_affected_are_named() {
    let report = report();
    let affected = &report["incidents"][0]["affected"];
    assert_eq!(affected["traces"], 5);
    assert_eq!(
        affected["trace_ids"],
        serde_json::json!(["req-401-a1b2c3", "req-402-a2b3c4", "req-403-a3b4c5", "req-405-a5b6c7", "req-406-a6b7c8"])
    );
    assert_eq!(names(&affected["services"], "name"), ["order-service"]);
    let mut commands = names(&affected["commands"], "name");
    commands.sort_unstable();
    assert_eq!(commands, ["BLPOP", "GET", "HGETALL", "SET"]);
    let mut keys = names(&affected["keys"], "pattern");
    keys.sort_unstable();
    assert_eq!(keys, ["cart:session:*", "queue:notifications", "session:token:*", "user:profile:*"]);
}

#[test]
fn the_gauge_goes_from_998_to_1000_of_1000() {
    let lines = run(&["events", "--all", SAMPLE]).ends(0).out;
    let gauges: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("one object a line")).collect();
    let readings = |name: &str| -> Vec<f64> {
        gauges.iter().filter(|g| g["gauge"] == name || g["name"] == name).filter_map(|g| g["value"].as_f64()).collect()
    };
    assert_eq!(readings("connected_clients"), [998.0, 1000.0], "{lines}");
    assert!(readings("maxclients").contains(&1000.0), "{lines}");
    let text = run(&[SAMPLE]).ends(0).out;
    assert!(text.contains("connected_clients 998 → 1000"), "{text}");
}

#[test]
fn the_causes_that_fit_lead() {
    let report = report();
    let causes = report["incidents"][0]["causes"].as_array().expect("a list");
    for id in ["maxclients-too-low", "idle-connections-kept"] {
        let at = causes.iter().position(|c| c["id"] == id).unwrap_or_else(|| panic!("{id} is missing"));
        assert!(at < 4, "{id} stands at {}: {:?}", at + 1, names(&report["incidents"][0]["causes"], "id"));
        let cause = &causes[at];
        assert!(!cause["evidence"].as_array().expect("a list").is_empty(), "{id} has no reason");
    }
    // An incident only if a known cause leads.
    assert!(
        report["verdict"] == "inconclusive" || report["verdict"] == "incident" && causes[0]["id"] != "unknown",
        "{}",
        report["verdict"]
    );
}

#[test]
fn the_remedies_of_the_runbook_stand_with_the_fitting_causes() {
    let report = report();
    let actions = |id: &str| -> String {
        let cause = report["incidents"][0]["causes"].as_array().expect("a list").iter().find(|c| c["id"] == id).expect("the cause").clone();
        ["immediate", "fix", "verify", "prevent"].iter().map(|phase| cause[*phase].to_string()).collect()
    };
    let limit = actions("maxclients-too-low");
    for words in ["CONFIG SET maxclients", "ulimit", "80 %", "CLIENT LIST"] {
        assert!(limit.contains(words), "{words}: {limit}");
    }
    let idle = actions("idle-connections-kept");
    for words in ["CONFIG SET timeout", "CLIENT LIST"] {
        assert!(idle.contains(words), "{words}: {idle}");
    }
}

#[test]
fn it_says_that_traffic_cannot_be_judged() {
    let text = run(&[SAMPLE]).ends(0).out;
    assert!(text.contains("traffic cannot be judged"), "{text}");
    assert_eq!(report()["incidents"][0]["traffic"]["before_rps"], Value::Null);
}

#[test]
fn the_first_screen_says_what_matters() {
    let text = run(&[SAMPLE]).ends(0).out;
    let screen: String = text.lines().take(40).collect::<Vec<_>>().join("\n");
    for words in ["cache-primary", "2024-01-17 09:00:01", "Why:", "input.log:", "Do now:", "Settle it:", "%"] {
        assert!(screen.contains(words), "{words} is not on the first screen:\n{screen}");
    }
}
