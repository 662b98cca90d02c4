//! Whether a condition holds, and whether a context is in a segment.

use super::Evaluator;
use crate::{
    Attributes, Clock, Percentage,
    explain::Tracer,
    set::{Check, NONE, Node, Span},
};

impl<'e, C: Attributes + ?Sized, N: Clock + ?Sized, T: Tracer> Evaluator<'e, C, N, T> {
    /// Whether every node of a run holds.
    #[inline]
    pub(super) fn all_hold(&mut self, nodes: Span) -> bool {
        let set = self.set;
        nodes.of(&set.nodes).iter().all(|node| self.holds(node))
    }

    #[inline]
    pub(super) fn holds(&mut self, node: &'e Node) -> bool {
        // The usual condition is kept out of the recursive part, so that it can be inlined into the loop over rules.
        if let Node::Attribute { path, test } = node {
            let holds = match test {
                Check::Version(requirement) => self.meets(*requirement, *path),
                test => self.set.passes(test, &self.attribute(*path)),
            };
            if T::ACTIVE {
                let value = self.attribute(*path);
                self.tracer.clause(self.set, node, value, holds);
            }
            return holds;
        }
        self.holds_otherwise(node)
    }

    /// Whether an attribute is a version that meets a requirement.
    #[inline]
    fn meets(&self, requirement: u32, path: u32) -> bool {
        let requirement = self.set.versions.get(requirement as usize);
        let version = self.version(path);
        version.is_some_and(|version| requirement.is_some_and(|requirement| requirement.admits(&version)))
    }

    fn holds_otherwise(&mut self, node: &'e Node) -> bool {
        let set = self.set;
        self.tracer.enter_node(set, node);
        let holds = match node {
            // Told apart above.
            Node::Attribute { .. } => false,
            Node::Segment(segment) => self.is_in_segment(*segment),
            Node::Predicate(predicate) => self.ask_predicate(*predicate),
            Node::Flag { flag, asked } => self.is_met(*flag, *asked),
            Node::Environment { holds, .. } => *holds,
            Node::After(at) => self.now() >= *at,
            Node::Before(at) => self.now() < *at,
            Node::Percentage { draw, percentage } => self.is_admitted(*draw, *percentage),
            Node::All(inner) => self.all_hold(*inner),
            Node::Any(inner) => inner.of(&set.nodes).iter().any(|node| self.holds(node)),
            Node::Not(inner) => set.nodes.get(*inner as usize).is_some_and(|node| !self.holds(node)),
        };
        self.tracer.leave_node(set, node, self.now, holds);
        holds
    }

    /// Whether the context is in the segment: not excluded, and a member or by condition.
    pub(super) fn is_in_segment(&mut self, segment: u32) -> bool {
        let set = self.set;
        let Some(segment) = set.segments.get(segment as usize) else { return false };
        if segment.exclude != NONE || segment.members != NONE {
            let unit = self.unit(segment.unit);
            let listed = |list: u32| unit.as_ref().is_some_and(|unit| set.text_set_has(list, unit.as_str()));
            let (excluded, member) = (listed(segment.exclude), listed(segment.members));
            self.tracer.membership(unit.as_ref().map(super::Unit::as_str), excluded, member);
            if excluded || member {
                return !excluded;
            }
        }
        !segment.when.is_empty() && self.all_hold(segment.when)
    }

    fn ask_predicate(&self, predicate: u32) -> bool {
        let function = self.set.predicates.get(predicate as usize).and_then(|slot| slot.function.as_deref());
        function.is_some_and(|function| function(&self.context))
    }

    /// A percentage condition; without a unit it is false.
    fn is_admitted(&mut self, draw: u32, percentage: Percentage) -> bool {
        let set = self.set;
        let Some(condition) = set.draws.get(draw as usize) else { return false };
        let Some(draw) = self.draw(condition.key, condition.unit) else { return false };
        if T::ACTIVE
            && let Some(unit) = self.unit(condition.unit)
        {
            self.tracer.percentage_draw(unit.as_str(), draw, percentage);
        }
        draw.is_admitted(percentage)
    }
}
