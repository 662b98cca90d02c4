//! The controls of a state folder, opened by somebody who acts.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use flags::{
    Clock as _, SystemClock,
    control::{
        Command, ControlError, ControlState, Controls, Incident, LocalOptions, Origin, Receipt, Refusal, Request,
        Rules, StoreError, audit::Draft,
    },
};

use super::{
    CommandLine, Known, OperatorOptions, StateOption,
    actor::{KnownBy, Person, person},
    confirming,
};
use crate::{failure::Failure, output::note};

/// The controls of a state folder, and who acts on them.
pub(crate) struct Desk {
    controls: Controls,
    folder: PathBuf,
    person: Person,
    reason: Option<String>,
}

impl Desk {
    /// Opens the state folder for somebody.
    pub(crate) fn open(options: &OperatorOptions) -> Result<Self, Failure> {
        let person = person(options)?;
        let folder = options.state.existing()?;
        if !["controls.json", "definitions.json", "lock"].iter().any(|name| folder.join(name).exists()) {
            note(&format!("{} was no state folder until now: no program has used it yet", folder.display()));
        }
        let controls = open(&folder, &options.state)?;
        Ok(Self { controls, folder, person, reason: options.reason.clone() })
    }

    /// Opens a state folder that may be damaged, and says what was made good. Who accepts the loss of controls is recorded.
    pub(crate) fn recover(options: &OperatorOptions, accept_loss: bool) -> Result<(Self, Vec<String>), Failure> {
        let person = person(options)?;
        let folder = options.state.existing()?;
        let line = CommandLine::new(options, None);
        let local = LocalOptions::default().accept_loss(accept_loss);
        let opened = Controls::open(&folder, local, Rules::default());
        let controls = opened.map_err(|error| match error {
            ControlError::Store(StoreError::Lost { .. }) => Failure::Denied {
                message: error.to_string(),
                help: Some(format!(
                    "`{}` shows the kills that the log still knows; `{}` begins without any controls",
                    line.look(&["audit", "list", "--action", "kill"]),
                    line.of_same(&["recover", "--accept-loss"]),
                )),
            },
            other => Failure::Io(other.to_string()),
        })?;
        let incidents = controls.take_incidents();
        if incidents.iter().any(|incident| matches!(incident, Incident::LossAccepted { .. })) {
            let accepted = Draft {
                at: SystemClock.now(),
                actor: person.actor.clone(),
                origin: Origin::Cli,
                action: "loss_accepted".into(),
                target: None,
                reason: options.reason.as_deref().map(Into::into),
                before: None,
                after: None,
                revision: None,
            };
            controls.record(&[accepted]).map_err(|error| unreadable(&error, &line))?;
        }
        let words = incidents.iter().map(ToString::to_string).collect();
        Ok((Self { controls, folder, person, reason: options.reason.clone() }, words))
    }

    /// The state folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The controls as they are now.
    pub(crate) fn state(&self) -> Arc<ControlState> {
        self.controls.state()
    }

    /// Asks something of the controls. What is accepted lasts when this returns.
    pub(crate) fn apply(&self, command: Command, known: &Known, line: &CommandLine) -> Result<Receipt, Failure> {
        let mut request = Request::new(self.person.actor.clone(), Origin::Cli, command);
        if let Some(reason) = &self.reason {
            request = request.because(reason);
        }
        let now = SystemClock.now();
        let applied = self.controls.apply(&request, &|target| known.protection(target), now);
        self.controls.take_incidents().iter().for_each(|incident| note(&incident.to_string()));
        applied.map_err(|error| match error {
            ControlError::Refused(refusal) => Failure::Denied {
                help: self.help(&refusal, &request.command, line),
                message: format!("{refusal}{}", self.who(&refusal)),
            },
            other => unreadable(&other, line),
        })
    }

    /// Who acts, where that is why it is refused.
    fn who(&self, refusal: &Refusal) -> String {
        match (refusal, self.person.known_by) {
            (Refusal::OwnProposal { .. } | Refusal::OwnControl { .. } | Refusal::NotTheAuthor { .. }, known_by) => {
                format!(" (you are {}, {})", self.person.actor, known_by.words())
            }
            _ => String::new(),
        }
    }

    /// The command that would do it, or that shows what is the matter.
    fn help(&self, refusal: &Refusal, command: &Command, line: &CommandLine) -> Option<String> {
        let state = self.state();
        Some(match (refusal, command) {
            (Refusal::NeedsApproval { .. } | Refusal::ProtectionUnknown { .. }, Command::Change(change)) => {
                line.change(change, true)
            }
            (Refusal::OwnProposal { id, .. }, _) => {
                format!("by somebody else: {}", line.of_another(&["approve", &id.to_string()]))
            }
            (Refusal::OwnControl { target, .. }, _) => {
                format!("by somebody else: {}", line.of_another(&confirming(target)))
            }
            (Refusal::ProposalExpired { id, .. }, _) => line.change(&state.proposal(*id)?.change, true),
            (Refusal::EndInThePast { target, .. }, _) => line.of_same(&["experiment", "stop", target.key()]),
            (Refusal::BaseChanged { id, .. }, _) => line.of_same(&["reject", &id.to_string()]),
            (Refusal::UnknownNumber { .. } | Refusal::TooManyProposals { .. }, _) => line.look(&["proposals"]),
            (Refusal::NothingToConfirm { .. } | Refusal::TooManyControls { .. } | Refusal::TooMuchText { .. }, _) => {
                line.look(&["controls"])
            }
            _ => return None,
        })
    }

    /// Who acts, as messages name him.
    pub(crate) fn actor(&self) -> &flags::control::Actor {
        &self.person.actor
    }

    /// Whether his name was taken from the login.
    pub(crate) fn is_known_by_login(&self) -> bool {
        self.person.known_by == KnownBy::Login
    }
}

/// Opens the controls of a folder that is there, and tells what had to be made good.
pub(super) fn open(folder: &Path, state: &StateOption) -> Result<Controls, Failure> {
    let opened = Controls::open(folder, LocalOptions::default(), Rules::default());
    let controls = opened.map_err(|error| unreadable(&error, &CommandLine::of_state(state)))?;
    controls.take_incidents().iter().for_each(|incident| note(&incident.to_string()));
    Ok(controls)
}

/// Why controls could not be read or kept.
pub(crate) fn unreadable(error: &ControlError, line: &CommandLine) -> Failure {
    match error {
        ControlError::Store(StoreError::Lost { .. }) => {
            Failure::Io(format!("{error}\nhelp: {}", line.look(&["recover"])))
        }
        _ => Failure::Io(error.to_string()),
    }
}
