//! Breakers that definitions hold, followed as they change, shown as metrics, and alerted of. // E5

use std::time::Duration;

use flags::{
    Flags,
    metrics::Metrics,
    rollout::breaker::{BreakerOptions, BreakerPhase, Window},
};
use flags_testkit::ManualClock;

use super::{anybody, look, noon, open, phase, run, wait};

const TEXT: &str = "
[features.search]
enabled = true
[features.search.error_threshold]
rate = 0.5
window = 10
min_samples = 4
permits = 3
[features.search.environments.staging.error_threshold]
rate = 0.9
";

fn of_text(text: &str, environment: &str, clock: &ManualClock) -> Flags {
    Flags::builder().toml(text).environment(environment).clock(clock.clone()).metrics(Metrics::new()).build().unwrap()
}

#[test]
fn definitions_hold_them_and_an_environment_has_its_own() {
    let clock = noon();
    let flags = of_text(TEXT, "production", &clock);
    let options = flags.breakers().view("search").unwrap().options;
    assert_eq!((options.rate, options.window, options.permits), (0.5, Window::Count(10), 3));
    open(&flags);
    assert!(!flags.is_enabled("search", &anybody()));
    let staging = of_text(TEXT, "staging", &clock);
    assert_eq!(staging.breakers().view("search").unwrap().options.rate, 0.9);
    let given = Flags::builder().toml(TEXT).breaker("search", BreakerOptions::new(0.1)).build().unwrap();
    assert_eq!(given.breakers().view("search").unwrap().options.rate, 0.1, "what the program says goes first");
}

#[cfg(feature = "watch")]
#[test]
fn a_reload_leaves_an_open_breaker_open_and_one_that_is_gone_takes_its_control_along() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let file = folder.path().join("flags.toml");
    std::fs::write(&file, TEXT).unwrap();
    let flags = Flags::builder().file(&file).environment("production").clock(clock.clone()).build().unwrap();
    let change = |text: &str, is_there: &dyn Fn() -> bool| {
        // Replaced at once, as an editor does that minds its readers.
        let new = folder.path().join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, &file).unwrap();
        let begun = std::time::Instant::now();
        while !is_there() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", flags.status());
            std::thread::yield_now();
        }
    };
    open(&flags);
    let rate = |wanted: f64| flags.breakers().view("search").is_some_and(|view| view.options.rate == wanted);
    change(&TEXT.replace("rate = 0.5", "rate = 0.6"), &|| rate(0.6));
    look(&flags);
    assert_eq!((phase(&flags), run(&flags, true)), (BreakerPhase::Open, false));
    wait(&clock, 60);
    assert!(run(&flags, true), "and it is tried when it was to be");
    change("[features.search]\nenabled = true", &|| flags.breakers().list().is_empty());
    look(&flags);
    assert!(flags.is_enabled("search", &anybody()) && flags.control().of("search").is_empty());
}

#[test]
fn metrics_show_how_they_stand_and_what_became_of_them() {
    let clock = noon();
    let flags = of_text(TEXT, "production", &clock);
    let shown = |line: &str| {
        let rendered = flags.metrics().unwrap().render();
        assert!(rendered.lines().any(|shown| shown == line), "{line}\n{rendered}");
    };
    shown(r#"flags_breaker_state{flag="search",state="closed"} 1"#);
    shown(r#"flags_breaker_state{flag="search",state="open"} 0"#);
    open(&flags);
    shown(r#"flags_breaker_state{flag="search",state="closed"} 0"#);
    shown(r#"flags_breaker_state{flag="search",state="open"} 1"#);
    wait(&clock, 60);
    assert!((0..3).all(|_| run(&flags, true)));
    look(&flags);
    open(&flags);
    shown(r#"flags_breaker_transitions_total{flag="search",to="open"} 2"#);
    shown(r#"flags_breaker_transitions_total{flag="search",to="half_open"} 1"#);
    shown(r#"flags_breaker_transitions_total{flag="search",to="closed"} 1"#);
    shown(r#"flags_breaker_transitions_total{flag="search",to="forced_open"} 0"#);
}

#[cfg(feature = "alerts")]
#[test]
fn an_open_breaker_alerts_until_it_is_closed_or_a_person_holds_it() {
    use flags::metrics::alerts::AlertPhase;
    let clock = noon();
    let text = format!("{TEXT}\n[alerts.attention]\nwhen = {{ rollout_attention = true }}\n");
    let flags = of_text(&text, "production", &clock);
    let firing = || {
        let states = flags.alerts().states();
        let firing = states.into_iter().filter(|state| state.phase == AlertPhase::Firing);
        firing.map(|state| state.summary.unwrap_or_default().to_string()).collect::<Vec<_>>()
    };
    assert!(firing().is_empty());
    open(&flags);
    let told = firing();
    assert!(told.len() == 1 && told[0].contains("3 of 4 runs failed") || told[0].contains("4 of 4"), "{told:?}");
    wait(&clock, 60);
    assert!(run(&flags, true));
    look(&flags);
    assert_eq!(firing().len(), 1, "half open is not closed");
    assert!((0..2).all(|_| run(&flags, true)));
    look(&flags);
    assert!(firing().is_empty());
    // An alert that is over is not told again at once.
    wait(&clock, 3_600);
    open(&flags);
    flags.alerts().check();
    assert_eq!(firing().len(), 1);
    flags.breakers().by("ada").unwrap().open("search").unwrap();
    look(&flags);
    assert!(firing().is_empty(), "somebody sees to it");
}
