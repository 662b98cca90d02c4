//! What is said of each lint of rollout plans, circuit breakers, signals and migrations.

use super::entries::lint;
use crate::{Severity::Warning, codes::CodeEntry};

/// In the order of their numbers, after those of experiments.
pub(super) static ROLLOUT_LINTS: [CodeEntry; 12] = [
    lint(
        "FLG123",
        "unwatched-end",
        Warning,
        [
            "Nothing watches a rollout once everybody has the flag",
            "`max_increase` compares those who have the flag with as many who do not. At 100 percent there is nobody to compare with, \
             so the last stage, which the most units are in, is watched by nothing but the rule for catastrophes. A bound (`max`) \
             goes on watching.",
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max_increase = 0.1 }]
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max_increase = 0.1, max = 0.05 }]
"#,
        ],
    ),
    lint(
        "FLG124",
        "unwatched-plan",
        Warning,
        [
            "A rollout advances by itself, and nothing watches it",
            "Without a guardrail that pauses or rolls back, the plan is a timetable: it goes to everybody whatever happens. Add a \
             guardrail, let people decide with `auto_advance = false` or `approval = true`, or write a `schedule`, which says the \
             same and needs no controller.",
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
duration = "24h"
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
duration = "24h"
auto_advance = false
"#,
        ],
    ),
    lint(
        "FLG125",
        "schedule-beside-plan",
        Warning,
        [
            "A flag has a schedule of percentages and a rollout plan",
            "The plan is carried out by a control, which replaces the percentage of the flag and that of its schedule. The dated step \
             is without effect while the plan is under way, and comes into force when it is taken back. Keep one of the two.",
            r#"
[features.search]
enabled = true
rollout_percentage = 0
schedule = [{ at = 2026-12-01T09:00:00Z, rollout_percentage = 50 }]

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
not_before = 2026-12-01T09:00:00Z
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
        ],
    ),
    lint(
        "FLG126",
        "plan-without-effect",
        Warning,
        [
            "A rollout plan that moves nobody",
            "A plan raises the percentage of its flag. Where the flag is switched off, or a rule without conditions takes everybody \
             before the percentage counts, nobody notices. A flag that waits for its rollout is on, for 0 percent.",
            r#"
[features.search]
enabled = false

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
        ],
    ),
    lint(
        "FLG127",
        "plan-starts-lower",
        Warning,
        [
            "A flag is on for more units than its rollout plan starts with",
            "Starting the plan would take the flag away from units that have it, and rolling it back would give it to them again: a \
             rollback goes to what was in force before. A flag that waits for its rollout is on for 0 percent, or for no more than \
             the first stage. Once a rollout is complete, write its target as the percentage and remove the plan.",
            r#"
[features.search]
enabled = true

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
        ],
    ),
    lint(
        "FLG128",
        "short-window",
        Warning,
        [
            "A guardrail looks at less time than its signal needs",
            "Data older than the window are missing data. A signal that is asked for less often than that is missing most of the \
             time, so the plan would hold, and pause after its grace.",
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "search_down", max = 0, window = "10s" }]

[signals.search_down]
http = "http://127.0.0.1:8080/health"
interval = "15s"
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "search_down", max = 0, window = "2m" }]

[signals.search_down]
http = "http://127.0.0.1:8080/health"
interval = "15s"
"#,
        ],
    ),
    lint(
        "FLG129",
        "short-deadline",
        Warning,
        [
            "A rollout is paused before it can be complete",
            "The stages of the plan hold for longer, together, than its `deadline` allows, so it is paused even if all goes well.",
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
duration = "24h"
deadline = "12h"
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
duration = "24h"
deadline = "3d"
guardrails = [{ metric = "error_rate", max = 0.05 }]
"#,
        ],
    ),
    lint(
        "FLG130",
        "duplicate-guardrail",
        Warning,
        [
            "Two guardrails bound the same metric in the same way",
            "Only the stricter of the two can matter. A warning below the bound that rolls back says `on_breach = \"notify\"`.",
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }, { metric = "error_rate", max = 0.02 }]
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }, { metric = "error_rate", max = 0.02, on_breach = "notify" }]
"#,
        ],
    ),
    lint(
        "FLG131",
        "unused-signal",
        Warning,
        [
            "No guardrail is on the signal",
            "It is asked for all the time, and nobody listens. Name it as the `metric` of a guardrail, or remove it.",
            r#"
[signals.search_down]
http = "http://127.0.0.1:8080/health"
"#,
            r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "linear"
guardrails = [{ metric = "search_down", max = 0 }]

[signals.search_down]
http = "http://127.0.0.1:8080/health"
"#,
        ],
    ),
    lint(
        "FLG132",
        "idle-breaker",
        Warning,
        [
            "A circuit breaker that never opens",
            "It opens when the share of failed runs is above its `rate`, and no share is above 1. A window of fewer runs than \
             `min_samples` never has enough to judge.",
            r#"
[features.search]
enabled = true

[features.search.error_threshold]
rate = 0.5
window = 20
min_samples = 50
"#,
            r#"
[features.search]
enabled = true

[features.search.error_threshold]
rate = 0.5
window = 100
min_samples = 50
"#,
        ],
    ),
    lint(
        "FLG133",
        "phase-already-on",
        Warning,
        [
            "The flag of a phase is on before its migration",
            "The phase is to switch it on. As it is on already, what it guards runs before the phase's turn, and before what it \
             requires.",
            r#"
[features.new_store]
enabled = true

[migrations.store]
phases = [{ name = "write", flag = "new_store" }]
"#,
            r#"
[features.new_store]
enabled = false

[migrations.store]
phases = [{ name = "write", flag = "new_store" }]
"#,
        ],
    ),
    lint(
        "FLG134",
        "two-drivers",
        Warning,
        [
            "A flag is driven by more than one migration or plan",
            "A migration switches the flags of its phases on and off, a rollout plan sets the percentage of its flag. Two of them on \
             one flag undo each other's work.",
            r#"
[features.new_store]
enabled = true
rollout_percentage = 0

[features.new_store.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }]

[migrations.store]
phases = [{ name = "write", flag = "new_store" }]
"#,
            r#"
[features.new_store]
enabled = true
rollout_percentage = 0
parent = "store_migrated"

[features.new_store.rollout]
strategy = "linear"
guardrails = [{ metric = "error_rate", max = 0.05 }]

[features.store_migrated]
enabled = false

[migrations.store]
phases = [{ name = "write", flag = "store_migrated" }]
"#,
        ],
    ),
];
