//! CloudWatch Logs Insights: `get-query-results`.
//!
//! In: `{"results":[[{"field","value"}]]}`. Out: one item a row. Fails when: never.
//! Rows of `stats` queries are aggregates, not records: they have no `@message` and no `@timestamp` and are left out.

use serde_json::Value;

use super::Decoder;
use super::lines::{Facts, Lines, parse, text};
use super::table::Columns;
use super::walk::Want;

/// Decodes the rows.
#[derive(Default)]
pub(super) struct Insights;

impl Decoder for Insights {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "results" => Want::Enter,
            "results[]" | "[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(row) = parse(item) else { return false };
        let Some(cells) = row.as_array() else { return false };
        let names: Vec<&str> = cells.iter().map(|c| text(c, "field").unwrap_or_default()).collect();
        let values: Vec<&str> = cells.iter().map(|c| c.get("value").and_then(Value::as_str).unwrap_or_default()).collect();
        let columns = Columns::of(&names);
        if columns.has_message() || columns.has_time() {
            columns.row(&values, Facts::default(), position, out);
        }
        true
    }
}
