//! What is said of each lint of experiments and layers.

use super::entries::lint;
use crate::{Severity::Warning, codes::CodeEntry};

/// In the order of their numbers, after those of flags.
pub(super) static EXPERIMENT_LINTS: [CodeEntry; 4] = [
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
];
