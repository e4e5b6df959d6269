//! What the server itself measured of its stalls: forks, and the latency monitor. In: facts. Out: judgements.
//! Fails when: never.

use super::{Facts, Judgement};
use crate::correlate::{delayed_fsyncs, logged_fork, monitored};
use crate::patterns::Text;
use crate::source::Location;

/// A fork this long stalls every client. Microseconds.
const FORK_SLOW_US: f64 = 100_000.0;
/// A stall this long is felt by clients: the runbooks' threshold. Milliseconds.
const SPIKE_MS: f64 = 100.0;

/// A long fork, as INFO or the server's own log tells it.
pub(super) fn fork_slow(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let logged = facts.observed.series.values().filter_map(logged_fork).max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((ms, from, to)) = logged {
        return Judgement::measured(1.0, format!("the server took {:.0} s to fork", ms / 1000.0), (ms, "ms"), vec![from.at, to.at]);
    }
    let Some(p) = facts.series.get("latest_fork_usec").iter().max_by(|a, b| a.value.total_cmp(&b.value)) else {
        return Judgement::Unjudged;
    };
    Judgement::either(
        p.value >= FORK_SLOW_US,
        || Judgement::measured(1.0, format!("the last fork took {:.0} ms", p.value / 1000.0), (p.value / 1000.0, "ms"), vec![p.at]),
        &format!("the last fork took {:.1} ms", p.value / 1000.0),
    )
}

/// Somebody waits: what the server measured of its stalls explains nothing else.
fn waits(facts: &Facts<'_, '_>) -> bool {
    let library = facts.observed.library;
    facts
        .incident
        .symptoms
        .keys()
        .map(|s| library.symptom(*s))
        .any(|s| !s.phase.is_empty() || s.marks == "slow" || s.gauge.as_ref().is_some_and(|g| g.0 == GAUGE))
}

/// The derived gauge of the symptom that tells of stalls.
const GAUGE: &str = "latency";

/// Whether a class of the latency monitor is one of these: in full, by how it begins (`aof-`) or ends (`-fsync`).
fn is_one_of(class: &str, of: &[Text]) -> bool {
    let fits = |id: &str| if id.ends_with('-') { class.starts_with(id) } else { class == id || id.starts_with('-') && class.ends_with(id) };
    of.iter().any(|id| fits(id))
}

/// Classes that the latency monitor names, with their worst in milliseconds: readings, and what its doctor says line by line.
fn classes<'f>(facts: &'f Facts<'_, '_>) -> Vec<(&'f str, f64, Location)> {
    let said = facts.incident.events.iter().filter_map(|e| {
        let value = |name: &str| e.values.iter().find(|v| v.name == name);
        Some((value("event")?.text.as_str(), value("worst")?.number?, e.at))
    });
    monitored(facts.series).map(|(class, p)| (class, p.value, p.at)).chain(said).collect()
}

/// The latency monitor names events of these classes (`of`), as strongly as they stand beside the worst of all classes.
pub(super) fn monitor_names(facts: &Facts<'_, '_>, of: &[Text]) -> Judgement {
    let classes = if waits(facts) { classes(facts) } else { Vec::new() };
    let worst = |wanted: &dyn Fn(&str) -> bool| {
        let named = classes.iter().filter(|(class, ..)| wanted(class));
        named.max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let Some((leading, most, _)) = worst(&|_| true) else { return Judgement::Unjudged };
    match worst(&|class| is_one_of(class, of)).filter(|(_, ms, _)| *ms >= SPIKE_MS) {
        Some((class, ms, at)) => {
            Judgement::measured(ms / most, format!("the latency monitor saw {class} take {ms:.0} ms"), (*ms, "ms"), vec![*at])
        }
        None => Judgement::NotSeen(format!("the latency monitor names {leading} with {most:.0} ms")),
    }
}

/// Writes of the append-only file waited for the disk, again and again.
pub(super) fn fsync_delayed(facts: &Facts<'_, '_>, _of: &[Text]) -> Judgement {
    let Some((count, many, p)) = delayed_fsyncs(facts.series).filter(|_| waits(facts)) else { return Judgement::Unjudged };
    let text = format!("{count:.0} writes of the append-only file waited for the disk (aof_delayed_fsync)");
    Judgement::either(many, || Judgement::measured(1.0, text.clone(), (count, "writes"), vec![p.at]), &text)
}
