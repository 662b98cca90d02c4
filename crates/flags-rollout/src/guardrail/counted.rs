//! A guardrail on counts: its comparison, and its absolute bound over the recent past.

use std::{collections::VecDeque, time::Duration};

use flags_core::Timestamp;

use super::{
    Arms, Counts,
    compare::Comparing,
    share::{ALPHA_PER_WINDOW, percent, shown, surely_above},
};
use crate::{
    machine::{Judgement, Verdict},
    plan::{GuardMetric, GuardrailDefinition},
};

/// As many batches are kept apart for the recent past, at most; older ones of the window are merged into the next.
const MOST_BATCHES: usize = 600;

/// The batches of the recent past.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    batches: VecDeque<(Timestamp, Arms<Counts>)>,
}

impl Recent {
    pub(super) fn record(&mut self, at: Timestamp, batch: Arms<Counts>, window: Duration) {
        self.batches.push_back((at, batch));
        self.forget(at, window);
        if self.batches.len() > MOST_BATCHES
            && let Some((_, oldest)) = self.batches.pop_front()
            && let Some((_, next)) = self.batches.front_mut()
        {
            next.control.add(oldest.control);
            next.treatment.add(oldest.treatment);
        }
    }

    fn forget(&mut self, now: Timestamp, window: Duration) {
        while self.batches.front().is_some_and(|(at, _)| now.saturating_since(*at) >= window) {
            self.batches.pop_front();
        }
    }

    /// What was counted in the window that ends now.
    pub(super) fn counts(&self, now: Timestamp, window: Duration) -> Arms<Counts> {
        let mut sum = Arms::<Counts>::default();
        for (_, batch) in self.batches.iter().filter(|(at, _)| now.saturating_since(*at) < window) {
            sum.control.add(batch.control);
            sum.treatment.add(batch.treatment);
        }
        sum
    }
}

/// What a guardrail on counts has seen in this stage.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    comparing: Comparing,
    recent: Recent,
    /// What was last said of counts that could not be had, until there are some again.
    missing: Option<(Verdict, Box<str>)>,
}

impl Counted {
    /// Nothing so far. Where there is no `max_increase`, nothing is asked of the comparison.
    pub(super) fn new(guardrail: &GuardrailDefinition) -> Self {
        let comparing = Comparing::new(guardrail.max_increase.unwrap_or_default());
        Self { comparing, recent: Recent::default(), missing: None }
    }

    pub(super) fn record(&mut self, at: Timestamp, batch: Arms<Counts>, window: Duration) {
        self.missing = None;
        self.comparing.record(batch);
        self.recent.record(at, batch, window);
    }

    pub(super) fn missing(&mut self, verdict: Verdict, text: impl Into<Box<str>>) {
        self.missing = Some((verdict, text.into()));
    }

    /// The runs of the stage so far.
    pub(super) fn total(&self) -> Arms<Counts> {
        self.comparing.total
    }

    /// The verdict. Without new counts it is not known how things stand, whatever was counted before; but what has surely
    /// failed has failed.
    pub(super) fn judge(&self, guardrail: &GuardrailDefinition, alpha: Option<f64>, now: Timestamp) -> Judgement {
        let judgement = self.judge_counts(guardrail, alpha, now);
        match &self.missing {
            Some((verdict, text)) if judgement.verdict != Verdict::Fail => Judgement::new(*verdict, text.clone()),
            _ => judgement,
        }
    }

    /// The worse of its bounds. `alpha` is the level of the comparison; `None` where there is no control group.
    fn judge_counts(&self, guardrail: &GuardrailDefinition, alpha: Option<f64>, now: Timestamp) -> Judgement {
        let recent = self.recent.counts(now, guardrail.window).treatment;
        if recent.runs == 0 {
            let text = format!("no runs with the flag in the last {} s", guardrail.window.as_secs());
            return Judgement::new(Verdict::NoData, text);
        }
        let absolute = guardrail.max.map(|max| bounded(guardrail, max, recent));
        let compared = guardrail.max_increase.map(|_| match alpha {
            Some(alpha) => self.comparing.judge(alpha, guardrail.min_samples),
            None => Judgement::new(Verdict::Pass, "everybody has the flag: there is nobody left to compare with"),
        });
        match (absolute, compared) {
            (Some(absolute), Some(compared)) => {
                // Of two that say the same, the comparison counts: it has no excuse.
                let worse = absolute.verdict.and(compared.verdict);
                if compared.verdict == worse { compared } else { absolute }
            }
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => Judgement::new(Verdict::Error, "the guardrail has no bound"),
        }
    }
}

/// The verdict on the share of the recent past.
fn bounded(guardrail: &GuardrailDefinition, max: f64, recent: Counts) -> Judgement {
    let (share, bound) = match guardrail.metric {
        // A quantile is above a time if more than its share of the runs is.
        GuardMetric::Latency(quantile) => {
            let share = quantile.share_above();
            (share, format!("{} took longer than {max} s, where {} may", shown(recent), percent(share)))
        }
        _ => (max, format!("{}, where {} is allowed", shown(recent), percent(max))),
    };
    let judgement = |verdict, what: &str| Judgement::new(verdict, format!("{bound}: {what}"));
    match surely_above(recent, guardrail.min_samples.max(50), ALPHA_PER_WINDOW) {
        Ok(lower) if lower > share => judgement(Verdict::Fail, "surely too many"),
        Ok(_) if recent.runs < guardrail.min_samples => {
            judgement(Verdict::Inconclusive, &format!("{} runs are needed", guardrail.min_samples))
        }
        Ok(_) if recent.rate().is_some_and(|rate| rate > share) => {
            judgement(Verdict::Inconclusive, "too many so far, which may be chance")
        }
        Ok(_) => judgement(Verdict::Pass, "within the bound"),
        Err(why) => judgement(Verdict::Error, &why.to_string()),
    }
}
