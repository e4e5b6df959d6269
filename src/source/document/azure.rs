//! Azure Log Analytics: query results as tables.
//!
//! In: `{"tables":[{"columns":[{"name"}],"rows":[[…]]}]}`. Out: one item a row. Fails when: a row is no array.

use serde_json::Value;

use super::Decoder;
use super::lines::{Facts, Lines, parse, text};
use super::table::Columns;
use super::walk::Want;

/// Decodes tables.
#[derive(Default)]
pub(super) struct Azure {
    columns: Columns,
}

impl Decoder for Azure {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        match path {
            "" | "tables" | "tables[]" | "tables[].rows" => Want::Enter,
            "tables[].columns" | "tables[].rows[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(Value::Array(cells)) = parse(item) else { return false };
        if path == "tables[].columns" {
            let names: Vec<&str> = cells.iter().map(|c| text(c, "name").unwrap_or_default()).collect();
            self.columns = Columns::of(&names);
            return true;
        }
        let cells: Vec<String> = cells
            .into_iter()
            .map(|cell| match cell {
                Value::String(s) => s,
                Value::Null => String::new(),
                // A dynamic column: an object that was logged as JSON.
                other => other.to_string(),
            })
            .collect();
        self.columns.row(&cells, Facts::default(), position, out);
        true
    }
}
