//! When a line was written. In: a line of the window. Out: its own time, or that of the nearest dated line before it in its
//! stream. Fails when: never; a line far from any time has none.

use super::lines::{Id, Shape};
use super::{INHERIT_BYTES, Joiner};
use crate::record::TimeBasis;
use crate::record::clock::{Assumed, Stamp};

impl Joiner<'_, '_> {
    /// Time of the line itself: its layout's, else its wrapper's.
    pub(super) fn own_time(&mut self, id: Id) -> Option<(i64, u32, TimeBasis, Assumed)> {
        let own = if self.lines.get(id).shape == Shape::Head { self.lines.alone(id).time } else { None };
        self.settled(id, own)
    }

    pub(super) fn settled(&self, id: Id, own: Option<Stamp>) -> Option<(i64, u32, TimeBasis, Assumed)> {
        let wrapper = self.lines.get(id).outer.time;
        let (stamp, basis) = match own {
            Some(s) => (s, TimeBasis::Own),
            None => (wrapper?, TimeBasis::Envelope),
        };
        let (ms, assumed) = self.context.clock.settle_within(stamp, wrapper);
        Some((ms, stamp.resolution_ms, basis, assumed))
    }

    /// Time of the nearest dated line at or before the line in its stream: (time, resolution, where).
    pub(super) fn near_time(&mut self, id: Id) -> Option<(i64, u32, usize)> {
        let start = self.lines.get(id).start;
        let mut chain = Vec::new();
        let mut at = id;
        let found = loop {
            if let Some(known) = self.lines.get(at).near {
                break Some(known);
            }
            if let Some((ms, resolution, ..)) = self.own_time(at) {
                break Some((ms, resolution, self.lines.get(at).start));
            }
            chain.push(at);
            // Lines that an earlier walk found to have no time are stepped over, unless they begin too far away, perhaps dropped.
            let from = self.lines.get(at).undated.unwrap_or(at);
            let in_reach = start.saturating_sub(self.lines.get(from).start) <= INHERIT_BYTES;
            match if in_reach { self.lines.before(from, INHERIT_BYTES) } else { None } {
                Some(b) if start - self.lines.get(b).start <= INHERIT_BYTES => at = b,
                _ => {
                    self.lines.get_mut(id).undated = Some(from);
                    break None;
                }
            }
        };
        // Each line remembers where its time stands, not the time alone: distance counts from the asking line.
        // A line whose walk was cut by distance remembers nothing beyond itself.
        for c in chain {
            let line = self.lines.get_mut(c);
            if let Some((_, _, dated)) = found
                && line.start - dated <= INHERIT_BYTES
            {
                line.near = found;
            }
        }
        found.filter(|(_, _, dated)| start - dated <= INHERIT_BYTES)
    }
}
