//! Flags that do no harm: how often they are rolled back all the same.

use flags_ab::statistics::Estimate;
use flags_rollout::guardrail::Arms;

use super::{
    ALPHA, errors,
    traffic::{Guard, PLAIN, PlainRules, Traffic},
    watched,
};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
};

const TEXT: &str = "\
Flags that fail as often as their control, looked at 240 times (every five seconds for twenty minutes) by one guardrail\n\
`error_rate` with `max_increase = 0` at the whole level. A rollback is false. The other rules are what is used elsewhere: they promise\n\
nothing, and are here so that the price can be seen. Over-dispersed looks draw the rate of each arm from a beta distribution whose\n\
parameters sum to c: the smaller c, the more looks differ. At c = 5 and 5 % failures, a look has as often none as a fifth; the\n\
bet by runs assumes less than that, and no test settles anything soon there. Looks that share a rate for a minute are one look in\n\
truth: look as rarely as things change, or expect what the last rows say.";

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let plain = |runs: u64, rate: f64| Traffic::new(runs, rate, rate);
    let dispersed = |runs: u64, rate: f64, sum: f64| Traffic { concentration: Some(sum), ..plain(runs, rate) };
    let outage = |share: f64, sum: Option<f64>| Traffic {
        outage: Some(share),
        concentration: sum,
        looks: 120,
        ..plain(200, 0.01)
    };
    let mut rows = vec![];
    for (setting, traffic) in [
        ("200 runs a look at 1 %", plain(200, 0.01)),
        ("200 runs a look at 0.1 %", plain(200, 0.001)),
        ("3 runs a look at 1 %", plain(3, 0.01)),
        ("200 runs a look at 1 %, c = 200", dispersed(200, 0.01, 200.0)),
        ("200 runs a look at 1 %, 5 % in both arms for ten looks of 120", outage(0.05, None)),
    ] {
        rows.extend(with_plain_rules(lab, setting, traffic)?);
    }
    for (setting, traffic) in [
        ("200 runs a look at 10 %", plain(200, 0.1)),
        ("200 runs a look at 50 %", plain(200, 0.5)),
        ("2000 runs a look at 1 %", plain(2_000, 0.01)),
        ("1 run a look at 10 %", plain(1, 0.1)),
        ("200 runs a look at 1 %, c = 50", dispersed(200, 0.01, 50.0)),
        ("200 runs a look at 1 %, c = 20", dispersed(200, 0.01, 20.0)),
        ("200 runs a look at 5 %, c = 20", dispersed(200, 0.05, 20.0)),
        ("200 runs a look at 0.1 %, c = 200", dispersed(200, 0.001, 200.0)),
        ("2000 runs a look at 1 %, c = 200", dispersed(2_000, 0.01, 200.0)),
        ("2000 runs a look at 1 %, c = 20", dispersed(2_000, 0.01, 20.0)),
        ("60 % in both arms for ten looks of 120", outage(0.6, None)),
        ("60 % in both arms for ten looks of 120, c = 20", outage(0.6, Some(20.0))),
        ("all runs in both arms for ten looks of 120", outage(1.0, None)),
        (
            "300 runs a look with the flag and 100 without at 1 %",
            Traffic { runs: Arms::new(100, 300), ..plain(100, 0.01) },
        ),
    ] {
        rows.push(false_rollbacks(lab, setting, traffic, 0.0, true));
    }
    // As bad as is allowed, to the letter.
    let at_the_bound = Traffic::new(200, 0.01, 0.011);
    rows.push(false_rollbacks(
        lab,
        "200 runs a look at 1 %, 1.1 % with the flag, `max_increase = 0.1`",
        at_the_bound,
        0.1,
        true,
    ));
    rows.push(false_rollbacks(lab, "200 runs a look at 5 %, c = 5", dispersed(200, 0.05, 5.0), 0.0, false));
    let lasting = Traffic { lasting: 12, ..dispersed(200, 0.01, 200.0) };
    rows.push(false_rollbacks(lab, "200 runs a look at 1 %, c = 200, twelve looks share a rate", lasting, 0.0, false));
    Ok(Section::new(TEXT, rows))
}

fn false_rollbacks(lab: &Lab, setting: &str, traffic: Traffic, max_increase: f64, promised: bool) -> Row {
    let plan = watched(errors(max_increase));
    let [tally] = lab.count(setting, lab.runs(20), |rng| {
        let (mut guard, mut failed) = (Guard::new(&plan), false);
        traffic.run(rng, |_, runs| {
            failed = guard.fails(runs);
            failed
        });
        [failed]
    });
    Row::share("the guardrail", setting, tally, Claim::at_most(ALPHA).promised_if(promised))
}

fn with_plain_rules(lab: &Lab, setting: &str, traffic: Traffic) -> Estimate<Vec<Row>> {
    let plan = watched(errors(0.0));
    PlainRules::new()?;
    let tallies: [_; 6] = lab.count(setting, lab.runs(20), |rng| {
        let mut rules = PlainRules::new().expect("they could be set up a moment ago");
        let (mut guard, mut failed) = (Guard::new(&plan), [false; 6]);
        traffic.run(rng, |_, runs| {
            failed[0] |= guard.fails(runs);
            for (failed, now) in failed[1..].iter_mut().zip(rules.fail(runs)) {
                *failed |= now;
            }
            failed.iter().all(|failed| *failed)
        });
        failed
    });
    let names = std::iter::once("the guardrail").chain(PLAIN);
    let row =
        |(place, (method, tally))| Row::share(method, setting, tally, Claim::at_most(ALPHA).promised_if(place == 0));
    Ok(names.zip(tallies).enumerate().map(row).collect())
}
