//! syslog with a priority: RFC 3164 and RFC 5424.
//!
//! In: a line that begins with `<PRI>`, or with a count of octets before it. Out: the message. Fails when: never.

use super::{Inner, Outer, Severity, TraceId, clock, journald, service};

/// Largest priority: facility 23, severity 7.
const MAX_PRIORITY: u16 = 191;

/// `<134>1 …` or `<134>Jan 17 …`.
pub(super) fn with_priority(text: &str, outer: &mut Outer) -> Option<Inner> {
    let (priority, rest) = text.get(1..)?.split_once('>')?;
    if priority.len() > 3 || priority.is_empty() || !priority.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let priority: u16 = priority.parse().ok()?;
    if priority > MAX_PRIORITY {
        return None;
    }
    let start = text.len() - rest.len();
    let severity = Severity::from_syslog((priority & 7) as u8);
    let inner = match rest.strip_prefix("1 ") {
        Some(after) => rfc5424(after, text.len() - after.len(), outer),
        None => rfc3164(rest, start, outer),
    };
    outer.at_level(severity);
    Some(inner.unwrap_or_else(|| {
        outer.layers.push("syslog");
        Inner::From(start)
    }))
}

fn rfc3164(rest: &str, start: usize, outer: &mut Outer) -> Option<Inner> {
    let (stamp, end) = clock::parse_bare(rest)?;
    if let Some(Inner::From(n)) = journald::header(Some(stamp), end, rest.get(end..)?, outer, "syslog") {
        return Some(Inner::From(start + n));
    }
    // Some senders leave the host out: `<134>Jan 17 09:00:00 tag: msg`.
    outer.at(Some(stamp));
    outer.layers.push("syslog");
    Some(Inner::From(start + end + usize::from(rest.as_bytes().get(end) == Some(&b' '))))
}

/// `TIME HOST APP PROCID MSGID SD MSG`, `-` for what is missing.
fn rfc5424(after: &str, start: usize, outer: &mut Outer) -> Option<Inner> {
    let mut fields = after.splitn(6, ' ');
    let (time, host, app, process, _id) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let rest = fields.next()?;
    if time != "-" {
        outer.at(Some(clock::parse_value(time)?));
    }
    outer.on_host(Some(host));
    outer.of_service(service::from_program(app).as_deref());
    outer.stream_of(&[host, app, process]);
    outer.layers.push("syslog-5424");
    // Heroku leaves the structured data out.
    let taken = structured(rest, outer).unwrap_or(0);
    let message = rest.get(taken..)?;
    let message = message.strip_prefix(' ').unwrap_or(message);
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    Some(Inner::From(start + after.len() - message.len()))
}

/// Reads `[id k="v" …]…` or `-`; the bytes of it. Values escape `"`, `\` and `]`.
fn structured(text: &str, outer: &mut Outer) -> Option<usize> {
    if text.starts_with('-') {
        return Some(1);
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while bytes.get(at) == Some(&b'[') {
        let (mut key_start, mut quoted) = (at + 1, None::<usize>);
        let mut key = "";
        let mut i = at + 1;
        loop {
            match (*bytes.get(i)?, quoted) {
                (b'\\', Some(_)) => i += 1,
                (b'"', Some(from)) => {
                    outer.in_trace(TraceId::from_key(key, text.get(from..i)?));
                    quoted = None;
                }
                (b'"', None) => quoted = Some(i + 1),
                (b' ', None) => key_start = i + 1,
                (b'=', None) => key = text.get(key_start..i)?,
                (b']', None) => break,
                _ => {}
            }
            i += 1;
        }
        at = i + 1;
    }
    (at > 0).then_some(at)
}

/// `123 <134>1 …`: octet counting over TCP.
pub(super) fn octet_counted(text: &str) -> Option<Inner> {
    let digits = text.bytes().take(6).take_while(u8::is_ascii_digit).count();
    let rest = text.get(digits..)?.strip_prefix(' ')?;
    let priority = rest.strip_prefix('<')?;
    let run = priority.bytes().take(4).take_while(u8::is_ascii_digit).count();
    (run > 0 && priority.as_bytes().get(run) == Some(&b'>')).then_some(Inner::From(digits + 1))
}
