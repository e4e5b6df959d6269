//! Trace and request ids in one canonical form. In: text and fields. Out: [`TraceId`]. Fails when: never.

/// A trace or request id in canonical form: lower case, dashes of UUIDs removed, B3 padded to 32 hex digits,
/// X-Ray without `1-` and dashes. Other shapes (`req-401-a1b2c3`) stay as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub String);

impl TraceId {
    /// STUB
    pub fn fingerprint(&self) -> u64 { self.0.bytes().fold(7, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)) }
}
