//! What may leave the program: control sequences never, secrets only on demand.
//!
//! In: a text. Out: the text fit to show, and how many values were replaced by `***`. Fails when: never.
//!
//! Passwords in URLs, arguments of AUTH, HELLO and CONFIG SET, `-a`, tokens, `password=` and its like, e-mail addresses.
//! Times, ids, trace ids, hosts and key names stay. Each rule is one linear pass that runs only where its mark stands.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands in a secret's place.
const HIDDEN: &str = "***";

/// Makes a text fit to show. Control sequences are stripped in any case; secrets are replaced when `enabled`.
pub fn text(text: &str, enabled: bool) -> (Cow<'_, str>, u32) {
    let mut shown = strip_controls(text);
    let mut count = 0;
    if enabled {
        for rule in &RULES {
            if !(rule.gate)(&shown) {
                continue;
            }
            let Some(regex) = rule.regex.as_ref() else { continue };
            let before = count;
            let replaced = match regex.replace_all(&shown, |found: &Captures<'_>| replace(found, rule.keep, &mut count)) {
                Cow::Owned(replaced) => Some(replaced),
                Cow::Borrowed(_) => None,
            };
            // A match that was kept is not a change.
            if let (Some(replaced), true) = (replaced, count > before) {
                shown = Cow::Owned(replaced);
            }
        }
    }
    (shown, count)
}

/// One kind of secret: when to look, and how it is written. Group `s` is the secret, all else stays.
struct Rule {
    gate: fn(&str) -> bool,
    regex: LazyLock<Option<Regex>>,
    /// Texts that the pattern reaches but that are no secrets.
    keep: fn(&Captures<'_>, &str) -> bool,
}

macro_rules! rule {
    ($gate:expr, $pattern:expr, $keep:expr) => {
        Rule { gate: $gate, regex: LazyLock::new(|| Regex::new($pattern).ok()), keep: $keep }
    };
}

static RULES: [Rule; 15] = [
    // redis://user:secret@host; Redis passwords are often written with `/` and `=` unescaped.
    rule!(names_a_login, r#"(?i)\b(?:rediss?|valkeys?)(?:[+-][a-z]{1,12})?://[^\s:@/"'<>]*:(?P<s>[^\s@"'<>,]+)@"#, is_placeholder),
    rule!(names_a_login, r#"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s:@/?#"'<>]*:(?P<s>[^\s@/?#"'<>]+)@"#, is_placeholder),
    rule!(names_a_login, r#"(?i)\bhttps?://(?P<s>[^\s:@/?#"'<>]{16,})@"#, is_placeholder),
    // HELLO 3 AUTH user secret, AUTH user secret, AUTH secret, and the same words in MONITOR's quotes.
    rule!(
        |t| t.contains("AUTH"),
        r#"(?:^|[^A-Za-z_])AUTH(?:"? "?[^\s"]{1,128})"? "?(?P<s>[^\s"]+)"?(?:$|\n| SETNAME| "SETNAME)"#,
        is_prose
    ),
    rule!(|t| t.contains("AUTH"), r#"(?:^|[^A-Za-z_])AUTH"? "?(?P<s>[^\s"]+)"#, is_prose),
    rule!(|t| t.contains("\"auth\""), r#""auth"(?: "[^\s"]{1,128}")? "(?P<s>[^\s"]+)""#, never),
    rule!(|t| has_any(t, &["requirepass", "masterauth"]), r#"\b(?:requirepass|masterauth)"?[ =:]+"?(?P<s>[^\s"]+)"#, is_prose),
    // redis-cli -a secret
    rule!(
        |t| t.contains("-cli ") && has_any(t, &[" -a ", " --pass "]),
        r#"\b(?:redis|valkey)-cli\b[^\n|;&]{0,512}? (?:-a|--pass) +["']?(?P<s>[^\s"']+)"#,
        is_placeholder
    ),
    // Tokens that show themselves by their form.
    rule!(|t| has_any(t, &["earer ", "EARER "]), r"(?i)\bbearer +(?P<s>[A-Za-z0-9._~+/=-]{8,})", is_lower_word),
    rule!(|t| t.contains("eyJ"), r"\b(?P<s>eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*)", never),
    rule!(|t| has_any(t, &["AKIA", "ASIA"]), r"\b(?P<s>(?:AKIA|ASIA)[A-Z0-9]{16})\b", never),
    rule!(
        |t| has_any(t, &["ghp_", "gho_", "ghs_", "github_pat_", "xoxb-", "xoxp-", "sk-", "glpat-"]),
        r"\b(?P<s>(?:gh[pousr]_|github_pat_|xox[abp]-|sk-|glpat-)[A-Za-z0-9_-]{16,})",
        never
    ),
    // name=value, "name": "value", name: value
    rule!(
        names_a_secret,
        r#"(?i)(?P<n>api[_-]?key|access[_-]?key|account[_-]?key|secret|password|passwd|passphrase|pwd|token|credentials?|rediscli_auth|authorization)[a-z_-]{0,24}(?P<e>["'] ?(?::|=>?) ?|=| ?(?::|=>?) )["']?(?P<s>[^\s"',;&)}\]]+)"#,
        is_no_value
    ),
    rule!(|t| has_any(t, &["?auth=", "&auth="]), r#"[?&]auth=(?P<s>[^\s&"']+)"#, is_placeholder),
    rule!(|t| t.contains('@'), r"(?P<s>[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?P<t>[A-Za-z]{2,24}))\b", is_host),
];

fn replace(found: &Captures<'_>, keep: fn(&Captures<'_>, &str) -> bool, count: &mut u32) -> String {
    let all = found.get(0).map_or("", |m| m.as_str());
    let (Some(whole), Some(secret)) = (found.get(0), found.name("s")) else { return all.to_owned() };
    if secret.as_str() == HIDDEN || keep(found, secret.as_str()) {
        return all.to_owned();
    }
    *count += 1;
    let before = all.get(..secret.start() - whole.start()).unwrap_or_default();
    let after = all.get(secret.end() - whole.start()..).unwrap_or_default();
    format!("{before}{HIDDEN}{after}")
}

fn has_any(text: &str, marks: &[&str]) -> bool {
    marks.iter().any(|mark| text.contains(mark))
}

/// A URL with an `@` behind it.
fn names_a_login(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains('@'))
}

/// Cheap look for the names of the `name=value` rule, in the three cases that programs write, with `=` or `:` behind.
fn names_a_secret(text: &str) -> bool {
    const MARKS: &[&str] = &[
        "assw",
        "ASSW",
        "ecret",
        "ECRET",
        "oken",
        "OKEN",
        "pwd",
        "PWD",
        "Pwd",
        "key",
        "KEY",
        "Key",
        "redential",
        "REDENTIAL",
        "uthorization",
        "UTHORIZATION",
        "assphrase",
        "CLI_AUTH",
    ];
    MARKS.iter().any(|mark| {
        text.match_indices(mark).any(|(at, _)| {
            let rest = text.get(at + mark.len()..).unwrap_or_default();
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            rest.trim_start_matches(['"', '\'', ' ']).starts_with([':', '='])
        })
    })
}

fn never(_: &Captures<'_>, _: &str) -> bool {
    false
}

/// `$REDIS_PASSWORD`, `<password>`, `{pw}`, `%s`: names of secrets, not secrets.
fn is_placeholder(_: &Captures<'_>, secret: &str) -> bool {
    secret.starts_with(['$', '<', '{', '%', '*'])
}

/// Words that follow AUTH and requirepass in sentences.
fn is_prose(found: &Captures<'_>, secret: &str) -> bool {
    const WORDS: &[&str] = &[
        "failed",
        "failure",
        "called",
        "error",
        "command",
        "required",
        "is",
        "was",
        "not",
        "with",
        "without",
        "timed",
        "timeout",
        "succeeded",
        "ok",
        "OK",
        "service",
        "and",
        "or",
        "directive",
        "option",
        "parameter",
        "set",
        "to",
        "in",
        "has",
        "for",
        "user",
        "on",
        "before",
        "first",
        "reply",
        "response",
        "again",
        "but",
        "because",
        "Warning:",
        "configured",
        "token",
        "password",
        "arguments",
        "args",
    ];
    let word = secret.trim_end_matches([',', '.', ':', ';', '!', ')']);
    is_placeholder(found, secret)
        || WORDS.contains(&word)
        || found.get(0).is_some_and(|all| all.as_str().contains("AUTH failed") || all.as_str().contains("AUTH <"))
}

fn is_lower_word(_: &Captures<'_>, secret: &str) -> bool {
    secret.bytes().all(|b| b.is_ascii_lowercase())
}

/// Values of the `name=value` rule that are none: prose after a colon, paths, booleans, numbers of a count.
fn is_no_value(found: &Captures<'_>, secret: &str) -> bool {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "null",
        "none",
        "nil",
        "yes",
        "no",
        "is",
        "not",
        "invalid",
        "incorrect",
        "wrong",
        "required",
        "missing",
        "empty",
        "expected",
        "unexpected",
        "set",
        "failed",
        "authentication",
        "access",
        "bearer",
        "basic",
        "undefined",
        "expired",
        "the",
        "a",
        "an",
        "must",
        "unauthorized",
        "redacted",
        "[redacted]",
        "<redacted>",
    ];
    let name = found.name("n").map_or("", |m| m.as_str()).to_ascii_lowercase();
    let spoken = found.name("e").is_some_and(|m| m.as_str() == ": ");
    let word = secret.to_ascii_lowercase();
    let word = word.trim_end_matches(['.', ':', '!']);
    // A word after `token: ` is a parser's complaint unless it looks like a token.
    let bare_token =
        matches!(name.as_str(), "token" | "authorization" | "credential" | "credentials") && !secret.bytes().any(|b| b.is_ascii_digit());
    is_placeholder(found, secret)
        || WORDS.contains(&word)
        || secret.starts_with(['/', '('])
        || (spoken && bare_token)
        || (name.ends_with("key") && secret.len() < 8)
}

/// `celery@worker-1.prod.internal`, `ioredis@5.js`: a process on a host or a file, not a person.
fn is_host(found: &Captures<'_>, secret: &str) -> bool {
    const NO_TLD: &[&str] = &[
        "internal",
        "local",
        "localdomain",
        "lan",
        "cluster",
        "svc",
        "js",
        "ts",
        "mjs",
        "cjs",
        "py",
        "go",
        "rb",
        "java",
        "rs",
        "php",
        "tgz",
    ];
    let last = found.name("t").map_or("", |m| m.as_str());
    NO_TLD.contains(&last) || secret.starts_with("celery@") || secret.starts_with("git@")
}

/// Removes ANSI sequences, other control characters (line ends and tabs stay) and characters that turn the direction of text.
fn strip_controls(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut chars),
            '\u{9b}' => skip_csi(&mut chars),
            c if is_control(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_control(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What follows an ESC; each character is looked at once, and a line end always ends a sequence.
fn skip_sequence(chars: &mut Chars<'_>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_csi(chars);
        }
        // OSC, DCS, APC, PM, SOS: a text up to BEL or ESC \.
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while let Some(&c) = chars.peek() {
                if c == '\n' {
                    return;
                }
                chars.next();
                if c == '\u{7}' || c == '\u{9c}' {
                    return;
                }
                if c == '\u{1b}' {
                    if chars.peek() == Some(&'\\') {
                        chars.next();
                    }
                    return;
                }
            }
        }
        Some('\n') | None => {}
        Some(' '..='/') => {
            chars.next();
            if chars.peek().is_some_and(|c| *c != '\n') {
                chars.next();
            }
        }
        Some(_) => {
            chars.next();
        }
    }
}

/// Parameters and the final letter of a CSI sequence.
fn skip_csi(chars: &mut Chars<'_>) {
    while let Some(&c) = chars.peek() {
        match c {
            '0'..='9' | ';' | ':' | '<' | '=' | '>' | '?' | ' '..='/' => {
                chars.next();
            }
            '@'..='~' => {
                chars.next();
                return;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests;
