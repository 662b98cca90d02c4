//! The operator's commands, as they are typed at three in the morning.

mod audit;
mod breakers;
mod changes;
mod damage;
mod experiments;
mod looking;
mod rollouts;
#[cfg(feature = "serve")]
mod running;
mod two_people;
mod watching;

use crate::support::{Folder, Ran, without_times};

/// Flags with what controls make a difference for.
const FLAGS: &str = r#"[features.shop]
enabled = true

[features.checkout]
enabled = true
parent = "shop"
variants = { classic = "classic", express = "express" }
off = "classic"
serve = "classic"

[features.cart]
enabled = true
requires = ["checkout"]

[features.guarded]
enabled = true
protected = true

[features.payments]
enabled = true
environments.production.protected = true
"#;

/// A folder with flags and an empty state folder.
struct Office(Folder);

impl Office {
    fn open() -> Self {
        Self::with(FLAGS)
    }

    /// The same with other definitions.
    fn with(text: &str) -> Self {
        let office = Self(Folder::with(&[("flags.toml", text)]));
        std::fs::create_dir(office.0.path("state")).unwrap();
        office
    }

    /// Runs the program on the state folder, with the flags in `flags.toml`.
    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.0.command(arguments);
        command.env("FLAGS_STATE_DIR", "state").env("FLAGS_FILE", "flags.toml").env("FLAGS_ACTOR", "ada");
        command
    }

    /// The same, where it has to be accepted.
    fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran}");
        ran
    }

    /// What is printed by several commands, one after the other, each below its name.
    fn session(&self, commands: &[&[&str]]) -> String {
        let print =
            |arguments: &&[&str]| without_times(&format!("$ flags {}\n{}\n", arguments.join(" "), self.run(arguments)));
        commands.iter().map(print).collect()
    }

    /// The controls, as JSON.
    fn controls(&self) -> Vec<serde_json::Value> {
        self.done(&["controls", "--format", "json"]).json()["controls"].as_array().unwrap().clone()
    }
}
