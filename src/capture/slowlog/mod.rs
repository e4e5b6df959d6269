//! The slow log in its four written forms, one a file.
//!
//! In: the text of one form. Out: [`Slow`] entries. Fails when: never; an entry without id, time and duration is none.

pub(super) mod elasticache;
pub(super) mod json;
pub(super) mod raw;
pub(super) mod tty;

use super::{Slow, key_shape};

/// Entries read from one record; SLOWLOG keeps 128 by default, operators raise it to some thousands.
const MAX_ENTRIES: usize = 10_000;

/// One entry from its parts; `args` begins with the command.
fn entry(id: u64, at_s: i64, us: u64, args: &[String], client: &str, name: &str) -> Slow {
    let command = args.first().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
    let key = first_key(&command, args).map(key_shape).unwrap_or_default();
    Slow { at_s, id, us, command, key, client: client.to_owned(), name: name.to_owned() }
}

/// The first key among a command's arguments, by the command's own layout.
fn first_key<'a>(command: &str, args: &'a [String]) -> Option<&'a str> {
    let at = |i: usize| args.get(i).map(String::as_str);
    match command {
        // EVAL script numkeys key: without keys there is none.
        "EVAL" | "EVALSHA" | "EVAL_RO" | "EVALSHA_RO" | "FCALL" | "FCALL_RO" => at(2).filter(|n| *n != "0").and(at(3)),
        "XREAD" | "XREADGROUP" => {
            let streams = args.iter().position(|a| a.eq_ignore_ascii_case("STREAMS"))?;
            at(streams + 1)
        }
        "BITOP" | "OBJECT" | "MEMORY" | "XGROUP" | "XINFO" | "DEBUG" => at(2),
        // These name no key; their arguments are options, channels or other text.
        "SCAN" | "INFO" | "CONFIG" | "CLIENT" | "FLUSHALL" | "FLUSHDB" | "SLOWLOG" | "SCRIPT" | "CLUSTER" | "AUTH" | "HELLO" | "PING"
        | "COMMAND" | "SELECT" | "SAVE" | "BGSAVE" | "BGREWRITEAOF" | "SHUTDOWN" | "PSYNC" | "SYNC" | "REPLCONF" | "MULTI" | "EXEC"
        | "DBSIZE" | "LATENCY" | "ACL" | "FUNCTION" | "MODULE" | "RANDOMKEY" | "WAIT" => None,
        _ => at(1).filter(|key| !key.starts_with("... (")),
    }
}

/// Whether a text is a client address as the slow log writes it (`10.0.4.52:50122`, `[::1]:5`, `/run/redis.sock:0`).
fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let port_ok = !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    let host_ok = host.starts_with('/')
        || (host.contains('.') && host.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        || (host.starts_with('[') && host.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'[' | b']' | b'.')));
    port_ok && host_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(args: &[&str]) -> String {
        let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        entry(1, 2, 3, &args, "", "").key
    }

    #[test]
    fn first_keys() {
        assert_eq!(key(&["hgetall", "cart:session:88321"]), "cart:session:*");
        assert_eq!(key(&["EVAL", "return 1", "0", "site"]), "");
        assert_eq!(key(&["EVAL", "return 1", "1", "lock:7"]), "lock:*");
        assert_eq!(key(&["XREADGROUP", "GROUP", "g", "c", "STREAMS", "orders", ">"]), "orders");
        assert_eq!(key(&["HGETALL", "... (1 more arguments)"]), "");
        assert_eq!(key(&[]), "");
    }

    #[test]
    fn addresses() {
        assert!(is_address("10.0.4.52:50122") && is_address("[::1]:6000") && is_address("/run/redis.sock:0"));
        assert!(!is_address("cart:17") && !is_address("10.0.4.52") && !is_address("09:00:01"));
    }
}
