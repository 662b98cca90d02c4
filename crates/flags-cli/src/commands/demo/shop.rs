//! The shop of the demonstration: its visitors, and how the code behind its flags fares.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use flags::{Context, Flags};

/// How often a search or a payment fails, old or new, where nothing is wrong.
const USUAL: f64 = 0.01;
/// How often a payment fails in the new checkout.
const BROKEN: f64 = 0.12;
/// How many visitors buy, by the colour of the button.
const SALES: [(&str, f64); 2] = [("blue", 0.10), ("red", 0.14)];
/// How many visitors come together.
const AT_ONCE: u32 = 4;

/// A shop that is open: a thread on which visitors come and go, until it is closed.
pub(super) struct Shop {
    is_closing: Arc<AtomicBool>,
    visits: Option<JoinHandle<()>>,
}

impl Shop {
    /// Opens it to so many visitors a second, whose luck comes from a seed.
    pub(super) fn open(flags: &Flags, visitors: u32, seed: u64) -> std::io::Result<Self> {
        let is_closing = Arc::new(AtomicBool::new(false));
        let (flags, closing) = (flags.clone(), Arc::clone(&is_closing));
        let pause = Duration::from_secs(1) * AT_ONCE / visitors.max(1);
        let visits = thread::Builder::new().name("shop".to_owned()).spawn(move || {
            let mut chance = fastrand::Rng::with_seed(seed);
            let (begun, mut rounds, mut visitor) = (Instant::now(), 0_u32, 0_u64);
            while !closing.load(Ordering::Relaxed) {
                for _ in 0..AT_ONCE {
                    visitor += 1;
                    visit(&flags, visitor, &mut chance);
                }
                rounds += 1;
                // By the clock and not by the last visit, so that a slow machine has as many visitors.
                thread::sleep(pause.saturating_mul(rounds).saturating_sub(begun.elapsed()));
            }
        })?;
        Ok(Self { is_closing, visits: Some(visits) })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::Relaxed);
        if let Some(visits) = self.visits.take() {
            // A panic in it has been told by the panic hook.
            let _ = visits.join();
        }
    }
}

/// Somebody searches, looks at a product, and perhaps buys it.
fn visit(flags: &Flags, visitor: u64, chance: &mut fastrand::Rng) {
    let user = Context::new(format!("user-{visitor}"));
    let luck = [chance.f64(), chance.f64(), chance.f64()];
    // What the code behind the flags comes to is measured; the shop itself goes on either way.
    let _ = flags.try_run("new_search", &user).on(|| works(luck[0], USUAL)).off(|| works(luck[0], USUAL));
    let _ = flags.try_run("express_checkout", &user).on(|| works(luck[1], BROKEN)).off(|| works(luck[1], USUAL));
    let button = flags.string("buy_button", &user, "blue");
    if SALES.iter().any(|(color, rate)| *color == &*button && luck[2] < *rate) {
        flags.track("purchase", &user, None);
    }
}

/// What stands for a search or a payment.
fn works(luck: f64, failures: f64) -> Result<(), Failed> {
    if luck < failures { Err(Failed) } else { Ok(()) }
}

/// It did not work.
#[derive(Clone, Copy, Debug)]
struct Failed;
