//! Texts that come again and again: what was found out about one is kept for the next.
//!
//! In: a text. Out: what was made for it. Fails when: never. What is remembered only saves work.

use std::hash::BuildHasher;
use std::sync::Arc;

/// Texts remembered, each in the place that its hash tells.
const KEPT: usize = 512;
/// Longer texts are made anew each time: with them all places hold a megabyte.
const LONGEST: usize = 2048;

/// What was made for texts.
pub struct Recall<T> {
    places: Vec<Option<(Box<str>, Arc<T>)>>,
}

impl<T> Default for Recall<T> {
    fn default() -> Self {
        Recall { places: Vec::new() }
    }
}

impl<T> Recall<T> {
    /// What `make` gives for the text; it must depend on the text alone.
    pub fn of(&mut self, text: &str, make: impl FnOnce(&str) -> T) -> Arc<T> {
        if text.len() > LONGEST {
            return Arc::new(make(text));
        }
        if self.places.is_empty() {
            self.places.resize_with(KEPT, || None);
        }
        let place = foldhash::fast::FixedState::default().hash_one(text) as usize % KEPT;
        match self.places.get_mut(place) {
            Some(Some((known, made))) if **known == *text => Arc::clone(made),
            Some(empty) => Arc::clone(&empty.insert((text.into(), Arc::new(make(text)))).1),
            None => Arc::new(make(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_what_was_made_for_the_text() {
        let mut recall = Recall::default();
        let texts: Vec<String> = (0..3 * KEPT).map(|i| format!("text {i}")).chain(["x".repeat(LONGEST + 1)]).collect();
        for text in texts.iter().chain(&texts) {
            assert_eq!(*recall.of(text, str::len), text.len());
            let again = recall.of(text, |_| usize::MAX);
            assert!(*again == text.len() || text.len() > LONGEST);
        }
    }
}
