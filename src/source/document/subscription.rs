//! CloudWatch subscriptions: what Lambda, Kinesis and Firehose receive.
//!
//! In: `{"messageType","logGroup","logStream","logEvents":[…]}`, `{"awslogs":{"data":"<base64 gzip>"}}`, Kinesis
//! `{"Records":[{"Data":"<base64 gzip>"}]}`. Out: one item a log event. Fails when: an event has no message.
//! `CONTROL_MESSAGE` is a health probe of the destination and no damage: it gives nothing.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::cloudwatch::Event;
use super::lines::{Facts, Lines, parse, text};
use super::walk::Want;
use super::{Decoder, nested, times};
use crate::source::Faults;
use crate::source::budget::{Budget, Counted};

pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

/// Decodes all three.
pub(super) struct Subscription {
    control: bool,
    group: Option<String>,
    stream: Option<String>,
    /// Items in the data of all records.
    items: Arc<AtomicU64>,
    budget: Arc<Budget>,
    faults: Faults,
}

impl Subscription {
    pub(super) fn new(faults: Faults) -> Self {
        Self { control: false, group: None, stream: None, items: Arc::default(), budget: Arc::default(), faults }
    }

    /// Hands on what a record's data holds.
    fn data(&mut self, base64: &str, out: &mut Lines) -> bool {
        let base64: String = base64.split_ascii_whitespace().collect();
        let Ok(bytes) = BASE64.decode(base64) else { return false };
        let reader = Counted::new(Cursor::new(bytes), Arc::clone(&self.budget), self.faults.clone());
        out.nested.push_back(nested(Box::new(reader), &self.items, &self.budget, &self.faults));
        true
    }
}

impl Decoder for Subscription {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "logEvents" | "awslogs" | "Records" => Want::Enter,
            "logEvents[]" | "messageType" | "logGroup" | "logStream" | "awslogs.data" | "Records[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        if path == "logEvents[]"
            && !self.control
            && let Ok(event) = serde_json::from_slice::<Event<'_>>(item)
        {
            let facts = Facts::default().with("stream", self.stream.as_deref()).with("group", self.group.as_deref());
            out.item(times::of_number(event.timestamp), &facts, position, &event.message);
            return true;
        }
        let Some(value) = parse(item) else { return false };
        match path {
            "messageType" => self.control = value.as_str() == Some("CONTROL_MESSAGE"),
            "logGroup" => self.group = value.as_str().map(str::to_owned),
            "logStream" => self.stream = value.as_str().map(str::to_owned),
            "awslogs.data" => return value.as_str().is_some_and(|data| self.data(data, out)),
            "Records[]" => {
                let data =
                    text(&value, "Data").or_else(|| value.get("kinesis").and_then(|k| text(k, "data"))).or_else(|| text(&value, "data"));
                return data.is_some_and(|data| self.data(data, out));
            }
            _ if self.control => {}
            _ => {
                let Some(message) = text(&value, "message") else { return false };
                let facts = Facts::default().with("stream", self.stream.as_deref()).with("group", self.group.as_deref());
                out.item(times::of(value.get("timestamp")), &facts, position, message);
            }
        }
        true
    }
}
