//! `flags show`: everything there is to say about one flag.

mod definition;

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use flags::FlagDefinition;
use serde_json::{Value as Json, json};

use super::list;
use crate::{
    failure::Failure,
    input,
    operate::{StateOption, in_words},
    output::{BOLD, DIM, Output, Status, facts},
    place,
    references::{self, Named},
    suggest, wire,
};

/// Show all of one flag.
///
/// Its definition, where it stands, what it depends on and what depends on it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags show config checkout
  flags show config checkout --format json")]
pub(crate) struct Show {
    /// A file, a folder, or - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The flag's key.
    #[arg(value_name = "FLAG")]
    flag: String,
    #[command(flatten)]
    state: StateOption,
}

impl Show {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let definitions = input::definitions(&self.file)?;
        let all = &definitions.document.definitions;
        let Some(flag) = all.flag(&self.flag) else {
            let keys = all.flags.iter().map(|flag| &*flag.key);
            return Err(Failure::NotFound(suggest::no_such_flag(&self.flag, &self.file.display().to_string(), keys)));
        };
        let laid = self.state.laid()?;
        let controls = laid.as_ref().map(|laid| laid.on(&flag.key)).unwrap_or_default();
        let place = place::of_flag(definitions.report.sources(), &flag.key);
        let needs: Vec<Named> = references::of_flag(all, flag).into_iter().collect();
        let needed_by = references::users_of(all, &Named::Flag(flag.key.clone()));
        let definition = definition::toml(flag);
        let environments: Vec<&str> = flag.environments.iter().map(|(name, _)| &**name).collect();
        if output.is_json() {
            let mut json = list::to_json(flag);
            json["file"] = json!(place.as_ref().map(|place| &place.file));
            json["line"] = json!(place.as_ref().map(|place| place.line));
            json["environments"] = json!(environments);
            json["depends_on"] = needs.iter().map(named_json).collect();
            json["used_by"] = needed_by.iter().map(named_json).collect();
            json["definition"] = definition.into();
            if laid.is_some() {
                json["controls"] = controls.into_iter().map(wire::control).collect();
            }
            output.json(&json)?;
            return Ok(Status::Fine);
        }
        match &flag.description {
            Some(description) => writeln!(output, "{BOLD}{}{BOLD:#}: {description}", flag.key)?,
            None => writeln!(output, "{BOLD}{}{BOLD:#}", flag.key)?,
        }
        let mut lines = vec![("kind", format!("{}, {}", flag.kind(), flag.value_type)), ("state", state(flag))];
        lines.extend(controls.into_iter().map(|control| ("control", in_words(control))));
        lines.extend(list::owner(flag).map(|owner| ("owner", owner.to_owned())));
        lines.extend(flag.expires.map(|date| ("expires", date.to_string())));
        for (name, texts) in [
            ("environments", environments.iter().map(ToString::to_string).collect::<Vec<_>>()),
            ("depends on", needs.iter().map(named_text).collect()),
            ("used by", needed_by.iter().map(named_text).collect()),
        ] {
            lines.extend((!texts.is_empty()).then(|| (name, texts.join(", "))));
        }
        lines.extend(place.map(|place| ("defined in", format!("{}:{}", place.file, place.line))));
        facts(output, &lines)?;
        writeln!(output)?;
        for line in definition.lines() {
            if line.starts_with('[') {
                writeln!(output, "{DIM}{line}{DIM:#}")?;
            } else {
                writeln!(output, "{line}")?;
            }
        }
        Ok(Status::Fine)
    }
}

fn state(flag: &FlagDefinition) -> String {
    match flag.rollout_percentage {
        Some(share) => format!("{}, {share} %", flag.state),
        None => flag.state.to_string(),
    }
}

fn named_text(named: &Named) -> String {
    format!("{} {}", named.kind(), named.key())
}

fn named_json(named: &Named) -> Json {
    json!({ "kind": named.kind(), "key": named.key() })
}
