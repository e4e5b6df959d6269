//! Lines on a page: wrapping, indents, colours. In: pieces of text. Out: the text. Fails when: never.

use super::{MAX_WIDTH, MIN_WIDTH, Style};
use crate::report::redact;

/// What a line is; its colour follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Strong,
    Bad,
    Warn,
    Good,
    Faint,
    Command,
}

impl Paint {
    /// SGR parameters; the sixteen colours that every terminal theme keeps readable.
    fn sgr(self) -> &'static str {
        match self {
            Paint::Plain => "",
            Paint::Strong => "1",
            Paint::Bad => "1;31",
            Paint::Warn => "1;33",
            Paint::Good => "1;32",
            Paint::Faint => "2",
            Paint::Command => "36",
        }
    }
}

/// A page being written.
pub(super) struct Page<'a> {
    out: String,
    style: &'a Style,
    width: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(style: &'a Style) -> Page<'a> {
        Page { out: String::new(), style, width: style.width.clamp(MIN_WIDTH, MAX_WIDTH) }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn top(&self) -> usize {
        self.style.top
    }

    pub(super) fn ascii(&self) -> bool {
        self.style.ascii
    }

    /// The text, without blank lines at its end.
    pub(super) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    /// One blank line; several in a row are one.
    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A line between incidents.
    pub(super) fn rule(&mut self) {
        self.blank();
        let line = if self.style.ascii { "-" } else { "─" }.repeat(self.width);
        self.line(Paint::Faint, &line);
        self.blank();
    }

    /// A section's heading, with a blank line before it.
    pub(super) fn heading(&mut self, title: &str) {
        self.blank();
        self.line(Paint::Strong, title);
    }

    /// A paragraph at an indent.
    pub(super) fn painted(&mut self, paint: Paint, indent: usize, text: &str) {
        self.hanging(paint, indent, "", text);
    }

    /// Plain text at an indent.
    pub(super) fn text(&mut self, indent: usize, text: &str) {
        self.painted(Paint::Plain, indent, text);
    }

    /// A marker (`1. `, `for: `) with text behind it, whose further lines hang under its first word.
    pub(super) fn hanging(&mut self, paint: Paint, indent: usize, marker: &str, text: &str) {
        let clean = redact::text(text, false).0;
        let mut lead = indent + marker.chars().count();
        let mut clean = clean;
        let mut marker = marker;
        // A marker that leaves no room to hang text beside it becomes part of the text.
        if lead + MIN_WIDTH / 2 > self.width {
            clean = format!("{marker}{clean}").into();
            (lead, marker) = (indent, "");
        }
        let room = self.width.saturating_sub(lead).max(MIN_WIDTH / 2);
        let mut first = true;
        for paragraph in clean.lines() {
            for line in wrap(paragraph, room) {
                let head = if first { format!("{}{marker}", " ".repeat(indent)) } else { " ".repeat(lead) };
                first = false;
                self.pieces(&head, paint, &line);
            }
        }
        if first && !marker.trim().is_empty() {
            self.pieces(&format!("{}{}", " ".repeat(indent), marker.trim_end()), paint, "");
        }
    }

    /// A command: broken only at blanks outside quotes, with `\` so that it can still be pasted.
    pub(super) fn command(&mut self, indent: usize, command: &str) {
        let clean = redact::text(command, false).0;
        // Two for the indent of what follows, two for the mark that more does.
        let room = self.width.saturating_sub(indent + 4).max(MIN_WIDTH / 2);
        for line in clean.lines() {
            let pieces = break_command(line, room);
            let last = pieces.len().saturating_sub(1);
            for (i, piece) in pieces.iter().enumerate() {
                let lead = " ".repeat(if i == 0 { indent } else { indent + 2 });
                let tail = if i < last { " \\" } else { "" };
                self.pieces(&lead, Paint::Command, &format!("{piece}{tail}"));
            }
        }
    }

    /// A line that is not wrapped (a table row, a sparkline), cut at the width.
    pub(super) fn row(&mut self, text: &str) {
        let clean = redact::text(text, false).0;
        let cut: String = clean.chars().map(|c| if c == '\n' { ' ' } else { c }).take(self.width).collect();
        self.line(Paint::Plain, cut.trim_end());
    }

    fn line(&mut self, paint: Paint, text: &str) {
        self.pieces("", paint, text);
    }

    fn pieces(&mut self, head: &str, paint: Paint, text: &str) {
        self.out.push_str(head);
        if self.style.colour && paint != Paint::Plain && !text.is_empty() {
            self.out.push_str("\u{1b}[");
            self.out.push_str(paint.sgr());
            self.out.push('m');
            self.out.push_str(text);
            self.out.push_str("\u{1b}[0m");
        } else {
            self.out.push_str(text);
        }
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }
}

/// Breaks text at blanks into lines of at most `room` characters; a longer word stands alone.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Breaks a command at blanks outside quotes.
fn break_command(text: &str, room: usize) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut escaped = false;
    for c in text.trim().chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => {
                words.push(std::mem::take(&mut word));
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    words.push(word);
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_blanks_by_characters() {
        assert_eq!(wrap("aa bb cc dd", 5), ["aa bb", "cc dd"]);
        assert_eq!(wrap("überlängeswort x", 4), ["überlängeswort", "x"]);
        assert_eq!(wrap("ää öö", 5), ["ää öö"]);
        assert!(wrap("   ", 5).is_empty());
    }

    #[test]
    fn commands_break_outside_quotes() {
        assert_eq!(break_command("kubectl exec redis -- sh -c 'a b c d e f'", 20), ["kubectl exec redis", "-- sh -c", "'a b c d e f'"]);
        assert_eq!(break_command("echo \\' a", 80), ["echo \\' a"]);
        assert_eq!(break_command("it's unclosed here and long", 8), ["it's unclosed here and long"]);
    }
}
