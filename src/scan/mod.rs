//! Blocks to candidate lines.
//!
//! In: a [`Unit`]: a block of decoded bytes with margins. Out: starts of lines that hold a needle; line counts.
//! Fails when: never.
//!
//! This stage knows only plain needles. It decides nothing: a candidate is a line that is worth a closer look.

mod grams;
mod prefilter;
mod strided;
mod unit;

pub use grams::GramIndex;
pub use prefilter::{Prefilter, Searches};
pub use unit::{MARGIN, Unit};
