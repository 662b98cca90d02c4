//! Alerts of a client: from its definitions to whoever is told (D6).

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use flags::{
    Context, Flags, Timestamp,
    metrics::{
        Metrics, MetricsOptions,
        alerts::{AlertPhase, Event},
    },
};
use flags_testkit::ManualClock;

/// Far longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn save(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
}

/// The alerts that are under way, each as `rule subject phase: summary`.
fn under_way(flags: &Flags) -> Vec<String> {
    (flags.alerts().states().iter())
        .filter(|state| state.phase != AlertPhase::Inactive)
        .map(|state| {
            let summary = state.summary.as_deref().unwrap_or_default();
            format!("{} {} {}: {summary}", state.rule, state.subject, state.phase.name())
        })
        .collect()
}

// D6, B3
#[test]
fn a_refused_file_alerts_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    let good = "[features.shop]\nenabled = true\n\n[alerts.refused]\nwhen = { reload_failed = true }\n";
    save(&path, good);
    let flags = Flags::builder().file(&path).build().unwrap();
    save(&path, &good.replace("enabled = true", "enabeld = true\nrolout = 1"));
    flags.reload().unwrap_err();
    let firing = under_way(&flags);
    assert_eq!(firing.len(), 1, "{firing:?}");
    assert!(firing[0].starts_with("refused the program firing: changed definitions were refused"), "{firing:?}");
    assert!(
        firing[0].ends_with("flags.toml:2: unknown key `enabeld` in flag `shop` (and one more error)"),
        "{firing:?}"
    );
    save(&path, &format!("{good}# mended\n"));
    flags.reload().unwrap();
    assert_eq!(under_way(&flags), ["refused the program resolved: the definitions are accepted again"]);
    // Without channels of its own, it went to the log.
    let channels = flags.alerts().channels();
    assert_eq!((&*channels[0].key, channels[0].kind, channels[0].sent), ("log", "log", 2));
}

#[test]
fn what_was_in_force_again_resolves_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    let good = "[features.shop]\nenabled = true\n\n[alerts.refused]\nwhen = { reload_failed = true }\n";
    save(&path, good);
    let flags = Flags::builder().file(&path).build().unwrap();
    save(&path, "[features.shop\n");
    flags.reload().unwrap_err();
    save(&path, good);
    flags.reload().unwrap();
    assert_eq!(flags.alerts().states()[0].phase, AlertPhase::Resolved);
}

// D6
#[test]
fn rules_come_and_go_with_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    let alerts =
        "[alerts.rolled_back]\nwhen = { rollback = true }\nnotify = [\"ops\"]\n[channels.ops]\nkind = \"log\"\n";
    save(&path, "[features.shop]\nenabled = true\n");
    let flags = Flags::builder().file(&path).build().unwrap();
    assert_eq!(flags.alerts().states(), []);
    save(&path, &format!("[features.shop]\nenabled = true\n{alerts}"));
    flags.reload().unwrap();
    flags.alerts().report(&Event::RolledBack { flag: "shop".into(), detail: "too slow".into() });
    assert_eq!(
        under_way(&flags),
        ["rolled_back flag `shop` firing: the rollout of flag `shop` was rolled back: too slow"]
    );
    save(&path, "[features.shop]\nenabled = true\n[channels.ops]\nkind = \"log\"\n");
    flags.reload().unwrap();
    assert_eq!(flags.alerts().states(), []);
    // That it is over was told before the rule went.
    assert_eq!(flags.alerts().channels()[0].sent, 2);
}

// D6
#[test]
fn changes_that_nobody_signed_are_unexpected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.toml");
    let text = r#"
[alerts.changed]
when = { unexpected_change = true }
[features.signed]
enabled = true
updated_by = "ada"
[features.plain]
enabled = true
[features.guarded]
enabled = true
protected = true
[features.gone]
enabled = true
protected = true
"#;
    save(&path, text);
    let flags = Flags::builder().file(&path).build().unwrap();
    let resigned = text.replace(
        "[features.signed]\nenabled = true\nupdated_by = \"ada\"",
        "[features.signed]\nenabled = false\nupdated_by = \"bob\"",
    );
    assert_ne!(resigned, text);
    save(&path, &resigned);
    flags.reload().unwrap();
    assert_eq!(under_way(&flags), [""; 0], "somebody put his name to it");
    let changed = resigned
        .replace("enabled = false\nupdated_by", "enabled = true\nupdated_by")
        .replace("[features.plain]\nenabled = true", "[features.plain]\nenabled = false")
        .replace("[features.guarded]\nenabled = true\nprotected = true", "[features.guarded]\nenabled = true")
        .replace("[features.gone]\nenabled = true\nprotected = true", "");
    save(&path, &changed);
    flags.reload().unwrap();
    assert_eq!(
        under_way(&flags),
        [
            "changed flag `gone` firing: flag `gone` changed unexpectedly: it is protected, and was removed from the files",
            "changed flag `guarded` firing: flag `guarded` changed unexpectedly: it was protected, and is not any more",
            "changed flag `signed` firing: flag `signed` changed unexpectedly: its definition changed, and its updated_by and \
             updated_at did not",
        ]
    );
}

// D6, D4
#[test]
fn a_kill_that_waits_for_a_second_person_is_unexpected() {
    let flags = Flags::builder()
        .toml("[features.payments]\nenabled = true\nprotected = true\n[alerts.changed]\nwhen = { unexpected_change = true }")
        .build()
        .unwrap();
    flags.control().by("ada").unwrap().because("they fail").kill("payments").unwrap();
    flags.alerts().check();
    assert_eq!(
        under_way(&flags),
        [
            "changed flag `payments` firing: flag `payments` changed unexpectedly: kill by ada, which nobody else has confirmed: \
          they fail"
        ]
    );
    flags.control().by("bob").unwrap().confirm("payments").unwrap();
    flags.alerts().check();
    assert_eq!(under_way(&flags), ["changed flag `payments` resolved: the change of flag `payments` was confirmed"]);
}

// D6, F1
#[test]
fn so_is_the_pause_of_an_experiment_for_the_flags_it_serves() {
    let flags = Flags::builder()
        .toml(
            "[features.payments]\nenabled = true\nprotected = true\n[alerts.changed]\nwhen = { unexpected_change = true }\n\
             [experiments.wallet]\nstatus = 'running'\n\
             arms = [{ name = 'with', control = true }, { name = 'without', overrides = { payments = 'off' } }]",
        )
        .build()
        .unwrap();
    flags.control().by("ada").unwrap().pause_experiment("wallet").unwrap();
    flags.control().by("ada").unwrap().kill("payments").unwrap();
    flags.alerts().check();
    let [firing] = &under_way(&flags)[..] else { panic!("one of one flag") };
    assert!(firing.starts_with("changed flag `payments` firing: "), "{firing}");
    flags.control().by("bob").unwrap().confirm("payments").unwrap();
    flags.alerts().check();
    let [firing] = &under_way(&flags)[..] else { panic!("the pause still waits") };
    assert!(firing.starts_with("changed flag `payments` firing: "), "{firing}");
    flags.control().by("bob").unwrap().confirm_experiment("wallet").unwrap();
    flags.alerts().check();
    assert_eq!(under_way(&flags), ["changed flag `payments` resolved: the change of flag `payments` was confirmed"]);

    flags.control().by("ada").unwrap().stop_experiment("wallet").unwrap();
    flags.alerts().check();
    // So soon after the last one it is not told again at once; what would be told is who did what.
    let [again] = &under_way(&flags)[..] else { panic!("the stop waits") };
    assert!(again.ends_with(": stop of experiment wallet by ada, which nobody else has confirmed"), "{again}");
}

// D6, C4
#[test]
fn errors_of_a_branch_alert_and_resolve() {
    let flags = Flags::builder()
        .toml(
            "[features.checkout]\nenabled = true\n[features.search]\nenabled = true\n\
             [alerts.errors]\nwhen = { flag_error_rate = { above = 0.05 } }",
        )
        .metrics(Metrics::new())
        .build()
        .unwrap();
    let metrics = flags.metrics().unwrap();
    let (checkout, search) =
        (metrics.branch("checkout", Some("on")).unwrap(), metrics.branch("search", Some("on")).unwrap());
    for _ in 0..10 {
        checkout.record(false, Duration::from_millis(1));
        search.record(true, Duration::from_millis(1));
    }
    flags.alerts().check();
    assert_eq!(
        under_way(&flags),
        [
            "errors flag `checkout` firing: 10 of 10 outcomes of flag `checkout` over the last 5m were errors, 100 %, above 5 %"
        ]
    );
    let shown = metrics.render();
    assert!(shown.contains("flags_alerts_firing{rule=\"errors\",severity=\"warning\"} 1"), "{shown}");
    assert!(shown.contains("flags_alert_notifications_total{channel=\"log\",result=\"sent\"} 1"), "{shown}");
    for _ in 0..190 {
        checkout.record(true, Duration::from_millis(1));
    }
    flags.alerts().check();
    assert_eq!(
        under_way(&flags),
        [
            "errors flag `checkout` resolved: 10 of 200 outcomes of flag `checkout` over the last 5m were errors, 5 %, within 5 % \
          again"
        ]
    );
}

// D6, D1
#[test]
fn slow_evaluations_alert() {
    let mut options = MetricsOptions::default();
    options.time_one_in = 1;
    let clock = ManualClock::new(Timestamp::default());
    let flags = Flags::builder()
        .toml(
            "[features.shop]\nenabled = true\n[alerts.slow]\n\
             when = { evaluation_latency = { percentile = 0.5, above = \"1ns\", min_samples = 100 } }",
        )
        .metrics(Metrics::with_options(options))
        .clock(clock.clone())
        .build()
        .unwrap();
    flags.alerts().check();
    for _ in 0..100 {
        assert!(flags.is_enabled("shop", &Context::new("user-42")));
    }
    clock.advance(Duration::from_secs(5));
    flags.alerts().check();
    let firing = under_way(&flags);
    assert!(
        firing[0].starts_with("slow the program firing: p50 of evaluation time over the last 5m is "),
        "{firing:?}"
    );
    assert!(firing[0].ends_with("(100 samples), above 1 ns"), "{firing:?}");
}

// D6
#[test]
fn the_rules_look_by_themselves() {
    let flags = Flags::builder()
        .toml("[features.checkout]\nenabled = true\n[alerts.errors]\nwhen = { flag_error_rate = { above = 0.05 } }")
        .metrics(Metrics::new())
        .alert_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    let branch = flags.metrics().unwrap().branch("checkout", Some("on")).unwrap();
    for _ in 0..10 {
        branch.record(false, Duration::ZERO);
    }
    let started = Instant::now();
    while under_way(&flags).is_empty() {
        assert!(started.elapsed() < PATIENCE, "nobody looked");
        std::thread::yield_now();
    }
    assert!(flags.alerts().flush(PATIENCE));
}
