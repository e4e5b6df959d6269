//! `journalctl`: short, short-precise, short-iso, short-full, short-unix, json.
//!
//! In: a line. Out: the message. Fails when: never. `short` is also what syslog daemons write to files.

use super::object::Object;
use super::{Inner, Outer, Piece, Severity, Stamp, clock, service};

/// `Jan 17 09:00:01[.ffffff] host ident[pid]: `, `Wed 2024-01-17 09:00:01 UTC host ident[pid]: `.
pub(super) fn dated(text: &str, outer: &mut Outer) -> Option<Inner> {
    const STARTS: &[&[u8]] = &[
        b"Jan ", b"Feb ", b"Mar ", b"Apr ", b"May ", b"Jun ", b"Jul ", b"Aug ", b"Sep ", b"Oct ", b"Nov ", b"Dec ", b"Mon ", b"Tue ",
        b"Wed ", b"Thu ", b"Fri ", b"Sat ", b"Sun ",
    ];
    let head = text.as_bytes().get(..4)?;
    if !STARTS.contains(&head) {
        return None;
    }
    let (stamp, end) = clock::parse_bare(text)?;
    header(Some(stamp), end, text.get(end..)?, outer, "syslog")
}

/// `2024-01-17T09:00:01+00:00 host ident[pid]: `: short-iso, and rsyslog's own file format.
pub(super) fn iso(stamp: Stamp, end: usize, rest: &str, outer: &mut Outer) -> Option<Inner> {
    header(Some(stamp), end, rest, outer, "journald-short-iso")
}

/// `2024 Jan 17 09:00:01 host ident[pid]: `.
pub(super) fn year_first(text: &str, outer: &mut Outer) -> Option<Inner> {
    let named = text.as_bytes().get(4) == Some(&b' ') && text.as_bytes().get(5).is_some_and(u8::is_ascii_uppercase);
    let (stamp, end) = named.then(|| clock::parse_bare(text)).flatten()?;
    header(Some(stamp), end, text.get(end..)?, outer, "syslog")
}

/// `1705482001.204000 host ident[pid]: `.
pub(super) fn unix(text: &str, outer: &mut Outer) -> Option<Inner> {
    let digits = text.bytes().take(12).take_while(u8::is_ascii_digit).count();
    if digits != 10 || text.as_bytes().get(10) != Some(&b'.') {
        return None;
    }
    let end = text.find(' ')?;
    header(Some(clock::parse_value(text.get(..end)?)?), end, text.get(end..)?, outer, "journald-short-unix")
}

/// ` host ident[pid]: message` behind a time.
pub(super) fn header(stamp: Option<Stamp>, end: usize, rest: &str, outer: &mut Outer, layer: &'static str) -> Option<Inner> {
    let rest = rest.strip_prefix(' ')?;
    // FreeBSD's `syslogd -vv`: `<local3.err> host ident: `.
    if let Some((word, behind)) = rest.strip_prefix('<').and_then(|marked| marked.split_once('>'))
        && let Some(level) = facility(word)
    {
        outer.at_level(Severity::from_word(level));
        return header(stamp, end + 1 + rest.len() - behind.len(), behind, outer, layer);
    }
    // Daemons without a host name: `2024-01-17T09:00:01Z cart[77]: `.
    if let Some((ident, taken)) = ident(rest).filter(|(name, _)| rest.as_bytes().get(name.len()) == Some(&b'['))
        && Severity::from_word(ident) == Severity::Unknown
    {
        outer.at(stamp);
        outer.of_service(program(ident).as_deref());
        // Heroku names the kind of process where others have a pid: `app[web.1]:`.
        let process = rest.get(ident.len()..taken).and_then(|pid| pid.trim_start_matches('[').split_once('.')).map(|(process, _)| process);
        outer.of_service(process.and_then(service::from_process).as_deref());
        outer.stream_of(&[rest.get(..taken).unwrap_or(ident)]);
        outer.layers.push(layer);
        return Some(Inner::From(end + 1 + taken));
    }
    let (host, after) = rest.split_once(' ')?;
    // BusyBox: `host user.err ident: `.
    let (level, after) = after
        .split_once(' ')
        .and_then(|(word, behind)| Some((Severity::from_word(facility(word)?), behind)))
        .filter(|(level, _)| *level != Severity::Unknown)
        .unwrap_or((Severity::Unknown, after));
    if host.is_empty() || host.len() > 253 || !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':')) {
        return None;
    }
    // A level in the place of the host: an application's own line.
    if Severity::from_word(host.trim_end_matches(':')) != Severity::Unknown {
        return None;
    }
    // A second time is no ident: some tool's mark stands between two times.
    if clock::parse_bare(after).is_some() {
        return None;
    }
    let (ident, taken) = ident(after)?;
    // `host redis: text` could be prose as well as `ident: text`; a pid or a digit or dash in the host decides.
    let has_pid = after.as_bytes().get(ident.len()) == Some(&b'[');
    let like_a_host = host.contains(['-', '.']) || host.bytes().any(|b| b.is_ascii_digit());
    if !(has_pid || like_a_host || layer == "syslog") {
        return None;
    }
    outer.at(stamp);
    outer.at_level(level);
    outer.on_host(Some(host));
    outer.of_service(program(ident).as_deref());
    // Heroku names the kind of process where others have a pid: `app[web.1]:`.
    let process = after.get(ident.len()..taken).and_then(|pid| pid.trim_start_matches('[').split_once('.')).map(|(process, _)| process);
    outer.of_service(process.and_then(service::from_process).as_deref());
    outer.stream_of(&[host, after.get(..taken).unwrap_or(ident)]);
    outer.layers.push(layer);
    let message = after.get(taken..)?;
    // Some daemons set two blanks; a deeper indent is a frame's.
    let message = message.strip_prefix(' ').filter(|rest| !rest.starts_with([' ', '\t'])).unwrap_or(message);
    Some(Inner::From(end + 1 + rest.len() - message.len()))
}

/// The level of a `facility.level` word.
fn facility(word: &str) -> Option<&str> {
    const FACILITIES: [&str; 9] = ["user", "daemon", "kern", "auth", "authpriv", "cron", "syslog", "mail", "lpr"];
    let (facility, level) = word.split_once('.')?;
    (FACILITIES.contains(&facility) || facility.starts_with("local")).then_some(level)
}

/// The service of an ident: a program, a unit, or Docker's `name/<short id>`.
fn program(ident: &str) -> Option<String> {
    let name = ident.strip_suffix(".service").unwrap_or(ident);
    let container = name.split_once('/').filter(|(_, id)| id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    // Papertrail writes `cart/web.1`.
    let process =
        || name.split_once('/').filter(|(_, process)| process.rsplit_once('.').is_some_and(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())));
    service::from_program(container.or_else(process).map_or(name, |(name, _)| name))
}

/// `[91234.500000] host ident[pid]: ` of short-monotonic: seconds since the boot, which are no instant.
pub(super) fn monotonic(text: &str, outer: &mut Outer) -> Option<Inner> {
    let (seconds, _) = text.strip_prefix('[')?.split_once(']')?;
    let (whole, micros) = seconds.trim_start().split_once('.')?;
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if micros.len() != 6 || !digits(whole) || !digits(micros) {
        return None;
    }
    let end = seconds.len() + 2;
    // The kernel's own lines have such a time, too, but no host: `[812345.678901] redis-server[4711]: segfault …`.
    let host = text.get(end..)?.trim_start().split(' ').next()?;
    if !outer.layers.as_slice().is_empty() || host.contains(['[', ':']) {
        return None;
    }
    header(None, end, text.get(end..)?, outer, "journald-short-monotonic")
}

/// `ident[pid]: ` or `ident: `: the ident, and the bytes of all of it.
fn ident(text: &str) -> Option<(&str, usize)> {
    let end = text.bytes().take(128).position(|b| matches!(b, b'[' | b':' | b' '))?;
    let name = text.get(..end).filter(|n| !n.is_empty())?;
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b'@' | b'(' | b')')) {
        return None;
    }
    if !name.bytes().any(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let behind = text.get(end..)?;
    let after = if let Some(pid) = behind.strip_prefix('[') {
        let (pid, after) = pid.split_once(']')?;
        if pid.is_empty() || pid.len() > 16 || pid.contains(' ') {
            return None;
        }
        after
    } else {
        behind
    };
    let message = after.strip_prefix(':')?;
    let message = message.strip_prefix(' ').unwrap_or(message);
    Some((name, text.len() - message.len()))
}

/// `data: {…}` of `-o json-sse`.
pub(super) fn server_sent(text: &str) -> Option<Inner> {
    text.strip_prefix("data: ").filter(|rest| rest.starts_with('{')).map(|rest| Inner::From(text.len() - rest.len()))
}

/// `-o json`: all values are texts; bytes that do not print make `MESSAGE` an array of numbers.
pub(super) fn json(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    let raw = object.raw("MESSAGE")?;
    // syslog-ng's own JSON has a PRIORITY in words.
    let numbered = object.text("PRIORITY").is_some_and(|priority| priority.bytes().all(|b| b.is_ascii_digit()));
    let marks = ["__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "__CURSOR", "_HOSTNAME", "SYSLOG_IDENTIFIER"];
    if !numbered && !marks.iter().any(|mark| object.has(mark)) {
        return None;
    }
    let message = if raw.starts_with('[') { bytes(raw)? } else { object.text("MESSAGE")?.into_owned() };
    let text = |key: &str| object.text(key);
    outer.at(text("__REALTIME_TIMESTAMP").or_else(|| text("_SOURCE_REALTIME_TIMESTAMP")).and_then(|t| clock::parse_value(&t)));
    if let Some(priority) = text("PRIORITY").and_then(|p| p.parse().ok()) {
        outer.at_level(Severity::from_syslog(priority));
    }
    let (container, unit, ident, host) = (text("CONTAINER_NAME"), text("_SYSTEMD_UNIT"), text("SYSLOG_IDENTIFIER"), text("_HOSTNAME"));
    outer.in_container(container.as_deref());
    outer.on_host(host.as_deref());
    let program = |name: &str| service::from_program(name);
    // Docker's journald driver sets the identifier to the container's id.
    let service = container
        .as_deref()
        .and_then(program)
        .or_else(|| ident.as_deref().and_then(program))
        .or_else(|| unit.as_deref().map(|u| u.trim_end_matches(".service")).and_then(program));
    outer.of_service(service.as_deref());
    if text("CONTAINER_PARTIAL_MESSAGE").as_deref() == Some("true") {
        outer.piece = Piece::Part;
    }
    let pid = text("_PID");
    let names = [host, unit, ident, container, pid];
    outer.stream_of(&names.each_ref().map(|n| n.as_deref().unwrap_or_default()));
    outer.layers.push("journald-json");
    Some(Inner::Text(message))
}

/// `[27,91,51,…]` as text; or, where the field was set several times, the first of the texts.
fn bytes(raw: &str) -> Option<String> {
    if let Ok(numbers) = serde_json::from_str::<Vec<u8>>(raw) {
        return Some(String::from_utf8_lossy(&numbers).into_owned());
    }
    serde_json::from_str::<Vec<String>>(raw).ok()?.into_iter().next()
}

/// `-- Logs begin at …`, `-- Boot … --`, `-- No entries --`.
pub(super) fn is_notice(text: &str) -> bool {
    ["-- Logs begin at ", "-- Journal begins at ", "-- Boot ", "-- Reboot --", "-- No entries --"].iter().any(|n| text.starts_with(n))
}
