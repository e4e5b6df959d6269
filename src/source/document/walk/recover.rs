//! How a walk goes on after broken JSON.
//!
//! In: a walker that stands at damage. Out: the walker at the next item; what was passed over, as text. Fails when: never.
//!
//! Items of one array begin alike (`{"logStreamName"`), so the next such beginning is where the walk goes on. Bytes are gone over
//! twice at most as often as were read, plus a fixed allowance: hostile input stays linear.

use super::{Items, MAX_RAW, Walker};
use crate::source::document::scan::{Scan, Step};

/// Bytes that may be gone over twice while recovering, beyond as many as were read.
const FREE_REWIND: u64 = 64 << 20;
/// Most of an item's beginning that serves to recognise the next item after damage.
const MAX_SIGNATURE: usize = 64;

impl Walker {
    /// The input ends inside an item: it is closed as it stands, or shortened to its last whole member.
    pub(super) fn cut(&mut self, scan: &Scan, position: u64, items: &mut dyn Items) {
        let item = self.input.rest().to_vec();
        self.faults.add(self.input.offset() + item.len() as u64, "the document ends inside an item; what was there is used");
        self.input.take(item.len());
        let mut closed = item.clone();
        while closed.last() == Some(&b'\\') {
            closed.pop();
        }
        closed.extend(scan.closers());
        if items.take(&self.path, &closed, position) {
            return;
        }
        if let Some(comma) = memchr::memrchr(b',', &item) {
            let mut shorter = item.get(..comma).unwrap_or_default().to_vec();
            let mut again = Scan::default();
            if again.advance(&shorter) == Step::More {
                shorter.extend(again.closers());
                if items.take(&self.path, &shorter, position) {
                    return;
                }
            }
        }
        items.raw(&item, position);
    }

    /// Notes how items of the innermost array begin: up to the end of the first key.
    pub(super) fn remember_signature(&mut self) {
        let rest = self.input.rest();
        let Some(frame) = self.frames.last_mut().filter(|f| f.array && f.signature.is_empty()) else { return };
        let head = rest.get(..rest.len().min(MAX_SIGNATURE)).unwrap_or_default();
        let Some(open) = memchr::memchr(b'"', head) else { return };
        let close = head.get(open + 1..).and_then(|after| memchr::memchr(b'"', after)).map(|n| open + 1 + n);
        let is_key = close.is_some_and(|c| rest.get(c + 1..).is_some_and(|r| r.trim_ascii_start().first() == Some(&b':')));
        let end = if is_key { close.unwrap_or(open) } else { open };
        frame.signature = head.get(..=end).unwrap_or_default().to_vec();
    }

    /// Finds the next item after damage. `seen`: bytes of the window that were already looked at.
    pub(super) fn recover(&mut self, seen: usize, what: &str, items: &mut dyn Items) {
        self.faults.add(self.input.offset() + seen as u64, format!("{what}; going on at the next item"));
        let position = self.position();
        while self.frames.last().is_some_and(|f| f.signature.is_empty()) {
            self.frames.pop();
        }
        let floor = self.floor();
        self.path.truncate(floor);
        self.rewound += seen as u64;
        if self.rewound > FREE_REWIND + self.input.offset() {
            // Going over the same bytes again and again would not be linear: give up what was seen.
            self.hand_out(seen, position, items);
        }
        let signature = self.frames.last().map(|f| f.signature.clone()).unwrap_or_default();
        // The broken item itself begins with the signature: look behind its first byte.
        let mut from = 1;
        loop {
            let rest = self.input.rest();
            let found = rest.get(from..).and_then(|window| find_restart(window, &signature));
            if let Some(n) = found {
                self.hand_out(from + n, position, items);
                return;
            }
            let keep = signature.len().saturating_sub(1);
            if rest.len() > MAX_RAW {
                self.hand_out(rest.len() - keep, position, items);
            }
            from = self.input.rest().len().saturating_sub(keep);
            if !self.input.more() {
                let n = self.input.rest().len();
                self.hand_out(n, position, items);
                return;
            }
        }
    }

    /// Takes `n` bytes of the window and hands them out as text.
    fn hand_out(&mut self, n: usize, position: u64, items: &mut dyn Items) {
        for piece in self.input.rest().get(..n).unwrap_or_default().chunks(MAX_RAW) {
            items.raw(piece, position);
        }
        self.input.take(n);
    }
}

/// The next place where an item begins; without a signature, where a top-level value may begin.
fn find_restart(window: &[u8], signature: &[u8]) -> Option<usize> {
    if !signature.is_empty() {
        return memchr::memmem::find(window, signature);
    }
    memchr::memchr_iter(b'{', window).find(|&n| n > 0 && matches!(window.get(n - 1), Some(b'\n' | b'}')))
}
