//! Two tallies to one. In: a tally and how many lines stand before it. Out: the sum. Fails when: never.

use super::{CHANGE_CAP, PASTE_RECORDS, SERVICE_CAP, SETTING_CAP, Tally};
use crate::source::Location;

impl Tally {
    /// Adds another tally whose lines stand `shift` lines further down.
    pub fn merge(&mut self, other: Tally, shift: u64) {
        let moved = |at: Location| Location { source: at.source, line: at.line.wrapping_add(shift) };
        self.lines += other.lines;
        if self.widen < other.widen {
            self.widen = other.widen;
            self.recount();
        }
        let width = self.cell_ms();
        for (mut key, n) in other.counts {
            key.cell = key.cell.map(|c| c.div_euclid(width) * width);
            self.counts.entry(key).or_default().add(n);
        }
        self.bound_counts();
        self.event_total += other.event_total;
        self.hits.merge(other.hits);
        for ((hash, ..), mut e) in other.events {
            e.at = moved(e.at);
            self.keep_event(hash, e);
        }
        for ((owner, name), points) in other.gauges {
            for (_, mut p) in points {
                p.at = moved(p.at);
                self.add_gauge(&owner, &name, p);
            }
        }
        for mut s in other.settings {
            s.at = moved(s.at);
            self.settings.insert(s);
            if self.settings.len() > SETTING_CAP {
                self.settings.pop_last();
            }
        }
        for (_, mut s) in other.snapshots {
            s.at = moved(s.at);
            s.last_line = s.last_line.wrapping_add(shift);
            self.add_snapshot(s);
        }
        for (_, mut s) in other.slow {
            s.at = moved(s.at);
            self.add_slow(s);
        }
        for ((time, at), c) in other.changes {
            self.changes.insert((time, moved(at)), c);
            if self.changes.len() > CHANGE_CAP {
                self.changes.pop_last();
                self.caps.insert("changes: 2048");
            }
        }
        for (_, mut t) in other.templates {
            t.at = moved(t.at);
            self.merge_template(t);
        }
        self.survey.merge(other.survey, shift);
        let h = &mut self.health;
        let o = other.health;
        h.undated += o.undated;
        h.absurd += o.absurd;
        h.undecoded += o.undecoded;
        h.truncated += o.truncated;
        h.filtered += o.filtered;
        for (a, b) in h.assumed.iter_mut().zip(o.assumed) {
            *a += b;
        }
        self.formats.merge(other.formats);
        self.server_log.0 += other.server_log.0;
        if let Some((c, d)) = other.server_log.1 {
            self.server_log.1 = Some(self.server_log.1.map_or((c, d), |(a, b)| (a.min(c), b.max(d))));
        }
        for (source, span) in other.server_logs {
            self.span_server_log(source, span);
        }
        for (k, n) in other.capture_kinds {
            *self.capture_kinds.entry(k).or_default() += n;
        }
        self.named.extend(other.named.into_iter().map(|(at, redis)| (moved(at), redis)));
        while self.named.len() > PASTE_RECORDS as usize {
            self.named.pop_last();
        }
        for (product, mut e) in other.elsewhere {
            e.at = moved(e.at);
            self.merge_elsewhere(product, e);
        }
        self.redis_users.extend(other.redis_users);
        while self.redis_users.len() > SERVICE_CAP {
            self.redis_users.pop_last();
        }
        self.caps.extend(other.caps);
    }
}
