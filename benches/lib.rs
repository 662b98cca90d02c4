//! What is measured: the workload that the peers are measured with, in the format of flags.
//!
//! Criterion's programs are `evaluation.rs`, `counted.rs`, `loading.rs`, `metrics.rs` and `events.rs`. `loops.rs` runs one
//! workload a given number of times, for tools that count instructions; `units.rs` records and sums up ten million units.

#[path = "peers/src/workload.rs"]
#[expect(dead_code, reason = "shared with the peers' program, which uses all of it")]
mod workload;

#[path = "peers/src/definitions.rs"]
mod definitions;

use flags::{Context, Flags};

use self::{
    definitions::to_toml,
    workload::{FlagSet, User},
};

/// Flags in the small set.
pub const SMALL_SET: usize = workload::SMALL_SET;

/// Flags in the large set.
pub const LARGE_SET: usize = workload::LARGE_SET;

/// Which flags are asked.
#[derive(Clone, Copy, Debug)]
pub enum Workload {
    /// W1: booleans that are on.
    On,
    /// W2: rollouts to 50 %.
    Rollout,
    /// W3: five rules of two conditions, the last matching.
    Rules,
    /// W4: four weighted variants.
    Variants,
    /// W5: names that no flag has.
    Unknown,
}

/// Definitions in TOML, a quarter of each kind.
#[must_use]
pub fn mixed(size: usize) -> String {
    to_toml(&FlagSet::mixed(size))
}

/// Definitions in TOML, all of them rollouts.
#[must_use]
pub fn rollouts(size: usize) -> String {
    to_toml(&FlagSet::rollouts(size))
}

/// The names a workload asks for among [`mixed`] definitions, in random order.
#[must_use]
pub fn names(size: usize, workload: Workload) -> Vec<String> {
    FlagSet::mixed(size).names(match workload {
        Workload::On => workload::Workload::On,
        Workload::Rollout => workload::Workload::Rollout,
        Workload::Rules => workload::Workload::Rules,
        Workload::Variants => workload::Workload::Variants,
        Workload::Unknown => workload::Workload::Unknown,
    })
}

/// The names of [`rollouts`], in random order.
#[must_use]
pub fn rollout_names(size: usize) -> Vec<String> {
    FlagSet::rollouts(size).names(workload::Workload::LargeSet)
}

/// The contexts that take turns: 1 024 users.
#[must_use]
pub fn contexts() -> Vec<Context> {
    workload::users().iter().map(context).collect()
}

fn context(user: &User) -> Context {
    let context = Context::new(user.key.as_str()).set("age", user.age);
    user.strings().into_iter().fold(context, |context, (name, value)| context.set(name, value))
}

/// A client over definitions in TOML.
///
/// # Panics
///
/// When the definitions are refused: there would be nothing to measure.
#[must_use]
pub fn client(definitions: &str) -> Flags {
    Flags::builder().toml(definitions).environment("production").build().expect("because the definitions are our own")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_what_is_measured() {
        let flags = client(&mixed(SMALL_SET));
        let contexts = contexts();
        let ask = |workload| names(SMALL_SET, workload);
        for context in &contexts {
            assert!(ask(Workload::On).iter().all(|name| flags.is_enabled(name, context)));
            assert!(
                ask(Workload::Rules).iter().all(|name| flags.evaluate(name, context).variant() == Some("treatment"))
            );
            assert!(ask(Workload::Unknown).iter().all(|name| !flags.is_enabled(name, context)));
        }
        let rollouts = ask(Workload::Rollout);
        let on =
            contexts.iter().flat_map(|context| rollouts.iter().filter(|name| flags.is_enabled(name, context))).count();
        let share = on as f64 / (contexts.len() * rollouts.len()) as f64;
        assert!((0.47..0.53).contains(&share), "{share}");
        for (user, answer) in workload::probes() {
            let context = context(&user);
            assert!(ask(Workload::Rules).iter().all(|name| flags.evaluate(name, &context).variant() == Some(answer)));
        }
    }
}
