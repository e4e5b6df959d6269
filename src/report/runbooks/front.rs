//! Front matter: the part of YAML that runbooks use. In: a Markdown file. Out: [`Front`] and the text below it.
//! Fails when: the front matter does not end, or is no list of keys ([`Parsed::Broken`]).

/// Lines of front matter at most; a rule `---` in running text must not swallow a page.
const MAX_LINES: usize = 200;

/// What the front matter says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Front {
    pub(super) services: Vec<String>,
    pub(super) symptoms: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) severity: Option<String>,
    pub(super) last_validated: Option<String>,
    pub(super) validated_ms: Option<i64>,
}

/// A file's front matter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed<'a> {
    /// The file does not begin with `---`.
    None,
    /// Not usable: 1-based line and reason.
    Broken { line: usize, reason: String },
    /// Usable, perhaps with remarks on single lines.
    Front { front: Front, body: &'a str, remarks: Vec<(usize, String)> },
}

pub(super) fn parse(text: &str) -> Parsed<'_> {
    let mut lines = text.split_inclusive('\n');
    let mut offset = match lines.next() {
        Some(first) if first.trim_end() == "---" => first.len(),
        _ => return Parsed::None,
    };
    let mut entries: Vec<(usize, String, Vec<String>)> = Vec::new();
    for (number, raw) in lines.enumerate().map(|(i, l)| (i + 2, l)) {
        offset += raw.len();
        let line = uncommented(raw.trim_end());
        if matches!(line.trim_end(), "---" | "...") {
            let (front, remarks) = front_of(entries);
            if front.services.is_empty() && front.symptoms.is_empty() {
                return Parsed::Broken { line: 1, reason: "its front matter names neither services nor symptoms".to_string() };
            }
            return Parsed::Front { front, body: text.get(offset..).unwrap_or_default(), remarks };
        }
        if number > MAX_LINES {
            break;
        }
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if let Some(item) = trimmed.strip_prefix("- ").or_else(|| (trimmed == "-").then_some("")) {
            match entries.last_mut() {
                Some((.., values)) => values.extend(Some(unquoted(item)).filter(|v| !v.is_empty())),
                None => return Parsed::Broken { line: number, reason: "a list item stands before any key".to_string() },
            }
            continue;
        }
        // What stands deeper belongs to a key that is of no use here.
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((key, value)) = trimmed.split_once(':').filter(|(k, _)| !k.is_empty() && !k.contains([' ', '"', '{', '['])) else {
            return Parsed::Broken { line: number, reason: "neither `key: value` nor a list item".to_string() };
        };
        let value = value.trim();
        if value.starts_with('[') && !value.ends_with(']') {
            return Parsed::Broken { line: number, reason: format!("the list of {key} is not closed on its line") };
        }
        entries.push((number, key.to_ascii_lowercase().replace(['_', '-'], ""), values(value)));
    }
    Parsed::Broken { line: 1, reason: "its front matter has no end (`---`)".to_string() }
}

fn front_of(entries: Vec<(usize, String, Vec<String>)>) -> (Front, Vec<(usize, String)>) {
    let mut front = Front::default();
    let mut remarks = Vec::new();
    for (line, key, values) in entries {
        let first = values.first().cloned();
        match key.as_str() {
            "services" | "service" => front.services.extend(values),
            "symptoms" | "symptom" => front.symptoms.extend(values),
            "tags" => front.tags.extend(values),
            "severity" => front.severity = first,
            "lastvalidated" => {
                front.validated_ms = first.as_deref().and_then(day_ms);
                if front.validated_ms.is_none() {
                    remarks.push((line, format!("lastValidated {:?} is no date; write 2024-01-10", first.clone().unwrap_or_default())));
                }
                front.last_validated = first;
            }
            _ => {}
        }
    }
    (front, remarks)
}

/// Midnight of a date, or of the date that a time begins with, UTC.
fn day_ms(text: &str) -> Option<i64> {
    let date = chrono::NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

fn values(text: &str) -> Vec<String> {
    let list = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let all: Vec<String> = match list {
        Some(inner) => inner.split(',').map(unquoted).collect(),
        None => vec![unquoted(text)],
    };
    all.into_iter().filter(|v| !v.is_empty()).collect()
}

fn unquoted(text: &str) -> String {
    let t = text.trim();
    let inner = ['"', '\''].iter().find_map(|q| t.strip_prefix(*q)?.strip_suffix(*q));
    inner.unwrap_or(t).to_string()
}

/// A `#` after a blank begins a comment, outside quotes.
fn uncommented(line: &str) -> &str {
    let mut quote = None;
    let mut blank = true;
    for (i, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') if blank => return line.get(..i).unwrap_or_default(),
            (None, '"' | '\'') if blank => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
        blank = c.is_whitespace();
    }
    line
}
