//! The checks of the arms' shares, with shares that are as planned and with shares that are not.

use fastrand::Rng;
use flags_ab::statistics::{Alpha, Estimate, SampleRatio, sample_ratio, sequential::SequentialSampleRatio};

use super::ALPHA;
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::Binomial,
};

const TEXT: &str = "\
The mismatch check where the shares are as planned: the chi-square test alarms at its level, at one look. The sequential test\n\
alarms at most at its level over sixty daily looks; the chi-square test looked at daily does not, which is why its threshold is\n\
0.001. Where the shares are off, both find it: the share of experiments with an alarm is given for comparison.";

const DAYS: usize = 60;

/// The concentration that the documentation recommends.
const CONCENTRATION: f64 = 10_000.0;

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = once(lab)?;
    rows.extend(daily(lab)?);
    Ok(Section::new(TEXT, rows))
}

/// The users of two arms, of which the second is drawn.
fn split(users: &Binomial, rng: &mut Rng) -> [u64; 2] {
    let second = users.draw(rng);
    [second.failures(), second.conversions()]
}

fn alarms(users: &[u64], weights: &[f64], alpha: Alpha) -> bool {
    sample_ratio(users, weights).is_ok_and(|ratio| ratio.p.is_significant(alpha))
}

fn once(lab: &Lab) -> Estimate<Vec<Row>> {
    let threshold = Alpha::new(SampleRatio::THRESHOLD)?;
    let mut rows = Vec::new();
    for (setting, users, second, weights) in [
        ("10 000 users, 1 : 1", 10_000, 0.5, [1.0, 1.0]),
        ("10 000 users, 9 : 1", 10_000, 0.1, [9.0, 1.0]),
        ("1000 users, 99 : 1", 1000, 0.01, [99.0, 1.0]),
    ] {
        let arm = Binomial::new(users, second);
        let [five, threshold] = lab.count(setting, 5 * lab.runs(1), |rng| {
            let users = split(&arm, rng);
            [alarms(&users, &weights, ALPHA), alarms(&users, &weights, threshold)]
        });
        // Ten users are expected in the smallest arm: counts are whole there, and the distribution of chi-square is not.
        let (at_five, at_threshold) = if second < 0.05 {
            (Claim::at_most(0.05), Claim::at_most(SampleRatio::THRESHOLD).unpromised())
        } else {
            let equals = |level: f64| Claim::equals(level).give_or_take(0.05 * level);
            (equals(0.05), equals(SampleRatio::THRESHOLD))
        };
        rows.push(Row::share("chi-square, once", setting, five, at_five));
        rows.push(Row::share("chi-square, once, at 0.001", setting, threshold, at_threshold));
    }
    let setting = "2000 users, 2 : 1 : 2 : 5";
    let [four_arms] = lab.count(setting, lab.runs(20), |rng| {
        let mut users = [0; 4];
        (0..2000).for_each(|_| users[[0, 0, 1, 2, 2, 3, 3, 3, 3, 3][rng.usize(0..10)]] += 1);
        [alarms(&users, &[2.0, 1.0, 2.0, 5.0], ALPHA)]
    });
    rows.push(Row::share("chi-square, once", setting, four_arms, Claim::equals(0.05).give_or_take(0.003)));
    for share in [0.49, 0.48] {
        let setting = format!("10 000 users, 1 : 1 planned, {share} in the treatment");
        let arm = Binomial::new(10_000, share);
        let [found] = lab.count(&setting, lab.runs(1), |rng| [alarms(&split(&arm, rng), &[1.0, 1.0], threshold)]);
        // By the normal approximation: the shift in standard errors against the critical value of 0.001.
        let shift = (0.5 - share) / 0.005;
        let power = flags_ab::statistics::special::normal::sf(threshold.z_two_sided() - shift);
        let method = "chi-square, once, at 0.001: alarms at a mismatch";
        rows.push(Row::share(method, setting, found, Claim::equals(power).give_or_take(0.02)));
    }
    Ok(rows)
}

fn daily(lab: &Lab) -> Estimate<Vec<Row>> {
    let threshold = Alpha::new(SampleRatio::THRESHOLD)?;
    let mut rows = Vec::new();
    for (daily, second, weights, words) in [(1000, 0.5, [1.0, 1.0], "1 : 1"), (1000, 0.1, [9.0, 1.0], "9 : 1")] {
        let setting = format!("60 daily looks, {daily} users a day, {words}");
        let arm = Binomial::new(daily, second);
        let start = SequentialSampleRatio::new(&weights, CONCENTRATION)?;
        let [five, thousandth, fixed_five, fixed_thousandth] = lab.count(&setting, lab.runs(2), |rng| {
            let mut sequential = start.clone();
            let mut alarm = [false; 4];
            for _ in 0..DAYS {
                let look = sequential.look(&split(&arm, rng));
                let now = [
                    look.is_ok_and(|look| look.p_value.is_significant(ALPHA)),
                    look.is_ok_and(|look| look.p_value.is_significant(threshold)),
                    alarms(sequential.counts(), &weights, ALPHA),
                    alarms(sequential.counts(), &weights, threshold),
                ];
                alarm.iter_mut().zip(now).for_each(|(alarm, now)| *alarm |= now);
            }
            alarm
        });
        let nothing = |nominal| Claim::at_most(nominal).unpromised();
        rows.extend([
            Row::share("sequential", setting.clone(), five, Claim::at_most(0.05)),
            Row::share("sequential, at 0.001", setting.clone(), thousandth, Claim::at_most(0.001)),
            Row::share("chi-square, daily", setting.clone(), fixed_five, nothing(0.05)),
            Row::share("chi-square, daily, at 0.001", setting, fixed_thousandth, nothing(0.001)),
        ]);
    }
    let setting = "60 daily looks, 1000 users a day, 1 : 1 planned, 0.49 in the treatment";
    let arm = Binomial::new(1000, 0.49);
    let start = SequentialSampleRatio::new(&[1.0, 1.0], CONCENTRATION)?;
    let [found] = lab.count(setting, lab.runs(5), |rng| {
        let mut sequential = start.clone();
        let mut alarm = false;
        for _ in 0..DAYS {
            alarm |= sequential.look(&split(&arm, rng)).is_ok_and(|look| look.p_value.is_significant(ALPHA));
        }
        [alarm]
    });
    rows.push(Row::share("sequential: alarms at a mismatch", setting, found, Claim::at_least(0.95)));
    Ok(rows)
}
