//! Plain needles for the prefilter, derived from what every match of a signature must contain.
//!
//! In: signatures (literals, regex, examples). Out: [`Needles`]: texts, one of which stands in some line of every match.
//! Long ones are sought by themselves; short ones through few coarse needles that they hold.
//! Fails when: never; a literal without a usable fragment is its own needle.
//!
//! Also compiled into `build.rs`. A needle is case-sensitive, at least four bytes, and made only of bytes that every
//! JSON writer leaves as they are. Greedy set cover of the short ones: the cost of a needle is its own share of a packed
//! search, its first four bytes (what the packed searcher fingerprints) and the healthy lines that it would touch.

use std::collections::{BTreeMap, BTreeSet};

use regex_syntax::hir::literal::{ExtractKind, Extractor, Literal};
use regex_syntax::hir::{Hir, HirKind};

/// Shorter needles hit healthy text too often, and the packed searcher fingerprints up to four bytes.
pub const MIN_NEEDLE_BYTES: usize = 4;
/// Longer coarse needles cover less and are no rarer.
const MAX_NEEDLE_BYTES: usize = 10;
/// What a healthy line costs that a needle touches in vain, in needles per unit share: a needle more costs some 6 ms a
/// GB (a 32nd of a packed search), a candidate line some 0.5 us.
const LINE_COST: f64 = 150.0;
/// What a look at a false fingerprint costs, likewise (some 20 ns).
const FINGERPRINT_COST: f64 = 15.0;

/// Shares of healthy lines; see the file's head.
const GRAMS: &str = include_str!("grams.txt");
/// Share assumed for four bytes that are not listed.
const RARE: f64 = 0.0003;

/// Heads of redis-server's, Sentinel's and Valkey's own lines: role and day of the month. A signature of which every
/// example stands behind such a head needs no needle of its own.
fn heads() -> impl Iterator<Item = String> {
    ['M', 'S', 'X'].into_iter().flat_map(|role| (1..=31).map(move |day| format!(":{role} {day:02} ")))
}

/// Pieces of split lines (CRI) are looked at, since a needle may be cut in two.
pub const PIECES: [&str; 2] = ["stdout P ", "stderr P "];

/// A message that journald writes as an array of bytes, because some of them do not print: no needle stands in it.
pub const ENCODED: [&str; 1] = ["MESSAGE\":["];

/// Texts of at least this many bytes are found by looking at every second group of bytes (`scan::Strided`).
pub const LONG_BYTES: usize = 6;
/// What a text costs, long or short, in healthy lines that it would touch in vain: a long one some entries of a table,
/// a short one a share of a packed search.
const TEXT_COST: f64 = 0.0001;
const SHORT_COST: f64 = 0.01;

/// Coarse needles at most: one packed search, of which each costs a tenth of the whole scan. What they leave out is found in
/// inputs up to 64 MiB, whose records are all read, and in records that another line leads to; `whyredis patterns needles`
/// counts it.
pub const MAX_COARSE: usize = 32;

/// What is needed of a signature.
pub struct Wanted<'a> {
    /// At least one stands in every match.
    pub literals: Vec<&'a str>,
    /// The regex.
    pub regex: &'a str,
    /// Example lines; empty where they are not known.
    pub examples: Vec<&'a str>,
}

/// All sets.
#[derive(Debug, Default)]
pub struct Needles {
    /// A packed search for these leads to lines that may hold a short fine one.
    pub coarse: Vec<String>,
    /// Fine ones of at least [`LONG_BYTES`], and where in them their rarest [`LONG_BYTES`] begin: a line with one is a
    /// candidate.
    pub long: Vec<(String, u8)>,
    /// A candidate holds one of these; some line of every match does.
    pub fine: Vec<String>,
}

fn usable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b':' | b'=' | b'-')
}

/// Runs of usable bytes.
fn runs(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii() || !usable(c as u8)).filter(|r| r.len() >= MIN_NEEDLE_BYTES).collect()
}

/// Texts of which one stands in every match of the regex, as cheap as they come; `None` if it requires nothing usable.
fn required(regex: &str, shares: &Shares) -> Option<Way> {
    fn walk(hir: &Hir, run: &mut Vec<u8>, best: &mut Option<Way>, shares: &Shares) {
        match hir.kind() {
            HirKind::Literal(l) => run.extend_from_slice(&l.0),
            HirKind::Capture(c) => walk(&c.sub, run, best, shares),
            HirKind::Concat(parts) => parts.iter().for_each(|p| walk(p, run, best, shares)),
            HirKind::Look(_) | HirKind::Empty => {}
            HirKind::Repetition(r) => {
                flush(run, best, shares);
                if r.min > 0 {
                    walk(&r.sub, run, best, shares);
                    flush(run, best, shares);
                }
            }
            HirKind::Class(_) => flush(run, best, shares),
            HirKind::Alternation(parts) => {
                flush(run, best, shares);
                let all: Option<Vec<Way>> = parts.iter().map(|p| way(p, shares)).collect();
                if let Some(all) = all.filter(|a| a.len() <= MAX_ALTERNATIVES) {
                    better(best, Some(Way::all(all)));
                }
            }
        }
    }
    fn flush(run: &mut Vec<u8>, best: &mut Option<Way>, shares: &Shares) {
        let text = String::from_utf8_lossy(&std::mem::take(run)).into_owned();
        better(best, runs(&text).into_iter().map(|r| Way::one(r, shares)).reduce(Way::cheaper));
    }
    fn better(best: &mut Option<Way>, other: Option<Way>) {
        *best = match (best.take(), other) {
            (Some(a), Some(b)) => Some(a.cheaper(b)),
            (a, b) => a.or(b),
        };
    }
    fn way(hir: &Hir, shares: &Shares) -> Option<Way> {
        let (mut run, mut best) = (Vec::new(), None);
        walk(hir, &mut run, &mut best, shares);
        flush(&mut run, &mut best, shares);
        best
    }
    let hir = regex_syntax::parse(regex).ok()?;
    let mut best = way(&hir, shares);
    // What a match begins or ends with, all alternatives and small classes written out.
    for kind in [ExtractKind::Prefix, ExtractKind::Suffix] {
        let ends = Extractor::new().kind(kind).limit_total(MAX_ALTERNATIVES).extract(&hir);
        let each = |l: &Literal| {
            let text = String::from_utf8_lossy(l.as_bytes()).into_owned();
            runs(&text).into_iter().map(|r| Way::one(r, shares)).reduce(Way::cheaper)
        };
        let all: Option<Vec<Way>> = ends.literals().and_then(|l| l.iter().map(each).collect());
        better(&mut best, all.filter(|a| !a.is_empty()).map(Way::all));
    }
    best
}

/// Alternatives of one regex that are followed; more would need too many needles.
const MAX_ALTERNATIVES: usize = 16;

/// Texts of which one stands in every match.
#[derive(Clone, Debug)]
struct Way {
    texts: Vec<String>,
    cost: f64,
}

impl Way {
    fn one(text: &str, shares: &Shares) -> Way {
        let cost = shares.line(text) + if text.len() < LONG_BYTES { SHORT_COST } else { TEXT_COST };
        Way { texts: vec![text.to_string()], cost }
    }

    fn all(ways: Vec<Way>) -> Way {
        let cost = ways.iter().map(|w| w.cost).sum();
        Way { texts: ways.into_iter().flat_map(|w| w.texts).collect(), cost }
    }

    fn cheaper(self, other: Way) -> Way {
        let longest = |w: &Way| std::cmp::Reverse(w.texts.iter().map(String::len).min());
        match self.cost.total_cmp(&other.cost).then(longest(&self).cmp(&longest(&other))).then(self.texts.cmp(&other.texts)) {
            std::cmp::Ordering::Greater => other,
            _ => self,
        }
    }
}

struct Shares(BTreeMap<&'static [u8], f64>);

impl Shares {
    fn read() -> Shares {
        let mut shares = BTreeMap::new();
        for row in GRAMS.lines().filter(|l| !l.starts_with('#')) {
            let Some((share, grams)) = row.split_once('|') else { continue };
            // At least that, at most double.
            let share = share.parse().unwrap_or(0.0) / 1000.0 * 1.4;
            for gram in grams.trim_end_matches('|').as_bytes().chunks_exact(MIN_NEEDLE_BYTES) {
                shares.insert(gram, share);
            }
        }
        Shares(shares)
    }

    fn of(&self, gram: &[u8]) -> f64 {
        self.0.get(gram).copied().unwrap_or(RARE)
    }

    /// At most this share of healthy lines holds the text.
    fn line(&self, text: &str) -> f64 {
        text.as_bytes().windows(MIN_NEEDLE_BYTES).map(|g| self.of(g)).fold(1.0, f64::min)
    }

    /// Where the rarest [`LONG_BYTES`] of a text begin.
    fn window(&self, text: &str) -> u8 {
        let groups = |w: &[u8]| {
            w.windows(MIN_NEEDLE_BYTES + 1).map(|g| g.windows(MIN_NEEDLE_BYTES).map(|g| self.of(g)).fold(1.0, f64::min)).sum::<f64>()
        };
        let costs = text.as_bytes().windows(LONG_BYTES).take(usize::from(u8::MAX)).map(groups).enumerate();
        costs.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))).map_or(0, |(at, _)| at as u8)
    }

    fn cost(&self, needle: &str) -> f64 {
        1.0 + FINGERPRINT_COST * needle.as_bytes().get(..MIN_NEEDLE_BYTES).map_or(1.0, |g| self.of(g)) + LINE_COST * self.line(needle)
    }
}

/// Derives all sets. `also`: texts of other stages (captures, changes) that must be reached, too.
pub fn derive(wanted: &[Wanted<'_>], also: &[&str]) -> Needles {
    let shares = Shares::read();
    let mut coarse: BTreeSet<String> = BTreeSet::new();
    let heads: Vec<String> = heads().collect();
    let others = PIECES.iter().chain(&ENCODED).chain(also).map(ToString::to_string);
    let mut fine: BTreeSet<String> = heads.iter().cloned().chain(others).collect();
    let mut sought = fine.clone();
    for w in wanted {
        let of_literals = Way::all(
            w.literals
                .iter()
                .map(|l| runs(l).into_iter().map(|r| Way::one(r, &shares)).reduce(Way::cheaper).unwrap_or_else(|| Way::one(l, &shares)))
                .collect(),
        );
        let way = required(w.regex, &shares).map_or(of_literals.clone(), |way| way.cheaper(of_literals));
        let behind_head = |line: &&str| heads.iter().any(|h| line.contains(h));
        if w.examples.is_empty() || !w.examples.iter().all(behind_head) {
            sought.extend(way.texts.iter().cloned());
        }
        fine.extend(way.texts);
    }
    // A short text that only the server's own lines need is reached through their heads.
    let short: Vec<String> = smallest(sought).into_iter().filter(|t| t.len() < LONG_BYTES).collect();
    let fine = smallest(fine);
    let long = fine.iter().filter(|f| f.len() >= LONG_BYTES).cloned();
    let long = long.map(|text| (shares.window(&text), text)).map(|(at, text)| (text, at)).collect();
    cover(&short, &shares, &mut coarse);
    Needles { coarse: coarse.into_iter().collect(), long, fine }
}

/// Greedy cover: each text holds one of the coarse needles.
fn cover(texts: &[String], shares: &Shares, coarse: &mut BTreeSet<String>) {
    let mut covers: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let mut open: BTreeSet<usize> = BTreeSet::new();
    for (i, text) in texts.iter().enumerate() {
        if coarse.iter().any(|n| text.contains(n)) {
            continue;
        }
        open.insert(i);
        let longest = MAX_NEEDLE_BYTES.min(text.len());
        if text.len() < MIN_NEEDLE_BYTES || !text.is_ascii() {
            covers.entry(text).or_default().insert(i);
            continue;
        }
        for len in MIN_NEEDLE_BYTES..=longest {
            for from in 0..=text.len() - len {
                covers.entry(text.get(from..from + len).unwrap_or(text)).or_default().insert(i);
            }
        }
    }
    let mut scored: Vec<(&str, f64, BTreeSet<usize>)> = covers.into_iter().map(|(n, c)| (n, shares.cost(n), c)).collect();
    while !open.is_empty() && coarse.len() < MAX_COARSE {
        let value = |(_, cost, c): &(&str, f64, BTreeSet<usize>)| c.len() as f64 / cost;
        let Some(best) = scored.iter().max_by(|a, b| value(a).total_cmp(&value(b)).then(b.0.cmp(a.0))) else { break };
        let done = best.2.clone();
        coarse.insert(extended(best.0, texts, &done));
        open.retain(|i| !done.contains(i));
        for (_, _, c) in &mut scored {
            c.retain(|i| !done.contains(i));
        }
        scored.retain(|(_, _, c)| !c.is_empty());
    }
}

/// The needle with what follows it in every text that it covers: as many hits, fewer healthy lines.
fn extended(needle: &str, texts: &[String], covered: &BTreeSet<usize>) -> String {
    let mut longest: Option<&str> = None;
    for i in covered {
        let Some(rest) = texts.get(*i).and_then(|t| t.find(needle).and_then(|at| t.get(at..))) else { continue };
        longest = Some(longest.map_or(rest, |l| {
            let same = l.bytes().zip(rest.bytes()).take_while(|(a, b)| a == b).count();
            l.get(..same).unwrap_or(needle)
        }));
    }
    longest.unwrap_or(needle).chars().take(MAX_NEEDLE_BYTES).collect()
}

/// Without those that contain another.
fn smallest(fine: BTreeSet<String>) -> Vec<String> {
    let all: Vec<&String> = fine.iter().collect();
    fine.iter().filter(|f| !all.iter().any(|o| o.len() < f.len() && f.contains(o.as_str()))).cloned().collect()
}

/// Texts of captures and changes: fragments, each of which stands in every line of its kind that begins one.
/// The stages themselves say what they look for; a test of `pipeline` holds the two together.
pub const ALSO: &[&str] = &[
    "_clients:",
    "_connections:",
    "maxclients",
    "used_memory",
    "_in_seconds:",
    "redis_version:",
    "role:master",
    "role:slave",
    "cmdstat_",
    "errorstat_",
    " addr=",
    "Duration (us)",
    "onnections: ",
    "Redis Connection Audit",
    "latency spikes",
    "redis_",
    "Biggest ",
    "Sampled ",
    "has been upgraded",
    "Exited ",
    "eploy",
    "DEPLOY",
    "elease",
    "ollout",
    "olled out",
    "olling back",
    "ollback",
    "onfiguration reloaded",
    "onfig reloaded",
    "eloaded config",
    "onfiguration changed",
    "Started ",
    "Booting ",
    "Starting ",
    "startup complete",
    "running on",
    "Running on",
    "istening on",
    "istening at",
    " ready.",
    "Application started",
    "automated sync",
    "Sync operation to ",
    "Reconciliation finished",
    "Helm ",
    "Helming",
    "has started ",
    "running tasks",
    "replica set ",
    "ReplicaSet ",
    "New size: ",
    "Stopping container ",
    "will be restarted",
    "failed container",
    "statefulset",
    "configmap",
    "low on resource",
    "ElastiCache:",
    "replica node ",
    "parameter group",
    "Failover API called",
    "cache node",
    "Cache node",
    "ache cluster",
    "eplication group",
    "accept connections",
    "scheduling shutdown",
    "requested shutdown",
    "switch-master ",
    "promoted-slave",
    "MASTER MODE",
    "OF enabled",
    "REPLICAOF ",
    "SLAVEOF ",
    "Failover election won",
    "Manual failover",
    "CONFIG REWRITE",
];
