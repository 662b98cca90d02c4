//! B8: edits from the command line that leave the rest of the file as it is.

use flags_config::{Edit, EditError, Source, load};
use flags_core::Timestamp;

fn set(text: &str, field: &str, value: &str) -> Result<String, EditError> {
    Edit::new(text).unwrap().set("a", field, value).map(Edit::into_text)
}

fn unset(text: &str, field: &str) -> Result<String, EditError> {
    Edit::new(text).unwrap().unset("a", field).map(Edit::into_text)
}

/// One edit: the text before, the field, its value (`None` to remove it), and the text after.
type Case = (&'static str, &'static str, Option<&'static str>, &'static str);

#[track_caller]
fn check(cases: &[Case]) {
    for (before, field, value, after) in cases {
        let edited = match value {
            Some(value) => set(before, field, value),
            None => unset(before, field),
        };
        assert_eq!(edited.as_deref(), Ok(*after), "{field} = {value:?} in\n{before}");
        // The same with the line ends of Windows and a byte-order mark.
        let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let edited = match value {
            Some(value) => set(&windows(before), field, value),
            None => unset(&windows(before), field),
        };
        assert_eq!(edited, Ok(windows(after)), "{field} = {value:?} with a byte-order mark and CRLF in\n{before}");
    }
}

const FILE: &str = r#"#:schema ./flags.schema.json
# Flags of the shop.

[settings]
environment   =   'development'

[features.first]
enabled = true

# The checkout. Ask payments before you touch it.
[features.a] # here
state    = "canary"   # since Monday
rollout_percentage = 2.50  # a little
description = '''
Several
lines'''
variants = { classic = "classic", express = { value = "express", weight = 2 } } # two
serve = "classic"

  [features.a.metadata]
  risk = "high"   # very

[[features.a.rules]]
name = "staff"
when = [{ segment = "staff" }]
rollout_percentage = 10

[[features.a.rules]] # the second
when = []
  split = { classic = 1,express=1 }

[features.a.environments.development]
enabled = false

# The end of the shop.
[segments.staff]
members = ["user-1"]
"#;

// B8
#[test]
fn only_the_touched_line_differs() {
    for (field, value, before, after) in [
        (
            "rollout_percentage",
            "12.345",
            "rollout_percentage = 2.50  # a little",
            "rollout_percentage = 12.345  # a little",
        ),
        ("state", "rollout", r#"state    = "canary"   # since Monday"#, r#"state    = "rollout"   # since Monday"#),
        ("enabled", "true", r#"state    = "canary"   # since Monday"#, "enabled = true   # since Monday"),
        ("serve", "express", r#"serve = "classic""#, r#"serve = "express""#),
        ("metadata.risk", "low", r#"  risk = "high"   # very"#, r#"  risk = "low"   # very"#),
        (
            "variants.express.weight",
            "3",
            r#"variants = { classic = "classic", express = { value = "express", weight = 2 } } # two"#,
            r#"variants = { classic = "classic", express = { value = "express", weight = 3 } } # two"#,
        ),
        (
            "variants.express",
            "fast",
            r#"variants = { classic = "classic", express = { value = "express", weight = 2 } } # two"#,
            r#"variants = { classic = "classic", express = { value = "fast", weight = 2 } } # two"#,
        ),
        (
            "variants.classic.weight",
            "5",
            r#"variants = { classic = "classic", express = { value = "express", weight = 2 } } # two"#,
            r#"variants = { classic = { value = "classic", weight = 5 }, express = { value = "express", weight = 2 } } # two"#,
        ),
        ("rules.staff.rollout_percentage", "20", "rollout_percentage = 10\n", "rollout_percentage = 20\n"),
        ("rules.0.rollout_percentage", "20", "rollout_percentage = 10\n", "rollout_percentage = 20\n"),
        ("rules.1.split.express", "4", "  split = { classic = 1,express=1 }", "  split = { classic = 1,express=4 }"),
        ("environments.development.enabled", "true", "development]\nenabled = false", "development]\nenabled = true"),
        (
            "environments.development.state",
            "canary",
            "development]\nenabled = false",
            "development]\nstate = \"canary\"",
        ),
    ] {
        assert_eq!(FILE.matches(before).count(), 1, "the sample has one place for {field}");
        for (bom, newline) in [("", "\n"), ("\u{feff}", "\r\n")] {
            let text = |text: &str| format!("{bom}{}", text.replace('\n', newline));
            let edited = set(&text(FILE), field, value).unwrap();
            assert_eq!(edited, text(&FILE.replace(before, after)), "{field}");
        }
    }
}

// B8
#[test]
fn new_fields_find_a_place() {
    for (field, value, behind, line) in [
        ("owner", "payments", "serve = \"classic\"\n", "owner = \"payments\"\n"),
        ("tags", "['x', 'y']", "serve = \"classic\"\n", "tags = ['x', 'y']\n"),
        ("expires", "2027-03-31", "serve = \"classic\"\n", "expires = 2027-03-31\n"),
        ("overrides.user-42", "express", "serve = \"classic\"\n", "overrides.user-42 = \"express\"\n"),
        ("overrides.a.b", "express", "serve = \"classic\"\n", "overrides.\"a.b\" = \"express\"\n"),
        ("error_threshold.window", "5m", "serve = \"classic\"\n", "error_threshold.window = \"5m\"\n"),
        ("metadata.reviewed", "true", "  risk = \"high\"   # very\n", "  reviewed = true\n"),
        ("rules.1.name", "rest", "  split = { classic = 1,express=1 }\n", "  name = \"rest\"\n"),
        ("environments.development.rollout_percentage", "100", "enabled = false\n", "rollout_percentage = 100\n"),
        (
            "environments.production.rollout_percentage",
            "0.5",
            "enabled = false\n",
            "\n[features.a.environments.production]\nrollout_percentage = 0.5\n",
        ),
    ] {
        assert_eq!(FILE.matches(behind).count(), 1, "the sample has one place for {field}");
        let expected = FILE.replace(behind, &format!("{behind}{line}"));
        assert_eq!(set(FILE, field, value).as_deref(), Ok(&*expected), "{field}");
    }
}

// B8
#[test]
fn however_the_flag_is_written() {
    check(&[
        // In braces.
        (
            "[features]\na = { enabled = true } # x\n",
            "enabled",
            Some("false"),
            "[features]\na = { enabled = false } # x\n",
        ),
        (
            "[features]\na = { enabled = true }\n",
            "owner",
            Some("b"),
            "[features]\na = { enabled = true, owner = \"b\" }\n",
        ),
        ("features = { a = {enabled = true} }\n", "state", Some("canary"), "features = { a = {state = \"canary\"} }\n"),
        ("features.a = {}\n", "enabled", Some("true"), "features.a = { enabled = true }\n"),
        (
            "[features]\na = { enabled = true, metadata.risk = 'low' }\n",
            "metadata.team",
            Some("x"),
            "[features]\na = { enabled = true, metadata.risk = 'low', metadata.team = \"x\" }\n",
        ),
        (
            "[features]\na = { enabled = true }\n",
            "environments.dev.enabled",
            Some("false"),
            "[features]\na = { enabled = true, environments.dev.enabled = false }\n",
        ),
        // By dotted keys.
        ("features.a.enabled = true\n", "enabled", Some("false"), "features.a.enabled = false\n"),
        ("features.a.enabled = true\n", "state", Some("canary"), "features.a.state = \"canary\"\n"),
        (
            "features.a.enabled = true # x\nfeatures.b.enabled = true\n",
            "rollout_percentage",
            Some("5"),
            "features.a.enabled = true # x\nfeatures.a.rollout_percentage = 5\nfeatures.b.enabled = true\n",
        ),
        (
            "[features]\n\ta.enabled = true\n\n[features.b]\nenabled = true\n",
            "metadata.risk",
            Some("low"),
            "[features]\n\ta.enabled = true\n\ta.metadata.risk = \"low\"\n\n[features.b]\nenabled = true\n",
        ),
        // By the headers below it.
        (
            "[features.a.metadata]\nrisk = 'low'\n# end\n",
            "enabled",
            Some("true"),
            "[features.a.metadata]\nrisk = 'low'\n\n[features.a]\nenabled = true\n# end\n",
        ),
        // A key in quotes, and a header without a line of its own.
        ("[features.'a']\nenabled = true\n", "owner", Some("x"), "[features.'a']\nenabled = true\nowner = \"x\"\n"),
        (
            "[features.a]\n\n[features.a.targets]\nusers = []\n",
            "enabled",
            Some("true"),
            "[features.a]\nenabled = true\n\n[features.a.targets]\nusers = []\n",
        ),
        // Lists in braces.
        (
            "[features.a]\nenabled = true\nrules = [\n  { name = 'x', serve = true }, # one\n]\n",
            "rules.x.rollout_percentage",
            Some("5"),
            "[features.a]\nenabled = true\nrules = [\n  { name = 'x', serve = true, rollout_percentage = 5 }, # one\n]\n",
        ),
        (
            "[features.a]\nenabled = true\nschedule = [{ at = 2026-12-01T09:00:00Z, rollout_percentage = 50 }]\n",
            "schedule.0.at",
            Some("2026-12-02T09:00:00+01:00"),
            "[features.a]\nenabled = true\nschedule = [{ at = 2026-12-02T09:00:00+01:00, rollout_percentage = 50 }]\n",
        ),
        // An object is a value; a weight goes beside it, not into it.
        (
            "[features.a]\nenabled = true\nvariants = { x = { copy = 'Buy' } }\n",
            "variants.x.weight",
            Some("2"),
            "[features.a]\nenabled = true\nvariants = { x = { value = { copy = 'Buy' }, weight = 2 } }\n",
        ),
        // A boolean flag serves true and false, another one names.
        ("[features.a]\nenabled = true\n", "serve", Some("false"), "[features.a]\nenabled = true\nserve = false\n"),
        (
            "[features.a]\nenabled = true\nvariants = { true = 1 }\n",
            "serve",
            Some("true"),
            "[features.a]\nenabled = true\nvariants = { true = 1 }\nserve = \"true\"\n",
        ),
        // The same value again.
        ("[features.a]\nenabled = true\n", "enabled", Some("true"), "[features.a]\nenabled = true\n"),
    ]);
    // Without a line break at the end.
    assert_eq!(
        set("[features.a]\nenabled = true", "owner", "x").unwrap(),
        "[features.a]\nenabled = true\nowner = \"x\"\n"
    );
    // Lines that end in different ways stay as they are.
    let mixed = "[features.a]\r\nenabled = true\nowner = 'x'\r\n";
    assert_eq!(set(mixed, "enabled", "false").unwrap(), mixed.replace("true", "false"));
}

// B8
#[test]
fn fields_are_removed() {
    check(&[
        (
            "[features.a]\nenabled = true\nowner = 'x' # why\n# end\n",
            "owner",
            None,
            "[features.a]\nenabled = true\n# end\n",
        ),
        (
            "[features.a]\ndescription = '''\ntwo\nlines'''\nenabled = true\n",
            "description",
            None,
            "[features.a]\nenabled = true\n",
        ),
        ("features.a.owner = 'x'\nfeatures.a.enabled = true\n", "owner", None, "features.a.enabled = true\n"),
        (
            "[features]\na = { enabled = true, owner = 'x', salt = 'y' }\n",
            "owner",
            None,
            "[features]\na = { enabled = true, salt = 'y' }\n",
        ),
        ("[features]\na = { enabled = true, owner = 'x' }\n", "owner", None, "[features]\na = { enabled = true }\n"),
        ("[features]\na = { owner = 'x', enabled = true }\n", "owner", None, "[features]\na = { enabled = true }\n"),
        ("[features]\na = { owner = 'x' }\n", "owner", None, "[features]\na = {}\n"),
        (
            "[features.a]\nenabled = true\noverrides = { u = true }\n",
            "overrides.u",
            None,
            "[features.a]\nenabled = true\noverrides = {}\n",
        ),
        (
            "[features.a]\nenabled = true\nmetadata = { a.b = 1, c = 2 }\n",
            "metadata.a.b",
            None,
            "[features.a]\nenabled = true\nmetadata = { c = 2 }\n",
        ),
    ]);
}

// B8
#[test]
fn edits_are_stamped() {
    let at = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
    let text =
        "[features.a]\nenabled = true\nupdated_at = 2026-01-01T00:00:00Z # last\n\n[features.b]\nenabled = true\n";
    let edited = Edit::new(text).unwrap().set("a", "enabled", "false").unwrap().stamp(at, "ada").unwrap();
    assert_eq!(
        edited.into_text(),
        "[features.a]\nenabled = false\nupdated_at = 2026-11-20T12:00:00Z # last\nupdated_by = \"ada\"\n\n[features.b]\nenabled = true\n"
    );
    assert_eq!(Edit::new(text).unwrap().stamp(at, "ada").unwrap().text(), text);
}

// B8
#[test]
fn what_cannot_be_done_is_said() {
    let text = "[features.a]\nenabled = true\nvariants = { x = 1 }\nconditions = [{ segment = 's' }]\n[[features.a.rules]]\nname = 'staff'\n[[features.a.rules]]\n[features.a.metadata]\nrisk = 1\n";
    let edit = || Edit::new(text).unwrap();
    assert!(edit().has_flag("a") && !edit().has_flag("b"));
    for (error, message) in [
        (edit().set("aa", "enabled", "true"), "the file has no flag `aa`; did you mean `a`?"),
        (edit().set("zebra", "enabled", "true"), "the file has no flag `zebra`"),
        (edit().set("a", "enable", "true"), "a flag has no field `enable` that can be set; did you mean `enabled`?"),
        (
            edit().set("a", "rollout_percentage", "120"),
            "`120` is no value for `rollout_percentage`: expected a number from 0 to 100 with at most three decimals",
        ),
        (edit().set("a", "enabled", "yes"), "`yes` is no value for `enabled`: expected `true` or `false`"),
        (edit().set("a", "rules.stuff.serve", "x"), "`rules.stuff.serve`: there is no `stuff`, only `staff`, `1`"),
        (edit().set("a", "schedule.0.enabled", "true"), "`schedule.0.enabled`: there is no `0`, the list is empty"),
        (edit().set("a", "variants.y.weight", "2"), "`variants.y.weight`: there is no `y`, only `x`"),
        (
            edit().set("a", "conditions.chain_height", "5"),
            "`conditions.chain_height` cannot be reached: `conditions` is of type array in this file, not a table",
        ),
        (edit().unset("a", "owner"), "flag `a` has no `owner` in this file"),
        (edit().unset("a", "rules"), "`rules` is a table under a header of its own; edit it in the file"),
        (edit().set("a", "rules", "[]"), "`rules` is a table under a header of its own; edit it in the file"),
    ] {
        assert_eq!(error.unwrap_err().to_string(), message);
    }
    assert_eq!(
        Edit::new("[features.a]\nénabled = \n").unwrap_err().to_string().split(": ").take(2).collect::<Vec<_>>(),
        ["the file is not TOML", "line 2, column 1"]
    );
}

/// Whatever the file looks like, an edit is refused or leaves TOML in which the same edit changes nothing more.
#[test]
fn any_file_survives_an_edit() {
    let inline = "[features]\r\na={enabled=true,metadata={risk='x'},rules=[{name='staff',serve=true}],variants={x={c=1},y=2}}\r\n";
    let dotted =
        "features.a.enabled = true\nfeatures.a.metadata.risk = 'é'\nfeatures.a.variants.x.c = 1\n[features.b]\n";
    let edits = [
        ("enabled", "false"),
        ("state", "canary"),
        ("metadata.risk", "low"),
        ("rules.staff.serve", "classic"),
        ("variants.x.weight", "2"),
        ("variants.express", "5"),
        ("environments.development.enabled", "true"),
        ("environments.other.enabled", "true"),
    ];
    let (mut edited, mut refused) = (0, 0);
    for sample in [FILE, inline, dotted] {
        for (at, letter) in sample.char_indices() {
            for replacement in ["", "\n", "'"] {
                let mut text = sample.to_owned();
                text.replace_range(at..at + letter.len_utf8(), replacement);
                let Ok(edit) = Edit::new(text) else { continue };
                for (field, value) in edits {
                    match edit.clone().set("a", field, value) {
                        Ok(once) => {
                            edited += 1;
                            assert_eq!(once.clone().set("a", field, value).unwrap().text(), once.text());
                            if let Ok(removed) = once.unset("a", field) {
                                assert!(removed.unset("a", field).is_err());
                            }
                        }
                        Err(_) => refused += 1,
                    }
                }
            }
        }
    }
    assert!(edited > 1_000 && refused > 100, "{edited} edits, {refused} refused");
}

/// What belongs to rollouts and circuit breakers is edited in place, too, and what comes out loads.
#[test]
fn plans_and_breakers() {
    let before = "[features.a]\nenabled = true # waits\nrollout_percentage = 0\nerror_threshold = { rate = 0.05 }\n\n\
                  [features.a.rollout]\nstrategy = \"custom\"\nstages = [\n  { percentage = 5, hold = \"1h\" }, # a few\n  \
                  { percentage = 100 },\n]\n\n[[features.a.rollout.guardrails]]\nmetric = \"latency_p95\" # slow\nmax = 1\n";
    let mut text = before.to_owned();
    for (field, value, written) in [
        ("rollout.stages.0.hold", "2h", "{ percentage = 5, hold = \"2h\" }, # a few"),
        ("rollout.stages.1.approval", "true", "{ percentage = 100, approval = true }"),
        ("rollout.guardrails.0.max", "250ms", "max = \"250ms\""),
        ("rollout.deadline", "7d", "deadline = \"7d\""),
        ("error_threshold.window", "200", "{ rate = 0.05, window = 200 }"),
    ] {
        text = set(&text, field, value).unwrap_or_else(|error| panic!("{field}: {error}"));
        assert!(text.contains(written), "{field}:\n{text}");
        assert!(text.contains("# waits") && text.contains("# slow"), "{text}");
        let loaded = load(&Source::new("flags.toml", &*text).into());
        assert!(loaded.document.is_some(), "{}", loaded.report);
    }
}
