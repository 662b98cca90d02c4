//! B7: what differs between two versions of the definitions.

use flags_config::{Difference, Effect, EntryKind, Status};
use flags_core::{
    Condition, Date, Definitions, FlagDefinition, IpRange, Percentage, RuleDefinition, ScheduleStep, SegmentDefinition,
    State, Timestamp, ValueType, definition::Targets,
};
use serde_json::json;

fn percent(number: f64) -> Percentage {
    Percentage::new(number).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn targets(change: impl FnOnce(&mut Targets)) -> Targets {
    let mut targets = Targets { users: vec!["ada".into()], ..Targets::default() };
    change(&mut targets);
    targets
}

/// A flag with something in every field.
fn checkout() -> FlagDefinition {
    let flag = FlagDefinition {
        expires: Date::new(2027, 3, 31),
        created_at: Some(at("2026-11-01T00:00:00Z")),
        updated_at: Some(at("2026-11-02T00:00:00Z")),
        updated_by: Some("ada".into()),
        ..FlagDefinition::new("checkout")
    };
    flag.variant("classic", "classic")
        .weighted_variant("express", "express", 2)
        .off("classic")
        .description("Which checkout the shop shows")
        .owner("payments")
        .tag("revenue")
        .metadata("risk", "high")
        .parent("shop")
        .requires("new_cart")
        .rollout(percent(20.0))
        .schedule(ScheduleStep::at(at("2026-12-01T09:00:00Z")).rollout(percent(50.0)))
        .override_unit("user-42", "express")
        .condition(Condition::attribute("account_age_days").greater_than(30))
        .targets(targets(|_| {}))
        .rule(RuleDefinition::new().name("staff").when(Condition::segment("staff")).serve("express"))
        .rule(
            RuleDefinition::new()
                .name("north america")
                .when(Condition::attribute("country").is_in(["US", "CA"]))
                .rollout(percent(20.0))
                .split([("classic", 1), ("express", 1)]),
        )
        .bucket_by("user_id")
        .salt("checkout-2026")
        .environment("development", |flag| flag.rollout(Percentage::HUNDRED))
}

fn definitions(flags: impl IntoIterator<Item = FlagDefinition>) -> Definitions {
    Definitions { flags: flags.into_iter().collect(), ..Definitions::default() }
}

/// The lines of the difference between a flag and a changed copy of it.
fn lines(flag: FlagDefinition, change: impl FnOnce(&mut FlagDefinition)) -> String {
    let mut changed = flag.clone();
    change(&mut changed);
    Difference::between(&definitions([flag]), &definitions([changed])).to_string()
}

/// A change to one flag, and the lines that have to be said about it.
type Case = (fn(&mut FlagDefinition), &'static str, Effect);

// B7
#[test]
fn every_single_change_of_a_flag_is_found() {
    use Effect::{Decides, Describes, Reshuffles};
    let cases: &[Case] = &[
        (|f| f.value_type = ValueType::Object, r#"type "string" -> "object""#, Decides),
        (|f| f.description = None, r#"description removed: "Which checkout the shop shows""#, Describes),
        (|f| f.owner = Some("growth".into()), r#"owner "payments" -> "growth""#, Describes),
        (|f| f.tags.push("beta".into()), r#"tags added: "beta""#, Describes),
        (|f| f.metadata.insert("risk", "low"), r#"metadata.risk "high" -> "low""#, Describes),
        (|f| f.metadata.insert("a b", 1), r#"metadata."a b" added: 1"#, Describes),
        (|f| f.expires = Date::new(2027, 4, 30), "expires 2027-03-31 -> 2027-04-30", Describes),
        (|f| f.protected = true, "protected added: true", Describes),
        (|f| f.created_at = None, "created_at removed: 2026-11-01T00:00:00Z", Describes),
        (
            |f| f.updated_at = Some(at("2026-11-03T00:00:00Z")),
            "updated_at 2026-11-02T00:00:00Z -> 2026-11-03T00:00:00Z",
            Describes,
        ),
        (|f| f.updated_by = Some("bob".into()), r#"updated_by "ada" -> "bob""#, Describes),
        (|f| f.parent = None, r#"parent removed: "shop""#, Decides),
        (
            |f| f.requires[0].variant = Some("v2".into()),
            r#"requires "new_cart" -> { flag = "new_cart", variant = "v2" }"#,
            Decides,
        ),
        (|f| f.state = State::Disabled, "enabled true -> false", Decides),
        (|f| f.state = State::EmergencyOff, r#"state "enabled" -> "emergency_off""#, Decides),
        (|f| f.state = State::Rollout, r#"state "enabled" -> "rollout""#, Describes),
        (|f| f.variants[1].weight = 3, "variants.express.weight 2 -> 3", Decides),
        (|f| f.variants[1].value = "fast".into(), r#"variants.express "express" -> "fast""#, Decides),
        (
            |f| *f = f.clone().weighted_variant("compact", "compact", 0),
            r#"variants.compact added: { value = "compact", weight = 0 }"#,
            Decides,
        ),
        (|f| f.variants.swap(0, 1), "variants (order) classic, express -> express, classic", Reshuffles),
        (|f| f.off = None, r#"off removed: "classic""#, Decides),
        (|f| *f = f.clone().serve("express"), r#"serve added: "express""#, Decides),
        (|f| *f = f.clone().split([("classic", 1)]), "split added: { classic = 1 }", Decides),
        (|f| f.rollout_percentage = Some(percent(12.5)), "rollout_percentage 20 -> 12.5", Decides),
        (
            |f| f.schedule[0].rollout_percentage = Some(percent(60.0)),
            "schedule[2026-12-01T09:00:00Z].rollout_percentage 50 -> 60",
            Decides,
        ),
        (
            |f| f.schedule[0].state = Some(State::Disabled),
            "schedule[2026-12-01T09:00:00Z].enabled added: false",
            Decides,
        ),
        (
            |f| *f = f.clone().schedule(ScheduleStep::at(at("2026-12-24T00:00:00Z")).enabled(false)),
            "schedule[2026-12-24T00:00:00Z] added: { at = 2026-12-24T00:00:00Z, enabled = false }",
            Decides,
        ),
        (|f| f.overrides[0].1 = "classic".into(), r#"overrides.user-42 "express" -> "classic""#, Decides),
        (
            |f| f.overrides[0].0 = "a.b".into(),
            "overrides.\"a.b\" added: \"express\"\ncheckout: overrides.user-42 removed: \"express\"",
            Decides,
        ),
        (
            |f| f.conditions[0] = Condition::attribute("account_age_days").greater_than(31),
            r#"conditions { attribute = "account_age_days", greater_than = 30 } -> { attribute = "account_age_days", greater_than = 31 }"#,
            Decides,
        ),
        (
            |f| f.targets = targets(|t| t.environments = vec!["mainnet".into()]),
            r#"targets.environments added: "mainnet""#,
            Decides,
        ),
        (|f| f.targets = targets(|t| t.users = vec!["bob".into()]), r#"targets.users "ada" -> "bob""#, Decides),
        (|f| f.targets = targets(|t| t.node_ids = vec!["n1".into()]), r#"targets.node_ids added: "n1""#, Decides),
        (
            |f| f.targets = targets(|t| t.validator_keys = vec!["k".into()]),
            r#"targets.validator_keys added: "k""#,
            Decides,
        ),
        (
            |f| f.targets = targets(|t| t.ip_ranges = vec![IpRange::parse("10.0.0.0/8").unwrap()]),
            r#"targets.ip_ranges added: "10.0.0.0/8""#,
            Decides,
        ),
        (|f| f.targets = targets(|t| t.segments = vec!["staff".into()]), r#"targets.segments added: "staff""#, Decides),
        (|f| f.rules[0].name = None, r#"rules[0].name removed: "staff""#, Describes),
        (
            |f| f.rules[1].rollout_percentage = Some(percent(50.0)),
            r#"rules[1] "north america".rollout_percentage 20 -> 50"#,
            Decides,
        ),
        (
            |f| f.rules[1].when = vec![Condition::attribute("country").is_in(["US"])],
            r#"rules[1] "north america".when { attribute = "country", in = ["US", "CA"] } -> { attribute = "country", in = ["US"] }"#,
            Decides,
        ),
        (
            |f| f.rules[0] = f.rules[0].clone().serve("classic"),
            r#"rules[0] "staff".serve "express" -> "classic""#,
            Decides,
        ),
        (
            |f| f.rules[1] = f.rules[1].clone().split([("classic", 1), ("express", 9)]),
            r#"rules[1] "north america".split.express 1 -> 9"#,
            Decides,
        ),
        (|f| f.rules.swap(0, 1), r#"rules[0] "north america".position 1 -> 0"#, Decides),
        (
            |f| f.rules.insert(0, RuleDefinition::new().when(Condition::flag_on("beta"))),
            r#"rules[0] added: { when = [{ flag = "beta" }] }"#,
            Decides,
        ),
        (
            |f| drop(f.rules.remove(0)),
            r#"rules[0] "staff" removed: { name = "staff", when = [{ segment = "staff" }], serve = "express" }"#,
            Decides,
        ),
        (|f| f.bucket_by = vec!["node_id".into()], r#"bucket_by ["user_id"] -> ["node_id"]"#, Reshuffles),
        (|f| f.salt = None, r#"salt removed: "checkout-2026""#, Reshuffles),
        (
            |f| f.environments[0].1.rollout_percentage = Some(percent(50.0)),
            "environments.development.rollout_percentage 100 -> 50",
            Decides,
        ),
        (|f| f.environments.clear(), "environments.development removed: rollout_percentage 20 -> 100", Decides),
        (
            |f| *f = f.clone().environment("mainnet", |flag| flag.enabled(false)),
            "environments.mainnet added: enabled true -> false",
            Decides,
        ),
    ];
    for (change, line, effect) in cases {
        let mut changed = checkout();
        change(&mut changed);
        let difference = Difference::between(&definitions([checkout()]), &definitions([changed]));
        let suffix = if *effect == Effect::Reshuffles { " (units draw anew)" } else { "" };
        assert_eq!(difference.to_string(), format!("checkout: {line}{suffix}\n"));
        let strongest = difference.flag("checkout").unwrap().changes.iter().map(|change| change.effect).max();
        assert_eq!(strongest, Some(*effect), "{line}");
        assert_eq!(difference.affects_decisions(), *effect > Effect::Describes, "{line}");
        assert_eq!(difference.reshuffles(), *effect == Effect::Reshuffles, "{line}");
    }
}

// B7
#[test]
fn nothing_differs_from_itself() {
    let segment = SegmentDefinition::new("staff").member("ada").when(Condition::flag_on("checkout"));
    let both = Definitions { segments: vec![segment], ..definitions([checkout(), FlagDefinition::new("shop")]) };
    let difference = Difference::between(&both, &both);
    assert!(difference.is_empty());
    assert_eq!(difference, Difference::default());
    assert_eq!(difference.to_string(), "");
}

#[test]
fn what_is_written_out_but_means_the_same_decides_nothing() {
    let plain = FlagDefinition::new("a");
    for written in
        [plain.clone().rollout(Percentage::HUNDRED), plain.clone().salt("a"), plain.clone().bucket_by("user_id")]
    {
        let old = Definitions { bucket_by: vec!["user_id".into()], ..definitions([plain.clone()]) };
        let new = Definitions { flags: vec![written], ..old.clone() };
        let difference = Difference::between(&old, &new);
        assert!(!difference.is_empty());
        assert!(!difference.affects_decisions(), "{difference}");
    }
}

#[test]
fn a_field_that_an_environment_inherits_is_said_once() {
    let line = lines(checkout(), |flag| {
        flag.description = Some("New".into());
        flag.environments[0].1.description = Some("New".into());
    });
    assert_eq!(line, "checkout: description \"Which checkout the shop shows\" -> \"New\"\n");
}

#[test]
fn boolean_variants_read_as_true_and_false() {
    let line = lines(FlagDefinition::new("a"), |flag| {
        *flag = flag
            .clone()
            .rule(RuleDefinition::new().when(Condition::segment("s")).serve("off"))
            .override_unit("u", "on");
    });
    let expected = "a: overrides.u added: true\na: rules[0] added: { when = [{ segment = \"s\" }], serve = false }\n";
    assert_eq!(line, expected);
}

#[test]
fn nameless_rules_are_told_apart_by_what_they_say() {
    let rule = |flag: &str| RuleDefinition::new().when(Condition::flag_on(flag));
    let flag = FlagDefinition::new("a").rule(rule("one")).rule(rule("two")).rule(rule("three"));
    let inserted = lines(flag.clone(), |flag| flag.rules.insert(0, rule("zero")));
    assert_eq!(inserted, "a: rules[0] added: { when = [{ flag = \"zero\" }] }\n");
    let moved = lines(flag.clone(), |flag| flag.rules.rotate_left(1));
    assert_eq!(moved, "a: rules[2].position 0 -> 2\n");
    let edited = lines(flag, |flag| flag.rules[1].rollout_percentage = Some(percent(1.0)));
    assert_eq!(edited, "a: rules[1].rollout_percentage added: 1\n");
}

// B7
#[test]
fn flags_that_depend_on_a_change_are_named() {
    let segment = |key: &str| SegmentDefinition::new(key).when(Condition::attribute("age").at_least(18));
    let old = Definitions {
        bucket_by: vec![],
        flags: vec![
            FlagDefinition::new("shop"),
            FlagDefinition::new("cart").parent("shop"),
            FlagDefinition::new("banner").rule(RuleDefinition::new().when(Condition::segment("grown_up").negate())),
            FlagDefinition::new("toast").requires("banner"),
            FlagDefinition::new("far").environment("mainnet", |flag| flag.condition(Condition::flag_on("toast"))),
            FlagDefinition::new("unrelated"),
        ],
        segments: vec![segment("adult"), SegmentDefinition::new("grown_up").when(Condition::segment("adult"))],
        ..Definitions::default()
    };
    let mut new = old.clone();
    new.segments[0] = new.segments[0].clone().exclude("ada");
    new.flags[0].description = Some("The shop".into());
    let difference = Difference::between(&old, &new);
    insta::assert_snapshot!(difference, @r#"
    shop: description added: "The shop"
    segment adult: exclude added: "ada"
    banner: affected through segment grown_up -> segment adult
    toast: affected through flag banner -> segment grown_up -> segment adult
    far: affected through flag toast -> flag banner -> segment grown_up -> segment adult
    "#);
    // A description of a parent is nothing to its children.
    assert!(difference.affected.iter().all(|affected| &*affected.flag != "cart"));
}

#[test]
fn another_default_unit_affects_whoever_goes_by_it() {
    let old = Definitions {
        flags: vec![FlagDefinition::new("a"), FlagDefinition::new("b").bucket_by("user_id")],
        segments: vec![SegmentDefinition::new("s").exclude("ada")],
        ..Definitions::default()
    };
    let mut new = old.clone();
    new.bucket_by = vec!["node_id".into()];
    let difference = Difference::between(&old, &new);
    insta::assert_snapshot!(difference, @r#"
    settings.bucket_by added: ["node_id"] (units draw anew)
    a: affected through setting bucket_by
    "#);
    assert!(difference.reshuffles());
}

#[test]
fn segments_in_every_field() {
    let segment = SegmentDefinition { salt: Some("x".into()), ..SegmentDefinition::new("staff") }
        .description("Payroll")
        .member("ada")
        .exclude("eve")
        .when(Condition::flag_on("a"))
        .bucket_by("user_id");
    type Case = (fn(&mut SegmentDefinition), &'static str);
    let cases: &[Case] = &[
        (|s| s.description = None, r#"description removed: "Payroll""#),
        (|s| s.members.push("bob".into()), r#"members added: "bob""#),
        (|s| s.exclude.clear(), r#"exclude removed: "eve""#),
        (|s| s.when.clear(), r#"when removed: { flag = "a" }"#),
        (|s| s.bucket_by.clear(), r#"bucket_by removed: ["user_id"] (units draw anew)"#),
        (|s| s.salt = None, r#"salt removed: "x" (units draw anew)"#),
    ];
    let definitions = |segment| Definitions { segments: vec![segment], ..Definitions::default() };
    for (change, line) in cases {
        let mut changed = segment.clone();
        change(&mut changed);
        let difference = Difference::between(&definitions(segment.clone()), &definitions(changed));
        assert_eq!(difference.to_string(), format!("segment staff: {line}\n"));
        assert_eq!(difference.segment("staff").unwrap().kind, EntryKind::Segment);
    }
}

#[test]
fn entries_come_and_go_in_order() {
    let old = definitions(["a", "b", "c"].map(FlagDefinition::new));
    let new = definitions(["c", "d", "a"].map(FlagDefinition::new));
    let difference = Difference::between(&old, &new);
    assert_eq!(difference.to_string(), "d: added\nb: removed\n");
    assert_eq!(difference.flag("d").unwrap().status, Status::Added);
    assert!(difference.affects_decisions());
}

#[test]
fn long_lists_and_values_are_cut_for_people() {
    let segment = |members: std::ops::Range<u32>| Definitions {
        segments: vec![members.fold(SegmentDefinition::new("s"), |s, n| s.member(format!("user-{n}")))],
        ..Definitions::default()
    };
    let difference = Difference::between(&segment(0..0), &segment(0..500));
    let text = difference.to_string();
    assert_eq!(text.lines().count(), 11);
    assert!(text.ends_with("segment s: members and 490 more\n"), "{text}");
    assert_eq!(difference.segments[0].changes.len(), 500);

    let line = lines(FlagDefinition::new("a"), |flag| flag.description = Some("é".repeat(1_000).into()));
    assert!(line.chars().count() < 200, "{line}");
}

// B7
#[test]
fn json_has_the_documented_shape() {
    let banner = FlagDefinition::new("banner").condition(Condition::flag_on("checkout"));
    let old = definitions([checkout(), banner.clone(), FlagDefinition::new("toast")]);
    let mut new = definitions([checkout(), banner]);
    new.flags[0].rollout_percentage = Some(percent(50.0));
    new.flags[0].environments[0].1.salt = None;
    let json = Difference::between(&old, &new).to_json();
    let change = |path: &str, before: &str, after: Option<&str>, reshuffles: bool| json!({ "path": path, "before": before, "after": after, "affects_decisions": true, "reshuffles": reshuffles });
    assert_eq!(
        json,
        json!({
            "affects_decisions": true,
            "reshuffles": true,
            "settings": [],
            "flags": [
                {
                    "key": "checkout",
                    "status": "changed",
                    "affects_decisions": true,
                    "reshuffles": true,
                    "changes": [
                        change("rollout_percentage", "20", Some("50"), false),
                        change("environments.development.salt", "\"checkout-2026\"", None, true),
                    ],
                },
                { "key": "toast", "status": "removed", "affects_decisions": true, "reshuffles": false, "changes": [] },
            ],
            "segments": [],
            "experiments": [],
            "layers": [],
            "holdouts": [],
            "signals": [],
            "migrations": [],
            "alerts": [],
            "channels": [],
            "affected": [{ "flag": "banner", "through": [{ "kind": "flag", "key": "checkout" }] }],
        })
    );
}

/// The notation of the file is what the file is read by.
#[test]
fn what_is_written_reads_back() {
    let conditions = r#"[
  { attribute = "country", in = ["US", "CA"] },
  { attribute = "email", ends_with = ["@a.example", "@b.example"], ignore_case = true },
  { attribute = "name", matches = "^[a-z]+\\d$" },
  { attribute = "name", not_contains = 'a "quoted" word' },
  { attribute = "age", between = [18, 99.5] },
  { attribute = "seen", between = [2026-01-01T00:00:00Z, 2026-02-01T00:00:00Z] },
  { attribute = "seen", after = 2026-01-01T00:00:00.25Z },
  { attribute = "height", at_least = 1_000, less_than = 2_000 },
  { attribute = "app", version = ">=2.4.0, <3" },
  { attribute = "ip", ip_in = ["10.0.0.0/8", "::1"] },
  { attribute = "beta", exists = false },
  { environment = ["mainnet", "testnet"] },
  { after = 2026-01-01T00:00:00Z },
  { percentage = 12.345, salt = "s", bucket_by = ["node_id", "user_id"] },
  { any = [{ flag = "b" }, { not = { flag = "b", variant = "on" } }, { segment = "s" }, { predicate = "p" }] },
]"#;
    let load = |conditions: &str| {
        let text = format!(
            "[features.a]\nenabled = true\nconditions = {conditions}\n[features.b]\nenabled = true\n[segments.s]\nmembers = ['x']\n"
        );
        let loaded = flags_config::load(&flags_config::Source::new("a.toml", text).into());
        let report = loaded.report.render_human(false);
        loaded.document.unwrap_or_else(|| panic!("{report}")).definitions.flags[0].conditions.clone()
    };
    let read = load(conditions);
    let written: Vec<String> = read.iter().map(flags_config::condition_toml).collect();
    assert_eq!(load(&format!("[{}]", written.join(", "))), read);
}

// B8
#[test]
fn an_edit_is_the_difference_it_says() {
    let text = "[features.a]\nenabled = true\nrollout_percentage = 20 # careful\n";
    let edit = flags_config::Edit::new(text).unwrap();
    let edited = edit.set("a", "rollout_percentage", "50").unwrap().set("a", "salt", "s").unwrap();
    let definitions = |text: &str| {
        let loaded = flags_config::load(&flags_config::Source::new("a.toml", text).into());
        loaded.document.unwrap().definitions
    };
    let difference = Difference::between(&definitions(text), &definitions(edited.text()));
    assert_eq!(difference.to_string(), "a: rollout_percentage 20 -> 50\na: salt added: \"s\" (units draw anew)\n");
}
