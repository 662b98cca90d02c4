//! `flags experiment analyze`, `summary`, `sql`, `power` and `simulate`: experiments planned and judged through the program. // F1, F5, F9

use std::fmt::Write as _;

use flags_ab::{
    import::{EventFormat, import},
    store::{Query, SegmentOptions, SegmentStore},
};
use serde_json::{Value as Json, json};

use crate::support::{Folder, Ran};

const DEFINITIONS: &str = r#"
[features.button_color]
enabled = true
variants = { blue = "blue", red = "red" }
off = "blue"
serve = "blue"

[experiments.checkout_button]
hypothesis = "A red button sells more"
status = "running"
start = 2026-11-01T00:00:00Z

[[experiments.checkout_button.arms]]
name = "control"
control = true
overrides = { button_color = "blue" }

[[experiments.checkout_button.arms]]
name = "treatment"
overrides = { button_color = "red" }

[[experiments.checkout_button.metrics]]
name = "conversion"
kind = "conversion"
event = "purchase"
window = "7d"
minimum_detectable_effect = 0.1

[[experiments.checkout_button.metrics]]
name = "revenue"
kind = "mean"
event = "purchase"
role = "guardrail"
margin = 0.05

[experiments.color]
status = "draft"
[[experiments.color.arms]]
name = "control"
control = true
[[experiments.color.arms]]
name = "treatment"
"#;

/// 4000 units, of which 5 % of the control and 8 % of the treatment buy, as the remainders of their numbers say.
fn events() -> String {
    let mut text = "at,unit,experiment,arm,split,event,value,country\n".to_owned();
    for unit in 0..4000u32 {
        let (arm, rate) = if unit % 2 == 0 { ("control", 50) } else { ("treatment", 80) };
        let at = 1_793_500_000_000u64 + u64::from(unit) * 60_000;
        let country = ["NL", "DE"][(unit / 2 % 2) as usize];
        writeln!(text, "{at},u{unit},checkout_button,{arm},\"control=1,treatment=1\",,,{country}").unwrap();
        if unit / 2 % 1000 < rate {
            writeln!(text, "{},u{unit},,,,purchase,{},", at + 3_600_000, 20 + unit % 7).unwrap();
        }
    }
    // Before the exposure, after the window, and something else.
    text.push_str(
        "1793400000000,u1998,,,,purchase,5,\n1794400000000,u1996,,,,purchase,5,\n1793500001000,u0,,,,login,,\n",
    );
    text
}

const AT: &str = "2026-11-15T00:00:00Z";

fn folder() -> Folder {
    Folder::with(&[("flags.toml", DEFINITIONS), ("events.csv", &events())])
}

fn experiment(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.run(&[&["experiment"], arguments, &["--file", "flags.toml"]].concat())
}

fn analyze(folder: &Folder, arguments: &[&str]) -> Ran {
    experiment(folder, &[&["analyze", "checkout_button", "--at", AT], arguments].concat())
}

#[test]
fn an_analysis_of_a_file_of_events() {
    let folder = folder();
    let ran = analyze(&folder, &["--from", "events.csv", "--by", "country"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    for said in ["checkout_button: declare treatment the winner", "5.00 % [3.71 %, 6.70 %], 2000 units", "country = NL"]
    {
        assert!(ran.stdout.contains(said), "{said}: {ran}");
    }
    let json = analyze(&folder, &["--from", "events.csv", "--format", "json"]).json();
    assert_eq!(json["decision"]["kind"], "recommend_winner", "{json}");
}

// F9: whoever sums up, the answer is the same.
#[test]
fn sums_say_what_the_events_say() {
    let folder = folder();
    let of_events = analyze(&folder, &["--from", "events.csv", "--format", "json"]).json();
    let sums = experiment(&folder, &["summary", "checkout_button", "--from", "events.csv", "--at", AT]);
    assert_eq!((sums.status, sums.stderr.as_str()), (0, ""));
    std::fs::write(folder.path("sums.json"), &sums.stdout).unwrap();
    let of_sums = analyze(&folder, &["--from-summary", "sums.json", "--format", "json"]).json();
    assert_eq!(of_events, of_sums);

    // The same events as lines of JSON, through standard input.
    let mut lines = String::new();
    for line in events().lines().skip(1) {
        let line = line.replace("\"control=1,treatment=1\"", "control=1 treatment=1");
        let cells: Vec<&str> = line.split(',').collect();
        let mut object = json!({ "at": cells[0].parse::<u64>().unwrap(), "unit": cells[1] });
        let split = cells[4].replace(' ', ",");
        for (name, cell) in
            [("experiment", cells[2]), ("arm", cells[3]), ("split", split.as_str()), ("event", cells[5])]
        {
            if !cell.is_empty() {
                object[name] = json!(cell);
            }
        }
        if let Ok(value) = cells[6].parse::<f64>() {
            object["value"] = json!(value);
        }
        writeln!(lines, "{object}").unwrap();
    }
    let arguments = ["experiment", "analyze", "checkout_button", "--at", AT, "--from", "-", "--input-format", "jsonl"];
    let of_lines = folder.run_with(&[&arguments[..], &["--file", "flags.toml", "--format", "json"]].concat(), &lines);
    assert_eq!(of_events, of_lines.json());
}

// F3: what programs have recorded in the state folder is what is analysed where nothing else is named.
#[test]
fn the_events_of_the_state_folder_are_the_default() {
    let folder = folder();
    let store = SegmentStore::open(folder.path("state/events"), SegmentOptions::default().keep_forever()).unwrap();
    let query = Query::experiment("checkout_button").event("purchase");
    import(events().as_bytes(), EventFormat::Csv, &query, &store).unwrap();
    // While it is being written.
    let recorded = analyze(&folder, &["--state-dir", "state", "--format", "json"]).json();
    drop(store);
    assert_eq!(recorded, analyze(&folder, &["--from", "events.csv", "--format", "json"]).json());
    assert_eq!(recorded, analyze(&folder, &["--state-dir", "state", "--format", "json"]).json());

    // Started by hand, it began when it was.
    let start = ["start", "checkout_button", "--state-dir", "state", "--as", "ada"];
    assert_eq!(experiment(&folder, &start).status, 0);
    let started = analyze(&folder, &["--state-dir", "state"]);
    assert!(started.stdout.contains("not started at 2026-11-15T00:00:00Z"), "{started}");
}

/// The state folder of a program that recorded these events.
fn recorded(folder: &Folder) {
    let store = SegmentStore::open(folder.path("state/events"), SegmentOptions::default().keep_forever()).unwrap();
    import(events().as_bytes(), EventFormat::Csv, &Query::everything(), &store).unwrap();
}

// F9: what is recorded belongs to whoever recorded it, in a form that anything reads.
#[test]
fn what_is_exported_says_what_was_recorded() {
    let folder = folder();
    recorded(&folder);
    let summary = |from: &[&str]| {
        let ran = experiment(&folder, &[&["summary", "checkout_button", "--at", AT, "--by", "country"], from].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran}");
        ran.stdout
    };
    let export = |arguments: &[&str]| {
        let ran = experiment(&folder, &[&["export", "--state-dir", "state"], arguments].concat());
        assert_eq!(ran.status, 0, "{ran}");
        ran
    };
    let expected = summary(&["--state-dir", "state"]);
    assert!(expected.contains("\"users\""), "{expected}");

    let all = export(&[]);
    assert!(all.stdout.starts_with("at,unit_kind,unit,event,value,experiment,arm,split,dimensions\n"), "{all}");
    assert_eq!(all.stdout.lines().count(), events().lines().count());
    std::fs::write(folder.path("all.csv"), &all.stdout).unwrap();
    assert_eq!(summary(&["--from", "all.csv"]), expected);

    // What the experiment does not look at is left out.
    let one = export(&["checkout_button", "--json-lines"]);
    assert!(!one.stdout.contains("login") && one.stdout.starts_with('{'), "{one}");
    let written = export(&["checkout_button", "--output", "one.jsonl"]);
    assert_eq!((&folder.text("one.jsonl"), written.stdout.as_str()), (&one.stdout, ""));
    assert_eq!(written.stderr, format!("note: {} events written to one.jsonl\n", one.stdout.lines().count()));
    assert_eq!(summary(&["--from", "one.jsonl"]), expected);

    for (arguments, status, said) in [
        (&["--state-dir", "state", "--csv", "--json-lines"][..], 2, "cannot be used with"),
        (&["--state-dir", "state", "--output", "none/all.csv"], 3, "cannot write none/all.csv"),
        (&["checkout_buton", "--state-dir", "state"], 1, "did you mean `checkout_button`?"),
        (&[], 2, "which state folder?"),
    ] {
        let ran = experiment(&folder, &[&["export"], arguments].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {ran}");
    }
}

// An analysis of what is left of the events is not an analysis.
#[test]
fn a_damaged_log_is_no_empty_one() {
    let folder = folder();
    std::fs::create_dir_all(folder.path("state/events")).unwrap();
    let noise: Vec<u8> = (0..5_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(folder.path("state/events/00000001.log"), noise).unwrap();
    for arguments in [&["analyze", "checkout_button"][..], &["export"]] {
        let ran = experiment(&folder, &[arguments, &["--state-dir", "state"]].concat());
        assert_eq!(ran.status, 3, "{ran}");
        assert!(ran.stderr.contains("00000001.log is damaged at byte 0: it does not begin as a log"), "{ran}");
    }
    // A program that recorded there has set it aside since.
    std::fs::rename(folder.path("state/events/00000001.log"), folder.path("state/events/00000001.log.damaged"))
        .unwrap();
    let ran = experiment(&folder, &["export", "--state-dir", "state"]);
    assert!(ran.status == 0 && ran.stderr.contains("note: 1 file of events set aside in state/events"), "{ran}");
}

#[test]
fn what_cannot_be_analysed_says_why() {
    let folder = folder();
    std::fs::write(folder.path("bad.csv"), "at,unit,event\n2026-11-15T00:00:00Z,u1,purchase\nnow,u1,purchase\n")
        .unwrap();
    std::fs::write(folder.path("sums.json"), "[{\"experiment\":\"other\",\"arm\":\"a\",\"metric\":\"m\",\"users\":1}]")
        .unwrap();
    std::fs::create_dir(folder.path("state")).unwrap();
    for (arguments, status, said) in [
        (&["--from", "bad.csv"][..], 3, "bad.csv: line 3, column `at`: \"now\" is no instant"),
        (&["--from", "none.csv"], 3, "cannot read none.csv"),
        (&["--from", "flags.toml"], 2, "how are the events in flags.toml written?"),
        (
            &["--from-summary", "sums.json"],
            3,
            "there is no row of experiment \"checkout_button\"; the rows are of \"other\"",
        ),
        (&["--state-dir", "state"], 3, "nothing has been recorded in state/events"),
        (&[], 2, "where are the numbers? give --state-dir DIR"),
    ] {
        let ran = analyze(&folder, arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {ran}");
    }
    // What a test for one look would have shown must not be seen before its time.
    for command in ["analyze", "report", "summary"] {
        let ran =
            experiment(&folder, &[command, "checkout_button", "--from", "events.csv", "--at", "2999-01-01T00:00:00Z"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{ran}");
        assert!(ran.stderr.contains("lies in the future"), "{ran}");
    }
    let unknown = experiment(&folder, &["analyze", "checkout_buton", "--from", "events.csv"]);
    assert_eq!(unknown.status, 1);
    assert!(unknown.stderr.contains("did you mean `checkout_button`?"), "{unknown}");
}

// F6: what the analysis recommends can be done, with its evidence in the audit log; and nothing else is.
#[test]
fn a_winner_is_declared_with_the_evidence() {
    let folder = folder();
    std::fs::create_dir(folder.path("state")).unwrap();
    let apply = |from: &str| analyze(&folder, &["--from", from, "--apply", "--state-dir", "state", "--as", "ada"]);

    // Too early: nothing is found, and nothing happens.
    let early: String = events().lines().take(60).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.path("early.csv"), early).unwrap();
    let ran = apply("early.csv");
    assert!(ran.stderr.contains("nothing is applied: the decision is to keep running"), "{ran}");
    let controls = || folder.run(&["controls", "--state-dir", "state", "--format", "json"]).stdout;
    assert!(!controls().contains("checkout_button"), "{}", controls());

    let ran = apply("events.csv");
    assert_eq!(ran.status, 0, "{ran}");
    assert!(controls().contains("checkout_button") && controls().contains("treatment"), "{}", controls());
    let log = folder.run(&["audit", "list", "--state-dir", "state", "--format", "json"]).stdout;
    assert!(log.contains("conversion of treatment: better, lift ") && log.contains(", p = "), "{log}");

    let again = apply("events.csv");
    assert!(again.stderr.contains("has been declared the winner already"), "{again}");
}

// F9: a page that needs nothing else, and a text for a wiki.
#[test]
fn a_report_as_a_page_and_as_markdown() {
    let folder = folder();
    let report = |arguments: &[&str]| {
        experiment(&folder, &[&["report", "checkout_button", "--at", AT, "--from", "events.csv"], arguments].concat())
    };
    let printed = report(&["--by", "country", "--funnel", "login,purchase", "--lifetime", "purchase"]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    // What a report says is tested where it is written; here, that all of it was asked for.
    for said in ["Declare treatment the winner", "login to purchase", "conversion by country", "Cohorts", "2026-11-03"]
    {
        assert!(printed.stdout.contains(said), "{said}: {printed}");
    }
    let written = report(&["--html", "report.html", "--markdown", "report.md"]);
    assert_eq!((written.status, written.stdout.as_str()), (0, ""), "{written}");
    let page = folder.text("report.html");
    assert!(page.to_ascii_lowercase().starts_with("<!doctype html>") && page.contains("<svg"), "{page}");
    assert!(
        !page.contains("<script") && !page.contains("src=") && !page.contains("@import"),
        "it asks nothing of a network"
    );
    assert!(folder.text("report.md").contains("treatment"));
    let wrong = report(&["--funnel-window", "7d"]);
    assert_eq!(wrong.status, 2, "{wrong}");
    let nowhere = report(&["--html", "none/report.html"]);
    assert!(nowhere.status == 3 && nowhere.stderr.contains("cannot write none/report.html"), "{nowhere}");
}

#[test]
fn queries_for_databases() {
    let folder = folder();
    let sql = |arguments: &[&str]| experiment(&folder, &[&["sql", "checkout_button"], arguments].concat());
    for dialect in ["postgres", "bigquery", "snowflake", "clickhouse", "spark", "duckdb"] {
        let ran = sql(&["--dialect", dialect, "--exposures", "shop.seen", "--until", AT, "--by", "country"]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{dialect}");
        assert!(ran.stdout.contains("FROM shop.seen") && ran.stdout.contains("2026-11-15 00:00:00"), "{ran}");
        let json = sql(&["--dialect", dialect, "--format", "json"]).json();
        assert_eq!((&json["experiment"], &json["dialect"]), (&json!("checkout_button"), &json!(dialect)));
    }
    let hostile = sql(&["--dialect", "duckdb", "--events", "events; DROP TABLE users"]);
    assert_eq!((hostile.status, hostile.stdout.as_str()), (2, ""));
    assert!(hostile.stderr.contains("cannot stand in a query"), "{hostile}");
    assert_eq!(sql(&["--dialect", "oracle"]).status, 2);
}

#[test]
fn plans_in_words() {
    let folder = folder();
    let alone = |arguments: &[&str]| folder.run(&[&["experiment", "power"], arguments].concat()).to_string();
    insta::assert_snapshot!(
        [
            alone(&["--baseline", "0.05", "--effect", "0.1", "--daily-units", "4000"]),
            alone(&["--baseline", "0.05", "--units", "20000"]),
            alone(&["--baseline", "0.05", "--effect", "0.1", "--units", "20000", "--sides", "one"]),
            alone(&[
                "--baseline",
                "32",
                "--deviation",
                "41",
                "--effect",
                "-0.03",
                "--weights",
                "2,1,1",
                "--traffic",
                "40",
                "--daily-units",
                "900"
            ]),
            experiment(&folder, &["power", "checkout_button", "--baseline", "0.05"]).to_string(),
        ]
        .join("\n")
    );
}

// F5: the plan is that of the reference vectors' formulas, and going there and back is the identity.
#[test]
fn the_three_quantities_of_a_plan_agree() {
    let folder = folder();
    let ask =
        |arguments: &[&str]| folder.run(&[&["experiment", "power", "--format", "json"], arguments].concat()).json();
    let number = |json: &Json, field: &str| json[field].as_f64().unwrap();
    for (measure, effect) in [(&["--baseline", "0.1"][..], 0.2), (&["--baseline", "32", "--deviation", "41"], 0.05)] {
        let size = ask(&[measure, &["--effect", &effect.to_string(), "--power", "0.9"]].concat());
        assert_eq!(size["found"], "units");
        let units = format!("{}", number(&size, "units"));
        let power = ask(&[measure, &["--effect", &effect.to_string(), "--units", &units]].concat());
        assert!((number(&power, "power") - 0.9).abs() < 1e-3, "{power}");
        let smallest = ask(&[measure, &["--units", &units, "--power", "0.9"]].concat());
        assert!((number(&smallest, "effect") / effect - 1.0).abs() < 1e-3, "{smallest}");
    }
    // 2 · 3841 by the pooled z-test: sample_size_two_proportions of the vectors.
    let known = ask(&["--baseline", "0.1", "--effect", "0.2"]);
    assert_eq!((number(&known, "units"), number(&known, "alpha")), (7682.0, 0.05));
    // Bonferroni over two treatments.
    let several = ask(&["--baseline", "0.1", "--effect", "0.2", "--weights", "1,1,1"]);
    assert_eq!((number(&several, "alpha"), &several["comparisons"]), (0.025, &json!(2)));
    assert!(number(&several, "units") > 1.5 * number(&known, "units"));
}

#[test]
fn plans_that_are_none() {
    let folder = folder();
    for (arguments, said) in [
        (&[][..], "which effect is to be found?"),
        (&["--effect", "0.1"], "what is the metric today? give --baseline"),
        (&["--effect", "0.1", "--units", "10", "--power", "0.8"], "leave out the one you want to know"),
        (&["--effect", "0.1", "--baseline", "0"], "the mean of the control is zero"),
        (&["--effect", "2", "--baseline", "0.6"], "has to be"),
        (&["--effect", "0.1", "--baseline", "0.1", "--weights", "1"], "a comparison needs a control and a treatment"),
        (&["--effect", "0.1", "--baseline", "0.1", "--weights", "0,1"], "a comparison needs a control and a treatment"),
        (&["--units", "2", "--baseline", "0.1"], "no effect that is possible"),
        (
            &["checkout_button", "--file", "flags.toml", "--metric", "revenue", "--baseline", "9", "--effect", "0.1"],
            "give --deviation",
        ),
    ] {
        let ran = folder.run(&[&["experiment", "power"], arguments].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {ran}");
    }
    for (arguments, said) in [
        (&["checkout_button", "--metric", "revenu"][..], "did you mean `revenue`?"),
        (&["color"], "has no success metric to plan for"),
    ] {
        let ran = experiment(&folder, &[&["power"], arguments].concat());
        assert_eq!(ran.status, 1, "{ran}");
        assert!(ran.stderr.contains(said), "{ran}");
    }
}

#[test]
fn simulated_experiments_are_the_same_for_the_same_seed() {
    let folder = folder();
    let simulate = |seed: &str| {
        let options = ["--baseline", "0.2", "--effect", "0.25", "--units", "3000", "--runs", "60", "--seed", seed];
        experiment(&folder, &[&["simulate", "checkout_button", "--format", "json"], &options[..]].concat()).json()
    };
    let json = simulate("3");
    assert_eq!(json, simulate("3"));
    assert_ne!(json["worlds"], simulate("4")["worlds"]);
    let (with, without) = (&json["worlds"][0], &json["worlds"][1]);
    // The effect is large, and false findings are rare: 60 runs at 5 % have 10 or more once in a thousand times.
    assert!(with["winner"].as_u64().unwrap() > 30, "{with}");
    assert!(without["winner"].as_u64().unwrap() + without["harm"].as_u64().unwrap() < 10, "{without}");
    let runs =
        |world: &Json| ["winner", "harm", "nothing"].iter().map(|end| world[*end].as_u64().unwrap()).sum::<u64>();
    assert_eq!((runs(with), runs(without)), (60, 60));
    let looks = experiment(&folder, &["simulate", "checkout_button", "--units", "100", "--looks", "51"]);
    assert!(looks.status == 2 && looks.stderr.contains("expected a number from 1 to 50"), "{looks}");
    let missing = experiment(&folder, &["simulate", "checkout_button", "--units", "100"]);
    assert!(missing.status == 2 && missing.stderr.contains("what is the baseline of metric conversion?"), "{missing}");
}
