//! The knowledge in `patterns/` held to its rules, through the real pipeline.
//!
//! `rules`: the self-check; `negatives`: records that a naive rule would take; `rewrapped`: examples in other layouts,
//! wrappers and escapings; `reached`: needles in every encoder's escaping; `catalogue`: an outside list of messages.

mod catalogue;
mod cre;
mod encode;
mod kit;
mod negatives;
mod reached;
mod rewrapped;
mod rules;
mod through;
mod wrap;
