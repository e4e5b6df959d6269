use std::io::Write;
use std::path::{Path, PathBuf};

use super::*;

fn gz(data: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

/// Name, format and text of every stream.
type Streams = Vec<(String, String, Vec<u8>)>;

/// All streams; the error; the faults.
fn read_all(source: &Source) -> (Streams, Result<(), SourceError>, Vec<String>) {
    let mut out = Vec::new();
    let faults = Faults::default();
    let result = open(source, &faults, &mut |opened| {
        let mut bytes = Vec::new();
        match opened.decoded {
            Decoded::Seekable { mut file, len } => {
                file.read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes.len() as u64, len);
            }
            Decoded::Stream { mut reader, .. } => {
                reader.read_to_end(&mut bytes).unwrap();
            }
        }
        out.push((opened.name, opened.format, bytes));
    });
    (out, result, faults.into_messages())
}

fn file(dir: &Path, name: &str, data: &[u8]) -> Source {
    let path = dir.join(name);
    std::fs::write(&path, data).unwrap();
    Source { name: name.to_owned(), input: Input::File(path) }
}

fn one(data: &[u8]) -> (String, Vec<u8>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let (mut all, result, faults) = read_all(&file(dir.path(), "x.log", data));
    result.unwrap();
    assert_eq!(all.len(), 1);
    let (_, format, bytes) = all.pop().unwrap();
    (format, bytes, faults)
}

const TEXT: &[u8] = b"2024-01-17T09:00:01.204Z ERROR ERR max number of clients reached\nsecond\n";

#[test]
fn plain_text_is_seekable_from_its_start() {
    assert_eq!(one(TEXT), ("text".to_owned(), TEXT.to_vec(), vec![]));
    assert_eq!(one(b""), ("text".to_owned(), vec![], vec![]));
}

#[test]
fn the_extension_does_not_matter_and_coats_come_off_one_by_one() {
    assert_eq!(one(&gz(TEXT)), ("gzip+text".to_owned(), TEXT.to_vec(), vec![]));
    assert_eq!(one(&gz(&gz(TEXT))), ("gzip+gzip+text".to_owned(), TEXT.to_vec(), vec![]));
    let zst = zstd::encode_all(TEXT, 3).unwrap();
    assert_eq!(one(&zst), ("zstd+text".to_owned(), TEXT.to_vec(), vec![]));
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bz.write_all(TEXT).unwrap();
    assert_eq!(one(&bz.finish().unwrap()), ("bzip2+text".to_owned(), TEXT.to_vec(), vec![]));
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    xz.write_all(TEXT).unwrap();
    assert_eq!(one(&xz.finish().unwrap()), ("xz+text".to_owned(), TEXT.to_vec(), vec![]));
    let b64 = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(gz(TEXT))
    };
    assert_eq!(one(format!("{b64}\n").as_bytes()), ("base64+gzip+text".to_owned(), TEXT.to_vec(), vec![]));
    let wrapped: String = b64.as_bytes().chunks(76).flat_map(|c| [std::str::from_utf8(c).unwrap(), "\n"]).collect();
    assert_eq!(one(format!("{wrapped}{b64}\n").as_bytes()).1, [TEXT, TEXT].concat());
}

#[test]
fn all_gzip_members_are_read_also_past_damage() {
    let three = [gz(b"one\n"), gz(b"two\n"), gz(b"three\n")];
    assert_eq!(one(&three.concat()).1, b"one\ntwo\nthree\n");
    assert_eq!(one(&[three.concat(), vec![0; 512]].concat()), ("gzip+text".to_owned(), b"one\ntwo\nthree\n".to_vec(), vec![]));
    let mut broken = three.clone();
    for b in &mut broken[1][10..14] {
        *b ^= 0xff;
    }
    let (_, text, faults) = one(&broken.concat());
    assert!(text.starts_with(b"one\n") && text.ends_with(b"three\n"), "{}", String::from_utf8_lossy(&text));
    assert!(faults[0].contains("corrupt"), "{faults:?}");
}

#[test]
fn cut_compressed_data_gives_what_was_there_and_says_so() {
    let long: Vec<u8> = (0..20_000).flat_map(|i| format!("line {i} {}\n", i * 7919 % 10_007).into_bytes()).collect();
    let whole = gz(&long);
    let (_, text, faults) = one(&whole[..whole.len() / 2]);
    assert!(text.len() > 10_000 && long.starts_with(&text));
    assert!(faults[0].contains("gzip data ends early"), "{faults:?}");
    let whole = zstd::encode_all(&long[..], 3).unwrap();
    let (_, text, faults) = one(&whole[..whole.len() - 9]);
    assert!(long.starts_with(&text));
    assert!(faults[0].contains("zstd data"), "{faults:?}");
}

#[test]
fn a_bomb_ends_at_its_cap() {
    let zeros = zstd::encode_all(&vec![b'a'; 100 << 20][..], 1).unwrap();
    assert!(zeros.len() < 20_000);
    let (_, text, faults) = one(&zeros);
    assert!(text.len() < 90 << 20, "{}", text.len());
    assert!(faults[0].contains("expands to more than 1000 times"), "{faults:?}");
}

#[test]
fn utf16_with_and_without_mark() {
    let text = "zeit \u{1f680} ERR max number of clients reached\r\n";
    let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(one(&[&[0xff, 0xfe], &le[..]].concat()), ("utf-16+text".to_owned(), text.as_bytes().to_vec(), vec![]));
    assert_eq!(one(&[&[0xfe, 0xff], &be[..]].concat()).1, text.as_bytes());
    let plain: Vec<u8> = "ERR max number of clients reached\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(one(&plain).1, b"ERR max number of clients reached\r\n");
    assert_eq!(one(&[&[0xff, 0xfe], &le[..], &[0x41]].concat()).1, format!("{text}\u{fffd}").as_bytes());
    assert_eq!(one("\u{feff}bom\n".as_bytes()), ("utf-8-bom+text".to_owned(), b"bom\n".to_vec(), vec![]));
}

#[test]
fn binary_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for (bytes, name) in [(&b"REDIS0011\xfa\x09redis-ver"[..], "RDB"), (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0", "ELF")] {
        let (all, result, _) = read_all(&file(dir.path(), "x.log", bytes));
        assert!(all.is_empty());
        let error = result.unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
    let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(matches!(read_all(&file(dir.path(), "x", &noise)).1.unwrap_err().kind, SourceErrorKind::Binary(_)));
    // A hole left by copytruncate is no reason to refuse.
    let hole = [vec![0; 8192], TEXT.to_vec()].concat();
    assert_eq!(read_all(&file(dir.path(), "x", &hole)).0.len(), 1);
    assert!(matches!(
        read_all(&Source { name: "no".into(), input: Input::File(PathBuf::from("/nonexistent/x")) }).1.unwrap_err().kind,
        SourceErrorKind::NotFound
    ));
}

fn tarball(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, data) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *data).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zipball(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut w = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, data) in members {
        w.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        w.write_all(data).unwrap();
    }
    w.finish().unwrap().into_inner()
}

#[test]
fn archives_hand_out_their_members() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("logs/{}/app.log", "deep/".repeat(40));
    let packed = gz(TEXT);
    let members: &[(&str, &[u8])] = &[
        ("a.log", TEXT),
        (&long, b"long name\n"),
        ("b.log.gz", &packed),
        ("pic.png", b"\x89PNG\r\n\x1a\n0000000000"),
        (".hidden", b"no\n"),
        ("last", b"end\n"),
    ];
    let expected: Vec<(String, Vec<u8>)> = vec![
        ("x!a.log".into(), TEXT.to_vec()),
        (format!("x!{long}"), b"long name\n".to_vec()),
        ("x!b.log.gz".into(), TEXT.to_vec()),
        ("x!last".into(), b"end\n".to_vec()),
    ];
    for data in [
        tarball(members),
        gz(&tarball(members)),
        zipball(members, zip::CompressionMethod::Deflated),
        zipball(members, zip::CompressionMethod::Stored),
    ] {
        let (all, result, faults) = read_all(&file(dir.path(), "x", &data));
        result.unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(all.into_iter().map(|m| (m.0, m.2)).collect::<Vec<_>>(), expected);
    }
    // A sink that reads nothing, and one that stops.
    let source = file(dir.path(), "x", &gz(&tarball(members)));
    let mut names = Vec::new();
    open(&source, &Faults::default(), &mut |o| names.push(o.name)).unwrap();
    assert_eq!(names.len(), 4);
    let mut count = 0;
    let stop = &mut |_| {
        count += 1;
        ControlFlow::Break(())
    };
    open_while(&source, &Faults::default(), stop).unwrap();
    assert_eq!(count, 1);
    // A tar in a zip.
    let nested = zipball(&[("in.tar.gz", &gz(&tarball(&[("a", TEXT)])))], zip::CompressionMethod::Deflated);
    let (all, ..) = read_all(&file(dir.path(), "x", &nested));
    assert_eq!((all[0].0.as_str(), all[0].1.as_str()), ("x!in.tar.gz!a", "zip+gzip+tar+text"));
}

#[test]
fn cut_archives_give_the_members_before_the_cut() {
    let dir = tempfile::tempdir().unwrap();
    let big = TEXT.repeat(1000);
    for data in [tarball(&[("a", TEXT), ("b", &big)]), zipball(&[("a", TEXT), ("b", &big)], zip::CompressionMethod::Stored)] {
        let (all, result, _) = read_all(&file(dir.path(), "x", &data[..20_000]));
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].2, TEXT);
        assert!(all[1].2.len() > 10_000);
        assert!(matches!(result.unwrap_err().kind, SourceErrorKind::Damaged(_)));
    }
    // Compressions inside each other without end.
    let mut data = TEXT.to_vec();
    for _ in 0..12 {
        data = gz(&data);
    }
    assert!(matches!(read_all(&file(dir.path(), "x", &data)).1.unwrap_err().kind, SourceErrorKind::Damaged(_)));
}

#[test]
fn any_bytes_give_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let seeds = [
        gz(TEXT),
        tarball(&[("a", TEXT), ("b.gz", &gz(TEXT))]),
        zipball(&[("a", TEXT)], zip::CompressionMethod::Deflated),
        zstd::encode_all(TEXT, 3).unwrap(),
        TEXT.to_vec(),
        br#"{"events":[{"timestamp":1705482000012,"message":"a"}]}"#.to_vec(),
    ];
    for round in 0..600 {
        let mut data = seeds[round % seeds.len()].clone();
        for _ in 0..next() % 8 {
            let at = (next() as usize) % data.len();
            match next() % 3 {
                0 => data[at] = next() as u8,
                1 => data.truncate(at.max(1)),
                _ => data.insert(at, next() as u8),
            }
        }
        let _ = read_all(&file(dir.path(), "x", &data));
    }
}

/// A pipe that gives a few bytes at a time.
struct Trickle(std::io::Cursor<Vec<u8>>, usize);

impl Read for Trickle {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % 7 + 1;
        let n = self.1.min(buf.len());
        self.0.read(&mut buf[..n])
    }
}

#[test]
fn a_pipe_gives_what_the_file_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats");
    let (sources, errors) = crate::source::discover(&[folder], None);
    assert!(errors.is_empty() && sources.len() > 60, "{} {errors:?}", sources.len());
    for source in sources {
        let Input::File(path) = &source.input else { panic!() };
        let mut piped = Vec::new();
        let reader = Box::new(Trickle(std::io::Cursor::new(std::fs::read(path).unwrap()), 0));
        streams(&source.name, reader, None, &Faults::default(), &mut |opened| {
            let Decoded::Stream { mut reader, .. } = opened.decoded else { panic!("{}", opened.name) };
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            piped.push((opened.name, opened.format, bytes));
            ControlFlow::Continue(())
        })
        .unwrap();
        let (read, result, _) = read_all(&source);
        result.unwrap();
        assert!(piped == read, "{}", source.name);
    }
}
