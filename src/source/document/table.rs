//! Rows with named columns: what each column means.
//!
//! In: column names (Insights, Datadog, Log Analytics, any CSV with a time and a message). Out: one item a row. Fails when: never.

use std::fmt::Write;

use super::lines::{Facts, Lines, parse};
use super::times;

/// Names of columns, lower case and without `@` and ` [utc]`, best first.
const TIME: &[&str] = &[
    "timestamp",
    "timegenerated",
    "timecreated",
    "tsns",
    "time",
    "date",
    "datetime",
    "eventtime",
    "_time",
    "_messagetime",
    "ts",
    "receivetimestamp",
];
const MESSAGE: &[&str] = &[
    "message",
    "logmessage",
    "logentry",
    "content",
    "msg",
    "log",
    "text",
    "line",
    "body",
    "_raw",
    "textpayload",
    "jsonpayload.message",
    "log_s",
    "message_s",
    "outermessage",
    "innermostmessage",
    "event",
];
const SERVICE: &[&str] = &[
    "service",
    "servicename",
    "service_name",
    "service.name",
    "app",
    "application",
    "application_name",
    "app_name",
    "program",
    "providername",
    "approlename",
    "cloud_rolename",
    "containerappname_s",
    "entity.name",
    "labels.\"k8s-pod/app\"",
    "resource.labels.service_name",
    "kubernetes.labels.app",
];
const POD: &[&str] = &["podname", "pod", "pod_name", "kubernetes.pod_name", "kubernetes.pod.name", "resource.labels.pod_name"];
const CONTAINER: &[&str] = &["containername", "container", "container_name", "kubernetes.container_name", "resource.labels.container_name"];
const NAMESPACE: &[&str] = &["podnamespace", "namespace", "kubernetes.namespace_name"];
const HOST: &[&str] = &["host", "computer", "machinename", "hostname", "host.name", "_sourcehost"];
const STREAM: &[&str] = &["logstream", "logstreamname", "logsource", "stream"];
const GROUP: &[&str] = &["loggroup", "log"];
const PATH: &[&str] = &["source", "filename", "file", "path", "log.file.path", "_sourcename"];
const LEVEL: &[&str] = &["status", "level", "loglevel", "severity", "log.level", "levelname", "leveldisplayname"];
const TRACE: &[&str] = &[
    "trace_id",
    "traceid",
    "trace.id",
    "trace.trace_id",
    "trace",
    "dd.trace_id",
    "xraytraceid",
    "operationid",
    "operation_id",
    "requestid",
    "request_id",
];

/// Columns that a log service cut out of a record beside its message: what failed, and where.
const ERRORS: &[&str] =
    &["error", "err", "error.message", "errormessage", "exception", "exception.message", "stack_trace", "error.stack", "stack"];

/// The meaning of the columns of one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    time: Option<usize>,
    /// Best first: where one is empty the next is read.
    messages: Vec<usize>,
    errors: Vec<usize>,
    /// The class of an exception.
    class: Option<usize>,
    labels: Option<usize>,
    facts: Vec<(&'static str, usize)>,
}

impl Columns {
    pub(super) fn of<S: AsRef<str>>(names: &[S]) -> Self {
        let plain: Vec<String> = names.iter().map(|n| plain_name(n.as_ref())).collect();
        let at = |wanted: &[&str]| wanted.iter().find_map(|w| plain.iter().position(|n| n == w));
        // `@log` is the group in Insights; a plain `log` is the message of a container.
        let is_group = |i: usize| names.get(i).is_some_and(|n| n.as_ref() == "@log");
        let messages: Vec<usize> = MESSAGE.iter().filter_map(|w| plain.iter().position(|n| n == w)).filter(|i| !is_group(*i)).collect();
        let message = messages.first().copied();
        let facts = [
            ("service", SERVICE),
            ("pod", POD),
            ("container", CONTAINER),
            ("namespace", NAMESPACE),
            ("host", HOST),
            ("stream", STREAM),
            ("group", GROUP),
            ("level", LEVEL),
            ("trace", TRACE),
            ("path", PATH),
        ];
        let facts = facts.into_iter().filter_map(|(key, wanted)| Some((key, at(wanted).filter(|&i| Some(i) != message)?))).collect();
        Self {
            time: at(TIME),
            messages,
            errors: ERRORS.iter().filter_map(|w| plain.iter().position(|n| n == w)).collect(),
            class: at(&["type", "exceptiontype", "problemid"]),
            labels: at(&["labels"]),
            facts,
            names: names.iter().map(|n| n.as_ref().trim().to_owned()).collect(),
        }
    }

    pub(super) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    pub(super) fn has_message(&self) -> bool {
        !self.messages.is_empty()
    }

    /// Number of columns.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Writes one row: its message, or all its cells as `name=value` when no column is a message.
    pub(super) fn row<S: AsRef<str>>(&self, cells: &[S], mut facts: Facts, position: u64, out: &mut Lines) {
        let cell = |i: usize| cells.get(i).map(AsRef::as_ref);
        for &(key, i) in &self.facts {
            // A source may be a file, a host, a language.
            let told = cell(i).filter(|cell| key != "path" || cell.contains('/'));
            facts = facts.with(key, told);
        }
        // Grafana's labels of a line, as an object.
        if let Some(labels) = self.labels.and_then(cell).and_then(|labels| parse(labels.as_bytes())) {
            facts = super::loki::label_facts(&labels);
        }
        let time = self.time.and_then(cell).and_then(times::of_text);
        let mut messages = self.messages.iter().filter_map(|&i| cell(i));
        if let Some(first) = messages.next() {
            if !first.is_empty() {
                let errors = self.errors.iter().filter_map(|&i| cell(i)).filter(|error| !error.is_empty() && !first.contains(error));
                let text = errors.fold(first.to_owned(), |text, error| text + "\n" + error);
                return out.item(time, &facts, position, &text);
            }
            // A row of another kind: Application Insights sets an exception's class and text in columns of their own.
            let text = messages.find(|message| !message.is_empty()).unwrap_or_default();
            let class = self.class.and_then(cell).filter(|class| !class.is_empty());
            return out.item(time, &facts, position, &class.map_or_else(|| text.to_owned(), |class| format!("{class}: {text}")));
        }
        let mut line = String::new();
        for (i, (name, value)) in self.names.iter().zip(cells).enumerate() {
            let value = value.as_ref();
            if Some(i) == self.time || value.is_empty() || name == "@ptr" {
                continue;
            }
            let gap = if line.is_empty() { "" } else { " " };
            let quote = if value.contains([' ', '\n']) { "\"" } else { "" };
            let _ = write!(line, "{gap}{name}={quote}{}{quote}", value.replace('\n', " "));
        }
        out.item(time, &facts, position, &line);
    }
}

fn plain_name(name: &str) -> String {
    let name = name.trim().trim_start_matches('@').to_ascii_lowercase();
    name.strip_suffix(" [utc]").unwrap_or(&name).replace(' ', "")
}
