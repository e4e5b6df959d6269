//! Hands the resolved version of the redis crate to the program, so that a run can name it.

fn main() {
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let version = lock
        .split("name = \"redis\"\nversion = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("unknown")
        .to_owned();
    println!("cargo:rustc-env=LAB_REDIS_VERSION={version}");
    println!("cargo:rerun-if-changed=Cargo.lock");
}
