//! An incident to ranked findings.
//!
//! In: an [`crate::correlate::Incident`] with everything observed. Out: [`Diagnosis`]: causes by confidence with evidence for and against.
//! Fails when: never; what cannot be judged does not count.
//!
//! An explainable log-odds model: each cause starts at its prior, named evidence adds or takes its weight, scaled by
//! how strongly it was seen; evidence stands in groups of which only the strongest counts.

mod facts;
pub mod features;
mod next;
mod rank;
mod rates;
mod score;

pub use facts::Facts;
pub use features::{FEATURES, Judgement, Seen, Who};
pub use next::{Check, next_checks};
pub use rank::{Diagnosis, Finding, diagnose};
pub use rates::{Onset, Rate, Rates};
pub use score::{Contribution, weight_of};
