//! `[features.KEY.error_threshold]`, of a flag and of a flag in single environments.

use flags_rollout::breaker::{BreakerOptions, Window};
use toml::de::{DeTable, DeValue};

use super::{
    Reader, entries,
    rollout::{in_forms, samples},
};
use crate::{BreakerSection, leaf};

impl Reader<'_> {
    /// The breakers of a flag: its own, and those of its environments.
    pub(crate) fn breakers(&mut self, key: &str, flag: &DeTable<'_>) -> Vec<BreakerSection> {
        let mut breakers = vec![];
        for (environment, table) in in_forms(flag, "error_threshold") {
            let options = self.breaker(table);
            breakers.push(BreakerSection { flag: key.into(), environment: environment.map(Into::into), options });
        }
        breakers
    }

    fn breaker(&mut self, table: &DeTable<'_>) -> BreakerOptions {
        // Without a rate, the document is refused.
        let mut options = BreakerOptions::new(1.0);
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match (name, value) {
                ("rate", _) => options.rate = leaf::float(value).unwrap_or(options.rate),
                ("window", DeValue::Integer(_)) => {
                    let runs = leaf::integer(value).and_then(|runs| runs.try_into().ok());
                    options.window = runs.map_or(options.window, Window::Count);
                }
                ("window", _) => {
                    let otherwise = BreakerOptions::new(1.0).window;
                    let Window::Time(otherwise) = otherwise else { continue };
                    options.window = Window::Time(self.some_time(name, entry.value, otherwise));
                }
                ("min_samples", _) => options.min_samples = samples(value).unwrap_or(options.min_samples),
                ("cooldown", _) => options.cooldown = self.some_time(name, entry.value, options.cooldown),
                ("permits", _) => {
                    let permits = leaf::integer(value).and_then(|permits| permits.try_into().ok());
                    options.permits = permits.unwrap_or(options.permits);
                }
                ("half_open_for", _) => {
                    options.half_open_for = self.some_time(name, entry.value, options.half_open_for);
                }
                _ => {}
            }
        }
        options
    }
}
