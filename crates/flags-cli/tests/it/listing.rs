//! `list` and `show`.

use crate::support::shop;

#[test]
fn every_flag_on_a_line() {
    insta::assert_snapshot!(shop().run(&["list", "flags.toml"]));
}

#[test]
fn filters_and_environments() {
    let folder = shop();
    let keys = |arguments: &[&str]| -> Vec<String> {
        let json = folder.run(&[&["list", "flags.toml", "--format", "json"], arguments].concat()).json();
        json["flags"].as_array().unwrap().iter().map(|flag| flag["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&["--tag", "checkout"]), ["checkout", "new_cart"]);
    assert_eq!(keys(&["--tag", "checkout", "--tag", "revenue"]), ["checkout"]);
    assert_eq!(keys(&["--owner", "search"]), ["search"], "the owner in the metadata counts");
    assert_eq!(keys(&["--state", "emergency_off"]), ["old_theme"]);
    assert_eq!(keys(&["--state", "disabled"]), [""; 0]);
    assert_eq!(keys(&["--state", "disabled", "--environment", "production"]), ["checkout"]);
    insta::assert_snapshot!(folder.run(&["list", "flags.toml", "--owner", "nobody"]));
}

#[test]
fn the_list_as_json() {
    insta::assert_snapshot!(shop().run(&["list", "flags.toml", "--tag", "revenue", "--format", "json"]));
}

#[test]
fn all_of_one_flag() {
    let folder = shop();
    insta::assert_snapshot!("show", folder.run(&["show", "flags.toml", "checkout"]));
    insta::assert_snapshot!("show_json", folder.run(&["show", "flags.toml", "new_cart", "--format", "json"]));
    insta::assert_snapshot!("show_unknown", folder.run(&["show", "flags.toml", "chekout"]));
}
