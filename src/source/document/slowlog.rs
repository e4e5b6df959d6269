//! `redis-cli --json SLOWLOG GET`: an array of entries, on one line or (through `jq`) on many.
//!
//! In: the array. Out: one item an entry, as an array of that one entry, which `capture` reads. Fails when: never.

use super::Decoder;
use super::lines::{Facts, Lines, parse};
use super::walk::Want;

/// Reads the entries.
pub(super) struct Slowlog;

/// `[[296, 1705482004, 1840112, ["HGETALL", …`: three numbers and an array of words.
pub(super) fn is_slowlog(text: &[u8]) -> bool {
    let mut rest = text;
    for open in [b'[', b'['] {
        let Some(inside) = rest.trim_ascii_start().strip_prefix(&[open]) else { return false };
        rest = inside;
    }
    for _ in 0..3 {
        let number = rest.trim_ascii_start();
        let digits = number.iter().take_while(|b| b.is_ascii_digit()).count();
        let Some(after) = number.get(digits..).map(<[u8]>::trim_ascii_start).and_then(|r| r.strip_prefix(b",")) else { return false };
        if digits == 0 || digits > 19 {
            return false;
        }
        rest = after;
    }
    let words = rest.trim_ascii_start().strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    words.is_some_and(|w| w.starts_with(b"\""))
}

impl Decoder for Slowlog {
    fn want(&mut self, path: &str, first: u8) -> Want {
        match path {
            "" => Want::Enter,
            "[]" if first == b'[' => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(entry) = parse(item) else { return false };
        let time = entry.get(1).and_then(serde_json::Value::as_i64).map(|s| s.saturating_mul(1000));
        out.json(time, &Facts::default(), position, &[b"[", item, b"]"].concat());
        true
    }
}
