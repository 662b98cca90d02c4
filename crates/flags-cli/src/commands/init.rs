//! `flags init`: a first definition file to start from.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;

use crate::{
    failure::Failure,
    output::{BOLD, Output, Status},
};

/// The file people start from.
const STARTER: &str = include_str!("init/features.toml");

/// Write a first features.toml to start from.
///
/// It has comments, and the schema for editors is written beside it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  flags init\n  flags init config")]
pub(crate) struct Init {
    /// The folder to write to; it is made if it is not there.
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// Write over files that are there.
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let schema = serde_json::to_string_pretty(&flags::config::schema()).map_err(std::io::Error::from)? + "\n";
        let files = [("features.toml", STARTER), ("flags.schema.json", &schema)];
        // What is written here goes by its name alone.
        let below = if self.folder == Path::new(".") { Path::new("") } else { &self.folder };
        let files = files.map(|(name, text)| (below.join(name), text));
        if !self.force
            && let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok())
        {
            let path = path.display();
            return Err(Failure::Usage(format!("{path} is there already; `--force` writes over it")));
        }
        fs::create_dir_all(&self.folder).map_err(|error| Failure::file(&self.folder, "make the folder", &error))?;
        for (path, text) in &files {
            fs::write(path, text).map_err(|error| Failure::file(path, "write", &error))?;
        }
        let written = files.map(|(path, _)| path.display().to_string());
        if output.is_json() {
            output.json(&json!({ "written": written }))?;
        } else {
            for path in &written {
                writeln!(output, "wrote {BOLD}{path}{BOLD:#}")?;
            }
            let file = &written[0];
            writeln!(output, "\nNext:")?;
            writeln!(output, "  flags check {file}")?;
            writeln!(output, "  flags eval {file} new_search --set user_id=ada")?;
        }
        Ok(Status::Fine)
    }
}
