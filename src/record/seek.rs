//! Short texts sought in lines.
//!
//! In: a line. Out: where a byte or a [`Mark`] stands in it. Fails when: never.
//!
//! The searchers of `str` and `memmem` are made for long texts: building one costs more than reading a line.

use memchr::{memchr, memchr_iter, memrchr};

/// A text that is sought in many lines, by its rarest byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    text: &'static str,
    /// Where its rarest byte stands.
    at: usize,
    rarest: u8,
}

impl Mark {
    /// A text of ASCII; an empty one stands nowhere.
    pub(crate) const fn new(text: &'static str) -> Mark {
        let bytes = text.as_bytes();
        let (mut at, mut best, mut i) = (0, u8::MAX, 0);
        while i < bytes.len() {
            let common = commonness(bytes[i]);
            if common < best {
                (at, best) = (i, common);
            }
            i += 1;
        }
        Mark { text, at, rarest: if bytes.is_empty() { 0 } else { bytes[at] } }
    }

    /// Its bytes.
    pub(crate) const fn len(&self) -> usize {
        self.text.len()
    }

    /// Where it stands first.
    pub(crate) fn find(&self, line: &[u8]) -> Option<usize> {
        memchr_iter(self.rarest, line).find_map(|i| {
            let start = i.checked_sub(self.at)?;
            (!self.text.is_empty() && line.get(start..)?.starts_with(self.text.as_bytes())).then_some(start)
        })
    }

    /// Whether it stands in the line.
    pub(crate) fn is_in(&self, line: &str) -> bool {
        self.find(line.as_bytes()).is_some()
    }

    /// What stands before and behind the first one.
    pub(crate) fn cut<'l>(&self, line: &'l str) -> Option<(&'l str, &'l str)> {
        let at = self.find(line.as_bytes())?;
        Some((line.get(..at)?, line.get(at + self.text.len()..)?))
    }
}

/// How common a byte is in logs, roughly; only the order matters.
const fn commonness(byte: u8) -> u8 {
    match byte {
        b' ' | b'"' | b'e' | b't' | b'o' | b'n' | b'a' | b'i' | b'r' | b's' => 9,
        b'0'..=b'9' | b'c' | b'd' | b'l' | b'u' | b'm' | b'p' | b'f' | b'.' | b'-' | b':' | b',' => 7,
        b'a'..=b'z' | b'/' | b'_' => 5,
        b'A'..=b'Z' | b'=' | b'[' | b']' | b'(' | b')' => 3,
        _ => 1,
    }
}

/// What stands before and behind the first such byte.
pub(crate) fn cut(line: &str, byte: u8) -> Option<(&str, &str)> {
    let at = memchr(byte, line.as_bytes())?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

/// What stands before and behind the last such byte.
pub(crate) fn cut_last(line: &str, byte: u8) -> Option<(&str, &str)> {
    let at = memrchr(byte, line.as_bytes())?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

/// Whether such a byte stands in the line.
pub(crate) fn has(line: &str, byte: u8) -> bool {
    memchr(byte, line.as_bytes()).is_some()
}

/// The text up to the first line break.
pub(crate) fn first_line(text: &str) -> &str {
    memchr(b'\n', text.as_bytes()).and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The lines of a text, as [`str::split`] gives them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut left = Some(text);
    std::iter::from_fn(move || {
        let text = left?;
        let (line, rest) = cut(text, b'\n').map_or((text, None), |(line, rest)| (line, Some(rest)));
        left = rest;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_str_finds() {
        const MARKS: [Mark; 6] =
            [Mark::new(" HTTP/"), Mark::new("aa"), Mark::new(": "), Mark::new("é="), Mark::new("x"), Mark::new(" --- [")];
        for text in ["", "a", "aaa", "GET / HTTP/1.1 HTTP/2", "x: y: z", "é=é=", " --- -- --- [x", "HTTP/", "ab: ", "naïve é= x"] {
            for mark in &MARKS {
                assert_eq!(mark.find(text.as_bytes()), text.find(mark.text), "{mark:?} in {text:?}");
                assert_eq!(mark.cut(text), text.split_once(mark.text), "{mark:?} in {text:?}");
                assert_eq!(mark.is_in(text), text.contains(mark.text), "{mark:?} in {text:?}");
            }
            assert_eq!(cut(text, b' '), text.split_once(' '));
            assert_eq!(cut_last(text, b'/'), text.rsplit_once('/'));
            assert_eq!(has(text, b'x'), text.contains('x'));
            let broken = text.replace(' ', "\n");
            assert_eq!(lines(&broken).collect::<Vec<_>>(), broken.split('\n').collect::<Vec<_>>());
        }
        assert_eq!(Mark::new("").find(b"any"), None);
        assert_eq!((first_line("a\nb\n"), first_line("a"), first_line("\n")), ("a", "a", ""));
    }
}
