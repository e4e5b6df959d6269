//! Many plain texts sought at once. In: texts, then bytes. Out: which texts stand in them. Fails when: never.
//!
//! An automaton over all literals of the library takes longer to build than a short log takes to read. Here each text
//! is filed under its rarest four bytes: a bit set says for every position whether a text may be there, and the few
//! that may are compared. Building is one pass over the texts; searching is one look at the bit set a byte.

use memchr::memmem;

/// Bytes that a text is filed under.
const GRAM: usize = 4;
/// Bits of the set: 32 KiB, which stays in the first-level cache; some 2,000 texts fill less than a hundredth of it.
const BITS: u32 = 18;
const WORDS: usize = 1 << (BITS - 6);

/// A text under its gram.
#[derive(Clone, Copy, Debug)]
struct Entry {
    gram: u32,
    /// Index of the text.
    text: u32,
    /// Where the gram stands in the text.
    offset: u32,
}

/// Texts filed under their rarest bytes.
#[derive(Debug)]
pub struct GramIndex {
    texts: Vec<Box<[u8]>>,
    /// Sorted by gram.
    entries: Vec<Entry>,
    /// [`WORDS`] of them.
    set: Vec<u64>,
    /// Texts too short for a gram.
    short: Vec<u32>,
}

/// How common a byte is in logs, roughly; only the order matters.
fn commonness(byte: u8) -> u32 {
    match byte {
        b'e' | b' ' | b't' | b'n' | b'o' | b'i' => 12,
        b'a' | b'r' | b's' | b'd' | b'c' | b'l' => 10,
        b'0' | b'1' | b'2' | b'.' | b':' | b'-' | b'u' | b'm' | b'p' | b'f' => 7,
        b'3'..=b'9' | b'g' | b'h' | b'b' | b'y' | b'v' | b'w' | b'=' | b'_' | b'/' => 5,
        b'A'..=b'Z' | b'k' | b'x' | b'j' | b'q' | b'z' => 3,
        _ => 2,
    }
}

fn gram_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk::<GRAM>()?))
}

/// Word and bit of the set.
fn slot(gram: u32) -> (usize, u32) {
    // Fibonacci hashing: the high bits of the product are well mixed.
    let hash = gram.wrapping_mul(0x9E37_79B9) >> (32 - BITS);
    ((hash >> 6) as usize & (WORDS - 1), hash & 63)
}

impl GramIndex {
    /// Files the texts; their indices are those of the iterator.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> GramIndex {
        let texts: Vec<Box<[u8]>> = texts.into_iter().map(|t| t.as_ref().as_bytes().into()).collect();
        let mut index = GramIndex { entries: Vec::with_capacity(texts.len()), set: vec![0; WORDS], short: Vec::new(), texts };
        for (i, text) in index.texts.iter().enumerate() {
            let weight = |at: &usize| text.iter().skip(*at).take(GRAM).map(|b| commonness(*b)).sum::<u32>();
            let rarest = (0..(text.len() + 1).saturating_sub(GRAM)).min_by_key(weight);
            match rarest.and_then(|at| Some((at, gram_at(text, at)?))) {
                Some((at, gram)) => {
                    index.entries.push(Entry { gram, text: i as u32, offset: at as u32 });
                    let (word, bit) = slot(gram);
                    if let Some(word) = index.set.get_mut(word) {
                        *word |= 1 << bit;
                    }
                }
                None => index.short.push(i as u32),
            }
        }
        index.entries.sort_unstable_by_key(|e| e.gram);
        index
    }

    /// Calls `found` with the index of each text at each place; `found` says whether to go on.
    pub fn each(&self, bytes: &[u8], mut found: impl FnMut(usize) -> bool) {
        for &i in &self.short {
            let text = self.texts.get(i as usize).map(AsRef::as_ref).unwrap_or_default();
            if memmem::find(bytes, text).is_some() && !found(i as usize) {
                return;
            }
        }
        // So that no place needs a check of its own.
        let Some(set) = self.set.first_chunk::<WORDS>() else { return };
        for (at, window) in bytes.windows(GRAM).enumerate() {
            let Some(gram) = window.first_chunk::<GRAM>().map(|w| u32::from_le_bytes(*w)) else { continue };
            let (word, bit) = slot(gram);
            if set[word] >> bit & 1 == 0 {
                continue;
            }
            let from = self.entries.partition_point(|e| e.gram < gram);
            for e in self.entries.iter().skip(from).take_while(|e| e.gram == gram) {
                let text = self.texts.get(e.text as usize).map(AsRef::as_ref).unwrap_or_default();
                let stands = at.checked_sub(e.offset as usize).and_then(|start| bytes.get(start..)).is_some_and(|b| b.starts_with(text));
                if stands && !found(e.text as usize) {
                    return;
                }
            }
        }
    }

    /// True when any of the texts stands in the bytes.
    pub fn any(&self, bytes: &[u8]) -> bool {
        let mut hit = false;
        self.each(bytes, |_| {
            hit = true;
            false
        });
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&str], bytes: &[u8]) -> Vec<usize> {
        let mut out = Vec::new();
        GramIndex::new(texts).each(bytes, |i| {
            out.push(i);
            true
        });
        out.sort_unstable();
        out.dedup();
        out
    }

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let texts = ["max number of clients", "clients reached", "max number", "NOAUTH", "abc", "Ünïcode text", "aaaa"];
        assert_eq!(found(&texts, b"ERR max number of clients reached"), [0, 1, 2]);
        assert_eq!(found(&texts, b"NOAUTH"), [3]);
        assert_eq!(found(&texts, b"NOAUT"), [0; 0]);
        assert_eq!(found(&texts, b"xabcx"), [4]);
        assert_eq!(found(&texts, "an Ünïcode text".as_bytes()), [5]);
        assert_eq!(found(&texts, b"aaaaa"), [6]);
        assert_eq!(found(&texts, b""), [0; 0]);
        assert_eq!(found(&texts, b"\xff\xfe\x00max number\xff"), [2]);
        assert!(!GramIndex::new([""; 0]).any(b"anything at all"));
    }

    #[test]
    fn it_finds_what_a_plain_search_finds() {
        let texts: Vec<String> = (0..300).map(|i| format!("{} {}", ["refused", "timed out", "reset by"][i % 3], i * 7)).collect();
        let index = GramIndex::new(&texts);
        for i in 0..400 {
            let line = format!("x {} {} y refused 7 z", ["refused", "timed out", "reset by"][i % 3], i);
            let mut hits = Vec::new();
            index.each(line.as_bytes(), |t| {
                hits.push(t);
                true
            });
            hits.sort_unstable();
            hits.dedup();
            let plain: Vec<usize> = (0..texts.len()).filter(|&t| line.contains(&texts[t])).collect();
            assert_eq!(hits, plain, "{line}");
        }
    }
}
