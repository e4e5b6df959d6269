//! Where an incident begins and ends, whether it is over, and whose doing it was, amid all that goes on beside it.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod judging;

use judging::{at, told, told_all};
use whyredis::report::{IncidentReport, Report, Status, Verdict};

const REFUSED: &str = "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.";
const TIMED_OUT: &str = "redis.exceptions.TimeoutError: Timeout reading from redis:6379";

/// What a service does in a second.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    /// A request, answered well.
    Answers,
    /// A request that fails on this.
    Fails(&'static str),
    /// A request that meets this, tries again and is answered well.
    TriesAgain(&'static str),
    /// A probe alone, answered well.
    Lives,
    Nothing,
}

/// Seconds of a service, each request with a trace and a status in its last line.
fn log(service: &str, seconds: std::ops::Range<u32>, does: impl Fn(u32) -> Does) -> String {
    let second = |s: u32| {
        let line = |level: &str, text: &str| {
            format!(
                "{} {level} {service} [trace={:032x}] {text}\n",
                at(s),
                u128::from(s + 1) * (0x9e37_79b9_7f4a_7c15_f39c_c060 + service.len() as u128)
            )
        };
        let answer = |status| line("INFO", &format!("GET /{service}/{s} -> {status} (30 ms)"));
        match does(s) {
            Does::Answers => answer(200),
            Does::Fails(error) => line("ERROR", error) + &answer(503),
            Does::TriesAgain(error) => line("WARN", &format!("GET failed, retrying (attempt 1/3): {error}")) + &answer(200),
            Does::Lives => format!("{} INFO {service} GET /healthz -> 200 (1 ms)\n", at(s)),
            Does::Nothing => String::new(),
        }
    };
    seconds.map(second).collect()
}

fn only(report: &Report) -> &IncidentReport {
    assert_eq!(report.incidents.len(), 1, "{:?}", report.incidents.iter().map(|i| (&i.start, &i.end)).collect::<Vec<_>>());
    report.incidents.first().unwrap()
}

fn status(does: impl Fn(u32) -> Does, until: u32) -> Status {
    only(&told("app.log", &log("cart", 0..until, does))).status
}

/// Requests that fail in between others up to the end have not recovered, well as the last ones may go.
#[test]
fn what_fails_now_and_then_up_to_the_end_has_not_recovered() {
    let each =
        |pause: u32| move |s: u32| if (600..1_200).contains(&s) && s.is_multiple_of(pause) { Does::Fails(REFUSED) } else { Does::Answers };
    assert_eq!(status(each(5), 1_199), Status::Ongoing);
    assert_eq!(status(each(5), 1_800), Status::Recovered);
    assert_eq!(status(each(60), 1_190), Status::Ongoing, "fifty seconds into the next minute");
    assert_eq!(status(each(60), 1_500), Status::Recovered);
}

/// Errors that end with the requests have not ended by themselves, whatever a probe says.
#[test]
fn who_is_asked_nothing_any_more_has_not_recovered() {
    let does = |after: Does| {
        move |s: u32| {
            if s < 600 {
                Does::Answers
            } else if s < 900 {
                Does::Fails(REFUSED)
            } else {
                after
            }
        }
    };
    assert_eq!(status(does(Does::Answers), 3_600), Status::Recovered);
    assert_eq!(status(does(Does::Lives), 3_600), Status::Unknown);
}

/// Two services failed, one goes on well.
#[test]
fn one_of_two_that_recovers_is_not_all() {
    let until = |end: u32| move |s: u32| if (600..end).contains(&s) { Does::Fails(REFUSED) } else { Does::Answers };
    let both =
        |end: u32| told_all(&[("cart.log", &log("cart", 0..1_500, until(900))), ("orders.log", &log("orders", 0..1_500, until(end)))]);
    assert_eq!(only(&both(1_500)).status, Status::Ongoing);
    assert_eq!(only(&both(900)).status, Status::Recovered);
}

/// Bursts in a rhythm are one incident, and two far apart are two.
#[test]
fn bursts_that_recur_are_one_incident() {
    let bursts = |times: &'static [u32]| {
        move |s: u32| if times.iter().any(|t| (*t..t + 8).contains(&s)) { Does::Fails(TIMED_OUT) } else { Does::Answers }
    };
    let found = |times: &'static [u32]| told("app.log", &log("cart", 0..5_400, bursts(times)));
    let recurs = found(&[600, 890, 1_200, 1_510, 1_800]);
    assert_eq!(
        (only(&recurs).start.as_deref(), only(&recurs).end.as_deref()),
        (Some("2024-01-17T09:10:00.000Z"), Some("2024-01-17T09:30:07.000Z"))
    );
    assert_eq!(found(&[600, 1_300, 2_000]).incidents.len(), 1, "twice at the same distance");
    assert_eq!(found(&[600, 2_400]).incidents.len(), 2);
    assert_eq!(found(&[600, 900, 1_200, 1_500, 4_500]).incidents.len(), 2, "the rhythm had ended");
}

/// Single retries all along are no incident, and are not in the one that comes in the midst of them.
#[test]
fn noise_is_neither_an_incident_nor_part_of_one() {
    let noise = |s: u32| if s % 97 == 13 { Does::TriesAgain(TIMED_OUT) } else { Does::Answers };
    let quiet = told("app.log", &log("cart", 0..3_600, noise));
    assert_eq!(quiet.verdict, Verdict::NoIncident, "{:?}", quiet.incidents.first().map(|i| &i.causes));
    assert!(!quiet.notes.is_empty(), "it is said");

    let fails = |s: u32| if (1_800..2_100).contains(&s) { Does::Fails(REFUSED) } else { noise(s) };
    let found = told_all(&[("cart.log", &log("cart", 0..3_600, fails)), ("orders.log", &log("orders", 0..3_600, noise))]);
    let incident = only(&found);
    assert_eq!((incident.start.as_deref(), incident.end.as_deref()), (Some("2024-01-17T09:30:00.000Z"), Some("2024-01-17T09:34:59.000Z")));
    assert_eq!(incident.affected.services.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["cart"]);
    assert_eq!(incident.status, Status::Recovered);

    let all = told("app.log", &log("cart", 0..3_600, |s| if s >= 600 { Does::TriesAgain(REFUSED) } else { Does::Answers }));
    assert_ne!(all.verdict, Verdict::NoIncident, "each request has to try again: no single ones");
}

/// Few requests, and each of them has to try again: that is no noise, however far apart they come.
#[test]
fn where_every_request_tries_again_none_is_single() {
    let each = |step: u32, often: u32| {
        let does = |s: u32| match (s % step, (1_800..5_400).contains(&s) && (s / step).is_multiple_of(often)) {
            (0, true) => Does::TriesAgain(REFUSED),
            (0, false) => Does::Answers,
            _ => Does::Nothing,
        };
        told("cart.log", &log("cart", 0..7_200, does))
    };
    for (step, often) in [(15, 1), (60, 1), (3, 5)] {
        let report = each(step, often);
        assert_eq!(only(&report).start.as_deref(), Some("2024-01-17T09:30:00.000Z"), "{step} {often}");
    }
    assert_eq!(each(3, 40).verdict, Verdict::NoIncident, "one of forty");
}

/// Who tried again for half a minute while the primary changed, and got through, bore it; who gave up did not.
#[test]
fn a_fail_over_that_was_ridden_out_is_a_note() {
    const READONLY: &str = "redis.exceptions.ReadOnlyError: You can't write against a read only replica.";
    let line = |s: u32, level: &str, text: &str| format!("{} {level} jobs job {s} {text}\n", at(s));
    let log = |level: &str, word: &str, until: u32| -> String {
        let job = |s: u32| match (600..until).contains(&s) && s.is_multiple_of(5) {
            true => line(s, level, &format!("{word}: {READONLY}")),
            false => line(s, "INFO", "done in 30 ms"),
        };
        (0..1_800).map(job).collect()
    };
    let verdict = |log: String| told("jobs.log", &log).verdict;
    assert_eq!(verdict(log("WARN", "failed, retrying in 1s", 635)), Verdict::NoIncident);
    assert_ne!(verdict(log("ERROR", "gave up", 635)), Verdict::NoIncident);
    assert_ne!(verdict(log("WARN", "failed, retrying in 1s", 900)), Verdict::NoIncident, "five minutes");
}

/// A reading that fails between dated ones belongs to their time, although it bears none.
#[test]
fn what_bears_no_time_is_placed_by_the_readings_before_it() {
    let poll = |s: u32| match s {
        3_000..3_100 => format!("--- {}\nCould not connect to Redis at 10.2.0.9:6379: Connection refused\n", at(s)),
        _ => format!("--- {}\n# Clients\nconnected_clients:24\nmaxclients:10000\n", at(s)),
    };
    let polls: String = (0..4_000).step_by(30).map(poll).collect();
    let fails = |s: u32| if (600..700).contains(&s) || (2_990..3_110).contains(&s) { Does::Fails(REFUSED) } else { Does::Answers };
    let report = told_all(&[("cart.log", &log("cart", 0..4_000, fails)), ("info.txt", &polls)]);
    assert_eq!(report.incidents.iter().filter(|i| i.start.is_some()).count(), 2);
    assert_eq!(report.incidents.len(), 2);
}

/// Refusals that have ended are not over while the server stands at its limit.
#[test]
fn a_gauge_that_stays_at_its_limit_has_not_recovered() {
    const FULL: &str = "redis.exceptions.ConnectionError: max number of clients reached";
    let fails = |s: u32| if (600..900).contains(&s) { Does::Fails(FULL) } else { Does::Answers };
    let status = |after: u32| {
        let clients = |s: u32| {
            if s < 600 {
                60
            } else if s < 900 {
                128
            } else {
                after
            }
        };
        let poll = |s: u32| format!("--- {}\n# Clients\nconnected_clients:{}\nmaxclients:128\n", at(s), clients(s));
        let polls: String = (0..1_200).step_by(15).map(poll).collect();
        only(&told_all(&[("cart.log", &log("cart", 0..1_200, fails)), ("info.txt", &polls)])).status
    };
    assert_eq!(status(60), Status::Recovered);
    assert_ne!(status(128), Status::Recovered);
}

/// A pool of one's own is one's own doing; what lies elsewhere is not, and of several nobody knows.
#[test]
fn what_lies_in_the_client_is_its_own_doing() {
    const FULL: &str = "ConnectionPool::TimeoutError: Waited 5.0 sec, 0/5 available";
    let fails = |s: u32| if (600..900).contains(&s) { Does::Fails(FULL) } else { Does::Answers };
    let polls: String = (0..1_200)
        .step_by(15)
        .map(|s| format!("--- {}\n# Clients\nconnected_clients:24\nmaxclients:10000\nblocked_clients:0\n", at(s)))
        .collect();
    let offender = |names: &[&str]| {
        let logs: Vec<(String, String)> = names.iter().map(|n| (format!("{n}.log"), log(n, 0..1_200, fails))).collect();
        let well = log("search", 0..1_200, |_| Does::Answers);
        let mut files: Vec<(&str, &str)> = logs.iter().map(|(n, l)| (n.as_str(), l.as_str())).collect();
        files.extend([("search.log", well.as_str()), ("info.log", polls.as_str())]);
        let report = told_all(&files);
        only(&report).offender.as_ref().and_then(|o| o.service.clone())
    };
    assert_eq!(offender(&["storefront"]).as_deref(), Some("storefront"));
    assert_eq!(offender(&["storefront", "orders"]), None);
}

/// Whose script was killed has held the server.
#[test]
fn whose_script_was_killed_is_the_offender() {
    const BUSY: &str =
        "redis.exceptions.ResponseError: BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
    const KILLED: &str = "redis.exceptions.ResponseError: Error running script (call to f_694a5fe1ddb97a4c6a1bf299d9537c7d3d0f84e7): \
                          @user_script:1: Script killed by user with SCRIPT KILL...";
    let busy = |s: u32| if (600..660).contains(&s) { Does::Fails(BUSY) } else { Does::Answers };
    let killed = |s: u32| if s == 660 { Does::Fails(KILLED) } else { Does::Answers };
    let files = ["cart", "orders"].map(|name| (format!("{name}.log"), log(name, 0..1_200, busy)));
    let job = log("reconcile", 0..1_200, killed);
    let report = told_all(&[(&files[0].0, &files[0].1), (&files[1].0, &files[1].1), ("reconcile.log", &job)]);
    assert_eq!(only(&report).offender.as_ref().and_then(|o| o.service.as_deref()), Some("reconcile"));
    assert_eq!(only(&report).victims, ["cart", "orders"]);
}

/// The last change says whose it was.
#[test]
fn the_last_change_says_whose_it_was() {
    let fails = |s: u32| if s >= 600 { Does::Fails(REFUSED) } else { Does::Answers };
    let app = log("cart", 0..900, fails);
    let changed = |name: &str, line: &str| {
        let report = told_all(&[("app.log", &app), (name, line)]);
        only(&report).last_change.as_ref().map(|c| c.what.clone()).unwrap_or_default()
    };
    let argo = "time=\"2024-01-17T09:08:00Z\" level=info msg=\"Sync operation to 40c2e19 succeeded\" application=argocd/redis-acl\n";
    assert!(changed("argo.log", argo).contains("redis-acl"));
    let scaled = "I0117 09:09:00.942833       1 event.go:376] \"Event occurred\" object=\"shop/cart\" kind=\"Deployment\" reason=\"ScalingReplicaSet\" \
                  message=\"Scaled up replica set cart-6d9f7c8b5d to 12 from 3\"\n";
    assert!(changed("controller.log", scaled).contains("to 12 from 3"));
    let ansible = "2024-01-17 09:08:00,123 p=12 u=ops n=ansible | changed: [cache-1]\n";
    assert!(changed("ansible.log", ansible).contains("cache-1"));
    let boot = "2024-01-17 09:08:30 INFO cart v5.1.0 boot: sync renderer enabled\n";
    assert!(changed("cart.log", boot).contains("v5.1.0"));
    let started = "{\"level\":30,\"time\":1705482540000,\"name\":\"cart\",\"version\":\"3.2.0\",\"msg\":\"starting cart\"}\n";
    let what = changed("pod.log", started);
    assert!(what.contains("starting cart") && what.contains("3.2.0"), "{what}");
}
