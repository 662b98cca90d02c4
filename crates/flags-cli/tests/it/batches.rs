//! Files of questions: in order, a line for a line, whatever is in them.

use serde_json::{Value as Json, json};

use crate::support::shop;

fn picked(json: &Json, fields: &[&str]) -> Vec<Json> {
    fields.iter().map(|field| json[*field].clone()).collect()
}

#[test]
fn a_line_for_a_line() {
    let questions = r#"{"flag":"checkout","context":{"targeting_key":"ada"}}
{"flag":"checkout","context":{"targeting_key":"ada"},"environment":"production"}

{"flag":"page_size","type":"string","default":"none","extra":"is ignored"}
{"flag":"none","context":null,"default":7}
{"flag":"shop"
{"context":{}}
{"flag":"shop","at":"yesterday"}
{"flag":"shop","type":"text"}
{"flag":"shop","context":[]}
[1]
{"flag":"search","context":{"user_id":42}}
"#;
    let ran = shop().run_with(&["eval", "flags.toml", "--batch", "-"], questions);
    assert_eq!(ran.status, 1, "some lines cannot be read");
    let answers = ran.json_lines();
    assert_eq!(answers.len(), 11, "one for each line that is not blank");
    let fields = ["flag", "value", "rule", "error_code"];
    assert_eq!(picked(&answers[0], &fields), [json!("checkout"), json!("express"), json!("staff"), Json::Null]);
    assert_eq!(picked(&answers[1], &fields), [json!("checkout"), json!("classic"), Json::Null, Json::Null]);
    assert_ne!(answers[0]["revision"], answers[1]["revision"], "another environment is another set");
    assert_eq!(picked(&answers[2], &fields), [json!("page_size"), json!("none"), Json::Null, json!("TYPE_MISMATCH")]);
    assert_eq!(picked(&answers[3], &fields), [json!("none"), json!(7), Json::Null, json!("FLAG_NOT_FOUND")]);
    for (answer, line) in answers[4..10].iter().zip([6, 7, 8, 9, 10, 11]) {
        assert_eq!(answer["line"], line, "{answer}");
        assert!(answer["error"].as_str().is_some_and(|error| !error.is_empty()), "{answer}");
    }
    assert_eq!(picked(&answers[10], &["reason", "error_code"]), [json!("SPLIT"), Json::Null], "after them it goes on");
}

#[test]
fn unknown_flags_are_answers_like_others() {
    let ran = shop().run_with(&["eval", "flags.toml", "--batch", "-"], "{\"flag\":\"none\"}");
    assert_eq!((ran.status, ran.json_lines().len()), (0, 1));
}

#[test]
fn options_hold_where_a_line_says_nothing() {
    let folder = shop();
    let options = ["--environment", "production", "--type", "string", "--default", "x"];
    let questions = "{\"flag\":\"checkout\"}\n{\"flag\":\"shop\"}\n{\"flag\":\"shop\",\"type\":\"boolean\"}\n";
    let answers =
        folder.run_with(&[&["eval", "flags.toml", "--batch", "-"], &options[..]].concat(), questions).json_lines();
    assert_eq!(picked(&answers[0], &["value", "cause"]), [json!("classic"), json!("state")]);
    assert_eq!(picked(&answers[1], &["value", "error_code"]), [json!("x"), json!("TYPE_MISMATCH")]);
    assert_eq!(picked(&answers[2], &["value", "error_code"]), [json!(true), Json::Null]);
}

#[test]
fn a_batch_answers_as_single_questions_do() {
    let folder = shop();
    for (flag, context) in
        [("checkout", r#"{"targeting_key":"u-1","country":"US"}"#), ("search", r#"{"user_id":"u-2"}"#)]
    {
        let single = folder.run(&["eval", "flags.toml", flag, "--context", context, "--format", "json"]).json();
        let line = format!("{{\"flag\":\"{flag}\",\"context\":{context}}}");
        let batch = folder.run_with(&["eval", "flags.toml", "--batch", "-"], &line).json_lines();
        assert_eq!([single], batch[..]);
    }
}

#[test]
fn many_draws() {
    let lines = "{\"salt\":\"a\",\"purpose\":\"rollout\",\"unit\":\"u\"}\n{\"salt\":\"a\",\"purpose\":\"raffle\",\"unit\":\"u\"}\n{\"salt\":\"a\"}\n{\"salt\":\"a\",\"purpose\":\"arm\",\"unit\":42,\"weights\":[1],\"more\":1}\n{\"salt\":\"a\",\"purpose\":\"arm\",\"unit\":\"42\",\"weights\":[1]}\n";
    let ran = shop().run_with(&["bucket", "--batch", "-"], lines);
    let answers = ran.json_lines();
    assert_eq!((ran.status, answers.len()), (1, 5));
    assert_eq!(answers[0]["arm"], Json::Null);
    assert_eq!((&answers[1]["line"], &answers[2]["line"]), (&json!(2), &json!(3)));
    assert_eq!(answers[3], answers[4], "an integer counts in decimal");
}
