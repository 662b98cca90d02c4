//! Units under a rollout: who is in stays in, and who came last goes first.

use flags_core::{
    CompileOptions, Context, ControlAction, Definitions, FlagDefinition, FlagSet, Overlay, Percentage, Timestamp,
};
use flags_rollout::machine::{Command, Verdict};

use crate::rig::{Rig, guarded, minutes, percent, stage};

/// The numbers of the units, of ten thousand, that have the flag.
fn admitted(set: &FlagSet, percentage: Option<Percentage>) -> Vec<u32> {
    let overlay =
        percentage.map_or_else(Overlay::new, |share| Overlay::new().with("checkout", ControlAction::Percentage(share)));
    let set = set.with_overlay(&overlay);
    let is_on =
        |unit: &u32| set.evaluate("checkout", &Context::new(format!("unit-{unit}")), &Timestamp::default()).is_on();
    (0..10_000).filter(is_on).collect()
}

#[test]
fn a_unit_of_the_ten_percent_stage_stays_in_and_after_a_rollback_exactly_the_first_ten_percent_remain() {
    let mut flag = FlagDefinition::new("checkout");
    flag.rollout_percentage = Some(percent(10.0));
    let definitions = Definitions { flags: vec![flag], ..Definitions::default() };
    let set = FlagSet::compile(&definitions.check().unwrap(), &CompileOptions::new("production"));
    let first = admitted(&set, None);
    assert!((900..1_100).contains(&first.len()));

    let mut definition = guarded();
    definition.stages = vec![stage(25.0), stage(50.0), stage(100.0)];
    let mut rig = Rig::started(&definition);
    let mut before = first.clone();
    for share in ["25", "50", "100"] {
        assert_eq!(rig.share(), share);
        let now = admitted(&set, rig.controls.percentage);
        assert!(now.len() > before.len());
        assert!(before.iter().all(|unit| now.contains(unit)), "somebody lost the flag at {share} %");
        before = now;
        if share != "100" {
            rig.tick(minutes(10), Verdict::Pass);
        }
    }
    assert_eq!(rig.command(Command::RollBack), None);
    assert_eq!(rig.phase(), "rolled_back");
    assert_eq!(admitted(&set, rig.controls.percentage), first);
}
