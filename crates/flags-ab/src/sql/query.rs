//! The query, step by step: first exposures, what happened after them, one row of sums for each arm and metric.

use flags_core::definition::{ExperimentDefinition, MetricDefinition, MetricKind};

use super::{Dialect, SqlError, SqlOptions};
use crate::Name;

/// Where steps of the query stand in the text.
const INDENT: &str = "    ";

/// The query of an experiment.
pub(super) fn write(definition: &ExperimentDefinition, options: &SqlOptions) -> Result<String, SqlError> {
    let writer = Writer::new(definition, options)?;
    let mut steps = vec![writer.ranked(), writer.exposed(), writer.units()];
    if !writer.metrics.is_empty() {
        steps.push(writer.tracked());
        steps.push(writer.totals());
        steps.push(writer.measured());
    }
    for metric in &writer.metrics {
        steps.extend(writer.steps_of(metric));
    }
    let mut selects = vec![];
    for cut in writer.cuts() {
        selects.push(writer.exposures(&cut));
        selects.extend(writer.metrics.iter().map(|metric| writer.sums(metric, &cut)));
    }
    let head = format!(
        "-- Experiment {}: what `flags experiment analyze --from-summary` reads, as JSON.\n",
        definition.key.escape_debug()
    );
    let steps: Vec<String> = steps.iter().map(|(name, body)| format!("{name} AS (\n{body}\n)")).collect();
    Ok(format!("{head}WITH {}\n{}\nORDER BY metric, arm\n", steps.join(",\n"), selects.join("\nUNION ALL\n")))
}

/// A named step and its text.
type Step = (String, String);

/// A metric and how it is called in the query.
struct Metric<'a> {
    definition: &'a MetricDefinition,
    /// `m1` and so on.
    column: String,
    event: &'a str,
    /// Of a ratio: the event below the line.
    below: Option<&'a str>,
    /// The quantile at which it is cut.
    quantile: Option<f64>,
}

impl Metric<'_> {
    /// Whether there are two numbers for each unit.
    fn has_two(&self) -> bool {
        matches!(self.definition.kind, MetricKind::Ratio | MetricKind::Duration)
    }

    /// Whether units without the event say nothing.
    fn may_be_absent(&self) -> bool {
        self.definition.kind == MetricKind::Custom
    }

    /// The step that has its values.
    fn source(&self) -> String {
        if self.may_be_absent() { format!("measured_{}", self.column) } else { "measured".to_owned() }
    }
}

/// Which units a row is about.
enum Cut {
    Whole,
    Day,
    Dimension(Name),
}

struct Writer<'a> {
    dialect: Dialect,
    options: &'a SqlOptions,
    experiment: String,
    exposures: String,
    events: String,
    /// The columns of the exposures, by dimension.
    dimensions: Vec<(Name, String)>,
    metrics: Vec<Metric<'a>>,
}

impl<'a> Writer<'a> {
    fn new(definition: &'a ExperimentDefinition, options: &'a SqlOptions) -> Result<Self, SqlError> {
        let dialect = options.dialect;
        let metric = |(number, definition): (usize, &'a MetricDefinition)| {
            let (event, below) = match definition.kind {
                MetricKind::Ratio => (&definition.numerator, definition.denominator.as_deref()),
                _ => (&definition.event, None),
            };
            let whole = definition.kind != MetricKind::Ratio || below.is_some();
            let event = event.as_deref().filter(|_| whole);
            let event = event.ok_or_else(|| SqlError::NoEvent { metric: definition.name.to_string() })?;
            let cuts = |quantile: &f64| definition.kind != MetricKind::Conversion && *quantile > 0.0 && *quantile < 1.0;
            let quantile = definition.winsorize.filter(cuts);
            Ok(Metric { definition, column: format!("m{}", number + 1), event, below, quantile })
        };
        let dimension = |name: &Name| Ok((name.clone(), dialect.identifier("the column", name)?));
        Ok(Self {
            dialect,
            options,
            experiment: dialect.text(&definition.key),
            exposures: dialect.identifier("the table", &options.exposures)?,
            events: dialect.identifier("the table", &options.events)?,
            dimensions: options.dimensions.iter().map(dimension).collect::<Result<_, SqlError>>()?,
            metrics: definition.metrics.iter().enumerate().map(metric).collect::<Result<_, SqlError>>()?,
        })
    }

    /// The columns of units besides unit and arm, each with what it is in the exposures.
    fn kept(&self) -> Vec<(String, String)> {
        let mut kept = vec![];
        if self.options.split {
            kept.push(("phase".to_owned(), "split".to_owned()));
        }
        if self.options.days {
            kept.push(("day".to_owned(), "CAST(exposed_at AS DATE)".to_owned()));
        }
        let dimensions = self.dimensions.iter().enumerate();
        kept.extend(dimensions.map(|(number, (_, column))| (format!("d{}", number + 1), column.clone())));
        kept
    }

    /// `, phase, day` and so on.
    fn kept_names(&self, of: &str) -> String {
        self.kept().iter().map(|(name, _)| format!(", {of}{name}")).collect()
    }

    fn until(&self, column: &str) -> String {
        let limit = |at| format!("\n{INDENT}{INDENT}AND {column} < {}", self.dialect.instant(at));
        self.options.until.map(limit).unwrap_or_default()
    }

    fn ranked(&self) -> Step {
        let kept: String =
            self.kept().iter().map(|(name, value)| format!(",\n{INDENT}{INDENT}{value} AS {name}")).collect();
        let body = format!(
            "{INDENT}SELECT unit, arm, exposed_at,
{INDENT}{INDENT}ROW_NUMBER() OVER (PARTITION BY unit ORDER BY exposed_at, arm) AS place,
{INDENT}{INDENT}CASE WHEN MIN(arm) OVER (PARTITION BY unit) = MAX(arm) OVER (PARTITION BY unit) THEN 0 ELSE 1 END AS in_two_arms{kept}
{INDENT}FROM {}
{INDENT}WHERE experiment = {}{}",
            self.exposures,
            self.experiment,
            self.until("exposed_at"),
        );
        ("ranked".to_owned(), body)
    }

    fn exposed(&self) -> Step {
        let body = format!(
            "{INDENT}SELECT unit, arm, exposed_at AS first_at, in_two_arms{}\n{INDENT}FROM ranked\n{INDENT}WHERE place = 1",
            self.kept_names("")
        );
        ("exposed".to_owned(), body)
    }

    fn units(&self) -> Step {
        let body = format!(
            "{INDENT}SELECT unit, arm, first_at{}\n{INDENT}FROM exposed\n{INDENT}WHERE in_two_arms = 0",
            self.kept_names("")
        );
        ("units".to_owned(), body)
    }

    /// The events of units from their first exposure on.
    fn tracked(&self) -> Step {
        let mut names: Vec<&str> =
            self.metrics.iter().flat_map(|metric| [Some(metric.event), metric.below]).flatten().collect();
        names.sort_unstable();
        names.dedup();
        let names: Vec<String> = names.into_iter().map(|name| self.dialect.text(name)).collect();
        let body = format!(
            "{INDENT}SELECT u.unit AS unit, u.first_at AS first_at, e.event AS event, e.occurred_at AS occurred_at,
{INDENT}{INDENT}CAST(COALESCE(e.value, 1) AS {}) AS amount
{INDENT}FROM {} e
{INDENT}INNER JOIN units u ON u.unit = e.unit
{INDENT}WHERE e.event IN ({})
{INDENT}{INDENT}AND e.occurred_at >= u.first_at{}",
            self.dialect.double(),
            self.events,
            names.join(", "),
            self.until("e.occurred_at"),
        );
        ("tracked".to_owned(), body)
    }

    /// Whether a tracked event counts for a metric.
    fn counts(&self, metric: &Metric<'_>, event: &str) -> String {
        let event = format!("event = {}", self.dialect.text(event));
        match metric.definition.window {
            Some(window) => format!("{event} AND occurred_at < {}", self.dialect.later("first_at", window)),
            None => event,
        }
    }

    /// What each unit with events has of each metric.
    fn totals(&self) -> Step {
        let double = self.dialect.double();
        let mut columns = vec![];
        for metric in self.metrics.iter().filter(|metric| !metric.may_be_absent()) {
            let (column, when) = (&metric.column, self.counts(metric, metric.event));
            let total = |when: &str| format!("SUM(CASE WHEN {when} THEN amount ELSE 0 END)");
            let number = |when: &str| format!("CAST(SUM(CASE WHEN {when} THEN 1 ELSE 0 END) AS {double})");
            match metric.definition.kind {
                MetricKind::Conversion => {
                    columns.push(format!("MAX(CASE WHEN {when} THEN 1 ELSE 0 END) AS {column}"));
                }
                MetricKind::Count => columns.push(format!("{} AS {column}", number(&when))),
                MetricKind::Duration => {
                    columns.push(format!("{} AS {column}", total(&when)));
                    columns.push(format!("{} AS {column}_below", number(&when)));
                }
                MetricKind::Ratio => {
                    let below = self.counts(metric, metric.below.unwrap_or(metric.event));
                    columns.push(format!("{} AS {column}", total(&when)));
                    columns.push(format!("{} AS {column}_below", total(&below)));
                }
                MetricKind::Mean | MetricKind::Custom => columns.push(format!("{} AS {column}", total(&when))),
            }
        }
        let columns: String = columns.iter().map(|column| format!(",\n{INDENT}{INDENT}{column}")).collect();
        ("totals".to_owned(), format!("{INDENT}SELECT unit{columns}\n{INDENT}FROM tracked\n{INDENT}GROUP BY unit"))
    }

    /// What each unit has of each metric, 0 without events.
    fn measured(&self) -> Step {
        let columns = self.metrics.iter().filter(|metric| !metric.may_be_absent()).flat_map(|metric| {
            let below = metric.has_two().then(|| format!("{}_below", metric.column));
            [Some(metric.column.clone()), below].into_iter().flatten()
        });
        let columns: String =
            columns.map(|column| format!(",\n{INDENT}{INDENT}COALESCE(t.{column}, 0) AS {column}")).collect();
        let body = format!(
            "{INDENT}SELECT u.unit AS unit, u.arm AS arm{}{columns}
{INDENT}FROM units u
{INDENT}LEFT JOIN totals t ON t.unit = u.unit",
            self.kept_columns()
        );
        ("measured".to_owned(), body)
    }

    /// `, u.phase AS phase` and so on.
    fn kept_columns(&self) -> String {
        self.kept().iter().map(|(name, _)| format!(", u.{name} AS {name}")).collect()
    }

    /// The steps of a metric alone: the last value of a custom one, and where values are cut.
    fn steps_of(&self, metric: &Metric<'_>) -> Vec<Step> {
        let column = &metric.column;
        let mut steps = vec![];
        if metric.may_be_absent() {
            let last = format!(
                "{INDENT}SELECT unit, amount,
{INDENT}{INDENT}ROW_NUMBER() OVER (PARTITION BY unit ORDER BY occurred_at DESC, amount DESC) AS place
{INDENT}FROM tracked
{INDENT}WHERE {}",
                self.counts(metric, metric.event)
            );
            steps.push((format!("last_{column}"), last));
            let measured = format!(
                "{INDENT}SELECT u.arm AS arm{}, l.amount AS {column}
{INDENT}FROM units u
{INDENT}INNER JOIN last_{column} l ON l.unit = u.unit
{INDENT}WHERE l.place = 1",
                self.kept_columns()
            );
            steps.push((metric.source(), measured));
        }
        if let Some(quantile) = metric.quantile {
            let value = if metric.has_two() {
                format!("CASE WHEN {column}_below > 0 THEN {column} / {column}_below END")
            } else {
                column.clone()
            };
            let body = format!("{INDENT}{}\n{INDENT}FROM {}", self.dialect.quantile(&value, quantile), metric.source());
            steps.push((format!("cap_{column}"), body));
        }
        steps
    }

    fn cuts(&self) -> Vec<Cut> {
        let mut cuts = vec![Cut::Whole];
        if self.options.days {
            cuts.push(Cut::Day);
        }
        cuts.extend(self.dimensions.iter().map(|(name, _)| Cut::Dimension(name.clone())));
        cuts
    }

    /// The columns that say which units a row is about, and by what the units are grouped.
    fn cut_columns(&self, cut: &Cut) -> (String, String) {
        let string = self.dialect.string();
        let null = |name: &str| format!("CAST(NULL AS {string}) AS {name}");
        let cast = |column: &str, name: &str| format!("CAST(v.{column} AS {string}) AS {name}");
        let (mut columns, mut groups) = (vec![], vec!["v.arm".to_owned()]);
        if self.options.split {
            columns.push(match cut {
                Cut::Whole => {
                    groups.push("v.phase".to_owned());
                    cast("phase", "phase")
                }
                _ => null("phase"),
            });
        }
        if self.options.days {
            columns.push(match cut {
                Cut::Day => {
                    groups.push("v.day".to_owned());
                    cast("day", "day")
                }
                _ => null("day"),
            });
        }
        if !self.dimensions.is_empty() {
            let number = match cut {
                Cut::Dimension(name) => self.dimensions.iter().position(|(known, _)| known == name),
                _ => None,
            };
            match number {
                Some(number) => {
                    let column = format!("d{}", number + 1);
                    columns.push(format!("{} AS dimension", self.dialect.text(&self.dimensions[number].0)));
                    columns.push(cast(&column, "value"));
                    groups.push(format!("v.{column}"));
                }
                None => columns.extend([null("dimension"), null("value")]),
            }
        }
        (columns.iter().map(|column| format!(", {column}")).collect(), groups.join(", "))
    }

    /// Units without the dimension are in none of its segments.
    fn present(&self, cut: &Cut) -> String {
        match cut {
            Cut::Dimension(name) => match self.dimensions.iter().position(|(known, _)| known == name) {
                Some(number) => format!("\nWHERE v.d{} IS NOT NULL", number + 1),
                None => String::new(),
            },
            Cut::Whole | Cut::Day => String::new(),
        }
    }

    /// How many units each arm has, and how many were left out of it.
    fn exposures(&self, cut: &Cut) -> String {
        let (integer, double) = (self.dialect.integer(), self.dialect.double());
        let (columns, groups) = self.cut_columns(cut);
        let numbers: String =
            NUMBERS.iter().map(|name| format!("\n{INDENT}CAST(NULL AS {double}) AS {name},")).collect();
        format!(
            "SELECT {} AS experiment, v.arm AS arm, 'exposures' AS metric{columns},
{INDENT}CAST(SUM(1 - v.in_two_arms) AS {integer}) AS users,
{INDENT}CAST(NULL AS {integer}) AS conversions,{numbers}
{INDENT}CAST(SUM(v.in_two_arms) AS {integer}) AS in_two_arms,
{INDENT}CAST(NULL AS {integer}) AS capped
FROM exposed v{}
GROUP BY {groups}",
            self.experiment,
            self.present(cut)
        )
    }

    /// The sums of a metric in each arm.
    fn sums(&self, metric: &Metric<'_>, cut: &Cut) -> String {
        let (integer, double) = (self.dialect.integer(), self.dialect.double());
        let (columns, groups) = self.cut_columns(cut);
        let column = format!("v.{}", metric.column);
        let below = format!("v.{}_below", metric.column);
        let (mut conversions, mut capped) = ("NULL".to_owned(), "NULL".to_owned());
        let mut numbers = NUMBERS.map(|_| "NULL".to_owned());
        if metric.definition.kind == MetricKind::Conversion {
            conversions = format!("SUM({column})");
            numbers[0] = format!("AVG({column})");
        } else {
            numbers[0] = format!("AVG({column})");
            numbers[1] = self.dialect.variance(&column);
            if metric.has_two() {
                numbers[2] = format!("AVG({below})");
                numbers[3] = self.dialect.variance(&below);
                numbers[4] = self.dialect.covariance(&column, &below);
            }
        }
        if metric.quantile.is_some() {
            capped = "SUM(v.is_cut)".to_owned();
        }
        let numbers: String = NUMBERS
            .iter()
            .zip(&numbers)
            .map(|(name, value)| format!("\n{INDENT}CAST({value} AS {double}) AS {name},"))
            .collect();
        format!(
            "SELECT {} AS experiment, v.arm AS arm, {} AS metric{columns},
{INDENT}CAST(COUNT(*) AS {integer}) AS users,
{INDENT}CAST({conversions} AS {integer}) AS conversions,{numbers}
{INDENT}CAST(NULL AS {integer}) AS in_two_arms,
{INDENT}CAST({capped} AS {integer}) AS capped
FROM {} v{}
GROUP BY {groups}",
            self.experiment,
            self.dialect.text(&metric.definition.name),
            self.cut_values(metric),
            self.present(cut)
        )
    }

    /// The values of a metric after those beyond its cap were cut; a cap that is not positive cuts nothing.
    fn cut_values(&self, metric: &Metric<'_>) -> String {
        if metric.quantile.is_none() {
            return metric.source();
        }
        let column = &metric.column;
        let (beyond, cut, below) = if metric.has_two() {
            let beyond = format!("c.cap > 0 AND m.{column}_below > 0 AND m.{column} > c.cap * m.{column}_below");
            (beyond, format!("c.cap * m.{column}_below"), format!(", m.{column}_below AS {column}_below"))
        } else {
            (format!("c.cap > 0 AND m.{column} > c.cap"), "c.cap".to_owned(), String::new())
        };
        let kept: String = self.kept().iter().map(|(name, _)| format!(", m.{name} AS {name}")).collect();
        format!(
            "(
{INDENT}SELECT m.arm AS arm{kept}{below},
{INDENT}{INDENT}CASE WHEN {beyond} THEN {cut} ELSE m.{column} END AS {column},
{INDENT}{INDENT}CASE WHEN {beyond} THEN 1 ELSE 0 END AS is_cut
{INDENT}FROM {} m
{INDENT}CROSS JOIN cap_{column} c
)",
            metric.source()
        )
    }
}

/// The numbers of a row, in order.
const NUMBERS: [&str; 5] = ["mean", "variance", "mean_denominator", "variance_denominator", "covariance"];
