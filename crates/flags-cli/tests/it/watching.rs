//! `watch`: a line for each change, and a broken save that changes nothing.

use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Stdio},
};

use serde_json::{Value as Json, json};

use crate::support::{Folder, SHOP, shop, without_revisions};

/// The program watching; ended with the test, whatever comes of it.
struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let arguments = [&["watch", "flags.toml", "--format", "json"], arguments].concat();
        let mut child = folder.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next event; waits for it.
    fn next(&mut self) -> Json {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn changes_broken_saves_and_recovery() {
    let folder = shop();
    let mut watching = Watching::start(&folder, &["--for-changes", "4"]);
    let save = |text: &str| {
        std::fs::write(folder.path("next"), text).unwrap();
        std::fs::rename(folder.path("next"), folder.path("flags.toml")).unwrap();
    };
    let start = watching.next();
    assert_eq!((&start["event"], &start["changes"]), (&json!("start"), &json!([])));

    let text = SHOP.replace("[features.new_cart]\nenabled = true", "[features.new_cart]\nenabled = false");
    save(&text);
    let change = watching.next();
    assert_eq!(change["event"], "change");
    assert_eq!(
        change["changes"],
        json!([{ "flag": "checkout", "kind": "changed" }, { "flag": "new_cart", "kind": "changed" }]),
        "with what requires it"
    );
    assert_ne!(change["revision"], start["revision"]);

    save(&text.replace("enabled = false", "enabeld = false"));
    let refused = watching.next();
    assert_eq!(refused["event"], "refused");
    assert_eq!(refused["revision"], change["revision"], "the last good ones stay in force");
    assert_eq!(refused["diagnostics"][0]["severity"], "error");

    save(&text);
    assert_eq!(watching.next()["event"], "restored");

    save(&format!("{text}\n[features.banner]\nenabled = true\n"));
    let added = watching.next();
    assert_eq!(added["changes"], json!([{ "flag": "banner", "kind": "added" }]));
    assert_eq!(watching.child.wait().unwrap().code(), Some(0), "four changes were asked for");
}

#[test]
fn what_single_flags_serve() {
    let folder = shop();
    let mut watching = Watching::start(&folder, &["--flag", "page_size", "--for-changes", "1"]);
    assert_eq!(
        watching.next()["answers"],
        json!([{ "flag": "page_size", "on": true, "variant": "large", "value": 50, "reason": "STATIC" }])
    );
    std::fs::write(folder.path("flags.toml"), SHOP.replace("serve = \"large\"", "serve = \"small\"")).unwrap();
    let change = watching.next();
    assert_eq!(change["answers"][0]["value"], 20, "{change}");
    assert_eq!(watching.child.wait().unwrap().code(), Some(0));
}

#[test]
fn once_tells_how_things_stand() {
    let folder = shop();
    let ran =
        folder.run(&["watch", "flags.toml", "--once", "--flag", "checkout", "--flag", "shop", "--set", "user_id=ada"]);
    assert_eq!(ran.status, 0);
    // The first word is the time.
    let (_, told) = ran.stdout.split_once(' ').unwrap();
    insta::assert_snapshot!(without_revisions(told));
    assert_eq!(folder.run(&["watch", "flags.toml", "--once", "--flag", "chekout"]).status, 1);
}

#[test]
fn what_is_broken_from_the_start_is_refused() {
    let folder = Folder::with(&[("flags.toml", "[features.a]\nenabeld = true\n")]);
    let ran = folder.run(&["watch", "flags.toml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("flags.toml:2:1"), "{ran}");
}
