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
        let mut digits = Digits::default();
        for &byte in run {
            match byte {
                b'-' if digits.count >= HALF && wanted(digits.print()) => return true,
                b'-' => {}
                _ if byte.is_ascii_hexdigit() => digits.push(byte),
                _ => digits = Digits::default(),
            }
        }
        // A run of digits alone that is as long as an id is told by its last ones.
        digits.count >= HALF && wanted(digits.print()) || !(digits.count == run.len() && is_sized(run.len())) && wanted(fnv(run))
    }
}

/// Hex digits of an id that count: Datadog's and B3's short form.
const HALF: usize = 16;

/// Lengths of ids that are joined by their last digits.
fn is_sized(length: usize) -> bool {
    length == HALF || length == 2 * HALF
}

/// The fingerprint of an id of 32 or 16 hex digits.
fn of_digits(text: &[u8]) -> Option<u64> {
    let mut digits = Digits::default();
    for byte in text {
        digits.push(*byte);
    }
    (is_sized(text.len()) && text.iter().all(u8::is_ascii_hexdigit)).then(|| digits.print())
}

/// Hex digits that were read, of which the last [`HALF`] count.
#[derive(Default)]
struct Digits {
    count: usize,
    last: u64,
}

impl Digits {
    fn push(&mut self, digit: u8) {
        self.count += 1;
        // The low four bits of a digit are its value, those of a letter nine less.
        self.last = self.last << 4 | u64::from((digit & 15) + 9 * (digit >> 6));
    }

    fn print(&self) -> u64 {
        mix(self.last)
    }
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
