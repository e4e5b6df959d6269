//! Where a JSON value ends, without recursion.
//!
//! In: bytes of one value, piece by piece. Out: its end, or the place where it stops being JSON. Fails when: never.

/// Levels of nesting that are followed; one byte of memory each.
const MAX_DEPTH: usize = 1 << 20;

/// What a piece of a value told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The value goes on behind this piece.
    More,
    /// The value ended after this many bytes of the piece.
    Done(usize),
    /// At this byte of the piece it is no JSON.
    Bad(usize),
}

/// State of a value that is being scanned.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    /// Closing brackets that are still due.
    due: Vec<u8>,
    in_string: bool,
    escaped: bool,
    in_scalar: bool,
}

impl Scan {
    /// Follows the value through `piece`.
    pub(super) fn advance(&mut self, piece: &[u8]) -> Step {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            if self.in_string {
                match self.string(piece, at) {
                    Ok(next) => at = next,
                    Err(bad) => return Step::Bad(bad),
                }
                if !self.in_string && self.due.is_empty() {
                    return Step::Done(at);
                }
                continue;
            }
            match byte {
                b'"' => {
                    if self.in_scalar {
                        return Step::Bad(at);
                    }
                    self.in_string = true;
                }
                b'{' | b'[' => {
                    if self.in_scalar || self.due.len() >= MAX_DEPTH {
                        return Step::Bad(at);
                    }
                    self.due.push(if byte == b'{' { b'}' } else { b']' });
                }
                b'}' | b']' => {
                    if self.due.is_empty() && self.in_scalar {
                        return Step::Done(at);
                    }
                    if self.due.pop() != Some(byte) {
                        return Step::Bad(at);
                    }
                    self.in_scalar = false;
                    if self.due.is_empty() {
                        return Step::Done(at + 1);
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {
                    if self.due.is_empty() {
                        return if self.in_scalar { Step::Done(at) } else { Step::Bad(at) };
                    }
                    self.in_scalar = false;
                }
                b'0'..=b'9' | b'-' | b'+' | b'.' | b'E' => self.in_scalar = true,
                b't' | b'r' | b'u' | b'e' | b'f' | b'a' | b'l' | b's' | b'n' => self.in_scalar = true,
                _ => return Step::Bad(at),
            }
            at += 1;
        }
        Step::More
    }

    /// Follows a string; the place behind what was seen of it.
    fn string(&mut self, piece: &[u8], mut at: usize) -> Result<usize, usize> {
        if self.escaped {
            self.escaped = false;
            at += 1;
        }
        while let Some(rest) = piece.get(at..) {
            match memchr::memchr3(b'"', b'\\', b'\n', rest) {
                None => return Ok(piece.len()),
                Some(n) => match rest.get(n) {
                    Some(b'"') => {
                        self.in_string = false;
                        return Ok(at + n + 1);
                    }
                    Some(b'\\') => {
                        at += n + 2;
                        if at > piece.len() {
                            self.escaped = true;
                            return Ok(piece.len());
                        }
                    }
                    // A line end inside a string: the closing quote is missing.
                    _ => return Err(at + n),
                },
            }
        }
        Ok(piece.len())
    }

    /// True when a number or word was begun: the end of input ends it.
    pub(super) fn ends_here(&self) -> bool {
        self.due.is_empty() && self.in_scalar
    }

    /// What would close the value as it stands: the end of a cut document.
    pub(super) fn closers(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.in_string {
            out.push(b'"');
        }
        out.extend(self.due.iter().rev());
        out
    }
}

/// Copies JSON without the blanks between its tokens; line ends in broken strings become blanks.
pub(super) fn compact(json: &[u8], out: &mut Vec<u8>) {
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else if byte == b'"' {
            in_string = true;
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        }
        out.push(if byte == b'\n' || byte == b'\r' { b' ' } else { byte });
    }
}
