//! Questions of how likely one arm is better.

use super::{
    Function,
    answer::Answer,
    arguments::{Argument, ArgumentError, Arguments, Kind, Presence, in_range, settle},
    field,
    lists::{ALPHA, CONVERSIONS_A, CONVERSIONS_B, USERS_A, USERS_B},
};
use crate::statistics::{
    Alpha, Undefined,
    bayes::{BetaPosterior, NormalPosterior, NormalPrior},
};

pub(super) const BAYES_BETA_BINOMIAL: Function = Function {
    name: "bayes_beta_binomial",
    title: "How likely does the treatment convert better, and what may be lost?",
    formula: "\
posteriors Beta(prior_alpha + x, prior_beta + n - x), independent; prob_b_beats_a = P(p_b > p_a)
expected_loss_choose_b = E[max(p_a - p_b, 0)], expected_loss_choose_a = E[max(p_b - p_a, 0)], loss_scale their sum
ci95: equal-tailed posterior quantiles of 2.5 % and 97.5 %; by quadrature in logits, not by simulation",
    source: "Gelman et al., Bayesian Data Analysis, 3rd edition 2013, chapter 2",
    arguments: &[
        CONVERSIONS_A,
        USERS_A,
        CONVERSIONS_B,
        USERS_B,
        Argument::required("prior_alpha", Kind::Number, "conversions believed before").or(Presence::Default("1")),
        Argument::required("prior_beta", Kind::Number, "failures believed before").or(Presence::Default("1")),
    ],
    results: &[
        field("prob_b_beats_a", "chance that the treatment converts better"),
        field("expected_loss_choose_b", "what is lost on average by taking the treatment"),
        field("expected_loss_choose_a", "what is lost on average by staying with the control"),
        field("loss_scale", "the expected size of the difference"),
        field("posterior_mean_a", "expected rate of the control"),
        field("posterior_mean_b", "expected rate of the treatment"),
        field("ci95_a_lower", "lower end of the control's 95 % credible interval"),
        field("ci95_a_upper", "upper end of the control's 95 % credible interval"),
        field("ci95_b_lower", "lower end of the treatment's 95 % credible interval"),
        field("ci95_b_upper", "upper end of the treatment's 95 % credible interval"),
    ],
    example: "--conversions-a 250 --users-a 5000 --conversions-b 290 --users-b 5000",
    evaluate: beta_binomial,
};

fn beta_binomial(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let (control, treatment) = arguments.proportions()?;
    let prior = settle(BetaPosterior::new(arguments.number("prior_alpha")?, arguments.number("prior_beta")?))?;
    let both = settle(prior.and_then(|prior| Ok((prior.update(control)?, prior.update(treatment)?))))?;
    let comparison = both.and_then(|(a, b)| BetaPosterior::compare(a, b));
    let interval = |of: fn((BetaPosterior, BetaPosterior)) -> BetaPosterior| {
        both.and_then(|both| of(both).credible_interval(Alpha::FIVE_PERCENT))
    };
    Ok(Answer::default()
        .maybe("prob_b_beats_a", comparison.map(|result| result.chance_to_win))
        .maybe("expected_loss_choose_b", comparison.map(|result| result.loss_if_treatment))
        .maybe("expected_loss_choose_a", comparison.map(|result| result.loss_if_control))
        .maybe("loss_scale", comparison.map(|result| result.loss_if_control + result.loss_if_treatment))
        .maybe("posterior_mean_a", both.map(|(a, _)| a.mean()))
        .maybe("posterior_mean_b", both.map(|(_, b)| b.mean()))
        .interval(["ci95_a_lower", "ci95_a_upper"], interval(|(a, _)| a))
        .interval(["ci95_b_lower", "ci95_b_upper"], interval(|(_, b)| b)))
}

pub(super) const BAYES_PROB_BEST: Function = Function {
    name: "bayes_prob_best",
    title: "How likely is each of several arms the best?",
    formula: "prob_best[i] = P(arm i has the largest rate), expected_loss[i] = E[max_j p_j - p_i]; by quadrature",
    source: "Gelman et al., Bayesian Data Analysis, 3rd edition 2013, chapter 2",
    arguments: &[Argument::required(
        "posteriors",
        Kind::Posteriors,
        "Beta distribution of each arm: alpha = 1 + conversions, beta = 1 + failures",
    )],
    results: &[
        field("prob_best", "chance of each arm to be the best"),
        field("expected_loss", "what is lost on average by taking each arm"),
    ],
    example: "--posteriors 251,4751 --posteriors 291,4711 --posteriors 271,4731",
    evaluate: |arguments| {
        let arms = arguments.posteriors("posteriors")?;
        let arms = arms.into_iter().map(|(alpha, beta)| in_range("posteriors", BetaPosterior::new(alpha, beta)));
        let contenders = settle(BetaPosterior::best_of(&arms.collect::<Result<Vec<_>, _>>()?))?;
        let contenders = contenders.as_ref().map_err(|reason| *reason);
        Ok(Answer::default()
            .maybe(
                "prob_best",
                contenders.map(|all| all.iter().map(|contender| contender.chance_to_be_best).collect::<Vec<_>>()),
            )
            .maybe(
                "expected_loss",
                contenders.map(|all| all.iter().map(|contender| contender.expected_loss).collect::<Vec<_>>()),
            ))
    },
};

pub(super) const BAYES_NORMAL: Function = Function {
    name: "bayes_normal",
    title: "How likely is an effect above zero, and what may be lost?",
    formula: "\
effect ~ N(effect, se^2) with a N(prior_mean, prior_sd^2) prior, flat if it is left out: posterior N(mu, sd^2)
k = mu/sd: chance_to_win = Phi(k), loss_if_control = sd (phi(k) + k Phi(k)),
loss_if_treatment = sd (phi(k) - k Phi(-k)); ci = mu -+ z_{1-alpha/2} sd",
    source: "Gelman et al., Bayesian Data Analysis, 3rd edition 2013, section 2.5",
    arguments: &[
        Argument::required("effect", Kind::Number, "estimated effect: treatment minus control"),
        Argument::required("se", Kind::Number, "its standard error"),
        Argument::required("prior_mean", Kind::Number, "effect believed before").or(Presence::Optional),
        Argument::required("prior_sd", Kind::Number, "standard deviation of that belief; without it there was none")
            .or(Presence::Optional),
        ALPHA,
    ],
    results: &[
        field("posterior_mean", "expected effect"),
        field("posterior_sd", "its standard deviation"),
        field("chance_to_win", "chance that the effect is above zero"),
        field("loss_if_control", "what is lost on average by staying with the control"),
        field("loss_if_treatment", "what is lost on average by taking the treatment"),
        field("ci_lower", "lower end of the credible interval"),
        field("ci_upper", "upper end of the credible interval"),
    ],
    example: "--effect 0.4 --se 0.25 --prior-sd 0.5",
    evaluate: normal,
};

fn normal(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let prior = match (arguments.optional_number("prior_mean")?, arguments.optional_number("prior_sd")?) {
        (mean, Some(sd)) => Some(in_range("prior_sd", NormalPrior::new(mean.unwrap_or(0.0), sd))?),
        (None, None) => None,
        (Some(_), None) => return Err(ArgumentError::Missing { argument: "prior_sd", expected: Kind::Number }),
    };
    let alpha = arguments.alpha()?;
    let result = settle(NormalPosterior::new(arguments.number("effect")?, arguments.number("se")?, prior))?;
    let posterior = result.as_ref().map_err(|reason: &Undefined| *reason);
    let comparison = posterior.and_then(NormalPosterior::against_zero);
    Ok(Answer::default()
        .maybe("posterior_mean", posterior.map(NormalPosterior::mean))
        .maybe("posterior_sd", posterior.map(NormalPosterior::sd))
        .maybe("chance_to_win", comparison.map(|result| result.chance_to_win))
        .maybe("loss_if_control", comparison.map(|result| result.loss_if_control))
        .maybe("loss_if_treatment", comparison.map(|result| result.loss_if_treatment))
        .interval(["ci_lower", "ci_upper"], posterior.and_then(|posterior| posterior.credible_interval(alpha))))
}
