//! The effect by day: cumulated, valid on every day, and with reasons where it is not known. // F10

use flags_ab::{
    Name,
    analytics::{Arms, Judgement, Looks, TimeSeries, time_series},
    statistics::{
        Alpha, Arm, Moments, Proportion, Undefined,
        sequential::{ConfidenceSequence, EffectEstimate},
    },
    summary::{ArmSummary, Day, ExperimentSummary, MetricSum, MetricSummary, Slice},
};

use super::events::arms;

const FIRST: i64 = 20_000;

/// The sums of a metric on a day in each arm that had anybody.
type DaySums<'a> = (i64, Vec<(&'a str, MetricSum)>);

fn summary(days: &[DaySums<'_>]) -> ExperimentSummary {
    let mut summary = ExperimentSummary::new("button");
    for (day, sums) in days {
        let mut slice = Slice::default();
        for (arm, sum) in sums {
            let metrics = [(Name::from("sales"), MetricSummary::new(*sum))].into();
            slice.arms.insert((*arm).into(), ArmSummary { users: sum.units(), in_two_arms: 0, metrics });
        }
        summary.days.insert(Day::from_number(FIRST + day), slice);
    }
    summary
}

fn rate(conversions: u64, users: u64) -> MetricSum {
    MetricSum::Conversion(Proportion::new(conversions, users).unwrap())
}

fn only(mut series: Vec<TimeSeries>) -> TimeSeries {
    assert_eq!(series.len(), 1);
    series.remove(0)
}

#[test]
fn a_day_is_everything_until_then() {
    let days = [
        (0, vec![("control", rate(5, 100)), ("treatment", rate(9, 110))]),
        (1, vec![("control", rate(50, 900)), ("treatment", rate(101, 1_000))]),
        (4, vec![("control", rate(60, 1_000)), ("treatment", rate(100, 1_000))]),
    ];
    let series = only(time_series(&summary(&days), &arms(), "sales", &Judgement::default(), 1));
    assert_eq!((&*series.metric, &*series.arm), ("sales", "treatment"));
    let numbers: Vec<i64> = series.days.iter().map(|day| day.day.number() - FIRST).collect();
    assert_eq!(numbers, [0, 1, 4], "days without anybody are none");
    let last = &series.days[2];
    assert_eq!((last.cumulative_users, last.control.users, last.control.value), ([2_000, 2_110], 1_000, Ok(0.06)));
    let effect = last.cumulative.unwrap();
    let estimate = EffectEstimate::between(Proportion::new(115, 2_000).unwrap(), Proportion::new(210, 2_110).unwrap());
    let by_hand = ConfidenceSequence::new(Alpha::FIVE_PERCENT, Looks::TIGHTEST_AT).unwrap().look(&estimate.unwrap());
    assert_eq!(effect.interval, Ok(by_hand.unwrap().interval));
    assert_eq!(effect.p, Ok(by_hand.unwrap().p_value));
    assert_eq!(effect.adjusted_p, Ok(effect.p.unwrap().value()), "one arm, and days need no adjusting");
    assert!(effect.is_significant(Alpha::FIVE_PERCENT) && effect.lift_interval.unwrap().lower > 0.0);
}

#[test]
fn looking_by_day_is_never_judged_as_one_look() {
    let days = [(0, vec![("control", rate(50, 900)), ("treatment", rate(80, 1_000))])];
    let once = Judgement { looks: Looks::Once, ..Judgement::default() };
    let series = |judgement| only(time_series(&summary(&days), &arms(), "sales", judgement, 1));
    assert_eq!(series(&once), series(&Judgement::default()));
}

#[test]
fn an_arm_that_has_nobody_yet_is_said() {
    let mean = |values: &[f64]| {
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.push(*value).unwrap());
        MetricSum::Mean(moments)
    };
    let days = [
        (0, vec![("control", mean(&[1.0, 2.0]))]),
        (1, vec![("control", mean(&[3.0])), ("treatment", mean(&[2.0]))]),
        (2, vec![("treatment", mean(&[4.0]))]),
    ];
    let series = only(time_series(&summary(&days), &arms(), "sales", &Judgement::default(), 1));
    assert_eq!(series.days[0].cumulative, Err(Undefined::NoUsers { arm: Arm::Treatment }));
    let second = series.days[1].cumulative.unwrap();
    assert_eq!(
        (second.difference, second.lift),
        (0.0, Err(Undefined::TooFewUsers { arm: Arm::Treatment, users: 1, needed: 2 }))
    );
    let third = &series.days[2];
    assert_eq!(third.control.value, Err(Undefined::NoUsers { arm: Arm::Control }), "on that day");
    let effect = third.cumulative.unwrap();
    assert!((effect.difference - 1.0).abs() < 1e-12);
    // Equal prices of two users would look like certainty.
    let few = Undefined::TooFewUsers { arm: Arm::Treatment, users: 2, needed: 100 };
    assert_eq!((effect.interval, effect.lift_interval, effect.p), (Err(few), Err(few), Err(few)));
    assert!(only(time_series(&summary(&days), &arms(), "unknown", &Judgement::default(), 1)).days.is_empty());
}

#[test]
fn a_rate_needs_some_conversions_before_it_is_judged() {
    let days = [(0, vec![("control", rate(0, 500)), ("treatment", rate(9, 500))])];
    let series = only(time_series(&summary(&days), &arms(), "sales", &Judgement::default(), 1));
    let effect = series.days[0].cumulative.unwrap();
    assert_eq!(effect.p, Err(Undefined::TooFewConversions { expected: 4.5, needed: 5 }));
    assert_eq!(effect.difference, 0.018);
}

#[test]
fn several_arms_share_the_level() {
    let arms = Arms::new("button", "control", ["treatment", "third"]);
    let sums = vec![("control", rate(50, 900)), ("treatment", rate(80, 1_000)), ("third", rate(70, 1_000))];
    let both = time_series(&summary(&[(0, sums)]), &arms, "sales", &Judgement::default(), 2);
    let effect = both[0].days[0].cumulative.unwrap();
    assert!((effect.adjusted_p.unwrap() / (2.0 * effect.p.unwrap().value()).min(1.0) - 1.0).abs() < 1e-12);
    let plain = Judgement { correction: None, ..Judgement::default() };
    let unadjusted = time_series(
        &summary(&[(0, vec![("control", rate(50, 900)), ("treatment", rate(80, 1_000))])]),
        &arms,
        "sales",
        &plain,
        2,
    );
    assert!(
        unadjusted[0].days[0].cumulative.unwrap().interval.unwrap().half_width()
            < effect.interval.unwrap().half_width()
    );
}

#[test]
fn whoever_looks_on_every_day_is_seldom_wrong() {
    // Seeded: 400 experiments without an effect, each looked at on 40 days. A test for one look would find one in a third.
    let mut random = fastrand::Rng::with_seed(11);
    let mut wrong = 0;
    for _ in 0..400 {
        let mut day = |arm| {
            let conversions = (0..60).filter(|_| random.f64() < 0.2).count() as u64;
            (arm, rate(conversions, 60))
        };
        let days: Vec<DaySums<'_>> = (0..40).map(|number| (number, vec![day("control"), day("treatment")])).collect();
        let series = only(time_series(&summary(&days), &arms(), "sales", &Judgement::default(), 1));
        let found = series.days.iter().any(|day| day.cumulative.unwrap().is_significant(Alpha::FIVE_PERCENT));
        wrong += usize::from(found);
    }
    assert!(wrong <= 20, "{wrong} of 400");
}
