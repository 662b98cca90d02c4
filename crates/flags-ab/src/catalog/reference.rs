//! The reference page of the functions.

use std::fmt::Write as _;

use super::{Function, Presence};

const INTRODUCTION: &str = "\
# Statistics by name

Every function that `flags stats` and `flags stats --batch` know. Written by `cargo xtask codegen`.

Arm `a` is the control, arm `b` the treatment; every effect is b minus a. `alpha` is two-sided unless it says otherwise. A
quantity that is undefined for an input is `null`, and `reasons` in the answer says why: never NaN, never an infinity. An
argument that is left out or `null` has its default. Whole numbers are exact up to 2^64 - 1. Tail probabilities are computed as
tails; below 1e-300 go by the `ln_p` fields.

One question:

```text
flags stats two_proportion_z --conversions-a 250 --users-a 5000 --conversions-b 350 --users-b 5000
```

Options are the arguments with `-` for `_`. Lists are separated by commas, or read from a file with `@FILE`; lists of lists are
given by repeating the option.

Many questions, one JSON object a line, answered by one JSON object a line in the same order:

```text
flags stats --batch questions.jsonl
{\"function\":\"two_proportion_z\",\"args\":{\"conversions_a\":250,\"users_a\":5000,\"conversions_b\":350,\"users_b\":5000}}
```

A line that cannot be answered gets `{\"line\", \"function\", \"argument\", \"error\"}`, those that are known, and the exit status is 1.
";

/// The page on all functions, in Markdown.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| function | question |\n| --- | --- |\n");
    for function in Function::ALL {
        let _ = writeln!(page, "| [`{0}`](#{0}) | {1} |", function.name, function.title);
    }
    for function in Function::ALL {
        section(&mut page, &function);
    }
    page
}

fn section(page: &mut String, function: &Function) {
    // Writing to a string does not fail.
    let _ = writeln!(page, "\n## {}\n\n{}.\n\n```text\n{}\n```\n", function.name, function.title, function.formula);
    let _ = writeln!(page, "Source: {}.\n", function.source);
    page.push_str("| argument | what it is | expected |\n| --- | --- | --- |\n");
    for argument in function.arguments {
        let presence = match argument.presence {
            Presence::Required => String::new(),
            Presence::Optional => "; may be left out".to_owned(),
            Presence::Default(value) => format!("; {value} if it is left out"),
        };
        let _ = writeln!(page, "| `{}` | {} | {}{presence} |", argument.name, argument.meaning, argument.kind);
    }
    page.push_str("\n| result | what it says |\n| --- | --- |\n");
    for field in function.results {
        let _ = writeln!(page, "| `{}` | {} |", field.name, field.meaning);
    }
    let _ = writeln!(page, "\n```text\nflags stats {} {}\n```", function.name, function.example);
}
