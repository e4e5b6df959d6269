//! A name that a tool put before a line: swarm, podman, nerdctl, pm2, foreman, stern templates, awslogs, copilot, Heroku,
//! Cloud Foundry, Fly, `grep -n`, `cat -n`, quoting.
//!
//! In: a line that no other wrapper explains. Out: the application's line. Fails when: never.
//!
//! Only the shape tells: a short head without prose, and behind it something that surely begins a line of a log.

use super::begins::{Begins, beginning, surely_begins};
use super::{Inner, Outer, Severity, Stamp, clock, service};
use crate::record::clock::Written;
use crate::record::layout::is_server_head;
use crate::record::seek::{cut, cut_last};
use service::Place;

/// Bytes in which the head ends: a log group and a stream, a pod and a container.
const REACH: usize = 240;
/// Words of a head.
const MAX_WORDS: usize = 4;

/// Takes a head off, with or without a time before it.
pub(super) fn any(text: &str, outer: &mut Outer) -> Option<Inner> {
    match clock::parse_prefix(text) {
        Some((stamp, end)) => timed(text, stamp, end, outer),
        None => peel(text, outer),
    }
}

/// Takes a head without a time off.
pub(super) fn peel(text: &str, outer: &mut Outer) -> Option<Inner> {
    let (tag, end) = swarm(text).or_else(|| pm2(text)).or_else(|| head(text, false))?;
    // `web-1: Jan 17 09:00:01 web-1 cart[811]: `: a host stands before the line of a daemon that names itself.
    let daemon = || clock::parse_prefix(text.get(end..)?).map(|(stamp, _)| matches!(stamp.written, Written::NoYear { .. }));
    if tag.ends_with(':') && daemon() == Some(true) {
        outer.on_host(Some(tag.trim_end_matches(':')));
        outer.stream_of(&[tag]);
        outer.layers.push("tagged");
        return Some(Inner::From(end));
    }
    named(tag, outer);
    Some(Inner::From(end))
}

/// Takes a time off that stands before a line with a time or an object of its own, with or without a name between.
pub(super) fn timed(text: &str, stamp: Stamp, end: usize, outer: &mut Outer) -> Option<Inner> {
    let rest = text.get(end..)?;
    // Behind most times stands a level.
    let word = rest.bytes().take(9).take_while(u8::is_ascii_uppercase).count();
    if (3..=8).contains(&word) && matches!(rest.as_bytes().get(word), Some(b' ' | b':')) {
        return None;
    }
    if surely_begins(rest) || is_server_head(rest) {
        outer.at(Some(stamp));
        outer.layers.push("leading-time");
        return Some(Inner::From(end));
    }
    if let Some(taken) = procfile(stamp, rest, outer) {
        return Some(Inner::From(end + taken));
    }
    if let Some((tag, taken)) = pm2(rest).or_else(|| head(rest, true)) {
        outer.at(Some(stamp));
        named(tag, outer);
        return Some(Inner::From(end + taken));
    }
    let (level, taken) = fly(rest)?;
    outer.at(Some(stamp));
    outer.at_level(Severity::from_word(level));
    outer.stream_of(&[rest.split(' ').next().unwrap_or_default()]);
    outer.layers.push("fly");
    Some(Inner::From(end + taken))
}

/// `logs\app.log:400:2025-…`: a line beside one that was sought.
pub(super) fn around_a_hit(text: &str, outer: &mut Outer) -> Option<Inner> {
    let mut parts = text.get(..REACH.min(text.len())).unwrap_or(text).splitn(3, ':');
    let (file, number) = (parts.next()?, parts.next()?);
    let named = !file.is_empty() && file.bytes().all(is_head_byte) && is_number(number);
    named.then(|| peel(text, outer)).flatten()
}

/// What a chat or a ticket sets around a pasted line: bullets, backticks, a mark of quotation.
pub(super) fn pasted(text: &str) -> Option<Inner> {
    let begins = |line: &str| surely_begins(line) || is_server_head(line);
    if let Some(rest) = ["* ", "- ", "> ", "&gt; "].iter().find_map(|mark| text.strip_prefix(mark)) {
        return begins(rest).then(|| Inner::From(text.len() - rest.len()));
    }
    let inside = text.strip_prefix('`')?.trim_end();
    let inside = inside.strip_suffix('`').unwrap_or(inside).trim_start_matches('`');
    begins(inside).then(|| Inner::Text(inside.to_owned()))
}

/// pm2: `0|cart  | message`; number, name and two bars are proof enough, whatever the message.
fn pm2(text: &str) -> Option<(&str, usize)> {
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (number, rest) = cut(text.get(..REACH.min(text.len())).unwrap_or(text), b'|')?;
    let (name, _) = rest.split_once("| ")?;
    let named = !name.is_empty() && !name.starts_with(' ') && name.trim_end().bytes().all(is_name_byte);
    let end = number.len() + 1 + name.len();
    (is_number(number) && named).then(|| (text.get(..end).unwrap_or_default().trim_end(), end + 2))
}

/// Fly: `app[148e4d] ams [info]message` behind a time.
fn fly(rest: &str) -> Option<(&str, usize)> {
    let (machine, behind) = rest.split_once("] ")?;
    let (process, id) = machine.split_once('[')?;
    let (region, level) = behind.split_once(" [")?;
    let (level, _) = level.split_once(']')?;
    let plain = |word: &str| !word.is_empty() && word.len() <= 32 && word.bytes().all(is_name_byte);
    let fits = plain(process) && plain(id) && region.len() == 3 && plain(region) && Severity::from_word(level) != Severity::Unknown;
    fits.then_some((level, machine.len() + 2 + region.len() + 2 + level.len() + 1))
}

/// A row of Papertrail's archives: id, generated, received, source id, source, address, facility, severity, program, message.
pub(super) fn papertrail(text: &str, outer: &mut Outer) -> Option<Inner> {
    let mut cells = text.splitn(10, '\t');
    let id = cells.next().filter(|id| is_number(id))?;
    let (generated, _, _, host, _, _) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let (severity, program, message) = (cells.next()?, cells.next()?, cells.next()?);
    outer.at(Some(clock::parse_value(generated)?));
    outer.on_host(Some(host));
    outer.at_level(Severity::from_word(severity));
    outer.of_service(service::from_program(program).as_deref());
    outer.stream_of(&[host, program]);
    outer.layers.push("papertrail");
    (id.len() > 3).then_some(Inner::From(text.len() - message.len()))
}

/// foreman and honcho: `09:00:01 web.1   | message`.
fn procfile(stamp: Stamp, rest: &str, outer: &mut Outer) -> Option<usize> {
    if !matches!(stamp.written, Written::NoDate(_)) {
        return None;
    }
    let bar = rest.bytes().take(REACH).position(|b| b == b'|')?;
    let name = rest.get(..bar)?.trim_end();
    let (program, number) = name.rsplit_once('.')?;
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    if !numbered || !program.bytes().all(is_name_byte) {
        return None;
    }
    outer.at(Some(stamp));
    outer.of_service(service::from_process(program).as_deref());
    outer.in_container(Some(name));
    outer.stream_of(&[name]);
    outer.layers.push("procfile");
    Some(bar + 1 + usize::from(rest.as_bytes().get(bar + 1) == Some(&b' ')))
}

/// Whether anything that surely begins a line stands where a head may end: most lines are told by that alone.
fn line_within(text: &str) -> bool {
    let mut words = 1;
    let mut before = b' ';
    for (at, byte) in text.bytes().enumerate().take(REACH) {
        words += usize::from(byte == b' ' && before != b' ');
        if words > MAX_WORDS + 1 {
            return false;
        }
        if matches!(before, b' ' | b'\t' | b']' | b':' | b'|' | b'-')
            && (byte.is_ascii_digit() || matches!(byte, b'{' | b'[' | b't' | b'l'))
            && text.get(at..).is_some_and(surely_begins)
        {
            return true;
        }
        before = byte;
    }
    false
}

/// The head of a line, and where the line begins. `timed`: a time stands before it, so less has to speak for a head.
fn head(text: &str, timed: bool) -> Option<(&str, usize)> {
    if timed && !line_within(text) {
        return None;
    }
    let mut at = 0;
    let mut strong = false;
    for count in 0..MAX_WORDS {
        let rest = text.get(at..REACH.min(text.len())).or_else(|| text.get(at..))?;
        let blanks = rest.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let word_end = rest.bytes().skip(blanks).position(|b| matches!(b, b' ' | b'\t')).map(|n| n + blanks);
        let word = rest.get(blanks..word_end.unwrap_or(rest.len()))?;
        // `[info]2024-…`, `logs/app.log:41:2024-…`: nothing stands between.
        if let Some(inside) = glued(text, at + blanks, word) {
            let (tag, own) = (text.get(..inside)?, text.get(at + blanks..inside)?);
            let (ok, marked) = word_of_head(own, timed)?;
            return (ok && (strong || marked)).then_some((tag, inside));
        }
        let end = at + word_end?;
        let (ok, marked) = word_of_head(word, timed)?;
        if !ok {
            return None;
        }
        // `cat -n` sets a TAB behind its numbers.
        strong |= marked || (text.as_bytes().get(end) == Some(&b'\t') && is_number(word) && count == 0);
        let line = text.get(end + 1..)?.trim_start();
        // What the word says of itself and what the line behind it shows have to be enough together.
        let first = count == 0 && !timed;
        let named =
            first && (word.ends_with(':') && !is_number(word.trim_end_matches(':')) || word.starts_with('[') && word.ends_with(']'));
        let enough = match beginning(line, named) {
            // A lone plain word counts where what follows can be nothing but a line.
            Begins::Surely => {
                let lone = first
                    && word.len() >= 3
                    && word.bytes().all(is_name_byte)
                    && line.starts_with(|c: char| c.is_ascii_digit() || c == '{');
                if !(strong || lone) {
                    return None;
                }
                true
            }
            // `web-1: Jan 17 09:00:01 …`, `web-1: 09:00:01.204 ERROR …` of clush, pdsh and their like.
            Begins::Undated => named,
            // Behind a numbered word with a mark, a date is enough: `web-02: 2024-…`, `cat -n`. Go's loggers have words: `redis: 2024/…`.
            Begins::Dated => first && strong && word.bytes().any(|b| b.is_ascii_digit()),
            Begins::Not => false,
        };
        if enough {
            return Some((text.get(..end)?, text.len() - line.len()));
        }
        at = end;
    }
    None
}

/// Where in a word the line begins: behind `]` or `:`.
fn glued(text: &str, start: usize, word: &str) -> Option<usize> {
    // What no head holds ends the search before a time is tried.
    let head = word.bytes().enumerate().take_while(|(_, b)| is_head_byte(*b));
    // `app.log-41-2024-…`: a line that grep shows around a hit.
    let numbered = |i: usize| word.get(..i).and_then(|w| cut_last(w, b'-')).is_some_and(|(_, number)| is_number(number));
    let marks = head.filter(|&(i, b)| matches!(b, b']' | b':' | b'|') || b == b'-' && numbered(i)).map(|(i, _)| start + i + 1);
    marks.take(6).find(|&at| {
        let begins = text.as_bytes().get(at).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'{' | b'['));
        begins && text.get(at..).is_some_and(surely_begins)
    })
}

/// Whether a word may stand in a head, and whether it speaks for one. `None` ends the search: prose or a level.
fn word_of_head(word: &str, timed: bool) -> Option<(bool, bool)> {
    if matches!(word, "|" | ">" | "stdout" | "stderr") {
        return Some((true, true));
    }
    let marked = word.ends_with([':', '|']) || (word.starts_with(['[', '(']) && word.ends_with([']', ')']));
    let bare = word.trim_matches(|c| matches!(c, '[' | ']' | '(' | ')' | ':' | '|' | '>'));
    if matches!(bare, "OUT" | "ERR" | "out" | "err") && timed {
        return Some((true, false));
    }
    // A dash alone sets apart what a layout knows: `[Nest] 18  - 01/29/2025, …`.
    if bare.trim_matches('-').is_empty() || !bare.bytes().all(|b| is_head_byte(b) && !matches!(b, b'(' | b')' | b'>')) {
        return None;
    }
    if Severity::from_word(bare) != Severity::Unknown {
        return (timed && word.starts_with('[')).then_some((true, false));
    }
    if is_number(bare) {
        return Some((true, word.ends_with([':', '|'])));
    }
    let composed = bare.bytes().any(|b| matches!(b, b'/' | b'-' | b'_' | b'.' | b'@' | b'[' | b'|'));
    // `checkout.ERROR:` names a channel and a level.
    if bare.split(['.', '/']).any(|part| part.len() > 3 && Severity::from_word(part) != Severity::Unknown) {
        return None;
    }
    let short = bare.len() <= 5 || bare.bytes().any(|b| b.is_ascii_digit());
    let digits = bare.bytes().any(|b| b.is_ascii_digit());
    (composed || marked || short || !timed).then_some((true, composed || marked || (timed && digits)))
}

/// What the words of a head say of the place.
fn named(tag: &str, outer: &mut Outer) {
    let words =
        || tag.split([' ', '\t']).map(|w| w.trim_matches(|c| matches!(c, '[' | ']' | '(' | ')' | '|' | '>'))).filter(|w| !w.is_empty());
    let only = words().filter(|w| !matches!(*w, "stdout" | "stderr")).count() == 1;
    // A stream says more than its group.
    for grouped in [false, true] {
        for word in words().filter(|w| w.starts_with('/') == grouped) {
            outer.in_place(&place(word.trim_end_matches(':'), only));
        }
    }
    // A number is a line's, not a stream's.
    let stream = tag.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | ' ' | '\t'));
    outer.stream_of(&[stream]);
    outer.layers.push("tagged");
}

/// What one word of a head says; a plain name is a service where it is `only` one.
fn place(word: &str, only: bool) -> Place {
    if word.contains("containers.") {
        return service::from_log_stream(word.trim_end_matches(".log"));
    }
    // `logs/app.log:41`
    let path = word.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches([':', '-']);
    let file = path.rsplit('/').next().unwrap_or(path);
    if path.contains(".log") || (path.starts_with('/') && file.contains('.')) {
        return service::place_of_path(path);
    }
    if word.contains('[') {
        return Place::default();
    }
    if word.contains('/') {
        let mut parts = word.split('/');
        if let (Some(namespace), Some(pod), container) = (parts.next(), parts.next(), parts.next())
            && service::looks_like_pod(pod)
        {
            return Place::of_pod(Some(namespace), pod, container);
        }
        let stream = service::from_log_stream(word);
        return if stream == Place::default() { Place { service: service::from_log_group(word), ..stream } } else { stream };
    }
    if service::looks_like_pod(word) {
        return Place::of_pod(None, word, None);
    }
    let name = word.split_once('|').filter(|(number, _)| is_number(number)).map_or(word, |(_, name)| name);
    let name = swarm_task(name).unwrap_or(name);
    // fluentd's tag for what Docker's driver sent.
    let name = name.strip_prefix("docker.").unwrap_or(name);
    if !only || is_number(name) {
        return Place::default();
    }
    let service = name.rsplit_once(['-', '_', '.']).filter(|(_, n)| n.len() <= 3 && is_number(n)).map_or(name, |(service, _)| service);
    Place { service: service::from_process(service), container: Some(name.to_owned()), ..Place::default() }
}

/// `service.1.<id>@node    | message` of `docker service logs`: the name is proof enough, whatever the message.
fn swarm(text: &str) -> Option<(&str, usize)> {
    let (task, rest) = cut(text.get(..REACH.min(text.len())).unwrap_or(text), b' ')?;
    swarm_task(task)?;
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    let behind = rest.get(blanks..)?.strip_prefix("| ")?;
    Some((task, task.len() + 1 + rest.len() - behind.len()))
}

/// The service of `stack_service.1.<id>[@node]`: 25 letters and digits, 12 where Docker cuts them, none with `--no-task-ids`.
fn swarm_task(word: &str) -> Option<&str> {
    let (task, node) = cut(word, b'@').unwrap_or((word, ""));
    let (slot, id) = cut_last(task, b'.')?;
    let (slot, id) = if is_number(id) && !node.is_empty() { (task, "") } else { (slot, id) };
    let (service, number) = cut_last(slot, b'.')?;
    let known = match id.len() {
        12 | 25 => id.bytes().all(|b| b.is_ascii_alphanumeric()) && id.bytes().any(|b| b.is_ascii_digit()),
        0 => !node.is_empty(),
        _ => false,
    };
    if !known || !is_number(number) {
        return None;
    }
    // The stack's name stands before the service's own.
    let own = service.split_once('_').map_or(service, |(_, own)| own);
    Some(if service::is_generic_name(own) { service } else { own })
}

/// Bytes of a head, its outer marks included.
fn is_head_byte(b: u8) -> bool {
    is_name_byte(b) || matches!(b, b'/' | b'\\' | b'@' | b'[' | b']' | b':' | b'|' | b'$' | b'(' | b')' | b'>')
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

pub(super) fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}
