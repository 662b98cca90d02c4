//! Experiments, layers and holdouts.

use crate::shape::MOST_ENTRIES;

use super::{
    BUCKET_BY, Field, ListShape, MapShape, NAME, SOME_NAMES, Shape, TableShape, WEIGHT, condition::CONDITIONS,
    exactly_one, field, map, table,
};

pub(super) static LAYERS: MapShape = map("layer", Shape::Table(&LAYER));
pub(super) static HOLDOUTS: MapShape = map("holdout", Shape::Table(&HOLDOUT));
pub(super) static EXPERIMENTS: MapShape = map("experiment", Shape::Table(&EXPERIMENT));

static LAYER: TableShape = table(
    "layer",
    "[layers.KEY]",
    "Experiments that name the same layer share no unit: each owns as much of it as its `traffic`, in written order. So append \
     new ones, and leave those that are over in their place: whatever stands after it would move.",
    &[
        field("description", Shape::Text, "What it is for."),
        field("salt", NAME, "What keys the draw.").default("the layer's key"),
    ],
);

static HOLDOUT: TableShape = table(
    "holdout",
    "[holdouts.KEY]",
    "Units that are in none of the experiments it covers, and do not get the arm that wins either, as long as it is written.",
    &[
        field("percentage", Shape::Percentage, "The share of units held out.").required(),
        field("experiments", SOME_NAMES, "The experiments it covers."),
        field("all", Shape::True, "It covers every experiment."),
        field("description", Shape::Text, "What it is for."),
        field("salt", NAME, "What keys the draw.").default("the holdout's key"),
    ],
)
.groups(&[exactly_one(&["experiments", "all"])]);

static EXPERIMENT: TableShape = table(
    "experiment",
    "[experiments.KEY]",
    "An experiment: who takes part, what each arm gets, and how it is judged. It acts on a flag that is on for the context, before \
     the rules; a context without a unit is in no experiment.",
    FIELDS,
);

static FIELDS: &[Field] = &[
    field("hypothesis", Shape::Text, "What it is to show."),
    field("description", Shape::Text, "What it is about."),
    field("owner", Shape::Text, "Who answers for it."),
    field("status", Shape::Word(&["draft", "running", "paused", "stopped"]), "Where it stands.").default("`\"draft\"`"),
    field("start", Shape::Instant, "From when on units are enrolled, if it is running."),
    field("end", Shape::Instant, "Until when, that instant not included."),
    field("layer", NAME, "The layer it shares with others. They take their units from the same attributes."),
    field("traffic", Shape::Percentage, "The share of the layer, or of all units, that takes part.").default("100"),
    field("bucket_by", BUCKET_BY, "The attribute a unit is taken from.").default("that of the settings"),
    field("salt", NAME, "What keys its draws.").default("the experiment's key"),
    field("audience", Shape::List(&CONDITIONS), "Who is eligible; all conditions have to hold.")
        .also(&["when", "conditions"]),
    field(
        "arms",
        Shape::List(&ListShape { item: Shape::Table(&ARM), least: 2, most: usize::MAX }),
        "What is compared.",
    )
    .required()
    .also(&["variants", "groups"]),
    field(
        "metrics",
        Shape::List(&ListShape { item: Shape::Table(&METRIC), least: 0, most: usize::MAX }),
        "What is measured.",
    ),
    field("analysis", Shape::Table(&ANALYSIS), "How it is judged."),
];

static ARM: TableShape = table(
    "arm",
    "[[experiments.KEY.arms]]",
    "One arm of an experiment.",
    &[
        field("name", NAME, "Its name.").required(),
        field("control", Shape::Boolean, "Whether the others are compared with it; exactly one arm.")
            .default("`false`"),
        field("weight", WEIGHT, "Its share, relative to the others.").default("1"),
        field(
            "overrides",
            Shape::Map(&ARM_OVERRIDES),
            "Flags and the variant each serves in this arm. A flag that is not named is left as it is.",
        ),
        field("payload", Shape::Map(&FREE), "Free data for the application."),
        field("description", Shape::Text, "What it is for."),
    ],
);

static ARM_OVERRIDES: MapShape = MapShape { noun: "", strict_keys: true, value: Shape::VariantName, most: usize::MAX };
static FREE: MapShape = MapShape { noun: "", strict_keys: false, value: Shape::Any, most: MOST_ENTRIES };

static METRIC: TableShape = table(
    "metric",
    "[[experiments.KEY.metrics]]",
    "Something that is measured of every unit.",
    &[
        field("name", NAME, "Its name.").required(),
        field(
            "kind",
            Shape::Word(&["conversion", "mean", "duration", "count", "ratio", "custom"]),
            "What is computed of each unit from its events, within the window: whether it had any (`conversion`), their total (`mean`), \
             how many (`count`), the latest value (`custom`); and over all units the total by event (`duration`) or of one event by \
             another (`ratio`).",
        )
        .required(),
        field(
            "event",
            NAME,
            "The event it is computed from; every kind but a ratio needs one, a custom metric may have one.",
        ),
        field("numerator", NAME, "Of a ratio: the event above the line."),
        field("denominator", NAME, "Of a ratio: the event below the line."),
        field("role", Shape::Word(&["success", "guardrail"]), "Whether it decides, or must only not get worse.")
            .default("`\"success\"`"),
        field("goal", Shape::Word(&["increase", "decrease"]), "Which way is better.").default("`\"increase\"`"),
        field("window", Shape::Duration, "How long after the first exposure events count."),
        field(
            "minimum_detectable_effect",
            Shape::Number { least: 0.0, most: f64::MAX },
            "The relative effect to be found, above 0.",
        ),
        field(
            "baseline",
            Shape::Number { least: f64::MIN, most: f64::MAX },
            "What it is in the control today, for planning: a rate between 0 and 1 of a conversion, else a mean.",
        ),
        field(
            "deviation",
            Shape::Number { least: 0.0, most: f64::MAX },
            "Its standard deviation over units, above 0, for planning; that of a conversion follows from the baseline.",
        ),
        field(
            "margin",
            Shape::Number { least: 0.0, most: f64::MAX },
            "Of a guardrail, which needs it: the relative loss that is tolerated.",
        ),
        field("winsorize", Shape::Quantile, "The quantile, between 0 and 1, at which large values are cut."),
    ],
);

static ANALYSIS: TableShape = table(
    "analysis",
    "[experiments.KEY.analysis]",
    "How an experiment is judged.",
    &[
        field("confidence", Shape::Quantile, "The confidence level, between 0 and 1.").default("0.95"),
        field("power", Shape::Quantile, "The power a sample size is computed for, between 0 and 1.").default("0.8"),
        field("method", Shape::Word(&["fixed", "sequential", "group_sequential", "bayesian"]), "The method.")
            .default("`\"sequential\"`"),
        field(
            "correction",
            Shape::Word(&["none", "bonferroni", "holm", "benjamini_hochberg"]),
            "For many comparisons.",
        )
        .default("`\"holm\"`"),
        field("decide", Shape::Word(&["off", "recommend", "apply"]), "What to do with the verdict.")
            .default("`\"recommend\"`"),
        field(
            "daily_units",
            Shape::Integer { least: 1, most: i64::MAX },
            "How many eligible units come by on a day, before `traffic`. With it and the `baseline` and \
             `minimum_detectable_effect` of a metric, `flags check` warns of an experiment that cannot get its sample before `end`.",
        ),
        field(
            "winner",
            NAME,
            "Written by a person to end it: the whole audience gets that arm, whatever status, dates and traffic say.",
        ),
    ],
);
