//! From what was read to the report. In: [`Reading`]. Out: [`Outcome`]. Fails when: never.

use super::{Options, Reading};
use crate::correlate::Observed;
use crate::diagnose::diagnose;
use crate::report::Report;
use crate::report::Weighed;
use crate::report::assemble::{Given, SourceRead, report as make, weighed};
use crate::report::runbooks::Runbooks;
use crate::source::SourceError;

/// What a run gives.
pub struct Outcome {
    /// The report.
    pub report: Report,
    /// Sources that could not be read at all.
    pub errors: Vec<SourceError>,
    /// Gauges and changes as wire objects, in order of time.
    pub context: Vec<serde_json::Value>,
    /// Entries of slow logs as wire objects, in order of (source, line).
    pub slow: Vec<serde_json::Value>,
    /// The weighing of the cause that [`Options::why`] asks for, an incident each.
    pub why: Vec<Weighed>,
    /// The run was interrupted; the report speaks of what was read.
    pub interrupted: bool,
}

pub(super) fn report(options: &Options<'_>, reading: Reading, interrupted: bool) -> Outcome {
    let tally = reading.tally;
    let mut remarks = Vec::new();
    remarks.extend(reading.streams.iter().filter_map(|s| s.doubt.clone()));
    let clocks = reading.clocks.said();
    remarks.extend(clocks.iter().cloned());
    let mut anchors: Vec<&'static str> = reading.streams.iter().filter_map(|s| s.anchor).collect();
    let sources: Vec<SourceRead> = reading.streams.into_iter().map(|s| s.read).collect();
    let complete = sources.iter().all(|s| s.bytes <= options.survey_bytes());
    anchors.sort_unstable();
    anchors.dedup();
    let assumed = tally.health.assumed;
    let mut assumptions = Vec::new();
    if assumed[0] > 0 {
        let zone = options.tz.map_or("UTC (give --tz if that is wrong)".to_string(), |_| "that of --tz".to_string());
        assumptions.push(format!("{} records have no time zone: taken as {zone}", assumed[0]));
    }
    for (n, what) in [(assumed[1], "year"), (assumed[2], "date")] {
        if n > 0 {
            assumptions.push(format!("{n} records have no {what}: placed near {} (give --date if that is wrong)", anchors.join(", ")));
        }
    }
    for name in options.library.overridden() {
        remarks.push(format!("pattern {name:?} is overridden by --patterns"));
    }
    if interrupted {
        remarks.push("interrupted: this report speaks only of what was read until then".to_string());
    }
    let observed = Observed::new(options.library, &tally);
    let (incidents, minor) = observed.incidents();
    let diagnosed: Vec<_> = incidents
        .into_iter()
        .map(|i| {
            let d = diagnose(&observed, &i, options.leave_out.as_deref());
            (i, d)
        })
        .collect();
    let unreadable = reading.errors.iter().map(ToString::to_string).chain(reading.faults).collect();
    let given = Given {
        observed: &observed,
        incidents: &diagnosed,
        minor: &minor,
        sources: &sources,
        assumptions,
        unreadable,
        remarks,
        clocks,
        complete,
        redact: options.redact,
        runbooks: options.runbooks.as_deref().map(Runbooks::read).unwrap_or_default(),
        now_ms: options.now_ms,
    };
    let context = crate::report::assemble::context(&given);
    let slow = crate::report::assemble::slow_events(&given);
    let why = options.why.as_deref().map(|cause| weighed(&given, cause)).unwrap_or_default();
    Outcome { report: make(&given), errors: reading.errors, context, slow, why, interrupted }
}
