//! Console sessions under `testdata/cli/`, replayed whole.
#![cfg(unix)]

mod markdown;

#[test]
fn sessions_say_what_is_written() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cli");
    let mut files: Vec<_> = std::fs::read_dir(dir).expect("testdata/cli").flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "md"));
    files.sort();
    assert!(files.len() >= 4);
    for file in files {
        markdown::check(&file);
    }
}
