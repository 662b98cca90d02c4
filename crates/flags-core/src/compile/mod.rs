//! From checked definitions to a set: names become places, lists become arenas, salts become keys.
//!
//! Compiling cannot fail, because [`Definitions::check`](crate::Definitions::check) has refused whatever could.

mod conditions;
mod controls;
mod experiments;
mod fingerprint;
mod flags;
mod forced;

pub(crate) use self::experiments::Covering;
pub use self::forced::ForcedValue;

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc, vec, vec::Vec};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

use crate::{
    AttributeName, CheckedDefinitions, DEFAULT_BUCKET_BY, FlagDefinition, FlagSet, IpRange, Overlay, Pattern,
    Predicates, SegmentDefinition, Value, VersionRequirement,
    number::Number,
    set::{
        Arm, ArmVariant, ConditionDraw, Experiment, ExperimentArm, Extra, Flag, FlagExperiment, Holdout, IndexEntry,
        Layer, Node, Operand, Path, PredicateSlot, Rule, Segment, Span, Special, Split, TargetPaths, Text, TextSet,
        TextsBuilder, UnitSource, Variant, hash_key, narrow,
    },
};

/// For whom a set is compiled: the client's environment, the controls in force, and the application's predicates.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions<'a> {
    /// The environment; definitions may differ between environments.
    pub environment: &'a str,
    /// The controls; none by default.
    pub overlay: Overlay,
    /// The predicates; none by default.
    pub predicates: Predicates,
}

impl<'a> CompileOptions<'a> {
    /// No controls and no predicates.
    #[must_use]
    pub fn new(environment: &'a str) -> Self {
        Self { environment, ..Self::default() }
    }
}

impl FlagSet {
    /// Compiles definitions for one environment.
    #[must_use]
    pub fn compile(definitions: &CheckedDefinitions, options: &CompileOptions<'_>) -> Self {
        let mut compiler = Compiler::new(definitions, options);
        compiler.run(definitions);
        let mut set = compiler.finish();
        set.experiment_definitions = Arc::from(&*definitions.experiments);
        set.own_fingerprints = fingerprint::of_each(definitions, options.environment);
        set.described_fingerprints = definitions.experiments.iter().map(fingerprint::of_description).collect();
        set.apply_controls(&options.overlay);
        set
    }
}

/// The arenas as they grow.
struct Compiler<'c> {
    environment: &'c str,
    predicates: &'c Predicates,
    texts: TextsBuilder,
    flag_places: HashMap<&'c str, u32, FixedState>,
    segment_places: HashMap<&'c str, u32, FixedState>,
    /// Each flag as it is in the environment.
    flag_forms: Vec<&'c FlagDefinition>,
    /// Where each flag's written variants start.
    variant_starts: Vec<u32>,
    flags: Vec<Flag>,
    rules: Vec<Rule>,
    variants: Vec<Variant>,
    splits: Vec<Split>,
    arms: Vec<Arm>,
    extras: Vec<Extra>,
    segments: Vec<Segment>,
    nodes: Vec<Node>,
    paths: Vec<Path>,
    known_paths: HashMap<Box<str>, u32, FixedState>,
    units: Vec<UnitSource>,
    text_lists: Vec<Text>,
    known_text_lists: HashMap<Box<[Text]>, Span, FixedState>,
    operands: Vec<Operand>,
    text_sets: Vec<TextSet>,
    known_text_sets: HashMap<(Box<[Text]>, bool), u32, FixedState>,
    numbers: Vec<Number>,
    patterns: Vec<Pattern>,
    versions: Vec<VersionRequirement>,
    known_versions: BTreeMap<Box<str>, u32>,
    ip_ranges: Vec<IpRange>,
    draws: Vec<ConditionDraw>,
    predicate_slots: Vec<PredicateSlot>,
    experiments: Vec<Experiment>,
    experiment_arms: Vec<ExperimentArm>,
    arm_variants: Vec<ArmVariant>,
    experiment_flags: Vec<u32>,
    experiment_holdouts: Vec<u32>,
    common_holdouts: Vec<u32>,
    layers: Vec<Layer>,
    holdouts: Vec<Holdout>,
    /// The experiments on each flag that has any, by the place of the flag.
    experiments_on: HashMap<u32, Vec<FlagExperiment>, FixedState>,
}

impl<'c> Compiler<'c> {
    fn new(definitions: &'c CheckedDefinitions, options: &'c CompileOptions<'c>) -> Self {
        let place = |at: usize, key: &'c str| (key, narrow(at));
        let mut compiler = Self {
            environment: options.environment,
            predicates: &options.predicates,
            texts: TextsBuilder::default(),
            flag_places: definitions.flags.iter().enumerate().map(|(at, flag)| place(at, &flag.key)).collect(),
            segment_places: definitions
                .segments
                .iter()
                .enumerate()
                .map(|(at, segment)| place(at, &segment.key))
                .collect(),
            flag_forms: definitions.flags.iter().map(|flag| flag.in_environment(options.environment)).collect(),
            variant_starts: Vec::with_capacity(definitions.flags.len()),
            flags: Vec::with_capacity(definitions.flags.len()),
            rules: vec![],
            variants: vec![],
            splits: vec![],
            arms: vec![],
            extras: vec![],
            segments: Vec::with_capacity(definitions.segments.len()),
            nodes: vec![],
            paths: vec![],
            known_paths: HashMap::default(),
            units: vec![],
            text_lists: vec![],
            known_text_lists: HashMap::default(),
            operands: vec![],
            text_sets: vec![],
            known_text_sets: HashMap::default(),
            numbers: vec![],
            patterns: vec![],
            versions: vec![],
            known_versions: BTreeMap::new(),
            ip_ranges: vec![],
            draws: vec![],
            predicate_slots: vec![],
            experiments: Vec::with_capacity(definitions.experiments.len()),
            experiment_arms: vec![],
            arm_variants: vec![],
            experiment_flags: vec![],
            experiment_holdouts: vec![],
            common_holdouts: vec![],
            layers: Vec::with_capacity(definitions.layers.len()),
            holdouts: Vec::with_capacity(definitions.holdouts.len()),
            experiments_on: HashMap::default(),
        };
        for (name, value) in [("on", true), ("off", false)] {
            let name = compiler.texts.intern(name);
            compiler.variants.push(Variant { name, value: Value::Boolean(value) });
        }
        compiler
    }

    fn run(&mut self, definitions: &'c CheckedDefinitions) {
        let default_unit = if definitions.bucket_by.is_empty() {
            self.unit(&DEFAULT_BUCKET_BY.map(Box::from))
        } else {
            self.unit(&definitions.bucket_by)
        };
        // Variants first: a condition may ask for a variant of a flag that comes later.
        let variant_spans: Vec<Span> = self.flag_forms.clone().into_iter().map(|flag| self.variants_of(flag)).collect();
        for segment in &definitions.segments {
            self.segment(segment, default_unit);
        }
        self.experiments(definitions, default_unit);
        for (at, variants) in variant_spans.into_iter().enumerate() {
            let form = self.flag_forms[at];
            let experiments = self.experiments_on.remove(&narrow(at)).unwrap_or_default();
            self.flag(form, variants, experiments, default_unit);
        }
    }

    fn segment(&mut self, segment: &'c SegmentDefinition, default_unit: u32) {
        let scope = Scope {
            salt: segment.salt.as_deref().unwrap_or(&segment.key),
            unit: if segment.bucket_by.is_empty() { default_unit } else { self.unit(&segment.bucket_by) },
        };
        let compiled = Segment {
            key: self.texts.intern(&segment.key),
            members: self.optional_text_set(&segment.members),
            exclude: self.optional_text_set(&segment.exclude),
            when: self.conditions(&segment.when, scope),
            unit: scope.unit,
        };
        self.segments.push(compiled);
    }

    /// The place of a list of attributes that units are taken from.
    fn unit(&mut self, names: &[Box<str>]) -> u32 {
        let source = UnitSource {
            paths: names.iter().map(|name| self.path(name)).collect(),
            targeting_key_first: names.first().is_some_and(|name| **name == *"targeting_key"),
        };
        let known = self.units.iter().position(|known| *known == source);
        narrow(known.unwrap_or_else(|| {
            self.units.push(source);
            self.units.len() - 1
        }))
    }

    /// The place of the attribute called `name`.
    fn path(&mut self, name: &str) -> u32 {
        if let Some(known) = self.known_paths.get(name) {
            return *known;
        }
        let special = match name {
            "targeting_key" => Special::TargetingKey,
            "user_id" => Special::UserId,
            _ => Special::None,
        };
        let parts: Box<[AttributeName]> =
            if name.contains('.') { name.split('.').map(AttributeName::from).collect() } else { Box::default() };
        let place = narrow(self.paths.len());
        let is_simple = special == Special::None && parts.is_empty();
        self.paths.push(Path { whole: AttributeName::from(name), special, is_simple, parts });
        self.known_paths.insert(name.into(), place);
        place
    }

    /// A list of texts, shared with every equal list.
    fn text_list(&mut self, texts: impl IntoIterator<Item: AsRef<str>>) -> Span {
        let list: Box<[Text]> = texts.into_iter().map(|text| self.texts.intern(text.as_ref())).collect();
        if let Some(known) = self.known_text_lists.get(&list) {
            return *known;
        }
        let start = self.text_lists.len();
        self.text_lists.extend_from_slice(&list);
        let span = Span::new(start, self.text_lists.len());
        self.known_text_lists.insert(list, span);
        span
    }

    /// A set of texts, shared with every set of the same texts, whatever their order.
    fn text_set(&mut self, texts: impl IntoIterator<Item: AsRef<str>>, ignore_case: bool) -> u32 {
        let mut operands: Vec<Operand> =
            texts.into_iter().map(|text| Operand::new(self.texts.intern(text.as_ref()), text.as_ref())).collect();
        operands.sort_unstable_by_key(|operand| operand.text);
        operands.dedup_by_key(|operand| operand.text);
        let content: Box<[Text]> = operands.iter().map(|operand| operand.text).collect();
        if let Some(known) = self.known_text_sets.get(&(content.clone(), ignore_case)) {
            return *known;
        }
        let start = self.operands.len();
        self.operands.extend(operands);
        let place = narrow(self.text_sets.len());
        let operands = Span::new(start, self.operands.len());
        self.text_sets.push(TextSet { operands, ignore_case, index: None, short: None });
        self.known_text_sets.insert((content, ignore_case), place);
        place
    }

    fn optional_text_set(&mut self, texts: &[Box<str>]) -> u32 {
        if texts.is_empty() { crate::set::NONE } else { self.text_set(texts, false) }
    }

    fn finish(mut self) -> FlagSet {
        let target_paths = TargetPaths {
            user_id: self.path("user_id"),
            node_id: self.path("node_id"),
            validator_key: self.path("validator_key"),
            ip_address: self.path("ip_address"),
        };
        let hasher = FixedState::default();
        let texts = self.texts.finish();
        let mut index = HashTable::with_capacity(self.flags.len());
        let hash_of = |entry: &IndexEntry| hash_key(&hasher, texts.get(entry.key));
        for (place, flag) in self.flags.iter().enumerate() {
            let entry = IndexEntry { key: flag.key, flag: narrow(place) };
            index.insert_unique(hash_of(&entry), entry, hash_of);
        }
        let mut by_key: Vec<u32> = (0..self.experiments.len()).map(narrow).collect();
        by_key.sort_unstable_by_key(|place| texts.get(self.experiments[*place as usize].key));
        let mut text_sets = self.text_sets;
        for set in &mut text_sets {
            set.build_index(&texts, &self.operands);
        }
        FlagSet {
            environment: self.environment.into(),
            texts,
            index,
            hasher,
            flags: self.flags.into(),
            rules: self.rules.into(),
            variants: self.variants.into(),
            splits: self.splits.into(),
            arms: self.arms.into(),
            extras: self.extras.into(),
            segments: self.segments.into(),
            nodes: self.nodes.into(),
            paths: self.paths.into(),
            target_paths,
            units: self.units.into(),
            text_lists: self.text_lists.into(),
            operands: self.operands.into(),
            text_sets: text_sets.into(),
            numbers: self.numbers.into(),
            patterns: self.patterns.into(),
            versions: self.versions.into(),
            ip_ranges: self.ip_ranges.into(),
            draws: self.draws.into(),
            predicates: self.predicate_slots.into(),
            controls: vec![],
            experiments: self.experiments.into(),
            experiments_by_key: by_key.into(),
            experiment_arms: self.experiment_arms.into(),
            arm_variants: self.arm_variants.into(),
            experiment_flags: self.experiment_flags.into(),
            experiment_holdouts: self.experiment_holdouts.into(),
            common_holdouts: self.common_holdouts.into(),
            layers: self.layers.into(),
            holdouts: self.holdouts.into(),
            experiment_definitions: Arc::default(),
            own_fingerprints: Box::default(),
            described_fingerprints: Box::default(),
            fingerprints: Box::default(),
            digest: 0,
        }
    }
}

/// What conditions inherit from the flag, segment or experiment they stand in.
#[derive(Clone, Copy)]
struct Scope<'c> {
    salt: &'c str,
    unit: u32,
}
