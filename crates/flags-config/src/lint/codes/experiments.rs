//! What is said of each lint of experiments and layers.

use super::entries::lint;
use crate::{Severity::Warning, codes::CodeEntry};

/// In the order of their numbers, after those of flags.
pub(super) static EXPERIMENT_LINTS: [CodeEntry; 6] = [
    lint(
        "FLG117",
        "experiment-over",
        Warning,
        [
            "An experiment that is over and still said to be running",
            "Its end has come, so nobody is enrolled and its flags serve what they serve otherwise. Write down what became of it: \
         its winner, that it is stopped, or a later end.",
            r#"
[features.button]
enabled = true

[experiments.label]
status = "running"
end = 2026-10-31T00:00:00Z
arms = [{ name = "plain", control = true }, { name = "bold", overrides = { button = true } }]
"#,
            r#"
[features.button]
enabled = true

[experiments.label]
status = "stopped"
end = 2026-10-31T00:00:00Z
arms = [{ name = "plain", control = true }, { name = "bold", overrides = { button = true } }]
"#,
        ],
    ),
    lint(
        "FLG118",
        "experiment-without-effect",
        Warning,
        [
            "A running experiment on a flag that is off",
            "An experiment acts on flags that are on: one that is disabled serves its off value to every arm. Switch the flag on, or \
         keep the experiment a draft until it is.",
            r#"
[features.button]
enabled = false

[experiments.label]
status = "running"
arms = [{ name = "plain", control = true }, { name = "bold", overrides = { button = true } }]
"#,
            r#"
[features.button]
enabled = true

[experiments.label]
status = "running"
arms = [{ name = "plain", control = true }, { name = "bold", overrides = { button = true } }]
"#,
        ],
    ),
    lint(
        "FLG119",
        "single-arm",
        Warning,
        [
            "An experiment whose units all get the same arm",
            "One arm alone has a weight above 0, so there is nothing to compare it with. Give a second one a weight, or end the \
         experiment by writing its winner.",
            r#"
[experiments.label]
status = "running"
arms = [{ name = "plain", control = true }, { name = "bold", weight = 0 }]
"#,
            r#"
[experiments.label]
status = "running"
arms = [{ name = "plain", control = true }, { name = "bold", weight = 1 }]
"#,
        ],
    ),
    lint(
        "FLG120",
        "unused-layer",
        Warning,
        [
            "A layer no experiment is in",
            "A layer keeps the units of its experiments apart, and this one has none. Remove it, or use it.",
            r#"
[layers.page]

[experiments.label]
arms = [{ name = "plain", control = true }, { name = "bold" }]
"#,
            r#"
[layers.page]

[experiments.label]
layer = "page"
arms = [{ name = "plain", control = true }, { name = "bold" }]
"#,
        ],
    ),
    lint(
        "FLG121",
        "sample-out-of-reach",
        Warning,
        [
            "An experiment that ends before it has the units it needs",
            "From `baseline`, `minimum_detectable_effect`, `confidence` and `power` follows how many units it takes to find the effect, \
         and from `daily_units` and `traffic` how many there will be by `end`. An experiment that is too small mostly ends \
         undecided, and what it does find is exaggerated. Give it more time or traffic, or look for a larger effect.",
            r#"
[experiments.label]
status = "running"
start = 2026-11-20T00:00:00Z
end = 2026-12-04T00:00:00Z
arms = [{ name = "plain", control = true }, { name = "bold" }]
metrics = [{ name = "sales", kind = "conversion", event = "buy", baseline = 0.05, minimum_detectable_effect = 0.02 }]
analysis = { daily_units = 10_000 }
"#,
            r#"
[experiments.label]
status = "running"
start = 2026-11-20T00:00:00Z
end = 2026-12-04T00:00:00Z
arms = [{ name = "plain", control = true }, { name = "bold" }]
metrics = [{ name = "sales", kind = "conversion", event = "buy", baseline = 0.05, minimum_detectable_effect = 0.1 }]
analysis = { daily_units = 10_000 }
"#,
        ],
    ),
    lint(
        "FLG122",
        "analysis-without-end",
        Warning,
        [
            "An experiment that is judged at its end, and has none",
            "A `fixed` analysis has its one look at the end, and the looks of a `group_sequential` one are planned up to it. Without an \
         end no look ever comes, and the experiment runs for ever without a word. Write an `end`, or use a method that may look \
         at any time.",
            r#"
[experiments.label]
status = "running"
arms = [{ name = "plain", control = true }, { name = "bold" }]
metrics = [{ name = "sales", kind = "conversion", event = "buy" }]
analysis = { method = "fixed" }
"#,
            r#"
[experiments.label]
status = "running"
end = 2027-01-15T00:00:00Z
arms = [{ name = "plain", control = true }, { name = "bold" }]
metrics = [{ name = "sales", kind = "conversion", event = "buy" }]
analysis = { method = "fixed" }
"#,
        ],
    ),
];
