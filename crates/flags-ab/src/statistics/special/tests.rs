//! The special functions against references of 50 digits and more, far into the tails, and against each other.
//!
//! The references were computed with mpmath 1.4.1: error functions and incomplete gamma and beta functions from their series
//! at 60 to 120 digits, from 1e5 degrees of freedom and 5000 total parameters on as integrals of the density; the
//! hypergeometric ones with exact integers.

#![expect(clippy::approx_constant, reason = "a reference value that happens to be ln 2 is still the reference's")]

use proptest::prelude::*;

use super::{beta, binomial, chi_squared, gamma, hypergeometric::Hypergeometric, noncentral_t, normal, student_t};

/// Holds the worst relative error of `got` to `bound`, where a difference of up to `absolute` counts as none.
#[track_caller]
fn check(bound: f64, absolute: f64, cases: impl IntoIterator<Item = (String, f64, f64)>) {
    for (case, got, expected) in cases {
        let error = (got - expected).abs();
        let close = got == expected || error <= absolute || error <= bound * expected.abs();
        assert!(close, "{case}: expected {expected:e}, got {got:e}, off by {:e} relative", error / expected.abs());
    }
}

#[test]
fn the_normal_distribution() {
    check(3e-13, 0.0, NORMAL.map(|[z, tail, _]| (format!("sf({z})"), normal::sf(z), tail)));
    check(3e-13, 0.0, NORMAL.map(|[z, tail, _]| (format!("cdf({})", -z), normal::cdf(-z), tail)));
    check(3e-14, 1e-299, NORMAL.map(|[z, _, ln]| (format!("ln_sf({z})"), normal::ln_sf(z), ln)));
    check(1e-15, 0.0, NORMAL_FAR.map(|[z, ln]| (format!("ln_sf({z})"), normal::ln_sf(z), ln)));
    check(1e-14, 0.0, NORMAL_QUANTILES.map(|[q, z]| (format!("upper_quantile({q})"), normal::upper_quantile(q), z)));
}

#[test]
fn the_gamma_function() {
    check(0.0, 5e-15, STIRLING[2..].iter().map(|[x, rest]| (format!("{x}"), gamma::stirling_correction(*x), *rest)));
    check(1e-15, 0.0, STIRLING[..2].iter().map(|[x, rest]| (format!("{x}"), gamma::stirling_correction(*x), *rest)));
    let ratios = LN_GAMMA_RATIO.map(|[x, d, ln]| (format!("ratio({x}, {d})"), gamma::ln_gamma_ratio(x, d), ln));
    check(4e-16, 1e-14, ratios);
}

#[test]
fn the_chi_squared_distribution() {
    check(1e-13, 1e-14, CHI_SQUARED.map(|[x, df, ln]| (format!("ln_sf({x}, {df})"), chi_squared::ln_sf(x, df), ln)));
    // With two degrees of freedom it is the exponential distribution.
    check(4e-13, 0.0, [0.1, 1.0, 30.0, 600.0].map(|x| (format!("{x}"), chi_squared::sf(x, 2.0), libm::exp(-x / 2.0))));
}

#[test]
fn students_t_distribution() {
    check(1e-12, 0.0, STUDENT_T.map(|[t, df, tail, _]| (format!("sf({t}, {df})"), student_t::sf(t, df), tail)));
    check(1e-13, 1e-12, STUDENT_T.map(|[t, df, _, ln]| (format!("ln_sf({t}, {df})"), student_t::ln_sf(t, df), ln)));
    let quantiles = STUDENT_T_QUANTILES
        .map(|[q, df, t]| (format!("upper_quantile({q}, {df})"), student_t::upper_quantile(q, df), t));
    check(1e-12, 0.0, quantiles);
}

#[test]
fn students_t_is_the_power_law_far_out_and_the_normal_at_the_end() {
    // The Cauchy distribution: sf(t) = atan(1/t)/π.
    for t in [1e3, 1e90, 1e120, 1e160, 1e300] {
        let tail = libm::atan(1.0 / t) / std::f64::consts::PI;
        check(1e-12, 0.0, [(format!("{t}"), student_t::sf(t, 1.0), tail)]);
        check(1e-14, 0.0, [(format!("ln {t}"), student_t::ln_sf(t, 1.0), libm::log(tail))]);
    }
    // Two degrees of freedom: t = (1 − 2q)/√(2q(1 − q)).
    for q in [1e-300, 1e-30, 1e-3, 0.2, 0.49] {
        let t = (1.0 - 2.0 * q) / f64::sqrt(2.0 * q * (1.0 - q));
        check(1e-12, 0.0, [(format!("{q}"), student_t::upper_quantile(q, 2.0), t)]);
    }
    for df in [1e17, 1e200, f64::MAX, f64::INFINITY] {
        check(1e-11, 0.0, [(format!("{df}"), student_t::sf(30.0, df), normal::sf(30.0))]);
        check(1e-12, 0.0, [(format!("{df}"), student_t::upper_quantile(0.025, df), normal::upper_quantile(0.025))]);
    }
}

#[test]
fn the_beta_distribution() {
    for [x, a, b, lower, upper] in BETA {
        // Rounding x moves it by 1e-16 √(a + b) standard deviations, whose effect on the logarithm grows with the depth.
        let depth = (-2.0 * lower.min(upper)).sqrt().max(1.0);
        let bound = 1e-13 + 2e-16 * (a + b).sqrt() * depth;
        let case = |name: &str| format!("{name}({x}, {a}, {b})");
        check(
            1e-14,
            bound,
            [(case("ln_cdf"), beta::ln_cdf(x, a, b), lower), (case("ln_sf"), beta::ln_sf(x, a, b), upper)],
        );
        let (lower, upper) = (libm::exp(lower), libm::exp(upper));
        let bound = bound + 1e-13;
        check(bound, 0.0, [(case("cdf"), beta::cdf(x, a, b), lower), (case("sf"), beta::sf(x, a, b), upper)]);
        // The same distribution from the other end.
        if 1.0 - (1.0 - x) == x {
            check(bound, 0.0, [(case("mirrored"), beta::sf(1.0 - x, b, a), lower)]);
        }
    }
    check(
        1e-11,
        0.0,
        BETA_QUANTILES.map(|[p, a, b, x]| (format!("quantile({p}, {a}, {b})"), beta::quantile(p, a, b), x)),
    );
}

#[test]
fn the_binomial_distribution() {
    for [k, n, p, ln] in BINOMIAL {
        check(1e-12, 0.0, [(format!("pmf({k}, {n}, {p})"), binomial::pmf(k as u64, n as u64, p), libm::exp(ln))]);
    }
    for n in [0, 1, 7, 60] {
        for p in [0.0, 1e-9, 0.3, 0.5, 0.99, 1.0] {
            let masses: Vec<f64> = (0..=n).map(|k| binomial::pmf(k, n, p)).collect();
            check(1e-14, 0.0, [(format!("{n} {p}"), masses.iter().sum(), 1.0)]);
            for k in 0..=n {
                let (below, above) = masses.split_at(k as usize + 1);
                check(1e-12, 1e-15, [(format!("cdf({k}, {n}, {p})"), binomial::cdf(k, n, p), below.iter().sum())]);
                check(1e-12, 1e-300, [(format!("sf({k}, {n}, {p})"), binomial::sf(k, n, p), above.iter().sum())]);
            }
        }
    }
}

#[test]
fn the_hypergeometric_distribution() {
    for [users_a, users_b, conversions, x, pmf, at_least, at_most, not_likelier] in HYPERGEOMETRIC {
        let distribution = Hypergeometric::new(users_a as u64, users_b as u64, conversions as u64).unwrap();
        let x = x as u64;
        let case = |name: &str| format!("{name} {distribution:?} {x}");
        check(
            1e-12,
            0.0,
            [(case("pmf"), distribution.pmf(x), pmf), (case("at_least"), distribution.at_least(x), at_least)],
        );
        check(1e-12, 0.0, [(case("at_most"), distribution.at_most(x), at_most)]);
        check(1e-12, 0.0, [(case("not_likelier"), distribution.not_likelier(x), not_likelier)]);
    }
}

#[test]
fn every_small_hypergeometric_distribution_by_counting() {
    let choose = |n: u64, k: u64| (0..k).fold(1u64, |product, i| product * (n - i) / (i + 1));
    for users_a in 0..8 {
        for users_b in 0..8 {
            for conversions in 0..=users_a + users_b {
                let distribution = Hypergeometric::new(users_a, users_b, conversions).unwrap();
                let all = choose(users_a + users_b, conversions) as f64;
                let range = distribution.least()..=distribution.most();
                let count = |k: u64| choose(users_b, k) * choose(users_a, conversions - k);
                let sum = |counts: &dyn Fn(u64) -> bool| {
                    range.clone().filter(|k| counts(*k)).map(count).sum::<u64>() as f64 / all
                };
                for x in range.clone() {
                    let case = format!("{distribution:?} {x}");
                    check(
                        1e-13,
                        0.0,
                        [
                            (case.clone(), distribution.pmf(x), count(x) as f64 / all),
                            (case.clone(), distribution.at_least(x), sum(&|k| k >= x)),
                            (case.clone(), distribution.at_most(x), sum(&|k| k <= x)),
                            (case, distribution.not_likelier(x), sum(&|k| count(k) <= count(x))),
                        ],
                    );
                }
            }
        }
    }
}

#[test]
fn the_noncentral_t_distribution() {
    for [t, df, delta, tail] in NONCENTRAL_T {
        let df = df as u64;
        check(1e-12, 1e-12, [(format!("sf({t}, {df}, {delta})"), noncentral_t::sf(t, df, delta), tail)]);
        check(1e-12, 1e-12, [(format!("cdf({t}, {df}, {delta})"), noncentral_t::cdf(t, df, delta), 1.0 - tail)]);
    }
}

#[test]
fn outside_of_the_domain_it_is_nan() {
    let nan = [
        normal::quantile(-0.1),
        normal::quantile(f64::NAN),
        gamma::ln_gamma(0.0),
        gamma::stirling_correction(-1.0),
        gamma::ln_upper(0.0, 1.0),
        chi_squared::sf(-1.0, 1.0),
        student_t::sf(1.0, 0.0),
        student_t::upper_quantile(1.5, 3.0),
        beta::cdf(1.5, 1.0, 1.0),
        beta::cdf(0.5, 0.0, 1.0),
        beta::quantile(0.5, f64::INFINITY, 1.0),
        binomial::pmf(1, 2, 1.5),
        noncentral_t::sf(1.0, 0, 0.0),
    ];
    assert!(nan.iter().all(|value| value.is_nan()), "{nan:?}");
}

/// A positive number of any size between the two powers of ten.
fn decades(from: f64, to: f64) -> impl Strategy<Value = f64> {
    (from..to).prop_map(|exponent| libm::pow(10.0, exponent))
}

proptest! {
    #[test]
    fn tails_are_symmetric_and_fall(t in -50.0..50.0f64, step in 1e-6..1.0f64, df in decades(0.0, 16.0)) {
        prop_assert!((student_t::sf(t, df) + student_t::cdf(t, df) - 1.0).abs() < 1e-12);
        prop_assert!(student_t::ln_sf(t + step, df) < student_t::ln_sf(t, df) + 1e-13);
        prop_assert!((normal::sf(t) + normal::cdf(t) - 1.0).abs() < 1e-15);
        prop_assert!(normal::ln_sf(t + step) <= normal::ln_sf(t));
    }

    #[test]
    fn t_quantiles_invert_the_tail(ln_q in -600.0..-0.7f64, df in decades(0.0, 16.0)) {
        let t = student_t::upper_quantile(libm::exp(ln_q), df);
        prop_assume!(t.is_finite());
        prop_assert!((student_t::ln_sf(t, df) - ln_q).abs() < 1e-11 * ln_q.abs().max(1.0), "t = {t}");
    }

    #[test]
    fn the_t_quantile_comes_down_to_the_normal_one(q in 1e-9..0.49f64, df in decades(0.0, 15.0)) {
        let (t, z) = (student_t::upper_quantile(q, df), normal::upper_quantile(q));
        prop_assert!(t >= z * (1.0 - 1e-13));
        prop_assert!(student_t::upper_quantile(q, df * 10.0) <= t * (1.0 + 1e-13));
        // Cornish and Fisher's first term bounds the gap where its second is small.
        if df > 1e4 {
            prop_assert!((t - z) <= (z * z * z + z) / (3.9 * df) + 1e-12);
        }
    }

    #[test]
    fn beta_tails_complement_each_other(p in 1e-6..1.0f64, a in decades(-3.0, 15.0), b in decades(-3.0, 15.0)) {
        let x = beta::quantile(p * 0.999, a, b);
        let (lower, upper) = (beta::cdf(x, a, b), beta::sf(x, a, b));
        prop_assert!((0.0..=1.0).contains(&lower) && (0.0..=1.0).contains(&upper));
        prop_assert!((lower + upper - 1.0).abs() < 1e-11, "{lower} + {upper} at {x}");
    }

    #[test]
    fn beta_quantiles_invert_the_distribution(p in 1e-9..0.999f64, a in decades(-1.0, 12.0), b in decades(-1.0, 12.0)) {
        let x = beta::quantile(p, a, b);
        // What the rounding of x and of its log-odds does.
        let blur = 1e-11 + libm::exp(beta::ln_pdf(x, a, b)) * x.max(1e-290) * 1e-14 / p;
        prop_assert!((beta::cdf(x, a, b) / p - 1.0).abs() < blur, "x = {x}, cdf = {}", beta::cdf(x, a, b));
        prop_assert!((beta::upper_quantile(1.0 - p, a, b) / x - 1.0).abs() < 1e-6);
    }

    #[test]
    fn quadrature_and_fraction_agree_on_beta(offset in -6.0..6.0f64, a in decades(3.5, 4.5), b in decades(3.5, 4.5)) {
        // I_x(a, b) − I_x(a + 1, b) = x^a y^b/(a B(a, b)): ties parameters on both sides of the threshold together.
        let total = a + b;
        let x = a / total + offset * (a * b / (total * total * (total + 1.0))).sqrt();
        prop_assume!(0.0 < x && x < 1.0);
        let step = libm::exp(beta::ln_pdf(x, a, b) + libm::log(x) + libm::log(1.0 - x)) / a;
        let difference = beta::cdf(x, a, b) - beta::cdf(x, a + 1.0, b);
        prop_assert!((difference - step).abs() < 1e-12 * beta::cdf(x, a, b) + 1e-10 * step, "{difference} {step}");
    }

    #[test]
    fn hypergeometric_tails_complement(
        users_a in 0..5000u64, users_b in 0..5000u64, share in 0.0..1.0f64, place in 0.0..1.0f64,
    ) {
        let conversions = ((users_a + users_b) as f64 * share) as u64;
        let distribution = Hypergeometric::new(users_a, users_b, conversions).unwrap();
        let width = distribution.most() - distribution.least();
        let x = distribution.least() + (width as f64 * place) as u64;
        let sum = distribution.at_least(x) + distribution.at_most(x) - distribution.pmf(x);
        prop_assert!((sum - 1.0).abs() < 1e-12);
        let mirrored = Hypergeometric::new(users_b, users_a, conversions).unwrap();
        let (here, there) = (distribution.at_least(x), mirrored.at_most(conversions - x));
        prop_assert!((here - there).abs() <= 1e-11 * here);
        prop_assert!(distribution.not_likelier(x) >= here.min(distribution.at_most(x)) * (1.0 - 1e-12));
    }
}

/// z, mass above z, its logarithm.
const NORMAL: [[f64; 3]; 19] = [
    [-37.0, 1.0, 0.0],
    [-8.3, 1.0, -5.205569744890254e-17],
    [-2.5, 0.9937903346742238, -0.006229025485860002],
    [-1e-09, 0.5000000003989423, -0.6931471797620608],
    [0.0, 0.5, -0.6931471805599453],
    [1e-300, 0.5, -0.6931471805599453],
    [0.3, 0.3820885778110474, -0.9621028181688507],
    [1.0, 0.15865525393145705, -1.8410216450092636],
    [1.959963984540054, 0.025000000000000012, -3.688879454113936],
    [3.0, 0.0013498980316300946, -6.607726221510349],
    [5.0, 2.866515718791939e-07, -15.064998393988725],
    [8.0, 6.220960574271784e-16, -35.01343715991455],
    [8.3, 5.205569744890254e-17, -37.49421742374825],
    [12.0, 1.776482112077679e-33, -75.4106730015688],
    [20.0, 2.7536241186062337e-89, -203.91715537109727],
    [24.9, 3.7200792751087554e-137, -314.14041276161316],
    [25.1, 2.4866601882523463e-139, -319.1483874058886],
    [30.0, 4.906713927148187e-198, -454.3212439563432],
    [37.0, 5.725571222524577e-300, -689.0305855768906],
];

/// z, logarithm of the mass above z, where the mass itself is no double.
const NORMAL_FAR: [[f64; 2]; 4] =
    [[39.0, -765.0831565643775], [100.0, -5005.524208694205], [500000.0, -125000000014.0413], [1e+100, -5e+199]];

/// q, z with mass q above it.
const NORMAL_QUANTILES: [[f64; 2]; 13] = [
    [0.4999, 0.00025066283008800747],
    [0.3, 0.5244005127080408],
    [0.1, 1.2815515655446004],
    [0.05, 1.6448536269514726],
    [0.025, 1.9599639845400543],
    [0.005, 2.575829303548901],
    [0.0005, 3.290526731491895],
    [1e-06, 4.753424308822899],
    [1e-12, 7.034483825301132],
    [1e-20, 9.262340089798407],
    [1e-100, 21.273453560965326],
    [1e-200, 30.20559417957964],
    [1e-300, 37.0470962993612],
];

/// x, what Stirling's formula leaves over.
const STIRLING: [[f64; 2]; 14] = [
    [1e-300, 344.4688254159022],
    [1e-10, 10.593986934110418],
    [0.1, 0.512740081331915],
    [0.5, 0.15342640972002736],
    [1.0, 0.08106146679532726],
    [1.5, 0.05481412105191765],
    [2.0, 0.0413406959554093],
    [5.0, 0.016644691189821193],
    [9.999, 0.008331396020466343],
    [10.0, 0.00833056343336287],
    [10.5, 0.00793411456431402],
    [33.0, 0.0025251752497567844],
    [1000.0, 8.333333055555635e-05],
    [1000000000000.0, 8.333333333333334e-14],
];

/// x, delta, ln of the quotient of the gamma functions.
const LN_GAMMA_RATIO: [[f64; 3]; 8] = [
    [0.5, 0.5, -0.5723649429247001],
    [1.0, 10.0, 15.104412573075516],
    [100.0, 1000000000000.0, 26631021118319.62],
    [1000000000000.0, 0.25, 6.907755278982044],
    [1000000000000.0, 1.0, 27.631021115928547],
    [50.0, 1e-09, 3.901989673437993e-09],
    [0.1, 100000.0, 1051286.6075531016],
    [10000000000.0, 10000000000.0, 234121452910.2569],
];

/// x, degrees of freedom, ln of the mass above x.
const CHI_SQUARED: [[f64; 3]; 20] = [
    [1e-10, 1.0, -7.978877439053607e-06],
    [0.5, 1.0, -0.7350111298370844],
    [3.841458820694124, 1.0, -2.99573227355399],
    [20.0, 1.0, -11.768564260156875],
    [784.3137254901961, 1.0, -395.7163296091986],
    [1400.0, 1.0, -703.8486181251224],
    [8020.0, 3.0, -4005.7308198372475],
    [5000000.0, 2.0, -2500000.0],
    [1.0, 5.0, -0.03815287931363813],
    [11.07, 5.0, -2.995539919607088],
    [100.0, 50.0, -10.273122868154797],
    [50.0, 50.0, -0.7478178168961862],
    [30.0, 50.0, -0.011227574255627303],
    [400.0, 50.0, -127.49804392873725],
    [900.0, 1000.0, -0.010775081338570533],
    [1000.0, 1000.0, -0.7051127759602377],
    [1200.0, 1000.0, -11.309499650376676],
    [3000.0, 1000.0, -455.41490799325794],
    [100000.0, 100001.0, -0.69255264793617],
    [101000.0, 100001.0, -4.347192330013374],
];

/// t, degrees of freedom, mass above t, its logarithm.
const STUDENT_T: [[f64; 4]; 68] = [
    [1e-08, 1.0, 0.49999999681690116, -0.6931471869261431],
    [0.5, 1.0, 0.35241638234956674, -1.0429418980620317],
    [1.0, 1.0, 0.25, -1.3862943611198906],
    [2.0, 1.0, 0.14758361765043326, -1.9133603645040103],
    [5.0, 1.0, 0.06283295818900118, -2.7672755312468293],
    [40.0, 1.0, 0.007956089912025814, -4.833817616894664],
    [1e-08, 1.0000017777785681, 0.49999999681690005, -0.6931471869261452],
    [0.5, 1.0000017777785681, 0.35241632327590205, -1.042942065686673],
    [1.0, 1.0000017777785681, 0.2499998823059081, -1.386294831896369],
    [2.0, 1.0000017777785681, 0.14758344550490213, -1.9133615309317906],
    [5.0, 1.0000017777785681, 0.06283279683948448, -2.7672780991622754],
    [40.0, 1.0000017777785681, 0.007956040461588047, -4.833823832333654],
    [1e-08, 2.0, 0.4999999964644661, -0.6931471876310131],
    [0.5, 2.0, 0.3333333333333333, -1.0986122886681098],
    [1.0, 2.0, 0.2113248654051871, -1.5543586830764358],
    [2.0, 2.0, 0.09175170953613698, -2.388669159674589],
    [5.0, 2.0, 0.018874775675311862, -3.969928868669362],
    [40.0, 2.0, 0.0003122073360923703, -8.0718430521053],
    [1e-08, 2.5, 0.4999999963819128, -0.6931471877961198],
    [0.5, 2.5, 0.32884895993485735, -1.1121567219739814],
    [1.0, 2.5, 0.20203051363913674, -1.5993365353694968],
    [2.0, 2.5, 0.078695747878983, -2.5421661545103817],
    [5.0, 2.5, 0.011725594985430923, -4.445981220911188],
    [40.0, 2.5, 7.097817145246691e-05, -9.553138172525108],
    [1e-08, 5.0, 0.4999999962039331, -0.6931471881520791],
    [0.5, 5.0, 0.3191494358204645, -1.1420958350382853],
    [1.0, 5.0, 0.1816087338245613, -1.705900720223827],
    [2.0, 5.0, 0.05096973941492918, -2.976523167161812],
    [5.0, 5.0, 0.0020523579900266612, -6.188765907812509],
    [40.0, 5.0, 9.205981085886477e-08, -16.200827353101413],
    [1e-08, 29.0, 0.4999999960448142, -0.6931471884703169],
    [0.5, 29.0, 0.3104240420968907, -1.1698160384635181],
    [1.0, 29.0, 0.16279099400809677, -1.8152881463044543],
    [2.0, 29.0, 0.027471818591483593, -3.5945945782456024],
    [5.0, 29.0, 1.2683157867711617e-05, -11.27523559676638],
    [40.0, 29.0, 3.173438664864674e-27, -61.01498175854548],
    [1e-08, 198.0, 0.4999999960156111, -0.693147188528723],
    [0.5, 198.0, 0.3088151501055499, -1.1750124008123428],
    [1.0, 198.0, 0.15926551895436739, -1.8371825390149292],
    [2.0, 198.0, 0.02343344180074414, -3.7535911400785875],
    [5.0, 198.0, 6.296698610609355e-07, -14.27807018497458],
    [40.0, 198.0, 4.195371727182976e-97, -221.9167720724665],
    [1e-08, 1998.0, 0.49999999601107636, -0.6931471885377927],
    [0.5, 1998.0, 0.3085650692297943, -1.175822536549126],
    [1.0, 1998.0, 0.15871579958845822, -1.8406401000821873],
    [2.0, 1998.0, 0.02281770424412983, -3.7802185424078765],
    [5.0, 1998.0, 3.116707599383896e-07, -14.981318462919917],
    [40.0, 1998.0, 8.242299384098714e-258, -591.9576746360017],
    [0.7, 100000.0, 0.24196446642366107, -1.4189643965665433],
    [1.959964, 100000.0, 0.025001385577321792, -3.6888240325568673],
    [6.0, 100000.0, 9.899647278008813e-10, -20.73335180191858],
    [15.0, 100000.0, 4.170138276734255e-51, -116.00389054754709],
    [0.7, 10000000.0, 0.24196366036509417, -1.4189677278817625],
    [1.959964, 10000000.0, 0.02500001296119856, -3.688878935666128],
    [6.0, 10000000.0, 9.866213666838918e-10, -20.736734770477252],
    [15.0, 10000000.0, 3.6756563991626545e-51, -116.1301080139637],
    [0.7, 1000000000.0, 0.24196365230449324, -1.418967761195034],
    [1.959964, 1000000000.0, 0.02499999923508996, -3.6888794847103386],
    [6.0, 1000000000.0, 9.865879822492458e-10, -20.73676860817893],
    [15.0, 1000000000.0, 3.671013072368419e-51, -116.13137207720501],
    [0.7, 1000000000000.0, 0.24196365222315444, -1.418967761531195],
    [1.959964, 1000000000000.0, 0.02499999909658105, -3.688879490250695],
    [6.0, 1000000000000.0, 9.865876453749096e-10, -20.73676894963291],
    [15.0, 1000000000000.0, 3.670966246185515e-51, -116.13138483294318],
    [0.7, 1000000000000000.0, 0.24196365222307312, -1.4189677615315313],
    [1.959964, 1000000000000000.0, 0.02499999909644254, -3.688879490256235],
    [6.0, 1000000000000000.0, 9.865876450380354e-10, -20.736768949974365],
    [15.0, 1000000000000000.0, 3.670966199359624e-51, -116.13138484569893],
];

/// q, degrees of freedom, t with mass q above it.
const STUDENT_T_QUANTILES: [[f64; 3]; 50] = [
    [0.4, 1.0, 0.32491969623290623],
    [0.05, 1.0, 6.313751514675043],
    [0.025, 1.0, 12.706204736174705],
    [0.0005, 1.0, 636.6192487687196],
    [1e-10, 1.0, 3183098861.837907],
    [0.4, 1.5, 0.3007453925697954],
    [0.05, 1.5, 3.7051808200967513],
    [0.025, 1.5, 6.0166631044279315],
    [0.0005, 1.5, 82.84744670365761],
    [1e-10, 1.5, 2422663.101134394],
    [0.4, 2.0, 0.2886751345948128],
    [0.05, 2.0, 2.9199855803537256],
    [0.025, 2.0, 4.302652729749464],
    [0.0005, 2.0, 31.59905457644362],
    [1e-10, 2.0, 70710.67810804815],
    [0.4, 5.0, 0.26718086570414507],
    [0.05, 5.0, 2.0150483733330242],
    [0.025, 5.0, 2.5705818356363155],
    [0.0005, 5.0, 6.86882662588111],
    [1e-10, 5.0, 156.8255927088943],
    [0.4, 30.0, 0.2556053649519127],
    [0.05, 30.0, 1.6972608865939578],
    [0.025, 30.0, 2.042272456301238],
    [0.0005, 30.0, 3.645958635042022],
    [1e-10, 30.0, 9.377489780407144],
    [0.4, 1000.0, 0.2534145158394987],
    [0.05, 1000.0, 1.6463788172854648],
    [0.025, 1000.0, 1.9623390808264085],
    [0.0005, 1000.0, 3.300282648423913],
    [1e-10, 1000.0, 6.427876283134213],
    [0.4, 100000.0, 0.2533477771571799],
    [0.05, 100000.0, 1.6448688647849696],
    [0.025, 100000.0, 1.9599877075346097],
    [0.0005, 100000.0, 3.2906240314118826],
    [1e-10, 100000.0, 6.362000419843691],
    [0.4, 10000000.0, 0.25334710987600295],
    [0.05, 10000000.0, 1.6448537793284017],
    [0.025, 10000000.0, 1.9599642217672055],
    [0.0005, 10000000.0, 3.2905277044652226],
    [1e-10, 10000000.0, 6.361347496998616],
    [0.4, 100000000.0, 0.25334710380982006],
    [0.05, 100000000.0, 1.6448536421891644],
    [0.025, 100000000.0, 1.9599640082627667],
    [0.0005, 100000000.0, 3.290526828789204],
    [1e-10, 100000000.0, 6.361341561862985],
    [0.4, 1000000000000.0, 0.25334710313586717],
    [0.05, 1000000000000.0, 1.6448536269529965],
    [0.025, 1000000000000.0, 1.9599639845424264],
    [0.0005, 1000000000000.0, 3.2905267315016244],
    [1e-10, 1000000000000.0, 6.361340902470002],
];

/// x, a, b, ln of the mass below x, ln of the mass above x.
const BETA: [[f64; 5]; 32] = [
    [0.25, 2.0, 1.0, -2.772588722239781, -0.06453852113757118],
    [0.5, 0.5, 0.5, -0.6931471805599453, -0.6931471805599453],
    [0.001, 0.5, 0.5, -3.9052936169690375, -0.02034051439755801],
    [0.999, 0.5, 0.5, -0.020340514397558022, -3.905293616969037],
    [0.3, 3.0, 7.0, -0.6214428316526611, -0.7703929436655269],
    [0.01, 3.0, 7.0, -9.429806127416256, -8.029798917837233e-05],
    [0.9, 3.0, 7.0, -2.9980044940109775e-06, -12.71756515828387],
    [1e-12, 1.0, 1000000000000.0, -0.45867514538679094, -1.0000000000005],
    [1e-11, 1.0, 1000000000000.0, -4.540096036821914e-05, -10.00000000005],
    [3e-12, 5.5, 1000000000000.0, -2.0664404491430153, -0.13540256706470893],
    [0.5, 100.0, 100.0, -0.6931471805599453, -0.6931471805599453],
    [0.4, 100.0, 100.0, -6.13760310544865, -0.0021624313082531524],
    [0.2, 100.0, 100.0, -47.69584903940713, -1.931772380682516e-21],
    [0.5, 1000.5, 1000.5, -0.6931471805599453, -0.6931471805599453],
    [0.05, 51.0, 951.0, -0.7649432092572745, -0.6261623261077638],
    [0.08, 51.0, 951.0, -0.0001256118242038839, -8.982376971865236],
    [0.1, 9000.0, 81000.0, -0.6907858632854025, -0.6955140868538101],
    [0.099, 9000.0, 81000.0, -1.84104188769538, -0.17274996183687336],
    [0.1, 10500.0, 94500.0, -0.6909608348844123, -0.6953383168186745],
    [0.099, 10500.0, 94500.0, -1.9665523370745013, -0.15075136464118752],
    [0.09, 10500.0, 94500.0, -65.38214952115081, -4.026180563944589e-29],
    [0.5, 1000000.0, 1000000.0, -0.6931471805599453, -0.6931471805599453],
    [0.499, 1000000.0, 1000000.0, -6.0580961769793085, -0.0023415887873714084],
    [0.49, 1000000.0, 1000000.0, -404.3425114812596, -2.4904536576088116e-176],
    [0.1, 100000000000.0, 900000000000.0, -0.6931464713147123, -0.6931478898056813],
    [0.0999999, 100000000000.0, 900000000000.0, -0.9957624986614931, -0.46114956380788535],
    [0.099999, 100000000000.0, 900000000000.0, -7.75394531887414, -0.00042913853863882443],
    [0.9, 900000000000.0, 100000000000.0, -0.6931478897318621, -0.6931464713885314],
    [0.8999999, 900000000000.0, 100000000000.0, -0.9957641130113151, -0.46114861796795054],
    [0.002, 0.001, 0.5, -0.007598260174848532, -4.8836327067827465],
    [1e-08, 20000.0, 2000000000000.0, -0.6912671880400784, -0.695030714109842],
    [1.001e-08, 20000.0, 2000000000000.0, -0.5849312898396242, -0.814510938769297],
];

/// p, a, b, x with mass p below it.
const BETA_QUANTILES: [[f64; 4]; 13] = [
    [0.025, 1.0, 1.0, 0.025],
    [0.025, 0.5, 0.5, 0.001541333133436012],
    [0.025, 3.0, 7.0, 0.07485463141969181],
    [0.975, 3.0, 7.0, 0.6000935737163121],
    [1e-06, 3.0, 7.0, 0.002291221221703311],
    [0.025, 51.0, 951.0, 0.03816683365052648],
    [0.975, 51.0, 951.0, 0.06532569368110477],
    [0.025, 1.0, 1000000000000.0, 2.5317807984289557e-14],
    [0.025, 1000000000.0, 1.0, 0.9999999963111206],
    [0.5, 1.0, 1000000000000.0, 6.931471805597051e-13],
    [0.5, 1000000000.0, 1.0, 0.9999999993068528],
    [0.975, 1.0, 1000000000000.0, 3.688879454107132e-12],
    [0.975, 1000000000.0, 1.0, 0.9999999999746821],
];

/// k, n, p, ln of the probability.
const BINOMIAL: [[f64; 4]; 10] = [
    [0.0, 10.0, 0.3, -3.5667494393873236],
    [10.0, 10.0, 0.3, -12.03972804325936],
    [3.0, 10.0, 0.3, -1.3211512777668886],
    [5.0, 100.0, 0.05, -1.7146993926048293],
    [60.0, 100.0, 0.05, -117.00510577160698],
    [500.0, 1000.0, 0.5, -3.6799189920941293],
    [100000.0, 1000000.0, 0.1, -6.622721850453466],
    [100500.0, 1000000.0, 0.1, -8.011774237774894],
    [3.0, 1000000000000.0, 1e-12, -2.791759469228555],
    [1000000000.0, 1000000000000.0, 0.001, -11.28007120159442],
];

/// Users of a, users of b, conversions, x, probability of x, of at least x, of at most x, of all not likelier.
const HYPERGEOMETRIC: [[f64; 8]; 9] = [
    [10.0, 10.0, 5.0, 2.0, 0.34829721362229105, 0.848297213622291, 0.5, 1.0],
    [1000.0, 1000.0, 7.0, 7.0, 0.00773063309980373, 0.00773063309980373, 1.0, 0.01546126619960746],
    [5000.0, 50.0, 17.0, 15.0, 1.13759966591597e-29, 1.138595662982943e-29, 1.0, 1.138595662982943e-29],
    [
        2000.0,
        2000.0,
        260.0,
        160.0,
        3.0031892820281388e-05,
        7.279605594593166e-05,
        0.9999572358368743,
        0.0001455921118918633,
    ],
    [2000.0, 2000.0, 260.0, 130.0, 0.051124386007919666, 0.5255621930039598, 0.5255621930039598, 1.0],
    [1000.0, 1000.0, 1000.0, 520.0, 0.007209922124718266, 0.04055503028956669, 0.9666548918351516, 0.08111006057913338],
    [40.0, 60.0, 70.0, 35.0, 0.0011630252720104285, 0.9997500375505102, 0.0014129877215002008, 0.0018440502739242644],
    [
        3000.0,
        5000.0,
        4000.0,
        2600.0,
        4.281769550247212e-07,
        2.1438088287080454e-06,
        0.9999982843681263,
        4.287617657416091e-06,
    ],
    [3000.0, 5000.0, 4000.0, 2500.0, 0.01842447371080894, 0.5092122368554045, 0.5092122368554045, 1.0],
];

/// t, degrees of freedom, non-centrality, mass above t.
const NONCENTRAL_T: [[f64; 4]; 8] = [
    [2.0, 2.0, 0.0, 0.09175170953613698],
    [4.302652729749464, 2.0, 1.0, 0.09131778436167344],
    [12.706204736174694, 1.0, 3.0, 0.18610807424628525],
    [2.048407141795244, 28.0, 2.5, 0.6749415273458668],
    [1.96, 5000.0, 2.8, 0.7995280576342996],
    [-1.96, 5000.0, 2.8, 0.9999990271714443],
    [1.96, 50000.0, 3.3, 0.9098747366790257],
    [30.0, 10.0, 8.0, 6.0355163370711504e-05],
];
