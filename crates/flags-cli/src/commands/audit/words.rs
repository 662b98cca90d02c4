//! What an entry says, in a few words: read from the JSON of its `before` and `after`, whichever program wrote it.

use flags::control::audit::Entry;
use serde_json::Value as Json;

/// What was done, beyond the name of the action; empty where that says it all.
pub(super) fn what(entry: &Entry) -> String {
    let (before, after) = (entry.before.as_ref(), entry.after.as_ref());
    let (laid, lifted) = (controls(after), controls(before));
    match &*entry.action {
        "propose" => changes(after),
        "reject" | "withdraw" | "proposal_expired" => changes(before),
        "approve" => match (laid.is_empty(), changes(before)) {
            (_, proposed) if !proposed.is_empty() => proposed,
            (false, _) => laid.join(", "),
            _ => lifted.join(", "),
        },
        "definition_changed" => fields(before, after),
        "definitions_in_force" => in_force(after),
        // What the action is called says it.
        "kill" | "revive" | "start" | "stop" => String::new(),
        _ if !laid.is_empty() => laid.join(", "),
        _ => lifted.join(", "),
    }
}

/// The controls among what was there, or is there now, in words.
fn controls(pieces: Option<&Json>) -> Vec<String> {
    let controls = pieces.and_then(|pieces| pieces["controls"].as_array()).into_iter().flatten();
    controls.map(|control| until(action(&control["action"]), &control["expires_at"])).collect()
}

/// The changes that proposals propose, in words.
fn changes(pieces: Option<&Json>) -> String {
    let proposals = pieces.and_then(|pieces| pieces["proposals"].as_array()).into_iter().flatten();
    let words: Vec<String> = proposals.map(|proposal| change(&proposal["change"])).collect();
    words.join(", ")
}

fn change(change: &Json) -> String {
    if let Some(set) = change.get("set") {
        return until(action(&set["action"]), &set["expires_at"]);
    }
    match (change.get("revive"), change.get("clear")) {
        (Some(_), _) => "revive".to_owned(),
        (_, Some(clear)) => match &clear["slot"] {
            Json::Null => "clear all but a kill".to_owned(),
            Json::String(slot) => format!("clear the {slot}"),
            slot => format!("clear the override of {}", text(&slot["override_unit"])),
        },
        _ => change.to_string(),
    }
}

/// An action as the log has it: a name, or a name with what it is about.
fn action(action: &Json) -> String {
    if let Some(share) = action.get("percentage") {
        return format!("percentage {} %", text(share));
    }
    if let Some(at) = action.get("override") {
        return format!("override to {}", text(&at["variant"]));
    }
    if let Some(at) = action.get("override_unit") {
        return format!("override {} to {}", text(&at["unit"]), text(&at["variant"]));
    }
    if let Some(state) = action.get("breaker") {
        return format!("breaker {}", text(state).replace('_', " "));
    }
    if let Some(at) = action.get("extend") {
        return format!("extend to {}", text(&at["end"]));
    }
    if let Some(at) = action.get("winner") {
        return format!("winner {}", text(&at["arm"]));
    }
    text(action)
}

fn until(words: String, expires_at: &Json) -> String {
    match expires_at.as_str() {
        Some(instant) => format!("{words} until {instant}"),
        None => words,
    }
}

/// The fields of a definition that are another than before.
fn fields(before: Option<&Json>, after: Option<&Json>) -> String {
    let names = |side: Option<&Json>| -> Vec<String> {
        side.and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    match (before, after) {
        (None, _) => "new".to_owned(),
        (_, None) => "gone".to_owned(),
        (Some(old), Some(new)) => {
            let mut all = names(before);
            all.extend(
                names(after).into_iter().filter(|name| !old.as_object().is_some_and(|old| old.contains_key(name))),
            );
            match &all[..] {
                [only] => format!("{only} {} -> {}", side(&old[only.as_str()]), side(&new[only.as_str()])),
                _ => all.join(", "),
            }
        }
    }
}

fn side(value: &Json) -> String {
    if value.is_null() { "nothing".to_owned() } else { text(value) }
}

/// How many flags are in force, of which files.
fn in_force(after: Option<&Json>) -> String {
    let Some(after) = after else { return String::new() };
    let files = after["files"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(", ");
    format!("{} flags of {files}", after["flags"])
}

/// A text as it is, anything else as JSON.
pub(super) fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_a_log_holds_has_words() {
        for (value, words) in [
            (json!("kill"), "kill"),
            (json!({"override": {"variant": "express"}}), "override to express"),
            (json!({"override_unit": {"unit": "u", "variant": "v"}}), "override u to v"),
            (json!({"percentage": "12.5"}), "percentage 12.5 %"),
            (json!({"breaker": "forced_open"}), "breaker forced open"),
            (json!("pause"), "pause"),
            (json!({"extend": {"end": "2026-12-24T00:00:00Z"}}), "extend to 2026-12-24T00:00:00Z"),
            (json!({"winner": {"arm": "b"}}), "winner b"),
            (json!({"later": 7}), r#"{"later":7}"#),
        ] {
            assert_eq!(action(&value), words);
        }
        for (value, words) in [
            (json!({"revive": {"target": {"flag": "a"}}}), "revive"),
            (json!({"clear": {"target": {"flag": "a"}}}), "clear all but a kill"),
            (json!({"clear": {"slot": "percentage"}}), "clear the percentage"),
            (json!({"clear": {"slot": {"override_unit": "u"}}}), "clear the override of u"),
            (json!({"set": {"action": "kill"}}), "kill"),
        ] {
            assert_eq!(change(&value), words);
        }
    }
}
