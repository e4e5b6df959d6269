//! How a record was read, for the report's `format`. In: wrappers and layout. Out: [`Format`]. Fails when: never.

use crate::record::envelope::Layers;

/// How a record was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Format {
    /// Its wrappers.
    pub layers: Layers,
    /// Its layout.
    pub layout: &'static str,
}

impl Format {
    /// True only of equal ones; of equal ones not always, since a name may stand in memory twice.
    fn is_plainly(&self, other: &Format) -> bool {
        let (own, others) = (self.layers.as_slice(), other.layers.as_slice());
        std::ptr::eq(self.layout, other.layout)
            && own.len() == others.len()
            && own.iter().zip(others).all(|(a, b)| std::ptr::eq::<str>(*a, *b))
    }

    /// It stood in a wrapper.
    pub fn is_wrapped(&self) -> bool {
        !self.layers.as_slice().is_empty()
    }
}

impl std::fmt::Display for Format {
    /// Wrappers and layout, outermost first, joined by `+`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for layer in self.layers.as_slice() {
            write!(f, "{layer}+")?;
        }
        f.write_str(self.layout)
    }
}

/// Formats kept.
const FORMAT_CAP: usize = 64;

/// Records by format.
#[derive(Clone, Debug, Default)]
pub struct Formats(Vec<(Format, u64)>);

impl Formats {
    /// Counts records; of too many formats the first by name stay.
    pub fn add(&mut self, format: Format, records: u64) {
        // Every record comes here: a name is told by its place before it is read.
        let known = self.0.iter().position(|(f, _)| f.is_plainly(&format)).or_else(|| self.0.iter().position(|(f, _)| *f == format));
        if let Some((_, count)) = known.and_then(|at| self.0.get_mut(at)) {
            *count += records;
            return;
        }
        self.0.push((format, records));
        if self.0.len() > FORMAT_CAP {
            self.0.sort_unstable();
            self.0.pop();
        }
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: Formats) {
        for (format, records) in other.0 {
            self.add(format, records);
        }
    }

    /// The name of the most frequent one, the first by name of equals.
    pub fn most(&self) -> Option<String> {
        let named = self.0.iter().map(|(format, n)| (*n, std::cmp::Reverse(format.to_string())));
        named.max().map(|(_, std::cmp::Reverse(name))| name)
    }
}
