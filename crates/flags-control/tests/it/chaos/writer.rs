//! The writer: one change after the other, each told before and after.

use std::{io::Write as _, path::Path};

use flags_control::{
    Action, Actor, Change, Command, ControlError, Controls, LocalOptions, Origin, Protection, Receipt, Request, Rules,
    Slot, StoreError, Target,
    audit::{Draft, Filter},
};
use flags_core::Timestamp;

use super::model::{Operation, Random, Said, flags_of};

/// How a folder is kept in these tests: with segments so short that there are many, and a reserve for a few kills.
pub(super) fn options() -> LocalOptions {
    LocalOptions::default().segment_bytes(24 << 10).reserve_bytes(32 << 10)
}

#[test]
#[ignore = "run by the tests of chaos, which kill it"]
fn writing_as_fast_as_it_can() {
    let folder = std::env::var("FLAGS_CHAOS_FOLDER").unwrap();
    let mut random = Random(std::env::var("FLAGS_CHAOS_SEED").unwrap().parse().unwrap());
    let controls = Controls::open(Path::new(&folder), options(), Rules::default()).unwrap();
    // The test program has begun a line.
    std::io::stdout().write_all(b"\n").unwrap();
    let noted = controls.audit().unwrap().entries(Filter::default().action("noted").newest_first().limit(1)).unwrap();
    let mut number = noted.map(|entry| entry.unwrap().after.unwrap().as_u64().unwrap()).next().unwrap_or(0);
    loop {
        number += 1;
        let operation = next(&controls, &mut random, number);
        say(&Said::Trying(operation.clone()));
        say(&match carry_out(&controls, &operation, number) {
            Ok(()) => Said::Done,
            Err(ControlError::Store(StoreError::NoRoom { .. })) => Said::NoRoom,
            Err(ControlError::Store(StoreError::EntryOwed { .. })) => Said::Owed,
            Err(error) => panic!("{operation}: {error}"),
        });
    }
}

fn say(said: &Said) {
    std::io::stdout().write_all(format!("{said}\n").as_bytes()).unwrap();
}

/// Something that changes what there is.
fn next(controls: &Controls, random: &mut Random, number: u64) -> Operation {
    let flags = flags_of(&controls.state());
    let flag = format!("flag-{}", random.below(5));
    let target = Target::flag(&flag).unwrap();
    match random.below(6) {
        0 => Operation::Note(number),
        1 if flags.contains_key(&flag) && !controls.state().is_killed(&target) => Operation::Clear(flag),
        1..=3 => Operation::Override(flag, format!("v{number}-{}", random.below(1_000_000))),
        _ if controls.state().is_killed(&target) => Operation::Revive(flag),
        _ => Operation::Kill(flag),
    }
}

fn carry_out(controls: &Controls, operation: &Operation, number: u64) -> Result<(), ControlError> {
    let now = Timestamp::from_millis(1_790_000_000_000 + i64::try_from(number).unwrap());
    let actor = Actor::new("ada").unwrap();
    let target = |flag: &str| Target::flag(flag).unwrap();
    let change = match operation {
        Operation::Kill(flag) => Change::kill(target(flag)),
        Operation::Revive(flag) => Change::Revive { target: target(flag) },
        Operation::Override(flag, variant) => Change::Set {
            target: target(flag),
            action: Action::Override { variant: variant.as_str().into() },
            expires_at: None,
        },
        Operation::Clear(flag) => Change::Clear { target: target(flag), slot: Some(Slot::Override) },
        Operation::Note(number) => {
            let after = Some(serde_json::json!(number));
            return controls.record(&[Draft {
                at: now,
                actor,
                origin: Origin::File,
                action: "noted".into(),
                target: None,
                reason: None,
                before: None,
                after,
                revision: None,
            }]);
        }
    };
    let request = Request::new(actor, Origin::Api, Command::Change(change)).because("chaos");
    let receipt = controls.apply(&request, &|_| Protection::Open, now)?;
    assert!(!matches!(receipt, Receipt::Unchanged), "{operation} changes nothing");
    Ok(())
}
