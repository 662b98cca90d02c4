//! What the writer does, how it says so, and what should come of it: a map of flags, told without the library.

use std::{collections::BTreeMap, fmt, str::FromStr};

use flags_control::{Action, ControlState};

/// One thing that the writer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Kill(String),
    Revive(String),
    Override(String, String),
    Clear(String),
    Note(u64),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(flag) => write!(f, "kill {flag}"),
            Self::Revive(flag) => write!(f, "revive {flag}"),
            Self::Override(flag, variant) => write!(f, "override {flag} {variant}"),
            Self::Clear(flag) => write!(f, "clear {flag}"),
            Self::Note(number) => write!(f, "note {number}"),
        }
    }
}

impl FromStr for Operation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match *text.split(' ').collect::<Vec<_>>() {
            ["kill", flag] => Ok(Self::Kill(flag.into())),
            ["revive", flag] => Ok(Self::Revive(flag.into())),
            ["override", flag, variant] => Ok(Self::Override(flag.into(), variant.into())),
            ["clear", flag] => Ok(Self::Clear(flag.into())),
            ["note", number] => number.parse().map(Self::Note).map_err(|_| text.into()),
            _ => Err(text.into()),
        }
    }
}

/// What a flag should be under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Controlled {
    killed: bool,
    variant: Option<String>,
}

/// What should be in the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) revision: u64,
    pub(super) flags: BTreeMap<String, Controlled>,
    pub(super) notes: Vec<u64>,
}

impl Model {
    /// After that operation.
    pub(super) fn with(&self, operation: &Operation) -> Self {
        let mut next = self.clone();
        let mut change = |flag: &String, change: &dyn Fn(&mut Controlled)| {
            next.revision += 1;
            let controlled = next.flags.entry(flag.clone()).or_default();
            change(controlled);
            if *controlled == Controlled::default() {
                next.flags.remove(flag);
            }
        };
        match operation {
            Operation::Kill(flag) => change(flag, &|controlled| controlled.killed = true),
            Operation::Revive(flag) => change(flag, &|controlled| controlled.killed = false),
            Operation::Override(flag, variant) => {
                change(flag, &|controlled| controlled.variant = Some(variant.clone()));
            }
            Operation::Clear(flag) => change(flag, &|controlled| controlled.variant = None),
            Operation::Note(number) => next.notes.push(*number),
        }
        next
    }
}

/// What a state comes to, in the terms of the model.
pub(super) fn flags_of(state: &ControlState) -> BTreeMap<String, Controlled> {
    let mut flags: BTreeMap<String, Controlled> = BTreeMap::new();
    for control in state.controls() {
        let controlled = flags.entry(control.target.key().to_owned()).or_default();
        match &control.action {
            Action::Kill => controlled.killed = true,
            Action::Override { variant } => controlled.variant = Some(variant.to_string()),
            other => panic!("nobody set {other:?}"),
        }
    }
    flags
}

/// A line of the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is about to do that.
    Trying(Operation),
    /// It was done for good.
    Done,
    /// It is in force for good, and its entry will follow.
    Owed,
    /// It was refused for want of room, and nothing was changed.
    NoRoom,
}

/// How the lines of the writer begin, in the midst of those of the test program.
const MARK: &str = "> ";

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trying(operation) => write!(f, "{MARK}trying {operation}"),
            Self::Done => write!(f, "{MARK}done"),
            Self::Owed => write!(f, "{MARK}owed"),
            Self::NoRoom => write!(f, "{MARK}no room"),
        }
    }
}

impl Said {
    /// What a line says; `None` if it is not the writer's, or was cut off by the kill.
    pub(super) fn parse(line: &str) -> Option<Self> {
        match line.strip_suffix('\n')?.strip_prefix(MARK)? {
            "done" => Some(Self::Done),
            "owed" => Some(Self::Owed),
            "no room" => Some(Self::NoRoom),
            other => Some(Self::Trying(other.strip_prefix("trying ")?.parse().unwrap())),
        }
    }
}

/// Random numbers that follow from a seed (`splitmix64`).
#[derive(Clone, Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
