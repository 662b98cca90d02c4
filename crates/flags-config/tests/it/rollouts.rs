//! Rollout plans, circuit breakers, signals and migrations: what is read is what was written, and what changed is told.

use std::time::Duration;

use flags_config::{Difference, Document, Source, load, plan_toml};
use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    breaker::{BreakerOptions, Window},
    plan::{
        Freeze, GuardMetric, GuardrailDefinition, LatencyQuantile, MinuteOfDay, OnBreach, OnMissing, OnRollback,
        RolloutDefinition, StageDefinition, Strategy as Stages, Surroundings, Weekday,
    },
    signals::{Credentials, SecretSource, SignalSource},
};
use proptest::{
    collection, option,
    prelude::*,
    sample::select,
    strategy::{Strategy, ValueTree},
};

use crate::support::{codes, document, files, load_text, read};

/// Any plan, well made or not.
fn plans() -> impl Strategy<Value = RolloutDefinition> {
    let seconds = |most: u64| (1..most).prop_map(Duration::from_secs);
    let share = || (1_u32..=100_000).prop_map(|share| Percentage::from_thousandths(share).unwrap());
    let rate = || (0_u32..999).prop_map(|share| f64::from(share) / 1_000.0);
    let breach = || select(vec![OnBreach::Rollback, OnBreach::Pause, OnBreach::Notify]);
    let missing = select(vec![OnMissing::Hold, OnMissing::Rollback, OnMissing::Ignore]);
    let metric = select(vec![
        GuardMetric::ErrorRate,
        GuardMetric::Latency(LatencyQuantile::P95),
        GuardMetric::Signal("queue".into()),
        GuardMetric::SignalCounts("books".into()),
        GuardMetric::Rule("weather".into()),
    ]);
    let bounds = (option::of(rate()), option::of(rate()), seconds(10_000), 0_u64..10_000);
    let guardrail = (metric, bounds, breach(), missing).prop_map(|(metric, bounds, on_breach, on_missing)| {
        let (max, max_increase, window, min_samples) = bounds;
        let guardrail = GuardrailDefinition::new(metric);
        let bounded = !matches!(guardrail.metric, GuardMetric::Rule(_));
        let compared = guardrail.metric.is_counted();
        GuardrailDefinition {
            max: max.or((max_increase.is_none() || !compared).then_some(0.25)).filter(|_| bounded),
            max_increase: max_increase.filter(|_| compared),
            window,
            min_samples,
            on_breach,
            on_missing,
            ..guardrail
        }
    });
    let stage = (share(), option::of(seconds(100_000)), option::of(0_u64..10_000), any::<bool>());
    let minute = || (0_u8..24, 0_u8..60).prop_map(|(hour, minute)| MinuteOfDay::new(hour, minute).unwrap());
    let weekly = (collection::vec(select(Weekday::ALL.to_vec()), 1..3), minute(), minute(), -840_i16..=840)
        .prop_map(|(days, from, until, offset_minutes)| Freeze::Weekly { days, from, until, offset_minutes });
    let once = (0_i64..2_000_000_000_000, 1_i64..1_000_000_000).prop_map(|(from, length)| Freeze::Between {
        from: Timestamp::from_millis(from),
        until: Timestamp::from_millis(from + length),
    });
    let lists = (
        collection::vec(stage, 1..5),
        collection::vec(guardrail, 0..4),
        collection::vec(prop_oneof![weekly, once], 0..3),
    );
    let times =
        (option::of(seconds(1_000_000)), seconds(9_000), seconds(900), option::of(seconds(9_000_000)), seconds(9_000));
    let rollback = select(vec![OnRollback::Previous, OnRollback::Zero, OnRollback::Kill]);
    let rest = (rollback, breach(), 1_u32..499, 1_u32..=1_000, any::<[bool; 2]>(), 0_u64..9_000);
    let shares =
        (select(Stages::ALL.to_vec()), option::of(share()), option::of(share()), option::of(0_i64..2_000_000_000));
    (shares, lists, times, rest).prop_map(|(shares, lists, times, rest)| {
        let (strategy, start, target, not_before) = shares;
        let (mut stages, guardrails, freezes) = lists;
        stages.sort_by_key(|(share, ..)| *share);
        stages.dedup_by_key(|(share, ..)| *share);
        let stages = stages.into_iter().map(|(percentage, hold, min_samples, approval)| StageDefinition {
            percentage,
            hold,
            min_samples,
            approval,
        });
        let (duration, grace, settle_timeout, deadline, cooldown) = times;
        let (on_rollback, on_mismatch, alpha, catastrophe, [auto_advance, dry_run], min_samples) = rest;
        let custom = strategy == Stages::Custom;
        RolloutDefinition {
            start: start.filter(|_| strategy.default_start().is_some()),
            target: target.filter(|_| !custom),
            duration: duration.filter(|_| !custom),
            stages: if custom { stages.collect() } else { vec![] },
            auto_advance,
            guardrails,
            not_before: not_before.map(|seconds| Timestamp::from_millis(seconds * 1_000)),
            freezes,
            min_samples,
            grace,
            settle_timeout,
            deadline,
            cooldown,
            on_rollback,
            on_mismatch,
            alpha: f64::from(alpha) / 1_000.0,
            catastrophe: f64::from(catastrophe) / 1_000.0,
            dry_run,
            ..RolloutDefinition::new(strategy)
        }
    })
}

/// A file with one flag that has that plan, and the signals it may name.
fn with_plan(plan: &str) -> Document {
    document(&format!(
        "[features.x]\nenabled = true\nrollout = {plan}\n[signals.queue]\nsource = \"application\"\n[signals.books]\n\
         source = \"application\"\ncounts = true\n"
    ))
}

proptest! {
    /// A checked plan that is written in the notation of the file is read as the same plan.
    #[test]
    fn a_plan_written_is_the_plan_read(definition in plans()) {
        let surroundings = Surroundings {
            signals: vec!["queue".into()],
            counted: vec!["books".into()],
            rules: vec!["weather".into()],
        };
        // A start that is not below the target is none of our business here.
        let Ok(plan) = definition.check(&surroundings) else { return Ok(()) };
        let document = with_plan(&plan_toml(&plan));
        let read = document.rollout("x", "anywhere").unwrap();
        prop_assert_eq!(read.definition(), &definition);
        prop_assert_eq!(read.fingerprint(), plan.fingerprint());
        prop_assert_eq!(Difference::between_documents(&document, &with_plan(&plan_toml(read))).to_string(), "");
    }
}

/// Enough of the random plans pass the check for the property above to mean something.
#[test]
fn most_random_plans_are_well_made() {
    let surroundings =
        Surroundings { signals: vec!["queue".into()], counted: vec!["books".into()], rules: vec!["weather".into()] };
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let well_made = (0..200)
        .filter(|_| {
            let plan = plans().new_tree(&mut runner).unwrap().current();
            plan.check(&surroundings).is_ok()
        })
        .count();
    assert!(well_made > 120, "{well_made} of 200");
}

#[test]
fn breakers_take_a_time_or_a_number_of_runs() {
    let document = document(
        "[features.x]\nenabled = true\nerror_threshold = { rate = 0.1 }\n[features.x.environments.staging]\n\
         error_threshold = { rate = 0.5, window = 200, min_samples = 20, cooldown = \"30s\", permits = 3, half_open_for = \"2m\" }\n",
    );
    assert_eq!(document.breaker("x", "production"), Some(BreakerOptions::new(0.1)));
    let staging = BreakerOptions {
        window: Window::Count(200),
        min_samples: 20,
        cooldown: Duration::from_secs(30),
        permits: 3,
        half_open_for: Duration::from_secs(120),
        ..BreakerOptions::new(0.5)
    };
    assert_eq!(document.breaker("x", "staging"), Some(staging));
    assert_eq!(document.breaker("y", "staging"), None);
}

#[test]
fn signals_have_their_sources_and_credentials() {
    let document = document(
        "[signals.one]\nprometheus = \"http://127.0.0.1:9090\"\nquery = \"up\"\nuser = \"ada\"\npassword_env = \"PASSWORD\"\n\
         [signals.two]\nhttp = \"https://shop.example/health\"\nstatus = 204\nunreachable = \"unhealthy\"\ntoken_file = \"token\"\n\
         interval = \"1m\"\ntimeout = \"1s\"\n[signals.three]\nsource = \"application\"\n[signals.four]\nsource = \
         \"application\"\ncounts = true\n",
    );
    let [one, two, three, four] = &document.signals[..] else { panic!("{:?}", document.signals) };
    let SignalSource::Prometheus { query, credentials, .. } = &one.source else { panic!("{one:?}") };
    let password = SecretSource::Environment("PASSWORD".into());
    assert_eq!((&**query, credentials), ("up", &Some(Credentials::Basic { user: "ada".into(), password })));
    assert_eq!((one.interval, one.timeout), (Duration::from_secs(15), Duration::from_secs(5)));
    let SignalSource::Http(check) = &two.source else { panic!("{two:?}") };
    assert_eq!((check.status, check.unreachable_is_unhealthy), (Some(204), true));
    assert_eq!(check.credentials, Some(Credentials::Bearer(SecretSource::File("token".into()))));
    assert_eq!((two.interval, two.timeout), (Duration::from_secs(60), Duration::from_secs(1)));
    assert_eq!((&three.source, &four.source), (&SignalSource::Pushed, &SignalSource::PushedCounts));
}

/// A signal may stand in another file than the guardrail on it; where that file cannot be read, nobody complains of the name.
#[test]
fn signals_are_found_in_other_files() {
    let plan = "[features.x]\nenabled = true\n[features.x.rollout]\nstrategy = \"canary\"\n\
                guardrails = [{ metric = \"queue\", max_increase = 0.5 }]\n";
    let signal = "[signals.queue]\nsource = \"application\"\ncounts = true\n";
    assert!(load(&files(&[("a.toml", plan), ("b.toml", signal)])).document.is_some());
    let broken = Source::from_bytes("b.toml", b"[signals.queue]\nsource = \"\xff\"\n");
    let report = load(&[Source::new("a.toml", plan), broken].into_iter().collect()).report;
    assert_eq!(codes(&report), ["FLG007"]);
    assert_eq!(codes(&load_text(plan).report), ["FLG091"]);
}

/// `flags diff` of everything that can stand in a file, as it is printed (B7).
#[test]
fn every_section_is_compared() {
    let old = read("config/rollouts.toml");
    let mut new = old.clone();
    for (from, to) in [
        ("{ percentage = 10, hold = \"2h\" }", "{ percentage = 20, hold = \"2h\" }"),
        ("grace = \"20m\"", "grace = \"30m\""),
        ("max_increase = 0.10", "max_increase = 0.2"),
        ("days = [\"friday\", \"saturday\"", "days = [\"saturday\""),
        ("window = \"1m\" ", "window = 200 "),
        ("strategy = \"blue_green\"", "strategy = \"canary\""),
        ("interval = \"10s\"\n", ""),
        ("[signals.replication_lag_seconds]", "[signals.lag]"),
        ("metric = \"replication_lag_seconds\", max = 30", "metric = \"lag\", max = 20"),
        ("hold = \"48h\"\n", ""),
        ("rollback_on_failure = true", "rollback_on_failure = false"),
    ] {
        assert!(new.contains(from), "{from}");
        new = new.replace(from, to);
    }
    let beside = |alerts: &str| {
        format!(
            "[settings]\ncache_ttl = \"5s\"\n{alerts}[features.plain]\nenabled = true\n[features.gone]\nenabled = true\n\
                 rollout = {{ strategy = \"blue_green\" }}\n"
        )
    };
    let old = load(&files(&[
        ("rollouts.toml", &old),
        (
            "beside.toml",
            &beside(
                "[channels.ops]\nkind = \"webhook\"\nurl = \"https://hooks.example/a\"\ntoken_env = \"TOKEN\"\n[alerts.slow]\n\
                 when = { evaluation_latency = { percentile = 0.99, above = \"1ms\" } }\nnotify = [\"ops\"]\n[alerts.refused]\n\
                 when = { reload_failed = true }\n",
            ),
        ),
    ]));
    let new = load(&files(&[
        ("rollouts.toml", &new),
        (
            "beside.toml",
            &beside(
                "environment = \"staging\"\n[channels.ops]\nkind = \"webhook\"\nurl = \"https://hooks.example/b\"\ntoken_file = \
                 \"token\"\nretries = 5\n[alerts.slow]\nwhen = { evaluation_latency = { percentile = 0.99, above = \"2ms\" } }\n\
                 severity = \"critical\"\n[channels.log]\nkind = \"log\"\n",
            )
            .replace("[features.plain]\nenabled = true", "[features.plain]\nenabled = true\nerror_threshold = { rate = 0.5 }")
            .replace("\nrollout = { strategy = \"blue_green\" }", ""),
        ),
    ]));
    let (old, new) = (old.document.expect("no errors"), new.document.expect("no errors"));
    let difference = Difference::between_documents(&old, &new);
    insta::assert_snapshot!(difference);
    let json = difference.to_json();
    assert_eq!(json["channels"][0]["affects_decisions"], false);
    assert_eq!(json["migrations"][0]["affects_decisions"], true);
    assert_eq!(json["signals"].as_array().map(Vec::len), Some(3));
    assert!(
        Difference::between_documents(&old, &old).is_empty() && Difference::between_documents(&new, &new).is_empty()
    );
    // The definitions alone say nothing of it.
    assert!(Difference::between(&old.definitions, &new.definitions).is_empty());
}
