//! Names that stand in line after line: services, pods, loggers. In: text. Out: [`Name`]. Fails when: never.

use std::cell::RefCell;
use std::hash::BuildHasher;
use std::sync::Arc;

/// A name, shared by the records that bear it.
pub type Name = Arc<str>;

/// Names that a thread remembers.
const KEPT: usize = 1024;
/// Longer texts are no names that recur.
const LONGEST: usize = 128;

thread_local! {
    static NAMES: RefCell<Vec<Option<Name>>> = const { RefCell::new(Vec::new()) };
}

/// The name of this text: the one given before, where it is still remembered. Equal texts are equal names either way.
pub fn name(text: &str) -> Name {
    if text.len() > LONGEST {
        return text.into();
    }
    let slot = foldhash::fast::FixedState::default().hash_one(text) as usize % KEPT;
    NAMES.with_borrow_mut(|names| {
        names.resize(KEPT, None);
        match names.get_mut(slot) {
            Some(Some(known)) if **known == *text => known.clone(),
            Some(empty) => empty.insert(text.into()).clone(),
            None => text.into(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_equal_names() {
        for i in 0..3 * KEPT {
            let text = format!("pod-{i}");
            let (one, two) = (name(&text), name(&text));
            assert_eq!(&*one, text);
            assert!(Arc::ptr_eq(&one, &two));
        }
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(&*name(&long), long);
    }
}
