//! The in-band header of document decoders.
//!
//! In: a line of a framed source. Out: where its text begins; time, place and position of the item. Fails when: never.

use super::{Outer, TraceId, service};
use crate::record::clock::{Stamp, Written};
use crate::record::severity::Severity;
use crate::source::framing::{GS, Header};

/// Reads the header; the number of bytes before the text.
pub(super) fn peel(line: &str, outer: &mut Outer) -> Option<usize> {
    let (header, text) = Header::parse(line.as_bytes())?;
    outer.time = header.time_ms.map(|ms| Stamp { written: Written::Instant(ms), resolution_ms: if ms % 1000 == 0 { 1000 } else { 1 } });
    // Without one, a line is cited by its own number.
    outer.position = Some(header.position).filter(|position| *position > 0);
    outer.continuation = header.continuation;
    let fact = |key: &str| header.facts.split(GS).find_map(|fact| fact.strip_prefix(key)?.strip_prefix('='));
    let (stream, group) = (fact("stream"), fact("group"));
    outer.of_service(fact("service"));
    outer.in_pod(fact("pod"));
    outer.in_container(fact("container"));
    outer.on_host(fact("host"));
    let path = fact("path");
    if let Some(path) = path {
        outer.in_place(&service::place_of_path(path));
    }
    if let Some(stream) = stream {
        outer.in_place(&service::from_log_stream(stream));
    }
    if let Some(group) = group {
        outer.of_service(service::from_log_group(group).as_deref());
    }
    if let Some(level) = fact("level") {
        outer.at_level(level.parse::<u8>().map_or_else(|_| Severity::from_word(level), Severity::from_syslog));
    }
    if let Some(trace) = fact("trace") {
        outer.in_trace(TraceId::from_key("trace_id", trace));
    }
    let names = [group, stream, fact("namespace"), fact("pod"), fact("container"), fact("service"), fact("host"), path];
    if names.iter().any(Option::is_some) {
        outer.stream_of(&names.map(Option::unwrap_or_default));
    }
    Some(line.len() - text.len())
}
