//! The knowledge in `patterns/` held to its rules, through the real pipeline.
//!
//! `rules`: the self-check; `negatives`: records that a naive rule would take; `rewrapped`: examples in other layouts,
//! wrappers and escapings; `reached`: needles in every encoder's escaping; `catalogue`: an outside list of messages;
//! `crossed`: who speaks x what failed.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod catalogue;
mod cre;
mod crossed;
mod encode;
mod kit;
mod negatives;
mod outside;
mod reached;
mod rewrapped;
mod rules;
mod through;
mod wrap;
