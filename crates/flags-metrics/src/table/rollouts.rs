//! The metrics of rollouts, circuit breakers and health signals.

use super::{Metric, ShownBy, counter, gauge};

/// How rollouts stand.
pub const ROLLOUT_STATE: Metric = gauge(
    "flags_rollout_state",
    &["flag", "state"],
    "Whether the rollout of the flag is in that state: planned, canary, gradual, majority, complete, paused, rolling_back or \
     rolled_back.",
)
.of(ShownBy::Client);

/// The percentage that a rollout has in force.
pub const ROLLOUT_PERCENTAGE: Metric = gauge(
    "flags_rollout_percentage_ratio",
    &["flag"],
    "The share of units that get the flag by its rollout, from 0 to 1.",
)
.of(ShownBy::Client);

/// How often rollouts came into a state.
pub const ROLLOUT_TRANSITIONS: Metric =
    counter("flags_rollout_transitions_total", &["flag", "to"], "How many times the rollout came into that state.")
        .of(ShownBy::Client);

/// What the guardrails of a rollout say.
pub const ROLLOUT_GUARD_VERDICT: Metric = gauge(
    "flags_rollout_guard_verdict",
    &["flag", "guard", "verdict"],
    "Whether that is what the guardrail said at the last look: pass, fail, inconclusive, no_data or error. The guard \
     sample_ratio is the check that the arms get their shares, and catastrophe the rule for branches that nearly always fail.",
)
.of(ShownBy::Client);

/// How runs of the arms of a rollout ended.
pub const ROLLOUT_RUNS: Metric = counter(
    "flags_rollout_runs_total",
    &["flag", "arm", "outcome"],
    "Runs of the flag's measured branches by the units that its rollout compares, by arm (control or treatment) and outcome: ok, \
     error or slow.",
)
.of(ShownBy::Client);

/// Whether this program drives rollouts.
pub const ROLLOUT_CONTROLLER_LEADER: Metric = gauge(
    "flags_rollout_controller_leader",
    &[],
    "Whether this program drives the rollouts: 1, or 0 where another one does or none.",
)
.of(ShownBy::Client);

/// How circuit breakers stand.
pub const BREAKER_STATE: Metric = gauge(
    "flags_breaker_state",
    &["flag", "state"],
    "Whether the circuit breaker of the flag is in that state: closed, open, half_open, forced_open or forced_closed.",
)
.of(ShownBy::Client);

/// How often circuit breakers came into a state.
pub const BREAKER_TRANSITIONS: Metric = counter(
    "flags_breaker_transitions_total",
    &["flag", "to"],
    "How many times the circuit breaker of the flag came into that state.",
)
.of(ShownBy::Client);

/// Whether health signals can be read.
pub const SIGNAL_UP: Metric =
    gauge("flags_signal_up", &["signal"], "Whether the health signal last said something that can be judged.")
        .of(ShownBy::Client);
