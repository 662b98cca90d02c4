//! Fingerprints: one number a flag that differs when anything its decisions depend on does.
//!
//! A flag's own definition is hashed when it is compiled; the hashes of what it refers to are folded in along the compiled
//! references, so that a new set of controls needs no definitions.

use alloc::{boxed::Box, vec, vec::Vec};
use core::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use crate::{
    CheckedDefinitions, FlagDefinition, FlagSet,
    definition::VariantDefinition,
    set::{Node, Span, narrow},
};

/// The hash of each flag's and then each segment's own definition.
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
    flags.chain(segments).collect()
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
        let mut done = vec![None; self.flags.len() + self.segments.len()];
        // Chains are bounded by the check, so recursion is.
        let all: Vec<u64> = (0..self.flags.len()).map(|at| self.fingerprint_of(at, &mut done)).collect();
        let mut digest = SipHasher13::new_with_keys(0, 0);
        self.environment.hash(&mut digest);
        all.hash(&mut digest);
        self.digest = digest.finish();
        self.fingerprints = all.into();
    }

    /// The fingerprint of a flag, or, from `flags.len()` on, of a segment.
    fn fingerprint_of(&self, at: usize, done: &mut Vec<Option<u64>>) -> u64 {
        if let Some(Some(known)) = done.get(at) {
            return *known;
        }
        let own = self.own_fingerprints.get(at).copied().unwrap_or_default();
        let mut references = vec![];
        let controls = match self.flags.get(at) {
            Some(flag) => {
                self.references_of_flag(flag, &mut references);
                self.controls.get(flag.controls as usize)
            }
            None => {
                if let Some(segment) = self.segments.get(at - self.flags.len()) {
                    self.collect(segment.when, &mut references);
                }
                None
            }
        };
        let fingerprint = if references.is_empty() && controls.is_none() {
            own
        } else {
            let mut hasher = SipHasher13::new_with_keys(own, 0);
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
}
