//! An analysis as JSON, with names that do not change.

use serde_json::{Map, Value, json};

use super::{
    Analysis, ArmValue, Because, Check, Comparison, Evidence, Finding, Measured, MetricAnalysis, Plan, Shortfall,
    Unavailable, Verdict, Waiting,
};
use crate::statistics::PValue;

impl Analysis {
    /// The analysis as a JSON object. A number that is not there is `null`, and a `reason` beside it has a `code`, which does
    /// not change, and a `text` for people.
    ///
    /// ```text
    /// experiment, at, progress
    /// plan       method, confidence, alpha, alpha_each, power, correction, comparisons, control, primary, looks
    /// checks     [check, outcome, text, p]
    /// arms       [arm, control, users, expected]
    /// metrics    [metric, kind, role, goal, primary, margin, minimum_detectable_effect, control (arm, units … value), arms: [
    ///              arm, units, open_windows, capped, value, effect, lift (each: value, lower, upper, reason),
    ///              p, ln_p, p_adjusted, p_holds, p_breached, chance_to_win, expected_loss, chance_to_hold, reason,
    ///              verdict, verdict_text, shortfall, method ]]
    /// segments   [dimension, value, users, metrics]
    /// decision   kind, arm, because: [code, text, arm, metric], evidence: [metric, arm, verdict, effect, lift, p]
    /// ```
    ///
    /// `value`, `lower` and `upper` are rates as shares and lifts as shares (0.1 is ten percent). `p` is the test's own, and
    /// `p_adjusted` the one that decides. Of the evidence only the fields of its kind are there.
    #[must_use]
    pub fn to_json(&self) -> String {
        let decision = &self.decision;
        let document = json!({
            "experiment": &*self.experiment,
            "at": self.at.to_string(),
            "progress": self.progress.code(),
            "plan": plan(&self.plan),
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
            "arms": self.arms.iter().map(|arm| json!({
                "arm": &*arm.name,
                "control": arm.control,
                "users": arm.users,
                "expected": arm.expected,
            })).collect::<Vec<_>>(),
            "metrics": self.metrics.iter().map(metric).collect::<Vec<_>>(),
            "segments": self.segments.iter().map(|segment| json!({
                "dimension": &*segment.dimension,
                "value": &*segment.value,
                "users": segment.users,
                "metrics": segment.metrics.iter().map(metric).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "decision": {
                "kind": decision.kind.code(),
                "arm": decision.arm.as_deref(),
                "because": decision.because.iter().map(because).collect::<Vec<_>>(),
                "evidence": decision.evidence.iter().map(finding).collect::<Vec<_>>(),
            },
        });
        format!("{document:#}\n")
    }
}

fn plan(plan: &Plan) -> Value {
    json!({
        "method": plan.method.name(),
        "confidence": 1.0 - plan.alpha.value(),
        "alpha": plan.alpha.value(),
        "alpha_each": plan.alpha_each.value(),
        "power": plan.power,
        "correction": plan.correction.name(),
        "comparisons": plan.comparisons,
        "control": &*plan.control,
        "primary": plan.primary.as_deref(),
        "looks": plan.looks.map(|looks| json!({
            "planned": looks.planned,
            "passed": looks.passed,
            "last": looks.last.map(|at| at.to_string()),
            "next": looks.next.map(|at| at.to_string()),
        })),
    })
}

fn check(check: &Check) -> Value {
    json!({
        "check": check.kind.code(),
        "outcome": check.outcome.code(),
        "text": check.text,
        "p": check.p,
    })
}

fn metric(metric: &MetricAnalysis) -> Value {
    json!({
        "metric": &*metric.name,
        "kind": metric.kind.name(),
        "role": metric.role.name(),
        "goal": metric.goal.name(),
        "primary": metric.primary,
        "margin": metric.margin,
        "minimum_detectable_effect": metric.minimum_detectable_effect,
        "control": Value::Object(control(metric)),
        "arms": metric.arms.iter().map(comparison).collect::<Vec<_>>(),
    })
}

fn control(metric: &MetricAnalysis) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("arm".to_owned(), json!(&*metric.control_arm));
    fields.extend(arm_value(&metric.control));
    fields
}

fn arm_value(arm: &ArmValue) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("units".to_owned(), json!(arm.units));
    fields.insert("open_windows".to_owned(), json!(arm.open_windows));
    fields.insert("capped".to_owned(), json!(arm.capped));
    fields.insert("value".to_owned(), measured(&arm.value));
    fields
}

fn comparison(comparison: &Comparison) -> Value {
    let mut fields = Map::new();
    fields.insert("arm".to_owned(), json!(&*comparison.arm));
    fields.extend(arm_value(&comparison.value));
    fields.insert("effect".to_owned(), measured(&comparison.effect));
    fields.insert("lift".to_owned(), measured(&comparison.lift));
    fields.extend(evidence(&comparison.evidence));
    fields.insert("verdict".to_owned(), json!(comparison.verdict.code()));
    fields.insert("verdict_text".to_owned(), json!(comparison.verdict.to_string()));
    fields.insert("shortfall".to_owned(), shortfall(&comparison.verdict));
    fields.insert("method".to_owned(), json!(comparison.method));
    Value::Object(fields)
}

fn evidence(evidence: &Result<Evidence, Unavailable>) -> Map<String, Value> {
    let fields = match evidence {
        Ok(Evidence::Test { p, adjusted }) => {
            json!({"p": p.value(), "ln_p": p.ln(), "p_adjusted": adjusted})
        }
        Ok(Evidence::Guardrail { p_holds, p_breached }) => {
            json!({"p_holds": p_holds.map(PValue::value), "p_breached": p_breached.value()})
        }
        Ok(Evidence::Posterior { chance_to_win, expected_loss }) => {
            json!({"p": null, "chance_to_win": chance_to_win, "expected_loss": expected_loss})
        }
        Ok(Evidence::GuardrailPosterior { chance_to_hold }) => json!({"p": null, "chance_to_hold": chance_to_hold}),
        Err(why) => json!({"p": null, "reason": reason(*why)}),
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn measured(measured: &Result<Measured, Unavailable>) -> Value {
    match measured {
        Ok(Measured { value, interval: Ok(interval) }) => {
            json!({"value": value, "lower": interval.lower, "upper": interval.upper})
        }
        Ok(Measured { value, interval: Err(why) }) => {
            json!({"value": value, "lower": null, "upper": null, "reason": reason(*why)})
        }
        Err(why) => json!({"value": null, "lower": null, "upper": null, "reason": reason(*why)}),
    }
}

fn reason(why: Unavailable) -> Value {
    json!({"code": why.code(), "text": why.to_string()})
}

fn shortfall(verdict: &Verdict) -> Value {
    let shortfall = match verdict {
        Verdict::Underpowered(shortfall) | Verdict::NotYet(Waiting::ForEvidence(Some(shortfall))) => Some(shortfall),
        Verdict::NotYet(Waiting::ForTheEnd { sample, .. }) => sample.as_ref(),
        _ => None,
    };
    shortfall.map_or(Value::Null, |Shortfall { effect, units, needed, days, detectable }| {
        json!({"effect": effect, "units": units, "needed": needed, "days": days, "detectable": detectable})
    })
}

fn because(because: &Because) -> Value {
    let (arm, metric) = because.about();
    json!({"code": because.code(), "text": because.to_string(), "arm": arm, "metric": metric})
}

fn finding(finding: &Finding) -> Value {
    let known = |number: Option<Measured>| number.map_or(Value::Null, |number| measured(&Ok(number)));
    json!({
        "metric": &*finding.metric,
        "arm": &*finding.arm,
        "verdict": finding.verdict.code(),
        "effect": known(finding.effect),
        "lift": known(finding.lift),
        "p": finding.p,
    })
}
