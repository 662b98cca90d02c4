//! The tracer that writes down what an evaluation looks at.

use alloc::{borrow::ToOwned, boxed::Box, format, string::String, string::ToString, vec, vec::Vec};

use super::{
    Tracer,
    explanation::{Explanation, Note, NoteKind},
    notation::node_text,
};
use crate::{
    BUCKETS, Cause, Draw, ErrorCode, FlagSet, Outcome, Percentage, State, Timestamp, ValueRef,
    evaluate::{Enrolment, NotEnrolled},
    set::{Asked, Experiment, Holdout, Layer, NONE, Node, Rule, Split},
};

/// Records one evaluation and those it leads to.
pub(super) struct Recorder {
    /// The flag being evaluated, and the flags that asked for it before it.
    frames: Vec<Frame>,
}

/// The evaluation of one flag.
struct Frame {
    key: String,
    /// What was noted at the steps that were passed.
    passed: Vec<(u8, Vec<Note>)>,
    /// What has been noted since; the first is a collector for the step itself, the others are open notes.
    open: Vec<Note>,
}

impl Frame {
    fn new(key: &str) -> Self {
        Self { key: key.to_owned(), passed: vec![(1, vec![])], open: vec![collector()] }
    }

    /// The notes of the step that is under way.
    fn take_notes(&mut self) -> Vec<Note> {
        self.open.drain(..).next().map(|collector| collector.notes).unwrap_or_default()
    }

    fn finish(mut self, set: &FlagSet, outcome: Outcome) -> Explanation {
        // A missing unit is an error of the step that needed the draw: the one under way.
        let under_way = self.passed.last().map_or(1, |(number, _)| number + 1);
        let decided_by =
            if outcome.error() == Some(ErrorCode::TargetingKeyMissing) { under_way } else { outcome.cause().step() };
        let last = self.take_notes();
        let mut noted = self.passed;
        for number in under_way..=14 {
            noted.push((number, vec![]));
        }
        if let Some((_, notes)) = noted.iter_mut().find(|(number, _)| *number == decided_by) {
            *notes = last;
        }
        Explanation::of(&self.key, set, outcome, noted, decided_by)
    }
}

/// Gathers the notes of a step; never shown itself.
fn collector() -> Note {
    Note::new(NoteKind::List, String::new())
}

impl Recorder {
    pub(super) fn new(key: &str) -> Self {
        Self { frames: vec![Frame::new(key)] }
    }

    pub(super) fn finish(mut self, set: &FlagSet, outcome: Outcome) -> Explanation {
        let frame = self.frames.pop().unwrap_or_else(|| Frame::new(""));
        frame.finish(set, outcome)
    }

    fn open(&mut self, note: Note) {
        if let Some(frame) = self.frames.last_mut() {
            frame.open.push(note);
        }
    }

    fn close(&mut self, finish: impl FnOnce(Note) -> Note) {
        if let Some(note) = self.frames.last_mut().and_then(|frame| frame.open.pop()) {
            self.add(finish(note));
        }
    }

    fn add(&mut self, note: Note) {
        if let Some(parent) = self.frames.last_mut().and_then(|frame| frame.open.last_mut()) {
            parent.notes.push(note);
        }
    }
}

impl Tracer for Recorder {
    const ACTIVE: bool = true;

    fn passed(&mut self, cause: Cause) {
        if let Some(frame) = self.frames.last_mut() {
            let notes = frame.take_notes();
            frame.passed.push((cause.step(), notes));
            frame.open.push(collector());
        }
    }

    fn state(&mut self, state: State, environment: &str, scheduled: bool) {
        let mut note = Note::new(NoteKind::State, format!("state {state}")).holds(state.is_on_in(environment));
        if state == State::Development {
            note = note.actual(format!("environment {environment:?}"));
        } else if scheduled {
            note = note.actual("by the schedule");
        }
        self.add(note);
    }

    fn fixed_percentage(&mut self, percentage: Percentage) {
        if percentage != Percentage::HUNDRED {
            self.add(Note::new(NoteKind::Draw, format!("rollout_percentage {percentage}")).holds(false));
        }
    }

    fn rollout_draw(&mut self, unit: &str, draw: Draw, percentage: Percentage) {
        self.add(percentage_note("rollout_percentage", unit, draw, percentage));
    }

    fn percentage_draw(&mut self, unit: &str, draw: Draw, percentage: Percentage) {
        self.add(percentage_note("percentage", unit, draw, percentage));
    }

    fn variant_draw(&mut self, set: &FlagSet, unit: &str, draw: Draw, split: &Split, variant: u32) {
        let name = set.variants.get(variant as usize).map_or("", |variant| set.texts.get(variant.name));
        let note = Note::new(NoteKind::Draw, format!("split by weights that sum to {} -> `{name}`", split.total));
        self.add(note.actual(format!("unit {unit:?} at position {}", draw.position(split.total))));
    }

    fn no_unit(&mut self, set: &FlagSet, unit: u32) {
        let names: Vec<&str> = set.unit_names(unit).collect();
        let note = Note::new(NoteKind::Draw, format!("a unit from {}", names.join(", "))).holds(false);
        self.add(note.actual("the context has none of them"));
    }

    fn enter_flag(&mut self, set: &FlagSet, flag: u32, asked: Asked) {
        let key = set.flags.get(flag as usize).map_or("", |flag| set.texts.get(flag.key));
        let expected = match asked {
            Asked::On => format!("flag `{key}` is on"),
            Asked::Variant { name, .. } => format!("flag `{key}` serves `{}`", set.texts.get(name)),
        };
        self.open(Note::new(NoteKind::Flag, expected));
        self.frames.push(Frame::new(key));
    }

    fn leave_flag(&mut self, set: &FlagSet, outcome: Outcome, met: bool) {
        let explanation = self.frames.pop().map(|frame| Box::new(frame.finish(set, outcome)));
        self.close(|note| Note { flag: explanation, ..note.holds(met) });
    }

    fn listed(&mut self, unit: &str, found: bool) {
        self.add(
            Note::new(NoteKind::List, "the unit is listed in overrides").holds(found).actual(format!("unit {unit:?}")),
        );
    }

    fn target(&mut self, dimension: &'static str, matches: bool) {
        let notes = self.frames.last_mut().map(Frame::take_notes).unwrap_or_default();
        let (before, within): (Vec<Note>, Vec<Note>) =
            notes.into_iter().partition(|note| note.kind == NoteKind::Target);
        if let Some(frame) = self.frames.last_mut() {
            frame.open.push(Note { notes: before, ..collector() });
        }
        self.add(Note { notes: within, ..Note::new(NoteKind::Target, format!("targets.{dimension}")).holds(matches) });
    }

    fn enter_experiment(&mut self, set: &FlagSet, experiment: &Experiment) {
        self.open(Note::new(NoteKind::Experiment, format!("experiment `{}`", set.texts.get(experiment.key))));
    }

    fn leave_experiment(&mut self, set: &FlagSet, experiment: &Experiment, enrolment: Enrolment, variant: u32) {
        let arm = set.arm_view(enrolment.arm()).map_or("", crate::ArmView::name);
        let found = match enrolment {
            // What is noted below it says it in full.
            Enrolment::Not(NotEnrolled::Audience(_)) => Some("the context is not in the audience".to_owned()),
            Enrolment::Not(NotEnrolled::HeldOut(_)) => Some("held out".to_owned()),
            Enrolment::Not(NotEnrolled::NoUnit) => Some("no unit to enrol".to_owned()),
            Enrolment::Not(NotEnrolled::Traffic) => Some("not in the traffic".to_owned()),
            Enrolment::Not(NotEnrolled::Unknown) => None,
            Enrolment::Not(NotEnrolled::Status(status)) => Some(status.to_string()),
            Enrolment::Not(NotEnrolled::NotStarted) => {
                experiment.start_in_force().map(|start| format!("starts at {start}"))
            }
            Enrolment::Not(NotEnrolled::Ended) => experiment.end_in_force().map(|end| format!("ended at {end}")),
            Enrolment::Decided(_) if variant == NONE => {
                Some(format!("decided: arm `{arm}`, which leaves the flag as it is"))
            }
            Enrolment::Drawn(_) if variant == NONE => Some(format!("arm `{arm}`, which leaves the flag as it is")),
            Enrolment::Decided(_) => Some(format!("decided: arm `{arm}` for the whole audience")),
            Enrolment::Drawn(_) => Some(format!("arm `{arm}`")),
        };
        self.close(|note| Note { actual: found, ..note.holds(enrolment.arm() != NONE) });
    }

    fn holdout_draw(&mut self, set: &FlagSet, holdout: &Holdout, unit: &str, draw: Draw) {
        let (key, least) = (set.texts.get(holdout.key), holdout.share.thousandths());
        let expected = format!("not held out by `{key}`: bucket from {least} on of {BUCKETS}");
        self.add(drawn(expected, unit, draw).holds(!draw.is_admitted(holdout.share)));
    }

    fn traffic_draw(&mut self, unit: &str, draw: Draw, share: Percentage) {
        self.add(percentage_note("traffic", unit, draw, share));
    }

    fn fixed_traffic(&mut self, share: Percentage) {
        if share != Percentage::HUNDRED {
            self.add(Note::new(NoteKind::Draw, format!("traffic {share}")).holds(false));
        }
    }

    fn layer_draw(&mut self, set: &FlagSet, layer: &Layer, unit: &str, draw: Draw, (from, until): (u32, u32)) {
        let key = set.texts.get(layer.key);
        let expected = format!("range in layer `{key}`: bucket from {from} on and below {until} of {BUCKETS}");
        self.add(drawn(expected, unit, draw).holds((from..until).contains(&draw.bucket())));
    }

    fn arm_draw(&mut self, set: &FlagSet, experiment: &Experiment, unit: &str, draw: Draw, arm: u32) {
        let name = set.arm_view(arm).map_or("", crate::ArmView::name);
        let note = Note::new(NoteKind::Draw, format!("arms by weights that sum to {} -> `{name}`", experiment.total));
        self.add(note.actual(format!("unit {unit:?} at position {}", draw.position(experiment.total))));
    }

    fn enter_rule(&mut self, set: &FlagSet, rule: &Rule, index: usize) {
        let name = rule.name.map(|name| format!(" `{}`", set.texts.get(name))).unwrap_or_default();
        self.open(Note::new(NoteKind::Rule, format!("rule {}{name}", index + 1)));
    }

    fn leave_rule(&mut self, decided: bool) {
        self.close(|note| note.holds(decided));
    }

    fn clause(&mut self, set: &FlagSet, node: &Node, actual: Option<ValueRef<'_>>, holds: bool) {
        let actual = actual.map_or_else(|| "missing".to_owned(), |value| value.to_string());
        self.add(Note::new(NoteKind::Condition, node_text(set, node)).holds(holds).actual(actual));
    }

    fn enter_node(&mut self, set: &FlagSet, node: &Node) {
        self.open(Note::new(NoteKind::Condition, node_text(set, node)));
    }

    fn leave_node(&mut self, set: &FlagSet, node: &Node, now: Option<Timestamp>, holds: bool) {
        let actual = match node {
            Node::After(_) | Node::Before(_) => now.map(|now| format!("now {now}")),
            Node::Environment { .. } => Some(format!("environment {:?}", set.environment())),
            Node::Predicate(predicate) => set
                .predicates
                .get(*predicate as usize)
                .filter(|slot| slot.function.is_none())
                .map(|_| "not registered".to_owned()),
            _ => None,
        };
        self.close(|note| Note { actual, ..note.holds(holds) });
    }

    fn membership(&mut self, unit: Option<&str>, excluded: bool, member: bool) {
        let unit = unit.map_or_else(|| "no unit".to_owned(), |unit| format!("unit {unit:?}"));
        let (expected, holds) = match (excluded, member) {
            (true, _) => ("not in exclude", false),
            (false, true) => ("in members", true),
            (false, false) => ("in members", false),
        };
        self.add(Note::new(NoteKind::List, expected).holds(holds).actual(unit));
    }
}

fn percentage_note(name: &str, unit: &str, draw: Draw, percentage: Percentage) -> Note {
    let expected = format!("{name} {percentage}: bucket below {} of {BUCKETS}", percentage.thousandths());
    drawn(expected, unit, draw).holds(draw.is_admitted(percentage))
}

fn drawn(expected: String, unit: &str, draw: Draw) -> Note {
    Note::new(NoteKind::Draw, expected).actual(format!("unit {unit:?} in bucket {}", draw.bucket()))
}
