//! Commands typed at redis-cli's prompt or in a shell, with the answers that do not say themselves what they are.
//!
//! In: the command's line and the answer's. Out: the change that the command makes, or what the answer says. Fails when: never.

use super::{Reading, answers, latency, monitor, number, reply};

/// Longest line of a bare answer.
const MAX_ANSWER: usize = 512;

/// Options of redis-cli that have a value.
const VALUED: [&str; 16] =
    ["-h", "-p", "-a", "-n", "-u", "-s", "-r", "-i", "-t", "-d", "--user", "--pass", "--cacert", "--cert", "--key", "--sni"];

/// Splits redis-cli's prompt from what was typed: `127.0.0.1:6379> INFO`, `redis:6379[1]> `, `not connected> `.
pub(super) fn prompt(line: &str) -> Option<(&str, &str)> {
    let (node, command) = line.split_once("> ")?;
    if node == "not connected" {
        return Some((node, command));
    }
    let (host, port) = node.rsplit_once(':')?;
    let port = port.split('[').next().unwrap_or(port);
    let ok = (2..=5).contains(&port.len()) && number::integer(port).is_some() && !host.is_empty() && !host.contains([' ', '<', '"', '=']);
    ok.then_some((node, command))
}

/// What stands behind a shell's prompt: `$ `, `# `, `ops@bastion:~$ `, `[root@cache-1 ~]# `, `root@cache-1:/data# `.
pub(super) fn shell_command(line: &str) -> Option<&str> {
    // A prompt is short, and most lines have neither mark.
    const LONGEST: usize = 96;
    if let Some(typed) = line.strip_prefix(['$', '#']) {
        return Some(typed.trim_start());
    }
    let head = line.as_bytes().get(..LONGEST.min(line.len()))?;
    let at = memchr::memchr2_iter(b'$', b'#', head).find(|at| line.as_bytes().get(at + 1) == Some(&b' '))?;
    let (host, typed) = (line.get(..at)?, line.get(at + 2..)?);
    let bracketed = host.starts_with('[') && host.ends_with(']') && host.contains('@');
    (bracketed || !host.contains(' ')).then_some(typed)
}

/// What was given to redis-cli in a shell: `$ redis-cli -h cache DBSIZE`, `ops@bastion:~$ kubectl exec … -- redis-cli role`.
fn shell(line: &str) -> Option<&str> {
    let typed = shell_command(line)?;
    let at = ["redis-cli ", "valkey-cli "].iter().find_map(|name| Some(typed.find(name)? + name.len()))?;
    let mut rest = typed.get(at..)?.trim_start();
    while rest.starts_with('-') && !rest.starts_with("--latency") {
        let (option, behind) = rest.split_once(' ')?;
        rest = behind.trim_start();
        if VALUED.contains(&option) {
            rest = rest.split_once(' ')?.1.trim_start();
        }
    }
    // A pipe makes something else of the answer.
    (!rest.contains(['|', '>'])).then_some(rest)
}

/// What was typed, at either prompt.
fn typed(line: &str) -> Option<&str> {
    prompt(line).map(|(_, command)| command).or_else(|| shell(line))
}

/// Whether a line is a command at a prompt.
pub(super) fn is_command(line: &str) -> bool {
    typed(line).is_some()
}

/// Commands whose answers do not say what they are.
fn asks(command: &str) -> bool {
    let mut words = command.split_ascii_whitespace().map(str::to_ascii_lowercase);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match first.as_str() {
        "dbsize" | "role" | "--latency" | "--latency-history" => true,
        "acl" => second == "log",
        "memory" => second == "stats",
        "latency" => matches!(second.as_str(), "history" | "histogram"),
        _ => false,
    }
}

/// Whether a line is a command whose answer does not say what it is.
pub(super) fn is_question(line: &str) -> bool {
    typed(line).is_some_and(asks)
}

/// Whether a line may belong to such an answer: numbered, a number, or one word; a client's description in ACL LOG.
pub(super) fn answers(line: &str) -> bool {
    let plain = !line.contains(' ') || line.starts_with("id=") || line.starts_with("(integer) ") || latency::is_piped(line);
    line.len() <= MAX_ANSWER && !is_command(line) && (reply::indexed(line).0 > 0 || plain || latency::is_summary(line))
}

/// Whether a line may belong to an answer to another command.
pub(super) fn acknowledges(line: &str) -> bool {
    line.starts_with("(integer) ") || line == "OK" || line == "(nil)" || line.starts_with("(error) ") || elapsed(line)
}

/// `(10.29s)`: how long a reply took, as redis-cli prints it from half a second on.
fn elapsed(line: &str) -> bool {
    let seconds = line.strip_prefix('(').and_then(|rest| rest.strip_suffix("s)"));
    seconds
        .and_then(|s| s.split_once('.'))
        .is_some_and(|(whole, part)| part.len() == 2 && [whole, part].iter().all(|n| number::integer(n).is_some()))
}

/// The change that a command makes (`CONFIG SET maxclients 20000`), or what its answer says.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let (line, answer) = body.split_once('\n').unwrap_or((body, ""));
    let Some(command) = typed(line) else { return Vec::new() };
    if !asks(command) {
        return monitor::change(command.split_ascii_whitespace().map(|word| word.trim_matches('"'))).into_iter().collect();
    }
    let mut words = command.split_ascii_whitespace();
    match words.next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "dbsize" => {
            let values = reply::values(answer);
            let count = values.iter().find(|value| !value.is_empty()).and_then(|value| number::plain(value));
            count.map(|value| Reading::Gauge { name: "keys", value }).into_iter().collect()
        }
        "latency" if words.next().is_some_and(|word| word.eq_ignore_ascii_case("history")) => {
            latency::history(words.next().unwrap_or("unnamed"), &reply::values(answer)).into_iter().collect()
        }
        "--latency" | "--latency-history" => latency::read(answer),
        _ => answers::read_text(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::ChangeKind;

    const KEYS: Reading = Reading::Gauge { name: "keys", value: 5.0 };

    #[test]
    fn changes() {
        for line in ["127.0.0.1:6379> CONFIG SET timeout 300", "$ redis-cli -h cache -p 6379 config set timeout 300"] {
            assert!(is_command(line) && !is_question(line));
            assert!(matches!(read(line).as_slice(), [Reading::Change { kind: ChangeKind::Config, .. }]), "{line}");
        }
        assert!(read("127.0.0.1:6379> GET a\n(integer) 5").is_empty());
        assert!(read("$ redis-cli config set timeout 300 | tee x").is_empty());
        assert_eq!(prompt("<http://10.0.0.1:8080> x"), None);
        assert_eq!(prompt("redis:6379[1]> INFO"), Some(("redis:6379[1]", "INFO")));
    }

    #[test]
    fn questions() {
        for body in
            ["127.0.0.1:6379> DBSIZE\n(integer) 5", "$ redis-cli dbsize\n5", "ops@b:~$ kubectl exec r-0 -- redis-cli DBSIZE\n(integer) 5"]
        {
            assert!(body.lines().next().is_some_and(is_question) && body.lines().skip(1).all(answers), "{body}");
            assert_eq!(read(body), [KEYS], "{body}");
        }
        let history = "127.0.0.1:6379> LATENCY HISTORY command\n1) 1) (integer) 1705482004\n   2) (integer) 1840\n2) 1) (integer) 1705482010\n   2) (integer) 912";
        assert_eq!(read(history), [Reading::Named { name: "latency_event_ms.command".to_owned(), value: 1840.0 }]);
        assert!(!answers("2024-01-17 09:00:01 ERROR x") && !answers("127.0.0.1:6379> GET a"));
        assert_eq!(
            read("$ redis-cli --latency\n0 7 0.31 977"),
            [Reading::Named { name: "latency_event_ms.round-trip".to_owned(), value: 7.0 }]
        );
    }
}
