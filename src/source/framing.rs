//! The in-band record header that document decoders put before each line they emit.
//!
//! In: time, stream, position of an item. Out: `RS time US stream US line US flag US` before the text.
//! Fails when: never; a line without the header is plain text.
//!
//! A document (CloudWatch JSON, Firehose, CSV export …) ends in [`crate::source`]: below it there are only lines.
//! What the document knew about an item travels in this header and is peeled again by `record::envelope::document`.
//! It is honoured only in sources that a decoder produced ([`super::Decoded::heads`]), never in raw input.

/// First byte of the header (ASCII record separator).
pub const RS: u8 = 0x1e;
/// Field separator (ASCII unit separator).
pub const US: u8 = 0x1f;

/// One header, parsed or to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    /// Milliseconds since 1970 UTC, if the document says it.
    pub time_ms: Option<i64>,
    /// Log stream, pod, host or service as the document names it, as `key=value` pairs joined by `\u{1d}`
    /// (keys: service, pod, container, namespace, host, stream, group, level, trace, path), or empty.
    pub facts: &'a str,
    /// Line or item number to cite, 1-based; 0 for a line that is cited by its own number.
    pub position: u64,
    /// True for the second and later physical lines of one item's text.
    pub continuation: bool,
}

impl Header<'_> {
    /// Appends the header to `out`; the text of the line follows it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(RS);
        if let Some(t) = self.time_ms {
            out.extend_from_slice(t.to_string().as_bytes());
        }
        out.push(US);
        out.extend(self.facts.bytes().map(|b| if matches!(b, RS | US | b'\n') { b' ' } else { b }));
        out.push(US);
        out.extend_from_slice(self.position.to_string().as_bytes());
        out.push(US);
        if self.continuation {
            out.push(b'c');
        }
        out.push(US);
    }

    /// Splits a framed line into its header and text; `None` when the line has no header.
    pub fn parse(line: &[u8]) -> Option<(Header<'_>, &[u8])> {
        let rest = line.strip_prefix(&[RS])?;
        let mut fields = rest.splitn(5, |&b| b == US);
        let time = std::str::from_utf8(fields.next()?).ok()?;
        let facts = std::str::from_utf8(fields.next()?).ok()?;
        let position = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let continuation = fields.next()? == b"c";
        let text = fields.next()?;
        let header = Header { time_ms: time.parse().ok(), facts, position, continuation };
        Some((header, text))
    }
}

/// Separator between `key=value` facts of a header (ASCII group separator).
pub const GS: char = '\u{1d}';

/// Appends one item of a document: a header before each physical line of `text`, each line ended by `\n`.
pub fn write_item(out: &mut Vec<u8>, time_ms: Option<i64>, facts: &str, position: u64, text: &str) {
    let text = text.trim_end_matches(['\n', '\r']);
    for (i, line) in text.split('\n').enumerate() {
        Header { time_ms, facts, position, continuation: i > 0 }.write(out);
        out.extend_from_slice(line.trim_end_matches('\r').as_bytes());
        out.push(b'\n');
    }
}
