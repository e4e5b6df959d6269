//! One incident behind wrappers, in documents and in layouts that the samples do not hold, written by templates.
//!
//! In: a template a form. Out: for each, its events with symptom, service, trace and time, and its records. Fails when: a form loses one.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod program;

use std::fs;

use base64::Engine;
use chrono::{DateTime, Duration, Utc};
use program::run_in;
use serde_json::{Value, json};

/// What a form cannot carry.
#[derive(Clone, Copy, PartialEq)]
enum Lacks {
    Nothing,
    Service,
    /// It has whole seconds.
    Fraction,
    FractionAndService,
    /// Its times are those of a boot or none at all.
    Time,
}
use Lacks::{Fraction, FractionAndService, Nothing, Service, Time};

/// How a form writes the incident: text before, one record, text after. `{name}` is filled in from the record.
type Form = (&'static str, &'static str, &'static str, &'static str, Lacks);

const FORMS: &[Form] = &[
    // Names before a line.
    ("stern template", "", "{pod} {line}\n", "", Nothing),
    ("stern template with slashes", "", "[{ns}/{pod}/web] {line}\n", "", Nothing),
    ("nerdctl compose", "", "{svc}-1      |{line}\n", "", Nothing),
    ("podman logs --names", "", "{svc} {line}\n", "", Nothing),
    ("podman-compose", "", "[{svc}] | {line}\n", "", Nothing),
    ("swarm", "", "shop_{svc}.1.9c5vb3yq0m2kx7z1d4fghj8wp@node-3    | {line}\n", "", Nothing),
    ("swarm -t", "", "{nano} shop_{svc}.1.9c5vb3yq0m2kx7z1d4fghj8wp@node-3    | {bare}\n", "", Nothing),
    ("pm2", "", "0|{svc} | {line}\n", "", Nothing),
    ("pm2 with times", "", "0|{svc}  | {sec}: {bare}\n", "", Fraction),
    ("awslogs", "", "/ecs/shop {svc}/web/{task} {iso} {bare}\n", "", Nothing),
    ("copilot", "", "copilot/{svc}/0f1e2d3c4b5a6 {line}\n", "", Nothing),
    ("saw", "", "[{sec}+00:00] (0f1e2d3c4b) {line}\n", "", Nothing),
    ("Fly", "", "{sec}Z app[148e4d] ams [info]{line}\n", "", Nothing),
    ("Cloud Foundry", "", "   {iso2}+0000 [APP/PROC/WEB/0] OUT {line}\n", "", Nothing),
    ("GitLab", "", "{iso} 01O {line}\n", "", Nothing),
    ("Buildkite", "", "\u{1b}_bk;t={ms}\u{7}{line}\n", "", Nothing),
    ("grep -n", "", "{n}7:{line}\n", "", Nothing),
    ("grep -rn", "", "logs/all.log:{n}7:{line}\n", "", Nothing),
    ("grep -r over one file a service", "", "/var/log/{svc}.log:{iso} {bare}\n", "", Nothing),
    ("cat -n", "", "     {n}\t{line}\n", "", Nothing),
    ("a quoted mail", "", "> {line}\n", "", Nothing),
    ("journalctl -o short-monotonic", "", "[91234.{n}00000] host {svc}[77]: {bare}\n", "", Time),
    ("journalctl -o with-unit", "", "{weekday} UTC host {svc}.service[77]: {bare}\n", "", Fraction),
    ("BusyBox", "", "{month} host user.err {svc}: {bare}\n", "", Fraction),
    ("Docker's syslog driver", "", "{month} host {svc}/4f1c4f1c4f1c[881]: {bare}\n", "", Fraction),
    ("Heroku's drain", "", "99 <190>1 {iso} host app web.1 - {line}\n", "", Nothing),
    ("Papertrail's archive", "", "100{n}\t{sec}\t{sec}\t4001\thost\t10.1.1.1\tLocal0\tError\t{svc}\t{bare}\n", "", Fraction),
    // Objects that carry a line.
    ("Splunk export", "", r#"{"preview":false,"result":{"_raw":{line"},"_time":"{iso}","host":"h"}}"#, "", Nothing),
    ("Splunk HEC", "", r#"{"time":{epoch},"host":"h","sourcetype":"_json","event":{json}}"#, "", Nothing),
    ("LogDNA", "", r#"{"_app":"{svc}","_host":"h","_ts":{ms},"_line":{line"},"level":"ERROR"}"#, "", Nothing),
    ("LogScale", "", r##"{"@rawstring":{line"},"@timestamp":{ms},"#repo":"prod"}"##, "", Nothing),
    (
        "GELF",
        "",
        r#"{"version":"1.1","host":"h","short_message":{bare"},"timestamp":{epoch},"level":3,"_container_name":"{svc}"}"#,
        "",
        Nothing,
    ),
    ("JSON in a text", "", r#"{"timestamp":"{iso}","host":"h","message":{json"}}"#, "", Nothing),
    ("JSON behind stdout", "", "{iso} stdout {json}\n", "", Nothing),
    (
        "Filebeat with ECS fields",
        "",
        r#"{"@timestamp":"{iso}","@metadata":{"beat":"filebeat"},"message":"{msg}","service":{"name":"{svc}"},"trace":{"id":"{trace}"},"kubernetes":{"pod":{"name":"{pod}"}}}"#,
        "",
        Nothing,
    ),
    // Documents whose records stand somewhere inside.
    (
        "Axiom",
        r#"{"matches":["#,
        r#"{"_time":"{iso}","data":{"message":"{msg}","service":"{svc}","trace_id":"{trace}"}},"#,
        r#"{"_time":"2020-01-01T00:00:00Z","data":{"message":"quiet"}}]}"#,
        Nothing,
    ),
    (
        "New Relic NRQL",
        r#"{"results":[{"events":["#,
        r#"{"timestamp":{ms},"message":"{msg}","service.name":"{svc}","trace.id":"{trace}"},"#,
        r#"{"timestamp":1577836800000,"message":"quiet"}]}]}"#,
        Nothing,
    ),
    (
        "Graylog",
        r#"{"messages":["#,
        r#"{"message":{"timestamp":"{iso}","source":"h","message":{line"}}},"#,
        r#"{"message":{"timestamp":"2020-01-01T00:00:00Z","message":"quiet"}}]}"#,
        Nothing,
    ),
    (
        "Elasticsearch fields",
        r#"{"hits":{"hits":["#,
        r#"{"_index":"l","fields":{"@timestamp":["{iso}"],"message":["{msg}"],"service.name":["{svc}"],"trace.id":["{trace}"]}},"#,
        r#"{"_index":"l","fields":{"@timestamp":["2020-01-01T00:00:00Z"],"message":["quiet"]}}]}}"#,
        Nothing,
    ),
    (
        "OTLP",
        "",
        r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{svc}"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"{ms}000000","severityText":"ERROR","body":{"stringValue":"{msg}"},"traceId":"{trace}"}]}]}]}"#,
        "",
        Nothing,
    ),
    ("pairs of --query", "[", r#"[{ms},{line"}],"#, r#"[1577836800000,"2020-01-01T00:00:00Z quiet"]]"#, Nothing),
    (
        "gcloud's YAML",
        "",
        "---\ninsertId: i{n}\nresource:\n  labels:\n    service_name: {svc}\n  type: cloud_run_revision\nseverity: ERROR\ntextPayload: {bare\"}\ntimestamp: '{iso}'\n",
        "",
        Nothing,
    ),
    ("a list in YAML", "", "- time: \"{iso}\"\n  level: ERROR\n  service: {svc}\n  msg: {msg\"}\n  trace_id: {trace}\n", "", Nothing),
    (
        "journalctl -o verbose",
        "",
        "{weekday} UTC [s=ab;i={n};b=1;m=1;t=2;x=3]\n    PRIORITY=3\n    SYSLOG_IDENTIFIER={svc}\n    MESSAGE={bare}\n",
        "",
        Fraction,
    ),
    ("Grafana's CSV", "labels,Time,Line,tsNs\n", "\"{\"\"app\"\":\"\"{svc}\"\"}\",{ms},\"{bare}\",{ms}000000\n", "", Nothing),
    (
        "Kibana's CSV",
        "\"@timestamp\",\"service.name\",\"message\",\"trace.id\"\n",
        "\"{kibana}\",\"{svc}\",\"{msg}\",\"{trace}\"\n",
        "",
        Nothing,
    ),
    (
        "Application Insights' CSV",
        "TimeGenerated [UTC],OuterMessage,SeverityLevel,OperationId,AppRoleName\n",
        "{iso},\"{msg}\",3,{trace},{svc}\n",
        "",
        Nothing,
    ),
    ("lines that end in returns", "", "{line}\r", "", Nothing),
    // Layouts.
    ("java.util.logging", "", "{jul} com.shop.Cart load\nSEVERE: {msg} trace_id={trace}\n", "", FractionAndService),
    ("error_logger", "", "=ERROR REPORT==== {erlang} ===\n{msg} trace_id={trace}\n\n", "", Service),
    ("pino-pretty", "", "[{space} +0000] ERROR ({svc}/17 on host): {msg}\n    trace_id: \"{trace}\"\n", "", Nothing),
    ("bunyan's tool", "", "[{iso}] ERROR: {svc}/17 on host: {msg} (trace_id={trace})\n", "", Nothing),
    (
        "tracing's pretty form",
        "",
        "  {iso} ERROR shop::cart: {msg}\n    at src/cart.rs:88\n    in shop::request with trace_id: {trace}, service: \"{svc}\"\n\n",
        "",
        Nothing,
    ),
    (".NET's console with times", "", "[{space}] fail: Shop.Cart[0]\n      {msg} TraceId:{trace}\n", "", Service),
    ("winston's simple form", "", "error: {msg} {\"service\":\"{svc}\",\"timestamp\":\"{iso}\",\"trace_id\":\"{trace}\"}\n", "", Nothing),
    ("CodeIgniter", "", "ERROR - {space} --> {msg} trace_id={trace}\n", "", Service),
    ("fern", "", "[{date}][{clock}][shop::cart][ERROR] {msg} trace_id={trace}\n", "", FractionAndService),
    ("WebSphere", "", "[{us_short} UTC] 0000002a com.shop.Cart    E {msg} trace_id={trace}\n", "", Service),
    ("rich", "", "[{us_seconds}] ERROR    {msg} trace_id={trace}   cart.py:88\n", "", FractionAndService),
    ("TAI64N", "", "{tai} ERROR {msg} trace_id={trace}\n", "", Service),
    ("log15's terminal", "", "EROR[{month_day}] {msg} service={svc} trace_id={trace}\n", "", Nothing),
    // Texts that a person pastes, tables, and exporters that write for people.
    ("a quote in a quote", "", "> > {line}\n", "", Nothing),
    ("a fence in a ticket", "We see this since noon:\n\n```text\n", "{line}\n", "```\n", Nothing),
    ("a fence in a quote", "> ```\n", "> {line}\n", "> ```\n", Nothing),
    (
        "a Markdown table",
        "Seen in staging:\n\n| Time | Severity | Service | Trace ID | Message |\n|---|:---:|---|---|---|\n",
        "| {iso} | ERROR | {svc} | `{trace}` | {msg} |\n",
        "",
        Nothing,
    ),
    (
        "a box of mysql",
        "+-----+-----+-----+-----+\n| ts  | app | trace_id | message |\n+-----+-----+-----+-----+\n",
        "| {space} | {svc} | {trace} | {msg} |\n",
        "+-----+-----+-----+-----+\n",
        Nothing,
    ),
    (
        "psql",
        " timestamp | service | trace_id | msg\n-----------+---------+----------+-----\n",
        " {space} | {svc} | {trace} | {msg}\n",
        "(5 rows)\n",
        Nothing,
    ),
    ("tail -f of several files", "", "==> /var/log/{svc}/app.log <==\n{iso} {bare}\n\n", "", Nothing),
    ("tail of files named for services", "", "==> /srv/logs/{svc}.log <==\n{iso} {bare}\n", "", Nothing),
    ("a bare UUID", "", "{iso} ERROR {uuid} {svc}: {msg}\n", "", Service),
    (
        "log4j's XML",
        "",
        "<log4j:event logger=\"com.shop.Seats\" timestamp=\"{ms}\" level=\"ERROR\" thread=\"exec-1\">\n<log4j:message><![CDATA[{msg}]]></log4j:message>\n<log4j:properties>\n<log4j:data name=\"traceId\" value=\"{trace}\"/>\n<log4j:data name=\"service\" value=\"{svc}\"/>\n</log4j:properties>\n</log4j:event>\n\n",
        "",
        Nothing,
    ),
    (
        "log4j 2's XML",
        "<?xml version=\"1.0\"?>\n<Events xmlns=\"http://logging.apache.org/log4j/2.0/events\">\n",
        "<Event thread=\"main\" level=\"ERROR\" loggerName=\"com.shop.Seats\">\n  <Instant epochSecond=\"{epochs}\" nanoOfSecond=\"{nanos}\"/>\n  <Message>{msgx}</Message>\n  <ContextMap>\n    <item key=\"trace_id\" value=\"{trace}\"/>\n    <item key=\"service\" value=\"{svc}\"/>\n  </ContextMap>\n</Event>\n",
        "</Events>\n",
        Nothing,
    ),
    (
        "java.util.logging's XML",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE log SYSTEM \"logger.dtd\">\n<log>\n",
        "<record>\n  <date>{sec}</date>\n  <millis>{ms}</millis>\n  <logger>com.shop.Seats</logger>\n  <level>SEVERE</level>\n  <message>{msgx} trace_id={trace}</message>\n</record>\n",
        "</log>\n",
        Service,
    ),
    (
        "Logstash's rubydebug",
        "",
        "{\n    \"@timestamp\" => {iso},\n          \"host\" => {\n        \"name\" => \"web-1\"\n    },\n          \"tags\" => [\n        [0] \"beats\"\n    ],\n       \"service\" => \"{svc}\",\n      \"trace_id\" => \"{trace}\",\n         \"level\" => \"error\",\n       \"message\" => {msg\"}\n}\n",
        "",
        Nothing,
    ),
    (
        "the Collector's debug exporter",
        "",
        "{iso}\tinfo\tLogs\t{\"kind\": \"exporter\", \"name\": \"debug\"}\n{iso}\tinfo\tResourceLog #0\nResource SchemaURL: \nResource attributes:\n     -> service.name: Str({svc})\nScopeLogs #0\nScopeLogs SchemaURL: \nInstrumentationScope \nLogRecord #0\nObservedTimestamp: 1970-01-01 00:00:00 +0000 UTC\nTimestamp: {space} +0000 UTC\nSeverityText: ERROR\nSeverityNumber: Error(17)\nBody: Str({msg})\nAttributes:\n     -> cmd: Str(GET)\nTrace ID: {trace}\nSpan ID: 00f067aa0ba902b7\nFlags: 1\n\t{\"kind\": \"exporter\"}\n",
        "",
        Nothing,
    ),
    (
        "Pub/Sub, pushed",
        "",
        "{\"message\":{\"data\":\"{line64}\",\"messageId\":\"{n}\",\"publishTime\":\"{iso}\"},\"subscription\":\"projects/p/subscriptions/s\"}\n",
        "",
        Nothing,
    ),
    (
        "Pub/Sub, pulled",
        "[\n{\"ackId\":\"a0\",\"message\":{\"data\":\"e30=\",\"messageId\":\"0\"}}",
        ",\n{\"ackId\": \"a{n}\", \"message\": {\"data\": \"{json64}\", \"messageId\": \"{n}\", \"publishTime\": \"{iso}\"}}",
        "\n]\n",
        Nothing,
    ),
    (
        "Grafana's data frames",
        "{\"results\":{\"A\":{\"status\":200,\"frames\":[{\"schema\":{\"fields\":[]},\"data\":{\"values\":[]}}",
        ",{\"schema\":{\"refId\":\"A\",\"fields\":[{\"name\":\"labels\"},{\"name\":\"Time\"},{\"name\":\"Line\"}]},\"data\":{\"values\":[[{\"app\":\"{svc}\"}],[{ms}],[\"{bare}\"]]}}",
        "]}}}\n",
        Nothing,
    ),
    (
        "FireLens in CloudWatch",
        "{\"searchedLogStreams\":[],\"events\":[{\"timestamp\":1,\"message\":\"\",\"ingestionTime\":1}",
        ",{\"logStreamName\":\"web-firelens-0f1e\",\"timestamp\":{ms},\"ingestionTime\":{ms},\"message\":{firelens\"}}",
        "]}\n",
        Nothing,
    ),
    ("swarm, ids cut", "", "shop_{svc}.1.9c5vb3yq0m2k@node-3    | {line}\n", "", Nothing),
    ("swarm, no ids", "", "shop_{svc}.1@node-3    | {line}\n", "", Nothing),
    ("pm2 without times", "", "0|{svc}  | ERROR {msg} trace_id={trace}\n", "", Time),
    ("Fly, a message of its own", "", "{sec}Z app[148e4d] ams [error]{msg} trace_id={trace}\n", "", FractionAndService),
    ("bullets", "", "* {line}\n", "", Nothing),
    ("backticks", "", "`{line}`\n", "", Nothing),
    ("an escaped quote", "", "&gt; {line}\n", "", Nothing),
    ("clush over daemons", "", "web-{n}: {month} web-{n} {svc}[811]: {bare}\n", "", Fraction),
    ("pdsh, times of day", "", "{svc}-1: {hms} ERROR {msg} trace_id={trace}\n", "", Nothing),
    (
        "GELF with fields of its own",
        "",
        "{\"version\":\"1.1\",\"host\":\"h\",\"short_message\":{msg\"},\"timestamp\":{epoch},\"level\":3,\"_service\":\"{svc}\",\"_trace_id\":\"{trace}\"}\n",
        "",
        Nothing,
    ),
    (
        "az monitor log-analytics query",
        "[\n{\"TableName\": \"PrimaryResult\"}",
        ",\n{\"TimeGenerated\": \"{iso}\", \"PodName\": \"{pod}\", \"LogMessage\": {bare\"}, \"TableName\": \"PrimaryResult\"}",
        "\n]\n",
        Nothing,
    ),
    ("Splunk's CSV", "\"_raw\",\"_time\",host,source,sourcetype\n", "\"{bare}\",\"{iso}\",h1,/var/log/{svc}/{svc}.log,app\n", "", Nothing),
    ("a table of Jira", "See below.\n\n||time||service||message||\n", "|{space}|{svc}|{msg} trace_id={trace}|\n", "", Nothing),
    (
        "json-file with labels",
        "",
        "{\"log\":\"{bare}\\n\",\"stream\":\"stderr\",\"attrs\":{\"com.docker.compose.service\":\"{svc}\"},\"time\":\"{nano}\"}\n",
        "",
        Nothing,
    ),
    (
        "fluent-bit's file output",
        "",
        "kube.var.log.containers.{pod}_shop_web-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.log: [{epoch}, {\"log\": {bare\"}}]\n",
        "",
        Nothing,
    ),
    (
        "datadog-agent stream-logs",
        "",
        "Integration Name: {svc} | Type: docker | Status: error | Timestamp: {iso} | Hostname: i-0a91 | Service: {svc} | Source: go | Tags: env:prod | Message: {msg} trace_id={trace}\n",
        "",
        Nothing,
    ),
    (
        "Select-String -Context",
        "\n",
        "  logs\\{svc}.log:{n}1:{iso} [INFO] ok\n> logs\\{svc}.log:{n}2:{iso} [ERROR] {msg} trace_id={trace}\n  logs\\{svc}.log:{n}3:{iso} [INFO] ok\n\n",
        "",
        Nothing,
    ),
    (
        "Format-List",
        "\n\n",
        "TimeCreated      : {space}\nProviderName     : {svc}\nLevelDisplayName : Error\nMessage          : {msg} trace_id={trace}\n\n                   Category: Shop\n                   EventId: 0\n\n",
        "",
        Nothing,
    ),
    (
        "exceptions of Application Insights",
        "{\"tables\":[{\"name\":\"PrimaryResult\",\"columns\":[{\"name\":\"timestamp\"},{\"name\":\"message\"},{\"name\":\"type\"},{\"name\":\"outerMessage\"},{\"name\":\"operation_Id\"},{\"name\":\"cloud_RoleName\"}],\"rows\":[[\"2025-10-14T23:59:57Z\",\"ok\",null,null,null,\"ticketing\"]",
        ",[\"{iso}\",null,\"Redis.ReplyError\",{msg\"},\"{trace}\",\"{svc}\"]",
        "]}]}\n",
        Nothing,
    ),
    (
        "journalctl -o json, colours",
        "{\"__REALTIME_TIMESTAMP\":\"1760486397000000\",\"MESSAGE\":[27,91,51,49,109,120],\"SYSLOG_IDENTIFIER\":\"ticketing\"}\n",
        "{\"__REALTIME_TIMESTAMP\":\"{ms}000\",\"_HOSTNAME\":\"h\",\"SYSLOG_IDENTIFIER\":\"{svc}\",\"MESSAGE\":[{bytes}]}\n",
        "",
        Nothing,
    ),
    (
        "Alloy's loki.echo",
        "",
        "ts=2025-10-15T00:00:09Z level=info component_path=/ component_id=loki.echo.debug receiver=loki.echo.debug entry={bare\"} entry_timestamp={nano} labels=\"{app=\\\"{svc}\\\", container=\\\"web\\\"}\" structured_metadata=\"{}\"\n",
        "",
        Nothing,
    ),
    ("strings of jq", "", "{line\"}\n", "", Nothing),
    ("logfmt without quotes", "", "level=error, time={space}, msg={msg}, service={svc}, traceId={trace}\n", "", Nothing),
    ("pm2 logs --timestamp", "", "{clock} 0|{svc}  | {line}\n", "", Nothing),
    ("Papertrail's processes", "", "{month} host {svc}/web.1:  {bare}\n", "", Fraction),
];

struct Record {
    time: DateTime<Utc>,
    service: &'static str,
    trace: String,
    symptom: &'static str,
    message: &'static str,
}

/// Five records that go over midnight, so that a lost date or zone shows.
fn incident() -> Vec<Record> {
    let start: DateTime<Utc> = "2025-10-14T23:59:58.037Z".parse().expect("a time");
    let texts = [
        ("maxclients-reached", "price lookup failed: ERR max number of clients reached"),
        ("pool-exhausted", "hold seat: redis: connection pool timeout"),
        ("oom-maxmemory", "save failed: OOM command not allowed when used memory > 'maxmemory'."),
        ("maxclients-reached", "price lookup failed: ERR max number of clients reached"),
        ("readonly-replica", "ReplyError: READONLY You can't write against a read only replica."),
    ];
    texts
        .into_iter()
        .enumerate()
        .map(|(i, (symptom, message))| Record {
            time: start + Duration::milliseconds(731 * i as i64),
            service: if i % 2 == 0 { "seat-map" } else { "ticketing" },
            trace: format!("{:032x}", 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128 + i as u128),
            symptom,
            message,
        })
        .collect()
}

/// Fills a template in. `{x"}` is the text as a JSON string.
fn fill(template: &str, n: usize, r: &Record) -> String {
    let at = |form: &str| r.time.format(form).to_string();
    let seconds = r.time.timestamp();
    let (ms, frac) = (r.time.timestamp_millis(), r.time.timestamp_subsec_millis());
    let bare = format!("ERROR {} trace_id={} cmd=GET", r.message, r.trace);
    let line = format!("{} ERROR [{},{},00f067aa0ba902b7] {} cmd=GET", at("%Y-%m-%dT%H:%M:%S%.3fZ"), r.service, r.trace, r.message);
    let object =
        json!({"level": "error", "service": r.service, "msg": r.message, "traceId": r.trace, "time": at("%Y-%m-%dT%H:%M:%S%.3fZ")});
    let suffix = if r.service == "seat-map" { "7c9d5b8f64-kx4tq" } else { "59f6bd7c8b-zv9wm" };
    let values = [
        ("n", (n + 1).to_string()),
        ("svc", r.service.to_owned()),
        ("pod", format!("{}-{suffix}", r.service)),
        ("ns", "shop".to_owned()),
        ("task", "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned()),
        ("trace", r.trace.clone()),
        ("msg", r.message.to_owned()),
        ("ms", ms.to_string()),
        ("epoch", format!("{seconds}.{frac:03}")),
        ("iso", at("%Y-%m-%dT%H:%M:%S%.3fZ")),
        ("iso2", at("%Y-%m-%dT%H:%M:%S%.3f").get(..22).unwrap_or_default().to_owned()),
        ("nano", at("%Y-%m-%dT%H:%M:%S%.9fZ")),
        ("sec", at("%Y-%m-%dT%H:%M:%S")),
        ("space", at("%Y-%m-%d %H:%M:%S%.3f")),
        ("date", at("%Y-%m-%d")),
        ("clock", at("%H:%M:%S")),
        ("hms", at("%H:%M:%S%.3f")),
        ("weekday", at("%a %Y-%m-%d %H:%M:%S")),
        ("month", at("%b %e %H:%M:%S")),
        ("month_day", at("%m-%d|%H:%M:%S%.3f")),
        ("kibana", at("%b %e, %Y @ %H:%M:%S%.3f")),
        ("jul", at("%b %d, %Y %l:%M:%S %p").replace("  ", " ")),
        ("erlang", at("%d-%b-%Y::%H:%M:%S%.6f")),
        ("us_short", format!("{}:{frac:03}", at("%-m/%-d/%y %H:%M:%S"))),
        ("us_seconds", at("%m/%d/%y %H:%M:%S")),
        ("tai", format!("@{:016x}{:08x}", seconds as u64 + (1 << 62) + 10, frac * 1_000_000)),
        ("bare", bare.clone()),
        ("line", line.clone()),
        ("json", object.to_string()),
        ("uuid", format!("{}-{}-{}-{}-{}", &r.trace[..8], &r.trace[8..12], &r.trace[12..16], &r.trace[16..20], &r.trace[20..])),
        ("bytes", format!("\u{1b}[31m{bare}\u{1b}[0m").bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(",")),
        ("msgx", r.message.replace('&', "&amp;").replace('>', "&gt;")),
        ("epochs", seconds.to_string()),
        ("nanos", (frac * 1_000_000).to_string()),
        ("line64", base64::engine::general_purpose::STANDARD.encode(&line)),
        ("json64", base64::engine::general_purpose::STANDARD.encode(object.to_string())),
        ("firelens", json!({"container_name": format!("/{}", r.service), "source": "stdout", "log": &bare}).to_string()),
    ];
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}\"}}"), &Value::String(value.clone()).to_string()).replace(&format!("{{{name}}}"), &value);
    }
    if text.starts_with('{') && template.ends_with('}') { text + "\n" } else { text }
}

#[test]
fn every_form_gives_the_incident() {
    let incident = incident();
    let mut missed = Vec::new();
    for &(name, before, each, after, lacks) in FORMS {
        let dir = tempfile::tempdir().expect("a folder");
        let records: String = incident.iter().enumerate().map(|(n, r)| fill(each, n, r)).collect();
        fs::write(dir.path().join("out.log"), format!("{before}{records}{after}")).expect("a file");
        let placed = ["--now", "2030-01-01T00:00:00Z", "--date", "2025-10-14"];
        let args: Vec<&str> = ["events"].into_iter().chain(placed).chain(["out.log"]).collect();
        let events: Vec<Value> =
            run_in(dir.path(), &args).ends(0).out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let got: Vec<String> = events.iter().map(|e| told(e, lacks)).collect();
        let want: Vec<String> = incident.iter().map(|r| wanted(r, lacks)).collect();
        if got != want {
            missed.push(format!("{name}:\n  got  {}\n  want {}", got.join("\n       "), want.join("\n       ")));
        }
    }
    println!("{} of {} forms give the whole incident", FORMS.len() - missed.len(), FORMS.len());
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

fn named(lacks: Lacks) -> bool {
    !matches!(lacks, Service | FractionAndService)
}

/// What an event says of what the form can carry.
fn told(event: &Value, lacks: Lacks) -> String {
    let text = |key: &str| event[key].as_str().unwrap_or("-").to_owned();
    let service = if named(lacks) { text("service") } else { String::new() };
    format!("{} {} {} {}", text("symptom"), service, text("trace_id"), time(&text("ts"), lacks))
}

fn wanted(r: &Record, lacks: Lacks) -> String {
    let service = if named(lacks) { r.service } else { "" };
    format!("{} {service} {} {}", r.symptom, r.trace, time(&r.time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(), lacks))
}

fn time(text: &str, lacks: Lacks) -> String {
    match lacks {
        Time => String::new(),
        Fraction | FractionAndService => text.get(..19).unwrap_or(text).to_owned(),
        Nothing | Service => text.get(..22).unwrap_or(text).to_owned(),
    }
}

/// Texts whose records are set apart by more than their first letters, with the number of events that they hold.
#[test]
fn blocks_are_one_record_each() {
    let jest = "  ● cart › adds\n\n    ReplyError: ERR max number of clients reached\n\n      at parse (lib/parser.js:179:12)\n\n  ● cart › drops\n\n    ReplyError: ERR max number of clients reached\n\n      at parse (lib/parser.js:179:12)\n";
    let loguru = "2025-10-14 09:00:01.204 | ERROR    | store:get:88 - lookup failed\nTraceback (most recent call last):\n\n  File \"/app/store.py\", line 12, in get\n    return self.r.get(k)\n           │      └ <function Redis.get at 0x7f>\n           └ <Store object at 0x7f>\n\nredis.exceptions.ConnectionError: max number of clients reached\n";
    let go = "2025/10/14 09:00:01 lookup failed: ERR max number of clients reached\nmain.(*Store).Load\n\t/src/store.go:41\ngithub.com/shop/cart.serve\n\t/src/main.go:12\nruntime.goexit\n\t/usr/local/go/src/runtime/asm_amd64.s:1650\n";
    let server = ":M 14 Oct 2025 09:00:01.204 # Can't save in background: fork: Cannot allocate memory\n";
    let php = "[14-Oct-2025 11:00:01 Europe/Berlin] PHP Fatal error:  Uncaught RedisException: ERR max number of clients reached in /srv/a.php:3\n";
    for (name, text, events, records) in
        [("jest.log", jest, 2, 2), ("a.log", loguru, 1, 1), ("b.log", go, 1, 1), ("c.log", server, 1, 1), ("php_errors.log", php, 1, 1)]
    {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join(name), text).expect("a file");
        let out = run_in(dir.path(), &["events", name]).ends(0).out;
        assert_eq!(out.lines().count(), events, "{name}: {out}");
        let report = run_in(dir.path(), &["--format", "json", name]).ends(0).json();
        assert_eq!(report["input"]["records"], records, "{name}");
        let timed = name == "jest.log" || out.contains("2025-10-14T09:00:01");
        assert!(timed, "{name}: {out}");
    }
}
