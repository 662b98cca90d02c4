//! Runs one workload a number of times and nothing else, for tools that count instructions:
//! `loops on|rollout|rules|variants|unknown ROUNDS [FLAGS]`. What it takes with 0 rounds is the start.

use std::hint::black_box;

use flags_benches::{SMALL_SET, Workload, client, contexts, mixed, names};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let workload = match arguments.next().as_deref() {
        Some("on") => Workload::On,
        Some("rollout") => Workload::Rollout,
        Some("rules") => Workload::Rules,
        Some("variants") => Workload::Variants,
        _ => Workload::Unknown,
    };
    let rounds: usize = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(0);
    let size = arguments.next().and_then(|size| size.parse().ok()).unwrap_or(SMALL_SET);
    let flags = client(&mixed(size));
    let (names, contexts) = (names(size, workload), contexts());
    let mut on = 0_usize;
    for round in 0..rounds {
        let (name, context) = (&names[round % names.len()], &contexts[round % contexts.len()]);
        on += usize::from(match workload {
            Workload::Rules | Workload::Variants => {
                flags.decide(name, context, |decision| decision.variant().is_some())
            }
            _ => flags.is_enabled(name, context),
        });
    }
    black_box(on);
}
