//! tar, front to back.
//!
//! In: a tar stream. Out: its regular files, each unpacked further. Fails when: a header's checksum does not hold or the stream ends
//! inside a member.

use std::ops::ControlFlow;

use tar::{EntryType, Header, PaxExtensions};

use super::member::{Left, Shared, Sized};
use super::{passed_over, shown};
use crate::source::open::{Opened, Stack, unpack};
use crate::source::peek::Peeked;
use crate::source::shape::is_tar;
use crate::source::{SourceError, SourceErrorKind};

/// tar counts in blocks.
const BLOCK: u64 = 512;
/// Longest name or attribute block that is read: far over PATH_MAX.
const MAX_NAME: u64 = 64 << 10;

/// Hands out the regular files of a tar stream.
pub(crate) fn tar(
    stream: Peeked,
    stack: &Stack,
    sink: &mut dyn FnMut(Opened) -> ControlFlow<()>,
    errors: &mut Vec<SourceError>,
) -> ControlFlow<()> {
    let stream = Shared::new(stream);
    let mut next_name: Option<Vec<u8>> = None;
    let damaged = |what: &str| stack.error(SourceErrorKind::Damaged(format!("tar archive {what}")));
    loop {
        let mut block = [0; BLOCK as usize];
        match stream.fill(&mut block) {
            0 => return ControlFlow::Continue(()),
            512 if block.iter().all(|&b| b == 0) => return ControlFlow::Continue(()),
            512 if is_tar(&block) => {}
            512 => {
                errors.push(damaged("has a broken header"));
                return ControlFlow::Continue(());
            }
            _ => {
                errors.push(damaged("ends inside a header"));
                return ControlFlow::Continue(());
            }
        }
        let header = Header::from_byte_slice(&block);
        let Ok(size) = header.entry_size() else {
            errors.push(damaged("has a broken header"));
            return ControlFlow::Continue(());
        };
        let padding = (BLOCK - size % BLOCK) % BLOCK;
        let mut unread = size;
        match header.entry_type() {
            EntryType::GNULongName | EntryType::XHeader if size <= MAX_NAME => {
                let mut bytes = vec![0; size as usize];
                let got = stream.fill(&mut bytes);
                unread = size - got as u64;
                if header.entry_type() == EntryType::GNULongName {
                    bytes.truncate(memchr::memchr(0, &bytes).unwrap_or(bytes.len()));
                    next_name = Some(bytes);
                } else if let Some(path) = pax_path(&bytes) {
                    next_name = Some(path);
                }
            }
            EntryType::Regular | EntryType::Continuous => {
                let path = shown(&next_name.take().unwrap_or_else(|| header.path_bytes().into_owned()));
                if size > 0 && !passed_over(&path) {
                    let left = Left::new(size);
                    let reader = Sized { stream: stream.clone(), left: left.clone() };
                    let flow = hand_on(Box::new(reader), stack.member(&path), sink, errors);
                    unread = left.close();
                    flow?;
                }
            }
            _ => next_name = None,
        }
        if !stream.skip(unread + padding) {
            // The last block's padding is often missing; a member that is cut is damage.
            if unread > 0 {
                errors.push(damaged("ends inside a member"));
            }
            return ControlFlow::Continue(());
        }
    }
}

/// Unpacks one member; one that holds no text is passed over, since bundles carry pictures and programs too.
pub(super) fn hand_on(
    reader: Box<dyn std::io::Read + Send>,
    stack: Stack,
    sink: &mut dyn FnMut(Opened) -> ControlFlow<()>,
    errors: &mut Vec<SourceError>,
) -> ControlFlow<()> {
    let mut member = Peeked::new(reader);
    if member.grow().is_err() {
        return ControlFlow::Continue(());
    }
    let before = errors.len();
    let flow = unpack(member, None, stack, sink, errors);
    let mut index = 0;
    errors.retain(|e| {
        index += 1;
        index <= before || !matches!(e.kind, SourceErrorKind::Binary(_))
    });
    flow
}

fn pax_path(bytes: &[u8]) -> Option<Vec<u8>> {
    PaxExtensions::new(bytes).flatten().find(|e| e.key_bytes() == b"path").map(|e| e.value_bytes().to_vec())
}
