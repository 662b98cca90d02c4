//! Every analysis reproduces its reference vectors within the tolerance their README states, asked by its name. // G2

use flags_ab::catalog::{ArgumentError, Field, Function, Kind, Presence};
use flags_testkit::vectors::{STATISTICS, StatisticsVectors};
use serde_json::{Map, Value as Json, json};

/// What a function answers; a refusal is an object without any of the fields.
fn answer(function: &Function, arguments: &Json) -> Json {
    let answered = function.answer(arguments.as_object().unwrap());
    answered.map_or_else(|error| json!({ "error": error.to_string() }), |answer| answer.to_json())
}

// F3, F4, F7, F8, F9, G2
#[test]
fn every_function_agrees_with_its_vectors() {
    let mut differences = vec![];
    for name in STATISTICS {
        let function = Function::named(name).unwrap();
        let vectors = StatisticsVectors::read(name).unwrap();
        assert!(vectors.cases.len() >= 40, "{name}");
        differences.extend(vectors.differences(|input| answer(function, input)));
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn what_is_null_has_a_reason_and_nothing_else_has() {
    for name in STATISTICS {
        let function = Function::named(name).unwrap();
        for case in StatisticsVectors::read(name).unwrap().cases {
            let answered = answer(function, &case.input);
            for (field, value) in answered.as_object().unwrap().iter().filter(|(field, _)| *field != "reasons") {
                let reason = answered["reasons"].get(field).and_then(Json::as_str);
                assert_eq!(value.is_null(), reason.is_some_and(|reason| !reason.is_empty()), "{}: {answered}", case.id);
            }
        }
    }
}

/// The arguments of an example, read as a command line would.
fn example(function: &Function) -> Map<String, Json> {
    let mut arguments = Map::new();
    let words: Vec<&str> = function.example.split_whitespace().collect();
    for pair in words.chunks(2) {
        let name = pair[0].strip_prefix("--").unwrap().replace('-', "_");
        let kind = function.argument(&name).unwrap().kind;
        let value = kind.parse(pair[1]).unwrap();
        if kind.repeats() {
            arguments.entry(name).or_insert_with(|| json!([])).as_array_mut().unwrap().push(value);
        } else {
            arguments.insert(name, value);
        }
    }
    arguments
}

#[test]
fn the_table_is_what_the_functions_do() {
    let mut names = vec![];
    for function in Function::ALL {
        names.push(function.name);
        let arguments = example(&function);
        let answered = function.answer(&arguments).unwrap_or_else(|error| panic!("{}: {error}", function.name));
        let fields: Vec<&str> = answered.fields().map(|(name, _)| name).collect();
        assert_eq!(fields, function.results.iter().map(|Field { name, .. }| *name).collect::<Vec<_>>());
        assert!(
            answered.fields().any(|(_, value)| value.is_ok()),
            "{} has an example that says something",
            function.name
        );
        // Each argument is read: without it, or as something else, the question is refused.
        for argument in function.arguments {
            let mut without = arguments.clone();
            without.remove(argument.name);
            match (function.answer(&without), argument.presence) {
                (Err(error), Presence::Required) => assert_eq!(
                    error,
                    ArgumentError::Missing { argument: argument.name, expected: argument.kind },
                    "{}",
                    function.name
                ),
                (answered, Presence::Required) => panic!("{} without {}: {answered:?}", function.name, argument.name),
                (answered, _) => assert!(answered.is_ok(), "{} without {}", function.name, argument.name),
            }
            if function.name == "group_sequential_boundaries" && argument.name == "parameter" {
                continue; // Not read by the design of the example.
            }
            let mut strange = arguments.clone();
            strange.insert(argument.name.to_owned(), json!({ "neither": "nor" }));
            let refused = function.answer(&strange).unwrap_err();
            assert!(matches!(refused, ArgumentError::Kind { .. }), "{}: {refused}", function.name);
            assert_eq!(refused.argument(), Some(argument.name), "{}: {refused}", function.name);
        }
    }
    assert!(STATISTICS.iter().all(|name| names.contains(name)));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Function::ALL.len());
}

#[test]
fn refusals_name_the_argument_and_what_was_expected() {
    let ask = |name: &str, arguments: Json| {
        let refused = Function::named(name).unwrap().answer(arguments.as_object().unwrap()).unwrap_err();
        format!("{name}: {refused}")
    };
    insta::assert_snapshot!(
        [
            ask("wilson_interval", json!({ "conversions": 1 })),
            ask("wilson_interval", json!({ "conversions": 1, "user": 2 })),
            ask("wilson_interval", json!({ "conversions": 3, "users": 2 })),
            ask("wilson_interval", json!({ "conversions": -1, "users": 2 })),
            ask("wilson_interval", json!({ "conversions": 1.5, "users": 2 })),
            ask("wilson_interval", json!({ "conversions": "1", "users": 2 })),
            ask("wilson_interval", json!({ "conversions": 1, "users": 2, "alpha": 5 })),
            ask("welch_t", json!({ "mean_a": 1, "var_a": -1, "n_a": 9, "mean_b": 1, "var_b": 1, "n_b": 9 })),
            ask("mann_whitney_u", json!({ "a": [1, null], "b": [1] })),
            ask("cuped", json!({ "pre_a": [1, 2], "post_a": [1], "pre_b": [1], "post_b": [1] })),
            ask("accumulator", json!({ "chunks_x": [[1], [2, "x"]], "chunks_y": [[1], [2, 3]] })),
            ask("srm_chi_square", json!({ "observed": [1, 2], "weights": [1] })),
            ask("bayes_prob_best", json!({ "posteriors": [{ "alpha": 1 }] })),
            ask("bayes_normal", json!({ "effect": 1, "se": 1, "prior_mean": 0 })),
            ask("group_sequential_boundaries", json!({ "design": "kim_demets_power", "information_fractions": [1] })),
            ask("group_sequential_boundaries", json!({ "design": "pocok", "information_fractions": [1] })),
            ask("group_sequential_boundaries", json!({ "design": "pocock", "sides": 3, "information_fractions": [1] })),
            ask("sample_size_two_proportions", json!({ "p_a": 0.1, "p_b": 1.2 })),
        ]
        .join("\n")
    );
}

#[test]
fn words_of_a_command_line_are_read_by_kind() {
    assert_eq!(Kind::Numbers.parse("1,2.5 3\n4"), Ok(json!([1.0, 2.5, 3.0, 4.0])));
    assert_eq!(Kind::Counts.parse(""), Ok(json!([])));
    assert_eq!(Kind::Posteriors.parse("1,2.5"), Ok(json!({ "alpha": 1.0, "beta": 2.5 })));
    for (kind, wrong) in [
        (Kind::Count, "1.5"),
        (Kind::Number, "inf"),
        (Kind::Counts, "1,-2"),
        (Kind::Choice(&["a", "b"]), "c"),
        (Kind::Posteriors, "1,2,3"),
    ] {
        assert!(kind.parse(wrong).unwrap_err().starts_with("expected "), "{wrong}");
    }
    // Whole numbers that a language without them writes as doubles are whole.
    let wilson = Function::named("wilson_interval").unwrap();
    assert_eq!(
        answer(wilson, &json!({ "conversions": 1.0, "users": 2e3 })),
        answer(wilson, &json!({ "conversions": 1, "users": 2000 }))
    );
}
