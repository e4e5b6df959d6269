//! Google Pub/Sub: messages that were pulled (`gcloud pubsub subscriptions pull --format=json`) or pushed.
//!
//! In: `{"message":{"data":"<base64>","publishTime":…}}`, `{"receivedMessages":[…]}`, arrays of them. Out: what the data holds: a line of
//! JSON (a log entry), or an item of text. Fails when: the data is no base64 of text.

use base64::Engine;
use serde_json::Value;

use super::lines::{Facts, Lines, parse, text};
use super::subscription::BASE64;
use super::walk::Want;
use super::{Decoder, times};

/// Decodes messages.
pub(super) struct PubSub;

impl Decoder for PubSub {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "[]" | "receivedMessages" | "receivedMessages[]" => Want::Enter,
            "message" | "[].message" | "receivedMessages[].message" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(message) = parse(item) else { return false };
        let Some(data) = text(&message, "data") else { return false };
        let Ok(bytes) = BASE64.decode(data) else { return false };
        let Ok(payload) = String::from_utf8(bytes) else { return false };
        let published = ["publishTime", "publish_time"].iter().find_map(|key| times::of(message.get(*key)));
        let time = match serde_json::from_str::<Value>(&payload) {
            Ok(Value::Object(entry)) => {
                let own = ["timestamp", "receiveTimestamp"].iter().find_map(|key| times::of(entry.get(*key)));
                out.json(own.or(published), &Facts::default(), position, payload.as_bytes());
                return true;
            }
            _ => published,
        };
        out.item(time, &Facts::default(), position, &payload);
        true
    }
}
