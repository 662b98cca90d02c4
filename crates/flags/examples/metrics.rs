//! A small shop in numbers: how often caches answer, how often evaluations fail, and how the branches of the program do.
//!
//! `cargo run -p flags --features metrics --example metrics` serves some thousand simulated requests, during which a definition
//! changes twice, and prints what a scrape says of them. The requests are the same each time: all chance comes from one seed.

use std::{
    error::Error,
    fmt,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use flags::{
    BoundFlags, Comparison, Context, Flags, ambient, feature_enabled,
    metrics::{Cache, CacheRequests, Metrics, MetricsOptions},
};

const DEFINITIONS: &str = r#"
[features.itemised_receipts]
enabled = true

[features.fast_lookup]               # a half of the customers
enabled = true
rollout_percentage = 50

[features.new_payment]               # a fifth of the customers; the new provider is not reliable yet
enabled = true
rollout_percentage = 20

[features.new_tax]                   # nobody; compared with the old way for one call in fifty
enabled = false

[features.banner]                    # changes while the shop is open
enabled = true
"#;

const REQUESTS: usize = 20_000;
/// How many lines a receipt has; for each of them two flags are asked.
const LINES: usize = 10;
const SESSIONS: usize = 40;

/// What the run came to.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// The share of questions that a `feature_enabled!` answered from memory.
    pub(crate) call_site_hit_rate: f64,
    /// The share of questions that a bound handle answered from memory.
    pub(crate) bound_hit_rate: f64,
    /// The share of evaluations that met an error.
    pub(crate) error_rate: f64,
    /// Payments by the new provider: ok, failed, slow.
    pub(crate) new_payments: (u64, u64, u64),
    /// Payments that the old provider made in place of the new one.
    pub(crate) fall_backs: u64,
    /// Taxes that were computed both ways.
    pub(crate) compared: u64,
}

/// The shop: sessions of customers, each bound to its context.
struct Shop {
    flags: Flags,
    sessions: Vec<BoundFlags>,
    tax: Comparison<u64>,
    chance: fastrand::Rng,
    /// The shop's time, which passes with what it does.
    time: Time,
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout().lock()).map(|_| ())
}

/// Serves the requests and writes what the metrics say of them.
pub(crate) fn run(out: &mut dyn Write) -> Result<Numbers, Box<dyn Error>> {
    let time = Time::new();
    let (clock, mut options) = (time.clone(), MetricsOptions::default());
    options.slow_after = Duration::from_millis(200);
    let metrics = Metrics::with_clock(options, Arc::new(move || clock.now()));
    let flags = Flags::builder().toml(DEFINITIONS).metrics(metrics.clone()).build()?;
    let before = Cache::ALL.map(Cache::requests);

    // A thread of its own, as a worker of a server has: its call sites begin with nothing remembered.
    let served = std::thread::scope(|scope| scope.spawn(|| serve(&flags, &time)).join());
    served.map_err(|_| "the shop has panicked")?.map_err(|error| error.to_string())?;

    let scrape = metrics.render();
    let shown = [
        "flags_cache_requests_total",
        "flags_evaluation_errors_total",
        "flags_guard_outcomes_total",
        "flags_guard_fallbacks_total",
        "flags_shadow_comparisons_total",
    ];
    for line in scrape.lines().filter(|line| shown.iter().any(|name| line.starts_with(name))) {
        writeln!(out, "{line}")?;
    }
    let [call_sites, bound] = [0, 1].map(|at| Cache::ALL[at].requests().since(before[at]));
    let payment = metrics.branch("new_payment", Some("on")).ok_or("the flag is defined")?.outcomes();
    let numbers = Numbers {
        call_site_hit_rate: hit_rate(call_sites),
        bound_hit_rate: hit_rate(bound),
        error_rate: metrics.overview().error_rate().unwrap_or_default(),
        new_payments: (payment.ok, payment.errors, payment.slow),
        fall_backs: metrics.summary("new_payment").map_or(0, |summary| summary.fall_backs),
        compared: metrics.summary("new_tax").map_or(0, |summary| summary.shadows.total()),
    };
    writeln!(out)?;
    writeln!(out, "feature_enabled! answered from memory: {:.3} %", numbers.call_site_hit_rate * 100.0)?;
    writeln!(out, "bound handles answered from memory:    {:.3} %", numbers.bound_hit_rate * 100.0)?;
    writeln!(out, "evaluations that met an error:         {:.3} %", numbers.error_rate * 100.0)?;
    let (ok, errors, slow) = numbers.new_payments;
    writeln!(out, "payments by the new provider:          {ok} ok, {errors} failed, {slow} slow")?;
    writeln!(out, "payments that fell back to the old:    {}", numbers.fall_backs)?;
    writeln!(out, "taxes computed both ways:              {}", numbers.compared)?;
    for key in ["fast_lookup", "new_payment", "new_tax"] {
        if let Some(summary) = metrics.summary(key) {
            writeln!(out, "{summary}")?;
        }
    }
    Ok(numbers)
}

fn hit_rate(requests: CacheRequests) -> f64 {
    requests.hit_rate().unwrap_or_default()
}

fn serve(flags: &Flags, time: &Time) -> Result<(), Box<dyn Error + Send + Sync>> {
    ambient::set_default(flags.clone(), Context::new("node-7"));
    let mut shop = Shop {
        sessions: (0..SESSIONS).map(|number| flags.bind(Context::new(format!("customer-{number}")))).collect(),
        tax: flags.comparison("new_tax").one_in(50),
        chance: fastrand::Rng::with_seed(7),
        time: time.clone(),
        flags: flags.clone(),
    };
    for number in 0..REQUESTS {
        // Everybody hears of it with the next question: what was remembered of this flag is dropped, and nothing else.
        if number == REQUESTS / 3 || number == REQUESTS / 2 {
            flags.toggle("banner")?;
        }
        shop.serve(number)?;
    }
    Ok(())
}

impl Shop {
    /// One request: some lines for a receipt, a look into the catalogue, a payment.
    fn serve(&mut self, number: usize) -> Result<(), Declined> {
        let session = &self.sessions[self.chance.usize(..SESSIONS)];
        let mut lines = 0;
        for _ in 0..LINES {
            lines += if feature_enabled!("itemised_receipts") { 3 } else { 1 };
            lines += usize::from(session.is_enabled("banner"));
        }
        self.time.pass(Duration::from_micros(lines as u64));

        // A crawler, now and then: it has no name, so there is no draw for it, and the old way is taken.
        let context = if number % 4_000 == 1 { &Context::anonymous() } else { session.context() };
        let price = self.flags.run("fast_lookup", context).on(|| self.look_up(40)).off(|| self.look_up(90));

        let tax = self.tax.run(context).on(|| (price * 19 + 50) / 100).off(|| price * 19 / 100);

        let (declines, hesitates) = (self.chance.u8(..100) < 2, self.chance.u8(..100) < 1);
        let payment = session.try_run("new_payment").on(|| {
            self.time.pass(Duration::from_millis(if hesitates { 300 } else { 25 }));
            if declines { Err(Declined) } else { Ok(price + tax) }
        });
        payment.fall_back().off(|| {
            self.time.pass(Duration::from_millis(40));
            Ok(price + tax)
        })?;
        Ok(())
    }

    /// The price of something in cents, after so many microseconds.
    fn look_up(&self, micros: u64) -> u64 {
        self.time.pass(Duration::from_micros(micros));
        // A price at which the old and the new tax are rounded differently comes now and then.
        if self.time.micros().is_multiple_of(7) { 1_050 } else { 1_000 }
    }
}

/// The provider has declined a payment.
#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider has declined the payment")
    }
}

impl Error for Declined {}

/// The shop's time, which passes only where it is said to.
#[derive(Clone)]
struct Time {
    start: Instant,
    passed: Arc<AtomicU64>,
}

impl Time {
    fn new() -> Self {
        Self { start: Instant::now(), passed: Arc::default() }
    }

    fn pass(&self, by: Duration) {
        self.passed.fetch_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn micros(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_micros(self.micros())
    }
}
