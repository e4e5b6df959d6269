//! How JSON writers of six ecosystems escape a text. In: text. Out: the quoted string. Fails when: never.

/// A writer of JSON strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoder {
    /// `json.dumps`: everything beyond ASCII as `\uXXXX`.
    Python,
    /// `encoding/json`: `<`, `>`, `&` as `\u003c`.
    Go,
    /// `System.Text.Json`: also `'`, `"`, `+`, and a backtick, upper case.
    DotNet,
    /// `json_encode`: `/` as `\/`.
    Php,
    /// Logback's and log4j's encoders: control characters only.
    Java,
    /// `JSON.stringify`.
    Node,
    /// Rails and Ruby: `<`, `>`, `&` as `\u003c`, U+2028.
    Ruby,
}

/// All of them.
pub(crate) const ENCODERS: [Encoder; 7] =
    [Encoder::Python, Encoder::Go, Encoder::DotNet, Encoder::Php, Encoder::Java, Encoder::Node, Encoder::Ruby];

/// The text as this writer puts it between quotes.
pub(crate) fn quoted(text: &str, encoder: Encoder) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        let wide = match encoder {
            Encoder::Python => !c.is_ascii(),
            Encoder::Go | Encoder::Ruby => matches!(c, '<' | '>' | '&'),
            Encoder::DotNet => !c.is_ascii() || matches!(c, '<' | '>' | '&' | '\'' | '"' | '+' | '`'),
            Encoder::Php => !c.is_ascii(),
            Encoder::Java | Encoder::Node => false,
        };
        match c {
            _ if wide => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&if encoder == Encoder::DotNet { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
                }
            }
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '/' if encoder == Encoder::Php => out.push_str("\\/"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// An object of these fields, in order; values are text.
pub(crate) fn object(fields: &[(&str, &str)], encoder: Encoder) -> String {
    let pairs: Vec<String> = fields.iter().map(|(k, v)| format!("{}:{}", quoted(k, encoder), quoted(v, encoder))).collect();
    format!("{{{}}}", pairs.join(if encoder == Encoder::Python { ", " } else { "," }))
}
