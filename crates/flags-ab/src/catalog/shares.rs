//! Questions about the shares of the arms, and about many tests at once.

use super::{
    Function,
    answer::Answer,
    arguments::{Argument, ArgumentError, Arguments, Kind, Presence, settle},
    field,
    lists::ALPHA,
};
use crate::statistics::{Correction, adjust_p_values, sample_ratio, sequential::SequentialSampleRatio};

pub(super) const SRM_CHI_SQUARE: Function = Function {
    name: "srm_chi_square",
    title: "Do the arms have their shares of the users? Pearson's test of sample-ratio mismatch",
    formula: "\
e_i = total w_i/sum(w), chi2 = sum (o_i - e_i)^2/e_i over arms with w_i > 0, df = their number - 1
an alarm below p = 0.001; users in an arm of weight 0 are a mismatch by themselves",
    source: "Pearson 1900; Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD 2019",
    arguments: &[
        Argument::required("observed", Kind::Counts, "users of each arm"),
        Argument::required("weights", Kind::Numbers, "weight of each arm"),
    ],
    results: &[
        field("chi2", "distance from the shares that were meant"),
        field("df", "degrees of freedom: arms minus one"),
        field("p", "p-value of shares this far off or further"),
        field("ln_p", "its natural logarithm"),
    ],
    example: "--observed 821588,815482 --weights 1,1",
    evaluate: |arguments| {
        let result = settle(sample_ratio(&arguments.counts("observed")?, &arguments.numbers("weights")?))?;
        Ok(Answer::default()
            .maybe("chi2", result.map(|result| result.chi_squared))
            .maybe("df", result.map(|result| result.degrees_of_freedom))
            .maybe("p", result.map(|result| result.p.value()))
            .maybe("ln_p", result.map(|result| result.p.ln())))
    },
};

pub(super) const SRM_SEQUENTIAL: Function = Function {
    name: "srm_sequential",
    title: "Do the arms have their shares, looked at after every batch? A test that allows it",
    formula: "\
Dirichlet mixture with a_i = concentration w_i against the shares, n_i the users so far:
ln BF = lnG(sum a) - lnG(sum a + n) + sum(lnG(a_i + n_i) - lnG(a_i)) - sum n_i ln w_i
p_running_min = min(1, min over the looks so far of 1/BF)",
    source: "Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022",
    arguments: &[
        Argument::required("batches", Kind::CountLists, "new users of each arm, a list for each look"),
        Argument::required("weights", Kind::Numbers, "weight of each arm"),
        Argument::required("concentration", Kind::Number, "how small a mismatch the test is tuned for; above 0")
            .or(Presence::Default("10000")),
    ],
    results: &[
        field("ln_bayes_factor", "evidence for a mismatch at each look"),
        field("p_running_min", "p-value at each look, valid whenever one stops"),
    ],
    example: "--batches 500,480 --batches 520,430 --batches 510,410 --weights 0.5,0.5",
    evaluate: sequential_ratio,
};

fn sequential_ratio(arguments: &Arguments<'_>) -> Result<Answer, ArgumentError> {
    let (batches, weights) = (arguments.count_lists("batches")?, arguments.numbers("weights")?);
    let test = settle(SequentialSampleRatio::new(&weights, arguments.number("concentration")?))?;
    let looks = match test {
        Ok(mut test) => {
            let looks = batches.iter().map(|batch| test.look(batch));
            settle(looks.collect::<Result<Vec<_>, _>>())?
        }
        Err(reason) => Err(reason),
    };
    let looks = looks.as_ref().map_err(|reason| *reason);
    Ok(Answer::default()
        .maybe("ln_bayes_factor", looks.map(|looks| looks.iter().map(|look| look.ln_bayes_factor).collect::<Vec<_>>()))
        .maybe("p_running_min", looks.map(|looks| looks.iter().map(|look| look.p_value.value()).collect::<Vec<_>>())))
}

pub(super) const MULTIPLETESTS: Function = Function {
    name: "multipletests",
    title: "Which of many tests still stand? Six corrections for their number",
    formula: "\
adjusted p-values, in the order given and at most 1, with p_(1) <= ... <= p_(m)
bonferroni m p; sidak 1 - (1 - p)^m; holm max_{j<=i} (m - j + 1) p_(j); hochberg min_{j>=i} (m - j + 1) p_(j)
benjamini_hochberg min_{j>=i} m p_(j)/j; benjamini_yekutieli the same times sum 1/k; *_reject: at most alpha",
    source: "Holm 1979; Hochberg 1988; Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001",
    arguments: &[Argument::required("p_values", Kind::Numbers, "the p-values"), ALPHA],
    results: &[
        field("bonferroni", "adjusted p-values; holds the chance of any false finding"),
        field("bonferroni_reject", "which are found"),
        field("sidak", "adjusted p-values; the same for independent tests, a little sharper"),
        field("sidak_reject", "which are found"),
        field("holm", "adjusted p-values; never weaker than bonferroni"),
        field("holm_reject", "which are found"),
        field("hochberg", "adjusted p-values; sharper, for independent tests"),
        field("hochberg_reject", "which are found"),
        field("benjamini_hochberg", "adjusted p-values; holds the share of false findings"),
        field("benjamini_hochberg_reject", "which are found"),
        field("benjamini_yekutieli", "adjusted p-values; the same for any dependence"),
        field("benjamini_yekutieli_reject", "which are found"),
    ],
    example: "--p-values 0.003,0.02,0.04,0.31",
    evaluate: |arguments| {
        let (p_values, alpha) = (arguments.numbers("p_values")?, arguments.alpha()?);
        let mut answer = Answer::default();
        for (values, rejected, correction) in [
            ("bonferroni", "bonferroni_reject", Correction::Bonferroni),
            ("sidak", "sidak_reject", Correction::Sidak),
            ("holm", "holm_reject", Correction::Holm),
            ("hochberg", "hochberg_reject", Correction::Hochberg),
            ("benjamini_hochberg", "benjamini_hochberg_reject", Correction::BenjaminiHochberg),
            ("benjamini_yekutieli", "benjamini_yekutieli_reject", Correction::BenjaminiYekutieli),
        ] {
            let adjusted = settle(adjust_p_values(&p_values, correction))?;
            let adjusted = adjusted.as_ref().map_err(|reason| *reason);
            answer = answer
                .maybe(values, adjusted.map(|adjusted| adjusted.values().to_vec()))
                .maybe(rejected, adjusted.map(|adjusted| adjusted.rejected(alpha)));
        }
        Ok(answer)
    },
};
