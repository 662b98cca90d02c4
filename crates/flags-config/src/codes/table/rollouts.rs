//! What is said of rollout plans, circuit breakers, signals and migrations.

use super::code;
use crate::{Severity::Error, codes::CodeEntry};

pub(super) static ROLLOUTS: &[CodeEntry] = &[
    code(
        "FLG091",
        "unknown-signal",
        Error,
        [
            "A guardrail names a signal that is not defined",
            "A guardrail that watches nothing would let everything pass, so a name that stands for nothing is refused. It is one \
             of `error_rate`, `latency_p50`, `latency_p95`, `latency_p99`, or the key of a table below `[signals]`. A rule that \
             the application brings along is named by `rule` in place of `metric`.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"eror_rate\", max = 0.05 }]",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]",
        ],
    ),
    code(
        "FLG092",
        "plan-key",
        Error,
        [
            "The strategy of a rollout plan has no use for a key",
            "A `custom` plan takes its stages from `stages`; the other strategies compute them. `start` belongs to `linear`, \
             `exponential`, `canary` and `stepped`. Which of the two was meant would be a guess.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"linear\"\n\
             stages = [{ percentage = 50 }, { percentage = 100 }]\nguardrails = [{ metric = \"error_rate\", max = 0.05 }]",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"custom\"\n\
             stages = [{ percentage = 50 }, { percentage = 100 }]\nguardrails = [{ metric = \"error_rate\", max = 0.05 }]",
        ],
    ),
    code(
        "FLG093",
        "plan-percentages",
        Error,
        [
            "The percentages of a rollout plan do not rise to its target",
            "A plan starts above 0, each stage is larger than the one before, and the last one is the target: a unit that has the \
             flag in one stage keeps it in the next.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"custom\"\n\
             stages = [{ percentage = 50 }, { percentage = 5 }, { percentage = 100 }]\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"custom\"\n\
             stages = [{ percentage = 5 }, { percentage = 50 }, { percentage = 100 }]\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]",
        ],
    ),
    code(
        "FLG094",
        "plan-duration",
        Error,
        [
            "The stages of a rollout plan hold for longer than the whole plan lasts",
            "`duration` is shared out over the stages that say no `hold` of their own, so it cannot be less than what the others \
             take together.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"custom\"\n\
             duration = \"1h\"\nstages = [{ percentage = 5, hold = \"2h\" }, { percentage = 100 }]\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"custom\"\n\
             duration = \"4h\"\nstages = [{ percentage = 5, hold = \"2h\" }, { percentage = 100 }]\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]",
        ],
    ),
    code(
        "FLG095",
        "guardrail-bound",
        Error,
        [
            "A guardrail has a bound that it cannot be judged by",
            "`max_increase` compares with the control group, so it needs a metric that counts the runs of both arms: \
             `error_rate`, a latency, or a signal with `treatment` and `control` or with `counts`. A signal of one number takes \
             `max` alone, a phase of a migration has no control group at all, and a rule of the application has its bounds \
             itself.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"queue_length\", max_increase = 0.1 }]\n\
             [signals.queue_length]\nsource = \"application\"",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"queue_length\", max = 1000 }]\n\
             [signals.queue_length]\nsource = \"application\"",
        ],
    ),
    code(
        "FLG096",
        "signal-source",
        Error,
        [
            "A signal has a key that its source has no use for",
            "A signal comes from `prometheus`, from `http`, or from the application. Only Prometheus takes queries: one `query` for \
             one number, or `treatment` and `control` for counts of both arms. Only `http` takes `status` and `unreachable`, and \
             only the application takes `counts`. What the application pushes is not asked for, so it has no `interval` and \
             needs no credentials.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"queue_length\", max = 1000 }]\n\
             [signals.queue_length]\nsource = \"application\"\ninterval = \"15s\"",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"queue_length\", max = 1000 }]\n\
             [signals.queue_length]\nsource = \"application\"",
        ],
    ),
    code(
        "FLG097",
        "freeze-window",
        Error,
        [
            "A freeze window mixes two forms",
            "A window is either one stretch of time, `from` one instant `until` another, or comes each week: on `days`, `from` one \
             time of the day `until` another. `utc_offset` says by which clock, and belongs to the second form.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]\nfreezes = [{ from = \"16:00\", until = \"08:00\" }]",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]\n\
             freezes = [{ days = [\"friday\"], from = \"16:00\", until = \"08:00\" }]",
        ],
    ),
    code(
        "FLG098",
        "migration-phase",
        Error,
        [
            "The flags of a migration's phases are in each other's way",
            "Each phase has a flag of its own, which is boolean, requires only what is on before it, and is taken back by another \
             flag than those that guard phases.",
            "[features.actors]\nenabled = false\n[features.sync]\nenabled = false\n[migrations.v2]\n\
             phases = [{ name = \"actors\", flag = \"actors\", requires = [\"sync\"] }, { name = \"sync\", flag = \"sync\" }]",
            "[features.actors]\nenabled = false\n[features.sync]\nenabled = false\n[migrations.v2]\n\
             phases = [{ name = \"sync\", flag = \"sync\" }, { name = \"actors\", flag = \"actors\", requires = [\"sync\"] }]",
        ],
    ),
    code(
        "FLG099",
        "reserved-signal",
        Error,
        [
            "A signal has the name of a metric that is built in",
            "`error_rate`, `latency_p50`, `latency_p95` and `latency_p99` are measured by the program itself; a guardrail on that \
             name would watch the one or the other.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]\n\
             [signals.error_rate]\nsource = \"application\"",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"cart_errors\", max = 0.05 }]\n\
             [signals.cart_errors]\nsource = \"application\"",
        ],
    ),
];
