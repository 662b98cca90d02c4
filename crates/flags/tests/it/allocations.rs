//! Evaluations do not allocate (C2).

use flags::{BorrowedContext, Context, Flag, Flags, ValueRef};

const DEFINITIONS: &str = r#"
[segments.staff]
members = ["user-1"]

[features.plain]
enabled = true

[features.half]
enabled = true
rollout_percentage = 50

[features.limit]
enabled = true
variants = { low = 10, high = 20 }

[features.ratio]
enabled = true
variants = { low = 0.5, high = 1.5 }
serve = "high"

[features.theme]
enabled = true
parent = "plain"
requires = ["plain"]
variants = { light = "light", dark = "dark" }
schedule = [{ at = 2026-01-01T00:00:00Z, rollout_percentage = 100 }]
targets = { segments = ["staff"], ip_ranges = ["10.0.0.0/8"] }

[[features.theme.rules]]
when = [
  { attribute = "country", in = ["NL", "DE"] },
  { attribute = "country", starts_with = "n", ignore_case = true },
  { attribute = "app_version", version = ">=2.4.0-rc.1, <3" },
  { attribute = "age", at_least = 18 },
  { attribute = "email", matches = "@corp\\.example$" },
  { attribute = "profile.plan", equals = "gold" },
  { attribute = "since", after = 2020-01-01T00:00:00Z },
  { attribute = "ip_address", ip_in = ["10.0.0.0/8"] },
  { percentage = 99.999 },
  { flag = "plain" },
]
split = { light = 1, dark = 1 }
"#;

fn context() -> Context {
    Context::new("user-1")
        .set("country", "NL")
        .set("app_version", "2.4.0-rc.2+build")
        .set("age", 30)
        .set("email", "ada@corp.example")
        .set("profile", flags::Object::new().set("plan", "gold"))
        .set("since", "2024-01-01T00:00:00Z")
        .set("ip_address", "10.1.2.3")
}

/// Allocations of the second of two runs: the first may fill a thread's cache or a regular expression's.
fn allocations<R>(mut run: impl FnMut() -> R) -> u64 {
    run();
    allocation_counter::measure(|| {
        run();
    })
    .count_total
}

#[test]
fn an_evaluation_does_not_allocate() {
    let flags = Flags::builder().toml(DEFINITIONS).environment("production").build().unwrap();
    let context = context();
    assert_eq!(flags.evaluate("theme", &context).rule().map(|(number, _)| number), Some(1), "every condition is asked");

    assert_eq!(allocations(|| flags.is_enabled("plain", &context)), 0);
    assert_eq!(allocations(|| flags.is_enabled("half", &context)), 0);
    assert_eq!(allocations(|| flags.is_enabled("theme", &context)), 0);
    assert_eq!(allocations(|| flags.is_enabled("unknown", &context)), 0);
    assert_eq!(allocations(|| flags.boolean("plain", &context, false)), 0);
    assert_eq!(allocations(|| flags.integer("limit", &context, 0)), 0);
    assert_eq!(allocations(|| flags.float("ratio", &context, 0.0)), 0);
    assert_eq!(allocations(|| flags.evaluate("theme", &context).variant() == Some("dark")), 0);
    assert_eq!(allocations(|| flags.variant("theme", &context).is_some_and(|variant| variant == "dark")), 0);
    let snapshot = flags.snapshot();
    assert_eq!(allocations(|| snapshot.evaluate("theme", &context).variant() == Some("dark")), 0);
    let handle: Flag<i64> = flags.flag("limit", 0);
    assert_eq!(allocations(|| handle.get(&context)), 0);
}

#[test]
fn neither_does_one_of_a_borrowed_context_or_an_integer_unit() {
    let flags = Flags::builder().toml(DEFINITIONS).build().unwrap();
    let pairs = [("user_id", ValueRef::Integer(i64::MIN)), ("country", ValueRef::String("NL"))];
    let context = BorrowedContext::new(None, &pairs);
    assert_eq!(allocations(|| flags.is_enabled("half", &context)), 0);
    assert_eq!(allocations(|| flags.evaluate("limit", &context).variant().is_some()), 0);
}

// C3
#[test]
fn neither_does_an_answer_from_the_memory_of_a_bound_handle() {
    let flags = Flags::builder().toml(DEFINITIONS).build().unwrap();
    let bound = flags.bind(context());
    let actor = flags::Flagged::new(&flags, "user-1", ());
    assert_eq!(allocations(|| bound.is_enabled("half")), 0);
    assert_eq!(allocations(|| bound.is_enabled("unknown")), 0);
    assert_eq!(allocations(|| bound.integer("limit", 0)), 0);
    assert_eq!(allocations(|| bound.float("ratio", 0.0)), 0);
    assert_eq!(allocations(|| bound.variant("limit").is_some_and(|variant| &*variant == "low")), 0);
    assert_eq!(allocations(|| actor.for_message::<u32>().is_enabled("half")), 0);
    flags.toggle("plain").unwrap();
    assert_eq!(allocations(|| bound.is_enabled("half")), 0);
    assert_eq!(bound.cache_stats().misses, 4, "one for each flag");
}

// F2
#[test]
fn neither_does_one_of_a_client_that_records_unless_there_is_something_new_to_record() {
    use flags::core::definition::{ArmDefinition, ExperimentStatus};
    let experiment = flags::ExperimentDefinition::new("buttons")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("control"))
        .arm(ArmDefinition::new("new").overrides("button", "on"));
    let flags = Flags::builder()
        .flag(flags::FlagDefinition::new("button").enabled(true))
        .flag(flags::FlagDefinition::new("plain").enabled(true))
        .experiment(experiment)
        .recording(flags::Recording::new().dimension("country"))
        .build()
        .unwrap();
    let context = context();
    let measured = |run: &dyn Fn()| allocation_counter::measure(run).count_total;
    assert!(flags.is_enabled("plain", &context), "from now on the thread has what it keeps");
    assert_eq!(measured(&|| assert!(flags.is_enabled("plain", &context))), 0);
    assert!(measured(&|| drop(flags.assign("buttons", &context))) > 0, "the exposure");
    assert_eq!(measured(&|| drop(flags.evaluate("button", &context))), 0, "which is known");
    assert_eq!(measured(&|| drop(flags.assign("buttons", &context))), 0);
    assert!(measured(&|| flags.track("purchase", &context, 1.0)) > 0);
}

// C2, E4
#[cfg(feature = "rollouts")]
#[test]
fn neither_does_a_run_of_a_flag_with_a_rollout_but_for_new_units() {
    use flags::rollout::plan::{GuardMetric, GuardrailDefinition, LatencyQuantile, RolloutDefinition, Strategy};
    let latency = GuardrailDefinition::new(GuardMetric::Latency(LatencyQuantile::P99)).max(0.2);
    let plan = RolloutDefinition::new(Strategy::Canary).guardrail(latency);
    let builder = || Flags::builder().toml(DEFINITIONS).rollout_plan("half", plan.clone());
    let context = context();
    let measured = |run: &dyn Fn()| allocation_counter::measure(run).count_total;
    for flags in [builder().build().unwrap(), builder().metrics(flags::metrics::Metrics::new()).build().unwrap()] {
        let run = |key: &str| {
            let _: Result<(), ()> = flags.try_run(key, &context).on(|| Err(())).off(|| Ok(()));
        };
        let guarded = || flags.branch("half", &context).success();
        run("half");
        run("plain");
        guarded();
        assert_eq!(measured(&|| run("half")), 0, "the unit is known");
        assert_eq!(measured(&guarded), 0);
        assert_eq!(measured(&|| run("plain")), 0, "it has no plan");
        let arms = flags.rollouts().runs("half").unwrap();
        assert_eq!((arms.control.runs + arms.treatment.runs, arms.control.units + arms.treatment.units), (4, 1));
        // A thousand others take the room of a thousand hashes, and little more.
        let units: Vec<_> = (0..1_000).map(|unit| flags::Context::new(format!("unit-{unit}"))).collect();
        let bytes = allocation_counter::measure(|| {
            for unit in &units {
                flags.branch("half", unit).success();
            }
        });
        assert!(bytes.bytes_current < 64 * 1_024, "{bytes:?}");
    }
}
