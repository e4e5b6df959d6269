//! Whether a generic text speaks of Redis. In: a record and where the text stands. Out: yes or no. Fails when: never.
//!
//! What stands nearest decides: first the line of the text itself (of an address or class of Redis and another product the
//! nearer, another product before a mere `redis`), then the first line below and above that names a product (frames,
//! causes), then logger, service, instance and attributes. Of a URL the host counts, of a request nothing.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::words::{CERTAIN, DRAGONFLY_FILES, IGNORED, OTHERS, READING, REDIS, REQUESTS, URLS};
use crate::record::{Kind, Record};

/// What a text names, the weaker first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Eq, Ord)]
pub(super) enum Names {
    Nothing,
    Redis,
    Other,
    Certain,
}

/// The lists in the order in which the automaton holds them.
const LISTS: [&[&str]; 6] = [CERTAIN, URLS, REQUESTS, IGNORED, REDIS, OTHERS];

fn automaton() -> Option<&'static AhoCorasick> {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    WORDS
        .get_or_init(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostFirst)
                .build(LISTS.iter().flat_map(|l| *l))
                .ok()
        })
        .as_ref()
}

/// Tells each thing that the text names, and where.
fn each(text: &str, mut told: impl FnMut(Names, Range<usize>)) {
    let Some(automaton) = automaton() else { return };
    let mut from = 0;
    while let Some(hit) = automaton.find(Input::new(text).range(from..)) {
        from = hit.end();
        let list = LISTS.iter().scan(0, |before, l| {
            *before += l.len();
            Some(*before)
        });
        let list = list.take_while(|end| *end <= hit.pattern().as_usize()).count();
        let name = match list {
            0 => Names::Certain,
            1 => {
                let rest = text.get(from..).unwrap_or_default();
                let url = rest.split(|c: char| c.is_whitespace() || "\"'<>)]},".contains(c)).next().unwrap_or_default();
                let host = url.split('/').next().unwrap_or_default();
                from += url.len();
                match names(host) {
                    Names::Certain | Names::Redis => Names::Redis,
                    // A probe's `http-get http://:8888/healthz` calls its own container.
                    _ if host.is_empty() || host.starts_with(':') => Names::Nothing,
                    _ if READING.iter().any(|r| host.contains(r)) => Names::Nothing,
                    _ => Names::Other,
                }
            }
            2 => {
                from += text.get(from..).unwrap_or_default().split(char::is_whitespace).next().map_or(0, str::len);
                Names::Nothing
            }
            3 => Names::Nothing,
            4 => Names::Redis,
            _ => Names::Other,
        };
        told(name, hit.start()..from);
    }
}

/// The strongest thing that the text names; an address of Redis outranks another product, which outranks a word.
fn names(text: &str) -> Names {
    let mut found = Names::Nothing;
    each(text, |name, _| found = found.max(name));
    found
}

/// What the first of these lines that names anything names.
fn nearest<'a>(lines: impl Iterator<Item = &'a str>) -> Names {
    lines.map(names).find(|n| *n != Names::Nothing).unwrap_or(Names::Nothing)
}

/// Whether a record ties a generic text to Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// It names Redis.
    Redis,
    /// It names another product.
    Other,
    /// It names nothing; what else the input shows may decide.
    Open,
}

/// The record speaks of Redis anywhere.
pub fn mentions_redis(record: &Record) -> bool {
    // Nearly every word of the lists that healthy lines hold has one of these two in it.
    let quick = |t: &str| t.contains("edis") || t.contains("alkey");
    let says = |t: &str| quick(t) && matches!(names(t), Names::Redis | Names::Certain);
    says(&record.body) || record.logger.as_deref().is_some_and(says) || record.attributes.iter().any(|(_, v)| says(v))
}

/// Whose a record is by what it names: Redis's, another product's, nobody's.
pub fn owner(record: &Record) -> Option<bool> {
    let own = || names(&record.body);
    let logger = || record.logger.as_deref().map_or(Names::Nothing, of_logger);
    let named = [own(), logger()].into_iter().find(|n| *n != Names::Nothing);
    match named {
        Some(n) => Some(n != Names::Other),
        None => record.attributes.iter().any(|(_, v)| matches!(names(v), Names::Redis | Names::Certain)).then_some(true),
    }
}

/// What a text says of a match in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    /// What its line names, else the first line below and above that names a product.
    names: Names,
    /// Its line names another product, which settles it whatever stands around it.
    pub(super) of_other: bool,
    /// Its line names no product, but an address.
    addressed: bool,
}

/// What the text says of the match at `start..end`.
pub(super) fn around(body: &str, start: usize, end: usize) -> Around {
    let from = body.get(..start).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
    let to = body.get(end..).and_then(|b| b.find('\n')).map_or(body.len(), |i| end + i);
    let below = || nearest(body.get(to..).unwrap_or_default().lines());
    let above = || nearest(body.get(..from).unwrap_or_default().lines().rev());
    let own = near(body, from..to, start..end);
    let addressed = own == Names::Nothing && has_address(body.get(from..to).unwrap_or(body));
    Around { names: first([&|| own, &below, &above]), of_other: own == Names::Other, addressed }
}

fn first<const N: usize>(looks: [&dyn Fn() -> Names; N]) -> Names {
    looks.into_iter().map(|look| look()).find(|n| *n != Names::Nothing).unwrap_or(Names::Nothing)
}

/// Whether the record ties a match to Redis of which its text says this.
pub(super) fn tie(record: &Record, around: Around) -> Tie {
    if matches!(record.kind, Kind::Server { .. }) {
        return Tie::Redis;
    }
    let logger = || record.logger.as_deref().map_or(Names::Nothing, of_logger);
    let service = || nearest(record.service.as_deref().into_iter().chain(record.instance.as_deref()));
    match first([&|| around.names, &logger, &service]) {
        Names::Certain | Names::Redis => Tie::Redis,
        Names::Other => Tie::Other,
        Names::Nothing => {
            let said = |t: &str| matches!(names(t), Names::Redis | Names::Certain);
            if record.attributes.iter().any(|(k, v)| said(k) || said(v)) {
                Tie::Redis
            } else if around.addressed {
                Tie::Other
            } else {
                Tie::Open
            }
        }
    }
}

/// In a line longer than this, a document in itself, what stands within so many bytes of the text is looked at first.
const NEAR_BYTES: usize = 200;

/// What the text's own line names; where it names an address of Redis and another product, the nearer of the two.
fn near(body: &str, line: Range<usize>, text: Range<usize>) -> Names {
    let whole = body.get(line.clone()).unwrap_or(body);
    let (mut found, mut close) = (Names::Nothing, Names::Nothing);
    let mut gaps = [usize::MAX; 2];
    each(whole, |name, at| {
        let gap = text.start.saturating_sub(line.start + at.end).max((line.start + at.start).saturating_sub(text.end));
        found = found.max(name);
        if gap <= NEAR_BYTES {
            close = close.max(name);
        }
        match name {
            Names::Certain => gaps[0] = gaps[0].min(gap),
            Names::Other => gaps[1] = gaps[1].min(gap),
            _ => {}
        }
    });
    match gaps {
        [certain, other] if certain < usize::MAX && other < usize::MAX => {
            if certain <= other {
                Names::Certain
            } else {
                Names::Other
            }
        }
        _ if whole.len() > 3 * NEAR_BYTES && close != Names::Nothing => close,
        _ => found,
    }
}

/// The line names an address and port: a peer that, with no word of Redis around, is as likely another.
fn has_address(line: &str) -> bool {
    line.match_indices(':').any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let host = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).next().unwrap_or_default();
        let port = line.get(at + 1..).unwrap_or_default();
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        (2..=5).contains(&digits) && (host == "localhost" || host.split('.').filter(|p| p.parse::<u8>().is_ok()).count() == 4)
    })
}

fn of_logger(logger: &str) -> Names {
    if DRAGONFLY_FILES.iter().any(|f| logger.starts_with(f)) { Names::Certain } else { names(logger) }
}
