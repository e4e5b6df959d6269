//! Level words, numbers and Redis's `. - * #` on one scale. In: text. Out: [`Severity`]. Fails when: never.

/// Severity of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Not written.
    #[default]
    Unknown,
    /// trace, debug, verbose.
    Debug,
    /// info, notice.
    Info,
    /// warn.
    Warn,
    /// error.
    Error,
    /// fatal, critical, panic, alert, emergency.
    Critical,
}
