//! `check`, `lint`, `schema`, `codes`, `explain CODE`, `init`.

use serde_json::json;

use crate::support::{Folder, shop};

const BROKEN: &str = r#"[features.checkout]
enabeld = true

[features.search]
enabled = true
rollout_percentage = 120
requires = ["chekout"]
"#;

#[test]
fn all_is_well() {
    let folder = shop();
    insta::assert_snapshot!(folder.run(&["check", "flags.toml"]));
    let ran = folder.run(&["check", "flags.toml", "--format", "json"]);
    assert_eq!((ran.status, ran.json()), (0, json!({ "ok": true, "diagnostics": [] })));
}

#[test]
fn everything_that_is_wrong_is_told() {
    let folder = Folder::with(&[("flags.toml", BROKEN)]);
    let ran = folder.run(&["check", "flags.toml"]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran);
}

#[test]
fn as_json() {
    let folder = Folder::with(&[("flags.toml", BROKEN)]);
    let ran = folder.run(&["check", "--format", "json", "flags.toml"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let json = ran.json();
    assert_eq!(json["ok"], false);
    for diagnostic in json["diagnostics"].as_array().unwrap() {
        let keys: Vec<&str> = diagnostic.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = ["code", "severity", "message", "file", "line", "column", "end_line", "end_column", "help"];
        assert_eq!(keys, expected);
    }
    insta::assert_snapshot!(ran);
}

#[test]
fn standard_input_and_folders() {
    let folder = Folder::with(&[
        ("config/a.toml", "[features.a]\nenabled = true\n"),
        ("config/b.toml", "[features.b]\nenabled = true\nparent = \"a\"\n"),
    ]);
    assert_eq!(folder.run(&["check", "config"]).status, 0, "b finds its parent in the folder");
    assert_eq!(folder.run(&["check", "config/a.toml", "config/b.toml"]).status, 1, "each file is checked by itself");
    let ran = folder.run_with(&["check", "-"], BROKEN);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("(standard input):2:1"), "{ran}");
}

#[test]
fn strict_fails_on_warnings() {
    // A comma that only newer TOML allows.
    let folder = Folder::with(&[("flags.toml", "[features.a]\nenabled = true\nmetadata = { a = 1, }\n")]);
    assert_eq!(folder.run(&["check", "flags.toml"]).status, 0);
    let ran = folder.run(&["check", "--strict", "--format", "json", "flags.toml"]);
    assert_eq!((ran.status, &ran.json()["ok"]), (1, &json!(false)));
}

#[test]
fn a_file_that_is_no_text() {
    let folder = Folder::with(&[]);
    std::fs::write(folder.path("flags.toml"), b"[features.a]\nenabled = true\n# \xff\n").unwrap();
    let ran = folder.run(&["check", "flags.toml"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("flags.toml:3:3"), "{ran}");
}

#[test]
fn lint_finds_what_is_hardly_meant() {
    let text = "[features.a]\nenabled = true\nexpires = 2026-10-31\n\n[segments.nobody]\nmembers = [\"x\"]\n";
    let folder = Folder::with(&[("flags.toml", text)]);
    let lint = |more: &[&str]| folder.run(&[&["lint", "flags.toml", "--at", "2026-11-20T12:00:00Z"], more].concat());
    assert_eq!(lint(&[]).status, 0, "findings are no failure");
    insta::assert_snapshot!(lint(&["--strict"]));
    let json = lint(&["--strict", "--format", "json"]).json();
    assert_eq!((&json["ok"], json["diagnostics"].as_array().unwrap().len()), (&json!(false), 2));
    let before = folder.run(&["lint", "flags.toml", "--at", "2026-08-01T00:00:00Z", "--format", "json"]).json();
    assert_eq!(before["diagnostics"].as_array().unwrap().len(), 1, "not expired then: {before}");
}

#[test]
fn the_schema_is_json() {
    let json = Folder::with(&[]).run(&["schema"]).json();
    assert!(json["$schema"].as_str().unwrap().contains("2020-12"));
    assert!(json["properties"]["features"].is_object());
}

#[test]
fn codes_and_what_they_mean() {
    let folder = Folder::with(&[]);
    let codes = folder.run(&["codes", "--format", "json"]).json();
    let codes = codes.as_array().unwrap();
    assert!(codes.len() > 40);
    let table = folder.run(&["codes"]).stdout;
    assert_eq!(table.lines().count(), codes.len() + 1, "one line each, and the headings");
    for code in codes {
        let id = code["code"].as_str().unwrap();
        assert!(table.contains(id));
        let ran = folder.run(&["explain", &id.to_lowercase()]);
        assert_eq!(ran.status, 0, "{ran}");
        assert!(ran.stdout.starts_with(&format!("# {id} ")), "{ran}");
    }
    insta::assert_snapshot!(folder.run(&["explain", "FLG010"]));
    assert_eq!(folder.run(&["explain", "FLG010", "--format", "json"]).json()["name"], "unknown-key");
    assert_eq!(folder.run(&["explain", "FLG999"]).status, 1);
}

#[test]
fn init_writes_what_checks_and_never_overwrites() {
    let folder = Folder::with(&[]);
    insta::assert_snapshot!(folder.run(&["init", "config"]));
    let checked = folder.run(&["check", "--strict", "config"]);
    assert_eq!(checked.status, 0, "{checked}");
    let linted = folder.run(&["lint", "--strict", "config"]);
    assert_eq!(linted.status, 0, "{linted}");
    assert_eq!(folder.text("config/flags.schema.json"), folder.run(&["schema"]).stdout);

    std::fs::write(folder.path("config/features.toml"), "mine").unwrap();
    insta::assert_snapshot!(folder.run(&["init", "config"]));
    assert_eq!(folder.text("config/features.toml"), "mine");
    assert_eq!(folder.run(&["init", "config", "--force"]).status, 0);
    assert!(folder.text("config/features.toml").starts_with("#:schema"));
}

// D10: each template shows one idea, and is right as it stands.
#[test]
fn every_template_checks_without_a_warning() {
    let mut told = String::new();
    for template in ["canary", "blue-green", "ab-test", "kill-switch", "ops", "migration"] {
        let folder = Folder::with(&[]);
        let ran = folder.run(&["init", "--template", template]);
        told.push_str(&format!("$ flags init --template {template}\n{ran}"));
        let checked = folder.run(&["check", "--strict", "features.toml"]);
        assert_eq!(checked.status, 0, "{template}: {checked}");
        assert!(checked.stderr.is_empty(), "{template}: {checked}");
        told.push_str(&format!("$ flags check features.toml\n{}", checked.stdout));
        let linted = folder.run(&["lint", "--strict", "features.toml"]);
        assert_eq!(linted.status, 0, "{template}: {linted}");
        let listed = folder.run(&["list", "features.toml"]);
        told.push_str(&format!("$ flags list features.toml\n{}\n", listed.stdout));
        assert!(folder.text("features.toml").lines().all(|line| line.len() <= 132), "{template}");
        let next = folder.run(&["init", "--template", template, "--force", "--format", "json"]).json();
        assert_eq!(next["next"][0], "flags check features.toml");
    }
    insta::assert_snapshot!(told);
    let unknown = Folder::with(&[]).run(&["init", "--template", "red-green"]);
    assert_eq!(unknown.status, 2, "{unknown}");
}
