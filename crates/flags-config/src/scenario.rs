//! Scenarios: files of their own, read by the same rules and with the same diagnostics as definitions.

use flags_rollout::simulate::Scenario;

use crate::{
    Limits, Report, Source, Sources,
    parse::prepare,
    problems::Problems,
    read::Reader,
    shape::{self, SCENARIO},
};

/// Reads what a simulated rollout meets.
///
/// # Errors
///
/// Everything that is wrong with the text, with its places, as a report.
///
/// ```
/// use flags_config::{Source, load_scenario};
///
/// let text = r#"
/// traffic = { per_arm = 100 }
///
/// [[spans]]
/// errors = 0.01
///
/// [[spans]]
/// from = "20m"
/// errors = { control = 0.01, treatment = 0.3 }
/// "#;
/// let scenario = load_scenario(&Source::new("broken.toml", text)).map_err(|report| report.to_string())?;
/// assert_eq!(scenario.harm_begins().map(|harm| harm.as_secs()), Some(1_200));
/// # Ok::<(), String>(())
/// ```
pub fn load_scenario(source: &Source) -> Result<Scenario, Report> {
    let limits = Limits::default();
    let mut problems = Problems::new(limits.diagnostics);
    let scenario = read(source, &limits, &mut problems);
    match scenario {
        Some(scenario) if !problems.has_errors() => Ok(scenario),
        _ => Err(problems.into_report(Sources::from(source.clone()))),
    }
}

fn read(source: &Source, limits: &Limits, problems: &mut Problems) -> Option<Scenario> {
    let prepared = prepare(source, 0, limits, problems)?;
    let parsed = prepared.parse(0, problems);
    shape::walk_as(&SCENARIO, &parsed.root, &prepared.text, 0, problems);
    let mut reader =
        Reader { source: 0, text: &prepared.text, header: (0..prepared.text.len(), SCENARIO.noun), problems };
    let scenario = reader.scenario(&parsed.root);
    if !prepared.is_original() {
        problems.translate(|_, span| prepared.original(span));
    }
    Some(scenario)
}
