//! What became of a change, for people and as JSON.

use std::io::Write as _;

use flags::{
    FlagView, State, Timestamp,
    control::{Action, BreakerState, Change, Control, ControlState, Receipt, Revision, Slot, Standing, Target},
};
use serde_json::{Value as Json, json};

use super::{CommandLine, Desk, Known, confirming, laid::in_words};
use crate::{
    failure::Failure,
    output::{BAD, BOLD, GOOD, Output, WARN, facts},
    wire,
};

/// Where a change was made.
pub(super) struct Scene<'a> {
    pub(super) desk: &'a Desk,
    pub(super) known: &'a Known,
    pub(super) line: &'a CommandLine,
}

/// An instant to the second, as tables and sentences have it.
pub(crate) fn seconds(at: Timestamp) -> String {
    let micros = at.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).to_string()
}

/// Tells what became of a request; `change` is what was asked for, where it was a change.
pub(super) fn receipt(
    receipt: &Receipt,
    change: Option<&Change>,
    scene: &Scene<'_>,
    output: &mut Output,
) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&scene.json(receipt, change));
    }
    let (head, lines) = scene.words(receipt, change);
    writeln!(output, "{head}")?;
    facts(output, &lines)
}

/// Facts below the first line: what each is called, and what it is.
pub(super) type Lines = Vec<(&'static str, String)>;

impl Scene<'_> {
    fn words(&self, receipt: &Receipt, change: Option<&Change>) -> (String, Lines) {
        match receipt {
            Receipt::Applied { control, .. } | Receipt::Unconfirmed { control, .. } => self.in_force(control),
            Receipt::Cleared { controls, .. } => self.taken_back(controls),
            Receipt::Proposed { proposal, .. } => {
                let what = what(&proposal.change);
                let head = format!("{WARN}proposed{WARN:#} {BOLD}{}{BOLD:#}: {what}", proposal.change.target().key());
                let id = proposal.id.to_string();
                let approve = format!(
                    "somebody else, until {}: {}",
                    seconds(proposal.expires_at),
                    self.line.of_another(&["approve", &id])
                );
                let lines = vec![
                    ("number", id.clone()),
                    ("by", by(proposal.author.name(), proposal.reason.as_deref())),
                    ("approve", approve),
                    ("withdraw", self.line.of_same(&["reject", &id])),
                ];
                (head, lines)
            }
            Receipt::Confirmed { controls, .. } => {
                let words: Vec<String> = controls.iter().map(|control| control.action.to_string()).collect();
                let (key, by) = controls.first().map_or(("", ""), |first| (first.target.key(), first.author.name()));
                let head = format!("{GOOD}confirmed{GOOD:#} {BOLD}{key}{BOLD:#}: {} by {by}", words.join(", "));
                (head, vec![("confirmed by", self.desk.actor().to_string())])
            }
            Receipt::Closed { proposal, withdrawn, .. } => {
                let word = if *withdrawn { "withdrew" } else { "rejected" };
                let head =
                    format!("{word} proposal {}: {}, proposed by {}", proposal.id, proposal.change, proposal.author);
                (head, vec![])
            }
            Receipt::Unchanged => (self.unchanged(change), vec![]),
            other => (other.to_string(), vec![]),
        }
    }

    /// A control that is in force now.
    fn in_force(&self, control: &Control) -> (String, Lines) {
        let (head, mut lines) = match &control.target {
            Target::Experiment(key) => self.experiment_in_force(key, control),
            target => self.flag_in_force(target.key(), control),
        };
        lines.extend(self.by_whom(control));
        let undo = match &control.action {
            Action::Kill => Change::Revive { target: control.target.clone() },
            _ => Change::Clear { target: control.target.clone(), slot: Some(control.slot()) },
        };
        lines.push(("undo", self.undo(&undo)));
        (head, lines)
    }

    /// A control of a flag: what it means, what it takes along, and what goes before it.
    fn flag_in_force(&self, key: &str, control: &Control) -> (String, Lines) {
        let until = match (control.expires_at, &control.action) {
            (Some(until), _) => format!(" until {}", seconds(until)),
            (None, Action::Kill) => " until it is revived".to_owned(),
            (None, _) => " until it is cleared".to_owned(),
        };
        let stronger = if control.action == Action::Kill { None } else { self.stronger(control) };
        let (serves, has) = if stronger.is_some() { ("is to serve", "is to have") } else { ("serves", "has") };
        let head = match &control.action {
            Action::Kill => format!("{BAD}killed{BAD:#} {BOLD}{key}{BOLD:#}: it is off for everybody{until}"),
            Action::Override { variant } => format!("{BOLD}{key}{BOLD:#} {serves} `{variant}` to everybody{until}"),
            Action::OverrideUnit { unit, variant } => {
                format!("{BOLD}{key}{BOLD:#} {serves} `{variant}` to {unit}{until}")
            }
            Action::Percentage(share) => format!("{BOLD}{key}{BOLD:#} {has} a rollout percentage of {share} %{until}"),
            Action::Breaker(state) if state.is_forced() => {
                let (word, means) = match state {
                    BreakerState::ForcedClosed => ("closed", "what is measured does not switch it off"),
                    _ => ("open", "it is off for everybody"),
                };
                let until = until.replace("cleared", "released");
                format!("held the breaker of {BOLD}{key}{BOLD:#} {word}{until}: {means}")
            }
            action => format!("{}: {action} is in force{until}", control.target),
        };
        let mut lines: Lines = vec![];
        if control.action == Action::Kill {
            lines.extend(self.reach(key));
        }
        lines.extend(stronger.map(|words| ("but", words)));
        (head, lines)
    }

    /// Who did it, and who has agreed or is to.
    fn by_whom(&self, control: &Control) -> Lines {
        let mut lines: Lines = vec![];
        lines.push(("by", by(control.author.name(), control.reason.as_deref())));
        if control.author != *self.desk.actor() || matches!(control.standing, Standing::Confirmed { .. }) {
            lines.push(("approved by", self.desk.actor().to_string()));
        } else if self.desk.is_known_by_login() {
            lines.last_mut().into_iter().for_each(|(_, words)| words.push_str(" (your login name)"));
        }
        if control.standing == Standing::Unconfirmed {
            let command = self.line.of_another(&confirming(&control.target));
            let why = if self.known.set().is_some() { "it is protected" } else { "it may be protected" };
            lines.push(("confirm", format!("{why}, so somebody else has to confirm this: {WARN}{command}{WARN:#}")));
        }
        lines
    }

    /// What a kill takes along, where that is known.
    fn reach(&self, key: &str) -> Lines {
        if self.known.set().is_none() {
            return vec![("with it", "every flag below it".to_owned())];
        }
        let mut keys = vec![key.to_owned()];
        keys.extend(self.known.subtree(key));
        let mut lines: Lines = vec![];
        if keys.len() > 1 {
            lines.push(("with it", format!("{} (below it)", keys[1..].join(", "))));
        }
        let users = self.known.users_of(&keys);
        if !users.is_empty() {
            lines.push(("affects", format!("{} (asks for one of these)", users.join(", "))));
        }
        lines
    }

    /// A control that goes before this one, so that this one does nothing for now.
    fn stronger(&self, control: &Control) -> Option<String> {
        let (state, key) = (self.desk.state(), control.target.key());
        if let Some(kill) = self.killed(&state, key) {
            let command = self.line.look(&["revive", kill.target.key()]);
            return Some(format!("{} is killed by {}, which goes first: {command}", kill.target.key(), kill.author));
        }
        let everybody = state.in_force(&control.target, &Slot::Override, control.at)?;
        (control.slot() != Slot::Override).then(|| {
            let command = self.line.look(&["clear", key, "--kind", "override"]);
            format!("the {} by {} goes first: {command}", everybody.action, everybody.author)
        })
    }

    /// The kill that the flag is under: its own, or that of a flag above it.
    pub(super) fn killed(&self, state: &ControlState, key: &str) -> Option<Control> {
        let own = Target::flag(key).ok().and_then(|target| state.control(&target, &Slot::Kill).cloned());
        own.or_else(|| self.known.kill_above(key, state))
    }

    fn undo(&self, change: &Change) -> String {
        use flags::control::Protection;
        let takes_two = !matches!(self.known.protection(change.target()), Protection::Open | Protection::Absent);
        let plain = self.line.plain().change(change, takes_two);
        if takes_two { format!("{plain}   (takes two people)") } else { plain }
    }

    /// Controls that are gone.
    fn taken_back(&self, controls: &[Control]) -> (String, Lines) {
        let key = controls.first().map_or("", |first| first.target.key());
        let is_revival = controls.iter().any(|control| control.action == Action::Kill);
        let words: Vec<String> = controls.iter().map(|control| control.action.to_string()).collect();
        let head = if is_revival {
            format!("{GOOD}revived{GOOD:#} {BOLD}{key}{BOLD:#}: it is as its definition says again")
        } else {
            format!("{GOOD}cleared{GOOD:#} {BOLD}{key}{BOLD:#}: {}", words.join(", "))
        };
        let mut lines: Lines = controls.iter().map(|control| ("was", in_words(control))).collect();
        let state = self.desk.state();
        if let Some(Target::Experiment(key)) = controls.first().map(|first| &first.target) {
            let target = Target::Experiment(key.clone());
            lines.extend(state.of(&target).map(|left| ("still", in_words(left))));
            lines.extend(self.experiment_now(key).map(|words| ("now", words)));
            lines.push(("by", self.desk.actor().to_string()));
            return (head, lines);
        }
        if let Some(kill) = self.killed(&state, key) {
            let command = self.line.look(&["revive", kill.target.key()]);
            let words =
                format!("{} is killed by {}, so it is off all the same: {command}", kill.target.key(), kill.author);
            lines.push(("but", words));
        }
        let left: Vec<&Control> = state.controls().filter(|left| left.target.flag_key() == Some(key)).collect();
        lines.extend(left.iter().filter(|left| left.action != Action::Kill).map(|left| ("still", in_words(left))));
        lines.extend(self.definition_is_off(key).map(|words| ("but", words)));
        lines.push(("by", self.desk.actor().to_string()));
        (head, lines)
    }

    /// What the definition says, where that is off.
    fn definition_is_off(&self, key: &str) -> Option<String> {
        let state = self.known.set()?.flag(key).map(FlagView::state)?;
        matches!(state, State::Disabled | State::EmergencyOff).then(|| format!("its definition says {state}"))
    }

    /// Why there was nothing to do.
    fn unchanged(&self, change: Option<&Change>) -> String {
        let Some(change) = change else { return "it was so already; nothing changed".to_owned() };
        let (state, key) = (self.desk.state(), change.target().key());
        match change {
            Change::Set { action, .. } => {
                let present = state.control(change.target(), &action.slot());
                let present = present.map(|control| format!(": {}", in_words(control))).unwrap_or_default();
                let word = if *action == Action::Kill { "is killed" } else { "has that" };
                format!("{key} {word} already, so nothing changed{present}")
            }
            Change::Revive { .. } => {
                let why = match (self.known.kill_above(key, &state), self.definition_is_off(key)) {
                    (Some(kill), _) => {
                        let above = kill.target.key();
                        format!("; {above}, above it, is: {}", self.line.look(&["revive", above]))
                    }
                    (None, Some(words)) => format!("; {words}"),
                    (None, None) => String::new(),
                };
                format!("{key} is not killed, so nothing changed{why}")
            }
            _ => {
                let kill = state.control(change.target(), &Slot::Kill);
                let kill =
                    kill.map(|_| format!(" (its kill: {})", self.line.look(&["revive", key]))).unwrap_or_default();
                format!("{key} has nothing like that to clear, so nothing changed{kill}")
            }
        }
    }

    fn json(&self, receipt: &Receipt, change: Option<&Change>) -> Json {
        let none: &[Control] = &[];
        let (outcome, controls, proposal) = match receipt {
            Receipt::Applied { control, .. } => ("applied", std::slice::from_ref(control), None),
            Receipt::Unconfirmed { control, .. } => ("unconfirmed", std::slice::from_ref(control), None),
            Receipt::Cleared { controls, .. } => ("cleared", &controls[..], None),
            Receipt::Proposed { proposal, .. } => ("proposed", none, Some(proposal)),
            Receipt::Confirmed { controls, .. } => ("confirmed", &controls[..], None),
            Receipt::Closed { proposal, withdrawn: true, .. } => ("withdrawn", none, Some(proposal)),
            Receipt::Closed { proposal, .. } => ("rejected", none, Some(proposal)),
            Receipt::Unchanged => ("unchanged", none, None),
            _ => ("other", none, None),
        };
        let killed = controls.iter().find(|control| control.action == Action::Kill && outcome != "cleared");
        let subtree = killed.map(|kill| self.known.subtree(kill.target.key())).unwrap_or_default();
        let message = if *receipt == Receipt::Unchanged { self.unchanged(change) } else { receipt.to_string() };
        json!({
            "outcome": outcome,
            "revision": receipt.revision().map(Revision::get),
            "actor": self.desk.actor().name(),
            "message": message,
            "controls": controls.iter().map(wire::control).collect::<Vec<_>>(),
            "proposal": proposal.map(wire::proposal),
            "subtree": subtree,
        })
    }
}

/// A change without its target.
pub(crate) fn what(change: &Change) -> String {
    let text = change.to_string();
    text.strip_prefix(&format!("{}: ", change.target())).unwrap_or(&text).to_owned()
}

fn by(name: &str, reason: Option<&str>) -> String {
    reason.map_or_else(|| name.to_owned(), |reason| format!("{name}: {reason}"))
}
