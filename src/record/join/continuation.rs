//! How lines that continue a message look. In: a line's text. Out: yes or no. Fails when: never.

/// The line opens a JSON object or array that later lines close.
pub(super) fn ends_open(text: &str) -> bool {
    matches!(text.trim_end().as_bytes().last(), None | Some(b'{' | b'['))
}

/// `pkg.SomeError: text`, `SomeException`, `panic: …`: how the text of an exception begins.
pub(super) fn looks_like_exception(text: &str) -> bool {
    // Play sets an id of its own before what is thrown: `! @8bk2l1d2 - Internal server error, …`.
    if text.starts_with("panic: ") || text.starts_with("fatal error: ") || text.starts_with("! @") {
        return true;
    }
    let name = text.split([':', ' ', '(']).next().unwrap_or("");
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$' | b'\\'));
    const ENDS: [&str; 10] =
        ["Error", "Exception", "Throwable", "Fault", "Timeout", "Exhausted", "Interrupt", "Failure", "Exit", "Warning"];
    // `_queue.Empty`: Python closes the traceback of an exception without a message by its class alone.
    let said = |rest: &str| rest.starts_with(": ") || rest.trim_end().is_empty();
    plain && (ENDS.iter().any(|e| name.ends_with(e)) || (name.contains('.') && text.get(name.len()..).is_some_and(said)))
}

/// `main.serve(0xc000, …)`: a frame of a Go stack.
pub(super) fn looks_like_call(text: &str) -> bool {
    text.ends_with(')') && text.split('(').next().is_some_and(|f| !f.is_empty() && !f.contains(' '))
}

/// `main.(*Store).Load`, `github.com/shop/cart.load`: a function as pkg/errors' `%+v` sets it above its file.
pub(super) fn looks_like_symbol(text: &str) -> bool {
    text.len() <= 200
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && (text.contains(".(*") || text.contains('/') && text.contains('.'))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-' | b'(' | b')' | b'*' | b'[' | b']'))
}

/// Ruby's `file.rb:35:in 'call': text (Class)`.
pub(super) fn looks_like_backtrace(text: &str) -> bool {
    text.contains(":in `") || text.contains(":in '")
}
