//! Two readings of the format, `flags-config`'s and the naive one, come to the same definitions. // B1

use flags_config::{Source, Sources, load};
use flags_core::{Definitions, FlagDefinition, Object, definition::AnalysisDefinition};
use flags_testkit::{reader::Document, suite, vectors};

/// What an evaluation looks at: the naive reader leaves out the rest.
fn essence(definitions: &Definitions) -> Definitions {
    let mut essence = definitions.clone();
    for flag in &mut essence.flags {
        strip(flag);
        for (_, form) in &mut flag.environments {
            strip(form);
        }
    }
    for segment in &mut essence.segments {
        segment.description = None;
    }
    for experiment in &mut essence.experiments {
        (experiment.hypothesis, experiment.description, experiment.owner) = (None, None, None);
        (experiment.metrics, experiment.analysis) = (vec![], AnalysisDefinition::default());
        experiment.arms.iter_mut().for_each(|arm| arm.description = None);
    }
    essence
}

fn strip(flag: &mut FlagDefinition) {
    flag.description = None;
    flag.owner = None;
    flag.tags = vec![];
    flag.metadata = Object::new();
    flag.expires = None;
    flag.protected = false;
    flag.created_at = None;
    flag.updated_at = None;
    flag.updated_by = None;
}

fn compare(name: &str, text: &str, naive: &Document) -> Option<String> {
    let loaded = load(&Sources::from(Source::new(name, text)));
    let Some(document) = loaded.document else {
        return Some(format!("{name} is refused:\n{}", loaded.report.render_human(false)));
    };
    if document.settings.environment.as_deref().unwrap_or("development") != naive.environment {
        return Some(format!("{name}: the environment is read as {:?}", document.settings.environment));
    }
    let (found, expected) = (essence(&document.definitions), essence(&naive.definitions));
    for (found, expected) in found.flags.iter().zip(&expected.flags) {
        if found != expected {
            return Some(format!("{name}: flags-config reads\n{found:#?}\nthe naive reader\n{expected:#?}"));
        }
    }
    (found != expected).then(|| format!("{name}: flags-config reads\n{found:#?}\nthe naive reader\n{expected:#?}"))
}

#[test]
fn of_the_suites() {
    let suites = suite::load_all().unwrap();
    assert!(suites.len() >= 20);
    let failures: Vec<String> =
        suites.iter().filter_map(|suite| compare(&suite.name, &suite.definition, &suite.document)).collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), suites.len(), failures.join("\n"));
}

#[test]
fn of_the_vectors() {
    let vectors = vectors::evaluation().unwrap();
    let failures: Vec<String> = (0..)
        .zip(&vectors)
        .filter_map(|(number, vector)| compare(&format!("set {number}"), &vector.definition, &vector.document))
        .collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), vectors.len(), failures.join("\n"));
}
