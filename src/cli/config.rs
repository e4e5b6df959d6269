//! Arguments to options; everything that can be refused is refused here. In: [`InputArgs`]. Out: times, zone, patterns.
//! Fails when: an argument makes no sense ([`Refusal`], with what to write instead).

use std::io::IsTerminal;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use whyredis::patterns::{Library, load_overlay};
use whyredis::pipeline::Options;

use super::args::InputArgs;

/// Why arguments were refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{flag} {value:?} is no time; write 2024-01-17T09:00:00Z, \"2024-01-17 09:00\", or a span like 30m, 2h, 1d before --now")]
    Time { flag: &'static str, value: String },
    #[error("--tz {0:?} is no zone; write UTC or an offset like +02:00")]
    Zone(String),
    #[error("--date {0:?} is no date; write 2024-01-17")]
    Date(String),
    #[error("--since lies after --until, so nothing is left to read")]
    Order,
    #[error("nothing to read: pipe a log in (kubectl logs … | whyredis) or name files; see --help")]
    NoInput,
    #[error("{0}")]
    Patterns(#[from] whyredis::patterns::PatternError),
}

/// The library of a run.
pub(crate) fn library(dir: Option<&std::path::Path>) -> Result<Library, Refusal> {
    Ok(match dir {
        Some(dir) => load_overlay(dir)?,
        None => Library::builtin(),
    })
}

/// Options of a run.
pub(crate) fn options<'l>(args: &InputArgs, library: &'l Library) -> Result<Options<'l>, Refusal> {
    let mut inputs = args.paths.clone();
    if inputs.is_empty() {
        if std::io::stdin().is_terminal() {
            return Err(Refusal::NoInput);
        }
        inputs.push("-".to_string());
    }
    let offset = args.tz.as_deref().map(zone).transpose()?;
    let mut options = Options::new(library, inputs);
    options.tz_offset_s = offset;
    if let Some(now) = &args.now {
        options.now_ms = instant("--now", now, offset, options.now_ms)?;
    }
    let now = options.now_ms;
    options.since_ms = args.since.as_deref().map(|t| instant("--since", t, offset, now)).transpose()?;
    options.until_ms = args.until.as_deref().map(|t| instant("--until", t, offset, now)).transpose()?;
    if let (Some(s), Some(u)) = (options.since_ms, options.until_ms)
        && s > u
    {
        return Err(Refusal::Order);
    }
    options.date_ms = args.date.as_deref().map(date).transpose()?;
    options.stdin_name.clone_from(&args.stdin_name);
    options.services.clone_from(&args.service);
    options.threads = args.threads;
    options.block_bytes = args.block_bytes;
    options.redact = !args.no_redact;
    Ok(options)
}

/// Noon of a date, so that zone and midnight do not move times to a neighbouring day.
fn date(text: &str) -> Result<i64, Refusal> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|d| d.and_hms_opt(12, 0, 0))
        .map(|t| t.and_utc().timestamp_millis())
        .ok_or_else(|| Refusal::Date(text.to_string()))
}

fn zone(text: &str) -> Result<i32, Refusal> {
    if matches!(text, "UTC" | "utc" | "Z" | "GMT") {
        return Ok(0);
    }
    let refuse = || Refusal::Zone(text.to_string());
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(refuse()),
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    let (h, m) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok(), Some(0)),
        4 => (digits.get(..2).and_then(|h| h.parse().ok()), digits.get(2..).and_then(|m| m.parse().ok())),
        _ => (None, None),
    };
    match (h, m) {
        (Some(h), Some(m)) if h <= 14 && m < 60 => Ok(sign * (h * 3600 + m * 60)),
        _ => Err(refuse()),
    }
}

fn instant(flag: &'static str, text: &str, offset_s: Option<i32>, now_ms: i64) -> Result<i64, Refusal> {
    let refuse = || Refusal::Time { flag, value: text.to_string() };
    if let Ok(t) = DateTime::parse_from_rfc3339(text) {
        return Ok(t.timestamp_millis());
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(t) = NaiveDateTime::parse_from_str(text, form) {
            return Ok(t.and_utc().timestamp_millis() - i64::from(offset_s.unwrap_or(0)) * 1000);
        }
    }
    if let Ok(d) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let midnight = d.and_hms_opt(0, 0, 0).ok_or_else(refuse)?;
        return Ok(midnight.and_utc().timestamp_millis() - i64::from(offset_s.unwrap_or(0)) * 1000);
    }
    let unit = text.chars().last().ok_or_else(refuse)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(refuse()),
    };
    let n: i64 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).filter(|n| *n >= 0).ok_or_else(refuse)?;
    n.checked_mul(seconds * 1000).and_then(|span| now_ms.checked_sub(span)).ok_or_else(refuse)
}
