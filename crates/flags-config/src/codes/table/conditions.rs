//! What is said of conditions.

use super::code;
use crate::{Severity::Error, codes::CodeEntry};

pub(super) static CONDITIONS: &[CodeEntry] = &[
    code(
        "FLG040",
        "condition-form",
        Error,
        [
            "A condition has no form, or two",
            "One table holds one condition: a test of an attribute, a segment, a predicate, a flag, an environment, an instant, \
         a percentage, or `all`, `any`, `not`. Several conditions are several tables in the list; all of them have to hold.",
            "[features.search]\nenabled = true\nconditions = [{ segment = \"staff\", environment = \"test\" }]\n\n\
         [segments.staff]\nmembers = [\"user-1\"]",
            "[features.search]\nenabled = true\nconditions = [{ segment = \"staff\" }, { environment = \"test\" }]\n\n\
         [segments.staff]\nmembers = [\"user-1\"]",
        ],
    ),
    code(
        "FLG041",
        "condition-operators",
        Error,
        [
            "An attribute has no operator, or too many",
            "One table holds one operator, except two that form a range, such as `at_least` with `less_than`. Write the others \
         as tables of their own in the same list; all of them have to hold.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"email\", starts_with = \"a\", ends_with = \"z\" }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"email\", starts_with = \"a\" }, \
         { attribute = \"email\", ends_with = \"z\" }]",
        ],
    ),
    code(
        "FLG042",
        "misplaced-ignore-case",
        Error,
        [
            "`ignore_case` without an operator on strings",
            "It stands beside `equals`, `not_equals`, `in`, `not_in`, `contains`, `not_contains`, `starts_with`, `ends_with` \
         and `matches`, and means nothing beside the others.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"age\", at_least = 18, ignore_case = true }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"age\", at_least = 18 }]",
        ],
    ),
    code(
        "FLG043",
        "mixed-list",
        Error,
        [
            "A list mixes strings and numbers",
            "An attribute is a string or a number, and one of another type than the list fails the test, so half of the list \
         could never match. Write two conditions under `any`.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"plan\", in = [\"pro\", 3] }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"plan\", in = [\"pro\", \"3\"] }]",
        ],
    ),
];
