//! Every kind of damage to the file of controls: what can be rebuilt is, what cannot be is kept and reported, and a kill is
//! never forgotten.

use std::{
    fs,
    path::{Path, PathBuf},
};

use flags_control::{
    Action, ControlError, Controls, FileDamage, Incident, LocalOptions, Revision, Rules, StoreError,
    audit::{EntryHash, Filter},
    check_log,
};

use crate::support::{apply, clear, flag, open, options, override_to, set};

/// A folder with a kill and an override, at revision 3.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let controls = open(folder.path());
    apply(&controls, "ada", set("checkout", Action::Kill));
    apply(&controls, "ada", set("banner", override_to("red")));
    apply(&controls, "bob", set("banner", override_to("blue")));
    folder
}

fn try_open(folder: &Path, options: LocalOptions) -> Result<Controls, StoreError> {
    Controls::open(folder, options, Rules::default()).map_err(|error| match error {
        ControlError::Store(error) => error,
        other => panic!("{other}"),
    })
}

fn kept(folder: &Path) -> Vec<PathBuf> {
    let mut kept: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("damaged"))
        .collect();
    kept.sort();
    kept
}

/// What a damaged file looks like.
struct Case {
    name: &'static str,
    damage: fn(&[u8]) -> Option<Vec<u8>>,
    words: &'static str,
}

const CASES: [Case; 9] = [
    Case {
        name: "missing",
        damage: |_| None,
        words: "the file is not there, though the audit log goes up to revision 3 of the controls",
    },
    Case { name: "empty", damage: |_| Some(vec![]), words: "the file is empty" },
    Case { name: "white space", damage: |_| Some(b" \n".to_vec()), words: "the file is empty" },
    Case {
        name: "cut in half",
        damage: |text| Some(text[..text.len() / 2].to_vec()),
        words: "the file is damaged: EOF",
    },
    Case { name: "garbage", damage: |_| Some(vec![0xff; 300]), words: "the file is damaged: expected value" },
    Case { name: "zeros", damage: |text| Some(vec![0; text.len()]), words: "the file is damaged: expected value" },
    Case {
        name: "other JSON",
        damage: |_| Some(b"{\"flags\": []}".to_vec()),
        words: "the file is damaged: its format is none that ever was",
    },
    Case {
        name: "no checksum",
        damage: |_| Some(b"{\"format\": 1, \"content\": {}}".to_vec()),
        words: "the file is damaged: it has no checksum",
    },
    Case {
        name: "edited by hand",
        damage: |text| Some(String::from_utf8_lossy(text).replace("blue", "pink").into_bytes()),
        words: "the file was changed or damaged after it was written: its content does not match its checksum",
    },
];

impl Case {
    fn inflict(&self, folder: &Path) -> Option<Vec<u8>> {
        let file = folder.join("controls.json");
        let damaged = (self.damage)(&fs::read(&file).unwrap());
        match &damaged {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        damaged
    }
}

// A16, D1
#[test]
fn what_is_damaged_is_set_aside_and_rebuilt_from_the_log() {
    for case in CASES {
        let folder = folder();
        let damaged = case.inflict(folder.path());
        let check = check_log(folder.path(), options().lock_wait).unwrap();
        assert!(check.verification.is_intact() && !check.is_intact(), "{}", case.name);
        assert!(check.controls.is_some_and(|found| found.starts_with(case.words)), "{}", case.name);
        let controls = open(folder.path());
        let state = controls.state();
        let words: Vec<_> = state.controls().map(ToString::to_string).collect();
        assert_eq!(words, ["flag banner: override to blue by bob", "flag checkout: kill by ada"], "{}", case.name);
        assert_eq!(state.revision(), Revision::new(4), "{}", case.name);
        let kept = kept(folder.path());
        assert_eq!(kept.first().map(|path| fs::read(path).unwrap()), damaged, "{}", case.name);
        assert_eq!(kept.len(), usize::from(damaged.is_some()), "{}", case.name);
        let incidents = controls.take_incidents();
        let [Incident::Rebuilt { damage, kept_as, revision }] = &*incidents else { panic!("{incidents:?}") };
        assert!(damage.to_string().starts_with(case.words), "{}: {damage}", case.name);
        assert_eq!((kept_as.as_ref(), *revision), (kept.first(), state.revision()));
        let entries = controls.audit().unwrap().entries(Filter::default().action("controls_rebuilt")).unwrap();
        assert_eq!(entries.count(), 1, "{}", case.name);
        assert!(check_log(folder.path(), options().lock_wait).unwrap().is_intact());
        assert_eq!(open(folder.path()).take_incidents(), [], "once is enough");
    }
}

// D3: whoever can compute a checksum can write other controls; the log does not say so.
#[test]
fn controls_with_a_good_checksum_that_the_log_does_not_tell_are_found() {
    let folder = folder();
    let file = folder.path().join("controls.json");
    let mut document: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let forge = |document: &mut serde_json::Value| {
        document["checksum"] = format!("sha256:{}", EntryHash::of(document["content"].to_string().as_bytes())).into();
        fs::write(&file, document.to_string()).unwrap();
        check_log(folder.path(), options().lock_wait).unwrap().controls
    };
    assert_eq!(forge(&mut document), None, "it says what it said");
    let controls = document.pointer_mut("/content/state/controls").unwrap().as_array_mut().unwrap();
    controls.retain(|control| control["action"] != "kill");
    assert_eq!(forge(&mut document).as_deref(), Some("it has other controls or proposals than the log says"));
}

// A16: and the same while a program runs.
#[test]
fn a_running_program_rebuilds_what_is_damaged_under_it() {
    for case in CASES {
        let folder = folder();
        let controls = open(folder.path());
        case.inflict(folder.path());
        assert!(controls.refresh().unwrap(), "{}", case.name);
        assert!(controls.state().is_killed(&flag("checkout")), "{}", case.name);
        case.inflict(folder.path());
        apply(&controls, "eve", set("another", Action::Kill));
        assert_eq!(open(folder.path()).state().controls().len(), 3, "{}", case.name);
    }
}

// A16: "a client that cannot read its controls refuses to start rather than forget a kill"
#[test]
fn what_cannot_be_rebuilt_is_neither_forgotten_nor_touched() {
    for case in CASES.into_iter().skip(1) {
        for broken_log in [true, false] {
            let folder = folder();
            let damaged = case.inflict(folder.path());
            let log = folder.path().join("audit/audit-000001.jsonl");
            if broken_log {
                let text = fs::read_to_string(&log).unwrap();
                fs::write(&log, text.replacen("ada", "eve", 1)).unwrap();
            } else {
                fs::remove_dir_all(folder.path().join("audit")).unwrap();
            }
            for _ in 0..2 {
                let refused = try_open(folder.path(), options()).unwrap_err();
                assert!(matches!(refused, StoreError::Lost { .. }), "{}: {refused}", case.name);
                assert_eq!(Some(fs::read(folder.path().join("controls.json")).unwrap()), damaged, "{}", case.name);
                assert_eq!(kept(folder.path()), [""; 0].map(PathBuf::from));
            }
            // A decision of a person, and recorded as one.
            let controls = try_open(folder.path(), options().accept_loss(true)).unwrap();
            assert_eq!(controls.state().controls().len(), 0);
            assert_eq!(fs::read(&kept(folder.path())[0]).unwrap(), damaged.unwrap());
            assert!(matches!(&*controls.take_incidents(), [Incident::LossAccepted { .. }]));
            apply(&controls, "ada", set("checkout", Action::Kill));
            drop(controls);
            assert!(try_open(folder.path(), options()).unwrap().state().is_killed(&flag("checkout")));
        }
    }
}

#[test]
fn the_refusal_says_what_to_do() {
    let folder = folder();
    fs::write(folder.path().join("controls.json"), "").unwrap();
    fs::remove_dir_all(folder.path().join("audit")).unwrap();
    let refused = try_open(folder.path(), options()).unwrap_err().to_string();
    let place = format!("{}", folder.path().display());
    insta::assert_snapshot!(refused.replace(&place, "STATE"));
}

// A16: a missing file is only a new beginning if nothing speaks against it.
#[test]
fn a_file_that_is_missing_beside_a_log_that_knows_of_controls_is_damage() {
    let folder = folder();
    fs::remove_file(folder.path().join("controls.json")).unwrap();
    let log = folder.path().join("audit/audit-000001.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replacen("ada", "eve", 1)).unwrap();
    let refused = try_open(folder.path(), options()).unwrap_err();
    let damage = FileDamage::Missing { recorded: Revision::new(3) };
    assert!(matches!(&refused, StoreError::Lost { damage: found, .. } if *found == damage), "{refused}");
}

// A16: an old copy that was put back would undo what came after it.
#[test]
fn an_old_file_is_brought_up_to_the_log() {
    let folder = folder();
    let file = folder.path().join("controls.json");
    let old = fs::read(&file).unwrap();
    apply(&open(folder.path()), "ada", set("late", Action::Kill));
    fs::write(&file, &old).unwrap();
    let controls = open(folder.path());
    assert!(controls.state().is_killed(&flag("late")));
    let behind = FileDamage::Behind { found: Revision::new(3), recorded: Revision::new(4) };
    assert!(matches!(&*controls.take_incidents(), [Incident::Rebuilt { damage, .. }] if *damage == behind));
}

#[test]
fn a_newer_program_s_file_is_left_alone() {
    let folder = folder();
    let file = folder.path().join("controls.json");
    let text = fs::read_to_string(&file).unwrap();
    let newer = text.replace("\"format\": 1", "\"format\": 2");
    fs::write(&file, &newer).unwrap();
    let refused = try_open(folder.path(), options().accept_loss(true)).unwrap_err();
    assert!(matches!(refused, StoreError::NewerFormat { format: 2, known: 1, .. }), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    // Whole, of this format, and with something in it that is not known: the work of a program that knows more.
    let content = serde_json::json!({ "state": { "revision": 3, "controls": [], "proposals": [], "moods": [] } });
    let checksum = flags_control::audit::EntryHash::of(content.to_string().as_bytes());
    let unknown = serde_json::json!({ "format": 1, "checksum": format!("sha256:{checksum}"), "content": content });
    fs::write(&file, unknown.to_string()).unwrap();
    let refused = try_open(folder.path(), options().accept_loss(true)).unwrap_err();
    assert!(matches!(refused, StoreError::NotUnderstood { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), unknown.to_string());
}

// D3: the file knows how far the log goes.
#[test]
fn a_log_that_was_cut_off_is_found_out_and_the_controls_stay() {
    let folder = folder();
    let log = folder.path().join("audit/audit-000001.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    for kept_lines in 0..3 {
        let cut: String = text.lines().take(kept_lines).flat_map(|line| [line, "\n"]).collect();
        fs::write(&log, &cut).unwrap();
        let check = check_log(folder.path(), options().lock_wait).unwrap();
        assert!(!check.is_intact(), "{kept_lines} lines");
        assert_eq!(check.owed, Some(Revision::new(3)), "the entry of the last change is in the file");
        assert_eq!(check.verification.is_intact(), kept_lines == 2, "the others are missed by what the file knows");
    }
    fs::write(&log, "").unwrap();
    let controls = open(folder.path());
    assert_eq!(controls.state().controls().len(), 2);
    let lost = |incident: &Incident| matches!(incident, Incident::HistoryLost { .. });
    assert!(controls.take_incidents().iter().any(lost));
    // The state is said anew, so that it can be rebuilt once more from what the log has now.
    fs::remove_file(folder.path().join("controls.json")).unwrap();
    let words: Vec<_> = open(folder.path()).state().controls().map(ToString::to_string).collect();
    assert_eq!(words, ["flag banner: override to blue by bob", "flag checkout: kill by ada"]);
    apply(&open(folder.path()), "ada", clear("banner", None));
}

// D3
#[test]
fn checking_a_copy_of_the_log_leaves_it_as_it_is() {
    let folder = folder();
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("audit")).unwrap();
    for name in ["controls.json", "audit/audit-000001.jsonl"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let check = check_log(copy.path(), options().lock_wait).unwrap();
    assert!(check.is_intact() && check.verification.entries == 3, "{check:?}");
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 2);
    let nowhere = check_log(&copy.path().join("nowhere"), options().lock_wait).unwrap_err();
    assert!(matches!(nowhere, StoreError::Io { kind: std::io::ErrorKind::NotFound, .. }), "{nowhere}");
}
