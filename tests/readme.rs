//! Every console block of the README is run, and says what is written there.
#![cfg(unix)]

mod markdown;

#[test]
fn the_readme_says_what_the_program_says() {
    markdown::check(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
}

#[test]
fn every_option_is_in_the_help_and_every_command_runs() {
    let readme = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    let help: String = [&["--help"][..], &["events", "--help"], &["patterns", "--help"]]
        .iter()
        .map(|args| {
            let out = std::process::Command::new(env!("CARGO_BIN_EXE_whyredis")).args(*args).output().expect("it runs");
            String::from_utf8(out.stdout).expect("UTF-8")
        })
        .collect();
    for line in readme.lines().filter(|l| l.contains("whyredis ")) {
        for word in line.split_whitespace().filter(|w| w.starts_with("--") && w.len() > 3) {
            let option: String = word.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            // Options of other programs in a pipe stand before `whyredis`.
            let own = line.find("whyredis").is_some_and(|at| line.find(word).is_some_and(|o| o > at));
            assert!(!own || help.contains(&option), "{option} of README line {line:?} is in no help");
        }
    }
}
