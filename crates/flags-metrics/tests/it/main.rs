//! Tests of flags-metrics as its users see it, one module for each promise.

#[cfg(test)]
mod alerts;
#[cfg(test)]
mod branches;
#[cfg(all(test, feature = "channels"))]
mod channels;
#[cfg(test)]
mod exactness;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod scrape;
#[cfg(test)]
mod support;
#[cfg(test)]
mod windows;
