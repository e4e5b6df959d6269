//! CloudWatch Logs: `filter-log-events` and `get-log-events`, also after `--query events`.
//!
//! In: `{"events":[{"logStreamName","timestamp","message","ingestionTime","eventId"}]}`. Out: one item an event.
//! Fails when: an event has no message. Order is left as it is: by time within a page only.

use std::borrow::Cow;

use serde::Deserialize;

use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, times};

/// An event as the API writes it; read without a tree of values, because these documents are the large ones.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub(super) message: Cow<'a, str>,
    pub(super) timestamp: i64,
    #[serde(borrow)]
    log_stream_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    log_group_name: Option<Cow<'a, str>>,
}

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
        if let Ok(event) = serde_json::from_slice::<Event<'_>>(item) {
            let facts = Facts::default().with("stream", event.log_stream_name.as_deref()).with("group", event.log_group_name.as_deref());
            out.item(times::of_number(event.timestamp), &facts, position, &event.message);
            return true;
        }
        let Some(event) = parse(item) else { return false };
        let Some(message) = text(&event, "message") else { return false };
        let facts = Facts::default().with("stream", text(&event, "logStreamName")).with("group", text(&event, "logGroupName"));
        out.item(times::of(event.get("timestamp")), &facts, position, message);
        true
    }
}
