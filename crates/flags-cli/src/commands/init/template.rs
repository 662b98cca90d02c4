//! The files people start from, one for each thing they may want to do.

use clap::ValueEnum;

/// A file to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// New code for 1 % first, and for more as long as it does well.
    Canary,
    /// Two backends: everybody moved over at once, and back if it fails.
    BlueGreen,
    /// An experiment, with the plan of how it is judged.
    AbTest,
    /// What can be taken off in an emergency.
    KillSwitch,
    /// Circuit breakers, values turned by hand, and alerts.
    Ops,
    /// A move in phases that flags guard.
    Migration,
}

/// The file for those who have not said what they want.
const STARTER: &str = include_str!("templates/starter.toml");

/// The text of a file to start from.
pub(super) fn text(template: Option<Template>) -> &'static str {
    match template {
        None => STARTER,
        Some(Template::Canary) => include_str!("templates/canary.toml"),
        Some(Template::BlueGreen) => include_str!("templates/blue-green.toml"),
        Some(Template::AbTest) => include_str!("templates/ab-test.toml"),
        Some(Template::KillSwitch) => include_str!("templates/kill-switch.toml"),
        Some(Template::Ops) => include_str!("templates/ops.toml"),
        Some(Template::Migration) => include_str!("templates/migration.toml"),
    }
}

/// What to try next with a file, as it is typed.
pub(super) fn next(template: Option<Template>, file: &str) -> Vec<String> {
    let line = |words: &[&str]| format!("flags {}", words.join(" "));
    let mut lines = vec![line(&["check", file])];
    lines.extend(match template {
        None => vec![line(&["eval", file, "new_search", "--set", "user_id=ada"])],
        Some(Template::Canary) => vec![
            line(&["show", file, "new_checkout"]),
            line(&["serve", file, "--state-dir", "var/flags", "--drive-rollouts"]),
            line(&["rollout", "start", "new_checkout", "--state-dir", "var/flags"]),
        ],
        Some(Template::BlueGreen) => vec![
            line(&["serve", file, "--state-dir", "var/flags", "--drive-rollouts"]),
            line(&["rollout", "start", "backend", "--state-dir", "var/flags"]),
        ],
        Some(Template::AbTest) => vec![
            line(&["experiment", "power", "button_text", "--file", file]),
            line(&["eval", file, "button_text", "--set", "user_id=ada"]),
        ],
        Some(Template::KillSwitch) => vec![
            line(&["serve", file, "--state-dir", "var/flags"]),
            line(&["kill", "gift_cards", "--state-dir", "var/flags"]),
        ],
        Some(Template::Ops) => vec![
            line(&["serve", file, "--state-dir", "var/flags"]),
            line(&["override", "batch_size", "small", "--for", "2h", "--state-dir", "var/flags"]),
        ],
        Some(Template::Migration) => vec![
            line(&["serve", file, "--state-dir", "var/flags", "--drive-rollouts"]),
            line(&["migration", "start", "order_store", "--state-dir", "var/flags"]),
        ],
    });
    lines
}
