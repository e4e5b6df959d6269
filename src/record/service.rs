//! Service names from pods, paths, log streams and programs.
//!
//! In: names. Out: [`Place`] or a service's name. Fails when: never; a name that tells nothing gives `None`.
//!
//! `service/pod` knows what controllers append, `service/path` file names and object keys, `service/stream` log streams and groups.

mod path;
mod pod;
mod stream;
#[cfg(test)]
mod tests;

pub use path::{from_path, place_of_path};
pub use pod::{from_pod_name, looks_like_pod};
pub use stream::{from_log_group, from_log_stream};

/// What a name or a path says about where lines come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Deployment, application or task family.
    pub service: Option<String>,
    /// Pod or task.
    pub pod: Option<String>,
    /// Kubernetes namespace.
    pub namespace: Option<String>,
    /// Container.
    pub container: Option<String>,
    /// The container is a helper beside the application: its 503 lines are effect, not cause.
    pub sidecar: bool,
}

impl Place {
    /// The place of a pod's container.
    pub fn of_pod(namespace: Option<&str>, pod: &str, container: Option<&str>) -> Self {
        Self {
            service: from_container(pod, container),
            pod: Some(pod.to_owned()),
            namespace: namespace.map(str::to_owned),
            container: container.map(str::to_owned),
            sidecar: container.is_some_and(is_sidecar),
        }
    }
}

/// Container, file and program names that say what something is, not which service it belongs to.
pub fn is_generic_name(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "access",
        "agent",
        "api",
        "app",
        "app-1",
        "app_1",
        "application",
        "backend",
        "celery",
        "consumer",
        "container",
        "current",
        "daemon",
        "debug",
        "default",
        "development",
        "docker",
        "ecs",
        "err",
        "error",
        "errors",
        "events",
        "frontend",
        "gunicorn",
        "index",
        "info",
        "input",
        "java",
        "job",
        "kernel",
        "laravel",
        "local",
        "log",
        "logs",
        "main",
        "messages",
        "nginx",
        "node",
        "out",
        "output",
        "primary",
        "prod",
        "production",
        "program",
        "puma",
        "python",
        "rails",
        "root",
        "ruby",
        "run",
        "runner",
        "sample",
        "server",
        "service",
        "sidekiq",
        "staging",
        "stderr",
        "stdin",
        "stdout",
        "syslog",
        "system",
        "task",
        "test",
        "testing",
        "trace",
        "uvicorn",
        "web",
        "worker",
        "workers",
    ];
    NAMES.binary_search_by(|probe| (*probe).cmp(name)).is_ok() || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Containers that stand beside an application.
pub fn is_sidecar(container: &str) -> bool {
    const NAMES: &[&str] = &[
        "istio-proxy",
        "istio-init",
        "envoy",
        "envoy-sidecar",
        "linkerd-proxy",
        "linkerd-init",
        "consul-dataplane",
        "fluent-bit",
        "fluentbit",
        "fluentd",
        "log_router",
        "log-router",
        "filebeat",
        "vector",
        "promtail",
        "alloy",
        "datadog-agent",
        "dd-agent",
        "cloudwatch-agent",
        "xray-daemon",
        "aws-otel-collector",
        "otel-collector",
        "otc-container",
        "jaeger-agent",
        "vault-agent",
        "cloud-sql-proxy",
        "cloudsql-proxy",
        "daprd",
        "oauth2-proxy",
        "newrelic-infra",
        "config-reloader",
        "redis-exporter",
        "metrics-exporter",
    ];
    NAMES.contains(&container)
}

/// The service of a pod's container: the pod's owner; without a pod the container, unless its name is generic or a sidecar's.
/// A container whose name the pod's begins with is named for the owner, where the rest is no controller's.
pub fn from_container(pod: &str, container: Option<&str>) -> Option<String> {
    let named = container.filter(|name| !is_generic_name(name) && !is_sidecar(name) && is_label(name));
    match from_pod_name(pod) {
        Some(owner) if owner == pod => named
            .filter(|name| pod.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')))
            .map_or(Some(owner), |name| Some(name.to_owned())),
        Some(owner) => Some(owner),
        None => named.map(str::to_owned),
    }
}

/// The service that a program, channel or ident names: a label that is not generic.
pub fn from_program(name: &str) -> Option<String> {
    let name = name.trim();
    (is_label(name) && !is_generic_name(name) && name.len() >= 2).then(|| name.to_owned())
}

/// Names of kinds of processes: the service of a process or a file of that name, where nothing says more.
const ROLES: [&str; 13] =
    ["api", "backend", "celery", "consumer", "frontend", "job", "nginx", "puma", "runner", "sidekiq", "web", "worker", "workers"];

/// The service that a process or a file is named for: `api`, `worker` and their like among them.
pub fn from_process(name: &str) -> Option<String> {
    from_program(name).or_else(|| ROLES.contains(&name).then(|| name.to_owned()))
}

/// The service in a logger's, category's or task's name, only where its first segment cannot be a class or a package:
/// lower case with a dash (`checkout-api`, `checkout-api.RedisStore`). A guess; any other source of the name is better.
pub fn from_logger(logger: &str) -> Option<String> {
    const TECHNICAL: &[&str] = &[
        "akka",
        "amqp",
        "async",
        "cache",
        "client",
        "conn",
        "connection",
        "db",
        "driver",
        "exec",
        "go",
        "grpc",
        "http",
        "https",
        "io",
        "jedis",
        "kafka",
        "lettuce",
        "lib",
        "mysql",
        "nats",
        "nio",
        "pool",
        "postgres",
        "proxy",
        "queue",
        "rabbitmq",
        "redis",
        "socket",
        "sql",
        "tcp",
        "thread",
        "timer",
        "ws",
    ];
    // Most loggers are classes and packages.
    memchr::memchr(b'-', logger.as_bytes())?;
    let first = logger.split(['.', '/', ':', '[', ' ', '\\']).next()?;
    let mut parts = first.split('-').peekable();
    if !first.contains('-') || !first.as_bytes().first()?.is_ascii_lowercase() || first.len() > 63 {
        return None;
    }
    if TECHNICAL.contains(parts.peek()?) {
        return None;
    }
    let last = parts.clone().last()?;
    let plain = parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    // `worker-3` and `pool-2-thread-1` are threads.
    let numbered = last.bytes().all(|byte| byte.is_ascii_digit());
    (plain && !numbered && !TECHNICAL.contains(&last)).then(|| first.to_owned())
}

/// A name as orchestrators allow it: letters, digits, `-`, `_`, `.`, beginning with a letter, at most 63 long (DNS label).
pub(super) fn is_label(name: &str) -> bool {
    name.len() <= 63
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
