//! A set in which some flags serve what they are told to, for tests.

use crate::{
    BucketKey, FlagSet, Percentage, Purpose, State, Value, ValueType,
    set::{
        Flag, FlagControls, Gates, IndexEntry, NONE, Serving, Span, Text, Texts, VARIANT_OFF, VARIANT_ON, Variant,
        hash_key, narrow,
    },
};
use alloc::{boxed::Box, string::String, vec::Vec};

/// What a flag is made to serve by [`FlagSet::with_forced`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ForcedValue {
    /// What it serves when on: its one variant, or the first of its split; `true` for a flag that is not defined.
    On,
    /// Its off value; `false` for a flag that is not defined.
    Off,
    /// The variant of that name; a flag without it gets one whose value is the name.
    Variant(Box<str>),
    /// That value, as the variant `forced`.
    Value(Value),
}

impl FlagSet {
    /// The same set with some flags forced, above kills and everything else; where a flag stands twice, the last counts.
    ///
    /// A forced flag that is not defined is there all the same. Decisions name the cause `override`, but for a flag that is
    /// forced off and has no off variant: that one is disabled.
    #[must_use]
    pub fn with_forced(&self, forces: &[(Box<str>, ForcedValue)]) -> Self {
        let mut set = self.clone();
        for (key, value) in forces {
            set.force(key, value);
        }
        set
    }

    fn force(&mut self, key: &str, value: &ForcedValue) {
        let place = match self.find(key) {
            Some(id) => id.0,
            None => self.add_plain_flag(key),
        };
        let Some(flag) = self.flags.get(place as usize) else { return };
        let off = (flag.off != NONE).then_some(flag.off);
        let everybody = match value {
            ForcedValue::On => Some(self.first_when_on(flag)),
            ForcedValue::Off => off,
            ForcedValue::Variant(name) => Some(
                self.variant_place(place, name).unwrap_or_else(|| self.add_variant(name, Value::String(name.clone()))),
            ),
            ForcedValue::Value(value) => Some(self.add_variant("forced", value.clone())),
        };
        let Some(flag) = self.flags.get_mut(place as usize) else { return };
        flag.gates = Gates::default();
        flag.plain = NONE;
        match everybody {
            Some(variant) => {
                flag.gates.set(Gates::CONTROLS, true);
                flag.controls = narrow(self.controls.len());
                self.controls.push(FlagControls { everybody: Some(variant), ..FlagControls::default() });
            }
            None => {
                flag.state = State::Disabled;
                flag.controls = NONE;
                flag.gates.set(Gates::STATE, true);
            }
        }
    }

    /// The variant a flag that is on serves to everybody, or, of a split, the first.
    fn first_when_on(&self, flag: &Flag) -> u32 {
        match flag.serve {
            Serving::Variant(variant) => variant,
            Serving::Split(split) => {
                self.splits.get(split as usize).map_or(NONE, |split| split.variant_at(&self.arms, 0))
            }
            Serving::Inherit => NONE,
        }
    }

    fn add_plain_flag(&mut self, key: &str) -> u32 {
        let place = narrow(self.flags.len());
        let key_text = self.add_text(key);
        let mut flags: Vec<Flag> = core::mem::take(&mut self.flags).into();
        flags.push(Flag {
            key: key_text,
            gates: Gates::default(),
            plain: NONE,
            value_type: ValueType::Boolean,
            state: State::Enabled,
            off: VARIANT_OFF,
            serve: Serving::Variant(VARIANT_ON),
            percentage: Percentage::HUNDRED,
            unit: 0,
            rules: Span::default(),
            conditions: Span::default(),
            variants: Span::default(),
            rollout_key: BucketKey::new(key, Purpose::Rollout),
            variant_key: BucketKey::new(key, Purpose::Variant),
            extra: NONE,
            controls: NONE,
        });
        self.flags = flags.into();
        let Self { index, hasher, texts, .. } = self;
        let hash_of = |entry: &IndexEntry| hash_key(hasher, texts.get(entry.key));
        index.insert_unique(hash_key(hasher, key), IndexEntry { key: key_text, flag: place }, hash_of);
        place
    }

    fn add_variant(&mut self, name: &str, value: Value) -> u32 {
        let name = self.add_text(name);
        let mut variants: Vec<Variant> = core::mem::take(&mut self.variants).into();
        variants.push(Variant { name, value });
        self.variants = variants.into();
        narrow(self.variants.len() - 1)
    }

    fn add_text(&mut self, text: &str) -> Text {
        let mut arena = String::from(self.texts.all());
        let start = arena.len();
        arena.push_str(text);
        let added = Text::new(start, arena.len());
        self.texts = Texts::of(arena);
        added
    }
}
