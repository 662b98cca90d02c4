//! What a file says becomes the definitions it should (A1, A2, A3, A5, A6, A7, A8, A10, A11, A12, A13).

use std::time::Duration;

use flags_core::{
    Condition, FlagDefinition, IpRange, Object, Pattern, Percentage, RuleDefinition, ScheduleStep, SegmentDefinition,
    Serve, State, Timestamp, Value, ValueType, VersionRequirement,
    definition::{Prerequisite, Targets},
};

use crate::support::{codes, document, load_text, only_error};

/// The flag `x` of a text that says what is in its table, beside a segment `s` and flags `y` and `z`.
#[track_caller]
fn flag(body: &str) -> FlagDefinition {
    let text = format!(
        "[features.x]\n{body}\n[features.y]\nenabled = true\n[features.z]\nenabled = true\nvariants = {{ a = 1, b = 2 }}\n[segments.s]\nmembers = [\"u\"]\n"
    );
    document(&text).definitions.flag("x").unwrap().clone()
}

fn on() -> FlagDefinition {
    FlagDefinition::new("x")
}

fn percent(number: f64) -> Percentage {
    Percentage::new(number).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Every field of a flag but those with tests of their own.
#[test]
fn fields_of_a_flag() {
    let read = flag(
        "state = \"rollout\"\nrollout_percentage = 12.5\ndescription = \"d\"\nowner = \"o\"\ntags = [\"t\", \"u\"]\n\
         metadata = { risk = \"low\", limit = 3, ratio = 0.5, on = true, list = [1, \"a\"], deep = { day = 2027-01-02 } }\n\
         expires = 2027-03-31\nprotected = true\ncreated_at = 2026-11-20T09:00:00Z\nupdated_at = \"2026-11-20T10:00:00+01:00\"\n\
         updated_by = \"ada\"\nparent = \"y\"\nbucket_by = [\"node_id\", \"user_id\"]\nsalt = \"pepper\"",
    );
    let mut expected = on()
        .state(State::Rollout)
        .rollout(percent(12.5))
        .description("d")
        .owner("o")
        .tag("t")
        .tag("u")
        .metadata("risk", "low")
        .metadata("limit", 3)
        .metadata("ratio", 0.5)
        .metadata("on", true)
        .metadata("list", Value::List(vec![1.into(), "a".into()]))
        .metadata("deep", Object::new().set("day", "2027-01-02"))
        .parent("y")
        .bucket_by("node_id")
        .bucket_by("user_id")
        .salt("pepper");
    expected.expires = flags_core::Date::new(2027, 3, 31);
    expected.protected = true;
    expected.created_at = Some(at("2026-11-20T09:00:00Z"));
    expected.updated_at = Some(at("2026-11-20T09:00:00Z"));
    expected.updated_by = Some("ada".into());
    assert_eq!(read, expected);
}

/// A3: `enabled` and every state.
#[test]
fn states() {
    assert_eq!(flag("enabled = true"), on());
    assert_eq!(flag("enabled = false"), on().state(State::Disabled));
    for state in State::ALL {
        assert_eq!(
            flag(&format!("state = \"{state}\"\nrollout_percentage = 1")),
            on().state(state).rollout(percent(1.0))
        );
    }
}

/// A2: the type is what is written, else what the variants are.
#[test]
fn types_of_variants() {
    for (body, value_type, values) in [
        ("variants = { a = \"p\", b = \"q\" }", ValueType::String, [Value::from("p"), "q".into()]),
        ("variants = { a = 1, b = 2 }", ValueType::Integer, [1.into(), 2.into()]),
        ("variants = { a = 1, b = 2.5 }", ValueType::Float, [1.0.into(), 2.5.into()]),
        ("variants = { a = 1, b = 2 }\ntype = \"float\"", ValueType::Float, [1.0.into(), 2.0.into()]),
        ("variants = { a = true, b = false }", ValueType::Boolean, [true.into(), false.into()]),
        (
            "variants = { a = { size = 1 }, b = {} }",
            ValueType::Object,
            [Object::new().set("size", 1).into(), Object::new().into()],
        ),
        (
            "variants = { a = { value = { value = 1 } }, b = { value = { weight = 2 } } }",
            ValueType::Object,
            [Object::new().set("value", 1).into(), Object::new().set("weight", 2).into()],
        ),
    ] {
        let read = flag(&format!("enabled = true\n{body}"));
        assert_eq!(read.value_type, value_type, "{body}");
        assert_eq!(read.variants.iter().map(|variant| variant.value.clone()).collect::<Vec<_>>(), values, "{body}");
        assert!(read.variants.iter().all(|variant| variant.weight == 1), "{body}");
    }
}

/// A10: weights, in the order they are written; 1 where none is.
#[test]
fn weights_and_order() {
    let read = flag(
        "enabled = true\nvariants = { z = \"1\", a = { value = \"2\", weight = 3, description = \"d\" }, m = { value = \"3\", weight = 0 } }",
    );
    let weights: Vec<(&str, u32)> = read.variants.iter().map(|variant| (&*variant.name, variant.weight)).collect();
    assert_eq!(weights, [("z", 1), ("a", 3), ("m", 0)]);
    let read = flag("enabled = true\nvariants = { z = 1, a = 2 }\nsplit = { z = 5, a = 0 }");
    assert_eq!(read.serve, Some(Serve::split([("z", 5), ("a", 0)])));
}

/// In a boolean flag without variants, `true` and `false` are names.
#[test]
fn names_of_a_boolean_flag() {
    let read = flag(
        "enabled = true\nserve = false\noff = true\noverrides = { u = true, v = \"off\" }\n\
         rules = [{ serve = true }, { split = { true = 1, off = 2 } }]",
    );
    let expected = on()
        .serve("off")
        .off("on")
        .override_unit("u", "on")
        .override_unit("v", "off")
        .rule(RuleDefinition::new().serve("on"))
        .rule(RuleDefinition::new().split([("on", 1), ("off", 2)]));
    assert_eq!(read, expected);
    let named = flag("enabled = true\nvariants = { yes = true, no = false }\nserve = true\noff = false");
    assert_eq!((named.serve, named.off.as_deref()), (Some(Serve::Variant("yes".into())), Some("no")));
}

/// A11: prerequisites in both forms.
#[test]
fn prerequisites() {
    let read =
        flag("enabled = true\nrequires = [\"y\", { flag = \"z\", variant = \"b\" }, { flag = \"y\", variant = true }]");
    assert_eq!(
        read.requires,
        [
            Prerequisite { flag: "y".into(), variant: None },
            Prerequisite { flag: "z".into(), variant: Some("b".into()) },
            Prerequisite { flag: "y".into(), variant: Some("on".into()) },
        ]
    );
}

/// A13: dated steps, with either way to say the state.
#[test]
fn schedule() {
    let read = flag(
        "enabled = false\nschedule = [\n  { at = 2026-12-01T09:00:00Z, enabled = true, rollout_percentage = 5 },\n  \
         { at = \"2026-12-02T09:00:00Z\", state = \"emergency_off\" },\n]",
    );
    let mut killed = ScheduleStep::at(at("2026-12-02T09:00:00Z"));
    killed.state = Some(State::EmergencyOff);
    let expected = on()
        .enabled(false)
        .schedule(ScheduleStep::at(at("2026-12-01T09:00:00Z")).enabled(true).rollout(percent(5.0)))
        .schedule(killed);
    assert_eq!(read, expected);
}

/// A5: every dimension of targets.
#[test]
fn targets() {
    let read = flag(
        "enabled = true\n[features.x.targets]\nenvironments = [\"e\"]\nusers = [\"u\"]\nnode_ids = [\"n\"]\n\
         validator_keys = [\"k\"]\nip_ranges = [\"10.0.0.0/8\", \"::1\"]\nsegments = [\"s\"]",
    );
    let expected = Targets {
        environments: vec!["e".into()],
        users: vec!["u".into()],
        node_ids: vec!["n".into()],
        validator_keys: vec!["k".into()],
        ip_ranges: vec![IpRange::parse("10.0.0.0/8").unwrap(), IpRange::parse("::1").unwrap()],
        segments: vec!["s".into()],
    };
    assert_eq!(read.targets, expected);
}

/// A6: the short form of conditions, in written order.
#[test]
fn short_conditions() {
    let read = flag(
        "enabled = true\n[features.x.conditions]\nbefore = 2027-02-01T00:00:00Z\nafter = \"2024-02-01T00:00:00Z\"\n\
         chain_height = 1_000_000\nsync_progress = 0.95\ncustom = [\"a\", \"b\"]",
    );
    let expected = on()
        .condition(Condition::Before(at("2027-02-01T00:00:00Z")))
        .condition(Condition::After(at("2024-02-01T00:00:00Z")))
        .condition(Condition::chain_height(1_000_000))
        .condition(Condition::sync_progress(0.95))
        .condition(Condition::predicate("a"))
        .condition(Condition::predicate("b"));
    assert_eq!(read, expected);
    assert_eq!(flag("enabled = true\nconditions = { custom = \"a\" }").conditions, [Condition::predicate("a")]);
}

/// A6, A7: every form and every operator.
#[test]
fn conditions() {
    let a = || Condition::attribute("a.b");
    let cases = [
        ("attribute = 'a.b', equals = 'v'", a().equals("v")),
        ("attribute = 'a.b', equals = 1", a().equals(1)),
        ("attribute = 'a.b', equals = 1.5", a().equals(1.5)),
        ("attribute = 'a.b', equals = true", a().equals(true)),
        ("attribute = 'a.b', equals = 'v', ignore_case = true", a().ignore_case().equals("v")),
        ("attribute = 'a.b', equals = 'v', ignore_case = false", a().equals("v")),
        ("attribute = 'a.b', not_equals = 'v'", a().not_equals("v")),
        ("attribute = 'a.b', in = ['v', 'w']", a().is_in(["v", "w"])),
        ("attribute = 'a.b', in = [1, 2.5]", a().is_in([Value::from(1), 2.5.into()])),
        ("attribute = 'a.b', not_in = ['v'], ignore_case = true", a().ignore_case().not_in(["v"])),
        ("attribute = 'a.b', contains = 'v'", a().contains("v")),
        ("attribute = 'a.b', not_contains = 'v'", a().not_contains("v")),
        ("attribute = 'a.b', starts_with = 'v'", a().starts_with(["v"])),
        ("attribute = 'a.b', starts_with = ['v', 'w'], ignore_case = true", a().ignore_case().starts_with(["v", "w"])),
        ("attribute = 'a.b', ends_with = 'v'", a().ends_with(["v"])),
        ("attribute = 'a.b', matches = '^v\\d+$'", a().matches(Pattern::new(r"^v\d+$", false).unwrap())),
        ("attribute = 'a.b', matches = 'v', ignore_case = true", a().matches(Pattern::new("v", true).unwrap())),
        ("attribute = 'a.b', greater_than = 1", a().greater_than(1)),
        ("attribute = 'a.b', less_than = 1.5", a().less_than(1.5)),
        ("attribute = 'a.b', at_least = -1", a().at_least(-1)),
        ("attribute = 'a.b', at_most = 1", a().at_most(1)),
        ("attribute = 'a.b', between = [1, 2.5]", a().between(1, 2.5)),
        ("attribute = 'a.b', before = 2026-01-01T00:00:00Z", a().before(at("2026-01-01T00:00:00Z"))),
        ("attribute = 'a.b', after = '2026-01-01T00:00:00Z'", a().after(at("2026-01-01T00:00:00Z"))),
        ("attribute = 'a.b', version = '>=2.4.0, <3'", a().version(VersionRequirement::parse(">=2.4.0, <3").unwrap())),
        ("attribute = 'a.b', ip_in = ['10.0.0.0/8']", a().ip_in([IpRange::parse("10.0.0.0/8").unwrap()])),
        ("attribute = 'a.b', exists = false", a().exists(false)),
        ("attribute = 'a.b', at_least = 1, less_than = 5", Condition::All(vec![a().at_least(1), a().less_than(5)])),
        ("attribute = 'a.b', at_most = 5, greater_than = 1", Condition::All(vec![a().at_most(5), a().greater_than(1)])),
        (
            "attribute = 'a.b', after = 2026-01-01T00:00:00Z, before = 2027-01-01T00:00:00Z",
            Condition::All(vec![a().after(at("2026-01-01T00:00:00Z")), a().before(at("2027-01-01T00:00:00Z"))]),
        ),
        ("segment = 's'", Condition::segment("s")),
        ("predicate = 'p'", Condition::predicate("p")),
        ("flag = 'y'", Condition::flag_on("y")),
        ("flag = 'z', variant = 'a'", Condition::flag_serves("z", "a")),
        ("flag = 'y', variant = false", Condition::flag_serves("y", "off")),
        ("environment = 'e'", Condition::environment(["e"])),
        ("environment = ['e', 'f']", Condition::environment(["e", "f"])),
        ("after = 2026-01-01T00:00:00Z", Condition::After(at("2026-01-01T00:00:00Z"))),
        ("before = 2026-01-01T00:00:00Z", Condition::Before(at("2026-01-01T00:00:00Z"))),
        (
            "before = 2027-01-01T00:00:00Z, after = 2026-01-01T00:00:00Z",
            Condition::All(vec![
                Condition::Before(at("2027-01-01T00:00:00Z")),
                Condition::After(at("2026-01-01T00:00:00Z")),
            ]),
        ),
        ("chain_height = 7", Condition::chain_height(7)),
        ("sync_progress = 0.5", Condition::sync_progress(0.5)),
        ("percentage = 33.333", Condition::percentage(percent(33.333))),
        (
            "percentage = 10, salt = 'p', bucket_by = ['u', 'v']",
            Condition::Percentage {
                percentage: percent(10.0),
                salt: Some("p".into()),
                bucket_by: vec!["u".into(), "v".into()],
            },
        ),
        ("all = []", Condition::All(vec![])),
        ("any = [{ segment = 's' }, { not = { flag = 'y' } }]", {
            Condition::Any(vec![Condition::segment("s"), Condition::flag_on("y").negate()])
        }),
    ];
    for (written, expected) in cases {
        assert_eq!(
            flag(&format!("enabled = true\nconditions = [{{ {written} }}]")).conditions,
            [expected],
            "{written}"
        );
    }
    let between = flag(
        "enabled = true\nconditions = [{ attribute = 'a', between = [2026-01-01T00:00:00Z, '2027-01-01T00:00:00Z'] }]",
    );
    let Condition::Attribute { test, .. } = &between.conditions[0] else { panic!("{between:?}") };
    assert_eq!(
        *test,
        flags_core::definition::Test::BetweenInstants {
            low: at("2026-01-01T00:00:00Z"),
            high: at("2027-01-01T00:00:00Z")
        }
    );
}

/// Rules, as a list of tables and inline.
#[test]
fn rules() {
    let expected = on()
        .rule(RuleDefinition::new().name("r").when(Condition::segment("s")).rollout(percent(20.0)).serve("on"))
        .rule(RuleDefinition::new());
    let inline = "enabled = true\nrules = [{ name = 'r', when = [{ segment = 's' }], rollout_percentage = 20, serve = true }, {}]";
    let tables = "enabled = true\n[[features.x.rules]]\nname = 'r'\nwhen = [{ segment = 's' }]\nrollout_percentage = 20\nserve = true\n[[features.x.rules]]";
    assert_eq!(flag(inline), expected);
    assert_eq!(flag(tables), expected);
}

/// A12: what an environment says replaces the flag's own, whole; the rest stays.
#[test]
fn environments_replace() {
    let read = flag(
        "enabled = true\nrollout_percentage = 50\nowner = \"o\"\nvariants = { a = 1, b = 2 }\nserve = \"a\"\n\
         targets = { users = [\"u\"], node_ids = [\"n\"] }\n\
         [features.x.environments.production]\nstate = \"rollout\"\nsplit = { a = 1, b = 3 }\ntargets = { users = [\"v\"] }\n\
         [features.x.environments.test]\nenabled = false\nvariants = { a = 1, c = 3 }",
    );
    let base = FlagDefinition { environments: vec![], ..read.clone() };
    let production = read.in_environment("production");
    let expected = FlagDefinition {
        state: State::Rollout,
        serve: Some(Serve::split([("a", 1), ("b", 3)])),
        targets: Targets { users: vec!["v".into()], ..Targets::default() },
        ..base.clone()
    };
    assert_eq!(*production, expected);
    let test = read.in_environment("test");
    assert_eq!(test.state, State::Disabled);
    assert_eq!(test.variants.iter().map(|variant| &*variant.name).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(
        (&test.serve, &test.targets, test.rollout_percentage),
        (&base.serve, &base.targets, base.rollout_percentage)
    );
    assert_eq!(read.in_environment("elsewhere"), &read);
}

/// The ways TOML has to write the same table.
#[test]
fn ways_to_write_a_flag() {
    let expected = document("[features.x]\nenabled = true\nmetadata = { a = 1 }\n").definitions;
    for text in [
        "features.x.enabled = true\nfeatures.x.metadata.a = 1\n",
        "features = { x = { enabled = true, metadata = { a = 1 } } }\n",
        "[features]\nx = { enabled = true, metadata.a = 1 }\n",
        "[features.x.metadata]\na = 1\n[features.x]\nenabled = true\n",
        "\u{feff}[features.'x']\r\nenabled = true\r\n\"metadata\" = { a = 0x1 }\r\n",
    ] {
        assert_eq!(document(text).definitions, expected, "{text}");
    }
}

/// A8: every field of a segment.
#[test]
fn segments() {
    let text = "[segments.s]\ndescription = \"d\"\nmembers = [\"a\"]\nexclude = [\"b\"]\nwhen = [{ segment = \"t\" }]\nbucket_by = \"user_id\"\nsalt = \"p\"\n[segments.t]\n";
    let mut expected = SegmentDefinition::new("s")
        .description("d")
        .member("a")
        .exclude("b")
        .when(Condition::segment("t"))
        .bucket_by("user_id");
    expected.salt = Some("p".into());
    assert_eq!(document(text).definitions.segments, [expected, SegmentDefinition::new("t")]);
}

#[test]
fn settings() {
    let plain = document("[features.x]\nenabled = true\n");
    assert_eq!(plain.settings.cache_ttl, Duration::from_secs(5));
    assert!(plain.settings.environment.is_none() && !plain.settings.audit_evaluations);
    let written = document(
        "[settings]\nenvironment = \"test\"\nbucket_by = \"node_id\"\ncache_ttl = \"1m 30s\"\naudit_evaluations = true\n",
    );
    assert_eq!(written.settings.environment.as_deref(), Some("test"));
    assert_eq!(written.settings.cache_ttl, Duration::from_secs(90));
    assert!(written.settings.audit_evaluations);
    assert_eq!(written.definitions.bucket_by, ["node_id".into()]);
}

/// Beyond 2^53 an integer cannot stand for a float.
#[test]
fn integers_too_large_for_a_float() {
    let (found, _) =
        only_error("[features.x]\nenabled = true\ntype = \"float\"\nvariants = { a = 9007199254740993, b = 0.5 }\n");
    assert_eq!(found.code.id(), "FLG013");
}

/// Alerts and channels with everything written, and with nothing written that does not have to be (D6).
#[test]
fn alerts_and_channels() {
    let document = document(
        r#"
[alerts.slow]
when = { evaluation_latency = { percentile = 0.999, above = "250us", window = "1m", min_samples = 50 } }
severity = "critical"
for = "30s"
cooldown = "1h"
notify = ["chat", "pager"]
description = "look at the dashboard"
[alerts.errors]
when = { flag_error_rate = { above = 0.05 } }
[alerts.of_one]
when = { flag_error_rate = { above = 0, flag = "shop", window = "10m", min_samples = 0 } }
[alerts.refused]
when = { reload_failed = true }
for = "1m"
[channels.log]
kind = "log"
[channels.chat]
kind = "webhook"
url = "https://hooks.example/flags"
secret_file = "/run/secrets/hooks"
token_env = "HOOKS_TOKEN"
timeout = "2s"
retries = 0
link = "https://grafana.example/d/flags#top"
[channels.pager]
kind = "alertmanager"
url = "http://127.0.0.1:9093"
[features.shop]
enabled = true
"#,
    );
    insta::assert_debug_snapshot!((document.alerts, document.channels));
}

/// A name that may be defined in a line that could not be read is not reported as missing.
#[test]
fn dangling_names_are_not_guessed_at() {
    let text =
        "[alerts.a]\nwhen = { reload_failed = true }\nnotify = [\"ops\", \"gone\"]\n\n[channels.ops\nkind = \"log\"\n";
    let report = load_text(text).report;
    assert_eq!(codes(&report), ["FLG060", "FLG001"], "{report}");
    assert_eq!(report.diagnostics()[0].message, "there is no channel `gone`");
}
