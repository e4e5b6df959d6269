//! Series as one line of text each. In: the timeline. Out: rows. Fails when: never.

use chrono::DateTime;
use serde_json::Value;

use super::page::Page;
use super::words;
use crate::report::{IncidentReport, Timeline};

/// Columns of the name before a row.
const NAME: usize = 26;

/// Columns of the numbers behind a row.
const NUMBERS: usize = 22;

/// Widest row: more columns show no more.
const MAX_COLUMNS: usize = 60;

/// Rows of gauges shown; the JSON holds all.
const MAX_GAUGES: usize = 6;

/// How buckets that share a column become one number.
#[derive(Clone, Copy)]
enum Fold {
    Sum,
    Max,
}

/// Prints the timeline, if it has more than one bucket.
pub(super) fn render(page: &mut Page<'_>, incident: &IncidentReport) {
    let timeline = &incident.timeline;
    let title = |id: &String| incident.symptoms.iter().find(|s| s.id == *id).map_or_else(|| id.clone(), |s| s.title.clone());
    let symptoms: Vec<(String, Vec<Option<f64>>)> = timeline.symptoms.iter().map(|(id, values)| (title(id), series(values))).collect();
    let gauges: Vec<(String, Vec<Option<f64>>)> = timeline.gauges.iter().map(|(name, values)| (name.clone(), series(values))).collect();
    let buckets = symptoms.iter().chain(&gauges).map(|(_, s)| s.len()).chain([timeline.requests.len()]).max().unwrap_or(0);
    if buckets < 2 {
        return;
    }
    let columns = page.width().saturating_sub(NAME + NUMBERS + 4).clamp(8, MAX_COLUMNS);
    let per_column = buckets.div_ceil(columns);
    page.heading("Timeline:");
    if let Some(start) = &timeline.start {
        let each = words::duration(timeline.bucket_ms.saturating_mul(per_column as i64));
        page.text(2, &format!("from {}, each column {each}", words::time(start)));
    }
    let requests: Vec<Option<f64>> = timeline.requests.iter().map(|n| Some(*n as f64)).collect();
    if timeline.requests.iter().any(|n| *n > 0) {
        row(page, "requests", &requests, per_column, Fold::Sum);
    }
    let tells = |(_, values): &&(String, Vec<Option<f64>>)| values.iter().flatten().any(|v| *v != 0.0);
    for (name, values) in symptoms.iter().filter(tells) {
        row(page, name, values, per_column, Fold::Sum);
    }
    for (name, values) in gauges.iter().filter(tells).take(MAX_GAUGES) {
        row(page, name, values, per_column, Fold::Max);
    }
    marks(page, timeline, buckets, per_column);
}

fn series(values: &Value) -> Vec<Option<f64>> {
    values.as_array().map(|list| list.iter().map(Value::as_f64).collect()).unwrap_or_default()
}

fn row(page: &mut Page<'_>, name: &str, values: &[Option<f64>], per_column: usize, fold: Fold) {
    let folded: Vec<Option<f64>> = values
        .chunks(per_column.max(1))
        .map(|chunk| {
            let seen = chunk.iter().flatten().copied();
            match fold {
                Fold::Sum => seen.reduce(|a, b| a + b),
                Fold::Max => seen.reduce(f64::max),
            }
        })
        .collect();
    let Some(top) = folded.iter().flatten().copied().reduce(f64::max) else { return };
    let low = folded.iter().flatten().copied().fold(top, f64::min);
    let bars: String = folded.iter().map(|value| bar(*value, top, page.ascii())).collect();
    let name: String = name.chars().take(NAME).collect();
    page.row(&format!("  {name:<NAME$} {bars}  {} to {}", words::number(low), words::number(top)));
}

/// One column: from nothing to `top`.
fn bar(value: Option<f64>, top: f64, ascii: bool) -> char {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const ASCII: [char; 9] = [' ', '.', ':', '-', '=', '+', '*', '%', '#'];
    let table = if ascii { ASCII } else { BLOCKS };
    let Some(value) = value else { return if ascii { '?' } else { '·' } };
    if value <= 0.0 || top <= 0.0 {
        return ' ';
    }
    let step = (value / top * 8.0).ceil().clamp(1.0, 8.0) as usize;
    table.get(step).copied().unwrap_or(' ')
}

/// A row that marks the columns in which something changed.
fn marks(page: &mut Page<'_>, timeline: &Timeline, buckets: usize, per_column: usize) {
    let millis = |stamp: &str| DateTime::parse_from_rfc3339(stamp).ok().map(|t| t.timestamp_millis());
    let Some(start) = timeline.start.as_deref().and_then(millis) else { return };
    let mut line = vec![' '; buckets.div_ceil(per_column.max(1))];
    let mut any = false;
    for change in &timeline.changes {
        let Some(at) = change.ts.as_deref().and_then(millis) else { continue };
        let bucket = (at - start).div_euclid(timeline.bucket_ms.max(1));
        let column = usize::try_from(bucket).ok().and_then(|b| line.get_mut(b / per_column.max(1)));
        if let Some(mark) = column {
            *mark = '^';
            any = true;
        }
    }
    if any {
        let line: String = line.into_iter().collect();
        page.row(&format!("  {:<NAME$} {line}", "changes"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        assert_eq!((bar(Some(0.0), 8.0, false), bar(Some(8.0), 8.0, false), bar(Some(0.1), 8.0, false)), (' ', '█', '▁'));
        assert_eq!((bar(None, 8.0, false), bar(None, 8.0, true), bar(Some(8.0), 8.0, true)), ('·', '?', '#'));
        assert_eq!(bar(Some(1.0), 0.0, true), ' ');
    }
}
