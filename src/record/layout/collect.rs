//! Structured fields to a record's parts. In: [`Field`]s of JSON or logfmt. Out: [`Parsed`]. Fails when: never.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::fields::{self, MAX_ATTRIBUTES};
use super::flat::{Field, Scalar};
use super::keys::{LevelKind, Role, kept_name, meaning, role};
use super::{Kind, Parsed};
use crate::record::clock::{Stamp, Written, parse_value};
use crate::record::severity::Severity;
use crate::record::trace::TraceId;
use crate::record::{Name, name, service};

/// Texts of errors that are joined to a message.
const MAX_ERRORS: usize = 64;
/// Longest error text that is joined, in bytes: deep stacks keep their causes.
const MAX_ERROR: usize = 64 * 1024;
/// Numbers below are durations or counters, not times (2001 in seconds).
const FIRST_EPOCH: f64 = 1e9;

/// A value and the rank of the name it stood under.
type Ranked<T> = Option<(u8, T)>;

/// Gathers fields; the best name of each role wins, of equal names the last.
#[derive(Default)]
pub(super) struct Collector<'a> {
    parsed: Parsed<'a>,
    time: Ranked<Stamp>,
    seconds: Option<i64>,
    nanos: i64,
    level: Ranked<Severity>,
    /// A number that only other fields can explain.
    raw_level: Option<i64>,
    level_is_number: bool,
    message: Ranked<Cow<'a, str>>,
    template: Option<Cow<'a, str>>,
    service: Ranked<Name>,
    name: Option<Name>,
    channel: Option<Name>,
    instance: Ranked<Name>,
    logger: Ranked<Name>,
    errors: Vec<Field<'a>>,
    /// Everything that is no message, error or time, for templates and for records without a message.
    others: Vec<Field<'a>>,
    monolog: bool,
    gelf: bool,
    python: bool,
}

fn better<T>(slot: &mut Ranked<T>, rank: u8, value: T) {
    if slot.as_ref().is_none_or(|(known, _)| rank <= *known) {
        *slot = Some((rank, value));
    }
}

impl<'a> Collector<'a> {
    /// Takes one field.
    pub(super) fn take(&mut self, field: Field<'a>) {
        let path = field.path.as_ref();
        let (strength, role) = meaning(path);
        if let Some(strength) = strength {
            let id = field.value.as_str().and_then(|value| TraceId::from_key(path, value));
            if let Some(id) = id {
                return fields::offer_trace(&mut self.parsed, id, strength);
            }
        }
        match role {
            Role::Time(rank) => {
                if let Some(stamp) = field.value.as_str().filter(|text| plausible(text)).and_then(parse_value) {
                    return better(&mut self.time, rank, stamp);
                }
            }
            Role::TimePart(seconds) => {
                let number = field.value.as_str().and_then(|text| text.parse::<i64>().ok());
                if seconds {
                    self.seconds = number;
                } else {
                    self.nanos = number.unwrap_or(0);
                }
                return;
            }
            Role::Level(rank, kind) => {
                self.python |= matches!(path, "levelname" | "levelno");
                if self.take_level(rank, kind, &field.value) {
                    self.monolog |= path == "level_name";
                    return;
                }
            }
            Role::Message(rank) => {
                self.gelf |= path == "short_message";
                if let Scalar::Text(text) = field.value {
                    if !text.trim().is_empty() {
                        better(&mut self.message, rank, text);
                    }
                    return;
                }
            }
            Role::Template => {
                if let Scalar::Text(text) = field.value {
                    self.template = Some(text);
                    return;
                }
            }
            Role::Service(rank) => {
                if let Some(text) = field.value.as_str().map(str::trim).filter(|text| !text.is_empty() && text.len() <= 128) {
                    return better(&mut self.service, rank, name(text));
                }
            }
            Role::Name => {
                self.name = field.value.as_str().map(name);
                return;
            }
            Role::Channel => {
                self.channel = field.value.as_str().map(name);
                return;
            }
            Role::Instance(rank) => {
                if let Some(text) = field.value.as_str().filter(|text| !text.is_empty() && text.len() <= 256) {
                    return better(&mut self.instance, rank, name(text));
                }
            }
            Role::Logger(rank) => {
                if let Some(text) = field.value.as_str().filter(|text| !text.is_empty() && text.len() <= 256) {
                    return better(&mut self.logger, rank, name(text));
                }
            }
            Role::Error(_) => {
                if matches!(&field.value, Scalar::Text(text) if !text.trim().is_empty()) {
                    if self.errors.len() < MAX_ERRORS {
                        self.errors.push(field);
                    }
                    return;
                }
            }
            Role::Skip => return,
            Role::Attribute => {}
        }
        if field.value != Scalar::Null && self.others.len() < MAX_ATTRIBUTES {
            self.others.push(field);
        }
    }

    /// Reads a level's word or number; true if it was one.
    fn take_level(&mut self, rank: u8, kind: LevelKind, value: &Scalar<'_>) -> bool {
        let Some(text) = value.as_str().map(str::trim) else { return false };
        let severity = if let Ok(number) = text.parse::<i64>() {
            self.level_is_number |= matches!(value, Scalar::Number(_));
            match kind {
                LevelKind::Framework if number < 10 => {
                    self.raw_level = Some(number);
                    return true;
                }
                LevelKind::Framework => Severity::from_number(number),
                LevelKind::Python => Severity::from_python_number(number),
                LevelKind::OpenTelemetry => Severity::from_otel_number(number),
                LevelKind::Syslog => u8::try_from(number).map_or(Severity::Unknown, Severity::from_syslog),
            }
        } else {
            Severity::from_word(text)
        };
        if severity != Severity::Unknown {
            better(&mut self.level, rank, severity);
        }
        severity != Severity::Unknown
    }

    /// The record; without a message and errors its message is empty. `whole`: not the context behind a message, so it may be a request's record.
    pub(super) fn finish(mut self, layout: &'static str, whole: bool) -> Parsed<'a> {
        self.parsed.layout = layout;
        self.parsed.time = self.time.map(|(_, stamp)| stamp).or_else(|| {
            let ms = self.seconds?.checked_mul(1000)?.checked_add(self.nanos / 1_000_000)?;
            Some(Stamp { written: Written::Instant(ms), resolution_ms: if self.nanos == 0 { 1000 } else { 1 } })
        });
        let clef = self.template.is_some();
        self.parsed.severity = match (self.level, self.raw_level) {
            (Some((_, severity)), _) => severity,
            (None, Some(number)) => self.small_level(number),
            // CLEF leaves `@l` out for Information.
            (None, None) if clef => Severity::Info,
            (None, None) => Severity::Unknown,
        };
        self.name_parts();
        let mut message = match (self.message.take(), self.template.take()) {
            (Some((_, text)), _) => text,
            (None, Some(template)) => Cow::Owned(render(&template, &self.others, &self.errors)),
            (None, None) => Cow::Borrowed(""),
        };
        append_errors(&mut message, &self.errors);
        if !message.is_empty() {
            fields::read(&message, &mut self.parsed);
        } else if whole && let Some(status) = self.status() {
            self.parsed.kind = Kind::Access { status, duration_ms: self.duration() };
        }
        self.parsed.message = message;
        for field in &self.others {
            if let Some(value) = field.value.as_str() {
                fields::attribute(&mut self.parsed, kept_name(&field.path), value);
            }
        }
        self.parsed
    }

    /// Levels below 10: GELF writes syslog's, Nextcloud its own.
    fn small_level(&self, number: i64) -> Severity {
        let has = |name: &str| self.others.iter().any(|field| field.path == name);
        if self.gelf {
            return u8::try_from(number).map_or(Severity::Unknown, Severity::from_syslog);
        }
        if has("remoteAddr") || has("userAgent") {
            return match number {
                0 => Severity::Debug,
                1 => Severity::Info,
                2 => Severity::Warn,
                3 => Severity::Error,
                4 => Severity::Critical,
                _ => Severity::Unknown,
            };
        }
        Severity::Unknown
    }

    /// Service, logger and instance from the names that were seen.
    fn name_parts(&mut self) {
        if let Some((_, name)) = self.service.take() {
            fields::offer_service(&mut self.parsed, &name);
        }
        if let Some((_, logger)) = self.logger.take() {
            fields::set_logger(&mut self.parsed, &logger);
        }
        if let Some(channel) = self.channel.take() {
            if self.monolog {
                fields::guess_service(&mut self.parsed, service::from_program(&channel));
            }
            self.parsed.logger.get_or_insert(channel);
        }
        if let Some(name) = self.name.take() {
            // pino and bunyan name the program, Python the logger.
            if self.level_is_number && !self.python {
                fields::guess_service(&mut self.parsed, service::from_program(&name));
            } else if self.parsed.logger.is_none() {
                fields::set_logger(&mut self.parsed, &name);
            }
        }
        if let Some((_, instance)) = self.instance.take() {
            if service::looks_like_pod(&instance) {
                fields::guess_service(&mut self.parsed, service::from_pod_name(&instance));
            }
            self.parsed.instance = Some(instance);
        }
    }

    fn other(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.others.iter().rev().find(|field| field.path == *name)).and_then(|field| field.value.as_str())
    }

    /// The HTTP status of a request's record: a status beside a method, a path or a request line.
    fn status(&self) -> Option<u16> {
        let status = self.other(&[
            "status",
            "status_code",
            "statusCode",
            "response_code",
            "http.status_code",
            "http.response.status_code",
            "httpRequest.status",
            "res.statusCode",
            "response.status",
            "StatusCode",
            "elb_status_code",
        ])?;
        let request = self.other(&[
            "method",
            "request_method",
            "http.method",
            "http.request.method",
            "httpRequest.requestMethod",
            "req.method",
            "verb",
            "request",
            "path",
            "uri",
            "request_uri",
            "url",
            "req.url",
            "http.target",
            "http.url",
            "httpRequest.requestUrl",
            "RequestPath",
        ]);
        request?;
        status.trim().parse().ok().filter(|status| (100..600).contains(status))
    }

    /// How long a request took, in milliseconds. `duration` without a unit is milliseconds (Envoy, lograge), nginx's `request_time` seconds.
    fn duration(&self) -> Option<f64> {
        let number =
            |names: &[&str]| self.other(names).and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite() && *value >= 0.0);
        number(&[
            "duration_ms",
            "latency_ms",
            "elapsed_ms",
            "took_ms",
            "response_time_ms",
            "responseTime",
            "duration",
            "durationMs",
            "Elapsed",
        ])
        .or_else(|| number(&["request_time", "upstream_response_time", "duration_s", "duration_seconds"]).map(|seconds| seconds * 1000.0))
        .or_else(|| self.other(&["httpRequest.latency", "latency", "elapsed"]).and_then(super::access::duration_ms))
    }
}

/// Times as numbers are since 1970, or exactly 0.
fn plausible(text: &str) -> bool {
    text.parse::<f64>().map_or(true, |number| number >= FIRST_EPOCH || number == 0.0)
}

/// Joins the texts of errors to the message, each once; a type and a message of one object become `Type: message`.
fn append_errors(message: &mut Cow<'_, str>, errors: &[Field<'_>]) {
    for field in errors {
        let Scalar::Text(text) = &field.value else { continue };
        let text = fields::clip(text, MAX_ERROR);
        if matches!(role(&field.path), Role::Error(true)) {
            continue;
        }
        let kind = field.path.rsplit_once('.').and_then(|(parent, last)| {
            let message_like = matches!(last, "message" | "msg" | "Message" | "localizedMessage");
            errors.iter().find(|other| {
                message_like
                    && matches!(role(&other.path), Role::Error(true))
                    && other.path.rsplit_once('.').is_some_and(|(above, _)| above == parent)
            })
        });
        let kind = kind.and_then(|field| field.value.as_str()).filter(|kind| !text.contains(*kind));
        let known = !text.is_empty() && message.contains(text);
        match kind {
            Some(kind) if !message.contains(&format!("{kind}: {text}")) => join(message, &[kind, ": ", text]),
            Some(_) => {}
            None if !known => join(message, &[text]),
            None => {}
        }
    }
}

fn join(message: &mut Cow<'_, str>, parts: &[&str]) {
    let text = message.to_mut();
    if !text.is_empty() {
        text.push('\n');
    }
    for part in parts {
        text.push_str(part);
    }
}

/// Fills `{Name}`, `{@Name}`, `{Name,10:fmt}` of a message template from the properties; `{{` is a brace.
fn render(template: &str, others: &[Field<'_>], errors: &[Field<'_>]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(rest.get(..at).unwrap_or(""));
        let brace = rest.get(at..=at).unwrap_or("");
        let after = rest.get(at + 1..).unwrap_or("");
        if after.starts_with(brace) || brace == "}" {
            out.push_str(brace);
            rest = after.strip_prefix(brace).unwrap_or(after);
            continue;
        }
        let Some((hole, behind)) = after.split_once('}') else {
            out.push_str(brace);
            rest = after;
            continue;
        };
        let name = hole.trim_start_matches(['@', '$']).split([':', ',']).next().unwrap_or(hole);
        let find = |list: &[Field<'_>]| {
            list.iter()
                .rev()
                .find(|field| field.path == name || field.path.strip_prefix("Properties.") == Some(name))
                .and_then(|field| field.value.as_str().map(str::to_owned))
        };
        match find(others).or_else(|| find(errors)) {
            Some(value) => out.push_str(&value),
            None => {
                let _ = write!(out, "{{{hole}}}");
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
