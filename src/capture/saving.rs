//! Saves and rewrites as the server's own log tells them.
//!
//! In: a message. Out: a gauge, 1 from the start on and 0 from the end on. Fails when: the message tells of none.

use super::Reading;

/// How a message begins, and what runs (1) or has ended (0). src/rdb.c, src/aof.c; the texts are the same in Valkey.
const MARKS: [(&str, &str, f64); 9] = [
    ("Background saving started by pid", SAVE, 1.0),
    ("Background RDB transfer started by pid", SAVE, 1.0),
    ("Background saving terminated", SAVE, 0.0),
    ("Background saving error", SAVE, 0.0),
    ("Background RDB transfer terminated", SAVE, 0.0),
    ("Background transfer", SAVE, 0.0),
    ("Background append only file rewriting started by pid", REWRITE, 1.0),
    ("Background AOF rewrite terminated", REWRITE, 0.0),
    ("Background AOF rewrite finished", REWRITE, 0.0),
];
const SAVE: &str = "log.save";
const REWRITE: &str = "log.rewrite";

/// What a message tells.
pub(super) fn read(body: &str) -> Option<Reading> {
    let (_, name, value) = MARKS.iter().find(|(begins, ..)| body.starts_with(begins))?;
    Some(Reading::Gauge { name, value: *value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_begins_and_ends() {
        let value = |body: &str| match read(body) {
            Some(Reading::Gauge { name, value }) => Some((name, value)),
            _ => None,
        };
        assert_eq!(value("Background saving started by pid 33"), Some((SAVE, 1.0)));
        assert_eq!(value("Background saving terminated with success"), Some((SAVE, 0.0)));
        assert_eq!(value("Background AOF rewrite terminated by signal 9"), Some((REWRITE, 0.0)));
        assert_eq!(value("DB saved on disk"), None);
    }
}
