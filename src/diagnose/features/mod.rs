//! Named features: each one small pure function from facts to a judgement.
//!
//! In: [`Facts`], the parameters of the evidence. Out: [`Judgement`]. Fails when: never; what the lines do not tell is
//! [`Judgement::Unjudged`], which is not the same as not seen.

mod changes;
mod clients;
mod counters;
mod demand;
mod holders;
mod idle;
mod latency;
mod limits;
mod phases;
mod polls;
mod saving;
mod sentinel;
mod server;
mod services;
mod symptoms;
mod targets;
mod traffic;

use super::facts::Facts;
use crate::patterns::Text;
use crate::source::Location;

/// What a feature found.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// It is there.
    Seen(Seen),
    /// A source that would show it covers the time, and it is not there; why.
    NotSeen(String),
    /// The lines do not tell.
    Unjudged,
}

/// Whose doing it is, as far as one feature tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Service, or the name that its connections bear.
    pub service: Option<String>,
    /// Address of its connections, without the port.
    pub address: Option<String>,
    /// Redis command, upper case.
    pub command: Option<String>,
    /// Key shape.
    pub key: Option<String>,
}

impl Who {
    /// A service by name.
    pub(crate) fn service(name: &str) -> Who {
        Who { service: Some(name.to_string()), ..Who::default() }
    }

    /// A holder of connections: an address, else the name that its connections bear.
    pub(crate) fn holder(name: &str) -> Who {
        let host = name.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(name, |(host, _)| host);
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
            // Everybody on the server's own host, or behind its proxy, has this one.
            return Who { address: (!address.is_loopback()).then(|| host.to_string()), ..Who::default() };
        }
        Who::service(name)
    }

    /// Nothing is told.
    pub fn is_nobody(&self) -> bool {
        *self == Who::default()
    }

    /// What the other tells beyond it; who contradicts is somebody else and adds nothing.
    pub fn join(&mut self, other: &Who) {
        let fits = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        let same = fits(&self.service, &other.service) && fits(&self.address, &other.address) && fits(&self.command, &other.command);
        if same {
            for (own, more) in [
                (&mut self.service, &other.service),
                (&mut self.address, &other.address),
                (&mut self.command, &other.command),
                (&mut self.key, &other.key),
            ] {
                if own.is_none() {
                    own.clone_from(more);
                }
            }
        }
    }
}

/// Something seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// 0 to 1: how strongly.
    pub strength: f64,
    /// One sentence with the numbers in it.
    pub statement: String,
    /// The number and its unit.
    pub value: Option<(f64, &'static str)>,
    /// Where to read it.
    pub citations: Vec<Location>,
    /// Its part of all that was seen, 0 to 1: what is a small part speaks little *against* a cause.
    pub part: f64,
    /// Whose doing it is.
    pub who: Who,
}

impl Judgement {
    /// Seen with full strength.
    pub(crate) fn seen(statement: impl Into<String>, citations: Vec<Location>) -> Judgement {
        Judgement::Seen(Seen { strength: 1.0, statement: statement.into(), value: None, citations, part: 1.0, who: Who::default() })
    }

    /// Seen with a number.
    pub(crate) fn measured(strength: f64, statement: impl Into<String>, value: (f64, &'static str), citations: Vec<Location>) -> Judgement {
        let value = Some(value);
        Judgement::Seen(Seen {
            strength: strength.clamp(0.0, 1.0),
            statement: statement.into(),
            value,
            citations,
            part: 1.0,
            who: Who::default(),
        })
    }

    /// The same, with whose doing it is.
    pub(crate) fn by(mut self, who: Who) -> Judgement {
        if let Judgement::Seen(s) = &mut self {
            s.who = who;
        }
        self
    }

    /// The same, as a part of all that was seen.
    pub(crate) fn with_part(mut self, part: f64) -> Judgement {
        if let Judgement::Seen(s) = &mut self {
            s.part = part;
        }
        self
    }

    /// Seen if `yes`, else not seen.
    pub(crate) fn either(yes: bool, seen: impl FnOnce() -> Judgement, not: &str) -> Judgement {
        if yes { seen() } else { Judgement::NotSeen(not.to_string()) }
    }
}

/// A feature.
pub type Feature = fn(&Facts<'_, '_>, &[Text]) -> Judgement;

/// Features that tell the circumstances of an incident (traffic, scope, order, ending): they shift the balance between
/// causes, and are no cause's hallmark.
pub const CIRCUMSTANCES: &[&str] = &[
    "all-live-services-fail",
    "change-before",
    "clients-ample-before",
    "clients-full-before",
    "clients-have-room",
    "connect-phase",
    "connections-beyond-need",
    "errors-start-together",
    "memory-stable",
    "no-change-before",
    "nothing-else-fails",
    "nothing-succeeds",
    "other-service-ok-same-node",
    "poll-gaps",
    "polls-answered",
    "pool-wait-phase",
    "recovered",
    "reply-phase",
    "requests-flat",
    "requests-rise",
    "server-log-quiet",
    "server-up-throughout",
    "service-appears",
    "single-service-fails",
    "some-live-services-succeed",
    "still-failing",
    "transient",
];

/// All features by name.
pub const FEATURES: &[(&str, Feature)] = &[
    ("all-live-services-fail", services::all_live_fail),
    ("answers-polls-not-clients", polls::answered_not_clients),
    ("blocked-clients-high", clients::blocked_high),
    ("blocking-commands-seen", clients::blocking_commands),
    ("breaks-after-idle", idle::breaks_after_idle),
    ("breaks-in-rhythm", idle::breaks_in_rhythm),
    ("change-before", changes::before),
    ("client-busy", services::client_busy),
    ("clients-ample-before", limits::ample_before),
    ("clients-beyond-default", counters::beyond_default),
    ("clients-climb", clients::climb),
    ("clients-fall-back", clients::fall_back),
    ("clients-follow-requests", demand::clients_follow_requests),
    ("clients-full-before", limits::full_before),
    ("clients-have-room", clients::have_room),
    ("clients-near", clients::near),
    ("clients-pinned", clients::pinned),
    ("clients-plateau", clients::plateau),
    ("clients-step", clients::step),
    ("connect-phase", phases::connect),
    ("connections-beyond-need", limits::beyond_need),
    ("connections-churn", counters::churn),
    ("detail", symptoms::detail),
    ("echoes", symptoms::echoes),
    ("errors-start-together", services::start_together),
    ("evictions-rise", server::evictions_rise),
    ("fails-from-start", changes::fails_from_start),
    ("fork-slow", latency::fork_slow),
    ("fsync-delayed", latency::fsync_delayed),
    ("heavy-command", server::heavy_command),
    ("holder-dominant", holders::holder_dominant),
    ("holder-grows", holders::holder_grows),
    ("holder-not-victim", holders::holder_not_victim),
    ("holder-piles-up", holders::piles_up),
    ("idle-clients", holders::idle),
    ("instances-appear", changes::instances_appear),
    ("latency-monitor", latency::monitor_names),
    ("limit-lowered", limits::lowered),
    ("localhost-without-address", targets::localhost_without_address),
    ("memory-full", server::memory_full),
    ("memory-stable", server::memory_stable),
    ("never-used-clients", holders::never_used),
    ("no-change-before", changes::none_before),
    ("nothing-else-fails", symptoms::nothing_else),
    ("nothing-succeeds", services::nothing_succeeds),
    ("odd-port", targets::odd_port),
    ("only-new-instances-fail", changes::only_new_fail),
    ("other-service-ok-same-node", services::other_ok),
    ("persistence-failing", server::persistence_failing),
    ("pods-times-pool", clients::pods_times_pool),
    ("policy-noeviction", server::policy_noeviction),
    ("poll-gaps", polls::gaps),
    ("polls-answered", polls::answered),
    ("pool-full-server-idle", clients::pool_full_server_idle),
    ("pool-size-small", clients::pool_size_small),
    ("pool-wait-phase", phases::pool_wait),
    ("quorum-short", sentinel::quorum_short),
    ("recovered", traffic::recovered),
    ("recovered-with-traffic", traffic::recovered_with_traffic),
    ("rejected-connections", counters::rejected),
    ("replica-link-down", server::replica_link_down),
    ("replies-unsent", counters::replies_unsent),
    ("reply-phase", phases::reply),
    ("requests-flat", traffic::flat),
    ("requests-rise", traffic::rise),
    ("role-changed", server::role_changed),
    ("scale-matches-step", changes::scale_matches_step),
    ("server-crashed", server::crashed),
    ("server-log-quiet", server::log_quiet),
    ("server-restarted", server::restarted),
    ("server-up-throughout", server::up_throughout),
    ("service-appears", changes::service_appears),
    ("several-services-wait", services::several_wait),
    ("signature", symptoms::signature),
    ("signature-recurs", symptoms::recurs),
    ("single-service-fails", services::single_fails),
    ("slow-commands-seen", server::slow_commands),
    ("slow-log-overlap", server::slow_log_overlap),
    ("some-live-services-succeed", services::some_succeed),
    ("still-failing", traffic::still_failing),
    ("symptom", symptoms::symptom),
    ("symptom-first", symptoms::first),
    ("symptom-with-echoes", symptoms::with_echoes),
    ("symptoms-only", symptoms::only),
    ("timeout-zero", holders::timeout_zero),
    ("timeouts-fire-together", phases::fire_together),
    ("timeouts-in-saves", saving::timeouts_in_saves),
    ("transient", traffic::transient),
    ("unrecognised-errors", symptoms::unrecognised),
    ("wrong-target", targets::wrong_target),
];
