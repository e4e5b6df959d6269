//! Docker's json-file driver: `{"log":"…\n","stream":"stdout","time":"…"}`.
//!
//! In: a JSON object. Out: `log`, and whether it is a piece: lines over 16 KiB are cut, and only the last piece ends in `\n`.
//! Fails when: never.

use super::object::Object;
use super::{Inner, Outer, Piece, clock, service};

/// Keys that the driver writes; any other key means another wrapper.
const KEYS: &[&str] = &["log", "stream", "time", "attrs"];

/// Takes the object off.
pub(super) fn peel(object: &Object<'_>, outer: &mut Outer) -> Option<Inner> {
    if !object.keys().all(|key| KEYS.contains(&key)) {
        return None;
    }
    let log = object.text("log")?;
    let stream = object.text("stream")?;
    let time = object.text("time");
    // fluentd hands on the same object without its time, and then also without the line end.
    let whole = log.ends_with('\n') || time.is_none();
    if outer.piece == Piece::Whole {
        outer.piece = if whole { Piece::Last } else { Piece::Part };
    }
    outer.at(time.and_then(|t| clock::parse_value(&t)));
    // `--log-opt labels=…` and `--log-opt tag=…` put what they name beside the line.
    if let Some(told) = object.object("attrs") {
        let first = ["com.docker.compose.service", "com.docker.swarm.service.name", "service", "tag"].iter().find_map(|key| told.text(key));
        outer.of_service(first.as_deref().and_then(service::from_program).as_deref());
    }
    outer.stream_of(&[&stream]);
    outer.layers.push("docker-json");
    Some(Inner::Text(log.trim_end_matches(['\n', '\r']).to_owned()))
}
