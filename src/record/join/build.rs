//! Lines of one message to its record. In: its lines. Out: [`Joined`]. Fails when: never.

use std::borrow::Cow;

use super::continuation::ends_open;
use super::lines::{Id, Shape};
use super::{Format, Joined, Joiner};
use crate::record::envelope::Piece;
use crate::record::layout::{Parsed, parse, read_fields};
use crate::record::{Kind, Record, Severity, TimeBasis, name, service};

impl Joiner<'_, '_> {
    /// The record that these lines form.
    pub(super) fn build(&mut self, members: &[Id]) -> Joined {
        let Some(&head) = members.first() else { return Joined::default() };
        let capture = self.state(head).is_some();
        let mut out = Joined::default();
        let base = self.unit.base;
        let mut starts = Vec::with_capacity(members.len());
        let mut open_piece = false;
        let mut joined = String::new();
        let mut lead = None;
        for &m in members {
            // A trace that was written with heads is read as one without.
            let headed = m != head && !open_piece && self.lines.get(m).shape == Shape::Head;
            lead = if headed { self.lines.frame(m).or(lead) } else { None };
            let line = self.lines.get(m);
            if !joined.is_empty() && !open_piece {
                joined.push('\n');
            }
            starts.push((joined.len(), base + line.start as u64));
            if members.len() > 1 {
                joined.push_str(line.text.get(lead.unwrap_or(0)..).unwrap_or_default());
            }
            open_piece = line.outer.piece == Piece::Part;
            out.undecoded |= line.undecoded;
            out.truncated |= line.truncated;
        }
        // A record of one line is read where it stands.
        let text: Cow<'_, str> = if members.len() > 1 { Cow::Owned(joined) } else { self.lines.get(head).text.clone() };
        // The layout reads the head line; pretty-printed JSON and split lines are read whole.
        let pieces = members.len() > 1 && self.lines.get(head).outer.piece == Piece::Part;
        let head_end =
            if pieces { self.last_piece_end(&text, &starts, members) } else { starts.get(1).map_or(text.len(), |s| s.0.saturating_sub(1)) };
        let pretty = text.starts_with('{') || text.get(..head_end).is_some_and(ends_open);
        let head_text = if pretty && members.len() > 1 && !pieces { &*text } else { text.get(..head_end).unwrap_or(&text) };
        // What the head line says by itself was often read before.
        let by_itself = !pieces && head_text.len() == self.lines.get(head).text.len();
        let known = if by_itself { self.lines.take_parsed(head) } else { None };
        let mut parsed: Parsed<'_> = known.unwrap_or_else(|| parse(head_text));
        let rest = text.get(head_text.len()..).unwrap_or("");
        let time = if members.len() == 1 {
            self.settled(head, parsed.time.filter(|_| self.lines.get(head).shape == Shape::Head))
        } else {
            self.own_time(head)
        };
        let inherited = if time.is_none() { self.near_time(head) } else { None };
        if !rest.is_empty() && !capture {
            // Two-line heads (.NET's console) and structured tails carry fields behind the head line.
            read_fields(rest, &mut parsed);
        }
        // Nothing asks again for what the wrapper of a head line knew, but for its time, stream and position.
        let outer = &mut self.lines.get_mut(head).outer;
        let (pod, container, host, service) = (outer.pod.take(), outer.container.take(), outer.host.take(), outer.service.take());
        let (wrapper_trace, layers) = (outer.trace.take(), std::mem::take(&mut outer.layers));
        let outer = &self.lines.get(head).outer;
        let mut record = Record {
            offset: starts.first().map_or(base, |s| s.1),
            lines: members.len() as u32,
            severity: if parsed.severity == Severity::Unknown { outer.severity } else { parsed.severity },
            instance: parsed.instance.take(),
            logger: parsed.logger.take(),
            trace: match (parsed.trace.take(), wrapper_trace) {
                (Some(_), Some(wrapper)) if parsed.trace_is_request => Some(wrapper),
                (inner, wrapper) => inner.or(wrapper),
            },
            attributes: std::mem::take(&mut parsed.attributes),
            kind: std::mem::take(&mut parsed.kind),
            stream: outer.stream,
            ..Record::default()
        };
        let guess = parsed.service.take();
        let (named, guess) = if parsed.service_is_guess { (None, guess) } else { (guess.clone(), guess) };
        if capture {
            record.kind = Kind::Capture;
            record.body = text.to_string();
            record.line_starts = starts;
        } else {
            let shift = head_text.len();
            record.body = parsed.message.into_owned();
            let message_len = record.body.len();
            record.body.push_str(rest);
            // A head that no layout cuts keeps its lines; of any other, all lines begin where the message does.
            let within = |at: usize| if message_len == shift { at } else { 0 };
            record.line_starts =
                starts.into_iter().map(|(at, offset)| (if at < shift { within(at) } else { at - shift + message_len }, offset)).collect();
        }
        if outer.notice {
            record.kind = Kind::Notice;
        }
        record.service = named
            .or(service)
            .or_else(|| pod.as_deref().and_then(service::from_pod_name).map(|owner| name(&owner)))
            .or(guess)
            // What redis-cli printed is of the server, whatever the file is called.
            .or_else(|| self.context.path_service.filter(|_| !capture).map(name));
        record.instance = pod.or(record.instance).or(container).or(host);
        match (time, inherited) {
            (Some((ms, resolution, basis, assumed)), _) => {
                (record.time_ms, record.resolution_ms, record.basis) = (Some(ms), resolution, basis);
                out.assumed = assumed;
            }
            (None, Some((ms, resolution, _))) => {
                (record.time_ms, record.resolution_ms, record.basis) = (Some(ms), resolution, TimeBasis::Inherited);
            }
            (None, None) => {}
        }
        out.position = outer.position;
        out.format = Format { layers, layout: parsed.layout };
        out.record = record;
        out
    }

    /// End in `text` of the logical line that the leading pieces form.
    fn last_piece_end(&self, text: &str, starts: &[(usize, u64)], members: &[Id]) -> usize {
        for (i, &m) in members.iter().enumerate() {
            if self.lines.get(m).outer.piece != Piece::Part {
                return starts.get(i + 1).map_or(text.len(), |s| s.0.saturating_sub(1));
            }
        }
        text.len()
    }
}
