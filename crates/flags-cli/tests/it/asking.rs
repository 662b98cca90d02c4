//! `eval`, `explain FLAG` and `bucket`.

use serde_json::{Value as Json, json};

use crate::support::{SHOP, shop};

#[test]
fn a_decision_for_people() {
    let folder = shop();
    insta::assert_snapshot!("eval", folder.run(&["eval", "flags.toml", "checkout", "--set", "targeting_key=ada"]));
    insta::assert_snapshot!("eval_off", folder.run(&["eval", "flags.toml", "checkout", "--environment", "production"]));
    insta::assert_snapshot!("eval_predicate", folder.run(&["eval", "flags.toml", "epochs"]));
    insta::assert_snapshot!("eval_no_unit", folder.run(&["eval", "flags.toml", "search"]));
    insta::assert_snapshot!("eval_unknown", folder.run(&["eval", "flags.toml", "chekout"]));
}

#[test]
fn a_decision_as_json() {
    let folder = shop();
    let ran =
        folder.run(&["eval", "flags.toml", "checkout", "--context", r#"{"targetingKey":"ada"}"#, "--format", "json"]);
    let json = ran.json();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["flag", "value", "variant", "reason", "cause", "rule", "error_code", "bucket", "revision"],
        "the promised names, and no other"
    );
    let revision = json["revision"].as_str().unwrap();
    assert!(
        revision.len() == 16 && revision.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
        "{revision}"
    );
    let mut rest = json.clone();
    rest.as_object_mut().unwrap().remove("revision");
    assert_eq!(
        rest,
        json!({
            "flag": "checkout", "value": "express", "variant": "express", "reason": "TARGETING_MATCH", "cause": "rule",
            "rule": "staff", "error_code": null, "bucket": null,
        })
    );
}

/// What `eval --format json` answers, without the revision, and the exit status.
fn answer(arguments: &[&str]) -> (i32, Json) {
    let ran = shop().run(&[&["eval", "flags.toml", "--format", "json"], arguments].concat());
    let mut json = ran.json();
    json.as_object_mut().unwrap().remove("revision");
    (ran.status, json)
}

#[test]
fn a_rule_without_a_name_goes_by_its_number() {
    // The bucket of this unit is below 20 000.
    let (status, json) = answer(&["checkout", "--set", "targeting_key=user-4", "--set", "country=US"]);
    assert_eq!((status, &json["rule"], &json["reason"]), (0, &json!(2), &json!("SPLIT")), "{json}");
    assert!(json["bucket"].as_u64().unwrap() < 20_000);
}

#[test]
fn types_and_defaults() {
    let error = |arguments: &[&str]| {
        let (status, json) = answer(arguments);
        (status, json["value"].clone(), json["error_code"].clone())
    };
    assert_eq!(error(&["page_size", "--type", "integer"]), (0, json!(50), Json::Null));
    assert_eq!(error(&["page_size", "--type", "float"]), (0, json!(50), Json::Null), "an integer satisfies a float");
    let mismatch = json!("TYPE_MISMATCH");
    assert_eq!(error(&["page_size", "--type", "string"]), (1, Json::Null, mismatch.clone()));
    assert_eq!(error(&["page_size", "--type", "string", "--default", "7"]), (1, json!("7"), mismatch.clone()));
    assert_eq!(error(&["page_size", "--type", "boolean", "--default", "true"]), (1, json!(true), mismatch));
    let unknown = json!("FLAG_NOT_FOUND");
    assert_eq!(error(&["none", "--type", "integer", "--default", "-7"]), (1, json!(-7), unknown.clone()));
    assert_eq!(error(&["none", "--default", r#"{"a":1}"#]), (1, json!({ "a": 1 }), unknown.clone()));
    assert_eq!(error(&["none", "--default", "text"]), (1, json!("text"), unknown));
    assert_eq!(error(&["search"]), (1, json!(false), json!("TARGETING_KEY_MISSING")));
}

#[test]
fn where_the_context_comes_from() {
    let folder = shop();
    std::fs::write(folder.path("user.json"), r#"{"targeting_key":"ada","country":null}"#).unwrap();
    let question = ["eval", "flags.toml", "checkout", "--format", "json"];
    let from_file = folder.run(&[&question[..], &["--context", "@user.json"]].concat()).json();
    let from_input =
        folder.run_with(&[&question[..], &["--context", "-"]].concat(), r#"{"targeting_key":"ada"}"#).json();
    let set = ["--context", r#"{"targeting_key":"bob"}"#, "--set", "targeting_key=ada"];
    let overridden = folder.run(&[&question[..], &set].concat()).json();
    assert_eq!(from_file["rule"], "staff");
    assert_eq!(from_file, from_input);
    assert_eq!(from_file, overridden);
    let definitions_from_input =
        folder.run_with(&["eval", "-", "checkout", "--format", "json", "--set", "user_id=ada"], SHOP);
    assert_eq!(definitions_from_input.json(), from_file);
}

#[test]
fn which_environment() {
    let folder = shop();
    let state = |arguments: &[&str], variable: Option<&str>| {
        let mut command =
            folder.command(&[&["eval", "flags.toml", "checkout", "--format", "json"], arguments].concat());
        command.envs(variable.map(|value| ("FLAGS_ENVIRONMENT", value)));
        let json: Json = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        json["cause"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&[], None), "fallthrough", "settings.environment");
    assert_eq!(state(&[], Some("production")), "state", "FLAGS_ENVIRONMENT is before the settings");
    assert_eq!(state(&[], Some("")), "fallthrough", "an empty variable is none");
    assert_eq!(state(&["--environment", "production"], Some("development")), "state", "the option is before all");
}

#[test]
fn explanations() {
    let folder = shop();
    let question = ["explain", "flags.toml", "checkout", "--set", "targeting_key=bob", "--set", "country=NL"];
    insta::assert_snapshot!("explain", folder.run(&question));
    let ran = folder.run(&[&question[..], &["--format", "json"]].concat());
    insta::assert_snapshot!("explain_json", ran);
    let json = ran.json();
    assert_eq!(json["steps"].as_array().unwrap().len(), 14);
    let decided: Vec<&Json> =
        json["steps"].as_array().unwrap().iter().filter(|step| step["verdict"] == "decided").collect();
    assert_eq!(decided.len(), 1);
    insta::assert_snapshot!("explain_unknown", folder.run(&["explain", "flags.toml", "cart"]));
}

#[test]
fn colours_leave_the_words_of_an_explanation() {
    let folder = shop();
    let question = ["explain", "flags.toml", "checkout", "--set", "targeting_key=bob"];
    let plain = folder.run(&question).stdout;
    let coloured = folder.run(&[&question[..], &["--color", "always"]].concat()).stdout;
    assert_ne!(plain, coloured);
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(plain, stripped);
}

#[test]
fn draws() {
    let folder = shop();
    let question = ["bucket", "--salt", "checkout", "--purpose", "variant", "--unit", "user-42", "--weights", "1,1,2"];
    insta::assert_snapshot!(folder.run(&question).stdout);
    let json = folder.run(&[&question[..], &["--format", "json"]].concat()).json();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["k0", "k1", "hash", "bucket", "arm"]);
    let negative = folder.run(&["bucket", "--salt", "a", "--purpose", "rollout", "--unit", "-7", "--format", "json"]);
    assert_eq!(negative.status, 0, "{negative}");
    let without =
        folder.run(&["bucket", "--salt", "a", "--purpose", "rollout", "--unit", "", "--format", "json"]).json();
    assert_eq!(without["arm"], Json::Null);
}
