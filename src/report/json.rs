//! The report as JSON, for programs. In: a [`Report`]. Out: one pretty-printed object and a line end. Fails when: never.

use serde_json::{Number, Value};

use super::Report;

/// Fields printed with three decimals: more would promise a precision that log-odds with reasoned weights do not have.
const ROUNDED: [&str; 2] = ["confidence", "weight"];

/// Renders the report. Field order is that of the types; a number that is no number (NaN) is `null`.
pub fn render(report: &Report) -> String {
    // The types hold only strings, numbers, lists and maps with text keys, which always serialise.
    let mut value = serde_json::to_value(report).unwrap_or_default();
    round(&mut value);
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

fn round(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let number = field.as_f64().filter(|_| ROUNDED.contains(&name.as_str()));
                match number.and_then(three_decimals) {
                    Some(rounded) => *field = Value::Number(rounded),
                    None => round(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(round),
        _ => {}
    }
}

fn three_decimals(number: f64) -> Option<Number> {
    // Adding zero turns -0.0 into 0.0.
    Number::from_f64((number * 1000.0).round() / 1000.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::super::text::sample;
    use super::*;

    #[test]
    fn confidences_have_three_decimals() {
        let mut report = sample::incident();
        report.incidents[0].causes[0].confidence = 0.812_345_678;
        report.incidents[0].causes[0].evidence[0].weight = -0.000_1;
        let text = render(&report);
        assert!(text.contains("\"confidence\": 0.812,") && text.contains("\"weight\": 0.0,"), "{text}");
        assert!(text.starts_with("{\n  \"schema_version\": 1,") && text.ends_with("}\n"));
        assert!(text.contains("\"verdict\": \"incident\""));
    }
}
