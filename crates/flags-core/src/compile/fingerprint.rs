//! Fingerprints: one number a flag that differs when anything its decisions depend on does.
//!
//! A flag's own definition is hashed when it is compiled; the hashes of what it refers to are folded in along the compiled
//! references, so that a new set of controls needs no definitions.

use alloc::{boxed::Box, vec, vec::Vec};
use core::hash::{Hash, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use siphasher::sip::SipHasher13;

use super::experiments::{Covering, layer_starts};
use crate::{
    CheckedDefinitions, ExperimentDefinition, FlagDefinition, FlagSet,
    definition::{AnalysisDefinition, ArmDefinition, LayerDefinition, MetricDefinition, VariantDefinition},
    set::{ExperimentControls, Node, Span, narrow},
};

/// The hash of each flag's, then each segment's, then each experiment's own definition.
pub(super) fn of_each(definitions: &CheckedDefinitions, environment: &str) -> Box<[u64]> {
    let of = |hash: &dyn Fn(&mut SipHasher13)| {
        let mut hasher = SipHasher13::new_with_keys(0, 0);
        // Whoever names no attributes for the unit depends on those of the set.
        definitions.bucket_by.hash(&mut hasher);
        environment.hash(&mut hasher);
        hash(&mut hasher);
        hasher.finish()
    };
    let flags = definitions.flags.iter().map(|flag| of(&|hasher| hash_flag(flag.in_environment(environment), hasher)));
    let segments = definitions.segments.iter().map(|segment| {
        of(&|hasher| {
            (&segment.key, &segment.members, &segment.exclude, &segment.when).hash(hasher);
            (&segment.bucket_by, &segment.salt).hash(hasher);
        })
    });
    let covering = Covering::of(definitions);
    let layers: HashMap<&str, &LayerDefinition, FixedState> =
        definitions.layers.iter().map(|layer| (&*layer.key, layer)).collect();
    let experiments = definitions.experiments.iter().zip(layer_starts(definitions)).map(|(experiment, start)| {
        of(&|hasher| {
            let layer = experiment.layer.as_deref().and_then(|layer| layers.get(layer));
            layer.map(|layer| (&layer.salt, start)).hash(hasher);
            for at in covering.common.iter().chain(covering.named(&experiment.key)) {
                let holdout = definitions.holdouts.get(*at);
                holdout.map(|holdout| (&holdout.key, holdout.percentage, &holdout.salt)).hash(hasher);
            }
            hash_experiment(experiment, hasher);
        })
    });
    flags.chain(segments).chain(experiments).collect()
}

/// The hash of what is written of an experiment and assigns nobody to anything.
pub(super) fn of_description(experiment: &ExperimentDefinition) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0, 1);
    let ExperimentDefinition { hypothesis, description, owner, arms, metrics, analysis, .. } = experiment;
    (hypothesis, description, owner).hash(&mut hasher);
    for arm in arms {
        (&arm.description, arm.control).hash(&mut hasher);
        arm.payload.hash(&mut hasher);
    }
    metrics.len().hash(&mut hasher);
    for metric in metrics {
        hash_metric(metric, &mut hasher);
    }
    let AnalysisDefinition { confidence, power, method, correction, decide, daily_units } = analysis;
    (confidence.to_bits(), power.to_bits(), method, correction, decide, daily_units).hash(&mut hasher);
    hasher.finish()
}

/// Hashes what assigns units to the arms of an experiment. A new field does not compile until it is named here.
fn hash_experiment(experiment: &ExperimentDefinition, hasher: &mut SipHasher13) {
    let ExperimentDefinition {
        key,
        hypothesis: _,
        description: _,
        owner: _,
        status,
        start,
        end,
        layer,
        traffic,
        bucket_by,
        salt,
        audience,
        arms,
        metrics: _,
        analysis: _,
        winner,
    } = experiment;
    (key, status, start, end, layer, traffic, bucket_by, salt, audience, winner).hash(hasher);
    for ArmDefinition { name, description: _, control: _, weight, overrides, payload: _ } in arms {
        (name, weight, overrides).hash(hasher);
    }
}

fn hash_metric(metric: &MetricDefinition, hasher: &mut SipHasher13) {
    let MetricDefinition {
        name,
        kind,
        event,
        numerator,
        denominator,
        role,
        goal,
        window,
        minimum_detectable_effect,
        baseline,
        deviation,
        margin,
        winsorize,
    } = metric;
    (name, kind, event, numerator, denominator, role, goal, window).hash(hasher);
    let numbers = [minimum_detectable_effect, baseline, deviation, margin, winsorize];
    numbers.map(|number| number.map(f64::to_bits)).hash(hasher);
}

/// Hashes every field of a flag but its forms in other environments. A new field does not compile until it is named here.
fn hash_flag(flag: &FlagDefinition, hasher: &mut SipHasher13) {
    let FlagDefinition {
        key,
        value_type,
        description,
        owner,
        tags,
        metadata,
        expires,
        protected,
        created_at,
        updated_at,
        updated_by,
        parent,
        requires,
        state,
        variants,
        off,
        serve,
        rollout_percentage,
        schedule,
        overrides,
        conditions,
        targets,
        rules,
        bucket_by,
        salt,
        environments: _,
    } = flag;
    (key, value_type, description, owner, tags, expires, protected).hash(hasher);
    (created_at, updated_at, updated_by, parent, requires, state).hash(hasher);
    (off, serve, rollout_percentage, schedule, overrides, conditions).hash(hasher);
    (targets, rules, bucket_by, salt).hash(hasher);
    metadata.hash(hasher);
    for VariantDefinition { name, value, weight } in variants {
        (name, value, weight).hash(hasher);
    }
}

impl FlagSet {
    /// Computes every flag's fingerprint and the set's digest from the hashes of the single definitions and the controls.
    pub(super) fn update_fingerprints(&mut self) {
        let first_experiment = self.flags.len() + self.segments.len();
        let end = first_experiment + self.experiments.len();
        let mut done = vec![None; end];
        // Chains are bounded by the check, so recursion is.
        let places = (0..self.flags.len()).chain(first_experiment..end);
        let all: Vec<u64> = places.map(|at| self.fingerprint_of(at, &mut done)).collect();
        let mut digest = SipHasher13::new_with_keys(0, 0);
        self.environment.hash(&mut digest);
        all.hash(&mut digest);
        self.described_fingerprints.hash(&mut digest);
        self.digest = digest.finish();
        self.fingerprints = all.into();
    }

    /// The fingerprint of a flag, or, from `flags.len()` on, of a segment, or, after those, of an experiment.
    fn fingerprint_of(&self, at: usize, done: &mut Vec<Option<u64>>) -> u64 {
        if let Some(Some(known)) = done.get(at) {
            return *known;
        }
        let own = self.own_fingerprints.get(at).copied().unwrap_or_default();
        let mut references = vec![];
        let mut controls = None;
        let mut of_experiment = None;
        if let Some(flag) = self.flags.get(at) {
            self.references_of_flag(flag, &mut references);
            controls = self.controls.get(flag.controls as usize);
        } else if let Some(segment) = self.segments.get(at - self.flags.len()) {
            self.collect(segment.when, &mut references);
        } else if let Some(experiment) = self.experiments.get(at - self.flags.len() - self.segments.len()) {
            self.collect(experiment.audience, &mut references);
            of_experiment = Some(experiment.controls).filter(|controls| *controls != ExperimentControls::default());
        }
        let fingerprint = if references.is_empty() && controls.is_none() && of_experiment.is_none() {
            own
        } else {
            let mut hasher = SipHasher13::new_with_keys(own, 0);
            of_experiment.hash(&mut hasher);
            if let Some(controls) = controls {
                (controls.killed, controls.everybody, &controls.units, controls.breaker_open, controls.percentage)
                    .hash(&mut hasher);
            }
            for reference in references {
                self.fingerprint_of(reference as usize, done).hash(&mut hasher);
            }
            hasher.finish()
        };
        if let Some(slot) = done.get_mut(at) {
            *slot = Some(fingerprint);
        }
        fingerprint
    }

    fn references_of_flag(&self, flag: &crate::set::Flag, references: &mut Vec<u32>) {
        self.collect(flag.conditions, references);
        for rule in flag.rules.of(&self.rules) {
            self.collect(rule.when, references);
        }
        if let Some(extra) = self.extras.get(flag.extra as usize) {
            references.extend((extra.parent != crate::set::NONE).then_some(extra.parent));
            references.extend(extra.requires.iter().map(|required| required.flag));
            if let Some(targets) = &extra.targets {
                references.extend(targets.segments.iter().map(|segment| self.segment_reference(*segment)));
            }
            references.extend(extra.experiments.iter().map(|on_it| self.experiment_reference(on_it.experiment)));
        }
    }

    fn collect(&self, nodes: Span, references: &mut Vec<u32>) {
        for node in nodes.of(&self.nodes) {
            self.collect_node(node, references);
        }
    }

    fn collect_node(&self, node: &Node, references: &mut Vec<u32>) {
        match node {
            Node::Segment(segment) => references.push(self.segment_reference(*segment)),
            Node::Flag { flag, .. } => references.push(*flag),
            Node::All(inner) | Node::Any(inner) => self.collect(*inner, references),
            Node::Not(inner) => {
                if let Some(node) = self.nodes.get(*inner as usize) {
                    self.collect_node(node, references);
                }
            }
            _ => {}
        }
    }

    fn segment_reference(&self, segment: u32) -> u32 {
        narrow(self.flags.len()).saturating_add(segment)
    }

    fn experiment_reference(&self, experiment: u32) -> u32 {
        narrow(self.flags.len() + self.segments.len()).saturating_add(experiment)
    }
}
