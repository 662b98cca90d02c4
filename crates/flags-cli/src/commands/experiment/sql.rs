//! `flags experiment sql`: the query by which a database sums up an experiment.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use flags::{Timestamp, control::Target};
use flags_ab::sql::{Dialect, SqlOptions, summary_query};
use serde_json::json;

use super::look::LookOptions;
use crate::{
    arguments::{experiment, instant},
    failure::Failure,
    output::{Output, Status},
};

/// Print the query that sums up an experiment in a database.
///
/// Its answer as JSON is what `flags experiment analyze --from-summary` reads, so that events stay where they are. The tables have
/// the columns experiment, unit, arm, exposed_at (exposures) and unit, event, value, occurred_at (events), in UTC; give
/// others these names by a view.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment sql checkout_button --file config --dialect bigquery --exposures shop.exposures --events shop.events
  flags experiment sql checkout_button --file config --dialect duckdb | duckdb -json shop.db > sums.json
  flags experiment analyze checkout_button --file config --from-summary sums.json

JSON: {\"experiment\",\"dialect\",\"sql\"}.")]
pub(super) struct Sql {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    /// The database.
    #[arg(long, value_enum, value_name = "DIALECT")]
    dialect: Words,
    /// The table of exposures.
    #[arg(long, value_name = "TABLE", default_value = "exposures")]
    exposures: String,
    /// The table of events.
    #[arg(long, value_name = "TABLE", default_value = "events")]
    events: String,
    /// Leaves out what happened at that instant or later.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    until: Option<Timestamp>,
    /// Also tells the units apart by the day of their first exposure.
    #[arg(long)]
    days: bool,
    /// The exposures have the weights that were in force in a column `split`, as in control=1,treatment=1.
    #[arg(long)]
    split: bool,
    /// Also tells the units apart by a column of the exposures. Can be repeated.
    #[arg(long = "by", value_name = "COLUMN")]
    dimensions: Vec<String>,
    #[command(flatten)]
    options: LookOptions,
}

/// The databases, as they are called here.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Words {
    Postgres,
    #[value(name = "bigquery")]
    BigQuery,
    Snowflake,
    #[value(name = "clickhouse")]
    ClickHouse,
    /// And Databricks.
    Spark,
    #[value(name = "duckdb")]
    DuckDb,
}

impl From<Words> for Dialect {
    fn from(words: Words) -> Self {
        match words {
            Words::Postgres => Self::Postgres,
            Words::BigQuery => Self::BigQuery,
            Words::Snowflake => Self::Snowflake,
            Words::ClickHouse => Self::ClickHouse,
            Words::Spark => Self::Spark,
            Words::DuckDb => Self::DuckDb,
        }
    }
}

impl Sql {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let looked = self.options.look()?;
        let (_, definition) = looked.find(self.experiment.key())?;
        let dialect = Dialect::from(self.dialect);
        let options = SqlOptions {
            exposures: self.exposures,
            events: self.events,
            until: self.until,
            days: self.days,
            split: self.split,
            dimensions: self.dimensions.iter().map(|name| name.as_str().into()).collect(),
            ..SqlOptions::new(dialect)
        };
        let query = summary_query(definition, &options).map_err(|error| Failure::Usage(error.to_string()))?;
        if output.is_json() {
            output.json(&json!({ "experiment": definition.key, "dialect": dialect.name(), "sql": query }))?;
        } else {
            write!(output, "{query}")?;
        }
        Ok(Status::Fine)
    }
}
