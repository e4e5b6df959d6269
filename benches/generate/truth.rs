//! What was really written: counts per (symptom, service) with first and last time, and requests per second.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The truth of one log.
#[derive(Default)]
pub struct Truth {
    pub bytes: u64,
    pub lines: u64,
    pub records: u64,
    /// Lines that look like Redis trouble and are none.
    pub lookalikes: u64,
    /// (symptom, service) to (count, first ms, last ms).
    pub events: BTreeMap<(&'static str, &'static str), (u64, u64, u64)>,
    /// Second since 1970 to edge access records.
    pub requests: BTreeMap<u64, u64>,
}

impl Truth {
    pub fn event(&mut self, symptom: &'static str, service: &'static str, ms: u64) {
        let e = self.events.entry((symptom, service)).or_insert((0, ms, ms));
        *e = (e.0 + 1, e.1.min(ms), e.2.max(ms));
    }

    pub fn json(&self) -> String {
        let mut out = format!(
            "{{\"bytes\":{},\"lines\":{},\"records\":{},\"lookalikes\":{},\n\"events\":[",
            self.bytes, self.lines, self.records, self.lookalikes
        );
        for (i, ((symptom, service), (n, first, last))) in self.events.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(
                out,
                "{comma}\n{{\"symptom\":\"{symptom}\",\"service\":\"{service}\",\"count\":{n},\"first_ms\":{first},\"last_ms\":{last}}}"
            );
        }
        out.push_str("],\n\"requests\":[");
        for (i, (second, n)) in self.requests.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(out, "{comma}[{second},{n}]");
        }
        out.push_str("]}\n");
        out
    }
}
