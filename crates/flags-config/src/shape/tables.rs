//! The table of shapes: every key of the format with what it takes and what it does.

mod condition;
mod experiment;
mod flag;
mod operations;
mod rollout;
mod scenario;
mod signal;

pub(crate) use self::scenario::SCENARIO;
use self::{
    condition::CONDITIONS,
    experiment::{EXPERIMENTS, HOLDOUTS, LAYERS},
    flag::FLAGS,
    operations::{ALERTS, CHANNELS, MIGRATIONS},
    signal::SIGNALS,
};
use super::{Field, Group, GroupRule, ListShape, MapShape, Shape, TableShape};

/// A whole file.
pub(crate) static FILE: TableShape = table(
    "file",
    "A file",
    "One TOML file, or a folder whose `*.toml` files are merged in name order. A key may be defined once in all of them.",
    &[
        field("format", Shape::FormatVersion, "The version of the format the file is written in; this version reads 1.").default("1"),
        field("settings", Shape::Table(&SETTINGS), "What holds for the whole set; in one file only."),
        field("features", Shape::Map(&FLAGS), "The flags, by key.").also(&["flags", "feature", "flag", "toggles"]),
        field("segments", Shape::Map(&SEGMENTS), "Named groups of units and contexts, by key.")
            .also(&["segment", "cohorts", "groups"]),
        field("layers", Shape::Map(&LAYERS), "Experiments of one layer share no unit.").also(&["layer"]),
        field("holdouts", Shape::Map(&HOLDOUTS), "Units kept out of experiments.").also(&["holdout"]),
        field("experiments", Shape::Map(&EXPERIMENTS), "Experiments, by key.").also(&["experiment"]),
        field("signals", Shape::Map(&SIGNALS), "Health signals from outside the process.").also(&["signal"]),
        field("alerts", Shape::Map(&ALERTS), "What somebody should hear of.").also(&["alert"]),
        field("channels", Shape::Map(&CHANNELS), "Where alerts go.").also(&["channel"]),
        field("migrations", Shape::Map(&MIGRATIONS), "Migrations in phases that flags guard.").also(&["migration"]),
    ],
)
.hint("a flag is a table under `features`: `[features.NAME]`");

static SETTINGS: TableShape = table(
    "settings",
    "[settings]",
    "What holds for the whole set. Everything is optional.",
    &[
        field(
            "environment",
            NAME,
            "Where the program runs. The program's own choice wins: its builder, then `FLAGS_ENVIRONMENT`, then this.",
        )
        .also(&["env"]),
        field(
            "bucket_by",
            BUCKET_BY,
            "The attributes a unit is taken from where a flag names none; the first present counts.",
        )
        .default("`targeting_key`, `user_id`, `node_id`, `session_id`, `request_id`"),
        field(
            "events",
            NAMES,
            "The events the application tracks. Where they are written, a metric may name no other.",
        ),
        field("cache_ttl", Shape::Duration, "How long call sites and actors may keep a decision.").default("`\"5s\"`"),
        field("audit_evaluations", Shape::Boolean, "Whether evaluations, too, go to the audit log.").default("`false`"),
    ],
);

static SEGMENTS: MapShape = map("segment", Shape::Table(&SEGMENT));

static SEGMENT: TableShape = table(
    "segment",
    "[segments.KEY]",
    "A named group. A unit is in it if it is a member, or if all of a non-empty `when` holds, unless it is excluded.",
    &[
        field("description", Shape::Text, "What it is for."),
        field("members", NAMES, "Units that are always in, unless excluded.").also(&["users", "include", "included"]),
        field("exclude", NAMES, "Units that are never in.").also(&["excluded", "excludes"]),
        field("when", Shape::List(&CONDITIONS), "Conditions that all have to hold.").also(&["conditions", "rules"]),
        field("bucket_by", BUCKET_BY, "The attribute a unit is taken from, or a list: the first present counts.")
            .default("that of the settings"),
        field("salt", NAME, "What keys the draws of `percentage` conditions.").default("the segment's key"),
    ],
);

// What many tables use.

const NAME: Shape = Shape::Name;
const NAMES: Shape = Shape::List(&ListShape { item: Shape::Name, least: 0, most: usize::MAX });
const SOME_NAMES: Shape = Shape::List(&ListShape { item: Shape::Name, least: 1, most: usize::MAX });
const BUCKET_BY: Shape = NAME_OR_NAMES;
const NAME_OR_NAMES: Shape = Shape::OneOf(&[Shape::Name, SOME_NAMES]);
const COUNT: Shape = Shape::Integer { least: 0, most: i64::MAX };
const POSITIVE: Shape = Shape::Integer { least: 1, most: i64::MAX };
const WEIGHT: Shape = Shape::Integer { least: 0, most: 2_147_483_647 };
const SHARE: Shape = Shape::Number { least: 0.0, most: 1.0 };
const NOT_NEGATIVE: Shape = Shape::Number { least: 0.0, most: f64::MAX };

const fn table(noun: &'static str, place: &'static str, doc: &'static str, fields: &'static [Field]) -> TableShape {
    TableShape { noun, place, doc, fields, groups: &[], hint: "", partial: false }
}

const fn map(noun: &'static str, value: Shape) -> MapShape {
    MapShape { noun, strict_keys: true, value, most: usize::MAX }
}

const fn exactly_one(names: &'static [&'static str]) -> Group {
    Group { names, rule: GroupRule::One }
}

const fn at_most_one(names: &'static [&'static str]) -> Group {
    Group { names, rule: GroupRule::NoneOrOne }
}

const fn at_least_one(names: &'static [&'static str]) -> Group {
    Group { names, rule: GroupRule::OneOrMore }
}

const fn field(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, doc, required: false, default: "", aliases: &[], identity: false }
}

impl TableShape {
    const fn groups(self, groups: &'static [Group]) -> Self {
        Self { groups, ..self }
    }

    const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
}

impl Field {
    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    const fn identity(self) -> Self {
        Self { identity: true, ..self }
    }
}

/// Whether conditions have a key of that name.
pub(super) fn is_condition_key(name: &str) -> bool {
    condition::CONDITION.field(name).is_some()
}
