//! A Markdown page as headings with their lines. In: text. Out: [`Page`]. Fails when: never.

/// A heading with what stands below it, up to the next heading.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// 1 to 6.
    pub(super) level: usize,
    pub(super) heading: String,
    pub(super) lines: Vec<String>,
}

/// Sections in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) sections: Vec<Section>,
}

/// Items carried over from a list at most.
const MAX_ITEMS: usize = 12;

impl Page {
    pub(super) fn of(text: &str) -> Page {
        let mut sections: Vec<Section> = Vec::new();
        let mut fence: Option<&str> = None;
        for line in text.lines() {
            let trimmed = line.trim_start();
            let mark = ["```", "~~~"].into_iter().find(|m| trimmed.starts_with(m));
            match (fence, mark) {
                (None, Some(m)) => fence = Some(m),
                (Some(open), Some(m)) if open == m => fence = None,
                _ => {}
            }
            if fence.is_none()
                && mark.is_none()
                && let Some((level, heading)) = heading(line)
            {
                sections.push(Section { level, heading, lines: Vec::new() });
            } else if let Some(last) = sections.last_mut() {
                last.lines.push(line.trim_end().to_string());
            }
        }
        Page { sections }
    }

    /// The first heading.
    pub(super) fn title(&self) -> Option<&str> {
        self.sections.first().map(|s| s.heading.as_str()).filter(|h| !h.is_empty())
    }

    /// Index of the heading one level up, if any.
    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        let level = self.sections.get(at)?.level;
        self.sections.iter().take(at).rposition(|s| s.level < level)
    }

    /// Index behind the last section below this one.
    pub(super) fn end(&self, at: usize) -> usize {
        let level = self.sections.get(at).map_or(0, |s| s.level);
        let below = self.sections.iter().skip(at + 1).take_while(|s| s.level > level).count();
        at + 1 + below
    }

    /// Items of the sections whose heading holds one of these words (lower case), else their lines.
    pub(super) fn list_under(&self, words: &[&str]) -> Vec<String> {
        let named = |s: &&Section| {
            let heading = s.heading.to_lowercase();
            words.iter().any(|w| heading.contains(w))
        };
        let lines: Vec<&String> = self.sections.iter().filter(named).flat_map(|s| &s.lines).filter(|l| !l.trim().is_empty()).collect();
        let items: Vec<String> = lines.iter().filter_map(|l| item(l)).collect();
        let all = if items.is_empty() { lines.iter().map(|l| l.trim().to_string()).collect() } else { items };
        all.into_iter().take(MAX_ITEMS).collect()
    }
}

/// The text of a list item, emphasis taken off.
fn item(line: &str) -> Option<String> {
    let t = line.trim_start();
    let rest = t.strip_prefix("- ").or_else(|| t.strip_prefix("* ")).or_else(|| {
        let digits = t.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then(|| t.get(digits..)).flatten().and_then(|r| r.strip_prefix(". "))
    })?;
    Some(rest.replace("**", "").trim().to_string())
}

fn heading(line: &str) -> Option<(usize, String)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let rest = line.get(level..)?;
    let named = (1..=6).contains(&level) && rest.starts_with([' ', '\t']);
    named.then(|| (level, rest.trim().trim_end_matches('#').trim_end().to_string()))
}
