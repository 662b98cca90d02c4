//! What the program says of flags under an experiment. // F1, F2

use serde_json::json;

use crate::support::Folder;

const EXPERIMENT: &str = r#"
[features.button]
enabled = true
variants = { blue = "b", red = "r" }
serve = "blue"

[features.banner]
enabled = true
requires = ["button"]

[segments.dutch]
when = [{ attribute = "country", equals = "NL" }]

[layers.page]

[experiments.colour]
status = "running"
layer = "page"
traffic = 80
audience = [{ segment = "dutch" }]
arms = [{ name = "plain", control = true }, { name = "bold", overrides = { button = "red" } }]
"#;

fn folder() -> Folder {
    Folder::with(&[("flags.toml", EXPERIMENT)])
}

/// The position of the unit's draw, and with it its arm, is fixed for ever.
#[test]
fn a_decision_by_an_experiment() {
    let folder = folder();
    let asked = ["eval", "flags.toml", "button", "--set", "country=NL"];
    let bold = [&asked[..], &["--set", "targeting_key=user-3"]].concat();
    insta::assert_snapshot!("experiment_eval", folder.run(&bold));
    insta::assert_snapshot!("experiment_explain", folder.run(&[&["explain"], &bold[1..]].concat()));
    let json = folder.run(&[&bold[..], &["--format", "json"]].concat()).json();
    assert_eq!((&json["experiment"], &json["arm"], &json["rule"]), (&json!("colour"), &json!("bold"), &json!(null)));
    // Whoever is not enrolled has an answer without them.
    let nobody = folder.run(&[&asked[..], &["--format", "json"]].concat()).json();
    assert_eq!((nobody.get("experiment"), nobody.get("arm")), (None, None));
    assert_eq!(nobody["variant"], "blue");
}

#[test]
fn a_file_with_an_experiment() {
    let folder = folder();
    insta::assert_snapshot!("experiment_check", folder.run(&["check", "flags.toml"]));
    insta::assert_snapshot!("experiment_show", folder.run(&["show", "flags.toml", "button"]));
    insta::assert_snapshot!("experiment_lint", folder.run(&["lint", "flags.toml"]));
}

/// F6: nor does anybody wait for a look that never comes.
#[test]
fn an_experiment_that_is_judged_at_an_end_it_does_not_have() {
    let folder = Folder::with(&[(
        "flags.toml",
        r#"
[experiments.label]
status = "draft"
arms = [{ name = "plain", control = true }, { name = "bold" }]
analysis = { method = "fixed" }
"#,
    )]);
    let ran = folder.run(&["check", "flags.toml"]);
    assert_eq!(ran.status, 0, "{ran}");
    assert!(
        ran.to_string().contains("warning[FLG122]: experiment `label` is judged at its end, and has none"),
        "{ran}"
    );
    assert_eq!(folder.run(&["check", "flags.toml", "--strict"]).status, 1);
}

/// F6: the program says before the start that the sample is out of reach.
#[test]
fn an_experiment_that_cannot_get_its_sample() {
    let text = r#"
[experiments.label]
status = "running"
start = 2126-11-20T00:00:00Z
end = 2126-12-04T00:00:00Z
arms = [{ name = "plain", control = true }, { name = "bold" }]
metrics = [{ name = "sales", kind = "conversion", event = "buy", baseline = 0.05, minimum_detectable_effect = 0.02 }]
analysis = { daily_units = 10_000 }
"#;
    let folder = Folder::with(&[("flags.toml", text)]);
    insta::assert_snapshot!("experiment_sample_out_of_reach", folder.run(&["check", "flags.toml"]));
    assert_eq!(folder.run(&["check", "--strict", "flags.toml"]).status, 1);
}
