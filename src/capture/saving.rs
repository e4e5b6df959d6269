//! Saves and rewrites as the server's own log tells them.
//!
//! In: a message. Out: gauges, 1 from the start on and 0 from the end on. Fails when: the message tells of none.

use super::Reading;

/// How a message begins, and what runs (1) or has ended (0). src/rdb.c, src/aof.c; the texts are the same in Valkey.
const MARKS: [(&str, &str, f64); 11] = [
    ("Background saving started by pid", SAVE, 1.0),
    ("Background RDB transfer started by pid", SAVE, 1.0),
    ("Background saving terminated", SAVE, 0.0),
    ("Background saving error", SAVE, 0.0),
    ("Background RDB transfer terminated", SAVE, 0.0),
    ("Background transfer", SAVE, 0.0),
    ("Background append only file rewriting started by pid", REWRITE, 1.0),
    ("Background AOF rewrite terminated", REWRITE, 0.0),
    ("Background AOF rewrite finished", REWRITE, 0.0),
    ("Can't save in background", SAVE, 0.0),
    ("Can't rewrite append only file in background", REWRITE, 0.0),
];
const SAVE: &str = "log.save";
const REWRITE: &str = "log.rewrite";
/// How a fork that failed is told.
const NO_FORK: &str = "Can't ";
/// The gauge of a fork that failed.
const FAILED: f64 = -1.0;
/// Between a word that it will save and the next line the server does nothing but fork.
const FORK: &str = "log.fork";

/// `100 changes in 300 seconds. Saving...` (two dots before 2.8) and `Starting automatic rewriting of AOF on 100% growth`.
fn forks(body: &str) -> bool {
    body.contains(" seconds. Saving..") || body.starts_with("Starting automatic rewriting of AOF on ")
}

/// What a message tells.
pub(super) fn read(body: &str) -> Vec<Reading> {
    if forks(body) {
        return vec![Reading::Gauge { name: FORK, value: 1.0 }];
    }
    let Some((_, name, value)) = MARKS.iter().find(|(begins, ..)| body.starts_with(begins)) else { return Vec::new() };
    // A fork that failed took no time that anybody could save.
    let ended = if *value > 0.0 { Some(0.0) } else { body.starts_with(NO_FORK).then_some(FAILED) };
    let fork = ended.map(|value| Reading::Gauge { name: FORK, value });
    [Reading::Gauge { name, value: *value }].into_iter().chain(fork).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_begins_and_ends() {
        let value = |body: &str| -> Vec<(&'static str, f64)> {
            let gauge = |reading| if let Reading::Gauge { name, value } = reading { Some((name, value)) } else { None };
            read(body).into_iter().filter_map(gauge).collect()
        };
        assert_eq!(value("100 changes in 300 seconds. Saving..."), [(FORK, 1.0)]);
        assert_eq!(value("Background saving started by pid 33"), [(SAVE, 1.0), (FORK, 0.0)]);
        assert_eq!(value("Background saving terminated with success"), [(SAVE, 0.0)]);
        assert_eq!(value("Background AOF rewrite terminated by signal 9"), [(REWRITE, 0.0)]);
        assert_eq!(value("Can't save in background: fork: Cannot allocate memory"), [(SAVE, 0.0), (FORK, FAILED)]);
        assert_eq!(value("DB saved on disk"), []);
    }
}
