//! `flags demo`: the story that the README shows first comes to its ends, by the library at work.

use crate::support::Folder;

// E1, E3, E7, F5
#[test]
fn one_rollout_completes_one_is_taken_back_and_the_better_button_wins() {
    let folder = Folder::with(&[]);
    let ran = folder.run(&["demo", "--visitors", "600", "--state-dir", "state"]);
    assert_eq!(ran.status, 0, "{ran}");
    for told in [
        "new_search        started at 10 %: it finds what people look for",
        "new_search        from 10 % to 50 %: all is well",
        "new_search        complete: all is well",
        "express_checkout  rolling back: error_rate: ",
        "express_checkout  rolled back: nobody has it any more",
        "buy_button        red wins, and is served to all",
        "new_search        complete, on for 100 % of the visitors",
        "express_checkout  rolled back, on for 0 % of the visitors",
    ] {
        assert!(ran.stdout.contains(told), "{told}\n{ran}");
    }
    let log = folder.run(&["audit", "list", "--state-dir", "state"]);
    assert!(log.stdout.contains("express_checkout") && log.stdout.contains("rollout"), "{log}");

    let again = folder.run(&["demo", "--state-dir", "state"]);
    assert_eq!(again.status, 2, "{again}");
    assert!(again.stderr.contains("state is not empty"), "{again}");
}

#[test]
fn its_definitions_pass_every_check() {
    let folder = Folder::with(&[]);
    let printed = folder.run(&["demo", "--definitions"]);
    let checked = folder.run_with(&["check", "-"], &printed.stdout);
    assert_eq!((checked.status, &*checked.stderr), (0, ""), "{checked}");
    assert!(!checked.stdout.contains("warning"), "{checked}");
}
