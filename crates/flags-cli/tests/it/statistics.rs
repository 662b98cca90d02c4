//! `flags stats`: the statistics through the program. // F3, F4, F7, F8, F9, G2

use flags_testkit::vectors::{STATISTICS, StatisticsVectors};
use serde_json::{Value as Json, json};

use crate::support::{Folder, Ran};

fn stats(arguments: &[&str]) -> Ran {
    Folder::with(&[]).run(&[&["stats"], arguments].concat())
}

#[test]
fn all_vectors_through_a_batch() {
    let vectors = STATISTICS.map(|name| StatisticsVectors::read(name).unwrap());
    let cases = vectors.iter().flat_map(|vectors| vectors.cases.iter().map(|case| (&vectors.function, &case.input)));
    let questions: String =
        cases.map(|(function, args)| format!("{}\n", json!({ "function": function, "args": args }))).collect();
    let ran = Folder::with(&[]).run_with(&["stats", "--batch", "-"], &questions);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let mut answers = ran.json_lines().into_iter();
    let mut differences = vec![];
    for vectors in &vectors {
        differences.extend(vectors.differences(|_| answers.next().unwrap()));
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    assert_eq!(answers.next(), None);
}

#[test]
fn a_line_that_cannot_be_answered_is_told_of_and_the_rest_goes_on() {
    let questions = r#"{"function":"wilson_interval","args":{"conversions":1,"users":4,"alpha":0.05}}
{"function":"wilson_intervall","args":{}}
{"function":"anova","args":{}}

{"function":"wilson_interval","args":{"conversion":1,"users":4}}
{"function":"wilson_interval","args":{"conversions":5,"users":4}}
{"function":"wilson_interval","args":{"conversions":1}}
{"function":"wilson_interval"}
{"function":"wilson_interval","args":[1,4]}
{"args":{}}
{"function":3,"args":{}}
{"function":"wilson_interval","args":{"conversions":1,"users":NaN}}
["wilson_interval"]
{"function":"wilson_interval","args":{"conversions":0,"users":0}}
"#;
    let ran = Folder::with(&[]).run_with(&["stats", "--batch", "-"], questions);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.json_lines().len(), 13, "one for each line that is not blank");
    insta::assert_snapshot!(ran);
}

#[test]
fn for_people() {
    let four = ["--conversions-a", "250", "--users-a", "5000", "--conversions-b", "350", "--users-b", "5000"];
    insta::assert_snapshot!(stats(&[&["two_proportion_z"], &four[..]].concat()));
}

#[test]
fn what_is_undefined_says_why() {
    let nobody = ["--conversions-a", "0", "--users-a", "0", "--conversions-b", "0", "--users-b", "9"];
    insta::assert_snapshot!(stats(&[&["two_proportion_z"], &nobody[..]].concat()));
    let one = ["--mean-a", "0", "--var-a", "1", "--n-a", "9", "--mean-b", "1", "--var-b", "1", "--n-b", "9"];
    insta::assert_snapshot!(stats(&[&["relative_lift_interval"], &one[..]].concat()));
    let same = ["--conversions-a", "0", "--users-a", "50", "--conversions-b", "0", "--users-b", "50"];
    insta::assert_snapshot!(stats(&[&["two_proportion_z"], &same[..]].concat()));
    let json = stats(&[&["two_proportion_z", "--format", "json"], &nobody[..]].concat()).json();
    assert_eq!((&json["diff"], &json["reasons"]["diff"]), (&Json::Null, &json!("the control has no users")));
}

#[test]
fn one_question_is_answered_as_a_batch_does() {
    let options = ["--design=pocock", "--information-fractions", "0.5,1", "--format=json"];
    let single = stats(&[&["group_sequential_boundaries"], &options[..]].concat()).json();
    let line =
        r#"{"function":"group_sequential_boundaries","args":{"design":"pocock","information_fractions":[0.5,1]}}"#;
    let batch = Folder::with(&[]).run_with(&["stats", "--batch", "-"], line);
    assert_eq!([single], batch.json_lines()[..]);
}

#[test]
fn values_from_files_and_lists_of_lists() {
    let folder = Folder::with(&[("a.txt", "1\n2.5, 3\n"), ("b.txt", "4 5 6"), ("c.txt", "4 five 6")]);
    let ask = |arguments: &[&str]| folder.run(&[&["stats", "--format=json"], arguments].concat());
    let from_files = ask(&["mann_whitney_u", "--a", "@a.txt", "--b", "@b.txt"]).json();
    assert_eq!(from_files, ask(&["mann_whitney_u", "--a", "1,2.5,3", "--b", "4,5,6"]).json());
    let parts = [
        "--chunks-x",
        "1,2",
        "--chunks-x",
        "",
        "--chunks_x=-3",
        "--chunks-y",
        "0,0",
        "--chunks-y",
        "",
        "--chunks-y",
        "-1",
    ];
    let sums = ask(&[&["accumulator"], &parts[..]].concat()).json();
    assert_eq!((&sums["n"], &sums["mean_x"]), (&json!(3), &json!(0.0)));
    let wrong = ask(&["mann_whitney_u", "--a", "@c.txt", "--b", "1"]);
    assert_eq!(wrong.status, 2, "{wrong}");
    assert!(wrong.stderr.contains("c.txt: expected a finite number for `a`"), "{wrong}");
    assert_eq!(ask(&["mann_whitney_u", "--a", "@none.txt", "--b", "1"]).status, 3);
}

#[test]
fn functions_and_options_that_were_mistyped_are_recognised() {
    for (arguments, meant) in [
        (&["welch-t"][..], "welch_t"),
        (&["wilson_interval", "--conversion", "1", "--users", "2"], "--conversions"),
        (&["wilson_interval", "--conversions", "x", "--users", "2"], "expected a whole number of at least 0"),
        (&["wilson_interval", "--conversions", "1"], "--users"),
        (&["wilson_interval", "--conversions", "3", "--users", "2"], "3 conversions of 2 users"),
        (&["--batch", "-", "wilson_interval", "--conversions", "3", "--users", "4"], "cannot both be asked"),
    ] {
        let ran = stats(arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}: {ran}");
        assert!(ran.stderr.contains(meant), "{arguments:?}: {ran}");
    }
}

#[test]
fn help_tells_formula_and_source() {
    insta::assert_snapshot!(stats(&["wilson_interval", "--help"]));
    insta::assert_snapshot!(stats(&["--list"]));
    let functions = stats(&["--list", "--format", "json"]).json();
    assert!(STATISTICS.iter().all(|name| functions.as_array().unwrap().iter().any(|known| known["function"] == *name)));
}

#[test]
fn every_example_in_the_help_works() {
    let folder = Folder::with(&[]);
    for function in stats(&["--list", "--format", "json"]).json().as_array().unwrap() {
        let help = stats(&[function["function"].as_str().unwrap(), "--help"]).stdout;
        let (_, example) = help.split_once("Example:\n").unwrap();
        let words: Vec<&str> = example.split_whitespace().skip(1).collect();
        let ran = folder.run(&words);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{words:?}: {ran}");
        assert!(ran.stdout.lines().count() > 1, "{ran}");
    }
}
