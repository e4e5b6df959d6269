//! File names and object keys. In: a path. Out: [`Place`]. Fails when: never.

use super::stream::container_file;
use super::{Place, from_pod_name, from_process, is_generic_name, is_label, looks_like_pod};

/// Endings that say how a file is packed or that it is a log, stripped one after the other.
const ENDINGS: [&str; 30] = [
    ".gz",
    ".zst",
    ".bz2",
    ".xz",
    ".zip",
    ".log",
    ".txt",
    ".out",
    ".err",
    ".jsonl",
    ".ndjson",
    ".json",
    ".csv",
    ".tsv",
    ".log_text",
    ".dat",
    ".data",
    ".raw",
    ".dump",
    ".bin",
    ".lz4",
    ".tgz",
    ".xml",
    ".md",
    ".yaml",
    ".yml",
    ".html",
    ".lzma",
    ".stdout",
    ".stderr",
];
/// How often endings and rotation marks are stripped: `x-2024-01-17.log.1.gz` needs four.
const ROUNDS: usize = 6;
/// What commands call their own output: no service.
const TOOLS: [&str; 16] = [
    "filter-log-events",
    "logs-insights",
    "insights-results",
    "query",
    "describe-",
    "get-metric",
    "get-events",
    "kubectl",
    "slowlog",
    "slow-log",
    "client-list",
    "latency",
    "monitor",
    "extract",
    "search-api",
    "engine-log",
];

/// Words that say how or where a file was made, not what it is about; a name of nothing but these tells no service.
const MANNERS: &str = "\
    ansible azmon bundle caddy catalina clush datadog description dd discover drain email fly flyctl foreman frames gelf github gist \
    graylog grafana haproxy heroku honcho issue jest jira kibana micronaut mocha newrelic nomad papertrail paste pasted pdsh pm2 podman \
    pssh pytest quarkus railway read rsyslog saw slack splunk sumologic teams ticket tomcat vercel vitest wildfly wrangler \
    deploy deployment deployments describe df events gmd helm hpa metrics nc ps prom prometheus query range status top wide \
    access actions alb all app asctime aws azure basic basicconfig boot bunyan capture captured celery ci cli cloudwatch color \
    colour combined compose concat console container containers cri csv current datadog ddtrace debug default detailed django \
    docker dotnet dump ecs eks elastic env envoy error errors export exported extract extracted file filebeat firehose firelens \
    fluent fluentbit fluentd follow full gcloud gcp gh github gitlab go grouped gunicorn incident info ingress input interleaved \
    iso java jenkins journal journalctl journald js json k8s klog kube kubectl kubernetes kubetail lambda laravel lines log log4j \
    logback logcli logfmt logger logging logrus logs logstash loguru loki merged messages mixed monolog multiline nginx node \
    nodejs otel out output part php pino plain pod pods powershell prefix prefixed previous prod production python rails raw \
    result results reverse ruby run rust sample serilog short sidekiq sleuth slog snapshot spring staging stderr stdin stdlib \
    stdout stern stream streams structlog syslog t tagged tail test text timestamp timestamps today tracing ts tty txt utf vector \
    view windows winston yesterday zap zcat zerolog";

/// Nothing but [`MANNERS`] and numbers, or too short to be a name.
fn tells_only_how(stem: &str) -> bool {
    let letters = stem.bytes().filter(u8::is_ascii_alphabetic).count();
    let mut words = stem.split(|c: char| !c.is_ascii_alphanumeric()).map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    letters < 3 || words.all(|word| word.is_empty() || MANNERS.split(' ').any(|known| known.eq_ignore_ascii_case(word)))
}

/// The service that a file's path tells (see [`place_of_path`]).
pub fn from_path(path: &str) -> Option<String> {
    place_of_path(path).service
}

/// Reads a file's path: Kubernetes' `/var/log/pods/NS_POD_UID/CONTAINER/N.log` and `/var/log/containers/POD_NS_CTR-<id>.log`,
/// S3 export keys, and file names such as `checkout-api.log`, `service-api-2024-01-17.log.gz`, `checkout-api-6d9f7c8b5d-x2x9k.log`.
pub fn place_of_path(path: &str) -> Place {
    let mut parts = path.rsplit(['/', '\\', '!']).filter(|part| !part.is_empty());
    let file = parts.next().unwrap_or("");
    if let Some(place) = container_file(file) {
        return place;
    }
    let parent = parts.next();
    let grand = parts.next();
    if let (Some(container), Some(folder)) = (parent, grand)
        && let Some(place) = pod_folder(folder, container)
    {
        return place;
    }
    let stem = strip(file);
    if let Some(place) = named(stem) {
        return place;
    }
    // `/var/log/checkout-api/app.log`
    if let (Some(parent), Some("log" | "logs")) = (parent, grand)
        && !matches!(parent, "containers" | "pods")
        && let Some(place) = named(parent)
    {
        return place;
    }
    // S3 export: the stream is the folder, its slashes written as dashes.
    if let Some(service) = parent.and_then(exported_stream) {
        return Place { service: Some(service), ..Place::default() };
    }
    Place::default()
}

/// `NS_POD_UID` beside the container's folder.
fn pod_folder(folder: &str, container: &str) -> Option<Place> {
    let mut parts = folder.splitn(3, '_');
    let (namespace, pod, uid) = (parts.next()?, parts.next()?, parts.next()?);
    let uid_like = uid.len() >= 32 && uid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (uid_like && is_label(pod)).then(|| Place::of_pod(Some(namespace), pod, Some(container)))
}

/// A file's stem as service or pod.
fn named(stem: &str) -> Option<Place> {
    let stem = stem.strip_prefix("get-log-events-").or_else(|| stem.strip_prefix("logs-from-")).unwrap_or(stem);
    // supervisord: `NAME-stderr---IDENTIFIER-RANDOM.log`.
    let stem = ["-stdout---", "-stderr---"].iter().find_map(|mark| stem.split_once(mark)).map_or(stem, |(name, _)| name);
    if looks_like_pod(stem) {
        return Some(Place { service: from_pod_name(stem), pod: Some(stem.to_owned()), ..Place::default() });
    }
    if is_id(stem) || tells_only_how(stem) || TOOLS.iter().any(|tool| stem.starts_with(tool)) {
        return None;
    }
    let name = from_pod_name(stem)?;
    let service = from_process(&name).filter(|name| !is_id(name))?;
    Some(Place { service: Some(service), ..Place::default() })
}

/// `checkout-api-app-<32 hex>`: the task id goes, then a generic container name, then the prefix `ecs`.
fn exported_stream(folder: &str) -> Option<String> {
    let (names, id) = folder.rsplit_once('-')?;
    if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let name = match names.strip_prefix("ecs-") {
        // The prefix says nothing, so the container is all there is.
        Some(container) => container,
        None => {
            names.rsplit_once('-').filter(|(prefix, container)| is_plain_container(prefix, container)).map_or(names, |(prefix, _)| prefix)
        }
    };
    (is_label(name) && !is_generic_name(name)).then(|| name.to_owned())
}

/// A container that repeats the end of the prefix, or has one of the names that most task definitions give.
pub(super) fn is_plain_container(prefix: &str, container: &str) -> bool {
    matches!(container, "app" | "application" | "container" | "main" | "server" | "web" | "worker")
        || prefix.rsplit(['-', '_']).next() == Some(container)
}

/// The name without packing, rotation number and date.
fn strip(file: &str) -> &str {
    let mut name = file;
    for _ in 0..ROUNDS {
        let before = name.len();
        for ending in ENDINGS {
            name = name.strip_suffix(ending).unwrap_or(name);
        }
        // Rotation: `.1`, `-20240117`, `_2024-01-17`, `.2024-01-17-09`.
        let digits = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '_' | '.' | 'T' | 'Z'));
        let tail = name.get(digits.len()..).unwrap_or("");
        let count = tail.bytes().filter(u8::is_ascii_digit).count();
        if !digits.is_empty() && (count >= 6 || (tail.starts_with('.') && count > 0)) && tail.starts_with(['.', '-', '_']) {
            name = digits;
        }
        if name.len() == before {
            break;
        }
    }
    name.strip_suffix("-json").filter(|rest| is_id(rest)).unwrap_or(name)
}

/// Hex digits, digits and dashes only: an id, not a name.
fn is_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.'))
        || (text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))
}
