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
