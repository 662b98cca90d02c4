//! Rollouts of definitions in files, with a state folder: reloads, other clients, alerts and metrics.

use std::{fs, time::Duration};

use flags::{
    Builder, Context, Flags, RolloutOptions, RolloutView,
    metrics::Metrics,
    rollout::{
        controller::Leadership,
        machine::{Pause, Status},
        plan::Phase,
    },
};
use flags_testkit::ManualClock;
use tempfile::TempDir;

use super::rig::{Rig, by_hand, percent, start_of_time};

const DEFINITIONS: &str = r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "custom"
min_samples = 100
stages = [{ percentage = 10, hold = "10m" }, { percentage = 50, hold = "10m" }, { percentage = 100, hold = "10m" }]
guardrails = [{ metric = "error_rate", max_increase = 0.5, max = 0.2 }]

[features.search.environments.staging.rollout]
strategy = "blue_green"
"#;

/// A folder with definitions in it, and one for the state.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write(DEFINITIONS);
        folder
    }

    fn write(&self, text: &str) {
        fs::write(self.definitions(), text).unwrap();
    }

    fn definitions(&self) -> std::path::PathBuf {
        self.0.path().join("flags.toml")
    }

    fn state(&self) -> std::path::PathBuf {
        self.0.path().join("state")
    }

    fn builder(&self) -> Builder {
        Flags::builder().file(self.definitions()).environment("production").state_dir(self.state())
    }

    fn client(&self, clock: &ManualClock, options: RolloutOptions) -> Flags {
        self.builder().clock(clock.clone()).rollouts(options).build().unwrap()
    }
}

/// How many of a thousand units have the flag, by a client that has only the files in common with others.
fn on(flags: &Flags) -> usize {
    flags.control().refresh().unwrap();
    (0..1_000).filter(|unit| flags.is_enabled("search", &Context::new(format!("other-{unit}")))).count()
}

// E1, E5: from TOML to what another evaluation reads.
#[test]
fn a_failing_branch_is_taken_back_for_every_client_of_the_folder() {
    let folder = Folder::new();
    let mut rig = Rig::new(folder.builder());
    let elsewhere = folder.client(&rig.clock, RolloutOptions::new());
    assert_eq!(on(&elsewhere), 0);
    rig.start();
    let tenth = on(&elsewhere);
    assert!((60..140).contains(&tenth), "{tenth}");
    rig.pass(100, |_| false);
    rig.pass(300, |unit| unit % 3 == 0);
    assert_eq!((rig.phase(), on(&elsewhere)), (Phase::RolledBack, 0));
    let there = elsewhere.rollouts().view("search").unwrap().unwrap();
    assert_eq!((there.phase, &there.because), (Phase::RolledBack, &rig.view().because));
    assert!(folder.state().join("rollouts").is_dir());
}

// E1
#[test]
fn the_environment_has_a_plan_of_its_own() {
    let folder = Folder::new();
    let stages = |environment: &str| {
        let flags = Flags::builder().file(folder.definitions()).environment(environment).build().unwrap();
        flags.rollouts().view("search").unwrap().unwrap().stages
    };
    assert_eq!((stages("production"), stages("staging"), stages("test")), (3, 1, 3));
}

// E2: a definition that changes under a rollout.
#[test]
fn a_plan_that_is_changed_under_way_is_paused_and_followed_once_resumed() {
    let folder = Folder::new();
    let mut rig = Rig::new(folder.builder());
    rig.start();
    rig.pass(100, |_| false);
    let before = rig.flags.rollouts().runs("search").unwrap();
    folder.write(&DEFINITIONS.replace("percentage = 10,", "percentage = 5,"));
    rig.flags.reload().unwrap();
    rig.pass(10, |_| false);
    let view = rig.view();
    assert_eq!(view.status, Status::Paused(Pause::DefinitionChanged), "{}", view.because);
    assert_eq!(view.percentage, Some(percent(10.0)), "it stays where it is");
    let after = rig.flags.rollouts().runs("search").unwrap();
    assert!(
        after.treatment.runs > before.treatment.runs && after.control.runs > before.control.runs,
        "nothing is lost"
    );
    rig.flags.rollouts().by("ada").unwrap().resume("search").unwrap();
    assert_eq!(rig.view().percentage, Some(percent(5.0)));
}

#[test]
fn a_change_of_anything_else_disturbs_no_rollout() {
    let folder = Folder::new();
    let mut rig = Rig::new(folder.builder());
    rig.start();
    rig.pass(300, |_| false);
    folder.write(&format!("{DEFINITIONS}\n[features.other]\nenabled = true\n"));
    rig.flags.reload().unwrap();
    rig.pass(290, |_| false);
    assert_eq!((rig.view().stage, rig.phase()), (1, Phase::Gradual));
    rig.pass(20, |_| false);
    assert_eq!(rig.view().stage, 2, "the time before the reload counts");
}

#[test]
fn a_plan_that_is_taken_away_leaves_the_percentage_and_waits() {
    let folder = Folder::new();
    let mut rig = Rig::new(folder.builder());
    rig.start();
    folder.write("[features.search]\nenabled = true\nrollout_percentage = 0\n");
    rig.flags.reload().unwrap();
    rig.pass(10, |_| true);
    let view = rig.view();
    assert_eq!((view.status, view.plan, view.stages), (Status::Paused(Pause::DefinitionChanged), None, 0));
    rig.flags.rollouts().by("ada").unwrap().roll_back("search").unwrap();
    assert_eq!((rig.phase(), rig.on()), (Phase::RolledBack, 0));
}

// E6
#[test]
fn of_two_clients_on_a_folder_one_drives_and_the_other_takes_over() {
    let folder = Folder::new();
    let clock = ManualClock::new(start_of_time());
    let first = folder.client(&clock, by_hand());
    let second = folder.client(&clock, by_hand());
    assert_eq!(first.rollouts().look().unwrap(), Leadership::Leading);
    let Leadership::Standby { leader: Some(leader) } = second.rollouts().look().unwrap() else { panic!("two lead") };
    assert_eq!(leader.pid, std::process::id());
    assert_eq!((first.rollouts().is_driving(), second.rollouts().is_driving()), (true, false));
    // A command may be given anywhere; the one that drives goes on from there.
    second.rollouts().by("ada").unwrap().start("search").unwrap();
    clock.advance(Duration::from_secs(10));
    first.rollouts().look().unwrap();
    assert_eq!(first.rollouts().view("search").unwrap().unwrap().phase, Phase::Gradual);
    drop(first);
    assert_eq!(second.rollouts().look().unwrap(), Leadership::Leading);
    assert!(second.rollouts().is_driving());
    assert_eq!(second.rollouts().view("search").unwrap().unwrap().phase, Phase::Gradual);
    let bystander = folder.client(&clock, RolloutOptions::new());
    assert!(!bystander.rollouts().is_driving());
    assert_eq!(bystander.rollouts().leader().unwrap().map(|leader| leader.pid), Some(std::process::id()));
}

// E6: what is known survives the end of the program.
#[test]
fn a_rollout_goes_on_where_it_was_after_a_restart() {
    let folder = Folder::new();
    let mut rig = Rig::new(folder.builder());
    rig.start();
    rig.pass(650, |_| false);
    assert_eq!(rig.view().stage, 2);
    let history = rig.flags.rollouts().history("search").unwrap();
    drop(rig);
    let mut rig = Rig::new(folder.builder());
    assert_eq!(rig.flags.rollouts().history("search").unwrap(), history);
    assert_eq!((rig.view().stage, rig.on() > 400), (2, true));
    rig.clock.advance(Duration::from_secs(700));
    rig.pass(50, |unit| unit % 2 == 0);
    assert_eq!((rig.phase(), rig.on()), (Phase::RolledBack, 0));
}

#[test]
fn a_damaged_journal_hides_no_other() {
    let folder = Folder::new();
    folder.write(&format!("{DEFINITIONS}{}", DEFINITIONS.replace("features.search", "features.other")));
    let rig = Rig::new(folder.builder());
    rig.start();
    rig.flags.rollouts().by("ada").unwrap().start("other").unwrap();
    let journals = fs::read_dir(folder.state().join("rollouts")).unwrap().map(|file| file.unwrap().path());
    let other = journals.into_iter().find(|path| path.to_string_lossy().contains("other")).unwrap();
    fs::write(other, "this is a whole line, and not one that a journal has\n").unwrap();
    let desk = rig.flags.rollouts();
    let flags = |views: Vec<RolloutView>| views.into_iter().map(|view| view.flag).collect::<Vec<_>>();
    assert_eq!(flags(desk.list().unwrap()), ["search".into()]);
    let unreadable = desk.unreadable().unwrap();
    assert_eq!((unreadable.len(), &*unreadable[0].0), (1, "other"));
    assert!(unreadable[0].1.to_string().contains("line 1"), "{}", unreadable[0].1);
    assert!(desk.view("other").is_err() && desk.by("ada").unwrap().pause("other").is_err());
    rig.clock.advance(Duration::from_secs(10));
    assert_eq!(desk.look().unwrap(), Leadership::Leading, "the other one is looked at all the same");
}

#[test]
fn a_client_that_only_looks_leaves_no_folder_behind() {
    let folder = Folder::new();
    let flags = folder.builder().build().unwrap();
    assert!(!flags.is_enabled("search", &Context::anonymous()));
    drop(flags);
    assert!(!folder.state().join("rollouts").exists());
}

#[test]
fn a_client_that_cannot_keep_a_journal_does_not_look_as_if_it_drove() {
    let folder = Folder::new();
    fs::create_dir_all(folder.state()).unwrap();
    fs::write(folder.state().join("rollouts"), "in the way").unwrap();
    let error = folder.builder().rollouts(by_hand()).build().unwrap_err();
    assert!(error.to_string().starts_with("rollouts cannot be driven:"), "{error}");
    // One that does not drive is none the worse.
    let flags = folder.builder().build().unwrap();
    assert!(flags.rollouts().list().is_err());
}

// E8: what a scrape says.
#[test]
fn metrics_show_how_it_stands() {
    let metrics = Metrics::new();
    let mut rig = Rig::new(Folder::new().builder().metrics(metrics.clone()));
    rig.start();
    rig.pass(100, |_| false);
    let text = metrics.render();
    let runs = rig.flags.rollouts().runs("search").unwrap();
    for line in [
        "flags_rollout_state{flag=\"search\",state=\"gradual\"} 1",
        "flags_rollout_state{flag=\"search\",state=\"planned\"} 0",
        "flags_rollout_percentage_ratio{flag=\"search\"} 0.1",
        "flags_rollout_transitions_total{flag=\"search\",to=\"gradual\"} 1",
        "flags_rollout_transitions_total{flag=\"search\",to=\"rolled_back\"} 0",
        "flags_rollout_guard_verdict{flag=\"search\",guard=\"error_rate\",verdict=\"pass\"} 1",
        "flags_rollout_guard_verdict{flag=\"search\",guard=\"error_rate\",verdict=\"fail\"} 0",
        "flags_rollout_guard_verdict{flag=\"search\",guard=\"catastrophe\",verdict=\"pass\"} 1",
        "flags_rollout_controller_leader 1",
        &format!(
            "flags_rollout_runs_total{{flag=\"search\",arm=\"treatment\",outcome=\"ok\"}} {}",
            runs.treatment.runs
        ),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[cfg(feature = "alerts")]
mod alerts {
    use flags::metrics::alerts::AlertPhase;

    use super::*;

    const ALERTS: &str =
        "\n[alerts.back]\nwhen = { rollback = true }\n[alerts.look]\nwhen = { rollout_attention = true }\n";

    fn firing(flags: &Flags) -> Vec<(Box<str>, AlertPhase)> {
        flags.alerts().states().into_iter().map(|alert| (alert.rule, alert.phase)).collect()
    }

    // E8
    #[test]
    fn a_rollback_is_told_and_so_is_what_waits_for_a_person() {
        let folder = Folder::new();
        folder.write(&format!("{DEFINITIONS}{ALERTS}"));
        let mut rig = Rig::new(folder.builder());
        rig.start();
        assert!(firing(&rig.flags).iter().all(|(_, phase)| *phase == AlertPhase::Inactive));
        for _ in 0..100 {
            rig.clock.advance(Duration::from_secs(10));
            rig.flags.rollouts().look().unwrap();
        }
        assert_eq!(rig.view().status, Status::Paused(Pause::NoData));
        let phase = |rig: &Rig, rule: &str| firing(&rig.flags).into_iter().find(|(name, _)| **name == *rule).unwrap().1;
        assert_eq!((phase(&rig, "look"), phase(&rig, "back")), (AlertPhase::Firing, AlertPhase::Inactive));
        rig.pass(20, |_| false);
        assert_ne!(phase(&rig, "look"), AlertPhase::Firing, "the data are back");
        rig.pass(100, |_| true);
        assert_eq!((rig.phase(), phase(&rig, "back")), (Phase::RolledBack, AlertPhase::Firing));
    }
}
