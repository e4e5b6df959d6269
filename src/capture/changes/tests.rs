use super::*;

type Parts = (ChangeKind, String, Option<String>, Option<(u32, u32)>);

fn change(text: &str) -> Option<Parts> {
    match read_text(text).into_iter().next()? {
        Reading::Change { kind, what, subject, replicas } => Some((kind, what, subject, replicas)),
        _ => None,
    }
}

fn kind(text: &str) -> Option<ChangeKind> {
    change(text).map(|c| c.0)
}

#[test]
fn scaled_in_three_wordings() {
    for (text, replicas) in [
        ("Scaled up replica set checkout-api-6d9f7c8b5d to 12 from 3", Some((3, 12))),
        ("Scaled up replica set checkout-api-6d9f7c8b5d from 3 to 12", Some((3, 12))),
        ("Scaled up replica set checkout-api-6d9f7c8b5d to 12", None),
        ("Scaled down ReplicaSet checkout-api-6d9f7c8b5d (revision 2) from 12 to 3", Some((12, 3))),
    ] {
        let (kind, _, subject, found) = change(text).unwrap();
        assert_eq!((kind, subject.as_deref(), found), (ChangeKind::Scale, Some("checkout-api"), replicas), "{text}");
    }
    assert_eq!(kind("Scaled up replica set checkout-api-7b5c9d6f44 to 1 from 0"), Some(ChangeKind::Deploy));
    assert_eq!(kind("New size: 12; reason: cpu resource utilization (percentage of request) above target"), Some(ChangeKind::Scale));
}

#[test]
fn json_items() {
    let event = r#"{"involvedObject":{"kind":"Deployment","name":"checkout-api","namespace":"shop"},"message":"Scaled up replica set checkout-api-6d9f7c8b5d to 12 from 3","reason":"ScalingReplicaSet"}"#;
    assert_eq!(change(event).unwrap().2.as_deref(), Some("checkout-api"));
    let managed = r#"{"SourceIdentifier":"shop-redis","SourceType":"replication-group","Message":"Failover to replica node shop-redis-002 completed","Date":"2024-01-17T08:40:00.010000+00:00"}"#;
    let (kind, _, subject, _) = change(managed).unwrap();
    assert_eq!((kind, subject.as_deref()), (ChangeKind::Failover, Some("shop-redis")));
    assert_eq!(change(r#"{"msg":"Failover to replica node x","level":"info"}"#), None);
    assert_eq!(change("{\"involvedObject\": broken"), None);
}

#[test]
fn delivery_tools() {
    for text in [
        "Initiated automated sync to 9f3c1a7",
        "Sync operation to 9f3c1a7 succeeded",
        "Reconciliation finished in 1.42s, next run in 10m0s",
        "Release \"checkout-api\" has been upgraded. Happy Helming!\nNAME: checkout-api\nREVISION: 42",
        "deployment \"checkout-api\" successfully rolled out",
    ] {
        assert_eq!(kind(text), Some(ChangeKind::Deploy), "{text}");
    }
    assert_eq!(kind("(service checkout-api) has started 9 tasks: (task 0f1e2d3c4b5a69788796a5b4c3d2e1f0)."), Some(ChangeKind::Scale));
    for text in
        ["Updated health status: Healthy -> Progressing", "(service checkout-api) has reached a steady state.", "has started 3 retries"]
    {
        assert_eq!(kind(text), None, "{text}");
    }
}

#[test]
fn managed_and_server() {
    assert_eq!(kind("Finished modifying cache parameter group (maxclients)"), Some(ChangeKind::Config));
    assert_eq!(kind("ElastiCache:FailoverComplete : shop-redis-001"), Some(ChangeKind::Failover));
    assert_eq!(kind("ElastiCache:SnapshotComplete : shop-redis-001"), None);
    assert_eq!(kind("Ready to accept connections tcp"), Some(ChangeKind::Restart));
    assert_eq!(kind("Received SIGTERM scheduling shutdown..."), Some(ChangeKind::Restart));
    assert_eq!(change("+switch-master mymaster 10.0.0.1 6379 10.0.0.2 6379").unwrap().2.as_deref(), Some("mymaster"));
    assert_eq!(kind("CONFIG SET maxclients 20000"), Some(ChangeKind::Config));
    assert_eq!(kind("ERR CONFIG SET failed - maxclients is immutable"), None);
}

#[test]
fn banners_and_signals() {
    for text in [
        "Started CheckoutApplication in 6.412 seconds (process running for 7.1)",
        "Starting gunicorn 21.2.0",
        "Listening at: http://0.0.0.0:8000 (1)",
        "Booting worker with pid: 9",
        "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
        "* Listening on http://0.0.0.0:3000",
        "listening on :8080",
        "Now listening on: http://[::]:8080",
        " * Running on http://127.0.0.1:5000",
        "celery@worker-1 ready.",
        "Server listening on port 3000",
        "received SIGTERM, shutting down",
        "Commencing graceful shutdown. Waiting for active requests to complete",
        "INFO:     Shutting down",
    ] {
        assert_eq!(kind(text), Some(ChangeKind::Restart), "{text}");
    }
    for text in [
        "Started processing order 17 in queue",
        "the queue is ready.",
        "listening on channel orders",
        "Shutting down idle connection 5 of 80 because the peer closed it and then some more words here",
        "job Started late",
        "SIGTERM handler installed",
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
}

#[test]
fn applications_say_deploy() {
    assert_eq!(kind("Deployed checkout-api version 2.3.1"), Some(ChangeKind::Deploy));
    assert_eq!(kind("rollout of cart-service v42 complete"), Some(ChangeKind::Deploy));
    assert_eq!(kind("Rolling back to shop/cart:1.4.0"), Some(ChangeKind::Deploy));
    for text in [
        "released connection to 10.0.3.17",
        "lock released after 5.2 s",
        "deploy.rb:12 undefined method",
        "release connection 1.2.3",
        "GET /deploy/1.2.3 200",
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
}

#[test]
fn subject_and_version_from_the_record() {
    let record = Record {
        body: "Reconciliation finished in 1.42s, next run in 10m0s".to_owned(),
        attributes: vec![("Kustomization.name".to_owned(), "shop".to_owned()), ("revision".to_owned(), "main@sha1:9f3c1a7".to_owned())],
        ..Record::default()
    };
    assert_eq!(
        read(&record),
        [Reading::Change {
            kind: ChangeKind::Deploy,
            what: "Flux reconciled (main@sha1:9f3c1a7)".to_owned(),
            subject: Some("shop".to_owned()),
            replicas: None
        }]
    );
}

#[test]
fn hostile_bodies() {
    assert!(read_text("").is_empty());
    assert!(read_text(&"Scaled up replica set ".repeat(10_000)).is_empty());
    assert!(read_text(&"é".repeat(5_000)).is_empty());
}
