//! Numbers, ids and times into bytes, without allocation: a 10 GB log is written at the disk's speed.

/// A small seeded generator (SplitMix64): the same numbers on every platform.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A line being written.
pub type Line = Vec<u8>;

pub fn number(to: &mut Line, n: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut n = n;
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    to.extend_from_slice(&digits[at..]);
}

pub fn padded(to: &mut Line, n: u64, width: usize) {
    let mut digits = [b'0'; 12];
    let mut n = n;
    for d in digits[..width].iter_mut().rev() {
        *d = b'0' + (n % 10) as u8;
        n /= 10;
    }
    to.extend_from_slice(&digits[..width]);
}

pub fn hex(to: &mut Line, n: u64, width: usize) {
    for i in (0..width).rev() {
        to.push(b"0123456789abcdef"[(n >> (4 * (i % 16)) & 15) as usize]);
    }
}

/// A time of the log: milliseconds since 1970 UTC with its date written out.
#[derive(Clone)]
pub struct Clock {
    pub ms: u64,
    second: u64,
    pub date: [u64; 3],
}

impl Clock {
    pub fn new(ms: u64) -> Clock {
        let mut c = Clock { ms: 0, second: u64::MAX, date: [0; 3] };
        c.set(ms);
        c
    }

    pub fn set(&mut self, ms: u64) {
        self.ms = ms;
        if ms / 86_400_000 != self.second {
            self.second = ms / 86_400_000;
            // Civil date from days, Gregorian.
            let z = self.second + 719_468;
            let era = z / 146_097;
            let doe = z % 146_097;
            let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
            let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
            let mp = (5 * doy + 2) / 153;
            let month = if mp < 10 { mp + 3 } else { mp - 9 };
            self.date = [yoe + era * 400 + u64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1];
        }
    }

    fn clock(&self, to: &mut Line) {
        let s = self.ms / 1000 % 86_400;
        padded(to, s / 3600, 2);
        to.push(b':');
        padded(to, s / 60 % 60, 2);
        to.push(b':');
        padded(to, s % 60, 2);
    }

    fn day(&self, to: &mut Line) {
        padded(to, self.date[0], 4);
        to.push(b'-');
        padded(to, self.date[1], 2);
        to.push(b'-');
        padded(to, self.date[2], 2);
    }

    /// `2026-03-14T10:00:00.123` and what follows.
    pub fn iso(&self, to: &mut Line, end: &[u8]) {
        self.day(to);
        to.push(b'T');
        self.clock(to);
        to.push(b'.');
        padded(to, self.ms % 1000, 3);
        to.extend_from_slice(end);
    }

    /// `2026-03-14 10:00:00,123`.
    pub fn python(&self, to: &mut Line) {
        self.day(to);
        to.push(b' ');
        self.clock(to);
        to.push(b',');
        padded(to, self.ms % 1000, 3);
    }

    /// `14/Mar/2026:10:00:00 +0000`.
    pub fn access(&self, to: &mut Line) {
        const MONTHS: [&[u8]; 12] = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
        padded(to, self.date[2], 2);
        to.push(b'/');
        to.extend_from_slice(MONTHS[self.date[1] as usize - 1]);
        to.push(b'/');
        padded(to, self.date[0], 4);
        to.push(b':');
        self.clock(to);
        to.extend_from_slice(b" +0000");
    }
}
