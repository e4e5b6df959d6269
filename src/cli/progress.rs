//! Progress on a terminal: bytes, rate, events so far. In: counts. Out: a bar or a spinner on stderr. Fails when: never.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use whyredis::pipeline::Progress;

/// A bar for known sizes, a spinner for pipes; nothing unless stderr is a terminal.
pub(crate) struct Bar {
    bar: ProgressBar,
    events: AtomicU64,
}

impl Bar {
    pub(crate) fn new(quiet: bool) -> Bar {
        let bar = if quiet || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10))
        };
        Bar { bar, events: AtomicU64::new(0) }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn expect(&self, bytes: Option<u64>) {
        let template = if let Some(n) = bytes {
            self.bar.set_length(n);
            "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}"
        } else {
            "{spinner} {bytes} {bytes_per_sec} {msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    fn advance(&self, bytes: u64, events: u64) {
        let n = self.events.fetch_add(events, Ordering::Relaxed) + events;
        self.bar.inc(bytes);
        if events > 0 || n == 0 {
            self.bar.set_message(format!("{n} events"));
        }
    }
}
