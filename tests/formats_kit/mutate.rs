//! The same formats with other data: `generate.py` with its names, dates, zones, messages and file names replaced.
//! In: the generator, a [`Variant`]. Out: a folder of samples with their own `expected.json`. Fails when: a text to replace is gone.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What is replaced.
pub struct Variant {
    pub name: &'static str,
    texts: &'static [(&'static str, &'static str)],
    /// Files get names that say nothing, unless the name carries a fact.
    rename: bool,
}

/// Names, pods, hosts, loggers, keys.
const NAMES: &[(&str, &str)] = &[
    ("checkout-api", "billing-gateway"),
    ("orders-worker", "mail-dispatcher"),
    ("6d9f7c8b5d-x2x9k", "7b4c9f86d5-k4zvq"),
    ("7b5c9d6f44-q8w2z", "5f6d8b7c94-n7h2m"),
    ("6d9f7c8b5d", "7b4c9f86d5"),
    ("CTR = {A: 'app', B: 'worker'}", "CTR = {A: 'main', B: 'web'}"),
    ("ip-10-0-3-17", "node-eu-7"),
    ("ip-10-0-4-52", "node-eu-9"),
    ("com.shop.checkout.CartClient", "io.acme.billing.LedgerClient"),
    ("com.shop.orders.OrderPoller", "io.acme.mail.OutboxReader"),
    ("checkout.cart", "billing.ledger"),
    ("orders.poller", "mail.outbox"),
    ("orders:pending", "mail:outbox"),
    ("orders:index", "mail:index"),
    ("'4f1c'*16", "'a03d'*16"),
    ("'9b7e'*16", "'71ce'*16"),
];

/// Five-day steps keep the seconds of the epoch's literals.
const DATES: &[(&str, &str)] = &[
    ("datetime(2024, 1, 17, 9,", "datetime(2025, 11, 27, 9,"),
    ("2024-01-17", "2025-11-27"),
    ("17 Jan", "27 Nov"),
    ("Jan 17", "Nov 27"),
    ("2024/01/17", "2025/11/27"),
    ("1705482", "1764234"),
    ("1705481", "1764233"),
    (" 2024", " 2025"),
    ("Wed Nov", "Thu Nov"),
    ("65a7971", "6928131"),
];

/// Applications write an offset, kubelet's clock keeps UTC.
const ZONES: &[(&str, &str)] = &[(
    "r.iso = r.t.strftime('%Y-%m-%dT%H:%M:%S.') + f'{ms%1000:03d}Z'",
    "r.iso = (r.t + timedelta(hours=5, minutes=30)).strftime('%Y-%m-%dT%H:%M:%S.') + f'{ms%1000:03d}+05:30'",
)];

/// Other texts of the same symptoms, as other clients write them.
const MESSAGES: &[(&str, &str)] = &[
    ("cart lookup failed: ERR max number of clients reached", "GET invoice:55 refused: ERR max number of clients reached"),
    ("ReplyError: ERR max number of clients reached", "flush aborted, ReplyError: ERR max number of clients reached"),
    ("session load failed: redis: connection pool timeout", "ledger write dropped: redis: connection pool timeout"),
    ("BLPOP orders:pending failed: Command timed out", "BLPOP outbox:ready failed: Command timed out"),
    ("slow redis command: HGETALL orders:index took 1840 ms", "slow redis command: SMEMBERS outbox:all took 2310 ms"),
    ("'request completed'", "'served the page'"),
    ("'job processed'", "'letter sent'"),
    ("/cart/", "/invoice/"),
];

pub const VARIANTS: &[&Variant] = &[
    &Variant { name: "other names and file names", texts: NAMES, rename: true },
    &Variant { name: "another date", texts: DATES, rename: false },
    &Variant { name: "another zone", texts: ZONES, rename: false },
    &Variant { name: "other messages", texts: MESSAGES, rename: true },
];

pub fn python_is_here() -> bool {
    Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success())
}

/// Paths that carry a fact keep it; all others become numbers in a folder without a meaning.
const RENAME: &str = r#"
_N = [0]
def _renamed(path):
    if any(k in path for k in ('cri/', 'json-file', 's3-export/exportedlogs', 'get-log-events-', 'describe-', 'get-metric')): return path
    _N[0] += 1
    kind = 'access/' if path.startswith('access/') else ''
    return f'bundle-7/{kind}part{_N[0]}.dat'
"#;

pub fn generate(generator: &Path, variant: &Variant, dir: &Path) {
    let mut source = fs::read_to_string(generator).expect("the generator");
    for (old, new) in variant.texts {
        assert!(source.contains(old), "{}: the generator has no {old:?}", variant.name);
        source = source.replace(old, new);
    }
    if variant.rename {
        let (before, after) = source.split_once("def put(path, data").expect("the generator writes with put()");
        let after = after.replacen("    p = os.path.join(ROOT, path)", "    path = _renamed(path); p = os.path.join(ROOT, path)", 1);
        source = format!("{before}{RENAME}def put(path, data{after}");
    }
    let script = dir.join("generate.py");
    fs::write(&script, source).expect("a file");
    let made = Command::new("python3").arg(&script).current_dir(dir).output().expect("python3");
    assert!(made.status.success(), "{}: {}", variant.name, String::from_utf8_lossy(&made.stderr));
}
