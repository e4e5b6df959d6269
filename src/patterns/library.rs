//! Compiled patterns. In: tables. Out: [`Library`] and its lookups. Fails when: never.

use std::borrow::Cow;

pub use super::unit::Unit;

/// Text that is either built in or came from a user's file.
pub type Text = Cow<'static, str>;
/// A list that is either built in or came from a user's file.
pub type List<T> = Cow<'static, [T]>;

/// Index of a signature in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureIdx(pub u16);
/// Index of a symptom in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymptomIdx(pub u16);
/// Index of a cause in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseIdx(pub u16);

/// Whether one line of a symptom may open an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// One line suffices.
    OneLine,
    /// It must recur or come with another.
    Recurring,
    /// It never opens one (a context).
    Never,
}

/// What a finer id without a parent gives instead of a symptom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A change in the timeline.
    Change,
    /// Normal activity of the server.
    Activity,
    /// A number.
    Gauge,
    /// A remark on configuration.
    Configuration,
    /// An application's error that is never Redis trouble.
    Application,
    /// A boot notice.
    Boot,
}

/// What messages mean to the service.
#[derive(Clone, Debug)]
pub struct Symptom {
    /// Id.
    pub id: Text,
    /// Title.
    pub title: Text,
    /// What the service feels.
    pub meaning: Text,
    /// Default severity word.
    pub severity: Text,
    /// Opening rule.
    pub opens: Opens,
    /// The report's symptom; itself for parents; `None` for contexts.
    pub parent: Option<SymptomIdx>,
    /// Set for contexts.
    pub context: Option<Context>,
    /// (derived gauge, reading) from which on this symptom shows without any message.
    pub gauge: Option<(Text, f64)>,
    /// Phase in which a client gives up: `pool`, `connect`, `reply`, or empty.
    pub phase: Text,
    /// What else it marks: `restart`, `ready`, `wait`, `stop`, `crash`, `away`, `slow`, or empty; a child without its own marks what its parent does.
    pub marks: Text,
    /// Only the server's own log or the platform shows it.
    pub shown_by_server: bool,
}

/// How one emitter's one message is recognised.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Id.
    pub id: Text,
    /// Finest symptom.
    pub symptom: SymptomIdx,
    /// 1 info, 2 warn, 3 error, 4 critical.
    pub severity: u8,
    /// At least one is in every match.
    pub literals: List<Text>,
    /// Regex source.
    pub regex: Text,
    /// Captures with their units.
    pub values: List<(Text, Unit)>,
    /// Product that prints it.
    pub product: Text,
    /// Counts only where the record shows Redis.
    pub needs_context: bool,
    /// A wording that practically only clients of Redis have, though it does not name it: recurring, it ties its service.
    pub own_words: bool,
    /// Whoever prints it has brought the trouble about.
    pub of_culprit: bool,
    /// What a runtime says of any peer: yields to what a client says itself.
    pub generic: bool,
    /// Yields to any other.
    pub wrapper: bool,
    /// Yields to any other, wrappers too.
    pub fallback: bool,
    /// Yields to these ids.
    pub yields_to: List<Text>,
    /// Says another thing than these ids of the same message, and stands beside them.
    pub beside: List<Text>,
    /// Counts only where each first capture is more than twice the second.
    pub outgrows: List<(Text, Text)>,
}

/// Polarity of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Speaks for the cause.
    For,
    /// Speaks against it.
    Against,
    /// Expected, covered, and not there: against.
    Absent,
}

/// Weight of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// About 8 to 1.
    Strong,
    /// About 3 to 1.
    Moderate,
    /// About 1.5 to 1.
    Weak,
}

/// One piece of evidence of a cause.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Polarity.
    pub polarity: Polarity,
    /// Weight.
    pub weight: Weight,
    /// One group is one fact.
    pub group: Text,
    /// Feature name.
    pub feature: Text,
    /// Parameters.
    pub of: List<Text>,
    /// Why it separates.
    pub why: Text,
    /// The causes that lead to this one show it just as well: alone it does not tell them apart.
    pub shared: bool,
}

/// When an action is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before anything is restarted.
    Capture,
    /// Now.
    Immediate,
    /// Ends it.
    Fix,
    /// Shows that it ended.
    Verify,
    /// Keeps it away.
    Prevent,
    /// Whom to call.
    Escalate,
}

/// One action of a cause.
#[derive(Clone, Debug)]
pub struct Action {
    /// When.
    pub phase: Phase,
    /// What and why.
    pub text: Text,
    /// Command with placeholders.
    pub command: Option<Text>,
    /// `read-only`, `changes`, `restarts`, `destructive`.
    pub effect: Text,
    /// A word of caution.
    pub caution: Option<Text>,
    /// (service, what to do there).
    pub managed: List<(Text, Text)>,
    /// Documentation.
    pub reference: Option<Text>,
}

/// An alert rule.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Name.
    pub name: Text,
    /// PromQL.
    pub expr: Text,
    /// Duration.
    pub hold: Option<Text>,
}

/// A capacity formula.
#[derive(Clone, Debug)]
pub struct Formula {
    /// Name.
    pub name: Text,
    /// Formula.
    pub expr: Text,
    /// Worked example.
    pub example: Option<Text>,
}

/// A recommended setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Name.
    pub name: Text,
    /// Value.
    pub value: Text,
    /// Why.
    pub why: Text,
}

/// A communication template.
#[derive(Clone, Debug)]
pub struct Template {
    /// When.
    pub when: Text,
    /// Text.
    pub text: Text,
}

/// A root cause.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Id.
    pub id: Text,
    /// Title.
    pub title: Text,
    /// Mechanism.
    pub summary: Text,
    /// Share of incidents.
    pub prior: f64,
    /// It lies in the very client that fails.
    pub of_client: bool,
    /// Ids of causes that it produces downstream.
    pub leads_to: List<Text>,
    /// Cause to user effect.
    pub chain: List<Text>,
    /// (function of Redis, effect).
    pub impact: List<(Text, Text)>,
    /// Documentation.
    pub references: List<Text>,
    /// For and against.
    pub evidence: List<Evidence>,
    /// What to do.
    pub actions: List<Action>,
    /// Alert rules.
    pub alerts: List<Alert>,
    /// Formulas.
    pub formulas: List<Formula>,
    /// Settings.
    pub settings: List<Setting>,
    /// Templates.
    pub templates: List<Template>,
}

/// All patterns of a run.
#[derive(Clone, Debug)]
pub struct Library {
    pub(super) symptoms: List<Symptom>,
    pub(super) signatures: List<Signature>,
    pub(super) causes: List<Cause>,
    pub(super) needles: List<Text>,
    pub(super) long_needles: List<(Text, u8)>,
    pub(super) fine_needles: List<Text>,
    pub(super) overridden: Vec<String>,
}

impl Library {
    /// The built-in patterns.
    pub fn builtin() -> Library {
        Library {
            symptoms: Cow::Borrowed(super::builtin::SYMPTOMS),
            signatures: Cow::Borrowed(super::builtin::SIGNATURES),
            causes: Cow::Borrowed(super::builtin::CAUSES),
            needles: Cow::Borrowed(super::builtin::NEEDLES),
            long_needles: Cow::Borrowed(super::builtin::LONG_NEEDLES),
            fine_needles: Cow::Borrowed(super::builtin::FINE_NEEDLES),
            overridden: Vec::new(),
        }
    }

    /// All symptoms.
    pub fn symptoms(&self) -> &[Symptom] {
        &self.symptoms
    }

    /// All signatures.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// All causes, `unknown`'s place is the one without evidence for.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// Plain, case-sensitive texts that lead to a short fine needle.
    pub fn needles(&self) -> &[Text] {
        &self.needles
    }

    /// Fine needles of eight bytes and more, and where in them their rarest eight begin.
    pub fn long_needles(&self) -> &[(Text, u8)] {
        &self.long_needles
    }

    /// Texts that make a line a candidate: every signature's match contains at least one of them.
    pub fn fine_needles(&self) -> &[Text] {
        &self.fine_needles
    }

    /// Built-in ids that a user's folder replaced.
    pub fn overridden(&self) -> &[String] {
        &self.overridden
    }

    /// A signature.
    pub fn signature(&self, idx: SignatureIdx) -> &Signature {
        &self.signatures[usize::from(idx.0)]
    }

    /// A symptom.
    pub fn symptom(&self, idx: SymptomIdx) -> &Symptom {
        &self.symptoms[usize::from(idx.0)]
    }

    /// The report's symptom of a signature, `None` for contexts.
    pub fn parent_of(&self, idx: SignatureIdx) -> Option<SymptomIdx> {
        self.symptom(self.signature(idx).symptom).parent
    }

    /// Looks a symptom up by id.
    pub fn find_symptom(&self, id: &str) -> Option<SymptomIdx> {
        self.symptoms.iter().position(|s| s.id == id).map(|i| SymptomIdx(i as u16))
    }

    /// Looks a signature up by id.
    pub fn find_signature(&self, id: &str) -> Option<SignatureIdx> {
        self.signatures.iter().position(|s| s.id == id).map(|i| SignatureIdx(i as u16))
    }

    /// Looks a cause up by id.
    pub fn find_cause(&self, id: &str) -> Option<&Cause> {
        self.causes.iter().find(|c| c.id == id)
    }
}
