//! Which keys carry ids. In: a key. Out: its [`Family`]. Fails when: never.

/// How much an id is worth for joining records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A request, job or message id: one service or one hop.
    Request,
    /// A distributed trace id.
    Trace,
}

/// The notation that a key implies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// The shape tells.
    Trace,
    /// A bare `trace` or `root`: only values that look like an id (`trace` is also a stack trace, `root` a path).
    Strict,
    /// 16 or 32 hex digits, `trace-span-…`.
    B3,
    /// Decimal u64.
    Datadog,
    /// `trace:span:parent:flags`, no leading zeros.
    Jaeger,
    /// Request ids of any shape.
    Request,
}

impl Family {
    pub(super) fn strength(self) -> Strength {
        if self == Self::Request { Strength::Request } else { Strength::Trace }
    }
}

/// Longest normalised key.
const LONGEST: usize = 24;

/// The family of a key or of the end of a dotted path (`mdc.traceId`, `spans.0.trace_id`).
pub(super) fn family(key: &str) -> Option<Family> {
    if key.ends_with("googleapis.com/trace") {
        return Some(Family::Strict);
    }
    // The longest suffix first: `dd.trace_id` is not `trace_id`.
    let mut suffix = key;
    loop {
        if let Some(family) = whole(suffix) {
            return Some(family);
        }
        suffix = suffix.split_once('.')?.1;
    }
}

/// The family of a whole key, case and `_ - .` aside.
fn whole(key: &str) -> Option<Family> {
    if key == "@tr" {
        return Some(Family::Trace);
    }
    // Every key below ends in one of these; most keys of a log end here.
    if !matches!(key.as_bytes().last()?.to_ascii_lowercase(), b'd' | b'e' | b't' | b'3' | b'n' | b'y' | b'r') || key.len() > 2 * LONGEST {
        return None;
    }
    let mut buffer = [0u8; LONGEST];
    let mut length = 0;
    for byte in key.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b'.' | b'@')) {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    Some(match buffer.get(..length)? {
        b"traceid"
        | b"oteltraceid"
        | b"oteltrace"
        | b"traceparent"
        | b"xraytraceid"
        | b"xamzntraceid"
        | b"amzntraceid"
        | b"xcloudtracecontext"
        | b"xtraceid"
        | b"xtrace"
        | b"w3ctraceid"
        | b"elasticapmtraceid"
        | b"awstraceheader"
        | b"swtraceid"
        | b"tracecontext" => Family::Trace,
        b"trace" | b"root" => Family::Strict,
        b"xb3traceid" | b"b3traceid" | b"b3" => Family::B3,
        b"ddtraceid" | b"xdatadogtraceid" | b"datadogtraceid" => Family::Datadog,
        b"ubertraceid" => Family::Jaeger,
        b"requestid" | b"xrequestid" | b"reqid" | b"rid" | b"requestuuid" | b"httprequestid" | b"correlationid" | b"xcorrelationid"
        | b"corrid" | b"correlation" | b"txn" | b"txnid" | b"transactionid" | b"operationid" | b"awsrequestid" | b"lambdarequestid"
        | b"invocationid" | b"jid" | b"jobid" | b"taskid" | b"messageid" | b"xamzcfid" | b"cfray" | b"xamznrequestid"
        | b"xamzrequestid" => Family::Request,
        _ => return None,
    })
}
