//! When each process was first and last seen: what appears just before an onset was started or scaled then, what went as it came replaced.
//!
//! In: records. Out: [`Starts`]. Fails when: never.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::source::Location;

/// Processes kept of one service: more pods than that are not told apart.
const INSTANCE_CAP: usize = 1_000;
/// Services kept.
const SERVICE_CAP: usize = 1_000;

/// First record of each process: (time in milliseconds, where).
pub type First = (i64, Location);

/// First record of a process, and the time of its last one.
type Span = (First, i64);

/// Service to instance (empty where none is named) to its first and last record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Starts(BTreeMap<String, BTreeMap<String, Span>>);

impl Starts {
    /// A record of `service` and `instance`.
    pub fn see(&mut self, service: &str, instance: &str, first: First) {
        self.add(service, instance, (first, first.0));
    }

    fn add(&mut self, service: &str, instance: &str, (first, last): Span) {
        if let Some(known) = self.0.get_mut(service).and_then(|all| all.get_mut(instance)) {
            *known = (known.0.min(first), known.1.max(last));
            return;
        }
        let all = self.0.entry(service.to_string()).or_default();
        all.insert(instance.to_string(), (first, last));
        if all.len() > INSTANCE_CAP {
            all.pop_last();
        }
        if self.0.len() > SERVICE_CAP {
            self.0.pop_last();
        }
    }

    /// Adds those of another part; its lines are raised by `shift`.
    pub fn merge(&mut self, other: Starts, shift: u64) {
        for (service, all) in other.0 {
            for (instance, ((time, mut at), last)) in all {
                at.line = at.line.wrapping_add(shift);
                self.add(&service, &instance, ((time, at), last));
            }
        }
    }

    /// First records of a service's processes, by name.
    pub fn of(&self, service: &str) -> impl Iterator<Item = (&str, First)> {
        self.0.get(service).into_iter().flatten().map(|(name, span)| (name.as_str(), span.0))
    }

    /// A service's processes that began before the stretch (ms) and spoke last within it.
    pub fn gone(&self, service: &str, within: RangeInclusive<i64>) -> usize {
        let went = |(first, last): &Span| first.0 < *within.start() && within.contains(last);
        self.0.get(service).into_iter().flatten().filter(|(name, span)| !name.is_empty() && went(span)).count()
    }

    /// Services with the first record of each.
    pub fn services(&self) -> impl Iterator<Item = (&str, First)> {
        self.0.iter().filter_map(|(name, all)| Some((name.as_str(), all.values().min()?.0)))
    }
}
