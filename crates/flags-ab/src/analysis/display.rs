//! An analysis for people, in plain text.

use std::fmt;

use flags_core::definition::{Goal, MetricKind, MetricRole};

use super::{Analysis, ArmValue, Comparison, Evidence, Measured, MetricAnalysis, Unavailable, Verdict, Waiting};

impl fmt::Display for Analysis {
    /// The decision and its reasons first, then what they rest on. Several lines, without one at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.experiment, self.decision)?;
        for because in &self.decision.because {
            writeln!(f, "  - {because}")?;
        }
        self.rules(f)?;
        writeln!(f, "\nchecks")?;
        for check in &self.checks {
            writeln!(f, "  {:<8} {}", check.outcome.code(), check.text)?;
        }
        writeln!(f, "\narms")?;
        let names = self.arms.iter().map(|arm| arm.name.chars().count()).max().unwrap_or(0);
        for arm in &self.arms {
            let role = if arm.control { " (control)" } else { "" };
            write!(f, "  {:<names$}  {} users", arm.name, arm.users)?;
            match arm.expected {
                Some(expected) => writeln!(f, ", {expected:.0} expected{role}")?,
                None => writeln!(f, "{role}")?,
            }
        }
        for metric in &self.metrics {
            write!(f, "\n{metric}")?;
        }
        for segment in &self.segments {
            writeln!(f, "\n{} = {}, {} users (exploratory)", segment.dimension, segment.value, segment.users)?;
            for metric in &segment.metrics {
                write!(f, "{metric}")?;
            }
        }
        Ok(())
    }
}

impl Analysis {
    fn rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = &self.plan;
        let confidence = percent(1.0 - plan.alpha.value());
        write!(
            f,
            "\n{} at {}, method {}, confidence {confidence}",
            self.progress.code().replace('_', " "),
            self.at,
            plan.method.name()
        )?;
        match plan.comparisons {
            0 | 1 => {}
            many => write!(f, ", correction {} over {many} comparisons", plan.correction.name())?,
        }
        if let Some(looks) = plan.looks {
            write!(f, ", look {} of {}", looks.passed, looks.planned)?;
            if let Some(last) = looks.last {
                write!(f, " at {last}")?;
            }
        }
        writeln!(f)
    }
}

impl fmt::Display for MetricAnalysis {
    /// A line for the metric, then one or more for each arm.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let better = match self.goal {
            Goal::Increase => "more is better",
            Goal::Decrease => "less is better",
        };
        let role = match (self.role, self.primary, self.margin) {
            (MetricRole::Success, true, _) => "primary success metric".to_owned(),
            (MetricRole::Success, false, _) => "success metric".to_owned(),
            (MetricRole::Guardrail, _, Some(margin)) => format!("guardrail with margin {}", percent(margin)),
            (MetricRole::Guardrail, _, None) => "guardrail".to_owned(),
        };
        writeln!(f, "{} ({}, {role}, {better})", self.name, self.kind.name())?;
        let names = self.arms.iter().map(|arm| &arm.arm).chain([&self.control_arm]).map(|name| name.chars().count());
        let names = names.max().unwrap_or(0);
        writeln!(f, "  {:<names$}  {}", self.control_arm, self.value(&self.control))?;
        for arm in &self.arms {
            writeln!(f, "  {:<names$}  {}", arm.arm, self.value(&arm.value))?;
            let indent = " ".repeat(names + 4);
            match &arm.effect {
                Ok(effect) => writeln!(f, "{indent}effect  {}", self.difference(effect))?,
                // The verdict says it.
                Err(why) if why.is_withheld() || waits_for(arm, *why) => {}
                Err(why) => writeln!(f, "{indent}effect  none: {why}")?,
            }
            // Where nothing is shown, one reason is enough.
            match &arm.lift {
                Ok(lift) => writeln!(f, "{indent}lift    {}", shown(lift, signed_rate))?,
                Err(why) if arm.effect.as_ref().err() != Some(why) => writeln!(f, "{indent}lift    none: {why}")?,
                Err(_) => {}
            }
            if let Some(evidence) = evidence(arm) {
                writeln!(f, "{indent}{evidence}")?;
            }
            writeln!(f, "{indent}{}", arm.verdict)?;
        }
        Ok(())
    }
}

impl MetricAnalysis {
    fn is_rate(&self) -> bool {
        self.kind == MetricKind::Conversion
    }

    fn value(&self, arm: &ArmValue) -> String {
        let value = match &arm.value {
            Ok(value) if self.is_rate() => shown(value, rate),
            Ok(value) => shown(value, number),
            Err(why) if why.is_withheld() => "not shown".to_owned(),
            Err(why) => format!("none: {why}"),
        };
        let mut text = format!("{value}, {} units", arm.units);
        for (count, what) in [(arm.open_windows, "left out with an open window"), (arm.capped, "cut by winsorising")] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text
    }

    fn difference(&self, effect: &Measured) -> String {
        if self.is_rate() { shown(effect, points) } else { shown(effect, signed) }
    }
}

fn waits_for(arm: &Comparison, why: Unavailable) -> bool {
    matches!(arm.verdict, Verdict::NotYet(Waiting::ForData(waited)) if waited == why)
        || arm.verdict == Verdict::Undefined(why)
}

fn evidence(arm: &Comparison) -> Option<String> {
    let by = if arm.method.is_empty() { String::new() } else { format!(", {}", arm.method) };
    Some(match arm.evidence {
        Ok(Evidence::Test { p, adjusted }) => {
            let own =
                if adjusted == p.value() { String::new() } else { format!(" (by itself {})", p_value(p.value())) };
            format!("p {}{own}{by}", p_value(adjusted))
        }
        Ok(Evidence::Guardrail { p_holds: Some(holds), p_breached }) => {
            format!("p {} for holding, p {} for a breach{by}", p_value(holds.value()), p_value(p_breached.value()))
        }
        Ok(Evidence::Guardrail { p_holds: None, p_breached }) => {
            format!("p {} for harm{by}", p_value(p_breached.value()))
        }
        Ok(Evidence::Posterior { chance_to_win, expected_loss }) => {
            format!("chance to win {}, expected loss {}{by}", chance(chance_to_win), number(expected_loss))
        }
        Ok(Evidence::GuardrailPosterior { chance_to_hold }) => {
            format!("chance to hold {}{by}", chance(chance_to_hold))
        }
        Err(why) => {
            let said =
                waits_for(arm, why) || [arm.effect.as_ref().err(), arm.lift.as_ref().err()].contains(&Some(&why));
            return (!said).then(|| format!("no p: {why}"));
        }
    })
}

fn shown(measured: &Measured, write: fn(f64) -> String) -> String {
    match &measured.interval {
        Ok(interval) => {
            format!("{} [{}, {}]", write(measured.value), write(interval.lower), write(interval.upper))
        }
        Err(Unavailable::Undefined(why)) => format!("{} [no interval: {why}]", write(measured.value)),
        Err(why) => format!("{} [no interval: {why}]", write(measured.value)),
    }
}

/// Four significant digits, and the plain notation wherever it is readable.
fn number(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let magnitude = x.abs().log10().floor();
    if !(-4.0..9.0).contains(&magnitude) {
        return format!("{x:.3e}");
    }
    let decimals = (3.0 - magnitude).max(0.0) as usize;
    format!("{x:.decimals$}")
}

fn signed(x: f64) -> String {
    if x > 0.0 { format!("+{}", number(x)) } else { number(x) }
}

/// A share that somebody has written: 95 %, 2.5 %.
pub(crate) fn percent(x: f64) -> String {
    let text = format!("{:.2}", x * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A share that was measured: two decimals, and two digits where it is small.
fn rate(x: f64) -> String {
    let x = x * 100.0;
    let magnitude = if x == 0.0 { 0.0 } else { x.abs().log10().floor() };
    let decimals = (1.0 - magnitude).clamp(2.0, 8.0) as usize;
    format!("{x:.decimals$} %")
}

fn signed_rate(x: f64) -> String {
    if x > 0.0 { format!("+{}", rate(x)) } else { rate(x) }
}

/// A difference of rates: points are what percentages differ by.
fn points(x: f64) -> String {
    signed_rate(x).replace('%', "points")
}

/// A probability, which is never quite 0 or 1.
fn chance(x: f64) -> String {
    if x > 0.9999 {
        "> 99.99 %".to_owned()
    } else if x < 0.0001 {
        "< 0.01 %".to_owned()
    } else {
        rate(x)
    }
}

pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("= {p:.4}") }
}
