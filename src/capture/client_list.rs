//! CLIENT LIST: one connection a line, `key=value` joined by blanks; fields differ by version.
//!
//! In: one line. Out: one [`Client`]. Fails when: the line has no address or no idle time.

use super::{Client, Reading};

/// Whether a line is a row of CLIENT LIST (2.4 begins with `addr=`, later versions with `id=`).
pub(super) fn is_row(line: &str) -> bool {
    let begins = line.strip_prefix("id=").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    (begins || line.starts_with("addr=")) && line.contains("addr=") && line.contains(" idle=") && line.contains(" db=")
}

/// Reads a row.
pub(super) fn read(line: &str) -> Option<Reading> {
    let line = line.trim();
    if !is_row(line) {
        return None;
    }
    let mut client = Client::default();
    for (key, value) in line.split(' ').filter_map(|pair| pair.split_once('=')) {
        match key {
            "id" => client.id = value.parse().unwrap_or_default(),
            "fd" => client.fd = value.parse().unwrap_or_default(),
            "addr" => value_host(value).clone_into(&mut client.host),
            "name" => value.clone_into(&mut client.name),
            "user" => value.clone_into(&mut client.user),
            "age" => client.age_s = value.parse().unwrap_or_default(),
            "idle" => client.idle_s = value.parse().unwrap_or_default(),
            "flags" => value.clone_into(&mut client.flags),
            "cmd" => client.cmd = value.to_ascii_lowercase(),
            "lib-name" => value.clone_into(&mut client.lib),
            "omem" => client.omem = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    Some(Reading::Client(Box::new(client)))
}

/// The address without its port; IPv6 without its brackets.
fn value_host(addr: &str) -> &str {
    let host = addr.rsplit_once(':').map_or(addr, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(line: &str) -> Client {
        match read(line) {
            Some(Reading::Client(c)) => *c,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_of_old_and_new_versions() {
        let new = client(
            "id=5003 addr=10.0.3.17:41203 laddr=10.0.9.11:6379 fd=103 name= age=92 idle=87 flags=b db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=0 omem=7 tot-mem=1928 events=r cmd=blpop user=default redir=-1 resp=2 lib-name=go-redis(,go1.21) lib-ver=9.4.0",
        );
        assert_eq!((new.id, new.fd, new.age_s, new.idle_s, new.omem), (5003, 103, 92, 87, 7));
        assert_eq!(
            (new.host.as_str(), new.flags.as_str(), new.cmd.as_str(), new.lib.as_str()),
            ("10.0.3.17", "b", "blpop", "go-redis(,go1.21)")
        );
        assert_eq!((new.name.as_str(), new.user.as_str()), ("", "default"));
        let old = client("addr=127.0.0.1:51555 fd=5 idle=0 flags=N db=0 sub=0 psub=0 qbuf=0 obl=0 oll=0 events=r cmd=client");
        assert_eq!((old.host.as_str(), old.id), ("127.0.0.1", 0));
        assert_eq!(client("id=1 addr=[::1]:6380 fd=1 name=a age=1 idle=1 flags=N db=0 cmd=NULL").host, "::1");
        assert_eq!(client("id=1 addr=[::1]:6380 fd=1 name=a age=1 idle=1 flags=N db=0 cmd=NULL").cmd, "null");
    }

    #[test]
    fn near_misses() {
        assert_eq!(read("Client id=5521 addr=10.0.4.52:50122 fd=902 age=40 idle=3 flags=N db=0 scheduled to be closed"), None);
        assert_eq!(read("id=42 user created addr=x"), None);
    }
}
