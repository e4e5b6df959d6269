//! Which events of a run can still be among those kept in detail. In: hashes. Out: yes or no. Fails when: never.
//!
//! The parts of a run share it: once more events than are kept have a smaller hash than one, that one need not be built.
//! It leaves out only what the fold would drop, so the sample is the same with it or without.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::EVENT_SAMPLE;

/// Drawers by the highest bits of the hash: the last one that is kept holds a hundredth of the sample in a million events.
const DRAWERS: usize = 1 << 12;
/// How often the drawers are counted, in events.
const COUNTED_EVERY: u64 = 1 << 10;

/// Hashes of events so far, by drawer.
pub struct Sample {
    drawers: Box<[AtomicU32]>,
    admitted: AtomicU64,
    /// Events of the drawers behind this one are not kept.
    last: AtomicU64,
}

impl Default for Sample {
    fn default() -> Self {
        Sample {
            drawers: (0..DRAWERS).map(|_| AtomicU32::new(0)).collect(),
            admitted: AtomicU64::new(0),
            last: AtomicU64::new(DRAWERS as u64),
        }
    }
}

impl Sample {
    /// Whether the event of this hash may be kept. Each event is to be asked for once.
    pub fn admits(&self, hash: u64) -> bool {
        let drawer = hash >> (64 - DRAWERS.trailing_zeros());
        if drawer > self.last.load(Ordering::Relaxed) {
            return false;
        }
        if let Some(count) = self.drawers.get(drawer as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if self.admitted.fetch_add(1, Ordering::Relaxed) % COUNTED_EVERY == COUNTED_EVERY - 1 {
            self.narrow();
        }
        true
    }

    fn narrow(&self) {
        let mut sum = 0;
        for (drawer, count) in self.drawers.iter().enumerate() {
            sum += count.load(Ordering::Relaxed) as usize;
            if sum >= EVENT_SAMPLE {
                self.last.fetch_min(drawer as u64, Ordering::Relaxed);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_hashes_are_admitted() {
        let sample = Sample::default();
        let mixed = |i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let admitted: Vec<u64> = (0..400_000).map(mixed).filter(|h| sample.admits(*h)).collect();
        let mut all: Vec<u64> = (0..400_000).map(mixed).collect();
        all.sort_unstable();
        let kept: std::collections::BTreeSet<u64> = admitted.iter().copied().collect();
        assert!(all.iter().take(EVENT_SAMPLE).all(|h| kept.contains(h)));
        assert!(admitted.len() < 6 * EVENT_SAMPLE, "{}", admitted.len());
    }
}
