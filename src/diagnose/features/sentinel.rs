//! What Sentinel answers of a primary. In: facts. Out: judgements. Fails when: never.

use super::{Facts, Judgement};
use crate::patterns::Text;

/// A number behind a word in the summary of an answer: `quorum 2`.
fn behind(summary: &str, word: &str) -> Option<f64> {
    let part = summary.split("; ").find_map(|part| part.strip_prefix(word))?;
    part.trim().parse().ok()
}

/// Fewer Sentinels know the primary than its quorum asks for: none is ever held to be down by enough of them.
pub(super) fn quorum_short(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let mut told = false;
    for s in facts.observed.tally.settings.iter().filter(|s| s.name.starts_with("sentinel.")) {
        let (Some(others), Some(quorum)) = (behind(&s.value, "other sentinels"), behind(&s.value, "quorum")) else { continue };
        told = true;
        // The one that answers counts itself.
        if others + 1.0 < quorum {
            let text = format!("{} Sentinels know the primary, and its quorum is {quorum}", others + 1.0);
            return Judgement::measured(1.0, text, (others + 1.0, "sentinels"), vec![s.at]);
        }
    }
    if told { Judgement::NotSeen("enough Sentinels know the primary".to_string()) } else { Judgement::Unjudged }
}
