//! From verdicts to what to do.
//!
//! The order of the questions: can the data be trusted; does an arm do harm; is an arm better, with every guardrail holding;
//! is it over. An arm wins by the primary metric only, is worse by no other, and every guardrail with a margin has been shown
//! to hold in it.

use super::{
    Because, Check, CheckOutcome, Comparison, Decision, DecisionKind, Finding, MetricAnalysis, Plan, Verdict, Waiting,
};
use crate::Name;
use flags_core::definition::{Goal, MetricRole};

/// What is decided on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub(super) plan: &'a Plan,
    pub(super) checks: &'a [Check],
    pub(super) metrics: &'a [MetricAnalysis],
    /// Why the method does not decide yet, if it does not.
    pub(super) waiting: Option<Waiting>,
    /// Whether this is the last look.
    pub(super) last: bool,
    /// Whether anybody was exposed.
    pub(super) anybody: bool,
}

/// The verdicts on one arm.
#[derive(Clone, Debug, Default)]
struct Standing {
    /// The primary metric is better.
    wins: bool,
    /// Breached guardrails, and success metrics that are worse.
    harm: Vec<Because>,
    /// Guardrails that are neither shown to hold nor breached.
    open: Vec<Because>,
    /// Success metrics that are better and not the primary one.
    secondary: Vec<Because>,
    guardrails: usize,
}

pub(super) fn decide(case: &Case<'_>) -> Decision {
    let failed = case.checks.iter().filter(|check| check.outcome == CheckOutcome::Failed);
    let failed: Vec<Because> =
        failed.map(|check| Because::CheckFailed { check: check.kind, text: check.text.clone() }).collect();
    if !failed.is_empty() {
        return decision(DecisionKind::NoDecision, None, failed, vec![]);
    }
    if !case.anybody {
        let kind = if case.last { DecisionKind::NoDecision } else { DecisionKind::KeepRunning };
        return decision(kind, None, vec![Because::NobodyYet], vec![]);
    }
    if let Some(waiting) = case.waiting {
        return decision(DecisionKind::KeepRunning, None, vec![Because::DecidesLater { waiting }], vec![]);
    }
    let arms = case.arms();
    let standings: Vec<(Name, Standing)> = arms.iter().map(|arm| (arm.clone(), case.standing(arm))).collect();
    if let Some(winner) = case.winner(&standings) {
        return winner;
    }
    if let Some((arm, standing)) = standings.iter().find(|(_, standing)| does_harm(standing)) {
        let because = standing.harm.clone();
        return decision(DecisionKind::RecommendStop, Some(arm.clone()), because, case.findings(arm));
    }
    case.unclear(&standings)
}

fn decision(kind: DecisionKind, arm: Option<Name>, because: Vec<Because>, evidence: Vec<Finding>) -> Decision {
    Decision { kind, arm, because, evidence }
}

/// An arm that is better by the primary metric and worse by another success metric is for a person to weigh.
fn does_harm(standing: &Standing) -> bool {
    let breached = |because: &Because| matches!(because, Because::GuardrailBreached { .. });
    standing.harm.iter().any(|because| breached(because) || !standing.wins)
}

impl Case<'_> {
    fn arms(&self) -> Vec<Name> {
        self.metrics.first().map_or(vec![], |metric| metric.arms.iter().map(|arm| arm.arm.clone()).collect())
    }

    fn of_arm(&self, arm: &str) -> impl Iterator<Item = (&MetricAnalysis, &Comparison)> {
        self.metrics
            .iter()
            .filter_map(move |metric| Some((metric, metric.arms.iter().find(|other| *other.arm == *arm)?)))
    }

    fn primary(&self, arm: &str) -> Option<(&MetricAnalysis, &Comparison)> {
        self.of_arm(arm).find(|(metric, _)| metric.primary)
    }

    fn standing(&self, arm: &Name) -> Standing {
        let mut standing = Standing::default();
        for (metric, comparison) in self.of_arm(arm) {
            let (name, arm) = (metric.name.clone(), arm.clone());
            match (metric.role, comparison.verdict) {
                (MetricRole::Success, Verdict::Better) if metric.primary => standing.wins = true,
                (MetricRole::Success, Verdict::Better) => {
                    let primary = self.plan.primary.clone().unwrap_or_else(|| name.clone());
                    standing.secondary.push(Because::OnlySecondary { arm, metric: name, primary });
                }
                (MetricRole::Success, Verdict::Worse) => standing.harm.push(Because::Worse { arm, metric: name }),
                (MetricRole::Success, _) => {}
                (MetricRole::Guardrail, Verdict::Inferior | Verdict::Worse) => {
                    standing.harm.push(Because::GuardrailBreached { arm, metric: name });
                }
                (MetricRole::Guardrail, Verdict::NonInferior | Verdict::NoDifferenceSeen) => standing.guardrails += 1,
                (MetricRole::Guardrail, verdict) => {
                    standing.open.push(Because::GuardrailOpen { arm, metric: name, verdict });
                }
            }
        }
        standing
    }

    /// The best of the arms that may win.
    fn winner(&self, standings: &[(Name, Standing)]) -> Option<Decision> {
        let may_win = |standing: &Standing| standing.wins && standing.harm.is_empty() && standing.open.is_empty();
        let candidates: Vec<&(Name, Standing)> = standings.iter().filter(|(_, standing)| may_win(standing)).collect();
        let advantage = |arm: &str| {
            let (metric, comparison) = self.primary(arm)?;
            let effect = comparison.effect.as_ref().ok()?;
            Some(if metric.goal == Goal::Increase { effect.value } else { -effect.value })
        };
        // The first in the order of the definition, where two are equal to the last digit.
        let (arm, standing) = candidates.iter().copied().rev().max_by(|(one, _), (other, _)| {
            let of = |arm: &str| advantage(arm).unwrap_or(f64::MIN);
            of(one).total_cmp(&of(other))
        })?;
        let (metric, comparison) = self.primary(arm)?;
        let mut because = vec![Because::Better {
            arm: arm.clone(),
            metric: metric.name.clone(),
            lift: comparison.lift.as_ref().ok().map(|lift| lift.value),
        }];
        if standing.guardrails > 0 {
            because.push(Because::GuardrailsHold { arm: arm.clone(), guardrails: standing.guardrails });
        }
        let others: Vec<Name> =
            candidates.iter().filter(|(other, _)| other != arm).map(|(other, _)| other.clone()).collect();
        if !others.is_empty() {
            let best = comparison.effect.as_ref().ok()?.value;
            let reaches = |other: &Name| {
                let effect = self.primary(other).and_then(|(_, other)| other.effect.as_ref().ok());
                effect.and_then(|effect| effect.interval.ok()).is_some_and(|interval| interval.contains(best))
            };
            let close = others.iter().any(reaches);
            because.push(Because::BetterThanOthers { arms: others, close });
        }
        Some(decision(DecisionKind::RecommendWinner, Some(arm.clone()), because, self.findings(arm)))
    }

    /// Neither a winner nor harm: what stands in the way, and whether waiting helps.
    fn unclear(&self, standings: &[(Name, Standing)]) -> Decision {
        let kind = if self.last { DecisionKind::NoDecision } else { DecisionKind::KeepRunning };
        if self.plan.primary.is_none() {
            let open = standings.iter().flat_map(|(_, standing)| standing.open.clone());
            return decision(kind, None, std::iter::once(Because::NoSuccessMetric).chain(open).collect(), vec![]);
        }
        let mut because = vec![];
        let mut findings = vec![];
        for (arm, standing) in standings {
            let Some((metric, comparison)) = self.primary(arm) else { continue };
            let (arm, metric) = (arm.clone(), metric.name.clone());
            because.push(match comparison.verdict {
                Verdict::Better => {
                    let lift = comparison.lift.as_ref().ok().map(|lift| lift.value);
                    Because::Better { arm: arm.clone(), metric, lift }
                }
                Verdict::Underpowered(shortfall) => Because::Underpowered { arm: arm.clone(), metric, shortfall },
                verdict => Because::Unclear { arm: arm.clone(), metric, verdict },
            });
            because.extend(standing.harm.iter().chain(&standing.secondary).cloned());
            if standing.wins {
                because.extend(standing.open.iter().cloned());
            }
            findings.extend(self.findings(&arm));
        }
        decision(kind, None, because, findings)
    }

    fn findings(&self, arm: &str) -> Vec<Finding> {
        self.of_arm(arm)
            .map(|(metric, comparison)| Finding {
                metric: metric.name.clone(),
                arm: comparison.arm.clone(),
                verdict: comparison.verdict,
                effect: comparison.effect.ok(),
                lift: comparison.lift.ok(),
                p: comparison.p(),
            })
            .collect()
    }
}
