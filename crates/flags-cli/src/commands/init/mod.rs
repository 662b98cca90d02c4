//! `flags init`: a first definition file to start from.

mod template;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;

use self::template::Template;
use crate::{
    failure::Failure,
    output::{BOLD, Output, Status},
};

/// Write a first features.toml to start from.
///
/// It has comments, and the schema for editors is written beside it. With --template it shows one idea as a whole: everything in
/// it can be checked, served and tried as it stands.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags init
  flags init config
  flags init config --template canary

JSON: {\"written\",\"next\"}: the files, and the commands to try.")]
pub(crate) struct Init {
    /// The folder to write to; it is made if it is not there.
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// What to start with, instead of a few flags of each sort.
    #[arg(long, value_enum, value_name = "NAME")]
    template: Option<Template>,
    /// Write over files that are there.
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let schema = serde_json::to_string_pretty(&flags::config::schema()).map_err(std::io::Error::from)? + "\n";
        let files = [("features.toml", template::text(self.template)), ("flags.schema.json", &schema)];
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
            output.json(&json!({ "written": written, "next": template::next(self.template, &written[0]) }))?;
        } else {
            for path in &written {
                writeln!(output, "wrote {BOLD}{path}{BOLD:#}")?;
            }
            writeln!(output, "\nNext:")?;
            for line in template::next(self.template, &written[0]) {
                writeln!(output, "  {line}")?;
            }
        }
        Ok(Status::Fine)
    }
}
