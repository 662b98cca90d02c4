//! What is said of flags and their variants.

use super::code;
use crate::{Severity::Error, codes::CodeEntry};

pub(super) static FLAGS: &[CodeEntry] = &[
    code(
        "FLG030",
        "weight-without-value",
        Error,
        [
            "A variant has a weight and no value",
            "A variant written as a table has a `value`, and beside it perhaps a `weight` and a `description`. A table with \
         none of these keys is itself the value of the variant.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = { weight = 2 } }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = { value = \"b\", weight = 2 } }",
        ],
    ),
    code(
        "FLG031",
        "variant-types-differ",
        Error,
        [
            "The variants of a flag have different types",
            "Whoever asks for the flag expects one type. Without `type`, the type is that of the variants, so they have to \
         agree; integers beside floats count as floats.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\", c = 3 }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\", c = \"3\" }",
        ],
    ),
    code(
        "FLG032",
        "wrong-variant-type",
        Error,
        [
            "A variant's value is not of the flag's type",
            "`type` says what the flag serves, and every variant has to be of that type. A list cannot be served by itself; \
         put it into a table.",
            "[features.search]\ntype = \"integer\"\nenabled = true\nvariants = { few = 10, many = \"100\" }",
            "[features.search]\ntype = \"integer\"\nenabled = true\nvariants = { few = 10, many = 100 }",
        ],
    ),
    code(
        "FLG033",
        "missing-variants",
        Error,
        [
            "A flag that is not boolean has no variants",
            "Only a boolean flag knows by itself what to serve. Write `variants`, or remove `type`.",
            "[features.search]\ntype = \"string\"\nenabled = true",
            "[features.search]\ntype = \"string\"\nenabled = true\nvariants = { old = \"old\", new = \"new\" }",
        ],
    ),
    code(
        "FLG034",
        "identity-in-environment",
        Error,
        [
            "An environment changes what identifies the flag",
            "An environment may change every field of a flag but its `type`, its `created_at` and its `environments`: the \
         program that asks for the flag is the same everywhere.",
            "[features.search]\nenabled = true\n[features.search.environments.test]\ntype = \"boolean\"",
            "[features.search]\nenabled = true\n[features.search.environments.test]\nenabled = false",
        ],
    ),
    code(
        "FLG035",
        "missing-percentage",
        Error,
        [
            "The state needs a rollout percentage",
            "`canary` and `rollout` are states of a flag that is on for a share of the units, so the share has to be written.",
            "[features.search]\nstate = \"canary\"",
            "[features.search]\nstate = \"canary\"\nrollout_percentage = 1",
        ],
    ),
    code(
        "FLG036",
        "zero-weights",
        Error,
        [
            "Every weight of a split is 0",
            "Nothing could be served. Give at least one variant a weight above 0, or write `serve`.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 0, b = 0 }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 0, b = 1 }",
        ],
    ),
    code(
        "FLG037",
        "weights-too-large",
        Error,
        [
            "The weights of a split are too large",
            "Weights may sum to 2147483647 at most. They are relative to each other, so smaller ones say the same.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 2000000000, b = 1000000000 }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 2, b = 1 }",
        ],
    ),
    code(
        "FLG038",
        "duplicate-variant",
        Error,
        [
            "A variant is named twice",
            "In a boolean flag, `true` and `on` are the same variant, and so are `false` and `off`.",
            "[features.search]\nenabled = true\nsplit = { true = 1, on = 1 }",
            "[features.search]\nenabled = true\nsplit = { on = 1, off = 1 }",
        ],
    ),
];
