//! Trace and request ids in one canonical form. In: text and fields. Out: [`TraceId`]. Fails when: never.
//!
//! `trace/shape` knows the notations of one id, `trace/key` which keys carry ids, `trace/text` finds ids in prose.

mod key;
mod shape;
#[cfg(test)]
mod tests;
mod text;

pub use key::Strength;

/// A trace or request id in canonical form: lower case, dashes of UUIDs removed, B3 padded to 32 hex digits,
/// X-Ray without `1-` and dashes. Other shapes (`req-401-a1b2c3`) stay as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub String);

impl TraceId {
    /// Reads an id in any notation that shows by its shape (UUID, 32 hex digits, `traceparent`, `b3`, X-Ray, Google).
    /// Blanks, zeros, `null` and the like, and texts over 128 bytes are no ids.
    pub fn canonical(raw: &str) -> Option<Self> {
        shape::canonical(raw).map(Self)
    }

    /// Reads the value of a field if its key carries trace or request ids (a flat or dotted path, any case).
    pub fn from_key(key: &str, value: &str) -> Option<Self> {
        let family = key::family(key)?;
        shape::of_family(family, value).map(Self)
    }

    /// Finds an id in prose: keys with `=` or `:`, then a UUID or 32 hex digits in an opening bracket.
    /// Trace keys are preferred to request keys; stack frames are skipped, and of URLs only `?request_id=` counts.
    pub fn find_in_text(text: &str) -> Option<Self> {
        text::find(text).map(|(id, _)| id)
    }

    /// [`TraceId::find_in_text`] with the strength of what was found.
    pub fn find_with_strength(text: &str) -> Option<(Self, Strength)> {
        text::find(text)
    }

    /// How much an id under this key is worth; `None` if the key carries no ids.
    pub fn strength(key: &str) -> Option<Strength> {
        key::family(key).map(key::Family::strength)
    }

    /// The id as written in canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number for joining, the same in every run: ids of 32 and 16 hex digits by their last 16, so that Datadog's and B3's
    /// 64-bit forms meet the 128-bit id; other texts whole.
    pub fn fingerprint(&self) -> u64 {
        let text = self.0.as_str();
        of_digits(text.as_bytes()).unwrap_or_else(|| fnv(text.as_bytes()))
    }

    /// Whether `wanted` takes the [`TraceId::fingerprint`] of an id that the run of letters, digits and dashes may be or
    /// hold: the run itself, and what stands before each of its dashes, as UUIDs, X-Ray and `traceparent` need it.
    pub fn any_in(run: &[u8], mut wanted: impl FnMut(u64) -> bool) -> bool {
        if let Some(print) = of_digits(run) {
            return wanted(print);
        }
        let mut digits = 0;
        for (at, &byte) in run.iter().chain(b"-").enumerate() {
            match byte {
                b'-' if digits >= HALF => {
                    let mut last = [0; HALF];
                    let before = run.get(..at).unwrap_or_default().iter().rev().filter(|b| **b != b'-');
                    last.iter_mut().rev().zip(before).for_each(|(to, from)| *to = *from);
                    if wanted(half(&last)) {
                        return true;
                    }
                }
                b'-' => {}
                _ if byte.is_ascii_hexdigit() => digits += 1,
                _ => digits = 0,
            }
        }
        wanted(fnv(run))
    }
}

/// Hex digits of an id that count: Datadog's and B3's short form.
const HALF: usize = 16;

/// The fingerprint of an id of 32 or 16 hex digits.
fn of_digits(text: &[u8]) -> Option<u64> {
    let sized = text.len() == HALF || text.len() == 2 * HALF;
    (sized && text.iter().all(u8::is_ascii_hexdigit)).then(|| text.last_chunk().map(half)).flatten()
}

/// The number that hex digits write, mixed.
fn half(digits: &[u8; HALF]) -> u64 {
    // The low four bits of a digit are its value, those of a letter nine less.
    mix(digits.iter().fold(0, |number, digit| number << 4 | u64::from((digit & 15) + 9 * (digit >> 6))))
}

/// FNV-1a with a final mix: FNV alone leaves the high bits of short texts alike.
fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(hash)
}

fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}
