//! What bytes are, by their first bytes and never by a file's name.
//!
//! In: the head of a stream. Out: [`Shape`]. Fails when: never; what nothing recognises is text.

/// The outermost coat of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// More bytes are needed to tell.
    NeedMore,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    /// LZMA without a container, as `lzma` and `xz --format=lzma` write it.
    Lzma,
    Zlib,
    Zip,
    Tar,
    /// UTF-16; true for big endian. The second field is the length of the byte order mark (0 or 2).
    Utf16(bool, usize),
    /// UTF-8 with a byte order mark.
    Bom,
    /// Base64 of gzip: the `data` of a CloudWatch subscription, copied out of its JSON.
    Base64Gzip,
    /// Lines end in a carriage return alone.
    ReturnsAlone,
    /// Neither text nor a coat that is known.
    Binary(&'static str),
    Text,
}

/// First bytes of formats that hold no log lines, and what to tell the user.
const BINARY: &[(&[u8], &str)] = &[
    (b"REDIS0", "Redis RDB snapshot"),
    (b"*2\r\n$6\r\nSELECT", "Redis append-only file"),
    (b"*1\r\n$5\r\nMULTI", "Redis append-only file"),
    (b"\x7fELF", "ELF program or core dump"),
    (b"MZ\x90\x00", "Windows program"),
    (b"\xcf\xfa\xed\xfe", "macOS program"),
    (b"\xca\xfe\xba\xbe", "Java class or macOS program"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"%PDF", "PDF document"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"PAR1", "Parquet file"),
    (b"Obj\x01", "Avro file"),
    (b"ORC\n", "ORC file"),
    (b"LPKSHHRH", "systemd journal; export it with journalctl -o json"),
    (b"ElfFile\0", "Windows event log"),
    (b"\xd4\xc3\xb2\xa1", "packet capture"),
    (b"\xa1\xb2\xc3\xd4", "packet capture"),
    (b"\x0a\x0d\x0d\x0a", "packet capture"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "RAR archive; unpack it first"),
    (b"\x04\x22\x4d\x18", "lz4 file; unpack it first"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy file; unpack it first"),
    (b"\x1f\x9d", "compress (.Z) file; unpack it first"),
    (b"PK\x05\x06", "empty zip archive"),
    (b"JAVA PROFILE", "Java heap dump"),
];

/// Bytes of the head in which control bytes are counted.
const SAMPLE: usize = 16 << 10;
/// One control byte in this many bytes is no text: logs with stray bytes stay far below, packed data far above.
const CONTROL_SHARE: usize = 25;
/// A tar header block.
const TAR_BLOCK: usize = 512;
/// Enough base64 to be sure that a line is nothing else.
const BASE64_RUN: usize = 48;

/// Names the shape of `head`; `complete` says that no more bytes will come.
pub(crate) fn shape(head: &[u8], complete: bool) -> Shape {
    if head.is_empty() && complete {
        return Shape::Text;
    }
    if head.len() < 18 && !complete {
        return Shape::NeedMore;
    }
    if head.starts_with(&[0x1f, 0x8b, 8]) {
        return Shape::Gzip;
    }
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_zstd_skippable(head) {
        return Shape::Zstd;
    }
    if is_bzip2(head) {
        return Shape::Bzip2;
    }
    if head.starts_with(b"\xfd7zXZ\0") {
        return Shape::Xz;
    }
    if is_lzma(head) {
        return Shape::Lzma;
    }
    if is_zlib(head) {
        return Shape::Zlib;
    }
    if head.starts_with(b"PK\x03\x04") {
        return Shape::Zip;
    }
    if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Shape::Bom;
    }
    if head.starts_with(&[0xff, 0xfe]) {
        return Shape::Utf16(false, 2);
    }
    if head.starts_with(&[0xfe, 0xff]) {
        return Shape::Utf16(true, 2);
    }
    if let Some((_, name)) = BINARY.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Shape::Binary(name);
    }
    if head.starts_with(b"H4sI") {
        let run = head.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\n' | b'\r')).count();
        if run == head.len() && run < BASE64_RUN && !complete {
            return Shape::NeedMore;
        }
        if run >= BASE64_RUN || (run == head.len() && run > 24) {
            return Shape::Base64Gzip;
        }
    }
    if memchr::memchr(0, head).is_some() {
        if head.len() < TAR_BLOCK && !complete {
            return Shape::NeedMore;
        }
        if is_tar(head) {
            return Shape::Tar;
        }
        if let Some(big) = utf16_without_mark(head) {
            return Shape::Utf16(big, 0);
        }
    }
    match is_binary(head) {
        true if head.len() < SAMPLE && !complete => Shape::NeedMore,
        true => Shape::Binary("control bytes instead of text"),
        false if returns_alone(head) && !complete && head.len() < SAMPLE => Shape::NeedMore,
        false if returns_alone(head) => Shape::ReturnsAlone,
        false => Shape::Text,
    }
}

/// The name of a binary format, for a quick look at files found in a folder.
pub(crate) fn known_binary(head: &[u8]) -> Option<&'static str> {
    match shape(head, true) {
        Shape::Binary(name) => Some(name),
        _ => None,
    }
}

fn is_zstd_skippable(head: &[u8]) -> bool {
    head.first().is_some_and(|b| b & 0xf0 == 0x50) && head.get(1..4) == Some(&[0x2a, 0x4d, 0x18])
}

fn is_bzip2(head: &[u8]) -> bool {
    head.starts_with(b"BZh")
        && head.get(3).is_some_and(|b| (b'1'..=b'9').contains(b))
        && matches!(head.get(4..10), Some(b"1AY&SY" | b"\x17rE8P\x90"))
}

/// A tar header whose checksum holds; `ustar` alone is not asked for, since old archives lack it.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..TAR_BLOCK) else { return false };
    if block.first() == Some(&0) {
        return false;
    }
    let sum: u32 = block.iter().enumerate().map(|(i, &b)| if (148..156).contains(&i) { 32 } else { u32::from(b) }).sum();
    tar::Header::from_byte_slice(block).cksum().is_ok_and(|written| written == sum)
}

/// Several carriage returns and no line feed in a head that would hold many lines. A bar of progress on one line has a line feed at its end.
fn returns_alone(head: &[u8]) -> bool {
    const MANY: usize = 3;
    memchr::memchr(b'\n', head).is_none() && memchr::memchr_iter(b'\r', head).count() >= MANY
}

/// UTF-16 text that lost its mark (`>>` in PowerShell): one half of each pair is nearly always zero.
fn utf16_without_mark(head: &[u8]) -> Option<bool> {
    let sample = head.get(..head.len().min(512)).unwrap_or_default();
    if sample.len() < 32 {
        return None;
    }
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|&&b| b == 0).count();
    let (first, second, half) = (zeros(0), zeros(1), sample.len() / 2);
    if second * 10 > half * 9 && first == 0 {
        Some(false)
    } else if first * 10 > half * 9 && second == 0 {
        Some(true)
    } else {
        None
    }
}

/// Many control bytes. Zeros at the start are passed over: a log cut by copytruncate begins with a hole of them, and one that was written on
/// while it was cut has it in the middle.
fn is_binary(head: &[u8]) -> bool {
    let hole = head.iter().take_while(|&&b| b == 0).count();
    let sample: &[u8] = head.get(hole..).unwrap_or_default();
    let sample = sample.get(..sample.len().min(SAMPLE)).unwrap_or_default();
    if sample.is_empty() || sample.starts_with(b"__") {
        return false; // journald's export form holds lengths as binary numbers
    }
    let odd = |b: u8| b < 0x20 && !matches!(b, 7..=13 | 0x1b | 0x1d..=0x1f);
    // A hole in the middle is one byte, whatever its length.
    let (mut control, mut text, mut before) = (0, 0, 1);
    for &byte in sample {
        if byte != 0 || before != 0 {
            control += usize::from(odd(byte));
            text += 1;
        }
        before = byte;
    }
    control >= 4 && control * CONTROL_SHARE > text
}

/// Properties byte of the default `lc=3 lp=0 pb=2`, a dictionary of a power of two, then a size or none.
fn is_lzma(head: &[u8]) -> bool {
    let Some([0x5d, dictionary @ .., a, b, c, d, e, f, g, h]) = head.get(..13) else { return false };
    let sized: [u8; 8] = [*a, *b, *c, *d, *e, *f, *g, *h];
    let power = dictionary.iter().map(|byte| byte.count_ones()).sum::<u32>() == 1;
    power && dictionary.starts_with(&[0, 0]) && (sized == [0xff; 8] || sized.ends_with(&[0, 0]))
}

/// Deflate with a window of 32 KiB whose two bytes check (RFC 1950) and are no text.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [0x78, 0x01 | 0x9c | 0xda, ..]) && head.iter().take(64).any(|byte| *byte >= 0x80)
}
