//! How surely a line of a log begins behind what a tool put before it. In: the text behind. Out: [`Begins`]. Fails when: never.

use super::tagged::is_number;
use super::{Severity, clock};
use crate::record::clock::Written;
use crate::record::layout::is_server_head;
use crate::record::seek::cut;

/// Bytes of an object in which a record's names are looked for.
const NAMES_WITHIN: usize = 4 << 10;

/// How surely a line of a log begins.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Begins {
    Not,
    /// A full date and time, and anything.
    Dated,
    /// A time without date or year, or redis-server's, with what proves it behind: a level, `host ident[pid]:`, a process.
    Undated,
    /// A full date and time with a level or a bracket behind, an object with a record's names, logfmt.
    Surely,
}

/// True for a dated line with a level or a bracket behind its time, for an object with a record's names, and for logfmt.
pub(super) fn surely_begins(line: &str) -> bool {
    beginning(line, false) == Begins::Surely
}

/// How surely a line begins; what has no full date is looked at behind a name alone.
pub(super) fn beginning(line: &str, named: bool) -> Begins {
    let surely = |is: bool| if is { Begins::Surely } else { Begins::Not };
    match line.as_bytes().first() {
        Some(b'{') => {
            let names = line.get(..NAMES_WITHIN).unwrap_or(line);
            surely(
                line.trim_end().ends_with('}')
                    && line.starts_with("{\"")
                    && ["\"msg\"", "\"message\"", "\"level\"", "\"log\"", "\"event\""].iter().any(|name| names.contains(name)),
            )
        }
        Some(b't' | b'l') => {
            let keyed = ["time=", "ts=", "t=", "timestamp=", "level=", "lvl="].iter().any(|key| line.starts_with(key));
            surely(keyed && [" level=", " lvl=", " msg=", " message="].iter().any(|key| line.contains(key)))
        }
        Some(b'0'..=b'9' | b'[') if named && is_server_head(line) => Begins::Undated,
        Some(b'0'..=b'9' | b'[') => timed_beginning(line, named),
        Some(b'A'..=b'Z') if named => timed_beginning(line, named),
        _ => Begins::Not,
    }
}

/// How surely a line begins that begins with a time.
fn timed_beginning(line: &str, named: bool) -> Begins {
    let Some((stamp, end)) = clock::parse_prefix(line) else { return Begins::Not };
    let rest = line.get(end..).unwrap_or_default();
    // pm2 sets a colon behind its time.
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
    let word = rest.split([' ', '\t', ':', ']']).next().unwrap_or_default();
    let level = word.len() >= 3 && Severity::from_word(word) != Severity::Unknown;
    match stamp.written {
        // A number of seconds is no date.
        Written::Instant(_) | Written::Local(_) if line.bytes().take_while(u8::is_ascii_digit).count() > 4 => Begins::Not,
        Written::Instant(_) | Written::Local(_) => {
            let process = || {
                let behind = rest.get(word.len()..).unwrap_or_default();
                cut(word, b'[').is_some_and(|(_, pid)| is_number(pid) && behind.starts_with("]:"))
            };
            if rest.starts_with(['[', '{', '|', '-']) || level || process() {
                Begins::Surely
            } else if line.starts_with(|c: char| c.is_ascii_digit()) {
                Begins::Dated
            } else {
                Begins::Not
            }
        }
        Written::NoDate(_) if named && (rest.starts_with('[') || level) => Begins::Undated,
        Written::NoYear { .. } if named && rest.split([' ', '\t']).take(2).any(|ident| ident.ends_with("]:")) => Begins::Undated,
        _ => Begins::Not,
    }
}
