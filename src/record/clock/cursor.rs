//! A position in bytes. In: bytes. Out: small numbers and words. Fails when: never; `None` leaves the caller to go back.

/// Where a reader stands. Copied to try a shape, put back when it does not fit.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    /// Bytes taken.
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The byte here, 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.look(0)
    }

    /// The byte `ahead` of here, 0 at the end.
    pub(super) fn look(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// The bytes taken since `at`.
    pub(super) fn rest_from(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..self.at).unwrap_or(&[])
    }

    pub(super) fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek() == byte && self.at < self.bytes.len()).then(|| self.at += 1)
    }

    pub(super) fn eat_any(&mut self, set: &[u8]) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        set.contains(&byte).then(|| {
            self.at += 1;
            byte
        })
    }

    pub(super) fn eat_all(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    /// How many digits stand here, counted up to `most`.
    pub(super) fn count_digits(&self, most: usize) -> usize {
        self.rest().iter().take(most).take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// A number of `least..=most` digits (`most` ≤ 9), as many as there are.
    pub(super) fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.count_digits(most);
        if count < least {
            return None;
        }
        let value = self.rest().iter().take(count).fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
        self.at += count;
        Some(value)
    }

    /// Exactly two digits.
    pub(super) fn two(&mut self) -> Option<u32> {
        self.digits(2, 2)
    }

    /// `Jan` … `Dec`, any case of the first letter.
    pub(super) fn month(&mut self) -> Option<u32> {
        const NAMES: [&[u8; 3]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
        let word = self.rest().get(..3)?;
        let index = NAMES.iter().position(|name| word.eq_ignore_ascii_case(*name))?;
        self.at += 3;
        Some(index as u32 + 1)
    }

    /// `Mon` … `Sun`.
    pub(super) fn weekday(&mut self) -> Option<()> {
        const NAMES: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
        let word = self.rest().get(..3)?;
        NAMES.iter().any(|name| word == *name).then(|| self.at += 3)
    }

    /// True where a time may end: not inside a word or a number.
    pub(super) fn ends(&self) -> bool {
        let byte = self.peek();
        !(byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
    }
}
