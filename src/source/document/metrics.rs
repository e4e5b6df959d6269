//! Metrics as documents: CloudWatch `get-metric-statistics` and `get-metric-data`, Prometheus `query` and `query_range`.
//!
//! In: datapoints. Out: one line a datapoint: `metric <name> <value> unit=<unit> <label>=<value> …`, with its time.
//! Fails when: a series is no object. Order is left as it is: CloudWatch's is none, or newest first.

use std::fmt::Write;

use serde_json::Value;

use super::lines::{Facts, Lines, parse, text};
use super::loki::label_facts;
use super::walk::Want;
use super::{Decoder, times};

/// Statistics of a CloudWatch datapoint, in the order in which they are written.
const STATISTICS: &[&str] = &["Maximum", "Average", "Sum", "Minimum", "SampleCount"];

/// The line of each occurrence of `what` in a document that begins on line `first`.
fn lines_of<'i>(item: &'i [u8], what: &'static [u8], first: u64) -> impl Iterator<Item = u64> + 'i {
    let (mut line, mut counted) = (first, 0);
    memchr::memmem::find_iter(item, what).map(move |at| {
        line += memchr::memchr_iter(b'\n', item.get(counted..at).unwrap_or_default()).count() as u64;
        counted = at;
        line
    })
}

/// Decodes all but `get-metric-statistics`.
#[derive(Default)]
pub(super) struct Metrics;

impl Decoder for Metrics {
    fn want(&mut self, path: &str, first: u8) -> Want {
        match path {
            // The label may stand behind the datapoints, so this document is taken whole; it has at most 1,440 of them.
            "" if first == b'{' => Want::Enter,
            "MetricDataResults" | "data" | "data.result" => Want::Enter,
            "MetricDataResults[]" | "data.result[]" => Want::Take,
            _ => Want::Skip,
        }
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(value) = parse(item) else { return false };
        if path == "MetricDataResults[]" {
            let line = lines_of(item, b"\"Timestamps\"", position).next().unwrap_or(position);
            metric_data(&value, line, out)
        } else {
            prometheus(&value, position, out)
        }
    }
}

/// Decodes `get-metric-statistics`.
#[derive(Default)]
pub(super) struct MetricStatistics;

impl Decoder for MetricStatistics {
    fn want(&mut self, path: &str, _first: u8) -> Want {
        if path.is_empty() { Want::Take } else { Want::Skip }
    }

    fn take(&mut self, _path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool {
        let Some(value) = parse(item) else { return false };
        let name = word(text(&value, "Label").unwrap_or("unnamed"));
        let Some(points) = value.get("Datapoints").and_then(Value::as_array) else { return false };
        let mut lines = lines_of(item, b"\"Timestamp\"", position);
        for point in points {
            let position = lines.next().unwrap_or(position);
            let unit = word(text(point, "Unit").unwrap_or("None"));
            let time = times::of(point.get("Timestamp"));
            let mut values: Vec<(String, String)> =
                STATISTICS.iter().filter_map(|key| Some(((*key).to_owned(), number(point.get(*key)?)?))).collect();
            if let Some(Value::Object(extended)) = point.get("ExtendedStatistics") {
                values.extend(extended.iter().filter_map(|(key, v)| Some((key.clone(), number(v)?))));
            }
            let Some((statistic, first)) = values.first() else { continue };
            let mut line = format!("metric {name} {first} unit={unit} statistic={statistic}");
            for (statistic, value) in values.iter().skip(1) {
                let _ = write!(line, " {}={value}", statistic.to_ascii_lowercase());
            }
            out.item(time, &Facts::default(), position, &line);
        }
        true
    }
}

fn metric_data(series: &Value, line: u64, out: &mut Lines) -> bool {
    // The label is free text and often names the cluster before the metric.
    let label = text(series, "Label").unwrap_or("unnamed");
    let (rest, name) = label.rsplit_once(' ').unwrap_or(("", label));
    let mut tail = String::new();
    if !rest.is_empty() {
        let _ = write!(tail, " label={}", word(rest));
    }
    if let Some(id) = text(series, "Id") {
        let _ = write!(tail, " id={}", word(id));
    }
    let array = |key: &str| series.get(key).and_then(Value::as_array);
    let (Some(at), Some(values)) = (array("Timestamps"), array("Values")) else { return false };
    for (time, value) in at.iter().zip(values) {
        if let Some(value) = number(value) {
            out.item(times::of(Some(time)), &Facts::default(), line, &format!("metric {} {value} unit=None{tail}", word(name)));
        }
    }
    true
}

fn prometheus(series: &Value, line: u64, out: &mut Lines) -> bool {
    let Some(labels) = series.get("metric") else { return false };
    let name = word(text(labels, "__name__").unwrap_or("unnamed"));
    let mut tail = String::new();
    for (key, value) in labels.as_object().into_iter().flatten() {
        if let (true, Some(value)) = (key != "__name__", value.as_str()) {
            let _ = write!(tail, " {}={}", word(key), word(value));
        }
    }
    let facts = label_facts(labels);
    let many = series.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for point in many.iter().chain(series.get("value")) {
        if let Some(value) = point.get(1).and_then(number) {
            out.item(times::of(point.get(0)), &facts, line, &format!("metric {name} {value} unit=None{tail}"));
        }
    }
    true
}

/// A finite number, also as text (Prometheus).
fn number(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(n) => n.to_string(),
        Value::String(s) => s.clone(),
        _ => return None,
    };
    text.parse::<f64>().ok().filter(|n| n.is_finite()).map(|_| text)
}

/// A label as one word: quoted when it holds blanks.
fn word(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() || c == '"' { '_' } else { c }).collect();
    if text.is_empty() || text.contains(' ') { format!("\"{text}\"") } else { text }
}
