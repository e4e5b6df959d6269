//! `aws logs tail` and objects of CloudWatch's export to S3.
//!
//! In: what follows the time. Out: the message. Fails when: never.
//! `tail --format short` has a time and nothing else; that time is read by the layouts like an application's own.

use super::{Inner, Outer, Stamp, begins_a_line, clock, service};

/// `2024-01-17T09:00:01.204000+00:00 STREAM message`: microseconds (none if they are zero), always UTC.
pub(super) fn tail(stamp: Stamp, written: &str, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let fraction = written.get(19..)?.strip_suffix("+00:00")?;
    let micros = fraction.starts_with('.') && fraction.len() == 7;
    if !(micros || fraction.is_empty()) {
        return None;
    }
    let after = rest.strip_prefix(' ')?;
    let (stream, message) = after.split_once(' ').unwrap_or((after, ""));
    let named = stream.contains('/') && !stream.contains("://") && !stream.starts_with('/') || stream.starts_with("i-");
    // `--format json` prints an object on the next lines, without a prefix.
    if message.trim().is_empty() {
        if !named && !plain(stream) {
            return None;
        }
        outer.at(Some(stamp));
        outer.in_place(&service::from_log_stream(stream));
        outer.layers.push("aws-logs-tail");
        outer.opens = true;
        return Some(Inner::From(written.len() + rest.len()));
    }
    let before_a_line = plain(stream) && begins_a_line(message);
    if !(named || before_a_line) {
        return None;
    }
    outer.at(Some(stamp));
    outer.in_place(&service::from_log_stream(stream));
    outer.stream_of(&[stream]);
    outer.layers.push("aws-logs-tail");
    Some(Inner::From(written.len() + rest.len() - message.len()))
}

/// A stream name without a slash: lower case, with a dash or a digit.
fn plain(stream: &str) -> bool {
    stream.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.')) && stream.contains(['-', '_'])
}

/// `TIME message` where the message has a time of its own, or is an object: an export, or any other tool that puts a time in front.
pub(super) fn export(stamp: Stamp, end: usize, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let message = rest.strip_prefix(' ')?;
    let object = message.starts_with("{\"") && message.ends_with('}');
    let wrapper = message.starts_with("[pod/");
    if !object && !wrapper && clock::parse_prefix(message).is_none() {
        return None;
    }
    outer.at(Some(stamp));
    outer.layers.push("leading-time");
    Some(Inner::From(end + 1))
}
