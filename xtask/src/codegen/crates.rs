//! crates/README.md: one line for each crate, from its manifest.

use std::fmt::Write;

use crate::{
    failure::Failure,
    workspace::{Package, Workspace},
};

/// The table of the crates, from their manifests.
pub(super) fn table(workspace: &Workspace) -> Result<String, Failure> {
    let mut packages: Vec<&Package> = workspace.packages.iter().collect();
    packages.sort_by_key(|package| (package.level(), &package.name));
    let mut text = String::from(
        "# The crates\n\n\
         One line each, from the bottom up; a crate depends only on crates of a smaller level. Written by\n\
         `cargo xtask codegen` from the manifests.\n\n\
         | level | crate | what it is |\n| --- | --- | --- |\n",
    );
    for package in packages {
        let level = package.level().map_or_else(|| String::from("-"), |level| level.to_string());
        let (name, folder) = (&package.name, package.folder(workspace));
        let description = package.description.as_deref().unwrap_or_default();
        // Relative to the folder of the page.
        let link = folder.strip_prefix("crates/").map_or_else(|| format!("../{folder}"), str::to_owned);
        writeln!(text, "| {level} | [{name}]({link}) | {description} |").expect("writing to a string cannot fail");
    }
    Ok(text)
}
