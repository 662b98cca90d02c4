//! What databases write differently.

use std::time::Duration;

use flags_core::Timestamp;

use super::SqlError;

/// A database, or the family of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// `PostgreSQL` and what speaks as it does.
    Postgres,
    /// Google `BigQuery`.
    BigQuery,
    /// Snowflake.
    Snowflake,
    /// `ClickHouse`.
    ClickHouse,
    /// Apache Spark and Databricks.
    Spark,
    /// `DuckDB`.
    DuckDb,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Postgres, Self::BigQuery, Self::Snowflake, Self::ClickHouse, Self::Spark, Self::DuckDb];

    /// Its name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::BigQuery => "bigquery",
            Self::Snowflake => "snowflake",
            Self::ClickHouse => "clickhouse",
            Self::Spark => "spark",
            Self::DuckDb => "duckdb",
        }
    }

    /// The dialect of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// A text.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Postgres | Self::DuckDb => format!("'{}'", text.replace('\'', "''")),
            // The others read a backslash as an escape.
            Self::BigQuery | Self::Snowflake | Self::ClickHouse | Self::Spark => {
                format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
            }
        }
    }

    /// The name of a table, with its schema, or of a column.
    pub(super) fn identifier(self, what: &'static str, name: &str) -> Result<String, SqlError> {
        let fits = |part: &str| {
            !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-$".contains(letter))
        };
        if !name.split('.').all(fits) {
            return Err(SqlError::Identifier { what, name: name.to_owned() });
        }
        let plain = |part: &str| {
            !part.contains(['-', '$']) && part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        };
        let quote = match self {
            Self::BigQuery | Self::ClickHouse | Self::Spark => '`',
            Self::Postgres | Self::Snowflake | Self::DuckDb => '"',
        };
        let quoted = |part: &str| if plain(part) { part.to_owned() } else { format!("{quote}{part}{quote}") };
        Ok(name.split('.').map(quoted).collect::<Vec<_>>().join("."))
    }

    /// The type of a double that may be null.
    pub(super) fn double(self) -> &'static str {
        match self {
            Self::Postgres => "DOUBLE PRECISION",
            Self::BigQuery => "FLOAT64",
            Self::ClickHouse => "Nullable(Float64)",
            Self::Snowflake | Self::Spark | Self::DuckDb => "DOUBLE",
        }
    }

    /// The type of a whole number of 64 bits that may be null.
    pub(super) fn integer(self) -> &'static str {
        match self {
            Self::BigQuery => "INT64",
            Self::ClickHouse => "Nullable(Int64)",
            Self::Postgres | Self::Snowflake | Self::Spark | Self::DuckDb => "BIGINT",
        }
    }

    /// The type of a text that may be null.
    pub(super) fn string(self) -> &'static str {
        match self {
            Self::Postgres => "TEXT",
            Self::BigQuery | Self::Spark => "STRING",
            Self::ClickHouse => "Nullable(String)",
            Self::Snowflake | Self::DuckDb => "VARCHAR",
        }
    }

    /// The instant that much after another.
    pub(super) fn later(self, instant: &str, by: Duration) -> String {
        let (seconds, micros) = (by.as_secs(), by.as_micros());
        let whole = u128::from(seconds) * 1_000_000 == micros;
        let (count, unit) = if whole { (u128::from(seconds), "second") } else { (micros, "microsecond") };
        match self {
            Self::Postgres | Self::DuckDb => format!("{instant} + INTERVAL '{count} {unit}s'"),
            Self::BigQuery => format!("TIMESTAMP_ADD({instant}, INTERVAL {count} {})", unit.to_uppercase()),
            Self::Snowflake => format!("DATEADD({unit}, {count}, {instant})"),
            Self::ClickHouse => format!("{instant} + INTERVAL {count} {}", unit.to_uppercase()),
            Self::Spark => format!("{instant} + INTERVAL '{count}' {}", unit.to_uppercase()),
        }
    }

    /// An instant.
    pub(super) fn instant(self, at: Timestamp) -> String {
        let text = at.to_string();
        let text = text.trim_end_matches('Z').replacen('T', " ", 1);
        match self {
            Self::Postgres | Self::DuckDb | Self::Snowflake | Self::Spark => format!("TIMESTAMP '{text}'"),
            Self::BigQuery => format!("TIMESTAMP '{text}+00:00'"),
            Self::ClickHouse => format!("toDateTime64('{text}', 6, 'UTC')"),
        }
    }

    /// What selects a quantile, with linear interpolation between order statistics (type 7), of the rows that are not null.
    pub(super) fn quantile(self, value: &str, quantile: f64) -> String {
        match self {
            Self::Postgres | Self::Snowflake => {
                format!("SELECT PERCENTILE_CONT({quantile}) WITHIN GROUP (ORDER BY {value}) AS cap")
            }
            Self::DuckDb => format!("SELECT QUANTILE_CONT({value}, {quantile}) AS cap"),
            // A window function in this database, and the same in each row.
            Self::BigQuery => format!("SELECT DISTINCT PERCENTILE_CONT({value}, {quantile}) OVER () AS cap"),
            Self::ClickHouse => format!("SELECT quantileExactInclusive({quantile})({value}) AS cap"),
            Self::Spark => format!("SELECT PERCENTILE({value}, {quantile}) AS cap"),
        }
    }

    /// The sample variance, with divisor n - 1; null for a single row.
    pub(super) fn variance(self, value: &str) -> String {
        match self {
            // The plain one of this database loses all digits of values far from zero, and is no number for a single row.
            Self::ClickHouse => format!("CASE WHEN COUNT(*) > 1 THEN varSampStable({value}) END"),
            _ => format!("VAR_SAMP({value})"),
        }
    }

    /// The sample covariance, with divisor n - 1; null for a single row.
    pub(super) fn covariance(self, first: &str, second: &str) -> String {
        match self {
            Self::ClickHouse => format!("CASE WHEN COUNT(*) > 1 THEN covarSampStable({first}, {second}) END"),
            _ => format!("COVAR_SAMP({first}, {second})"),
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
