//! What fires about rollouts and circuit breakers.

use super::{
    super::names::{BREAKER_STATE, ROLLOUT_CONTROLLER_LEADER, ROLLOUT_GUARD_VERDICT, ROLLOUT_STATE},
    Alerting,
};

pub(super) fn alerts() -> Vec<Alerting> {
    vec![
        Alerting {
            name: "FlagsRolloutRolledBack",
            expression: format!("max by (job, flag) ({ROLLOUT_STATE}{{state=\"rolled_back\"}}) == 1"),
            hold: "0m",
            severity: "warning",
            summary: "The rollout of {{ $labels.flag }} was rolled back",
            description: "It stays so until somebody makes it ready again. `flags rollout history {{ $labels.flag }}` has the reason and the \
                          evidence; `flags rollout rearm {{ $labels.flag }}` makes it ready.",
        },
        Alerting {
            name: "FlagsRollbackUnconfirmed",
            expression: format!("max by (job, flag) ({ROLLOUT_STATE}{{state=\"rolling_back\"}}) == 1"),
            hold: "1m",
            severity: "critical",
            summary: "The rollback of {{ $labels.flag }} is not in force",
            description: "It has been asked for, and the controls read back say something else. Look at `flags controls {{ $labels.flag }}`; \
                          `flags kill {{ $labels.flag }}` switches the flag off meanwhile.",
        },
        Alerting {
            name: "FlagsRolloutStuck",
            expression: format!("max by (job, flag) ({ROLLOUT_STATE}{{state=\"paused\"}}) == 1"),
            hold: "15m",
            severity: "warning",
            summary: "The rollout of {{ $labels.flag }} has been paused for a while",
            description: "It waits for a person, or for data that do not come. `flags rollout status {{ $labels.flag }}` says for what.",
        },
        Alerting {
            name: "FlagsRolloutNoData",
            expression: format!(
                "max by (job, flag, guard) ({ROLLOUT_GUARD_VERDICT}{{verdict=~\"no_data|error\"}}) == 1"
            ),
            hold: "5m",
            severity: "warning",
            summary: "The guardrail {{ $labels.guard }} of {{ $labels.flag }} sees nothing",
            description: "The rollout holds, and pauses after its grace: what is not known neither advances it nor takes it back. \
                          Is there traffic in both arms, and does the signal answer? `flags rollout status {{ $labels.flag }}` says more.",
        },
        Alerting {
            name: "FlagsRolloutSampleRatioMismatch",
            expression: format!(
                "max by (job, flag) ({ROLLOUT_GUARD_VERDICT}{{guard=\"sample_ratio\",verdict=\"fail\"}}) == 1"
            ),
            hold: "0m",
            severity: "warning",
            summary: "The arms of the rollout of {{ $labels.flag }} do not get their shares of the units",
            description: "So they do not differ in the flag alone, and no comparison of them can be trusted. Something decides who is measured: \
                          a branch that fails before it is counted, a cache, a filter in front.",
        },
        Alerting {
            name: "FlagsControllerAbsent",
            expression: format!(
                "max by (job) (max_over_time({ROLLOUT_CONTROLLER_LEADER}[1h])) == 1 unless \
                 max by (job) ({ROLLOUT_CONTROLLER_LEADER}) == 1"
            ),
            hold: "2m",
            severity: "critical",
            summary: "Nobody drives the rollouts of {{ $labels.job }} any more",
            description: "A program drove them less than an hour ago, and none does now. Every rollout stays at the percentage it has; none \
                          advances, and none is taken back. Start a program that drives them.",
        },
        Alerting {
            name: "FlagsBreakerOpen",
            expression: format!("max by (job, flag) ({BREAKER_STATE}{{state=~\"open|forced_open\"}}) == 1"),
            hold: "1m",
            severity: "warning",
            summary: "The circuit breaker of {{ $labels.flag }} is open",
            description: "Too many of its runs failed, or somebody opened it: the flag is off on that instance. It tries again by itself after its \
                          cool-down, unless it was opened by hand. `flags breaker list` says more.",
        },
    ]
}
