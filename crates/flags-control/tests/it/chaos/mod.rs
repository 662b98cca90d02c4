//! D3, A16: a program that writes controls and audit entries as fast as it can is killed, two hundred times.
//!
//! The writer is this test program, run again. It says what it is about to do and what was acknowledged; after the kill the
//! folder has to hold every acknowledged change and at most the one that was under way, in the state and in the audit log
//! alike. Some rounds happen on a disk that is full or runs full, some leave half a line at the end of the log, some both.

mod disk;
mod model;
mod rounds;
mod writer;

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use self::rounds::{Damage, Rounds};

/// The rounds on an ordinary disk and on a small one.
const ROUNDS: (u32, u32) = (100, 100);

/// Every random choice follows from it.
const SEED: u64 = 0x00c0_ffee;

// D3, A16
#[test]
fn killed_again_and_again_it_loses_nothing_it_acknowledged() {
    let mut rounds = Rounds::new(SEED, tempfile::tempdir().unwrap().keep());
    for round in 0..ROUNDS.0 {
        rounds.kill_once(if round % 3 == 0 { Damage::TornTail } else { Damage::None });
    }
    let told = rounds.told();
    assert!(told.acknowledged > u64::from(ROUNDS.0) * 4, "{told:?}");
    assert!(told.torn > 0 && told.under_way_and_there + told.under_way_and_lost > 0, "{told:?}");
    rounds.remove();
}

// D3, A16
#[test]
fn killed_on_a_full_disk_it_loses_nothing_it_acknowledged() {
    let mount = "mount -t tmpfs -o size=1m,mode=700 tmpfs \"$FLAGS_CHAOS_DISK\" && exec \"$0\" \"$@\"";
    let disk = tempfile::tempdir().unwrap();
    let ways: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--user", "--map-root-user", "--mount"]];
    let Some(way) = ways.into_iter().find(|way| may_mount(way, disk.path())) else {
        // Not `eprintln!`, which nobody sees of a test that passes.
        let told = "SKIPPED: this user may not mount a small disk to fill; its rounds are done on the ordinary disk, which \
                    does not fill\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        let mut rounds = Rounds::new(SEED + 1, disk.path().join("state"));
        (0..ROUNDS.1).for_each(|_| rounds.kill_once(Damage::TornTail));
        return;
    };
    let output = Command::new(way[0])
        .args(&way[1..])
        .args(["sh", "-c", mount])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "chaos::on_a_small_disk", "--ignored", "--nocapture", "--test-threads=1"])
        .env("FLAGS_CHAOS_DISK", disk.path())
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn may_mount(way: &[&str], folder: &std::path::Path) -> bool {
    let mut command = Command::new(way[0]);
    command.args(&way[1..]).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
#[ignore = "run by killed_on_a_full_disk, where a small disk is mounted"]
fn on_a_small_disk() {
    let disk = std::path::PathBuf::from(std::env::var_os("FLAGS_CHAOS_DISK").unwrap());
    let mut rounds = Rounds::new(SEED + 1, disk.join("state"));
    for round in 0..ROUNDS.1 {
        let damage = if round % 3 == 0 { Damage::TornTail } else { Damage::None };
        rounds.kill_once_without_room(&disk.join("filler"), damage);
    }
    let told = rounds.told();
    assert!(told.refused > 0 && told.kills_without_room > 0, "{told:?}");
    assert!(told.torn > 0 && told.acknowledged > u64::from(ROUNDS.1), "{told:?}");
}
