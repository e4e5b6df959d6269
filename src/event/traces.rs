//! Traces by fingerprint, with their path. In: what one record shows of its trace. Out: [`Traces`]. Fails when: never.
//!
//! One list, sorted by fingerprint, with what waits behind it: a log of trouble has hundreds of thousands. At the cap the
//! smallest fingerprints stay (bottom-k), so that threads and files add up to the same traces.

use crate::record::Name;
use crate::source::Location;

/// Traces kept exactly; above, the count is an estimate (bottom-k of their fingerprints).
pub(super) const TRACE_CAP: usize = 300_000;
/// Entries that may wait before they are sorted in.
const WAITING: usize = 1 << 15;
/// Services listed for one trace.
const TRACE_SERVICES: usize = 16;

/// One trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceStat {
    /// First record.
    pub first_ms: i64,
    /// Last record.
    pub last_ms: i64,
    /// Where the first record stands.
    pub first_at: Location,
    /// Where it was, in order of name.
    pub services: TraceServices,
    /// (time, status) of the last record that carries one.
    pub status: Option<(i64, u16)>,
}

impl TraceStat {
    fn join(&mut self, other: TraceStat) {
        if (other.first_ms, other.first_at) < (self.first_ms, self.first_at) {
            self.first_ms = other.first_ms;
            self.first_at = other.first_at;
        }
        self.last_ms = self.last_ms.max(other.last_ms);
        self.status = self.status.max(other.status);
        self.services.join(other.services);
    }
}

/// Services of one trace with the first time in each, by name. Most traces have one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceServices {
    first: Option<(Name, i64)>,
    others: Option<Box<[(Name, i64)]>>,
}

impl TraceServices {
    pub(super) fn of(service: Option<&Name>, time: i64) -> TraceServices {
        TraceServices { first: service.map(|name| (name.clone(), time)), others: None }
    }

    /// Number of services.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// None is known.
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Service and first time, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.first.iter().chain(self.others.iter().flat_map(|list| list.iter())).map(|(name, time)| (name.as_ref(), *time))
    }

    /// Names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    fn join(&mut self, other: TraceServices) {
        if let (Some((mine, time)), Some((theirs, at)), None, None) = (&mut self.first, &other.first, &self.others, &other.others)
            && mine == theirs
        {
            *time = (*time).min(*at);
            return;
        }
        let parts = [std::mem::take(self), other];
        let mut all: Vec<(Name, i64)> =
            parts.into_iter().flat_map(|s| s.first.into_iter().chain(s.others.into_iter().flat_map(<[_]>::into_vec))).collect();
        // Of one service the first time comes first.
        all.sort_unstable();
        all.dedup_by(|later, first| later.0 == first.0);
        all.truncate(TRACE_SERVICES);
        let mut all = all.into_iter();
        self.first = all.next();
        self.others = (all.len() > 0).then(|| all.collect());
    }
}

/// Traces of a run or of a part of it.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// The first `settled` are sorted and distinct, the others as they came.
    list: Vec<(u64, TraceStat)>,
    settled: usize,
    capped: bool,
}

impl Traces {
    pub(super) fn add(&mut self, fingerprint: u64, stat: TraceStat) {
        self.list.push((fingerprint, stat));
        if self.list.len() > self.settled + WAITING {
            self.settle();
        }
    }

    /// Adds those of another part, which is settled; its line numbers are raised by `shift`.
    pub(super) fn merge(&mut self, other: Traces, shift: u64) {
        self.capped |= other.capped;
        // Room for what may wait, and no more: doubling would hold twice of what is kept.
        if self.list.capacity() - self.list.len() < other.list.len() {
            self.list.reserve_exact(other.list.len().max(WAITING));
        }
        let moved = other.list.into_iter().map(|(fingerprint, mut stat)| {
            stat.first_at.line = stat.first_at.line.wrapping_add(shift);
            (fingerprint, stat)
        });
        self.list.extend(moved);
        if self.list.len() > self.settled + WAITING {
            self.settle();
        }
    }

    /// Sorts in what waits; to be called before anything is asked.
    pub fn settle(&mut self) {
        if self.settled == self.list.len() {
            return;
        }
        self.sort_in();
        self.list.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                let nothing = TraceStat { services: TraceServices::default(), ..later.1.clone() };
                first.1.join(std::mem::replace(&mut later.1, nothing));
            }
            same
        });
        if self.list.len() > TRACE_CAP {
            self.list.truncate(TRACE_CAP);
            self.capped = true;
        }
        self.settled = self.list.len();
    }

    /// Sorts what waits, and merges it in from the back: it alone is held twice.
    fn sort_in(&mut self) {
        let mut waiting = self.list.split_off(self.settled);
        // Stable, and fast for runs that are sorted already, as those of parts are.
        waiting.sort_by_key(|(fingerprint, _)| *fingerprint);
        let mut left = self.list.len();
        self.list.resize_with(left + waiting.len(), Default::default);
        while let Some((last, _)) = waiting.last() {
            let to = left + waiting.len() - 1;
            if left > 0 && self.list.get(left - 1).is_some_and(|(fingerprint, _)| fingerprint > last) {
                left -= 1;
                self.list.swap(left, to);
            } else if let (Some(place), Some(next)) = (self.list.get_mut(to), waiting.pop()) {
                *place = next;
            }
        }
    }

    /// Sorts in what waits and gives back the room; to be called when a part was looked at.
    pub(super) fn close(&mut self) {
        self.settle();
        self.list.shrink_to_fit();
    }

    /// Some trace was dropped.
    pub fn capped(&self) -> bool {
        self.capped
    }

    /// One trace.
    pub fn get(&self, fingerprint: u64) -> Option<&TraceStat> {
        let at = self.list.binary_search_by_key(&fingerprint, |(f, _)| *f).ok()?;
        self.list.get(at).map(|(_, stat)| stat)
    }

    /// All, by fingerprint.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &TraceStat)> {
        self.list.iter().map(|(fingerprint, stat)| (*fingerprint, stat))
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// None is kept.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Number of traces: exact up to 300,000, else an estimate.
    pub fn count(&self) -> u64 {
        let kept = self.list.len() as u64;
        match self.list.last() {
            // The largest of k smallest of n even numbers below 2^64 lies near k/n of it.
            Some(&(largest, _)) if self.capped => {
                let n = (u128::from(kept) - 1) << 64;
                u64::try_from(n / u128::from(largest.max(1))).unwrap_or(u64::MAX).max(kept)
            }
            _ => kept,
        }
    }
}
