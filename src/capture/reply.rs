//! One answer of redis-cli in any of its shapes, as a row of values.
//!
//! In: the lines of an answer on a terminal (RESP2 numbers, RESP3 maps), one line of `--csv` or `--json`, or bare values when piped.
//! Out: its values in order, names of maps among them. Fails when: never; a line that is no part of an answer is one value.
//!
//! Names stand before their values in every shape, so readers of answers with names need no nesting.

use std::borrow::Cow;

use super::number;

/// Values of one answer that are kept: ACL LOG holds 128 entries of 20 values, a histogram some 60 a command.
const MAX_VALUES: usize = 40_000;
/// Nested indexes before one value.
const DEEPEST: usize = 8;

/// The values of an answer.
pub(super) fn values(body: &str) -> Vec<Cow<'_, str>> {
    let mut out = Vec::new();
    let trimmed = body.trim();
    if trimmed.starts_with(['{', '[']) {
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(trimmed) {
            flatten(value, &mut out);
        }
        return out;
    }
    if let Some(cells) = csv(trimmed) {
        return cells.into_iter().map(Cow::Owned).collect();
    }
    for line in body.lines() {
        if out.len() >= MAX_VALUES {
            break;
        }
        of_line(line.trim_end(), &mut out);
    }
    out
}

/// The values of one line of a terminal's or a pipe's answer.
fn of_line<'l>(line: &'l str, out: &mut Vec<Cow<'l, str>>) {
    let (_, rest) = indexed(line);
    match rest.split_once(" => ").or_else(|| rest.strip_suffix(" =>").map(|name| (name, ""))) {
        Some((name, value)) if name.starts_with(['"', '(']) => {
            out.push(value_of(name));
            let (_, value) = indexed(value);
            if !value.is_empty() {
                out.push(value_of(value));
            }
        }
        _ if !rest.is_empty() => out.push(value_of(rest)),
        _ => {}
    }
}

/// How many indexes (`1) `, `2# `, `3~ `) stand before a line's value, and the value.
pub(super) fn indexed(line: &str) -> (usize, &str) {
    let mut rest = line.trim_start();
    for depth in 0..DEEPEST {
        let inside = rest.find([')', '#', '~']).and_then(|at| {
            number::integer(rest.get(..at)?)?;
            rest.get(at + 1..)?.strip_prefix(' ')
        });
        match inside {
            Some(inside) => rest = inside.trim_start(),
            None => return (depth, rest),
        }
    }
    (DEEPEST, rest)
}

/// The name of an object's first member, and the text from its value on; names of parameters, commands and fields are short.
pub(super) fn first_member(line: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 64;
    let inside = line.strip_prefix("{\"")?;
    let end = memchr::memchr(b'"', inside.as_bytes().get(..LONGEST.min(inside.len()))?)?;
    Some((inside.get(..end)?, inside.get(end + 1..)?.strip_prefix(':')?))
}

/// A value without what redis-cli writes around it.
fn value_of(text: &str) -> Cow<'_, str> {
    if let Some(inside) = text.strip_prefix('"').and_then(|inside| inside.strip_suffix('"')) {
        return if inside.contains('\\') { Cow::Owned(inside.replace("\\\"", "\"").replace("\\\\", "\\")) } else { Cow::Borrowed(inside) };
    }
    for kind in ["(integer) ", "(double) ", "(big number) "] {
        if let Some(number) = text.strip_prefix(kind) {
            return Cow::Borrowed(number);
        }
    }
    Cow::Borrowed(text)
}

/// An answer on one line of `--csv` or `--json` as it would be when piped: a value a line.
pub(super) fn one_line(line: &str) -> Option<String> {
    let line = line.trim();
    // What was taken apart once holds bare values.
    if line.contains('\n') || !line.starts_with(['"', '{', '[']) && !line.contains(",\"") {
        return None;
    }
    // `--no-raw` prints a text of many lines as one quoted string; a long one is cut before its closing quote.
    let inside = line.strip_prefix('"').map(|inside| inside.strip_suffix('"').unwrap_or(inside));
    if let Some(inside) = inside.filter(|inside| inside.contains("\\n") && !inside.contains("\",")) {
        return Some(inside.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\\"", "\""));
    }
    let values = values(line);
    (values.len() > 1).then(|| values.iter().map(|value| value.replace('\n', " ")).collect::<Vec<_>>().join("\n"))
}

/// A line of `--csv`: quoted words and bare numbers between commas, a word and a number at least.
fn csv(line: &str) -> Option<Vec<String>> {
    let quoted = line.starts_with('"');
    if line.contains('\n') || !(quoted || line.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let end = if rest.starts_with('"') {
            let bytes = rest.as_bytes();
            let mut at = 1;
            loop {
                at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
                if bytes.get(at) == Some(&b'"') {
                    break at + 1;
                }
                at += 2;
            }
        } else {
            rest.find(',').unwrap_or(rest.len())
        };
        let cell = rest.get(..end)?;
        if !cell.starts_with('"') && cell != "NIL" && number::plain(cell).is_none() {
            return None;
        }
        cells.push(value_of(cell).replace('\n', " "));
        match rest.get(end..)?.strip_prefix(',') {
            Some(next) if cells.len() < MAX_VALUES => rest = next,
            Some(_) => break,
            None if end == rest.len() => break,
            None => return None,
        }
    }
    (cells.len() > 1 && line.contains('"')).then_some(cells)
}

/// All scalars of a JSON value, names of objects before their values.
fn flatten(value: serde_json::Value, out: &mut Vec<Cow<'_, str>>) {
    use serde_json::Value;
    if out.len() >= MAX_VALUES {
        return;
    }
    match value {
        // serde_json refuses what is nested deeper than 128 levels.
        Value::Array(items) => items.into_iter().for_each(|item| flatten(item, out)),
        Value::Object(members) => {
            for (name, member) in members {
                out.push(Cow::Owned(name));
                flatten(member, out);
            }
        }
        Value::String(text) => out.push(Cow::Owned(text)),
        Value::Null => out.push(Cow::Borrowed("")),
        other => out.push(Cow::Owned(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_gives_the_same_values() {
        let wanted = ["count", "3", "reason", "auth", "who", "a \"b\""];
        for body in [
            "1)  1) \"count\"\n    2) (integer) 3\n    3) \"reason\"\n    4) \"auth\"\n    5) \"who\"\n    6) \"a \\\"b\\\"\"",
            "1) 1# \"count\" => (integer) 3\n   2# \"reason\" => \"auth\"\n   3# \"who\" => \"a \\\"b\\\"\"",
            "count\n3\nreason\nauth\nwho\na \"b\"",
            r#""count",3,"reason","auth","who","a \"b\"""#,
            r#"[{"count":3,"reason":"auth","who":"a \"b\""}]"#,
        ] {
            assert_eq!(values(body), wanted, "{body}");
        }
        assert_eq!(values("1# \"set\" =>\n   1# \"calls\" => (integer) 7"), ["set", "calls", "7"]);
    }

    #[test]
    fn other_lines_are_no_csv() {
        for line in ["", "1,2,3", "\"a\"", "2024-01-17,09:00,\"x\"", "\"a\",b", "\"a\",\"", "word,\"x\""] {
            assert_eq!(csv(line), None, "{line}");
        }
    }
}
