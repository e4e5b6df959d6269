//! Access and edge logs: nginx combined, ingress-nginx, ALB, Envoy and Istio, Django, uvicorn, gunicorn, morgan, gin, Rails' `Completed`.
//!
//! In: a line. Out: [`Kind::Access`] with status and duration, method, path, id. Fails when: never; other lines are left alone.

use super::{Kind, Parsed, fields, head};
use crate::record::clock::parse_prefix;
use crate::record::seek::{Mark, cut, cut_last, first_line, has};
use crate::record::service;
use crate::record::trace::{Strength, TraceId};

/// A request line stands within this many bytes; long query strings end far behind it.
const WITHIN: usize = 4096;
/// What the lines of most access logs hold, and few others.
pub(crate) const REQUEST: Mark = Mark::new(" HTTP/");
const METHODS: [&str; 10] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PROPFIND"];

/// A request as its line tells.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    status: u16,
    /// What follows the status.
    behind: &'a str,
}

/// Reads a whole line as an access record. Cheap for other lines: one search for ` HTTP/`.
pub(super) fn parse(text: &str) -> Option<Parsed<'_>> {
    let line = fields::clip(first_line(text), WITHIN);
    let at = REQUEST.find(line.as_bytes())?;
    let open = memchr::memrchr(b'"', line.as_bytes().get(..at)?);
    let (lead, request) = match open {
        Some(open) => (line.get(..open)?, quoted(line, open, at)?),
        None => bare(line, at)?,
    };
    let mut parsed = Parsed { layout: "access", ..Parsed::default() };
    let mut duration_ms = None;
    let mut status = request.status;
    if let Some(alb) = load_balancer(lead) {
        parsed.time = alb.time;
        duration_ms = alb.duration_ms;
        status = alb.status;
    } else if status == 0 {
        return None;
    }
    if parsed.time.is_none() {
        parsed.time = time(lead, is_common(text));
    }
    if lead.starts_with('[') && lead.trim_end().ends_with(']') && lead.matches('[').count() == 1 {
        duration_ms = envoy(request.behind, &mut parsed);
    } else if duration_ms.is_none() {
        duration_ms = nginx(request.behind, &mut parsed);
    }
    if !(100..600).contains(&status) {
        return None;
    }
    named_ids(request.behind, &mut parsed);
    fields::attribute(&mut parsed, "method", request.method);
    fields::attribute(&mut parsed, "path", request.path);
    fields::attribute(&mut parsed, "status", &status.to_string());
    parsed.kind = Kind::Access { status, duration_ms };
    parsed.message = text.into();
    Some(parsed)
}

/// True for the common log format, `client ident user [17/Jan/2024:09:00:01 +0000] "`: the shape of most requests.
pub(crate) fn is_common(text: &str) -> bool {
    let Some((client, rest)) = cut(text, b' ') else { return false };
    let address = client.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':'));
    let bracket = |rest| cut(rest, b' ').and_then(|(_, rest)| cut(rest, b' ')).and_then(|(_, rest)| rest.strip_prefix('['));
    let day = |inside: &str| matches!(inside.as_bytes(), [b'0'..=b'9', b'0'..=b'9', b'/', b'A'..=b'Z', ..]);
    address
        && bracket(rest).filter(|inside| day(inside)).and_then(|inside| cut(inside, b']')).is_some_and(|(_, rest)| rest.starts_with(" \""))
}

/// True for a line that holds a request and its status, as [`parse`] would find, without reading the rest.
pub(super) fn is_request(text: &str) -> bool {
    let line = fields::clip(text, WITHIN);
    let Some(at) = REQUEST.find(line.as_bytes()) else { return false };
    match line.as_bytes().get(..at).and_then(|before| memchr::memrchr(b'"', before)) {
        Some(open) => {
            quoted(line, open, at).is_some_and(|request| request.status != 0 || line.get(..open).and_then(load_balancer).is_some())
        }
        None => bare(line, at).is_some(),
    }
}

/// Reads a message without a request line as a request: `Completed 500 Internal Server Error in 58ms` of Rails,
/// `GET /x 503 12.3 ms - 5` of morgan, gin's columns. Sets kind and attributes.
pub(super) fn in_message(message: &str, parsed: &mut Parsed<'_>) {
    let line = fields::clip(first_line(message), WITHIN);
    if let Some(rest) = line.strip_prefix("Completed ")
        && let Some(status) = rest.get(..3).and_then(|digits| digits.parse::<u16>().ok())
        && let Some((_, took)) = rest.split_once(" in ")
    {
        let took = took.split(' ').next().unwrap_or("");
        fields::attribute(parsed, "status", &status.to_string());
        parsed.kind = Kind::Access { status, duration_ms: duration_ms(took) };
        return;
    }
    if let Some((method, path, status, took)) = morgan(line).or_else(|| at_end(line)).or_else(|| gin(line)) {
        fields::attribute(parsed, "method", method);
        fields::attribute(parsed, "path", path);
        fields::attribute(parsed, "status", &status.to_string());
        parsed.kind = Kind::Access { status, duration_ms: duration_ms(took) };
    }
}

/// `GET /x 503 12.345 ms - 512`; many applications write `GET /x 503 12ms`, and nothing behind it.
fn morgan(line: &str) -> Option<(&str, &str, u16, &str)> {
    // Cheap refusal: methods are upper case.
    if !line.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let mut words = line.split(' ');
    let method = words.next().filter(|word| METHODS.contains(word))?;
    let path = words.next().filter(|path| path.starts_with('/'))?;
    let status = words.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
    let took = words.next()?;
    let behind = words.next();
    if behind.is_none() && took.ends_with('s') && duration_ms(took).is_some() {
        return Some((method, path, status, took));
    }
    (behind == Some("ms")).then(|| took.parse::<f64>().ok()).flatten()?;
    let start = method.len() + path.len() + 6;
    line.get(start..start + took.len() + 3).map(|took| (method, path, status, took))
}

/// The same behind names and ids of the application's own: `cart [trace=1f] GET /x 503 12ms`.
fn at_end(line: &str) -> Option<(&str, &str, u16, &str)> {
    let line = line.trim_end();
    if !line.ends_with('s') {
        return None;
    }
    let before = line.get(..line.rfind(" /")?)?;
    let method = before.rfind(' ').map_or(0, |blank| blank + 1);
    morgan(line.get(method..)?)
}

/// `| 503 |   12.345ms |  10.0.1.9 | GET      "/x"` behind gin's time.
fn gin(line: &str) -> Option<(&str, &str, u16, &str)> {
    memchr::memchr(b'|', line.as_bytes())?;
    let mut parts = line.trim_start().strip_prefix('|').or_else(|| line.split_once(" | ").map(|(_, rest)| rest))?.split('|').map(str::trim);
    let status = parts.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
    let took = parts.next()?;
    duration_ms(took)?;
    let (method, path) = parts.nth(1)?.split_once(' ')?;
    METHODS.contains(&method).then(|| (method, path.trim().trim_matches('"'), status, took))
}

/// `"METHOD PATH HTTP/x" STATUS …`.
fn quoted(line: &str, open: usize, at: usize) -> Option<Request<'_>> {
    let (method, path) = cut(line.get(open + 1..at)?, b' ')?;
    if !METHODS.contains(&method) {
        return None;
    }
    let (_, after) = cut(line.get(at..)?, b'"')?;
    let after = after.trim_start();
    let digits = after.get(..3).filter(|_| !after.as_bytes().get(3).is_some_and(u8::is_ascii_alphanumeric));
    let status = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    Some(Request { method, path, status, behind: if status == 0 { after } else { after.get(3..).unwrap_or("") } })
}

/// `METHOD PATH HTTP/x STATUS …` without quotes (morgan `short`).
fn bare(line: &str, at: usize) -> Option<(&str, Request<'_>)> {
    let before = line.get(..at)?;
    let (rest, path) = before.rsplit_once(' ')?;
    let (lead, method) = rest.rsplit_once(' ').unwrap_or(("", rest));
    if !METHODS.contains(&method) || !path.starts_with('/') {
        return None;
    }
    let after = line.get(at + 1..)?.split_once(' ')?.1;
    let status = after.get(..3)?.parse().ok()?;
    Some((lead, Request { method, path, status, behind: after.get(3..).unwrap_or("") }))
}

/// The time before the request: at the start, or in the bracket behind the client.
fn time(lead: &str, common: bool) -> Option<crate::record::clock::Stamp> {
    if let Some((stamp, _)) = (!common).then(|| parse_prefix(lead)).flatten() {
        return Some(stamp);
    }
    let at = memchr::memchr(b'[', lead.as_bytes())?;
    parse_prefix(lead.get(at..)?).map(|(stamp, _)| stamp)
}

/// What a load balancer writes before the request.
struct Balancer {
    time: Option<crate::record::clock::Stamp>,
    status: u16,
    duration_ms: Option<f64>,
}

/// `https TIME app/… client:port target:port 0.001 0.012 0.000 503 503 210 512 `, classic ELB without the type.
fn load_balancer(lead: &str) -> Option<Balancer> {
    let first = lead.split_ascii_whitespace().next()?;
    let typed = matches!(first, "http" | "https" | "h2" | "grpcs" | "ws" | "wss");
    if !typed && !first.ends_with('Z') {
        return None;
    }
    let words: Vec<&str> = lead.split_ascii_whitespace().take(13).collect();
    let words = words.get(usize::from(typed)..)?;
    if words.len() < 11 {
        return None;
    }
    let (stamp, _) = parse_prefix(words.first()?)?;
    let mut total = 0.0;
    for word in words.get(4..7)? {
        let seconds: f64 = word.parse().ok()?;
        // -1 where the target did not answer: the time is unknown then.
        total = if seconds < 0.0 { f64::NAN } else { total + seconds };
    }
    let status = words.get(7)?.parse().ok()?;
    Some(Balancer { time: Some(stamp), status, duration_ms: total.is_finite().then(|| round(total * 1000.0)) })
}

/// Envoy's fields behind the status: flags, (Istio: details, failure,) bytes in and out, duration, …, quoted names.
fn envoy(behind: &str, parsed: &mut Parsed<'_>) -> Option<f64> {
    let plain = behind.split('"').step_by(2).flat_map(str::split_ascii_whitespace);
    let numbers: Vec<f64> = plain.filter_map(|word| word.parse().ok()).take(3).collect();
    let flags = behind
        .split_ascii_whitespace()
        .next()
        .filter(|flags| *flags != "-" && flags.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b','));
    if let Some(flags) = flags {
        fields::attribute(parsed, "response_flags", flags);
    }
    let quotes: Vec<&str> = behind.split('"').skip(1).step_by(2).take(12).collect();
    for (at, text) in quotes.iter().enumerate() {
        if parsed.trace.is_none() && text.len() == 36 && head::ids(text, parsed) {
            // The authority follows the request id; only the name of a service inside the cluster tells a service.
            let authority = quotes.get(at + 1).and_then(|name| name.split([':', '.']).next());
            fields::guess_service(parsed, authority.and_then(service::from_logger));
        }
    }
    numbers.get(2).copied()
}

/// nginx's fields behind the status; ingress-nginx adds `length time [upstream] [] addr length time status id`.
fn nginx(behind: &str, parsed: &mut Parsed<'_>) -> Option<f64> {
    let tail = cut_last(behind, b'"').map_or(behind, |(_, tail)| tail);
    if let Some((_, after)) = cut(tail, b'[')
        && let Some((upstream, _)) = cut(after, b']')
        && let Some((name, port)) = upstream.rsplit_once('-')
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        fields::attribute(parsed, "upstream", upstream);
        // `namespace-service-port`; a namespace with a dash cannot be told, so the name is a guess.
        let guess = name.split_once('-').map(|(_, service)| service.to_owned());
        fields::guess_service(parsed, guess);
    }
    let keys = ["request_time=", "rt=", "duration=", "urt=", "upstream_response_time="];
    for key in keys.into_iter().filter(|_| has(behind, b'=')) {
        if let Some((_, after)) = behind.split_once(key) {
            let value = after.trim_start_matches('"').split([' ', '"', ',']).next().unwrap_or("");
            return value.parse::<f64>().ok().map(|seconds| round(seconds * 1000.0)).or_else(|| duration_ms(value));
        }
    }
    // A number with a point is a time: seconds, or milliseconds where that is written; sizes have none.
    let mut words = tail.split_ascii_whitespace();
    let number: f64 = words.by_ref().find(|word| word.contains('.') && word.parse::<f64>().is_ok())?.parse().ok()?;
    Some(if words.next() == Some("ms") { number } else { round(number * 1000.0) })
}

/// Ids behind the request: quoted X-Ray, UUID or 32 hex digits, or the last word.
fn named_ids(behind: &str, parsed: &mut Parsed<'_>) {
    if parsed.trace.is_some() {
        return;
    }
    let last = behind.split_ascii_whitespace().next_back().unwrap_or("");
    for text in behind.split('"').skip(1).step_by(2).take(16).chain([last]) {
        let strength = if text.starts_with("Root=") || text.starts_with("Self=") { Strength::Trace } else { Strength::Request };
        if (strength == Strength::Trace || text.len() == 36 || text.len() == 32)
            && let Some(id) = TraceId::canonical(text).filter(|id| id.as_str().len() == 32)
        {
            return fields::offer_trace(parsed, id, strength);
        }
    }
    if let Some((id, strength)) = TraceId::find_with_strength(behind) {
        fields::offer_trace(parsed, id, strength);
    }
}

/// A written duration in milliseconds: `31ms`, `0.031s`, `31.2µs`, `58`, `1.2 ms`.
pub(super) fn duration_ms(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.bytes().position(|byte| !(byte.is_ascii_digit() || byte == b'.')).unwrap_or(text.len());
    let number: f64 = text.get(..end)?.parse().ok()?;
    let factor = match text.get(end..)?.trim() {
        "" | "ms" => 1.0,
        "s" | "sec" => 1000.0,
        "us" | "µs" | "μs" => 0.001,
        "ns" => 0.000_001,
        "m" | "min" => 60_000.0,
        _ => return None,
    };
    Some(round(number * factor))
}

/// Microseconds are the finest that logs write; more digits are noise of binary fractions.
fn round(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attribute, ms, read, trace};
    use super::*;

    const HEX: &str = "65a79711ce499dea30cfce118f4fe8a1";

    fn access(line: &str) -> (u16, Option<f64>, Option<String>, Option<String>) {
        let got = read(line);
        let Kind::Access { status, duration_ms } = got.kind else { panic!("{line}: {got:?}") };
        assert_eq!(attribute(&got, "method"), Some("GET"), "{line}");
        (status, duration_ms, got.trace.map(|id| id.0), ms(&Parsed { time: got.time, ..Parsed::default() }))
    }

    #[test]
    fn edges() {
        let whole = Some("2024-01-17T09:00:01.000Z".to_owned());
        let fine = Some("2024-01-17T09:00:01.204Z".to_owned());
        let hex = Some(HEX.to_owned());
        assert_eq!(
            access(r#"10.0.1.9 - - [17/Jan/2024:09:00:01 +0000] "GET /checkout-api/x HTTP/1.1" 503 512 "-" "curl/8.4.0""#),
            (503, None, None, whole.clone())
        );
        assert_eq!(
            access(
                r#"10.0.1.9 - - [17/Jan/2024:09:00:01 +0000] "GET /x HTTP/1.1" 503 512 "-" "curl/8.4.0" 210 0.031 [shop-checkout-api-80] [] 10.0.3.17:8080 512 0.031 503 65a79711ce499dea30cfce118f4fe8a1"#
            ),
            (503, Some(31.0), hex.clone(), whole.clone())
        );
        assert_eq!(
            access(
                r#"https 2024-01-17T09:00:01.204595Z app/shop/50dc6c495c0c9188 10.0.1.9:52311 10.0.3.17:8080 0.001 0.031 0.000 503 503 210 512 "GET https://shop.example:443/checkout-api HTTP/1.1" "curl/8.4.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/checkout-api/73e2d6bc24d8a067 "Root=1-65a79711-ce499dea30cfce118f4fe8a1" "shop.example" "arn:aws:acm:us-east-1:1:certificate/x" 0 2024-01-17T09:00:01.173Z "forward" "-" "-" "10.0.3.17:8080" "503" "-" "-""#
            ),
            (503, Some(32.0), hex.clone(), fine.clone())
        );
        assert_eq!(
            access(
                r#"[2024-01-17T09:00:01.204Z] "GET /x HTTP/1.1" 503 URX 0 512 31 31 "10.0.1.9" "curl/8.4.0" "65a79711-ce49-9dea-30cf-ce118f4fe8a1" "checkout-api.shop" "10.0.3.17:8080""#
            ),
            (503, Some(31.0), hex.clone(), fine.clone())
        );
        assert_eq!(
            access(
                r#"[2024-01-17T09:00:01.204Z] "GET /x HTTP/1.1" 503 UF upstream_reset_before_response_started{connection_failure} - "-" 0 95 3003 - "-" "curl/8.4.0" "65a79711-ce49-9dea-30cf-ce118f4fe8a1" "checkout-api.shop:8080" "10.0.3.17:8080" outbound|80||x - 10.0.1.1:80 10.0.1.9:1 - -"#
            ),
            (503, Some(3003.0), hex, fine)
        );
        assert_eq!(access(r#"[17/Jan/2024 09:00:01] "GET /x HTTP/1.1" 500 123"#), (500, None, None, whole.clone()));
        assert_eq!(access(r#"INFO:     127.0.0.1:52345 - "GET / HTTP/1.1" 200 OK"#), (200, None, None, None));
        assert_eq!(access("::1 - GET /x HTTP/1.1 304 - - 3.1 ms"), (304, Some(3.1), None, None));
        assert_eq!(access("GET /x 503 12.345 ms - 512"), (503, Some(12.345), None, None));
        assert_eq!(access("GET /x 503 12ms"), (503, Some(12.0), None, None));
        assert_eq!(access("cart [trace=1f] GET /x/7 200 0.8ms"), (200, Some(0.8), None, None));
        assert_eq!(access(r#"[GIN] 2024/01/17 - 09:00:01 | 503 |   12.345ms |        10.0.1.9 | GET      "/x""#).0, 503);
    }

    #[test]
    fn services_and_flags() {
        let got = read(
            r#"10.0.1.9 - - [17/Jan/2024:09:00:01 +0000] "GET /x HTTP/1.1" 503 512 "-" "curl" 210 0.031 [shop-checkout-api-80] [] 10.0.3.17:8080 512 0.031 503 65a79711ce499dea30cfce118f4fe8a1"#,
        );
        assert_eq!((got.service.as_deref(), got.service_is_guess, trace(&got)), (Some("checkout-api"), true, Some(HEX)));
        let got = read(
            r#"[2024-01-17T09:00:01.204Z] "GET /x HTTP/1.1" 503 URX 0 512 31 31 "10.0.1.9" "curl/8.4.0" "65a79711-ce49-9dea-30cf-ce118f4fe8a1" "checkout-api.shop" "10.0.3.17:8080""#,
        );
        assert_eq!((got.service.as_deref(), attribute(&got, "response_flags")), (Some("checkout-api"), Some("URX")));
        let rails = read(
            "I, [2024-01-17T09:00:01.204595 #1]  INFO -- : [65a79711-ce49-9dea-30cf-ce118f4fe8a1] Completed 500 Internal Server Error in 58ms (ActiveRecord: 1.2ms)",
        );
        assert_eq!((rails.kind.clone(), trace(&rails)), (Kind::Access { status: 500, duration_ms: Some(58.0) }, Some(HEX)));
    }

    #[test]
    fn other_lines_stay() {
        for line in [
            "ERROR unexpected HTTP/1.1 answer",
            "\"GET /x HTTP/1.1\"",
            "\"GET /x HTTP/1.1\" abc",
            "\"FETCH /x HTTP/1.1\" 200",
            "\" HTTP/",
            " HTTP/",
            "GET HTTP/1.1 200",
            "Completed 3 of 5 in order",
            "GET /x 503 ms",
            "GET user:1 200 3 ms",
        ] {
            assert_eq!(read(line).kind, Kind::Application, "{line}");
        }
        assert_eq!(
            [duration_ms("31ms"), duration_ms("0.031s"), duration_ms("31.2µs"), duration_ms("x"), duration_ms("")],
            [Some(31.0), Some(31.0), Some(0.031), None, None]
        );
    }
}
