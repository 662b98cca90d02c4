//! Notes the compiler and the profile of the build: a figure belongs to both.

use std::{env, process::Command};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |version| version.trim().to_owned());
    println!("cargo:rustc-env=PEERS_COMPILER={version}");
    let optimised = env::var("OPT_LEVEL").is_ok_and(|level| level == "3");
    println!("cargo:rustc-env=PEERS_PROFILE={}", if optimised { "release" } else { "not optimised" });
}
