//! The JSON Schema of the report, made of the types. In: nothing. Out: a schema (draft 2020-12). Fails when: never.

use schemars::generate::SchemaSettings;

use super::Report;

/// Where the schema of this version stands in the project; a test holds that it is the one of the types.
pub const FILE: &str = "docs/report.schema.json";

/// The schema, pretty-printed, with a line end.
pub fn text() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
