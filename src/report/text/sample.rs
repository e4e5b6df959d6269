//! Reports for the renderers' tests, filled like the runbook's own incident.

use serde_json::json;

use crate::report::*;

/// Nothing found in 20 lines.
pub(crate) fn quiet() -> Report {
    Report {
        schema_version: 1,
        tool: Tool { name: "whyredis", version: "0.1.0" },
        verdict: Verdict::NoIncident,
        input: InputSummary {
            bytes: 4_000,
            lines: 20,
            records: 20,
            records_basis: "exact",
            first_ts: Some("2024-01-17T09:00:00.012Z".to_owned()),
            last_ts: Some("2024-01-17T09:00:05.988Z".to_owned()),
            ..InputSummary::default()
        },
        incidents: Vec::new(),
        notes: Vec::new(),
        captures: Vec::new(),
        unrecognised: Vec::new(),
        coverage: Coverage::default(),
    }
}

fn cite(line: u64) -> Vec<Citation> {
    vec![Citation { source: "app.log".to_owned(), line }]
}

fn evidence(polarity: &'static str, statement: &str, weight: f64, line: u64) -> EvidenceReport {
    EvidenceReport {
        polarity,
        feature: "f".to_owned(),
        statement: statement.to_owned(),
        value: None,
        unit: None,
        weight,
        citations: cite(line),
    }
}

fn action(text: &str, command: &str, effect: &str) -> Action {
    Action {
        text: text.to_owned(),
        command: Some(command.to_owned()),
        effect: effect.to_owned(),
        placeholders: Vec::new(),
        caution: None,
        managed: Vec::new(),
    }
}

fn cause(rank: u32, title: &str, confidence: f64) -> CauseReport {
    CauseReport {
        rank,
        id: format!("cause-{rank}"),
        title: title.to_owned(),
        confidence,
        chain: Vec::new(),
        evidence: Vec::new(),
        immediate: Vec::new(),
        fix: Vec::new(),
        verify: Vec::new(),
        prevent: Vec::new(),
        references: Vec::new(),
    }
}

/// One incident, with something in every section.
pub(crate) fn incident() -> Report {
    let mut first = cause(1, "The client limit is too low for the traffic", 0.812);
    first.chain = vec!["limit too low".to_owned(), "connections rejected".to_owned(), "checkout fails".to_owned()];
    first.evidence = vec![
        evidence("for", "connected_clients stood at maxclients (1000 of 1000) for 4 s", 2.1, 6),
        evidence("for", "3 clients were told that the limit was reached", 2.9, 1),
        evidence("against", "no scale or deploy line precedes the onset", -0.4, 2),
        evidence("for", "requests stayed at their baseline", 0.9, 3),
        evidence("for", "a fourth and weaker fact", 0.1, 4),
    ];
    first.immediate = vec![
        action("Save who is connected before anything restarts.", "redis-cli -h cache-primary CLIENT LIST > clients.txt", "read-only"),
        action(
            "Raise the limit.",
            "kubectl exec -n redis redis-master-0 -c redis -- redis-cli -h cache-primary -p 6379 CONFIG SET maxclients 20000",
            "changes",
        ),
        action("Third step.", "redis-cli INFO", "read-only"),
    ];
    if let Some(raise) = first.immediate.get_mut(1) {
        raise.caution = Some("The open-files limit of the process must be higher.".to_owned());
        raise.managed = vec![("ElastiCache".to_owned(), "maxclients cannot be changed; add shards".to_owned())];
    }
    first.references = vec!["https://redis.io/docs/latest/develop/reference/clients/".to_owned()];
    let mut second = cause(2, "A service leaks connections", 0.121);
    second.evidence =
        vec![evidence("for", "one holder owns 60 % of the connections", 0.6, 9), evidence("against", "the growth stopped", -0.9, 9)];
    let mut report = quiet();
    report.verdict = Verdict::Incident;
    report.incidents = vec![IncidentReport {
        id: "0011223344556677".to_owned(),
        start: Some("2024-01-17T09:00:01.204Z".to_owned()),
        end: Some("2024-01-17T09:00:05.260Z".to_owned()),
        duration_ms: Some(4056),
        severity: "critical",
        offender: None,
        victims: Vec::new(),
        last_change: None,
        status: Status::Ongoing,
        causes: vec![first, second, cause(3, "Not known", 0.05), cause(4, "A traffic spike", 0.017)],
        symptoms: vec![SymptomReport {
            id: "s".to_owned(),
            title: "Client limit reached".to_owned(),
            count: 3,
            first: Some("2024-01-17T09:00:01.204Z".to_owned()),
            last: Some("2024-01-17T09:00:04.000Z".to_owned()),
            signatures: Vec::new(),
            example: Some(Example {
                citation: Citation { source: "app.log".to_owned(), line: 1 },
                text: "ERR max number of clients reached - exception while processing GET user:profile:*".to_owned(),
            }),
        }],
        affected: Affected {
            traces: 5,
            traces_stderr: None,
            trace_ids: vec!["65a79710106530dc42baa21c67f8a301".to_owned()],
            services: vec![ServiceCount { name: "checkout-api".to_owned(), events: 4, first: None }],
            instances: Vec::new(),
            redis_nodes: vec!["cache-primary".to_owned()],
            commands: vec![NameCount { name: "GET".to_owned(), count: 2 }],
            keys: vec![PatternCount { pattern: "user:profile:*".to_owned(), count: 2 }],
        },
        impact: Impact {
            services: vec!["gateway".to_owned()],
            requests_failed: 7,
            paths: vec![TracePath {
                trace_id: "65a79710".to_owned(),
                services: vec!["gateway".to_owned(), "checkout-api".to_owned()],
                status: Some(503),
                duration_ms: Some(1871),
            }],
        },
        traffic: Traffic {
            before_rps: Some(3.4),
            during_rps: Some(3.3),
            after_rps: None,
            basis: "access".to_owned(),
            stderr: None,
            why: None,
        },
        timeline: Timeline {
            start: Some("2024-01-17T09:00:00.000Z".to_owned()),
            bucket_ms: 1000,
            requests: vec![3, 4, 3, 3, 4, 3],
            symptoms: json!({"s": [0, 1, 1, 0, 1, 0]}).as_object().cloned().unwrap_or_default(),
            gauges: json!({"connected_clients": [812, 998, 1000, null, 1000, 1000]}).as_object().cloned().unwrap_or_default(),
            changes: vec![ChangeReport {
                ts: Some("2024-01-17T09:00:02.100Z".to_owned()),
                what: "Scaled up replica set checkout-api-6d9f7c8b5d to 12 from 3".to_owned(),
                citation: Citation { source: "events.txt".to_owned(), line: 2 },
            }],
        },
        next_checks: vec![NextCheck {
            command: "redis-cli -h cache-primary INFO clients".to_owned(),
            why: "maxclients tells whether the limit was ample".to_owned(),
            separates: Vec::new(),
        }],
        runbooks: Vec::new(),
    }];
    report.notes = vec![Note { text: "one slow command".to_owned(), citations: cite(4) }];
    report.captures = vec![CaptureSummary {
        kind: "info".to_owned(),
        source: "info.txt".to_owned(),
        summary: vec!["10,000 of 10,000 clients, 37 blocked".to_owned()],
    }];
    report.unrecognised = vec![Unrecognised {
        template: "ERR strange <n>".to_owned(),
        count: 2,
        citation: Citation { source: "app.log".to_owned(), line: 8 },
    }];
    report.coverage = Coverage {
        undated: 2,
        redacted: 1,
        remarks: vec!["kubectl gave only 10 lines a pod: use --tail=-1".to_owned()],
        ..Coverage::default()
    };
    report.input.assumptions = vec!["times without a zone are UTC".to_owned()];
    report
}
