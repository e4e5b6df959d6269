//! The knowledge: symptoms, signatures, causes.
//!
//! In: `patterns/*.toml`, compiled by `build.rs` into tables; optionally a user's folder. Out: [`Library`], checked and immutable.
//! Fails when: a user's file is broken ([`PatternError`], with file:line).
//!
//! The built-in tables cost no parsing at run time; TOML is read only for `--patterns` and `patterns show|check`.

mod builtin;
pub mod check;
mod library;
pub mod needles;
mod overlay;
mod unit;
pub mod written;

pub use library::{
    Action, Alert, Cause, CauseIdx, Context, Evidence, Formula, Library, List, Opens, Phase, Polarity, Setting, Signature, SignatureIdx,
    Symptom, SymptomIdx, Template, Text, Unit, Weight,
};
pub use overlay::{Entries, PatternError, builtin_entries, embedded_files, load_overlay, load_overlay_entries};
