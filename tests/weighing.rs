//! What is an incident, what a note: was anybody harmed, for how long, and is it over?

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

use std::ops::Range;

use whyredis::report::{Report, Status, Verdict};

mod judging;

use judging::{at, told, told_all};

const REFUSED: &str = "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.";
const RESET: &str = "redis.exceptions.ConnectionError: Error while reading from redis:6379 : (104, 'Connection reset by peer')";
/// A service that does without the server says so at level warn.
const WITHOUT: &str = "rate limiter: redis unavailable, failing open";
const SLOW: &str = "slow redis command: HGETALL took 130 ms";

/// A service with a request every `step` seconds, each with its status, and what it says of Redis meanwhile.
struct Service<'a> {
    name: &'a str,
    until: u32,
    step: u32,
    says: (&'a str, &'a str),
    fails: &'a dyn Fn(u32) -> bool,
    status: &'a dyn Fn(u32) -> u16,
}

fn answered(_: u32) -> u16 {
    200
}

/// Two hours of a service whose requests are all answered.
fn cart<'a>(says: (&'a str, &'a str), fails: &'a dyn Fn(u32) -> bool) -> Service<'a> {
    Service { name: "cart", until: 7_200, step: 3, says, fails, status: &answered }
}

impl Service<'_> {
    fn log(&self) -> String {
        let Service { name, says: (level, text), .. } = self;
        let second = |s: u32| {
            let said = if (self.fails)(s) { format!("{} {level} {name} {text}\n", at(s)) } else { String::new() };
            said + &format!("{} INFO {name} GET /{name}/{s} {} 30ms\n", at(s), (self.status)(s))
        };
        (0..self.until).step_by(self.step as usize).map(second).collect()
    }

    fn verdict(&self) -> Verdict {
        told("app.log", &self.log()).verdict
    }
}

fn own(s: u32, text: &str) -> String {
    format!("1:M 17 Jan 2024 {:02}:{:02}:{:02}.000 * {text}\n", 9 + s / 3600, s / 60 % 60, s % 60)
}

/// The log of a server that was stopped in order, and started again if it was.
fn server(stopped: u32, started: Option<u32>) -> String {
    let boot = |s: u32| own(s, "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo") + &own(s + 1, "Ready to accept connections tcp");
    boot(0)
        + &own(stopped, "Received SIGTERM scheduling shutdown...")
        + &own(stopped + 1, "Redis is now ready to exit, bye bye...")
        + &started.map(boot).unwrap_or_default()
}

fn beside(server: &str, services: &[Service<'_>]) -> Report {
    let logs: Vec<(String, String)> = services.iter().map(|s| (format!("{}.log", s.name), s.log())).collect();
    let mut files = vec![("redis.log", server)];
    files.extend(logs.iter().map(|(name, log)| (name.as_str(), log.as_str())));
    told_all(&files)
}

fn within(span: Range<u32>) -> impl Fn(u32) -> bool {
    move |s| span.contains(&s)
}

#[test]
fn a_server_that_nobody_can_reach_is_down_however_well_its_callers_do() {
    for says in [("WARN", WITHOUT), ("WARN", REFUSED), ("ERROR", REFUSED)] {
        assert_eq!(cart(says, &within(600..4_200)).verdict(), Verdict::Incident, "{says:?}");
    }
    let each_minute = |s: u32| (600..4_200).contains(&s) && s.is_multiple_of(60);
    assert_eq!(cart(("WARN", WITHOUT), &each_minute).verdict(), Verdict::Incident, "what backs off is away meanwhile");
    let now_and_then = |s: u32| s % 600 == 300;
    assert_eq!(cart(("WARN", WITHOUT), &now_and_then).verdict(), Verdict::NoIncident, "back in between");
    assert_eq!(cart(("WARN", SLOW), &within(600..4_200)).verdict(), Verdict::NoIncident, "slow, and there");
}

#[test]
fn a_blip_that_no_request_felt_is_a_note() {
    for says in [("WARN", WITHOUT), ("WARN", REFUSED), ("ERROR", REFUSED), ("ERROR", RESET)] {
        let blip = |status| Service { step: 1, status, ..cart(says, &within(600..603)) }.verdict();
        assert_eq!(blip(&answered), Verdict::NoIncident, "{says:?}");
        let failed = |s: u32| if (600..603).contains(&s) { 503 } else { 200 };
        assert_ne!(blip(&failed), Verdict::NoIncident, "{says:?}: requests failed");
    }
    assert_eq!(Service { step: 1, ..cart(("ERROR", REFUSED), &within(600..640)) }.verdict(), Verdict::Incident, "no blip");
    let at_the_end = Service { step: 1, until: 604, ..cart(("ERROR", REFUSED), &|s| s == 598 || s == 600 || s == 602) };
    assert_ne!(at_the_end.verdict(), Verdict::NoIncident, "every other second, and the log ends: nobody knows that it is over");
}

/// A lone message is a note; where requests fail with it, it is the tip of something.
#[test]
fn one_message_beside_many_failed_requests_is_no_transient() {
    for text in [REFUSED, RESET] {
        let said = Service { step: 1, ..cart(("ERROR", text), &|s| s == 600) };
        assert_eq!(said.verdict(), Verdict::NoIncident);
        let failed: String = (0..8).map(|n| format!("{} INFO cart GET /cart/{n} 503 900ms\n", at(600))).collect();
        assert_ne!(told("app.log", &(said.log() + &failed)).verdict, Verdict::NoIncident, "{text}");
    }
}

#[test]
fn a_service_that_does_not_come_back_after_a_restart_is_an_incident() {
    let until = |until: u32, back: u32, says| {
        let services = ["cart", "shop"].map(|name| {
            let fails: &dyn Fn(u32) -> bool =
                if name == "shop" { &move |s| (600..back).contains(&s) } else { &|s| (600..604).contains(&s) };
            Service { name, until, ..cart(says, fails) }.log()
        });
        let [cart, shop] = services.each_ref().map(String::as_str);
        told_all(&[("redis.log", &server(600, Some(603))), ("cart.log", cart), ("shop.log", shop)]).verdict
    };
    for says in [("WARN", WITHOUT), ("ERROR", REFUSED), ("ERROR", RESET)] {
        assert_eq!(until(1_200, 605, says), Verdict::NoIncident, "{says:?}");
        assert_ne!(until(1_200, 1_200, says), Verdict::NoIncident, "{says:?}: shop stays away");
        assert_ne!(until(660, 660, says), Verdict::NoIncident, "{says:?}: shop still fails where the log ends");
    }
}

#[test]
fn a_server_stopped_in_order_is_borne_as_long_as_nobody_feels_it() {
    let refused = ("ERROR", REFUSED);
    let away = |back: Option<u32>, until: u32, status: &dyn Fn(u32) -> u16| {
        let gone = within(600..back.unwrap_or(until));
        beside(&server(600, back), &[Service { until, status, ..cart(refused, &gone) }]).verdict
    };
    assert_eq!(away(Some(640), 1_200, &answered), Verdict::NoIncident);
    assert_eq!(away(Some(640), 1_200, &|s| if (600..640).contains(&s) { 503 } else { 200 }), Verdict::Incident);
    assert_eq!(away(Some(3_600), 7_200, &answered), Verdict::Incident);
    assert_eq!(away(None, 680, &answered), Verdict::Incident, "not back where the log ends");
}

/// Who is told of nothing but a restart hears from the services that go on; where none does, only an orderly stop is no harm.
#[test]
fn a_restart_of_which_only_the_server_speaks() {
    let quiet = |until: u32| Service { until, ..cart(("", ""), &|_| false) };
    assert_eq!(beside(&server(600, Some(603)), &[quiet(1_200)]).verdict, Verdict::NoIncident);
    assert_eq!(beside(&server(600, None), &[quiet(600)]).verdict, Verdict::NoIncident, "all were stopped together");
    let started = |until: u32| {
        let log = server(600, Some(603));
        let crashed: String = log.lines().filter(|l| !l.contains("SIGTERM") && !l.contains("bye")).map(|l| format!("{l}\n")).collect();
        beside(&(crashed + &own(900, "10 changes in 300 seconds. Saving...")), &[quiet(until)]).verdict
    };
    assert_eq!(started(1_200), Verdict::NoIncident);
    assert_ne!(started(590), Verdict::NoIncident, "nobody stopped it, and nobody is heard of since");
}

/// A message that says two things is one record of its service, also where only a sample of the events is kept.
#[test]
fn a_record_of_two_events_counts_once_for_its_service() {
    let log = |records: u32| -> String {
        let record = |n: u32| {
            format!(
                "{} ERROR jobs redis.clients.jedis.exceptions.JedisConnectionException: java.net.SocketTimeoutException: Read timed out\n\tat redis.clients.jedis.Protocol.process(Protocol.java:75)\n\tat redis.clients.jedis.Jedis.brpoplpush(Jedis.java:{n})\n",
                at(n / 4)
            )
        };
        (0..records).map(record).collect()
    };
    for records in [40, 11_000] {
        let report = told("jobs.log", &log(records));
        let incident = report.incidents.first().expect("an incident");
        assert!(incident.symptoms.len() == 2 && incident.symptoms.iter().all(|s| s.count == u64::from(records)), "{:?}", incident.symptoms);
        let services: Vec<(&str, u64)> = incident.affected.services.iter().map(|s| (s.name.as_str(), s.events)).collect();
        assert_eq!(services, [("jobs", u64::from(records))]);
    }
}

/// The server's own word that it is up ends what only it told of; with its stop ends its log, whatever follows.
#[test]
fn a_server_that_says_that_it_is_up_has_recovered() {
    let status = |log: String| told("redis.log", &log).incidents.first().map(|i| i.status);
    assert_eq!(status(server(600, Some(840))), Some(Status::Recovered));
    assert_eq!(status(server(600, None)), Some(Status::Unknown));
    let again = server(600, Some(840)) + &own(845, "Received SIGTERM scheduling shutdown...");
    assert_ne!(status(again), Some(Status::Recovered));
}

/// A replica that had to copy anew and is in step again is a note; one that does not come back is none.
#[test]
fn a_replica_that_is_in_step_again_is_a_note() {
    let begins = own(0, "Ready to accept connections tcp");
    let lost = own(900, "Connection with master lost.") + &own(901, "Reconnecting to MASTER 10.0.3.17:6379 after failure");
    let back = |s| own(s, "MASTER <-> REPLICA sync started") + &own(s + 1, "MASTER <-> REPLICA sync: Finished with success");
    let later = own(1_500, "10000 changes in 60 seconds. Saving...") + &own(1_501, "Background saving terminated with success");
    let verdict = |parts: &[&str]| told("redis.log", &parts.concat()).verdict;
    assert_eq!(verdict(&[&begins, &lost, &back(902), &later]), Verdict::NoIncident);
    assert_ne!(verdict(&[&begins, &lost, &later]), Verdict::NoIncident);
    assert_ne!(verdict(&[&begins, &back(800), &lost, &later]), Verdict::NoIncident, "it was in step before");
    let loops: String = (0..12)
        .map(|n| own(900 + 60 * n, "Connection with master lost.") + &own(930 + 60 * n, "MASTER <-> REPLICA sync: Finished with success"))
        .collect();
    assert_ne!(verdict(&[&begins, &loops, &later]), Verdict::NoIncident, "again and again");
}

/// Containers start in any order: who waits and then reaches the server tells of no harm, with times or without.
#[test]
fn a_wait_at_the_start_that_ended_is_a_note() {
    let wait = |n: u32| (0..n).map(|i| format!("web  | Redis ping #{i} failed, waiting 5s\n")).collect::<String>();
    let begins = "web  | Waiting for Redis: redis://broker:6378\n";
    let reached = "web  | Connected to Redis broker: redis://broker:6378\n";
    let verdict = |parts: &[&str]| told("start.log", &parts.concat()).verdict;
    assert_eq!(verdict(&[begins, &wait(6), reached]), Verdict::NoIncident);
    assert_ne!(verdict(&[begins, &wait(6)]), Verdict::NoIncident, "it is never reached");
    assert_ne!(verdict(&[reached, begins, &wait(6)]), Verdict::NoIncident, "it was reached before");
    let other = reached.replace("web", "job");
    assert_ne!(verdict(&[begins, &wait(6), &other]), Verdict::NoIncident, "another reached it");
    let refused = format!("web  | {REFUSED}\n").repeat(6);
    assert_ne!(verdict(&[&refused, reached]), Verdict::NoIncident, "errors of requests are no wait");
}
