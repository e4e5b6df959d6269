//! Peeling that remembers kubectl's prefixes: every line of a container bears the same one.
//!
//! In: lines of one source. Out: as [`peel`]. Fails when: never. What is remembered only saves work.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{MAX_LAYERS, Outer, kubectl, peel, steps};

/// Prefixes remembered; a grouped log of more containers begins anew.
const PREFIXES: usize = 1024;

/// Peels the lines of one source.
pub struct Peeler {
    framed: bool,
    /// By hash: the prefix with what it says.
    known: HashMap<u64, (Box<str>, Outer), foldhash::fast::FixedState>,
}

impl Peeler {
    /// `framed`: the source came out of a document decoder.
    pub fn new(framed: bool) -> Peeler {
        Peeler { framed, known: HashMap::default() }
    }

    /// Peels all wrappers of `line`. `key`: a hash of its prefix up to the bracket, 0 where it has none.
    pub fn peel<'a>(&mut self, line: &'a str, key: u64, outer: &mut Outer) -> Cow<'a, str> {
        let plain = key != 0 && line.starts_with('[') && !self.framed && memchr::memchr2(0x1b, b'\r', line.as_bytes()).is_none();
        let end = if plain { memchr::memchr(b']', line.as_bytes()) } else { None };
        // Only a bracket that a blank follows closes the prefix.
        let Some((prefix, rest)) = end.and_then(|end| line.split_at_checked(end + 2)).filter(|(prefix, _)| prefix.ends_with(' ')) else {
            return peel(line, self.framed, outer);
        };
        match self.known.get(&key) {
            Some((known, said)) if **known == *prefix => outer.clone_from(said),
            _ => {
                if kubectl::prefix(prefix, outer).is_none() {
                    return peel(line, self.framed, outer);
                }
                if self.known.len() >= PREFIXES {
                    self.known.clear();
                }
                self.known.insert(key, (prefix.into(), outer.clone()));
            }
        }
        steps(Cow::Borrowed(rest), MAX_LAYERS - 1, outer)
    }
}
