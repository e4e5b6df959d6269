//! Grafana's data frames: what its query API and a panel's inspector give.
//!
//! In: `{"results":{"A":{"frames":[{"schema":{"fields":[…]},"data":{"values":[[…],…]}}]}}}`, or frames alone. Out: one item a row of a
//! frame that has times and lines. Fails when: a frame has no fields.

use serde_json::Value;

use super::Decoder;
use super::lines::{Facts, Lines, parse, text};
use super::table::Columns;
use super::walk::Want;

/// Decodes frames.
pub(super) struct Frames;

impl Decoder for Frames {
    fn want(&mut self, path: &str, first: u8) -> Want {
        let frame = path.ends_with("frames[]") || path.ends_with("series[]") || path == "[]";
        match first {
            b'{' if frame => Want::Take,
            b'{' | b'[' => Want::Enter,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(frame) = parse(item) else { return false };
        let own = frame.get("fields");
        let Some(fields) = frame.get("schema").and_then(|s| s.get("fields")).or(own).and_then(Value::as_array) else { return false };
        let names: Vec<&str> = fields.iter().map(|f| text(f, "name").unwrap_or_default()).collect();
        let table = Columns::of(&names);
        if !(table.has_time() && table.has_message()) {
            return true;
        }
        // A panel's inspector keeps the values with their field.
        let shared = frame.get("data").and_then(|d| d.get("values")).and_then(Value::as_array);
        let columns: Vec<&Value> = match shared {
            Some(values) => values.iter().collect(),
            None => fields.iter().filter_map(|f| f.get("values")).collect(),
        };
        let rows = columns.iter().filter_map(|c| c.as_array()).map(Vec::len).max().unwrap_or(0);
        // Older Loki sources set the labels beside the field of lines.
        let labels = fields.iter().filter_map(|f| f.get("labels")).find(|labels| labels.is_object());
        let facts = labels.map_or_else(Facts::default, super::loki::label_facts);
        for row in 0..rows {
            let cell = |column: &&Value| match column.get(row) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None => String::new(),
                Some(other) => other.to_string(),
            };
            let cells: Vec<String> = columns.iter().map(cell).collect();
            table.row(&cells, facts.clone(), position + row as u64, out);
        }
        true
    }
}
