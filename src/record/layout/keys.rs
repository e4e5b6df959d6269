//! What a field's name says it holds. In: a flat or dotted path. Out: its [`Role`]. Fails when: never.
//!
//! Ranks order the names of one role, best first; field lists of the loggers, shippers and clouds that write them.

use std::cell::RefCell;

use crate::record::Recall;
use crate::record::trace::{Strength, TraceId};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Time(u8),
    /// Part of a time written in two fields: seconds (`true`) or nanoseconds.
    TimePart(bool),
    Level(u8, LevelKind),
    Message(u8),
    /// A message template with `{Property}` holes.
    Template,
    Service(u8),
    /// A name that is a service or a logger, as the rest of the record says.
    Name,
    Channel,
    Instance(u8),
    Logger(u8),
    /// Text of an error; `true` for its type or class.
    Error(bool),
    /// Says again what another field says, or carries nothing.
    Skip,
    Attribute,
}

/// How a level's number is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LevelKind {
    Framework,
    Python,
    OpenTelemetry,
    Syslog,
}

/// Objects that only wrap a record's own fields: their names are read as if they stood outside, after those that do.
const WRAPPERS: [&str; 29] = [
    "record.extra.",
    "fields.",
    "jsonPayload.",
    "record.",
    "attributes.",
    "mdc.",
    "context.",
    "contextMap.",
    "extra.",
    "properties.",
    "Properties.",
    "span.",
    "message.",
    "msg.",
    "data.",
    "ctx.",
    "labels.",
    "log.",
    "result.",
    "event.",
    "body.",
    "metadata.",
    "payload.",
    "named_tags.",
    "tags.",
    "@message.",
    "log_processed.",
    "_source.",
    "doc.",
];
/// Added to the rank of a wrapped name.
const WRAPPED: u8 = 20;

/// The name under which a field is kept: without the wrapper's, so that `fields.cmd` and `cmd` are one.
pub(super) fn kept_name(path: &str) -> &str {
    [
        "fields.",
        "jsonPayload.",
        "attributes.",
        "mdc.",
        "context.",
        "contextMap.",
        "extra.",
        "properties.",
        "Properties.",
        "data.",
        "ctx.",
        "metadata.",
        "record.extra.",
    ]
    .iter()
    .find_map(|wrapper| path.strip_prefix(wrapper))
    .filter(|inner| !inner.is_empty())
    .unwrap_or(path)
}

thread_local! {
    /// What paths mean: the same few dozen stand in every line of a log.
    static KNOWN: RefCell<Recall<(Option<Strength>, Role)>> = RefCell::default();
}

/// The kind of id that a path carries, and its role.
pub(super) fn meaning(path: &str) -> (Option<Strength>, Role) {
    KNOWN.with_borrow_mut(|known| *known.of(path, |path| (TraceId::strength(path), role(path))))
}

/// The role of a path.
pub(super) fn role(path: &str) -> Role {
    let role = outer(path);
    if role != Role::Attribute {
        return role;
    }
    if !path.contains('.') {
        return if is_error(path) { Role::Error(false) } else { spelled(path) };
    }
    if let Some(role) = error_part(path) {
        return role;
    }
    // A service that only the outer spans name.
    if path.starts_with("spans.") && (path.ends_with(".service") || path.ends_with(".service.name")) {
        return Role::Service(21);
    }
    // Lists of spans and scopes repeat what the record says; their ids are read before roles are asked.
    if path.starts_with("spans.") || path.starts_with("Scopes.") {
        return Role::Skip;
    }
    let Some(inner) = WRAPPERS.iter().find_map(|wrapper| path.strip_prefix(wrapper)) else {
        let last = path.rsplit('.').next().unwrap_or(path);
        return if is_error(last) { Role::Error(false) } else { Role::Attribute };
    };
    let own = match outer(inner) {
        Role::Attribute if !is_error(inner) => spelled(inner),
        own => own,
    };
    match own {
        Role::Time(rank) => Role::Time(rank + WRAPPED),
        Role::Level(rank, kind) => Role::Level(rank + WRAPPED, kind),
        Role::Message(rank) => Role::Message(rank + WRAPPED),
        Role::Service(rank) => Role::Service(rank + WRAPPED),
        Role::Instance(rank) => Role::Instance(rank + WRAPPED),
        Role::Logger(rank) => Role::Logger(rank + WRAPPED),
        // `span.name` and `data.name` name something else.
        Role::Name | Role::Channel => Role::Attribute,
        Role::Attribute if is_error(inner) => Role::Error(false),
        other => other,
    }
}

/// The role of a name outside of wrappers.
fn outer(path: &str) -> Role {
    use LevelKind::{Framework, OpenTelemetry, Python, Syslog};
    match path {
        "@timestamp" => Role::Time(0),
        "timestamp" | "Timestamp" => Role::Time(1),
        "time" | "Time" => Role::Time(2),
        "ts" | "@t" | "t" | "t.$date" | "T" => Role::Time(3),
        "eventTime" | "event_time" | "datetime" | "DateTime" | "date" | "dt" | "_dt" | "log_time" | "logged_at" | "time_local"
        | "time_iso8601" => Role::Time(4),
        "instant" | "TimeGenerated" | "asctime" | "start_time" | "timeMillis" | "timestampMillis" | "timestamp_ms" | "eventTimestamp"
        | "created" | "time.repr" | "time.timestamp" | "_time" | "_ts" | "msec" | "datetime.date" | "dateCreated" | "_aws.Timestamp"
        | "timeUnixNano" => Role::Time(5),
        // `docker inspect`: when it ended is what is asked for.
        "State.FinishedAt" => Role::Time(6),
        "timestamp.seconds" | "timestampSeconds" | "instant.epochSecond" | "time.seconds" => Role::TimePart(true),
        "timestamp.nanos" | "timestampNanos" | "instant.nanoOfSecond" | "time.nanos" => Role::TimePart(false),

        "level" | "Level" | "@l" | "log.level" | "level.name" => Role::Level(0, Framework),
        "severity" | "severity_text" | "severityText" | "SeverityText" | "LogLevel" | "loglevel" | "log_level" | "logLevel"
        | "levelname" | "level_name" | "levelName" | "lvl" | "L" | "s" | "log.severity" => Role::Level(1, Framework),
        "level_value" | "level.value" => Role::Level(3, Framework),
        "levelno" | "level.no" => Role::Level(3, Python),
        "severityNumber" | "SeverityNumber" | "severity_number" => Role::Level(3, OpenTelemetry),
        "priority" | "PRIORITY" | "syslog_severity" | "log.syslog.severity.code" => Role::Level(4, Syslog),

        "message" => Role::Message(0),
        "msg" => Role::Message(1),
        "@m" | "RenderedMessage" => Role::Message(2),
        "Message" | "M" | "MESSAGE" => Role::Message(3),
        "event" => Role::Message(4),
        "short_message" | "textPayload" | "Body" | "body" => Role::Message(5),
        "full_message" | "log" | "eventMessage" | "log_message" | "@message" | "_raw" | "@rawstring" | "_line" | "logmsg" | "Log_s"
        | "resultDescription" | "OuterMessage" | "outerMessage" => Role::Message(6),
        "text" | "content" | "description" => Role::Message(40),
        "@mt" | "MessageTemplate" => Role::Template,

        "service.name" | "service" | "Service" | "serviceName" | "service_name" | "ServiceName" => Role::Service(0),
        "resource.service.name"
        | "Resource.service.name"
        | "resource.attributes.service.name"
        | "Resource.Attributes.service.name"
        | "otelServiceName"
        | "dd.service"
        | "dd_service"
        | "serviceContext.service"
        | "entity.name"
        | "AppRoleName"
        | "cloud_RoleName"
        | "ContainerAppName_s"
        | "_app"
        | "_container_name"
        | "resource.labels.service_name" => Role::Service(1),
        "app" | "application" | "Application" | "app_name" | "appName" | "ApplicationName" | "applicationName" | "application_name"
        | "projectName" | "program" | "progname" | "svc" => Role::Service(2),
        "kubernetes.labels.app.kubernetes.io/name"
        | "kubernetes.labels.app_kubernetes_io/name"
        | "kubernetes.labels.app"
        | "kubernetes.deployment.name"
        | "pod_labels.app"
        | "labels.app"
        | "k8s-pod/app"
        | "k8s.deployment.name" => Role::Service(3),
        "name" => Role::Name,
        "channel" => Role::Channel,

        "kubernetes.pod_name" | "kubernetes.pod.name" | "k8s.pod.name" | "pod" | "podName" | "PodName" | "pod_name" => Role::Instance(0),
        "hostname"
        | "HOSTNAME"
        | "hostName"
        | "host.name"
        | "host.hostname"
        | "MachineName"
        | "instance"
        | "instance_id"
        | "service.instance.id" => Role::Instance(1),
        "container" | "container_name" | "container.id" | "container_id" | "containerName" | "nodeName" => Role::Instance(3),

        "logger" | "logger_name" | "loggerName" | "log.logger" | "SourceContext" | "Category" | "N" => Role::Logger(0),
        "target" | "class" | "className" | "module" | "name.logger" => Role::Logger(1),

        "@x" | "Exception" => Role::Error(false),
        "State.Message"
        | "State.{OriginalFormat}"
        | "{OriginalFormat}"
        | "@i"
        | "@version"
        | "v"
        | "ecs.version"
        | "span_id"
        | "spanId"
        | "@sp"
        | "span.id"
        | "SpanId"
        | "ParentId"
        | "dd.span_id"
        | "dd.env"
        | "dd.version"
        | "trace_flags"
        | "trace_sampled"
        | "traceSampled"
        | "otelSpanID"
        | "thread_priority"
        | "spanContext.spanId"
        | "insertId" => Role::Skip,
        _ => Role::Attribute,
    }
}

/// Added to the rank of a name that is another's only in its letters.
const SPELLED: u8 = 8;

/// The role of a name by its letters and digits alone: `EventTime`, `event-time`, `EVENT_TIME`.
fn spelled(name: &str) -> Role {
    match letters(name).as_str() {
        "timestamp" | "time" | "datetime" | "eventtime" | "eventtimestamp" | "isodate" | "logtime" | "logtimestamp" | "timecreated"
        | "timegenerated" | "createdat" | "occurredat" => Role::Time(SPELLED),
        "level" | "severity" | "loglevel" | "levelname" | "severitytext" | "leveltext" => Role::Level(SPELLED, LevelKind::Framework),
        "message" | "msg" | "logmessage" | "messagetext" => Role::Message(SPELLED),
        "service" | "servicename" | "app" | "appname" | "application" | "applicationname" | "program" | "programname" => {
            Role::Service(SPELLED)
        }
        "podname" | "hostname" | "instanceid" => Role::Instance(SPELLED),
        "loggername" | "logger" => Role::Logger(SPELLED),
        _ => Role::Attribute,
    }
}

/// Names that carry an error's text, or what a command that failed printed; by their letters and digits alone.
fn is_error(name: &str) -> bool {
    const NAMES: [&str; 33] = [
        "err",
        "exc",
        "excinfo",
        "exceptioninfo",
        "thrown",
        "throwable",
        "cause",
        "reason",
        "stack",
        "stacktrace",
        "backtrace",
        "traceback",
        "errorverbose",
        "errormessage",
        "errormsg",
        "errmsg",
        "exceptionmessage",
        "errorstack",
        "errordescription",
        "errordetail",
        "errordetails",
        "errorreason",
        "detail",
        "details",
        "stderr",
        "panic",
        "output",
        "combinedoutput",
        "commandoutput",
        "failure",
        "failurereason",
        "failuremessage",
        "fault",
    ];
    let letters = letters(name);
    NAMES.contains(&letters.as_str()) || ["error", "exception"].iter().any(|ending| letters.ends_with(ending)) || name.ends_with("_err")
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The part of an error object that a path names: `err.message`, `error.stack_trace`, `thrown.cause.message`, `errors.0.detail`.
fn error_part(path: &str) -> Option<Role> {
    let mut parts = path.rsplit('.').skip_while(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let last = parts.next()?;
    let text = matches!(
        last,
        "message"
            | "Message"
            | "msg"
            | "stack"
            | "stack_trace"
            | "stackTrace"
            | "stacktrace"
            | "StackTrace"
            | "extendedStackTrace"
            | "detail"
            | "description"
            | "localizedMessage"
            | "traceback"
            | "backtrace"
            | "formatted"
    );
    let kind = matches!(last, "type" | "kind" | "class" | "name" | "exception_class" | "Type");
    let inside = |part: &str| is_error(part) || matches!(part, "errors" | "exceptions" | "exceptionInfo" | "InnerException" | "inner");
    if (text || kind) && parts.any(inside) {
        return Some(Role::Error(kind));
    }
    // `errors.0`, `stackTrace.3`, `context.error`.
    (path.ends_with(|letter: char| letter.is_ascii_digit()) && inside(last)).then_some(Role::Error(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_roles() {
        for (path, want) in [
            ("@timestamp", Role::Time(0)),
            ("log.level", Role::Level(0, LevelKind::Framework)),
            ("fields.message", Role::Message(20)),
            ("jsonPayload.msg", Role::Message(21)),
            ("service.name", Role::Service(0)),
            ("span.service", Role::Service(20)),
            ("span.name", Role::Attribute),
            ("err.message", Role::Error(false)),
            ("err.type", Role::Error(true)),
            ("err.code", Role::Attribute),
            ("context.exception.class", Role::Error(true)),
            ("thrown.cause.message", Role::Error(false)),
            ("stackTrace.12", Role::Error(false)),
            ("RedisError", Role::Error(false)),
            ("Output", Role::Error(false)),
            ("job.lastError", Role::Error(false)),
            ("redis.Std-Err", Role::Error(false)),
            ("user.details.id", Role::Attribute),
            ("user.name", Role::Attribute),
            ("kubernetes.labels.app.kubernetes.io/name", Role::Service(3)),
            ("", Role::Attribute),
            (".", Role::Attribute),
            ("1.2", Role::Attribute),
        ] {
            assert_eq!(role(path), want, "{path}");
        }
    }
}
