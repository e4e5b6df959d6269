//! Archives to streams.
//!
//! In: a tar or zip stream. Out: each member that looks like a log, decoded like a file of its own. Fails when: the archive is
//! cut or broken ([`SourceErrorKind::Damaged`](super::SourceErrorKind)); the members before that were handed out.
//!
//! Both are read front to back, so a pipe serves as well as a file and no member is read twice.

mod member;
mod tar;
mod zip;

pub(crate) use tar::tar;
pub(crate) use zip::zip;

/// A name inside an archive as it is shown: no control bytes, no leading `./`.
fn shown(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    let path: String = path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// Members that are no logs: hidden files, resource forks, the markers of exports.
fn passed_over(path: &str) -> bool {
    path.split('/').any(|part| part == "__MACOSX" || (part.starts_with('.') && part != "." && part != ".."))
        || path.rsplit('/').next() == Some("aws-logs-write-test")
}
