//! The members of a JSON object, without parsing what is inside them.
//!
//! In: text that begins with `{`. Out: key and raw value of each member. Fails when: it is no object (`None`).
//!
//! A wrapper is recognised by its keys, and most lines of JSON have no wrapper: they must cost no allocation.

use std::borrow::Cow;

/// Members that are looked at; wrappers have fewer, and their text comes early.
const MAX_MEMBERS: usize = 48;

/// The members of one object, in order.
pub(super) struct Object<'a> {
    members: [(&'a str, &'a str); MAX_MEMBERS],
    len: usize,
}

impl<'a> Object<'a> {
    /// Reads the members of the object at the start of `text`.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut object = Object { members: [("", ""); MAX_MEMBERS], len: 0 };
        let mut at = blanks(bytes, 1);
        if bytes.first() != Some(&b'{') {
            return None;
        }
        while bytes.get(at) == Some(&b'"') {
            let key_end = string_end(bytes, at)?;
            let key = text.get(at + 1..key_end - 1)?;
            at = blanks(bytes, key_end);
            if bytes.get(at) != Some(&b':') {
                return None;
            }
            at = blanks(bytes, at + 1);
            let end = value_end(bytes, at)?;
            if let Some(slot) = object.members.get_mut(object.len) {
                *slot = (key, text.get(at..end)?.trim_end());
                object.len += 1;
            }
            at = blanks(bytes, end);
            if bytes.get(at) == Some(&b',') {
                at = blanks(bytes, at + 1);
            }
        }
        (bytes.get(at) == Some(&b'}') && object.len > 0).then_some(object)
    }

    fn members(&self) -> &[(&'a str, &'a str)] {
        self.members.get(..self.len).unwrap_or_default()
    }

    /// The keys, as written.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.members().iter().map(|(key, _)| *key)
    }

    /// The members, as written.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.members().iter().copied()
    }

    /// Whether there is such a member.
    pub(super) fn has(&self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    /// A member's value, as written.
    pub(super) fn raw(&self, key: &str) -> Option<&'a str> {
        self.members().iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
    }

    /// A member that is a text, unescaped.
    pub(super) fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        unescape(self.raw(key)?)
    }

    /// A member that is a text or a number, as text.
    pub(super) fn scalar(&self, key: &str) -> Option<Cow<'a, str>> {
        let raw = self.raw(key)?;
        unescape(raw).or_else(|| raw.starts_with(|c: char| c.is_ascii_digit() || c == '-').then_some(Cow::Borrowed(raw)))
    }

    /// A member that is an object.
    pub(super) fn object(&self, key: &str) -> Option<Object<'a>> {
        Object::read(self.raw(key)?)
    }
}

/// The text of a JSON string; `None` for other values.
pub(super) fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    let inside = raw.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inside));
    }
    // Lone surrogates, control bytes: keep what is written rather than nothing.
    Some(Cow::Owned(serde_json::from_str(raw).unwrap_or_else(|_| inside.replace("\\\"", "\"").replace("\\n", "\n"))))
}

fn blanks(bytes: &[u8], from: usize) -> usize {
    from + bytes.iter().skip(from).take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// The place behind the closing quote of the string that begins at `from`.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The place behind the value that begins at `from`. Brackets are counted, not matched: the text is not judged here.
fn value_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        match *bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
}
