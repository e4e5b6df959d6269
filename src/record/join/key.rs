//! Whose a line is, before it is read. In: a physical line. Out: a number. Fails when: never; 0 tells nothing.

use crate::record::seek::Mark;

/// Bytes in which the prefix of `kubectl logs --prefix` ends: names have at most 253 and 63 bytes.
const KEY_BYTES: usize = 330;

/// A hash of kubectl's prefix, or of the pod that a shipper's object names, which alone tells most foreign lines of a log
/// of many pods; 0 for all other lines.
pub(super) fn key(raw: &[u8]) -> u64 {
    const SHIPPED: Mark = Mark::new("\"kubernetes\":");
    const POD: Mark = Mark::new("\"pod_name\":");
    let name = match raw.first() {
        Some(b'[') if raw.starts_with(b"[pod/") => {
            let head = raw.get(..KEY_BYTES).unwrap_or(raw);
            memchr::memchr(b']', head).and_then(|end| head.get(..end))
        }
        // An application's own object may name its pod, too, and stand before lines without an object.
        Some(b'{') => SHIPPED.find(raw).and_then(|at| raw.get(at..)).and_then(|rest| {
            let value = rest.get(POD.find(rest)? + POD.len()..)?.trim_ascii_start().strip_prefix(b"\"")?;
            value.get(..memchr::memchr(b'"', value)?)
        }),
        _ => None,
    };
    let Some(name) = name else { return 0 };
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = name.as_chunks::<8>();
    for word in words {
        mix(u64::from_le_bytes(*word));
    }
    mix(rest.iter().fold(rest.len() as u64, |w, &b| w << 8 | u64::from(b)));
    hash | 1
}
