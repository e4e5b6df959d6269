//! Rows of `docker ps`, `kubectl get pods` and `kubectl get events`.
//!
//! In: one row. Out: a change. Fails when: the row tells of no change, or is of another shape.
//! Ages in these rows are relative to the moment of the capture, so the changes carry them as words.

use super::{ChangeKind, Reading, changes, number};
use crate::record::seek::Mark;

/// Whether a line is a row or header of one of these tables.
pub(super) fn is_row(line: &str) -> bool {
    // Tables align their columns with blanks.
    const APART: Mark = Mark::new("  ");
    if !APART.is_in(line) {
        return false;
    }
    is_header(line)
        || disk(line).is_some()
        || deployment(line).is_some()
        || docker(line).is_some()
        || pod(line).is_some()
        || event(line).is_some()
}

/// Whether a line is the head of such a table.
pub(super) fn is_header(line: &str) -> bool {
    line.starts_with("CONTAINER ID ") && line.contains(" STATUS ")
        || line.starts_with("Filesystem ") && line.contains(" Mounted on")
        || line.starts_with("NAME") && line.contains(" READY ") && line.contains(" UP-TO-DATE ")
        || (line.starts_with("NAME ") || line.starts_with("NAMESPACE ")) && line.contains(" READY ") && line.contains(" RESTARTS ")
        || (line.starts_with("LAST SEEN ") || line.starts_with("NAMESPACE ")) && line.contains(" REASON ") && line.contains(" OBJECT ")
}

/// Reads one row.
pub(super) fn read(line: &str) -> Option<Reading> {
    docker(line).map(Docker::change).or_else(|| pod(line).map(Pod::change)).unwrap_or_else(|| event(line).and_then(Event::change))
}

fn restart(what: String, subject: &str) -> Reading {
    Reading::Change { kind: ChangeKind::Restart, what, subject: Some(subject.to_owned()), replicas: None }
}

/// What a row of `df -h` or `kubectl get deploy` says in numbers.
pub(super) fn numbers(line: &str) -> Vec<Reading> {
    if let Some((percent, mount)) = disk(line) {
        return vec![Reading::Named { name: format!("disk_used_percent.{mount}"), value: percent }];
    }
    let Some((name, ready, wanted)) = deployment(line) else { return Vec::new() };
    let row = |what: &str, value: u64| Reading::Named { name: format!("replicas.{name}.{what}"), value: value as f64 };
    vec![row("ready", ready), row("wanted", wanted)]
}

/// `/dev/nvme1n1  50G  50G  0 100% /data`.
fn disk(line: &str) -> Option<(f64, &str)> {
    let mut cells = line.split_ascii_whitespace();
    let (_, size, used, free) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let sized = |cell: &str| number::plain(cell.trim_end_matches(['K', 'M', 'G', 'T', 'P', 'i', 'B'])).is_some();
    let percent = number::integer(cells.next()?.strip_suffix('%')?).filter(|p| *p <= 100)?;
    let mount = cells.next().filter(|m| m.starts_with('/') && m.len() <= 128)?;
    (sized(size) && sized(used) && sized(free) && cells.next().is_none()).then_some((percent as f64, mount))
}

/// `cart-api  3/12`, with NAMESPACE first or not: (name, ready, wanted).
fn named_ready<'l>(cells: &mut impl Iterator<Item = &'l str>) -> Option<(&'l str, u64, u64)> {
    let mut name = cells.next()?;
    let mut ready = cells.next()?;
    if !ready.contains('/') {
        name = ready;
        ready = cells.next()?;
    }
    let (up, of) = ready.split_once('/')?;
    Some((name, number::integer(up)?, number::integer(of)?))
}

/// `cart-api  3/12  12  3  40d`, with NAMESPACE first or not: (name, ready, wanted).
fn deployment(line: &str) -> Option<(&str, u64, u64)> {
    let mut cells = columns(line);
    let (name, up, of) = named_ready(&mut cells)?;
    number::integer(cells.next()?)?;
    number::integer(cells.next()?)?;
    age_seconds(cells.next()?)?;
    let named = name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'/'));
    named.then_some((name, up, of))
}

/// Columns of a table, which are set apart by two blanks or more.
fn columns(line: &str) -> impl Iterator<Item = &str> {
    line.split("  ").map(str::trim).filter(|c| !c.is_empty())
}

struct Docker<'a> {
    status: &'a str,
    created: &'a str,
    name: &'a str,
}

fn docker(line: &str) -> Option<Docker<'_>> {
    let id = line.split(' ').next()?;
    if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_hexdigit()) || !line.contains("   ") {
        return None;
    }
    let mut cells = columns(line).skip(3);
    let created = cells.next().filter(|c| c.ends_with(" ago"))?;
    let status =
        cells.next().filter(|s| ["Up ", "Exited (", "Restarting (", "Created", "Paused", "Dead"].iter().any(|p| s.starts_with(p)))?;
    Some(Docker { status, created, name: columns(line).last()? })
}

impl Docker<'_> {
    /// A container that is not up, or came up long after it was created, was restarted.
    fn change(self) -> Option<Reading> {
        let status = self.status;
        let up = status.strip_prefix("Up ").and_then(words_to_seconds);
        let created = words_to_seconds(self.created);
        let again = match (up, created) {
            (Some(up), Some(created)) => created > 2 * up + 60,
            _ => false,
        };
        let down = status.starts_with("Exited (") || status.starts_with("Restarting (") || status.starts_with("Dead");
        if !again && !down {
            return None;
        }
        Some(restart(format!("container {}: {status}, created {}", self.name, self.created), self.name))
    }
}

/// `5 minutes`, `About an hour`, `3 days ago` → seconds.
fn words_to_seconds(text: &str) -> Option<u64> {
    let text = text.trim_start_matches("About ").trim_start_matches("Less than ");
    let mut words = text.split(' ');
    let count = words.next()?;
    let n = if matches!(count, "a" | "an") { 1 } else { number::integer(count)? };
    let unit = match words.next()?.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 604_800,
        "month" => 2_592_000,
        "year" => 31_536_000,
        _ => return None,
    };
    n.checked_mul(unit)
}

/// `5m2s`, `3d4h`, `90s` (kubectl's age) → seconds.
fn age_seconds(text: &str) -> Option<u64> {
    let mut total = 0u64;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() && digits.len() < 9 {
            digits.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'y' => 31_536_000,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    (digits.is_empty() && !text.is_empty()).then_some(total)
}

struct Pod<'a> {
    name: &'a str,
    status: &'a str,
    restarts: &'a str,
    count: u64,
}

/// `[ns]  name  1/1  Running  3 (5m ago)  10d`.
fn pod(line: &str) -> Option<Pod<'_>> {
    let mut cells = columns(line);
    let (name, _, _) = named_ready(&mut cells)?;
    let status = cells.next().filter(|s| s.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let restarts = cells.next()?;
    let count = number::integer(restarts.split(' ').next()?)?;
    age_seconds(cells.next()?)?;
    let named = !name.contains([' ', ':', '=', '"']);
    named.then_some(Pod { name, status, restarts, count })
}

impl Pod<'_> {
    fn change(self) -> Option<Reading> {
        let failing = !matches!(self.status, "Running" | "Completed" | "ContainerCreating" | "Pending" | "Terminating");
        if self.count == 0 && !failing {
            return None;
        }
        Some(restart(format!("pod {}: {}, {} restarts", self.name, self.status, self.restarts), self.name))
    }
}

struct Event<'a> {
    age: &'a str,
    object: &'a str,
    message: &'a str,
    reason: &'a str,
}

/// `LAST SEEN  TYPE  REASON  OBJECT  MESSAGE`, optionally with NAMESPACE first; `-o wide` puts columns between.
fn event(line: &str) -> Option<Event<'_>> {
    let mut cells = columns(line);
    let mut age = cells.next()?;
    let mut kind = cells.next()?;
    if !matches!(kind, "Normal" | "Warning") {
        age = kind;
        kind = cells.next()?;
    }
    let seen = age.split(' ').next()?;
    if !matches!(kind, "Normal" | "Warning") || (age_seconds(seen).is_none() && seen != "<unknown>") {
        return None;
    }
    let reason = cells.next()?;
    let object = cells.next().filter(|o| o.contains('/'))?;
    // The message is the longest cell behind the object, in every width of the table.
    let message = cells.max_by_key(|c| c.len())?;
    Some(Event { age, object, message, reason })
}

impl Event<'_> {
    fn change(self) -> Option<Reading> {
        let mut change = changes::message(self.message, Some(self.reason))?;
        if let Reading::Change { what, subject, .. } = &mut change {
            *what = format!("{what} ({} before the capture)", self.age);
            *subject = self.object.split_once('/').map(|(_, name)| name.to_owned());
        }
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts = (ChangeKind, String, Option<String>, Option<(u32, u32)>);

    fn what(line: &str) -> Option<Parts> {
        match read(line)? {
            Reading::Change { kind, what, subject, replicas } => Some((kind, what, subject, replicas)),
            _ => None,
        }
    }

    #[test]
    fn event_rows() {
        let row = "5m2s        Normal    ScalingReplicaSet   deployment/checkout-api                Scaled up replica set checkout-api-6d9f7c8b5d to 12 from 3";
        assert!(is_row(row));
        let (kind, text, subject, replicas) = what(row).unwrap();
        assert_eq!((kind, subject.as_deref(), replicas), (ChangeKind::Scale, Some("checkout-api"), Some((3, 12))));
        assert!(text.contains("5m2s before the capture"));
        let probe = "3m          Warning   Unhealthy           pod/checkout-api-6d9f7c8b5d-x2x9k      Readiness probe failed: HTTP probe failed with statuscode: 503";
        assert!(is_row(probe) && read(probe).is_none());
        assert_eq!(
            what(
                "shop   4m (x3 over 10m)   Warning   BackOff   pod/worker-1   Back-off restarting failed container worker in pod worker-1"
            )
            .map(|w| w.0),
            Some(ChangeKind::Restart)
        );
    }

    #[test]
    fn disks_and_deployments() {
        let named = |line: &str| crate::capture::named(numbers(line));
        let row = "/dev/nvme1n1     50G   50G     0 100% /data";
        assert!(is_row(row) && read(row).is_none());
        assert_eq!(named(row), [("disk_used_percent./data".to_owned(), 100.0)]);
        let deploy = "cart-api      3/12    12           3           40d";
        assert!(is_row(deploy) && read(deploy).is_none());
        assert_eq!(named(deploy), [("replicas.cart-api.ready".to_owned(), 3.0), ("replicas.cart-api.wanted".to_owned(), 12.0)]);
        assert!(
            is_header("NAME          READY   UP-TO-DATE   AVAILABLE   AGE")
                && is_header("Filesystem      Size  Used Avail Use% Mounted on")
        );
        assert!(named("a 1 2 3 4% b").is_empty() && named("progress  5G  2G  3G  40% done").is_empty());
    }

    #[test]
    fn containers_and_pods() {
        let down =
            "a1b2c3d4e5f6   redis:7-alpine   \"docker-entrypoint.s…\"   3 days ago   Exited (137) 2 minutes ago             redis-agente";
        assert_eq!(what(down).unwrap().2.as_deref(), Some("redis-agente"));
        let again =
            "a1b2c3d4e5f6   redis:7-alpine   \"docker-entrypoint.s…\"   3 days ago   Up 5 minutes (healthy)   6379/tcp   redis-agente";
        assert!(what(again).is_some());
        let fine = "a1b2c3d4e5f6   redis:7-alpine   \"docker-entrypoint.s…\"   3 days ago   Up 3 days   6379/tcp   redis-agente";
        assert!(is_row(fine) && what(fine).is_none());
        assert!(what("redis-master-0   1/1   Running   3 (5m ago)   10d").is_some());
        assert!(what("redis-master-0   1/1   Running   0          10d").is_none());
        assert!(!is_row("2024-01-17  09:00  some  text  here") && !is_row("deadbeef0123 is a commit"));
    }
}
