//! The mix: pods of several services, interleaved line by line behind kubectl's prefix and time.
//!
//! In: seed, mode, size. Out: log lines and [`Truth`]. Fails when: the writer fails.

use std::collections::VecDeque;
use std::io::{self, Write};

use super::lines::{self, Entry};
use super::text::{Clock, Dice, Line, padded};
use super::truth::Truth;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0.2 % of the records are trouble, all inside a window of a twentieth of the time.
    Sparse,
    /// Every record is trouble.
    Dense,
}

/// Start of every log: 2026-03-14T09:00:00Z.
const START_MS: u64 = 1_773_478_800_000;
/// Lines a second, on average.
const LINES_PER_S: u64 = 900;
/// Mean bytes of a line; only the place of the window hangs on it.
const LINE_BYTES: u64 = 205;
/// Trouble records inside the window, in ten thousandths: 4 % in 5 % of the time are 0.2 % of all.
const TROUBLE: u64 = 400;
/// Look-alike records, in ten thousandths.
const LOOKALIKE: u64 = 300;
/// Tracebacks that have nothing to do with Redis, in ten thousandths.
const FOREIGN_TRACE: u64 = 30;
/// Milliseconds between two INFO polls.
const POLL_MS: u64 = 30_000;

pub struct Mix {
    dice: Dice,
    mode: Mode,
    bytes: u64,
    window: (u64, u64),
    pods: Vec<Pod>,
    truth: Truth,
}

struct Pod {
    service: usize,
    prefix: Vec<u8>,
    /// Lines of a record that still wait, so that records of several pods interleave.
    waiting: VecDeque<Line>,
}

impl Mix {
    pub fn new(seed: u64, mode: Mode, bytes: u64) -> Mix {
        let mut dice = Dice::new(seed);
        let mut pods = Vec::new();
        for (service, s) in lines::SERVICES.iter().enumerate() {
            for _ in 0..s.pods {
                let mut prefix = format!("[pod/{}-", s.name).into_bytes();
                for len in [9, 5] {
                    for _ in 0..len {
                        prefix.push(dice.pick(b"bcdfghjklmnpqrstvwxz2456789"));
                    }
                    prefix.push(if len == 9 { b'-' } else { b'/' });
                }
                prefix.extend_from_slice(s.container.as_bytes());
                prefix.extend_from_slice(b"] ");
                pods.push(Pod { service, prefix, waiting: VecDeque::new() });
            }
        }
        let total_ms = bytes / LINE_BYTES * 1000 / LINES_PER_S;
        let from = START_MS + total_ms * 6 / 10;
        Mix { dice, mode, bytes, window: (from, from + total_ms / 20), pods, truth: Truth::default() }
    }

    pub fn write(mut self, to: &mut dyn Write) -> io::Result<Truth> {
        let mut clock = Clock::new(START_MS);
        let mut us = START_MS * 1000;
        let mut next_poll = START_MS;
        let weights: Vec<u64> = self.pods.iter().map(|p| lines::SERVICES[p.service].weight / lines::SERVICES[p.service].pods).collect();
        let mut by_weight = Vec::new();
        for (i, w) in weights.iter().enumerate() {
            by_weight.extend(std::iter::repeat_n(i, *w as usize));
        }
        while self.truth.bytes < self.bytes {
            us += self.dice.below(2_000_000 / LINES_PER_S) + 1;
            clock.set(us / 1000);
            let at = self.dice.pick(&by_weight);
            if self.pods[at].waiting.is_empty() {
                self.record(at, &clock);
            }
            if clock.ms >= next_poll && self.mode == Mode::Sparse {
                next_poll += POLL_MS;
                let poll = self.pods.len() - 1;
                let mut all = Vec::new();
                lines::poll(&mut all, &mut self.dice, &clock, clock.ms >= self.window.0 && clock.ms < self.window.1);
                self.pods[poll].waiting.extend(all);
                // A poll is printed at once.
                while self.print(poll, us, &clock, to)? {}
                continue;
            }
            self.print(at, us, &clock, to)?;
        }
        // What was begun is told to its end.
        for pod in 0..self.pods.len() {
            while self.print(pod, us, &clock, to)? {}
        }
        Ok(self.truth)
    }

    /// Prints one waiting line of a pod; false when none is left.
    fn print(&mut self, pod: usize, us: u64, clock: &Clock, to: &mut dyn Write) -> io::Result<bool> {
        let Some(line) = self.pods[pod].waiting.pop_front() else { return Ok(false) };
        let mut out: Line = Vec::with_capacity(line.len() + 100);
        out.extend_from_slice(&self.pods[pod].prefix);
        clock.iso(&mut out, b"");
        padded(&mut out, us % 1000, 3);
        padded(&mut out, us.wrapping_mul(7919) % 1000, 3);
        out.extend_from_slice(b"Z ");
        out.extend_from_slice(&line);
        out.push(b'\n');
        to.write_all(&out)?;
        self.truth.bytes += out.len() as u64;
        self.truth.lines += 1;
        Ok(true)
    }

    fn record(&mut self, pod: usize, clock: &Clock) {
        let service = self.pods[pod].service;
        let trouble = match self.mode {
            Mode::Dense => lines::SERVICES[service].fails,
            Mode::Sparse => {
                lines::SERVICES[service].fails && clock.ms >= self.window.0 && clock.ms < self.window.1 && self.dice.below(10_000) < TROUBLE
            }
        };
        if self.mode == Mode::Dense && !trouble {
            return;
        }
        self.truth.records += 1;
        let roll = self.dice.below(10_000);
        let mut out: Vec<Line> = Vec::new();
        let entry = if trouble {
            lines::trouble(service, &mut out, &mut self.dice, clock)
        } else if roll < LOOKALIKE && lines::SERVICES[service].talks {
            lines::lookalike(service, &mut out, &mut self.dice, clock)
        } else if roll < LOOKALIKE + FOREIGN_TRACE && lines::SERVICES[service].talks {
            lines::foreign(service, &mut out, &mut self.dice, clock)
        } else {
            lines::ordinary(service, &mut out, &mut self.dice, clock)
        };
        match entry {
            Entry::Event(symptom) => self.truth.event(symptom, lines::SERVICES[service].name, clock.ms),
            Entry::Request => *self.truth.requests.entry(clock.ms / 1000).or_default() += 1,
            Entry::Lookalike => self.truth.lookalikes += 1,
            Entry::Other => {}
        }
        self.pods[pod].waiting.extend(out);
    }
}
