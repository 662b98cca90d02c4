//! Flags, with their variants, rules, targets and schedule.

use crate::shape::MOST_ENTRIES;

use super::{
    BUCKET_BY, Field, Group, ListShape, MapShape, NAME, NAMES, Shape, TableShape, WEIGHT, at_least_one, at_most_one,
    condition::{CONDITIONS, SHORT_CONDITIONS},
    exactly_one, field, map,
    rollout::{ERROR_THRESHOLD, ROLLOUT},
    table,
};

pub(super) static FLAGS: MapShape = map("flag", Shape::Table(&FLAG));

static FLAG: TableShape =
    table("flag", "[features.KEY]", "A flag. One key is enough: `enabled = true`.", FIELDS).groups(GROUPS);

static ENVIRONMENT: TableShape = TableShape {
    noun: "environment",
    place: "[features.KEY.environments.NAME]",
    doc: "A flag in one environment: any key of the flag but `type`, `created_at` and `environments`. What is written here \
          replaces the flag's own key whole; tables are not merged. `enabled` and `state` replace each other, and so do `serve` \
          and `split`.",
    fields: FIELDS,
    groups: GROUPS,
    hint: "",
    partial: true,
};

static GROUPS: &[Group] = &[exactly_one(&["enabled", "state"]), at_most_one(&["serve", "split"])];

static FIELDS: &[Field] = &[
    field("enabled", Shape::Boolean, "Whether the flag is on. Either this or `state` is required.").also(&["on", "active"]),
    field(
        "state",
        Shape::Word(&["disabled", "development", "canary", "rollout", "enabled", "emergency_off"]),
        "The same in more words. `development`: on where the environment is `development`. `canary`, `rollout`: on, and \
         `rollout_percentage` is required. `emergency_off`: killed, with everything below it.",
    )
    .also(&["status"]),
    field("rollout_percentage", Shape::Percentage, "The share of units it is on for.")
        .default("100")
        .also(&["percentage", "percent", "rollout_percent"]),
    field(
        "type",
        Shape::Word(&["boolean", "string", "integer", "float", "object"]),
        "The type of what it serves.",
    )
    .default("that of the variants, else `boolean`")
    .identity(),
    field("description", Shape::Text, "What it does.").also(&["desc", "comment"]),
    field("owner", Shape::Text, "Who answers for it.").also(&["team", "maintainer"]),
    field("tags", NAMES, "Free words to find it by.").also(&["labels"]),
    field("metadata", Shape::Map(&FREE), "Free data that travels with every decision.").also(&["meta"]),
    field("expires", Shape::Date, "The last day it should exist. Past it there is a warning; nothing changes.")
        .also(&["expiry", "expires_at", "expiration"]),
    field("protected", Shape::Boolean, "Whether a change at run time needs a second person.").default("`false`"),
    field("created_at", Shape::Instant, "When it was first written.").identity().also(&["created"]),
    field("updated_at", Shape::Instant, "When it was last changed.").also(&["updated"]),
    field("updated_by", Shape::Text, "Who changed it last."),
    field("parent", NAME, "The flag it belongs to: it is off where that one is not on."),
    field("requires", PREREQUISITES, "Flags that have to be on, or to serve a variant.")
        .also(&["prerequisites", "depends_on", "dependencies"]),
    field("variants", Shape::Map(&VARIANTS), "What it can serve, by name, in order. A boolean flag needs none.")
        .also(&["variations", "values"]),
    field("off", Shape::VariantName, "The variant served when the flag is off.")
        .default("`false` of a boolean flag without variants, else the caller's default")
        .also(&["default", "off_variant"]),
    field("serve", Shape::VariantName, "The one variant served when the flag is on.")
        .default("a split over all variants by weight, or `true`")
        .also(&["variant", "on_variant"]),
    field("split", Shape::Map(&SPLIT), "The weights of the variants served when the flag is on.").also(&["weights"]),
    field("schedule", SCHEDULE, "Dated changes. Those at or before now apply, in the order of `at`."),
    field("overrides", Shape::Map(&OVERRIDES), "Units that get a variant of their own.").also(&["override"]),
    field(
        "conditions",
        Shape::OneOf(&[Shape::Table(&SHORT_CONDITIONS), Shape::List(&CONDITIONS)]),
        "What has to hold for the flag to be on at all: a table in the short form, or a list of conditions.",
    )
    .also(&["condition", "when"]),
    field("targets", Shape::Table(&TARGETS), "Whom it is meant for.").also(&["target", "targeting"]),
    field("rules", RULES, "Whom it serves what. The first that matches and admits the unit decides.").also(&["rule"]),
    field("bucket_by", BUCKET_BY, "The attribute a unit is taken from, or a list: the first present counts.")
        .default("that of the settings")
        .also(&["bucketing_key", "bucket"]),
    field("salt", NAME, "What keys its draws. Changing it moves units.").default("the flag's key").also(&["seed"]),
    field("environments", Shape::Map(&ENVIRONMENTS), "The flag in single environments, by name.")
        .identity()
        .also(&["environment"]),
    field("rollout", Shape::Table(&ROLLOUT), "A plan that raises the percentage by itself.").also(&["rollout_plan", "plan"]),
    field("error_threshold", Shape::Table(&ERROR_THRESHOLD), "The circuit breaker.")
        .also(&["circuit_breaker", "breaker", "error_rate_threshold"]),
];

static FREE: MapShape = MapShape { noun: "", strict_keys: false, value: Shape::Any, most: MOST_ENTRIES };
static ENVIRONMENTS: MapShape =
    MapShape { noun: "environment", strict_keys: false, value: Shape::Table(&ENVIRONMENT), most: MOST_ENTRIES };
static SPLIT: MapShape = MapShape { noun: "", strict_keys: false, value: WEIGHT, most: MOST_ENTRIES };
static OVERRIDES: MapShape = MapShape { noun: "", strict_keys: false, value: Shape::VariantName, most: usize::MAX };
static VARIANTS: MapShape =
    MapShape { noun: "variant", strict_keys: false, value: Shape::Variant(&VARIANT), most: MOST_ENTRIES };

static VARIANT: TableShape = table(
    "variant",
    "A variant in its long form",
    "A variant is its value, or a table with `value`. A table with neither `value` nor `weight` is itself the value, of the \
     type `object`.",
    &[
        field("value", Shape::Any, "What is served.").required(),
        field("weight", WEIGHT, "Its share of the default split, relative to the others.").default("1"),
        field("description", Shape::Text, "What it is for."),
    ],
)
.hint(
    "a variant written as a table takes `value`, `weight` and `description`; to serve a table that has a key `value` itself, \
     write `{ value = { … } }`",
);

const PREREQUISITES: Shape = Shape::List(&ListShape {
    item: Shape::OneOf(&[Shape::Name, Shape::Table(&PREREQUISITE)]),
    least: 0,
    most: usize::MAX,
});

static PREREQUISITE: TableShape = table(
    "prerequisite",
    "An element of `requires`",
    "The key of a flag that has to be on, or a table that names a flag and the variant it has to serve.",
    &[
        field("flag", NAME, "The other flag.").required().also(&["key", "feature", "name"]),
        field("variant", Shape::VariantName, "The variant it has to serve.").default("any, if the flag is on"),
    ],
);

const SCHEDULE: Shape = Shape::List(&ListShape { item: Shape::Table(&STEP), least: 0, most: usize::MAX });

static STEP: TableShape = table(
    "schedule step",
    "[[features.KEY.schedule]]",
    "A dated change: from its instant on, what it names replaces the flag's own.",
    &[
        field("at", Shape::Instant, "From when on.").required().also(&["date", "when", "time", "from", "after"]),
        field("enabled", Shape::Boolean, "Whether the flag is on."),
        field(
            "state",
            Shape::Word(&["disabled", "development", "canary", "rollout", "enabled", "emergency_off"]),
            "The state of the flag.",
        ),
        field("rollout_percentage", Shape::Percentage, "The share of units it is on for.")
            .also(&["percentage", "percent"]),
    ],
)
.groups(&[at_most_one(&["enabled", "state"]), at_least_one(&["enabled", "state", "rollout_percentage"])]);

static TARGETS: TableShape = table(
    "targets",
    "[features.KEY.targets]",
    "Whom a flag is meant for. Within a key any entry suffices; all keys that are written have to match.",
    &[
        field("environments", NAMES, "Environments of the client.").also(&["environment"]),
        field("users", NAMES, "Values of the attribute `user_id`.").also(&["user_ids", "user"]),
        field("node_ids", NAMES, "Values of the attribute `node_id`.").also(&["nodes", "node_id"]),
        field("validator_keys", NAMES, "Values of the attribute `validator_key`.").also(&["validators"]),
        field(
            "ip_ranges",
            Shape::List(&ListShape { item: Shape::IpRange, least: 0, most: usize::MAX }),
            "Addresses or CIDR ranges that hold the attribute `ip_address`.",
        )
        .also(&["ips", "ip_addresses", "ip_in"]),
        field("segments", NAMES, "Segments the context is in.").also(&["segment"]),
    ],
);

const RULES: Shape = Shape::List(&ListShape { item: Shape::Table(&RULE), least: 0, most: usize::MAX });

static RULE: TableShape = table(
    "rule",
    "[[features.KEY.rules]]",
    "One rule: who it is for and what they get. Without `serve` and `split` they get what the flag serves when it is on.",
    &[
        field("name", NAME, "A name for people.").default("its number"),
        field("when", Shape::List(&CONDITIONS), "Conditions that all have to hold; an empty list always does.")
            .also(&["conditions", "if", "condition"]),
        field(
            "rollout_percentage",
            Shape::Percentage,
            "The share of the matching units it takes; the others go on to the next rule.",
        )
        .default("100")
        .also(&["percentage", "percent"]),
        field("serve", Shape::VariantName, "The variant they get.").also(&["variant", "then"]),
        field("split", Shape::Map(&SPLIT), "The weights of the variants they get.").also(&["weights"]),
    ],
)
.groups(&[at_most_one(&["serve", "split"])]);
