use std::path::PathBuf;

use super::*;

fn names(found: &[Source]) -> Vec<&str> {
    found.iter().map(|s| s.name.rsplit('/').next().unwrap_or("")).collect()
}

#[test]
fn folders_are_walked_and_what_is_no_log_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::create_dir_all(root.join("sub/.git")).unwrap();
    for (name, data) in [
        ("b.log", &b"b\n"[..]),
        ("a.log.1", b"a\n"),
        ("sub/c", b"c\n"),
        ("sub/.git/config", b"x\n"),
        (".hidden.log", b"x\n"),
        ("aws-logs-write-test", b"Permission Check Successful"),
        ("pic.png", b"x"),
        ("dump", b"REDIS0011\xfa\x09redis-ver.........."),
        ("empty.log", b""),
    ] {
        std::fs::write(root.join(name), data).unwrap();
    }
    let (found, errors) = discover(&[root.to_path_buf()], None);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(names(&found), ["a.log.1", "b.log", "empty.log", "c"]);

    let (found, errors) = discover(&[root.join("b.log"), root.to_path_buf(), root.join("./sub/../b.log"), root.join("*.log")], None);
    assert!(errors.is_empty());
    assert_eq!(found.len(), 4);
}

#[test]
fn what_is_missing_or_empty_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::create_dir(root.join("empty")).unwrap();
    let (found, errors) = discover(&[root.join("no.log"), root.join("no*.log"), root.join("empty"), PathBuf::from("-")], Some("pod.log"));
    assert_eq!(found, [Source { name: "pod.log".into(), input: Input::Stdin }]);
    assert!(matches!(errors[0].kind, SourceErrorKind::NotFound));
    assert!(matches!(errors[1].kind, SourceErrorKind::NotFound));
    assert!(matches!(errors[2].kind, SourceErrorKind::EmptyFolder));
}

#[cfg(unix)]
#[test]
fn links_count_once() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    std::fs::create_dir_all(root.join("pods/app")).unwrap();
    std::fs::create_dir_all(root.join("containers")).unwrap();
    std::fs::write(root.join("pods/app/0.log"), "x\n").unwrap();
    std::os::unix::fs::symlink(root.join("pods/app/0.log"), root.join("containers/app_ns_c-1.log")).unwrap();
    std::os::unix::fs::symlink(root.join("pods"), root.join("pods/app/loop")).unwrap();
    std::os::unix::fs::symlink(root.join("gone"), root.join("containers/gone.log")).unwrap();
    let (found, errors) = discover(&[root.to_path_buf(), root.to_path_buf()], None);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(names(&found), ["app_ns_c-1.log"]);
}
