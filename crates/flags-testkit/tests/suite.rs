//! Every case of the suites, put to the oracle and to the evaluator, each reported on its own.

use flags_testkit::suite;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let suites = match suite::load_all() {
        Ok(suites) => suites,
        Err(error) => {
            libtest_mimic::run(&arguments, vec![Trial::test("the suites load", move || Err(Failed::from(error)))])
                .exit()
        }
    };
    let mut trials = Vec::new();
    for suite in suites {
        for case in suite.cases.clone() {
            for who in ["oracle", "evaluator"] {
                let (suite, case) = (suite.clone(), case.clone());
                let name = format!("{}::{} ({who})", suite.name, case.name);
                trials.push(Trial::test(name, move || {
                    let differences = match who {
                        "oracle" => suite.differences_of_oracle(&case),
                        _ => suite.differences_of_evaluator(&case),
                    };
                    if differences.is_empty() { Ok(()) } else { Err(Failed::from(differences.join("\n"))) }
                }));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
