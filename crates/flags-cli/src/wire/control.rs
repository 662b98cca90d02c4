//! Controls and proposals as JSON, flat, with every name there and null where it does not apply.

use flags::control::{Action, Change, Control, Proposal, Standing, Target};
use serde_json::{Value as Json, json};

/// A control as JSON.
pub(crate) fn control(control: &Control) -> Json {
    let confirmed = match &control.standing {
        Standing::Confirmed { by, at } => Some((by.name(), at.to_string())),
        _ => None,
    };
    let mut json = json!({
        "id": control.id.get(),
        "flag": control.target.flag_key(),
        "experiment": experiment(&control.target),
        "action": control.action.kind(),
    });
    extend(&mut json, &action(Some(&control.action)));
    extend(
        &mut json,
        &json!({
            "author": control.author.name(),
            "origin": control.origin.name(),
            "reason": control.reason,
            "at": control.at.to_string(),
            "expires_at": control.expires_at.map(|at| at.to_string()),
            "standing": control.standing.name(),
            "confirmed_by": confirmed.as_ref().map(|(by, _)| by),
            "confirmed_at": confirmed.as_ref().map(|(_, at)| at),
        }),
    );
    json
}

/// A proposal as JSON.
pub(crate) fn proposal(proposal: &Proposal) -> Json {
    let change = &proposal.change;
    let (laid, until, slot) = match change {
        Change::Set { action, expires_at, .. } => (Some(action), expires_at.map(|at| at.to_string()), None),
        Change::Clear { slot, .. } => (None, None, slot.as_ref().map(ToString::to_string)),
        _ => (None, None, None),
    };
    let mut json = json!({
        "id": proposal.id.get(),
        "flag": change.target().flag_key(),
        "experiment": experiment(change.target()),
        "action": change.name(),
    });
    extend(&mut json, &action(laid));
    extend(
        &mut json,
        &json!({
            "slot": slot,
            "until": until,
            "author": proposal.author.name(),
            "origin": proposal.origin.name(),
            "reason": proposal.reason,
            "at": proposal.at.to_string(),
            "expires_at": proposal.expires_at.to_string(),
        }),
    );
    json
}

fn experiment(target: &Target) -> Option<&str> {
    if target.flag_key().is_some() { None } else { Some(target.key()) }
}

/// What an action is about.
fn action(action: Option<&Action>) -> Json {
    let (mut variant, mut unit, mut percentage, mut breaker) = (None, None, None, None);
    let (mut arm, mut end) = (None, None);
    match action {
        Some(Action::Override { variant: name }) => variant = Some(name),
        Some(Action::OverrideUnit { unit: name, variant: served }) => (unit, variant) = (Some(name), Some(served)),
        // Exact: a percentage has three decimals, far within what a float can tell apart.
        Some(Action::Percentage(share)) => percentage = Some(f64::from(share.thousandths()) / 1_000.0),
        Some(Action::Breaker(state)) => breaker = Some(state.name()),
        Some(Action::Winner { arm: name }) => arm = Some(name),
        Some(Action::Extend { end: at }) => end = Some(at.to_string()),
        _ => {}
    }
    json!({
        "variant": variant, "unit": unit, "percentage": percentage, "breaker": breaker, "arm": arm, "end": end,
    })
}

fn extend(json: &mut Json, with: &Json) {
    if let (Some(fields), Some(more)) = (json.as_object_mut(), with.as_object()) {
        fields.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}
