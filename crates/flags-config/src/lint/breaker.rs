//! Circuit breakers that can never open.

use flags_rollout::breaker::Window;

use super::{
    Finding, LintCode,
    sections::{Sections, below},
};

pub(super) fn check(sections: &Sections<'_>, findings: &mut Vec<Finding>) {
    for section in sections.breakers {
        let options = &section.options;
        let (field, why, help) = match options.window {
            _ if options.rate >= 1.0 => (
                "rate",
                "no share of failed runs is above 1".to_owned(),
                "write the share of failed runs that is too many, such as `0.5`",
            ),
            Window::Count(runs) if u64::from(runs) < options.min_samples => (
                "window",
                format!("its window has {runs} runs, and it takes {} to judge", options.min_samples),
                "write a larger `window`, or fewer `min_samples`",
            ),
            _ => continue,
        };
        let mut path = below(&section.flag, section.environment.as_deref());
        path.extend(["error_threshold".into(), field.into()]);
        let message = format!("the circuit breaker of `{}` never opens: {why}", section.flag);
        findings.push(Finding::new(LintCode::IdleBreaker, path, message).help(help));
    }
}
