//! Which document a stream is, by its head.
//!
//! In: the first bytes. Out: [`Found`]. Fails when: never; what is not surely a document is text, which loses nothing.
//!
//! One JSON object a line is text: `record` reads it, and a file of it is read side by side.

use super::scan::{Scan, Step};
use super::table::Columns;
use super::{
    Found, Kind, bar_table, cloudwatch_text, csv_export, journald_export, journald_json, journald_verbose, labelled, otel_debug, quoted,
    rubydebug, slowlog, syslog_frames, tail_headers, xml_events, yaml,
};

/// Keys of an object that are looked at.
const MAX_KEYS: usize = 24;
/// Bytes of a member's value in which its own keys are looked for.
const INSIDE: usize = 2 << 10;
/// Bytes of a document that name its kind for certain.
const KIND_HEAD: usize = 4 << 10;

/// Names the document in `head`; `complete` says that no more bytes will come.
pub(super) fn detect(head: &[u8], complete: bool) -> Found {
    let text = head.trim_ascii_start();
    match text.first() {
        None if complete => Found::Text,
        None => Found::NeedMore,
        Some(b'{') if rubydebug::is_rubydebug(text) => Found::Document(Kind::RubyDebug),
        Some(b'{') if journald_json::is_entry(text) => Found::Document(Kind::JournaldJson),
        Some(b'[') if tail_headers::is_headed(text) => Found::Document(Kind::TailHeaders),
        Some(b'{' | b'[' | 0x1e) => json(text, complete),
        Some(b'_') if journald_export::is_export(text) => Found::Document(Kind::JournaldExport),
        Some(_) if text.len() >= KIND_HEAD.min(1 << 10) || complete || !text.starts_with(b"-") => lines(text, complete),
        Some(_) => Found::NeedMore,
    }
}

/// What does not begin like JSON.
fn lines(text: &[u8], complete: bool) -> Found {
    match text.first() {
        Some(b'0'..=b'9') if syslog_frames::is_frames(text) => Found::Document(Kind::SyslogFrames),
        Some(b'-' | b'A'..=b'Z') if journald_verbose::is_verbose(text) => Found::Document(Kind::JournaldVerbose),
        Some(b'=' | b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') if tail_headers::is_headed(text) => Found::Document(Kind::TailHeaders),
        Some(b'"') => match quoted::is_quoted(text, complete) {
            Some(true) => Found::Document(Kind::Quoted),
            Some(false) => table(text, complete),
            None => Found::NeedMore,
        },
        Some(b'<') if xml_events::is_events(text) => Found::Document(Kind::XmlEvents),
        Some(_) if otel_debug::is_debug(text) => Found::Document(Kind::OtelDebug),
        Some(b'*' | b'-' | b'A'..=b'Z' | b'a'..=b'z') if labelled::is_labelled(text) => Found::Document(Kind::Labelled),
        Some(_) if bar_table::is_table(text) => Found::Document(Kind::BarTable),
        Some(_) if yaml::is_yaml(text) => Found::Document(Kind::Yaml),
        Some(_) if cloudwatch_text::is_events(text) => Found::Document(Kind::CloudWatchText),
        _ => table(text, complete),
    }
}

/// CSV with a header that is known, or all messages of CloudWatch on one line.
fn table(text: &[u8], complete: bool) -> Found {
    let Some(end) = memchr::memchr(b'\n', text) else {
        // A live pipe may give half a line; the other half follows.
        if !complete {
            return Found::NeedMore;
        }
        return if cloudwatch_text::is_one_line(text) { Found::Document(Kind::CloudWatchMessages) } else { Found::Text };
    };
    let (line, rest) = text.split_at(end);
    if csv_export::header(line).is_some() {
        return Found::Document(Kind::Csv);
    }
    if rest.trim_ascii().is_empty() && cloudwatch_text::is_one_line(line) {
        if !complete {
            return Found::NeedMore;
        }
        return Found::Document(Kind::CloudWatchMessages);
    }
    Found::Text
}

fn json(text: &[u8], complete: bool) -> Found {
    // Half a head may name half a kind.
    if text.len() < KIND_HEAD && !complete && Scan::default().advance(text) == Step::More {
        return Found::NeedMore;
    }
    let known = kind_of(text);
    if !matches!(known, Kind::Json) {
        return Found::Document(known);
    }
    let mut at = 0;
    let mut values = 0;
    let mut spans_lines = false;
    let mut glued = false;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace() || **b == 0x1e || (values > 0 && **b == b',')).count();
        glued |= values > 0 && !rest.get(..blanks).unwrap_or_default().contains(&b'\n') && rest.len() > blanks;
        at += blanks;
        let rest = text.get(at..).unwrap_or_default();
        let Some(first) = rest.first() else {
            // Only whole values so far.
            return if spans_lines || glued || text.first() == Some(&0x1e) || array_of_items(text) || items(text).is_some() {
                Found::Document(Kind::Json)
            } else {
                Found::Text
            };
        };
        if !matches!(first, b'{' | b'[') {
            return Found::Text;
        }
        match Scan::default().advance(rest) {
            Step::Bad(_) => return Found::Text,
            Step::Done(n) => {
                let value = rest.get(..n).unwrap_or_default();
                spans_lines |= value.contains(&b'\n') && holds_objects(value);
                values += 1;
                at += n;
                // The first line of a live stream is enough to see that it is one object a line.
                if values == 1 && !spans_lines && *first == b'{' && matches!(text.get(at), Some(b'\n' | b'\r')) {
                    return if items(text).is_some() { Found::Document(Kind::Json) } else { Found::Text };
                }
            }
            Step::More => {
                if !complete {
                    return Found::NeedMore;
                }
                // The value is larger than the head.
                let document = values == 0 || spans_lines || glued;
                return if document && (begins_object(rest) || array_of_items(rest)) { Found::Document(Kind::Json) } else { Found::Text };
            }
        }
    }
}

/// `[{…`, `["…`: an array whose elements are records. `[[296,…`, `[1,…` and `["master",…` are answers of redis-cli and stay as they are.
fn array_of_items(text: &[u8]) -> bool {
    let Some(inside) = text.strip_prefix(b"[") else { return false };
    if [b"\"master\",".as_slice(), b"\"slave\",", b"\"sentinel\","].iter().any(|role| inside.starts_with(role)) {
        return false;
    }
    let inside = inside.trim_ascii_start();
    matches!(inside.first(), Some(b'{' | b'"')) || begins_pair(inside)
}

/// `[1705482001204, "…`: a time in milliseconds and a text.
fn begins_pair(text: &[u8]) -> bool {
    const MILLIS: usize = 13;
    let Some(inside) = text.strip_prefix(b"[").map(<[u8]>::trim_ascii_start) else { return false };
    let digits = inside.iter().take_while(|b| b.is_ascii_digit()).count();
    let behind = inside.get(digits..).unwrap_or_default().trim_ascii_start().strip_prefix(b",");
    digits == MILLIS && behind.is_some_and(|rest| rest.trim_ascii_start().first() == Some(&b'"'))
}

fn begins_object(text: &[u8]) -> bool {
    text.strip_prefix(b"{").is_some_and(|inside| inside.trim_ascii_start().first() == Some(&b'"'))
}

fn holds_objects(value: &[u8]) -> bool {
    value.first() == Some(&b'{') || array_of_items(value)
}

/// The kind of the JSON value at the start of `text`, by its first members. [`Kind::Json`] when it is none that is known.
pub(super) fn kind_of(text: &[u8]) -> Kind {
    match text.first() {
        Some(b'{') => object_kind(text),
        Some(b'[') => array_kind(text),
        _ => Kind::Json,
    }
}

fn object_kind(text: &[u8]) -> Kind {
    let members = members(text);
    let get = |key: &str| members.iter().find(|(k, _)| *k == key.as_bytes()).map(|(_, v)| *v);
    let has = |key: &str| get(key).is_some();
    let starts = |key: &str, with: u8| get(key).is_some_and(|v| v.first() == Some(&with));
    let inside = |key: &str, what: &str| {
        get(key).is_some_and(|v| memchr::memmem::find(v.get(..v.len().min(INSIDE)).unwrap_or_default(), what.as_bytes()).is_some())
    };
    let first_is = |key: &str, what: &str| get(key).is_some_and(|v| v.starts_with(what.as_bytes()));

    if (has("logEvents") && (has("logGroup") || has("messageType")))
        || first_is("messageType", "\"DATA_MESSAGE\"")
        || first_is("messageType", "\"CONTROL_MESSAGE\"")
    {
        return Kind::Subscription;
    }
    if inside("awslogs", "\"data\"") || (starts("Records", b'[') && (inside("Records", "\"Data\"") || inside("Records", "\"kinesis\""))) {
        return Kind::Subscription;
    }
    if starts("events", b'[') {
        let paged = has("searchedLogStreams") || has("nextForwardToken") || has("nextBackwardToken");
        // Behind a first message, which may be long.
        let taken_in = || get("events").is_some_and(|v| memchr::memmem::find(v, b"\"ingestionTime\"").is_some());
        if paged || (inside("events", "\"message\"") && inside("events", "\"timestamp\"") && taken_in()) {
            return Kind::CloudWatch;
        }
    }
    if starts("results", b'[') && (inside("results", "\"field\"") || has("statistics")) {
        return Kind::Insights;
    }
    if starts("data", b'{') && inside("data", "\"resultType\"") {
        return if inside("data", "\"streams\"") { Kind::Loki } else { Kind::Prometheus };
    }
    if starts("streams", b'[') && inside("streams", "\"stream\"") && inside("streams", "\"values\"") {
        return Kind::Loki;
    }
    if starts("data", b'[') && inside("data", "\"attributes\"") {
        return Kind::Datadog;
    }
    if starts("tables", b'[') && inside("tables", "\"columns\"") {
        return Kind::AzureTables;
    }
    if starts("Events", b'[') && (inside("Events", "\"SourceIdentifier\"") || inside("Events", "\"SourceType\"")) {
        return Kind::ElastiCacheEvents;
    }
    if starts("CacheClusters", b'[') {
        return Kind::ElastiCacheClusters;
    }
    if starts("ReplicationGroups", b'[') {
        return Kind::ElastiCacheGroups;
    }
    if starts("Parameters", b'[') && inside("Parameters", "\"ParameterName\"") {
        return Kind::ElastiCacheParameters;
    }
    if starts("Datapoints", b'[') {
        return Kind::MetricStatistics;
    }
    if starts("MetricDataResults", b'[') {
        return Kind::MetricData;
    }
    if has("apiVersion") && starts("items", b'[') {
        return Kind::KubernetesList;
    }
    if has("apiVersion") && has("kind") && has("metadata") {
        return Kind::KubernetesObject;
    }
    if starts("services", b'[') && (inside("services", "\"serviceName\"") || inside("services", "\"serviceArn\"")) {
        return Kind::Ecs;
    }
    if inside("message", "\"data\"") && (inside("message", "\"publishTime\"") || inside("message", "\"messageId\""))
        || starts("receivedMessages", b'[')
    {
        return Kind::PubSub;
    }
    if inside("results", "\"frames\"") && inside("results", "\"schema\"")
        || has("schema") && inside("schema", "\"fields\"") && inside("data", "\"values\"")
        || starts("frames", b'[') && inside("frames", "\"schema\"")
        || starts("series", b'[') && inside("series", "\"fields\"")
    {
        return Kind::DataFrames;
    }
    if starts("resourceLogs", b'[') {
        return Kind::Otlp;
    }
    if starts("hits", b'{') && (inside("hits", "\"_source\"") || inside("hits", "\"fields\"")) {
        return Kind::SearchHits;
    }
    Kind::Json
}

fn array_kind(text: &[u8]) -> Kind {
    let inside = text.get(1..).unwrap_or_default().trim_ascii_start();
    let head = inside.get(..inside.len().min(INSIDE)).unwrap_or_default();
    let names = |what: &str| memchr::memmem::find(head, what.as_bytes()).is_some();
    match inside.first() {
        Some(b'{') => {
            let members = members(inside);
            let has = |key: &str| members.iter().any(|(k, _)| *k == key.as_bytes());
            if has("message") && has("timestamp") && (has("ingestionTime") || has("eventId") || has("logStreamName")) {
                Kind::CloudWatch
            } else if matches!(object_kind(inside), Kind::PubSub | Kind::DataFrames) {
                object_kind(inside)
            } else if has("insertId") || (has("logName") && has("resource")) {
                Kind::CloudLogging
            } else {
                Kind::Json
            }
        }
        Some(b'[') if slowlog::is_slowlog(text) => Kind::Slowlog,
        Some(b'[') if names("\"field\"") && names("\"value\"") => Kind::Insights,
        _ => Kind::Json,
    }
}

/// Where the records of an object stand that is no record itself: the first array whose elements have a time and a text,
/// directly or one level down (`matches[]`, `results[].events[]`, `messages[]` of `{"message":{…}}`).
pub(super) fn items(text: &[u8]) -> Option<String> {
    let names = members(text);
    if text.first() != Some(&b'{') || is_record(&names) {
        return None;
    }
    array_of_records(&names, String::new(), 0)
}

fn array_of_records(names: &[(&[u8], &[u8])], path: String, depth: usize) -> Option<String> {
    const DEEPEST: usize = 4;
    if depth > DEEPEST {
        return None;
    }
    names.iter().find_map(|(key, value)| {
        let key = std::str::from_utf8(key).ok()?;
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value.first()? {
            b'{' => array_of_records(&members(value), path, depth + 1),
            b'[' => {
                let element = value.get(1..)?.trim_ascii_start();
                if element.first() != Some(&b'{') {
                    return None;
                }
                let inside = members(element);
                let hit = || path.ends_with("hits.hits") && inside.iter().any(|(key, _)| matches!(*key, b"_source" | b"fields"));
                let wrapped = || inside.iter().any(|(_, value)| value.first() == Some(&b'{') && is_record(&members(value)));
                if is_record(&inside) || hit() || wrapped() {
                    return Some(format!("{path}[]"));
                }
                array_of_records(&inside, format!("{path}[]"), depth + 1)
            }
            _ => None,
        }
    })
}

/// An object with a time and a text of its own.
fn is_record(names: &[(&[u8], &[u8])]) -> bool {
    let scalar = |value: &[u8]| matches!(value.first(), Some(b'"' | b'0'..=b'9'));
    let plain: Vec<&str> = names.iter().filter(|(_, v)| scalar(v)).filter_map(|(k, _)| std::str::from_utf8(k).ok()).collect();
    let columns = Columns::of(&plain);
    let timed = columns.has_time() || plain.iter().any(|name| matches!(*name, "generated_at" | "received_at" | "dateCreated" | "@t"));
    // The text may be an object: a log service that parsed it.
    timed
        && (columns.has_message()
            || names.iter().any(|(key, value)| matches!(*key, b"data" | b"event" | b"attributes") && value.first() == Some(&b'{')))
}

/// The first members of an object: key, and everything from its value on.
fn members(object: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut out = Vec::new();
    let Some(mut rest) = object.get(1..) else { return out };
    while out.len() < MAX_KEYS {
        rest = skip(rest, b",");
        let Some(after) = rest.strip_prefix(b"\"") else { break };
        let Some(end) = memchr::memchr(b'"', after) else { break };
        let (key, behind) = after.split_at(end);
        let Some(value) = skip(behind.get(1..).unwrap_or_default(), b"").strip_prefix(b":") else { break };
        let value = skip(value, b"");
        out.push((key, value));
        match Scan::default().advance(value) {
            Step::Done(n) => rest = value.get(n..).unwrap_or_default(),
            _ => break,
        }
    }
    out
}

fn skip<'a>(bytes: &'a [u8], also: &[u8]) -> &'a [u8] {
    let n = bytes.iter().take_while(|b| b.is_ascii_whitespace() || also.contains(b)).count();
    bytes.get(n..).unwrap_or_default()
}
