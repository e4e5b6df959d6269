//! JSON pointers (RFC 6901) into a report. In: a path and a condition. Out: what was found instead, if it does not hold.
//! Fails when: the path is no pointer, or not exactly one condition is given.

use serde_json::Value;

/// Longest rendering of a value in a miss, in characters.
const SHOWN: usize = 200;

/// A condition on one place of the JSON report.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointer {
    /// The place.
    pub path: String,
    /// What must hold there.
    pub is: Condition,
}

/// What must hold at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The same value; numbers by value, so 1 is 1.0.
    Equals(toml::Value),
    /// A text with this part, a list with such an element (an object with these fields), an object with this key.
    Contains(toml::Value),
    /// A number not below this.
    AtLeast(f64),
}

impl Pointer {
    pub(super) fn new(
        path: String,
        equals: Option<toml::Value>,
        contains: Option<toml::Value>,
        at_least: Option<f64>,
    ) -> Result<Pointer, String> {
        if !path.is_empty() && !path.starts_with('/') {
            return Err(format!("{path:?} is no JSON pointer; write /incidents/0/status"));
        }
        let is = match (equals, contains, at_least) {
            (Some(v), None, None) => Condition::Equals(v),
            (None, Some(v), None) => Condition::Contains(v),
            (None, None, Some(n)) => Condition::AtLeast(n),
            _ => return Err("a pointer needs one of equals, contains, at_least".to_string()),
        };
        Ok(Pointer { path, is })
    }

    /// What is asked for, in words.
    pub(super) fn expected(&self) -> String {
        match &self.is {
            Condition::Equals(v) => json(v).to_string(),
            Condition::Contains(v) => format!("contains {}", json(v)),
            Condition::AtLeast(n) => format!("at least {n}"),
        }
    }

    /// What stands there instead; `None` if it holds.
    pub(super) fn miss(&self, report: &Value) -> Option<String> {
        let Some(there) = report.pointer(&self.path) else { return Some("nothing there".to_string()) };
        let holds = match &self.is {
            Condition::Equals(v) => same(there, &json(v)),
            Condition::Contains(v) => contains(there, &json(v)),
            Condition::AtLeast(n) => there.as_f64().is_some_and(|f| f >= *n),
        };
        (!holds).then(|| {
            let text = there.to_string();
            let cut: String = text.chars().take(SHOWN).collect();
            if cut.len() < text.len() { format!("{cut} …") } else { text }
        })
    }
}

fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(s) => Value::from(s.as_str()),
        toml::Value::Integer(n) => Value::from(*n),
        toml::Value::Float(n) => Value::from(*n),
        toml::Value::Boolean(b) => Value::from(*b),
        toml::Value::Datetime(d) => Value::from(d.to_string()),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(fields) => fields.iter().map(|(k, v)| (k.clone(), json(v))).collect(),
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && fields(a, b),
        _ => a == b,
    }
}

fn fields(there: &serde_json::Map<String, Value>, wanted: &serde_json::Map<String, Value>) -> bool {
    wanted.iter().all(|(k, v)| there.get(k).is_some_and(|t| same(t, v)))
}

fn contains(there: &Value, part: &Value) -> bool {
    match (there, part) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Array(items), Value::Object(wanted)) => items.iter().any(|i| i.as_object().is_some_and(|o| fields(o, wanted))),
        // A list of texts contains a text that one of them contains.
        (Value::Array(items), Value::String(part)) => items.iter().any(|i| i.as_str().is_some_and(|t| t.contains(part.as_str()))),
        (Value::Array(items), part) => items.iter().any(|i| same(i, part)),
        (Value::Object(there), Value::String(key)) => there.contains_key(key),
        (Value::Object(there), Value::Object(wanted)) => fields(there, wanted),
        _ => false,
    }
}
