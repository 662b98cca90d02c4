//! Case 4: real programs saving a file, each in its own way.
//!
//! A program that is not installed is skipped with a word on stderr. With `FLAGS_REQUIRE_EDITORS=1` the ones that
//! matter most have to be there.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use flags_watch::Origin;

use crate::support::{Live, Place, by_events, write};

/// What `FLAGS_REQUIRE_EDITORS=1` requires; Debian packages of the same names.
const REQUIRED: [&str; 3] = ["vim", "nano", "sed"];

/// Whether the program is there; panics if it is required and is not.
fn installed(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|folder| folder.join(program).is_file()));
    if !found {
        let required = REQUIRED.contains(&program) && std::env::var("FLAGS_REQUIRE_EDITORS").as_deref() == Ok("1");
        assert!(!required, "{program} is not installed and FLAGS_REQUIRE_EDITORS=1 requires it");
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}

/// Changes `one` to `two` and `two` to `three` with the shell command, in which `$FILE` is the file.
#[track_caller]
fn check(program: &str, command: &str) {
    if !installed(program) {
        return;
    }
    let (place, path) = Place::with_file("flag is one\n");
    let file = Live::file(&path, by_events(), "flag is one\n");
    let folder = Live::start(Origin::at(place.folder.path()), by_events(), "flag is one\n");
    for (from, to) in [("one", "two"), ("two", "three")] {
        run(command, &path, from, to);
        for live in [&file, &folder] {
            // What comes before may be a copy the program keeps for a moment, but never half a file.
            let before = live.wait_for_text(&format!("flag is {to}\n"));
            for seen in before {
                let text = format!("{seen:?}");
                assert!(text.contains(&format!("flag is {from}")) || text.contains(&format!("flag is {to}")), "{text}");
            }
        }
    }
}

fn run(command: &str, path: &Path, from: &str, to: &str) {
    let output = Command::new("sh")
        .args(["-e", "-c", command])
        .env("FILE", path)
        .env("FROM", from)
        .env("TO", to)
        .env("TERM", "xterm")
        .current_dir(path.parent().expect("a file in a folder"))
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    assert!(
        output.status.success(),
        "{command}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn vim_in_each_of_its_ways() {
    for ways in [
        "backupcopy=yes",
        "backupcopy=no",
        "backupcopy=auto",
        "backupcopy=no backup",
        "backupcopy=no nowritebackup",
        "backupcopy=yes,breakhardlink",
    ] {
        eprintln!("-- {ways}");
        check("vim", &format!("vim -es -N -u NONE -c 'set {ways}' -c \"%s/$FROM/$TO/\" -c 'wq' \"$FILE\""));
    }
}

#[test]
fn vim_through_a_link() {
    if !installed("vim") {
        return;
    }
    for ways in ["backupcopy=auto", "backupcopy=yes", "backupcopy=no", "backupcopy=yes,breaksymlink"] {
        let (place, real) = Place::with_file("flag is one\n");
        let path = place.path("link");
        crate::support::link(&real, &path);
        let live = Live::file(&path, by_events(), "flag is one\n");
        let command = format!("vim -es -N -u NONE -c 'set {ways}' -c \"%s/$FROM/$TO/\" -c 'wq' \"$FILE\"");
        for (from, to) in [("one", "two"), ("two", "three")] {
            run(&command, &path, from, to);
            live.wait_for_text(&format!("flag is {to}\n"));
        }
    }
}

#[test]
fn nano_at_a_terminal() {
    if !installed("script") {
        return;
    }
    // Control-\ replaces: what, with what, all of it; control-O and return write; control-X leaves. nano drops what is
    // typed before it listens, so each attempt types more slowly than the one before, until the file is saved.
    for option in ["", "--backup"] {
        let command = format!(
            r#"
            keys() {{
                for key in '\034' "$FROM\r" "$TO\r" 'A' '\017' '\r' '\030'; do sleep "0.$1"; printf "$key"; done
            }}
            for pace in 1 3 6 9; do
                keys $pace | timeout 20 script -qec "nano -I {option} '$FILE'" /dev/null || true
                if grep -q "$TO" "$FILE"; then exit 0; fi
            done
            exit 1
            "#
        );
        check("nano", &command);
    }
}

#[test]
fn emacs_in_batch_mode() {
    check(
        "emacs",
        "emacs --batch -Q --eval \"(progn (find-file \\\"$FILE\\\") (replace-string \\\"$FROM\\\" \\\"$TO\\\") \
         (save-buffer))\"",
    );
}

#[test]
fn tools_of_the_command_line() {
    for (program, command) in [
        ("sed", "sed -i \"s/$FROM/$TO/\" \"$FILE\""),
        ("sed", "sed -i.bak \"s/$FROM/$TO/\" \"$FILE\""),
        ("sed", "sed -i --follow-symlinks \"s/$FROM/$TO/\" \"$FILE\""),
        ("perl", "perl -pi -e \"s/$FROM/$TO/\" \"$FILE\""),
        ("cp", "echo \"flag is $TO\" > source.txt; cp source.txt \"$FILE\""),
        ("cp", "echo \"flag is $TO\" > source.txt; cp --remove-destination source.txt \"$FILE\""),
        ("mv", "echo \"flag is $TO\" > source.txt; mv source.txt \"$FILE\""),
        ("install", "echo \"flag is $TO\" > source.txt; install -m 644 source.txt \"$FILE\""),
        ("tee", "echo \"flag is $TO\" | tee \"$FILE\""),
        ("dd", "echo \"flag is $TO\" | dd of=\"$FILE\" bs=1"),
        ("sh", "echo \"flag is $TO\" > \"$FILE\""),
        ("ln", "echo \"flag is $TO\" > \"real-$TO\"; ln -sf \"real-$TO\" \"$FILE\""),
        ("tar", "mkdir -p t; echo \"flag is $TO\" > t/flags.toml; tar -C t -c flags.toml | tar -x"),
        ("rsync", "mkdir -p t; echo \"flag is $TO\" > t/flags.toml; rsync -I t/flags.toml \"$FILE\""),
        (
            "git",
            "mkdir -p ../repo-$$ && export GIT_DIR=../repo-$$/.git GIT_WORK_TREE=. && git init -q && git add flags.toml && \
             git -c user.name=t -c user.email=t@example.com commit -qm old && echo \"flag is $TO\" | \
             git hash-object -w --stdin > hash && git update-index --cacheinfo 100644,$(cat hash),flags.toml && \
             git checkout-index -f flags.toml; rm -rf ../repo-$$ hash",
        ),
    ] {
        eprintln!("-- {command}");
        check(program, command);
    }
}

#[test]
fn a_save_that_only_looks_like_one() {
    // `:w` of an unchanged buffer writes the same text: no new revision.
    if !installed("vim") {
        return;
    }
    let (_place, path) = Place::with_file("flag is one\n");
    let live = Live::file(&path, by_events(), "flag is one\n");
    run("vim -es -N -u NONE -c 'w!' -c 'q' \"$FILE\"", &path, "", "");
    live.expect_nothing_new();
    write(&path, "flag is two\n");
    live.expect_text("flag is two\n");
}
