//! `flags experiment report`: an analysis as a page, for people who were not there.

use std::{fs, io::Write as _, path::PathBuf, time::Duration};

use clap::Args;
use flags::control::Target;
use flags_ab::{
    analysis::{AnalysisOptions, analyze},
    analytics::{Analytics, AnalyticsPlan, Funnel, LifetimePlan},
    report::{self, ReportInput},
};

use super::{
    data::{DataOptions, in_force},
    look::LookOptions,
};
use crate::{
    arguments::{AtOption, experiment},
    failure::Failure,
    operate::time,
    output::{Output, Status, note},
};

/// Write the report of an experiment: intervals, the effect over time, funnels, segments and the decision.
///
/// The HTML page needs nothing else: no network, no script, light and dark. The Markdown has the same tables. Without --html and
/// --markdown the Markdown is printed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment report checkout_button --state-dir var/flags --html report.html
  flags experiment report checkout_button --file config --from events.csv --by country --markdown report.md
  flags experiment report checkout_button --state-dir var/flags --html report.html --funnel visit,cart,purchase --lifetime purchase")]
pub(super) struct Report {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    /// The file of the HTML page (- for standard output).
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The file of the Markdown (- for standard output).
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// The events of a funnel, in order, of which the first comes after the exposure. Can be repeated.
    #[arg(long = "funnel", value_name = "EVENTS", conflicts_with = "from_summary")]
    funnels: Vec<String>,
    /// How long a unit has from its exposure to the end of a funnel.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "funnels")]
    funnel_window: Option<Duration>,
    /// The event whose values add up to what a unit is worth, week by week.
    #[arg(long, value_name = "EVENT", conflicts_with = "from_summary")]
    lifetime: Option<String>,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    at: AtOption,
    #[command(flatten)]
    options: LookOptions,
}

/// So many weeks of a unit's life are followed.
const WEEKS: usize = 8;

impl Report {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let looked = self.options.look()?;
        let (view, definition) = looked.find(self.experiment.key())?;
        let definition = in_force(&looked, view, definition);
        let options = AnalysisOptions::at(self.at.or_now_at_most()?);
        let plan = self.plan(AnalyticsPlan::of(&definition))?;
        let mut wanted: Vec<&str> =
            plan.funnels.iter().flat_map(|funnel| funnel.steps().into_iter().map(|step| &**step)).collect();
        wanted.extend(self.lifetime.as_deref());
        let data = self.data.read_with(&definition, &options, self.options.state(), &wanted)?;
        let denied = |error: &dyn std::fmt::Display| Failure::Denied { message: error.to_string(), help: None };
        let analysis = analyze(&definition, &data.summary, &options).map_err(|error| denied(&error))?;
        let mut analytics =
            Analytics::of_summary(&data.summary, &definition, options.now).map_err(|error| denied(&error))?;
        if let Some(events) = &data.events {
            analytics = analytics.with_events(events.store(), &definition, &plan).map_err(|error| denied(&error))?;
        }
        let mut input = ReportInput::new(&definition, &analysis);
        if analysis.is_withheld() {
            note(
                "the effect by day, funnels, segments and lifetime values are left out until the analysis shows its numbers",
            );
        } else {
            input = input.analytics(&analytics);
        }
        if self.html.is_none() && self.markdown.is_none() {
            write!(output, "{}", report::markdown(&input))?;
        }
        for (path, write) in
            [(&self.html, report::html as fn(&ReportInput<'_>) -> String), (&self.markdown, report::markdown)]
        {
            let Some(path) = path else { continue };
            let text = write(&input);
            if crate::input::is_stdin(path) {
                write!(output, "{text}")?;
            } else {
                fs::write(path, text).map_err(|error| Failure::file(path, "write", &error))?;
                note(&format!("{} is written", path.display()));
            }
        }
        Ok(Status::bad_if(analysis.is_blocked()))
    }

    /// What is asked of the events.
    fn plan(&self, mut plan: AnalyticsPlan) -> Result<AnalyticsPlan, Failure> {
        let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
        for funnel in &self.funnels {
            let steps = funnel.split(',').map(str::trim);
            let named = steps.clone().collect::<Vec<_>>().join(" to ");
            let mut made = Funnel::new(named, steps).map_err(|error| usage(&error))?;
            if let Some(window) = self.funnel_window {
                made = made.window(window).map_err(|error| usage(&error))?;
            }
            plan = plan.funnel(made);
        }
        if let Some(event) = &self.lifetime {
            plan = plan.lifetime(LifetimePlan::new(event.as_str(), WEEKS).map_err(|error| usage(&error))?);
        }
        Ok(plan)
    }
}
