//! Lines of one message to its record. In: starts of its lines. Out: [`Joined`]. Fails when: never.

use std::collections::BTreeMap;

use super::continuation::ends_open;
use super::line::Line;
use super::{Joined, Joiner};
use crate::record::envelope::Piece;
use crate::record::layout::{parse, read_fields};
use crate::record::{Kind, Record, Severity, TimeBasis, service};

impl Joiner<'_, '_> {
    /// The record that these lines form.
    pub(super) fn build(&mut self, members: &[usize]) -> Joined {
        let Some(&head) = members.first() else { return Joined::default() };
        let capture = self.state(head).is_some();
        let mut out = Joined::default();
        let time = self.own_time(head);
        let inherited = if time.is_none() { self.near_time(head) } else { None };
        let base = self.unit.base;
        let mut text = String::new();
        let mut starts = Vec::with_capacity(members.len());
        let mut open_piece = false;
        for &m in members {
            let line = self.line(m);
            if !text.is_empty() && !open_piece {
                text.push('\n');
            }
            starts.push((text.len(), base + m as u64));
            text.push_str(&line.text);
            open_piece = line.outer.piece == Piece::Part;
            out.undecoded |= line.undecoded;
            out.truncated |= line.truncated;
        }
        let Some(first) = self.lines.get(&head) else { return out };
        let outer = first.outer.clone();
        // The layout reads the head line; pretty-printed JSON and split lines are read whole.
        let pieces = members.len() > 1 && outer.piece == Piece::Part;
        let head_end = if pieces {
            last_piece_end(&text, &starts, members, &self.lines)
        } else {
            starts.get(1).map_or(text.len(), |s| s.0.saturating_sub(1))
        };
        let pretty = text.starts_with('{') || text.get(..head_end).is_some_and(ends_open);
        let head_text = if pretty && members.len() > 1 && !pieces { text.as_str() } else { text.get(..head_end).unwrap_or(&text) };
        let mut parsed = parse(head_text);
        let rest = text.get(head_text.len()..).unwrap_or("");
        if !rest.is_empty() && !capture {
            // Two-line heads (.NET's console) and structured tails carry fields behind the head line.
            read_fields(rest, &mut parsed);
        }
        let mut record = Record {
            offset: base + head as u64,
            lines: members.len() as u32,
            severity: if parsed.severity == Severity::Unknown { outer.severity } else { parsed.severity },
            service: parsed.service.clone().filter(|_| !parsed.service_is_guess),
            instance: parsed.instance.clone(),
            logger: parsed.logger.clone(),
            trace: match (&parsed.trace, &outer.trace) {
                (Some(_), Some(wrapper)) if parsed.trace_is_request => Some(wrapper.clone()),
                (inner, wrapper) => inner.clone().or_else(|| wrapper.clone()),
            },
            attributes: parsed.attributes.clone(),
            kind: parsed.kind.clone(),
            stream: outer.stream,
            ..Record::default()
        };
        let guess = parsed.service.clone();
        if capture {
            record.kind = Kind::Capture;
            record.body.clone_from(&text);
            record.line_starts = starts;
        } else {
            let shift = head_text.len();
            record.body = parsed.message.into_owned();
            let message_len = record.body.len();
            record.body.push_str(rest);
            record.line_starts =
                starts.into_iter().map(|(at, offset)| (if at < shift { 0 } else { at - shift + message_len }, offset)).collect();
        }
        if outer.notice {
            record.kind = Kind::Notice;
        }
        record.instance = outer.pod.clone().or(record.instance).or_else(|| outer.container.clone()).or_else(|| outer.host.clone());
        record.service = record
            .service
            .or(outer.service)
            .or_else(|| outer.pod.as_deref().and_then(service::from_pod_name))
            .or(guess)
            .or_else(|| self.context.path_service.map(str::to_string));
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
        out.format = outer.layers.iter().copied().chain([parsed.layout]).collect::<Vec<_>>().join("+");
        out.record = record;
        out
    }
}

/// End in `text` of the logical line that the leading pieces form.
fn last_piece_end(text: &str, starts: &[(usize, u64)], members: &[usize], lines: &BTreeMap<usize, Line<'_>>) -> usize {
    for (i, m) in members.iter().enumerate() {
        if lines.get(m).is_some_and(|l| l.outer.piece != Piece::Part) {
            return starts.get(i + 1).map_or(text.len(), |s| s.0.saturating_sub(1));
        }
    }
    text.len()
}
