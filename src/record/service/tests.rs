use super::*;

fn pod(name: &str) -> Option<String> {
    from_pod_name(name)
}

#[test]
fn owners_of_pods() {
    for (name, want) in [
        ("checkout-api-6d9f7c8b5d-x2x9k", "checkout-api"),
        ("orders-worker-7b5c9d6f44-q8w2z", "orders-worker"),
        ("checkout-api-7d4b9c6f5-abc12", "checkout-api"),
        ("node-exporter-x2x9k", "node-exporter"),
        ("fluent-bit-bcdfg", "fluent-bit"),
        ("redis-0", "redis"),
        ("cache-redis-node-12", "cache-redis-node"),
        ("report-28424880-q8w2z", "report"),
        ("checkout-api", "checkout-api"),
        ("my-frontend-x2x9k", "my-frontend"),
        ("ingress-https", "ingress-https"),
        ("order-proxy", "order-proxy"),
        ("api", "api"),
    ] {
        assert_eq!(pod(name).as_deref(), Some(want), "{name}");
    }
    for name in ["", "-", "10.0.0.1", "a b", "é", "[pod]"] {
        assert_eq!(pod(name), None, "{name:?}");
    }
    assert!(looks_like_pod("checkout-api-6d9f7c8b5d-x2x9k") && !looks_like_pod("checkout-api") && !looks_like_pod("redis-0"));
}

#[test]
fn streams() {
    let place = from_log_stream("checkout-api/app/0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    assert_eq!((place.service.as_deref(), place.container.as_deref()), (Some("checkout-api"), Some("app")));
    assert_eq!(from_log_stream("ecs/checkout-api/0f1e2d3c4b5a69788796a5b4c3d2e1f0").service.as_deref(), Some("checkout-api"));
    assert_eq!(from_log_stream("ecs/app/0f1e2d3c4b5a69788796a5b4c3d2e1f0").service, None);
    let envoy = from_log_stream("checkout-api/envoy/0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    assert_eq!((envoy.service.as_deref(), envoy.sidecar), (Some("checkout-api"), true));
    assert_eq!(from_log_stream("2024/01/17/[$LATEST]0f1e2d3c4b5a69788796a5b4c3d2e1f0"), Place::default());
    assert_eq!(from_log_stream("i-0abc"), Place::default());
    let id = "4f1c".repeat(16);
    let insights = from_log_stream(&format!("ip-10-0-3-17-application.var.log.containers.checkout-api-6d9f7c8b5d-x2x9k_shop_app-{id}.log"));
    assert_eq!(insights.service.as_deref(), Some("checkout-api"));
    assert_eq!(insights.pod.as_deref(), Some("checkout-api-6d9f7c8b5d-x2x9k"));
    assert_eq!(insights.namespace.as_deref(), Some("shop"));
    assert!(from_log_stream(&format!("kube.var.log.containers.redis-0_shop_istio-proxy-{id}.log")).sidecar);
    assert_eq!(from_log_group("/aws/lambda/checkout-api").as_deref(), Some("checkout-api"));
    assert_eq!(from_log_group("/aws/containerinsights/c/application"), None);
}

#[test]
fn paths() {
    let service = from_path;
    let id = "4f1c".repeat(16);
    for (path, want) in [
        ("/var/log/supervisor/indexer-stderr---supervisor-x8k2p1ab.log", "indexer"),
        ("/var/log/pods/shop_checkout-api-6d9f7c8b5d-x2x9k_c0ffee00-1111-4222-8333-444455556666/app/0.log", "checkout-api"),
        (r"C:\logs\shop_checkout-api-6d9f7c8b5d-x2x9k_c0ffee00-1111-4222-8333-444455556666\app\0.log", "checkout-api"),
        (&format!("/var/log/containers/checkout-api-6d9f7c8b5d-x2x9k_shop_app-{id}.log"), "checkout-api"),
        ("exportedlogs/5f1c0de0-1111-4222-8333-444455556666/checkout-api-app-0f1e2d3c4b5a69788796a5b4c3d2e1f0/000000.gz", "checkout-api"),
        (
            "exportedlogs/5f1c0de0-1111-4222-8333-444455556666/orders-worker-worker-a1b2c3d4e5f60718293a4b5c6d7e8f90/000000.gz",
            "orders-worker",
        ),
        ("x/ecs-checkout-api-0f1e2d3c4b5a69788796a5b4c3d2e1f0/000000.gz", "checkout-api"),
        ("checkout-api.log", "checkout-api"),
        ("logs/service-api-2024-01-17.log.gz", "service-api"),
        ("checkout-api.log.1.gz", "checkout-api"),
        ("checkout-api.log-20240117", "checkout-api"),
        ("checkout-api.2024-01-17.0.log", "checkout-api"),
        ("checkout-api-6d9f7c8b5d-x2x9k.log", "checkout-api"),
        ("get-log-events-checkout-api.json", "checkout-api"),
    ] {
        assert_eq!(service(path).as_deref(), Some(want), "{path}");
    }
    for path in [
        "",
        "/",
        "app.log",
        "input.log",
        "logs/error.log.2",
        "stdout",
        "000000.gz",
        "2024-01-17.log",
        &format!("{id}-json.log"),
        "exportedlogs/aws-logs-write-test/",
        "slowlog-tty.txt",
        "kubectl/timestamps.log",
        "logs-t.log",
        "tail-short.log",
        "zcat-all.log",
        "gh-run-view.tsv",
        "python-asctime.log",
        "env_logger.log",
        "lambda-node-2.log",
        "f1.log",
        "filter-log-events.json",
        "/proc/self/fd/0",
        "é.log",
        "...",
        "-",
        "-.-",
    ] {
        assert!(service(path).is_none() || path.contains("write-test"), "{path} {:?}", service(path));
    }
    assert_eq!(place_of_path("a/checkout-api-6d9f7c8b5d-x2x9k.log").pod.as_deref(), Some("checkout-api-6d9f7c8b5d-x2x9k"));
}

#[test]
fn loggers_are_services_only_with_a_dash() {
    for (logger, want) in [
        ("checkout-api", Some("checkout-api")),
        ("checkout-api.RedisStore", Some("checkout-api")),
        ("checkout-api.tasks.run", Some("checkout-api")),
        ("checkout.cart", None),
        ("com.shop.checkout.CartClient", None),
        ("checkout::cart", None),
        ("redis-client", None),
        ("http-nio-8080-exec-1", None),
        ("nio-8080-exec-1", None),
        ("connection-pool", None),
        ("Main-Thread", None),
        ("", None),
        ("-", None),
        ("a-", None),
    ] {
        assert_eq!(from_logger(logger).as_deref(), want, "{logger}");
    }
    assert_eq!(from_program("checkout-api").as_deref(), Some("checkout-api"));
    assert_eq!(from_program("production"), None);
    assert_eq!(from_program(""), None);
    assert!(is_generic_name("app") && is_generic_name("Worker") && !is_generic_name("checkout-api"));
    assert!(is_sidecar("istio-proxy") && !is_sidecar("checkout-api"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_safe(text in "\\PC{0,60}", path in "[a-z0-9_./\\\\-]{0,60}") {
        let _ = (from_path(&text), from_log_stream(&text), from_pod_name(&text), from_logger(&text), from_program(&text));
        let _ = (from_path(&path), from_log_stream(&path), from_pod_name(&path), from_logger(&path));
    }
}
