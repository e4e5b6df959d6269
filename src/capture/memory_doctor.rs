//! MEMORY DOCTOR's prose. In: its lines. Out: one setting a complaint. Fails when: never.

use super::Reading;

/// Whether a line begins the doctor's answer.
pub(super) fn starts(line: &str) -> bool {
    line.starts_with("Sam, I detected") || line.starts_with("Sam, I have observed") || line.starts_with("Hi Sam, ")
}

/// Whether a line continues it.
pub(super) fn continues(line: &str) -> bool {
    line.is_empty() || line.starts_with(" * ") || line.starts_with("I'm here to keep you safe, Sam")
}

/// Reads the answer: that nothing is wrong, or ` * Peak memory: …` is one complaint, named by its words before the colon.
pub(super) fn read(body: &str) -> Vec<Reading> {
    if body.starts_with("Hi Sam, ") {
        let said = body.lines().next().unwrap_or_default().chars().take(160).collect();
        return vec![Reading::Setting { name: "memory_doctor.says".to_owned(), value: said }];
    }
    body.lines()
        .filter_map(|line| line.strip_prefix(" * ")?.split_once(": "))
        .map(|(complaint, text)| Reading::Setting {
            name: format!("memory_doctor.{}", complaint.to_ascii_lowercase().replace(' ', "_")),
            value: text.chars().take(160).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints() {
        let body = "Sam, I detected a few issues in this Redis instance memory implants:\n\n * High fragmentation: This instance has a memory fragmentation greater than 1.4\n\nI'm here to keep you safe, Sam. I want to help you.";
        assert!(body.lines().next().is_some_and(starts) && body.lines().skip(1).all(continues));
        assert!(matches!(read(body).as_slice(), [Reading::Setting { name, .. }] if name == "memory_doctor.high_fragmentation"));
        assert!(starts("Hi Sam, I can't find any memory issue in your instance.") && !starts("Hi Sam"));
    }
}
