//! The tables that `build.rs` made of `patterns/`. In: nothing. Out: statics. Fails when: never (the build would have).

#[allow(clippy::wildcard_imports, reason = "which of the types the tables need depends on patterns/")]
use super::library::*;
use std::borrow::Cow;

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
