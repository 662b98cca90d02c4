//! The evaluator from outside: against the oracle, against the vectors, and by the properties that are promised.

#[cfg(test)]
mod against_oracle;
#[cfg(test)]
mod bucketing;
#[cfg(test)]
mod experiment_checks;
#[cfg(test)]
mod experiment_draws;
#[cfg(test)]
mod experiment_views;
#[cfg(test)]
mod experiments;
#[cfg(test)]
mod names;
#[cfg(test)]
mod reachable;
#[cfg(test)]
mod vectors;
