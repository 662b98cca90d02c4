//! Counting evaluations through the client (D5).

use std::thread;

use flags::{
    Context, FlagDefinition, Flags, Percentage, SystemClock, ambient, feature_enabled,
    metrics::{Metrics, MetricsOptions},
};

fn counted(text: &str) -> Flags {
    Flags::builder().toml(text).metrics(Metrics::new()).build().unwrap()
}

fn evaluations(flags: &Flags, key: &str) -> u64 {
    flags.metrics().unwrap().summary(key).unwrap().evaluations
}

/// The value of a series of a scrape.
fn sample(scrape: &str, series: &str) -> f64 {
    let line = scrape.lines().find(|line| line.starts_with(series)).unwrap_or_default();
    line.rsplit(' ').next().unwrap().parse().expect(series)
}

// D5
#[test]
fn every_way_to_ask_counts_once() {
    let mut options = MetricsOptions::default();
    options.unique_units = true;
    let text = "[features.a]\nenabled = true\nvariants = { low = 1, high = 2 }\nserve = 'high'";
    let flags = Flags::builder().toml(text).metrics(Metrics::with_options(options)).build().unwrap();
    let context = Context::new("u");
    let handle = flags.flag("a", 0_i64);
    let bound = flags.bind(context.clone());
    let _ = flags.is_enabled("a", &context);
    let _ = flags.evaluate("a", &context);
    let _ = flags.integer("a", &context, 0);
    let _ = flags.variant("a", &context);
    flags.decide("a", &context, |_| ());
    let _ = (handle.get(&context), handle.is_enabled(&context));
    let snapshot = flags.snapshot();
    let _ = (snapshot.is_enabled("a", &context), snapshot.evaluate("a", &context));
    let _ = snapshot.decide(snapshot.find("a").unwrap(), &context);
    let _ = (bound.is_enabled("a"), bound.is_enabled("a"));
    assert_eq!(evaluations(&flags, "a"), 11, "the second answer of the bound handle is no evaluation");

    let _ = flags.at(flags::Clock::now(&SystemClock)).is_enabled("a", &context);
    assert_eq!(evaluations(&flags, "a"), 11, "what would be at an instant is not counted");
    assert_eq!(flags.string("a", &context, "other"), "other");
    let scrape = flags.metrics().unwrap().render();
    assert_eq!(sample(&scrape, "flags_evaluation_errors_total{flag=\"a\",error_type=\"TYPE_MISMATCH\"}"), 1.0);
    assert_eq!(sample(&scrape, "flags_unique_units{flag=\"a\"}"), 1.0);
    assert_eq!(sample(&scrape, "flags_config_revision"), 1.0);
}

// D5
#[test]
fn counts_are_exact_over_threads_reloads_and_the_ends_of_threads() {
    const ROUNDS: u64 = 400;
    let flags = counted("[features.a]\nenabled = true\n[features.b]\nenabled = true");
    let asked: u64 = thread::scope(|scope| {
        let changing = scope.spawn(|| {
            for round in 0..200 {
                flags.toggle("b").unwrap();
                if round % 3 == 0 {
                    let extra = FlagDefinition::new("extra").rollout(Percentage::new(50.0).unwrap());
                    flags.create(extra).unwrap();
                    flags.remove("extra").unwrap();
                }
            }
        });
        let mut asked = 0;
        for wave in 0..4_u64 {
            let threads: Vec<_> = (0..8)
                .map(|number| {
                    let flags = &flags;
                    scope.spawn(move || {
                        let context = Context::new(format!("unit-{number}"));
                        for _ in 0..ROUNDS + wave {
                            let _ = flags.is_enabled("a", &context);
                            let _ = flags.is_enabled("b", &context);
                        }
                        ROUNDS + wave
                    })
                })
                .collect();
            asked += threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>();
        }
        changing.join().unwrap();
        asked
    });
    assert_eq!((evaluations(&flags, "a"), evaluations(&flags, "b")), (asked, asked));
    let scrape = flags.metrics().unwrap().render();
    assert_eq!(sample(&scrape, "flags_evaluations_total{flag=\"a\",variant=\"on\",reason=\"STATIC\"}"), asked as f64);
    assert_eq!(sample(&scrape, "flags_changes_total{source=\"runtime\"}"), 200.0 + 2.0 * 67.0);
}

// D1, D5
#[test]
fn controls_are_shown() {
    let flags = counted("[features.a]\nenabled = true\nprotected = true");
    flags.control().by("ada").unwrap().kill("a").unwrap();
    let _ = flags.is_enabled("a", &Context::new("u"));
    let scrape = flags.metrics().unwrap().render();
    assert_eq!(sample(&scrape, "flags_controls_in_force{action=\"kill\"}"), 1.0);
    assert_eq!(sample(&scrape, "flags_controls_unconfirmed"), 1.0);
    assert_eq!(sample(&scrape, "flags_changes_total{source=\"api\"}"), 1.0);
    assert_eq!(sample(&scrape, "flags_evaluations_total{flag=\"a\",variant=\"off\",reason=\"DISABLED\"}"), 1.0);
}

// C1, D5
#[test]
fn call_sites_and_bound_handles_show_their_hits() {
    let flags = counted("[features.a]\nenabled = true");
    let hits = |cache: &str| {
        let scrape = flags.metrics().unwrap().render();
        sample(&scrape, &format!("flags_cache_requests_total{{cache=\"{cache}\",result=\"hit\"}}"))
    };
    let before = (hits("bound"), hits("call_site"));
    ambient::set_default(flags.clone(), Context::new("u"));
    let bound = flags.bind(Context::new("u"));
    for _ in 0..1_000 {
        assert!(bound.is_enabled("a"));
        assert!(feature_enabled!("a"));
    }
    assert!(hits("bound") - before.0 >= 999.0);
    // Each change of any client, in other tests of this process too, is one miss at most.
    assert!(hits("call_site") > before.1);
}
