//! All analytics of one experiment, and their JSON. // F10

use flags_ab::{
    analytics::{Analytics, LifetimeAge, Measured},
    statistics::Alpha,
    summary::ExperimentSummary,
};
use serde_json::Value;

use crate::shop::{self, NAMES};

#[test]
fn one_pass_over_the_events_of_a_shop_finds_what_was_put_into_them() {
    let store = NAMES.store();
    let summary = NAMES.summary(&store);
    let all = NAMES.analytics(&store, &summary);

    let series: Vec<(&str, &str)> = all.time_series.iter().map(|series| (&*series.metric, &*series.arm)).collect();
    assert_eq!(series[..3], [("conversion", "red"), ("conversion", "green"), ("revenue", "red")]);
    let last = all.time_series[0].days.last().unwrap();
    assert_eq!(all.time_series[0].days.len() as u64, shop::DAYS);
    assert!(last.cumulative.unwrap().is_significant(Alpha::FIVE_PERCENT));

    let [blue, red, green] = &all.funnels[0].arms[..] else { panic!("three arms") };
    assert_eq!(blue.users + red.users + green.users, 10_000);
    assert_eq!(summary.overall().unwrap().users("red"), red.users, "the same units as in the summary");
    let bought = summary.overall().unwrap().metric("red", "conversion").unwrap().sum.conversions().unwrap();
    assert_eq!(bought.conversions(), red.steps[2].reached, "and the same conversions, by another way");
    assert!(red.steps[2].effect.unwrap().unwrap().is_significant(Alpha::FIVE_PERCENT));
    assert!(!red.steps[0].effect.unwrap().unwrap().is_significant(Alpha::FIVE_PERCENT));
    assert!(!green.steps[2].effect.unwrap().unwrap().is_significant(Alpha::FIVE_PERCENT));

    assert_eq!(all.segments.tables.len(), 6);
    assert!(all.segments.tables.iter().all(|table| table.heterogeneity.unwrap().adjusted_p > 0.05));

    let purchases = all.activity.iter().find(|series| series.measured == Measured::Events("purchase".into())).unwrap();
    let unusual: Vec<String> = purchases.anomalies.as_ref().unwrap().unusual().map(|day| day.day.to_string()).collect();
    assert_eq!(unusual, ["2026-11-25"], "the day on which tracking was lost");

    let lifetime = all.lifetime.as_ref().unwrap();
    let first = &lifetime.arms[1].ages[0];
    assert!(first.effect.unwrap().unwrap().is_significant(Alpha::FIVE_PERCENT));
    let cohort = lifetime.arms[0].cohorts.last().unwrap();
    assert!(matches!(cohort.ages[0], LifetimeAge::TooYoung { .. }), "the last week is not over");
}

/// Every number and every reason in it.
fn walk<'a>(value: &'a Value, path: &str, seen: &mut dyn FnMut(&str, &'a Value)) {
    seen(path, value);
    match value {
        Value::Array(all) => all.iter().for_each(|one| walk(one, path, seen)),
        Value::Object(all) => all.iter().for_each(|(name, one)| walk(one, &format!("{path}.{name}"), seen)),
        _ => {}
    }
}

#[test]
fn the_json_has_the_documented_names() {
    let store = NAMES.store();
    let json: Value = serde_json::from_str(&NAMES.analytics(&store, &NAMES.summary(&store)).to_json()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    walk(&json, "", &mut |path, _| {
        names.insert(path.to_owned());
    });
    insta::assert_snapshot!("the_names_of_the_json", names.into_iter().collect::<Vec<_>>().join("\n"));
    assert_eq!(json["funnels"][0]["arms"][1]["steps"][2]["event"], "purchase");
    assert!(json["funnels"][0]["arms"][1]["steps"][2]["effect"]["lift"]["lower"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_is_null_has_a_reason() {
    let nobody = ExperimentSummary::new("checkout_button");
    let empty = Analytics::of_summary(&nobody, &NAMES.definition(), shop::now()).unwrap();
    let store = flags_ab::store::MemoryStore::new();
    let plan = flags_ab::analytics::AnalyticsPlan::of(&NAMES.definition())
        .funnel(flags_ab::analytics::Funnel::new("one", ["purchase"]).unwrap());
    let json = empty.with_events(&store, &NAMES.definition(), &plan).unwrap().to_json();
    let json: Value = serde_json::from_str(&json).unwrap();
    let share = &json["funnels"][0]["arms"][0]["steps"][0]["of_all"];
    assert_eq!((share["value"].clone(), share["reason"]["code"].clone()), (Value::Null, "no_values".into()));
    let effect = &json["funnels"][0]["arms"][1]["steps"][0]["effect"];
    assert_eq!(effect["reason"]["code"], "no_users");
    assert_eq!(json["activity"][0]["reason"]["code"], "too_few_days");
    assert_eq!(json["lifetime"], Value::Null);
}
