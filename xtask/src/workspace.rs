//! The workspace as cargo sees it: its root, its target folder, its packages and what they depend on.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use crate::{failure::Failure, process};

/// The part of `cargo metadata` that the checks read.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    /// The members.
    pub(crate) packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// What its manifest says it is.
    pub(crate) description: Option<String>,
    /// Its manifest.
    pub(crate) manifest_path: PathBuf,
    /// What its manifest says it depends on.
    pub(crate) dependencies: Vec<Dependency>,
    /// `[package.metadata]`.
    #[serde(default)]
    pub(crate) metadata: serde_json::Value,
}

/// A line of a manifest.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// The name of the package, whatever the manifest renames it to.
    pub(crate) name: String,
    /// `None` for an ordinary one, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// The folder, if it is one of ours.
    pub(crate) path: Option<PathBuf>,
}

impl Package {
    /// Its layer, `[package.metadata.layer] level`.
    pub(crate) fn level(&self) -> Option<u64> {
        self.metadata["layer"]["level"].as_u64()
    }

    /// Its folder from the root of the workspace, with slashes.
    pub(crate) fn folder(&self, workspace: &Workspace) -> String {
        let folder = self.manifest_path.parent().unwrap_or(&self.manifest_path);
        folder.strip_prefix(&workspace.root).unwrap_or(folder).to_string_lossy().replace('\\', "/")
    }
}

impl Workspace {
    /// Asks cargo about the workspace this program was built from.
    pub(crate) fn load() -> Result<Self, Failure> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let text = process::output(
            process::cargo().args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]).arg(manifest),
        )?;
        Self::parse(&text)
    }

    /// Reads the output of `cargo metadata`.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text)
            .map_err(|source| Failure::Json { what: String::from("the output of `cargo metadata`"), source })
    }

    /// A cargo command that runs in the root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = process::cargo();
        command.current_dir(&self.root);
        command
    }

    /// The cargo command for a package outside of the workspace, with a target folder of its own inside ours.
    pub(crate) fn cargo_outside(&self, subcommand: &str, package: &str) -> Command {
        let mut command = self.cargo();
        let folder = package.rsplit('/').next().unwrap_or(package);
        command.args([subcommand, "--locked", "--manifest-path"]).arg(self.root.join(package).join("Cargo.toml"));
        command.arg("--target-dir").arg(self.target.join(folder));
        command
    }
}
