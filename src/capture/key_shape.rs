//! Shapes of keys: what a key is, without whose it is. In: a key. Out: its shape. Fails when: never.

/// Longest shape, in characters; keys are named for people, values are not.
const MAX_CHARS: usize = 64;

/// Bytes of a key that are looked at: keys may be megabytes.
const MAX_BYTES: usize = 512;

/// The key with numbers, hexadecimal ids, UUIDs, addresses and long random words replaced by `*`:
/// `user:profile:12345` → `user:profile:*`.
pub fn key_shape(key: &str) -> String {
    let mut end = key.len().min(MAX_BYTES);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    let key = key.get(..end).unwrap_or_default().trim_matches(['"', '\'']);
    let mut shape = String::with_capacity(key.len().min(MAX_CHARS));
    // Parts between the separators that keys are built with; a part with `@` is an address as a whole.
    for part in key.split_inclusive([':', '/', '|', ' ', '{', '}', '[', ']', '=', '?', '&']) {
        let (text, separator) = match part.char_indices().next_back() {
            Some((at, last)) if is_separator(last) => part.split_at(at),
            _ => (part, ""),
        };
        if text.contains('@') || is_uuid(text) || is_random(text) {
            push_star(&mut shape);
        } else {
            for word in text.split_inclusive(['-', '.', '_', ',', '#', '~', ';']) {
                push_word(&mut shape, word);
            }
        }
        shape.push_str(separator);
    }
    let collapsed = collapse(&shape);
    collapsed.chars().map(|c| if c.is_control() { '?' } else { c }).take(MAX_CHARS).collect()
}

fn is_separator(c: char) -> bool {
    matches!(c, ':' | '/' | '|' | ' ' | '{' | '}' | '[' | ']' | '=' | '?' | '&')
}

fn push_star(shape: &mut String) {
    if !shape.ends_with('*') {
        shape.push('*');
    }
}

/// A word with its separator behind it: a number or id becomes `*`, digits inside letters too (`shard12` → `shard*`).
fn push_word(shape: &mut String, word: &str) {
    let text = word.trim_end_matches(['-', '.', '_', ',', '#', '~', ';']);
    let separator = word.get(text.len()..).unwrap_or_default();
    let hex = text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit()) && text.bytes().any(|b| b.is_ascii_digit());
    if hex || is_random(text) {
        push_star(shape);
    } else if is_version(text) {
        shape.push_str(text);
    } else {
        for c in text.chars() {
            if c.is_ascii_digit() { push_star(shape) } else { shape.push(c) }
        }
    }
    shape.push_str(separator);
}

/// `v2`: part of a key's design, not an id.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().enumerate().all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

/// Tokens: long, and of digits mixed with letters of both cases, or too long for a word.
fn is_random(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'.'));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let words = text.split(['-', '_', '.']).map(str::len).max().unwrap_or(0);
    plain && ((words >= 16 && digits >= 2) || words >= 28)
}

/// `*-*-*` → `*`: the parts of a date or id are one thing.
fn collapse(shape: &str) -> String {
    let mut out = String::with_capacity(shape.len());
    let mut chars = shape.chars().peekable();
    while let Some(c) = chars.next() {
        if matches!(c, '-' | '.' | '_' | ',') && out.ends_with('*') && chars.peek() == Some(&'*') {
            chars.next();
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_stars() {
        for (key, shape) in [
            ("user:profile:12345", "user:profile:*"),
            ("cart:session:88321", "cart:session:*"),
            ("session:token:99431", "session:token:*"),
            ("sess:550e8400-e29b-41d4-a716-446655440000", "sess:*"),
            ("cache:9f86d081884c7d659a2feaa0c55ad015", "cache:*"),
            ("stats:2024-01-17:hits", "stats:*:hits"),
            ("lock:{user42}:v2", "lock:{user*}:v2"),
            ("login:alice@example.com", "login:*"),
            ("jwt:eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "jwt:*"),
            ("orders:index", "orders:index"),
            ("queue:notifications", "queue:notifications"),
            ("site-prod:cache_search_api_solr:search_api_site_staging*", "site-prod:cache_search_api_solr:search_api_site_staging*"),
            ("", ""),
            ("ip:10.0.3.17", "ip:*"),
        ] {
            assert_eq!(key_shape(key), shape);
        }
    }

    #[test]
    fn bounded_and_printable() {
        assert!(key_shape(&"ключ:".repeat(10_000)).chars().count() <= MAX_CHARS);
        assert!(!key_shape("a\u{1b}[31m\nb").contains(char::is_control));
    }
}
