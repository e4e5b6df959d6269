//! What was skipped, capped or assumed. In: tally, sources. Out: [`Coverage`]. Fails when: never.

use super::Scribe;
use crate::report::Coverage;

pub(super) fn coverage(scribe: &Scribe<'_, '_, '_>) -> Coverage {
    let given = scribe.given;
    let tally = given.observed.tally;
    Coverage {
        undated: tally.health.undated,
        absurd_times: tally.health.absurd,
        undecoded: tally.health.undecoded,
        truncated: tally.health.truncated,
        duplicates: given.observed.duplicates,
        filtered: tally.health.filtered,
        outside_focus: scribe.sampled_s.get(),
        caps_reached: tally.caps.iter().map(ToString::to_string).collect(),
        redacted: 0,
        unreadable: given.unreadable.iter().map(|u| scribe.clean(u)).collect(),
        remarks: given.remarks.iter().cloned().chain(given.runbooks.remarks.iter().map(|r| scribe.clean(r))).collect(),
    }
}
