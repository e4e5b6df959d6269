//! Traces with trouble, counted. In: a trace and a time for each event. Out: [`HitTraces`]. Fails when: never.
//!
//! Sixteen bytes a trace. Exact up to [`HIT_TRACE_CAP`]; above, the smallest fingerprints are kept and stand for the
//! rest (bottom-k), so that threads and files add up to the same number.

/// Traces counted exactly; above, an estimate whose standard error is a thousandth.
pub const HIT_TRACE_CAP: usize = 1_000_000;
/// Entries that may wait before they are sorted in, beside as many as are kept.
const WAITING: usize = 1 << 16;

/// A count with its standard error: 0 where it is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// How many.
    pub n: u64,
    /// Standard error.
    pub stderr: f64,
}

/// Distinct traces with the time of the first event of each.
#[derive(Clone, Debug, Default)]
pub struct HitTraces {
    /// (fingerprint, first time): the first `settled` sorted and distinct, the others as they came.
    list: Vec<(u64, i64)>,
    settled: usize,
    capped: bool,
}

impl HitTraces {
    /// Adds an event's trace; `time_ms` is `i64::MIN` where it has none.
    pub fn add(&mut self, fingerprint: u64, time_ms: i64) {
        self.list.push((fingerprint, time_ms));
        self.bound();
    }

    /// Adds another set.
    pub fn merge(&mut self, other: HitTraces) {
        self.capped |= other.capped;
        if self.list.is_empty() {
            (self.list, self.settled) = (other.list, other.settled);
        } else {
            self.list.extend(other.list);
        }
        self.bound();
    }

    /// Some trace was dropped.
    pub fn capped(&self) -> bool {
        self.capped
    }

    fn bound(&mut self) {
        if self.list.len() > self.settled + self.settled.max(WAITING) {
            self.settle();
        }
    }

    /// Sorts in what waits; to be called before it is counted.
    pub fn settle(&mut self) {
        self.list.sort_unstable();
        // Of one trace the first time comes first.
        self.list.dedup_by_key(|(fingerprint, _)| *fingerprint);
        if self.list.len() > HIT_TRACE_CAP {
            self.list.truncate(HIT_TRACE_CAP);
            self.capped = true;
        }
        self.settled = self.list.len();
    }

    /// Traces whose first event lies in `from..=to`.
    pub fn between(&self, from: i64, to: i64) -> Count {
        let kept = self.list.len() as f64;
        let here = self.list.iter().map(|&(_, t)| usize::from(from <= t && t <= to)).sum::<usize>();
        match self.list.last() {
            Some(&(largest, _)) if self.capped && here > 0 => {
                // The largest of k smallest of n even numbers below 2^64 lies near k/n of it.
                let all = (kept - 1.0) * (u64::MAX as f64 / largest.max(1) as f64);
                let part = here as f64 / kept;
                let n = all * part;
                Count { n: n.round() as u64, stderr: n * ((1.0 - part) / here as f64 + 1.0 / kept).sqrt() }
            }
            _ => Count { n: here as u64, stderr: 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Well mixed numbers, the same in every run.
    fn mixed(i: u64) -> u64 {
        let mut x = i.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x ^= x >> 27;
        x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn of(range: std::ops::Range<u64>) -> HitTraces {
        let mut hits = HitTraces::default();
        for i in range {
            hits.add(mixed(i), (i % 1000) as i64);
        }
        hits
    }

    #[test]
    fn a_million_is_exact_in_any_order_of_adding() {
        let mut all = of(0..700_000);
        all.merge(of(300_000..1_000_000));
        all.merge(of(0..10));
        all.settle();
        assert_eq!(all.between(i64::MIN, i64::MAX), Count { n: 1_000_000, stderr: 0.0 });
        assert_eq!(all.between(0, 499), Count { n: 500_000, stderr: 0.0 });
        assert!(!all.capped());
        assert!(all.list.capacity() * 16 < 48 << 20, "{}", all.list.capacity());
    }

    #[test]
    fn beyond_a_million_it_is_an_estimate_with_its_error() {
        let mut one = of(0..1_600_000);
        one.merge(of(1_400_000..3_000_000));
        let mut other = of(1_500_000..3_000_000);
        other.merge(of(0..1_500_000));
        one.settle();
        other.settle();
        let (whole, half) = (one.between(i64::MIN, i64::MAX), one.between(500, 999));
        assert_eq!(whole, other.between(i64::MIN, i64::MAX));
        assert!(whole.stderr > 0.0 && whole.stderr < 10_000.0 && (whole.n as f64 - 3e6).abs() < 4.0 * whole.stderr, "{whole:?}");
        assert!((half.n as f64 - 1.5e6).abs() < 4.0 * half.stderr && half.stderr < 10_000.0, "{half:?}");
        assert!(one.capped());
    }
}
