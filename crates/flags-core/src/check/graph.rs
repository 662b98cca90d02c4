//! The graph of flags, segments and experiments: parents, prerequisites, `flag` and `segment` conditions, and the experiments
//! on a flag, whose audience may ask for flags and segments again.
//!
//! It has to be free of circles in every environment, and bounded in depth and in what one evaluation may cost, so that an
//! evaluation ends soon and on a small stack whatever a file says.

use alloc::{boxed::Box, vec, vec::Vec};

use hashbrown::HashMap;

use crate::{Condition, DefinitionError, Definitions, FlagDefinition, PathPart, Problem, compile::Covering};

/// How many flags, segments and nested conditions one evaluation may be deep.
pub(super) const MAX_LEVELS: u32 = 512;
/// How many flags, segments and conditions one evaluation may have to look at.
pub(super) const MAX_STEPS: u32 = 100_000;

type Index<'d> = HashMap<&'d str, usize, foldhash::fast::FixedState>;

/// Circles, chains that are too long, and evaluations that could take too many steps.
pub(super) fn problems(definitions: &Definitions) -> Vec<DefinitionError> {
    let mut problems = walk(definitions, None);
    // Only an environment in which some flag refers to others than its base does can differ.
    let mut environments: Vec<&str> = definitions
        .flags
        .iter()
        .flat_map(|flag| flag.environments.iter().filter(|(_, form)| references_differ(flag, form)))
        .map(|(name, _)| &**name)
        .collect();
    environments.sort_unstable();
    environments.dedup();
    for environment in environments {
        for problem in walk(definitions, Some(environment)) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    problems
}

fn references_differ(base: &FlagDefinition, form: &FlagDefinition) -> bool {
    (&base.parent, &base.requires, &base.conditions, &base.targets.segments, &base.rules)
        != (&form.parent, &form.requires, &form.conditions, &form.targets.segments, &form.rules)
}

/// A flag, a segment or an experiment, and what an evaluation of it leads to.
struct Node<'d> {
    kind: &'static str,
    key: &'d str,
    /// What it refers to: the other node, and how many levels of conditions lie between.
    references: Vec<(usize, u32)>,
    /// Its own conditions and steps.
    own_steps: u32,
    own_levels: u32,
}

fn nodes<'d>(definitions: &'d Definitions, environment: Option<&str>) -> Vec<Node<'d>> {
    let hasher = foldhash::fast::FixedState::default;
    let mut flags = Index::with_capacity_and_hasher(definitions.flags.len(), hasher());
    let mut segments = Index::with_capacity_and_hasher(definitions.segments.len(), hasher());
    flags.extend(definitions.flags.iter().enumerate().map(|(at, flag)| (&*flag.key, at)));
    let first = definitions.flags.len();
    segments.extend(definitions.segments.iter().enumerate().map(|(at, segment)| (&*segment.key, first + at)));

    let new = |kind, key| Node { kind, key, references: vec![], own_steps: 1, own_levels: 1 };
    let count = definitions.flags.len() + definitions.segments.len() + definitions.experiments.len();
    let mut nodes = Vec::with_capacity(count);
    for flag in &definitions.flags {
        let form = environment.map_or(flag, |environment| flag.in_environment(environment));
        let mut node = new("flag", &*flag.key);
        for key in form.parent.iter().chain(form.requires.iter().map(|required| &required.flag)) {
            node.refer(flags.get(&**key), 0);
        }
        for key in &form.targets.segments {
            node.refer(segments.get(&**key), 0);
        }
        for condition in form.conditions.iter().chain(form.rules.iter().flat_map(|rule| &rule.when)) {
            node.collect(condition, 1, &flags, &segments);
        }
        nodes.push(node);
    }
    for segment in &definitions.segments {
        let mut node = new("segment", &*segment.key);
        for condition in &segment.when {
            node.collect(condition, 1, &flags, &segments);
        }
        nodes.push(node);
    }
    let covering = Covering::of(definitions);
    for experiment in &definitions.experiments {
        let mut node = new("experiment", &*experiment.key);
        let draws = covering.common.len() + covering.named(&experiment.key).len();
        node.own_steps = node.own_steps.saturating_add(u32::try_from(draws).unwrap_or(u32::MAX));
        for condition in &experiment.audience {
            node.collect(condition, 1, &flags, &segments);
        }
        let place = nodes.len();
        for flag in experiment.flags().into_iter().filter_map(|flag| flags.get(flag)) {
            nodes[*flag].refer(Some(&place), 0);
        }
        nodes.push(node);
    }
    nodes
}

impl Node<'_> {
    fn refer(&mut self, node: Option<&usize>, levels: u32) {
        self.references.extend(node.map(|node| (*node, levels)));
    }

    fn collect(&mut self, condition: &Condition, level: u32, flags: &Index<'_>, segments: &Index<'_>) {
        self.own_steps = self.own_steps.saturating_add(1);
        self.own_levels = self.own_levels.max(1 + level);
        match condition {
            Condition::Segment(key) => self.refer(segments.get(&**key), level),
            Condition::Flag { flag, .. } => self.refer(flags.get(&**flag), level),
            Condition::All(inner) | Condition::Any(inner) => {
                for condition in inner {
                    self.collect(condition, level + 1, flags, segments);
                }
            }
            Condition::Not(inner) => self.collect(inner, level + 1, flags, segments),
            _ => {}
        }
    }

    fn error(&self, problem: Problem) -> DefinitionError {
        let section = match self.kind {
            "flag" => "features",
            "segment" => "segments",
            _ => "experiments",
        };
        DefinitionError { path: vec![section.into(), PathPart::Key(self.key.into())], problem }
    }
}

/// How far a node has been followed.
#[derive(Clone, Copy)]
enum Mark {
    New,
    /// On the way that is being followed; the number is the place of the next reference.
    Open(usize),
    /// Followed to the end: levels and steps of one evaluation of it.
    Done {
        levels: u32,
        steps: u32,
    },
}

/// Follows every reference, depth first, with a stack of its own: a file may hold a chain longer than the thread's stack.
fn walk(definitions: &Definitions, environment: Option<&str>) -> Vec<DefinitionError> {
    let nodes = nodes(definitions, environment);
    let mut marks = vec![Mark::New; nodes.len()];
    let mut problems = vec![];
    let mut way: Vec<usize> = vec![];
    for start in 0..nodes.len() {
        if matches!(marks[start], Mark::New) {
            marks[start] = Mark::Open(0);
            way.push(start);
        }
        while let Some(&at) = way.last() {
            let Mark::Open(next) = marks[at] else { break };
            let Some(&(other, _)) = nodes[at].references.get(next) else {
                marks[at] = finish(&nodes[at], &marks, &mut problems);
                way.pop();
                continue;
            };
            marks[at] = Mark::Open(next + 1);
            match marks[other] {
                Mark::New => {
                    marks[other] = Mark::Open(0);
                    way.push(other);
                }
                Mark::Open(_) => problems.push(cycle(&nodes, &way, other)),
                Mark::Done { .. } => {}
            }
        }
    }
    problems
}

fn cycle(nodes: &[Node<'_>], way: &[usize], back_to: usize) -> DefinitionError {
    let start = way.iter().position(|at| *at == back_to).unwrap_or(0);
    let round = way[start..].iter().chain([&back_to]);
    let path: Vec<(&'static str, Box<str>)> = round.map(|at| (nodes[*at].kind, nodes[*at].key.into())).collect();
    nodes[back_to].error(Problem::Cycle { path })
}

/// Sums up a node whose references have all been followed, and reports it if it is the first beyond a limit.
fn finish(node: &Node<'_>, marks: &[Mark], problems: &mut Vec<DefinitionError>) -> Mark {
    let (mut levels, mut steps) = (node.own_levels, node.own_steps);
    let mut already = false;
    for (other, between) in &node.references {
        if let Mark::Done { levels: other_levels, steps: other_steps } = marks[*other] {
            already |= other_levels > MAX_LEVELS || other_steps > MAX_STEPS;
            levels = levels.max(other_levels.saturating_add(1 + between));
            steps = steps.saturating_add(other_steps);
        }
    }
    if levels > MAX_LEVELS && !already {
        problems.push(node.error(Problem::ChainTooLong { limit: MAX_LEVELS }));
    } else if steps > MAX_STEPS && !already {
        problems.push(node.error(Problem::TooExpensive { limit: MAX_STEPS }));
    }
    Mark::Done { levels, steps }
}
