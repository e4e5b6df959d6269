//! Plain needles for the prefilter, derived from what every match of a signature must contain.
//!
//! In: signatures (literals, regex, examples). Out: [`Needles`]: few coarse texts, one of which stands in some line of
//! every match, and the fine texts that decide on a line where a coarse one was found.
//! Fails when: never; a literal without a usable fragment is its own needle.
//!
//! Also compiled into `build.rs`. A needle is case-sensitive, at least four bytes, and made only of bytes that every
//! JSON writer leaves as they are. Greedy set cover: the cost of a needle is its own share of a packed search, its first
//! four bytes (what the packed searcher fingerprints) and the healthy lines that it would touch.

use std::collections::{BTreeMap, BTreeSet};

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
pub const HEADS: [&str; 12] = [":M 0", ":M 1", ":M 2", ":M 3", ":S 0", ":S 1", ":S 2", ":S 3", ":X 0", ":X 1", ":X 2", ":X 3"];

/// Pieces of split lines (CRI) are looked at, since a needle may be cut in two.
pub const PIECES: [&str; 2] = ["stdout P ", "stderr P "];

/// A message that journald writes as an array of bytes, because some of them do not print: no needle stands in it.
pub const ENCODED: [&str; 1] = ["MESSAGE\":["];

/// Coarse needles at most: eight packed searches of 32. What they leave out is found in inputs up to 64 MiB, whose
/// records are all read, and in records that another line leads to; `whyredis patterns needles` counts it.
pub const MAX_COARSE: usize = 256;

/// What is needed of a signature.
pub struct Wanted<'a> {
    /// At least one stands in every match.
    pub literals: Vec<&'a str>,
    /// The regex.
    pub regex: &'a str,
    /// Example lines; empty where they are not known.
    pub examples: Vec<&'a str>,
}

/// Both sets.
#[derive(Debug, Default)]
pub struct Needles {
    /// One packed search for these comes first.
    pub coarse: Vec<String>,
    /// A line with a coarse needle is a candidate if it holds one of these, too.
    pub fine: Vec<String>,
}

fn usable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b':' | b'=' | b'-')
}

/// Runs of usable bytes.
fn runs(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii() || !usable(c as u8)).filter(|r| r.len() >= MIN_NEEDLE_BYTES).collect()
}

/// Texts that stand in every match of the regex.
fn required(regex: &str) -> Vec<String> {
    fn walk(hir: &Hir, run: &mut Vec<u8>, out: &mut Vec<String>) {
        let flush = |run: &mut Vec<u8>, out: &mut Vec<String>| {
            let text = String::from_utf8_lossy(&std::mem::take(run)).into_owned();
            out.extend(runs(&text).into_iter().map(str::to_string));
        };
        match hir.kind() {
            HirKind::Literal(l) => run.extend_from_slice(&l.0),
            HirKind::Capture(c) => walk(&c.sub, run, out),
            HirKind::Concat(parts) => parts.iter().for_each(|p| walk(p, run, out)),
            HirKind::Look(_) | HirKind::Empty => {}
            HirKind::Repetition(r) => {
                flush(run, out);
                if r.min > 0 {
                    walk(&r.sub, run, out);
                    flush(run, out);
                }
            }
            HirKind::Class(_) | HirKind::Alternation(_) => flush(run, out),
        }
    }
    let Ok(hir) = regex_syntax::parse(regex) else { return Vec::new() };
    let (mut run, mut out) = (Vec::new(), Vec::new());
    walk(&hir, &mut run, &mut out);
    out.extend(runs(&String::from_utf8_lossy(&run)).into_iter().map(str::to_string));
    out
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

    fn cost(&self, needle: &str) -> f64 {
        1.0 + FINGERPRINT_COST * needle.as_bytes().get(..MIN_NEEDLE_BYTES).map_or(1.0, |g| self.of(g)) + LINE_COST * self.line(needle)
    }
}

/// Derives both sets. `also`: texts of other stages (captures, changes) that must be reached, too.
pub fn derive(wanted: &[Wanted<'_>], also: &[&str]) -> Needles {
    let shares = Shares::read();
    let mut coarse: BTreeSet<String> = HEADS.iter().chain(&PIECES).chain(&ENCODED).map(ToString::to_string).collect();
    let mut fine: BTreeSet<String> = coarse.clone();
    // Each clause: texts of which one is enough.
    let mut clauses: Vec<Vec<String>> = also.iter().map(|t| vec![(*t).to_string()]).collect();
    fine.extend(also.iter().map(ToString::to_string));
    for w in wanted {
        let mut direct = required(w.regex);
        if let [one] = w.literals.as_slice() {
            direct.extend(runs(one).into_iter().map(str::to_string));
        }
        let of_literals: Vec<Vec<String>> = w
            .literals
            .iter()
            .map(|l| {
                Some(runs(l))
                    .filter(|r| !r.is_empty())
                    .map_or_else(|| vec![(*l).to_string()], |r| r.into_iter().map(str::to_string).collect())
            })
            .collect();
        let options = if direct.is_empty() { of_literals } else { vec![direct] };
        for texts in &options {
            let best = texts.iter().min_by(|a, b| shares.line(a).total_cmp(&shares.line(b)).then(b.len().cmp(&a.len())).then(a.cmp(b)));
            fine.extend(best.cloned());
        }
        let behind_head = |line: &&str| HEADS.iter().any(|h| line.contains(h));
        if w.examples.is_empty() || !w.examples.iter().all(behind_head) {
            clauses.extend(options);
        }
    }
    cover(&clauses, &shares, &mut coarse);
    Needles { coarse: coarse.into_iter().collect(), fine: smallest(fine) }
}

/// Greedy cover of the clauses.
fn cover(clauses: &[Vec<String>], shares: &Shares, coarse: &mut BTreeSet<String>) {
    let mut covers: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let mut open: BTreeSet<usize> = BTreeSet::new();
    for (i, clause) in clauses.iter().enumerate() {
        if clause.iter().any(|t| coarse.iter().any(|n| t.contains(n))) {
            continue;
        }
        open.insert(i);
        for text in clause {
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
    }
    let mut scored: Vec<(&str, f64, BTreeSet<usize>)> = covers.into_iter().map(|(n, c)| (n, shares.cost(n), c)).collect();
    while !open.is_empty() && coarse.len() < MAX_COARSE {
        let value = |(_, cost, c): &(&str, f64, BTreeSet<usize>)| c.len() as f64 / cost;
        let Some(best) = scored.iter().max_by(|a, b| value(a).total_cmp(&value(b)).then(b.0.cmp(a.0))) else { break };
        let done = best.2.clone();
        coarse.insert(extended(best.0, clauses, &done));
        open.retain(|i| !done.contains(i));
        for (_, _, c) in &mut scored {
            c.retain(|i| !done.contains(i));
        }
        scored.retain(|(_, _, c)| !c.is_empty());
    }
}

/// The needle with what follows it in every clause that it covers: as many hits, fewer healthy lines.
fn extended(needle: &str, clauses: &[Vec<String>], covered: &BTreeSet<usize>) -> String {
    let mut longest: Option<&str> = None;
    for i in covered {
        let Some(rest) = clauses.get(*i).into_iter().flatten().find_map(|t| t.find(needle).and_then(|at| t.get(at..))) else { continue };
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
