//! JSON objects as flat lists of paths and scalars.
//!
//! In: text that begins with `{`. Out: [`Field`]s in order (later duplicates come later) and the bytes taken.
//! Fails when: never; `None` for what is no JSON object, is cut off, or nests deeper than [`MAX_DEPTH`].
//!
//! Not serde_json: a log line needs no tree. Strings without escapes and numbers are borrowed, numbers stay as written
//! (64-bit ids survive), and nothing recurses.

use std::borrow::Cow;

use memchr::memchr2;

/// Nesting that is followed; application records in the wild stay below 10.
pub(super) const MAX_DEPTH: usize = 128;
/// Fields that are kept; the rest of the object is read and dropped.
const MAX_FIELDS: usize = 256;
/// Longest path that is kept, in bytes; keys below it are data, not names.
const MAX_PATH: usize = 256;

/// A scalar as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// A number's own digits.
    Number(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// `null`, `NaN`.
    Null,
}

impl Scalar<'_> {
    /// The value as text; `None` for null.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(digits) => Some(digits),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Null => None,
        }
    }
}

/// One scalar of an object. Names of nested objects and places in arrays are joined by `.`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field<'a> {
    pub(super) path: Cow<'a, str>,
    pub(super) value: Scalar<'a>,
}

/// An open object or array.
struct Open {
    /// Length of the path above it.
    above: usize,
    /// Place in the array; `None` for objects.
    index: Option<usize>,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    fields: Vec<Field<'a>>,
    path: String,
    stack: Vec<Open>,
    /// Key of the value to come, if its object is the outermost.
    key: Cow<'a, str>,
}

/// Reads the object at the start of `text`.
pub(super) fn read(text: &str) -> Option<(Vec<Field<'_>>, usize)> {
    if !text.starts_with('{') {
        return None;
    }
    let mut reader = Reader { text, at: 0, fields: Vec::with_capacity(16), path: String::new(), stack: Vec::new(), key: Cow::Borrowed("") };
    while !reader.value()? {}
    Some((reader.fields, reader.at))
}

impl<'a> Reader<'a> {
    /// Reads one value's start and what closes behind it. True when the outermost object is closed.
    fn value(&mut self) -> Option<bool> {
        let value = match self.peek()? {
            open @ (b'{' | b'[') => {
                if self.stack.len() >= MAX_DEPTH {
                    return None;
                }
                self.at += 1;
                self.open(open == b'[');
                let close = if open == b'{' { b'}' } else { b']' };
                if self.peek()? == close {
                    return self.close();
                }
                return if open == b'{' { self.name().map(|()| false) } else { Some(false) };
            }
            b'"' => Scalar::Text(self.string()?),
            b't' => self.word("true", Scalar::Bool(true))?,
            b'f' => self.word("false", Scalar::Bool(false))?,
            b'n' => self.word("null", Scalar::Null)?,
            // What Python and JavaScript write for numbers that are none.
            b'N' => self.word("NaN", Scalar::Null)?,
            b'I' => self.word("Infinity", Scalar::Null)?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return None,
        };
        self.keep(value);
        self.close_or_next()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    fn open(&mut self, array: bool) {
        let above = self.path.len();
        if !self.stack.is_empty() {
            self.push_key();
        }
        self.stack.push(Open { above, index: array.then_some(0) });
    }

    /// Appends the current key or index to the path; a path that is too long stops growing and its fields are dropped.
    fn push_key(&mut self) {
        if self.path.len() > MAX_PATH {
            return;
        }
        if !self.path.is_empty() {
            self.path.push('.');
        }
        match self.stack.last().and_then(|open| open.index) {
            Some(index) => self.path.push_str(&index.to_string()),
            None if self.key.len() <= MAX_PATH => self.path.push_str(&self.key),
            None => self.path.push_str(&" ".repeat(MAX_PATH + 1)),
        }
    }

    /// Closes what is open here, then goes on.
    fn close(&mut self) -> Option<bool> {
        self.at += 1;
        let open = self.stack.pop()?;
        self.path.truncate(open.above);
        if self.stack.is_empty() { Some(true) } else { self.close_or_next() }
    }

    /// Behind a value: a comma and what follows, or the end of what is open. Loops, for `]]]]`.
    fn close_or_next(&mut self) -> Option<bool> {
        loop {
            let next = self.peek()?;
            let open = self.stack.last_mut()?;
            match (next, open.index) {
                (b',', None) => {
                    self.at += 1;
                    return self.name().map(|()| false);
                }
                (b',', Some(index)) => {
                    open.index = Some(index + 1);
                    self.at += 1;
                    return Some(false);
                }
                (b'}', None) | (b']', Some(_)) => {
                    self.at += 1;
                    let open = self.stack.pop()?;
                    self.path.truncate(open.above);
                    if self.stack.is_empty() {
                        return Some(true);
                    }
                }
                _ => return None,
            }
        }
    }

    /// A key and its colon.
    fn name(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        self.key = self.string()?;
        (self.peek()? == b':').then(|| self.at += 1)
    }

    fn keep(&mut self, value: Scalar<'a>) {
        if self.fields.len() >= MAX_FIELDS {
            return;
        }
        let path = if self.stack.len() == 1 {
            if self.key.len() > MAX_PATH {
                return;
            }
            std::mem::take(&mut self.key)
        } else {
            let above = self.path.len();
            self.push_key();
            if self.path.len() > MAX_PATH {
                self.path.truncate(above);
                return;
            }
            let path = self.path.clone();
            self.path.truncate(above);
            Cow::Owned(path)
        };
        self.fields.push(Field { path, value });
    }

    fn word(&mut self, word: &str, value: Scalar<'a>) -> Option<Scalar<'a>> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn number(&mut self) -> Option<Scalar<'a>> {
        let rest = self.text.get(self.at..)?;
        if rest.starts_with("-Infinity") {
            return self.word("-Infinity", Scalar::Null);
        }
        let length = rest.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        self.at += length;
        Some(Scalar::Number(rest.get(..length)?))
    }

    /// The string that begins here. Raw control bytes are let through: writers that forget to escape them are common.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut escaped = false;
        loop {
            at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
            if bytes.get(at) == Some(&b'"') {
                break;
            }
            escaped = true;
            at += 2;
        }
        self.at = at + 1;
        let inner = self.text.get(start..at)?;
        Some(if escaped { Cow::Owned(unescape(inner)) } else { Cow::Borrowed(inner) })
    }
}

/// JSON's escapes; half surrogates become U+FFFD, unknown escapes keep their letter.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut letters = escape.chars();
        let letter = letters.next();
        rest = letters.as_str();
        match letter {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let (letter, after) = unicode(rest);
                out.push(letter);
                rest = after;
            }
            Some(letter) => out.push(letter),
            None => out.push('\\'),
        }
    }
    out.push_str(rest);
    out
}

/// `XXXX` and, for a high surrogate, the `\uXXXX` behind it.
fn unicode(text: &str) -> (char, &str) {
    let unit = |text: &str| text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(high) = unit(text) else { return (char::REPLACEMENT_CHARACTER, text) };
    let rest = text.get(4..).unwrap_or("");
    if (0xD800..0xDC00).contains(&high)
        && let Some(low) = rest.strip_prefix("\\u").and_then(unit).filter(|low| (0xDC00..0xE000).contains(low))
    {
        let letter = char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER);
        return (letter, rest.get(6..).unwrap_or(""));
    }
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let (fields, taken) = read(text).unwrap_or_else(|| panic!("{text}"));
        assert!(taken <= text.len());
        fields.into_iter().map(|field| (field.path.into_owned(), field.value.as_str().unwrap_or("null").to_owned())).collect()
    }

    fn pair(path: &str, value: &str) -> (String, String) {
        (path.to_owned(), value.to_owned())
    }

    #[test]
    fn nested_and_flat_names_are_one() {
        let text = r#"{"log":{"level":"INFO"},"log.logger":"x","a":[1,{"b":[true,null]}],"n":18446744073709551615,"f":1.705482001204E9,"e":{},"l":[]} rest"#;
        assert_eq!(
            pairs(text),
            vec![
                pair("log.level", "INFO"),
                pair("log.logger", "x"),
                pair("a.0", "1"),
                pair("a.1.b.0", "true"),
                pair("a.1.b.1", "null"),
                pair("n", "18446744073709551615"),
                pair("f", "1.705482001204E9"),
            ]
        );
        assert_eq!(pairs(" {}".trim()), vec![]);
        assert_eq!(pairs("{ \"a\" : \"b\" ,\n \"c\": [ [ ] , [ 1 ] ] }"), vec![pair("a", "b"), pair("c.1.0", "1")]);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            pairs(r#"{"a\"b":"x\n\ty\\ \/ \u0041\u00e9 \ud83d\ude00 \ud83d! \u12"}"#),
            vec![pair("a\"b", "x\n\ty\\ / Aé 😀 \u{fffd}! \u{fffd}12")]
        );
        assert_eq!(pairs(r#"{"a":"\\"}"#), vec![pair("a", "\\")]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in [
            "",
            "{",
            "{\"",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{a:1}",
            "[1]",
            "{\"a\":\"b\\",
            "{\"a\":[1}",
            "{\"a\":{]}",
            "{\"a\" 1}",
            "{]",
            "{\"a\":tru}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(read(&deep), None);
        let objects = "{\"a\":".repeat(10_000);
        assert_eq!(read(&objects), None);
        let wide = format!("{{{}\"z\":1}}", "\"k\":1,".repeat(100_000));
        assert_eq!(read(&wide).map(|(fields, taken)| (fields.len(), taken)), Some((MAX_FIELDS, wide.len())));
        let long = format!("{{\"{}\":{{\"a\":1}},\"b\":{{\"{0}\":2}}}}", "k".repeat(100_000));
        assert_eq!(read(&long).map(|(fields, _)| fields.len()), Some(0));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "[{}\\[\\]\",:\\\\u0-9a-f \\PC]{0,60}") {
            let _ = read(&text);
            let _ = read(&format!("{{\"a\":{text}"));
            let _ = unescape(&text);
        }
    }
}
