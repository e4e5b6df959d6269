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

/// Longest level word (`INFORMATIONAL`).
const LONGEST: usize = 13;

impl Severity {
    /// The severity that a whole word names, in any case; [`Severity::Unknown`] for other words.
    /// Single letters count (`E`), so ask only where a level is expected.
    pub fn from_word(word: &str) -> Self {
        let word = word.as_bytes();
        let mut lower = [0u8; LONGEST];
        let Some(lower) = lower.get_mut(..word.len()) else { return Self::Unknown };
        for (to, from) in lower.iter_mut().zip(word) {
            *to = from.to_ascii_lowercase();
        }
        match &*lower {
            b"t" | b"trc" | b"trce" | b"trac" | b"trace" | b"d" | b"dbg" | b"dbug" | b"debu" | b"debug" | b"v" | b"vrb" | b"verb"
            | b"verbose" | b"silly" | b"fine" | b"finer" | b"finest" | b"config" => Self::Debug,
            b"i" | b"inf" | b"info" | b"information" | b"informational" | b"n" | b"ntc" | b"notice" | b"success" | b"log" | b"http"
            | b"ok" => Self::Info,
            b"w" | b"wrn" | b"warn" | b"warning" => Self::Warn,
            b"e" | b"err" | b"eror" | b"erro" | b"error" | b"fail" | b"failure" | b"severe" => Self::Error,
            b"f" | b"ftl" | b"fata" | b"fatal" | b"c" | b"crt" | b"crit" | b"critical" | b"p" | b"pnc" | b"pani" | b"panic" | b"dpanic"
            | b"a" | b"alert" | b"emerg" | b"emergency" | b"off" => Self::Critical,
            _ => Self::Unknown,
        }
    }

    /// The severity of a level word in free text: letters only, at least three, and not a word of prose in lower case
    /// (`fine`, `ok`, `log`, `http`, `off`, `config`, `success`, `failure` are prose).
    pub fn from_tag(word: &str) -> Self {
        let prose = ["fine", "log", "http", "off", "config", "success", "failure", "silly", "fail", "alert", "trace"];
        if word.len() < 3 || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) || prose.contains(&word) {
            return Self::Unknown;
        }
        match word {
            "HTTP" | "OFF" | "CONFIG" | "LOG" => Self::Unknown,
            _ => Self::from_word(word),
        }
    }

    /// pino and bunyan (10..60), Monolog (100..600), logstash's `level_value` (5000..40000).
    pub fn from_number(number: i64) -> Self {
        match number {
            10..=29 | 100..=199 | 1000..=19_999 => Self::Debug,
            30..=39 | 200..=299 | 20_000..=29_999 => Self::Info,
            40..=49 | 300..=399 | 30_000..=39_999 => Self::Warn,
            50..=59 | 400..=499 | 40_000..=49_999 => Self::Error,
            60..=69 | 500..=699 | 50_000..=99_999 => Self::Critical,
            _ => Self::Unknown,
        }
    }

    /// Python's `levelno`: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    pub fn from_python_number(number: i64) -> Self {
        match number {
            1..=19 => Self::Debug,
            20..=29 => Self::Info,
            30..=39 => Self::Warn,
            40..=49 => Self::Error,
            50..=99 => Self::Critical,
            _ => Self::Unknown,
        }
    }

    /// OpenTelemetry's `severityNumber`: 1..4 trace, 5..8 debug, 9..12 info, 13..16 warn, 17..20 error, 21..24 fatal.
    pub fn from_otel_number(number: i64) -> Self {
        match number {
            1..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            21..=24 => Self::Critical,
            _ => Self::Unknown,
        }
    }

    /// Syslog severity (RFC 5424, 6.2.1), journald `PRIORITY`, GELF `level`: 0 emergency … 7 debug.
    pub fn from_syslog(number: u8) -> Self {
        match number {
            0..=2 => Self::Critical,
            3 => Self::Error,
            4 => Self::Warn,
            5 | 6 => Self::Info,
            7 => Self::Debug,
            _ => Self::Unknown,
        }
    }

    /// redis-server's mark before the message: `.` debug, `-` verbose, `*` notice, `#` warning (its worst level).
    pub fn from_redis_char(mark: char) -> Self {
        match mark {
            '.' => Self::Debug,
            // Verbose says lost clients and bad requests, which nothing louder does.
            '-' | '*' => Self::Info,
            '#' => Self::Warn,
            _ => Self::Unknown,
        }
    }

    /// The severity's name, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Severity as S;

    #[test]
    fn words_of_every_framework() {
        for (words, want) in [
            ("TRACE trce TRC VRB DBG debug DEBU dbug verbose FINE T D", S::Debug),
            ("INFO info INF Information notice NOTICE SUCCESS I", S::Info),
            ("WARN Warning WRN warn W", S::Warn),
            ("ERROR err ERR ERRO fail SEVERE Error E", S::Error),
            ("FATAL FTL FATA crit Critical CRITICAL panic DPANIC ALERT EMERG emergency F", S::Critical),
        ] {
            for word in words.split(' ') {
                assert_eq!(S::from_word(word), want, "{word}");
            }
        }
        for word in ["", "ERRORS", "informationally", "é", "[ERROR]", "errr", "null"] {
            assert_eq!(S::from_word(word), S::Unknown, "{word}");
        }
    }

    #[test]
    fn prose_is_no_level() {
        for word in ["fine", "E", "ok", "log", "fail", "LOG", "HTTP", "a", "alert"] {
            assert_eq!(S::from_tag(word), S::Unknown, "{word}");
        }
        assert_eq!(S::from_tag("error"), S::Error);
        assert_eq!(S::from_tag("ERR"), S::Error);
    }

    #[test]
    fn numbers_and_marks() {
        assert_eq!([30, 50, 60, 400, 550, 40_000].map(S::from_number), [S::Info, S::Error, S::Critical, S::Error, S::Critical, S::Error]);
        assert_eq!([3, 4, 6, 7, 0, 9].map(S::from_syslog), [S::Error, S::Warn, S::Info, S::Debug, S::Critical, S::Unknown]);
        assert_eq!(['.', '-', '*', '#', 'x'].map(S::from_redis_char), [S::Debug, S::Info, S::Info, S::Warn, S::Unknown]);
        assert_eq!(S::from_python_number(50), S::Critical);
        assert_eq!(S::from_otel_number(17), S::Error);
        assert!(S::Error > S::Warn && S::Critical > S::Error && S::Unknown < S::Debug);
        assert_eq!(S::from_number(i64::MIN), S::Unknown);
    }
}
