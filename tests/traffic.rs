//! A peak that is half over when the first request fails, told from connections that climb by themselves.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod judging;

use judging::{at, told_all};
use whyredis::report::Report;

/// Seconds in which the service answers `usual` requests, and `peak` ones within `busy`.
fn access(seconds: std::ops::Range<u32>, usual: u32, peak: u32, busy: &std::ops::Range<u32>) -> String {
    let mut out = String::new();
    for s in seconds {
        for n in 0..if busy.contains(&s) { peak } else { usual } {
            out += &format!(
                "10.0.1.9 - - [17/Jan/2024:{:02}:{:02}:{:02} +0000] \"GET /cart/{n} HTTP/1.1\" 200 512 \"-\" \"-\"\n",
                9 + s / 3600,
                s / 60 % 60,
                s % 60
            );
        }
    }
    out
}

/// Refusals of two services, one a second.
fn refused(seconds: std::ops::Range<u32>) -> [String; 2] {
    ["cart", "orders"].map(|service| {
        let line = |s| format!("{} ERROR {service} redis.exceptions.ConnectionError: max number of clients reached\n", at(s));
        seconds.clone().map(line).collect()
    })
}

/// INFO every five seconds: connections by time, of 40.
fn polls(last: u32, clients: &dyn Fn(u32) -> u32) -> String {
    let poll = |s: u32| {
        format!(
            "Wed Jan 17 {:02}:{:02}:{:02} UTC 2024\n# Clients\nconnected_clients:{}\nmaxclients:40\n",
            9 + s / 3600,
            s / 60 % 60,
            s % 60,
            clients(s)
        )
    };
    (0..last).step_by(5).map(poll).collect()
}

fn report(edge: &str, [cart, orders]: &[String; 2], polls: &str) -> Report {
    told_all(&[("edge.log", edge), ("app-cart.log", cart), ("app-orders.log", orders), ("polls.log", polls)])
}

/// Confidence of a cause, and the statement on a feature where it speaks for or against it.
fn of(report: &Report, id: &str, feature: &str) -> (f64, Option<String>) {
    let cause = report.incidents.first().and_then(|i| i.causes.iter().find(|c| c.id == id));
    let said = cause.and_then(|c| c.evidence.iter().find(|e| e.feature == feature && e.polarity != "absent"));
    (cause.map_or(0.0, |c| c.confidence), said.map(|e| e.statement.clone()))
}

/// Requests rise, connections follow until they meet the limit, clients are refused long after the requests fell back: over
/// the whole of it the requests are those before it. The same connections without the rise are a leak.
#[test]
fn a_peak_that_ends_before_the_refusals_is_no_leak() {
    let clients = |s: u32| (6 + s.saturating_sub(96) * 3 / 2).min(40);
    let errors = refused(118..190);
    let quiet = 0..0;
    let spike = report(&access(0..200, 3, 24, &(97..124)), &errors, &polls(200, &clients));
    let level = report(&access(0..200, 3, 3, &quiet), &errors, &polls(200, &clients));
    assert!(of(&spike, "traffic-spike", "requests-rise").1.is_some(), "{:?}", spike.incidents.first().map(|i| &i.causes));
    assert!(of(&spike, "connection-leak", "").0 < of(&spike, "traffic-spike", "").0);
    assert_eq!(level.incidents.first().and_then(|i| i.causes.first()).map(|c| c.id.as_str()), Some("connection-leak"));
    assert!(of(&level, "traffic-spike", "requests-rise").1.is_none());
    // Connections that climb long before the requests rise do not follow them.
    let leak = |s: u32| (8 + s / 4).min(40);
    let busier = report(&access(0..200, 3, 8, &(122..190)), &errors, &polls(200, &leak));
    assert!(of(&busier, "traffic-spike", "clients-follow-requests").1.is_none());
}

/// What a stall held up is answered at once when it ends, and a log that begins late has no requests before: neither is a rise.
#[test]
fn requests_that_were_held_up_or_not_logged_are_no_rise() {
    let errors = refused(130..150);
    let level = polls(200, &|_| 12);
    let held = access(0..112, 3, 0, &(0..0)) + &access(130..131, 54, 0, &(0..0)) + &access(131..200, 3, 0, &(0..0));
    let late = access(112..200, 9, 0, &(0..0)).replace("/cart/", "/late/");
    let both = report(&held, &errors, &level);
    assert!(of(&both, "traffic-spike", "requests-rise").1.is_none(), "{:?}", of(&both, "traffic-spike", "requests-rise"));
    let [cart, orders] = &errors;
    let files = [("edge.log", &access(0..200, 3, 0, &(0..0))), ("shop.log", &late), ("app-cart.log", cart), ("app-orders.log", orders)];
    let cut = told_all(&files.map(|(name, text)| (name, text.as_str())));
    assert!(of(&cut, "traffic-spike", "requests-rise").1.is_none(), "{:?}", of(&cut, "traffic-spike", "requests-rise"));
}

/// Twelve pods beside four, each with the pool of the others: connections rise with them, and are no leak; the same rise of
/// pods that were there all along is one.
#[test]
fn connections_that_rise_with_the_pods_are_no_leak() {
    let born = |pod: u32| if pod < 4 { 0 } else { 600 + (pod - 4) * 5 };
    let held = |s: u32| (0..16).filter(|pod| s >= born(*pod)).map(|pod| (s - born(pod) + 5) / 2).map(|n| n.min(9)).sum::<u32>();
    let log = |all: bool| -> String {
        let mut out = String::new();
        for s in 0..900 {
            let pods: Vec<u32> = (0..16).filter(|pod| s >= if all { 0 } else { born(*pod) }).collect();
            let pod = pods[s as usize % pods.len()];
            let full = held(s) > 140 && s % 3 == 0;
            let text = if full { "ERROR cart redis: ERR max number of clients reached" } else { "INFO cart GET /cart 200 8ms" };
            out += &format!("[pod/cart-7c6d8f9b5-x{pod:02}bc/app] {} {text}\n", at(s));
        }
        out
    };
    let polls: String = (0..900)
        .step_by(20)
        .map(|s| {
            format!("# 2024-01-17 09:{:02}:{:02}\n# Clients\nconnected_clients:{}\nmaxclients:142\n", s / 60, s % 60, held(s).min(142))
        })
        .collect();
    let causes = |all| told_all(&[("app.log", &log(all)), ("polls.txt", &polls)]).incidents.into_iter().next().expect("an incident").causes;
    let first = |all| causes(all).first().map(|c| c.id.clone());
    assert_eq!(first(false).as_deref(), Some("pool-oversized-fanout"), "{:?}", causes(false));
    assert_ne!(first(true).as_deref(), Some("pool-oversized-fanout"), "{:?}", causes(true));
}
