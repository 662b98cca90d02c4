//! What the crate promises, seen from outside.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod diff;
#[cfg(test)]
mod edit;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod experiments;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod report;
#[cfg(test)]
mod rollouts;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod support;
