//! Stalls that the server measured itself: captures and logs in which a person asks why it is slow.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod judging;

use judging::{at, told};

/// The causes of the first incident, the likeliest first, each with its statements.
fn ranked(name: &str, text: &str) -> Vec<(String, String)> {
    let report = told(name, text);
    let causes = report.incidents.first().map(|i| i.causes.clone()).unwrap_or_default();
    causes.into_iter().map(|c| (c.id, c.evidence.into_iter().map(|e| e.statement).collect::<Vec<_>>().join("\n"))).collect()
}

/// What the server measured of itself tells a fork and a disk from a command, alone and whatever the class is called.
#[test]
fn the_latency_monitor_tells_forks_and_disks_from_commands() {
    let latest = |class: &str, ms: u32| {
        format!(
            "127.0.0.1:6379> latency latest\n1) 1) \"{class}\"\n   2) (integer) 1705482004\n   3) (integer) {ms}\n   4) (integer) {ms}\n"
        )
    };
    let doctor = |class: &str, ms: u32| {
        format!(
            "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n1. {class}: 5 latency spikes (average {ms}ms, mean deviation 12ms, period 73.40 sec). Worst all time event {ms}ms.\n"
        )
    };
    let first = |text: &str| ranked("answer.txt", text).into_iter().next().map(|(id, _)| id);
    for class in ["fork", "aof-write-pending-fsync", "rdb-unlink-temp-file"] {
        assert_eq!(first(&latest(class, 1893)).as_deref(), Some("persistence-fork-latency"), "{class}");
        assert_eq!(first(&doctor(class, 893)).as_deref(), Some("persistence-fork-latency"), "{class}");
    }
    assert_eq!(first(&doctor("log-write-fsync", 550)).as_deref(), Some("persistence-fork-latency"));
    for text in [latest("command", 912), doctor("command", 912)] {
        assert_eq!(first(&text).as_deref(), Some("slow-commands"), "{text}");
    }
    // Short ones are no incident; round trips alone do not tell what held the server.
    assert_eq!(first(&latest("fork", 31)), None);
    let trips = |worst: u32| {
        format!(
            "$ redis-cli --latency-history\nmin: 0, max: 1, avg: 0.10 (1469 samples) -- 15.00 seconds range\nmin: 0, max: {worst}, avg: 0.79 (1377 samples) -- 15.01 seconds range\nmin: 0, max: {}, avg: 0.84 (1369 samples) -- 15.01 seconds range\n",
            worst + 17
        )
    };
    assert_eq!(told("trips.txt", &trips(959)).verdict, whyredis::report::Verdict::Inconclusive);
    assert_eq!(told("trips.txt", &trips(12)).verdict, whyredis::report::Verdict::NoIncident);
}

/// Saves that take most of the time may still be what every burst of timeouts falls into; one burst outside refutes them.
#[test]
fn saves_that_take_most_of_the_time() {
    let log = |bursts: &[u32]| -> String {
        let mut lines: Vec<(u32, String)> =
            (0..360).map(|n| (n * 10, format!("{} INFO cart GET /cart/{n} 200 8ms\n", at(n * 10)))).collect();
        for save in (0..36).map(|n| n * 100) {
            let own = |s: u32, text: &str| (s, format!("1:M 17 Jan 2024 09:{:02}:{:02}.000 * {text}\n", s / 60, s % 60));
            lines.extend([own(save, "Background saving started by pid 33"), own(save + 60, "Background saving terminated with success")]);
        }
        let late = |s: &u32| (*s, format!("{} ERROR cart redis.exceptions.TimeoutError: Timeout reading from cache:6379\n", at(*s)));
        lines.extend(bursts.iter().map(late));
        lines.sort_by_key(|(s, _)| *s);
        lines.into_iter().map(|(_, text)| text).collect()
    };
    let points_at_saves = |bursts: &[u32]| {
        ranked("all.log", &log(bursts)).iter().any(|(id, said)| id == "persistence-fork-latency" && said.contains("rewrites that take"))
    };
    let inside: Vec<u32> = (0..12).map(|n| n * 300 + 30).collect();
    assert!(points_at_saves(&inside));
    assert!(!points_at_saves(&inside[..4]), "four of four may be chance");
    let outside: Vec<u32> = inside.iter().copied().chain([285]).collect();
    assert!(!points_at_saves(&outside));
}

/// INFO alone: a long fork and writes that wait for the disk are told, short and rare ones are not.
#[test]
fn info_tells_of_forks_and_delayed_writes() {
    let info = |fork_us: u32, delayed: u32| {
        format!(
            "# Server\nredis_version:6.2.6\nuptime_in_seconds:864000\n# Persistence\naof_enabled:1\naof_delayed_fsync:{delayed}\n# Stats\nlatest_fork_usec:{fork_us}\n"
        )
    };
    let first = |text: &str| ranked("info.txt", text).into_iter().next().map(|(id, _)| id);
    assert_eq!(first(&info(1_893_421, 0)).as_deref(), Some("persistence-fork-latency"));
    assert_eq!(first(&info(900, 26_922)).as_deref(), Some("persistence-fork-latency"));
    assert_eq!(first(&info(90_000, 120)), None, "some in ten days");
}

/// Between its word that it saves and the child's start the server does nothing but fork: its log alone tells how long.
#[test]
fn the_log_tells_how_long_a_fork_took() {
    let log = |fork_s: u32| {
        let line = |s: u32, text: &str| format!("1:M 17 Jan 2024 09:{:02}:{:02}.000 * {text}\n", s / 60, s % 60);
        line(0, "Ready to accept connections")
            + &line(400, "10000 changes in 60 seconds. Saving...")
            + &line(400 + fork_s, "Background saving started by pid 328067")
            + &line(410 + fork_s, "Background saving terminated with success")
    };
    let ranked = ranked("redis.log", &log(97));
    let (id, said) = ranked.first().expect("an incident");
    assert!(id == "persistence-fork-latency" && said.contains("97 s to fork"), "{id}: {said}");
    assert!(told("redis.log", &log(0)).incidents.is_empty());
}
