//! CloudWatch Logs: `filter-log-events` and `get-log-events`, also after `--query events`.
//!
//! In: `{"events":[{"logStreamName","timestamp","message","ingestionTime","eventId"}]}`. Out: one item an event.
//! Fails when: an event has no message. Order is left as it is: by time within a page only.

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// Decodes the events.
#[derive(Default)]
pub(super) struct CloudWatch;

impl Decoder for CloudWatch {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "events" => Want::Enter,
            "events[]" | "[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(event) = parse(item) else { return false };
        let Some(message) = text(&event, "message") else { return false };
        let facts = Facts::default().with("stream", text(&event, "logStreamName")).with("group", text(&event, "logGroupName"));
        out.item(times::of(event.get("timestamp")), &facts, position, message);
        true
    }
}
