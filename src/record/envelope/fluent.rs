//! fluent-bit's stdout plugin and fluentd's out_file.
//!
//! In: a line. Out: the record, as JSON where it has to be taken apart further. Fails when: never.

use super::{Inner, Outer, Stamp, clock, service};

/// `[0] tag: [[1705482001.204, {}], {"log"=>"…"}]`, older `[0] tag: [1705482001.204, {"log"=>"…"}]`.
pub(super) fn stdout(text: &str, outer: &mut Outer) -> Option<Inner> {
    let digits = text.bytes().skip(1).take(10).take_while(u8::is_ascii_digit).count();
    let rest = text.get(1 + digits..)?.strip_prefix("] ").filter(|_| digits > 0)?;
    tagged(rest, "fluent-bit-stdout", outer)
}

/// `tag: [1705482001.204, {"log": "…"}]` of fluent-bit's file output.
pub(super) fn file(text: &str, outer: &mut Outer) -> Option<Inner> {
    tagged(text, "fluent-bit-file", outer)
}

/// A tag, a time and a record.
fn tagged(text: &str, layer: &'static str, outer: &mut Outer) -> Option<Inner> {
    const LONGEST_TAG: usize = 400;
    let end = memchr::memchr(b' ', text.as_bytes().get(..LONGEST_TAG.min(text.len()))?)?;
    let tag = text.get(..end)?.strip_suffix(':').filter(|tag| !tag.contains('"'))?;
    let record = text.get(end + 1..)?.strip_prefix('[')?;
    let record = record.strip_prefix('[').unwrap_or(record);
    let (time, record) = record.split_once(',')?;
    let stamp = clock::parse_value(time)?;
    // Behind the time stands the record, or the metadata and then the record.
    let record = record.trim_start();
    let record = record
        .split_once("}], {")
        .filter(|(meta, _)| meta.starts_with('{') && !meta.contains("=>\""))
        .map_or(record, |(meta, _)| record.get(meta.len() + 4..).unwrap_or(record));
    let record = record.strip_suffix(']').unwrap_or(record);
    let json = to_json(record)?;
    outer.at(Some(stamp));
    from_tag(tag, outer);
    outer.layers.push(layer);
    Some(Inner::Text(json))
}

/// `TIME TAB tag TAB {json}`.
pub(super) fn out_file(stamp: Stamp, end: usize, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let (tag, record) = rest.strip_prefix('\t')?.split_once('\t')?;
    if !record.starts_with('{') || tag.contains(' ') {
        return None;
    }
    outer.at(Some(stamp));
    from_tag(tag, outer);
    outer.layers.push("fluentd");
    Some(Inner::From(end + rest.len() - record.len()))
}

/// A tag made of a file name says pod and container.
fn from_tag(tag: &str, outer: &mut Outer) {
    outer.in_place(&service::from_log_stream(tag));
    outer.stream_of(&[tag]);
}

/// The Ruby-like form as JSON: `=>` outside of texts becomes `:`.
fn to_json(record: &str) -> Option<String> {
    if !record.starts_with('{') {
        return None;
    }
    let mut out = String::with_capacity(record.len());
    let (mut quoted, mut escaped) = (false, false);
    let mut chars = record.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = false,
                _ => {}
            }
        } else if c == '=' && chars.peek() == Some(&'>') {
            chars.next();
            out.push(':');
            continue;
        } else if c == '"' {
            quoted = true;
        }
        out.push(c);
    }
    Some(out)
}
