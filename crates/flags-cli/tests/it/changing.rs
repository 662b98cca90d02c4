//! `set`: what it writes, and that it leaves the rest.

use serde_json::json;

use crate::support::{Folder, SHOP, shop};

/// The lines that differ between two texts of as many lines.
fn changed<'t>(old: &'t str, new: &'t str) -> Vec<(&'t str, &'t str)> {
    assert_eq!(old.lines().count(), new.lines().count());
    old.lines().zip(new.lines()).filter(|(old, new)| old != new).collect()
}

#[test]
fn one_line_changes_and_nothing_else() {
    let folder = shop();
    insta::assert_snapshot!(folder.run(&["set", "flags.toml", "checkout", "enabled", "false"]));
    let now = folder.text("flags.toml");
    let expected =
        ("enabled = true                  # since the launch", "enabled = false                  # since the launch");
    assert_eq!(changed(SHOP, &now), [expected]);
}

#[test]
fn several_fields_in_one_go() {
    let folder = shop();
    let ran =
        folder.run(&["set", "flags.toml", "search", "rollout_percentage=50", "metadata.risk=high", "--format", "json"]);
    assert_eq!((ran.status, &ran.json()["written"]), (0, &json!(true)), "{ran}");
    let now = folder.text("flags.toml");
    assert!(now.contains("rollout_percentage = 50\nmetadata = { owner = \"search\", risk = \"high\" }"), "{now}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = shop();
    let ran = folder.run(&["set", "flags.toml", "checkout", "rules.staff.serve", "classic", "--dry-run"]);
    insta::assert_snapshot!(ran);
    assert_eq!(folder.text("flags.toml"), SHOP);
}

#[test]
fn what_would_be_refused_is_not_written() {
    let folder = shop();
    for (field, value) in [("parent", "nothing"), ("serve", "expres"), ("rollout_percentage", "120")] {
        let ran = folder.run(&["set", "flags.toml", "checkout", field, value]);
        assert!(matches!(ran.status, 1 | 2), "{ran}");
        assert_eq!(folder.text("flags.toml"), SHOP, "{ran}");
    }
    insta::assert_snapshot!(folder.run(&["set", "flags.toml", "checkout", "serve", "expres"]));
    insta::assert_snapshot!("set_unknown_flag", folder.run(&["set", "flags.toml", "chekout", "enabled", "true"]));
    insta::assert_snapshot!("set_unknown_field", folder.run(&["set", "flags.toml", "checkout", "enabeld", "true"]));
}

#[test]
fn a_folder_is_changed_in_the_file_that_has_the_flag() {
    let (a, b) = ("[features.a]\nenabled = true\n", "[features.b]\nenabled = true\nparent = \"a\"\n");
    let folder = Folder::with(&[("config/a.toml", a), ("config/b.toml", b)]);
    assert_eq!(folder.run(&["set", "config", "b", "enabled", "false"]).status, 0);
    assert_eq!(
        (folder.text("config/a.toml"), folder.text("config/b.toml")),
        (a.to_owned(), b.replace("true", "false"))
    );
    let names: Vec<_> =
        std::fs::read_dir(folder.path("config")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is left lying: {names:?}");
}

#[test]
fn who_and_when() {
    let folder = shop();
    assert_eq!(folder.run(&["set", "flags.toml", "shop", "enabled", "false", "--by", "ada"]).status, 0);
    let now = folder.text("flags.toml");
    assert!(now.contains("updated_by = \"ada\"\n") && now.contains("updated_at = 2"), "{now}");
    let again = folder.run(&["set", "flags.toml", "shop", "enabled", "false", "--by", "grace"]);
    assert!(again.stdout.contains("says so already"), "{again}");
    assert_eq!(folder.text("flags.toml"), now, "what changes nothing is not stamped");
}

#[test]
fn fields_are_removed() {
    let folder = shop();
    assert_eq!(folder.run(&["set", "flags.toml", "checkout", "--unset", "expires"]).status, 0);
    assert_eq!(folder.text("flags.toml"), SHOP.replace("expires = 2027-03-31\n", ""));
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::with(&[("real/flags.toml", SHOP)]);
    symlink("real/flags.toml", folder.path("link.toml")).unwrap();
    let set_mode =
        |mode| std::fs::set_permissions(folder.path("real/flags.toml"), PermissionsExt::from_mode(mode)).unwrap();
    set_mode(0o640);
    assert_eq!(folder.run(&["set", "link.toml", "shop", "enabled", "false"]).status, 0);
    assert!(folder.path("link.toml").symlink_metadata().unwrap().is_symlink());
    let metadata = folder.path("real/flags.toml").metadata().unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    assert_ne!(folder.text("real/flags.toml"), SHOP);
    set_mode(0o440);
    let ran = folder.run(&["set", "link.toml", "shop", "enabled", "true"]);
    assert_eq!(ran.status, 3, "a protected file stays: {ran}");
}
