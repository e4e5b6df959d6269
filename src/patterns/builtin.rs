//! The tables that `build.rs` made of `patterns/`. In: nothing. Out: statics. Fails when: never (the build would have).

use super::library::{
    Action, Alert, Cause, CauseIdx, Context, Evidence, Formula, List, Opens, Phase, Polarity, Setting, Signature, SignatureIdx, Symptom,
    SymptomIdx, Template, Text, Unit, Weight,
};
use std::borrow::Cow;

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
