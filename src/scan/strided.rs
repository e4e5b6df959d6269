//! Many long texts sought at once. In: texts, then bytes. Out: where the first of them stands. Fails when: never.
//!
//! A text of at least [`LONG`] bytes that stands anywhere covers a group of [`GROUP`] bytes at a multiple of
//! [`STRIDE`]: only these groups are looked at, whatever the number of texts. A bit set says which groups may belong to
//! a text; the few that may are compared.

/// Distance of the groups.
const STRIDE: usize = 2;
/// Bytes of a group. Groups of four are common in plain English; five tell three times as much apart.
const GROUP: usize = 5;
/// Shortest text: wherever it stands, a whole group at a multiple of the stride lies in it.
const LONG: usize = STRIDE + GROUP - 1;
const _: () = assert!(LONG == crate::patterns::needles::LONG_BYTES);
/// Bits of the set: 32 KiB, which stays in the first-level cache.
const BITS: u32 = 18;
/// Bytes whose groups are looked at in one turn of the loop.
const BLOCK: usize = 16;
/// Words of the set.
const WORDS: usize = 1 << (BITS - 6);

/// A group of a text.
#[derive(Clone, Copy, Debug)]
struct Entry {
    group: u64,
    /// Index of the text.
    text: u32,
    /// Where the group stands in the text.
    offset: u32,
}

/// Long texts, filed under all groups of one window each.
#[derive(Debug)]
pub(super) struct Strided {
    texts: Vec<Box<[u8]>>,
    /// Sorted by drawer.
    entries: Vec<Entry>,
    /// For each drawer, where its entries begin; one more at the end.
    drawers: Vec<u32>,
    /// [`WORDS`] of them.
    set: Vec<u64>,
}

/// Bits by which a group is moved, so that the bytes behind it fall out at the top.
const ABOVE: u32 = 64 - 8 * GROUP as u32;

/// Fibonacci hashing: the high bits of the product are well mixed. Word (the drawer, too) and bit of the set.
fn slot(group: u64) -> (usize, u32) {
    let hash = group.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS);
    ((hash >> 6) as usize & (WORDS - 1), (hash & 63) as u32)
}

fn group_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + GROUP).map(|b| b.iter().rev().fold(0, |g, &b| g << 8 | u64::from(b)) << ABOVE)
}

impl Strided {
    /// Files the texts, each with the start of its rarest [`LONG`] bytes; shorter ones are not found.
    pub(super) fn new<'t>(texts: impl IntoIterator<Item = (&'t str, u8)>) -> Strided {
        let mut set = vec![0; WORDS];
        let (mut kept, mut entries) = (Vec::new(), Vec::new());
        for (text, window) in texts {
            let bytes = text.as_bytes();
            let window = usize::from(window).min(bytes.len().saturating_sub(LONG));
            for offset in window..window + STRIDE {
                let Some(group) = group_at(bytes, offset) else { continue };
                entries.push(Entry { group, text: kept.len() as u32, offset: offset as u32 });
                let (word, bit) = slot(group);
                if let Some(word) = set.get_mut(word) {
                    *word |= 1 << bit;
                }
            }
            kept.push(bytes.into());
        }
        entries.sort_unstable_by_key(|e| (slot(e.group).0, e.group, e.text, e.offset));
        let mut drawers = vec![0; WORDS + 1];
        for e in &entries {
            if let Some(n) = drawers.get_mut(slot(e.group).0 + 1) {
                *n += 1;
            }
        }
        let mut sum = 0;
        for n in &mut drawers {
            sum += *n;
            *n = sum;
        }
        Strided { texts: kept, entries, drawers, set }
    }

    /// Where the first text that is come upon at or after `from` stands: (start, end).
    pub(super) fn find(&self, hay: &[u8], from: usize) -> Option<(usize, usize)> {
        let rest = hay.get(from..)?;
        let set = self.set.first_chunk::<WORDS>()?;
        let may_stand = |group: u64| {
            let (word, bit) = slot(group);
            set[word] >> bit & 1 == 1
        };
        // Two blocks at a time, so that each group is one load from a place that is known to be there: twice as fast.
        let (blocks, _) = rest.as_chunks::<BLOCK>();
        for (i, pair) in blocks.windows(2).enumerate() {
            let pair = pair.as_flattened().first_chunk::<{ 2 * BLOCK }>()?;
            for at in (0..BLOCK).step_by(STRIDE) {
                let group = u64::from_le_bytes(*pair[at..].first_chunk()?) << ABOVE;
                if may_stand(group)
                    && let Some(found) = self.stands(hay, from, group, from + i * BLOCK + at)
                {
                    return Some(found);
                }
            }
        }
        let last = from + blocks.len().saturating_sub(1) * BLOCK;
        let rest = (last..hay.len()).step_by(STRIDE).filter_map(|at| group_at(hay, at).map(|group| (at, group)));
        rest.filter(|(_, group)| may_stand(*group)).find_map(|(at, group)| self.stands(hay, from, group, at))
    }

    #[inline(never)]
    fn stands(&self, hay: &[u8], begin: usize, group: u64, at: usize) -> Option<(usize, usize)> {
        let drawer = slot(group).0;
        let range = *self.drawers.get(drawer)? as usize..*self.drawers.get(drawer + 1)? as usize;
        let same = self.entries.get(range)?.iter().filter(|e| e.group == group);
        same.filter_map(|e| {
            let text = self.texts.get(e.text as usize)?;
            let start = at.checked_sub(e.offset as usize).filter(|s| *s >= begin)?;
            hay.get(start..)?.starts_with(text).then_some((start, start + text.len()))
        })
        .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let texts = [("Connection refused", 3), ("max number", 2), ("numbers of", 0), ("eight.by", 0)];
        let sought = Strided::new(texts);
        for (text, _) in texts {
            for before in 0..9 {
                for after in 0..9 {
                    let hay = format!("{}{text}{}", "-".repeat(before), "-".repeat(after));
                    for from in 0..=before {
                        assert_eq!(sought.find(hay.as_bytes(), from), Some((before, before + text.len())), "{hay} from {from}");
                    }
                    assert_eq!(sought.find(hay.as_bytes(), before + 1), None, "{hay}");
                }
            }
        }
        for none in ["", "max", "Connection refuse", "max numbe", "eight,by"] {
            assert_eq!(sought.find(none.as_bytes(), 0), None, "{none}");
        }
        assert_eq!(Strided::new([]).find(b"anything at all, and more of it", 0), None);
    }
}
