//! The row on rollouts, circuit breakers and health signals.

use super::{
    super::names::{
        BREAKER_STATE, BREAKER_TRANSITIONS, ROLLOUT_CONTROLLER_LEADER, ROLLOUT_GUARD_VERDICT, ROLLOUT_PERCENTAGE,
        ROLLOUT_RUNS, ROLLOUT_STATE, ROLLOUT_TRANSITIONS, SIGNAL_UP,
    },
    Look, OF_FLAG, OF_JOB, Panel, RATE, Row, lines, query,
};

pub(super) fn row() -> Row {
    Row {
        title: "Rollouts",
        panels: vec![
            table("States", 8, "Where each rollout stands.", format!("{ROLLOUT_STATE}{{{OF_FLAG}}} == 1")),
            lines(
                "Percentage",
                "percentunit",
                8,
                "The share of units that get the flag by its rollout.",
                [query(format!("max by (flag) ({ROLLOUT_PERCENTAGE}{{{OF_FLAG}}})"), "{{flag}}")],
            ),
            lines(
                "Failed runs of both arms",
                "percentunit",
                8,
                "The share of the runs of each arm that failed. What hits both alike is not of the flag's making.",
                [query(
                    format!(
                        "sum by (flag, arm) (rate({ROLLOUT_RUNS}{{{OF_FLAG},outcome=\"error\"}}[{RATE}])) / \
                         (sum by (flag, arm) (rate({ROLLOUT_RUNS}{{{OF_FLAG}}}[{RATE}])) > 0)"
                    ),
                    "{{flag}} {{arm}}",
                )],
            ),
            table(
                "Guardrails",
                8,
                "What each guardrail said at the last look.",
                format!("{ROLLOUT_GUARD_VERDICT}{{{OF_FLAG}}} == 1"),
            ),
            lines(
                "Transitions",
                "none",
                8,
                "Rollouts that came into a state.",
                [query(
                    format!("sum by (flag, to) (increase({ROLLOUT_TRANSITIONS}{{{OF_FLAG}}}[{RATE}])) > 0"),
                    "{{flag}} {{to}}",
                )],
            ),
            lines(
                "Drivers",
                "none",
                8,
                "Instances that drive rollouts. With none, every rollout stays where it is.",
                [query(format!("sum by (job) ({ROLLOUT_CONTROLLER_LEADER}{{{OF_JOB}}})"), "{{job}}")],
            ),
            table("Breakers", 8, "Where each circuit breaker stands.", format!("{BREAKER_STATE}{{{OF_FLAG}}} == 1")),
            lines(
                "Breakers that changed",
                "none",
                8,
                "Circuit breakers that came into a state.",
                [query(
                    format!("sum by (flag, to) (increase({BREAKER_TRANSITIONS}{{{OF_FLAG}}}[{RATE}])) > 0"),
                    "{{flag}} {{to}}",
                )],
            ),
            lines(
                "Signals that can be judged",
                "none",
                8,
                "1 is as it should be; at 0 the rollouts that are guarded by it hold.",
                [query(format!("min by (signal) ({SIGNAL_UP}{{{OF_JOB}}})"), "{{signal}}")],
            ),
        ],
    }
}

fn table(title: &'static str, width: u32, description: &'static str, expression: String) -> Panel {
    Panel { title, description, look: Look::Table, unit: "none", width, queries: vec![query(expression, "")] }
}
