//! CRI files of kubelet: `TIME stdout|stderr TAGS content`.
//!
//! In: what follows the time. Out: the content, and whether it is a piece. Fails when: never.

use super::{Inner, Outer, Piece, Stamp};

/// Takes stream and tags off. Tags are separated by `:`; the first is `P` (a piece) or `F` (the last piece, or a whole line).
pub(super) fn peel(stamp: Stamp, end: usize, rest: &str, outer: &mut Outer) -> Option<Inner> {
    let after = rest.strip_prefix(" std")?;
    let (stream, after) =
        after.strip_prefix("out ").map(|a| ("stdout", a)).or_else(|| after.strip_prefix("err ").map(|a| ("stderr", a)))?;
    let (tags, content) = after.split_once(' ').unwrap_or((after, ""));
    outer.piece = match tags.split(':').next()? {
        "P" => Piece::Part,
        "F" => Piece::Last,
        _ => return None,
    };
    outer.at(Some(stamp));
    outer.stream_of(&[stream]);
    outer.layers.push("cri");
    Some(Inner::From(end + rest.len() - content.len()))
}
