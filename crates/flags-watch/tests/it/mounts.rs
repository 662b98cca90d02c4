//! Cases 8 and 13: a file that is mounted by itself, as Kubernetes' `subPath` and `docker -v file:file` do.

use std::{path::Path, process::Command};

use flags_watch::Caveat;

use crate::{
    processes::run_alone,
    support::{Live, Place, by_polling, replace, write},
};

#[test]
fn case_8_and_13_a_mounted_file_is_told_of() {
    let possible = Command::new("unshare").args(["-m", "true"]).status().is_ok_and(|status| status.success());
    if !possible {
        eprintln!("SKIPPED: this user may not make a mount namespace; the recognition itself has unit tests");
        return;
    }
    let place = Place::new();
    write(&place.path("outside.toml"), "one");
    write(&place.path("inside.toml"), "");
    let mount = "mount --bind outside.toml inside.toml && exec \"$0\" \"$@\"";
    run_alone("mounts::on_a_mounted_file", &["unshare", "-m", "sh", "-c", mount], |command| {
        command.current_dir(place.folder.path());
    });
}

#[test]
#[ignore = "run by case_8_and_13, in a mount namespace"]
fn on_a_mounted_file() {
    let path = Path::new("inside.toml");
    let live = Live::file(path, by_polling(), "one");
    assert_eq!(*live.watcher.status().caveats, [Caveat::MountedFile { path: path.into() }]);
    // A write in place is seen, a file put in its place outside is not and never will be.
    write(Path::new("outside.toml"), "two");
    live.expect_text("two");
    replace(Path::new("outside.toml"), "three");
    live.expect_nothing_new();
}
