//! `whyredis` reads logs and says why Redis is failing, with proof, and what to do now.
//!
//! Data flows one way through the stages below; a stage uses only those above it (`tests/layering.rs`).
//!
//! | stage | in | out |
//! |---|---|---|
//! | [`source`] | paths, stdin, documents, archives | decoded bytes in blocks |
//! | [`patterns`] | `patterns/*.toml` | [`patterns::Library`]: signatures, symptoms, causes |
//! | [`scan`] | a block | candidate lines |
//! | [`record`] | lines around a candidate | a [`record::Record`] |
//! | [`matching`] | a record | the signatures that it bears |
//! | [`capture`] | INFO, CLIENT LIST, SLOWLOG … | gauges, facts, changes |
//! | [`event`] | matches, captures | [`event::Event`]s in a bounded, mergeable [`event::Tally`] |
//! | [`correlate`] | a tally | incidents |
//! | [`diagnose`] | an incident | ranked findings |
//! | [`report`] | all of it | the report and its renderers |
//!
//! [`pipeline`] wires them.

pub mod source;
pub mod patterns;
pub mod scan;
pub mod record;
pub mod matching;
pub mod capture;
pub mod event;
pub mod correlate;
pub mod diagnose;
pub mod report;
pub mod pipeline;
