//! C7: one flag over OFREP.

use flags_server::Server;

use crate::support::{ONE, flags, post, server};

const USER: &str = r#"{"context": {"targetingKey": "user-42"}}"#;

// C7: every type of value, as every client reads it.
#[tokio::test]
async fn each_type_of_value_is_answered() {
    let router = server().into_router();
    let mut shown = String::new();
    for key in ["boolean", "string", "integer", "float", "object", "off", "code_default", "half"] {
        let answer = post(&router, &format!("{ONE}{key}"), USER).await;
        shown.push_str(&format!("--- {key}: {}\n\n", answer.shown()));
    }
    insta::assert_snapshot!(shown);
}

// C7: floats keep their fraction on the wire, or Python takes them for integers; integers keep every digit.
#[tokio::test]
async fn numbers_keep_their_kind_on_the_wire() {
    let router = server().into_router();
    let answer = post(&router, &format!("{ONE}float"), USER).await;
    assert!(answer.text.contains(r#""value":1.0,"#), "{}", answer.text);
    let seats = r#"{"context": {"targetingKey": "user-42", "plan": {"seats": 10}}}"#;
    let answer = post(&router, &format!("{ONE}integer"), seats).await;
    assert!(answer.text.contains(r#""value":9007199254740993,"#), "{}", answer.text);
}

// C7: the context decides, structured attributes included.
#[tokio::test]
async fn targeting_reads_the_context() {
    let router = server().into_router();
    let dutch = r#"{"context": {"targetingKey": "user-42", "country": "NL"}}"#;
    let answer = post(&router, &format!("{ONE}string"), dutch).await.json();
    assert_eq!(answer["value"], "express");
    assert_eq!(answer["reason"], "TARGETING_MATCH");
    assert_eq!(answer["metadata"]["rule"], "benelux");
    assert_eq!(answer["metadata"]["cause"], "rule");
    let seats = r#"{"context": {"plan": {"seats": 10.0}}}"#;
    let answer = post(&router, &format!("{ONE}integer"), seats).await.json();
    assert_eq!(answer["variant"], "many");
    assert_eq!(answer["metadata"]["rule"], 1);
}

// C7: where the caller's default is to be used there is no `value`, and still everything else.
#[tokio::test]
async fn the_callers_default_is_no_value() {
    let router = server().into_router();
    let answer = post(&router, &format!("{ONE}code_default"), USER).await.json();
    assert_eq!(answer.get("value"), None);
    assert_eq!(answer["variant"], "");
    assert_eq!(answer["reason"], "DISABLED");
}

// C7: a decision does not depend on how its flag's key was written in the path.
#[tokio::test]
async fn keys_may_be_percent_encoded() {
    let router = Server::new(flags("[features.\"a-b.c_d\"]\nenabled = true")).into_router();
    for key in ["a-b.c_d", "a%2Db%2Ec%5Fd", "%61-b.c_d"] {
        assert_eq!(post(&router, &format!("{ONE}{key}"), USER).await.json()["key"], "a-b.c_d", "{key}");
    }
}

// C7: what goes wrong has a code and says what to do.
#[tokio::test]
async fn errors_have_a_code_and_details() {
    let router = server().into_router();
    let mut shown = String::new();
    for (key, body) in [
        ("strnig", USER),
        ("nothing-like-it", USER),
        ("with/slash", USER),
        ("%F0%9F%A6%80", USER),
        ("%FF", USER),
        ("half", "{}"),
        ("half", r#"{"context": {"targetingKey": null}}"#),
        ("boolean", ""),
        ("boolean", "{\"context\": {"),
        ("boolean", "[]"),
        ("boolean", r#"{"context": "user-42"}"#),
        ("boolean", r#"{"context": [1]}"#),
        ("boolean", r#"{"context": {"targetingKey": ["user-42"]}}"#),
        ("boolean", r#"{"context": {"number": 1e999}}"#),
    ] {
        let answer = post(&router, &format!("{ONE}{key}"), body).await;
        shown.push_str(&format!("--- {key} {body}: {}\n\n", answer.shown()));
    }
    insta::assert_snapshot!(shown);
}

// C7: clients send a body without a context, or with a null one; whatever needs nobody to draw for is answered.
#[tokio::test]
async fn a_request_without_a_context_is_answered() {
    let router = server().into_router();
    for body in ["{}", r#"{"context": {}}"#, r#"{"context": null}"#] {
        let answer = post(&router, &format!("{ONE}string"), body).await.json();
        assert_eq!(answer["value"], "classic", "{body}");
        assert_eq!(answer["reason"], "STATIC", "{body}");
    }
}

// C7: both spellings of the targeting key name the same unit.
#[tokio::test]
async fn the_targeting_key_has_two_spellings() {
    let router = server().into_router();
    for user in 0..20 {
        let [a, b] = ["targetingKey", "targeting_key"].map(|name| format!(r#"{{"context": {{"{name}": "{user}"}}}}"#));
        let (a, b) = (post(&router, &format!("{ONE}half"), &a).await, post(&router, &format!("{ONE}half"), &b).await);
        assert_eq!(a.json()["reason"], "SPLIT");
        assert_eq!(a.text, b.text);
    }
}
