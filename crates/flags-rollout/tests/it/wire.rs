//! What stands in a journal, and what is said of one that cannot be read.

use flags_rollout::{
    machine::{Action, Event, Verdict},
    wire::{Record, last_state},
};

use crate::rig::{Rig, guarded, minutes};

fn record() -> Record {
    let mut rig = Rig::started(&guarded());
    rig.obeys = false;
    rig.tick(minutes(1), Verdict::Fail);
    let entry = rig.actions.iter().rev().find_map(|action| match action {
        Action::Record(entry) => Some(entry.clone()),
        _ => None,
    });
    Record { now: rig.now, event: Event::ReadBack(rig.controls), state: rig.state, entry }
}

#[test]
fn a_record_is_one_line_that_people_can_read() {
    let line = record().to_line();
    assert!(!line.contains('\n'));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn what_is_wrong_with_a_line_is_told_with_its_place() {
    let line = record().to_line();
    let told = |from: &str, to: &str| {
        assert!(line.contains(from), "{from}");
        Record::from_line(&line.replace(from, to)).unwrap_err().to_string()
    };
    let problems = [
        told("{\"now\"", "{now"),
        told("\"epoch\"", "\"era\""),
        told("\"rolling_back\"", "\"rolling\""),
        told("\"asked\":1000", "\"asked\":100001"),
        told("\"read_back\"", "\"red_back\""),
        told("\"attempts\":1", "\"attempts\":-1"),
    ];
    insta::assert_snapshot!(problems.join("\n"));
}

#[test]
fn a_journal_with_a_hole_in_it_is_not_gone_on_from() {
    let line = record().to_line();
    let journal = format!("{line}\n{}\n{line}\n", &line[..50]);
    assert_eq!(last_state(&journal).unwrap_err().0, 2);
    assert_eq!(last_state(""), Ok(None));
    assert_eq!(last_state(&line[..50]), Ok(None));
}
