//! Where records begin and what certainly continues one, for joining lines.
//!
//! In: a peeled line. Out: yes or no. Fails when: never.

use super::head;
use super::{dotnet, go, lambda, logfmt, redis_server, two_lines};
use crate::record::clock::{Written, parse_prefix};
use crate::record::severity::Severity;

/// True when the text begins like a record of any layout: a JSON object, a time, a level tag, klog, redis-server, logfmt,
/// an access line, .NET's `fail: Category[0]`, Lambda's own lines.
/// Indented text counts only with a full date or as a JSON object (captured output of tests).
pub fn is_head(text: &str) -> bool {
    let bare = text.trim_start_matches([' ', '\t', '\u{feff}']);
    let Some(first) = bare.as_bytes().first().copied() else { return false };
    // A failure of jest and vitest, with its text below.
    if first == 0xe2 && bare.starts_with("● ") {
        return true;
    }
    if first == b'{' {
        return opens_object(bare);
    }
    if bare.len() < text.len() && text.starts_with([' ', '\t']) {
        return parse_prefix(bare).is_some_and(|(stamp, _)| matches!(stamp.written, Written::Instant(_) | Written::Local(_)))
            || flask(text);
    }
    if first.is_ascii_digit() && super::is_common(bare) && is_access(bare) || parse_prefix(bare).is_some() {
        return true;
    }
    match first {
        b':' => redis_server::is_head(bare),
        b'[' => redis_server::is_head(bare) || bare.starts_with("[Nest] ") || level_tag(bare),
        b'=' => two_lines::is_alone(bare),
        b'0'..=b'9' => redis_server::is_head(bare) || is_access(bare),
        b'a'..=b'z' | b'A'..=b'Z' | b'@' => {
            let mut scratch = super::Parsed::default();
            ruby(bare)
                || go::is_klog(bare)
                || dotnet::category(bare, &mut scratch).is_some()
                || logfmt::is_head(bare)
                || lambda::is_platform(bare)
                || redis_server::is_head(bare)
                || level_word(bare)
                || logrus(bare)
                || is_access(bare)
        }
        _ => is_access(bare),
    }
}

/// True when the text is the head of a record whose message stands on the next line, whatever that begins with.
pub fn awaits_message(text: &str) -> bool {
    two_lines::is_alone(text)
}

/// True when the text certainly continues the record before it: indented, a stack frame, a cause, a closing brace.
pub fn is_frame(text: &str) -> bool {
    let Some(first) = text.as_bytes().first().copied() else { return false };
    if matches!(first, b' ' | b'\t') {
        return !is_head(text);
    }
    match first {
        b'a' => text.starts_with("at ") && frame_place(text),
        b'C' => text.starts_with("Caused by: ") || text.starts_with("Caused by:\t"),
        b'S' => text.starts_with("Suppressed: ") || text.trim_end() == "Stack trace:",
        b'.' => text.strip_prefix("... ").is_some_and(|rest| rest.ends_with(" more") || rest.ends_with("common frames omitted")),
        b'T' => text.starts_with("Traceback (most recent call last)") || text.starts_with("The above exception was the direct cause"),
        b'D' => text.starts_with("During handling of the above exception"),
        b'g' => text.strip_prefix("goroutine ").is_some_and(|rest| rest.contains('[') && rest.trim_end().ends_with(':')),
        b'c' => text.starts_with("created by "),
        b'#' => hash_frame(text),
        b'[' => text.starts_with("[stacktrace]") || text.starts_with("[previous exception]") || text.starts_with("[signal "),
        b'>' => text.starts_with("> File \""),
        b'{' => text.trim_end() == "{main}",
        b'-' => text.starts_with("--- End of ") || text.starts_with("---> "),
        b'f' => text.starts_with("from ") && text.contains(":in "),
        b'F' => text.starts_with("File \"") && text.contains(", line "),
        b'}' | b']' | b')' => closes(text),
        b'"' => closes(text.get(1..).unwrap_or("")) && text.len() > 1,
        b'n' => text.starts_with("note: run with `RUST_BACKTRACE"),
        b's' => text.trim_end() == "stack backtrace:",
        b'e' => text.trim_end() == "exit status 2",
        b'/' | b'\\' => ruby_frame(text),
        _ => false,
    }
}

/// `{"` with blanks between, `{}`, or the lone brace that opens a pretty-printed object.
fn opens_object(text: &str) -> bool {
    text.get(1..).is_some_and(|rest| rest.trim_start().starts_with('"') || matches!(rest.trim(), "" | "}"))
}

/// `[ERROR] …`: a level in brackets.
fn level_tag(text: &str) -> bool {
    head::bracket(text).is_some_and(|(content, _)| content.trim().len() >= 3 && Severity::from_word(content.trim()) != Severity::Unknown)
}

/// `ERROR …`, `WARN: …`, `error: …`, `INFO:name:…`. `ERR …` begins Redis' own errors.
fn level_word(text: &str) -> bool {
    head::level(text).is_some()
        || text.split_once(':').is_some_and(|(word, _)| {
            word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && Severity::from_word(word) != Severity::Unknown
        })
}

/// `E, [2024-…`.
fn ruby(text: &str) -> bool {
    text.get(1..4) == Some(", [") && text.starts_with(['D', 'I', 'W', 'E', 'F', 'A'])
}

/// `ERRO[0005] …`.
fn logrus(text: &str) -> bool {
    text.as_bytes().get(4) == Some(&b'[') && go::logrus_tty(text).is_some()
}

/// Flask's banner: ` * Running on http://127.0.0.1:5000`.
fn flask(text: &str) -> bool {
    const SAYS: [&str; 7] =
        ["Running on ", "Serving Flask", "Debug mode: ", "Environment: ", "Restarting with ", "Debugger is active", "Debugger PIN: "];
    text.strip_prefix(" * ").is_some_and(|rest| SAYS.iter().any(|says| rest.starts_with(says)))
}

/// A request line behind a client's address.
fn is_access(text: &str) -> bool {
    super::access::is_request(text)
}

/// `at load (/app/cart.js:1:2)`, `at com.shop.Cart.run(Cart.java:88)`; prose that begins with `at` has no such place.
fn frame_place(text: &str) -> bool {
    text.contains('(') || text.contains(':') || text.contains(" in ")
}

/// `#0 /var/www/Client.php(370): …`.
fn hash_frame(text: &str) -> bool {
    let rest = text.get(1..).unwrap_or("");
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && rest.as_bytes().get(digits) == Some(&b' ')
}

/// Nothing but closing marks: `}`, `})`, `"} `, `],`.
fn closes(text: &str) -> bool {
    text.trim_end().bytes().all(|byte| matches!(byte, b'}' | b']' | b')' | b',' | b';' | b'"'))
}

/// Ruby's frame without indent: ``/path/file.rb:35:in `call'``, no message behind it.
fn ruby_frame(text: &str) -> bool {
    text.split_once(":in ").is_some_and(|(place, method)| place.contains(".rb:") && !method.contains(": "))
}
