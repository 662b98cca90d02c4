//! `diff`: what changed, and for whom.

use serde_json::json;

use crate::support::{Folder, SHOP};

fn versions() -> Folder {
    let new = SHOP
        .replace("rollout_percentage = 12.5", "rollout_percentage = 100")
        .replace("members = [\"ada\"]", "members = [\"ada\", \"grace\"]")
        .replace("owner = \"payments\"", "owner = \"money\"")
        + "\n[features.banner]\nenabled = true\n";
    let sample: String =
        ["ada", "grace", "user-1", "user-2"].map(|key| format!("{{\"targeting_key\":\"{key}\"}}\n")).concat();
    Folder::with(&[("old.toml", SHOP), ("new.toml", &new), ("sample.jsonl", &sample)])
}

#[test]
fn in_words() {
    insta::assert_snapshot!(versions().run(&["diff", "old.toml", "new.toml"]));
}

#[test]
fn and_for_whom() {
    let folder = versions();
    let question = ["diff", "old.toml", "new.toml", "--contexts", "sample.jsonl"];
    insta::assert_snapshot!("reach", folder.run(&question));
    let json = folder.run(&[&question[..], &["--format", "json"]].concat()).json();
    assert_eq!(json["affects_decisions"], true);
    let reach = &json["reach"];
    assert_eq!(reach["contexts"], 4);
    assert_eq!(
        reach["flags"][0],
        json!({
            "flag": "checkout",
            "contexts": 1,
            "transitions": [{
                "from": { "flag": true, "variant": "classic", "value": "classic" },
                "to": { "flag": true, "variant": "express", "value": "express" },
                "contexts": 1,
            }],
        }),
        "only grace joined the staff"
    );
    let banner = reach["flags"].as_array().unwrap().iter().find(|flag| flag["flag"] == "banner").unwrap();
    assert_eq!((&banner["contexts"], &banner["transitions"][0]["from"]["flag"]), (&json!(4), &json!(false)));
}

#[test]
fn nothing_and_statuses() {
    let folder = versions();
    let same = folder.run(&["diff", "old.toml", "old.toml", "--contexts", "sample.jsonl", "--exit-code"]);
    insta::assert_snapshot!("same", same);
    assert_eq!(folder.run(&["diff", "old.toml", "new.toml", "--exit-code"]).status, 1);
    let described = SHOP.replace("The whole shop", "All of the shop");
    std::fs::write(folder.path("described.toml"), described).unwrap();
    assert_eq!(
        folder.run(&["diff", "old.toml", "described.toml", "--exit-code"]).status,
        0,
        "a description decides nothing"
    );
    assert_eq!(folder.run_with(&["diff", "-", "new.toml", "--exit-code"], SHOP).status, 1, "from standard input");
}

#[test]
fn a_sample_that_cannot_be_read() {
    let folder = versions();
    std::fs::write(folder.path("sample.jsonl"), "{}\n\n[1]\n").unwrap();
    insta::assert_snapshot!(folder.run(&["diff", "old.toml", "new.toml", "--contexts", "sample.jsonl"]));
}
