//! `cargo xtask layers`: dependencies inside the workspace point down, and files keep to the house style.
//!
//! Each manifest says `[package.metadata.layer] level = n`. A normal or build dependency on another member must have a
//! smaller level; a dev-dependency may point anywhere, because tests may see everything. Both checks are tests of this
//! package as well, so a plain `cargo test` runs them.

use std::collections::BTreeMap;

use crate::{failure::Failure, tidy, workspace::Workspace};

/// Checks the layers and the house style, and reports everything to mend at once.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut problems = problems(workspace);
    problems.extend(tidy::problems(&workspace.root)?);
    Failure::unless_empty(problems)
}

/// One line for each package without a level and for each dependency that does not point down.
fn problems(workspace: &Workspace) -> Vec<String> {
    let levels: BTreeMap<&str, Option<u64>> =
        workspace.packages.iter().map(|package| (package.name.as_str(), package.level())).collect();
    let mut problems = Vec::new();
    for package in &workspace.packages {
        let Some(level) = package.level() else {
            problems.push(format!("{}: its manifest has no `[package.metadata.layer] level = n`", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            if dependency.path.is_none() || dependency.kind.as_deref() == Some("dev") {
                continue;
            }
            match levels.get(dependency.name.as_str()) {
                Some(Some(below)) if *below < level => {}
                // Reported once, for the package itself.
                Some(None) => {}
                Some(Some(same_or_above)) => problems.push(format!(
                    "{} (level {level}) depends on {} (level {same_or_above}): layers point down",
                    package.name, dependency.name
                )),
                None => problems.push(format!(
                    "{} depends on {}, which lies in this repository but is no member of the workspace",
                    package.name, dependency.name
                )),
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_points_down() {
        let workspace = Workspace::load().unwrap();
        assert!(workspace.packages.iter().any(|package| package.name == "flags-core"), "the members are read");
        assert_eq!(problems(&workspace), Vec::<String>::new());
    }

    #[test]
    fn each_way_to_break_the_layers_is_found() {
        let package = |name: &str, level: &str, dependencies: &str| {
            format!(
                r#"{{"name":"{name}","manifest_path":"/here/{name}/Cargo.toml","metadata":{level},"dependencies":[{dependencies}]}}"#
            )
        };
        let on = |name: &str, kind: &str| format!(r#"{{"name":"{name}","kind":{kind},"path":"/here/{name}"}}"#);
        let level = |n: u64| format!(r#"{{"layer":{{"level":{n}}}}}"#);
        let text = format!(
            r#"{{"workspace_root":"/here","target_directory":"/here/target","packages":[{}]}}"#,
            [
                package("bottom", &level(0), r#"{"name":"serde","kind":null,"path":null}"#),
                package("fine", &level(3), &[on("bottom", "null"), on("top", r#""dev""#)].join(",")),
                package("sideways", &level(3), &on("fine", "null")),
                package("top", &level(7), &[on("fine", "null"), on("outside", "null")].join(",")),
                package("upside", &level(1), &on("top", r#""build""#)),
                package("unmarked", "null", &on("bottom", "null")),
            ]
            .join(",")
        );
        assert_eq!(
            problems(&Workspace::parse(&text).unwrap()),
            [
                "sideways (level 3) depends on fine (level 3): layers point down",
                "top depends on outside, which lies in this repository but is no member of the workspace",
                "upside (level 1) depends on top (level 7): layers point down",
                "unmarked: its manifest has no `[package.metadata.layer] level = n`",
            ]
        );
    }
}
