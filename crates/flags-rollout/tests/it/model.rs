//! Random events by the ten thousand, held against what must be true of every step.

use flags_core::Timestamp;
use flags_rollout::{
    machine::{
        Action, Command, ControlsInForce, Event, Judgement, Observation, State, Status, Verdict, replay, transition,
    },
    plan::{GuardMetric, GuardrailDefinition, OnBreach, OnMissing, Plan, RolloutDefinition},
    wire::{Record, last_state},
};

use crate::rig::{check, guarded, minutes, stage, unguarded};

fn plans() -> Vec<RolloutDefinition> {
    let several = RolloutDefinition::custom([stage(1.0), stage(10.0).approval(), stage(50.0), stage(100.0)])
        .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1).max(0.5))
        .guardrail(GuardrailDefinition::new(GuardMetric::from_name("checkout_5xx")).max(0.1).on_breach(OnBreach::Pause))
        .guardrail(GuardrailDefinition::new(GuardMetric::Rule("books".into())).on_missing(OnMissing::Ignore))
        .guardrail(
            GuardrailDefinition::new(GuardMetric::from_name("latency_p99")).max(1.0).on_breach(OnBreach::Notify),
        );
    let mut by_hand = guarded();
    by_hand.auto_advance = false;
    by_hand.guardrails[0].on_missing = OnMissing::Rollback;
    let mut timed = guarded();
    timed.deadline = Some(minutes(300));
    vec![guarded(), several, by_hand, timed, unguarded()]
}

/// A random event, likely to be one that makes sense.
fn event(random: &mut fastrand::Rng, plan: &Plan, state: &State) -> Event {
    let share = |random: &mut fastrand::Rng| {
        let index = random.usize(..plan.stages().len());
        [None, state.asked, state.asked, state.asked, Some(plan.stage(index).percentage)][random.usize(..5)]
    };
    let controls =
        |random: &mut fastrand::Rng| ControlsInForce { percentage: share(random), killed: random.u8(..) < 4 };
    let settled = match state.status {
        Status::RollingBack { to, .. } => to,
        _ => ControlsInForce { percentage: state.asked, killed: false },
    };
    match random.u8(..100) {
        0..15 => Event::ReadBack(settled),
        15..18 => Event::ReadBack(controls(random)),
        18 if random.u8(..20) == 0 => Event::RequirementRolledBack { flag: "cart".into(), because: "it fails".into() },
        19 if random.u8(..20) == 0 => Event::Withdrawn,
        18..20 => Event::Storm { raging: random.bool() },
        20..22 => Event::Due { before: controls(random) },
        22..34 => {
            let commands = [
                Command::Start { before: controls(random) },
                Command::Start { before: controls(random) },
                Command::Pause,
                Command::Resume,
                Command::Resume,
                Command::Promote,
                Command::Promote,
                Command::RollBack,
                Command::Approve,
                Command::Approve,
                Command::Rearm,
                Command::Rearm,
                Command::Rearm,
                Command::Rearm,
            ];
            let command = commands[random.usize(..commands.len())];
            Event::Command { command, by: "ada".into(), because: "".into() }
        }
        _ => {
            let told = random.usize(..20);
            let judgements = plan.guardrails().iter().take(told).map(|_| {
                let verdict = if random.u8(..10) < 8 { Verdict::Pass } else { Verdict::ALL[random.usize(..5)] };
                let judgement = Judgement::new(verdict, "seen");
                if random.bool() { judgement.relative() } else { judgement }
            });
            let judgements: Vec<_> = judgements.collect();
            Event::Tick(Observation {
                epoch: if random.u8(..20) == 0 { state.epoch.saturating_sub(1) } else { state.epoch },
                samples: random.u64(50..1_000),
                judgements,
                catastrophe: (random.u16(..500) == 0).then(|| "all failed".into()),
                mismatch: (random.u16(..500) == 0).then(|| "half are missing".into()),
            })
        }
    }
}

/// Whether a look is one that may let a stage go on, written anew from the rules.
fn is_clean(plan: &Plan, state: &State, event: &Event) -> bool {
    let Event::Tick(observation) = event else { return false };
    let clean = plan.guardrails().iter().enumerate().all(|(index, guardrail)| {
        let verdict = observation.judgements.get(index).map_or(Verdict::NoData, |judgement| judgement.verdict);
        let ignored = matches!(verdict, Verdict::NoData | Verdict::Error) && guardrail.on_missing == OnMissing::Ignore;
        verdict == Verdict::Pass || ignored || guardrail.on_breach == OnBreach::Notify
    });
    clean && observation.epoch == state.epoch && observation.catastrophe.is_none() && observation.mismatch.is_none()
}

fn may_roll_back(plan: &Plan, state: &State, event: &Event) -> bool {
    match event {
        Event::Command { command, .. } => *command == Command::RollBack,
        Event::RequirementRolledBack { .. } => true,
        Event::Tick(observation) => {
            let failed = observation.judgements.iter().any(|judgement| judgement.verdict == Verdict::Fail);
            let asked_for = plan.guardrails().iter().any(|guardrail| guardrail.on_missing == OnMissing::Rollback);
            observation.epoch == state.epoch
                && (failed || observation.catastrophe.is_some() || (asked_for && state.held.is_some()))
        }
        _ => false,
    }
}

pub(crate) fn check_step(plan: &Plan, before: &State, event: &Event, after: &State, actions: &[Action]) {
    let was_running = matches!(before.status, Status::Running(_) | Status::Paused(_));
    let started = |state: &State| matches!(state.status, Status::Running(_) | Status::Paused(_));
    // Never advances on anything but Pass.
    let advanced = (was_running && started(after) && after.stage > before.stage)
        || (after.status == Status::Complete && before.status != Status::Complete);
    if advanced {
        let promoted = matches!(event, Event::Command { command: Command::Promote, .. });
        assert!(promoted || is_clean(plan, before, event), "advanced on {event:?} from {before:?}");
    }
    // Only Fail rolls back.
    if matches!(after.status, Status::RollingBack { .. }) && !matches!(before.status, Status::RollingBack { .. }) {
        assert!(may_roll_back(plan, before, event), "rolled back on {event:?} from {before:?}");
    }
    // The percentage is never above the current stage.
    if started(after) {
        assert!(after.asked <= Some(plan.stage(after.stage).percentage), "{after:?}");
    }
    for action in actions {
        if let Action::Set { percentage, .. } = action {
            assert_eq!(*percentage, plan.stage(after.stage).percentage);
        }
    }
    // Nothing after a terminal state without being armed again.
    if before.status.is_terminal() && after != before {
        assert!(matches!(event, Event::Command { command: Command::Rearm, .. }), "{event:?} changed {before:?}");
    }
    // A rollback is one event away from everywhere.
    if !before.status.is_terminal() && !matches!(before.status, Status::RollingBack { .. }) {
        let event = Event::Command { command: Command::RollBack, by: "ada".into(), because: "".into() };
        let (state, _) = transition(plan, before, &event, before.at);
        assert!(matches!(state.status, Status::RollingBack { .. } | Status::RolledBack { .. }), "{before:?}");
    }
    // What changes is counted, and time does not go back.
    assert_eq!(after.version > before.version, after != before);
    assert!(after.at >= before.at);
}

// E3, E7, G3
#[test]
fn ten_thousand_random_events_keep_every_promise() {
    for (number, mut definition) in plans().into_iter().enumerate() {
        definition.cooldown = minutes(1);
        let plan = check(&definition);
        let mut random = fastrand::Rng::with_seed(number as u64 + 1);
        let mut now = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
        let start = State::planned(&plan, now);
        let (mut state, mut journal, mut lines) = (start.clone(), vec![], String::new());
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..10_000 {
            let jump = if random.u8(..50) == 0 { -3_600_000 } else { random.i64(0..600_000) };
            now = Timestamp::from_millis(now.as_millis() + jump);
            let event = event(&mut random, &plan, &state);
            let (next, actions) = transition(&plan, &state, &event, now);
            check_step(&plan, &state, &event, &next, &actions);
            if next != state {
                let record = Record::new(now, event.clone(), next.clone(), &actions);
                lines.push_str(&record.to_line());
                lines.push('\n');
                journal.push((event, now));
            }
            state = next;
            seen.insert(state.status.name());
        }
        // The journal has only what changed something, and comes to the same.
        assert_eq!(replay(&plan, &start, journal.iter().map(|(event, now)| (event, *now))), state);
        // So has what was written down, line by line, even if the last line was cut off.
        let records: Vec<Record> = lines.lines().map(|line| Record::from_line(line).unwrap()).collect();
        let replayed = replay(&plan, &start, records.iter().map(|record| (&record.event, record.now)));
        assert_eq!(replayed, state);
        assert_eq!(last_state(&lines), Ok(Some(state.clone())));
        let torn = lines[..100].to_owned();
        lines.push_str(&torn);
        assert_eq!(last_state(&lines), Ok(Some(state)));
        assert!(journal.len() > 1_000 && seen.len() == 6, "plan {number}: {} {seen:?}", journal.len());
    }
}
