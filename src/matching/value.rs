//! Captured texts as values. In: text, unit. Out: [`Value`]. Fails when: never; what is no number stays text.

use crate::patterns::{Text, Unit};

/// One captured value.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Name of the capture.
    pub name: Text,
    /// Unit as declared.
    pub unit: Unit,
    /// In base units (bytes, milliseconds, count, percent) for numeric units.
    pub number: Option<f64>,
    /// As written.
    pub text: String,
}

impl Value {
    /// Reads a capture.
    pub fn read(name: Text, unit: Unit, text: &str) -> Value {
        let number = unit.factor().and_then(|f| Some(parse(text)? * f));
        Value { name, unit, number, text: text.to_string() }
    }
}

fn parse(text: &str) -> Option<f64> {
    let plain: String = text.trim().chars().filter(|c| !matches!(c, ',' | '_')).collect();
    plain.parse::<f64>().ok().filter(|n| n.is_finite())
}
