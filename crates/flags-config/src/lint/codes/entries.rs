//! What is said of each lint of flags and of what belongs to them: title, explanation, a bad and a good example.

use crate::{
    Severity::{self, Info, Warning},
    codes::CodeEntry,
};

pub(super) const fn lint(
    id: &'static str,
    name: &'static str,
    severity: Severity,
    text: [&'static str; 4],
) -> CodeEntry {
    let [title, explanation, bad, good] = text;
    CodeEntry { id, name, severity, title, explanation, bad, good }
}

/// In the order of their numbers. Each has its title, its explanation, a bad and a good example. The examples
/// are read as of 2026-11-20.
pub(super) static LINTS: [CodeEntry; 17] = [
    lint(
        "FLG100",
        "expired",
        Warning,
        [
            "The flag is past its last day",
            "`expires` says how long the flag was meant to live. Past that day it still works as before, but the code around it is \
         owed a clean-up: keep the branch that won, remove the flag, or write a later day.",
            r#"
[features.new_search]
enabled = true
expires = 2026-10-31
"#,
            r#"
[features.new_search]
enabled = true
expires = 2027-03-31
"#,
        ],
    ),
    lint(
        "FLG101",
        "expires-soon",
        Info,
        [
            "The flag's last day is within two weeks",
            "A reminder before `expired`: plan the removal of the flag, or write a later day.",
            r#"
[features.new_search]
enabled = true
expires = 2026-11-30
"#,
            r#"
[features.new_search]
enabled = true
expires = 2027-03-31
"#,
        ],
    ),
    lint(
        "FLG102",
        "stale",
        Warning,
        [
            "The flag has said the same to everybody for 90 days",
            "A boolean flag that is fully on or fully off, without rules, conditions, targets, overrides, environments or a schedule, \
         and that nothing else refers to, no longer decides anything. Keep the branch in use and remove the flag. Its age is told by \
         `updated_at` and `created_at`; a flag without them is never called stale. Tag a flag that is meant to stay `permanent` \
         or `kill-switch`.",
            r#"
[features.new_search]
enabled = true
updated_at = 2026-03-01T09:00:00Z
"#,
            r#"
[features.new_search]
enabled = true
updated_at = 2026-03-01T09:00:00Z
tags = ["permanent"]
"#,
        ],
    ),
    lint(
        "FLG103",
        "unused-segment",
        Warning,
        [
            "Nothing refers to the segment",
            "No flag, no other segment and no experiment names it, so it has no effect. Remove it, or use it.",
            r#"
[segments.staff]
members = ["user-1"]

[features.new_search]
enabled = true
"#,
            r#"
[segments.staff]
members = ["user-1"]

[features.new_search]
enabled = true
targets = { segments = ["staff"] }
"#,
        ],
    ),
    lint(
        "FLG104",
        "unreachable-rule",
        Warning,
        [
            "Earlier rules take everybody the rule could match",
            "The first rule that matches decides. A rule behind one without conditions, or behind one whose conditions are among its own \
         and whose percentage is at least as large, is never reached: all percentages of one flag are one draw, so whoever the \
         later rule would admit was admitted before. Put the narrower rule first.",
            r#"
[features.checkout]
enabled = true
variants = { classic = "classic", express = "express" }
serve = "classic"
rules = [
  { name = "country", when = [{ attribute = "country", equals = "NL" }], serve = "classic" },
  { name = "staff in the country", when = [{ attribute = "country", equals = "NL" }, { attribute = "role", equals = "staff" }], serve = "express" },
]
"#,
            r#"
[features.checkout]
enabled = true
variants = { classic = "classic", express = "express" }
serve = "classic"
rules = [
  { name = "staff in the country", when = [{ attribute = "country", equals = "NL" }, { attribute = "role", equals = "staff" }], serve = "express" },
  { name = "country", when = [{ attribute = "country", equals = "NL" }], serve = "classic" },
]
"#,
        ],
    ),
    lint(
        "FLG105",
        "empty-rule",
        Warning,
        [
            "The rule's percentage is 0",
            "Such a rule admits nobody: every unit goes on to the next one. Raise the percentage or remove the rule.",
            r#"
[features.new_search]
enabled = true
rules = [{ name = "staff", when = [{ attribute = "role", equals = "staff" }], rollout_percentage = 0 }]
"#,
            r#"
[features.new_search]
enabled = true
rules = [{ name = "staff", when = [{ attribute = "role", equals = "staff" }], rollout_percentage = 10 }]
"#,
        ],
    ),
    lint(
        "FLG106",
        "contradictory-conditions",
        Warning,
        [
            "Conditions that cannot hold",
            "A condition that no context meets, or conditions of one list that no context meets together, such as two different values of \
         one attribute. All conditions of a list have to hold; write `any` where one of them should do. A rule's conditions are \
         held against the flag's too, since both have to hold.",
            r#"
[features.new_search]
enabled = true
conditions = [{ attribute = "country", equals = "NL" }, { attribute = "country", equals = "DE" }]
"#,
            r#"
[features.new_search]
enabled = true
conditions = [{ attribute = "country", in = ["NL", "DE"] }]
"#,
        ],
    ),
    lint(
        "FLG107",
        "always-true-condition",
        Warning,
        [
            "A condition that holds for everybody",
            "`percentage = 100` admits every unit, and `all = []` asks for nothing. Remove the condition, or write what was meant.",
            r#"
[features.new_search]
enabled = true
conditions = [{ percentage = 100 }]
"#,
            r#"
[features.new_search]
enabled = true
conditions = [{ percentage = 50 }]
"#,
        ],
    ),
    lint(
        "FLG108",
        "unmet-prerequisite",
        Warning,
        [
            "A prerequisite that cannot be met",
            "The flag is switched on but requires one that is off everywhere and in every step of its schedule, or a variant that the other \
         flag never serves. So it is off for everybody. Switch the other flag on, serve the variant, or drop the prerequisite.",
            r#"
[features.new_cart]
enabled = false

[features.checkout]
enabled = true
requires = ["new_cart"]
"#,
            r#"
[features.new_cart]
enabled = true

[features.checkout]
enabled = true
requires = ["new_cart"]
"#,
        ],
    ),
    lint(
        "FLG109",
        "parent-never-on",
        Warning,
        [
            "A parent that cannot be on",
            "The flag is switched on but its parent is off everywhere and in every step of its schedule, so the flag is off for everybody. \
         Switch the parent on, or the flag off.",
            r#"
[features.shop]
enabled = false

[features.checkout]
enabled = true
parent = "shop"
"#,
            r#"
[features.shop]
enabled = true

[features.checkout]
enabled = true
parent = "shop"
"#,
        ],
    ),
    lint(
        "FLG110",
        "large-canary",
        Warning,
        [
            "A canary for more than 5 percent",
            "A canary is there to be small: what goes wrong in it should reach few. Above 5 percent the state `rollout` says better what is \
         going on.",
            r#"
[features.new_search]
state = "canary"
rollout_percentage = 20
"#,
            r#"
[features.new_search]
state = "rollout"
rollout_percentage = 20
"#,
        ],
    ),
    lint(
        "FLG111",
        "short-rollout",
        Warning,
        [
            "A schedule that goes to everybody within an hour",
            "The schedule raises the flag from less than 10 percent to 100 percent in less than an hour. Metrics and people need longer than \
         that to notice what goes wrong. Switching a flag from nobody to everybody in one step is a launch and is not reported.",
            r#"
[features.new_search]
enabled = true
rollout_percentage = 1
schedule = [
  { at = 2026-12-01T09:00:00Z, rollout_percentage = 50 },
  { at = 2026-12-01T09:30:00Z, rollout_percentage = 100 },
]
"#,
            r#"
[features.new_search]
enabled = true
rollout_percentage = 1
schedule = [
  { at = 2026-12-01T09:00:00Z, rollout_percentage = 50 },
  { at = 2026-12-02T09:00:00Z, rollout_percentage = 100 },
]
"#,
        ],
    ),
    lint(
        "FLG112",
        "deprecated-flag",
        Warning,
        [
            "A deprecated flag that is still on",
            "The flag is tagged `deprecated`, or its metadata says `deprecated = true`, and it is still on for somebody. Move its users to \
         what replaces it and switch it off.",
            r#"
[features.old_search]
enabled = true
tags = ["deprecated"]
"#,
            r#"
[features.old_search]
enabled = false
tags = ["deprecated"]
"#,
        ],
    ),
    lint(
        "FLG113",
        "deprecated-reference",
        Warning,
        [
            "Something depends on a deprecated flag",
            "A flag that is deprecated itself may depend on another one that is; any other flag, and any segment, should be moved off it \
         before it goes.",
            r#"
[features.old_search]
enabled = false
tags = ["deprecated"]

[features.suggestions]
enabled = true
rules = [{ when = [{ flag = "old_search" }], rollout_percentage = 50 }]
"#,
            r#"
[features.old_search]
enabled = false
tags = ["deprecated"]

[features.new_search]
enabled = true

[features.suggestions]
enabled = true
rules = [{ when = [{ flag = "new_search" }], rollout_percentage = 50 }]
"#,
        ],
    ),
    lint(
        "FLG114",
        "kill-left-on",
        Warning,
        [
            "A flag that is killed in the file",
            "`emergency_off` switches off the flag and everything below it, whatever else says otherwise. When the incident is over, write \
         `enabled = true`, or `enabled = false` if the flag is to stay off.",
            r#"
[features.new_search]
state = "emergency_off"
"#,
            r#"
[features.new_search]
enabled = false
"#,
        ],
    ),
    lint(
        "FLG115",
        "excluded-member",
        Warning,
        [
            "A member of a segment that is excluded as well",
            "`exclude` wins over `members`, so the unit is not in the segment. Remove it from one of the two lists.",
            r#"
[segments.staff]
members = ["user-1", "user-2"]
exclude = ["user-2"]

[features.new_search]
enabled = true
targets = { segments = ["staff"] }
"#,
            r#"
[segments.staff]
members = ["user-1"]
exclude = ["user-2"]

[features.new_search]
enabled = true
targets = { segments = ["staff"] }
"#,
        ],
    ),
    lint(
        "FLG116",
        "unused-channel",
        Warning,
        [
            "No alert goes to the channel",
            "Whoever reads the channel waits for alerts that never come. Name it in `notify` of an alert, or remove it. An alert without \
         `notify` goes to every channel.",
            r#"
[channels.ops]
kind = "log"

[channels.on_call]
kind = "webhook"
url = "https://hooks.example/on-call"

[alerts.refused]
when = { reload_failed = true }
notify = ["ops"]
"#,
            r#"
[channels.ops]
kind = "log"

[channels.on_call]
kind = "webhook"
url = "https://hooks.example/on-call"

[alerts.refused]
when = { reload_failed = true }
notify = ["ops", "on_call"]
"#,
        ],
    ),
];
