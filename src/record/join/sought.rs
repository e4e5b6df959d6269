//! Which records are put together. In: a line. Out: yes or no. Fails when: never.

use crate::record::envelope::Outer;
use crate::record::layout::Parsed;

/// Decides for which lines their records are put together.
pub trait Sought {
    /// The line at this place of the unit holds something that is looked for.
    fn holds(&self, start: usize, raw: &[u8]) -> bool;
    /// What the line says by itself makes its record worth it. It may err to yes.
    fn worth(&self, outer: &Outer, parsed: &Parsed<'_>) -> bool;
}

/// Each record is asked for.
pub struct All;

impl Sought for All {
    fn holds(&self, _start: usize, _raw: &[u8]) -> bool {
        true
    }

    fn worth(&self, _outer: &Outer, _parsed: &Parsed<'_>) -> bool {
        true
    }
}
